"""Where and how a paper prints what it says: every choice of design is drawn apart, so that no two sheets are alike."""

from __future__ import annotations

import random
import re
from decimal import Decimal
from io import BytesIO
from typing import Any

from kontorist.testing.documents.varied.feet import Foot
from kontorist.testing.documents.varied.invented import Invented, Line
from kontorist.testing.documents.varied.pen import Rows
from kontorist.testing.documents.varied.words import WORDS


def draw(paper: Invented, seed: int) -> bytes:
    """The paper as a PDF; fills `paper.shown`."""
    dice, size, out = random.Random(f"sheet {seed}"), page_size(paper), BytesIO()
    Sheet(paper, dice, first_writer(out, size), *size).print()
    return out.getvalue()


def page_size(paper: Invented) -> tuple[float, float]:
    """Letter or A4, in points."""
    return (612.0, 792.0) if paper.country == "US" else (595.3, 841.9)


def first_writer(out: BytesIO, size: tuple[float, float]) -> Any:
    """ReportLab's canvas with the fonts of the papers."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    for name in ("Vera", "VeraBd"):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    return Canvas(out, pagesize=size, invariant=1)


class Sheet(Foot):
    """The whole sheet, with table and sums."""

    def print(self) -> None:
        """The whole sheet."""
        self.choose()
        self.y = self.height - self.style["top"]
        self._head()
        self._details_and_buyer()
        self._letter()
        self._table()
        self._totals()
        self._payment()
        self._foot()
        self.canvas.save()

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
            self._before(number)
            self._row(number, line)
            carried += line.total
            self._after(number)
        self._rule()
        self.down(0.6)

    def _before(self, number: int) -> None:
        """What stands above the line of this number, such as the title of a section."""

    def _after(self, number: int) -> None:
        """What stands below it."""

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

    def _sums(self) -> Rows:
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
