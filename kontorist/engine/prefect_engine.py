"""Prefect's engine of runs as we use it: without its watch for suspension, its errors without secrets, many in one."""

from __future__ import annotations

import contextlib
import importlib
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from kontorist.secrecy import told

if TYPE_CHECKING:
    from prefect import Flow


def together(
    flow: Flow[..., Any], work: Callable[[str, Callable[[], Any]], Mapping[str, str]]
) -> Flow[[list[str]], Any]:
    """A flow that is `flow` for each of its events; in Prefect it goes by the same name."""
    from prefect import Flow
    from prefect.artifacts import create_table_artifact
    from prefect.states import Completed

    def batch(events: list[str]) -> Any:
        rows = [dict(work(event, partial(flow.fn, event=event))) for event in events]
        create_table_artifact(rows, description="What became of each event.")
        counts = Counter(row["became"] for row in rows)
        return Completed(message=", ".join(f"{count} {state}" for state, count in counts.most_common()))

    return Flow(batch, name=flow.name, validate_parameters=False)


@cache
def flow_engine() -> Any:
    """Prefect's module that runs flows, without its watch for suspension and its question where results are kept.

    We never suspend a run (docs/decisions/0002), and the watch costs each one a thread, a websocket and up to 0.2 s.
    Results are kept in our inbox; the question is asked twice a run.
    """
    engine = importlib.import_module("prefect.flow_engine")
    if hasattr(engine, "observe_flow_run_suspension"):
        engine.__dict__["observe_flow_run_suspension"] = lambda *_, **__: contextlib.nullcontext()
    results = importlib.import_module("prefect.results")
    if hasattr(results, "_read_server_default_result_storage_block_id"):
        results.__dict__["_read_server_default_result_storage_block_id"] = lambda: None
    _say_only_what_may_be_said()
    return engine


def _say_only_what_may_be_said() -> None:
    """Prefect writes the text of each error into the state of its run, and keeps it: ours is without secrets."""
    for name in ("prefect.states", "prefect._internal.states"):
        module = importlib.import_module(name)
        if hasattr(module, "format_exception"):
            module.__dict__["format_exception"] = lambda error, tb=None: told(error)
