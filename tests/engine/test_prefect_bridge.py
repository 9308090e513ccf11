"""What our only bridge to Prefect relies on, pinned: a change in Prefect is to be seen here first."""

from __future__ import annotations

import json
import sys
import threading
import time
import types
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from kontorist.domain.errors import NeedsAPerson, SetupWrong
from kontorist.engine.prefect_bridge import Bridge, FlowUnknown, PrefectAway, load_flow
from kontorist.engine.prefect_pool import POOL, ZOMBIES, zombies_are_watched
from kontorist.engine.prefect_server import PrefectServer, free_port
from kontorist.store.errors import StoreFull

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(180)]


class TotalsDisagree(NeedsAPerson):
    """The total is not the sum of the lines."""


@pytest.fixture(scope="module")
def bridge(prefect_server: PrefectServer) -> Iterator[Bridge]:
    bridge = Bridge(prefect_server, {"office/day": "true"})
    yield bridge
    bridge.close()


@pytest.fixture(scope="module")
def office(bridge: Bridge) -> Iterator[str]:
    """Flows as the office writes them, in a module flows.office.*; gives their subject."""
    from prefect import flow, task

    @task
    def read(event: str) -> str:
        return f"read {event}"

    @flow(name="office day")
    def day(event: str, copies: int = 1) -> dict[str, Any]:
        """Every letter of the day is read."""
        return {"outcome": [read(event) for _ in range(copies)]}

    @flow(name="office trouble")
    def trouble(event: str) -> None:
        raise TotalsDisagree("100.00 is not 99.00.")

    for flow_object in (day, trouble):
        module = types.ModuleType(f"flows.office.{flow_object.fn.__name__}")
        setattr(module, flow_object.fn.__name__, flow_object)
        sys.modules[module.__name__] = module
    yield "office"
    for name in ("day", "trouble"):
        del sys.modules[f"flows.office.{name}"]


def key(attempt: int = 1, event: str | None = None) -> str:
    return f"inbox:{event or uuid4().hex}:{attempt}"


def ask(server: PrefectServer, path: str, body: dict[str, Any], method: str = "POST") -> Any:
    """Prefect's own API, without Prefect's client."""
    import base64

    request = urllib.request.Request(server.api + path, json.dumps(body).encode(), method=method)
    request.add_header("content-type", "application/json")
    request.add_header("authorization", "Basic " + base64.b64encode(server.auth.encode()).decode())
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read() or "null")


def run_of(bridge: Bridge, run: str) -> dict[str, Any]:
    return ask(bridge.server, "/flow_runs/filter", {"flow_runs": {"id": {"any_": [run]}}})[0]


def pending(bridge: Bridge, name: str, under: str) -> str:
    """What a dispatcher leaves that is killed after it created the run and before it started it."""
    with bridge._settings():
        return str(bridge._pending_run(bridge._deployment(name), {"event": "E1"}, under, ["inbox:E1"]).id)


def test_a_run_is_carried_out_here_and_shown_under_its_deployment(bridge: Bridge, office: str) -> None:
    seen: list[str] = []

    outcome = bridge.run(
        "office/day", parameters={"event": "E1", "copies": 2}, key=key(), tags=["inbox:E1"], created=seen.append
    )

    assert outcome == {"outcome": ["read E1", "read E1"]}
    run = run_of(bridge, seen[0])
    assert run["state_name"] == "Completed"
    assert set(run["tags"]) == {"kontorist", "inbox:E1"}
    assert run["deployment_id"] == str(bridge._deployment("office/day"))
    assert run["parameters"] == {"event": "E1", "copies": 2}, "typed values, never rendered to text"


def test_runs_are_carried_out_in_worker_threads_too(bridge: Bridge, office: str) -> None:
    outcomes: list[Any] = []

    def work() -> None:
        outcomes.append(bridge.run("office/day", parameters={"event": "E2"}, key=key()))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(timeout=30)

    assert outcomes == [{"outcome": ["read E2"]}]


def test_the_same_key_is_the_same_run_and_the_next_attempt_another(bridge: Bridge, office: str) -> None:
    event = uuid4().hex
    runs = [pending(bridge, "office/day", key(attempt, event)) for attempt in (1, 1, 2)]

    assert runs[0] == runs[1]
    assert runs[2] != runs[0]


def test_deployments_are_made_once_however_often_we_start(bridge: Bridge, office: str) -> None:
    first = bridge._deployment("office/day")
    again = Bridge(bridge.server)
    again.deploy(["office/day"])

    assert again._deployment("office/day") == first
    again.close()


def test_a_flow_that_fails_fails_here_and_there(bridge: Bridge, office: str) -> None:
    seen: list[str] = []

    with pytest.raises(TotalsDisagree, match=r"100\.00 is not 99\.00"):
        bridge.run("office/trouble", parameters={"event": "E3"}, key=key(), created=seen.append)

    assert bridge.state_of(seen[0]) == "Failed"


def test_a_batch_is_one_run_with_a_table_of_what_became_of_each(bridge: Bridge, office: str) -> None:
    seen: list[str] = []
    outcomes: list[Any] = []

    def work(event: str, call: Callable[[], Any]) -> dict[str, str]:
        if event == "E2":
            return {"event": event, "became": "quarantined", "code": "KON-100"}
        outcomes.append(call())
        return {"event": event, "became": "done", "code": ""}

    events = ["E1", "E2", "E3"]
    bridge.run_batch("office/day", events=events, work=work, key=f"batch:{key()}", created=seen.append)

    run = run_of(bridge, seen[0])
    assert (run["state"]["name"], run["state"]["message"]) == ("Completed", "2 done, 1 quarantined")
    assert run["deployment_id"] == str(bridge._deployment("office/day"))
    assert run["parameters"] == {"events": events}
    assert outcomes == [{"outcome": ["read E1"]}, {"outcome": ["read E3"]}]
    [table] = ask(bridge.server, "/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": seen}}})
    assert [row["became"] for row in json.loads(table["data"])] == ["done", "quarantined", "done"]


def test_a_disk_that_is_full_in_the_middle_of_a_batch_ends_its_run(bridge: Bridge, office: str) -> None:
    seen: list[str] = []

    def work(event: str, call: Callable[[], Any]) -> dict[str, str]:
        raise StoreFull

    with pytest.raises(StoreFull):
        bridge.run_batch("office/day", events=["E1"], work=work, key=f"batch:{key()}", created=seen.append)

    assert bridge.state_of(seen[0]) == "Failed"


def test_what_a_killed_dispatcher_left_pending_is_found_and_ended(bridge: Bridge, office: str) -> None:
    under = key()
    run = pending(bridge, "office/day", under)

    assert [one.state for one in bridge.open_runs() if one.key == under] == ["PENDING"]
    bridge.crash(run, "the worker was killed")

    assert bridge.state_of(run) == "Crashed"
    assert under not in [one.key for one in bridge.open_runs()]


def test_a_run_that_ended_while_prefect_was_away_is_shown_as_completed(bridge: Bridge, office: str) -> None:
    run = pending(bridge, "office/day", key())

    bridge.complete(run, "ended while Prefect was away")

    assert bridge.state_of(run) == "Completed"


def test_a_live_runner_leaves_our_pending_run_alone(bridge: Bridge, office: str, prefect_server: PrefectServer) -> None:
    """A runner that serves the same deployment asks for *scheduled* runs; three polls, and ours is untouched."""
    from prefect.states import Scheduled

    asked = {"limit": 10, "deployment_ids": [str(bridge._deployment("office/day"))]}
    run = pending(bridge, "office/day", key())
    with bridge._settings():
        scheduled = bridge._connection().create_flow_run_from_deployment(
            bridge._deployment("office/day"), parameters={"event": "E9"}, state=Scheduled()
        )
    for _ in range(3):  # what prefect.runner.Runner asks at each of its polls
        offered = json.dumps(ask(prefect_server, "/deployments/get_scheduled_flow_runs", asked))
        assert run not in offered
        assert str(scheduled.id) in offered, "the poll itself works"

    assert bridge.state_of(run) == "Pending"
    bridge.crash(run, "end of test")
    bridge.crash(str(scheduled.id), "end of test")


def test_a_run_for_the_pool_is_offered_only_after_we_know_it(bridge: Bridge, office: str) -> None:
    """What Prefect's worker asks at each of its polls; the process that it starts must find the run in the inbox."""
    seen: list[str] = []

    def offered() -> str:
        return json.dumps(ask(bridge.server, f"/work_pools/{POOL}/get_scheduled_flow_runs", {}))

    def created(run: str) -> None:
        seen.append(run)
        assert run not in offered()

    under = key()
    bridge.offer("office/day", parameters={"event": "E1"}, key=under, tags=["inbox:E1"], created=created)

    assert seen[0] in offered()
    run = run_of(bridge, seen[0])
    assert (run["work_pool_name"], run["parameters"], set(run["tags"])) == (
        POOL,
        {"event": "E1"},
        {"kontorist", "inbox:E1"},
    )
    assert [one.state for one in bridge.open_runs() if one.key == under] == ["SCHEDULED"]
    bridge.crash(seen[0], "its event has gone on")
    assert seen[0] not in offered()


def test_an_offered_run_is_carried_out_with_a_heartbeat(bridge: Bridge, office: str) -> None:
    seen: list[str] = []
    bridge.offer("office/day", parameters={"event": "E1", "copies": 0}, key=key(), created=seen.append)

    assert bridge.take_up(seen[0], "office/day") == {"outcome": []}

    assert bridge.state_of(seen[0]) == "Completed"
    resource = {"id": [f"prefect.flow-run.{seen[0]}"]}
    wanted = {"filter": {"event": {"name": ["prefect.flow-run.heartbeat"]}, "resource": resource}}
    deadline = time.monotonic() + 30
    while not ask(bridge.server, "/events/filter", wanted)["events"]:
        assert time.monotonic() < deadline, "no heartbeat"
        time.sleep(0.1)


def test_the_pool_and_its_watch_are_made_once_however_often_we_start(bridge: Bridge, office: str) -> None:
    first = bridge._pool_deployment("office/day")
    again = Bridge(bridge.server, {"office/day": "true"})
    again.deploy(["office/day"])

    assert again._pool_deployment("office/day") == first != again._deployment("office/day")
    [watch] = ask(bridge.server, "/automations/filter", {})
    assert (watch["name"], watch["enabled"]) == (ZOMBIES, True)
    assert (watch["trigger"]["posture"], watch["trigger"]["within"]) == ("Proactive", 90)
    assert watch["actions"][0]["state"] == "CRASHED"
    assert zombies_are_watched(bridge.server)
    assert not again.pool_attended(), "no worker has been seen"
    again.close()


@pytest.mark.parametrize(
    ("name", "status", "attended"), [(POOL, "READY", True), (POOL, "PAUSED", False), ("-", "", False)]
)
def test_the_pool_is_attended_while_a_worker_is_there_and_nobody_has_paused_it(
    bridge: Bridge, office: str, monkeypatch: pytest.MonkeyPatch, name: str, status: str, attended: bool
) -> None:
    bridge.deploy(["office/day"])
    monkeypatch.setattr("kontorist.engine.prefect_pool.POOL", name)
    if status:
        ask(bridge.server, f"/work_pools/{POOL}/workers/heartbeat", {"name": "somebody"})
        ask(bridge.server, f"/work_pools/{POOL}", {"is_paused": status == "PAUSED"}, "PATCH")

    assert bridge.pool_attended() is attended


def test_an_own_run_takes_well_under_a_second(bridge: Bridge, office: str) -> None:
    """With the heartbeat each run would pay a second for joining its thread; 0.6 s is the bar on an idle machine."""

    def one_run(number: int) -> float:
        begun = time.monotonic()
        bridge.run("office/day", parameters={"event": f"E{number}", "copies": 0}, key=key())
        return time.monotonic() - begun

    assert any(one_run(number) < 0.9 for number in range(12)), "one of twelve, since other tests run beside it"


def test_no_heartbeat_thread_runs_beside_a_flow(bridge: Bridge, office: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen by what the flow itself sees: with the heartbeat on, there are more threads."""
    from prefect import flow, settings

    seen: list[int] = []
    names: list[str] = []

    @flow(name="office listening")
    def listening(event: str) -> None:
        seen.append(threading.active_count())
        names.extend(thread.name for thread in threading.enumerate())

    def with_heartbeat(mood: str = "") -> Any:
        return settings.temporary_settings(here | {settings.PREFECT_FLOWS_HEARTBEAT_FREQUENCY: 30})

    here = {settings.PREFECT_API_URL: bridge.server.api, settings.PREFECT_API_AUTH_STRING: bridge.server.auth}
    module = types.ModuleType("flows.office.listening")
    module.__dict__["listening"] = listening
    monkeypatch.setitem(sys.modules, module.__name__, module)

    for _ in range(2):  # the second with every lasting thread of Prefect's already there
        bridge.run("office/listening", parameters={"event": "E1"}, key=key())
    monkeypatch.setattr(bridge, "_settings", with_heartbeat)
    bridge.run("office/listening", parameters={"event": "E1"}, key=key())

    assert seen[2] > seen[1]
    assert not [name for name in names if "observer" in name], "nobody watches for suspension: we never suspend"


@pytest.mark.parametrize(("answers", "last"), [([503, 503, 200], 200), ([200, 503], 200), ([404, 200], 404)])
def test_a_locked_database_of_prefects_costs_milliseconds(answers: list[int], last: int) -> None:
    """Its server answers 503 while it writes what tasks report; anything else is not repeated."""
    import httpx

    from kontorist.engine.prefect_client import Patient

    left = iter(answers)
    transport = Patient(httpx.MockTransport(lambda request: httpx.Response(next(left), text="Service Unavailable")))
    begun = time.monotonic()
    with httpx.Client(transport=transport) as client:
        answer = client.post("http://127.0.0.1/flow_runs", json={})

    assert answer.status_code == last
    assert time.monotonic() - begun < 1


def test_who_stays_busy_is_told_so_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx

    from kontorist.engine import prefect_client

    slept: list[float] = []
    monkeypatch.setattr(prefect_client.time, "sleep", slept.append)
    with httpx.Client(transport=prefect_client.Patient(httpx.MockTransport(lambda _: httpx.Response(503)))) as client:
        assert client.get("http://127.0.0.1/").status_code == 503

    assert 3 < sum(slept) < 4


def test_runs_share_one_connection_and_ask_for_no_more_than_they_need(bridge: Bridge, office: str) -> None:
    """A run that made a connection of its own would read all certificates there are: 40 ms and more."""
    asked = bridge._connection()._client
    seen: list[str] = []
    asked.event_hooks["request"] = [lambda request: seen.append(request.url.path.rpartition("/")[2])]
    try:
        bridge.run("office/day", parameters={"event": "E1"}, key=key())
    finally:
        asked.event_hooks["request"] = []

    assert seen[0] == "create_flow_run"
    assert seen.count("set_state") == 2, "running and completed, by the same connection"
    assert "storage" not in seen, "results are not kept in Prefect"


def test_the_server_asks_for_its_password(prefect_server: PrefectServer) -> None:
    stranger = PrefectServer(home=prefect_server.home, port=prefect_server.port, auth="kontorist:guessed")

    with pytest.raises(urllib.error.HTTPError, match="401"):
        ask(stranger, "/flow_runs/filter", {})
    assert (prefect_server.home / "auth").stat().st_mode & 0o077 == 0


def test_prefect_being_away_is_told_from_a_flow_that_fails(bridge: Bridge, office: str, tmp_path: Path) -> None:
    """No retry of our own: the dispatcher looks whether the server answers before it claims."""
    (tmp_path / "auth").write_text("kontorist:x")
    nowhere = Bridge(PrefectServer.beside(tmp_path, free_port()))

    assert not nowhere.reachable()
    with pytest.raises(PrefectAway):
        nowhere.open_runs()


@pytest.mark.parametrize("name", ["payables/invoce_intake", "nowhere/at_all", "office/day_off"])
def test_a_flow_that_does_not_exist_is_a_set_up_error(office: str, name: str) -> None:
    with pytest.raises(FlowUnknown, match="There is no flow") as refusal:
        load_flow(name)

    assert isinstance(refusal.value, SetupWrong)


def test_the_password_is_made_once(tmp_path: Path) -> None:
    first = PrefectServer.prepared(tmp_path / "home")
    second = PrefectServer.prepared(tmp_path / "home")

    assert first.auth == second.auth == PrefectServer.beside(tmp_path / "home", 1).auth
    assert first.command()[-4:-1] == ["--host", "127.0.0.1", "--port"]
