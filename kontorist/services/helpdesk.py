"""Tickets: sorted by the declared rules, linked, handed to their owner, acknowledged; pressed for when late.

Each act is one transaction and finds in the audit trail what it did before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from kontorist.config import Config
from kontorist.domain.approvals import Actor, Decision, ItemState, WorkItem
from kontorist.domain.helpdesk.hours import ESCALATE, REMIND, steps_when_late
from kontorist.domain.helpdesk.tickets import Requester, Ticket, numbers_in, read_ticket, why_unanswered
from kontorist.domain.helpdesk.triage import Triage, triage
from kontorist.domain.ids import SYSTEM, EventId, PersonKey, WorkItemId
from kontorist.domain.payables.suppliers import Supplier
from kontorist.domain.ports import Clock
from kontorist.domain.receivables.customers import Customer
from kontorist.services.carriers import About, NothingToCorrect
from kontorist.services.desk import Asked, Desk
from kontorist.services.letters import LetterBox
from kontorist.services.replies import Replies
from kontorist.store.database import Store

TICKET: Final = "ticket"  #: the kind of its work items
_PRESSED: Final = {REMIND: "reminded", ESCALATE: "escalated"}
_LONGEST_TITLE: Final = 120
#: The status a ticket has here, and the event that tells of it.
_EVENTS: Final = {"open": "opened", "resolved": "resolved", "rejected": "rejected"}


class Helpdesk:
    """What the office does with a ticket."""

    def __init__(
        self, config: Config, *, clock: Clock, store: Store, desk: Desk, letters: LetterBox, replies: Replies
    ) -> None:
        self._config = config
        self._clock = clock
        self._store = store
        self._desk = desk
        self._letters = letters
        self._replies = replies
        self._rules = tuple(each.rule() for each in config.helpdesk.rules)
        self._hours = config.helpdesk_hours()

    def take_in(self, event: EventId) -> WorkItemId:
        """Put the ticket of `event` on the worklist; one that is known there stays as it is.

        Raises TicketUnreadable.
        """
        with self._store.write() as tx:
            row = self._store.inbox.get(tx, event)
            came = row.event()
            ticket = read_ticket(came.data)
            subject = f"{came.source}/{ticket.number}"
            known = self._store.worklist.list(tx, states=None, kind=TICKET, subject=subject)
            if known:
                return known[0].id
            return self._hand_over(tx, ticket, subject, came.time or row.received, event).id

    def _hand_over(self, tx: Connection, ticket: Ticket, subject: str, since: datetime, event: EventId) -> WorkItem:
        settings = self._config.helpdesk
        owner = PersonKey(settings.owner) if settings.owner else None
        found = triage(ticket, self._rules, owner=owner, within=settings.within)
        due = self._hours.after(since, found.within)
        asked = self._asked(tx, ticket, found, due, event)
        named = self._desk.people.get(found.owner) if found.owner else None
        item = self._desk.open(
            tx,
            subject,
            asked,
            About(partner=_partner_name(asked.content), due=due.date(), cause=event),
            owner=found.owner,
            due=due.date(),
            tell=[named] if named else None,
        )
        facts = {name: asked.content[name] for name in ("category", "reason", "due", "partner", "documents")}
        self._note(tx, item, "sorted", {**facts, "owner": found.owner})
        self._answer(tx, item, "open", {"category": found.category, "owner": found.owner, "due": due.isoformat()})
        return item

    def _asked(self, tx: Connection, ticket: Ticket, found: Triage, due: datetime, event: EventId) -> Asked:
        customer, supplier = self._partners(tx, ticket.requester)
        partner = _partner(customer, supplier)
        numbers = numbers_in(f"{ticket.subject}\n{ticket.text}")
        papers = self._store.documents.with_numbers(tx, numbers, supplier_id=supplier.id if supplier else None)
        content = {
            "ticket": ticket.number,
            "subject": ticket.subject,
            "text": ticket.text,
            "requester": {name: getattr(ticket.requester, name) for name in Requester.__slots__},
            "group": ticket.group,
            "category": found.category,
            "reason": found.reason,
            "due": due.isoformat(),
            "partner": partner,
            "documents": [{"id": each.id, "name": each.name, "number": each.invoice_number} for each in papers],
            "event": event,
        }
        title = f"{found.category}: {ticket.subject[:_LONGEST_TITLE]} ({ticket.number})"
        return Asked(kind=TICKET, title=title, reasons=(found.reason,), codes=("KON-TICKET",), content=content)

    def _partners(self, tx: Connection, who: Requester) -> tuple[Customer | None, Supplier | None]:
        signs = {"number": who.number, "email": who.email, "name": who.name}
        return self._store.customers.find(tx, **signs), self._store.suppliers.who_writes(tx, **signs)

    # --- telling the helpdesk

    def settled(self, tx: Connection, item: WorkItem, status: str) -> None:
        """Plan to tell the helpdesk that a person has settled the ticket, once: it is ``resolved`` or ``rejected``."""
        told = f"told {status}"
        if told not in self._noted(tx, item):
            self._answer(tx, item, status, {})
            self._note(tx, item, told, {})

    def _answer(self, tx: Connection, item: WorkItem, status: str, more: Mapping[str, Any]) -> None:
        """Plan the event ``ticket.<status>`` for whoever sent the ticket, where its route names a `reply_to`."""
        number, event = item.content["ticket"], EventId(item.content["event"])
        route = self._config.route_of(self._store.inbox.get(tx, event).event())
        body = {
            "type": f"ticket.{_EVENTS[status]}",
            "timestamp": self._clock.now().isoformat(),
            "subject": number,
            "data": {"ticket": number, "status": status, **more},
        }
        self._replies.plan(tx, route.reply_to if route else None, body, key=f"{item.id}/{status}", cause=event)

    # --- writing to the requester

    def acknowledge(self, item: WorkItemId, event: EventId) -> None:
        """Plan the letter that says it came in, once; or note why none is written."""
        with self._store.write() as tx:
            found = self._store.worklist.get(tx, item)
            if self._noted(tx, found) & {"acknowledged", "not acknowledged"}:
                return
            ticket = read_ticket(self._store.inbox.get(tx, event).event().data)
            silence = why_unanswered(ticket) or self._nobody_mails()
            if silence is not None:
                self._note(tx, found, "not acknowledged", {"reason": silence})
                return
            self._letters.plan(
                tx,
                "ticket_received",
                [self._reader(tx, ticket.requester)],
                {"ticket": ticket.number, "subject": ticket.subject},
                key=f"ticket_received/{item}",
                thread=item,
                written=self._clock.now(),
                cause=event,
            )
            self._note(tx, found, "acknowledged", {"to": ticket.requester.email})

    def _nobody_mails(self) -> str | None:
        return None if self._config.notifications.mail_out else "No connector sends mail."

    def _reader(self, tx: Connection, who: Requester) -> Actor:
        customer, _ = self._partners(tx, who)
        language = who.language or (customer.language if customer else None) or self._config.company.language
        return Actor(person=PersonKey("requester"), email=who.email, language=language)

    # --- what is late

    def late(self, event: EventId) -> dict[str, list[WorkItemId]]:
        """The open tickets that are late now and about which this has not happened yet: by `remind`, `escalate`.

        What happened because of `event` is among them: a run that was cut off and taken up again tells of all it did.
        """
        found: dict[str, list[WorkItemId]] = {REMIND: [], ESCALATE: []}
        with self._store.read() as tx:
            for item in self._store.worklist.list(tx, kind=TICKET):
                for step in self._steps(item):
                    if self._pressed_by(tx, item, step) in (None, event):
                        found[step].append(item.id)
        return found

    def _pressed_by(self, tx: Connection, item: WorkItem, step: str) -> str | None:
        """The event because of which this happened, an empty text where that was not noted; None before."""
        notes = [note for note in self._store.audit.of(tx, item.subject) if note.verb == _PRESSED[step]]
        return (notes[-1].after or {}).get("event", "") if notes else None

    def _steps(self, item: WorkItem) -> tuple[str, ...]:
        return steps_when_late(
            _due(item),
            self._clock.now(),
            hours=self._hours,
            grace=self._config.helpdesk.escalate_after,
            postponed_until=item.postponed_until,
        )

    def press(self, item: WorkItemId, step: str, event: EventId) -> None:
        """Remind the owner (else the clerks), or tell the controllers; once for each item and step."""
        with self._store.write() as tx:
            found = self._store.worklist.get(tx, item)
            settled = found.state not in (ItemState.OPEN, ItemState.RETURNED)
            if settled or _PRESSED[step] in self._noted(tx, found):
                return
            self._letters.plan(
                tx,
                "ticket_overdue",
                self._pressed(found, step),
                {
                    "item": item,
                    "title": found.title,
                    "requester": found.content["requester"]["name"] or found.content["requester"]["email"],
                    "owner": found.owner,
                    "due": _due(found).astimezone(self._hours.zone),
                    "escalated": step == ESCALATE,
                },
                key=f"ticket_overdue/{item}/{step}",
                thread=item,
                written=self._clock.now(),
                cause=event,
            )
            self._note(tx, found, _PRESSED[step], {"due": found.content["due"], "event": event})

    def _pressed(self, item: WorkItem, step: str) -> list[Actor]:
        owner = self._desk.people.get(item.owner) if item.owner else None
        if step == ESCALATE:
            return self._desk.with_role("controller")
        return [owner] if owner else self._desk.with_role("clerk")

    # --- looking

    def summary(self, item: WorkItemId) -> dict[str, Any]:
        """Where a ticket stands, as plain data: item, ticket, category, owner, due, state, reason."""
        with self._store.read() as tx:
            found = self._store.worklist.get(tx, item)
        shown = {name: found.content[name] for name in ("ticket", "category", "due", "reason")}
        return {"item": found.id, "owner": found.owner, "state": found.state.value, **shown}

    def _noted(self, tx: Connection, item: WorkItem) -> set[str]:
        return {note.verb for note in self._store.audit.of(tx, item.subject)}

    def _note(self, tx: Connection, item: WorkItem, verb: str, facts: Mapping[str, Any]) -> None:
        after = {"item": item.id, **facts}
        self._store.audit.note(tx, actor=SYSTEM, verb=verb, subject=item.subject, at=self._clock.now(), after=after)


class TicketDecisions:
    """Satisfies `Carrier` for tickets: settled is settled, and the helpdesk is told."""

    def __init__(self, helpdesk: Helpdesk) -> None:
        self._helpdesk = helpdesk

    def about(self, tx: Connection, item: WorkItem) -> About:
        """Whom it is from, and the day it is due."""
        return About(partner=_partner_name(item.content), due=item.due)

    def check_approvable(self, tx: Connection, item: WorkItem) -> None:
        """Every ticket can be settled."""

    def granted(self, tx: Connection, item: WorkItem, agreed: tuple[PersonKey, ...]) -> None:
        """The decision settles it: it is done."""
        self._helpdesk.settled(tx, item, "resolved")

    def refused(self, tx: Connection, item: WorkItem, said: Decision) -> None:
        """The decision settles it: it is none of ours."""
        self._helpdesk.settled(tx, item, "rejected")

    def corrected(self, tx: Connection, item: WorkItem, changes: Mapping[str, str], by: Actor) -> WorkItem:
        """Raises NothingToCorrect: a ticket is what somebody wrote."""
        raise NothingToCorrect(
            f"{item.title}: a ticket is what somebody wrote; there is nothing in it to correct.",
            next_step="Give it to somebody else: `kontorist worklist assign ID PERSON`.",
        )


def _due(item: WorkItem) -> datetime:
    return datetime.fromisoformat(item.content["due"])


def _partner(customer: Customer | None, supplier: Supplier | None) -> dict[str, Any] | None:
    """Who it is from: both sides where a firm buys and sells."""
    known = customer or supplier
    if known is None:
        return None
    ids = {"customer": customer.id if customer else None, "supplier": supplier.id if supplier else None}
    return {"name": known.name, **ids}


def _partner_name(content: Mapping[str, Any]) -> str | None:
    partner = content["partner"]
    return partner["name"] if partner else None
