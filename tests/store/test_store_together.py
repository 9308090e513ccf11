"""Several threads and processes at one database."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from pathlib import Path

from store_office import accept, claim, finish, letter

from kontorist.domain.events import Event
from kontorist.store.database import Store


def letters(count: int) -> list[Event]:
    return [letter(number, subject=f"s{number % 7}" if number % 2 else None) for number in range(count)]


def works_until_nothing_is_left(file: Path, owner: str, journal: Path) -> None:
    """A worker process: writes down what it claims, as it claims it."""
    with Store.open(f"sqlite:///{file}") as store, journal.open("a") as out:
        while claims := claim(store, owner, limit=3):
            out.writelines(f"{each.row.dedupe} {each.row.subject}\n" for each in claims)
            out.flush()
            finish(store, *claims)


def test_two_processes_never_get_the_same_event(store: Store, tmp_path: Path) -> None:
    accept(store, *letters(120))
    spawn = multiprocessing.get_context("spawn")
    journals = [tmp_path / "anna.txt", tmp_path / "bert.txt"]
    workers = [
        spawn.Process(target=works_until_nothing_is_left, args=(store.file, journal.stem, journal))
        for journal in journals
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    # A worker may stop early, when all that is left is held back by what the other one has in hand.
    left = [line.split()[0] for line in "".join(journal.read_text() for journal in journals).splitlines()]
    while claims := claim(store):
        left += [each.row.dedupe for each in claims]
        finish(store, *claims)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert Counter(left) == Counter(str(number) for number in range(120))


def test_many_threads_write_at_once_and_nothing_is_lost(store: Store) -> None:
    def brings(thread: int) -> None:
        for number in range(20):
            accept(store, letter(f"{thread}-{number}"))

    threads = [threading.Thread(target=brings, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with store.read() as tx:
        assert store.inbox.counts(tx)["new"] == 160


def test_two_stores_on_one_file_wait_for_one_another(store: Store) -> None:
    with Store.open(f"sqlite:///{store.file}") as other:
        writers = [threading.Thread(target=accept, args=(each, *letters(30))) for each in (store, other, store, other)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()

    with store.read() as tx:
        assert store.inbox.counts(tx)["new"] == 30
