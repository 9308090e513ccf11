"""A supplier with a form of its own: the invoice's number stands under a name by which no reader knows it.

Whoever has not been shown one cannot find the number on it; whoever has, finds it on the next one. The supplier does
not exist.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any, Final

from kontorist.testing.documents.company import COMPANY
from kontorist.testing.documents.facts import InvoiceFacts, Item, Party
from kontorist.testing.documents.identity import iban, vat_id
from kontorist.testing.documents.notation import day, number, quantity
from kontorist.testing.documents.suppliers import RATES

LOCKSMITH: Final = Party(
    name="Slotenmaker Van Veen B.V.",
    street="Kadestraat 912",
    postcode="1013 AA",
    city="Amsterdam",
    country="NL",
    vat_id=vat_id("NL", 99905531),
    iban=iban("NL", 99905531),
    register="KvK 99055310",
    phone="Tel. 020 9905531",
    web="vanveen-sloten.example",
)
_LEFT, _DETAILS, _RIGHT = 62.0, 360.0, 533.0


def locksmith_masterdata() -> dict[str, Any]:
    """The locksmith as a row of `supplier_masterdata`."""
    return {
        "name": LOCKSMITH.name,
        "vat_id": LOCKSMITH.vat_id,
        "ibans": [LOCKSMITH.iban],
        "default_account": "6200",
        "trusted": True,
        "payment_terms_days": 30,
        "mail_domain": LOCKSMITH.web,
    }


def locks(today: date) -> InvoiceFacts:
    """The first invoice on this form."""
    items = (("cilinders met elk drie sleutels", "4", "stuks", "38.50"), ("voordeur nagesteld", "1.5", "uur", "54.00"))
    issued = today - timedelta(days=20)
    return InvoiceFacts(
        supplier=LOCKSMITH,
        buyer=COMPANY,
        language="nl",
        number=f"118/{issued:%y}",
        issued=issued,
        due=issued + timedelta(days=30),
        order_number="KB-140",
        items=tuple(_item(*row) for row in items),
    )


def keys(today: date) -> InvoiceFacts:
    """The next one."""
    issued = today - timedelta(days=6)
    return replace(
        locks(today),
        number=f"131/{issued:%y}",
        issued=issued,
        due=issued + timedelta(days=30),
        order_number="KB-152",
        items=(_item("sleutels bijgemaakt", "12", "stuks", "6.75"), _item("voorrijden", "1", "maal", "35.00")),
    )


def _item(description: str, count: str, unit: str, price: str) -> Item:
    rate = RATES["NL"][0]
    return Item(description=description, quantity=Decimal(count), unit=unit, unit_price=Decimal(price), rate=rate)


def own_form(facts: InvoiceFacts) -> bytes:
    """The invoice on the locksmith's form, as a PDF of one page."""
    from reportlab.pdfgen.canvas import Canvas

    out = BytesIO()
    canvas = Canvas(out, pagesize=(595.28, 841.89), invariant=1)
    _head(canvas, facts)
    _work(canvas, facts)
    _write(
        canvas, _LEFT, 60, f"{facts.supplier.name}   btw {facts.supplier.vat_id}   {facts.supplier.register}", size=7
    )
    canvas.save()
    return out.getvalue()


def _head(canvas: Any, facts: InvoiceFacts) -> None:
    supplier, buyer, due = facts.supplier, facts.buyer, facts.due or facts.issued
    _write(canvas, _LEFT, 785, supplier.name, size=18, font="Helvetica-Bold")
    place = f"{supplier.street}, {supplier.postcode} {supplier.city}   {supplier.phone}   {supplier.web}"
    _write(canvas, _LEFT, 770, place, size=8)
    for index, line in enumerate((buyer.name, buyer.street, f"{buyer.postcode} {buyer.city}")):
        _write(canvas, _LEFT, 700 - 14 * index, line)
    details = (
        f"Ons merk   {facts.number}",
        f"Uw merk   {facts.order_number}",
        f"Datum   {day(facts.issued, 'nl', 'long')}",
        f"Vervaldatum   {day(due, 'nl', 'long')}",
    )
    for index, line in enumerate(details):
        _write(canvas, _DETAILS, 700 - 14 * index, line)
    _write(canvas, _LEFT, 640, "Factuur", size=14, font="Helvetica-Bold")


def _work(canvas: Any, facts: InvoiceFacts) -> None:
    sums = (("Totaal exclusief btw", facts.net), ("Btw 21 %", facts.tax), ("Te betalen", facts.gross))
    rows = [
        (_LEFT, f"{quantity(each.quantity, 'nl')} {each.unit} {each.description}", each.total) for each in facts.items
    ]
    y = 580.0
    for left, text, amount in (*rows, *((_DETAILS, name, value) for name, value in sums)):
        _write(canvas, left, y, text)
        canvas.drawRightString(_RIGHT, y, f"€ {number(amount, 'nl')}")
        y -= 18
    _write(canvas, _LEFT, y - 30, f"Graag betalen op rekening {facts.supplier.iban}.")


def _write(canvas: Any, x: float, y: float, text: str, *, size: float = 10, font: str = "Helvetica") -> None:
    canvas.setFont(font, size)
    canvas.drawString(x, y, text)
