"""The structured part is the value, the page is the witness; where they differ a person looks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from kontorist.domain.payables.draft import (
    AMOUNT_FIELDS,
    DATE_FIELDS,
    FIELDS,
    DocumentKind,
    Field,
    FieldName,
    FieldSource,
    Finding,
    InvoiceDraft,
    Reference,
    Severity,
)
from kontorist.extraction import check_digits
from kontorist.extraction.einvoice import EInvoice
from kontorist.extraction.einvoice.discounts import cash_discounts
from kontorist.extraction.einvoice.terms import Terms

#: Money and where it goes: on the page too, or a person looks.
_MUST_BE_PRINTED: frozenset[FieldName] = frozenset({"invoice_number", "gross", "iban"})
_WORDS: dict[FieldName, str] = {
    "supplier_name": "supplier",
    "supplier_vat_id": "VAT id",
    "invoice_number": "invoice number",
    "issue_date": "issue date",
    "due_date": "due date",
    "currency": "currency",
    "net": "net",
    "tax": "tax",
    "gross": "total",
    "iban": "IBAN",
}


def from_xml(invoice: EInvoice) -> InvoiceDraft:
    """The draft of an e-invoice without a page."""
    broken = {name for defect in invoice.defects if defect.severity is Severity.ERROR for name in defect.fields}
    fields = {name: _structured(invoice.values[name], safe=name not in broken) for name in FIELDS}
    return _draft(invoice, fields, (*invoice.defects, *_check_digits(invoice)), pages=0, language=None)


def with_page(invoice: EInvoice, page: InvoiceDraft, text: str) -> InvoiceDraft:
    """The draft of a hybrid: values of the XML, boxes and doubts of the page. `text` is all that is printed."""
    broken = {name for defect in invoice.defects if defect.severity is Severity.ERROR for name in defect.fields}
    fields: dict[FieldName, Field] = {}
    findings = [*invoice.defects, *_check_digits(invoice)]
    for name in FIELDS:
        fields[name], finding = _joined(name, invoice.values[name], page.fields[name], text, sound=name not in broken)
        findings += [finding] if finding else []
    findings += [*_other_invoice(findings), *_other_kind(invoice, page)]
    findings += [*_unprinted(invoice, text), *_line_count(invoice, page)]
    draft = _draft(invoice, fields, tuple(findings), pages=page.pages, language=page.language)
    return replace(draft, references={**page.references, **draft.references})


def among(attached: Sequence[EInvoice]) -> Iterator[Finding]:
    """Several e-invoices in one PDF that are not the same: nobody can tell which one counts. The first is read."""
    differing = tuple(name for name in FIELDS if len({each.values[name] for each in attached}) > 1)
    if differing:
        words = ", ".join(_WORDS[name] for name in differing)
        sentence = f"This PDF carries {len(attached)} e-invoices that differ: {words}. The first one was read."
        yield Finding(code="KON-EINVOICE-SEVERAL", sentence=sentence, fields=differing)


def _other_invoice(findings: list[Finding]) -> Iterator[Finding]:
    """Number, and day or amount, are others: the file that was attached belongs to another paper."""
    codes = {each.code.removeprefix("KON-PAGE-XML-") for each in findings}
    if "invoice_number" in codes and codes & {"gross", "issue_date"}:
        sentence = "The e-invoice inside this PDF looks like that of another invoice."
        yield Finding(code="KON-EINVOICE-OTHER", sentence=sentence, fields=("invoice_number",))


def _other_kind(invoice: EInvoice, page: InvoiceDraft) -> Iterator[Finding]:
    """The page calls itself a credit note. That it calls itself an invoice, it need not say."""
    if page.kind is DocumentKind.CREDIT_NOTE and invoice.kind is DocumentKind.INVOICE:
        sentence = "The e-invoice says that it is an invoice, the page that it is a credit note."
        yield Finding(code="KON-PAGE-XML-kind", sentence=sentence)


def _unprinted(invoice: EInvoice, text: str) -> Iterator[Finding]:
    """Amounts beside the ten fields: what is still due, was paid before, and the tax of each rate of several."""
    terms, currency = invoice.terms, invoice.values["currency"] or ""
    amounts = [("due", "amount due", terms.get("due")), ("prepaid", "amount paid before", terms.get("prepaid"))]
    if len(invoice.tax_lines) > 1:
        amounts += [("tax_lines", f"tax at {each.rate:f} %", each.amount) for each in invoice.tax_lines]
    for name, called, amount in amounts:
        if amount and abs(amount) != terms.get("gross") and not _stands_in("gross", f"{abs(amount):.2f}", text):
            sentence = f"The {called} of the e-invoice is {amount:.2f} {currency}, the page does not show it."
            yield Finding(code=f"KON-PAGE-XML-{name}", sentence=sentence, severity=Severity.WARNING)


def _line_count(invoice: EInvoice, page: InvoiceDraft) -> Iterator[Finding]:
    """The page counts as a witness only where its lines add up to its net amount or total, so that none was missed."""
    printed = [line.total for line in page.lines if line.total is not None]
    whole = {abs(amount) for name in ("net", "gross") if (amount := page.amount(name)) is not None}
    if not printed or len(printed) != len(page.lines) or abs(sum(printed, Decimal(0))) not in whole:
        return
    charges = [each.get("amount") for name in ("charges", "logistics") for each in invoice.terms.get(name, ())]
    stated = _goods([line.total for line in invoice.lines if line.total is not None])
    shown = [total for total in _goods(printed) if total not in charges]
    if stated and len(stated) != len(shown):
        sentence = f"The e-invoice has {len(stated)} lines, the page shows {len(shown)}."
        yield Finding(code="KON-PAGE-XML-lines", sentence=sentence, severity=Severity.WARNING)


def _goods(totals: list[Decimal]) -> list[Decimal]:
    """What is sold: a page prints discounts and deposits between the lines, with the other sign."""
    sign = -1 if sum(totals, Decimal(0)) < 0 else 1
    return [abs(total) for total in totals if total * sign > 0]


def _draft(
    invoice: EInvoice,
    fields: dict[FieldName, Field],
    findings: tuple[Finding, ...],
    *,
    pages: int,
    language: str | None,
) -> InvoiceDraft:
    return InvoiceDraft(
        fields=fields,
        kind=invoice.kind,
        lines=tuple(invoice.lines),
        tax_lines=tuple(invoice.tax_lines),
        findings=findings,
        pages=pages,
        language=language,
        syntax=invoice.syntax,
        references=_references(invoice.terms),
    )


def _references(terms: Terms) -> dict[Reference, Field]:
    """BT-13, BT-46, BT-86 and cash discount (the largest); what the XML does not say, the page may."""
    discount = next(iter(cash_discounts(terms)), None)
    until = discount.until if discount else None
    means = (each.get("bic") for each in terms.get("payment", ()))
    said: dict[Reference, str | None] = {
        "order_number": terms.get("order"),
        "customer_number": terms.get("buyer", {}).get("id"),
        "bic": next((each for each in means if each), None),
        "discount_percent": f"{discount.percent:.2f}" if discount else None,
        "discount_until": until.isoformat() if until else None,
    }
    return {name: _structured(value, safe=True) for name, value in said.items() if value}


def _structured(value: str | None, *, safe: bool) -> Field:
    reason = "from the e-invoice" if value is not None else "the e-invoice has none"
    return Field(value=value, confidence=0.99 if safe else 0.5, safe=safe, reason=reason, source=FieldSource.EINVOICE)


def _joined(
    name: FieldName, value: str | None, printed: Field, text: str, *, sound: bool
) -> tuple[Field, Finding | None]:
    if value is None:
        return (printed if printed.value is not None else _structured(None, safe=sound)), None
    same = _same(name, value, printed.value)
    if same or _stands_in(name, value, text):
        field = Field(
            value=value,
            confidence=0.99 if sound else 0.5,
            safe=sound,
            reason="from the e-invoice, and the same on the page",
            page=printed.page if same else None,
            box=printed.box if same else None,
            source=FieldSource.EINVOICE,
        )
        return field, None
    if printed.value is None and name not in _MUST_BE_PRINTED:
        return _structured(value, safe=sound), None
    shown = replace(_structured(value, safe=False), page=printed.page, box=printed.box)  # where the page says otherwise
    return shown, _difference(name, value, printed)


def _difference(name: FieldName, value: str, printed: Field) -> Finding | None:
    shown = f"the page shows {printed.value}" if printed.value is not None else "the page does not show it"
    if name == "supplier_name" and not printed.safe:
        return None  # a trade name or logo beside the legal name is no contradiction
    if name == "iban" and printed.value is None:
        return Finding(
            code="KON-PAGE-XML-iban",
            sentence=f"The IBAN of the e-invoice is {value}, {shown}.",
            fields=(name,),
            severity=Severity.WARNING,
        )
    sentence = f"The {_WORDS[name]} of the e-invoice is {value}, {shown}."
    return Finding(code=f"KON-PAGE-XML-{name}", sentence=sentence, fields=(name,))


def _same(name: FieldName, value: str, printed: str | None) -> bool:
    if printed is None:
        return False
    if name in AMOUNT_FIELDS:
        return abs(Decimal(value)) == abs(Decimal(printed))  # credit notes carry their sign in one part only
    return _bare(value) == _bare(printed)


def _bare(value: str) -> str:
    return re.sub(r"[\W_]+", "", value).casefold()


def _stands_in(name: FieldName, value: str, text: str) -> bool:
    """Is the value printed somewhere, though the page reader chose another or none?"""
    if name in AMOUNT_FIELDS:
        whole, _, cents = value.lstrip("-").partition(".")
        grouped = r"[.,'’ ]?".join(re.findall(r"\d{1,3}(?=(?:\d{3})*$)", whole))
        return re.search(rf"(?<![\d.,]){grouped}[.,]{cents}(?!\d)", text) is not None
    if name in DATE_FIELDS:
        year, month, day = value.split("-")
        short = rf"0?{int(day)}[./ -]+0?{int(month)}[./ -]+(?:{year}|{year[2:]})"
        turned = rf"0?{int(month)}[/-]0?{int(day)}[/-](?:{year}|{year[2:]})"
        return re.search(rf"(?<!\d)(?:{value}|{short}|{turned})(?!\d)", text) is not None
    return len(_bare(value)) > 2 and _bare(value) in _bare(text)


def _check_digits(invoice: EInvoice) -> list[Finding]:
    return check_digits.findings(invoice.values["iban"], invoice.values["supplier_vat_id"])
