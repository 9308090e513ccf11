"""Group commit into the inbox: one thread takes all that waits, commits once, then releases every answer.

No artificial wait: while one commit runs, the next group gathers by itself. With `synchronous=FULL` a commit is an
fsync, so under load the cost of one is shared by all that wait (design: reliability, group commit).
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from kontorist.domain.errors import OutsideFailed
from kontorist.failpoints import failpoint, register
from kontorist.store.arrivals import Accepted, Offer

register("writer.before_commit", "writer.after_commit")

_LARGEST_GROUP = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival(Offer):
    """One event on its way into the inbox."""

    on_conflict: str = "refuse"  #: or "hold": another body under a known id is kept and a person asked


class InboxClosed(OutsideFailed):
    """The inbox cannot take events at the moment; send it again later."""

    code = "KON-281"


Outcome = list[Accepted] | InboxClosed
"""What became of the events of one sender."""

_Waiting = tuple[Sequence[Arrival], Callable[[Outcome], None]]


class InboxWriter:
    """The one writing thread of a process."""

    def __init__(
        self,
        write: Callable[[], AbstractContextManager[Any]],
        accept: Callable[[Any, Sequence[Arrival]], Sequence[Accepted]],
    ) -> None:
        self._write, self._accept = write, accept
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="inbox-writer", daemon=True)
        self._thread.start()

    def put(self, arrivals: Sequence[Arrival], told: Callable[[Outcome], None]) -> None:
        """Store all of `arrivals` or none; `told` is called after the commit, in the writer's thread, and never raises.

        No future per event: its locks cost as much as checking a signature.
        """
        self._waiting.put((arrivals, told))

    def alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Write what waits, then end."""
        self._waiting.put(None)
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [first]
            ending = self._gather(group)
            self._settle(group)
            if ending:
                return

    def _gather(self, group: list[_Waiting]) -> bool:
        while len(group) < _LARGEST_GROUP:
            try:
                one = self._waiting.get_nowait()
            except queue.Empty:
                return False
            if one is None:
                return True
            group.append(one)
        return False

    def _settle(self, group: list[_Waiting]) -> None:
        try:
            answers = self._store(group)
        except (OutsideFailed, OSError) as error:  # disk full, locked: it holds for all, and none is tried alone
            for _, told in group:
                told(_closed(error))
            return
        except Exception as error:  # noqa: BLE001  # every sender gets an answer, whatever the database said
            if len(group) > 1:  # one bad event must not turn its neighbours away
                for one in group:
                    self._settle([one])
            else:
                group[0][1](_closed(error))
            return
        for (_, told), answer in zip(group, answers, strict=True):
            told(answer)

    def _store(self, group: list[_Waiting]) -> list[list[Accepted]]:
        with self._write() as transaction:
            answers = iter(self._accept(transaction, [one for arrivals, _ in group for one in arrivals]))
            failpoint("writer.before_commit")
        failpoint("writer.after_commit")
        return [list(islice(answers, len(arrivals))) for arrivals, _ in group]


def _closed(error: Exception) -> InboxClosed:
    closed = InboxClosed()
    closed.__cause__ = error
    return closed
