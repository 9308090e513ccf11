"""Sheets of generator 2: more ways to print the same facts, on top of those of `sheets`."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from kontorist.testing.documents.varied.hands import Hands
from kontorist.testing.documents.varied.pen import Rows
from kontorist.testing.documents.varied.sheets import Sheet
from kontorist.testing.documents.varied.slips import Slips

_GRIDS: Final = ("cells", "cards", "double", "sentence")
_TOTALS: Final = ("inline", "cells", "bottom", "table", "box")


class Wide(Hands, Slips, Sheet):
    """A sheet with sections, carried sums, a column aside, boxes, totals in cells and what hangs below."""

    def choose(self) -> None:
        """Draw the design: that of generator 1, then what this one adds."""
        super().choose()
        dice, style, paper = self.dice, self.style, self.paper
        plain = paper.kind == "invoice"
        style |= {
            "aside": 118.0 if dice.random() < 0.12 else 0.0,
            "grid": dice.choice(_GRIDS) if dice.random() < 0.4 else "",
            "sums": dice.choice(_TOTALS) if dice.random() < 0.4 else "",
            "carry": dice.random() < 0.7,
            "due_box": plain and dice.random() < 0.14,
            "date_line": dice.random() < 0.1,
            "debit": plain and paper.due_as == "date" and dice.random() < (0.5 if style.get("bill") else 0.06),
            "slip": plain and bool(paper.seller.iban) and dice.random() < (0.5 if paper.country == "CH" else 0.1),
            "clauses": dice.random() < 0.12,
            "notes_between": dice.random() < 0.06,
        }
        if style["grid"]:
            style["details"] = "grid"
        if style["aside"]:
            style["details"] = style["details"] if style["grid"] else dice.choice(("above", "title", "grid"))
            style["numbers"] = "aside"
            style["bank"] = "aside" if dice.random() < 0.6 else style["bank"]
            style["head"] = dice.choice(("left", "left", "logo"))

    def print(self) -> None:
        """The whole sheet."""
        self.choose()
        self.y = self.height - self.style["top"]
        if self.style["aside"]:
            self._aside()
        self._head()
        self._details_and_buyer()
        self._letter()
        self._table()
        below = (self._payment, self._totals) if self.style["sums"] == "bottom" else (self._totals, self._payment)
        for part in below:
            part()
        self._slip()
        self._foot()
        self._clauses()
        self.canvas.save()

    @property
    def right(self) -> float:
        """The right margin, left of what stands aside."""
        return self.width - float(self.style["left"]) - float(self.style.get("aside", 0.0))

    @property
    def edge(self) -> float:
        """How far text may run to the right: not into what stands aside."""
        return super().edge - (0.0 if self.style.get("in_aside") else float(self.style.get("aside", 0.0)))

    def _aside(self) -> None:
        """The supplier in a narrow column on the right: address, contact, numbers, accounts."""
        seller, top = self.paper.seller, self.y
        self.y -= self.dice.choice((0, 60, 110))
        lines = [seller.street, seller.town, "", f"{self.say('phone')} {seller.phone}", seller.mail, ""]
        if self.dice.random() < 0.6:
            lines = [seller.name, *lines]
        lines += self._numbers()
        if seller.iban and self.style["bank"] == "aside":
            for label, value in self._bank_rows():
                lines += ["", label, value]
        self.style["in_aside"] = True
        self.column(self.right + 16, lines, size=7)
        self.style["in_aside"] = False
        self.y = top

    def _title(self, kind: str) -> None:
        super()._title(self.say("bill") if self.style.get("bill") else kind)

    def _pairs(self) -> Rows:
        """The details of generator 1 with more references that are none of the ten fields."""
        rows, dice = super()._pairs(), self.dice
        if self.style["date_line"]:
            rows = [row for row in rows if row[0] != self.label("date")] or rows
        extra = [("cost_centre", f"{dice.randrange(100, 9999)}"), ("project", f"P-{dice.randrange(100, 9999)}"),
                 ("your_ref", f"{dice.choice('abgkm')}{dice.choice('dhsw')}-{dice.randrange(10, 99)}")]  # fmt: skip
        if self.style.get("bill"):
            extra = [("account", f"{dice.randrange(10**8, 10**10)}"), ("meter", f"1{dice.randrange(10**9, 10**12)}")]
        for key, value in extra:
            if dice.random() < (0.7 if self.style.get("bill") else 0.12):
                rows.insert(dice.randrange(len(rows) + 1), (self.label(key), value))
        return rows

    def _details_and_buyer(self) -> None:
        super()._details_and_buyer()
        paper = self.paper
        if self.style["date_line"]:
            words = {"city": paper.seller.city, "date": self.day(paper.issued)}
            at = self.dice.choice((self.right, self.style["left"]))
            self.put(at, self.say("place_date", **words), align="right" if at == self.right else "left")
            self.down(2)
        if self.style["due_box"]:
            self._due_box()

    def _due_box(self) -> None:
        """The sum to pay, large and above the table."""
        x, size = self.style["left"], self.dice.choice((12, 14, 18))
        self.put(x, self.say("due_box"), size=self.dice.choice((0, 8, 11)))
        if self.dice.random() < 0.5:
            self.down(size / 7)
        else:
            x += 150
        self.put(x, self.money(self._payable(), always=True), bold=True, size=size)
        self.down(2.5)

    def _payable(self) -> Decimal:
        paper = self.paper
        return paper.gross - (paper.held[1] if paper.held else Decimal(0)) - (paper.advance or Decimal(0))

    def _grid(self) -> None:
        """The details in boxes, in pairs beside one another, or as a sentence."""
        form = self.style["grid"]
        if form in ("", "sentence"):
            return self._sentence() if form else super()._grid()
        rows = self._pairs()[:8]
        across = 2 if form == "double" else self.dice.choice((2, 3, 4))
        step = (self.right - self.style["left"]) / across
        for start in range(0, len(rows), across):
            for index, (label, value) in enumerate(rows[start : start + across]):
                self._cell(form, self.style["left"] + index * step, step, label, value)
            self.down(1.4 if form == "double" else 2.6)
        self.down(1)
        return None

    def _cell(self, form: str, x: float, step: float, label: str, value: str) -> None:
        lead, small = self.style["lead"], self.style["size"] - 2
        if form == "double":
            self.put(x, label)
            self.put(x + max(step * 0.45, self._wide(label) + 6), value)
            return
        if form == "cells":
            self.canvas.rect(x, self.y - lead * 1.5, step, lead * 2.4)
            self.put(x + 3, label, size=small)
            self.put(x + 3, value, y=self.y - lead * 1.1)
        else:
            self.put(x + 3, value, bold=True)
            self.put(x + 3, label, size=small, y=self.y - lead)

    def _sentence(self) -> None:
        mark = self.dice.choice(("  |  ", "   ", " · ", "; "))
        rows = [f"{label} {value}" for label, value in self._pairs()[:5]]
        half = 3 if len(rows) > 3 else len(rows)
        for part in (rows[:half], rows[half:]):
            if part:
                self.put(self.style["left"], mark.join(part))
                self.down(1.4)
        self.down(1)

    def _columns(self) -> list[tuple[str, float, str]]:
        if self.style.get("bill") and self.dice.random() < 0.7:
            return [("description", self.style["left"], "left"), ("amount", self.right - 4, "right")]
        return super()._columns()

    def _table_head(self) -> None:
        self.style["rule_at"] = -2.0
        super()._table_head()
        self.style["rule_at"] = 0.85 * float(self.style["size"])

    def _rule(self) -> None:
        if self.style["rules"] != "none":
            at = self.y + float(self.style["rule_at"])
            self.canvas.line(self.style["left"], at, self.right, at)

    def _before(self, number: int) -> None:
        title = next((title for title, first, _ in self._spans() if first == number), "")
        if title:
            self.put(self.style["left"], title, bold=True)
            self.down(1.2)
        if self.style["notes_between"] and (number == 1 or self.dice.random() < 0.15):
            note = f"{self.say('delivery_note')} {self.dice.randrange(10**5, 10**8)}  {self.day(self.paper.other)}"
            self.put(self.style["left"], note, size=float(self.style["size"]) - 1)
            self.down(1.2)

    def _after(self, number: int) -> None:
        for title, first, last in self._spans():
            if last == number and self.style.setdefault("part_sums", self.dice.random() < 0.8):
                total = sum((line.total for line in self.paper.lines[first - 1 : last]), Decimal(0))
                self._sum_row(self.say("part_sum", part=title), total)

    def _spans(self) -> list[tuple[str, int, int]]:
        """Title, first and last line of each section."""
        found, first = [], 1
        for title, count in self.paper.parts:
            found.append((title, first, first + count - 1))
            first += count
        return found

    def _sum_row(self, label: str, amount: Decimal) -> None:
        """A row of the table that is no line: a label and a sum under the amounts."""
        x = self.style["columns"][-1][1]
        if self.style.setdefault("sum_rows", self.dice.choice(("left", "right"))) == "left":
            self.put(self.style["left"], label)
        else:
            self.put(x - 90, label, align="right")
        self.put(x, self.money(amount), align=self.style["columns"][-1][2], bold=True)
        self.down(1.4)

    def _next_page(self, carried: Decimal) -> None:
        carry = self.style["carry"] and carried != 0
        if carry:
            self._sum_row(self.say("carry"), carried)
        super()._next_page(carried)
        if carry:
            self._sum_row(self.say("brought"), carried)

    def _sums(self) -> Rows:
        rows = self._sums_inclusive() if self.paper.inclusive else super()._sums()
        paper, after = self.paper, []
        if paper.held:
            after.append((self.say("held", rate=self.rate(paper.held[0])), -paper.held[1]))
        if paper.advance:
            after.append((self.say("advance"), -paper.advance))
        if after:
            after.append((self.say("payable"), self._payable()))
        return rows + [(label, self.money(amount, always=True)) for label, amount in after]

    def _sums_inclusive(self) -> Rows:
        """Gross first, then the tax in it and, mostly, the net."""
        paper = self.paper
        rows = [(self.say(key), amount) for key, amount in paper.charges]
        rows.append((self.say("gross"), paper.gross))
        taxes = [(self.say("included", rate=self.rate(rate)), tax) for rate, _, tax in paper.taxes]
        paper.shown["tax"] = True
        paper.shown["net"] = self.dice.random() < 0.75
        net = [(self.say("net"), paper.net)] if paper.shown["net"] else []
        rows += taxes + net if self.dice.random() < 0.5 else net + taxes
        return [(label, self.money(amount, always=True)) for label, amount in rows]

    def _totals(self) -> None:
        form = self.style["sums"]
        if not form:
            return super()._totals()
        if self.y < 210:
            self._next_page(Decimal(0))
        rows = self._sums()
        if form in ("inline", "cells", "bottom") and len(rows) > 5:
            form = "table"
        {"table": self._totals_in_table, "box": self._totals_boxed}.get(form, self._totals_across)(rows)
        below = form != "bottom" and self.paper.shown["tax"] and len(self.paper.taxes) > 1
        if below and self.dice.random() < 0.5:
            self._tax_table()
        self.down(1)
        return None

    def _totals_in_table(self, rows: Rows) -> None:
        """Sums as further rows of the table, ruled as it is."""
        x, align = self.style["columns"][-1][1:]
        for label, value in rows:
            self.put(self.style["left"], self._colon(label), bold=label == self.say("gross"))
            self.put(x, value, align=align, bold=label == self.say("gross"))
            self.down(1.2)
            self._rule()

    def _totals_boxed(self, rows: Rows) -> None:
        """The gross large in a frame, all others small above or below it."""
        x, right = self.width * 0.5, self.right - 4
        for label, value in rows:
            large = label == self.say("gross")
            if large:
                self.down(0.8)
                self.canvas.rect(x - 6, self.y - 8, right - x + 10, 24)
            self.put(x, label, bold=large, size=12 if large else self.style["size"] - 0.5)
            self.put(right, value, align="right", bold=large, size=12 if large else self.style["size"] - 0.5)
            self.down(2.4 if large else 1.3)

    def _totals_across(self, rows: Rows) -> None:
        """Label and value side by side, all in one line; or labels over values in cells, perhaps at the very bottom."""
        form, left = self.style["sums"], self.style["left"]
        self.down(1)
        if form == "bottom":
            self.y = min(self.y, 125.0)
        step, lead = (self.right - left) / len(rows), self.style["lead"]
        for index, (label, value) in enumerate(rows):
            x, strong = left + index * step, label == self.say("gross")
            if form == "inline":
                self.put(x, f"{label}  {value}", bold=strong, size=self._fitting(f"{label}  {value}", step - 6))
                continue
            self.canvas.rect(x, self.y - lead * 1.6, step, lead * 2.6)
            self.put(x + 3, label, size=self._fitting(label, step - 6, self.style["size"] - 2))
            self.put(x + step - 4, value, bold=strong, align="right", y=self.y - lead * 1.2)
        self.down(1.5 if form == "inline" else 3)

    def _fitting(self, text: str, room: float, size: float = 0) -> float:
        """The size at which the text fits into the room, the given one at most."""
        size = size or float(self.style["size"])
        return min(size, size * room / max(1.0, float(self.canvas.stringWidth(text, self.style["fonts"][1], size))))
