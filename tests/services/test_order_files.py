"""Workbooks of orders: right values or doubts with sheet, cell, seen and expected; good orders go on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kontorist.domain.approvals import Verdict
from kontorist.domain.ids import EventId
from kontorist.services.carriers import NothingToCorrect
from kontorist.testing.documents.orders import order_workbook
from kontorist.testing.documents.tables import SampleTable, delimited
from kontorist.testing.sales_office import SalesOffice, sales_office


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SalesOffice]:
    with sales_office(tmp_path_factory.mktemp("orders")) as office:
        yield office


def drops(office: SalesOffice, content: bytes, name: str = "orders.xlsx") -> EventId:
    return office.drops(SampleTable(name=name, content=content, good=0))


def orders_of(office: SalesOffice, file: EventId) -> dict[str, dict[str, Any]]:
    """The data of the events that a file led to, by order number."""
    store = office.services.store
    with store.read() as tx:
        rows = [row for row in store.inbox.list(tx) if row.body.get("causationid") == file]
    return {row.body["subject"]: row.body["data"] for row in rows}


@pytest.fixture(scope="module")
def taken(office: SalesOffice) -> tuple[EventId, dict[str, Any]]:
    """The agent's workbook, dropped and taken in."""
    event = drops(office, order_workbook().content, "auftraege.xlsx")
    (file,) = office.services.order_files.take(event)
    return event, file


def test_good_orders_go_on_and_doubtful_ones_are_held(taken: tuple[EventId, dict[str, Any]]) -> None:
    _, file = taken

    assert file["orders"] == ["AG-1", "AG-2", "AG-7", "NL-1"]
    assert file["held"] == ["AG-3", "AG-4", "AG-5", "AG-6", "AG-8", "NL-2", "NL-3"]


def test_every_planted_error_is_found_by_its_cell_and_nothing_else(
    office: SalesOffice, taken: tuple[EventId, dict[str, Any]]
) -> None:
    item = next(each for each in office.services.worklist.items() if each.id == taken[1]["item"])

    cells = {f"{each['sheet']}!{each['cell']}" for each in item.content["doubts"]}
    assert cells == order_workbook().planted
    assert item.title == "Orders in auftraege.xlsx: 8 doubts, 7 orders held"
    assert item.reasons[0] == "Aufträge!F7: 'zwölf' was seen, expected was an amount such as 1.234,56."


def test_values_are_right_whatever_way_they_were_written(
    office: SalesOffice, taken: tuple[EventId, dict[str, Any]]
) -> None:
    """Merged number, formulas, numbers and dates as text of the country, a percentage that is shown as one."""
    orders = orders_of(office, taken[0])

    assert [(each["quantity"], each["unit_price"]) for each in orders["AG-1"]["lines"]] == [
        ("1500", "0.2350"), ("1", "1180.50"),
    ]  # fmt: skip
    assert orders["AG-1"]["delivery_date"] == "2026-05-19"
    assert orders["AG-2"]["lines"] == [
        {"description": "Plakate", "quantity": "60", "unit_price": "12.5", "tax_rate": "21"}
    ]
    assert orders["AG-2"]["delivery_date"] == "2026-05-17"
    assert orders["NL-1"]["lines"][0] == {
        "description": "Zaalplattegrond", "quantity": "1.5", "unit_price": "1250.00", "tax_rate": "21",
    }  # fmt: skip
    assert orders["NL-1"]["delivery_date"] == "2026-05-18"


def test_the_orders_are_invoiced_like_those_of_the_shop(
    office: SalesOffice, taken: tuple[EventId, dict[str, Any]]
) -> None:
    store = office.services.store
    with store.read() as tx:
        events = {
            row.body["subject"]: row.id for row in store.inbox.list(tx) if row.body.get("causationid") == taken[0]
        }

    became = {number: office.services.receivables.summary(office.works(event)) for number, event in events.items()}

    assert {number: each["state"] for number, each in became.items()} == {
        "AG-1": "invoiced", "AG-2": "invoiced", "AG-7": "waiting", "NL-1": "invoiced",
    }  # fmt: skip


def test_the_same_file_again_changes_nothing(office: SalesOffice, taken: tuple[EventId, dict[str, Any]]) -> None:
    store = office.services.store

    def known() -> tuple[int, int, int]:
        with store.read() as tx:
            events = [row for row in store.inbox.list(tx) if row.type == "order.created"]
            return len(events), len(store.worklist.list(tx, states=None)), len(store.effects.list(tx))

    before = known()
    office.clock.advance(minutes=5)
    again = drops(office, order_workbook().content, "auftraege-kopie.xlsx")
    (file,) = office.services.order_files.take(again)
    office.services.order_files.take(taken[0])

    assert known() == before
    assert file["item"] == taken[1]["item"]


def test_a_csv_file_is_read_as_well(office: SalesOffice) -> None:
    rows = [
        ("Auftrag", "Kundenname", "Bezeichnung", "Menge", "Preis", "MwSt"),
        ("CSV-1", "Theaterhuis De Lantaarn", "Plakate", "3", "1.012,50", "21"),
    ]
    event = drops(office, delimited(rows), "orders.csv")

    (file,) = office.services.order_files.take(event)

    assert (file["orders"], file["doubts"], file["item"]) == (["CSV-1"], 0, None)
    assert orders_of(office, event)["CSV-1"]["lines"][0]["unit_price"] == "1012.50"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"Name;Ort\r\nEva;Ulm\r\n", "The file has no column for: order"), (b"PK\x03\x04 torn off", "")],
)
def test_a_file_that_cannot_be_read_waits_with_the_reason(office: SalesOffice, content: bytes, reason: str) -> None:
    (file,) = office.services.order_files.take(drops(office, content, "list.xlsx"))

    item = next(each for each in office.services.worklist.items() if each.id == file["item"])
    assert item.title == "Orders in list.xlsx cannot be read"
    assert reason in item.reasons[0]


def test_many_doubts_are_cut_short_in_the_letter_and_kept_in_the_item(office: SalesOffice) -> None:
    rows = [("Auftrag", "Kunde", "Bezeichnung", "Menge", "Preis")]
    rows += [(f"M-{place}", "Theaterhuis De Lantaarn", "Plakat", "viele", "1,00") for place in range(130)]

    (file,) = office.services.order_files.take(drops(office, delimited(rows), "many.csv"))

    item = next(each for each in office.services.worklist.items() if each.id == file["item"])
    assert (len(item.reasons), len(item.codes), len(item.content["doubts"])) == (101, 101, 130)
    assert item.reasons[-1] == "And 30 more, in the item's content."


def test_who_has_dealt_with_the_doubts_says_so_and_nothing_follows(office: SalesOffice) -> None:
    rows = [("Auftrag", "Kunde", "Bezeichnung", "Menge", "Preis"), ("X-1", "Wer", "Plakat", "viele", "1,00")]
    (file,) = office.services.order_files.take(drops(office, delimited(rows), "one.csv"))
    worklist = office.services.worklist
    with pytest.raises(NothingToCorrect, match="Correct the cells in the file"):
        worklist.correct(file["item"], office.actor("anna"), {"quantity": "1"})

    worklist.decide(file["item"], office.actor("anna"), Verdict.APPROVE)
    worklist.carry_out(file["item"])

    assert file["item"] not in [each.id for each in worklist.items()]


def test_columns_may_be_named_in_the_configuration(tmp_path: Path) -> None:
    with sales_office(tmp_path / "named", more="order_files: {columns: {text: Was}}") as office:
        rows = [
            ("Auftrag", "Kunde", "Was", "Menge", "Preis"),
            ("X-1", "Theaterhuis De Lantaarn", "Plakat", "1", "1,00"),
        ]

        (file,) = office.services.order_files.take(drops(office, delimited(rows), "own.csv"))

    assert file["orders"] == ["X-1"]
