"""Something done again and again, which no error ends."""

from __future__ import annotations

import threading
import time

from kontorist.domain.errors import AuthError, TransientError
from kontorist.engine.loops import Loop
from kontorist.store.errors import StoreFull


def loop_of(*answers: object) -> Loop:
    left = list(answers)

    def work() -> object:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Loop("test", 2.0, work, threading.Event())


def test_there_is_no_pause_while_there_is_something_to_do() -> None:
    loop = loop_of(True, True, False, 3)

    assert [loop.once() for _ in range(4)] == [0.0, 0.0, 2.0, 2.0]


def test_pauses_grow_with_failures_and_end_with_a_success() -> None:
    trouble = TransientError("The mailbox is away.")
    loop = loop_of(*[trouble] * 9, False, trouble)

    assert [loop.once() for _ in range(11)] == [2, 4, 8, 16, 32, 64, 128, 256, 300, 2, 2]


def test_a_refused_password_is_not_tried_until_the_account_is_locked() -> None:
    assert loop_of(AuthError()).once() == 900.0


def test_our_own_database_is_tried_again_soon_however_long_it_was_away() -> None:
    loop = loop_of(*[StoreFull()] * 6)

    assert [loop.once() for _ in range(6)] == [2, 4, 8, 15, 15, 15]


def test_a_loop_runs_until_it_is_asked_to_stop() -> None:
    stopping, seen = threading.Event(), threading.Semaphore(0)
    loop = Loop("test", 0.001, seen.release, stopping)
    loop.start()
    for _ in range(3):
        assert seen.acquire(timeout=5)

    stopping.set()

    assert loop.join(within=5)


def test_news_end_a_pause_early() -> None:
    """The pause is an hour; who is told that something came looks at once."""
    stopping, looked, came = threading.Event(), threading.Semaphore(0), threading.Event()

    def news() -> bool:
        told = came.is_set()
        came.clear()
        return told

    loop = Loop("test", 3600.0, looked.release, stopping, news=news)
    loop.start()
    assert looked.acquire(timeout=5)

    came.set()

    assert looked.acquire(timeout=5)
    stopping.set()
    assert loop.join(within=5)


def test_who_was_woken_for_nothing_pauses_the_whole_time() -> None:
    """Else many small writes that are no business of his keep him looking without a pause."""
    stopping, looks = threading.Event(), 0

    def look() -> bool:
        nonlocal looks
        looks += 1
        return False

    loop = Loop("test", 0.2, look, stopping, news=lambda: True)
    loop.start()
    begun = time.monotonic()
    while looks < 4:
        time.sleep(0.001)
    stopping.set()

    assert time.monotonic() - begun >= 0.2
    assert loop.join(within=5)
