"""The parts of a page as ReportLab flowables: address, details, items, sums, payment."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Any, cast

from kontorist.domain.payables.draft import DocumentKind
from kontorist.testing.documents import notation
from kontorist.testing.documents.facts import InvoiceFacts, Party
from kontorist.testing.documents.layouts import Layout
from kontorist.testing.documents.wording import word

WIDTH = 481.0  #: usable width of the page in points: A4 (595) less margins of 57 each

_FONTS = {
    "Helvetica": ("Helvetica", "Helvetica-Bold"),
    "Times": ("Times-Roman", "Times-Bold"),
    "Courier": ("Courier", "Courier-Bold"),
    "Vera": ("Vera", "Vera-Bold"),
}
_SIZES = {"Helvetica": 9.5, "Times": 10.5, "Courier": 9.0, "Vera": 8.5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One invoice in one design: what every block needs to know."""

    facts: InvoiceFacts
    layout: Layout

    @property
    def font(self) -> str:
        """Name of the regular font."""
        return _FONTS[self.layout.font][0]

    @property
    def bold(self) -> str:
        """Name of the bold font."""
        return _FONTS[self.layout.font][1]

    @property
    def size(self) -> float:
        """Size of running text in points."""
        return _SIZES[self.layout.font]

    def say(self, key: str, **fills: str) -> str:
        """The word for `key` in the invoice's language and the design's wording."""
        return word(self.facts.language, key, self.layout.wording).format(**fills)

    def money(self, value: Decimal) -> str:
        """An amount as the design prints it."""
        return notation.money(value, self.facts.currency, self.facts.language, self.layout.currency)

    def day(self, value: Any) -> str:
        """A date as the design prints it."""
        return notation.day(value, self.facts.language, self.layout.dates)

    @property
    def title(self) -> str:
        """What kind of paper it is, in words."""
        return self.say(self.facts.kind.value)

    @property
    def number_label(self) -> str:
        """The label of the number; a credit note has its own."""
        return self.say("credit_number" if self.facts.kind is DocumentKind.CREDIT_NOTE else "number")

    @property
    def gross_label(self) -> str:
        """The label of the total."""
        return self.say("credit_gross" if self.facts.kind is DocumentKind.CREDIT_NOTE else "gross")


def register_fonts() -> None:
    """Make the one embedded font known to ReportLab (Bitstream Vera, which comes with it)."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    if "Vera-Bold" not in pdfmetrics.getRegisteredFontNames():  # another writer may know "Vera" alone
        pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
        pdfmetrics.registerFont(TTFont("Vera-Bold", "VeraBd.ttf"))


def text(paper: Paper, content: str, *, bold: bool = False, size: float = 0.0, align: int = 0, colour: str = "") -> Any:
    """A paragraph; `align` 0 left, 1 centre, 2 right; `size` is added to the running size."""
    from reportlab.lib.colors import HexColor
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    points = paper.size + size
    style = ParagraphStyle(
        "text",
        fontName=paper.bold if bold else paper.font,
        fontSize=points,
        leading=points * 1.28,
        alignment=align,
        textColor=HexColor(colour or "#000000"),
    )
    return Paragraph(escape(content).replace("\n", "<br/>"), style)


def gap(points: float) -> Any:
    """Empty space."""
    from reportlab.platypus import Spacer

    return Spacer(1, points)


def table(rows: list[list[Any]], widths: list[float], styles: list[tuple[Any, ...]], **options: Any) -> Any:
    """A ReportLab table with cell tops aligned."""
    from reportlab.platypus import Table, TableStyle

    made = Table(rows, colWidths=widths, hAlign=options.pop("align", "LEFT"), **options)
    made.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *styles]))
    return made


def address(party: Party) -> list[str]:
    """An address as on an envelope."""
    return [
        each
        for each in (party.name, party.department, party.street, f"{party.postcode} {party.city}")
        if each is not None
    ]


def buyer_block(paper: Paper) -> list[Any]:
    """The window address, under the sender's line where the design has one."""
    parts: list[Any] = []
    supplier = paper.facts.supplier
    if paper.layout.sender_line:
        line = " · ".join((supplier.name, supplier.street, f"{supplier.postcode} {supplier.city}"))
        parts += [text(paper, line, size=-3, colour="#555555"), gap(4)]
    if paper.layout.name == "modern":
        parts.append(text(paper, paper.say("to"), size=-1, colour=paper.layout.colour))
    parts.append(text(paper, "\n".join(address(paper.facts.buyer))))
    return parts


def details(paper: Paper) -> list[tuple[str, str]]:
    """Label and value of what identifies the invoice, in printing order."""
    facts = paper.facts
    credit = facts.kind is DocumentKind.CREDIT_NOTE
    due = facts.due if paper.layout.due != "sentence" else None
    found = [
        (paper.number_label, facts.number),
        (paper.say("credit_date" if credit else "date"), paper.day(facts.issued)),
        (paper.say("customer"), facts.customer_number),
        (paper.say("order"), facts.order_number),
        (paper.say("delivered"), paper.day(facts.delivered) if facts.delivered else None),
        (paper.say("due"), paper.day(due) if due else None),
        (paper.say("corrects"), facts.corrects),
        (paper.say("buyer_vat"), facts.buyer.vat_id if facts.reverse_charge else None),
    ]
    return [(label, value) for label, value in found if value is not None]


def details_beside(paper: Paper) -> Any:
    """Details for the right-hand side of the address: labels left of, or above, their values."""
    pairs = details(paper)
    if paper.layout.details == "label_left":
        colon = ":" if paper.layout.font == "Courier" else ""
        rows = [[text(paper, label + colon), text(paper, value)] for label, value in pairs]
        return table(
            rows, [108.0, 122.0], [("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)]
        )
    cells = [[text(paper, label, size=-2, colour="#666666"), text(paper, value, bold=True)] for label, value in pairs]
    rows = [cells[start : start + 2] + [""] * (2 - len(cells[start : start + 2])) for start in range(0, len(cells), 2)]
    return table(rows, [115.0, 115.0], [("BOTTOMPADDING", (0, 0), (-1, -1), 5)])


def details_grid(paper: Paper) -> Any:
    """Details as a boxed row of labels over a row of values, at most four a row."""
    from reportlab.lib.colors import HexColor

    pairs = details(paper)
    columns = len(pairs) if len(pairs) <= 4 else 3
    rows: list[list[Any]] = []
    for start in range(0, len(pairs), columns):
        part = pairs[start : start + columns]
        part += [("", "")] * (columns - len(part))
        rows.append([text(paper, label, size=-1.5, bold=True) for label, _ in part])
        rows.append([text(paper, value) for _, value in part])
    return table(rows, [WIDTH / columns] * columns, [("GRID", (0, 0), (-1, -1), 0.5, HexColor(paper.layout.colour))])


def items_table(paper: Paper) -> Any:
    """The items; long descriptions wrap, and a table over a page end repeats its heading."""
    columns = _columns(paper)
    heading = [text(paper, label, bold=True, align=align, size=-0.5) for label, _, align, _ in columns]
    rows = [heading]
    for index, item in enumerate(paper.facts.items):
        rows.append([text(paper, show(paper, index, item), align=align, size=-0.5) for _, _, align, show in columns])
    return table(rows, _widths(paper, columns), _rules(paper, len(rows)), repeatRows=1)


def _columns(paper: Paper) -> list[tuple[str, float, int, Any]]:
    """Heading, width (0 takes the rest), alignment and content of each column."""
    language = paper.facts.language
    in_currency = f" {paper.facts.currency}" if paper.layout.currency == "heading" else ""
    columns: list[tuple[str, float, int, Any]] = [
        (paper.say("description"), 0.0, 0, lambda _p, _i, item: item.description),
        (paper.say("quantity"), 62.0, 2, lambda _p, _i, item: notation.quantity(item.quantity, language)),
        (paper.say("unit"), 48.0, 0, lambda _p, _i, item: item.unit),
        (paper.say("unit_price") + in_currency, 78.0, 2, lambda p, _i, item: p.money(item.unit_price)),
        (paper.say("line_total") + in_currency, 84.0, 2, lambda p, _i, item: p.money(item.total)),
    ]
    if paper.layout.rate_column:
        columns.insert(4, (paper.say("rate"), 44.0, 2, lambda _p, _i, item: notation.percent(item.rate, language)))
    if paper.layout.positions:
        columns.insert(0, (paper.say("position"), 34.0, 0, lambda _p, index, _item: str(index + 1)))
    return columns


def _widths(paper: Paper, columns: list[tuple[str, float, int, Any]]) -> list[float]:
    """The widths asked for, more where the longest word of a heading needs it; the column of width 0 takes the rest."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    wanted = [
        width and max([width, *(stringWidth(each, paper.bold, paper.size) + 12 for each in label.split())])
        for label, width, _, _ in columns
    ]
    return [width or WIDTH - sum(wanted) for width in wanted]


def _rules(paper: Paper, rows: int) -> list[tuple[Any, ...]]:
    from reportlab.lib.colors import HexColor

    colour = HexColor(paper.layout.colour)
    if paper.layout.table == "ruled":
        return [("GRID", (0, 0), (-1, -1), 0.5, colour)]
    if paper.layout.table == "striped":
        return [
            ("BACKGROUND", (0, row), (-1, row), HexColor("#eef1f4" if row else "#d5dde4")) for row in range(0, rows, 2)
        ]
    if paper.layout.table == "open":
        return [("LINEBELOW", (0, 0), (-1, 0), 0.8, colour), ("LINEBELOW", (0, -1), (-1, -1), 0.4, colour)]
    return []


def totals(paper: Paper) -> list[Any]:
    """Net, tax by rate and gross: a block at the right, or a table of rates with the total below."""
    if paper.layout.totals == "tax_table":
        return [_tax_table(paper), gap(6), _sums(paper, [])]
    facts = paper.facts
    taxes = [
        (
            paper.say(
                "tax", rate=notation.percent(line.rate, facts.language), base=paper.money(cast(Decimal, line.base))
            ),
            paper.money(line.amount),
        )
        for line in facts.taxes
    ]
    return [_sums(paper, [(paper.say("net"), paper.money(facts.net)), *taxes])]


def _tax_table(paper: Paper) -> Any:
    from reportlab.lib.colors import HexColor

    facts = paper.facts
    rows = [[paper.say("rate"), paper.say("tax_base"), paper.say("tax_amount")]]
    rows += [
        [notation.percent(line.rate, facts.language), paper.money(cast(Decimal, line.base)), paper.money(line.amount)]
        for line in facts.taxes
    ]
    rows.append([_sum_word(paper), paper.money(facts.net), paper.money(facts.tax)])
    cells = [
        [text(paper, cell, align=2 if column else 0, bold=index == 0) for column, cell in enumerate(row)]
        for index, row in enumerate(rows)
    ]
    return table(cells, [80.0, 90.0, 90.0], [("GRID", (0, 0), (-1, -1), 0.4, HexColor("#888888"))], align="RIGHT")


def _sum_word(paper: Paper) -> str:
    return {"de": "Summe", "nl": "Totaal", "en": "Sum", "fr": "Somme"}[paper.facts.language]


def _sums(paper: Paper, before: list[tuple[str, str]]) -> Any:
    from reportlab.lib.colors import HexColor

    facts = paper.facts
    rows = [[text(paper, label), text(paper, value, align=2)] for label, value in before]
    label = paper.gross_label + (f" {facts.currency}" if paper.layout.currency == "heading" else "")
    rows.append([text(paper, label, bold=True), text(paper, paper.money(facts.gross), bold=True, align=2)])
    styles = [("LINEABOVE", (0, -1), (-1, -1), 0.8, HexColor(paper.layout.colour))]
    return table(rows, [160.0, 100.0], styles, align="RIGHT")


def closing(paper: Paper) -> list[Any]:
    """What stands below the sums: notes of the tax law, when and where to pay."""
    facts, parts = paper.facts, []
    if facts.reverse_charge:
        parts += [text(paper, paper.say("reverse")), gap(6)]
    if facts.paid:
        return [*parts, text(paper, paper.say("paid"), bold=True)]
    if facts.kind is DocumentKind.CREDIT_NOTE:
        parts.append(text(paper, paper.say("credited")))
    elif facts.due and paper.layout.due != "details":
        parts.append(text(paper, paper.say("pay", due=paper.day(facts.due))))
    if paper.layout.bank != "footer":
        parts += [
            gap(6),
            text(paper, paper.say("pay_to"), bold=True),
            text(paper, "\n".join(bank_lines(facts.supplier))),
        ]
    return parts


def bank_lines(party: Party) -> list[str]:
    """Bank, IBAN and BIC, one a line."""
    lines = [party.bank] if party.bank else []
    if party.iban:
        lines.append(f"IBAN {notation.grouped_iban(party.iban)}")
    if party.bic:
        lines.append(f"BIC {party.bic}")
    return lines


def company_numbers(paper: Paper) -> list[str]:
    """VAT id, tax number and register of the supplier, each with its label."""
    supplier = paper.facts.supplier
    lines = []
    if supplier.vat_id:
        lines.append(f"{paper.say('vat_id')}: {notation.spoken_vat_id(supplier.vat_id)}")
    if supplier.tax_number:
        lines.append(f"{paper.say('tax_number')}: {supplier.tax_number}")
    if supplier.register:
        lines.append(supplier.register)
    return lines
