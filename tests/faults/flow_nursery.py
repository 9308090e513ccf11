"""Started as a program of its own: lets workers die by a real SIGKILL in the middle of every flow.

A kill runs no `finally` and rolls nothing back by itself. The program forks, which is safe because it has one thread;
what it has compiled and read so far, its children need not do again.

    python flow_nursery.py FOLDER KILLS

prints one JSON line for each kill: the case, the place, how the worker ended, what differs in the end. Whoever starts
it has set PREFECT_HOME.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from flow_trials import CASES, Stage
from rehearsing import Rehearsed, lasting

from kontorist.extraction.reading import open_pool


def kill(name: str) -> None:
    """The end of this process, at once."""
    os.kill(os.getpid(), signal.SIGKILL)


def in_a_child(rehearsed: Rehearsed, number: int) -> tuple[int, list[str]]:
    """Let a child die at the pass `number`; gives the signal that ended it, and what differs in the end."""
    folder = rehearsed.office(f"killed-{number}")
    child = os.fork()
    if child == 0:
        rehearsed.die(folder, number, kill)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return (os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0), rehearsed.differs(folder)


def main(folder: Path, kills: int) -> None:
    """`kills` deaths in each case, spread over its run."""
    pool = open_pool(1)
    stage = Stage(folder, pool)
    for case in CASES:
        rehearsed = Rehearsed(stage.set(case), folder / "lives" / str(case).replace("/", "-"))
        for number in lasting(rehearsed.passed, most=kills):
            ended, found = in_a_child(rehearsed, number)
            place = rehearsed.passed[number - 1]
            sys.stdout.write(json.dumps({"case": str(case), "place": place, "ended": ended, "found": found}) + "\n")
    pool.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
