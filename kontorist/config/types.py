"""Kinds of values in the configuration: spans of time, amounts, names, addresses. Their errors are sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, Strict
from pydantic import WithJsonSchema as Schema

from connectors.settings import Size
from kontorist.domain.durations import parse_duration, write_duration
from kontorist.domain.money import NotAnAmount, exact_decimal


class Section(BaseModel):
    """A part of the configuration: unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    return parse_duration(value if isinstance(value, str) else "")


def _amount(value: object) -> Decimal:
    if isinstance(value, float):
        raise ValueError('an amount with a point needs quotes, such as "0.02", or its cents may be lost')
    try:
        number = exact_decimal(value)
    except NotAnAmount:
        raise ValueError('an amount is written like "250.00", in the currency of the company') from None
    if number < 0:
        raise ValueError("this amount cannot be negative")
    return number


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("this is no time zone; they are written like Europe/Amsterdam") from None
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where something listens; port 0 stands for any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def _address(value: object) -> Address:
    if isinstance(value, Address):
        return value
    host, colon, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    if not (host and colon and port.isdigit() and int(port) < 65536):
        raise ValueError('an address is written like "127.0.0.1:8810"')
    return Address(host=host, port=int(port))


def _matching(pattern: str, sentence: str) -> Any:
    form = re.compile(pattern)

    def check(text: str) -> str:
        if not form.fullmatch(text):
            raise ValueError(sentence)
        return text

    return AfterValidator(check)


def _version(number: int) -> int:
    if number != 1:
        raise ValueError("this program reads version 1")
    return number


#: The form of config.yaml that this program reads.
Version = Annotated[int, Strict(), AfterValidator(_version), Schema({"const": 1})]
#: A span of time, such as ``10s`` or ``400d``.
Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(write_duration, return_type=str),
    Schema({"type": "string", "pattern": "^[0-9]{1,6}[smhd]$"}),
]
#: Bytes: ``2GiB``, ``50MB``.
Room = Annotated[Size, Schema({"type": ["integer", "string"]})]
#: An amount in the company's currency, exact.
Amount = Annotated[
    Decimal,
    BeforeValidator(_amount),
    PlainSerializer(str, return_type=str),
    Schema({"type": ["string", "integer"], "pattern": r"^[0-9]+(\.[0-9]+)?$"}),
]
#: true or false; yes, no, on and off are text.
Flag = Annotated[bool, Strict()]
#: A name chosen by the user, also usable in the name of a variable.
Name = Annotated[str, _matching("[a-z][a-z0-9_]*", "a name has small letters, digits and _ only, a letter first")]
Zone = Annotated[str, AfterValidator(_zone)]
Country = Annotated[str, _matching("[A-Z]{2}", "a country is two capital letters, such as NL")]
Currency = Annotated[str, _matching("[A-Z]{3}", "a currency is three capital letters, such as EUR")]
Email = Annotated[str, _matching(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+", "this is not a mail address")]
MonthDay = Annotated[
    str, _matching("(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", 'a day of the year is written "MM-DD", such as "01-01"')
]
Listen = Annotated[
    Address,
    BeforeValidator(_address),
    PlainSerializer(str, return_type=str),
    Schema({"type": "string", "pattern": "^.+:[0-9]{1,5}$"}),
]
Text = Annotated[str, Strict(), Field(min_length=1)]
