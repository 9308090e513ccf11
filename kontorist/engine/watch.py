"""The watch: keeps in mind how the sources fare, for `kontorist status`, and has operators told of trouble.

A source is *failing* while it cannot be read, and *silent* when nothing new has come for its `silent_after`.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.registry import capabilities
from kontorist.config import Config
from kontorist.domain.operations import Trouble, dead, fallen_silent, lasting
from kontorist.engine.instance import notice_of
from kontorist.engine.verdicts import named

if TYPE_CHECKING:
    from kontorist.services import Services
    from kontorist.store.database import Store
    from kontorist.store.sources import SourceHealth

LOOK_EVERY = 15.0
"""Seconds."""

_log = logging.getLogger(__name__)

_NOTED_EVERY = 60.0  # seconds; a folder is read each ten seconds, and each note waits for the disk


def sources_of(config: Config) -> dict[str, str]:
    """What each connector that events come from calls itself in them, by its name in config.yaml."""
    return {
        name: f"/kontorist/{entry.use.partition('/')[0]}/{name}"
        for name, entry in config.connectors.items()
        if capabilities(entry.use) & {"source", "push"}
    }


class Watched:
    """Reads a source, and notes whether that worked: each change at once, success at most once a minute."""

    def __init__(self, source: str, store: Store, poll: Callable[[], object]) -> None:
        self._source, self._store, self._poll = source, store, poll
        self._noted: str | None = None  # the code of the failure; "" is success
        self._noted_at = float("-inf")

    def __call__(self) -> object:
        """As the poll itself."""
        try:
            found = self._poll()
        except Exception as error:
            self._note(*named(error))
            raise
        self._note("", "")
        return found

    def _note(self, code: str, reason: str) -> None:
        now = self._store.clock.monotonic()
        if code == self._noted and (code or now - self._noted_at < _NOTED_EVERY):
            return
        sources = self._store.sources
        with self._store.write() as tx:
            if code:
                sources.failed(tx, self._source, code, reason)
            else:
                sources.succeeded(tx, self._source)
        self._noted, self._noted_at = code, now


class Watch:
    """Looks around every now and then, and has people told: operators what is wrong, others of held events."""

    def __init__(self, services: Services) -> None:
        self._services, self._store, self._config = services, services.store, services.config
        self._expected = sources_of(services.config).values()
        self._passed_over: dict[str, datetime] = {}  # a kind, since when; flows are loaded some time after the start

    def step(self) -> None:
        """Take note of what has come; tell what has to be told."""
        with self._store.read() as tx:
            unseen = self._store.sources.unseen(tx, self._expected)
        if unseen:
            with self._store.write() as tx:
                self._store.sources.look(tx, self._expected)
        self._services.conflict_notices.tell()
        for step, trouble in self._services.alarms.look(self._troubles()):
            _log.warning("%s: %s %s", trouble.cause, step.replace("_", " "), trouble.reason or "")

    def _troubles(self) -> Iterator[Trouble]:
        """What is wrong outside of our tables."""
        from kontorist.engine.status import parts_now

        now = self._store.clock.now()
        with self._store.read() as tx:
            health = self._store.sources.health(tx)
        for source in sources_now(self._config, health, now):
            yield from _of_source(source, now)
        yield from self._of_effects(now)
        yield from _of_disks(self._config)
        for part in parts_now(notice_of(self._config.var)):
            yield from _of_part(part, now)

    def _of_effects(self, now: datetime) -> Iterator[Trouble]:
        passed = [] if self._services.dry_run else self._services.effects.passed_over()
        self._passed_over = {each.kind: self._passed_over.get(each.kind, now) for each in passed}
        for each in passed:
            if lasting(self._passed_over[each.kind], now):
                yield Trouble(kind="passed_over_effect", subject=each.kind, count=each.count, reason=each.reason)


def _of_source(source: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    if source["silent"]:
        yield Trouble(kind="silent_source", subject=source["name"])
    if lasting(_moment(source["failing_since"]), now):
        yield Trouble(kind="failing_source", subject=source["name"], reason=source["reason"])


def _of_disks(config: Config) -> Iterator[Trouble]:
    """One trouble a disk: the archive may lie on another one than our database."""
    folders = {_disk(folder): folder for folder in (config.archive_path, config.var) if folder.exists()}
    for folder in reversed(folders.values()):
        if (free := shutil.disk_usage(folder).free) < config.engine.low_disk:
            yield Trouble(kind="disk_low", subject=folder.name, reason=f"{free / 1e9:.1f} GB are free.")


def _disk(folder: Path) -> int:
    return folder.stat().st_dev


def _of_part(part: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    since, running = _moment(part["since"]), part["state"] == "running"
    if dead(running=running, since=since, restarts=part["restarts"], now=now):
        yield Trouble(kind="dead_part", subject=part["name"], reason=f"Its log is var/log/{part['name']}.log.")


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def sources_now(config: Config, health: dict[str, SourceHealth], now: datetime) -> list[dict[str, Any]]:
    """How each source of config.yaml fares at `now`, as data: `lag_seconds` is the age of its oldest open event."""
    return [_told(name, config, health.get(source), now) for name, source in sources_of(config).items()]


def _told(name: str, config: Config, health: SourceHealth | None, now: datetime) -> dict[str, Any]:
    entry = config.connectors[name]
    silent_after: timedelta | None = getattr(entry.settings, "silent_after", None)
    since = (health.last_event or health.since) if health else None
    polled = "source" in capabilities(entry.use)
    success = (health.last_success if polled else health.last_event) if health else None
    return {
        "name": name,
        "use": entry.use,
        "polled": polled,
        "last_event": _text(health.last_event if health else None),
        "last_success": _text(success),
        "waiting": health.waiting if health else 0,
        "lag_seconds": _age(health.oldest_open if health else None, now),
        "silent": fallen_silent(since, silent_after, now),
        "silent_since": _text(since),
        "failing_since": _text(health.failing_since if health else None),
        "reason": health.reason if health else None,
    }


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _age(moment: datetime | None, now: datetime) -> float | None:
    return (now - moment).total_seconds() if moment else None
