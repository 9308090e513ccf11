"""How everything fares, as data: what `kontorist status` shows.

The light is `green` when all is well, `amber` when events are accepted but something waits for Prefect, a set-up or a
person, `red` when nothing is running.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from kontorist.config import Config
from kontorist.domain.ports import Clock
from kontorist.engine.instance import notice_of
from kontorist.engine.schedules import dates_after
from kontorist.engine.up import answers
from kontorist.engine.watch import sources_now
from kontorist.engine.worker import schedules_of
from kontorist.store.clock import SystemClock
from kontorist.store.database import Store
from kontorist.store.status import Status

_NEXT_SCHEDULES = 5


def status(config: Config, clock: Clock | None = None) -> dict[str, Any]:
    """The state of the installation; nothing is started or changed by asking."""
    clock = clock or SystemClock()
    notice = notice_of(config.var)
    with Store.open(config.database_url, clock=clock) as store, store.read() as tx:
        figures = store.status(tx)
        waiting = store.inbox.list(tx, states=("retry",), limit=100)
        sources = sources_now(config, store.sources.health(tx), clock.now())
        alerts = [each for each in store.alerts.all(tx).values() if not each.over]
        reserve, restored = store.reserve.there(), store.effects.after_restore(tx)
    parts = parts_now(notice)
    return {
        "schema_version": 1,
        "light": _light(notice, parts, figures, sources, reserve=reserve),
        "running": notice is not None,
        "since": notice.get("since") if notice else None,
        "receiver": notice.get("receiver") if notice else None,
        "metrics": notice.get("metrics") if notice else None,
        "parts": parts,
        "prefect_reachable": any(part["name"] == "prefect" and part["state"] == "running" for part in parts),
        "backlog": sum(figures.inbox[state] for state in ("new", "retry", "claimed")),
        **figures.data(),
        "reserve": reserve,
        "restored": restored,
        "sources": sources,
        "alerts": [
            {
                "cause": each.trouble.cause,
                "since": each.since.isoformat(),
                "times_told": each.times,
                "reason": each.trouble.reason,
            }
            for each in alerts
        ],
        "waiting_for": sorted({row.reason for row in waiting if row.reason}),
        "schedules": next_dates(config, clock.now()),
        "versions": versions(),
        "config": config.fingerprint(),
    }


def parts_now(notice: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The parts of `kontorist up` by its notice; one that runs and does not answer is still starting."""
    if notice is None or "parts" not in notice:  # nothing, or a `kontorist run`
        return []
    asked = {
        "receiver": f"{notice['receiver']}/health",
        "prefect": f"http://127.0.0.1:{notice['prefect']['port']}/api/health",
    }
    parts = []
    for part in notice["parts"]:
        known = dict(part)
        if known["state"] == "running" and known["name"] in asked and not answers(asked[known["name"]]):
            known["state"] = "starting"
        parts.append(known)
    return parts


def _light(
    notice: object,
    parts: list[dict[str, Any]],
    figures: Status,
    sources: Sequence[Mapping[str, Any]] = (),
    *,
    reserve: bool,
) -> str:
    if notice is None:
        return "red"
    if not reserve or any(source["silent"] or source["failing_since"] for source in sources):
        return "amber"
    waits = figures.inbox["quarantined"] + figures.inbox["retry"]
    waits += figures.effects["unknown"] + figures.effects["failed"]
    return "green" if not waits and all(part["state"] == "running" for part in parts) else "amber"


def next_dates(
    config: Config, since: datetime, count: int = _NEXT_SCHEDULES, name: str | None = None
) -> list[dict[str, str | None]]:
    """What runs after `since`, soonest first: of all schedules, or of the one with this name.

    Each with its flow, its planned time and when it runs, in the company's zone, and why a calendar moved it.
    """
    zone = ZoneInfo(config.company.timezone)
    found = [
        (date, schedule)
        for schedule in schedules_of(config)
        if name in (None, schedule.name)
        for date in islice(dates_after(schedule, since, zone), count)
    ]
    soonest = sorted(found, key=lambda pair: (pair[0].runs_at, pair[1].name, pair[0].planned))[:count]
    return [
        {
            "name": schedule.name,
            "run": schedule.run,
            "planned": date.planned.astimezone(zone).isoformat(),
            "runs_at": date.runs_at.astimezone(zone).isoformat(),
            "moved_because": date.because,
            "calendar": schedule.calendar.name if schedule.calendar is not None else None,
        }
        for date, schedule in soonest
    ]


def versions() -> dict[str, str]:
    """The versions that matter when something is to be explained."""
    return {name: _version(name) for name in ("kontorist", "prefect", "fastapi", "sqlalchemy")}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
