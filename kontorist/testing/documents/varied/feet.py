"""The lower part of a paper: terms, bank details, foot lines."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from kontorist.testing.documents.varied.heads import Head
from kontorist.testing.documents.varied.pen import Rows


class Foot(Head):
    """What stands below the table."""

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

    def _bank_rows(self) -> Rows:
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
                self.put(at + index * wide, line, size=points, y=self.style.get("foot_at", 62.0) - row * 8.5)
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
