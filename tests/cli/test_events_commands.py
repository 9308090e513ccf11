"""kontorist events: emit, list, test."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import COMPANY, Kontorist


@pytest.fixture
def order(company: Path) -> Path:
    file = company / "order.json"
    file.write_text('{"number": "4711", "total": "119.00"}')
    return file


def test_an_event_is_stored_once_under_its_id(kontorist: Kontorist, order: Path) -> None:
    words = ("events", "emit", "order.created", "--data", "order.json", "--id", "4711", "--subject", "4711", "--json")

    first, again = kontorist(*words), kontorist(*words)

    assert (first.code, first.json["accepted"], first.json["state"]) == (0, True, "new")
    assert (again.code, again.json["duplicate"]) == (0, True)
    assert first.json["inbox_id"] == again.json["inbox_id"]


def test_the_same_id_with_other_data_is_refused(kontorist: Kontorist, order: Path) -> None:
    kontorist("events", "emit", "order.created", "--data", "order.json", "--id", "4711")
    order.write_text('{"number": "4711", "total": "120.00"}')

    said = kontorist("events", "emit", "order.created", "--data", "order.json", "--id", "4711")

    assert said.code == 1
    assert said.stderr.startswith("KON-290: ")


def test_data_may_come_from_stdin(kontorist: Kontorist, company: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"a": 1}'))

    assert kontorist("events", "emit", "order.created", "--data", "-").stdout.split()[1] == "new"


@pytest.mark.parametrize("content", ["{", "[1]", '"text"'])
def test_what_is_no_json_object_is_wrong_usage(kontorist: Kontorist, order: Path, content: str) -> None:
    order.write_text(content)

    assert kontorist("events", "emit", "order.created", "--data", "order.json").code == 2


def test_a_missing_data_file_is_wrong_usage(kontorist: Kontorist, company: Path) -> None:
    said = kontorist("events", "emit", "order.created", "--data", "ordre.json")

    assert said.code == 2
    assert "No such file" in said.stderr


def test_what_came_in_is_listed_newest_first_by_state_type_and_day(kontorist: Kontorist, order: Path) -> None:
    for name in ("order.created", "order.cancelled"):
        kontorist("events", "emit", name, "--data", "order.json")

    def types(*words: str) -> list[str]:
        return [each["type"] for each in kontorist("events", "list", *words, "--json").json["events"]]

    assert types() == ["order.cancelled", "order.created"]
    assert types("--type", "order.created") == ["order.created"]
    assert types("--state", "done") == []
    assert types("--limit", "1") == ["order.cancelled"]
    assert types("--since", "2000-01-01") == ["order.cancelled", "order.created"]
    assert types("--since", "2999-01-01") == []
    assert kontorist("events", "list").stdout.splitlines()[0].startswith("event ")


def test_an_unknown_state_is_wrong_usage(kontorist: Kontorist, company: Path) -> None:
    assert kontorist("events", "list", "--state", "finished").code == 2


@pytest.fixture
def routes(company: Path) -> None:
    """Invoices start a flow, other documents do not."""
    route = "routes:\n  - {on: document.received, if: {document_type: invoice}, run: payables/invoice_intake}\n"
    (company / "config.yaml").write_text(COMPANY + route, encoding="utf-8")


@pytest.mark.usefixtures("routes")
@pytest.mark.parametrize(("kind", "fits", "code"), [("invoice", True, 0), ("letter", False, 1)])
def test_one_can_ask_which_route_would_take_an_event(
    kontorist: Kontorist, company: Path, kind: str, fits: bool, code: int
) -> None:
    event = {"type": "document.received", "data": {"document_type": kind}}
    (company / "event.json").write_text(json.dumps(event))

    said = kontorist("events", "test", "event.json", "--json")

    assert said.code == code
    assert [route["fits"] for route in said.json["routes"]] == [fits]
    assert kontorist("events", "test", "event.json").stdout.startswith("  ")
    assert not (company / "var").exists()  # it stores nothing
