"""The receiver's own process and nothing else: no Prefect, no worker, as when everything but the front door is down."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from kontorist.engine.children import environment_for_children
from kontorist.testing.twins.webhook_sender import Delivery, WebhookSender, new_secret

CONFIG = """\
version: 1
company: {name: Kontor Beispiel B.V., country: NL}
connectors:
  shop: {use: webhook/standard, key: {secret: shop}, emits: [order.created, note.received]}
"""


class ReceiverAlone:
    """A receiver on a folder of its own, on a socket that outlives its kills. Use it with `with`."""

    def __init__(self, folder: Path, *, config: str = CONFIG, **environment: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.log = folder, folder / "receiver.log"
        (folder / "config.yaml").write_text(config, encoding="utf-8")
        self.database = folder / "var" / "kontorist.db"
        self._environment = environment_for_children(KONTORIST_SECRET_SHOP=new_secret(), **environment)
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port: int = self._listening.getsockname()[1]
        self.sender = WebhookSender((new_secret(),))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, within: float = 20.0) -> float:
        """Start the process; seconds until it answers."""
        descriptor = self._listening.fileno()
        begun = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "kontorist.engine.receiver_process", str(self.folder), str(descriptor)],
                env=self._environment,
                pass_fds=(descriptor,),
                stdout=log,
                stderr=log,
            )
        while self.get("/health") != 200:
            alive = self.process.poll() is None and time.monotonic() - begun < within
            assert alive, self.log.read_text(errors="replace")[-3000:]
        return time.monotonic() - begun

    def kill(self) -> None:
        """SIGKILL, as when the power of this process alone went."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """SIGTERM, then wait for its end."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=20)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._listening.close()

    def get(self, path: str) -> int | None:
        """The status of a GET; None where there was no answer."""
        return self._ask("GET", path, None, {})[0]

    def post(self, delivery: Delivery, door: str = "shop", **headers: str) -> tuple[int | None, str | None]:
        """The status of the answer and its Retry-After; None where there was none."""
        return self._ask("POST", f"/hooks/{door}", delivery.body, dict(delivery.headers) | headers)

    def _ask(self, verb: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int | None, str | None]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(verb, path, body, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers["Retry-After"]
        except (OSError, http.client.HTTPException):
            return None, None
        finally:
            connection.close()

    def note(self, identity: str, size: int = 0) -> Delivery:
        """A signed event; its text has `size` letters."""
        data = {"text": identity.ljust(size, ".")}
        return self.sender.event("note.received", data, identity=identity, now=datetime.now(UTC))

    @property
    def pid(self) -> int:
        """The number of the process."""
        assert self.process is not None
        return self.process.pid

    def cpu_seconds(self) -> float:
        """What the process has used so far; other load on the machine changes it little."""
        return cpu_seconds_of(self.pid)

    def stored(self) -> set[str]:
        """The ids in the inbox, as they are on disk."""
        import sqlite3
        from contextlib import closing

        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            return {row[0] for row in database.execute("SELECT dedupe FROM inbox")}


def limit_of_files(pid: int, size: int) -> None:
    """Let process `pid` write no file beyond `size` bytes (RLIMIT_FSIZE), as on a disk that is full; -1 lifts it."""
    import resource

    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def cpu_seconds_of(pid: int) -> float:
    """What process `pid` has used so far, by /proc (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load_of_machine() -> float:
    """The load average of the last minute, to be told beside every figure."""
    return round(os.getloadavg()[0], 2)
