"""Room kept for the record of what has happened. A disk that is really full: tests/faults/test_scarcity.py."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Connection
from store_office import accept, letter

from kontorist.store import reserve
from kontorist.store.database import Store
from kontorist.store.errors import StoreFull, StoreUnwritable
from kontorist.store.reserve import SIZE, Reserve


def room(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr(reserve.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))


def failing(error: Exception, times: int) -> Callable[[Connection], str]:
    """A change that fails so often before it goes through."""
    left = [error] * times

    def change(tx: Connection) -> str:
        if left:
            raise left.pop()
        return "recorded"

    return change


def full() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_the_first_write_makes_it_and_it_takes_its_room(store: Store) -> None:
    store.reserve.give_up()
    accept(store, letter())

    known = store.reserve.file.stat()
    assert (known.st_size, known.st_blocks * 512 >= SIZE) == (SIZE, True)
    assert known.st_mode & 0o077 == 0


def test_a_record_takes_its_room_and_then_goes_through(store: Store) -> None:
    accept(store, letter(1))

    assert store.record(failing(full(), times=1)) == "recorded"
    assert not store.reserve.there()


def test_a_record_that_fails_without_it_too_is_a_sentence(store: Store) -> None:
    accept(store, letter(1))

    with pytest.raises(StoreFull):
        store.record(failing(full(), times=2))
    with pytest.raises(StoreFull):
        store.record(failing(full(), times=1))


def test_another_trouble_does_not_cost_the_reserve(store: Store) -> None:
    accept(store, letter(1))

    with pytest.raises(StoreUnwritable):
        store.record(failing(StoreUnwritable(), times=1))
    assert store.reserve.there()


def failed_write() -> sqlite3.Error:
    """What SQLite says when a write fails and it does not know why."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
    return error


def used_up(*_: object) -> None:
    raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))


def test_a_quota_that_is_used_up_is_a_full_disk(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    accept(store, letter(1))
    monkeypatch.setattr(reserve, "_take", used_up)

    assert store.record(failing(failed_write(), times=1)) == "recorded"
    assert not store.reserve.there()
    with pytest.raises(StoreFull):
        accept(store, letter(2))


def test_a_write_that_fails_while_there_is_room_is_none(store: Store) -> None:
    accept(store, letter(1))

    with pytest.raises(StoreUnwritable):
        store.record(failing(failed_write(), times=1))
    assert store.reserve.there()
    assert sorted(each.suffix for each in store.file.parent.iterdir()) == [".db", ".db-shm", ".db-wal", ".reserve"]


def test_until_there_is_room_again_only_records_are_written(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    accept(store, letter(1))
    store.record(failing(full(), times=1))
    room(monkeypatch, free=2 * SIZE - 1)
    with pytest.raises(StoreFull):
        accept(store, letter(2))
    assert store.record(lambda tx: store.inbox.counts(tx)["new"]) == 1

    room(monkeypatch, free=2 * SIZE)
    accept(store, letter(2))

    assert store.reserve.there()


def test_a_disk_that_fills_up_while_it_is_made_has_no_half_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(file: Any, size: int) -> None:
        file.write(bytes(size // 2))
        raise full()

    monkeypatch.setattr(reserve, "_take", half)
    with pytest.raises(StoreFull):
        Reserve(tmp_path / "kontorist.db").keep()
    assert list(tmp_path.iterdir()) == []


def test_a_part_of_it_left_by_two_who_made_it_at_once_does_not_count(tmp_path: Path) -> None:
    kept = Reserve(tmp_path / "kontorist.db", size=10_000)
    kept.file.write_bytes(b"")
    assert not kept.there()

    kept.keep()

    assert kept.file.stat().st_size == 10_000


def test_where_it_may_not_be_made_the_work_goes_on_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(reserve, "_take", denied)
    kept = Reserve(tmp_path / "kontorist.db")
    kept.keep()

    assert not kept.there()
    assert not kept.give_up()


@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_it_is_as_large_where_the_system_cannot_set_room_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    if system == "darwin":
        monkeypatch.delattr(os, "posix_fallocate", raising=False)
    kept = Reserve(tmp_path / "kontorist.db", size=10_000)
    kept.keep()

    assert kept.file.stat().st_size == 10_000
