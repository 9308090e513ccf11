"""Posted entries that are taken back: asked for by one person with a reason, agreed to by another.

An entry is never changed. Its reversal posts the same lines with the other sign; the document behind it goes back to
the worklist, to be corrected and booked again, or is rejected, and its invoice number is free for the corrected paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from kontorist.config import Config
from kontorist.domain.approvals import Actor, Decision, ItemState, NotAllowed, Step, WorkItem
from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.ids import EntryId, PersonKey, WorkItemId, derived_id
from kontorist.domain.money import Money
from kontorist.domain.payables.corrections import NotAValue
from kontorist.domain.payables.draft import Finding
from kontorist.domain.ports import Clock
from kontorist.services.carriers import About, NothingToCorrect
from kontorist.services.desk import Asked, Desk
from kontorist.services.payables import Payables
from kontorist.services.worklist import ReasonMissing
from kontorist.store.database import Store
from kontorist.store.documents import Document
from kontorist.store.errors import AlreadyBooked, NotInStore
from kontorist.store.journal import Posted

KIND: Final = "reversal"
#: What becomes of the document: corrected and booked again, or marked as rejected.
AFTERWARDS: Final = ("worklist", "rejected")
_MAY_ASK: Final = frozenset({"clerk", "approver", "controller"})
_DECIDE: Final = (Step(any_of=("approver", "controller")),)


class OwnPaper(NeedsAPerson):
    """An invoice of ours is taken back by a credit note; a reversal alone would leave its VAT owed (§ 14c (1) UStG)."""

    code = "KON-184"
    next_step = "Cancel the order: `kontorist events emit order.cancelled --data FILE`."


class Reversals:
    """Asks for reversals, and posts those that were agreed to. Satisfies `Carrier` for items of the kind `reversal`."""

    def __init__(self, config: Config, *, clock: Clock, store: Store, desk: Desk, payables: Payables) -> None:
        self._clock = clock
        self._store = store
        self._desk = desk
        self._payables = payables
        self._zone = ZoneInfo(config.company.timezone)

    def ask(self, number: int, actor: Actor, *, reason: str, afterwards: str = "worklist") -> WorkItem:
        """Put the reversal of entry `number` before another person. The same request again changes nothing.

        Raises NotInStore, AlreadyBooked when the entry was taken back or is a reversal itself, ReasonMissing,
        NotAllowed.
        """
        if not reason.strip():
            raise ReasonMissing("A reversal needs its reason.", next_step="Say it with `--reason TEXT`.")
        if actor.roles.isdisjoint(_MAY_ASK):
            raise NotAllowed(f"{actor.person} has no role in this office that may ask for this.")
        with self._store.write() as tx:
            posted = self._store.journal.numbered(tx, number)
            self._check_reversible(tx, posted)
            item, changed = self._put(tx, posted, _asked(posted, reason.strip(), _known(afterwards)), actor)
            if changed:
                self._note(tx, actor.person, "asked for a reversal", posted, item.content)
            return item

    def _put(self, tx: Connection, posted: Posted, asked: Asked, actor: Actor) -> tuple[WorkItem, bool]:
        """The item, and whether it is new or was changed; one that was rejected before is asked again."""
        about = self._about(tx, posted)
        try:
            known = self._store.worklist.get(tx, WorkItemId(derived_id("W", KIND, posted.entry.id)))
        except NotInStore:
            return self._desk.open(tx, posted.entry.id, asked, about, prepared_by=actor.person), True
        if known.state is not ItemState.REJECTED and dict(known.content) == dict(asked.content):
            return known, False
        return self._desk.renew(tx, known, asked, about, by=actor.person), True

    def _check_reversible(self, tx: Connection, posted: Posted) -> None:
        if (own := self._store.sales.of_entry(tx, posted.entry.id)) is not None:
            raise OwnPaper(f"Entry {posted.number} is that of our own paper {own.paper.number}.")
        if posted.entry.reversal_of is not None:
            raise AlreadyBooked(
                f"Entry {posted.number} is itself a reversal; it is not taken back.",
                next_step="Book the document again: `kontorist worklist list` shows it.",
            )
        taken_back = self._store.journal.reversal_of(tx, posted.entry.id)
        if taken_back is not None:
            raise AlreadyBooked(f"Entry {posted.number} was taken back already, by entry {taken_back.number}.")

    # --- as a carrier

    def about(self, tx: Connection, item: WorkItem) -> About:
        """The entry's document, and the amount on its debit side."""
        return self._about(tx, self._entry(tx, item))

    def _about(self, tx: Connection, posted: Posted) -> About:
        row = self._document(tx, posted)
        supplier = self._payables.supplier_of(tx, row) if row else None
        return About(
            document=row,
            partner=supplier.name if supplier else None,
            number=row.invoice_number if row else None,
            amount=_debit(posted),
            cause=row.event_id if row else None,
        )

    def check_approvable(self, tx: Connection, item: WorkItem) -> None:
        """An entry is taken back once."""
        self._check_reversible(tx, self._entry(tx, item))

    def granted(self, tx: Connection, item: WorkItem, agreed: tuple[PersonKey, ...]) -> None:
        """Post the reversal, release the invoice number, and put the document where the person wanted it."""
        posted = self._entry(tx, item)
        if self._store.journal.reversal_of(tx, posted.entry.id) is not None:
            return
        reason, afterwards = item.content["reason"], item.content["afterwards"]
        number = self._store.journal.reverse(
            tx, posted.entry.id, day=self._today(), reason=reason, by=item.prepared_by[-1], approved_by=agreed
        )
        self._note(
            tx, agreed[-1], "reversed", posted, {"number": number, "reason": reason, "approved_by": list(agreed)}
        )
        row = self._document(tx, posted)
        if row is not None and row.entry_id == posted.entry.id:
            self._move(tx, row, afterwards, f"Entry {posted.number} was taken back: {reason}")

    def _move(self, tx: Connection, row: Document, afterwards: str, sentence: str) -> None:
        code = "KON-REVERSED"
        self._store.documents.take_back(tx, row.id, afterwards, reason_code=code, reason=sentence)
        if afterwards == "worklist":
            self._payables.ask_again(tx, self._store.documents.get(tx, row.id), Finding(code=code, sentence=sentence))

    def refused(self, tx: Connection, item: WorkItem, said: Decision) -> None:
        """The entry stands; nothing more is to be done."""

    def corrected(self, tx: Connection, item: WorkItem, changes: Mapping[str, str], by: Actor) -> WorkItem:
        """`reason` and `afterwards` (worklist or rejected) can be said otherwise. Raises NotAValue."""
        if unknown := set(changes) - {"reason", "afterwards"}:
            raise NothingToCorrect(
                f"There is no {', '.join(sorted(unknown))} in a reversal; there are reason, afterwards."
            )
        posted = self._entry(tx, item)
        said = {**item.content, **changes}
        asked = _asked(posted, said["reason"], _known(said["afterwards"]))
        return self._desk.renew(tx, item, asked, self._about(tx, posted), by=by.person)

    # --- looking

    def _entry(self, tx: Connection, item: WorkItem) -> Posted:
        return self._store.journal.get(tx, EntryId(item.subject))

    def _document(self, tx: Connection, posted: Posted) -> Document | None:
        """The document behind an entry, None where it is none of those that came in."""
        if posted.entry.document is None:
            return None
        try:
            return self._store.documents.get(tx, posted.entry.document)
        except NotInStore:
            return None

    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()

    def _note(self, tx: Connection, actor: PersonKey, verb: str, posted: Posted, after: Mapping[str, Any]) -> None:
        self._store.audit.note(tx, actor=actor, verb=verb, subject=posted.entry.id, at=self._clock.now(), after=after)


def _asked(posted: Posted, reason: str, afterwards: str) -> Asked:
    """What the second person sees: the entry with its lines, the reason, and what becomes of the document."""
    entry = posted.entry
    content = {"number": posted.number, "reason": reason, "afterwards": afterwards, "entry": entry.data()}
    then = "is corrected and booked again" if afterwards == "worklist" else "is rejected"
    return Asked(
        kind=KIND,
        title=f"Reversal of entry {posted.number}: {entry.text}",
        reasons=(f"Entry {posted.number} is to be taken back: {reason}", f"Afterwards its document {then}."),
        codes=("KON-REVERSAL", "KON-REVERSAL"),
        content=content,
        steps=_DECIDE,
    )


def _known(afterwards: str) -> str:
    if afterwards not in AFTERWARDS:
        raise NotAValue(f"{afterwards!r} is none of {', '.join(AFTERWARDS)}.", next_step="Write one of these.")
    return afterwards


def _debit(posted: Posted) -> Money:
    """The debit side, in the currency of the first line."""
    currency = posted.entry.lines[0].amount.currency
    amounts = [line.amount for line in posted.entry.lines if line.amount.currency == currency]
    return Money.total([amount for amount in amounts if amount.amount > 0], currency)
