"""How tickets are sorted, to whom they go, and until when they are due."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Annotated, Final, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator
from pydantic import WithJsonSchema as Schema

from kontorist.config.types import Duration, Name, Section, Text
from kontorist.domain.calendars import BusinessCalendar
from kontorist.domain.helpdesk.hours import WEEKDAYS, OfficeHours
from kontorist.domain.helpdesk.triage import TriageRule
from kontorist.domain.ids import PersonKey

_CLOCK: Final = r"([01][0-9]|2[0-3]):[0-5][0-9]"


def _clock(value: object) -> time:
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or not re.fullmatch(_CLOCK, value):
        raise ValueError('a time of the day is written "09:00"')
    return time.fromisoformat(value)


Clock = Annotated[
    time,
    BeforeValidator(_clock),
    PlainSerializer(lambda value: value.strftime("%H:%M"), return_type=str),
    Schema({"type": "string", "pattern": f"^{_CLOCK}$"}),
]


class Hours(Section):
    """When the office works."""

    opens: Clock = Field(time(9), alias="from", description='When the office opens: "09:00".')
    closes: Clock = Field(time(17), alias="to", description='When it closes: "17:00".')

    @model_validator(mode="after")
    def _opens_first(self) -> Self:
        if self.closes <= self.opens:
            raise ValueError("the office has to open before it closes")
        return self


class TriageRuleSection(Section):
    """Which tickets are of one category, and whose they are; what is left out is not asked."""

    words: tuple[Text, ...] = Field(
        (), description="One of these stands in subject or text, as a whole word; `rechnung*` begins one."
    )
    sender: Text | None = Field(None, description='The mail address that asks, or its domain: "@example.org".')
    group: Text | None = Field(None, description="The group that the helpdesk gave it.")
    category: Text = Field(description="What such a ticket is about, such as billing.")
    owner: Name | None = Field(None, description="The person who looks after it; without one `helpdesk.owner`.")
    within: Duration | None = Field(None, description="Until when, in office time; without it `helpdesk.within`.")

    def rule(self) -> TriageRule:
        """The same as the domain's rule."""
        return TriageRule(
            category=self.category,
            words=self.words,
            sender=self.sender,
            group=self.group,
            owner=PersonKey(self.owner) if self.owner else None,
            within=self.within,
        )


class Helpdesk(Section):
    """How tickets are sorted, and when they are late."""

    rules: tuple[TriageRuleSection, ...] = Field((), description="The first rule that fits counts; else `other`.")
    owner: Name | None = Field(None, description="Who looks after what no rule gives to somebody; else the clerks.")
    within: Duration = Field(timedelta(hours=8), description="Until when, in office time, where no rule says so.")
    escalate_after: Duration = Field(
        timedelta(hours=4), description="How long overdue, in office time, until the controllers are told."
    )
    hours: Hours = Field(Hours(), description="When the office works.")
    calendar: Name | None = Field(
        None, description="The calendar under `calendars:` with the workdays; without one Monday to Friday."
    )

    def office_hours(self, zone: str, calendar: BusinessCalendar | None) -> OfficeHours:
        """The same as the domain's hours; without `calendar` Monday to Friday."""
        return OfficeHours(
            opens=self.hours.opens, closes=self.hours.closes, zone=ZoneInfo(zone), calendar=calendar or WEEKDAYS
        )
