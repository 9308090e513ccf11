"""How generator 2 writes values: VAT ids in groups, more forms of dates, labels in two languages, the currency once."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from kontorist.testing.documents.varied.heads import Head
from kontorist.testing.documents.varied.words import WORDS

_TWICE: Final = frozenset({"number", "date", "due", "customer", "to", "net", "gross", "iban"})
#: Where each group of a VAT id begins, as offices of the country write it; elsewhere in threes from the right.
_GROUPS: Final = {"BE": (2, 6, 9), "FR": (2, 4, 7, 10), "GB": (2, 5, 9), "AT": (3,), "NL": (2, 6, 8, 11), "LU": (2,)}
_SHORT: Final = frozenset({"de", "en", "nl", "es", "it"})  #: languages whose first three letters name one month


class Hands(Head):
    """Values as more hands write them."""

    def choose(self) -> None:
        """Draw the design, and then how values are written."""
        super().choose()
        dice, style, paper = self.dice, self.style, self.paper
        forms = ["%Y-%m-%d", "bare"]
        if paper.language in _SHORT and paper.country != "US":
            forms += ["short_dot", "dashed", "capitals"]
        style |= {
            "dates": dice.choice(forms) if dice.random() < 0.2 and paper.country != "US" else style["dates"],
            "vat_groups": dice.random() < 0.25,
            "vat_tail": dice.choice(("", " MWST", " TVA")) if paper.country == "CH" else "",
            "second": self._second_language() if dice.random() < 0.08 else "",
            "signs": ("\u00a0", ",") if style["signs"][0] == " " and dice.random() < 0.5 else style["signs"],
            "currency_note": style["money"] == "plain" and dice.random() < 0.5,
            "name_in_two": dice.random() < 0.08,
        }
        if style["currency_note"]:
            style["money_of_totals"] = "plain"

    def _second_language(self) -> str:
        if self.paper.country == "BE":
            return "fr" if self.paper.language == "nl" else "nl"
        return "" if self.paper.language == "en" else "en"

    def say(self, key: str, **fills: Any) -> str:
        """One of the words for `key`; on some sheets with that of a second language behind it."""
        chosen, second = self.style.setdefault("words", {}), self.style.get("second", "")
        if second and key in _TWICE and key not in chosen:
            words = [self.dice.choice(WORDS[language][key]).rstrip(":") for language in (self.paper.language, second)]
            chosen[key] = " / ".join(words)
        return super().say(key, **fills)

    def day(self, value: date) -> str:
        """A date in the sheet's form."""
        form = self.style["dates"]
        month = WORDS[self.paper.language]["months"][value.month - 1][:3]
        more = {
            "bare": f"{value.day}.{value.month}.{value.year}",
            "short_dot": f"{value.day:02d}. {month}. {value.year}",
            "dashed": f"{value.day:02d}-{month}-{value.year}",
            "capitals": f"{value.day:02d} {month.upper()} {value.year}",
        }
        return more[form] if form in more else super().day(value)

    def _spaced(self, vat: str) -> str:
        if not self.style["vat_groups"]:
            return super()._spaced(vat)
        if vat.startswith("CHE"):
            return f"CHE-{vat[3:6]}.{vat[6:9]}.{vat[9:]}{self.style['vat_tail']}"
        cuts = _GROUPS.get(vat[:2], (2, *range(len(vat) - 6, len(vat), 3)))
        ends = (*cuts[1:], len(vat))
        mark = "." if vat[:2] == "BE" else " "
        return f"{vat[: cuts[0]]} " + mark.join(vat[start:end] for start, end in zip(cuts, ends, strict=True))

    def _name(self, at: float, name: str, *, bold: bool, size: float, align: str) -> None:
        first, _, rest = name.partition(" ")
        if not (self.style["name_in_two"] and rest and size):
            super()._name(at, name, bold=bold, size=size, align=align)
            return
        self.put(at, first, bold=bold, size=size, align=align)
        self.y -= size * 1.1
        self.put(at, rest, bold=bold, size=size, align=align)

    def _letter(self) -> None:
        super()._letter()
        if self.style["currency_note"]:
            right = self.dice.random() < 0.5
            self.put(
                self.right if right else self.style["left"],
                self.say("currency_note", code=self.paper.currency),
                align="right" if right else "left",
                size=7.5,
            )
            self.down(1.6)
