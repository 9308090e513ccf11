"""Orders, their VAT treatment and the invoices for them, as rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontorist.domain.events import Event
from kontorist.domain.ids import CustomerId, DocumentId
from kontorist.domain.ledger.journal import sums
from kontorist.domain.masterdata.address import NOWHERE, Address
from kontorist.domain.money import Money
from kontorist.domain.receivables.checks import Seller, rule_on_order
from kontorist.domain.receivables.customers import Customer
from kontorist.domain.receivables.invoices import (
    PaperKind,
    SalesPaper,
    credit_note_for,
    entry_for_credit_note,
    entry_for_invoice,
    invoice_for,
    open_item_for,
    paper_from,
)
from kontorist.domain.receivables.orders import Buyer, Order, OrderUnreadable, Position, Supply, order_from
from kontorist.domain.receivables.tax import Treatment, tax_key, treatment_of
from kontorist.domain.routing import fits

TODAY = date(2026, 5, 20)
DATA: dict[str, Any] = {
    "order_number": "WEB-1001",
    "customer": {"name": "Theaterhuis", "number": "10021"},
    "lines": [{"description": "Brochure", "quantity": "3", "unit_price": "19.50", "tax_rate": "21"}],
    "currency": "EUR",
}
SELLER = Seller(
    name="Kontor Beispiel B.V.",
    country="NL",
    currency="EUR",
    address=Address(street="Herengracht 990", town="Amsterdam", country="NL"),
    vat_id="NL000099998B57",
    iban="NL00KTRB0000990990",
)
DUTCH = Customer(
    id=CustomerId("C1"),
    name="Theaterhuis",
    email="inkoop@lantaarn.example",
    address=Address(street="Oudegracht 990", postcode="3511 AL", town="Utrecht", country="NL"),
)
GERMAN = replace(DUTCH, address=replace(DUTCH.address, country="DE"), vat_id="DE136695976")
LINE = DATA["lines"][0]


def order(**changes: Any) -> Order:
    return order_from(DATA | changes)


def codes(ordered: Order, customer: Customer | None, seller: Seller = SELLER, *, agreed: bool = False) -> list[str]:
    return [each.code for each in rule_on_order(ordered, customer, seller, TODAY).open_doubts(agreed=agreed)]


# --- reading


def test_an_order_is_read_with_all_it_says() -> None:
    read = order(delivery_date="2026-05-18", supply="goods")

    assert read.buyer == Buyer(name="Theaterhuis", number="10021")
    assert read.delivered == date(2026, 5, 18)
    assert read.supply is Supply.GOODS
    assert read.positions[0].net("EUR") == Money("58.50", "EUR")


def test_the_same_order_written_another_way_is_the_same_order() -> None:
    other = DATA | {"lines": [LINE | {"quantity": "3.00", "unit_price": "19.5"}], "shop": "front", "supply": None}

    assert order_from(other).content_hash() == order().content_hash()
    assert order_from(order().data()) == order()


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"order_number": None}, "order_number"),
        ({"order_number": 17}, "order_number"),
        ({"order_number": "1" * 61}, "order_number"),
        ({"currency": " "}, "currency"),
        ({"currency": "euro"}, "lines"),
        ({"customer": "Theaterhuis"}, "customer"),
        ({"customer": {"phone": "1"}}, "customer"),
        ({"customer": {"name": ["a"]}}, "customer.name"),
        ({"lines": []}, "lines"),
        ({"lines": [LINE] * 501}, "lines"),
        ({"lines": ["Brochure"]}, "lines[0]"),
        ({"lines": [LINE, LINE | {"description": ""}]}, "lines[1].description"),
        ({"lines": [LINE | {"quantity": None}]}, "lines[0].quantity"),
        ({"lines": [LINE | {"quantity": "0"}]}, "lines[0].quantity"),
        ({"lines": [LINE | {"quantity": 1.5}]}, "lines[0].quantity"),
        ({"lines": [LINE | {"unit_price": "1,50"}]}, "lines[0].unit_price"),
        ({"lines": [LINE | {"unit_price": "1.2345678"}]}, "lines[0].unit_price"),
        ({"lines": [LINE | {"unit_price": "1e999999999"}]}, "lines[0].unit_price"),
        ({"lines": [LINE | {"unit_price": "-1"}]}, "lines"),
        ({"lines": [LINE | {"tax_rate": "28"}]}, "lines[0].tax_rate"),
        ({"delivery_date": "18.05.2026"}, "delivery_date"),
        ({"supply": "both"}, "supply"),
    ],
)
def test_an_order_that_cannot_be_read_names_the_place(change: dict[str, Any], place: str) -> None:
    with pytest.raises(OrderUnreadable) as refused:
        order(**change)

    assert refused.value.place == place


# --- VAT


@pytest.mark.parametrize(
    ("buyer", "vat_id", "supply", "treatment", "doubtful"),
    [
        ("NL", None, Supply.GOODS, Treatment.DOMESTIC, False),
        ("NL", "NL000099998B57", Supply.SERVICES, Treatment.DOMESTIC, False),
        ("DE", "DE136695976", Supply.SERVICES, Treatment.REVERSE_CHARGE, False),
        ("DE", "DE136695976", Supply.GOODS, Treatment.INTRA_COMMUNITY, False),
        ("GR", "EL094259216", Supply.SERVICES, Treatment.REVERSE_CHARGE, False),
        ("DE", None, Supply.GOODS, Treatment.DOMESTIC, True),
        ("DE", "NL000099998B57", Supply.SERVICES, Treatment.DOMESTIC, True),
        ("DE", "CHE107787577MWST", Supply.SERVICES, Treatment.DOMESTIC, True),
        ("GB", None, Supply.GOODS, Treatment.EXPORT, False),
        ("CH", "CHE107787577MWST", Supply.SERVICES, Treatment.OUTSIDE, True),
    ],
)
def test_vat_follows_the_countries_and_what_is_sold(
    buyer: str, vat_id: str | None, supply: Supply, treatment: Treatment, doubtful: bool
) -> None:
    ruled = treatment_of(seller="NL", buyer=buyer, buyer_vat_id=vat_id, supply=supply)

    assert (ruled.treatment, ruled.doubt is not None) == (treatment, doubtful)


def test_the_key_of_the_output_vat_names_rate_or_treatment() -> None:
    assert tax_key(Treatment.DOMESTIC, Decimal("21.0")) == "OUT21"
    assert tax_key(Treatment.DOMESTIC, Decimal("0")) == "OUT0"
    assert tax_key(Treatment.REVERSE_CHARGE, Decimal(0)) == "OUT-REVERSE-CHARGE"


# --- doubts


def test_a_clear_order_has_no_doubt() -> None:
    assert codes(order(), DUTCH) == []


@pytest.mark.parametrize(
    ("seller", "customer", "changes", "code"),
    [
        (replace(SELLER, address=NOWHERE), DUTCH, {}, "KON-ORDER-SELLER"),
        (replace(SELLER, vat_id=None), DUTCH, {}, "KON-ORDER-SELLER"),
        (SELLER, DUTCH, {"currency": "USD"}, "KON-ORDER-CURRENCY"),
        (SELLER, None, {}, "KON-ORDER-CUSTOMER"),
        (SELLER, replace(DUTCH, address=NOWHERE), {}, "KON-ORDER-ADDRESS"),
        (SELLER, replace(DUTCH, email=None), {}, "KON-ORDER-EMAIL"),
        (SELLER, replace(DUTCH, vat_id="NL000099998B58"), {}, "KON-ORDER-VAT-ID"),
        (SELLER, DUTCH, {"lines": [LINE | {"tax_rate": None}]}, "KON-ORDER-RATE"),
        (SELLER, DUTCH, {"lines": [LINE | {"tax_rate": "19"}]}, "KON-ORDER-RATE"),
        (SELLER, DUTCH, {"lines": [LINE | {"tax_rate": "0"}]}, "KON-ORDER-RATE"),
    ],
)
def test_what_is_missing_has_to_be_cleared_whoever_agrees(
    seller: Seller, customer: Customer | None, changes: dict[str, Any], code: str
) -> None:
    assert codes(order(**changes), customer, seller, agreed=True) == [code]


@pytest.mark.parametrize(
    ("customer", "changes", "code"),
    [
        (GERMAN, {}, "KON-ORDER-RATE"),
        (replace(GERMAN, vat_id=None), {}, "KON-ORDER-TAX"),
    ],
)
def test_to_some_doubts_people_may_agree(customer: Customer, changes: dict[str, Any], code: str) -> None:
    assert codes(order(**changes), customer) == [code]
    assert codes(order(**changes), customer, agreed=True) == []


def test_only_doubts_about_the_customer_are_for_the_master_data() -> None:
    doubts = rule_on_order(order(currency="USD"), replace(DUTCH, email=None), SELLER, TODAY).doubts

    assert [(each.code, each.about_customer) for each in doubts] == [
        ("KON-ORDER-CURRENCY", False), ("KON-ORDER-EMAIL", True),
    ]  # fmt: skip


def test_the_mail_address_of_the_order_serves_where_the_master_data_have_none() -> None:
    named = order(customer={"name": "Theaterhuis", "email": "kassa@lantaarn.example"})
    customer = replace(DUTCH, email=None)

    assert codes(named, customer) == []
    assert invoice(named, customer).email == "kassa@lantaarn.example"


def test_the_country_of_the_vat_id_serves_where_the_address_names_none() -> None:
    customer = replace(GERMAN, address=replace(GERMAN.address, country=None))
    named = order(lines=[LINE | {"tax_rate": "0"}])

    assert codes(named, customer) == []
    assert invoice(named, customer, Treatment.REVERSE_CHARGE).address.country == "DE"


def test_a_country_whose_rates_we_do_not_know_lets_any_rate_pass() -> None:
    seller = replace(SELLER, country="PT")

    assert codes(order(), replace(DUTCH, address=replace(DUTCH.address, country="PT")), seller) == []


# --- papers


def invoice(ordered: Order, customer: Customer = DUTCH, treatment: Treatment = Treatment.DOMESTIC) -> SalesPaper:
    return invoice_for(
        ordered, customer, treatment, number="2026-00001", day=TODAY, due=date(2026, 6, 3), language="nl"
    )


PRICES = st.decimals("-9999.999999", "9999.999999", places=6)
POSITIONS = st.lists(
    st.builds(
        Position,
        description=st.just("Line"),
        quantity=st.decimals("0.001", "9999.999", places=3),
        unit_price=PRICES,
        tax_rate=st.sampled_from([Decimal("21"), Decimal("9"), Decimal("9.00"), Decimal("0")]),
    ),
    min_size=1,
    max_size=12,
)


@given(POSITIONS)
def test_lines_add_up_to_the_net_and_net_and_vat_to_the_total(positions: list[Position]) -> None:
    paper = replace(invoice(order()), positions=tuple(positions))

    assert paper.net == Money.total([each.net("EUR") for each in positions], "EUR")
    assert paper.gross == Money.total([each.net + each.tax for each in paper.totals], "EUR")
    for total in paper.totals:
        assert abs(total.tax.amount - total.net.amount * total.rate / 100) <= Decimal("0.005")


@given(POSITIONS)
def test_every_entry_is_balanced_and_taken_back_to_the_coin(positions: list[Position]) -> None:
    paper = replace(invoice(order()), positions=tuple(positions))
    if not any(total.net for total in paper.totals):
        return  # nothing to book: an order of nothing is not read in the first place

    booked = entry_for_invoice(paper, document=DocumentId("D1"), sha256="1")
    credit = credit_note_for(paper, number="CN-1", day=TODAY)
    back = entry_for_credit_note(credit, booked, document=DocumentId("D2"), sha256="2")

    assert not any(total for total in sums(booked.lines + back.lines).values())
    assert [-line.amount for line in booked.lines] == [line.amount for line in back.lines]


@given(POSITIONS)
def test_a_paper_survives_the_store(positions: list[Position]) -> None:
    paper = replace(invoice(order()), positions=tuple(positions))
    credit = credit_note_for(paper, number="CN-1", day=TODAY)

    assert paper_from(paper.data()) == paper
    assert paper_from(credit.data()) == credit


def test_vat_is_rounded_once_a_rate_and_not_once_a_line() -> None:
    cheap = LINE | {"quantity": "1", "unit_price": "0.02"}
    paper = invoice(order(lines=[cheap] * 3))

    assert (paper.net, paper.tax) == (Money("0.06", "EUR"), Money("0.01", "EUR"))


def test_abroad_every_rate_is_zero_whatever_the_order_says() -> None:
    paper = invoice(order(), GERMAN, Treatment.REVERSE_CHARGE)

    assert (paper.tax, paper.account) == (Money.zero("EUR"), "4100")
    assert [total.rate for total in paper.totals] == [Decimal(0)]


def test_the_customer_may_have_a_revenue_account_of_its_own() -> None:
    assert invoice(order(), replace(DUTCH, default_account="4900")).account == "4900"


def test_a_credit_note_names_what_it_takes_back_and_is_owed_by_us() -> None:
    paper = invoice(order())
    credit = credit_note_for(paper, number="CN-1", day=date(2026, 6, 1))
    entry = entry_for_invoice(paper, document=DocumentId("D1"), sha256="1")

    assert (credit.kind, credit.corrects, credit.corrects_day) == (PaperKind.CREDIT_NOTE, "2026-00001", TODAY)
    assert credit.delivered == paper.delivered
    assert open_item_for(paper, document=DocumentId("D1"), entry=entry.id).amount == paper.gross
    assert open_item_for(credit, document=DocumentId("D2"), entry=entry.id).amount == -paper.gross


# --- routes


def test_a_condition_fits_by_value_or_one_of_a_list() -> None:
    event = Event(id="1", source="/shop", type="order.created", subject="7", data={"shop": {"open": True}, "n": 1})

    assert fits(event, {"n": [1, 2], "source": "/shop", "shop.open": True})
    assert not fits(event, {"n": True})
    assert not fits(event, {"shop.name": "x"})
