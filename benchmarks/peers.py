"""The peers of benchmarks/events.py, where they can be had: Node-RED from npm, Prefect's own events endpoint.

Nothing of them is kept in this repository: Node-RED is installed into the folder that is named, Prefect's server lives
in a folder that is thrown away.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from http_load import http_request

from kontorist.engine.prefect_server import PrefectServer, free_port

NODE_RED = "4.1.15"


@contextmanager
def running(
    command: list[str], ready: Callable[[], bool], within: float, *, log: Path, environment: dict[str, str]
) -> Iterator[None]:
    """The program, from its first answer on; ended by its own id."""
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    try:
        deadline = time.monotonic() + within
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


# Node-RED: POST /order -> function -> append to a file -> 200. Nothing is durable before its answer.


def node_red_in(folder: Path) -> Path | None:
    """Its program under `folder`, installed by npm if it is not there; None where there is no npm, or it fails."""
    program = folder / "node_modules" / "node-red" / "red.js"
    if program.exists():
        return program
    if shutil.which("npm") is None:
        print("Node-RED is left out: there is no npm here.", file=sys.stderr)
        return None
    folder.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), f"node-red@{NODE_RED}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode or not program.exists():
        print(f"Node-RED is left out, npm could not install it: {done.stderr[-500:]}", file=sys.stderr)
        return None
    return program


def _flows(file: Path) -> str:
    function = "msg.payload = msg.payload.order_id + ' ' + msg.payload.t0 + ' ' + Date.now();return msg;"
    nodes = [
        {"id": "n_tab", "type": "tab", "label": "orders"},
        {
            "id": "n_in",
            "type": "http in",
            "x": 100,
            "y": 100,
            "z": "n_tab",
            "url": "/order",
            "method": "post",
            "wires": [["n_fn"]],
        },
        {
            "id": "n_fn",
            "type": "function",
            "x": 100,
            "y": 100,
            "z": "n_tab",
            "func": function,
            "outputs": 1,
            "wires": [["n_file"]],
        },
        {
            "id": "n_file",
            "type": "file",
            "x": 100,
            "y": 100,
            "z": "n_tab",
            "filename": str(file),
            "filenameType": "str",
            "appendNewline": True,
            "createDir": False,
            "overwriteFile": "false",
            "wires": [["n_out"]],
        },
        {"id": "n_out", "type": "http response", "x": 100, "y": 100, "z": "n_tab", "statusCode": "200", "wires": []},
    ]
    return json.dumps(nodes)


@contextmanager
def node_red(program: Path, folder: Path) -> Iterator[int]:
    """A Node-RED with one flow; gives its port."""
    folder.mkdir()
    port = free_port()
    (folder / "flows.json").write_text(_flows(folder / "orders.txt"))
    command = ["node", str(program), "--userDir", str(folder), "--port", str(port), "-D", "uiHost=127.0.0.1"]
    command.append(str(folder / "flows.json"))
    ready = f"http://127.0.0.1:{port}/"
    with running(command, lambda: _answers(ready), 120, log=folder / "log", environment=dict(os.environ)):
        yield port


def node_red_request(identity: str) -> bytes:
    """An order as the recipe says."""
    body = json.dumps({"order_id": identity, "t0": time.time()}).encode()
    return http_request("/order", body, {"Content-Type": "application/json"})


# Prefect's own events endpoint.


@contextmanager
def prefect_events(folder: Path) -> Iterator[PrefectServer]:
    """A Prefect server of its own."""
    server = PrefectServer.prepared(folder)
    with running(server.command(), server.answers, 120, log=folder / "log", environment=server.environment()):
        yield server


def prefect_request(server: PrefectServer) -> Callable[[str], bytes]:
    """One event each, as its client sends them by HTTP."""
    import base64

    secret = base64.b64encode(server.auth.encode()).decode()

    def make(identity: str) -> bytes:
        event = {
            "id": str(uuid.uuid4()),
            "occurred": datetime.now(UTC).isoformat(),
            "event": "order.created",
            "resource": {"prefect.resource.id": f"order.{identity}"},
            "payload": {"order_id": identity},
        }
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {secret}"}
        return http_request("/api/events", json.dumps([event]).encode(), headers)

    return make
