"""How a paper is filed that nothing else is done with: by type, partner and period, each with its reason.

Only declared rules decide: the office's own first, then the usual ones below. What they do not know, a person says.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.payables.suppliers import folded_name, same_identifier

_TYPE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
#: Where a paper says what it is: in its first lines. Further down it may mention any contract or invoice.
HEAD_LINES: Final = 20
LONGEST_LINE: Final = 1_000  #: letters of a line that are looked at; hundreds of words are looked for in each
_OLDEST: Final = timedelta(days=366 * 15)  #: an older date on a paper is a date of birth or of a law
_SHORTEST_NAME: Final = 4  #: letters of a partner's name that may be looked for in a text


class NotAType(NeedsAPerson):
    """This is no name for a type of document."""

    code = "KON-155"
    next_step = "Write a short word in small letters, such as contract or delivery_note."


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What is known of a paper before it is filed.

    `text` is all its text, `dates` the days named in it in their order, `vat_ids` and `ibans` likewise, without blanks.
    `sender` and `subject` are those of the mail it came with, `received` the day it came.
    """

    name: str
    media_type: str
    received: date
    text: str = ""
    subject: str | None = None
    sender: str | None = None
    mailed: date | None = None
    dates: tuple[date, ...] = ()
    vat_ids: tuple[str, ...] = ()
    ibans: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingRule:
    """Papers that fit are of `document_type`. All conditions that are set must fit; of `words`, any one.

    Words stand in the subject, the name or the first lines; `sender` is an address or a pattern (``*@bank.example``),
    `name` and `media_type` are patterns as well.
    """

    document_type: str
    words: tuple[str, ...] = ()
    sender: str | None = None
    name: str | None = None
    media_type: str | None = None

    def reason(self, paper: Paper) -> str | None:
        """Why `paper` fits, in a sentence; None when it does not. A rule without conditions fits nothing."""
        said: list[str] = []
        if self.words:
            word = next((word for word in self.words if _stands_in(word, paper)), None)
            if word is None:
                return None
            said.append(f'it says "{word}"')
        for pattern, value, words in (
            (self.sender, paper.sender, "it came from"),
            (self.name, paper.name, "its name is"),
            (self.media_type, paper.media_type, "its kind is"),
        ):
            if pattern is None:
                continue
            if value is None or not fnmatchcase(value.casefold(), pattern.casefold()):
                return None
            said.append(f"{words} {value}")
        return f"Filed as {self.document_type}: {' and '.join(said)}." if said else None


def _usual(document_type: str, *words: str) -> FilingRule:
    return FilingRule(document_type=document_type, words=words)


#: Applied after the office's own rules. In German, Dutch and English.
USUAL_RULES: Final = (
    _usual("reminder", "Mahnung", "Zahlungserinnerung", "aanmaning", "betalingsherinnering", "payment reminder"),
    _usual("credit_note", "Gutschrift", "creditnota", "credit note"),
    _usual("invoice", "Rechnung", "factuur", "invoice"),
    _usual("delivery_note", "Lieferschein", "pakbon", "leveringsbon", "delivery note", "packing slip"),
    _usual("order_confirmation", "Auftragsbestätigung", "orderbevestiging", "order confirmation"),
    _usual("offer", "Angebot", "Kostenvoranschlag", "offerte", "quotation", "offer"),
    _usual("bank_statement", "Kontoauszug", "rekeningafschrift", "bank statement", "statement of account"),
    _usual("termination", "Kündigung", "opzegging", "notice of termination"),
    _usual(
        "contract", "Vertrag", "Mietvertrag", "Arbeitsvertrag", "Rahmenvertrag", "overeenkomst", "contract", "agreement"
    ),
    _usual("insurance", "Versicherungsschein", "Versicherungspolice", "polis", "polisblad", "insurance policy"),
    _usual(
        "tax", "Steuerbescheid", "Umsatzsteuerbescheid", "Finanzamt", "aanslag", "Belastingdienst", "tax assessment"
    ),
    _usual("certificate", "Bescheinigung", "Urkunde", "verklaring", "certificate"),
)
#: What is more than a paper to keep: the usual rules never put it away without a person.
TO_BE_DONE: Final = {
    "invoice": "This looks like an invoice: hand it in with `kontorist worklist add FILE`, or say what else it is.",
    "credit_note": "This looks like a credit note: hand it in with `kontorist worklist add FILE`, or say what it is.",
    "reminder": "This looks like a reminder: see whether we owe it, then file it.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """Whom we deal with, as far as filing has to know. `kind` is supplier or customer, `domain` that of its mails."""

    id: str
    name: str
    kind: str
    vat_id: str | None = None
    ibans: tuple[str, ...] = ()
    domain: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """Where a paper belongs. `document_type` is None where a person has to say it; `reasons` are sentences."""

    document_type: str | None
    partner: Partner | None
    day: date
    reasons: tuple[str, ...]

    @property
    def period(self) -> str:
        """The month, such as ``2026-05``."""
        return f"{self.day:%Y-%m}"


def file_paper(paper: Paper, rules: Iterable[FilingRule], partners: Sequence[Partner]) -> Filing:
    """The type by the first rule that fits, the partner by its signs, the day by what the paper says."""
    document_type, why = _type_of(paper, rules)
    partner, whose = _partner_of(paper, partners)
    day, when = _day_of(paper)
    return Filing(document_type=document_type, partner=partner, day=day, reasons=(why, whose, when))


def checked_type(text: str) -> str:
    """A type of document as a person writes it. Raises NotAType."""
    word = text.strip().casefold().replace(" ", "_").replace("-", "_")
    if not _TYPE.fullmatch(word):
        raise NotAType(f"{text[:60]!r} is no name for a type of document.")
    return word


def _type_of(paper: Paper, rules: Iterable[FilingRule]) -> tuple[str | None, str]:
    for rule in rules:
        if said := rule.reason(paper):
            return rule.document_type, said
    for look in (replace(paper, subject=None), paper):  # a mail's subject may name the other paper in it
        for rule in USUAL_RULES:
            if said := rule.reason(look):
                todo = TO_BE_DONE.get(rule.document_type)
                return (None, todo) if todo else (rule.document_type, said)
    return None, "No rule says what this is."


def _partner_of(paper: Paper, partners: Sequence[Partner]) -> tuple[Partner | None, str]:
    """By VAT id, else IBAN, else the sender's domain, else the name in the text; two that fit equally are none."""
    domain = (paper.sender or "").rpartition("@")[2].casefold()
    words = f" {folded_name(_shown(paper))} "
    signs: tuple[tuple[str, Callable[[Partner], bool]], ...] = (
        ("its VAT id", lambda each: _among(each.vat_id, paper.vat_ids)),
        ("its bank account", lambda each: any(_among(iban, paper.ibans) for iban in each.ibans)),
        ("the sender of the mail", lambda each: bool(domain) and (each.domain or "").casefold() == domain),
        ("its name in the text", lambda each: _named(each, words)),
    )
    for sign, fits in signs:
        found = [each for each in partners if fits(each)]
        if len(found) > 1 and sign == "its name in the text":
            found = _not_part_of_another(found)
        if len(found) == 1:
            return found[0], f"Of {found[0].name}: {sign}."
        if found:
            return None, f"Of nobody: {sign} fits {', '.join(each.name for each in found[:3])}."
    return None, "Of nobody that we know."


def _among(identifier: str | None, seen: Iterable[str]) -> bool:
    return identifier is not None and any(same_identifier(identifier, each) for each in seen)


def _named(partner: Partner, words: str) -> bool:
    name = folded_name(partner.name)
    return len(name) >= _SHORTEST_NAME and f" {name} " in words


def _not_part_of_another(found: Sequence[Partner]) -> list[Partner]:
    """Without those whose name only stands inside a longer one ("Lindner" in "Papierhaus Lindner")."""
    names = {each.id: f" {folded_name(each.name)} " for each in found}
    return [each for each in found if not any(names[each.id] in names[other] for other in names if other != each.id)]


def _shown(paper: Paper) -> str:
    return "\n".join((paper.subject or "", paper.name, paper.text))


def _day_of(paper: Paper) -> tuple[date, str]:
    """The first date on the paper that can be its own, else that of the mail, else the day it came."""
    latest, oldest = paper.received + timedelta(days=1), paper.received - _OLDEST
    on_paper = next((day for day in paper.dates if oldest <= day <= latest), None)
    if on_paper is not None:
        return on_paper, f"Of {on_paper}: the first date on it."
    if paper.mailed is not None:
        return paper.mailed, f"Of {paper.mailed}: the date of the mail."
    return paper.received, f"Of {paper.received}: the day it came; it bears no date."


def _stands_in(word: str, paper: Paper) -> bool:
    wanted = _folded(word)
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", _head(paper)) is not None


@lru_cache(maxsize=8)
def _head(paper: Paper) -> str:
    lines = [line[:LONGEST_LINE] for line in paper.text.splitlines() if line.strip()][:HEAD_LINES]
    return _folded("\n".join((paper.subject or "", re.sub(r"[_.\-]+", " ", paper.name), *lines)))


def _folded(text: str) -> str:
    """For comparison: no case, no accents, single blanks."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return " ".join("".join(each for each in plain if not unicodedata.combining(each)).split())
