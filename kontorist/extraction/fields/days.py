"""Issue date and due date."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kontorist.domain.payables.draft import FieldSource
from kontorist.extraction.candidates import Candidate
from kontorist.extraction.candidates.date import DateReading, dates, day_first_in
from kontorist.extraction.fields import Choice, Watch, absent, found_by, unwatched
from kontorist.extraction.labels import fold
from kontorist.extraction.layout import Sheet
from kontorist.extraction.page_text import Segment
from kontorist.extraction.scoring import Link, labelled, links, log_odds, total, weights
from kontorist.extraction.solving import Scored

_TERM = re.compile(
    r"(?:net(?:to)?|innerhalb(?:\s+von)?|binnen|within(?:\s+the\s+next)?|sous|a|entro|terms:?)?\s*(\d{1,3})\s*"
    r"(?:tagen?|days?|dagen|jours?|giorni|dias)\b[^.;,]{0,40}"
)
_TERM_WORD = re.compile(
    r"net|zahl|pay|innerhalb|within|binnen|betal|echeance|reglement|paiement|due|fallig|vencim|scaden"
)
_PAYING = re.compile(
    r"pay|transfer|settle|remit|zahl|uberweis|begleich|betal|bedrag|voldo|regl|vers|pag|abon|bonifi|uberwies|eingang|"
    r"plat|liquid|sald"
)
_DIGIT = re.compile(r"\d")
_LATEST = re.compile(
    r"(?:\bby|before|until|no[tn]? later than|on or after|\bbis(?: zum| spatestens(?: zum)?)?|\bzum|spatestens(?: am)?|"
    r"\bvoor|uiterlijk(?: op)?|avant le|avant|au plus tard le|pour le|jusqu'au|antes del?|"
    r"hasta el|entro(?: e non oltre)?(?: il)?|"
    r"\bate|\bdo(?: dnia)?)\s*(?:the|den|dem)?\s*$"
)
#: ``bis 2. Juni ohne Abzug``: without a discount, so it is the last day.
_NET_BEHIND = re.compile(
    r"\W*(?:rein\s+)?(?:net(?:to)?\b|ohne\s+(?:jeden\s+)?abzug|without\s+(?:any\s+)?(?:deduction|discount)|"
    r"strictly net|sans escompte|zonder (?:korting|aftrek))"
)
#: ``Kiel, 12.04.2015``: place and day, as letters have them at their head.
_PLACE = re.compile(r"[^\W\d_][^\d:;,]{2,30},\s*(?:den|dem|le|il|the|dnia|d\.)?\s*")
_NO_TERM = re.compile(r"\bskonto|%|discount|korting|escompte|lieferung|deliver|return|widerruf|einwand|schriftlich")
_END_OF_MONTH = re.compile(r"end of (?:the )?month|\beom\b|fin de mois|monatsende|einde maand|fine mese|fin de mes")
_DEBITED = re.compile(
    r"direct debit|debited|abgebucht|eingezogen|abbuchen|einziehen|buchen wir|ziehen wir|lastschrift|bankeinzug|"
    r"afgeschreven|geincasseerd|incasser|preleve|addebit|cargara|domicilia|pobran[ae]"
)
_FALLS_DUE = re.compile(r"\W*(?:(?:zur zahlung|for payment|is|ist|wird)\s+)?(?:fallig|due\b)")
_CLAUSE = re.compile(r"[;,.:](?=\s+[a-z]{2})|\n")
_DISCOUNT = re.compile(r"\bskonto|discount|korting|escompte|\bsconto|descuento|\bskonta|\d\s?%")
_IN_EUROPE = re.compile(r"\b(?:GBP|EUR|IBAN|VAT|MwSt|USt|TVA|BTW|IVA)\b|[€£]")


@dataclass(slots=True)
class Order:
    """Day or month first, and whether the document itself says so."""

    day_first: bool
    certain: bool


def find_dates(sheet: Sheet) -> list[Candidate[DateReading]]:
    """All dates of the pages read; one broken at the end of its line goes on below."""
    found = []
    for segment in sheet.segments:
        if _DIGIT.search(segment.text):
            found += dates(segment)
            if _BROKEN.search(segment.text):
                found += _goes_on_below(sheet, segment)
    return found


_BROKEN = re.compile(r"\b\d{1,2}(?:st|nd|rd|th|er|\.)?(?:\s(?:of|de)?\s?[^\W\d_]{3,9}\.?)?$")


def _goes_on_below(sheet: Sheet, segment: Segment) -> list[Candidate[DateReading]]:
    """``until 27 | July 2026``: a day at the end of a line, with month or year at the beginning of the next."""
    below = sheet.block_below(segment, most=1)
    if not below or not re.match(r"[^\W\d_]{3,}\.?\s+\d{4}\b|\d{4}\b", below[0].text):
        return []
    joined = Segment([*segment.words, *below[0].words], segment.page)
    over = len(segment.text)
    return [Candidate(each.value, segment, each.start, over) for each in dates(joined) if each.start < over < each.end]


def order_of(sheet: Sheet, found: Sequence[Candidate[DateReading]]) -> Order:
    """Decided once: by a date that allows one order only, else by the order of issue and due date, else by country."""
    said = day_first_in(list(found))
    if said is not None:
        return Order(said, True)
    if not any(each.value.ambiguous for each in found):
        return Order(True, True)
    if sheet.language not in {"en", None}:
        return Order(True, True)  # nobody writes the month first in these languages
    dollars = "$" in sheet.text or "USD" in sheet.text
    return Order(not (dollars and not _IN_EUROPE.search(sheet.text)), False)


def choose_days(
    sheet: Sheet,
    everything: Sequence[Candidate[DateReading]],
    number: Candidate[str] | None,
    watch: Watch = unwatched,
) -> tuple[Choice, Choice]:
    """Issue and due date together: the due date is not before the issue date. The invoice `number` is no date."""
    found = [each for each in everything if number is None or not _covers(number, each)]
    order = order_of(sheet, found)
    readings = [order] if order.certain else [order, Order(not order.day_first, False)]
    tried = [(_pair(sheet, found, each), index) for index, each in enumerate(readings)]
    (issue, due, issues, dues, _), index = max(tried, key=lambda one: one[0][4] - 0.5 * one[1])
    used = readings[index]
    watch("issue_date", issues)
    watch("due_date", dues)
    issue_choice = _choice(issue, issues, "issue_date", used)
    due_choice = _choice(due, dues, "due_date", used)
    if due is None:
        due_choice = _without_due(sheet, dues, issue, issue_choice)
    return issue_choice, due_choice


_Pair = tuple[Scored | None, Scored | None, list[Scored], list[Scored], float]


def _pair(sheet: Sheet, found: Sequence[Candidate[DateReading]], order: Order) -> _Pair:
    counts = Counter(each.value.read(order.day_first) for each in found)
    near = {id(each): links(sheet, each) for each in found}
    issues = [_score(sheet, each, "issue_date", order, counts, near[id(each)]) for each in found]
    dues = [_score(sheet, each, "due_date", order, counts, near[id(each)]) for each in found]
    issues.sort(key=lambda one: -one.score)
    dues.sort(key=lambda one: -one.score)
    none = (weights()["issue_date"]["none"], weights()["due_date"]["none"])
    best: tuple[Scored | None, Scored | None, float] = (None, None, none[0] + none[1])
    for issue in [*issues[:8], None]:
        for due in [*dues[:8], None]:
            score = (issue.score if issue else none[0]) + (due.score if due else none[1])
            if issue and due:
                score += _together(issue, due)
            if score > best[2]:
                best = (issue, due, score)
    return best[0], best[1], issues, dues, best[2]


def _together(issue: Scored, due: Scored) -> float:
    if issue.candidate is due.candidate:
        return -50.0
    days = (due.value - issue.value).days
    if days < 0:
        return -4.0
    return -1.0 if days > 400 else 0.0


def _score(
    sheet: Sheet,
    each: Candidate[DateReading],
    field: str,
    order: Order,
    counts: Counter[date],
    near: list[Link],
) -> Scored:
    table = weights()[field]
    signs, link = labelled(table, [] if field == "due_date" and "listed" in each.marks else near)
    value = each.value.read(order.day_first)
    named = link is not None and field in link.roles and link.strength > 0.7
    first = each.page == sheet.first
    seen = {
        "table": sheet.in_zone(each.segment, "table") and not named,
        "buyer": sheet.in_zone(each.segment, "buyer"),
        "range": "range" in each.marks,
        "title": _in_title(sheet, each),
        "discounted": _discounted(each),
        "placed": first and _placed(sheet, each),
        "repeated": counts[value] > 1,
        "first_page": first,
        "top": first and sheet.height(each.segment) < 0.45,
    }
    seen["sentence"] = not seen["discounted"] and _asked_for(each)
    if seen["sentence"]:  # the word for another day stands in another clause
        signs = {name: value for name, value in signs.items() if not name.startswith("against.")}
    signs.update({name: 1.0 for name, true in seen.items() if true})
    return Scored(each, value, total(table, signs) + sheet.hints.evidence(field, each), link, signs=signs)


def _discounted(each: Candidate[DateReading]) -> bool:
    """Does the clause of the date speak of a cash discount? Then it is not the day of the net payment."""
    text = fold(each.segment.text)
    begin, end = _clause(text, each)
    clause = text[begin:end]
    return bool(_DISCOUNT.search(clause)) and not re.search(r"\bnet", text[begin : each.start])


def _clause(text: str, each: Candidate[DateReading]) -> tuple[int, int]:
    """Where the clause around a date begins and ends."""
    begin = max((match.end() for match in _CLAUSE.finditer(text, 0, each.start)), default=0)
    return begin, next((match.start() for match in _CLAUSE.finditer(text, each.end)), len(text))


def _placed(sheet: Sheet, each: Candidate[DateReading]) -> bool:
    """``Kiel, 12.04.2015`` in one cell or in two, at the head of the page."""
    lead, rest = each.segment.text[: each.start], each.segment.text[each.end :]
    if rest.strip(" .") or sheet.height(each.segment) > 0.5:
        return False
    left = "" if lead else next((other.text for other in sheet.left_of(each.segment)), "")
    return _PLACE.fullmatch(lead or left) is not None


def _asked_for(each: Candidate[DateReading]) -> bool:
    """``Please transfer the total by 18 January``: a verb of paying and a word for the latest day before the date."""
    text = fold(each.segment.text)
    lead, rest = text[: each.start], text[each.end :]
    if _NO_TERM.search(text[max(_clause(text, each)[0], each.start - 40) : each.start]):
        return False
    latest = _LATEST.search(lead) and (_PAYING.search(lead) or _NET_BEHIND.match(rest))
    return bool(latest or _DEBITED.search(text) or _FALLS_DUE.match(rest))


def _covers(number: Candidate[str], each: Candidate[DateReading]) -> bool:
    return number.text == each.text and "date" not in number.marks


def _in_title(sheet: Sheet, each: Candidate[DateReading]) -> bool:
    """``Rechnung Nr. 4711 vom 3.5.2024``: the date in the line that names the paper."""
    hits = [hit for hit in sheet.mark(each.segment).hits if hit.end <= each.start]
    if not hits or re.search(r"[\d.]", each.segment.text[: hits[0].start]):
        return False  # "less 1st part invoice 117 of 2 May" names another paper
    named = any(hit.roles & {"kind_invoice", "kind_credit_note", "invoice_number"} for hit in hits[:1])
    return named and len(each.segment.text[: each.start].split()) <= 8 and "date" in hits[-1].roles


def _choice(chosen: Scored | None, scored: list[Scored], field: str, order: Order) -> Choice:
    none = weights()[field]["none"]
    if chosen is None:
        return absent(log_odds(none, [each.score for each in scored[:8]]), witness=False)
    rivals = [each.score for each in scored if each.value != chosen.value][:8]
    odds = log_odds(chosen.score, [*rivals, none])
    open_order = chosen.candidate.value.ambiguous and not order.certain
    roles = {field, "date"} if field == "issue_date" else {field}
    named = chosen.link is not None and chosen.link.strength >= 0.75 and bool(roles & chosen.link.roles)
    reason = found_by(chosen.link, otherwise="by its place on the page")
    if open_order:
        reason += "; day and month could be the other way round"
        odds = min(odds, 0.0)
    return Choice(chosen.value.isoformat(), odds, named and not open_order, reason, chosen.candidate)


def _without_due(sheet: Sheet, dues: list[Scored], issue: Scored | None, issued: Choice) -> Choice:
    """A printed term gives the due date by arithmetic, never safe; no word of one at all is safely none."""
    term = _term(sheet)
    if term is not None and issue is not None:
        day = term.due(issue.value)
        why = f"{term.days} days after the issue date, by the printed term"
        why += ", at the end of that month" if term.end_of_month else ""
        return Choice(day.isoformat(), 0.0, False, why, term.place, FieldSource.FORMULA)
    mentioned = any(hit.roles & {"due_date", "terms"} for mark in sheet.marks for hit in mark.hits)
    odds = log_odds(weights()["due_date"]["none"], [each.score for each in dues[:8]])
    later = issue is not None and any(_unexplained(sheet, each, issue.value) for each in dues)
    return absent(odds, witness=not mentioned and issued.witness and not later)


def _unexplained(sheet: Sheet, each: Scored, issued: date) -> bool:
    """A day after the issue date that no label calls something else: it may be the day to pay, in words unknown."""
    if each.value <= issued or "range" in each.candidate.marks:
        return False
    if sheet.in_zone(each.candidate.segment, "table") and not links(sheet, each.candidate):
        return False
    return not any("other_date" in link.roles and link.strength >= 0.6 for link in links(sheet, each.candidate))


@dataclass(frozen=True, slots=True)
class Term:
    """A printed term of payment: days after the issue date, perhaps then to the end of that month."""

    days: int
    end_of_month: bool
    place: Candidate[int]

    def due(self, issued: date) -> date:
        """The day that the term leads to."""
        day = issued + timedelta(days=self.days)
        if not self.end_of_month:
            return day
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _term(sheet: Sheet) -> Term | None:
    for segment in sheet.segments:
        if not _DIGIT.search(segment.text):
            continue
        text = fold(segment.text)
        for match in _TERM.finditer(text):
            clause = text[max(0, match.start() - 60) : match.end() + 60]
            if _TERM_WORD.search(clause) and not _NO_TERM.search(clause) and 0 < int(match[1]) <= 180:
                place = Candidate(int(match[1]), segment, match.start(1), match.end(1))
                return Term(int(match[1]), bool(_END_OF_MONTH.search(match[0])), place)
    return None
