"""Papers that are kept and found again: filed by type, partner and period, or put before a person who says what it is.

The archive's text and the books say the same; the archive is told first, so that what a kill leaves is done again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from kontorist.config import Config
from kontorist.domain.approvals import Actor, Decision, ItemState, WorkItem
from kontorist.domain.documents.filing import Filing, FilingRule, Paper, Partner, checked_type, file_paper
from kontorist.domain.errors import NeedsAPerson, OutsideFailed, SetupWrong
from kontorist.domain.events import content_hash
from kontorist.domain.ids import SYSTEM, DocumentId, EventId, PersonKey
from kontorist.domain.payables.draft import NotADate
from kontorist.domain.payables.suppliers import folded_name
from kontorist.domain.ports import Archive, Clock
from kontorist.extraction.reading_text import FileText, read_text
from kontorist.sandbox import Refused
from kontorist.services.carriers import About, NothingToCorrect
from kontorist.services.desk import Asked, Desk
from kontorist.services.invoice_items import title_of
from kontorist.services.mails import MEDIA_TYPE as MAIL
from kontorist.services.mails import Mails
from kontorist.services.payables import SETTLED
from kontorist.store.database import Store
from kontorist.store.documents import Document

if TYPE_CHECKING:
    from kontorist.sandbox import Pool

KIND: Final = "filing"
_FIELDS: Final = ("document_type", "partner", "day")


class TypeMissing(NeedsAPerson):
    """Nobody has said yet what this document is."""

    code = "KON-156"
    next_step = "Say it: `kontorist worklist correct ID document_type=contract partner=NAME`; that files it."


class PartnerUnknown(NeedsAPerson):
    """No supplier or customer has this name, or several have."""

    code = "KON-157"
    next_step = "Write the whole name or the id as in the master data, or leave partner out."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    """The mail a paper came with, as far as it says something about the paper."""

    subject: str | None = None
    sender: str | None = None
    day: date | None = None
    text: str | None = None


class FilingCabinet:
    """Files documents. Satisfies `Carrier` for items of the kind `filing`."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock,
        store: Store,
        archive: Archive,
        desk: Desk,
        mails: Mails,
        pool: Callable[[], Pool],
    ) -> None:
        self._clock = clock
        self._store = store
        self._archive = archive
        self._desk = desk
        self._mails = mails
        self._pool = pool
        self._zone = ZoneInfo(config.company.timezone)
        self._rules = tuple(FilingRule(**rule.model_dump()) for rule in config.documents.rules)

    # --- by rules

    def file(self, document: DocumentId) -> bool:
        """File a document by the rules; False, and only its text is kept, where no rule knows what it is."""
        row, paper, filing = self._look(document)
        if row.state in SETTLED:
            return True
        self._archive.add_text(
            document,
            paper.text,
            title=_title(row, paper, filing),
            date=filing.day,
            document_class=filing.document_type,
        )
        if filing.document_type is None:
            return False
        with self._store.write() as tx:
            if self._store.documents.get(tx, document).state not in SETTLED:
                self._settle(tx, document, filing, by=SYSTEM)
        return True

    def ask(self, document: DocumentId) -> None:
        """Put a document on the worklist that no rule knows; whoever knows says what it is."""
        row, paper, filing = self._look(document)
        with self._store.write() as tx:
            if self._store.documents.get(tx, document).state in SETTLED:
                return
            item = self._desk.open(tx, document, _asked(row, filing, paper.text), _about(row, filing))
            self._store.documents.settle(tx, document, "worklist", reason_code=item.codes[0], reason=item.reasons[0])
            self._note(tx, SYSTEM, "asked what this is", document, {"item": item.id, "reasons": list(item.reasons)})

    def _look(self, document: DocumentId) -> tuple[Document, Paper, Filing]:
        with self._store.read() as tx:
            row = self._store.documents.get(tx, document)
            partners = self._partners(tx)
        paper = self._paper(row)
        return row, paper, file_paper(paper, self._rules, partners)

    def _paper(self, row: Document) -> Paper:
        """What the file and the mail it came with say; a file that cannot be read says nothing."""
        letter = self._letter(row)
        content = letter.text.encode() if letter.text is not None else self._archive.content(row.id)
        try:
            said = read_text(self._pool(), content)
        except Refused:
            said = FileText(text="", kind="", dates=(), vat_ids=(), ibans=())
        return Paper(
            name=row.name,
            media_type=row.media_type,
            received=row.received.astimezone(self._zone).date(),
            text=said.text,
            subject=letter.subject,
            sender=letter.sender,
            mailed=letter.day,
            dates=() if letter.text is not None else said.dates,
            vat_ids=said.vat_ids,
            ibans=said.ibans,
        )

    def _letter(self, row: Document) -> _Letter:
        """The mail itself, or the one whose attachment the document is."""
        itself = row.media_type == MAIL
        mail_id = row.id if itself else self._mail_of(row.event_id)
        if mail_id is None:
            return _Letter()
        try:
            mail = self._mails.open(mail_id)
        except Refused:
            return _Letter()
        day = mail.date.astimezone(self._zone).date() if mail.date else None
        return _Letter(subject=mail.subject, sender=mail.sender, day=day, text=mail.text if itself else None)

    def _mail_of(self, event: EventId | None) -> DocumentId | None:
        if event is None:
            return None
        with self._store.read() as tx:
            data = self._store.inbox.get(tx, event).event().data
        came = [DocumentId(each["id"]) for each in data.get("documents", ())]
        return next((each for each in came if self._archive.get(each).media_type == MAIL), None)

    def _partners(self, tx: Connection) -> list[Partner]:
        suppliers = [
            Partner(
                id=each.id,
                name=each.name,
                kind="supplier",
                vat_id=each.vat_id,
                ibans=each.ibans,
                domain=each.mail_domain,
            )
            for each in self._store.suppliers.list(tx)
            if not each.provisional
        ]
        customers = [
            Partner(id=each.id, name=each.name, kind="customer", vat_id=each.vat_id, ibans=each.ibans)
            for each in self._store.customers.list(tx)
        ]
        return suppliers + customers

    def _settle(self, tx: Connection, document: DocumentId, filing: Filing, *, by: PersonKey) -> None:
        self._store.filings.put(tx, document, filing, by=by)
        self._store.documents.settle(tx, document, "filed")
        self._note(tx, by, "filed", document, _data(filing))

    # --- the text of what is booked or waits elsewhere

    def keep_text(self, document: DocumentId) -> bool:
        """Make an invoice findable by its words. False where that did not work: finding never stops the work itself."""
        with self._store.read() as tx:
            row = self._store.documents.get(tx, document)
            supplier = None if row.supplier_id is None else self._store.suppliers.get(tx, row.supplier_id)
        try:
            self._archive.add_text(
                document,
                self._text_of(row),
                title=title_of(row, supplier),
                date=row.issue_date,
                document_class=row.draft.kind.value if row.draft else None,
            )
        except (NeedsAPerson, OutsideFailed, SetupWrong):
            return False
        return True

    def _text_of(self, row: Document) -> str:
        """Raises Refused where the file cannot be read."""
        if row.media_type == MAIL:
            return self._mails.open(row.id).text
        return read_text(self._pool(), self._archive.content(row.id)).text

    # --- as a carrier

    def about(self, tx: Connection, item: WorkItem) -> About:
        """The document, and the partner as far as it is known."""
        row = self._store.documents.get(tx, DocumentId(item.subject))
        return About(document=row, partner=item.content["partner_name"], cause=row.event_id)

    def check_approvable(self, tx: Connection, item: WorkItem) -> None:
        """There is nothing to agree to: whoever says what it is files it. Raises TypeMissing."""
        raise TypeMissing(f"{item.title}: nobody has said yet what this is.")

    def granted(self, tx: Connection, item: WorkItem, agreed: tuple[PersonKey, ...]) -> None:
        """Filed already, by the person who said what it is."""

    def refused(self, tx: Connection, item: WorkItem, said: Decision) -> None:
        """The document stays in the archive, marked as rejected with the reason given."""
        document = DocumentId(item.subject)
        if self._store.documents.get(tx, document).state == "worklist":
            reason = f"Rejected by {said.person}: {said.note}"
            self._store.documents.settle(tx, document, "rejected", reason_code="KON-REJECTED", reason=reason)

    def corrected(self, tx: Connection, item: WorkItem, changes: Mapping[str, str], by: Actor) -> WorkItem:
        """Say what it is (`document_type`), whose (`partner`), of which `day`: that files it, and settles the item.

        Raises NothingToCorrect, NotAType, TypeMissing, PartnerUnknown, or NotADate.
        """
        if unknown := set(changes) - set(_FIELDS):
            raise NothingToCorrect(f"A paper to file has {', '.join(_FIELDS)}, but no {', '.join(sorted(unknown))}.")
        if "document_type" not in changes:
            raise TypeMissing
        document = DocumentId(item.subject)
        filing = self._said(tx, item, changes, by)
        self._settle(tx, document, filing, by=by.person)
        content = {**item.content, **_data(filing)}
        settled = replace(
            item,
            content=content,
            content_hash=content_hash(content),
            version=item.version + 1,
            state=ItemState.APPROVED,
            prepared_by=(*item.prepared_by, by.person),
        )
        self._store.worklist.replace(tx, settled, item.version)
        title = _named(self._store.documents.get(tx, document).name, filing.partner)
        self._archive.describe(
            document, title=title, date=filing.day, document_class=filing.document_type, actor=by.person
        )
        return settled

    def _said(self, tx: Connection, item: WorkItem, changes: Mapping[str, str], by: Actor) -> Filing:
        partner, known = None, item.content["partner_id"]
        if "partner" in changes:
            partner = self._partner(tx, changes["partner"])
        elif known is not None:
            partner = next((each for each in self._partners(tx) if each.id == known), None)
        day = _day(changes["day"]) if "day" in changes else date.fromisoformat(item.content["day"])
        said = f"Said by {by.person}."
        kind = checked_type(changes["document_type"])
        return Filing(document_type=kind, partner=partner, day=day, reasons=(said,))

    def _partner(self, tx: Connection, text: str) -> Partner | None:
        """Whom a person means by a name or an id; an empty text is nobody."""
        wanted = text.strip()
        if not wanted:
            return None
        found = [
            each for each in self._partners(tx) if each.id == wanted or folded_name(each.name) == folded_name(wanted)
        ]
        if len(found) != 1:
            raise PartnerUnknown(f"{len(found) or 'No'} partners are called {wanted[:60]!r}.")
        return found[0]

    def _note(self, tx: Connection, actor: PersonKey, verb: str, subject: str, after: Mapping[str, Any]) -> None:
        self._store.audit.note(tx, actor=actor, verb=verb, subject=subject, at=self._clock.now(), after=after)


def _asked(row: Document, filing: Filing, text: str) -> Asked:
    return Asked(
        kind=KIND,
        title=f"What is {row.name}?",
        reasons=filing.reasons,
        codes=("KON-FILING",) * len(filing.reasons),
        content={"document": row.id, "sha256": row.sha256, "file": row.name, "text": text[:500], **_data(filing)},
    )


def _about(row: Document, filing: Filing) -> About:
    return About(document=row, partner=filing.partner.name if filing.partner else None, cause=row.event_id)


def _data(filing: Filing) -> dict[str, Any]:
    partner = filing.partner
    return {
        "document_type": filing.document_type,
        "partner_id": partner.id if partner else None,
        "partner_name": partner.name if partner else None,
        "day": filing.day.isoformat(),
        "period": filing.period,
        "reasons": list(filing.reasons),
    }


def _title(row: Document, paper: Paper, filing: Filing) -> str:
    return _named(paper.subject if row.media_type == MAIL and paper.subject else row.name, filing.partner)


def _named(title: str, partner: Partner | None) -> str:
    """By the partner's name the paper is found, whether the page says it or not."""
    return f"{partner.name}: {title}" if partner else title


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise NotADate(f"{text[:40]!r} is not a date of the form 2026-05-31.") from None
