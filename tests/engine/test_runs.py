"""`kontorist run`, `events emit` and `status`, on real papers."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kontorist.config import Config, load
from kontorist.domain.events import Event
from kontorist.engine import runs
from kontorist.engine.emitting import OtherData
from kontorist.engine.instance import instance_lock
from kontorist.engine.prefect_bridge import FlowUnknown
from kontorist.engine.prefect_server import PrefectServer
from kontorist.engine.runs import FolderMissing, Progress, emit, explain, run_once, status
from kontorist.engine.worker import flows_of
from kontorist.store.database import Store
from kontorist.testing.documents.company import sample_month
from kontorist.testing.fakes import FakeClock
from kontorist.testing.installation import Installation

INTAKE = "payables/invoice_intake"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    installation = Installation(tmp_path / "office")
    return load(installation.folder, environment=installation.environment)


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """Two invoices, and things beside them that are none."""
    made = sample_month(tmp_path / "month", today=date(2026, 11, 20))
    folder = tmp_path / "papers"
    folder.mkdir()
    for paper in made[:2]:
        shutil.copy(paper.file, folder)
    (folder / ".hidden.pdf").write_bytes(b"%PDF")
    (folder / "half.pdf.part").write_bytes(b"%PDF")
    (folder / "a folder").mkdir()
    return folder


@pytest.fixture
def prefect(prefect_server: PrefectServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session's server stands in for the one that a run would start."""

    @contextmanager
    def one_that_runs(_: Path) -> Iterator[runs._Prefect]:
        yield runs._Prefect(prefect_server)

    monkeypatch.setattr(runs, "_OwnPrefect", one_that_runs)
    monkeypatch.setattr(runs, "_some_prefect", one_that_runs)


def books(config: Config) -> Store:
    return Store.open(config.database_url)


@pytest.mark.prefect
@pytest.mark.timeout(180)
def test_every_file_of_a_folder_ends_with_a_state_and_a_second_run_changes_nothing(
    config: Config, papers: Path, prefect: None
) -> None:
    seen: list[Progress] = []
    before = sorted(file.name for file in papers.iterdir())

    first = run_once(config, INTAKE, folder=papers, on_progress=seen.append)

    assert [result.state for result in first] == ["done", "done"]
    for result in first:
        assert result.outcome is not None
        assert [each["name"] for each in result.outcome["documents"]] == [result.name]
        assert result.outcome["documents"][0]["state"] in ("booked", "worklist", "quarantined")
    assert sorted(file.name for file in papers.iterdir()) == before, "the files given are never moved"
    assert {progress.stage for progress in seen} >= {"archiving", "running"}

    again = run_once(config, INTAKE, folder=papers)

    assert [result.repeated for result in again] == [True, True]
    assert [result.outcome for result in again] == [result.outcome for result in first]
    with books(config) as store, store.read() as tx:
        assert store.inbox.counts(tx)["done"] == 2
        assert len(store.documents.list(tx)) == 2


@pytest.mark.prefect
@pytest.mark.timeout(180)
def test_a_dry_run_says_what_would_become_of_it_and_writes_nothing(config: Config, papers: Path, prefect: None) -> None:
    results = run_once(config, INTAKE, folder=papers, dry_run=True)

    assert [result.state for result in results] == ["done", "done"]
    assert all(result.outcome and result.outcome["documents"] for result in results)
    with books(config) as store, store.read() as tx:
        assert sum(store.inbox.counts(tx).values()) == 0
        assert store.documents.list(tx) == []
        assert store.effects.list(tx) == []
        assert store.journal.entries(tx) == []
    kept = [file for file in config.archive_path.rglob("*") if file.is_file() and file.read_bytes().startswith(b"%PDF")]
    assert kept == []


@dataclass
class Neighbour:
    """A running instance: it holds the lock and deals with whatever comes into the inbox."""

    config: Config

    def __post_init__(self) -> None:
        self._stopping = threading.Event()
        self.ready = threading.Event()

    def run(self) -> None:
        with instance_lock(self.config.var), books(self.config) as store:
            self.ready.set()
            while not self._stopping.wait(0.05):
                with store.write() as tx:
                    for claim in store.inbox.claim(tx, owner="neighbour", now=store.clock.now(), limit=10):
                        store.inbox.done(tx, claim, {"by": "the neighbour"})

    def stop(self) -> None:
        self._stopping.set()


@pytest.fixture
def neighbour(config: Config) -> Iterator[Neighbour]:
    neighbour = Neighbour(config)
    thread = threading.Thread(target=neighbour.run)
    thread.start()
    assert neighbour.ready.wait(timeout=10)
    yield neighbour
    neighbour.stop()
    thread.join(timeout=10)


def test_beside_a_running_instance_a_run_goes_through_its_inbox(
    config: Config, papers: Path, neighbour: Neighbour
) -> None:
    results = run_once(config, INTAKE, folder=papers)

    assert [result.outcome for result in results] == [{"by": "the neighbour"}] * 2


def test_a_run_without_a_folder_is_an_event_of_its_own_each_time(config: Config, neighbour: Neighbour) -> None:
    results = [run_once(config, "reporting/daily_report", {"day": "2026-11-02"}) for _ in range(2)]

    assert results[0][0].event != results[1][0].event
    with books(config) as store, store.read() as tx:
        row = store.inbox.get(tx, results[0][0].event)
    assert row.body["data"] == {"run": "reporting/daily_report", "parameters": {"day": "2026-11-02"}}


def test_a_file_that_is_too_large_is_quarantined_without_being_read(
    config: Config, papers: Path, neighbour: Neighbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "LARGEST_FILE", 10)

    results = run_once(config, INTAKE, folder=papers)

    assert {(result.state, result.reason_code) for result in results} == {("quarantined", "too_large")}


def test_a_wrong_flow_or_folder_is_said_at_once(config: Config, tmp_path: Path) -> None:
    with pytest.raises(FlowUnknown, match="invoce_intake"):
        run_once(config, "payables/invoce_intake")
    with pytest.raises(FolderMissing, match="nowhere"):
        run_once(config, INTAKE, folder=tmp_path / "nowhere")


def test_an_empty_folder_starts_nothing(config: Config, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    assert run_once(config, INTAKE, folder=tmp_path / "empty") == []
    assert not (config.var / "log").exists(), "no server was started"


# --- events emit


def test_an_emitted_event_is_accepted_once_and_its_end_can_be_awaited(config: Config, neighbour: Neighbour) -> None:
    first = emit(config, "order.created", {"order": "WEB-1"}, id="o-1", wait=10)
    second = emit(config, "order.created", {"order": "WEB-1"}, id="o-1")

    assert (first["accepted"], first["duplicate"], first["state"]) == (True, False, "done")
    assert (second["accepted"], second["duplicate"], second["inbox_id"]) == (False, True, first["inbox_id"])


def test_a_known_id_with_other_data_is_refused(config: Config) -> None:
    emit(config, "order.created", {"order": "WEB-1"}, id="o-1")

    with pytest.raises(OtherData):
        emit(config, "order.created", {"order": "WEB-2"}, id="o-1")


def test_without_an_id_every_event_is_its_own(config: Config) -> None:
    answers = [emit(config, "order.created", {}) for _ in range(2)]

    assert answers[0]["inbox_id"] != answers[1]["inbox_id"]
    assert {answer["state"] for answer in answers} == {"new"}


def test_which_route_would_take_an_event_can_be_asked(config: Config) -> None:
    event = Event(id="1", source="/kontorist/cli/emit", type="ticket.created")

    said = explain(config, event)

    assert said[0].reason == "It is for document.received, and this is ticket.created."
    assert not any(one.fits for one in said)


@pytest.mark.parametrize(("kind", "flow"), [("invoice_review", "payables/approval"), ("reversal", "worklist/decision")])
def test_decisions_are_carried_out_without_a_route_in_config(config: Config, kind: str, flow: str) -> None:
    event = Event(id="1", source="/kontorist/worklist", type="approval.granted", data={"kind": kind})

    assert explain(config, event)[-1].route.run == flow
    assert flow in flows_of(config)


# --- status


def test_status_tells_what_waits_and_that_nothing_runs(config: Config) -> None:
    emit(config, "order.created", {})
    told = status(config, FakeClock(datetime.now(UTC) + timedelta(minutes=5)))

    assert (told["light"], told["running"], told["parts"]) == ("red", False, [])
    assert told["inbox"]["new"] == 1
    assert 290 < told["oldest_open_seconds"] < 320
    assert told["versions"]["prefect"].startswith("3.")


def test_status_of_a_running_instance_turns_amber_for_what_waits_for_a_person(config: Config) -> None:
    event = Event(id="1", source="/kontorist/cli/emit", type="ticket.created")
    with instance_lock(config.var), books(config) as store:
        _publish(config)
        assert status(config)["light"] == "green"
        with store.write() as tx:
            store.inbox.accept(tx, event, raw_hash="0", state="quarantined", reason_code="no_route", reason="None.")
        assert status(config)["light"] == "amber"


def test_status_turns_amber_while_prefect_does_not_answer(config: Config) -> None:
    with instance_lock(config.var), books(config):
        _publish(config, parts=[{"name": "prefect", "state": "running", "pid": 1}])
        told = status(config)

    assert (told["light"], told["parts"][0]["state"]) == ("amber", "starting")


def _publish(config: Config, parts: list[dict[str, Any]] | None = None) -> None:
    from kontorist.engine.instance import publish
    from kontorist.engine.prefect_server import free_port

    publish(
        config.var,
        {
            "since": "2026-11-02T08:00:00+00:00",
            "receiver": f"http://127.0.0.1:{free_port()}",
            "prefect": {"port": free_port()},
            "parts": parts or [],
        },
    )
