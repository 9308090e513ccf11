"""Declared rules sort tickets: the first that fits counts, and the reason is kept in words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from kontorist.domain.helpdesk.tickets import Ticket
from kontorist.domain.ids import PersonKey

OTHER: Final = "other"  #: the category of what fits no rule


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageRule:
    """What a ticket must have: one of `words`, this `sender`, this `group`; what is not given is not asked.

    A word counts whole, in subject or text, without regard to case; ``rechnung*`` means words that begin so.
    `sender` is a mail address, or a domain as ``@example.org``. `within` is office time.
    """

    category: str
    words: tuple[str, ...] = ()
    sender: str | None = None
    group: str | None = None
    owner: PersonKey | None = None
    within: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """What the rules say: whose it is, until when, and the sentence why."""

    category: str
    owner: PersonKey | None
    within: timedelta
    reason: str


def triage(ticket: Ticket, rules: Iterable[TriageRule], *, owner: PersonKey | None, within: timedelta) -> Triage:
    """The first rule that fits; `owner` and `within` stand in where it, or no rule, says nothing."""
    for number, rule in enumerate(rules, start=1):
        facts = _facts(ticket, rule)
        if facts is not None:
            return Triage(
                category=rule.category,
                owner=rule.owner or owner,
                within=within if rule.within is None else rule.within,
                reason=f"Rule {number} ({rule.category}): {', '.join(facts) or 'it takes every ticket'}.",
            )
    return Triage(category=OTHER, owner=owner, within=within, reason="No rule fits.")


def _facts(ticket: Ticket, rule: TriageRule) -> list[str] | None:
    """What fits, in words; None when something does not."""
    asked = [
        (bool(rule.words), _word_found(ticket, rule.words)),
        (rule.sender is not None, _sender_found(ticket, rule.sender or "")),
        (rule.group is not None, _group_found(ticket, rule.group or "")),
    ]
    found = [fact for wanted, fact in asked if wanted]
    known = [fact for fact in found if fact is not None]
    return known if len(known) == len(found) else None


def _word_found(ticket: Ticket, words: Iterable[str]) -> str | None:
    for word in words:
        for place, text in (("subject", ticket.subject), ("text", ticket.text)):
            if _has_word(text, word):
                return f'"{word}" stands in the {place}'
    return None


def _has_word(text: str, word: str) -> bool:
    end = r"\w*" if word.endswith("*") else ""
    wanted = r"\s+".join(map(re.escape, _folded(word.removesuffix("*")).split()))
    return bool(wanted) and re.search(rf"(?<!\w){wanted}{end}(?!\w)", _folded(text)) is not None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _sender_found(ticket: Ticket, sender: str) -> str | None:
    address, wanted = (ticket.requester.email or "").casefold(), sender.casefold()
    fits = address.endswith(wanted) if wanted.startswith("@") else address == wanted
    return f"it comes from {sender}" if fits else None


def _group_found(ticket: Ticket, group: str) -> str | None:
    return f"its group is {group}" if (ticket.group or "").casefold() == group.casefold() else None
