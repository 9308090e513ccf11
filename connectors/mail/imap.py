"""Mail in by IMAP4rev1 over TLS: every mail of one folder becomes one event with the mail as it came (.eml).

Nothing is marked or moved by reading. With a `done_folder` the folder is a queue: a mail is moved away only after it
is stored, and what could not be moved is met again from the beginning; the inbox knows it already. Without one the
folder is opened for reading only. Bytes are handed over unparsed; kontorist/extraction/mail.py takes them apart.

Longer than other connectors, because imaplib leaves to us what a mailbox is about: folder names, logins with letters
other than ASCII, moving with and without the extensions of RFC 6851 and RFC 4315, and telling its errors apart.
"""

from __future__ import annotations

import contextlib
import hashlib
import imaplib
import io
import re
import ssl
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, SecretStr, StringConstraints, model_validator

from connectors.mail.folder_names import quoted
from connectors.mail.imap_answers import HEADER_BYTES, Listed, body_in, header_of, later, listed, text_of, words_of
from connectors.mail.tls import ServerNotTrusted, verified_context
from connectors.registry import ConnectorContext
from connectors.settings import Duration, EventType, Size, SourceSettings
from kontorist.domain.errors import AuthError, KontoristError, SetupWrong, TransientError
from kontorist.domain.events import Blob, Event
from kontorist.domain.ports import Batch, CheckResult, Cursor, Refused

KIND: Final = "mail"
#: Part of the ids of refused mails. A mail that is taken has the SHA-256 of its bytes as its id, whatever the version.
KEY_VERSION: Final = "1"
CAPABILITIES: Final = frozenset({"source"})

#: Seconds without use after which the server is asked whether it is still there.
_IDLE: Final = 5.0
#: UIDs asked about at one time; an answer is some 50 bytes long. A gap makes the next step twice as wide.
_WINDOW: Final = 1000

FolderName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class MailFolderRefused(SetupWrong):
    """A folder of the mailbox is not there, or mails may not be moved to it."""

    code = "KON-376"
    next_step = "Create it in your mail program, or correct `folder` and `done_folder`; then run `kontorist doctor`."


class MovingNotPossible(SetupWrong):
    """The mail server can neither move mails (MOVE) nor remove a single one (UIDPLUS)."""

    code = "KON-377"
    next_step = "Leave `done_folder` out: mails are then read and left where they are."


class Settings(SourceSettings):
    """The keys of a `mail/imap` connector in config.yaml."""

    host: str = Field(description="The mail server.", min_length=1)
    port: int = Field(993, description="Its port for IMAP over TLS.", gt=0, lt=65536)
    ca_file: Path | None = Field(None, description="PEM file with the only authorities to trust.")
    user: str = Field(description="The login.", min_length=1)
    password: SecretStr = Field(description="Its password, as `{secret: NAME}`.")
    folder: FolderName = Field("INBOX", description="The folder that is read.")
    done_folder: FolderName | None = Field(
        None,
        description="Where stored mails are moved; without it they stay and the folder is opened for reading only.",
    )
    every: Duration = Field(timedelta(seconds=60), description="How often the folder is looked at.")
    emits: EventType = Field("document.received", description="The type of the events.")
    document_type: str | None = Field(None, description="What arrives here, such as `invoice`; routes can ask for it.")
    limit: Size = Field(50 * 1024**2, description="The largest mail that is taken.", gt=0)
    timeout: Duration = Field(
        timedelta(seconds=30), description="How long each answer may take.", gt=timedelta(0), le=timedelta(seconds=60)
    )

    @model_validator(mode="after")
    def _done_elsewhere(self) -> Self:
        if self.done_folder == self.folder:
            raise ValueError("`done_folder` must be another folder than `folder`")
        return self


class ImapMailbox:
    """Reads mails from one folder; a mail is moved only after it has been stored. Satisfies `EventSource`."""

    def __init__(self, name: str, settings: Settings, context: ConnectorContext) -> None:
        self.name = name
        self.settings = settings
        self.source = f"/kontorist/{KIND}/{name}"
        self._ca_file = context.root / settings.ca_file if settings.ca_file else None
        self._clock = context.clock
        self._lock = threading.Lock()
        self._connection: imaplib.IMAP4_SSL | None = None
        self._used = 0.0
        self._extensions: frozenset[str] = frozenset()
        self._validity: int | None = None  #: of the folder that is open on this connection

    def check(self) -> list[CheckResult]:
        """Connect, verify the certificate, log in, open the folder, look for the folder of stored mails."""
        server = f"{self.settings.host}:{self.settings.port}"
        try:
            with self._session() as imap:
                self._select(imap)
                self._check_moving(imap)
        except KontoristError as error:
            return [CheckResult(ok=False, sentence=f"{server}: {error.sentence}", repair=error.step)]
        finally:
            self.close()
        moved = f" and moved to {self.settings.done_folder!r}" if self.settings.done_folder else " and left there"
        return [CheckResult(ok=True, sentence=f"Mails of {self.settings.folder!r} on {server} are read{moved}.")]

    def read(self, cursor: Cursor | None, limit: int) -> Batch:
        """At most `limit` mails after `cursor`, oldest first, and never much more than `settings.limit` bytes of them.

        With a `done_folder` the end of the folder leads back to its beginning. Where the connection breaks after some
        mails, those are handed over. Raises TransientError, AuthError, MailFolderRefused or MovingNotPossible.
        """
        with self._session() as imap:
            validity = self._select(imap)
            self._check_moving(imap)
            events: list[Event] = []
            refused: list[Refused] = []
            place, size = _uid_of(cursor, validity), 0
            more = False
            try:
                for mail in self._mails_after(imap, place):
                    more = len(events) + len(refused) >= limit or size >= self.settings.limit
                    if more:
                        break
                    taken = self._take(imap, validity, mail)
                    if isinstance(taken, Event):
                        events.append(taken)
                        size += mail.size
                    elif taken:
                        refused.append(taken)
                    place = mail.uid
            except (OSError, imaplib.IMAP4.error, TransientError):
                if not events and not refused:
                    raise
                self._drop()
                more = True
            following = place if more or self.settings.done_folder is None else 0
            return Batch(
                events=events, refused=refused, next_cursor={"uidvalidity": validity, "uid": following}, more=more
            )

    def ack(self, event: Event) -> None:
        """Move the mail of `event` to `done_folder`; without one, and when it is gone already, nothing happens.

        Raises TransientError, AuthError, MailFolderRefused or MovingNotPossible.
        """
        place = re.fullmatch(r"(\d{1,10})/(\d{1,10})", event.position or "")
        if place is None or self.settings.done_folder is None:
            return
        with self._session() as imap:
            if self._validity is None:
                self._select(imap)
            if self._validity == int(place[1]):  # else the numbers mean other mails by now
                self._move(imap, place[2], self.settings.done_folder)

    def close(self) -> None:
        """Log out; the next use logs in again."""
        with self._lock:
            self._drop()

    # --- the connection

    @contextlib.contextmanager
    def _session(self) -> Iterator[imaplib.IMAP4_SSL]:
        """The connection, logged in; what imaplib raises leaves as a TransientError, and the connection is given up."""
        with self._lock:
            imap = self._connected()
            try:
                yield imap
            except imaplib.IMAP4.error as error:
                self._drop()
                raise TransientError(f"{self.settings.host} broke off: {words_of(error.args)}.") from error
            except OSError as error:
                self._drop()
                raise TransientError(f"{self.settings.host} fell silent: {type(error).__name__}.") from error
            self._used = self._clock.monotonic()

    def _connected(self) -> imaplib.IMAP4_SSL:
        if self._connection is not None and self._clock.monotonic() - self._used > _IDLE and not self._still_there():
            self._drop()
        if self._connection is None:
            self._connection = self._log_in()
        return self._connection

    def _still_there(self) -> bool:
        assert self._connection is not None  # noqa: S101 - asked only of an open connection
        try:
            return bool(self._connection.noop()[0] == "OK")
        except (imaplib.IMAP4.error, OSError):
            return False

    def _log_in(self) -> imaplib.IMAP4_SSL:
        host, seconds = self.settings.host, self.settings.timeout.total_seconds()
        context = verified_context(self._ca_file)
        try:
            imap = imaplib.IMAP4_SSL(host, self.settings.port, ssl_context=context, timeout=seconds)
        except ssl.SSLCertVerificationError as error:
            raise ServerNotTrusted(f"The certificate of {host} is not trusted: {error.verify_message}.") from error
        except (OSError, imaplib.IMAP4.error) as error:
            raise TransientError(f"{host} cannot be reached: {type(error).__name__}.") from error
        try:
            _authenticate(imap, self.settings.user, self.settings.password.get_secret_value())
            self._extensions = frozenset(text_of(imap.capability()[1][-1]).upper().split())
        except (OSError, imaplib.IMAP4.error) as error:
            imap.shutdown()
            raise _login_trouble(error, host) from error
        return imap

    def _drop(self) -> None:
        imap, self._connection, self._validity = self._connection, None, None
        if imap is not None:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                imap.logout()
            with contextlib.suppress(OSError):
                imap.shutdown()

    # --- the folder

    def _select(self, imap: imaplib.IMAP4_SSL) -> int:
        """Open the folder, for reading only where nothing is moved; gives its UIDVALIDITY."""
        folder = self.settings.folder
        self._validity = None
        try:
            answer, said = imap.select(quoted(folder), readonly=self.settings.done_folder is None)
        except imaplib.IMAP4.readonly as error:
            raise MailFolderRefused(f"Mails may be read in {folder!r}, but not moved from there.") from error
        if answer != "OK":
            raise _refusal(said, f"The folder {folder!r} cannot be opened")
        number = imap.response("UIDVALIDITY")[1][0]
        self._validity = int(number) if number else 0
        return self._validity

    def _check_moving(self, imap: imaplib.IMAP4_SSL) -> None:
        """Before anything is stored: could it be moved afterwards?"""
        done = self.settings.done_folder
        if done is None:
            return
        if not self._extensions & {"MOVE", "UIDPLUS"}:
            raise MovingNotPossible
        answer, said = imap.status(quoted(done), "(UIDVALIDITY)")
        if answer != "OK":
            raise _refusal(said, f"The folder {done!r} cannot be used")

    def _mails_after(self, imap: imaplib.IMAP4_SSL, after: int) -> Iterator[Listed]:
        """The mails with a UID above `after`, in order, asked for in windows: imaplib bounds the length of answers."""
        last = max((each.uid for each in self._listed(imap, "*")), default=0)
        low, width = after + 1, _WINDOW
        while low <= last:  # a range up to "*" would always hold the last mail, whatever its UID (RFC 9051, 9)
            high = min(low + width - 1, last)
            inside = (each for each in self._listed(imap, f"{low}:{high}") if low <= each.uid <= high)
            found = sorted(inside, key=lambda each: each.uid)
            yield from found
            low, width = high + 1, _WINDOW if found else width * 2

    def _listed(self, imap: imaplib.IMAP4_SSL, uids: str) -> set[Listed]:
        answer, lines = imap.uid("FETCH", uids, "(UID RFC822.SIZE INTERNALDATE)")
        if answer != "OK":
            raise TransientError(f"{self.settings.host} does not list the mails: {words_of(lines)}.")
        found = (listed(each) for each in lines if isinstance(each, bytes))
        return {each for each in found if each is not None}

    # --- one mail

    def _take(self, imap: imaplib.IMAP4_SSL, validity: int, mail: Listed) -> Event | Refused | None:
        """The event of a mail, why it is refused, or None when it has gone meanwhile."""
        uid, size, received = mail
        position = f"{validity}/{uid}"
        if size > self.settings.limit:
            return self._refuse(
                imap, mail, position, "too_large", f"it has {size} bytes, {self.settings.limit} are allowed"
            )
        answer, said = imap.uid("FETCH", str(uid), "(BODY.PEEK[])")
        if answer != "OK":
            if later(said):
                raise TransientError(f"{self.settings.host} does not hand over a mail: {words_of(said)}.")
            return self._refuse(imap, mail, position, "unreadable_mail", f"the server says: {words_of(said)}")
        if said == [None]:
            return None
        content = body_in(said)
        if not content:
            return self._refuse(imap, mail, position, "unreadable_mail", "the server hands over nothing")
        if len(content) > self.settings.limit:
            return self._refuse(imap, mail, position, "too_large", f"it has {len(content)} bytes")
        identity = hashlib.sha256(content).hexdigest()
        name = f"mail-{identity[:12]}.eml"
        blob = Blob(name=name, media_type="message/rfc822", open=partial(io.BytesIO, content))
        header = header_of(content)
        return self._event(identity, name, position, received, len(content), header, blob)

    def _event(
        self, identity: str, name: str, position: str, received: datetime | None, size: int, header: bytes, *blobs: Blob
    ) -> Event:
        kind = {"document_type": self.settings.document_type} if self.settings.document_type else {}
        return Event(
            id=identity,
            source=self.source,
            type=self.settings.emits,
            time=received,
            data=kind | {"name": name, "size": size, "header": header.decode("utf-8", "backslashreplace")},
            position=position,
            blobs=blobs,
        )

    def _refuse(self, imap: imaplib.IMAP4_SSL, mail: Listed, position: str, code: str, why: str) -> Refused:
        """The dead letter of a mail: its header as it came, but not its body."""
        uid, size, received = mail
        answer, said = imap.uid("FETCH", str(uid), f"(BODY.PEEK[HEADER]<0.{HEADER_BYTES}>)")
        header = (body_in(said) if answer == "OK" else b"")[:HEADER_BYTES]
        parts = (KEY_VERSION.encode(), code.encode(), str(size).encode(), header)
        identity = hashlib.sha256(b"\x1f".join(parts)).hexdigest()
        event = self._event(identity, f"mail-{identity[:12]}.eml", position, received, size, header)
        return Refused(event=event, reason_code=code, reason=f"A mail is not taken: {why}.")

    def _move(self, imap: imaplib.IMAP4_SSL, uid: str, done: str) -> None:
        """By MOVE (RFC 6851), else by copying and removing this one mail (UIDPLUS, RFC 4315); never a bare EXPUNGE,

        which would remove what people have marked as well.
        """
        trouble = f"A mail is stored, but cannot be moved to {done!r}"
        if "MOVE" in self._extensions:
            _expect(imap.uid("MOVE", uid, quoted(done)), trouble)
            return
        if "UIDPLUS" not in self._extensions:
            raise MovingNotPossible
        _expect(imap.uid("COPY", uid, quoted(done)), trouble)
        _expect(imap.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)"), trouble)
        _expect(imap.uid("EXPUNGE", uid), trouble)


def build(name: str, settings: Settings, context: ConnectorContext) -> ImapMailbox:
    """The mailbox `name` of config.yaml."""
    return ImapMailbox(name, settings, context)


def _authenticate(imap: imaplib.IMAP4_SSL, user: str, password: str) -> None:
    """AUTHENTICATE PLAIN (RFC 4616) carries any letters; LOGIN only ASCII."""
    if "AUTH=PLAIN" in imap.capabilities:
        imap.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
        return
    if not (user + password).isascii():
        raise imaplib.IMAP4.error("it takes names and passwords in ASCII only")
    escaped = user.replace("\\", "\\\\").replace('"', '\\"')
    imap.login(f'"{escaped}"', password)


def _login_trouble(error: Exception, host: str) -> AuthError | TransientError:
    broken = isinstance(error, OSError | imaplib.IMAP4.abort)
    if broken or later(error.args):
        return TransientError(f"{host} cannot be reached: {type(error).__name__}.")
    return AuthError(f"{host} refused the login: {words_of(error.args)}.")


def _refusal(said: object, trouble: str) -> MailFolderRefused | TransientError:
    sentence = f"{trouble}: {words_of(said)}."
    return TransientError(sentence) if later(said) else MailFolderRefused(sentence)


def _expect(answer: tuple[str, object], trouble: str) -> None:
    if answer[0] != "OK":
        raise _refusal(answer[1], trouble)


def _uid_of(cursor: Cursor | None, validity: int) -> int:
    """The last UID that was read; a cursor of other numbers, or none of ours, means the beginning."""
    match cursor:
        case {"uidvalidity": int(of), "uid": int(uid)} if of == validity and 0 <= uid < 2**32:
            return uid
        case _:
            return 0
