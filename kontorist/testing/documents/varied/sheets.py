"""Where and how a paper prints what it says: every choice of design is drawn apart, so that no two sheets are alike."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any, Final

from kontorist.testing.documents.varied.invented import Invented, Line
from kontorist.testing.documents.varied.words import WORDS

_FONTS: Final = (
    ("Helvetica", "Helvetica-Bold"),
    ("Times-Roman", "Times-Bold"),
    ("Courier", "Courier-Bold"),
    ("Vera", "VeraBd"),
)
_SYMBOLS: Final = {"EUR": "€", "USD": "$", "GBP": "£"}
_POINT: Final = {
    "en": (",", "."),
    "de": (".", ","),
    "nl": (".", ","),
    "es": (".", ","),
    "it": (".", ","),
    "fr": (" ", ","),
    "pl": (" ", ","),
}
#: Letters that the fonts at hand do not have, as many printers print them.
_MISSING: Final = str.maketrans("ąćęłńśźżĄĆĘŁŃŚŹŻ", "acelnszzACELNSZZ")
_Rows = list[tuple[str, str]]


def draw(paper: Invented, seed: int) -> bytes:
    """The paper as a PDF; fills `paper.shown`."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    for name in ("Vera", "VeraBd"):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    dice = random.Random(f"sheet {seed}")
    size = (612.0, 792.0) if paper.country == "US" else (595.3, 841.9)
    out = BytesIO()
    sheet = _Sheet(paper, dice, Canvas(out, pagesize=size, invariant=1), *size)
    sheet.print()
    return out.getvalue()


@dataclass(slots=True)
class _Sheet:
    """One sheet being printed, from top to bottom; `y` is the next line, in points from the lower edge."""

    paper: Invented
    dice: random.Random
    canvas: Any
    width: float
    height: float
    y: float = 0.0
    page: int = 1
    style: dict[str, Any] = field(default_factory=dict)

    # -- words and figures

    def say(self, key: str, **fills: Any) -> str:
        """One of the words for `key`, always the same on one sheet."""
        chosen = self.style.setdefault("words", {})
        if key not in chosen:
            chosen[key] = self.dice.choice(WORDS[self.paper.language][key])
        return str(chosen[key]).format(**fills) if fills else str(chosen[key])

    def figure(self, value: Decimal, places: int = 2) -> str:
        """A number as the country writes it."""
        group, point = self.style["signs"]
        text = f"{abs(value):,.{places}f}".replace(",", "\0").replace(".", point).replace("\0", group)
        return f"-{text}" if value < 0 else text

    def money(self, value: Decimal, *, always: bool = False) -> str:
        """An amount with its currency, where the sheet prints one at amounts."""
        form = self.style["money"]
        if form == "plain":
            form = self.style["money_of_totals"] if always else "plain"
        code = self.paper.currency
        sign = _SYMBOLS.get(code, code)
        figure = self.figure(value)
        return {"plain": figure, "after": f"{figure} {sign}", "before": f"{sign}{' ' * (len(sign) > 1)}{figure}",
                "code": f"{figure} {code}", "code_before": f"{code} {figure}"}[form]  # fmt: skip

    def day(self, value: date) -> str:
        """A date in the sheet's form."""
        return _day(value, self.style["dates"], self.paper.language)

    def rate(self, value: Decimal) -> str:
        """A percentage."""
        text = f"{value.normalize():f}".replace(".", self.style["signs"][1])
        return f"{text}{self.style['percent']}"

    # -- print

    def put(
        self, x: float, text: str, *, bold: bool = False, size: float = 0, align: str = "left", y: float | None = None
    ) -> None:
        """Text at `x` on the line `y` (the current one by default)."""
        fonts, points = self.style["fonts"], size or self.style["size"]
        text = text.translate(_MISSING)
        self.canvas.setFont(fonts[1] if bold else fonts[0], points)
        paint = {
            "left": self.canvas.drawString,
            "right": self.canvas.drawRightString,
            "centre": self.canvas.drawCentredString,
        }[align]
        room = {"left": self.width - 12 - x, "right": x - 12, "centre": self.width - 24}[align]
        wide = self.canvas.stringWidth(text, fonts[bold], points)
        if wide > room:
            self.canvas.setFontSize(points * room / wide)
        paint(x, self.y if y is None else y, text)

    def down(self, lines: float = 1.0) -> None:
        """Move down by lines of the running size."""
        self.y -= lines * self.style["lead"]

    def column(
        self, x: float, lines: list[str], *, align: str = "left", bold_first: bool = False, size: float = 0
    ) -> None:
        """Lines under one another; the cursor ends below them."""
        for index, line in enumerate(lines):
            self.put(x, line, align=align, bold=bold_first and index == 0, size=size)
            self.down((size or self.style["size"]) / self.style["size"])

    def print(self) -> None:
        """The whole sheet."""
        self._choose()
        self.y = self.height - self.style["top"]
        self._head()
        self._details_and_buyer()
        self._letter()
        self._table()
        self._totals()
        self._payment()
        self._foot()
        self.canvas.save()

    def _choose(self) -> None:
        paper, dice = self.paper, self.dice
        size = dice.choice((8.0, 8.5, 9.0, 9.5, 10.0, 11.0))
        signs = _POINT[paper.language]
        if paper.country == "CH":
            signs = ("'", ".")
        elif paper.language == "en" and paper.country in ("NL", "DE", "DK") and dice.random() < 0.5:
            signs = (".", ",")
        self.style |= {
            "size": size,
            "lead": size * dice.choice((1.2, 1.35, 1.5)),
            "fonts": dice.choices(_FONTS, (6, 2, 1, 3))[0],
            "signs": ("", signs[1]) if dice.random() < 0.12 else signs,
            "percent": dice.choice((" %", "%")),
            "money": dice.choices(
                ("plain", "after", "before", "code", "code_before"), (4, 3, 3 if paper.language == "en" else 1, 1, 1)
            )[0],
            "money_of_totals": dice.choice(("after", "before", "code")),
            "dates": dice.choice(_date_forms(paper)),
            "left": dice.choice((42.0, 50.0, 57.0, 71.0)),
            "top": dice.choice((40.0, 52.0, 70.0)),
            "colon": dice.choice((":", ":", ":", "", "", " :" if paper.language == "fr" else "")),
            "head": dice.choice(("left", "right", "centre", "left", "right", "logo")),
            "details": dice.choice(("rows", "rows", "rows", "above", "grid", "inline", "title", "row_right")),
            "details_at": dice.choice(("right", "right", "left")),
            "buyer": dice.choice(("window", "labelled", "labelled", "plain", "beside")),
            "totals": dice.choice(("right", "right", "right", "near", "columns", "wide", "across")),
            "rules": dice.choice(("none", "lines", "grid", "head")),
            "bank": dice.choice(("text", "foot", "foot", "inline", "rows")),
            "foot": dice.choice((0, 1, 2, 3, 4)),
            "numbers": dice.choice(("head", "foot", "foot", "text")),
            "upper": dice.random() < 0.12,
        }
        paper.shown["tax"] = False

    @property
    def right(self) -> float:
        """The right margin."""
        return self.width - float(self.style["left"])

    def label(self, key: str) -> str:
        """The word for `key` with the sheet's colon."""
        word = self.say(key)
        word = word.upper() if self.style["upper"] else word
        return word if word.endswith(":") else f"{word}{self.style['colon']}"

    # -- blocks

    def _head(self) -> None:
        """The letterhead: name, or only a logo, with the address and contact below it."""
        dice, seller, style = self.dice, self.paper.seller, self.style
        name = dice.choices((seller.name, seller.short), (4, 1))[0]
        names = [name]
        at = {"left": style["left"], "right": self.right, "centre": self.width / 2, "logo": style["left"]}[
            style["head"]
        ]
        align = "left" if style["head"] == "logo" else style["head"]
        shown = style["head"] != "logo"
        if shown:
            big = dice.choice((0, 13, 16, 20))
            self.put(at, name, bold=dice.random() < 0.6, size=big, align=align)
            self.down(1.6 if big else 1.0)
        else:
            self.canvas.setFillGray(0.4)
            self.canvas.circle(style["left"] + 20, self.y - 8, 18, fill=1)
            self.canvas.setFillGray(0)
            self.down(3)
        lines = [seller.street, seller.town]
        if dice.random() < 0.3:
            lines = [f"{seller.street}, {seller.town}"]
        if shown and dice.random() < 0.12:
            lines.insert(0, seller.person)
        lines += [
            each for each, odds in ((seller.phone, 0.6), (seller.mail, 0.6), (seller.web, 0.5)) if dice.random() < odds
        ]
        if style["numbers"] == "head":
            lines += self._numbers()
        if shown and dice.random() < 0.8:
            self.column(at, lines, align=align, size=dice.choice((0, 7.5, 8)))
        elif style["numbers"] == "head":
            style["numbers"] = "foot"
        style["named"] = shown
        style["need_name"] = not shown or name != seller.name
        self.paper.shown["names"] = [*dict.fromkeys([*(names if shown else []), seller.name])]
        self.down(dice.choice((1, 2, 3)))

    def _numbers(self) -> list[str]:
        """VAT id, tax number and register as lines."""
        seller, dice = self.paper.seller, self.dice
        found = []
        if seller.vat_id:
            found.append(f"{self.say('vat_id')}{dice.choice((': ', ' '))}{self._spaced(seller.vat_id)}")
        if seller.tax_no:
            found.append(f"{self.say('tax_no')}: {seller.tax_no}")
        if dice.random() < 0.4:
            found.append(self.say("register", city=seller.city, number=str(dice.randrange(1000, 99999))))
        dice.shuffle(found)
        return found

    def _spaced(self, vat: str) -> str:
        return f"{vat[:2]} {vat[2:]}" if self.dice.random() < 0.15 else vat

    def _details_and_buyer(self) -> None:
        top, style, dice = self.y, self.style, self.dice
        kind = self.say(self.paper.kind)
        title_first = dice.random() < 0.4 or style["details"] == "title"
        if title_first:
            self._title(kind)
            top = self.y
        left_buyer = style["details_at"] == "right"
        x = style["left"] if left_buyer else self.width * 0.55
        self._buyer(x)
        bottom = self.y
        if style["details"] in ("rows", "row_right", "above", "inline"):
            self.y = top
            self._details(self.width * 0.55 if left_buyer else style["left"])
            self.y = min(self.y, bottom)
        self.down(2)
        if not title_first:
            self._title(kind)
        if style["details"] in ("grid", "title"):
            self._grid()

    def _title(self, kind: str) -> None:
        paper, dice = self.paper, self.dice
        title = kind
        if self.style["details"] == "title":
            form = (
                dice.choice(("{k} {n}", "{k} Nr. {n}", "{k} #{n}", "{k} {n} - {d}"))
                if paper.language in ("de", "en")
                else "{k} {n}"
            )
            title = form.format(k=kind, n=paper.number, d=self.day(paper.issued))
            self.style["in_title"] = True
        align = dice.choice(("left", "left", "left", "right", "centre"))
        at = {"left": self.style["left"], "right": self.right, "centre": self.width / 2}[align]
        self.down(0.5)
        self.put(at, title, bold=True, size=dice.choice((12, 14, 18, 22)), align=align)
        self.down(dice.choice((1.5, 2.5)))

    def _pairs(self) -> _Rows:
        """The details: label and value, in an order drawn for the sheet."""
        paper, dice = self.paper, self.dice
        rows: _Rows = [] if self.style.get("in_title") else [(self.label("number"), paper.number)]
        date_row = (self.label("date"), self.day(paper.issued))
        rows.insert(dice.choice((0, len(rows), len(rows))), date_row)
        if paper.due_as == "date" and dice.random() < 0.7:
            rows.append((self.label("due"), self.day(paper.due)))
            self.style["due_shown"] = True
        for key, value, odds in (
            ("customer", paper.customer, 0.5),
            ("order", paper.order, 0.35),
            ("delivery", self.day(paper.other), 0.3),
            ("period", f"{self.day(paper.other)} - {self.day(paper.issued)}", 0.12),
            ("delivery_note", f"LS{dice.randrange(1000, 99999)}", 0.1),
            ("clerk", paper.seller.person, 0.2),
        ):
            if dice.random() < odds:
                rows.insert(
                    dice.randrange(len(rows) + 1) if dice.random() < 0.3 else len(rows), (self.label(key), value)
                )
        if paper.buyer.vat_id and dice.random() < 0.6:
            rows.append((self.label("buyer_vat"), paper.buyer.vat_id))
            self.style["buyer_vat_shown"] = True
        return rows

    def _details(self, x: float) -> None:
        rows, style = self._pairs(), self.style
        if style["details"] == "above":
            for label, value in rows:
                self.put(x, label, size=style["size"] - 1, bold=style["upper"])
                self.down(1.0)
                self.put(x, value)
                self.down(1.3)
            return
        gap = max(self._wide(label) for label, _ in rows) + self.dice.choice((8, 20, 40))
        for label, value in rows:
            if style["details"] == "inline":
                self.put(x, f"{label} {value}" if label.endswith(":") else f"{label}: {value}")
            elif style["details"] == "row_right":
                self.put(x, label)
                self.put(self.right if x > self.width / 2 else self.width * 0.48, value, align="right")
            else:
                self.put(x, label, bold=self.dice.random() < 0.1)
                self.put(x + gap, value)
            self.down(1.1)

    def _wide(self, text: str) -> float:
        return float(self.canvas.stringWidth(text, self.style["fonts"][0], self.style["size"]))

    def _grid(self) -> None:
        """Labels in one line, values below them."""
        rows = self._pairs()[:5]
        step = (self.right - self.style["left"]) / len(rows)
        for index, (label, value) in enumerate(rows):
            self.put(self.style["left"] + index * step, label, size=self.style["size"] - 1)
            self.put(self.style["left"] + index * step, value, y=self.y - 1.15 * self.style["lead"])
        self.down(3)

    def _buyer(self, x: float) -> None:
        buyer, seller, dice, style = self.paper.buyer, self.paper.seller, self.dice, self.style
        if style["buyer"] == "window":
            mark = dice.choice((" · ", ", ", " | ", " - ", " • "))
            self.put(x, mark.join((seller.name, seller.street, seller.town)), size=6.5)
            style["need_name"] = False
            self.down(1.2)
        elif style["buyer"] in ("labelled", "beside"):
            if dice.random() < 0.3 and style["details_at"] == "right" and style["details"] in ("grid", "title"):
                self._parties(x)
                return
            self.put(x, self.label("to"), bold=dice.random() < 0.5)
            self.down(1.2)
        lines = [buyer.name, *([buyer.person] if dice.random() < 0.3 else []), buyer.street, buyer.town]
        if dice.random() < 0.25:
            lines.append(
                {"DE": "Deutschland", "NL": "Nederland", "FR": "France", "GB": "United Kingdom"}.get(
                    buyer.country, buyer.country
                )
            )
        if buyer.vat_id and not style.get("buyer_vat_shown") and dice.random() < 0.4:
            lines.append(f"{self.say('vat_id')}: {buyer.vat_id}")
        self.column(x, lines, bold_first=dice.random() < 0.2)

    def _parties(self, x: float) -> None:
        """Seller and buyer side by side under their labels."""
        sides = [("from", self.paper.seller), ("to", self.paper.buyer)]
        if self.dice.random() < 0.3:
            sides.reverse()
        top = self.y
        for index, (key, firm) in enumerate(sides):
            self.y = top
            at = x + index * (self.right - x) / 2
            self.put(at, self.label(key), bold=True)
            self.down(1.2)
            lines = [firm.name, firm.street, firm.town, *([firm.mail] if self.dice.random() < 0.4 else [])]
            self.column(at, lines)
        self.style["need_name"] = False
        self.y = top - 6.5 * self.style["lead"]

    def _letter(self) -> None:
        dice, paper = self.dice, self.paper
        if paper.kind == "credit_note" and dice.random() < 0.5:
            self.put(
                self.style["left"],
                {
                    "de": "zu Rechnung Nr. ",
                    "nl": "Betreft factuur ",
                    "fr": "Relatif à la facture ",
                    "en": "Original invoice: ",
                }.get(paper.language, "Ref. ")
                + f"{dice.randrange(10000, 99999)}",
            )
            self.down(1.5)
        if dice.random() < 0.3:
            for key in ("hello", "intro"):
                self.put(self.style["left"], self.say(key, other=self.day(paper.other)))
                self.down(1.6)
        self.down(1)

    def _columns(self) -> list[tuple[str, float, str]]:
        """Key, right or left edge, and alignment of each column of the table."""
        dice, left, right = self.dice, self.style["left"], self.right
        keys = ["description", "quantity", "price", "amount"]
        if dice.random() < 0.4:
            keys.insert(0, "position")
        if dice.random() < 0.25:
            keys.insert(keys.index("quantity") + 1, "unit")
        if not self.paper.exempt and dice.random() < 0.4:
            keys.insert(-1, "rate")
        if dice.random() < 0.15:
            keys.remove("quantity")
            keys.insert(keys.index("description"), "quantity")
        if dice.random() < 0.1 and len(keys) == 4:
            keys = ["description", "amount"]
        narrow = {"position": 26.0, "quantity": 48.0, "unit": 40.0, "rate": 46.0, "price": 74.0, "amount": 78.0}
        wide = right - left - sum(narrow.get(key, 0) for key in keys)
        plain = dice.random() < 0.12
        found, at = [], left
        for key in keys:
            size = narrow.get(key, wide)
            to_right = key in ("quantity", "price", "amount", "rate") and not plain
            found.append((key, at + size - 4 if to_right else at, "right" if to_right else "left"))
            at += size
        return found

    def _table(self) -> None:
        self.style["columns"] = self._columns()
        self._table_head()
        carried = Decimal(0)
        for number, line in enumerate(self.paper.lines, 1):
            if self.y < 120:
                self._next_page(carried)
            self._row(number, line)
            carried += line.total
        self._rule()
        self.down(0.6)

    def _table_head(self) -> None:
        words = {key: self.say(key) for key, _, _ in self.style["columns"]}
        if self.dice.random() < 0.25 and self.style["money"] == "plain":
            words["amount"] += f" ({self.paper.currency})"
        self._rule()
        for key, x, align in self.style["columns"]:
            self.put(x, words[key].upper() if self.style["upper"] else words[key], bold=True, align=align)
        self.down(0.5)
        self._rule()
        self.down(1)

    def _rule(self) -> None:
        if self.style["rules"] != "none":
            self.canvas.line(self.style["left"], self.y - 2, self.right, self.y - 2)

    def _next_page(self, carried: Decimal) -> None:
        self._foot()
        self.canvas.showPage()
        self.page += 1
        self.y = self.height - self.style["top"]
        self.put(self.style["left"], self.say("page", page=self.page, pages=2), size=7)
        self.down(3)
        self._table_head()

    def _row(self, number: int, line: Line) -> None:
        places = 2 if self.dice.random() < 0.05 else max(0, -int(line.quantity.normalize().as_tuple().exponent))
        cells = {
            "position": str(number),
            "description": line.text,
            "quantity": self.figure(line.quantity, places),
            "unit": line.unit,
            "price": self.money(line.price),
            "rate": self.rate(line.rate),
            "amount": self.money(line.total),
        }
        for key, x, align in self.style["columns"]:
            self.put(x, cells[key], align=align)
        self.down(1.1)
        if self.dice.random() < 0.2:
            x = next(x for key, x, _ in self.style["columns"] if key == "description")
            self.put(
                x,
                self.dice.choice(("Art. 10{n}", "SKU A-{n}", "{d}", "Ref {n}/2")).format(
                    n=number + 400, d=self.day(self.paper.other)
                ),
                size=self.style["size"] - 1.5,
            )
            self.down(1)
        if self.style["rules"] == "grid":
            self._rule()
            self.down(0.4)

    def _sums(self) -> _Rows:
        paper, rows = self.paper, []
        if paper.charges:
            rows.append(
                (
                    self.say("net") if self.dice.random() < 0.3 else self.dice.choice(WORDS[paper.language]["net"]),
                    sum((line.total for line in paper.lines), Decimal(0)),
                )
            )
            rows += [(self.say(key), amount) for key, amount in paper.charges]
        taxed = not paper.exempt and any(rate for rate, _, _ in paper.taxes)
        if taxed or self.dice.random() < 0.6:
            rows = [row for row in rows if row[0] != self.say("net")] + [(self.say("net"), paper.net)]
        if taxed:
            total = self.say("tax").startswith("Total") or "{rate}" not in self.say("tax")
            several = [(paper.taxes[0][0], paper.net, paper.tax)] if total and len(paper.taxes) > 1 else paper.taxes
            rows += [(self._tax_label(rate, base), tax) for rate, base, tax in several]
            paper.shown["tax"] = True
        elif paper.exempt and self.dice.random() < 0.4:
            rows.append((self._tax_label(Decimal(0), paper.net), Decimal("0.00")))
            paper.shown["tax"] = True
        rows.append((self.say("gross"), paper.gross))
        if paper.paid is not None and self.dice.random() < 0.7:
            rows += [(self.say("paid"), -paper.paid), (self.say("open"), paper.gross - paper.paid)]
        return [(label, self.money(amount, always=True)) for label, amount in rows]

    def _tax_label(self, rate: Decimal, base: Decimal) -> str:
        words = self.say("tax")
        if self.style["totals"] == "across":
            words = re.sub(r"\s\S+ \{base\}", "", words)
        return words.format(rate=self.rate(rate), base=self.figure(base))

    def _totals(self) -> None:
        if self.y < 210:
            self._next_page(Decimal(0))
        paper, form, rows = self.paper, self.style["totals"], self._sums()
        if form == "across" and len(rows) <= 4:
            step = (self.right - self.style["left"]) / len(rows)
            for index, (label, value) in enumerate(rows):
                self.put(self.style["left"] + (index + 1) * step, label, align="right", bold=True)
                self.put(
                    self.style["left"] + (index + 1) * step, value, align="right", y=self.y - 1.2 * self.style["lead"]
                )
            self.down(3.5)
            return
        amount = self.right - 4
        left = {"wide": self.style["left"], "columns": self.width * 0.35}.get(form, self.width * 0.58)
        for index, (label, value) in enumerate(rows):
            strong = index == len(rows) - 1 or label == self.say("gross")
            if form == "near":
                self.put(amount - max(90, self._wide(value) * 1.2 + 10), self._colon(label), align="right", bold=strong)
            else:
                start = min(left, amount - self._wide(value) * 1.15 - self._wide(self._colon(label)) * 1.15 - 12)
                self.put(start, self._colon(label), bold=strong)
            self.put(amount, value, align="right", bold=strong)
            self.down(1.25)
        if paper.shown["tax"] and len(paper.taxes) > 1 and self.dice.random() < 0.6:
            self._tax_table()
        self.down(1)

    def _colon(self, label: str) -> str:
        return label if self.style["colon"] == "" else f"{label}{self.style['colon']}"

    def _tax_table(self) -> None:
        self.down(1)
        heads = self.say("tax_head").split("|")
        for index, head in enumerate(heads):
            self.put(self.style["left"] + 70 + index * 85, head, align="right", bold=True)
        self.down(1.2)
        for rate, base, tax in self.paper.taxes:
            cells = (self.rate(rate), self.money(base), self.money(tax), self.money(base + tax))
            for index, cell in enumerate(cells):
                self.put(self.style["left"] + 70 + index * 85, cell, align="right")
            self.down(1.1)

    def _payment(self) -> None:
        paper, dice, left = self.paper, self.dice, self.style["left"]
        notes = []
        if paper.exempt:
            notes.append(self.say(paper.exempt))
        if paper.due_as == "date" and (not self.style.get("due_shown") or dice.random() < 0.3):
            early = paper.issued + timedelta(days=max(2, paper.days // 2))
            words = {"due": self.day(paper.due), "gross": self.money(paper.gross, always=True)}
            if dice.random() < 0.15:
                discount = (paper.gross * Decimal("0.02")).quantize(Decimal("0.01"))
                notes.append(
                    self.say("skonto", early=self.day(early), discount=self.money(discount, always=True), **words)
                )
            notes.append(self.say("debit" if dice.random() < 0.1 else "terms", **words))
        if paper.due_as == "term":
            notes.append(self.say("term_days", days=paper.days))
        if paper.kind == "receipt":
            notes.append(self.say("paid_note", date=self.day(paper.issued)))
        for note in notes:
            self.put(left, note)
            self.down(1.4)
        if paper.seller.iban and self.style["bank"] in ("text", "inline", "rows"):
            self._bank()
        if self.style["numbers"] == "text":
            self.column(left, self._numbers())
        if dice.random() < 0.3:
            self.down(1)
            self.put(left, self.say("bye"))
            self.down(1.3)
            if dice.random() < 0.5:
                self.put(left, dice.choice((paper.seller.person, paper.seller.name)))

    def _bank_rows(self) -> _Rows:
        seller = self.paper.seller
        rows = [
            (self.say("bank"), seller.bank),
            (self.say("iban"), self._grouped(seller.iban)),
            (self.say("bic"), seller.bic),
        ]
        if self.dice.random() < 0.4:
            rows.insert(0, (self.say("holder"), seller.name))
            self.style["need_name"] = False
        return [(label.rstrip(":"), value) for label, value in rows]

    def _grouped(self, iban: str) -> str:
        if "spaced" not in self.style:
            self.style["spaced"] = self.dice.random() < 0.7
        return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4)) if self.style["spaced"] else iban

    def _bank(self) -> None:
        rows, left = self._bank_rows(), self.style["left"]
        self.down(0.5)
        if self.style["bank"] == "inline":
            self.put(
                left,
                self.dice.choice((", ", " · ", " | ")).join(f"{label}: {value}" for label, value in rows),
                size=self.style["size"] - 1,
            )
            self.down(1.5)
            return
        for label, value in rows:
            self.put(left, f"{label}: {value}" if self.style["bank"] == "text" else label)
            if self.style["bank"] == "rows":
                self.put(left + 110, value)
            self.down(1.1)
        self.down(0.5)

    def _foot(self) -> None:
        paper, style = self.paper, self.style
        groups = self._foot_groups()
        if self.page > 1 and not groups:
            return
        size, at = 7.0, style["left"]
        wide = (self.right - at) / max(1, len(groups))
        for index, lines in enumerate(groups):
            for row, line in enumerate(lines[:5]):
                points = min(size, size * (wide - 4) / max(1.0, self.canvas.stringWidth(line, style["fonts"][0], size)))
                self.put(at + index * wide, line, size=points, y=62 - row * 8.5)
        if not groups and self.dice.random() < 0.5:
            self.put(self.width / 2, f"{paper.seller.web}", align="centre", size=7, y=40)

    def _foot_groups(self) -> list[list[str]]:
        """The foot in columns: address, numbers, bank, contact; always what stands nowhere else."""
        if "foot_lines" not in self.style:
            self.style["foot_lines"] = self._foot_lines()
        return list(self.style["foot_lines"])

    def _foot_lines(self) -> list[list[str]]:
        seller, style = self.paper.seller, self.style
        wanted: list[list[str]] = []
        if style["need_name"] or style["foot"] >= 2:
            wanted.append([seller.name, seller.street, seller.town])
        if style["numbers"] == "foot":
            wanted.append(self._numbers())
        if seller.iban and style["bank"] == "foot":
            wanted.append([f"{label}: {value}" for label, value in self._bank_rows()])
        if style["foot"] >= 3:
            wanted.append([f"{self.say('phone')} {seller.phone}", seller.mail, seller.web])
        wanted = [group for group in wanted if group]
        if style["foot"] == 1 and wanted:
            return [[self.dice.choice((" · ", " | ", ", ")).join(group) for group in wanted]]
        return wanted


def _date_forms(paper: Invented) -> list[str]:
    if paper.country == "US":
        return ["%m/%d/%Y", "long_us", "%Y-%m-%d", "short_us"]
    return {
        "de": ["%d.%m.%Y", "%d.%m.%Y", "%d.%m.%y", "long_de"],
        "en": ["%d/%m/%Y", "long", "%Y-%m-%d", "short", "long_us", "%d-%m-%Y"],
        "nl": ["%d-%m-%Y", "%d-%m-%Y", "long", "%d/%m/%Y"],
        "fr": ["%d/%m/%Y", "%d/%m/%Y", "long"],
        "es": ["%d/%m/%Y", "%d-%m-%Y", "long_es"],
        "it": ["%d/%m/%Y", "%d-%m-%Y", "long"],
        "pl": ["%d.%m.%Y", "%Y-%m-%d", "long"],
    }[paper.language]


def _day(value: date, form: str, language: str) -> str:
    if "%" in form:
        return value.strftime(form)
    month = WORDS[language]["months"][value.month - 1]
    return {
        "long": f"{value.day} {month} {value.year}",
        "long_de": f"{value.day}. {month} {value.year}",
        "long_us": f"{month} {value.day}, {value.year}",
        "long_es": f"{value.day} de {month} de {value.year}",
        "short": f"{value.day} {month[:3]} {value.year}",
        "short_us": f"{month[:3]} {value.day}, {value.year}",
    }[form]
