"""Master data come in from tables: good rows are taken, every bad cell is named, nothing happens twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from kontorist.domain.approvals import NotAllowed
from kontorist.domain.ledger.open_items import Side
from kontorist.domain.masterdata.names import Kind
from kontorist.domain.money import Money
from kontorist.domain.procurement.orders import OrderSide
from kontorist.extraction.tables import PayInTheOpen, TableUnfit
from kontorist.sandbox import Refused
from kontorist.services.masterdata import ImportReport
from kontorist.services.masterdata.books import DayMissing
from kontorist.testing.documents import tables
from kontorist.testing.documents.tables import SampleTable, delimited
from kontorist.testing.office import Office

NEW_YEAR = date(2026, 1, 1)


def imports(
    office: Office, kind: Kind, table: SampleTable | bytes, by: str = "carla", day: date | None = NEW_YEAR
) -> ImportReport:
    content, name = (table, "table.csv") if isinstance(table, bytes) else (table.content, table.name)
    return office.services.masterdata.import_file(kind, content, name=name, actor=office.actor(by), day=day)


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.new, report.changed, report.unchanged, len(report.doubts)


def rows(*lines: str) -> bytes:
    return "\r\n".join(lines).encode()


def test_suppliers_of_an_accounting_program_are_taken_and_a_second_import_changes_nothing(office: Office) -> None:
    table = tables.supplier_table()

    first = imports(office, Kind.SUPPLIERS, table, by="anna")
    second = imports(office, Kind.SUPPLIERS, table, by="anna")

    assert counts(first) == (5, 0, 0, 0)
    assert counts(second) == (0, 0, 5, 0)
    assert second.document == first.document
    assert second.waiting == first.waiting
    with office.services.store.read() as tx:
        supplier = office.services.store.suppliers.with_number(tx, "070005")
        notes = [note for note in office.services.store.audit.newest(tx) if note.subject == supplier.id]
    assert supplier.name == "Maschinenbau Öhlmann & Söhne GmbH & Co. KG"
    assert (supplier.default_account, supplier.payment_terms_days, supplier.address.postcode) == ("5000", 30, "01067")
    assert [(note.actor, note.verb) for note in notes] == [("anna", "entered")]
    assert office.services.archive.content(first.document) == table.content


def test_a_known_supplier_is_changed_in_the_columns_of_the_file_only(office: Office) -> None:
    imports(office, Kind.SUPPLIERS, tables.supplier_table())

    report = imports(office, Kind.SUPPLIERS, rows("Kreditor;Name;Ort", "070001;Papierhaus Lindner GmbH;Meißen"))

    with office.services.store.read() as tx:
        supplier = office.services.store.suppliers.with_number(tx, "070001")
        note = office.services.store.audit.of(tx, supplier.id)[-1]
    assert counts(report) == (0, 1, 0, 0)
    assert (supplier.address.town, supplier.address.postcode, supplier.default_account) == ("Meißen", "01067", "6400")
    assert note.before == {
        "address": {"street": "Hafenstraße 5", "postcode": "01067", "town": "Dresden", "country": "DE"}
    }
    assert note.after["address"]["town"] == "Meißen"


def test_bad_rows_wait_and_good_rows_go_in(office: Office) -> None:
    report = imports(
        office,
        Kind.SUPPLIERS,
        rows(
            "Lief.-Nr.;Name;IBAN;Konto;Aufwandskonto;Zahlungsziel",
            "1;Gut GmbH;;;6400;14",
            "2;Falsche Bank GmbH;DE02120300000000202052;;6400;14",
            "3;Falsches Konto GmbH;;;9999;14",
            "4;;;;6400;14",
            "5;Ewig GmbH;;;6400;2000",
            "1;Gut GmbH;;;6400;14",
        ),
    )

    assert counts(report)[0] == 1
    assert [(each.cell, each.column) for each in report.doubts] == [
        ("C3", "iban"), ("E4", "default_account"), ("B5", "name"), ("F6", "payment_terms_days"), ("A7", "number"),
    ]  # fmt: skip


def test_a_name_that_several_suppliers_have_needs_the_number(office: Office) -> None:
    imports(office, Kind.SUPPLIERS, rows("Kreditor;Name", "1;Meyer GmbH", "2;Meyer AG"))

    report = imports(office, Kind.SUPPLIERS, rows("Name;Ort", "Meyer;Bonn"))

    assert [each.cell for each in report.doubts] == ["A2"]


def test_customers_and_employees_are_taken(office: Office) -> None:
    customers = rows(
        "Debiteurnr.,Naam,E-mail,Land,Taal,Betalingstermijn",
        '0100,"Bakkerij Jansen, Zwolle",post@example.org,Nederland,Nederlands,14',
    )

    assert counts(imports(office, Kind.CUSTOMERS, customers, by="anna")) == (1, 0, 0, 0)
    assert counts(imports(office, Kind.EMPLOYEES, tables.employee_table())) == (3, 0, 0, 0)

    with office.services.store.read() as tx:
        customer = office.services.store.customers.find(tx, number="0100")
        employee = office.services.store.employees.with_number(tx, "00002")
    assert (customer.name, customer.address.country, customer.language) == ("Bakkerij Jansen, Zwolle", "NL", "nl")
    assert (employee.name, employee.monthly_hours, employee.active_from) == (
        "Joris van Dijk", Decimal("151.67"), date(2020, 2, 1),
    )  # fmt: skip


def test_no_pay_comes_in_with_employees_not_even_into_the_archive(office: Office) -> None:
    table = rows("Pers.-Nr.;Name;Monatsgehalt", "00001;Eva;4.711,00")

    with pytest.raises(PayInTheOpen, match="earn"):
        imports(office, Kind.EMPLOYEES, table)

    assert b"4.711" not in b"".join(
        each.read_bytes() for each in office.services.config.var.rglob("*") if each.is_file()
    )


def test_of_employees_neither_name_nor_bank_details_stand_outside_of_master_data(office: Office) -> None:
    imports(office, Kind.EMPLOYEES, tables.employee_table())

    with office.services.store.read() as tx:
        notes = repr(office.services.store.audit.newest(tx))
        items = repr(office.services.worklist.items())
        letters = repr([each.request for each in office.services.store.effects.list(tx)])
        (employee, *_) = office.services.store.employees.list(tx)
    for text in (notes, items, letters):
        assert "Beispiel" not in text.replace("Kontor Beispiel", "")
        assert "DE" + "9990" not in text
    assert employee.iban is None  # until a second person agrees


def test_two_thousand_order_lines_with_planted_errors(office: Office) -> None:
    imports(office, Kind.SUPPLIERS, tables.supplier_table())
    table = tables.order_table()

    report = imports(office, Kind.ORDERS, table, by="anna")

    assert {each.place for each in report.doubts} == table.planted
    assert counts(report) == (table.good, 0, 0, len(table.planted))
    assert report.ignored_sheets == ["Hinweise"]
    assert [each.reason for each in report.skipped] == ["a total, no record"]
    again = imports(office, Kind.ORDERS, table, by="anna")
    assert counts(again) == (0, 0, table.good, len(table.planted))


def test_a_dutch_order_workbook_is_read_to_the_cent(office: Office) -> None:
    imports(office, Kind.SUPPLIERS, tables.supplier_table(language="nl"))

    report = imports(office, Kind.ORDERS, tables.order_table(lines=30, language="nl", planted=False))

    with office.services.store.read() as tx:
        first, second, third = office.services.store.orders.lines(tx, OrderSide.PURCHASE, order="B000002")
    assert counts(report) == (30, 0, 0, 0)
    assert [line.unit_price for line in (first, second, third)] == [Decimal("0.30"), Decimal("1.53"), Decimal("1.90")]
    assert [line.quantity for line in (first, second, third)] == [Decimal(1), Decimal("1.25"), Decimal("1.5")]
    assert (first.ordered, first.due, first.tax_rate) == (date(2026, 3, 5), date(2026, 3, 19), Decimal(19))
    assert first.order == second.order == third.order


def test_goods_come_in_of_orders_that_are_there(office: Office) -> None:
    imports(office, Kind.SUPPLIERS, tables.supplier_table())
    imports(office, Kind.ORDERS, tables.order_table(lines=24, planted=False))

    report = imports(office, Kind.RECEIPTS, tables.receipt_table(orders=10))
    again = imports(office, Kind.RECEIPTS, tables.receipt_table(orders=10))
    other = imports(
        office, Kind.RECEIPTS, rows("Lieferschein;Bestellung;Pos.;Menge;Datum", "L-1;B000001;9;1;01.04.2026")
    )

    assert counts(report) == (8, 0, 0, 2)
    assert [(each.column, each.seen) for each in report.doubts] == [("order", "B000009"), ("order", "B000010")]
    assert counts(again) == (0, 0, 8, 2)
    assert [each.column for each in other.doubts] == ["position"]


def test_opening_balances_are_one_entry_posted_once(office: Office) -> None:
    report = imports(office, Kind.OPENING_BALANCES, tables.opening_table())
    again = imports(office, Kind.OPENING_BALANCES, tables.opening_table(), by="joost")

    with office.services.store.read() as tx:
        balances = office.services.store.journal.balances(tx)
        (posted,) = office.services.store.journal.entries(tx)
    assert (report.entries, report.new, report.clean) == ([1], 4, True)
    assert (again.entries, again.unchanged, again.clean) == ([], 4, True)
    assert balances["2000", "EUR"] == Money("-1190.00", "EUR")
    assert posted.entry.day == NEW_YEAR
    assert posted.entry.document == report.document


def test_opening_balances_are_posted_whole_or_not_at_all(office: Office) -> None:
    unbalanced = imports(office, Kind.OPENING_BALANCES, tables.opening_table(wrong=True))
    doubtful = imports(office, Kind.OPENING_BALANCES, rows("Konto;Betrag", "1100;100,00", "9876;-100,00"))
    both = imports(
        office, Kind.OPENING_BALANCES, rows("Konto;Soll;Haben", "1100;5,00;5,00", "1100;;1,00", "1100;1,00;")
    )

    assert "differ from zero" in unbalanced.refusals[0]
    assert [each.cell for each in doubtful.doubts] == ["A3"]
    assert doubtful.refusals
    assert [each.column for each in both.doubts] == ["credit", "account"]
    with office.services.store.read() as tx:
        assert office.services.store.journal.entries(tx) == []
    imports(office, Kind.OPENING_BALANCES, tables.opening_table())
    other = imports(office, Kind.OPENING_BALANCES, rows("Konto;Betrag", "1100;1,00", "3000;-1,00"))
    assert "posted already" in other.refusals[0]


def test_open_items_give_the_sub_ledger_its_partners(office: Office) -> None:
    imports(office, Kind.SUPPLIERS, tables.supplier_table())
    imports(office, Kind.OPENING_BALANCES, tables.opening_table())

    report = imports(office, Kind.OPEN_ITEMS, tables.open_item_table())
    again = imports(office, Kind.OPEN_ITEMS, tables.open_item_table())

    with office.services.store.read() as tx:
        entries = office.services.store.journal.entries(tx)
        items = office.services.store.open_items.list(tx, side=Side.PAYABLE)
        balances = office.services.store.journal.balances(tx)
    lines = [line for posted in entries for line in posted.entry.lines if line.account == "2000"]
    assert counts(report) == (3, 0, 0, 0)
    assert counts(again) == (0, 0, 3, 0)
    assert balances["2000", "EUR"] == Money("-1190.00", "EUR")
    assert Money.total([line.amount for line in lines if line.partner], "EUR") == Money("-1190.00", "EUR")
    assert not Money.total([line.amount for line in lines if not line.partner], "EUR")
    assert [item.amount for item in items] == [Money("714.00", "EUR"), Money("-119.00", "EUR"), Money("595.00", "EUR")]


def test_an_open_item_that_was_taken_over_is_never_changed_in_silence(office: Office) -> None:
    imports(office, Kind.SUPPLIERS, tables.supplier_table())
    header = "Art;Kreditor;Rechnungsnummer;Rechnungsdatum;Fällig;Betrag"
    imports(office, Kind.OPEN_ITEMS, rows(header, "Kreditor;070001;RE-17;01.12.2025;;714,00"))

    report = imports(
        office,
        Kind.OPEN_ITEMS,
        rows(
            header,
            "Kreditor;070001;re 17;01.12.2025;;715,00",
            "Kreditor;070009;RE-18;01.12.2025;;1,00",
            "Debitor;070001;RE-19;01.12.2025;;1,00",
            "Kreditor;070001;RE-20;01.12.2025;01.11.2025;1,00",
            "Kreditor;070001;RE-21;01.12.2025;;0,00",
            "Kreditor;070001;RE-22;01.12.2025;;1,00",
            "Kreditor;070001;RE-22;01.12.2025;;1,00",
        ),
    )

    assert [each.cell for each in report.doubts] == ["F2", "B3", "B4", "E5", "F6", "C8"]
    assert report.new == 1


def test_where_the_books_begin_has_to_be_said(office: Office) -> None:
    for kind, table in ((Kind.OPENING_BALANCES, tables.opening_table()), (Kind.OPEN_ITEMS, tables.open_item_table())):
        with pytest.raises(DayMissing):
            imports(office, kind, table, day=None)


def test_a_clerk_may_not_bring_in_employees_or_opening_balances(office: Office) -> None:
    for kind in (Kind.EMPLOYEES, Kind.OPENING_BALANCES, Kind.OPEN_ITEMS):
        with pytest.raises(NotAllowed):
            imports(office, kind, tables.opening_table(), by="anna")


def test_a_file_that_is_none_is_refused_and_changes_nothing(office: Office) -> None:
    with pytest.raises(Refused):
        imports(office, Kind.SUPPLIERS, b"PK\x03\x04 but no more")
    with pytest.raises(TableUnfit, match="name"):
        imports(office, Kind.SUPPLIERS, rows("Spalte A;Spalte B", "1;2"))


def test_an_import_that_is_killed_leaves_nothing_and_the_next_one_everything(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = (
        "suppliers.after_put",
        "bank_changes.before_put",
        "worklist.before_add",
        "audit.after_note",
        "store.before_commit",
    )
    table = tables.supplier_table()
    for place in places:
        monkeypatch.setenv("KONTORIST_FAILPOINTS", f"{place}=raise")
        with pytest.raises(RuntimeError, match=place):
            imports(office, Kind.SUPPLIERS, table)
        monkeypatch.delenv("KONTORIST_FAILPOINTS")
        with office.services.store.read() as tx:
            assert office.services.store.suppliers.with_number(tx, "070001") is None
    monkeypatch.setenv("KONTORIST_FAILPOINTS", "store.after_commit=raise")
    with pytest.raises(RuntimeError):
        imports(office, Kind.SUPPLIERS, table)
    monkeypatch.delenv("KONTORIST_FAILPOINTS")

    report = imports(office, Kind.SUPPLIERS, table)

    assert counts(report) == (0, 0, 5, 0)
    assert len(office.services.worklist.items()) == 1


def test_config_yaml_says_what_a_column_is_called(office: Office) -> None:
    config = office.services.config
    files = {"suppliers": {"columns": {"name": "Wer"}, "delimiter": "|"}}
    odd = type(config.masterdata).model_validate({"files": files})
    office.services.masterdata._config = config.model_copy(update={"masterdata": odd})

    report = imports(office, Kind.SUPPLIERS, delimited([("Wer", "Ort"), ("Muster GmbH", "Bonn")], delimiter="|"))

    assert counts(report) == (1, 0, 0, 0)
    assert replace(report.skipped[0]) if report.skipped else True
