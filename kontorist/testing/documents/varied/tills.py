"""Receipts as tills and ticket machines print them: a narrow strip, prices with tax, paid at once."""

from __future__ import annotations

from kontorist.testing.documents.varied.invented import Line
from kontorist.testing.documents.varied.wide import Wide


class Till(Wide):
    """A strip of paper, its width given as that of the page."""

    def print(self) -> None:
        """The whole strip."""
        self.choose()
        self.style |= {"left": 10.0, "size": 8.0, "lead": 10.5, "aside": 0.0, "upper": False}
        self.y = self.height - 22
        self._letterhead()
        self._what_and_when()
        for line in self.paper.lines:
            self._bought(line)
        self._summed()
        self.canvas.save()

    def _letterhead(self) -> None:
        seller, middle = self.paper.seller, self.width / 2
        name = seller.name if self.dice.random() < 0.8 else seller.short
        self.put(middle, name, bold=True, size=self.dice.choice((9, 11, 13)), align="centre")
        self.down(1.3)
        lines = [seller.street, seller.town, *([seller.phone] if self.dice.random() < 0.4 else []), *self._numbers()]
        self.column(middle, lines, align="centre")
        self.paper.shown["names"] = [*dict.fromkeys([name, seller.name])]
        self._gap()

    def _what_and_when(self) -> None:
        paper, dice, left = self.paper, self.dice, self.style["left"]
        self.put(left, self.say("receipt"), bold=True)
        self.down(1.2)
        clock = f"{dice.randrange(7, 23):02d}:{dice.randrange(60):02d}"
        number, day = f"{self.label('number')} {paper.number}", f"{self.day(paper.issued)}  {clock}"
        if dice.random() < 0.4:
            self.put(left, number)
            self.down(1.1)
            self.put(left, f"{self.label('date')} {day}")
        else:
            self.put(left, number)
            self.down(1.1)
            self.put(left, day)
        self.down(1.1)
        self.put(left, self.say("served", n=dice.randrange(1, 20)))
        self._gap()

    def _bought(self, line: Line) -> None:
        left, right, count = self.style["left"], self.width - 10, self.figure(line.quantity, 0)
        mark = self._mark(line)
        if self.style.setdefault("two_rows", self.dice.random() < 0.4):
            self.put(left, line.text)
            self.down(1)
            self.put(left + 12, f"{count} x {self.figure(line.price)}")
        else:
            self.put(left, f"{count} {line.text}")
        self.put(right, f"{self.figure(line.total)}{mark}", align="right")
        self.down(1.15)

    def _mark(self, line: Line) -> str:
        rates = [rate for rate, _, _ in self.paper.taxes]
        if not self.style.setdefault("marked", self.dice.random() < 0.5):
            return ""
        return " " + "ABCD"[rates.index(line.rate)]

    def _summed(self) -> None:
        paper, dice, right = self.paper, self.dice, self.width - 10
        self._gap()
        rows = [(self.say("gross"), paper.gross, True)]
        taxes = [(self.say("included", rate=self.rate(rate)), tax, False) for rate, _, tax in paper.taxes if rate]
        paper.shown["tax"] = bool(taxes)
        paper.shown["net"] = dice.random() < 0.7 or not taxes
        if taxes and paper.shown["net"]:
            taxes.insert(dice.choice((0, len(taxes))), (self.say("net"), paper.net, False))
        paid = [(self.say("card"), paper.gross, False)]
        rows += taxes + paid if dice.random() < 0.5 else paid + taxes
        for label, amount, bold in rows:
            self.put(self.style["left"], label, bold=bold, size=11 if bold else 0)
            self.put(right, self.money(amount, always=bold), align="right", bold=bold, size=11 if bold else 0)
            self.down(1.5 if bold else 1.15)
        self._gap()
        self.put(self.width / 2, self.say("bye"), align="centre")

    def _gap(self) -> None:
        if self.style["rules"] == "none":
            self.put(self.style["left"], "-" * 40, size=7)
        else:
            self.canvas.line(self.style["left"], self.y, self.width - 10, self.y)
        self.down(1.2)
