"""Pages of text -> InvoiceDraft: candidates of all types, scored, solved together, with evidence for each field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from kontorist.domain.payables.draft import DocumentKind, FieldName, Finding, InvoiceDraft
from kontorist.extraction import check_digits
from kontorist.extraction.candidates import Candidate
from kontorist.extraction.fields import Choice, Watch, unwatched
from kontorist.extraction.fields.days import choose_days, find_dates
from kontorist.extraction.fields.identifiers import currency, find_ibans, find_vat_ids, iban, self_billed, vat_id
from kontorist.extraction.fields.names import supplier_name
from kontorist.extraction.fields.numbers import invoice_number
from kontorist.extraction.fields.references import references
from kontorist.extraction.fields.totals import choices, choose_amounts, find_money, findings, less_is_due
from kontorist.extraction.layout import Sheet, mark_own
from kontorist.extraction.line_items import read_lines
from kontorist.extraction.memory.recall import Memory
from kontorist.extraction.ocr.trust import weighed
from kontorist.extraction.page_text import Page
from kontorist.extraction.profile import BuyerProfile
from kontorist.extraction.several import next_invoice

Spans = dict[int, list[tuple[int, int]]]


def read_pages(pages: Sequence[Page], count: int, profile: BuyerProfile, memory: Memory | None = None) -> InvoiceDraft:
    """The invoice that these pages show; `count` is how many pages the document has.

    `memory` holds what people said of earlier papers; it is told the signs of this one. Where it knows something, the
    paper is read with and without it, so that what the page says by itself is known too.
    """
    usable = [page for page in pages if page.usable]
    sheet = Sheet(usable)
    following = next_invoice(sheet)
    if following is not None:
        first = [page for page in usable if page.number < following.page]
        draft = read_pages(first, len(first), profile, memory)
        return replace(draft, findings=(*draft.findings, following.finding), pages=count)
    alone = read_sheet(sheet, pages, count, profile)
    if memory is None or not memory.meets(sheet):
        return alone
    return memory.told(alone, read_sheet(sheet, pages, count, profile))


def read_sheet(
    sheet: Sheet, pages: Sequence[Page], count: int, profile: BuyerProfile, watch: Watch = unwatched
) -> InvoiceDraft:
    """The invoice on one sheet, chosen with the hints that it has. `watch` sees the candidates of each field."""
    if profile.names:
        mark_own(sheet, profile.owns_name)
    accounts = find_ibans(sheet)
    ids = find_vat_ids(sheet, _spans(accounts))
    days = find_dates(sheet)
    money = find_money(sheet, _spans([*accounts, *ids, *days]))
    items = read_lines(sheet, money)
    totals, rows = choose_amounts(sheet, money, items.sums())
    vat = vat_id(sheet, ids, profile, watch)
    firm_ids = [each for each in ids if "loose" not in each.marks]
    number = invoice_number(sheet, _spans([*accounts, *firm_ids]), _spans(days), watch)
    issue, due = choose_days(sheet, days, number.candidate, watch)
    chosen: dict[FieldName, Choice] = {
        "supplier_name": supplier_name(sheet, profile, vat.candidate, watch),
        "supplier_vat_id": vat,
        "invoice_number": number,
        "issue_date": issue,
        "due_date": due,
        "currency": currency(sheet, money.found, totals.gross.candidate if totals.gross else None),
        "iban": iban(sheet, accounts, profile, watch),
    }
    amounts = choices(sheet, money, totals, rows, items.sums())
    chosen["net"], chosen["tax"], chosen["gross"] = amounts["net"], amounts["tax"], amounts["gross"]
    if self_billed(sheet):
        for choice in (chosen["supplier_name"], vat, chosen["iban"]):
            choice.witness = False
    if any(page.hidden or page.cut for page in pages) or len(pages) < count:
        _doubt_absence(chosen.values())
    return InvoiceDraft(
        fields=weighed({name: choice.field(name, sheet) for name, choice in chosen.items()}, chosen, sheet),
        kind=kind_of(sheet),
        lines=items.lines(sheet),
        tax_lines=tuple(rows),
        findings=(
            *findings(totals),
            *less_is_due(sheet, money, totals),
            *check_digits.findings(chosen["iban"].value, vat.value),
            *_partly_read(pages, count),
            *_hidden_text(pages),
        ),
        pages=count,
        language=sheet.language,
        references=references(sheet, _spans([*accounts, *ids, *days]), days, _issued(issue)),
    )


def _doubt_absence(found: Iterable[Choice]) -> None:
    """What stands in text that nobody sees, or on a page that was not read, is not safely absent."""
    for choice in found:
        if choice.value is None:
            choice.witness = False


def _issued(issue: Choice) -> date | None:
    return date.fromisoformat(issue.value) if issue.value else None


def _spans(found: Iterable[Candidate[Any]]) -> Spans:
    spans: Spans = {}
    for each in found:
        spans.setdefault(each.segment.index, []).append((each.start, each.end))
    return spans


def _partly_read(pages: Sequence[Page], count: int) -> list[Finding]:
    """What was not looked at cannot be called absent."""
    if len(pages) == count and not any(page.cut for page in pages):
        return []
    sentence = f"Of {count} pages {len(pages)} were read; the document is longer than an invoice."
    return [Finding(code="KON-PARTLY-READ", sentence=sentence)]


def _hidden_text(pages: Sequence[Page]) -> list[Finding]:
    """White print on white and letters too small to read are left out, and said: they may be meant for machines."""
    texts = [f"{page.hidden[:60]!r} on page {page.number}" for page in pages if page.hidden]
    if not texts:
        return []
    return [Finding(code="KON-HIDDEN-TEXT", sentence=f"There is text that nobody can see, left out: {texts[0]}.")]


_KINDS = {
    "kind_credit_note": DocumentKind.CREDIT_NOTE,
    "kind_reminder": DocumentKind.REMINDER,
    "kind_receipt": DocumentKind.RECEIPT,
    "kind_invoice": DocumentKind.INVOICE,
    "kind_other": DocumentKind.OTHER,
}


def kind_of(sheet: Sheet) -> DocumentKind:
    """What the paper calls itself: the largest short line of the first page that names a kind, the upper one of two."""
    best: tuple[float, DocumentKind] = (0.0, DocumentKind.INVOICE)
    for segment in sheet.pages[sheet.first].segments if sheet.pages else ():
        words = len(segment.text.split())
        if sheet.height(segment) > 0.6 or sheet.in_zone(segment, "table"):
            continue
        for hit in sheet.mark(segment).hits:
            kinds = [kind for role, kind in _KINDS.items() if role in hit.roles]
            lead = segment.text[: hit.start].strip(" -#*")
            if kinds and not lead:
                short = words <= 6 or hit.end >= 0.5 * len(segment.text)
                weight = segment.size * (1.0 if short else 0.4) * (1.2 - sheet.height(segment))
                weight *= 0.3 if _is_a_label(segment.text[hit.end :]) else 1.0
                if weight > best[0]:
                    best = (weight, kinds[0])
    return best[1]


def _is_a_label(rest: str) -> bool:
    return rest.strip().startswith(":")
