"""A bar on stderr for long work: only on a terminal, and never in the way of the data."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Self, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

T = TypeVar("T")

_WORTH_A_BAR = 3


class Bar:
    """Shows how far a work is, from the first `show` to the end of the block."""

    def __init__(self, *, quiet: bool) -> None:
        self._silent = quiet or not sys.stderr.isatty()
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def show(self, what: str, done: int, total: int, now: str | None = None) -> None:
        """`done` of `total` steps of `what`, at present `now`."""
        if self._silent:
            return
        progress = self._opened()
        if self._task is None:
            self._task = progress.add_task(what, total=total)
        progress.update(self._task, description=f"{what} {now or ''}".strip(), completed=done, total=total)

    def _opened(self) -> Progress:
        if self._progress is None:
            from rich.console import Console
            from rich.progress import Progress

            self._progress = Progress(console=Console(stderr=True), transient=True)
            self._progress.start()
        return self._progress

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()


def progress(items: Iterable[T], total: int, what: str, *, quiet: bool = False) -> Iterator[T]:
    """`items`, with a bar of `total` steps while they come."""
    with Bar(quiet=quiet or total < _WORTH_A_BAR) as bar:
        for done, item in enumerate(items, start=1):
            bar.show(what, done, total)
            yield item
