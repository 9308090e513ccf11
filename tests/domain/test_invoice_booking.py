"""How an invoice is booked: a debt stays a debt, a credit a credit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from domain_office import MUSTER, VOUCHER, invoice, rates
from hypothesis import given
from hypothesis import strategies as st

from kontorist.domain.ids import PersonKey
from kontorist.domain.ledger.chart import CHART, INPUT_TAX, PAYABLES
from kontorist.domain.ledger.journal import EntryNotBalanced, JournalEntry, check_accounts
from kontorist.domain.money import Money, NotAnAmount
from kontorist.domain.payables.booking import CannotBeBooked, entry_for
from kontorist.domain.payables.draft import DocumentKind, FieldName, InvoiceDraft, InvoiceLine


def booked(draft: InvoiceDraft, supplier: object = MUSTER, **settings: object) -> JournalEntry:
    return entry_for(draft, VOUCHER, supplier, account="6400", **settings)


def rows(entry: JournalEntry) -> list[tuple[str, str, str | None]]:
    return [(line.account, str(line.amount.amount), line.tax_key) for line in entry.lines]


def test_cost_and_input_vat_against_the_supplier() -> None:
    entry = booked(invoice(), approved_by=(PersonKey("bert"),))

    assert rows(entry) == [("6400", "100.00", "IN19"), (INPUT_TAX, "19.00", "IN19"), (PAYABLES, "-119.00", None)]
    assert (entry.day, entry.text) == (date(2024, 5, 3), "Muster GmbH 2024-117")
    assert (entry.document, entry.document_sha256) == (VOUCHER.document, VOUCHER.sha256)
    assert (entry.prepared_by, entry.approved_by) == ("system", ("bert",))
    assert (entry.lines[-1].partner, entry.lines[-1].due) == (MUSTER.id, date(2024, 5, 17))
    check_accounts(entry, CHART)


def test_booking_the_same_document_again_makes_the_same_entry() -> None:
    assert booked(invoice()) == booked(invoice())
    assert booked(invoice()).content_hash() == booked(invoice()).content_hash()


@pytest.mark.parametrize(
    ("kind", "sign"),
    [(DocumentKind.CREDIT_NOTE, ""), (DocumentKind.CREDIT_NOTE, "-"), (DocumentKind.INVOICE, "-")],
)
def test_a_credit_is_booked_the_other_way_round_however_it_is_printed(kind: DocumentKind, sign: str) -> None:
    credit = invoice({"kind": kind}, net=f"{sign}100.00", tax=f"{sign}19.00", gross=f"{sign}119.00")

    assert rows(booked(credit)) == [
        ("6400", "-100.00", "IN19"),
        (INPUT_TAX, "-19.00", "IN19"),
        (PAYABLES, "119.00", None),
    ]


@pytest.mark.parametrize("kind", [DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE])
def test_signs_that_contradict_each_other_are_refused_not_guessed(kind: DocumentKind) -> None:
    with pytest.raises(EntryNotBalanced):
        booked(invoice({"kind": kind}, gross="-119.00"))
    with pytest.raises(EntryNotBalanced):
        booked(invoice({"kind": kind}, net="-100.00"))


@given(
    net=st.decimals(Decimal("0.01"), 10**9, places=2),
    tax=st.decimals(0, 10**6, places=2),
    off=st.integers(-2, 2),
    kind=st.sampled_from([DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE, DocumentKind.RECEIPT]),
    minus=st.booleans(),
)
def test_what_the_supplier_is_owed_is_the_printed_total_to_the_cent(
    net: Decimal, tax: Decimal, off: int, kind: DocumentKind, minus: bool
) -> None:
    gross = net + tax + Decimal(off) / 100
    if gross <= 0:
        return
    turn = -1 if minus else 1
    entry = booked(invoice({"kind": kind}, net=str(turn * net), tax=str(turn * tax), gross=str(turn * gross)))

    owed = -gross if minus or kind is DocumentKind.CREDIT_NOTE else gross
    assert -entry.lines[-1].amount == Money(owed, "EUR")
    assert Money.total((line.amount for line in entry.lines if line.account == INPUT_TAX), "EUR").amount == (
        tax if owed > 0 else -tax
    )


def test_a_cent_of_rounding_has_an_account_of_its_own() -> None:
    assert ("7900", "0.02", None) in rows(booked(invoice(gross="119.02")))
    assert ("7900", "-0.01", None) in rows(booked(invoice(gross="118.99")))


def test_more_than_rounding_is_refused() -> None:
    with pytest.raises(EntryNotBalanced, match=r"Muster GmbH 2024-117: the lines differ from zero by -0\.03 EUR"):
        booked(invoice(gross="119.03"))


@pytest.mark.parametrize("name", ["currency", "issue_date", "invoice_number", "gross"])
def test_what_is_needed_is_asked_for_by_name(name: FieldName) -> None:
    with pytest.raises(CannotBeBooked, match=f"Without {name.replace('_', ' ')}"):
        booked(invoice(**{name: None}))


def test_an_amount_finer_than_its_currency_is_refused() -> None:
    with pytest.raises(NotAnAmount, match="more decimals"):
        booked(invoice(currency="JPY", net="100.50", tax="18.50"))


def test_without_vat_nothing_is_deducted() -> None:
    assert rows(booked(invoice(tax="0.00", gross="100.00"))) == [("6400", "100.00", "IN0"), (PAYABLES, "-100.00", None)]
    assert rows(booked(invoice(tax=None, net=None))) == [("6400", "119.00", "IN0"), (PAYABLES, "-119.00", None)]


def test_vat_that_is_not_stated_is_not_deducted_behind_the_clerks_back() -> None:
    with pytest.raises(EntryNotBalanced):
        booked(invoice(tax=None))


def test_net_follows_from_total_and_vat() -> None:
    assert rows(booked(invoice(net=None))) == rows(booked(invoice()))


# Keys of the input VAT


def test_each_rate_of_a_complete_vat_table_has_its_own_lines() -> None:
    table = rates("19 100.00 19.00", "7 50.00 3.50", "0 10.00 0.00")
    paper = invoice({"tax_lines": table}, net="160.00", tax="22.50", gross="182.50")

    expected = [
        ("6400", "100.00", "IN19"),
        (INPUT_TAX, "19.00", "IN19"),
        ("6400", "50.00", "IN7"),
        (INPUT_TAX, "3.50", "IN7"),
        ("6400", "10.00", "IN0"),
        (PAYABLES, "-182.50", None),
    ]
    assert rows(booked(paper)) == expected
    credit = replace(paper, kind=DocumentKind.CREDIT_NOTE)
    assert [row[1] for row in rows(booked(credit))] == [f"{-Decimal(row[1])}" for row in expected]


@pytest.mark.parametrize(
    "table",
    [("19 100.00 19.00", "7 50.00 3.40"), ("19 100.00 19.00", "7 49.00 3.50")],
)
def test_an_incomplete_vat_table_is_booked_as_a_mixture(table: tuple[str, ...]) -> None:
    paper = invoice({"tax_lines": rates(*table)}, net="150.00", tax="22.50", gross="172.50")

    assert rows(booked(paper))[0] == ("6400", "150.00", "INMIX")


@pytest.mark.parametrize(
    ("net", "tax", "vat_id", "key"),
    [
        ("100.00", "19.00", "DE136695976", "IN19"),
        ("100.00", "5.50", "FR40303265045", "IN5.5"),
        ("150.00", "22.50", "DE136695976", "INMIX"),  # 15 % is no rate
        ("0.50", "0.10", "DE136695976", "IN19"),
        ("0.50", "0.10", None, "INMIX"),  # 19, 20 or 21: the country is not known
        ("100.00", "20.00", None, "IN20"),
        ("100.00", "19.00", "US1", "IN19"),
    ],
)
def test_the_rate_is_one_of_the_country_or_none(net: str, tax: str, vat_id: str | None, key: str) -> None:
    gross = str(Decimal(net) + Decimal(tax))
    paper = invoice(net=net, tax=tax, gross=gross, supplier_vat_id=vat_id)

    assert booked(paper, replace(MUSTER, vat_id=None)).lines[0].tax_key == key


def test_the_country_of_the_master_data_counts_where_the_page_shows_no_vat_id() -> None:
    assert booked(invoice(net="0.50", tax="0.10", gross="0.60", supplier_vat_id=None)).lines[0].tax_key == "IN19"


def test_vat_rounded_in_each_line_is_still_of_one_rate() -> None:
    lines = tuple(InvoiceLine(total=Decimal("20.00")) for _ in range(5))

    assert booked(invoice({"lines": lines}, tax="19.05", gross="119.05")).lines[0].tax_key == "IN19"


def test_a_vat_table_of_one_rate_names_the_key() -> None:
    paper = invoice({"tax_lines": rates("20.00 100.00 20.00")}, tax="20.00", gross="120.00")

    assert booked(paper).lines[0].tax_key == "IN20"


@pytest.mark.parametrize(("days", "due"), [(14, date(2024, 5, 17)), (30, date(2024, 6, 2)), (None, date(2024, 5, 3))])
def test_without_a_due_date_the_terms_of_the_supplier_count(days: int | None, due: date) -> None:
    entry = booked(invoice(due_date=None), replace(MUSTER, payment_terms_days=days))

    assert entry.lines[-1].due == due
