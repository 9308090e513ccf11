"""`kontorist doctor`: is this installation fit to work, line by line, with the one thing that repairs what is not."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from kontorist.cli import out
from kontorist.cli.main import FAILED, SETUP
from kontorist.cli.office_readiness import office_findings
from kontorist.cli.payroll_readiness import payroll_findings
from kontorist.cli.session import Session
from kontorist.domain.errors import KontoristError

if TYPE_CHECKING:
    from kontorist.config import Config

_OURS = ("flows", "tasks", "connectors", "kontorist")
_OLDEST_SQLITE = (3, 37, 0)  # STRICT tables, as kontorist/store/connection.py asks


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One line: what was looked at, how it is, and what repairs it."""

    subject: str
    state: Literal["ok", "warn", "fail"]
    sentence: str
    repair: str | None = None


def doctor(context: typer.Context, as_json: out.AsJson = False) -> None:
    """Is this installation fit to work?

    One line for each thing Kontorist needs, with what repairs it. Exit 3 when the configuration is wrong, 1 when
    anything else fails.
    """
    lines = [*_of_the_machine(), *_of_the_configuration(context.obj)]
    failed = [each for each in lines if each.state == "fail"]
    if as_json:
        out.json_object({"ok": not failed, "checks": [asdict(each) for each in lines]})
    else:
        for each in lines:
            out.line(f"{each.state:<4}  {each.subject}: {out.plain(each.sentence)}")
            if each.repair:
                out.line(f"      -> {each.repair}")
    if failed:
        raise typer.Exit(SETUP if any(each.subject == "configuration" for each in failed) else FAILED)


def _of_the_machine() -> Iterator[Diagnosis]:
    import sqlite3

    version = ".".join(map(str, sys.version_info[:3]))
    yield _check("python", sys.version_info >= (3, 11), f"Python {version}", "Install Python 3.11 or newer.")
    yield _check(
        "sqlite",
        sqlite3.sqlite_version_info >= _OLDEST_SQLITE,
        f"SQLite {sqlite3.sqlite_version}",
        "Use a Python that comes with SQLite 3.37 or newer.",
    )
    yield from _packages()
    yield from _libraries()
    yield _text_recognition()


def _text_recognition() -> Diagnosis:
    """Which program reads pages that are pictures; work goes on without one."""
    from kontorist.extraction.ocr.engines import installed

    engines = installed()
    if not engines:
        sentence = "pages that are pictures wait for a person: no program that recognises text is installed"
        repair = "Install kontorist[ocr], or the package tesseract-ocr with the data of your languages."
        return Diagnosis(subject="pictures", state="warn", sentence=sentence, repair=repair)
    spare = f"; {engines[1].name} is there too and not used" if engines[1:] else ""
    sentence = f"text in pictures is recognised by {engines[0].name}{spare}"
    return Diagnosis(subject="pictures", state="ok", sentence=sentence)


def _packages() -> Iterator[Diagnosis]:
    """Three of our packages have common names; another package of that name would be run in place of ours."""
    home = Path(__file__).resolve().parents[2]
    for name in _OURS:
        spec = importlib.util.find_spec(name)
        places = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
        if any(place.resolve().parent != home for place in places) or not places:
            repair = "Give Kontorist an environment of its own: `make setup` in its folder."
            yield Diagnosis(subject="packages", state="fail", sentence=f"{name} is not ours ({places})", repair=repair)
            return
    yield Diagnosis(subject="packages", state="ok", sentence=f"{', '.join(_OURS)} are ours")


def _libraries() -> Iterator[Diagnosis]:
    needed = ("prefect", "fastapi", "pandas", "sqlalchemy", "pypdfium2", "factur-x", "saxonche")
    found = {name: _version_of(name) for name in needed}
    missing = [name for name, version in found.items() if version is None]
    versions = ", ".join(f"{name} {version}" for name, version in found.items() if version)
    sentence = f"not installed: {', '.join(missing)}" if missing else versions
    yield _check("libraries", not missing, sentence, "Install again with `make setup`.")


def _version_of(name: str) -> str | None:
    import importlib.metadata as metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _of_the_configuration(session: Session) -> Iterator[Diagnosis]:
    try:
        config = session.config(need_secrets=True)
    except KontoristError as error:
        for sentence in error.sentence.splitlines():
            yield Diagnosis(subject="configuration", state="fail", sentence=sentence, repair=error.step)
        return
    yield Diagnosis(subject="configuration", state="ok", sentence=f"{config.path} is right")
    yield _zone(config)
    yield _person(session, config)
    yield from _disk(config)
    yield from _connectors(config)
    yield from _office(config)
    yield from _pool(config)
    yield from (_check("payroll", each.ok, each.sentence, each.repair or "") for each in payroll_findings(config))


def _office(config: Config) -> Iterator[Diagnosis]:
    """A process that lacks something still works, so these are warnings."""
    for subject, each in office_findings(config):
        state: Literal["ok", "warn"] = "ok" if each.ok else "warn"
        repair = None if each.ok else each.repair
        yield Diagnosis(subject=subject, state=state, sentence=each.sentence, repair=repair)


def _pool(config: Config) -> Iterator[Diagnosis]:
    """Only where heavy work has processes of its own, and while the server runs that watches them."""
    from kontorist.engine.instance import notice_of
    from kontorist.engine.prefect_pool import zombies_are_watched
    from kontorist.engine.prefect_server import PrefectServer
    from kontorist.engine.router import pooled_flows

    notice = notice_of(config.var)
    if not pooled_flows(config) or notice is None or "prefect" not in notice:
        return
    try:
        watched = zombies_are_watched(PrefectServer.beside(config.var / "prefect", notice["prefect"]["port"]))
    except OSError:
        return  # it is still starting; `kontorist status` says so
    sentence = "Prefect shows what died there" if watched else "what dies there together with its worker stays Running"
    state: Literal["ok", "warn"] = "ok" if watched else "warn"
    repair = None if watched else "Start `kontorist up` again: it installs the automation in Prefect."
    yield Diagnosis(subject="pool", state=state, sentence=sentence, repair=repair)


def _zone(config: Config) -> Diagnosis:
    from zoneinfo import ZoneInfo

    from kontorist.store.clock import SystemClock

    now = SystemClock().now()
    local = now.astimezone(ZoneInfo(config.company.timezone))
    sentence = f"{local:%Y-%m-%d %H:%M} in {config.company.timezone}"
    repair = "Set the clock of this machine: schedules, leases and signatures depend on it."
    return _check("clock", now.year >= 2025, sentence, repair)


def _person(session: Session, config: Config) -> Diagnosis:
    try:
        actor = session.actor(config)
    except KontoristError as nobody:
        return Diagnosis(subject="person", state="warn", sentence=nobody.sentence, repair=nobody.step)
    roles = ", ".join(sorted(actor.roles)) or "no role"
    return Diagnosis(subject="person", state="ok", sentence=f"you act as {actor.person} ({roles})")


def _disk(config: Config) -> Iterator[Diagnosis]:
    for folder in dict.fromkeys([config.var, config.archive_path]):
        existing = next(each for each in (folder, *folder.parents) if each.exists())
        writable = os.access(existing, os.W_OK | os.X_OK)
        yield _check("folder", writable, f"{folder} can be written", f"Give yourself the right to write in {existing}.")
        free = shutil.disk_usage(existing).free
        state: Literal["ok", "warn"] = "ok" if free >= config.engine.low_disk else "warn"
        repair = (
            None
            if state == "ok"
            else "Make room: without any, nothing new is taken in (`engine.low_disk` says from when on this is told)."
        )
        yield Diagnosis(subject="disk", state=state, sentence=f"{free / 1e9:.1f} GB free in {existing}", repair=repair)
    yield from _reserve(config)


def _reserve(config: Config) -> Iterator[Diagnosis]:
    """Room that was given up so that what had happened could be recorded; looked at once there is a database."""
    from kontorist.store.reserve import Reserve

    database = Path(config.database_url.removeprefix("sqlite:///"))
    if database.exists():
        there = Reserve(database).there()
        said = "is there" if there else "was given up, because the disk was full; nothing new is taken in"
        repair = f"Make room in {database.parent}: work goes on by itself, and the reserve is made anew."
        yield _check("reserve", there, f"the room for records {said}", repair)


def _connectors(config: Config) -> Iterator[Diagnosis]:
    """What each connector says of itself; one that cannot even be asked does not hide the others."""
    from connectors.registry import ConnectorContext, build
    from kontorist.config.secrets import look_up
    from kontorist.domain.ports import ActionSink, EventSource
    from kontorist.store.clock import SystemClock

    surroundings = ConnectorContext(
        root=config.root, secret=lambda name: look_up(name).get_secret_value(), clock=SystemClock()
    )
    for name, connector in config.connectors.items():
        subject = f"connector {name}"
        try:
            built = build(connector.use, name, connector.settings, surroundings)
            results = built.check() if isinstance(built, EventSource | ActionSink) else []
        except (KontoristError, OSError) as error:
            yield Diagnosis(subject=subject, state="fail", sentence=str(error), repair=getattr(error, "step", None))
            continue
        yield from (_check(subject, each.ok, each.sentence, each.repair or "") for each in results)


def _check(subject: str, fine: bool, sentence: str, repair: str) -> Diagnosis:
    return Diagnosis(
        subject=subject, state="ok" if fine else "fail", sentence=sentence, repair=None if fine else repair
    )
