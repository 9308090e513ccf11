"""The figures of `kontorist status` for Prometheus, over HTTP at /metrics.

Served by the supervisor, so that they tell of a dead part too. On loopback unless config.yaml says otherwise; there
are counts, ages and names of sources in them, nothing about business or people.
"""

from __future__ import annotations

import json
import logging
import shutil
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import urlopen

from kontorist.config import Config

if TYPE_CHECKING:
    from prometheus_client.core import Metric

_log = logging.getLogger(__name__)

Page = Callable[[], tuple[bytes, str]]


def metrics_page(config: Config) -> tuple[bytes, str]:
    """The figures of this moment as text, with its media type."""
    from kontorist.engine.status import status

    facts = status(config)
    receiver = facts["receiver"]
    free = {"data": _free(config)}
    return exposition(facts, answered=_answered(receiver) if receiver else {}, free=free)


def exposition(facts: Mapping[str, Any], *, answered: Mapping[str, int], free: Mapping[str, int]) -> tuple[bytes, str]:
    """`facts` of `kontorist status`, the receiver's answers since its start, free bytes: as Prometheus reads them."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.exposition import CONTENT_TYPE_LATEST
    from prometheus_client.registry import Collector

    class Once(Collector):
        def collect(self) -> Iterator[Metric]:
            yield from _figures(facts, answered, free)

    registry = CollectorRegistry()
    registry.register(Once())
    return generate_latest(registry), CONTENT_TYPE_LATEST


def _figures(facts: Mapping[str, Any], answered: Mapping[str, int], free: Mapping[str, int]) -> Iterator[Metric]:
    for name, about in (
        ("inbox", "Events by state."),
        ("effects", "Effects on the outside by state."),
        ("worklist", "Work items by state."),
        ("documents", "Documents by state."),
    ):
        yield _gauge(name, about, "state", facts[name])
    yield _gauge("backlog", "Events that are not done.", None, {"": facts["backlog"]})
    oldest = facts["oldest_open_seconds"] or 0
    yield _gauge("oldest_open_seconds", "Age of the oldest event that is not done.", None, {"": oldest})
    yield _gauge("prefect_reachable", "Whether Prefect's server answers.", None, {"": facts["prefect_reachable"]})
    yield from _of_parts(facts["parts"])
    yield from _of_sources(facts["sources"])
    soonest = {each["name"]: _seconds(each["runs_at"]) for each in reversed(facts["schedules"])}
    yield _gauge("schedule_next_timestamp_seconds", "When a schedule is due next.", "schedule", soonest)
    yield _gauge("disk_free_bytes", "Room where we store.", "folder", free)
    yield _counter("requests", "Requests to the receiver since its start, by answer.", "answer", answered)


def _of_parts(parts: list[Mapping[str, Any]]) -> Iterator[Metric]:
    running = {part["name"]: part["state"] == "running" for part in parts}
    yield _gauge("part_running", "Whether a part of `kontorist up` runs.", "part", running)
    restarts = {part["name"]: part["restarts"] for part in parts}
    yield _counter("part_restarts", "How often a part was started again.", "part", restarts)


def _of_sources(sources: list[Mapping[str, Any]]) -> Iterator[Metric]:
    def each(key: str, read: Callable[[Any], float] = float) -> dict[str, float]:
        return {source["name"]: read(source[key]) for source in sources if source[key] is not None}

    yield _gauge("source_waiting", "Events of a source that are not done.", "source", each("waiting"))
    yield _gauge(
        "source_lag_seconds", "Age of a source's oldest event that is not done.", "source", each("lag_seconds")
    )
    yield _gauge("source_silent", "Nothing came for longer than `silent_after`.", "source", each("silent"))
    failing = {source["name"]: source["failing_since"] is not None for source in sources}
    yield _gauge("source_failing", "Whether a source cannot be read.", "source", failing)
    about = "When something last came from a source."
    yield _gauge("source_last_event_timestamp_seconds", about, "source", each("last_event", _seconds))
    about = "When a source was last read without trouble."
    yield _gauge("source_last_success_timestamp_seconds", about, "source", each("last_success", _seconds))


def _gauge(name: str, about: str, label: str | None, values: Mapping[str, float]) -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    family = GaugeMetricFamily(f"kontorist_{name}", about, labels=[label] if label else [])
    for value, figure in values.items():
        family.add_metric([value] if label else [], float(figure))
    return family


def _counter(name: str, about: str, label: str, values: Mapping[str, float]) -> Metric:
    from prometheus_client.core import CounterMetricFamily

    family = CounterMetricFamily(f"kontorist_{name}", about, labels=[label])
    for value, figure in values.items():
        family.add_metric([value], float(figure))
    return family


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def _free(config: Config) -> int:
    return shutil.disk_usage(config.var).free


def _answered(receiver: str) -> dict[str, int]:
    try:
        with urlopen(f"{receiver}/health", timeout=0.5) as answer:  # noqa: S310  # an http address of our own
            counts: dict[str, int] = json.load(answer)["answered"]
            return counts
    except (OSError, URLError, ValueError, KeyError):
        return {}


@contextmanager
def metrics_served(listening: socket.socket, page: Page) -> Iterator[None]:
    """Answer GET /metrics on `listening` inside the block, in threads of its own."""
    server = ThreadingHTTPServer(listening.getsockname()[:2], _handler(page), bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


def _handler(page: Page) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10.0  # seconds that a client may take

        def do_GET(self) -> None:  # the name that the standard library asks for
            if self.path.partition("?")[0] != "/metrics":
                self.send_error(404)
                return
            try:
                content, media_type = page()
            except Exception as error:  # noqa: BLE001  # the figures are away, the rest goes on
                _log.warning("metrics: %s", error)
                self.send_error(503)
                return
            self.send_response(200)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Being asked is no news."""

    return Handler
