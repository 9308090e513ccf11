"""What a paper says: supplier, buyer, numbers, days, items and sums, drawn from a seed. Nobody in it exists."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from kontorist.testing.documents.varied.words import FIRMS, WORDS

_CENT: Final = Decimal("0.01")


@dataclass(slots=True, kw_only=True)
class Firm:
    """A company or person with its address and numbers; what is "" or None it does not have or does not print."""

    name: str
    short: str  #: without the legal form
    person: str
    street: str
    postcode: str
    city: str
    country: str
    vat_id: str = ""
    tax_no: str = ""
    phone: str = ""
    mail: str = ""
    web: str = ""
    iban: str = ""
    bic: str = ""
    bank: str = ""

    @property
    def town(self) -> str:
        """The line of postcode and town as the country writes it."""
        return {
            "GB": f"{self.city} {self.postcode}",
            "IE": f"{self.city}, {self.postcode}",
            "US": f"{self.city}, OR {self.postcode}",
        }.get(self.country, f"{self.postcode} {self.city}")


@dataclass(slots=True, kw_only=True)
class Line:
    """One item: `total` is quantity times price less its discount, rounded."""

    text: str
    quantity: Decimal
    unit: str
    price: Decimal
    rate: Decimal
    total: Decimal


@dataclass(slots=True, kw_only=True)
class Invented:
    """Everything one paper may print. `due_as` says whether the due date stands there, as a day or only as a term."""

    language: str
    country: str
    currency: str
    kind: str
    seller: Firm
    buyer: Firm
    number: str
    issued: date
    due: date
    due_as: str  #: date, term or nothing
    days: int
    customer: str
    order: str
    other: date
    lines: list[Line]
    charges: list[tuple[str, Decimal]]  #: key of the words and amount, with its sign
    taxes: list[tuple[Decimal, Decimal, Decimal]]  #: rate, base, tax
    net: Decimal
    tax: Decimal
    gross: Decimal
    exempt: str  #: "", reverse or small
    paid: Decimal | None
    shown: dict[str, Any] = field(default_factory=dict)  #: what the sheet really printed, filled while drawing
    inclusive: bool = False  #: the lines hold the tax
    accounts: list[str] = field(default_factory=list)  #: further accounts of the seller beside `seller.iban`
    held: tuple[Decimal, Decimal] | None = None  #: rate and amount kept back from the payment
    advance: Decimal | None = None  #: instalments billed before
    parts: list[tuple[str, int]] = field(default_factory=list)  #: sections of the table: title and number of lines

    def truth(self) -> dict[str, Any]:
        """In the words of the scorer; a key that is missing is not judged."""
        seller, found = self.seller, dict(self.shown)
        row: dict[str, Any] = {
            "kind": self.kind,
            "language": self.language,
            "supplier_name": found.get("names"),
            "supplier_vat_id": seller.vat_id or None,
            "invoice_number": self.number,
            "issue_date": self.issued.isoformat(),
            "currency": self.currency,
            "net": str(self.net),
            "tax": str(self.tax) if found.get("tax") else None,
            "gross": str(self.gross) if self.held is None else [str(self.gross), str(self.gross - self.held[1])],
            "iban": [seller.iban, *self.accounts] if self.accounts else seller.iban or None,
            "lines": [{"total": str(line.total)} for line in self.lines],
        }
        if self.due_as != "term":
            row["due_date"] = self.due.isoformat() if self.due_as == "date" else None
        if not found.get("names"):
            row.pop("supplier_name")
        if not found.get("net", True):
            row.pop("net")
        return row


def invoice(seed: int) -> Invented:
    """An invoice of one of fourteen countries in one of seven languages; the same seed draws the same."""
    draw = random.Random(f"invoice {seed}")
    language, country, currency = draw.choice(FIRMS["drawn"])
    if country != "US" and draw.random() < 0.05:
        currency = draw.choice(("USD", "EUR"))
    kind = draw.choices(("invoice", "credit_note", "receipt"), (88, 7, 5))[0]
    exempt = draw.choices(("", "reverse", "small"), (84, 8, 8))[0]
    seller = _firm(draw, language, country)
    buyer_country = country if draw.random() < 0.75 else draw.choice(("DE", "NL", "FR", "GB"))
    buyer = _firm(draw, language, buyer_country)
    _seller_numbers(draw, seller, exempt)
    if draw.random() < 0.35 and buyer_country != "US":
        buyer.vat_id = vat_id(draw, buyer_country)
    issued = date(2015, 1, 1) + timedelta(days=draw.randrange(4200))
    days = draw.choice((7, 10, 14, 14, 14, 21, 30, 30, 30, 45, 60))
    lines = _lines(draw, language, country, exempt)
    charges = _charges(draw, lines)
    net, taxes = taxed(lines, charges)
    tax = sum((each[2] for each in taxes), Decimal("0.00"))
    gross = net + tax
    paid = gross if kind == "receipt" else None
    if kind == "invoice" and draw.random() < 0.07:
        paid = (gross * Decimal(draw.choice((25, 50, 100))) / 100).quantize(_CENT, ROUND_HALF_UP)
    due_as = draw.choices(("date", "term", "nothing"), (66, 20, 14))[0] if kind == "invoice" else "nothing"
    return Invented(
        language=language,
        country=country,
        currency=currency,
        kind=kind,
        exempt=exempt,
        seller=seller,
        buyer=buyer,
        issued=issued,
        days=days,
        lines=lines,
        charges=charges,
        taxes=taxes,
        net=net,
        tax=tax,
        gross=gross,
        paid=paid,
        due=issued + timedelta(days=days),
        due_as=due_as,
        number=_number(draw, issued),
        customer=draw.choice(("K-{}", "{}", "C{}", "10{}")).format(draw.randrange(1000, 99999)),
        order=draw.choice(("PO-{}", "{}", "B{}", "45000{}")).format(draw.randrange(1000, 999999)),
        other=issued - timedelta(days=draw.randrange(1, 25)),
    )


def _firm(draw: random.Random, language: str, country: str) -> Firm:
    first, tongue, land = draw.choice(FIRMS["first"]), FIRMS["languages"][language], FIRMS["countries"][country]
    person = f"{draw.choice(FIRMS['people'])} {draw.choice(FIRMS['first'])}"
    form = draw.choice(land["forms"])
    kind = draw.random()
    if kind < 0.1 and not form:
        short = person
    elif kind < 0.3:
        short = first
    else:
        short = f"{first} {draw.choice(tongue['trades'])}"
    if draw.random() < 0.12:
        short = short.upper()
    street = draw.choice(tongue["streets"])
    house = draw.randrange(1, 180)
    front = country in ("GB", "US", "IE", "FR", "LU")
    domain = (
        "".join(each for each in short.lower() if each.isascii() and each.isalnum())
        + "."
        + draw.choice(("com", country.lower(), "eu"))
    )
    return Firm(
        name=f"{short} {form}".strip(),
        short=short,
        person=person,
        street=f"{house} {street}" if front else f"{street} {house}",
        postcode=_postcode(draw, country),
        city=draw.choice(land["cities"]),
        country=country,
        phone=f"+{draw.randrange(30, 50)} {draw.randrange(20, 999)} {draw.randrange(10000, 9999999)}",
        mail=f"{draw.choice(('info', 'office', 'billing', 'kontakt'))}@{domain}",
        web=f"www.{domain}" if draw.random() < 0.7 else domain,
    )


def _seller_numbers(draw: random.Random, seller: Firm, exempt: str) -> None:
    country = seller.country
    has_vat = 0.25 if exempt == "small" or country == "US" else 0.92
    if draw.random() < has_vat and country != "US":
        seller.vat_id = vat_id(draw, country)
    seller.tax_no = (
        f"{draw.randrange(10, 999)}/{draw.randrange(100, 9999)}/{draw.randrange(1000, 99999)}"
        if draw.random() < 0.5
        else ""
    )
    if country != "US" and draw.random() < 0.82:
        seller.iban = iban(draw, country)
        seller.bic = (
            "".join(draw.choice("ABCDEFGHKLMNPRST") for _ in range(4)) + country + "2X" + draw.choice(("", "XXX"))
        )
        seller.bank = draw.choice(("Musterbank", "Sparkasse Probe", "Sample Bank", "Banque Exemple", "Testbank eG"))


def _postcode(draw: random.Random, country: str) -> str:
    digits = f"{draw.randrange(10000, 99999)}"
    letters = "".join(draw.choice("ABEHLNPRST") for _ in range(2))
    return {
        "NL": f"{digits[:4]} {letters}",
        "GB": f"{letters}{digits[0]} {digits[1]}{letters}",
        "IE": f"D{digits[:2]} {letters}{digits[2:4]}",
        "PL": f"{digits[:2]}-{digits[2:5]}",
        **dict.fromkeys(("AT", "CH", "BE", "DK", "LU"), digits[:4]),
    }.get(country, digits)


def vat_id(draw: random.Random, country: str) -> str:
    """A VAT id by its shape; whether its check digit holds is left to chance, as among real samples."""
    pattern: str = FIRMS["countries"][country]["vat_id"]
    return "".join(str(draw.randrange(10)) if each == "#" else each for each in pattern)


def iban(draw: random.Random, country: str) -> str:
    """An account number whose check digits hold in four of five."""
    letters, digits = FIRMS["countries"][country]["iban"]
    rest = "".join(draw.choice("ABNRST") for _ in range(letters))
    rest += "".join(str(draw.randrange(10)) for _ in range(digits))
    check = 98 - int("".join(str(int(each, 36)) for each in f"{rest}{country}00")) % 97
    if draw.random() < 0.2:
        check = (check + 11) % 97 + 2
    return f"{country}{check:02d}{rest}"


def _number(draw: random.Random, issued: date) -> str:
    count = draw.randrange(1, 9999)
    forms = (
        *(f"{issued.year}-{count:04d}", f"RE-{count:05d}", f"INV-{issued.year}-{count:03d}", f"{count + 10000}"),
        *(
            f"{issued:%y%m}{count:04d}",
            f"F{issued.year}{count:04d}",
            f"INV{count:06d}",
            f"{count}",
            f"R-{count + 1000}",
        ),
        *(f"{issued:%Y%m%d}-{count % 90}", f"{issued.year}/{count}", f"A{count:05d}", f"SI/{issued:%y}/{count}"),
        *(f"{chr(65 + count % 26)}{count:04d}{chr(65 + count % 20)}F-0001", f"VF{issued:%y}-{count:05d}"),
    )
    return draw.choice(forms)


def _lines(draw: random.Random, language: str, country: str, exempt: str) -> list[Line]:
    words = WORDS[language]
    rates = (
        [Decimal(0)]
        if exempt or (country == "US" and draw.random() < 0.5)
        else [Decimal(each) for each in FIRMS["countries"][country]["rates"]]
    )
    several = len(rates) > 1 and draw.random() < 0.3
    count = draw.choices((1, 2, 3, 4, 6, 9, 18, 34), (18, 20, 20, 14, 12, 8, 5, 3))[0]
    found = []
    for _ in range(count):
        quantity = Decimal(draw.choice(("1", "1", "1", "2", "3", "5", "10", "12", "1.5", "0.25", "7.75")))
        price = (
            Decimal(draw.choice((draw.randrange(99, 9900), draw.randrange(900, 99000), draw.randrange(5000, 250000))))
            / 100
        )
        total = (quantity * price).quantize(_CENT, ROUND_HALF_UP)
        rate = draw.choice(rates) if several else rates[0]
        found.append(
            Line(
                text=draw.choice(words["goods"]),
                quantity=quantity,
                unit=draw.choice(words["units"]),
                price=price,
                rate=rate,
                total=total,
            )
        )
    return found


def _charges(draw: random.Random, lines: list[Line]) -> list[tuple[str, Decimal]]:
    if draw.random() > 0.14:
        return []
    total = sum((line.total for line in lines), Decimal(0))
    if draw.random() < 0.5:
        return [("discount", -(total * Decimal("0.05")).quantize(_CENT, ROUND_HALF_UP))]
    return [("shipping", Decimal(draw.choice(("4.90", "6.95", "12.00", "25.00"))))]


def taxed(
    lines: list[Line], charges: list[tuple[str, Decimal]]
) -> tuple[Decimal, list[tuple[Decimal, Decimal, Decimal]]]:
    """The net, and for each rate its base and tax; a charge is taxed as the first line is."""
    bases: dict[Decimal, Decimal] = {}
    for line in lines:
        bases[line.rate] = bases.get(line.rate, Decimal("0.00")) + line.total
    for _, amount in charges:
        bases[lines[0].rate] += amount
    taxes = [
        (rate, base, (base * rate / 100).quantize(_CENT, ROUND_HALF_UP))
        for rate, base in sorted(bases.items(), reverse=True)
    ]
    return sum(bases.values(), Decimal("0.00")), taxes
