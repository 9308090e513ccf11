"""What hangs below a letter: direct debits with the customer's account, further accounts, payment slips, terms."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from kontorist.testing.documents.varied.feet import Foot
from kontorist.testing.documents.varied.invented import iban
from kontorist.testing.documents.varied.pen import Rows
from kontorist.testing.documents.varied.words import WORDS

_SLIP_TOP = 250.0


class Slips(Foot):
    """The lower part of generator 2."""

    def _payment(self) -> None:
        paper, dice = self.paper, self.dice
        self._room(290 if self.style["sums"] == "bottom" else 200)
        if self.style["debit"]:
            own = iban(dice, paper.buyer.country) if paper.buyer.country != "US" else "US account"
            words = {"gross": self.money(paper.gross, always=True), "due": self.day(paper.due), "iban": self._mask(own)}
            self.put(self.style["left"], self.say("debit_from", **words))
            self.style["due_shown"] = True
            self.down(1.6)
        if self.style.get("bill") and dice.random() < 0.4:
            amount = (paper.gross / 11).quantize(Decimal("0.01"), ROUND_HALF_UP)
            words = {"date": self.day(paper.due + timedelta(days=31)), "amount": self.money(amount, always=True)}
            self.put(self.style["left"], self.say("next_advance", **words))
            self.down(1.6)
        super()._payment()

    def _room(self, height: float) -> None:
        """Begin another page when less than this is left above the lower edge, so that nothing runs into the foot."""
        if self.y < height:
            self._foot()
            self.canvas.showPage()
            self.page += 1
            self.y = self.height - self.style["top"]

    def _mask(self, own: str) -> str:
        """The customer's account with all but its ends crossed out."""
        cross = self.dice.choice(("*", "x", "X"))
        return own[:4] + cross * (len(own) - 8) + own[-4:]

    def _bank_rows(self) -> Rows:
        rows = super()._bank_rows()
        if self.style["bank"] != "foot":
            rows += self._other_banks()
        return rows

    def _other_banks(self) -> Rows:
        return [(self.say("iban").rstrip(":"), self._grouped(each)) for each in self.paper.accounts]

    def _foot_lines(self) -> list[list[str]]:
        groups = super()._foot_lines()
        if self.style["bank"] == "foot" and self.paper.accounts and self.paper.seller.iban:
            groups.append([f"{label}: {value}" for label, value in self._other_banks()])
        return groups

    def _slip(self) -> None:
        """A payment slip at the lower edge, when there is room: supplier, account, sum and payer stand there again."""
        if not self.style["slip"] or self.y < _SLIP_TOP + 60:
            return
        self.style["foot_at"] = _SLIP_TOP + 40
        self.canvas.line(0, _SLIP_TOP, self.width, _SLIP_TOP)
        self._slip_part(24.0)
        if self.dice.random() < 0.6:
            self.canvas.line(175, _SLIP_TOP, 175, 0)
            self.canvas.setFillGray(0.2)
            self.canvas.rect(190, _SLIP_TOP - 150, 110, 110, fill=1)
            self.canvas.setFillGray(0)
            self._slip_part(320.0)

    def _slip_part(self, x: float) -> None:
        paper, kept = self.paper, self.y
        self.y = _SLIP_TOP - 22
        seller, buyer = paper.seller, paper.buyer
        amount = f"{paper.gross:,.2f}".replace(",", " ")
        if paper.country != "CH":
            amount = self.figure(paper.gross)
        reference = self.style.setdefault("reference", "".join(str(self.dice.randrange(10)) for _ in range(20)))
        self.put(x, self.say("slip"), bold=True, size=10)
        self.down(1.6)
        for key, lines in (
            ("payee", [self._grouped(seller.iban), seller.name, seller.street, seller.town]),
            ("reference", [reference]),
            ("payer", [buyer.name, buyer.street, buyer.town]),
            ("value", [f"{paper.currency} {amount}"]),
        ):
            self.put(x, self.say(key), size=6, bold=True)
            self.y -= 8
            for line in lines:
                self.put(x, line, size=7.5)
                self.y -= 9
            self.y -= 4
        self.style["need_name"] = False
        self.y = kept

    def _clauses(self) -> None:
        """A page of small print in two columns, with days and sums that are nobody's."""
        if not self.style["clauses"]:
            return
        self.canvas.showPage()
        self.page += 1
        left, half = self.style["left"], self.width / 2
        self.y = self.height - 60
        self.put(left, self.dice.choice(self._all("clauses_title")), bold=True, size=10)
        for x in (left, half + 10):
            self.y = self.height - 80
            for number in range(1, 24):
                day = self.day(self.paper.issued - timedelta(days=400))
                text = self.dice.choice(self._all("clauses")).format(date=day)
                self._wrapped(x, f"{number}. {text}", half - left - 10)

    def _all(self, key: str) -> list[str]:
        return WORDS[self.paper.language][key]

    def _wrapped(self, x: float, text: str, width: float) -> None:
        line = ""
        for word in [*text.split(" "), ""]:
            tried = f"{line} {word}".strip()
            if word and self.canvas.stringWidth(tried, self.style["fonts"][0], 6.5) < width:
                line = tried
                continue
            self.put(x, line, size=6.5)
            self.y -= 8
            line = word
        self.y -= 3
