"""An installation in a folder, as somebody sets one up: config.yaml, inbox folder, secret, and `kontorist up`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kontorist.engine.children import environment_for_children
from kontorist.engine.instance import notice_of
from kontorist.testing.twins.webhook_sender import Delivery, WebhookSender, new_secret

CONFIG = """\
version: 1
company: {name: Kontor Beispiel B.V., country: NL, registered_in: [DE]}
people:
  anna: {email: anna@example.org, roles: [approver]}
engine: {receiver: {listen: "127.0.0.1:0"}}
connectors:
  shop: {use: webhook/standard, key: {secret: shop}, emits: [document.received, note.received], limit: 10MiB}
  scanner: {use: folder/local, path: in/scan, settle: 1s, every: 1s}
routes:
  - {on: document.received, run: payables/invoice_intake}
"""

UP = """\
import sys
from kontorist.config import load
from kontorist.domain.errors import AnotherInstance
from kontorist.engine.up import up
try:
    up(load(sys.argv[1]), on_ready=lambda notice: print(notice["receiver"], flush=True))
except AnotherInstance:
    sys.exit(5)
"""


def until(true: Callable[[], Any], within: float, what: str = "it") -> Any:
    """The first true answer; looks again every 50 ms and fails after `within` seconds."""
    deadline = time.monotonic() + within
    while not (answer := true()):
        assert time.monotonic() < deadline, f"{what} did not happen within {within} s"
        time.sleep(0.05)
    return answer


@dataclass
class Installation:
    """A folder with a config.yaml, and the processes that work on it."""

    folder: Path
    config: str = CONFIG

    def __post_init__(self) -> None:
        self.scan = self.folder / "in" / "scan"
        self.scan.mkdir(parents=True, exist_ok=True)
        (self.folder / "config.yaml").write_text(self.config, encoding="utf-8")
        self.sender = WebhookSender((new_secret(),))
        self.environment = environment_for_children(KONTORIST_SECRET_SHOP=new_secret())
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def var(self) -> Path:
        return self.folder / "var"

    def up(self) -> subprocess.Popen[bytes]:
        """Start it in a process group of its own."""
        with (self.folder / "up.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", UP, str(self.folder)],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self.process

    def notice(self) -> dict[str, Any] | None:
        notice = notice_of(self.var)
        ours = notice is not None and self.process is not None and notice.get("pid") == self.process.pid
        return notice if ours else None

    def pids(self) -> list[int]:
        notice = self.notice()
        return [part["pid"] for part in notice["parts"] if part["pid"]] if notice else []

    def address(self) -> str:
        """Where the receiver answers, once it does."""

        def ready() -> str | None:
            notice = self.notice()
            return notice["receiver"] if notice and self.ask(notice["receiver"] + "/health") == 200 else None

        return str(until(ready, 20, "the receiver's first answer"))

    @staticmethod
    def ask(address: str) -> int | None:
        try:
            with urllib.request.urlopen(address, timeout=1) as answer:
                return int(answer.status)
        except OSError:
            return None

    def post(self, delivery: Delivery, timeout: float = 5.0) -> int | None:
        """The status of the answer; None when there was none."""
        notice = self.notice()
        if notice is None:
            return None
        request = urllib.request.Request(notice["receiver"] + "/hooks/shop", delivery.body, dict(delivery.headers))
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            return refusal.code
        except (OSError, ValueError):
            return None

    def note(self, identity: str) -> Delivery:
        return self.sender.event("note.received", {"text": identity}, identity=identity, now=datetime.now(UTC))

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=35)

    def kill_group(self) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def kill_alone(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def said(self) -> str:
        """All logs, for the message of a failing test."""
        files = [self.folder / "up.log", *sorted((self.var / "log").glob("*.log"))]
        return "\n".join(
            f"== {file.name}\n{file.read_text(errors='replace')[-3000:]}" for file in files if file.exists()
        )


def alive(pid: int) -> bool:
    """Whether process `pid` runs; one that has ended and was not waited for does not."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False


def rows(installation: Installation, **wanted: Any) -> list[Any]:
    """The inbox as it is on disk."""
    from kontorist.store.database import Store

    with Store.open(f"sqlite:///{installation.var}/kontorist.db") as store, store.read() as tx:
        return store.inbox.list(tx, limit=100_000, **wanted)
