"""What the settings of all connectors share: durations and sizes as people write them, event types, no unknown keys."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_BYTES = {"B": 1, "kB": 1000, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}


def _duration(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d{1,6})\s*([smhd])", value.strip())
    if not match:
        raise ValueError("write a number and s, m, h or d, such as 10s or 5m")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _size(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d{1,9})\s*([kKMG]i?B|B)", value.strip())
    if not match or match[2] not in _BYTES:
        raise ValueError("write a number and B, kB, MB, GB, KiB, MiB or GiB, such as 50MiB")
    return int(match[1]) * _BYTES[match[2]]


Duration = Annotated[timedelta, BeforeValidator(_duration)]  #: ``10s``, ``5m``, ``2h``, ``1d``
Size = Annotated[int, BeforeValidator(_size)]  #: bytes: ``50MiB``, ``1MB``
#: ``document.received``: lower case, past tense, no version.
EventType = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$", max_length=100)]


class ConnectorSettings(BaseModel):
    """The base of every connector's settings: unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceSettings(ConnectorSettings):
    """The base of those that events come from."""

    silent_after: Duration | None = Field(
        None, description="After how long without anything new the operators are told, such as `3d`."
    )
