"""Lessons come back for papers of their supplier or form; taken back, they stay and count no more."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store_master_data import LESSON

from kontorist.domain.ids import PersonKey
from kontorist.domain.payables.memory import Lesson, Said, Signs
from kontorist.store.database import Store
from kontorist.store.errors import NotInStore

ANNA, BERT = PersonKey("anna"), PersonKey("bert")
FORM = LESSON.signs.cells
PAPER = LESSON.signs


def teach(store: Store, lesson: Lesson = LESSON) -> int:
    with store.write() as tx:
        return store.lessons.teach(tx, lesson, paper="ab12", about="D1", by=ANNA)


def recalled(store: Store, signs: Signs) -> list[Lesson]:
    with store.read() as tx:
        return store.lessons.recall(tx, signs)


def test_a_lesson_is_recalled_by_its_supplier_and_by_its_form(store: Store) -> None:
    teach(store)

    assert recalled(store, PAPER) == [LESSON]
    assert recalled(store, replace(PAPER, cells=frozenset())) == [LESSON]
    assert recalled(store, Signs(cells=FORM)) == [LESSON]
    assert recalled(store, Signs(cells=frozenset(sorted(FORM)[:7]))) == []
    assert recalled(store, Signs(vat_ids=frozenset({"NL000099998B57"}))) == []
    assert recalled(store, Signs()) == []


def test_lessons_come_in_the_order_in_which_they_were_taught(store: Store) -> None:
    newer = replace(LESSON, said={"tax": Said(), "net": Said(absent=True)})
    bare = replace(LESSON, signs=Signs(), name=None)
    numbers = [teach(store), teach(store, newer), teach(store, bare)]

    assert numbers == [1, 2, 3]
    assert recalled(store, PAPER) == [LESSON, newer, bare]


def test_a_forgotten_lesson_is_kept_and_counts_no_more(store: Store) -> None:
    first, second = teach(store), teach(store)

    with store.write() as tx:
        assert store.lessons.forget(tx, first, by=BERT)
        assert not store.lessons.forget(tx, first, by=ANNA)

    assert recalled(store, PAPER) == [LESSON]
    with store.read() as tx:
        assert [each.number for each in store.lessons.of(tx, [LESSON.key])] == [second]
        gone, _ = store.lessons.of(tx, forgotten=True)
        assert (gone.by, gone.paper, gone.about, gone.forgotten_by) == (ANNA, "ab12", "D1", BERT)
        assert gone.forgotten_at is not None
        assert store.lessons.of(tx, ["vat_id:other"], forgotten=True) == []
        with pytest.raises(NotInStore, match="no lesson 7"):
            store.lessons.get(tx, 7)
