"""What a sample invoice says: parties, items and the sums that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from kontorist.domain.payables.draft import DocumentKind, FieldName, TaxLine

Language = Literal["de", "nl", "en", "fr"]
LANGUAGES: tuple[Language, ...] = ("de", "nl", "en", "fr")

_CENT = Decimal("0.01")


def to_cent(amount: Decimal) -> Decimal:
    """`amount` rounded half up to two decimals, as offices round."""
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """An invented company. `country` is ISO 3166 alpha-2; `vat_id` and `iban` are without blanks."""

    name: str
    street: str
    postcode: str
    city: str
    country: str
    vat_id: str | None = None
    iban: str | None = None
    bic: str | None = None
    bank: str | None = None
    register: str | None = None
    tax_number: str | None = None
    phone: str | None = None
    web: str | None = None
    department: str | None = None

    @property
    def email(self) -> str | None:
        """Its mail address under its own domain."""
        return f"post@{self.web}" if self.web else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line: `rate` is the VAT rate in percent, prices are without VAT and may have more than two decimals."""

    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    rate: Decimal

    @property
    def total(self) -> Decimal:
        """Quantity times price, to the cent."""
        return to_cent(self.quantity * self.unit_price)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFacts:
    """Everything an invoice states. A credit note has positive amounts, as type code 381 wants them (EN 16931).

    `due` None means that no date is printed; `paid` makes a receipt that asks for no money and names no account.
    `misprinted_gross` is printed in place of the true total; `corrects` is the invoice a credit note speaks of.
    """

    supplier: Party
    buyer: Party
    number: str
    issued: date
    items: tuple[Item, ...]
    language: Language
    due: date | None = None
    delivered: date | None = None
    currency: str = "EUR"
    kind: DocumentKind = DocumentKind.INVOICE
    order_number: str | None = None
    customer_number: str | None = None
    reverse_charge: bool = False
    corrects: str | None = None
    is_copy: bool = False
    misprinted_gross: Decimal | None = None

    @property
    def paid(self) -> bool:
        """A receipt was paid on the spot."""
        return self.kind is DocumentKind.RECEIPT

    @property
    def taxes(self) -> tuple[TaxLine, ...]:
        """One line a rate, highest rate first; tax is computed per rate on the summed base (EN 16931, BR-CO-17)."""
        rates = sorted({item.rate for item in self.items}, reverse=True)
        return tuple(self._tax_line(rate) for rate in rates)

    def _tax_line(self, rate: Decimal) -> TaxLine:
        base = sum((item.total for item in self.items if item.rate == rate), Decimal(0))
        return TaxLine(rate=rate, base=base, amount=to_cent(base * rate / 100))

    @property
    def net(self) -> Decimal:
        """Sum of the lines."""
        return sum((item.total for item in self.items), Decimal("0.00"))

    @property
    def tax(self) -> Decimal:
        """Sum of the rates' taxes."""
        return sum((line.amount for line in self.taxes), Decimal("0.00"))

    @property
    def gross(self) -> Decimal:
        """The total as it is printed."""
        return self.net + self.tax if self.misprinted_gross is None else self.misprinted_gross

    def printed(self) -> dict[FieldName, str | None]:
        """The ten fields as a reader should return them; None where the paper shows no such thing."""
        return {
            "supplier_name": self.supplier.name,
            "supplier_vat_id": self.supplier.vat_id,
            "invoice_number": self.number,
            "issue_date": self.issued.isoformat(),
            "due_date": self.due.isoformat() if self.due else None,
            "currency": self.currency,
            "net": f"{self.net:.2f}",
            "tax": f"{self.tax:.2f}",
            "gross": f"{self.gross:.2f}",
            "iban": None if self.paid else self.supplier.iban,
        }
