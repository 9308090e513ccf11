"""What starts by the clock, and the calendars of workdays that the clock goes by."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, ValidationError, model_validator
from pydantic import WithJsonSchema as Schema
from pydantic_core import InitErrorDetails, PydanticCustomError

from connectors.calendars.public_holidays import PUBLIC, Region, Unknown, calendar_of, unknown_in
from kontorist.config.faults import suggestion
from kontorist.config.types import Duration, Name, Section, Text
from kontorist.domain.calendars import BusinessCalendar, ExtraDay, OnHoliday, parse_extra


def _extra_day(value: object) -> ExtraDay:
    return value if isinstance(value, ExtraDay) else parse_extra(value if isinstance(value, str) else "")


Extra = Annotated[
    ExtraDay,
    BeforeValidator(_extra_day),
    PlainSerializer(str, return_type=str),
    Schema({"type": "string", "pattern": r"^(\*|[0-9]{4})-[0-9]{2}-[0-9]{2}$"}),
]


class Calendar(Section):
    """Which days are worked on: not on weekends, public holidays and `extra` days."""

    holidays: Text = Field(description="A country (ISO 3166), such as DE, or TARGET2: the bank days of the euro.")
    subdivision: Text | None = Field(None, description="A part of the country, such as BY; Augsburg is one of its own.")
    categories: tuple[Text, ...] = Field(
        PUBLIC, min_length=1, description="Which kinds of holidays; `catholic` adds Assumption Day in BY."
    )
    # With more of them no workday might be left, and the search for the next one would not end.
    extra: tuple[Extra, ...] = Field(
        (), max_length=100, description='Days off of our own: "2026-12-24", or "*-12-24" for every year.'
    )

    @model_validator(mode="after")
    def _known(self) -> Self:
        if unknown := list(unknown_in(self._region())):
            raise _unknown_words(self, unknown)
        return self

    def _region(self) -> Region:
        return Region(holidays=self.holidays, subdivision=self.subdivision, categories=self.categories)

    def opened(self, name: str) -> BusinessCalendar:
        """The calendar itself, under its name."""
        return calendar_of(name, self._region(), self.extra)


def _unknown_words(calendar: Calendar, unknown: list[Unknown]) -> ValidationError:
    details = []
    for each in unknown:
        sentence = each.sentence + suggestion(each.word, each.known)
        kind = PydanticCustomError("kontorist", "{s}", {"s": sentence})
        details.append(InitErrorDetails(type=kind, loc=(each.key,), input=getattr(calendar, each.key)))
    return ValidationError.from_exception_data("Calendar", details)


def _cron(text: str) -> str:
    from croniter import CroniterBadDateError, croniter

    if len(text.split()) != 5 or not croniter.is_valid(text):
        raise ValueError('a time is five fields: minute hour day month weekday, such as "0 8 * * MON-FRI"')
    try:
        croniter(text, datetime(2024, 1, 1)).get_next()  # noqa: DTZ001  # wall times: any year will do
    except CroniterBadDateError:
        raise ValueError("there is no such day in any year") from None
    return text


def _not_nought(number: int) -> int:
    if number == 0:
        raise ValueError("workdays are counted from 1, or from the end as -1")
    return number


class Only(Section):
    """One workday of each month: counted from its beginning (1, 2, ...), or from its end."""

    workday: Annotated[int, AfterValidator(_not_nought)] | None = Field(
        None, description="The workday with this number: 1 is the first, -1 the last; either this or `ultimo`."
    )
    ultimo: Annotated[int, Field(ge=0)] | None = Field(
        None, description="So many workdays before the last one: 0 is the last, 2 the third-last."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.workday is None) == (self.ultimo is None):
            raise ValueError("give either workday or ultimo")
        return self

    @property
    def number(self) -> int:
        """The number of the workday, from the end where it is negative."""
        return self.workday if self.workday is not None else -(self.ultimo or 0) - 1


class Schedule(Section):
    """A flow that starts by the clock, at `cron` times (company time zone) or once in each span `every`."""

    run: Text = Field(description="The flow, such as reporting/daily_report.")
    cron: Annotated[str, AfterValidator(_cron)] | None = Field(
        None, description="Minute hour day month weekday in the company's time zone; either this or `every`."
    )
    every: Duration | None = Field(None, description="Once in each span of time; either this or `cron`.")
    only: Only | None = Field(None, description="Of the days of `cron` only this one of each month.")
    calendar: Name | None = Field(None, description="The calendar under `calendars:` for `only` and `on_holiday`.")
    on_holiday: OnHoliday = Field(
        "run", description="What becomes of a date on a day off: it runs, is left out, or goes to a workday."
    )
    misfire: Literal["run_once", "run_all", "skip"] = Field(
        "run_once", description="What becomes of times missed while nothing ran: the last one, all, or none."
    )
    grace: Duration | None = Field(None, description="What was missed longer ago than this is not caught up.")
    lane: Literal["own", "pool"] = Field(
        "own", description="`pool`: in a process of its own, for heavy work without money; `own`: in the worker's."
    )
    parameters: dict[Name, Any] = Field(default_factory=dict, description="Handed to the flow.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.cron is None) == (self.every is None):
            raise ValueError("give either cron or every")
        if self.every is not None and self.every < timedelta(seconds=1):
            raise ValueError("every has to be at least 1s")
        return self

    @model_validator(mode="after")
    def _days_that_fit_together(self) -> Self:
        by_days = self.only is not None or self.on_holiday != "run"
        if by_days and self.cron is None:
            raise ValueError("only and on_holiday need cron")
        if by_days and self.calendar is None:
            raise ValueError("only and on_holiday need a calendar")
        if self.calendar is not None and not by_days and "on_holiday" not in self.model_fields_set:
            raise ValueError("a calendar alone changes nothing; add on_holiday or only")
        if self.only is not None and self.on_holiday != "run":
            raise ValueError("only names a workday, so on_holiday has nothing to move; leave it out")
        if self.only is not None and self.cron is not None and not _every_day(self.cron):
            raise ValueError('with only, cron gives the time and names no days, such as "0 6 * * *"')
        return self

    def look_for_short_months(self, calendar: BusinessCalendar) -> None:
        """Raises MonthTooShort where `only` names a workday that a month of `cron` does not have in some year."""
        from croniter import croniter

        if self.only is None or self.cron is None:
            return
        months = croniter.expand(self.cron)[0][3]
        for year in _YEARS_LOOKED_AT:
            for month in range(1, 13) if "*" in months else months:
                calendar.workday(year, int(month), self.only.number)


_YEARS_LOOKED_AT = range(2020, 2061)  # a generation; takes 0.02 s


def _every_day(cron: str) -> bool:
    fields = cron.split()
    return (fields[2], fields[4]) == ("*", "*")
