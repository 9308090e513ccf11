"""The month's end as Prefect runs it."""

from __future__ import annotations

import pytest
from openpyxl import load_workbook

from kontorist.domain.events import Event
from kontorist.engine.prefect_bridge import Bridge
from kontorist.engine.prefect_server import PrefectServer
from kontorist.services import use_services
from kontorist.testing.office import Office

pytestmark = pytest.mark.prefect


def test_the_month_is_checked_written_and_mailed_once(prefect_server: PrefectServer, office: Office) -> None:
    reporting = office.services.config.reporting
    pack = reporting.month_pack.model_copy(update={"to": ("anna", "carla")})
    office.services.config.__dict__["reporting"] = reporting.model_copy(update={"month_pack": pack})
    office.takes_in("papierhaus-lindner.pdf")

    bridge = Bridge(prefect_server)
    with use_services(office.services):
        outcomes = [run(bridge, office, f"month-{number}") for number in (1, 2)]
    bridge.close()

    assert outcomes[0] == outcomes[1]
    assert (outcomes[0]["period"], outcomes[0]["ready"], outcomes[0]["pack"]) == ("2026-05", False, 1)
    letters = [action for key, action in office.sink.done.items() if "month_end" in key]
    assert sorted(action["to"][0] for action in letters) == ["anna@example.org", "carla@example.org"]
    files = [office.services.config.root / file for file in outcomes[0]["files"]]  # type: ignore[attr-defined]  # a list in the outcome's plain data
    assert [file.name for file in files] == ["month-end-2026-05-de.xlsx", "month-end-2026-05-en.xlsx"]
    assert load_workbook(files[1])["Trial balance"]["I2"].value == "A1500@2026-05"


def run(bridge: Bridge, office: Office, identity: str) -> dict[str, object]:
    """What the schedule of 2 June leads to: the month before is May."""
    event = Event(id=identity, source="/kontorist/schedule/month_end", type="schedule.due")
    with office.services.store.write() as tx:
        accepted = office.services.store.inbox.accept(tx, event, raw_hash=identity)
    parameters = {"event": accepted.id, "schedule": "month_end", "planned": "2026-06-02T06:00:00+02:00"}
    outcome = bridge.run("closing/month_end", parameters=parameters, key=identity)
    assert isinstance(outcome, dict)
    return outcome
