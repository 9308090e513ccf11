"""Secrets and pay are driven through every failure path; afterwards they are looked for in all that was written."""

from __future__ import annotations

import logging
import sys
import threading
import types
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kontorist import secrecy
from kontorist.config import load
from kontorist.domain.errors import AuthError, BusinessError, NeedsAPerson, TransientError, UncertainOutcome
from kontorist.domain.events import Event
from kontorist.engine import logs
from kontorist.engine.dispatcher import Dispatcher
from kontorist.engine.leases import Leases
from kontorist.engine.loops import Loop
from kontorist.engine.prefect_bridge import Bridge
from kontorist.engine.prefect_server import PrefectServer
from kontorist.engine.router import Route, Router
from kontorist.engine.watch import Watched
from kontorist.services import Services, open_services
from kontorist.testing.fakes import FakeClock

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(180)]

SECRET = "whsec_Y2FuYXJ5LW9mLXRoZS1mcm9udC1vZmZpY2Uta2V5"
PAY = "48117.42"
#: What stands beside the secret: it must be found, or nothing was driven through at all.
BESIDE = "beside-the-canary"
CONFIG = """\
version: 1
company: {name: Kontor Beispiel B.V., country: NL}
people: {otto: {email: otto@example.org, roles: [operator]}}
connectors:
  shop: {use: webhook/standard, key: {secret: shop}}
  scanner: {use: folder/local, path: in/scan}
  outbox: {use: mail/maildir, path: var/outbox, sender: "office@example.org"}
notifications: {mail_out: outbox}
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Services]:
    (tmp_path / "config.yaml").write_text(CONFIG)
    before = (logging.getLogRecordFactory(), secrecy._spellings)
    config = load(tmp_path, environment={"KONTORIST_SECRET_SHOP": SECRET})
    handler = logging.FileHandler(tmp_path / "worker.log")
    handler.setFormatter(logs._formatter(None))
    logging.getLogger().addHandler(handler)
    logs.hide_secrets()
    with open_services(config, clock=FakeClock()) as services:
        yield services
    logging.getLogger().removeHandler(handler)
    handler.close()
    logging.setLogRecordFactory(before[0])
    secrecy._spellings = before[1]


@pytest.fixture
def flows(monkeypatch: pytest.MonkeyPatch, prefect_server: PrefectServer) -> Iterator[Bridge]:
    """Flows that fail with what they know: `canaries/...` with a secret, `payroll/leak` with somebody's pay."""
    bridge = Bridge(prefect_server)
    from prefect import flow, task

    @task
    def fail(error: Exception) -> None:
        raise error

    def failing(name: str, error: Callable[[], Exception]) -> Any:
        @flow(name=f"canary {name}")
        def leak(event: str) -> None:
            fail(error())

        return leak

    for subject, name, error in (
        ("canaries", "fault", lambda: ValueError(f"{BESIDE}: {SECRET}")),
        ("canaries", "outside", lambda: TransientError(f"{BESIDE}: {SECRET}", place=SECRET)),
        ("canaries", "person", lambda: NeedsAPerson(f"{BESIDE}: {SECRET}")),
        ("payroll", "leak", lambda: ValueError(f"E7 earns {PAY}, said {SECRET}")),
    ):
        module = types.ModuleType(f"flows.{subject}.{name}")
        setattr(module, name, failing(name, error))
        monkeypatch.setitem(sys.modules, module.__name__, module)
    yield bridge
    bridge.close()


def run_all(office: Services, bridge: Bridge) -> None:
    """Each flow until its event has no attempt left."""
    store = office.store
    names = ("canaries/fault", "canaries/outside", "canaries/person", "payroll/leak")
    router = Router([Route(on=f"canary.{name.partition('/')[2]}", run=name, max_attempts=2) for name in names])
    dispatcher = Dispatcher(store, router, bridge, Leases(store))
    with store.write() as tx:
        for name in names:
            event = Event(id=name, source="/kontorist/webhook/shop", type=f"canary.{name.partition('/')[2]}")
            store.inbox.accept(tx, event, raw_hash=name)
    for _ in range(2):
        while dispatcher.step():
            pass
        office.clock.advance(timedelta(hours=1))  # type: ignore[attr-defined]  # the fake one


def act_badly(office: Services) -> None:
    """Effects that the other side answers with our own secret."""
    errors: tuple[Exception, ...] = (
        BusinessError("refused", f"{BESIDE}: {SECRET}"),
        TransientError(f"{BESIDE}: {SECRET}"),
        UncertainOutcome(f"{BESIDE}: {SECRET}"),
        AuthError(f"{BESIDE}: {SECRET}"),
    )
    for number, error in enumerate(errors):

        def act(request: Any, key: str, error: Exception = error) -> Any:
            raise error

        with suppress(type(error)):
            office.effects.once("canary", f"canary/{number}", {"number": number}, act)


def read_badly(office: Services) -> None:
    """A source and a loop that fail with what they were set up with."""

    def poll() -> int:
        raise AuthError(f"{BESIDE}: {SECRET}")

    watched = Watched("/kontorist/folder/scanner", office.store, poll)
    Loop("source scanner", 1.0, watched, threading.Event()).once()

    def broken() -> None:
        raise RuntimeError(f"{BESIDE}: {SECRET}")

    Loop("clock", 1.0, broken, threading.Event()).once()


def files_with(text: str, *folders: Path) -> list[str]:
    found = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    return sorted(file.name for file in found if text.encode() in file.read_bytes())


def test_no_secret_and_no_pay_is_in_logs_databases_runs_or_mails(
    office: Services, flows: Bridge, prefect_server: PrefectServer
) -> None:
    run_all(office, flows)
    act_badly(office)
    read_badly(office)
    for handler in logging.getLogger("prefect.flow_runs").handlers:
        handler.flush()  # it sends in the background

    places = (office.config.root, prefect_server.home)
    written = files_with(BESIDE, *places)
    with office.store.read() as tx:
        reasons = [row.reason or "" for row in office.store.inbox.list(tx)]
    assert files_with(SECRET, *places) == []
    assert files_with(PAY, *places) == []
    assert files_with(SECRET.removeprefix("whsec_"), *places) == []
    assert any("worker.log" in name for name in written), "nothing was driven through the log"
    assert any(name.startswith("prefect.db") for name in written), "nothing was driven through Prefect"
    assert any(name.startswith("kontorist.db") for name in written), "nothing was driven through our database"
    assert len(reasons) == 4
    assert all(reasons)
