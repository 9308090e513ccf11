"""The worker dies at every place an order passes: taken up again, everything is there once and nothing twice."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from kontorist import failpoints
from kontorist.domain.events import canonical_json
from kontorist.sandbox import Pool
from kontorist.testing.documents.orders import sample_orders
from kontorist.testing.documents.tables import SampleTable, delimited
from kontorist.testing.sales_office import SalesOffice, sales_office


class Killed(BaseException):
    """The worker is gone."""


ROWS = [
    ("Auftrag", "Kunde", "Bezeichnung", "Menge", "Preis", "MwSt"),
    ("AG-1", "Theaterhuis De Lantaarn", "Plakate", "3", "12,50", "21"),
    ("AG-2", "Theaterhuis De Lantaarn", "Plakate", "drei", "12,50", "21"),
]
FILE = SampleTable(name="orders.csv", content=delimited(ROWS), good=1)


def a_day(office: SalesOffice) -> None:
    """An order that is invoiced, one that waits, one cancelled after its invoice, a file with a good and a bad one."""
    first, second, _, cancelled = sample_orders()
    unknown = first.data | {"order_number": "WEB-9", "customer": {"name": "Nobody we know"}}
    events = [
        office.sends("order.created", second.data),
        office.sends("order.created", unknown),
        office.sends("order.cancelled", cancelled.data),
    ]
    for event in events:
        office.works(event)
    office.services.order_files.take(office.drops(FILE))
    office.clock.advance(minutes=10)
    office.services.effects.run_due(office.clock.now())


def books(office: SalesOffice) -> dict[str, Any]:
    """What must be the same however often somebody died; moments and the order of equal steps do not count."""
    store = office.services.store
    with store.read() as tx:
        return {
            "entries": [(posted.number, posted.entry.content_hash()) for posted in store.journal.entries(tx)],
            "papers": [(each.paper, each.document, each.pdf) for each in store.sales.papers(tx)],
            "documents": sorted((row.id, row.state) for row in store.documents.list(tx)),
            "items": sorted((item.id, item.version, item.state) for item in store.worklist.list(tx, states=None)),
            "effects": sorted((effect.key, effect.state) for effect in store.effects.list(tx)),
            "open": [(item.number, item.amount) for item in store.open_items.list(tx)],
            "orders": sorted(row.id for row in store.inbox.list(tx) if row.type == "order.created"),
            "archived": sorted(row.id for row in store.documents.list(tx) if office.services.archive.get(row.id)),
            "mails": sorted(office.mails.done),
            "answers": sorted(office.callbacks.done),
        }


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an office in which nothing has happened yet; to be copied."""
    folder = tmp_path_factory.mktemp("fresh")
    with sales_office(folder):
        return folder


@pytest.fixture(scope="module")
def reader() -> Iterator[Pool]:
    """One child reads the files of all lives."""
    with Pool(size=1) as pool:
        yield pool


@contextmanager
def quick_office(fresh: Path, folder: Path, reader: Pool) -> Iterator[SalesOffice]:
    """A copy of the office whose papers are drawn in no time: what is tried here are the steps."""
    shutil.copytree(fresh, folder)
    with sales_office(folder) as office:
        office.write = lambda paper, seller: b"%PDF " + canonical_json(paper.data())
        office.services._pool = reader
        yield office
        office.services._pool = None  # it lives on


@contextmanager
def at_every_place(act: Callable[[str], None]) -> Iterator[None]:
    """Inside, `act` is called wherever a worker may die."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KONTORIST_FAILPOINTS", ";".join(f"{name}=kill" for name in failpoints.REGISTRY))
        patch.setattr(failpoints, "_act", lambda name, verb, at: act(name))
        yield


def dying_at(turn: int) -> Callable[[str], None]:
    """Count the places passed, and be killed at number `turn`."""
    passed = count()

    def act(name: str) -> None:
        if next(passed) == turn:
            raise Killed(name)

    return act


def die_everywhere(fresh: Path, tmp_path: Path, reader: Pool, wanted: Callable[[list[str]], set[int]]) -> None:
    """The day once undisturbed, then once for each of the `wanted` passes, killed there and begun again."""
    passes: list[str] = []
    with quick_office(fresh, tmp_path / "undisturbed", reader) as office:
        with at_every_place(passes.append):
            a_day(office)
        expected = books(office)
    turns = sorted(wanted(passes))
    assert len(turns) > 10
    for turn in turns:
        with quick_office(fresh, tmp_path / str(turn), reader) as office:
            with at_every_place(dying_at(turn)), pytest.raises(Killed):
                a_day(office)
            office.clock.advance(minutes=10)
            a_day(office)
            assert books(office) == expected, f"{passes[turn]}, pass {turn}"


def test_killed_after_any_commit_the_day_ends_the_same(fresh: Path, tmp_path: Path, reader: Pool) -> None:
    """Between two commits nothing is in the books: these are all the states that a death can leave there."""
    die_everywhere(fresh, tmp_path, reader, lambda passes: every(passes, "store.after_commit"))


@pytest.mark.faults
def test_killed_at_every_place_the_day_ends_the_same(fresh: Path, tmp_path: Path, reader: Pool) -> None:
    """The first pass of every place, and every time an effect has been carried out or the archive has a paper."""
    outside = ("effects.after_act", "archive.projection.commit.after")
    die_everywhere(
        fresh, tmp_path, reader, lambda passes: {passes.index(name) for name in passes} | every(passes, *outside)
    )


def every(passes: list[str], *names: str) -> set[int]:
    return {turn for turn, name in enumerate(passes) if name in names}
