"""The bridge to Prefect: deployments made in code, flows run in this process.

Only this module and its neighbours prefect_*.py (its server as our child, the work pool) know how Prefect works.

Prefect shows runs; our inbox says what is true. What is not documented Prefect API here (`run_flow` with a run made
beforehand, the Pending state at creation, the heartbeat setting) is pinned by tests/engine/test_prefect_bridge.py.

Order of one run: the run is created from its deployment as *Pending* (a Scheduled one would be taken by any runner
that serves the deployment), under the idempotency key ``inbox:<event>:<fence>`` (without the fence a retry would
be handed the dead run), then carried out in the calling thread. The heartbeat is off: the inbox lease replaces it,
and it costs a second per run. In the lane `pool` the run is made Scheduled as soon as the inbox names it, and carried
out by a process of its own, with a heartbeat.
"""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from kontorist.domain.errors import KontoristError, OutsideFailed, SetupWrong
from kontorist.engine.logs import about
from kontorist.engine.prefect_engine import flow_engine, together
from kontorist.engine.prefect_pool import HEARTBEAT_EVERY, POOL, attended, make_pool
from kontorist.engine.prefect_server import PrefectServer
from kontorist.secrecy import private_matter

if TYPE_CHECKING:
    from uuid import UUID

    from prefect import Flow
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun
    from prefect.settings import Settings

_TAG = "kontorist"
_PRIVATE = ("payroll/", "hr/")  # flows over people's pay: the text of their errors is kept nowhere


class PrefectAway(OutsideFailed):
    """The Prefect server did not answer; the event waits until it does."""

    code = "KON-280"
    next_step = "Nothing to do: `kontorist up` starts it again. `kontorist status` shows its state."


class FlowUnknown(SetupWrong):
    """There is no such flow."""

    code = "KON-395"
    next_step = (
        "Compare the name under `run:` in config.yaml with the files in flows/, then run `kontorist config check`."
    )


def load_flow(name: str) -> Flow[..., Any]:
    """The flow ``payables/invoice_intake``: module flows.payables.invoice_intake, attribute invoice_intake.

    Raises FlowUnknown.
    """
    subject, _, process = name.partition("/")
    module = f"flows.{subject}.{process}"
    try:
        flow: Flow[..., Any] = getattr(importlib.import_module(module), process)
    except ModuleNotFoundError as error:
        if error.name and module.startswith(error.name):
            raise FlowUnknown(f'There is no flow "{name}".') from error
        raise
    except AttributeError as error:
        raise FlowUnknown(f'flows/{name}.py has no flow named "{process}".') from error
    return flow


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRun:
    """A run that Prefect takes for alive. `key` is the idempotency key it was created under."""

    id: str
    key: str
    state: str  #: SCHEDULED, PENDING or RUNNING


class Bridge:
    """Runs flows in the calling thread and shows them in Prefect under their deployments.

    Made before the process first imports Prefect: it puts the server's address into the environment.
    """

    def __init__(self, server: PrefectServer, pooled: Mapping[str, str] | None = None) -> None:
        """`pooled`: the flows that may be offered to the pool, each with the command that it starts for them."""
        self.server, self._pooled = server, dict(pooled or {})
        self._deployments: dict[str, UUID] = {}
        self._pool_deployments: dict[str, UUID] = {}
        self._open = ExitStack()
        self._client: SyncPrefectClient | None = None
        os.environ.update(server.client_environment())

    def load(self) -> None:
        """Import Prefect (seconds), away from any `.env` or `pyproject.toml` in the current folder.

        Called before other threads work: the current folder belongs to the whole process.
        """
        with contextlib.chdir(self.server.home):
            flow_engine()

    def close(self) -> None:
        """Give back the connection; nothing may run any more."""
        self._open.close()

    def reachable(self) -> bool:
        """Whether the server answers."""
        return self.server.answers()

    def deploy(self, names: Iterable[str]) -> None:
        """Make (or renew) the deployment of each flow, so that the list in Prefect's UI is complete.

        And, where flows are pooled, the work pool with theirs. Raises FlowUnknown, PrefectAway.
        """
        for name in names:
            self._deployment(name)
        for name in self._pooled:
            self._pool_deployment(name)

    def pool_attended(self) -> bool:
        """Whether somebody would take up what is offered to the pool. Raises PrefectAway."""
        with self._settings(), self._prefect_may_fail():
            return attended(self._connection())

    def run(
        self,
        name: str,
        *,
        parameters: Mapping[str, Any],
        key: str,
        tags: Sequence[str] = (),
        created: Callable[[str], None] = lambda run: None,
    ) -> Any:
        """Run flow `name` here and return what it returns; `created` is told the run's id before it starts.

        The flow's own exceptions pass through. Raises PrefectAway when Prefect, not the flow, failed.
        """
        flow, private = load_flow(name), name.startswith(_PRIVATE)
        event = about(flow=name, event_id=parameters.get("event"))
        with event, private_matter(private), self._settings(), self._prefect_may_fail(), self._one_connection():
            run = self._pending_run(self._deployment(name), parameters, key, tags)
            with about(run_id=str(run.id)):
                created(str(run.id))
                return flow_engine().run_flow(flow, flow_run=run, parameters=run.parameters)

    def offer(
        self,
        name: str,
        *,
        parameters: Mapping[str, Any],
        key: str,
        tags: Sequence[str] = (),
        created: Callable[[str], None] = lambda run: None,
    ) -> None:
        """Have flow `name` run by a process of the pool; `created` is told the run's id before anybody can take it.

        Only for flows that are pooled. Raises PrefectAway.
        """
        from prefect.states import Scheduled

        with self._settings(), self._prefect_may_fail():
            run = self._pending_run(self._pool_deployment(name), parameters, key, tags)
            created(str(run.id))
            self._connection().set_flow_run_state(run.id, Scheduled(), force=True)

    def take_up(self, run: str, name: str) -> Any:
        """Run flow `name` here as the offered `run`, with a heartbeat; what it returns. Raises as `run` does."""
        flow, private = load_flow(name), name.startswith(_PRIVATE)
        what = about(flow=name, run_id=run)
        with what, private_matter(private), self._settings("beating"), self._prefect_may_fail(), self._one_connection():
            offered = self._connection().read_flow_run(_uuid(run))
            return flow_engine().run_flow(flow, flow_run=offered, parameters=offered.parameters)

    def run_batch(
        self,
        name: str,
        *,
        events: Sequence[str],
        work: Callable[[str, Callable[[], Any]], Mapping[str, str]],
        key: str,
        tags: Sequence[str] = (),
        created: Callable[[str], None] = lambda run: None,
    ) -> None:
        """Run flow `name` here once for each of `events`, all in one flow run under its deployment.

        `work` is given each event and the call of the flow for it, and gives a row (event, became, code) for the
        table that the run shows. What it raises ends the run. Raises PrefectAway.
        """
        flow = load_flow(name)
        with self._settings(), self._prefect_may_fail(), self._one_connection():
            run = self._pending_run(self._deployment(name), {"events": list(events)}, key, tags)
            created(str(run.id))
            flow_engine().run_flow(together(flow, work), flow_run=run, parameters=run.parameters)

    def _pending_run(self, deployment: UUID, parameters: Mapping[str, Any], key: str, tags: Sequence[str]) -> FlowRun:
        from prefect.states import Pending

        client = self._connection()
        try:
            # Else Prefect's client would ask a server that is gone for another minute.
            with self._settings("impatient"):
                return client.create_flow_run_from_deployment(
                    deployment,
                    parameters=dict(parameters),
                    state=Pending(message="taken from the inbox"),
                    idempotency_key=key,
                    tags=list(tags),
                )
        except Exception:
            self._deployments.clear()
            self._pool_deployments.clear()  # the server may have come back with an empty database
            raise

    def open_runs(self) -> list[OpenRun]:
        """The runs of ours that Prefect shows as scheduled, pending or running. Raises PrefectAway."""
        from prefect.client.schemas.filters import FlowRunFilter
        from prefect.client.schemas.objects import StateType

        alive = {"any_": [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING]}
        wanted = FlowRunFilter.model_validate({"tags": {"all_": [_TAG]}, "state": {"type": alive}})
        with self._settings(), self._prefect_may_fail():
            runs = self._connection().read_flow_runs(flow_run_filter=wanted)
        return [
            OpenRun(id=str(run.id), key=run.idempotency_key or "", state=run.state_type.value if run.state_type else "")
            for run in runs
        ]

    def crash(self, run: str, reason: str) -> None:
        """Show `run` as Crashed: its process is gone. Raises PrefectAway."""
        from prefect.states import Crashed

        with self._settings(), self._prefect_may_fail():
            self._connection().set_flow_run_state(run, Crashed(message=reason), force=True)

    def complete(self, run: str, reason: str) -> None:
        """Show `run` as Completed: it ended while Prefect was away. Raises PrefectAway."""
        from prefect.states import Completed

        with self._settings(), self._prefect_may_fail():
            self._connection().set_flow_run_state(run, Completed(message=reason), force=True)

    def state_of(self, run: str) -> str:
        """The name of the state Prefect shows for `run`. Raises PrefectAway."""
        with self._settings(), self._prefect_may_fail():
            state = self._connection().read_flow_run(_uuid(run)).state
        return state.name or "" if state else ""

    def _deployment(self, name: str) -> UUID:
        if name not in self._deployments:
            self._deployments[name] = self._deployed(name, "")
        return self._deployments[name]

    def _pool_deployment(self, name: str) -> UUID:
        """A deployment beside the one for runs in this process: that one is not for the pool."""
        if name not in self._pool_deployments:
            with self._settings(), self._prefect_may_fail():
                make_pool(self._connection())
            self._pool_deployments[name] = self._deployed(
                name,
                ".pool",
                work_pool_name=POOL,
                job_variables={"command": self._pooled[name]},
                # Prefect wants to know where the flow is; who runs it is the command.
                entrypoint=f"flows.{name.replace('/', '.')}.{load_flow(name).fn.__name__}",
            )
        return self._pool_deployments[name]

    def _deployed(self, name: str, ending: str, **more: Any) -> UUID:
        flow = load_flow(name)
        with self._settings(), self._prefect_may_fail():
            client = self._connection()
            return client.create_deployment(
                client.create_flow(flow),
                name.replace("/", ".") + ending,  # a deployment's name may not hold a slash
                description=(flow.description or "").strip(),
                tags=[_TAG],
                enforce_parameter_schema=False,
                **more,
            )

    def _connection(self) -> SyncPrefectClient:
        from kontorist.engine.prefect_client import client

        if self._client is None:
            self._client = self._open.enter_context(client())
        return self._client

    def _one_connection(self) -> AbstractContextManager[object]:
        """Prefect's engine uses ours: else it opens one for each run, and reads all certificates there are for it."""
        from prefect.context import SyncClientContext

        return SyncClientContext.model_construct(client=self._connection())

    @contextmanager
    def _settings(self, mood: Literal["quiet", "impatient", "beating"] = "quiet") -> Iterator[None]:
        """Our server. Context variables: they hold in the calling thread only, so each call enters.

        Only `beating` has a heartbeat; `impatient` repeats no request.
        """
        from prefect.context import SettingsContext, get_settings_context

        settings: Settings = getattr(self, f"_{mood}")
        with SettingsContext(profile=get_settings_context().profile, settings=settings):
            yield

    @cached_property
    def _quiet(self) -> Settings:
        """Made once: for each change Prefect reads its whole environment anew, a quarter of a second of CPU."""
        from prefect import settings

        return settings.get_current_settings().copy_with_update(
            updates={
                settings.PREFECT_API_URL: self.server.api,
                settings.PREFECT_API_AUTH_STRING: self.server.auth,
                # By environment this cannot be switched off: empty and null fail validation at import.
                settings.PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
            }
        )

    @cached_property
    def _impatient(self) -> Settings:
        from prefect import settings

        return self._quiet.copy_with_update(updates={settings.PREFECT_CLIENT_MAX_RETRIES: 0})

    @cached_property
    def _beating(self) -> Settings:
        from prefect import settings

        return self._quiet.copy_with_update(updates={settings.PREFECT_FLOWS_HEARTBEAT_FREQUENCY: HEARTBEAT_EVERY})

    @contextmanager
    def _prefect_may_fail(self) -> Iterator[None]:
        """Tell Prefect's failing from the flow's: ours are KontoristErrors; else, is the server still there?"""
        try:
            yield
        except KontoristError:
            raise
        except Exception as error:
            if self.reachable():
                raise
            raise PrefectAway from error


def _uuid(text: str) -> UUID:
    from uuid import UUID

    return UUID(text)
