"""The semantic model of EN 16931-1: what an invoice can say, by our names, with the numbers of the standard.

A name with dots is a place in nested data: ``seller.name`` is the seller's name, ``lines.quantity`` the quantity of
each line. Syntaxes (cii.py, ubl.py, zugferd1.py) say where each stands in their XML; nothing else knows an element.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

#: What one invoice says: text, Decimal and date by name, groups as mappings, what may repeat as lists.
Terms = dict[str, Any]


class Kind(StrEnum):
    """How a value is written (EN 16931-1, 6.5)."""

    TEXT = "text"  #: on one line, blanks joined
    PROSE = "prose"  #: text that keeps its lines
    AMOUNT = "amount"  #: in the currency of the invoice, two decimals
    NUMBER = "number"  #: quantities, unit prices, percentages
    DATE = "date"
    BYTES = "bytes"  #: an attached file; read as its size only


@dataclass(frozen=True, slots=True)
class Term:
    """One business term: its number in EN 16931-1 and how it is written."""

    number: str
    kind: Kind = Kind.TEXT


def _party(group: str, numbers: str) -> dict[str, Term]:
    """The terms of a party; `numbers` are those of its name, trading name and so on, ``-`` where there is none."""
    names = ("name", "trading_name", "id", "registration", "vat_id", "tax_number", "legal_notice", "endpoint")
    found = dict(zip(names, numbers.split(), strict=False))
    terms = {f"{group}.{name}": Term(f"BT-{number}") for name, number in found.items() if number != "-"}
    if f"{group}.legal_notice" in terms:
        terms[f"{group}.legal_notice"] = Term(terms[f"{group}.legal_notice"].number, Kind.PROSE)
    for name in ("id", "registration", "endpoint"):
        if f"{group}.{name}" in terms:
            terms[f"{group}.{name}_scheme"] = Term(f"{terms[f'{group}.{name}'].number}-1")
    return terms


def _address(group: str, numbers: str) -> dict[str, Term]:
    names = ("street", "street2", "street3", "town", "postcode", "region", "country")
    return {f"{group}.{name}": Term(f"BT-{number}") for name, number in zip(names, numbers.split(), strict=True)}


def _plain(numbers: str, names: str, kind: Kind = Kind.TEXT) -> dict[str, Term]:
    return {name: Term(f"BT-{number}", kind) for number, name in zip(numbers.split(), names.split(), strict=True)}


def _allowances(numbers: str, group: str) -> dict[str, Term]:
    """Allowances and charges; those of lines have no VAT of their own."""
    names = ("amount", "base", "percent", "category", "rate", "reason", "code")
    kinds = {"amount": Kind.AMOUNT, "base": Kind.AMOUNT, "percent": Kind.NUMBER, "rate": Kind.NUMBER}
    pairs = zip(names, numbers.split(), strict=True)
    return {
        f"{group}.{name}": Term(f"BT-{number}", kinds.get(name, Kind.TEXT)) for name, number in pairs if number != "-"
    }


TERMS: Final[dict[str, Term]] = {
    **_plain("1 3 5 6 8 10 11 12 13 14", "number type_code currency accounting_currency tax_point_code "
             "buyer_reference project contract order sales_order"),
    **_plain("15 16 17 18 19 23 24", "receiving_advice despatch_advice tender invoiced_object buyer_accounting "
             "process profile"),
    **_plain("2 7 9", "issue_date tax_point_date due_date", Kind.DATE),
    **_plain("20", "payment_terms", Kind.PROSE),
    **_plain("21", "notes.subject"),
    **_plain("22", "notes.text", Kind.PROSE),
    **_plain("25", "preceding.number"),
    **_plain("26", "preceding.issue_date", Kind.DATE),
    **_party("seller", "27 28 29 30 31 32 33 34"),
    **_address("seller", "35 36 162 37 38 39 40"),
    **_plain("41 42 43", "seller.contact seller.phone seller.email"),
    **_party("buyer", "44 45 46 47 48 - - 49"),
    **_address("buyer", "50 51 163 52 53 54 55"),
    **_plain("56 57 58", "buyer.contact buyer.phone buyer.email"),
    **_party("payee", "59 - 60 61"),
    **_party("tax_representative", "62 - - - 63"),
    **_address("tax_representative", "64 65 164 66 67 68 69"),
    **_plain("70 71", "delivery.name delivery.id"),
    **_plain("72", "delivery.date", Kind.DATE),
    **_address("delivery", "75 76 165 77 78 79 80"),
    **_plain("73 74", "period_start period_end", Kind.DATE),
    **_plain("83 89 90", "remittance mandate creditor_id"),
    **_plain("81 82 84 85 86 87 88 91", "payment.code payment.text payment.account payment.account_name payment.bic "
             "payment.card payment.card_holder payment.debited_account"),
    **_allowances("92 93 94 95 96 97 98", "allowances"),
    **_allowances("99 100 101 102 103 104 105", "charges"),
    # Freight of the EXTENDED profile and of ZUGFeRD 1.0, which EN 16931 writes as a charge.
    **_plain("X-271", "logistics.reason"),
    **_plain("X-272", "logistics.amount", Kind.AMOUNT),
    **_plain("X-274", "logistics.category"),
    **_plain("X-275", "logistics.rate", Kind.NUMBER),
    # Cash discounts of CII, which EN 16931 has in the text of the terms of payment only.
    **_plain("X-282", "discounts.date", Kind.DATE),
    **_plain("X-284 X-286", "discounts.days discounts.percent", Kind.NUMBER),
    **_plain("X-284-1", "discounts.unit"),
    **_plain("106 107 108 109 110 111 112 113 114 115", "line_sum allowance_sum charge_sum net tax accounting_tax "
             "gross prepaid rounding due", Kind.AMOUNT),
    **_plain("116 117", "taxes.base taxes.amount", Kind.AMOUNT),
    **_plain("119", "taxes.rate", Kind.NUMBER),
    **_plain("118 120 121", "taxes.category taxes.reason taxes.reason_code"),
    **_plain("122 123 124", "documents.number documents.description documents.location"),
    **_plain("125", "documents.size", Kind.BYTES),
    **_plain("125-1 125-2", "documents.media_type documents.file_name"),
    **_plain("126 128 130 132 133", "lines.number lines.object lines.unit lines.order_line lines.accounting"),
    **_plain("127 154", "lines.note lines.description", Kind.PROSE),
    **_plain("129 146 147 148 149 152", "lines.quantity lines.price lines.price_discount lines.gross_price "
             "lines.base_quantity lines.rate", Kind.NUMBER),
    **_plain("150", "lines.base_unit"),
    **_plain("131", "lines.total", Kind.AMOUNT),
    **_plain("134 135", "lines.period_start lines.period_end", Kind.DATE),
    **_allowances("136 137 138 - - 139 140", "lines.allowances"),
    **_allowances("141 142 143 - - 144 145", "lines.charges"),
    **_plain("151 153 155 156 157 158 159", "lines.category lines.name lines.seller_id lines.buyer_id "
             "lines.standard_id lines.classification lines.origin"),
    **_plain("157-1", "lines.standard_id_scheme"),
    **_plain("160 161", "lines.attributes.name lines.attributes.value"),
}  # fmt: skip

#: What may stand several times; all else once (of two the first counts).
MANY: Final = frozenset(
    {"notes", "preceding", "payment", "allowances", "charges", "taxes", "documents", "lines", "lines.allowances",
     "lines.charges", "lines.attributes", "due_date", "payment_terms", "logistics", "discounts"}
)  # fmt: skip
#: What must not stand twice with different values: who is paid, how much, and for which invoice.
ONCE: Final = frozenset(
    {"number", "issue_date", "currency", "type_code", "seller.name", "seller.vat_id", "line_sum", "net", "tax",
     "gross", "prepaid", "due"}
)  # fmt: skip
#: What every invoice must have (EN 16931-1, cardinality 1..1) and the office needs.
REQUIRED: Final = ("number", "issue_date", "currency", "seller.name", "net", "gross")


def number_of(name: str) -> str:
    """``BT-1`` for ``number``."""
    return TERMS[name].number
