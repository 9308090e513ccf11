"""The parent's side: warm children, one request each at a time, killed and replaced when they fail."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from kontorist.sandbox.child import OUT_OF_MEMORY_EXIT
from kontorist.sandbox.limits import Limits
from kontorist.sandbox.reasons import WHAT, ReasonCode, told, without_advice

# PR_SET_PDEATHSIG fires when the *thread* that started the child ends, so children are started by one thread that
# lives as long as the process, whichever thread asks for them.
_starter: Final = ThreadPoolExecutor(1, thread_name_prefix="kontorist-sandbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A file that was not read: `code` is one of ReasonCode, `detail` is for the log and untrusted."""

    code: ReasonCode
    sentence: str
    detail: str | None = None

    @property
    def what(self) -> str:
        """The sentence without its advice, for a place that gives advice of its own."""
        return without_advice(self.code, self.sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one call: a JSON value the caller has to check, or a refusal."""

    value: Any = None
    refused: Refusal | None = None


class Pool:
    """Limited child processes that read foreign files; safe to use from several threads.

    `size` children at most, started when first needed and kept warm with the modules of `preload` imported; they run
    functions of modules whose names begin with `readers` and no others. A call waits for a free child. Files never
    raise: whatever one does to its child comes back as a refusal. `apart` serves modules by pools of their own, whose
    children have other limits: nobody waits behind them who does not need them. They are closed with this one.
    """

    def __init__(
        self,
        *,
        size: int = 1,
        preload: Sequence[str] = (),
        limits: Limits | None = None,
        readers: str = "kontorist.extraction.",
        apart: Mapping[str, Pool] | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._orders = {"preload": list(preload), "readers": readers, "limits": asdict(self.limits)}
        self._free: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(size):
            self._free.put(None)
        self._size = size
        self._apart = dict(apart or {})
        self._lock = threading.Lock()
        self._closed = False

    def call(self, function: str, content: bytes, **arguments: Any) -> Outcome:
        """Run ``module:function`` on `content` in a child.

        A file on which a child that had served others dies or runs out of memory gets a second try in a fresh
        one; there is no third. Raises RuntimeError after `close`, OSError when no child can be started.
        """
        other = self._apart.get(function.partition(":")[0])
        if other is not None:
            return other.call(function, content, **arguments)
        child = self._take()
        try:
            for _ in range(2):
                if child is None or not child.usable():
                    child = self._replace(child)
                fresh = child.served == 0
                outcome = child.ask(function, content, arguments)
                if fresh or outcome.refused is None or outcome.refused.code not in _SECOND_TRY:
                    break
            return outcome
        finally:
            self._free.put(child)

    def network_closed_by(self) -> str | None:
        """``seccomp`` or ``namespace``; None where this system cannot close the network of a child."""
        child = self._take()
        try:
            if child is None or not child.usable():
                child = self._replace(child)
            return child.network
        finally:
            self._free.put(child)

    def close(self) -> None:
        """End all children and remove their folders; waits for calls under way."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        for pool in self._apart.values():
            pool.close()
        for _ in range(self._size):
            child = self._free.get()
            if child is not None:
                child.end()
        self._free.put(None)  # wakes whoever was waiting, to be told

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self) -> _Child | None:
        child = self._free.get()
        if self._closed:
            self._free.put(child)
            raise RuntimeError("this pool is closed")
        return child

    def _replace(self, child: _Child | None) -> _Child:
        if child is not None:
            child.end()
        return _starter.submit(_Child, self._orders, self.limits).result()


_SECOND_TRY = frozenset({ReasonCode.PARSER_DIED, ReasonCode.OUT_OF_MEMORY})


class _Child:
    """One process, its pipes and its folder; used by one thread at a time."""

    def __init__(self, orders: dict[str, Any], limits: Limits) -> None:
        self._limits = limits
        self._folder = tempfile.mkdtemp(prefix="kontorist-read-")
        self._ended = False
        try:
            self._process = _started(orders, self._folder)
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self.served = 0
        self._healthy = True
        ready = self._exchange([], time.monotonic() + limits.start)
        if isinstance(ready, Refusal):
            self.end()
            raise ChildProcessError(f"the reading process did not start: {ready.sentence}")
        self.network: str | None = ready.get("network")

    def usable(self) -> bool:
        """May this child take another file?"""
        return self._healthy and self.served < self._limits.files_per_child and self._process.poll() is None

    def ask(self, function: str, content: bytes, arguments: dict[str, Any]) -> Outcome:
        head = json.dumps({"function": function, "arguments": arguments, "size": len(content)}).encode()
        parts = [memoryview(struct.pack(">I", len(head)) + head), memoryview(content)]
        answer = self._exchange(parts, time.monotonic() + self._limits.wall)
        self.served += 1
        if isinstance(answer, Refusal):
            self._healthy = False
            return Outcome(refused=answer)
        refusal = _refusal_in(answer)
        if refusal is not None and (refusal.detail or refusal.code is ReasonCode.OUT_OF_MEMORY):
            self._healthy = False  # it ends by itself as well
        return Outcome(refused=refusal) if refusal else Outcome(value=answer.get("value"))

    def end(self) -> None:
        """Kill the whole process group, wait for it, remove its folder; once, for its number may be another's later."""
        if self._ended:
            return
        self._ended = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _exchange(self, parts: list[memoryview], deadline: float) -> dict[str, Any] | Refusal:
        """Send `parts`, read one frame; the other side may be slow, dead or lying."""
        try:
            payload = _talk(self._process, parts, deadline, self._limits.result)
        except TimeoutError:
            return _refusal(ReasonCode.TIMED_OUT)
        except OverflowError:
            return _refusal(ReasonCode.TOO_LARGE, "The file gives more content than we take from one document.")
        except (EOFError, OSError):
            return self._cause_of_death()
        try:
            answer = json.loads(payload)
        except (ValueError, RecursionError):
            answer = None
        return answer if isinstance(answer, dict) else _refusal(ReasonCode.PARSER_DIED)

    def _cause_of_death(self) -> Refusal:
        try:
            status = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return _refusal(ReasonCode.PARSER_DIED)
        if status == -signal.SIGXCPU:
            return _refusal(ReasonCode.TIMED_OUT)
        if status in (OUT_OF_MEMORY_EXIT, -signal.SIGKILL):  # SIGKILL not by us: the system ran short of memory
            return _refusal(ReasonCode.OUT_OF_MEMORY)
        how = signal.Signals(-status).name if status < 0 else f"status {status}"
        return _refusal(ReasonCode.PARSER_DIED, f"{WHAT[ReasonCode.PARSER_DIED][:-1]} ({how}).")


def _started(orders: dict[str, Any], folder: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
        [sys.executable, "-P", "-m", "kontorist.sandbox.child", json.dumps({"parent": os.getpid(), **orders})],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        cwd=folder,
        env=_environment(folder),
        start_new_session=True,
    )


def _environment(folder: str) -> dict[str, str]:
    """Only what Python needs: no secret of the parent reaches the child, and nothing is looked for where it works."""
    ours, here = str(Path(__file__).parents[2]), os.getcwd()
    paths = [path for each in sys.path if (path := os.path.abspath(each)) != here or path == ours]
    return {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(paths),
        "LANG": "C.UTF-8",
        "TMPDIR": folder,
        "HOME": folder,
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _refusal(code: ReasonCode, sentence: str | None = None, detail: str | None = None) -> Refusal:
    return Refusal(code=code, sentence=told(code, sentence), detail=detail)


def _refusal_in(answer: dict[str, Any]) -> Refusal | None:
    """The refusal a child reports, its words cut to what a list can show; an unknown code counts as damaged."""
    if "refused" not in answer:
        return None
    known = answer["refused"] in list(ReasonCode)  # compared, not hashed: it may be anything that JSON has
    code = ReasonCode(answer["refused"]) if known else ReasonCode.DAMAGED
    sentence, detail = answer.get("sentence"), answer.get("detail")
    return _refusal(code, str(sentence)[:500] if sentence else None, str(detail)[:2000] if detail else None)


def _talk(process: subprocess.Popen[bytes], parts: list[memoryview], deadline: float, most: int) -> bytes:
    """Write `parts` and read one frame without ever blocking past `deadline`.

    Raises TimeoutError, EOFError (the child is gone), OSError, OverflowError (a frame above `most` bytes).
    """
    assert process.stdin is not None  # noqa: S101 - both are pipes by construction, this is for the type checker
    assert process.stdout is not None  # noqa: S101
    out, back = process.stdin.fileno(), process.stdout.fileno()
    os.set_blocking(out, False)
    os.set_blocking(back, False)
    waiting = [part for part in parts if len(part)]
    answer = bytearray()
    poll = select.poll()
    poll.register(back, select.POLLIN)
    while True:
        if waiting:
            poll.register(out, select.POLLOUT)
        ready = dict(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))
        if not ready:
            raise TimeoutError
        if out in ready and not _write_some(out, waiting):
            poll.unregister(out)
        if back in ready:
            block = os.read(back, 1 << 16)
            if not block:
                raise EOFError
            answer += block
        if len(answer) >= 4:
            length = struct.unpack(">I", answer[:4])[0]
            if length > most:
                raise OverflowError
            if len(answer) >= 4 + length:
                return bytes(answer[4 : 4 + length])


def _write_some(out: int, waiting: list[memoryview]) -> bool:
    """Write what the pipe takes; False when nothing is left to write."""
    try:
        written = os.write(out, waiting[0][: 1 << 20])
    except BrokenPipeError:
        waiting.clear()  # the child is gone; reading tells why
        return False
    rest = waiting[0][written:]
    waiting[:1] = [rest] if len(rest) else []
    return bool(waiting)
