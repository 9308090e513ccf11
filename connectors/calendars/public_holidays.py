"""Business calendars from the public holidays of a country or a part of it (package `holidays`), and TARGET2.

Named under `calendars:` in config.yaml, not under `connectors:`; nothing outside this machine is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from typing import Any, Final

from kontorist.domain.calendars import BusinessCalendar, ExtraDay, target_days

TARGET2: Final = "TARGET2"
PUBLIC: Final = ("public",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Whose holidays: a country (ISO 3166, such as DE) or TARGET2, a part of it (BY), and which kinds of holidays."""

    holidays: str
    subdivision: str | None = None
    categories: tuple[str, ...] = PUBLIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """What is not known about a region: `key` is its attribute, `known` are the words that would do."""

    key: str
    sentence: str
    word: str = ""
    known: Sequence[str] = ()


def unknown_in(region: Region) -> Iterator[Unknown]:
    """Everything about `region` that there are no holidays for; empty where a calendar can be made of it."""
    if region.holidays == TARGET2:
        if region.subdivision is not None:
            yield Unknown(key="subdivision", sentence="there are no parts of TARGET2")
        if region.categories != PUBLIC:
            yield Unknown(key="categories", sentence="there is one kind of holidays in TARGET2")
        return
    codes = _codes()
    if region.holidays not in codes:
        sentence = f'no holidays are known for "{region.holidays}"; write a country such as NL, or TARGET2'
        yield Unknown(key="holidays", sentence=sentence)
        return
    country = _country(region.holidays)
    if region.subdivision is not None and region.subdivision not in country.subdivisions:
        sentence = f'there is no part "{region.subdivision}" of {region.holidays}'
        yield Unknown(key="subdivision", sentence=sentence, word=region.subdivision, known=country.subdivisions)
    for category in region.categories:
        if category not in country.supported_categories:
            sentence = f'there is no kind of holidays "{category}" in {region.holidays}'
            yield Unknown(key="categories", sentence=sentence, word=category, known=country.supported_categories)


def calendar_of(name: str, region: Region, extra: Sequence[ExtraDay] = ()) -> BusinessCalendar:
    """The calendar `name` of `region`, with `extra` days off. For regions that `unknown_in` has nothing against.

    The weekend is the country's own; a Saturday that a country works in exchange for another day stays a weekend.
    """
    if region.holidays == TARGET2:
        return BusinessCalendar(name=name, closed=cache(target_days), extra=tuple(extra))
    weekend = frozenset(_country(region.holidays).weekend)
    return BusinessCalendar(name=name, closed=partial(_closed_days, region), extra=tuple(extra), weekend=weekend)


def _codes() -> frozenset[str]:
    from holidays.registry import COUNTRIES

    return frozenset(codes[1] for codes in COUNTRIES.values())


def _country(code: str) -> Any:
    import holidays

    return holidays.country_holidays(code)


@cache
def _closed_days(region: Region, year: int) -> Mapping[date, str]:
    import holidays

    known = _country(region.holidays)
    language = "en_US" if "en_US" in known.supported_languages else known.default_language
    found = holidays.country_holidays(
        region.holidays, subdiv=region.subdivision, categories=region.categories, years=year, language=language
    )
    return {day: str(words) for day, words in found.items()}
