"""The end of a month: what the books say of it, what is missing and who has it, and the pack that says so.

Looking changes nothing. A pack is kept once for the same figures, and nobody gets the same one twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from kontorist.config import Config
from kontorist.domain.approvals import Actor, WorkItem, next_people
from kontorist.domain.closing.balances import trial_balance
from kontorist.domain.closing.month import Check, Missing, MonthFigures, unbalanced, untied
from kontorist.domain.closing.references import FigureReference
from kontorist.domain.closing.sub_ledgers import OpenItem, open_items, tie_outs
from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.ids import SYSTEM, DocumentId, EventId, PersonKey
from kontorist.domain.ledger.chart import CHART
from kontorist.domain.periods import Period
from kontorist.domain.ports import Archive, Clock
from kontorist.failpoints import failpoint, register
from kontorist.services.carriers import About
from kontorist.services.desk import Desk
from kontorist.services.invoice_items import amount_of
from kontorist.services.letters import LetterBox
from kontorist.services.worklist import Worklist
from kontorist.store.database import Store
from kontorist.store.documents import Document
from kontorist.store.inbox import InboxRow

SOURCE: Final = "/kontorist/closing/month_end"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BANK_STATEMENT: Final = "bank_statement"  #: the archive's class of what a bank says of an account

_VERB: Final = "wrote the month's pack"
_CONTROL: Final = {account.control: number for number, account in CHART.items() if account.control}
#: What is not booked by its nature: it never keeps a month open.
_NOT_BOOKED: Final = (BANK_STATEMENT, "report")
#: Work of the help desk touches no books.
_NOT_OF_THE_BOOKS: Final = ("ticket",)
#: Orders to ourselves; the run that looks is one of them.
_OUR_OWN: Final = ("schedule.due", "run.requested")
_UNDONE_EVENTS: Final = ("new", "claimed", "retry", "quarantined")
_UNDONE_DOCUMENTS: Final = ("archived", "read", "worklist", "quarantined")
_MOST_EVENTS: Final = 10_000
_MOST_FAULTS: Final = 20  #: of a damaged archive, journal or trail; the commands that verify say all

register("closing.before_archive", "closing.after_archive")


class JournalUnreadable(NeedsAPerson):
    """The journal was changed behind our back, and what stands there now cannot be read."""

    code = "KON-197"
    next_step = "Restore the database from the last backup; until then no figures are taken from it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A report pack that is kept: the archived workbook by language; `number` counts the packs of the month."""

    period: Period
    number: int
    fingerprint: str
    workbooks: Mapping[str, DocumentId]
    told: tuple[PersonKey, ...]
    written: datetime


class Closing:
    """What the office does at the end of a month."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock,
        store: Store,
        archive: Archive,
        desk: Desk,
        worklist: Worklist,
        letters: LetterBox,
    ) -> None:
        self._config = config
        self._clock = clock
        self._store = store
        self._archive = archive
        self._desk = desk
        self._worklist = worklist
        self._letters = letters
        self._zone = ZoneInfo(config.company.timezone)

    def month_before(self, moment: datetime | None = None) -> Period:
        """The month that was over at `moment` (default: now), in the company's time zone."""
        return Period.of((moment or self._clock.now()).astimezone(self._zone).date()).before()

    def readers(self) -> list[Actor]:
        """Those who get the pack."""
        wanted = self._config.reporting.month_pack.to
        return [actor for key, actor in self._desk.people.items() if key in wanted]

    # --- looking

    def figures(self, period: Period) -> MonthFigures:
        """All that the books say of `period` now, with what is missing. Reads only. Raises JournalUnreadable."""
        found = [
            *self._without_statement(period, self._archive.dated(BANK_STATEMENT, period.first, period.last)),
            *self._damaged(Check.ARCHIVE, self._archive.faults()),
        ]
        with self._store.read() as tx:
            faults = self._store.journal.verify(tx)
            found += [*self._damaged(Check.JOURNAL, faults), *self._damaged(Check.AUDIT, self._store.audit.verify(tx))]
            try:
                return self._figures(tx, period, found)
            except (ArithmeticError, ValueError) as unreadable:
                if faults:
                    raise JournalUnreadable(f"No figures can be taken from the journal: {faults[0]}") from unreadable
                raise

    def _figures(self, tx: Connection, period: Period, found: list[Missing]) -> MonthFigures:
        """The figures, with what was `found` missing in archive, journal and audit trail."""
        journal = self._store.journal
        before = period.first - timedelta(days=1)
        accounts = trial_balance(journal.balances(tx, last=before), journal.movements(tx, period.first, period.last))
        payables, receivables = (self._open_items(tx, _CONTROL[side], period) for side in ("payables", "receivables"))
        tied = {
            Check.PAYABLES: tie_outs(_CONTROL["payables"], accounts, payables),
            Check.RECEIVABLES: tie_outs(_CONTROL["receivables"], accounts, receivables),
        }
        controllers = self._people("controller", "clerk")
        missing = [
            *self._undone(tx, period),
            *found,
            *unbalanced(accounts, period, controllers),
            *(each for check, ties in tied.items() for each in untied(check, ties, period, controllers)),
        ]
        return MonthFigures(
            company=self._config.company.name,
            period=period,
            currency=self._config.company.currency,
            timezone=self._config.company.timezone,
            accounts=tuple(accounts),
            payables=tuple(payables),
            receivables=tuple(receivables),
            ties=tuple(tie for ties in tied.values() for tie in ties),
            missing=tuple(missing),
            entries=tuple(journal.headings(tx, period.first, period.last)),
            partners=self._names(tx, {item.partner for item in (*payables, *receivables)}),
        )

    def _open_items(self, tx: Connection, account: str, period: Period) -> list[OpenItem]:
        return open_items(self._store.journal.lines_on(tx, account, last=period.last), period.last)

    def _names(self, tx: Connection, wanted: set[str]) -> dict[str, str]:
        known = {str(supplier.id): supplier.name for supplier in self._store.suppliers.list(tx)}
        known |= {str(customer.id): customer.name for customer in self._store.customers.list(tx)}
        return {identity: known[identity] for identity in sorted(wanted) if identity in known}

    # --- what is missing

    def _undone(self, tx: Connection, period: Period) -> Iterator[Missing]:
        """Items, events and documents that belong to the month, or to one before it, and are not done."""
        items = self._store.worklist.list(tx)
        for item in items:
            about = self._worklist.about(tx, item)
            day = self._day(about.document) if about.document else self._local(item.created)
            if day <= period.last and not item.kind.startswith(_NOT_OF_THE_BOOKS):
                yield self._waiting(tx, item, about, day)
        yield from self._not_worked_off(tx, period)
        asked = {item.subject for item in items}
        for document in self._store.documents.list(tx, states=_UNDONE_DOCUMENTS):
            if (
                document.id not in asked
                and document.document_class not in _NOT_BOOKED
                and self._day(document) <= period.last
            ):
                yield self._unbooked(document)

    def _day(self, document: Document) -> date:
        """The day it belongs to: the earlier of its own date, which may be misread, and its arrival."""
        arrived = self._local(document.received)
        return min(arrived, document.issue_date or arrived)

    def _local(self, moment: datetime) -> date:
        return moment.astimezone(self._zone).date()

    def _waiting(self, tx: Connection, item: WorkItem, about: About, day: date) -> Missing:
        decisions = self._store.worklist.decisions(tx, item.id)
        waits_for = [actor.person for actor in next_people(item, decisions, self._desk.people)]
        return Missing(
            check=Check.WORKLIST,
            what=item.title,
            reason="\n".join(item.reasons) or "It waits for a decision.",
            who=(item.owner,) if item.owner else tuple(waits_for),
            reference=item.id,
            amount=about.amount,
            day=day,
        )

    def _not_worked_off(self, tx: Connection, period: Period) -> Iterator[Missing]:
        """What came in and was stopped, one by one; what still waits, by type."""
        waiting: dict[str, list[InboxRow]] = {}
        for event in reversed(self._store.inbox.list(tx, states=_UNDONE_EVENTS, limit=_MOST_EVENTS)):
            if self._local(event.received) > period.last or event.type.startswith((*_OUR_OWN, *_NOT_OF_THE_BOOKS)):
                continue
            if event.state == "quarantined":
                yield self._event(event, event.reason or "It is in quarantine.")
            else:
                waiting.setdefault(event.type, []).append(event)
        for events in waiting.values():
            count = "One event has" if len(events) == 1 else f"{len(events)} events have"
            yield self._event(events[0], f"{count} not been worked off yet.")

    def _event(self, event: InboxRow, reason: str) -> Missing:
        return Missing(
            check=Check.EVENTS,
            what=event.type,
            reason=reason,
            who=self._people("operator", "clerk"),
            reference=event.id,
            day=self._local(event.received),
        )

    def _unbooked(self, document: Document) -> Missing:
        return Missing(
            check=Check.DOCUMENTS,
            what=document.name,
            reason=document.reason or "It has not been booked yet.",
            who=self._people("clerk"),
            reference=document.id,
            amount=amount_of(document),
            day=self._day(document),
        )

    def _without_statement(self, period: Period, statements: list[DocumentId]) -> Iterator[Missing]:
        if not statements:
            reason = f"No bank statement dated {period} is in the archive."
            yield Missing(check=Check.BANK_FILE, reason=reason, who=self._people("clerk"))

    def _damaged(self, check: Check, faults: list[str]) -> Iterator[Missing]:
        shown = faults[:_MOST_FAULTS]
        if len(faults) > len(shown):
            shown.append(f"And {len(faults) - len(shown)} more.")
        for fault in shown:
            yield Missing(check=check, reason=fault, who=self._people("operator", "controller"))

    def _people(self, *roles: str) -> tuple[PersonKey, ...]:
        """Everybody with the first of `roles` that anybody has."""
        found = (tuple(actor.person for actor in self._desk.with_role(role)) for role in roles)
        return next((people for people in found if people), ())

    # --- the pack

    def last_pack(self, period: Period) -> Pack | None:
        """The newest pack of the month."""
        with self._store.read() as tx:
            return self._last_pack(tx, period)

    def _last_pack(self, tx: Connection, period: Period) -> Pack | None:
        notes = [note for note in self._store.audit.of(tx, str(period)) if note.verb == _VERB]
        facts = notes[-1].after if notes else None
        if facts is None:
            return None
        return Pack(
            period=period,
            number=facts["number"],
            fingerprint=facts["fingerprint"],
            workbooks=dict(facts["workbooks"]),
            told=tuple(facts["told"]),
            written=datetime.fromisoformat(facts["written"]),
        )

    def keep(self, figures: MonthFigures, write: Callable[[MonthFigures, str], bytes], event: EventId) -> Pack:
        """Archive the pack in each reader's language and plan the letters; the same figures change nothing.

        `write` makes the workbook in a language; the same figures have to give the same bytes. Whoever has become a
        reader since gets the pack that is there.
        """
        readers = self.readers()
        languages = sorted({reader.language for reader in readers} or {self._config.company.language})
        fingerprint = figures.fingerprint()
        workbooks = {
            language: self._archived(figures.period, fingerprint, language, write(figures, language))
            for language in languages
        }
        with self._store.write() as tx:
            return self._kept(tx, figures, fingerprint, workbooks, readers, event)

    def _archived(self, period: Period, fingerprint: str, language: str, content: bytes) -> DocumentId:
        failpoint("closing.before_archive")
        record = self._archive.add(
            content,
            name=file_name(period, language),
            media_type=XLSX,
            source=SOURCE,
            source_id=f"{period}/{fingerprint}/{language}",
            actor=SYSTEM,
            document_class="report",
        )
        failpoint("closing.after_archive")
        return record.id

    def _kept(
        self,
        tx: Connection,
        figures: MonthFigures,
        fingerprint: str,
        workbooks: Mapping[str, DocumentId],
        readers: list[Actor],
        event: EventId,
    ) -> Pack:
        last = self._last_pack(tx, figures.period)
        same = last if last is not None and last.fingerprint == fingerprint else None
        new = [reader for reader in readers if same is None or reader.person not in same.told]
        if same is not None and not new and workbooks.keys() <= same.workbooks.keys():
            return same
        pack = Pack(
            period=figures.period,
            number=same.number if same else (last.number if last else 0) + 1,
            fingerprint=fingerprint,
            workbooks={**(same.workbooks if same else {}), **workbooks},
            told=(*(same.told if same else ()), *(reader.person for reader in new)),
            written=same.written if same else self._clock.now(),
        )
        self._note(tx, pack, event)
        self._plan_letters(tx, figures, pack, new, event)
        return pack

    def _note(self, tx: Connection, pack: Pack, event: EventId) -> None:
        facts = {
            "number": pack.number,
            "fingerprint": pack.fingerprint,
            "workbooks": dict(pack.workbooks),
            "told": list(pack.told),
            "written": pack.written.isoformat(),
            "event": event,
            "run": self._store.inbox.get(tx, event).run_id,
            "config_hash": self._config.fingerprint(),
        }
        self._store.audit.note(
            tx, actor=SYSTEM, verb=_VERB, subject=str(pack.period), at=self._clock.now(), after=facts
        )

    def _plan_letters(
        self, tx: Connection, figures: MonthFigures, pack: Pack, readers: Iterable[Actor], event: EventId
    ) -> None:
        for reader in readers:
            self._letters.plan(
                tx,
                "month_end",
                [reader],
                _letter(figures, pack, file_name(pack.period, reader.language)),
                key=f"month_end/{pack.period}/{pack.number}",
                thread=f"month_end/{pack.period}",
                written=pack.written,
                cause=event,
                attachments=[pack.workbooks[reader.language]],
            )


def file_name(period: Period, language: str) -> str:
    """The name of the workbook."""
    return f"month-end-{period}-{language}.xlsx"


def _letter(figures: MonthFigures, pack: Pack, workbook: str) -> dict[str, Any]:
    """The same figures for the letter."""
    return {
        "period": figures.period.first,
        "number": pack.number,
        "results": list(figures.results.values()),
        "reference": str(FigureReference(figure="result", period=figures.period)),
        "missing": [
            {
                "check": each.check.value,
                "what": each.what,
                "reason": each.reason,
                "who": list(each.who),
                "amount": each.amount,
                "reference": each.reference,
            }
            for each in figures.missing
        ],
        "workbook": workbook,
    }
