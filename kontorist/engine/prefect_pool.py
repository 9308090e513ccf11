"""The work pool of the lane `pool`, as Prefect sees it: the pool, its deployments, its watch for the dead.

A run of this lane is made like any other, and only then offered to the pool: Prefect's own worker
(kontorist/engine/prefect_worker.py) starts a process for it, which is ours (kontorist/engine/pool_process.py).
"""

from __future__ import annotations

import base64
import json
import shlex
import sys
import urllib.request
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kontorist.engine.prefect_server import PrefectServer

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.events.schemas.automations import AutomationCore

POOL = "kontorist"
"""The name of the work pool."""

HEARTBEAT_EVERY = 30
"""Seconds; Prefect allows no shorter ones."""

ZOMBIES = "kontorist: runs whose process is gone"
"""The name of the automation that shows them as Crashed."""

_DEAD_AFTER = 90  # seconds without a heartbeat
_ABOUT_ZOMBIES = "Made by `kontorist up`; without it a run of the pool that died with its worker stays Running."


def command_for(config: Path, flow: str) -> str:
    """What the pool starts for a run of `flow`; no secret is in it."""
    return shlex.join([sys.executable, "-m", "kontorist.engine.pool_process", str(config.resolve()), flow])


def make_pool(client: SyncPrefectClient) -> None:
    """Make the work pool and the watch for zombies, unless they are there."""
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
    from prefect.workers.process import ProcessWorker

    try:
        client.read_work_pool(POOL)
    except ObjectNotFound:
        template = ProcessWorker.get_default_base_job_template()
        with suppress(ObjectAlreadyExists):  # the worker makes it too, when it is the first to come
            client.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=template))
    if client.find_automation(ZOMBIES) is None:
        client.create_automation(_watch_for_zombies())


def _watch_for_zombies() -> AutomationCore:
    """After a heartbeat something has to follow within 90 s, else the run is Crashed (Prefect: detect zombie flows)."""
    from prefect.client.schemas.objects import StateType
    from prefect.events.actions import ChangeFlowRunState
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
    from prefect.events.schemas.events import ResourceSpecification

    heartbeat = "prefect.flow-run.heartbeat"
    ends = (f"prefect.flow-run.{state}" for state in ("Completed", "Failed", "Cancelled", "Crashed"))
    trigger = EventTrigger(
        after={heartbeat},
        expect={heartbeat, *ends},
        match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        threshold=1,
        within=timedelta(seconds=_DEAD_AFTER),
    )
    crashed = ChangeFlowRunState(state=StateType.CRASHED, message="Nothing was heard of its process any more.")
    return AutomationCore(name=ZOMBIES, description=_ABOUT_ZOMBIES, trigger=trigger, actions=[crashed])


def attended(client: SyncPrefectClient) -> bool:
    """Whether a worker looks after the pool, and nobody has paused it in Prefect's screen."""
    from prefect.client.schemas.objects import WorkPoolStatus
    from prefect.exceptions import ObjectNotFound

    try:
        return client.read_work_pool(POOL).status is WorkPoolStatus.READY
    except ObjectNotFound:  # it has not been made yet
        return False


def zombies_are_watched(server: PrefectServer, within: float = 5.0) -> bool:
    """Whether the automation is there and switched on, asked without Prefect's client (`kontorist doctor`).

    `within` is in seconds. Raises OSError when the server does not answer.
    """
    wanted = json.dumps({"automations": {"name": {"any_": [ZOMBIES]}}}).encode()
    request = urllib.request.Request(f"{server.api}/automations/filter", wanted, method="POST")  # noqa: S310  # loopback
    request.add_header("Content-Type", "application/json")
    request.add_header("Authorization", "Basic " + base64.b64encode(server.auth.encode()).decode())
    with urllib.request.urlopen(request, timeout=within) as answer:  # noqa: S310  # loopback http
        found: list[dict[str, Any]] = json.load(answer)
    return any(each["name"] == ZOMBIES and each["enabled"] for each in found)
