"""A mail server on loopback with STARTTLS, login and faults on demand; what it accepted it also remembers.

In process: ``with MailServer() as server: ...``. As a process of its own, outliving the one under test:
``with started(maildir) as process: ...``, and `accepted_in(maildir)` counts what was accepted, by Message-ID.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import mailbox
import ssl
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Fault(StrEnum):
    """What goes wrong with the next mail."""

    DROP_BEFORE_DATA = "drop_before_data"  #: the line is cut at RCPT
    DROP_IN_DATA = "drop_in_data"  #: cut after some bytes of the mail; nothing is accepted
    DROP_AFTER_DATA = "drop_after_data"  #: the mail is accepted, the line is cut without an answer
    SILENT_AFTER_DATA = "silent_after_data"  #: the mail is accepted, no answer comes
    SLOW = "slow"  #: the mail is accepted, the answer takes a third of a second
    LATER = "later"  #: 451 to the mail
    NEVER = "never"  #: 554 to the mail
    CLOSING = "closing"  #: 421 to the mail
    SENDER_REFUSED = "sender_refused"  #: 553 to MAIL FROM
    LOGIN_WANTED = "login_wanted"  #: 530 to MAIL FROM
    RECIPIENT_LATER = "recipient_later"  #: 450 to RCPT TO


_ANSWERS = {
    Fault.LATER: "451 4.3.0 come back later",
    Fault.NEVER: "554 5.6.0 we do not like it",
    Fault.CLOSING: "421 4.3.2 closing down",
    Fault.SENDER_REFUSED: "553 5.1.8 who are you",
    Fault.LOGIN_WANTED: "530 5.7.0 log in first",
    Fault.RECIPIENT_LATER: "450 4.2.1 mailbox is busy",
}


class MailServer:
    """Context manager. `port` is free and known inside; `accepted` holds the raw mails in order."""

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        tls_from_the_start: bool = False,
        users: Mapping[str, str] | None = None,
        maildir: Path | None = None,
        unknown: tuple[str, ...] = ("unknown@example.org",),
    ) -> None:
        self.accepted: list[bytes] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.faults: list[Fault] = []
        self.logins = 0
        self.connections = 0
        self.port = 0
        self.users = users
        self.unknown = unknown
        self.tls = None if tls_from_the_start else tls
        self._tls_at_once = tls if tls_from_the_start else None
        self._maildir = mailbox.Maildir(maildir, create=True) if maildir else None
        self._sessions: list[_Session] = []
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._end = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="mail server twin", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    @property
    def mails(self) -> list[EmailMessage]:
        """The accepted mails, read."""
        return [message_from_bytes(raw, policy=policy.default) for raw in self.accepted]

    def counts(self) -> Counter[str]:
        """How many mails were accepted, by Message-ID."""
        return Counter(str(mail["Message-ID"]) for mail in self.mails)

    def hang_up(self) -> None:
        """Cut every connection, as a server does that has waited long enough."""
        done = threading.Event()
        self._loop.call_soon_threadsafe(self._cut_all)
        self._loop.call_soon_threadsafe(done.set)
        done.wait(10)

    def keep(self, content: bytes, sender: str, recipients: list[str]) -> None:
        """Accept a mail: on disk first, where there is a Maildir."""
        if self._maildir is not None:
            self._maildir.add(content)
        self.accepted.append(content)
        self.envelopes.append((sender, recipients))

    def fault(self, *kinds: Fault) -> Fault | None:
        """The next fault, taken away, when it is one of `kinds`."""
        return self.faults.pop(0) if self.faults and self.faults[0] in kinds else None

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    def _cut_all(self) -> None:
        for each in self._sessions:
            each.cut()

    async def _serve(self) -> None:
        def session() -> _Session:
            self.connections += 1
            self._sessions.append(_Session(self))
            return self._sessions[-1]

        server = await self._loop.create_server(session, "127.0.0.1", 0, ssl=self._tls_at_once)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        server.close()
        self._cut_all()
        await asyncio.sleep(0)  # lets the cut connections say goodbye to the loop
        await server.wait_closed()


class _Session(SMTP):
    """One connection of the twin."""

    def __init__(self, twin: MailServer) -> None:
        self.twin = twin
        super().__init__(
            _Answers(twin),
            hostname="twin.example.org",
            loop=asyncio.get_running_loop(),
            tls_context=twin.tls,
            authenticator=self._check_login,
        )
        # Set here and not above, because aiosmtpd warns of a login without STARTTLS, which some tests want.
        self._auth_required = twin.users is not None
        self._auth_require_tls = twin.tls is not None

    def cut(self) -> None:
        """Break the connection without a word."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - the name is aiosmtpd's
        if self.twin.fault(Fault.DROP_IN_DATA):
            await self.push("354 go on")
            await self._reader.read(10)
            self.cut()
            return
        await super().smtp_DATA(arg)

    def _check_login(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, login: Any) -> AuthResult:
        assert isinstance(login, LoginPassword)
        users = self.twin.users or {}
        self.twin.logins += 1
        return AuthResult(success=users.get(login.login.decode()) == login.password.decode(), handled=False)


class _Answers:
    """aiosmtpd's handler: what is answered to which command."""

    def __init__(self, twin: MailServer) -> None:
        self._twin = twin

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        if fault := self._twin.fault(Fault.SENDER_REFUSED, Fault.LOGIN_WANTED):
            return _ANSWERS[fault]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server: _Session, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self._twin.fault(Fault.DROP_BEFORE_DATA):
            server.cut()
        if fault := self._twin.fault(Fault.RECIPIENT_LATER):
            return _ANSWERS[fault]
        if address in self._twin.unknown:
            return "550 5.1.1 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: _Session, _session: Any, envelope: Any) -> str:  # noqa: N802
        if fault := self._twin.fault(Fault.LATER, Fault.NEVER, Fault.CLOSING):
            return _ANSWERS[fault]
        self._twin.keep(envelope.content, envelope.mail_from, envelope.rcpt_tos)
        if self._twin.fault(Fault.DROP_AFTER_DATA):
            server.cut()
        if self._twin.fault(Fault.SLOW):
            await asyncio.sleep(0.3)
        if self._twin.fault(Fault.SILENT_AFTER_DATA):
            await asyncio.Event().wait()  # until the client gives up
        return "250 2.0.0 accepted"


def accepted_in(maildir: Path) -> Counter[str]:
    """How many mails lie in `maildir`, by Message-ID."""
    files = (each for part in ("new", "cur") for each in (maildir / part).iterdir())
    return Counter(str(message_from_bytes(each.read_bytes(), policy=policy.default)["Message-ID"]) for each in files)


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A mail server in a process of its own."""

    port: int
    pid: int


@contextlib.contextmanager
def started(maildir: Path) -> Iterator[ServerProcess]:
    """Start one that delivers into `maildir`; it ends with the block, or with us."""
    command = [sys.executable, "-m", "kontorist.testing.twins.smtp", str(maildir)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield ServerProcess(json.loads(process.stdout.readline())["port"], process.pid)
        process.stdin.close()


def main(maildir: str) -> None:
    """Print the port as a line of JSON; run until standard input ends, so never longer than who started us."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    with MailServer(maildir=Path(maildir)) as server:
        sys.stdout.write(json.dumps({"port": server.port}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
