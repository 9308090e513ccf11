"""Answers to another system over HTTP, signed by Standard Webhooks 1.0.0 (https://www.standardwebhooks.com).

The address stands in config.yaml and nowhere else: no event, order or redirect can send us to another host. The
`webhook-id` is the key of the effect, so that the receiver recognises a repetition; a repetition is signed anew.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import ssl
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from connectors.registry import ConnectorContext
from connectors.settings import ConnectorSettings, Duration
from connectors.webhook.standard import secret_bytes, sign
from kontorist.domain.errors import AuthError, BusinessError, TransientError, UncertainOutcome
from kontorist.domain.ports import CheckResult, Receipt

KIND: Final = "webhook"
KEY_VERSION: Final = "1"  #: webhook-id = the key of the effect
CAPABILITIES: Final = frozenset({"sink"})

#: Answers that ask to come back: request timeout, too early, too many requests (RFC 9110, RFC 8470, RFC 6585).
_LATER: Final = (408, 425, 429)
_MOST_ANSWER: Final = 64 * 1024  #: bytes of an answer that are read; nothing in it counts


class Settings(ConnectorSettings):
    """The keys of a `webhook/callback` connector in config.yaml."""

    url: str = Field(description="Where answers go: https, or http on this machine only.", max_length=2000)
    key: SecretStr = Field(description="The secret shared with the receiver.")
    ca_file: Path | None = Field(None, description="PEM file with the only authorities to trust.")
    timeout: Duration = Field(
        timedelta(seconds=10), description="How long the answer may take.", gt=timedelta(0), le=timedelta(seconds=30)
    )

    @field_validator("url")
    @classmethod
    def _https_or_here(cls, value: str) -> str:
        parts = urlsplit(value)
        _ = parts.port  # ValueError for a port that is none
        if not value.isascii() or not value.isprintable() or " " in value:
            raise ValueError("an address has no blanks and only plain letters")
        if parts.username is not None or parts.fragment or not parts.hostname:
            raise ValueError("an address is written like https://shop.example.org/hooks/kontorist")
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
            raise ValueError("answers go over https; http is for this machine only")
        return value


class Callback:
    """Posts signed answers to one address. Satisfies `ActionSink`."""

    def __init__(self, name: str, settings: Settings, context: ConnectorContext) -> None:
        self.name = name
        self.settings = settings
        self._clock = context.clock
        self._secret = secret_bytes(name, settings.key.get_secret_value())
        self._ca_file = context.root / settings.ca_file if settings.ca_file else None
        self._url = urlsplit(settings.url)

    def check(self) -> list[CheckResult]:
        """Connect and verify the certificate; nothing is sent."""
        try:
            self._connected().close()
        except (AuthError, TransientError) as error:
            return [CheckResult(ok=False, sentence=error.sentence, repair="Compare `url` with the other system.")]
        return [CheckResult(ok=True, sentence=f"{self.name} answers to {self._url.hostname}.")]

    def find(self, key: str) -> Receipt | None:
        """A webhook cannot be asked. Raises UncertainOutcome always."""
        raise UncertainOutcome(f"{self._url.hostname} cannot be asked whether an answer arrived.")

    def apply(self, action: Mapping[str, Any], key: str) -> Receipt:
        """Post `action` as JSON; `external_id` is the webhook-id.

        Raises BusinessError (refused), AuthError (signature refused), TransientError, or UncertainOutcome where the
        connection broke after the answer was handed over.
        """
        body = json.dumps(action, ensure_ascii=False, separators=(",", ":")).encode()
        connection = self._connected()
        try:
            status, retry_after = self._posted(connection, body, self._headers(body, key))
        finally:
            connection.close()
        self._refuse(status, retry_after)
        return Receipt(external_id=key, status="accepted", facts={"http": status})

    def _headers(self, body: bytes, key: str) -> dict[str, str]:
        stamp = str(int(self._clock.now().timestamp()))
        signed = f"{key}.{stamp}.".encode() + body
        return {
            "content-type": "application/json",
            "user-agent": "Kontorist",
            "webhook-id": key,
            "webhook-timestamp": stamp,
            "webhook-signature": sign(self._secret, signed).decode(),
        }

    def _connected(self) -> http.client.HTTPConnection:
        """An open connection; http.client knows no proxies and follows no redirects."""
        host, seconds = str(self._url.hostname), self.settings.timeout.total_seconds()
        if self._url.scheme == "https":
            context = ssl.create_default_context(cafile=str(self._ca_file) if self._ca_file else None)
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, self._url.port, timeout=seconds, context=context
            )
        else:
            connection = http.client.HTTPConnection(host, self._url.port, timeout=seconds)
        try:
            connection.connect()
        except ssl.SSLCertVerificationError as error:
            raise AuthError(f"The certificate of {host} is not trusted: {error.verify_message}.") from error
        except OSError as error:
            raise TransientError(f"{host} cannot be reached: {type(error).__name__}.") from error
        return connection

    def _posted(
        self, connection: http.client.HTTPConnection, body: bytes, headers: dict[str, str]
    ) -> tuple[int, float | None]:
        target = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
        try:
            connection.request("POST", target, body, headers)
            answer = connection.getresponse()
            answer.read(_MOST_ANSWER)
        except (http.client.HTTPException, OSError) as error:
            raise UncertainOutcome(f"{self._url.hostname} fell silent after the answer was handed over.") from error
        wait = answer.headers.get("retry-after", "")
        return answer.status, float(wait) if wait.isascii() and wait.isdigit() and len(wait) < 6 else None

    def _refuse(self, status: int, retry_after: float | None) -> None:
        if 200 <= status < 300:
            return
        said = f"{self._url.hostname} answered {status}"
        if status in (401, 403):
            raise AuthError(f"{said}: it does not accept our signature.")
        if status in _LATER or status >= 500:
            raise TransientError(f"{said}.", retry_after=retry_after)
        raise BusinessError("callback_refused", f"{said}: it does not take this answer.")


def build(name: str, settings: Settings, context: ConnectorContext) -> Callback:
    """The callback `name` of config.yaml. Raises SecretUnusable."""
    return Callback(name, settings, context)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
