"""Work items of any kind: the worklist asks people, the carrier of the kind does what they decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlalchemy import Connection

from kontorist.domain.approvals import Actor, Decision, ItemState, NotAllowed, Step, Verdict, WorkItem
from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.ids import PersonKey
from kontorist.services.carriers import About, NobodyCarries, NothingToCorrect
from kontorist.services.desk import Asked
from kontorist.testing.office import Office

KEYS = Asked(
    kind="office_keys",
    title="Keys for the new colleague",
    reasons=("Somebody has to agree.",),
    codes=("KON-KEYS",),
    content={"number": 2},
    steps=(Step(any_of=("approver", "controller")),),
)


class Keyring:
    """Hands out keys; two at most. Satisfies `Carrier`."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.said: list[str] = []

    def about(self, tx: Connection, item: WorkItem) -> About:
        return About(partner="Schlüsseldienst Roth")

    def check_approvable(self, tx: Connection, item: WorkItem) -> None:
        if item.content["number"] > 2:
            raise NeedsAPerson("There are only two keys.")

    def granted(self, tx: Connection, item: WorkItem, agreed: tuple[PersonKey, ...]) -> None:
        self.said.append(f"{item.content['number']} keys by {agreed[0]}")

    def refused(self, tx: Connection, item: WorkItem, said: Decision) -> None:
        self.said.append(f"none: {said.note}")

    def corrected(self, tx: Connection, item: WorkItem, changes: Mapping[str, str], by: Actor) -> WorkItem:
        if "number" not in changes:
            raise NothingToCorrect
        asked = replace(KEYS, content={"number": int(changes["number"])})
        return self.office.services.desk.renew(tx, item, asked, self.about(tx, item), by=by.person)


@pytest.fixture
def keyring(office: Office) -> Keyring:
    keyring = Keyring(office)
    office.services.carriers["office_keys"] = keyring
    return keyring


def asks(office: Office) -> WorkItem:
    with office.services.store.write() as tx:
        return office.services.desk.open(
            tx, "colleague-7", KEYS, About(partner="Schlüsseldienst Roth"), prepared_by=PersonKey("joost")
        )


def test_what_was_granted_is_done_by_the_carrier_of_its_kind(office: Office, keyring: Keyring) -> None:
    item = asks(office)
    with pytest.raises(NotAllowed, match="prepared"):
        office.services.worklist.decide(item.id, office.actor("joost"), Verdict.APPROVE)

    office.services.worklist.decide(item.id, office.actor("carla"), Verdict.APPROVE)
    office.services.worklist.carry_out(item.id)

    assert keyring.said == ["2 keys by carla"]
    with office.services.store.read() as tx:
        (event,) = [row for row in office.services.store.inbox.list(tx) if row.type == "approval.granted"]
    assert event.event().data["kind"] == "office_keys"
    assert office.services.worklist.decided(event.id).document is None


def test_asking_again_for_the_same_asks_nobody_twice(office: Office, keyring: Keyring) -> None:
    first = asks(office)

    assert asks(office) == first
    assert len(office.services.worklist.items()) == 1


def test_the_letter_names_what_it_is_about(office: Office, keyring: Keyring) -> None:
    asks(office)

    with office.services.store.read() as tx:
        letters = office.services.store.effects.list(tx, states=["planned"])
    assert [each.request["to"] for each in letters] == [["carla@example.org"]]
    assert "Keys for the new colleague" in letters[0].request["text"]
    assert letters[0].request["subject"] == "Check: Schlüsseldienst Roth"


def test_what_was_refused_is_told_to_the_carrier_with_the_reason(office: Office, keyring: Keyring) -> None:
    item = asks(office)

    office.services.worklist.decide(item.id, office.actor("anna"), Verdict.REJECT, note="he starts in May")
    office.services.worklist.carry_out(item.id)

    assert keyring.said == ["none: he starts in May"]


def test_the_carrier_says_what_cannot_be_approved_and_takes_the_correction(office: Office, keyring: Keyring) -> None:
    item = asks(office)
    renewed = office.services.worklist.correct(item.id, office.actor("anna"), {"number": "3"})

    with pytest.raises(NeedsAPerson, match="only two"):
        office.services.worklist.decide(item.id, office.actor("carla"), Verdict.APPROVE)
    with pytest.raises(NothingToCorrect):
        office.services.worklist.correct(item.id, office.actor("anna"), {"colour": "red"})

    assert renewed.version == 2
    assert renewed.prepared_by == ("joost", "anna")


def test_an_item_that_nobody_carries_is_shown_and_refused_but_never_granted(office: Office) -> None:
    item = asks(office)
    timeline, about = office.services.worklist.show(item.id)

    with pytest.raises(NobodyCarries, match="office_keys"):
        office.services.worklist.decide(item.id, office.actor("carla"), Verdict.APPROVE)
    settled = office.services.worklist.decide(item.id, office.actor("carla"), Verdict.REJECT, note="unknown")
    office.services.worklist.carry_out(item.id)

    assert (timeline.item.title, about.document) == ("Keys for the new colleague", None)
    assert settled.state is ItemState.REJECTED
