"""Mails that came in: opened once, their attachments kept as documents of their own beside the mail as it came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from connectors.mail.message import parse_address
from kontorist.config import Config
from kontorist.domain.ids import SYSTEM, DocumentId, EventId
from kontorist.domain.payables.draft import InvoiceDraft
from kontorist.domain.ports import Archive, ArchivedDocument
from kontorist.extraction.reading_mail import Attachment, Mail, read_mail
from kontorist.failpoints import failpoint, register
from kontorist.sandbox import Refused
from kontorist.store.database import Store
from kontorist.store.errors import NotInStore

if TYPE_CHECKING:
    from kontorist.sandbox import Pool

register("mails.before_keep", "mails.after_keep", "mails.after_link")

MEDIA_TYPE: Final = "message/rfc822"
#: Reason of a mail without a paper: a person looks what its sender meant.
NO_PAPER: Final = "no_paper"
#: The same, written by a machine. Nobody is written to because of it: the answer to that letter would be the next one.
AUTOMATIC: Final = "automatic_mail"
#: Files that may hold invoices which nobody can see from outside.
_CLOSED: Final = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".p7m", ".pgp", ".gpg", ".msg", "winmail.dat")
_KEPT: Final = (
    "Nothing is lost, the mail is kept as it came; look at it, and ask its sender where something is missing."
)


_Wanted = Callable[[Mapping[DocumentId, Attachment]], list[DocumentId]]


class Mails:
    """What the office does with a mail before it knows what the mail is about."""

    def __init__(self, config: Config, *, store: Store, archive: Archive, pool: Callable[[], Pool]) -> None:
        self._store = store
        self._archive = archive
        self._pool = pool
        self._own_domain = _own_domain(config)

    def papers_of(self, event: EventId) -> list[DocumentId]:
        """The papers that came with `event`: files as they are, of a mail the attachments that may be invoices.

        All attachments are archived, linked ``part_of`` to the mail. A mail that cannot be opened, or without any
        attachment that can be read, stands for itself. Beside one that can be read, an empty file and one that may hold
        an invoice unseen (ZIP, encrypted mail) is a paper too, and is set aside with its reason; terms as a letter of
        a word processor are only kept. A repeated call adds nothing and gives the same.
        """
        return self._out_of(event, _papers)

    def files_of(self, event: EventId) -> list[DocumentId]:
        """The same with every attachment, whether or not it can be read as an invoice."""
        return self._out_of(event, lambda kept: list(kept))

    def _out_of(self, event: EventId, wanted: _Wanted) -> list[DocumentId]:
        with self._store.read() as tx:
            data = self._store.inbox.get(tx, event).event().data
        papers: list[DocumentId] = []
        for each in data.get("documents", ()):
            record = self._archive.get(DocumentId(each["id"]))
            papers += (record.media_type == MEDIA_TYPE and self._unpacked(record, wanted)) or [record.id]
        return papers

    def open(self, document: DocumentId) -> Mail:
        """The mail in the archive, taken apart. Raises Refused."""
        return read_mail(self._pool(), self._archive.content(document))

    def never_answered_because(self, mail: Mail) -> str | None:
        """Why nothing may ever be written to the sender of `mail`; None when it may."""
        return mail.never_answered_because(self._own_domain)

    def without_paper(self, document: DocumentId) -> InvoiceDraft:
        """What is said of a mail that stands for itself: why it could not be opened, or that nothing is in it."""
        try:
            mail = self.open(document)
        except Refused as refused:
            return InvoiceDraft.quarantined(refused.reason, refused.sentence)
        named = ", ".join(each.name for each in mail.attachments[:5])
        held = f"only {named}" if named else "no file"
        sender = mail.sender or "nobody"
        sentence = f'The mail "{mail.subject[:100]}" from {sender} holds {held}; no invoice to read. {_KEPT}'
        return InvoiceDraft.quarantined(AUTOMATIC if mail.automatic else NO_PAPER, sentence)

    def _unpacked(self, record: ArchivedDocument, wanted: _Wanted) -> list[DocumentId]:
        try:
            mail = self.open(record.id)
        except Refused:
            return []
        if not self._in_the_books(record.id):
            day = mail.date.date() if mail.date else None
            self._archive.add_text(record.id, mail.text, title=mail.subject or None, date=day)
        kept = {self._kept(record, number, each): each for number, each in enumerate(mail.attachments)}
        return wanted(kept)

    def _in_the_books(self, document: DocumentId) -> bool:
        """Whether an earlier run entered the mail itself; since then it is called what that run found it to be."""
        try:
            with self._store.read() as tx:
                self._store.documents.get(tx, document)
        except NotInStore:
            return False
        return True

    def _kept(self, mail: ArchivedDocument, number: int, attachment: Attachment) -> DocumentId:
        failpoint("mails.before_keep")
        record = self._archive.add(
            attachment.content,
            name=attachment.name,
            media_type=attachment.media_type,
            source=mail.source,
            source_id=f"{mail.id}/{number}/{attachment.name}",
            actor=SYSTEM,
        )
        failpoint("mails.after_keep")
        self._archive.link(record.id, "part_of", mail.id, actor=SYSTEM)
        failpoint("mails.after_link")
        return record.id


def _papers(kept: Mapping[DocumentId, Attachment]) -> list[DocumentId]:
    """Of attachments those that may be invoices; none where none can be read: the mail itself is set aside then."""
    if not any(each.readable for each in kept.values()):
        return []
    return [document for document, each in kept.items() if each.readable or _may_hold_one(each)]


def _may_hold_one(attachment: Attachment) -> bool:
    return not attachment.content or attachment.name.lower().endswith(_CLOSED)


def _own_domain(config: Config) -> str | None:
    """The domain of the Message-IDs of our own letters: that of their sender."""
    name = config.notifications.mail_out
    sender = getattr(config.connectors[name].settings, "sender", None) if name is not None else None
    return parse_address(sender).domain if sender else None
