"""The one place where a TLS context is made. The standard library's mail clients verify nothing without it."""

from __future__ import annotations

import ssl
from pathlib import Path

from kontorist.domain.errors import AuthError, SetupWrong


class CertificatesUnusable(SetupWrong):
    """The file with the trusted certificates cannot be used."""

    code = "KON-373"
    next_step = "Name a PEM file with the certificate of the authority under `ca_file`."


class ServerNotTrusted(AuthError):
    """The certificate of the mail server is not trusted, or the server offers no encryption."""

    code = "KON-375"
    next_step = "Compare host and port with your provider's page; for an authority of your own set `ca_file`."


def verified_context(ca_file: Path | None) -> ssl.SSLContext:
    """A context that checks certificate and host name, TLS 1.2 at least.

    With `ca_file` (PEM) only the authorities in it are trusted, else those of this machine.
    Raises CertificatesUnusable.
    """
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (OSError, ssl.SSLError) as error:
        raise CertificatesUnusable(place=str(ca_file)) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
