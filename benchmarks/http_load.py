"""A load of requests over kept connections: each sends its next request when it has the answer to the last.

The same client for all sides of a comparison. It reads answers just far enough to know where they end, because it
shares the machine with the server that is measured.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

import uvloop

Request = Callable[[str], bytes]  #: the whole request of the event with this id

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def http_request(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """One POST as bytes."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@dataclass
class Answers:
    """What came back: how often which status, the seconds each took, and the ids that were taken (2xx)."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    waited: list[float] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    broken: int = 0
    cpu: float = 0.0  #: seconds of processor time of this client, which shares the machine

    def figures(self) -> dict[str, Any]:
        """Requests taken per second and their percentiles in milliseconds."""
        percentiles = quantiles(self.waited, n=100) if len(self.waited) > 1 else [0.0] * 99
        return {
            "per_second": round(len(self.taken) / self.seconds, 1),
            "p50_ms": round(percentiles[49] * 1000, 2),
            "p99_ms": round(percentiles[98] * 1000, 2),
            "seconds": round(self.seconds, 1),
            "answers": {str(status): count for status, count in sorted(self.statuses.items())},
            "broken_connections": self.broken,
            "client_cpu_ms_per_event": round(self.cpu / max(len(self.taken), 1) * 1000, 3),
        }


class _Connection(asyncio.Protocol):
    def __init__(self, answers: Answers, make: Request, name: str, until: float, ended: asyncio.Future[None]) -> None:
        self._answers, self._make, self._name, self._until, self._ended = answers, make, name, until, ended
        self._count, self._begun, self._buffer, self._id = 0, 0.0, b"", ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # of a TCP connection
        self._next()

    def _next(self) -> None:
        now = time.monotonic()
        if now >= self._until:
            self._transport.close()
            return
        self._id = f"{self._name}-{self._count}"
        self._count += 1
        self._transport.write(self._make(self._id))
        self._begun = now

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(self._buffer, 0, end)
        if len(self._buffer) < end + 4 + (int(length[1]) if length else 0):
            return
        status = int(self._buffer[9:12])
        self._buffer = b""
        self._answers.statuses[status] += 1
        if 200 <= status < 300:
            self._answers.waited.append(time.monotonic() - self._begun)
            self._answers.taken.append(self._id)
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if time.monotonic() < self._until:
            self._answers.broken += 1
        if not self._ended.done():
            self._ended.set_result(None)


def load(
    port: int,
    make: Request,
    *,
    connections: int,
    seconds: float,
    name: str,
    at_the_end: Callable[[], None] = lambda: None,
) -> Answers:
    """Send for `seconds`; `at_the_end` is called while requests are still on their way."""
    return uvloop.run(_load(port, make, connections, seconds, name, at_the_end))


async def _load(
    port: int, make: Request, connections: int, seconds: float, name: str, at_the_end: Callable[[], None]
) -> Answers:
    answers, loop = Answers(), asyncio.get_running_loop()
    begun, used = time.monotonic(), time.process_time()
    ends: list[asyncio.Future[None]] = [loop.create_future() for _ in range(connections)]
    for number, ended in enumerate(ends):
        label = f"{name}-{number}"
        await loop.create_connection(
            lambda label=label, ended=ended: _Connection(answers, make, label, begun + seconds + 0.2, ended),
            "127.0.0.1",
            port,
        )
    await asyncio.sleep(max(0.0, begun + seconds - time.monotonic()))
    answers.seconds, answers.cpu = time.monotonic() - begun, time.process_time() - used
    at_the_end()
    await asyncio.wait(ends, timeout=5)
    return answers
