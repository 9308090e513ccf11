"""A real Postfix with STARTTLS and login on loopback; it delivers into a running Dovecot, which also checks passwords.

``with dovecot.started(certificates) as mailboxes, postfix.started(certificates, mailboxes) as server: ...``

Debian: ``apt-get install postfix dovecot-imapd``; Postfix starts as root only. Tests that use it carry
``@pytest.mark.systems("postfix", "dovecot", install="apt-get install postfix dovecot-imapd", root=True)``.
"""

from __future__ import annotations

import contextlib
import pwd
import shutil
import smtplib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kontorist.testing.systems.daemons import daemon, free_port, short_folder
from kontorist.testing.systems.dovecot import USER, Dovecot
from kontorist.testing.twins.certificates import Certificates

#: An address that the server takes although nobody reads it: it finds out after it has said yes.
ACCEPTED_UNSEEN = "anybody@elsewhere.example.org"

_MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/spool
data_directory = {home}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {home}/postfix.log
maillog_file_prefixes = {home}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.org
mydestination =
alias_maps =
local_recipient_maps =
biff = no
virtual_mailbox_domains = example.org
virtual_mailbox_base = {mailboxes}/mail
virtual_mailbox_maps = inline:{{ {user}=Maildir/ }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
relay_domains = elsewhere.example.org
relay_recipient_maps =
relay_transport = discard:
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = encrypt
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = unix:{mailboxes}/auth
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = reject_unlisted_recipient
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
tlsmgr unix - - n 1000? 1 tlsmgr
virtual unix - n n - - virtual
discard unix - - n - - discard
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Postfix:
    """A running server; log in as the SENDER of the Dovecot behind it."""

    home: Path
    port: int

    def log(self) -> str:
        """What it has written so far."""
        return (self.home / "postfix.log").read_text(errors="replace")


@contextlib.contextmanager
def started(certificates: Certificates, mailboxes: Dovecot) -> Iterator[Postfix]:
    """A server of our own, ended with the block. RuntimeError with its log when it does not start."""
    with short_folder("kpf-") as home:
        server = Postfix(home=home, port=free_port())
        _write(server, certificates, mailboxes)
        postfix = [str(shutil.which("postfix")), "-c", str(home / "etc")]
        with daemon([*postfix, "start-fg"], log=home / "postfix.out", answers=lambda: _greets(server)):
            try:
                yield server
            finally:  # its master has a session of its own; this ends the one of our queue, by its pid
                subprocess.run([*postfix, "stop"], check=False, capture_output=True, timeout=60)


def _write(server: Postfix, certificates: Certificates, mailboxes: Dovecot) -> None:
    owner = pwd.getpwnam("nobody")
    for part in ("etc", "spool", "data"):
        (server.home / part).mkdir()
    shutil.chown(server.home / "data", "postfix")
    main = _MAIN.format(
        home=server.home,
        mailboxes=mailboxes.home,
        user=USER,
        uid=owner.pw_uid,
        gid=owner.pw_gid,
        certificate=certificates.certificate,
        key=certificates.key,
    )
    (server.home / "etc" / "main.cf").write_text(main, encoding="utf-8")
    (server.home / "etc" / "master.cf").write_text(_MASTER.format(port=server.port), encoding="utf-8")


def _greets(server: Postfix) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", server.port, timeout=10) as client:
            return client.noop()[0] == 250
    except (OSError, smtplib.SMTPException):
        return False
