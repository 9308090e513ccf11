"""Opening, transactions, safety settings and troubles of the database."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest
from sqlalchemy import create_engine, insert, text
from sqlalchemy.exc import IntegrityError
from store_office import OfficeClock, accept, claim, letter

from kontorist.domain.errors import LeaseLost
from kontorist.store import connection, tables
from kontorist.store.arrivals import Offer
from kontorist.store.clock import SystemClock, boot_id
from kontorist.store.database import Store
from kontorist.store.errors import (
    StoreBusy,
    StoreDamaged,
    StoreFull,
    StoreNotDurable,
    StoreNotSupported,
    StoreTooNew,
    StoreUnwritable,
)
from kontorist.store.migrate import HEAD
from kontorist.store.news import News


def schema(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as raw:
        rows = raw.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL AND type != 'trigger'").fetchall()
    return {" ".join(row[0].replace(", \n", ",\n").split()) for row in rows if "alembic_version" not in row[0]}


@contextmanager
def somebody_writes(file: Path) -> Iterator[None]:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def test_a_new_database_is_made_and_brought_up_to_date(store: Store) -> None:
    with store.read() as tx:
        assert tx.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD


def test_opening_a_second_time_changes_nothing(store: Store, clock: OfficeClock) -> None:
    accept(store, letter())

    with Store.open(f"sqlite:///{store.file}", clock=clock, boot="monday") as again, again.read() as tx:
        assert again.inbox.counts(tx)["new"] == 1


def test_who_waits_is_told_once_that_others_have_written(store: Store, clock: OfficeClock) -> None:
    store.news()
    assert not store.news()

    accept(store, letter())
    with store.read() as tx:
        store.inbox.counts(tx)
    assert store.news()
    assert not store.news(), "told before; and reading is no news"

    with Store.open(f"sqlite:///{store.file}", clock=clock, boot="monday") as other:
        accept(other, letter("2"))
    assert store.news()


def test_without_a_database_there_is_no_news_and_no_trouble(tmp_path: Path) -> None:
    assert not News(tmp_path / "no folder" / "kontorist.db")()


def test_two_processes_that_open_a_new_database_at_once_both_succeed(tmp_path: Path) -> None:
    opened: list[Store] = []
    threads = [
        threading.Thread(target=lambda: opened.append(Store.open(f"sqlite:///{tmp_path}/new.db"))) for _ in range(4)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert len(opened) == 4
    for each in opened:
        each.close()


def test_who_is_refused_while_another_changes_a_new_database_asks_again() -> None:
    class Refused:
        """A connection that SQLite refuses twice, as it does when two change a new database at once."""

        asked: ClassVar[list[str]] = []

        def execute(self, statement: str) -> None:
            self.asked.append(statement)
            if len(self.asked) < 3:
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorcode = sqlite3.SQLITE_BUSY
                raise error

    connection._write_ahead(Refused())

    assert Refused.asked == ["PRAGMA journal_mode = WAL"] * 3


def test_the_migrations_make_exactly_the_tables_that_the_code_expects(store: Store, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/expected.db")
    tables.metadata.create_all(engine)
    engine.dispose()

    assert schema(store.file) == schema(tmp_path / "expected.db")


def test_a_database_of_before_keeps_its_documents_and_their_numbers(tmp_path: Path) -> None:
    """The table of documents is made anew; what refers to it is checked at the end."""
    from alembic import command
    from alembic.config import Config

    url = f"sqlite:///{tmp_path}/old.db"
    engine = create_engine(url)
    with engine.begin() as tx:
        tx.execute(text("PRAGMA foreign_keys = ON"))
        config = Config(attributes={"connection": tx})
        config.set_main_option("script_location", "kontorist.store:migrations")
        config.set_main_option("path_separator", "os")
        command.upgrade(config, "r0002")
        now = "2026-01-01T00:00:00+00:00"
        for table, row in (
            ("supplier", {"id": "S1", "name": "M", "folded_name": "m", "trusted": 1, "provisional": 0}),
            ("document", {"id": "D1", "sha256": "0", "name": "a", "media_type": "b", "size": 1, "received": now,
                          "source": "s", "source_id": "1", "class": "c", "seq": 1, "state": "booked"}),
            ("payable", {"supplier_id": "S1", "normalised_number": "117", "document_id": "D1", "number": "117"}),
        ):  # fmt: skip
            stamped = row | {"claimed" if table == "payable" else "changed": now}
            values = ", ".join(f":{name}" for name in stamped)
            tx.execute(text(f"INSERT INTO {table} ({', '.join(stamped)}) VALUES ({values})"), stamped)
    engine.dispose()

    with Store.open(url) as store, store.read() as tx:
        assert [row.state for row in store.documents.list(tx)] == ["booked"]
        assert tx.execute(text("SELECT document_id FROM payable")).scalars().all() == ["D1"]
        assert tx.execute(text("PRAGMA foreign_key_check")).all() == []


def test_the_newest_migration_is_the_one_the_code_asks_for() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "kontorist.store:migrations")
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_every_table_is_strict(store: Store) -> None:
    with store.write() as tx, pytest.raises(IntegrityError, match="cannot store TEXT"):
        tx.execute(text("INSERT INTO counter VALUES ('journal', 'many')"))


def test_a_database_of_a_newer_version_is_left_alone(store: Store) -> None:
    with store.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = 'r9999'"))

    with pytest.raises(StoreTooNew, match="r9999"):
        Store.open(f"sqlite:///{store.file}")


def test_every_connection_writes_with_wal_and_full_synchronisation(store: Store) -> None:
    with store.write() as tx:
        for pragma, value in {
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
            "busy_timeout": 30_000,
        }.items():
            assert tx.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_a_database_that_would_forget_in_a_power_cut_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "SYNCHRONOUS", "NORMAL")

    with pytest.raises(StoreNotDurable, match="synchronous 1"):
        Store.open(f"sqlite:///{tmp_path}/kontorist.db")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://root@localhost/books", "no address"])
def test_only_a_file_of_sqlite_is_accepted(url: str) -> None:
    with pytest.raises(StoreNotSupported):
        Store.open(url)


def test_an_sqlite_that_is_too_old_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_OLDEST_SQLITE", (99, 0))

    with pytest.raises(StoreNotSupported, match=sqlite3.sqlite_version):
        Store.open(f"sqlite:///{tmp_path}/kontorist.db")


def test_a_file_that_is_no_database_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "kontorist.db"
    file.write_bytes(b"Dear Sir or Madam, " * 500)

    with pytest.raises(StoreDamaged):
        Store.open(f"sqlite:///{file}")
    assert file.read_bytes() == b"Dear Sir or Madam, " * 500


def test_a_damaged_database_is_a_sentence(store: Store) -> None:
    accept(store, letter(1))
    store.close()
    content = bytearray(store.file.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    store.file.write_bytes(content)

    with pytest.raises(StoreDamaged, match="damaged"), store.read() as tx:
        store.inbox.list(tx)


def test_a_place_where_no_file_can_be_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreUnwritable, match="Is a directory"):
        Store.open(f"sqlite:///{tmp_path}")


def test_what_is_written_after_the_same_process_opened_it_twice_is_not_lost(store: Store) -> None:
    """Another process that closes the database must see that it is not the last one, and leave the log alone."""
    accept(store, letter(1))
    with Store.open(f"sqlite:///{store.file}"):
        pass
    assert counted_by_another_process(store) == 1

    accept(store, letter(2))

    assert counted_by_another_process(store) == 2


def counted_by_another_process(store: Store) -> int:
    """How many events a process sees that opens the database, looks, and closes it."""
    look = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); print(*c.execute(sys.argv[2]).fetchone()); c.close()"
    command = [sys.executable, "-c", look, str(store.file), "SELECT count(*) FROM inbox"]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_a_copy_that_cannot_be_written_is_a_sentence(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreUnwritable):
        store.scratch_copy(tmp_path / "no such folder" / "scratch.db")


def test_an_error_of_the_work_itself_is_not_taken_for_one_of_the_disk(store: Store) -> None:
    with pytest.raises(FileNotFoundError), store.write():
        Path("no such file").read_bytes()


def test_only_the_owner_may_read_the_file(store: Store) -> None:
    assert stat.S_IMODE(store.file.stat().st_mode) == 0o600


def test_what_raises_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(TypeError, match="Decimal"):
        accept(store, letter(), letter(2, gross=Decimal("119.00")))

    with store.read() as tx:
        assert store.inbox.counts(tx)["new"] == 0


def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(StoreUnwritable), store.read() as tx:
        store.inbox.accept(tx, letter(), raw_hash="a")


def test_a_write_inside_a_write_is_refused_at_once(store: Store) -> None:
    with store.write(), pytest.raises(RuntimeError, match="nothing else is begun"), store.write():
        pass


def test_a_reader_beside_a_writer_sees_what_was_committed(store: Store) -> None:
    with store.write() as tx:
        store.inbox.accept(tx, letter(), raw_hash="a")
        with store.read() as beside:
            assert store.inbox.counts(beside)["new"] == 0


def test_a_locked_database_is_a_sentence(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with store.write() as tx:
        tx.exec_driver_sql("PRAGMA busy_timeout = 1")

    with somebody_writes(store.file), pytest.raises(StoreBusy, match="held by another process"), store.write():
        pass


def offer(number: int, **data: Any) -> Offer:
    return Offer(event=letter(number, **data), raw_hash="a")


def test_who_writes_often_goes_on_after_every_trouble(store: Store, tmp_path: Path) -> None:
    """Its connection stays open: after another's lock, a full disk and an error of its own it is as good as new."""
    with store.write_often() as tx:
        tx.exec_driver_sql("PRAGMA busy_timeout = 1")
        store.inbox.accept(tx, letter(1), raw_hash="a")
    with somebody_writes(store.file), pytest.raises(StoreBusy), store.write_often():
        pass
    with pytest.raises(TypeError), store.write_often() as tx:
        store.inbox.accept_many(tx, [offer(2), offer(3, gross=Decimal("119.00"))])
    with store.write_often() as tx:
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreFull), store.write_often() as tx:
        store.inbox.accept_many(tx, [offer(number, text="x" * 2000) for number in range(3, 100)])
    with store.write() as tx:  # nothing is held meanwhile
        store.inbox.accept(tx, letter(1), raw_hash="a")
    with store.write_often() as tx:
        tx.exec_driver_sql("PRAGMA max_page_count = 1000000")
        store.inbox.accept(tx, letter(4), raw_hash="a")

    with store.read() as tx:
        assert [row.dedupe for row in store.inbox.list(tx)] == ["4", "1"]


def test_who_writes_often_waits_for_the_disk_too(store: Store) -> None:
    with store.write_often() as tx:
        assert tx.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    with pytest.raises(RuntimeError, match="nothing else is begun"), store.write_often(), store.write():
        pass


def test_a_writer_that_never_gets_its_turn_in_this_process_is_told(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path}/kontorist.db", patience=0.01) as store:
        store._turn.acquire()

        with pytest.raises(StoreBusy), store.write():
            pass


def test_a_full_disk_is_a_sentence_and_nothing_is_half_written(store: Store) -> None:
    with store.write() as tx:
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")

    with pytest.raises(StoreFull, match="disk"):
        accept(store, *(letter(number, text="x" * 2000) for number in range(100)))

    with store.read() as tx:
        assert store.inbox.counts(tx)["new"] == 0


def test_no_space_left_is_the_same_sentence(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONTORIST_FAILPOINTS", "store.before_commit=enospc")

    with pytest.raises(StoreFull):
        accept(store, letter())

    monkeypatch.delenv("KONTORIST_FAILPOINTS")
    with store.read() as tx:
        assert store.inbox.counts(tx)["new"] == 0


def test_other_errors_of_the_database_stay_what_they_are(store: Store) -> None:
    with pytest.raises(IntegrityError), store.write() as tx:
        tx.execute(insert(tables.counter).values(name="journal", value=None))


def test_a_worker_that_was_overtaken_cannot_write(store: Store, clock: OfficeClock) -> None:
    accept(store, letter())
    [mine] = claim(store)
    clock.passes(16)
    with store.write() as tx:
        store.inbox.expired(tx, clock.now())

    with store.holding(mine), pytest.raises(LeaseLost), store.write() as tx:
        store.inbox.accept(tx, letter(2), raw_hash="b")
    with store.write() as tx:
        assert store.inbox.accept(tx, letter(2), raw_hash="b").duplicate is False


def test_a_dry_run_works_on_a_copy(store: Store, tmp_path: Path) -> None:
    accept(store, letter())

    with store.scratch_copy(tmp_path / "scratch.db") as scratch:
        accept(scratch, letter(2))
        with scratch.read() as tx:
            assert scratch.inbox.counts(tx)["new"] == 2

    with store.read() as tx:
        assert store.inbox.counts(tx)["new"] == 1


def test_the_lease_of_the_original_does_not_bind_the_copy(store: Store, tmp_path: Path) -> None:
    accept(store, letter())
    [mine] = claim(store)

    with store.scratch_copy(tmp_path / "scratch.db") as scratch, store.holding(mine):
        with scratch.write() as tx:
            scratch.inbox.done(tx, mine, {})
        accept(scratch, letter(2))


def test_the_clock_of_this_machine_goes_forward_and_names_its_boot() -> None:
    clock = SystemClock()

    assert clock.monotonic() <= clock.monotonic()
    assert clock.now().utcoffset() is not None
    assert len(boot_id()) >= 32
    assert boot_id() == boot_id()
