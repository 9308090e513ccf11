"""A ticket as it reaches us, and what can be read from its words without guessing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.payables.duplicates import normalised_number


class TicketUnreadable(NeedsAPerson):
    """The ticket lacks its number, its subject or its requester."""

    code = "KON-185"
    next_step = "Let the helpdesk send `ticket`, `subject`, `text` and `requester: {name, email}`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """Who asks; `number` is a customer's or supplier's number in our books."""

    name: str | None = None
    email: str | None = None
    number: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One ticket; `number` is the helpdesk's own. `automatic` when no person wrote it (RFC 3834, Auto-Submitted)."""

    number: str
    subject: str
    text: str = ""
    requester: Requester = Requester()
    group: str | None = None
    automatic: bool = False


def read_ticket(data: Mapping[str, Any]) -> Ticket:
    """The ticket in the data of a `ticket.created` event; numbers may come as numbers. Raises TicketUnreadable."""
    number, subject, asked = _text(data.get("ticket")), _text(data.get("subject")), data.get("requester")
    if number is None or subject is None or not isinstance(asked, Mapping):
        raise TicketUnreadable
    return Ticket(
        number=number,
        subject=" ".join(subject.split()),
        text=_text(data.get("text")) or "",
        requester=Requester(**{name: _text(asked.get(name)) for name in Requester.__slots__}),
        group=_text(data.get("group")),
        automatic=(_text(data.get("auto_submitted")) or "no").split(";")[0].strip().casefold() != "no",
    )


def _text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    letters = (each if each.isprintable() or each == "\n" else " " for each in str(value))
    return "".join(letters).strip() or None


#: Mailboxes behind which nobody reads: an answer there is lost, or is answered by a machine, which is a loop.
_NOBODY: Final = re.compile(r"(no|do-?not)[-_.]?reply|mailer-daemon|postmaster|bounces?", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")


def why_unanswered(ticket: Ticket) -> str | None:
    """The sentence why no acknowledgement goes to the requester; None when one does.

    Automatic mail is never answered by a machine: RFC 3834, section 2.
    """
    if ticket.automatic:
        return "It was sent by a machine."
    if ticket.requester.email is None:
        return "The requester has no mail address."
    if not _ADDRESS.fullmatch(ticket.requester.email):
        return "The requester's mail address is not one."
    if _NOBODY.match(ticket.requester.email):
        return "Nobody reads mail at the requester's address."
    return None


_SHORTEST: Final = 4  #: characters; "7" or "16" in a text is rarely the number of an invoice
_MOST_WORDS: Final = 2000


def numbers_in(text: str) -> list[str]:
    """What in `text` may be an invoice number, as `normalised_number` writes them: words with a digit, and pairs.

    A pair is a word with the one after it (``RE 2026-117``). In order, each once.
    """
    words = [word for each in text.split()[:_MOST_WORDS] if (word := each.strip(".,;:!?()[]\"'#"))]
    candidates = [*words, *(f"{one} {two}" for one, two in pairwise(words))]
    found = (normalised_number(each) for each in candidates if re.search(r"\d", each))
    return list(dict.fromkeys(each for each in found if len(each) >= _SHORTEST))
