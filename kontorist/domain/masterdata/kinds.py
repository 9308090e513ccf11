"""The columns of each kind of table (docs/reference/masterdata.md shows them with their words)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kontorist.domain.masterdata.columns import CellType, Column
from kontorist.domain.masterdata.names import Kind
from kontorist.domain.receivables.einvoice import EInvoiceForm


def _column(
    name: str, kind: CellType = CellType.TEXT, words: str | None = None, *, needed: bool = False, places: int = 2
) -> Column:
    return Column(name=name, type=kind, words=words, required=needed, filled=needed, places=places)


_ADDRESS: Final = (
    _column("street"),
    _column("postcode", CellType.IDENTIFIER),
    _column("town"),
    _column("country", CellType.COUNTRY),
)
_SIDES: Final = (
    ("purchase", ("einkauf", "bestellung", "inkoop", "buy", "kreditor", "k")),
    ("sales", ("verkauf", "auftrag", "verkoop", "sell", "sale", "debitor", "d")),
)
_ITEM_SIDES: Final = (
    ("payable", ("kreditor", "kreditoren", "lieferant", "verbindlichkeit", "crediteur", "crediteuren", "leverancier",
                 "payables", "supplier", "vendor", "creditor", "k", "c")),
    ("receivable", ("debitor", "debitoren", "kunde", "forderung", "debiteur", "debiteuren", "klant", "receivables",
                    "customer", "debtor", "d")),
)  # fmt: skip
_FORMS: Final = tuple(
    (form.value, words)
    for form, words in (
        (EInvoiceForm.PDF, ("papier", "paper", "nein", "nee", "no")),
        (EInvoiceForm.ZUGFERD, ("facturx", "hybrid", "hybride")),
        (EInvoiceForm.XRECHNUNG, ("xrechnungubl",)),
        (EInvoiceForm.XRECHNUNG_CII, ()),
        (EInvoiceForm.PEPPOL, ("peppolbis", "peppolubl")),
    )
)
_PARTNER: Final = (
    _column("partner_number", CellType.IDENTIFIER),
    _column("partner_name"),
    _column("partner_vat_id", CellType.VAT_ID, "vat_id"),
)

COLUMNS: Final[Mapping[Kind, tuple[Column, ...]]] = {
    Kind.SUPPLIERS: (
        _column("name", needed=True),
        _column("number", CellType.IDENTIFIER, "supplier_number"),
        _column("vat_id", CellType.VAT_ID),
        _column("iban", CellType.IBANS),
        _column("default_account", CellType.IDENTIFIER),
        _column("payment_terms_days", CellType.INTEGER),
        _column("trusted", CellType.FLAG),
        _column("email", CellType.EMAIL),
        _column("mail_domain"),
        *_ADDRESS,
    ),
    Kind.CUSTOMERS: (
        _column("name", needed=True),
        _column("number", CellType.IDENTIFIER, "customer_number"),
        _column("vat_id", CellType.VAT_ID),
        _column("iban", CellType.IBANS),
        _column("default_account", CellType.IDENTIFIER, "revenue_account"),
        _column("payment_terms_days", CellType.INTEGER),
        _column("email", CellType.EMAIL),
        _column("language", CellType.LANGUAGE),
        *_ADDRESS,
        Column(name="einvoice", type=CellType.CHOICE, choices=_FORMS),
        _column("buyer_reference", CellType.IDENTIFIER),
        _column("electronic_address", CellType.IDENTIFIER),
    ),
    Kind.EMPLOYEES: (
        _column("number", CellType.IDENTIFIER, "personnel_number", needed=True),
        _column("name", words="employee_name", needed=True),
        _column("first_name"),
        _column("email", CellType.EMAIL),
        _column("language", CellType.LANGUAGE),
        _column("cost_centre", CellType.IDENTIFIER),
        _column("active_from", CellType.DATE),
        _column("active_until", CellType.DATE),
        _column("monthly_hours", CellType.HOURS),
        _column("iban", CellType.IBANS),
    ),
    Kind.ORDERS: (
        _column("order", CellType.IDENTIFIER, needed=True),
        _column("position", CellType.INTEGER, needed=True),
        Column(name="side", type=CellType.CHOICE, choices=_SIDES),
        *_PARTNER,
        _column("item", CellType.IDENTIFIER),
        _column("text", needed=True),
        _column("quantity", CellType.AMOUNT, needed=True, places=4),
        _column("unit"),
        _column("unit_price", CellType.AMOUNT, needed=True, places=4),
        _column("currency", CellType.CURRENCY),
        _column("tax_rate", CellType.PERCENT),
        _column("ordered", CellType.DATE),
        _column("due", CellType.DATE, "delivery_due"),
        _column("account", CellType.IDENTIFIER),
        _column("cost_centre", CellType.IDENTIFIER),
    ),
    Kind.RECEIPTS: (
        _column("number", CellType.IDENTIFIER, "receipt_number", needed=True),
        _column("order", CellType.IDENTIFIER, needed=True),
        _column("position", CellType.INTEGER, needed=True),
        _column("quantity", CellType.AMOUNT, "received_quantity", needed=True, places=4),
        _column("received", CellType.DATE, needed=True),
    ),
    Kind.OPENING_BALANCES: (
        _column("account", CellType.IDENTIFIER, needed=True),
        _column("account_name"),
        _column("amount", CellType.AMOUNT),
        _column("debit", CellType.AMOUNT),
        _column("credit", CellType.AMOUNT),
        _column("currency", CellType.CURRENCY),
    ),
    Kind.OPEN_ITEMS: (
        Column(name="side", type=CellType.CHOICE, choices=_ITEM_SIDES, required=True, filled=True),
        *_PARTNER,
        _column("number", CellType.IDENTIFIER, "invoice_number", needed=True),
        _column("issue_date", CellType.DATE, needed=True),
        _column("due", CellType.DATE),
        _column("amount", CellType.AMOUNT, "open_amount", needed=True),
        _column("currency", CellType.CURRENCY),
    ),
}
