"""How amounts, dates and account numbers are written on paper, country by country."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from kontorist.testing.documents.facts import Language

DateStyle = Literal["numeric", "long", "iso"]
CurrencyStyle = Literal["symbol_after", "symbol_before", "code_after", "code_before", "heading"]

#: (grouping, decimal sign); French typography groups with a no-break space.
_SIGNS: dict[Language, tuple[str, str]] = {"de": (".", ","), "nl": (".", ","), "en": (",", "."), "fr": ("\u00a0", ",")}
_NUMERIC: dict[Language, str] = {"de": "%d.%m.%Y", "nl": "%d-%m-%Y", "en": "%d/%m/%Y", "fr": "%d/%m/%Y"}
_SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}

_MONTHS: dict[Language, str] = {
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}


def number(value: Decimal, language: Language, places: int = 2) -> str:
    """`value` with `places` decimals in the notation of the language: 1234.5 is ``1.234,50`` in German."""
    grouping, point = _SIGNS[language]
    return f"{value:,.{places}f}".replace(",", "\0").replace(".", point).replace("\0", grouping)


def quantity(value: Decimal, language: Language) -> str:
    """A quantity without superfluous zeros: 3, 2,5."""
    places = max(0, -int(value.normalize().as_tuple().exponent))
    return number(value, language, places)


def money(value: Decimal, currency: str, language: Language, style: CurrencyStyle) -> str:
    """An amount with its currency as the style has it; with ``heading`` the column names the currency."""
    figure, symbol = number(value, language), _SYMBOLS.get(currency, currency)
    return {
        "symbol_after": f"{figure}\u00a0{symbol}",
        "symbol_before": f"{symbol}{figure}" if language == "en" else f"{symbol}\u00a0{figure}",
        "code_after": f"{figure}\u00a0{currency}",
        "code_before": f"{currency}\u00a0{figure}",
        "heading": figure,
    }[style]


def percent(rate: Decimal, language: Language) -> str:
    """A VAT rate: ``19 %`` in German and French, ``21%`` in Dutch and English."""
    blank = "\u00a0" if language in ("de", "fr") else ""
    return f"{quantity(rate, language)}{blank}%"


def day(value: date, language: Language, style: DateStyle) -> str:
    """A date: numeric as in the country, with the month's name, or ISO 8601."""
    if style == "iso":
        return value.isoformat()
    if style == "numeric":
        return value.strftime(_NUMERIC[language])
    dot = "." if language == "de" else ""
    return f"{value.day}{dot} {_MONTHS[language].split()[value.month - 1]} {value.year}"


def grouped_iban(iban: str) -> str:
    """In groups of four, as ISO 13616 prints it."""
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


def spoken_vat_id(vat_id: str) -> str:
    """A VAT id as companies print it: French ones with blanks, the others in one piece."""
    if vat_id.startswith("FR"):
        return f"{vat_id[:4]} {vat_id[4:7]} {vat_id[7:10]} {vat_id[10:]}"
    return vat_id
