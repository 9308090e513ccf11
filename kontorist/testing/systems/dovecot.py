"""A real Dovecot with TLS on loopback: ``with started(certificates) as server: ...``.

Debian: ``apt-get install dovecot-imapd``. Tests that use it carry
``@pytest.mark.systems("dovecot", install="apt-get install dovecot-imapd")``.
"""

from __future__ import annotations

import contextlib
import getpass
import imaplib
import os
import select
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from connectors.mail.folder_names import quoted
from kontorist.testing.systems.daemons import daemon, free_port, short_folder
from kontorist.testing.twins.certificates import Certificates

USER = "invoices@example.org"
PASSWORD = "geheim und länger"  # a blank and an umlaut, as people choose them
#: Somebody who may send through Postfix: the password is in ASCII, because smtplib knows no other.
SENDER, SENDERS_PASSWORD = "backoffice@example.org", "correct horse battery"

_CONFIG = """\
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
auth_mechanisms = plain login
auth_failure_delay = 0
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
first_valid_uid = 1
mail_location = maildir:~/Maildir
maildir_stat_dirs = yes
{capability}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {home}/users
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner_group} home={home}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service auth {{
  unix_listener {home}/auth {{
    mode = 0666
  }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dovecot:
    """A running server with one user; deliver into it, look into its folders, disturb it."""

    home: Path
    port: int
    ca_file: Path

    def deliver(self, content: bytes, name: str, folder: str = "") -> None:
        """Put a mail into the INBOX (or ``.Folder``, as Maildir++ names it), as a delivery agent does."""
        place = self.home / "mail" / "Maildir" / folder / "new" / name
        place.write_bytes(content)
        shutil.chown(place, _owner(), _group())

    @contextlib.contextmanager
    def client(self) -> Iterator[imaplib.IMAP4_SSL]:
        """Somebody else who is logged in, as a person with a mail program is."""
        imap = imaplib.IMAP4_SSL("127.0.0.1", self.port, ssl_context=_trusting(self.ca_file), timeout=30)
        try:
            imap.authenticate("PLAIN", lambda _: f"\0{USER}\0{PASSWORD}".encode())
            yield imap
        finally:
            imap.logout()

    def create(self, *folders: str) -> None:
        """Make folders, by the names people give them."""
        with self.client() as imap:
            for folder in folders:
                assert imap.create(quoted(folder))[0] == "OK"

    def mails_in(self, folder: str) -> list[bytes]:
        """The mails of a folder as the server hands them out, in order."""
        with self.client() as imap:
            imap.select(quoted(folder), readonly=True)
            _, said = imap.uid("FETCH", "1:*", "(BODY.PEEK[])")
            return [each[1] for each in said if isinstance(each, tuple)]

    def flags_in(self, folder: str) -> list[str]:
        """The flags of the mails of a folder, such as ``\\Seen``."""
        with self.client() as imap:
            imap.select(quoted(folder), readonly=True)
            _, said = imap.uid("FETCH", "1:*", "(FLAGS)")
            flags = (imaplib.ParseFlags(each) for each in said if isinstance(each, bytes))
            return [b" ".join(each).replace(b"\\Recent", b"").decode().strip() for each in flags]

    def throw_out(self, imap: imaplib.IMAP4) -> None:
        """End all sessions with ``BYE``; it has arrived at `imap` when this returns."""
        command = ["doveadm", "-c", str(self.home / "dovecot.conf"), "kick", USER]
        subprocess.run(command, check=True, capture_output=True, timeout=30)
        select.select([imap.socket()], [], [], 10)


@contextlib.contextmanager
def started(certificates: Certificates, *, capability: str | None = None) -> Iterator[Dovecot]:
    """A server of our own, ended with the block. `capability` is what it claims in place of the truth."""
    with short_folder("kdc-") as home:
        server = Dovecot(home=home, port=free_port(), ca_file=certificates.ca_file)
        _write(server, certificates, capability)
        command = [str(shutil.which("dovecot")), "-F", "-c", str(home / "dovecot.conf")]
        with daemon(command, log=home / "dovecot.out", answers=lambda: _greets(server)):
            yield server


def _write(server: Dovecot, certificates: Certificates, capability: str | None) -> None:
    root = os.geteuid() == 0
    me = getpass.getuser()
    config = _CONFIG.format(
        home=server.home,
        certificate=certificates.certificate,
        key=certificates.key,
        port=server.port,
        internal="dovecot" if root else me,
        login="dovenull" if root else me,
        group="dovecot" if root else _group(),
        owner=_owner(),
        owner_group=_group(),
        capability=f"imap_capability = {capability}" if capability else "",
    )
    (server.home / "dovecot.conf").write_text(config, encoding="utf-8")
    (server.home / "users").write_text(
        f"{USER}:{{PLAIN}}{PASSWORD}\n{SENDER}:{{PLAIN}}{SENDERS_PASSWORD}\n", encoding="utf-8"
    )
    for part in ("", "Maildir", "Maildir/new", "Maildir/cur", "Maildir/tmp"):
        folder = server.home / "mail" / part
        folder.mkdir()
        shutil.chown(folder, _owner(), _group())


def _owner() -> str:
    """Whose mails these are: the server refuses to serve root."""
    return "nobody" if os.geteuid() == 0 else getpass.getuser()


def _group() -> str:
    import grp

    return "nogroup" if os.geteuid() == 0 else grp.getgrgid(os.getegid()).gr_name


def _greets(server: Dovecot) -> bool:
    try:
        with server.client():
            return True
    except (OSError, imaplib.IMAP4.error):
        return False


def _trusting(ca_file: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(ca_file))
