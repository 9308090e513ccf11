"""Names that are the same tomorrow, and hashes that say that nothing has changed."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontorist.domain.events import Blob, Event, canonical_json, content_hash
from kontorist.domain.ids import derived_id
from kontorist.domain.ports import NothingToDo, Receipt, UnreadableBody

#: Written down once: whoever changes how ids are made doubles everything that is stored.
PINNED = "Je3tdya7gt0zste8nhbrx"


def test_the_same_facts_give_the_same_id_in_every_process_and_year() -> None:
    asked = "from kontorist.domain.ids import derived_id; print(derived_id('J', 'invoice', 'D1'))"
    elsewhere = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert derived_id("J", "invoice", "D1") == elsewhere.stdout.strip() == PINNED


@given(st.lists(st.text()), st.lists(st.text()))
def test_other_facts_give_another_id(one: list[str], other: list[str]) -> None:
    assert (derived_id("D", *one) == derived_id("D", *other)) == (one == other)


def test_a_separator_inside_a_foreign_name_makes_no_two_ids_alike() -> None:
    assert derived_id("D", "a\x1fb") != derived_id("D", "a", "b")


@given(st.text(st.characters(codec=None)))
def test_an_id_is_a_letter_and_twenty_characters_even_for_a_name_that_is_no_text(name: str) -> None:
    made = derived_id("D", name, "\udcff")

    assert len(made) == 21
    assert set(made[1:]) <= set("0123456789abcdefghjkmnpqrstvwxyz")


def test_an_event_is_shown_as_a_cloud_event_without_what_is_not_set() -> None:
    event = Event(
        id="1",
        source="/kontorist/folder/inbox",
        type="document.received",
        time=datetime(2024, 5, 3, 8, tzinfo=UTC),
        data={"gross": "119.00"},
        blobs=(Blob(name="a.pdf", media_type="application/pdf", open=lambda: BytesIO(b"")),),
    )

    assert event.envelope() == {
        "specversion": "1.0",
        "id": "1",
        "source": "/kontorist/folder/inbox",
        "type": "document.received",
        "time": "2024-05-03T08:00:00+00:00",
        "datacontenttype": "application/json",
        "data": {"gross": "119.00"},
    }
    assert "time" not in Event(id="1", source="s", type="order.created").envelope()


def test_the_order_of_keys_does_not_change_a_hash_but_a_value_does() -> None:
    assert content_hash({"a": 1, "b": "ü"}) == content_hash({"b": "ü", "a": 1}) != content_hash({"a": 1, "b": "u"})
    assert canonical_json({"b": "ü", "a": [1, None]}) == '{"a":[1,null],"b":"ü"}'.encode()


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), "\ud800"])
def test_what_json_cannot_say_is_not_hashed(wrong: object) -> None:
    with pytest.raises(ValueError):
        content_hash({"amount": wrong})


def test_an_amount_is_hashed_as_text_only() -> None:
    with pytest.raises(TypeError):
        content_hash({"amount": Decimal("1.00")})


def test_a_receipt_is_plain_data() -> None:
    assert Receipt(external_id="7", status="accepted", facts={"queue": "A"}).data() == {
        "external_id": "7",
        "status": "accepted",
        "facts": {"queue": "A"},
    }


def test_an_unreadable_body_still_has_its_event() -> None:
    event = Event(id="1", source="s", type="order.created")

    assert UnreadableBody("not JSON", event).event is event
    assert UnreadableBody("not JSON", event).reason == "not JSON"
    assert NothingToDo("a test order", event).event is event
    assert NothingToDo("a test order", event).reason == "a test order"
