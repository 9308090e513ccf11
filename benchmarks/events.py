"""How fast events are taken in, durably, and how the peers do in the same run. Prints one JSON object.

usage: python benchmarks/events.py [--seconds 60] [--peer-seconds 10] [--node-red FOLDER] [--only PART ...]

Parts: `path` (2 KiB over HTTP on 64 connections, signed, stored at synchronous=FULL before the answer; the receiver is
killed at the end and every acknowledged event looked for), `restart` (100,000 open events, then accepting again),
`group` (group commit against single fsyncs, each made 5 ms long by a small library), `peers` (Node-RED and Prefect's
own endpoint at 8 clients and at 1). And from the accepted event to its finished run (lanes.py): `batch` (readings by
webhook, a hundred to a flow run), `alone` (one event with one effect on an idle machine), `drain` (10,000 were left).
Client and server share the machine. Node-RED is installed by npm into FOLDER.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import lanes
from http_load import Answers, http_request, load

from connectors.webhook.standard import secret_bytes, sign
from kontorist.domain.events import Event
from kontorist.engine.taking_in import accept_many
from kontorist.engine.writer import Arrival, InboxWriter
from kontorist.store.database import Store
from kontorist.testing import power
from kontorist.testing.receiver_alone import ReceiverAlone, load_of_machine

CONNECTIONS = 64
BODY = 2048  # bytes
OPEN = 100_000
NUMBER = "NUMBER-OF-THE-ORDER"
SLOW_DISK = 5.0  # milliseconds
PARTS = ("path", "restart", "group", "peers")
LANES = tuple(lanes.PARTS)
WAITING = (1, 4, 16, 64, 256)


def order(identity: str, size: int = BODY) -> bytes:
    """An order with as many lines as `size` bytes hold."""
    line = {
        "description": "Season brochure, folded, 16 pages",
        "quantity": "250",
        "unit_price": "1.25",
        "tax_rate": "21",
    }
    data: dict[str, Any] = {"order_number": identity, "customer": {"number": "10021"}, "currency": "EUR", "lines": []}
    body = {"type": "order.created", "subject": identity, "data": data}
    while len(json.dumps(body)) + len(json.dumps(line)) + 15 < size:
        data["lines"].append(line)
    data["note"] = ""
    data["note"] = "." * (size - len(json.dumps(body)))
    return json.dumps(body).encode()


def our_request(receiver: ReceiverAlone, size: int = BODY) -> Callable[[str], bytes]:
    """Signed orders of `size` bytes; only their number differs."""
    pattern = order(NUMBER, size)
    key = secret_bytes("shop", receiver.sender.secrets[0])

    def make(identity: str) -> bytes:
        body, stamp = pattern.replace(NUMBER.encode(), identity.encode()), str(int(time.time()))
        signature = sign(key, f"{identity}.{stamp}.".encode() + body).decode()
        return http_request(
            "/hooks/shop",
            body,
            {
                "Content-Type": "application/json",
                "webhook-id": identity,
                "webhook-timestamp": stamp,
                "webhook-signature": signature,
            },
        )

    return make


def path(folder: Path, seconds: float) -> dict[str, Any]:
    """The full path, with a kill at the end."""
    with ReceiverAlone(folder) as receiver:
        make = our_request(receiver)
        load(receiver.port, make, connections=CONNECTIONS, seconds=2, name="warm")
        before, used = receiver.cpu_seconds(), 0.0

        def kill() -> None:
            nonlocal used
            used = receiver.cpu_seconds() - before
            receiver.kill()

        answers = load(receiver.port, make, connections=CONNECTIONS, seconds=seconds, name="run", at_the_end=kill)
        lost = set(answers.taken) - receiver.stored()
    return answers.figures() | {
        "connections": CONNECTIONS,
        "body_bytes": BODY,
        "acknowledged_and_lost": len(lost),
        "receiver_cpu_ms_per_event": round(used / max(len(answers.taken), 1) * 1000, 3),
    }


def restart(folder: Path) -> dict[str, Any]:
    """Accepting again with a full inbox: from the start of the process to the first 202."""
    with ReceiverAlone(folder) as receiver:
        receiver.kill()
        fill(receiver.database)
        took = []
        for number in range(5):
            begun = time.monotonic()
            receiver.start()
            answer = receiver.post(receiver.note(f"after-restart-{number}"))
            took.append(round(time.monotonic() - begun, 2))
            assert answer[0] == 202, answer
            receiver.kill()
    return {"open_events": OPEN, "seconds_to_the_first_202": sorted(took)}


def fill(database: Path) -> None:
    """So many open events as a long silence of the workers leaves."""
    with Store.open(f"sqlite:///{database}") as store:
        for begin in range(0, OPEN, 5000):
            with store.write() as tx:
                for number in range(begin, begin + 5000):
                    event = Event(id=f"open-{number}", source="/kontorist/webhook/shop", type="note.received")
                    store.inbox.accept(tx, event, raw_hash="0")


# Group commit, in a process of its own under the slow disk.


def group_commit(folder: Path) -> dict[str, Any]:
    """The writer against one fsync after the other, on the real disk and on one that takes 5 ms."""
    figures: dict[str, Any] = {"real_disk": _under({}, folder / "real")}
    if reason := power.why_not():
        print(f"SKIPPED: group commit on a slow disk, {reason}.", file=sys.stderr)
    else:
        slow = power.with_slow_disk(power.build(folder), SLOW_DISK)
        figures[f"fsync_{SLOW_DISK:g}_ms"] = _under(dict(slow), folder / "slow")
    return figures


def _under(environment: dict[str, str], folder: Path) -> dict[str, Any]:
    folder.mkdir()
    command = [sys.executable, __file__, "--inside", str(folder)]
    done = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, check=True, timeout=300
    )
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def inside(folder: Path, seconds: float = 3.0) -> dict[str, Any]:
    limit = _syncs(folder / "limit", seconds)
    figures: dict[str, Any] = {"fsync_per_second": round(limit, 1)}
    for waiting in WAITING:
        rate = _committed(folder / f"{waiting}.db", waiting, seconds)
        figures[f"waiting_{waiting}"] = {"per_second": round(rate, 1), "times_the_fsync_limit": round(rate / limit, 1)}
    return figures


def _syncs(file: Path, seconds: float) -> float:
    """4 KiB written and brought to the disk, one after the other."""
    count, begun = 0, time.monotonic()
    descriptor = os.open(file, os.O_CREAT | os.O_WRONLY)
    while time.monotonic() - begun < seconds:
        os.write(descriptor, bytes(4096))
        os.fdatasync(descriptor)
        count += 1
    os.close(descriptor)
    return count / (time.monotonic() - begun)


def _committed(database: Path, waiting: int, seconds: float) -> float:
    """Events of 2 KiB per second while so many wait for their commit all the time."""
    data = json.loads(order("1"))["data"]
    with Store.open(f"sqlite:///{database}") as store:
        writer = InboxWriter(store.write_often, partial(accept_many, store))
        begun, ended, counted = time.monotonic(), threading.Event(), 0

        def again(_: object = None) -> None:
            nonlocal counted
            counted += 1
            if time.monotonic() - begun < seconds:
                event = Event(id=str(counted), source="/bench", type="order.created", data=data)
                writer.put([Arrival(event=event, raw_hash="0")], again)
            else:
                ended.set()

        for _ in range(waiting):
            again()
        ended.wait()
        took = time.monotonic() - begun
        writer.close()
        with closing(sqlite3.connect(database)) as connection:
            stored: int = connection.execute("SELECT count(*) FROM inbox").fetchone()[0]
        return stored / took


# Peers.


def peers(folder: Path, seconds: float, node_red_folder: Path | None) -> dict[str, Any]:
    """The same client against each side, at 8 clients and at 1, small bodies."""
    import peers as others

    figures: dict[str, Any] = {}
    with ReceiverAlone(folder / "ours") as receiver:
        figures["kontorist"] = _both(receiver.port, our_request(receiver, size=256), seconds)
    program = others.node_red_in(node_red_folder) if node_red_folder else None
    if program is not None:
        with others.node_red(program, folder / "node-red") as port:
            figures[f"node_red_{others.NODE_RED}"] = _both(port, others.node_red_request, seconds)
    with others.prefect_events(folder / "prefect") as server:
        figures["prefect_events_endpoint"] = _both(server.port, others.prefect_request(server), seconds)
    for name, found in list(figures.items()):
        if name != "kontorist":
            ours, theirs = (each["clients_8"]["per_second"] for each in (figures["kontorist"], found))
            figures[f"times_{name}"] = round(ours / theirs, 1) if theirs else None
    return figures


def _both(port: int, make: Callable[[str], bytes], seconds: float) -> dict[str, Any]:
    load(port, make, connections=8, seconds=2, name="warm")
    found: dict[int, Answers] = {
        clients: load(port, make, connections=clients, seconds=seconds, name=f"c{clients}") for clients in (8, 1)
    }
    if not all(answers.taken for answers in found.values()):
        raise RuntimeError("one side took nothing: there is nothing to compare")
    return {f"clients_{clients}": answers.figures() for clients, answers in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast events are taken in, durably.")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--peer-seconds", type=float, default=10.0)
    parser.add_argument("--node-red", type=Path, default=None)
    parser.add_argument("--only", nargs="*", default=[*PARTS, *LANES])
    parser.add_argument("--inside", type=Path, default=None, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside is not None:
        print(json.dumps(inside(given.inside)))
        return
    with tempfile.TemporaryDirectory(prefix="kontorist-events-") as name:
        folder = Path(name)
        parts: dict[str, Callable[[], dict[str, Any]]] = {
            "path": lambda: path(folder / "path", given.seconds),
            "restart": lambda: restart(folder / "restart"),
            "group": lambda: group_commit(_made(folder / "group")),
            "peers": lambda: peers(_made(folder / "peers"), given.peer_seconds, given.node_red),
        }
        result: dict[str, Any] = {
            "schema_version": 1,
            "date": datetime.now(UTC).date().isoformat(),
            "cores": os.cpu_count(),
            "load_before": load_of_machine(),
        }
        for part in given.only:
            if part in parts:
                result[part] = parts[part]()
        if wanted := [part for part in given.only if part in LANES]:
            result |= lanes.lanes(_made(folder / "lanes"), wanted)
    print(json.dumps(result, indent=1))


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    main()
