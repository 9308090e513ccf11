"""A month of pay as Prefect runs it: killed after every commit, taken up again, and run once more when all is done."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest

from kontorist import failpoints
from kontorist.domain.ids import EventId
from kontorist.engine.prefect_bridge import Bridge
from kontorist.engine.prefect_server import PrefectServer
from kontorist.sandbox import Pool
from kontorist.services import use_services
from kontorist.testing.payroll import (
    RESULT_HEADINGS,
    TIME_HEADINGS,
    result_row,
    result_rows,
    sample_staff,
    time_rows,
    write_workbook,
)
from kontorist.testing.payroll_office import OCTOBER, PayrollOffice, open_payroll_office

pytestmark = pytest.mark.prefect

STAFF = tuple(replace(each, iban="DE89370400440532013000") for each in sample_staff(OCTOBER)[:2])
EARNED = Decimal("54321.98")
Run = Callable[[str, EventId], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A month that nothing disturbed: its office, what its flows were started with, what they said in the end."""

    office: PayrollOffice
    runs: list[tuple[str, EventId]]
    outcomes: list[object]
    log: str


@pytest.fixture(scope="module")
def bridge(prefect_server: PrefectServer) -> Iterator[Bridge]:
    bridge = Bridge(prefect_server)
    yield bridge
    bridge.close()


@pytest.fixture(scope="module")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One employee's name is doubtful, which a person lets through; a row is about somebody unknown."""
    folder = tmp_path_factory.mktemp("sheets")
    hours = [*time_rows(OCTOBER, STAFF)[::11], ("00099", None, OCTOBER.first, 8, None)]
    pay = [result_row(STAFF[0], EARNED), *result_rows(STAFF)[1:]]
    pay[1] = (pay[1][0], "B. v. d. Hoek", *pay[1][2:])
    return [
        write_workbook(folder / "hours-2026-10.xlsx", TIME_HEADINGS, {"Zeiten": hours}),
        write_workbook(folder / "bureau-2026-10.xlsx", RESULT_HEADINGS, {"Lohn": pay}),
    ]


@pytest.fixture(scope="module")
def done(bridge: Bridge, readers: Pool, sheets: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    office = open_payroll_office(tmp_path_factory.mktemp("undisturbed"), readers, STAFF)
    runs: list[tuple[str, EventId]] = []

    def run(flow: str, event: EventId) -> object:
        runs.append((flow, event))
        return started(bridge, flow, event, "undisturbed")

    bridge.load()  # sets logging up; a handler that was there before would be gone
    with listening() as log:
        outcomes = month(office, run, sheets)
    yield Done(office=office, runs=runs, outcomes=outcomes, log=log.getvalue())
    office.services.close()


def started(bridge: Bridge, flow: str, event: EventId, key: str) -> object:
    return bridge.run(flow, parameters={"event": event}, key=f"payroll/{key}/{flow}/{event}")


def month(office: PayrollOffice, run: Run, sheets: list[Path]) -> list[object]:
    """Sheets in, a doubt let through, released: three flows and what each of them says in the end."""
    with use_services(office.services):
        outcomes = [run("payroll/payroll_run", office.receives(*sheets))]
        for name, kind, flow in (("anna", "payroll_doubts", "doubts"), ("carla", "payroll_release", "release")):
            event = office.decides(name, kind)
            assert event is not None
            outcomes.append(run(f"payroll/{flow}", event))
    for _ in range(2):  # what the dispatcher does: letters that are left, and mails whose sending was interrupted
        office.services.clock.advance(hours=2)  # type: ignore[attr-defined]  # a FakeClock
        office.services.effects.run_due(office.services.clock.now())
    return outcomes


def test_a_month_killed_after_every_commit_ends_as_one_that_was_not(
    bridge: Bridge, done: Done, readers: Pool, sheets: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = open_payroll_office(tmp_path, readers, STAFF)
    kills: list[str] = []

    def run_killed(flow: str, event: EventId) -> object:
        """Killed at its first commit, then at its second, and so on, until it comes through."""
        for commit in range(1, 100):
            monkeypatch.setenv("KONTORIST_FAILPOINTS", f"store.after_commit=raise@{commit}")
            failpoints._passes.clear()
            try:
                return started(bridge, flow, event, f"killed/{commit}")
            except RuntimeError as kill:
                kills.append(str(kill))
            finally:
                monkeypatch.delenv("KONTORIST_FAILPOINTS")
        raise AssertionError("it never comes through")

    outcomes = month(killed, run_killed, sheets)

    assert set(kills) == {"failpoint store.after_commit"}
    assert len(kills) > 12
    assert outcomes == done.outcomes
    assert killed.state() == done.office.state()
    assert sorted(killed.sink.calls) == sorted(set(killed.sink.calls))
    assert len(killed.slips()) == len(STAFF)
    killed.services.close()


def test_run_again_nothing_is_new(bridge: Bridge, done: Done) -> None:
    before = done.office.state()

    with use_services(done.office.services):
        again = [started(bridge, flow, event, "again") for flow, event in done.runs]

    assert again == [done.outcomes[-1]] * 3
    assert done.office.state() == before


def test_what_somebody_earns_stands_in_clear_neither_here_nor_with_prefect(
    prefect_server: PrefectServer, done: Done
) -> None:
    services = done.office.services
    shown = services.payroll_viewing.show("2026-10", done.office.actor("anna"), "audit")
    amounts = [str(amount) for amount in result_row(STAFF[0], EARNED)[2:]]
    figures = {form for each in amounts for form in (each, each.replace(".", ","), each.replace(".", ""))}
    person = {STAFF[0].name, str(STAFF[0].iban)}

    assert {line["gross"] for line in shown["lines"]} >= {str(EARNED)}  # it is there, for those who may see it
    assert holders(services.config.root, figures | {"54.321", "54,321"}) == {}
    assert set(holders(services.config.root, person)) == person  # the search finds what is in clear
    assert {Path(file).stem for files in holders(services.config.root, person).values() for file in files} == {
        "kontorist"
    }
    assert holders(prefect_server.home, figures | person) == {}
    assert "Finished in state" in done.log
    assert [text for text in figures | person if text in done.log] == []


def holders(folder: Path, texts: set[str]) -> dict[str, list[str]]:
    """Which files below `folder` hold which of `texts`, in UTF-8 or UTF-16, packed or not."""
    contents = {path.name: unpacked(path.read_bytes()) for path in folder.rglob("*") if path.is_file()}
    found = {
        text: [name for name, data in contents.items() if text.encode() in data or text.encode("utf-16-le") in data]
        for text in texts
    }
    return {text: files for text, files in found.items() if files}


def unpacked(content: bytes) -> bytes:
    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


@contextmanager
def listening() -> Iterator[StringIO]:
    """Everything that is logged, by us, by Prefect and by what they use."""
    log = StringIO()
    handler, root = logging.StreamHandler(log), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield log
    root.removeHandler(handler)
    root.setLevel(level)
