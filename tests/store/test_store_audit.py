"""The audit trail."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kontorist.domain.ids import PersonKey
from kontorist.store.database import Store

ANNA = PersonKey("anna")


def note(store: Store, subject: str, verb: str = "corrected", **facts: object) -> None:
    with store.write() as tx:
        store.audit.note(
            tx,
            actor=ANNA,
            verb=verb,
            subject=subject,
            before={"iban": "DE1"},
            after=facts or None,
            at=store.clock.now(),
        )


def findings(store: Store) -> list[str]:
    with store.read() as tx:
        return store.audit.verify(tx)


def test_the_trail_says_who_did_what_to_what(store: Store) -> None:
    note(store, "S1", iban="DE2")
    note(store, "S2")
    note(store, "S1", verb="approved")

    with store.read() as tx:
        of_one, newest = store.audit.of(tx, "S1"), store.audit.newest(tx, 2)

    assert [(each.actor, each.verb, each.after) for each in of_one] == [
        ("anna", "corrected", {"iban": "DE2"}),
        ("anna", "approved", None),
    ]
    assert of_one[0].before == {"iban": "DE1"}
    assert of_one[0].at == store.clock.now()
    assert [each.seq for each in newest] == [3, 2]
    assert findings(store) == []


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'eve'", "DELETE FROM audit"])
def test_the_database_refuses_to_change_the_trail(store: Store, statement: str) -> None:
    note(store, "S1")

    with pytest.raises(IntegrityError, match="what was written stays"), store.write() as tx:
        tx.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE audit SET actor = 'eve' WHERE seq = 2", "Line 2 of the audit trail was changed"),
        ('UPDATE audit SET after = \'{"iban":"DE9"}\' WHERE seq = 2', "Line 2 of the audit trail was changed"),
        ("UPDATE audit SET before = 'garbled' WHERE seq = 2", "Line 2 of the audit trail was changed"),
        ("UPDATE audit SET at = '2020' WHERE seq = 2", "Line 2 of the audit trail was changed"),
        ("DELETE FROM audit WHERE seq = 2", "Before line 3 of the audit trail 1 lines are missing"),
        ("DELETE FROM audit WHERE seq = 3", "ends at line 2, but 3"),
        ("UPDATE audit SET hash = 'ff' WHERE seq = 2", "Line 3 of the audit trail does not follow"),
    ],
)
def test_whoever_changes_the_trail_behind_our_back_is_found(store: Store, statement: str, sentence: str) -> None:
    for subject in ("S1", "S2", "S3"):
        note(store, subject, iban="DE2")

    with closing(sqlite3.connect(store.file)) as intruder:
        intruder.executescript("DROP TRIGGER audit_refuses_update; DROP TRIGGER audit_refuses_delete")
        intruder.execute(statement)
        intruder.commit()

    assert any(sentence in each for each in findings(store)), findings(store)


def test_a_step_that_fails_leaves_no_note(store: Store) -> None:
    with pytest.raises(TypeError), store.write() as tx:
        store.audit.note(tx, actor=ANNA, verb="corrected", subject="S1", after={"when": object()}, at=store.clock.now())

    note(store, "S1")
    with store.read() as tx:
        assert [each.seq for each in store.audit.of(tx, "S1")] == [1]
