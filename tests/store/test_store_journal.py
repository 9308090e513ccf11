"""The journal: numbers, chain, immutability, reversal."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kontorist.domain.ids import DocumentId, EntryId, PersonKey
from kontorist.domain.ledger.journal import JournalEntry, Line
from kontorist.domain.money import Money
from kontorist.store.database import Store
from kontorist.store.errors import AlreadyBooked, NotInStore

ANNA = PersonKey("anna")


def an_entry(number: int = 1, *, gross: str = "119.00", day: date = date(2026, 3, 2), **rest: object) -> JournalEntry:
    amount = Money(gross, "EUR")
    facts: dict[str, object] = {"document": DocumentId(f"D{number}"), "document_sha256": "ab" * 32} | rest
    return JournalEntry(
        id=EntryId(f"J{number}"),
        day=day,
        text=f"Muster GmbH 2026-{number}",
        lines=(
            Line(account="6400", amount=amount, origin="net", tax_key="IN19", text="Paper"),
            Line(account="2000", amount=-amount, origin="gross", partner="S1", due=date(2026, 4, 1)),
        ),
        **facts,  # type: ignore[arg-type]
    )


def post(store: Store, *entries: JournalEntry) -> list[int]:
    with store.write() as tx:
        return [store.journal.post(tx, each) for each in entries]


def findings(store: Store) -> list[str]:
    with store.read() as tx:
        return store.journal.verify(tx)


def test_entries_are_numbered_without_gaps_and_read_back_as_they_were(store: Store) -> None:
    first, second = an_entry(1), an_entry(2, gross="-20.00", approved_by=(ANNA,))

    assert post(store, first) + post(store, second) == [1, 2]

    with store.read() as tx:
        posted = store.journal.entries(tx)
    assert [each.entry for each in posted] == [first, second]
    assert [each.number for each in posted] == [1, 2]
    assert findings(store) == []


def test_an_account_shows_its_lines_and_what_moved_on_it(store: Store) -> None:
    post(store, an_entry(1, day=date(2026, 2, 28)), an_entry(2), an_entry(3, gross="-20.00"))

    with store.read() as tx:
        march = (date(2026, 3, 1), date(2026, 3, 31))
        moved = store.journal.movements(tx, *march)["2000", "EUR"]
        owed = store.journal.lines_on(tx, "2000", *march)

    assert (moved.debit, moved.credit) == (Money("20.00", "EUR"), Money("119.00", "EUR"))
    assert [(each.number, each.text, each.document) for each in owed] == [
        (2, "Muster GmbH 2026-2", "D2"), (3, "Muster GmbH 2026-3", "D3")
    ]  # fmt: skip
    assert owed[0].line == an_entry(2).lines[1]


def test_the_movements_of_all_time_are_the_balances(store: Store) -> None:
    post(store, an_entry(1), an_entry(2, gross="-20.00"))

    with store.read() as tx:
        moved = store.journal.movements(tx)
        assert {key: each.debit - each.credit for key, each in moved.items()} == store.journal.balances(tx)


def test_headings_say_what_stands_above_the_lines(store: Store) -> None:
    post(store, an_entry(1), an_entry(2, approved_by=(ANNA,)), an_entry(3, day=date(2026, 4, 1)))

    with store.read() as tx:
        headings = store.journal.headings(tx, date(2026, 3, 1), date(2026, 3, 31))
        entries = store.journal.entries(tx)

    assert [(each.number, each.document, each.approved_by) for each in headings] == [(1, "D1", ()), (2, "D2", (ANNA,))]
    assert [each.hash for each in headings] == [each.hash for each in entries[:2]]


def test_a_booking_that_fails_leaves_no_gap(store: Store) -> None:
    post(store, an_entry(1))
    with pytest.raises(AlreadyBooked):
        post(store, an_entry(2), an_entry(3, document=DocumentId("D2")))

    assert post(store, an_entry(4)) == [2]


def test_the_same_entry_again_keeps_its_number(store: Store) -> None:
    assert post(store, an_entry(1)) == post(store, an_entry(1)) == [1]

    with store.read() as tx:
        assert len(store.journal.entries(tx)) == 1


def test_one_document_is_booked_once_per_purpose(store: Store) -> None:
    post(store, an_entry(1))

    with pytest.raises(AlreadyBooked, match="booked already: entry 1 of 2026-03-02"):
        post(store, an_entry(2, document=DocumentId("D1")))
    with pytest.raises(AlreadyBooked):
        post(store, an_entry(1, gross="11.90"))
    assert post(store, an_entry(3, document=DocumentId("D1"), purpose="accrual")) == [2]


def test_entries_without_a_document_do_not_stand_in_each_others_way(store: Store) -> None:
    assert post(store, an_entry(1, document=None), an_entry(2, document=None)) == [1, 2]


def test_a_reversal_brings_the_accounts_back_to_zero(store: Store) -> None:
    post(store, an_entry(1))

    with store.write() as tx:
        number = store.journal.reverse(tx, EntryId("J1"), day=date(2026, 3, 9), reason="wrong supplier", by=ANNA)

    assert number == 2
    with store.read() as tx:
        assert set(store.journal.balances(tx).values()) == {Money.zero("EUR")}
        original, reversal = store.journal.of_document(tx, DocumentId("D1"))
    assert original.entry == an_entry(1)
    assert reversal.entry.reversal_of == "J1"
    assert reversal.entry.prepared_by == ANNA


def test_an_entry_is_taken_back_only_once(store: Store) -> None:
    post(store, an_entry(1))
    with store.write() as tx:
        store.journal.reverse(tx, EntryId("J1"), day=date(2026, 3, 9), reason="wrong", by=ANNA)

    with pytest.raises(AlreadyBooked, match="taken back already, by entry 2"), store.write() as tx:
        store.journal.reverse(tx, EntryId("J1"), day=date(2026, 3, 10), reason="wrong again", by=ANNA)


def test_what_does_not_exist_cannot_be_reversed(store: Store) -> None:
    with pytest.raises(NotInStore), store.write() as tx:
        store.journal.reverse(tx, EntryId("J9"), day=date(2026, 3, 9), reason="?", by=ANNA)


def test_a_period_holds_its_days_from_the_first_to_the_last(store: Store) -> None:
    days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)]
    post(store, *(an_entry(number, day=day) for number, day in enumerate(days, 1)))

    with store.read() as tx:
        march = store.journal.entries(tx, date(2026, 3, 1), date(2026, 3, 31))
        balances = store.journal.balances(tx, date(2026, 3, 1), date(2026, 3, 31))

    assert [each.number for each in march] == [2, 3]
    assert balances == {("6400", "EUR"): Money("238.00", "EUR"), ("2000", "EUR"): Money("-238.00", "EUR")}


def test_amounts_stand_as_decimal_text_in_the_database(store: Store) -> None:
    post(store, an_entry(1, gross="1000000000000.10"))

    with store.read() as tx:
        stored = tx.execute(text("SELECT amount, typeof(amount) FROM line ORDER BY position")).all()
    assert [tuple(row) for row in stored] == [("1000000000000.10", "text"), ("-1000000000000.10", "text")]


@pytest.mark.parametrize("table", ["entry", "line"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET text = 'other'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_what_was_posted(store: Store, table: str, verb: str) -> None:
    post(store, an_entry(1))

    with pytest.raises(IntegrityError, match="what was written stays"), store.write() as tx:
        tx.execute(text(verb.format(table)))


def test_replacing_a_line_is_refused_like_changing_it(store: Store) -> None:
    post(store, an_entry(1))

    with pytest.raises(IntegrityError), store.write() as tx:
        tx.execute(text("INSERT OR REPLACE INTO line SELECT * FROM line"))


TAMPERING: dict[str, tuple[str, str]] = {
    "an amount": ("UPDATE line SET amount = '1.00' WHERE entry = 2 AND position = 1", "Entry 2 was changed"),
    "a garbled amount": ("UPDATE line SET amount = 'much' WHERE entry = 2", "Entry 2 was changed"),
    "an account": ("UPDATE line SET account = '1000' WHERE entry = 2 AND position = 1", "Entry 2 was changed"),
    "a due date": ("UPDATE line SET due = NULL WHERE entry = 2 AND position = 2", "Entry 2 was changed"),
    "a line removed": ("DELETE FROM line WHERE entry = 2 AND position = 1", "Entry 2 was changed"),
    "a day": ("UPDATE entry SET day = '2025-12-31' WHERE number = 2", "Entry 2 was changed"),
    "the time of posting": ("UPDATE entry SET posted = '2025-12-31' WHERE number = 2", "Entry 2 was changed"),
    "the approvers": ("UPDATE entry SET approved_by = '[\"eve\"]' WHERE number = 2", "Entry 2 was changed"),
    "garbled approvers": ("UPDATE entry SET approved_by = '[' WHERE number = 2", "Entry 2 was changed"),
    "a hash": ("UPDATE entry SET hash = 'ff' WHERE number = 2", "Entry 3 does not follow"),
    "an entry removed": ("DELETE FROM entry WHERE number = 2", "Before entry 3 1 entries are missing"),
    "the last entry removed": ("DELETE FROM entry WHERE number = 3", "ends at entry 2, but 3"),
    "two entries exchanged": (
        "UPDATE entry SET number = 9 WHERE number = 1; UPDATE entry SET number = 1 WHERE number = 2;"
        "UPDATE entry SET number = 2 WHERE number = 9",
        "Entry 1 does not follow",
    ),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_whoever_changes_the_journal_behind_our_back_is_found(store: Store, what: str) -> None:
    post(store, *(an_entry(number) for number in (1, 2, 3)))
    statements, sentence = TAMPERING[what]

    with closing(sqlite3.connect(store.file)) as intruder:
        for table in ("entry", "line"):
            for verb in ("update", "delete"):
                intruder.execute(f"DROP TRIGGER {table}_refuses_{verb}")
        intruder.executescript(statements)
        intruder.commit()

    assert any(sentence in each for each in findings(store)), findings(store)


amounts = st.decimals(min_value=Decimal("-99999"), max_value=Decimal("99999"), places=2).filter(bool)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(amounts, min_size=1, max_size=8))
def test_all_accounts_together_are_always_zero(
    store: Store, next_number: Callable[[], int], posted: list[Decimal]
) -> None:
    post(store, *(an_entry(next_number(), gross=str(amount)) for amount in posted))

    with store.read() as tx:
        assert not Money.total(store.journal.balances(tx).values(), "EUR")
        numbers = [each.number for each in store.journal.entries(tx)]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.fixture
def next_number() -> Callable[[], int]:
    given_out = iter(range(1, 10_000))
    return lambda: next(given_out)
