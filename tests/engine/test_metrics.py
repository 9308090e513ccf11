"""What Prometheus is told."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kontorist.config import load
from kontorist.engine.metrics import Page, exposition, metrics_page, metrics_served

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "inbox": {"new": 3, "quarantined": 1},
    "effects": {"unknown": 2},
    "worklist": {"open": 4},
    "documents": {"booked": 5},
    "backlog": 3,
    "oldest_open_seconds": 90.5,
    "prefect_reachable": False,
    "parts": [{"name": "receiver", "state": "running", "restarts": 2}],
    "sources": [
        {
            "name": "shop",
            "waiting": 3,
            "lag_seconds": 90.5,
            "silent": True,
            "failing_since": None,
            "last_event": NOON.isoformat(),
            "last_success": None,
        }
    ],
    "schedules": [
        {"name": "report", "runs_at": "2026-11-03T18:00:00+01:00"},
        {"name": "report", "runs_at": "2026-11-04T18:00:00+01:00"},
    ],
}


def samples(content: bytes) -> dict[tuple[str, str], float]:
    """Name and label of each sample with its value."""
    families = text_string_to_metric_families(content.decode())
    return {(each.name, *each.labels.values(), "")[:2]: each.value for family in families for each in family.samples}


def test_each_figure_of_the_status_has_its_metric() -> None:
    told = samples(exposition(FACTS, answered={"accepted": 7}, free={"data": 1000})[0])

    assert told["kontorist_inbox", "new"] == 3
    assert told["kontorist_effects", "unknown"] == 2
    assert (told["kontorist_backlog", ""], told["kontorist_oldest_open_seconds", ""]) == (3, 90.5)
    assert told["kontorist_prefect_reachable", ""] == 0
    assert (told["kontorist_part_running", "receiver"], told["kontorist_part_restarts_total", "receiver"]) == (1, 2)
    assert (told["kontorist_source_silent", "shop"], told["kontorist_source_failing", "shop"]) == (1, 0)
    assert told["kontorist_source_last_event_timestamp_seconds", "shop"] == NOON.timestamp()
    assert ("kontorist_source_last_success_timestamp_seconds", "shop") not in told
    assert told["kontorist_requests_total", "accepted"] == 7
    assert told["kontorist_disk_free_bytes", "data"] == 1000


def test_a_schedule_is_told_by_its_next_date() -> None:
    told = samples(exposition(FACTS, answered={}, free={})[0])

    next_date = datetime.fromisoformat("2026-11-03T18:00:00+01:00").timestamp()
    assert told["kontorist_schedule_next_timestamp_seconds", "report"] == next_date


def test_a_resting_installation_has_figures_too(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("version: 1\ncompany: {name: Kontor Beispiel B.V., country: NL}\n")
    (tmp_path / "var").mkdir()

    told = samples(metrics_page(load(tmp_path, environment={}))[0])

    assert (told["kontorist_backlog", ""], told["kontorist_inbox", "done"]) == (0, 0)
    assert told["kontorist_disk_free_bytes", "data"] > 0


@contextmanager
def served(page: Page) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening, metrics_served(listening, page):
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_the_page_is_served_under_its_name_only() -> None:
    with served(lambda: (b"kontorist_up 1\n", "text/plain")) as address:
        with urlopen(f"{address}/metrics") as answer:
            content = (answer.status, answer.headers["Content-Type"], answer.read())
        with pytest.raises(HTTPError, match="404") as refused:
            urlopen(f"{address}/")
        refused.value.close()

    assert content == (200, "text/plain", b"kontorist_up 1\n")


def test_figures_that_cannot_be_had_end_nothing() -> None:
    pages = [OSError("the disk is away"), None]

    def page() -> tuple[bytes, str]:
        if (trouble := pages.pop(0)) is not None:
            raise trouble
        return b"", "text/plain"

    with served(page) as address:
        with pytest.raises(HTTPError, match="503") as refused:
            urlopen(f"{address}/metrics")
        refused.value.close()
        with urlopen(f"{address}/metrics") as answer:
            assert answer.status == 200
