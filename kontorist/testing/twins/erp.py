"""An ERP-like server on loopback that takes records under our reference, with faults on demand.

It takes the same reference twice if somebody sends it twice: what is done twice is seen. In process:
``with Erp() as erp: ...``. As a process of its own, outliving the one under test: ``with started(file) as erp: ...``,
and `records_in(file)` counts what was committed, by reference. `ErpDoor` talks to it as a connector would.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, unquote

from kontorist.domain.errors import BusinessError, TransientError, UncertainOutcome
from kontorist.domain.ports import Receipt


class ErpFault(StrEnum):
    """What goes wrong with the next record."""

    COMMIT_THEN_SILENT = "commit_then_silent"  #: it is committed, the line is cut without an answer
    COMMIT_LATE = "commit_late"  #: the line is cut; it is committed when `land` is called
    ERROR_AFTER_COMMIT = "error_after_commit"  #: it is committed, and answered with 500
    ERROR_BEFORE_COMMIT = "error_before_commit"  #: nothing is committed, 500
    REFUSED = "refused"  #: nothing is committed, 422
    CUT = "cut"  #: nothing is committed, the line is cut


_LOST = (ErpFault.ERROR_BEFORE_COMMIT, ErpFault.REFUSED, ErpFault.CUT)
_STATUS = {ErpFault.ERROR_AFTER_COMMIT: 500, ErpFault.ERROR_BEFORE_COMMIT: 500, ErpFault.REFUSED: 422}


class Erp:
    """Context manager. `port` is known inside; `records` holds the references as they were committed.

    Without `search` nobody can ask it. `file` gets a line for each record.
    """

    def __init__(self, *, search: bool = True, file: Path | None = None) -> None:
        self.search, self.records, self.faults = search, list[str](), list[ErpFault]()
        self.asked = 0
        self._late: list[str] = []
        self._file = file
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="erp twin", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def land(self) -> None:
        """What was sent and not yet committed is committed now."""
        with self._lock:
            while self._late:
                self._commit(self._late.pop(0))

    def take(self, key: str) -> int:
        """A record arrives; the status to answer, 0 for none."""
        with self._lock:
            fault = self.faults.pop(0) if self.faults else None
            if fault is ErpFault.COMMIT_LATE:
                self._late.append(key)
            elif fault not in _LOST:
                self._commit(key)
            return 201 if fault is None else _STATUS.get(fault, 0)

    def find(self, key: str) -> int:
        """The status to answer to a question: 200 known, 404 unknown, 405 without search."""
        with self._lock:
            self.asked += 1
            return 405 if not self.search else 200 if key in self.records else 404

    def _commit(self, key: str) -> None:
        self.records.append(key)
        if self._file is not None:
            with self._file.open("a", encoding="utf-8") as out:
                out.write(f"{key}\n")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        twin = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the name http.server calls
                body = self.rfile.read(int(self.headers["content-length"]))
                self._answer(twin.take(json.loads(body)["reference"]))

            def do_GET(self) -> None:  # the name http.server calls
                self._answer(twin.find(unquote(self.path.rpartition("/")[2])))

            def _answer(self, status: int) -> None:
                self.close_connection = True
                if not status:
                    return
                with contextlib.suppress(ConnectionError):  # who asked may be dead by now
                    self.send_response(status)
                    self.send_header("content-length", "0")
                    self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing is printed."""

        return Handler


class ErpDoor:
    """How a connector for such a server behaves: what may have been committed is said to be uncertain."""

    def __init__(self, port: int, timeout: float = 5.0) -> None:
        self._port, self._timeout = port, timeout

    def apply(self, action: Mapping[str, Any], key: str) -> Receipt:
        """Bring in a record under `key`."""
        status = self._asked("POST", "/records", json.dumps({**action, "reference": key}), TransientError)
        if status >= 500:
            raise UncertainOutcome(f"The ERP answered {status}; what it did is not known.")
        if status >= 400:
            raise BusinessError("record_refused", f"The ERP answered {status}.")
        return Receipt(external_id=key, status="accepted")

    def find(self, key: str) -> Receipt | None:
        """The record under `key`."""
        status = self._asked("GET", f"/records/{quote(key, safe='')}", None, TransientError)
        if status == 405:
            raise UncertainOutcome("The ERP has no search.")
        return Receipt(external_id=key, status="found") if status == 200 else None

    def _asked(self, verb: str, target: str, body: str | None, unreachable: type[TransientError]) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=self._timeout)
        try:
            connection.connect()
        except OSError as error:
            raise unreachable("The ERP cannot be reached.") from error
        try:
            connection.request(verb, target, body)
            return connection.getresponse().status
        except (http.client.HTTPException, OSError) as error:
            raise UncertainOutcome("The ERP fell silent.") from error
        finally:
            connection.close()


def records_in(file: Path) -> Counter[str]:
    """How many records were committed, by reference."""
    return Counter(file.read_text(encoding="utf-8").split() if file.exists() else ())


@dataclass(frozen=True, slots=True)
class ErpProcess:
    """A server in a process of its own."""

    port: int
    pid: int


@contextlib.contextmanager
def started(file: Path, *, search: bool = True) -> Iterator[ErpProcess]:
    """Start one that writes its records to `file`; it ends with the block, or with us."""
    command = [sys.executable, "-m", "kontorist.testing.twins.erp", str(file), str(int(search))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield ErpProcess(json.loads(process.stdout.readline())["port"], process.pid)
        process.stdin.close()


def main(file: str, search: str) -> None:
    """Print the port as a line of JSON; run until standard input ends, so never longer than who started us."""
    with Erp(search=search == "1", file=Path(file)) as erp:
        sys.stdout.write(json.dumps({"port": erp.port}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
