"""Any e-invoice as one page to read: self-contained HTML without scripts, everything of the file escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kontorist.extraction.einvoice.terms import TERMS
from kontorist.extraction.einvoice.view_words import CATEGORIES, LOCALES, MEANS, UNITS, said, word

if TYPE_CHECKING:
    from jinja2 import Environment

#: label, text, number of the term in EN 16931
Row = tuple[str, str, str]
_PARTIES: Final = ("seller", "buyer", "payee", "tax_representative")
_OF_ADDRESS: Final = ("street", "street2", "street3", "postcode", "town", "region", "country")
_OF_ITEM: Final = (
    "seller_id", "buyer_id", "standard_id", "classification", "origin", "object", "order_line", "accounting"
)  # fmt: skip
_OF_PRICE: Final = ("gross_price", "price_discount")
_FACTS: Final = (
    "type_code", "currency", "accounting_currency", "tax_point_date", "tax_point_code", "process", "profile"
)  # fmt: skip


def html_of(found: Mapping[str, Any], language: str) -> str:
    """The page for what `Checker.read` found, in de, nl or en; a file that was not read shows its reason."""
    view = _View(found.get("invoice") or {}, language)
    page = view.page() if found.get("invoice") else {}
    return (
        _environment()
        .get_template("view.html.j2")
        .render(
            language=language,
            file=found["file"],
            verdict=found["verdict"],
            reason=found["reason"],
            findings=found["findings"],
            checked=found["checked"],
            say=lambda key: word(key, language),
            **page,
        )
    )


class _View:
    """The parts of the page, as the template takes them."""

    def __init__(self, invoice: Mapping[str, Any], language: str) -> None:
        self._invoice = invoice
        self._language = language
        self._more: Mapping[str, Any] = invoice.get("more", {})
        self._currency = str(invoice.get("currency") or "")

    def page(self) -> dict[str, Any]:
        return {
            "kind": word(self._invoice["kind"], self._language),
            "number": self._invoice["invoice_number"] or "",
            "amount": self._money(self._invoice["totals"].get("due") or self._invoice["gross"]),
            "parties": list(self._parties()),
            "facts": list(self._facts()),
            "lines": [self._line(each) for each in self._invoice["lines"]],
            "changes": [
                (word(title, self._language), [self._change(each) for each in changes])
                for title, changes in (
                    ("allowances", self._of("allowances")),
                    ("charges", self._of("charges", "logistics")),
                )
                if changes
            ],
            "taxes": [self._tax(each) for each in self._invoice["tax_breakdown"]],
            "totals": [self._row(name, self._money(value)) for name, value in self._invoice["totals"].items()],
            "payment": list(self._payment()),
            "notes": [each.get("text", "") for each in self._more.get("notes", ())],
            "documents": [_joined(each.values()) for each in self._more.get("documents", ())],
        }

    def _of(self, *groups: str) -> list[Mapping[str, Any]]:
        return [each for group in groups for each in self._more.get(group, ())]

    def _row(self, name: str, text: str, group: str = "") -> Row:
        term = TERMS.get(f"{group}{name}")
        return word(name, self._language), text, term.number if term else ""

    def _parties(self) -> Iterator[dict[str, Any]]:
        parties = dict(self._invoice["parties"])
        for name in _PARTIES:
            if name in parties:
                yield self._party(name, parties[name])
        if self._more.get("delivery"):
            yield self._party("delivery", self._more["delivery"])

    def _party(self, group: str, party: Mapping[str, Any]) -> dict[str, Any]:
        town = " ".join(filter(None, (party.get("postcode"), party.get("town"))))
        address = [*(party.get(each) for each in _OF_ADDRESS[:3]), town, party.get("region")]
        rest = [name for name in party if name not in ("name", *_OF_ADDRESS) and not name.endswith("_scheme")]
        return {
            "title": word(group, self._language),
            "name": party.get("name", ""),
            "address": [each for each in (*address, self._country(party.get("country"))) if each],
            "rows": [self._row(name, self._with_scheme(party, name), f"{group}.") for name in rest],
        }

    def _with_scheme(self, party: Mapping[str, Any], name: str) -> str:
        scheme = party.get(f"{name}_scheme")
        text = self._day(party[name]) if name == "date" else str(party[name])
        return f"{text} ({scheme})" if scheme else text

    def _facts(self) -> Iterator[Row]:
        yield self._row("issue_date", self._day(self._invoice["issue_date"]))
        yield from (self._row("due_date", self._day(each)) for each in self._invoice["payment"].get("due_date", ()))
        start, end = self._more.get("period_start"), self._more.get("period_end")
        if start or end:
            yield word("period", self._language), f"{self._day(start)} – {self._day(end)}", "BG-14"
        for name, value in self._invoice["references"].items():
            for each in value if isinstance(value, list) else [value]:
                yield self._row(name, self._reference(each), "")
        yield from (self._row(name, self._plain(name)) for name in _FACTS if self._plain(name))

    def _reference(self, value: Any) -> str:
        if isinstance(value, Mapping):
            return _joined((value.get("number"), self._day(value.get("issue_date"))))
        return str(value)

    def _plain(self, name: str) -> str:
        value = self._invoice.get(name) or self._more.get(name) or ""
        return self._day(value) if name.endswith("_date") else str(value)

    def _line(self, line: Mapping[str, Any]) -> dict[str, Any]:
        more = [self._row(name, str(line[name]), "lines.") for name in _OF_ITEM if line.get(name)]
        more += [self._row(name, self._number(line[name], least=2), "lines.") for name in _OF_PRICE if line.get(name)]
        more += [(each.get("name", ""), each.get("value", ""), "BG-32") for each in line.get("attributes", ())]
        if line.get("period_start") or line.get("period_end"):
            period = f"{self._day(line.get('period_start'))} – {self._day(line.get('period_end'))}"
            more.append((word("period", self._language), period, "BG-26"))
        for group in ("allowances", "charges"):
            more += [(word(group, self._language), _joined(self._change(each)), "") for each in line.get(group, ())]
        described = line.get("description") or ""
        name = line.get("name") or described
        return {
            "number": line.get("number", ""),
            "name": name,
            "texts": [text for text in (described if described != name else "", line.get("note", "")) if text],
            "more": more,
            "quantity": _joined(
                (self._number(line.get("quantity")), said(UNITS, line.get("unit") or "", self._language))
            ),
            "price": self._number(line.get("unit_price"), least=2),
            "rate": self._rate(line),
            "total": self._money(line.get("total")),
        }

    def _rate(self, tax: Mapping[str, Any]) -> str:
        rate = tax.get("rate")
        return f"{self._number(rate)} %" if rate is not None else ""

    def _change(self, each: Mapping[str, Any]) -> tuple[str, str, str]:
        percent = f"{self._number(each['percent'])} %" if each.get("percent") else ""
        base = self._money(each.get("base"))
        text = _joined((each.get("reason") or each.get("code"), _joined((percent, base), " × ")))
        return text, self._rate(each), self._money(each.get("amount"))

    def _tax(self, tax: Mapping[str, Any]) -> tuple[str, str, str, str]:
        category = said(CATEGORIES, tax.get("category") or "", self._language)
        reason = tax.get("reason") or tax.get("reason_code") or ""
        amounts = self._money(tax.get("base")), self._money(tax.get("amount"))
        return _joined((category, reason), ": "), self._rate(tax), *amounts

    def _payment(self) -> Iterator[Row]:
        payment = self._invoice["payment"]
        for each in payment.get("payment", ()):
            for name, value in each.items():
                text = said(MEANS, value, self._language) if name == "code" else str(value)
                yield self._row(name, text, "payment.")
        yield from (
            self._row(name, str(payment[name])) for name in ("remittance", "mandate", "creditor_id") if name in payment
        )
        yield from (self._row("payment_terms", str(each)) for each in payment.get("payment_terms", ()))
        for each in payment.get("cash_discounts", ()):
            text = _joined((f"{self._number(each['percent'])} %", self._day(each["until"])), " – ")
            yield word("cash_discount", self._language), text, "BT-20"

    # --- notation

    def _money(self, text: str | None) -> str:
        number = _decimal(text)
        if number is None:
            return text or ""
        from babel.numbers import format_decimal

        return f"{format_decimal(number, '#,##0.00', locale=LOCALES[self._language])} {self._currency}".strip()

    def _number(self, text: str | None, least: int = 0) -> str:
        number = _decimal(text)
        if number is None:
            return text or ""
        from babel.numbers import format_decimal

        return str(format_decimal(number, "#,##0." + "0" * least + "#" * (6 - least), locale=LOCALES[self._language]))

    def _day(self, text: str | None) -> str:
        from babel.dates import format_date

        try:
            return str(format_date(date.fromisoformat(text or ""), "long", locale=LOCALES[self._language]))
        except ValueError:
            return text or ""

    def _country(self, code: str | None) -> str:
        from babel import Locale

        return str(Locale.parse(LOCALES[self._language]).territories.get(code or "", code or ""))


def _decimal(text: str | None) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None


def _joined(parts: Iterable[Any], between: str = " ") -> str:
    return between.join(str(each) for each in parts if each)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
