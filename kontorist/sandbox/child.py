"""The child's side: give up rights, import the readers, then answer one request after another.

Runs as ``python -m kontorist.sandbox.child``; never imported by the parent. Requests come over standard input as a
frame (four bytes length, JSON) followed by the file's bytes; answers leave as frames over what was standard output.
"""

from __future__ import annotations

import importlib
import json
import os
import struct
import sys
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO

from kontorist.sandbox.limits import Limits, allow_cpu, confine
from kontorist.sandbox.reasons import ReasonCode, Refused

OUT_OF_MEMORY_EXIT = 71  #: exit status where memory did not even suffice for an answer


def main() -> None:
    """Serve until standard input ends or a file has failed in a way that makes this process doubtful."""
    orders = json.loads(sys.argv[1])
    limits = Limits(**orders["limits"])
    network = confine(limits, orders["parent"])
    answers = _answers_apart_from_prints()
    for module in orders["preload"]:
        importlib.import_module(module)
    _send(answers, {"ready": True, "network": network})
    try:
        while _serve(sys.stdin.buffer, answers, limits, orders["readers"]):
            pass
    except MemoryError:
        os._exit(OUT_OF_MEMORY_EXIT)


def _answers_apart_from_prints() -> BinaryIO:
    """The pipe to the parent under a number of its own, so that no library can print into an answer."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return answers


def _serve(requests: BinaryIO, answers: BinaryIO, limits: Limits, readers: str) -> bool:
    """Answer one request; False when this process should end."""
    head = requests.read(4)
    if len(head) < 4:
        return False
    request = json.loads(requests.read(struct.unpack(">I", head)[0]))
    content = requests.read(request["size"])
    allow_cpu(limits.cpu)
    answer, healthy = _answer(request, content, readers)
    _send(answers, answer)
    return healthy


def _answer(request: dict[str, Any], content: bytes, readers: str) -> tuple[dict[str, Any], bool]:
    try:
        return {"value": _function(request["function"], readers)(content, **request["arguments"])}, True
    except Refused as refused:
        return {"refused": refused.reason, "sentence": refused.sentence}, True
    except MemoryError:
        return {"refused": ReasonCode.OUT_OF_MEMORY}, False
    except Exception:  # noqa: BLE001 - whatever a parser raises on a foreign file is an answer, not a crash
        return {"refused": ReasonCode.DAMAGED, "detail": traceback.format_exc(limit=-4)[-2000:]}, False


def _function(path: str, readers: str) -> Callable[..., Any]:
    if not path.startswith(readers):
        raise ValueError(f"{path} is not a reader")
    module, _, name = path.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function


def _send(answers: BinaryIO, answer: dict[str, Any]) -> None:
    payload = json.dumps(answer, allow_nan=False).encode()
    answers.write(struct.pack(">I", len(payload)) + payload)
    answers.flush()


if __name__ == "__main__":
    main()
