"""Every file through the real intake: `kontorist up` with a folder, a mailbox, a folder of orders and a webhook.

Asked of each: it ends in a state with a name and a reason people can read. Asked of the whole: nothing is restarted,
the receiver says within a second how it is, honest invoices between the hostile files are read as usual, and no
reading process writes outside of its folder, opens a socket or starts a program.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from kontorist.store.database import Store
from kontorist.testing.documents.company import sample_month
from kontorist.testing.hostile import Bomb
from kontorist.testing.hostile.watch import Sight, Watch
from kontorist.testing.installation import Installation, rows, until
from kontorist.testing.systems.dovecot import PASSWORD, USER, Dovecot, started
from kontorist.testing.twins.certificates import throwaway_certificates

_CONFIG: Final = """\
version: 1
company: {{name: Kontor Beispiel B.V., country: NL, registered_in: [DE]}}
people:
  anna: {{email: anna@example.org, roles: [approver]}}
engine: {{receiver: {{listen: "127.0.0.1:0"}}}}
connectors:
  shop: {{use: webhook/standard, key: {{secret: shop}}, emits: [note.received], limit: 10MiB}}
  scanner: {{use: folder/local, path: in/scan, settle: 0s, every: 1s, document_type: invoice}}
  papers: {{use: folder/local, path: in/papers, settle: 0s, every: 1s}}
  orders: {{use: folder/local, path: in/orders, settle: 0s, every: 1s, emits: order.file_received}}
{mailbox}
routes:
  - {{on: document.received, if: {{document_type: invoice}}, run: payables/invoice_intake}}
  - {{on: document.received, run: documents/archiving}}
  - {{on: order.file_received, run: receivables/order_file}}
"""
_MAILBOX: Final = """\
  mails:
    {{use: mail/imap, host: 127.0.0.1, port: {port}, ca_file: "{ca_file}", user: "{user}", password: {{secret: imap}},
     done_folder: Processed, every: 1s, document_type: invoice}}
"""
_HONEST_EVERY: Final = 60  #: so many hostile files lie between two honest invoices
_OPEN: Final = ("new", "retry", "claimed")


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How one file ended: `state` of its event or its document, `reason` where it was not read."""

    bomb: Bomb
    state: str
    reason: str | None


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What the trial found."""

    ends: list[End]
    seconds: float
    slowest_health: float  #: seconds the receiver took at most to say how it is
    asked: int  #: how often it was asked
    restarts: Mapping[str, int]
    honest: list[str]  #: the states of the honest invoices
    processes: int = 0  #: reading processes that were followed; 0 where nobody could watch
    sights: list[Sight] = field(default_factory=list)
    mailbox: str = "imap"


class Health:
    """Asks the receiver four times a second how it is."""

    def __init__(self, address: str) -> None:
        self.slowest, self.asked = 0.0, 0
        self._address = address
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)

    def _ask(self) -> None:
        while not self._over.wait(0.25):
            begun = time.monotonic()
            try:
                with urllib.request.urlopen(f"{self._address}/health", timeout=30) as answer:
                    answer.read()
                took = time.monotonic() - begun
            except OSError:
                took = float("inf")
            self.slowest, self.asked = max(self.slowest, took), self.asked + 1

    def __enter__(self) -> Health:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(timeout=40)


def run(bombs: Sequence[Bomb], folder: Path, *, watch: Watch | None, within: float) -> Verdict:
    """Set up an office in `folder`, send everything, wait for the end of all of it."""
    with _mailbox(folder) as server:
        office = _office(folder, server, watch)
        honest = sample_month(folder / "honest", today=date(2026, 11, 20))[0].file.read_bytes()
        office.up()
        try:
            with Health(office.address()) as health:
                begun = time.monotonic()
                answers, others = _sent(office, server, bombs, honest)
                settled = len(bombs) + others - sum(answer != 202 for answer in answers.values())
                with contextlib.suppress(AssertionError):  # then it is told which file has not ended
                    until(lambda: _ended(office) >= settled, within, "the end of all files")
                seconds = time.monotonic() - begun
            notice = office.notice() or {"parts": []}
            ends, states = _ends(office, bombs, answers, honest)
        finally:
            _stopped(office)
    return Verdict(
        ends=ends,
        seconds=seconds,
        slowest_health=health.slowest,
        asked=health.asked,
        restarts={part["name"]: part["restarts"] for part in notice["parts"]},
        honest=states,
        processes=watch.processes() if watch else 0,
        sights=watch.sights() if watch else [],
        mailbox="imap" if server else "folder",
    )


def _stopped(office: Installation) -> None:
    try:
        office.stop()
    except subprocess.TimeoutExpired:
        office.kill_group()


@contextlib.contextmanager
def _mailbox(folder: Path) -> Iterator[Dovecot | None]:
    """A real mailbox where Dovecot is installed; else mails come by the folder."""
    if shutil.which("dovecot") is None:
        yield None
        return
    with started(throwaway_certificates(folder)) as server:
        server.create("Processed")
        yield server


def _office(folder: Path, server: Dovecot | None, watch: Watch | None) -> Installation:
    mailbox = "" if server is None else _MAILBOX.format(port=server.port, ca_file=server.ca_file, user=USER)
    office = Installation(folder / "office", config=_CONFIG.format(mailbox=mailbox))
    for name in ("papers", "orders"):
        (office.folder / "in" / name).mkdir(parents=True)
    office.environment["KONTORIST_SECRET_IMAP"] = PASSWORD
    if watch is not None:
        office.environment["PYTHONPATH"] = f"{watch.for_a_service()}:{office.environment['PYTHONPATH']}"
    return office


def _sent(
    office: Installation, server: Dovecot | None, bombs: Sequence[Bomb], honest: bytes
) -> tuple[dict[str, int | None], int]:
    """Bring each to its door; the answers of the receiver by name, and how many honest invoices went between."""
    answers: dict[str, int | None] = {}
    invoices = 0
    for number, bomb in enumerate(bombs):
        if number % _HONEST_EVERY == 0:
            _drop(office.scan, f"honest-{invoices:02}.pdf", honest)
            invoices += 1
        if bomb.door == "event":
            delivery = office.sender.deliver(bomb.content, identity=_identity(bomb), now=datetime.now(UTC))
            answers[bomb.name] = office.post(delivery, timeout=30)
        elif bomb.door == "mail" and server is not None:
            server.deliver(bomb.content, f"{number:04}")
        else:
            place = {"table": "orders", "filing": "papers"}.get(bomb.door, "scan")
            _drop(office.folder / "in" / place, f"{number:04}-{bomb.name}", bomb.content)
    return answers, invoices


def _drop(folder: Path, name: str, content: bytes) -> None:
    """Whole or not at all, as the folder asks of those who write into it."""
    half = folder / f".{name}"
    half.write_bytes(content)
    half.rename(folder / name)


def _identity(bomb: Bomb) -> str:
    return hashlib.sha256(bomb.name.encode() + bomb.content).hexdigest()[:32]


def _ended(office: Installation) -> int:
    return sum(row.state not in _OPEN for row in rows(office))


def _ends(
    office: Installation, bombs: Sequence[Bomb], answers: Mapping[str, int | None], honest: bytes
) -> tuple[list[End], list[str]]:
    said = _said(office)
    by_content: dict[str, list[Any]] = {}
    for row in rows(office):
        documents = row.event().data.get("documents", ())
        key = row.dedupe if "/webhook/" in row.source else documents[0]["sha256"]
        by_content.setdefault(key, []).append(row)
    known = {hashlib.sha256(bomb.content).hexdigest() for bomb in bombs}
    # A mail server may hand a mail out with other line ends: which is which does not matter for its kind.
    changed = [
        row for key, found in by_content.items() if key not in known for row in found if row.source.endswith("/mails")
    ]
    ends = []
    for bomb in bombs:
        if bomb.door == "event" and answers[bomb.name] != 202:
            ends.append(End(bomb=bomb, state=f"answered {answers[bomb.name]}", reason=None))
            continue
        key = _identity(bomb) if bomb.door == "event" else hashlib.sha256(bomb.content).hexdigest()
        found = by_content.get(key) or (changed if bomb.door == "mail" else [])
        if not found:
            ends.append(End(bomb=bomb, state="not taken in", reason=None))
            continue
        row = found.pop(0) if len(found) > 1 or found is changed else found[0]
        state, reason = _end_of(row, said)
        ends.append(End(bomb=bomb, state=state, reason=reason))
    states = [_end_of(row, said)[0] for row in by_content[hashlib.sha256(honest).hexdigest()]]
    return ends, states


def _said(office: Installation) -> dict[str, str]:
    """What each work item gives as its first reason."""
    with Store.open(f"sqlite:///{office.var}/kontorist.db") as store, store.read() as tx:
        return {item.id: item.reasons[0] for item in store.worklist.list(tx) if item.reasons}


def _end_of(row: Any, said: Mapping[str, str]) -> tuple[str, str | None]:
    """State and reason of the file itself where its flow says so, else of its event."""
    if row.state != "done":
        return f"{row.state}: {row.reason_code}", row.reason
    told = (row.outcome or {}).get("documents") or (row.outcome or {}).get("files") or [row.outcome or {}]
    first = told[0]
    state = first.get("state") or ("worklist" if first.get("item") else "done")
    code = first.get("reason_code")
    return (f"{state}: {code}" if code else str(state)), first.get("reason") or said.get(first.get("item") or "")
