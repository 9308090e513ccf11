"""What must hold when the post is hostile: a clear answer each, nothing lost, the neighbour is served, all goes on."""

from __future__ import annotations

import base64
import os
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from kontorist.store.database import Store
from kontorist.testing.documents.company import sample_month
from kontorist.testing.installation import Installation, rows, until
from kontorist.testing.twins.webhook_sender import WebhookSender

LONG = int(os.environ.get("KONTORIST_FAULT_KILLS", "3")) >= 20

pytestmark = [
    pytest.mark.faults,
    pytest.mark.corpus,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not LONG, reason="absent: the minutes of `make faults`; tests/testing/test_hostile_bombs.py is short"
    ),
]

#: Files on which PDFium ends its process, a page of 700 metres, and a page tree that bites its tail.
HOSTILE = ("xobject-self-recursion.pdf", "flate-double-4GiB.pdf", "huge-mediabox.pdf", "page-tree-cycle.pdf")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path)
    yield installation
    if installation.process is not None and installation.process.poll() is None:
        installation.kill_group()


def test_hostile_post_is_answered_kept_and_survived(office: Installation, tmp_path: Path, shared_corpus: Path) -> None:
    for name in HOSTILE:
        (office.scan / name).write_bytes((shared_corpus / "hostile" / "made-pdf" / name).read_bytes())
    good = sample_month(tmp_path / "papers", today=date(2026, 11, 20))[0].file
    (office.scan / "zz-good.pdf").write_bytes(good.read_bytes())
    office.up()
    address = office.address()

    answers = _answers_to_bad_requests(office)
    until(lambda: _settled(office) == len(HOSTILE) + 2, 200, "the end of the hostile post")

    assert answers == {"wrong signature": 401, "too old": 401, "too large": 413, "not JSON": 202, "an envelope": 202}
    states = _states(office)
    assert {name: states[name] for name in HOSTILE} == dict.fromkeys(HOSTILE, "quarantined")
    assert states["zz-good.pdf"] == "worklist"  # read as usual; its supplier is not in the master data of this office
    assert _health(address) < 1.0
    assert {part["name"]: part["restarts"] for part in (office.notice() or {})["parts"]} == {
        "receiver": 0, "prefect": 0, "worker": 0,
    }  # fmt: skip
    assert office.stop() == 0, office.said()


def _answers_to_bad_requests(office: Installation) -> dict[str, int | None]:
    now = datetime.now(UTC)
    stranger = WebhookSender(("whsec_" + base64.b64encode(b"somebody else's").decode(),))
    large = b'{"type":"note.received","data":{"x":"' + base64.b64encode(bytes(9_000_000)) + b'"}}'
    return {
        "wrong signature": office.post(stranger.event("note.received", {}, identity="w", now=now)),
        "too old": office.post(office.sender.event("note.received", {}, identity="o", now=now - timedelta(minutes=6))),
        "too large": office.post(office.sender.deliver(large, identity="l", now=now), timeout=30),
        "not JSON": office.post(office.sender.deliver(b'{"type": NaN', identity="n", now=now)),
        "an envelope": office.post(office.sender.event("document.received", {}, identity="e", now=now)),
    }


def _settled(office: Installation) -> int:
    return len([row for row in rows(office) if row.state in ("done", "quarantined") and row.dedupe != "e"])


def _states(office: Installation) -> dict[str, str]:
    with Store.open(f"sqlite:///{office.var / 'kontorist.db'}") as store, store.read() as tx:
        return {row.name: row.state for row in store.documents.list(tx)}


def _health(address: str) -> float:
    """Seconds until the receiver says how it is."""
    begun = time.monotonic()
    with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:
        assert answer.status == 200
    return time.monotonic() - begun
