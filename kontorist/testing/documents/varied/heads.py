"""The upper part of a paper: letterhead, details, recipient, title and salutation."""

from __future__ import annotations

from kontorist.testing.documents.varied.pen import Pen, Rows


class Head(Pen):
    """What stands above the table."""

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
            self._name(at, name, bold=dice.random() < 0.6, size=big, align=align)
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

    def _name(self, at: float, name: str, *, bold: bool, size: float, align: str) -> None:
        self.put(at, name, bold=bold, size=size, align=align)

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

    def _pairs(self) -> Rows:
        """The details: label and value, in an order drawn for the sheet."""
        paper, dice = self.paper, self.dice
        rows: Rows = [] if self.style.get("in_title") else [(self.label("number"), paper.number)]
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
