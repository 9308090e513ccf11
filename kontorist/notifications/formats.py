"""Amounts, days and numbers as the reader writes them. No two-digit years."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from kontorist.domain.money import Money

LOCALES: Final = {"de": "de_DE", "nl": "nl_NL", "en": "en_GB"}
#: A day without its year, for subjects; the full date stands in the letter.
_DAYS: Final = {"de": "dd.MM.", "nl": "d MMM", "en": "d MMM"}


def money_text(value: Money, language: str) -> str:
    """``929,57 €``, ``€ 929,57``, ``€929.57``."""
    from babel.numbers import format_currency

    return str(format_currency(value.amount, value.currency, locale=LOCALES[language]))


def number_text(value: int, language: str) -> str:
    """``1.234`` or ``1,234``."""
    from babel.numbers import format_decimal

    return str(format_decimal(value, locale=LOCALES[language]))


def date_text(value: date, language: str) -> str:
    """``17.11.2026``, ``17 nov 2026``, ``17 Nov 2026``."""
    from babel.dates import format_date

    return str(format_date(value, "medium", locale=LOCALES[language]))


def day_text(value: date, language: str) -> str:
    """``17.11.``, ``17 nov``, ``17 Nov``."""
    from babel.dates import format_date

    return str(format_date(value, _DAYS[language], locale=LOCALES[language]))


def month_text(value: date, language: str) -> str:
    """``Oktober 2026``, ``oktober 2026``, ``October 2026``."""
    from babel.dates import format_date

    return str(format_date(value, "LLLL yyyy", locale=LOCALES[language]))


def moment_text(value: datetime, language: str) -> str:
    """Day and time in the zone that `value` has, with the zone's name."""
    from babel.dates import format_datetime, format_time

    if value.tzinfo is None:
        raise ValueError("times know their zone")
    locale = LOCALES[language]
    zone = value.tzname() or value.strftime("%z")
    clock = format_time(value, "HH:mm", tzinfo=value.tzinfo, locale=locale)
    return f"{format_datetime(value, date_pattern(locale), tzinfo=value.tzinfo, locale=locale)} {clock} {zone}"


def date_pattern(locale: str) -> str:
    """The medium date pattern of `locale`, which has four digits for the year in all of ours."""
    from babel import Locale

    return str(Locale.parse(locale).date_formats["medium"].pattern)
