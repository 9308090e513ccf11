"""Workbooks and .csv files as offices keep them, with errors planted where the generator says.

German and Dutch notations, dates as text, merged cells, formulas with their saved results, titles above the header,
totals below it, empty rows between. The same arguments give the same rows; every planted error is one of a list, so a
test can ask for each of them by its cell, and for nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any, Final

from kontorist.testing.documents.facts import Language
from kontorist.testing.documents.identity import iban, vat_id
from kontorist.testing.documents.notation import number

_CREATED: Final = datetime(2026, 1, 1)  # noqa: DTZ001 - the file format knows no zone


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTable:
    """One file: its bytes, the number of good records in it, and the cells with a planted error (``Orders!D17``)."""

    name: str
    content: bytes
    good: int
    planted: frozenset[str] = frozenset()


@dataclass(slots=True)
class Sheet:
    """Cells of one sheet, as text, numbers, days, formulas."""

    name: str
    rows: list[list[Any]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    planted: set[str] = field(default_factory=set)

    def plant(self, row: int, column: int, value: Any) -> None:
        self.rows[row][column] = value
        self.planted.add(f"{self.name}!{chr(65 + column)}{row + 1}")


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula with the result that its program saved; None where it saved none."""

    text: str
    result: float | str | None


def workbook(sheets: Iterable[Sheet]) -> bytes:
    """The sheets as an .xlsx file."""
    import xlsxwriter

    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": _CREATED})
    day = book.add_format({"num_format": "dd.mm.yyyy"})
    span = book.add_format({"num_format": "[h]:mm"})
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        for top, left, bottom, right in sheet.merged:
            page.merge_range(top, left, bottom, right, "")
        for row, cells in enumerate(sheet.rows):
            for column, cell in enumerate(cells):
                if cell is not None:
                    _write(page, row, column, cell, day, span)
    book.close()
    return file.getvalue()


def _write(page: Any, row: int, column: int, cell: Any, day: Any, span: Any) -> None:
    if isinstance(cell, Formula):
        page.write_formula(row, column, cell.text, None, "" if cell.result is None else cell.result)
    elif isinstance(cell, bool):
        page.write_boolean(row, column, cell)
    elif isinstance(cell, date):
        page.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), day)  # noqa: DTZ001
    elif isinstance(cell, timedelta):
        page.write_datetime(row, column, cell, span)
    elif isinstance(cell, int | float | Decimal):
        page.write_number(row, column, float(cell))
    else:
        page.write_string(row, column, cell)


def delimited(rows: Iterable[Sequence[Any]], *, delimiter: str = ";", encoding: str = "utf-8") -> bytes:
    """Rows as a .csv file."""
    import csv
    from io import StringIO

    text = StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(
        [["" if cell is None else cell for cell in row] for row in rows]
    )
    return text.getvalue().encode(encoding)


def day_text(day: date, language: Language) -> str:
    """A day as people of the language type it."""
    return day.strftime({"de": "%d.%m.%Y", "nl": "%d-%m-%Y"}.get(language, "%d/%m/%Y"))


#: Our number, name, country, account, days, the stem of the VAT id.
PARTNERS: Final = (
    ("070001", "Papierhaus Lindner GmbH", "DE", "6400", 14),
    ("070002", "Elektro Brandt KG", "DE", "6200", 14),
    ("070003", "Drukkerij De Vries B.V.", "NL", "6800", 30),
    ("070004", "Koffiebranderij De Zwaan", "NL", "6400", 21),
    ("070005", "Maschinenbau Öhlmann & Söhne GmbH & Co. KG", "DE", "5000", 30),
)


def supplier_table(*, language: Language = "de") -> SampleTable:
    """Five suppliers as an accounting program exports them: a .csv file, in Windows-1252 when German."""
    headers = {
        "de": ("Kreditor", "Name", "USt-IdNr.", "IBAN", "Aufwandskonto", "Zahlungsziel", "Straße", "PLZ", "Ort",
               "Land"),
        "nl": ("Crediteurnr.", "Naam", "BTW-nummer", "IBAN", "Grootboek", "Betalingstermijn", "Straat", "Postcode",
               "Plaats", "Land"),
    }  # fmt: skip
    rows: list[Sequence[Any]] = [headers["nl" if language == "nl" else "de"]]
    for place, (key, name, country, account, days) in enumerate(PARTNERS, 1):
        numbers = (vat_id(country, 99_906_000 + place), iban(country, 7_000 + place))
        home = (
            ("Hafenstraße 5", "01067", "Dresden") if country == "DE" else ("Keizersgracht 12", "1015 CN", "Amsterdam")
        )
        rows.append((key, name, *numbers, account, days, *home, country))
    encoding = "cp1252" if language == "de" else "utf-8"
    return SampleTable(name="suppliers.csv", content=delimited(rows, encoding=encoding), good=len(PARTNERS))


def employee_table(*, people: int = 3) -> SampleTable:
    """Employees as an HR program exports them, personnel numbers with zeros in front. Nobody's pay stands in it."""
    sheet = Sheet("Mitarbeiter", [["Stammdaten Personal", *[None] * 7], [None] * 8])
    sheet.merged.append((0, 0, 0, 7))
    sheet.rows.append(["Pers.-Nr.", "Name", "Vorname", "E-Mail", "Kostenstelle", "Eintritt", "Std./Monat", "IBAN"])
    names = (("Beispiel", "Eva"), ("van Dijk", "Joris"), ("Öztürk", "Aylin"))
    for place in range(people):
        last, first = names[place % len(names)]
        mail, joined = f"person{place + 1}@example.org", date(2020, 1, 1) + timedelta(days=31 * place)
        account = iban("DE", 42_000 + place)
        sheet.rows.append([f"{place + 1:05d}", last, first, mail, f"K{100 + place % 4}", joined, "151,67", account])
    return SampleTable(name="employees.xlsx", content=workbook([sheet]), good=people)


_ORDER_HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "de": ("Bestell-Nr.", "Pos.", "Lief.-Nr.", "Lieferant", "Artikel", "Bezeichnung", "Menge", "ME",
           "Einzelpreis (EUR)", "Gesamt", "Bestelldatum", "Liefertermin", "MwSt-Satz"),
    "nl": ("Bestelnummer", "Regel", "Leveranciersnr.", "Leverancier", "Artikelnr.", "Omschrijving", "Aantal", "Eenheid",
           "Prijs (EUR)", "Totaal", "Besteldatum", "Leverdatum", "Btw %"),
}  # fmt: skip


def order_table(
    *, lines: int = 2_000, language: Language = "de", planted: bool = True, first: date = date(2026, 3, 2)
) -> SampleTable:
    """Purchase orders of three lines each; numbers as numbers, as text of the language and as formulas, dates as both.

    With `planted`, eleven kinds of errors stand in lines far from one another; all other lines are good.
    """
    sheet = Sheet("Orders", [["Bestellungen 2026", *[None] * 12], ["Stand 31.03.2026", *[None] * 12], [None] * 13])
    sheet.merged.append((0, 0, 0, 12))
    sheet.rows.append(list(_ORDER_HEADERS["nl" if language == "nl" else "de"]))
    begins: list[int] = []
    for place in range(lines):
        if place % 500 == 499:
            sheet.rows.append([None] * 13)
        begins.append(len(sheet.rows))
        sheet.rows.append(_order_line(place, len(sheet.rows) + 1, language, first))
    _merge_orders(sheet, begins)
    spoiled = _spoil(sheet, begins, language) if planted else 0
    sheet.rows.append(
        ["Summe" if language == "de" else "Totaal", *[None] * 8, Formula("=SUM(J5:J9)", 1234.5), None, None, None]
    )
    notes = Sheet("Hinweise", [["Nur die erste Seite wird eingelesen."]])
    return SampleTable(
        name="orders.xlsx",
        content=workbook([sheet, notes]),
        good=lines - spoiled,
        planted=frozenset(sheet.planted),
    )


def _order_line(place: int, row: int, language: Language, first: date) -> list[Any]:
    key, name, *_ = PARTNERS[(place // 3) % len(PARTNERS)]
    amount, price = Decimal(place % 40 + 1) / 4, Decimal(place * 37 % 250_000) / 100 + Decimal("0.05")
    day = first + timedelta(days=place % 200)
    quantity: Any = (float(amount), number(amount, language), Formula(f"=1*{float(amount)}", float(amount)))[place % 3]
    shown: Any = (
        number(price, language),
        float(price),
        f"€ {number(price, language)}",
        Formula("=0.1+0.2", 0.1 + 0.2),
    )[place % 4]
    return [
        f"B{place // 3 + 1:06d}",
        place % 3 + 1,
        key,
        name,
        f"{place % 900:08d}",
        f"Artikel {place + 1}",
        quantity,
        "Stück" if language == "de" else "stuks",
        shown,
        Formula(f"=G{row}*I{row}", float(amount * price)),
        day if place % 2 else day_text(day, language),
        day_text(day + timedelta(days=14), language) if place % 5 else None,
        (19, "19 %", 0.19)[place % 3],
    ]


def _merge_orders(sheet: Sheet, begins: Sequence[int]) -> None:
    """The order number of some orders is one cell over their lines, as people make it who want it to look nice."""
    for start in range(0, len(begins) - 2, 12):
        top, bottom = begins[start], begins[start + 2]
        if bottom - top == 2:
            sheet.merged.append((top, 0, bottom, 0))
            sheet.rows[top + 1][0] = sheet.rows[bottom][0] = None


def _spoil(sheet: Sheet, begins: Sequence[int], language: Language) -> int:
    """Plant one error in each of some lines; gives how many lines are spoiled."""
    other = "1,234.56" if language in ("de", "nl") else "1.234,56"
    errors: tuple[tuple[int, Any], ...] = (
        (6, "zwölf"),
        (6, None),
        (8, "1O,50"),
        (8, Formula("=1/0", "#DIV/0!")),
        (8, Formula("=VLOOKUP(A1,B:C,2)", None)),
        (8, other),
        (10, "31.02.2026" if language == "de" else "31-02-2026"),
        (10, 46_100),
        (11, "irgendwann"),
        (12, 119),
        (5, None),
        (1, 0),
        (2, "079999"),
        (1, 2.5),
    )
    step = max(3, (len(begins) - 6) // (len(errors) + 1) // 3 * 3)
    for place, (column, value) in enumerate(errors):
        row = begins[4 + step * (place + 1)]  # the second line of an order, whose number may be merged
        if column == 2:
            sheet.rows[row][3] = "Unbekannt & Co"
        sheet.plant(row, column, value)
    again = begins[-1]  # the last line once more
    sheet.rows.append(list(sheet.rows[again]))
    sheet.planted.add(f"{sheet.name}!B{len(sheet.rows)}")
    return len(errors)


_SHEET_HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "de": ("Pers.-Nr.", "Name", "Datum", "Stunden", "Lohnart", "Kostenstelle"),
    "nl": ("Personeelsnr.", "Naam", "Datum", "Uren", "Looncode", "Kostenplaats"),
}


def time_sheet_table(
    *, rows: int = 2_000, language: Language = "de", month: date = date(2026, 5, 1), people: int = 100
) -> SampleTable:
    """A month of hours: numbers, text of the language and ``7:30``; ten planted errors, all other rows are good."""
    sheet = Sheet("Stunden", [[f"Stundenzettel {month:%m/%Y}", *[None] * 5]])
    sheet.rows.append(list(_SHEET_HEADERS["nl" if language == "nl" else "de"]))
    for place in range(rows):
        hours = Decimal(place % 17 + 16) / 4
        day = month + timedelta(days=place // people % 28)
        written: tuple[Any, ...] = (float(hours), number(hours, language), timedelta(hours=float(hours)))
        person = place % people + 1
        shown = day if place % 2 else day_text(day, language)
        sheet.rows.append(
            [f"{person:05d}", f"Person {person}", shown, written[place % 3], "1000", f"K{100 + person % 4}"]
        )
    errors: tuple[tuple[int, Any], ...] = (
        (3, "acht"), (3, None), (3, "7;5"), (3, Formula("=1/0", "#VALUE!")), (2, "32.05.2026"), (2, None), (2, 46_150),
        (0, None), (0, 17), (3, Formula("=A1", None)),
    )  # fmt: skip
    for place, (column, value) in enumerate(errors):
        sheet.plant(2 + (place + 1) * (rows // (len(errors) + 1)), column, value)
    return SampleTable(
        name="timesheet.xlsx", content=workbook([sheet]), good=rows - len(errors), planted=frozenset(sheet.planted)
    )


def opening_table(*, wrong: bool = False) -> SampleTable:
    """Opening balances in debit and credit, as a .csv file; with `wrong` they do not add up."""
    rows = [
        ("Konto", "Bezeichnung", "Soll", "Haben"),
        ("1100", "Bank", "25.000,00", ""),
        ("1300", "Forderungen", "3.570,00", ""),
        ("2000", "Verbindlichkeiten", "", "1.190,00" if not wrong else "1.190,10"),
        ("3000", "Kapital", "", "27.380,00"),
        ("Summe", "", "28.570,00", "28.570,00"),
    ]
    return SampleTable(name="opening.csv", content=delimited(rows), good=4)


def receipt_table(orders: int = 10) -> SampleTable:
    """What came in of the first position of the first orders of `order_table`."""
    rows: list[Sequence[Any]] = [("Lieferschein", "Bestell-Nr.", "Pos.", "Liefermenge", "Eingangsdatum")]
    rows += [(f"L-{place:04d}", f"B{place:06d}", 1, "1,5", f"{place:02d}.04.2026") for place in range(1, orders + 1)]
    return SampleTable(name="receipts.csv", content=delimited(rows), good=orders)


def open_item_table() -> SampleTable:
    """Three open items of two suppliers, one of them a credit note."""
    rows = [
        ("Art", "Kreditor", "Rechnungsnummer", "Rechnungsdatum", "Fällig am", "Offener Betrag"),
        ("Kreditor", "070001", "RE-2025-0815", "01.12.2025", "15.12.2025", "714,00"),
        ("Kreditor", "070001", "GS-2025-0003", "10.12.2025", "", "-119,00"),
        ("Kreditor", "070002", "2025/4711", "20.12.2025", "03.01.2026", "595,00"),
    ]
    return SampleTable(name="open-items.csv", content=delimited(rows), good=3)


#: One sample of each kind of `kontorist masterdata import`, in an order in which they can be imported.
SAMPLES: Final[dict[str, Callable[[], SampleTable]]] = {
    "suppliers": supplier_table,
    "employees": employee_table,
    "orders": lambda: order_table(lines=60, planted=False),
    "receipts": receipt_table,
    "opening-balances": opening_table,
    "open-items": open_item_table,
}
