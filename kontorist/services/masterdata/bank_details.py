"""New bank details wait for a second person: the carrier of the work items `bank_details`.

Whoever imports them is the first person and can never approve them; somebody else with the right role is the second.
Until then nothing of them is in force. What is agreed on is read again from our own table and compared with what was
shown: a decision about other details does not count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection

from kontorist.domain.approvals import Actor, Decision, ItemChanged, Step, WorkItem
from kontorist.domain.events import content_hash
from kontorist.domain.ids import (
    SYSTEM,
    BankChangeId,
    CustomerId,
    DocumentId,
    EmployeeId,
    PersonKey,
    SupplierId,
    WorkItemId,
    derived_id,
)
from kontorist.domain.masterdata.bank_changes import BankChange, ChangeState, PartyKind
from kontorist.domain.masterdata.records import Protected
from kontorist.domain.ports import Clock
from kontorist.services.carriers import About, NothingToCorrect
from kontorist.services.desk import Asked, Desk
from kontorist.services.invoice_decisions import InvoiceDecisions
from kontorist.store.database import Store

KIND: Final = "bank_details"
_CODE: Final = "KON-BANK-DETAILS"
_ROLES: Final[Mapping[PartyKind, tuple[str, ...]]] = {
    PartyKind.SUPPLIER: ("approver", "controller"),
    PartyKind.CUSTOMER: ("approver", "controller"),
    PartyKind.EMPLOYEE: ("payroll", "controller"),
}


class BankDetails:
    """Satisfies `Carrier` for the kind `bank_details`."""

    def __init__(
        self, *, clock: Clock, store: Store, desk: Desk, invoices: InvoiceDecisions, four_eyes: bool = True
    ) -> None:
        self._clock = clock
        self._store = store
        self._desk = desk
        self._invoices = invoices
        # Two people always: where the office lets preparers approve, two have to.
        self._needed = 1 if four_eyes else 2

    # --- asking

    def propose(
        self,
        tx: Connection,
        party: str,
        kind: PartyKind,
        wanted: Protected,
        *,
        by: PersonKey,
        document: DocumentId,
        first: bool,
    ) -> BankChangeId | None:
        """Let `wanted` wait; gives under which id it waits, None where this file's details were decided on before.

        The first details of new parties are decided on together, one item a file; a change of known ones by itself.
        """
        waiting = self._store.bank_changes.waiting(tx, party)
        if waiting is None:
            change = BankChangeId(derived_id("B", "first" if first else party, document))
            if any(each.party == party for each in self._store.bank_changes.of(tx, change)):
                return None
        else:
            change = waiting.id
            if (waiting.ibans, waiting.trusted) == (wanted.ibans, wanted.trusted):
                return change
        self._store.bank_changes.put(
            tx,
            BankChange(
                id=change,
                party=party,
                kind=kind,
                ibans=wanted.ibans,
                trusted=wanted.trusted,
                document=document,
                prepared_by=by,
            ),
        )
        return change

    def ask(self, tx: Connection, change: BankChangeId, by: PersonKey) -> WorkItemId:
        """Open the item of a change, or renew it where its details are others by now. Repeated, it changes nothing."""
        asked = self._asked(tx, self._waiting(tx, change))
        item = self._known_item(tx, change)
        if item is None:
            return self._desk.open(tx, change, asked, self._about(asked), prepared_by=by).id
        if item.content_hash != content_hash(dict(asked.content)):
            item = self._desk.renew(tx, item, asked, self._about(asked), by=by)
        return item.id

    def _waiting(self, tx: Connection, change: BankChangeId) -> list[BankChange]:
        """What is to be decided: rows of an earlier decision under the same id are settled."""
        return [each for each in self._store.bank_changes.of(tx, change) if each.state is ChangeState.WAITING]

    def _known_item(self, tx: Connection, change: BankChangeId) -> WorkItem | None:
        found = self._store.worklist.list(tx, states=None, subject=change, kind=KIND)
        return found[0] if found else None

    def _asked(self, tx: Connection, rows: Sequence[BankChange]) -> Asked:
        kind = rows[0].kind
        shown = [self._shown(tx, each) for each in rows]
        named = [each["name"] for each in shown if each["name"]]
        who = named[0] if len(rows) == 1 and named else f"{len(rows)} {kind.value}{'s' if len(rows) > 1 else ''}"
        reason = f"Bank details of {who} are new or changed. Compare them on a way that is not the one they came by."
        return Asked(
            kind=KIND,
            title=f"Bank details of {who}",
            reasons=(reason,),
            codes=(_CODE,),
            content={"changes": shown, "details": _digest(rows)},
            steps=(Step(any_of=_ROLES[kind], needed=self._needed),),
        )

    def _shown(self, tx: Connection, change: BankChange) -> dict[str, Any]:
        """What people see of one party. Of an employee neither name nor whole IBAN: the worklist is no master data."""
        name, known = self._known(tx, change)
        secret = change.kind is PartyKind.EMPLOYEE
        return {
            "party": change.party,
            "name": None if secret else name,
            "known": [_masked(each) if secret else each for each in known],
            "new": [_masked(each) if secret else each for each in change.ibans],
            "trusted": change.trusted,
        }

    def _known(self, tx: Connection, change: BankChange) -> tuple[str, tuple[str, ...]]:
        if change.kind is PartyKind.SUPPLIER:
            supplier = self._store.suppliers.get(tx, SupplierId(change.party))
            return supplier.name, supplier.ibans
        if change.kind is PartyKind.CUSTOMER:
            customer = self._store.customers.get(tx, CustomerId(change.party))
            return customer.name, customer.ibans
        employee = self._store.employees.get(tx, EmployeeId(change.party))
        return employee.name, (employee.iban,) if employee.iban else ()

    @staticmethod
    def _about(asked: Asked) -> About:
        changes = asked.content["changes"]
        return About(partner=changes[0]["name"] if len(changes) == 1 else None)

    # --- carrying out

    def about(self, tx: Connection, item: WorkItem) -> About:
        """The partner, where it is one and no employee."""
        changes = item.content["changes"]
        return About(partner=changes[0]["name"] if len(changes) == 1 else None)

    def check_approvable(self, tx: Connection, item: WorkItem) -> None:
        """Only what was shown can be agreed on."""
        rows = self._waiting(tx, BankChangeId(item.subject))
        if _digest(rows) != item.content["details"]:
            raise ItemChanged(f"{item.title}: other details wait by now.")

    def granted(self, tx: Connection, item: WorkItem, agreed: tuple[PersonKey, ...]) -> None:
        """Put the details in force; invoices that waited because of them are ruled on anew."""
        rows = self._waiting(tx, BankChangeId(item.subject))
        for change in rows:
            before = self._known(tx, change)[1]
            self._apply(tx, change)
            self._note(tx, "agreed to bank details", agreed[-1], change, before, agreed)
        self._store.bank_changes.settle(tx, BankChangeId(item.subject), ChangeState.AGREED)
        for change in rows:
            if change.kind is PartyKind.SUPPLIER:
                self._invoices.look_again(tx, SupplierId(change.party), by=SYSTEM)

    def _apply(self, tx: Connection, change: BankChange) -> None:
        if change.kind is PartyKind.SUPPLIER:
            supplier = self._store.suppliers.get(tx, SupplierId(change.party))
            self._store.suppliers.put(tx, replace(supplier, ibans=change.ibans, trusted=change.trusted))
        elif change.kind is PartyKind.CUSTOMER:
            customer = self._store.customers.get(tx, CustomerId(change.party))
            self._store.customers.put(tx, replace(customer, ibans=change.ibans))
        else:
            employee = self._store.employees.get(tx, EmployeeId(change.party))
            self._store.employees.put(tx, replace(employee, iban=change.ibans[0]))

    def refused(self, tx: Connection, item: WorkItem, said: Decision) -> None:
        """The details never come into force."""
        for change in self._waiting(tx, BankChangeId(item.subject)):
            self._note(tx, "refused bank details", said.person, change, self._known(tx, change)[1], ())
        self._store.bank_changes.settle(tx, BankChangeId(item.subject), ChangeState.REFUSED)

    def corrected(self, tx: Connection, item: WorkItem, changes: Mapping[str, str], by: Actor) -> WorkItem:
        """Nothing: other details come in by another import."""
        raise NothingToCorrect("Bank details are not corrected here; import the right ones.")

    def _note(
        self,
        tx: Connection,
        verb: str,
        person: PersonKey,
        change: BankChange,
        known: tuple[str, ...],
        agreed: tuple[PersonKey, ...],
    ) -> None:
        secret = change.kind is PartyKind.EMPLOYEE  # no IBAN of an employee outside master data
        facts = {"prepared_by": change.prepared_by, "agreed_by": list(agreed), "document": change.document}
        self._store.audit.note(
            tx,
            actor=person,
            verb=verb,
            subject=change.party,
            at=self._clock.now(),
            before={} if secret else {"ibans": list(known)},
            after=facts if secret else {**facts, "ibans": list(change.ibans), "trusted": change.trusted},
        )


def _digest(rows: Sequence[BankChange]) -> str:
    return content_hash([[each.party, list(each.ibans), each.trusted] for each in rows])


def _masked(iban: str) -> str:
    return f"{iban[:4]}...{iban[-4:]}"
