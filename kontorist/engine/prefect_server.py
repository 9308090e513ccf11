"""Prefect's server as our child: where it lives, how it is started, whether it answers. Imports no Prefect."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from kontorist.engine.children import environment_for_children
from kontorist.secrecy import keep_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefectServer:
    """Where our Prefect server lives: loopback only, its own home, its own password."""

    home: Path  #: PREFECT_HOME, var/prefect
    port: int
    auth: str  #: "user:password", asked by every route but /health

    @classmethod
    def prepared(cls, home: Path, port: int = 0) -> PrefectServer:
        """A server under `home` on `port` (0 = any free one); its password is made once and kept there (0600)."""
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(home=home, port=port or free_port(), auth=_kept_password(home / "auth"))

    @classmethod
    def beside(cls, home: Path, port: int) -> PrefectServer:
        """The server that a running instance has started under `home`."""
        return cls(home=home, port=port, auth=_read_password(home / "auth"))

    @property
    def api(self) -> str:
        """Address of its API."""
        return f"http://127.0.0.1:{self.port}/api"

    def command(self) -> list[str]:
        """The program to start; one process, no background."""
        return [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self.port)]

    def environment(self) -> dict[str, str]:
        """Environment of the server's process."""
        return environment_for_children(
            **self._common(),
            PREFECT_SERVER_API_AUTH_STRING=self.auth,
            PREFECT_SERVER_ANALYTICS_ENABLED="false",
            PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT="false",
            DO_NOT_TRACK="1",
            # One write per task event locks its SQLite so often that creating the next run is turned away (503).
            PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE="50",
            PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE="50",
            PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL="1",
            PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE="50",
            PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE="200",
        )

    def client_environment(self) -> dict[str, str]:
        """What a process needs in its environment before it first imports Prefect."""
        ours = {"PREFECT_API_URL": self.api, "PREFECT_API_AUTH_STRING": self.auth}
        return self._common() | ours | {"PREFECT_WORKER_QUERY_SECONDS": "1"}

    def _common(self) -> dict[str, str]:
        return {
            "PREFECT_HOME": str(self.home),
            "PREFECT_PROFILES_PATH": str(self.home / "profiles.toml"),
            "PREFECT_LOGGING_LEVEL": "WARNING",
        }

    def answers(self, timeout: float = 3.0) -> bool:
        """Whether it says it is well, within `timeout` seconds."""
        try:
            with urllib.request.urlopen(f"{self.api}/health", timeout=timeout) as answer:  # noqa: S310  # loopback http
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False


def free_port() -> int:
    """A loopback port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _kept_password(file: Path) -> str:
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as new:
            new.write(f"kontorist:{secrets.token_urlsafe(24)}\n")
    return _read_password(file)


def _read_password(file: Path) -> str:
    password = file.read_text(encoding="ascii").strip()
    keep_secret(password)
    return password
