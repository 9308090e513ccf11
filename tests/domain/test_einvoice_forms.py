"""How customers want their invoices, and what keeps an e-invoice from being written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kontorist.domain.masterdata.address import Address
from kontorist.domain.masterdata.records import customer_from
from kontorist.domain.receivables.checks import Seller, rule_on_order
from kontorist.domain.receivables.customers import Customer, customer_id
from kontorist.domain.receivables.einvoice import NOBODY, Contact, EInvoiceForm, ElectronicAddress, electronic_address
from kontorist.domain.receivables.invoices import invoice_for, paper_from
from kontorist.domain.receivables.orders import order_from
from kontorist.domain.receivables.tax import Treatment

SELLER = Seller(
    name="Kontor Beispiel B.V.",
    country="NL",
    currency="EUR",
    address=Address(street="Herengracht 990", postcode="1017 BT", town="Amsterdam", country="NL"),
    vat_id="NL000099998B57",
    iban="NL91ABNA0417164300",
    contact=Contact(name="Anna", phone="+31 20 9999990", email="anna@example.org"),
    electronic_address="0106:99099099",
)
CUSTOMER = Customer(
    id=customer_id(number="10021", vat_id=None, name="Theaterhuis"),
    name="Theaterhuis",
    number="10021",
    email="inkoop@lantaarn.example",
    address=Address(street="Oudegracht 990", postcode="3511 AL", town="Utrecht", country="NL"),
    einvoice=EInvoiceForm.XRECHNUNG,
    buyer_reference="04011000-12345-03",
    electronic_address="0106:12345678",
)
ORDER = order_from(
    {
        "order_number": "WEB-1",
        "customer": {"number": "10021"},
        "lines": [{"description": "Brochure", "quantity": "1", "unit_price": "10.00", "tax_rate": "21"}],
        "currency": "EUR",
    }
)


def doubts(customer: Customer, seller: Seller = SELLER) -> list[tuple[str, str]]:
    ruling = rule_on_order(ORDER, customer, seller, date(2026, 5, 20))
    return [(each.code, each.sentence) for each in ruling.doubts]


def test_with_all_it_needs_nothing_keeps_an_e_invoice() -> None:
    for form in EInvoiceForm:
        assert doubts(replace(CUSTOMER, einvoice=form)) == []


def test_a_paper_and_a_hybrid_need_nothing_more() -> None:
    bare = replace(CUSTOMER, buyer_reference=None, electronic_address=None)
    seller = replace(SELLER, contact=NOBODY, electronic_address=None)

    for form in (None, EInvoiceForm.PDF, EInvoiceForm.ZUGFERD):
        assert doubts(replace(bare, einvoice=form), seller) == []


def test_an_xrechnung_needs_the_buyers_reference() -> None:
    ((code, sentence),) = doubts(replace(CUSTOMER, buyer_reference=None))

    assert (code, "Leitweg-ID" in sentence) == ("KON-ORDER-EINVOICE", True)
    assert doubts(replace(CUSTOMER, buyer_reference=None, einvoice=EInvoiceForm.PEPPOL)) == []


def test_a_mail_address_does_for_an_xrechnung_and_not_for_peppol() -> None:
    without = replace(CUSTOMER, electronic_address=None)

    assert doubts(without) == []
    assert [code for code, _ in doubts(replace(without, einvoice=EInvoiceForm.PEPPOL))] == ["KON-ORDER-EINVOICE"]


def test_an_xrechnung_names_the_postcodes_of_both_sides() -> None:
    customer = replace(CUSTOMER, address=replace(CUSTOMER.address, postcode=None))
    seller = replace(SELLER, address=replace(SELLER.address, postcode=None))

    assert [code for code, _ in doubts(customer)] == ["KON-ORDER-EINVOICE"]
    assert [code for code, _ in doubts(CUSTOMER, seller)] == ["KON-ORDER-SELLER"]
    assert doubts(replace(customer, einvoice=EInvoiceForm.PEPPOL), seller) == []


@pytest.mark.parametrize(
    ("seller", "named"),
    [
        (replace(SELLER, contact=replace(SELLER.contact, phone=None)), "company.contact.phone"),
        (replace(SELLER, contact=NOBODY, electronic_address=None), "company.contact.name, company.contact.phone, "
         "company.contact.email, company.electronic_address"),
    ],
)  # fmt: skip
def test_what_we_lack_ourselves_is_named(seller: Seller, named: str) -> None:
    ((code, sentence),) = doubts(CUSTOMER, seller)

    assert (code, named in sentence) == ("KON-ORDER-SELLER", True)


def test_the_doubt_is_about_the_customer() -> None:
    ruling = rule_on_order(ORDER, replace(CUSTOMER, buyer_reference=None), SELLER, date(2026, 5, 20))

    assert [each.about_customer for each in ruling.doubts] == [True]


def test_the_customers_form_goes_before_ours() -> None:
    ours = replace(SELLER, einvoice=EInvoiceForm.ZUGFERD)

    assert ours.form_for(CUSTOMER) is EInvoiceForm.XRECHNUNG
    assert ours.form_for(replace(CUSTOMER, einvoice=None)) is EInvoiceForm.ZUGFERD


def test_an_electronic_address_is_scheme_and_identifier() -> None:
    assert electronic_address("0204:991-01234-44", None) == ElectronicAddress(scheme="0204", identifier="991-01234-44")
    assert electronic_address("", "a@b.example") == ElectronicAddress(scheme="EM", identifier="a@b.example")
    assert electronic_address("0204:", None) is None
    assert electronic_address(None, None) is None


def test_the_paper_remembers_its_form_and_old_papers_have_none() -> None:
    facts = {"number": "1", "day": date(2026, 5, 20), "due": date(2026, 6, 3), "language": "nl"}
    paper = invoice_for(ORDER, CUSTOMER, Treatment.DOMESTIC, form=EInvoiceForm.PEPPOL, **facts)  # type: ignore[arg-type]

    assert paper_from(paper.data()) == paper
    assert (paper.buyer_reference, paper.electronic_address) == ("04011000-12345-03", "0106:12345678")
    old = {
        name: value
        for name, value in paper.data().items()
        if name not in ("form", "buyer_reference", "electronic_address")
    }
    assert paper_from(old).form is EInvoiceForm.PDF


def test_a_table_says_the_form_or_takes_it_away() -> None:
    values = {"name": "Theaterhuis", "einvoice": "peppol", "electronic_address": "0106:9"}

    made = customer_from(values, None)
    emptied = customer_from({"name": "Theaterhuis", "einvoice": None}, made)

    assert (made.einvoice, made.electronic_address) == (EInvoiceForm.PEPPOL, "0106:9")
    assert (emptied.einvoice, emptied.electronic_address) == (None, "0106:9")
    assert customer_from({"name": "Theaterhuis"}, made).einvoice is EInvoiceForm.PEPPOL


def test_only_a_hybrid_carries_its_xml_inside() -> None:
    assert [form for form in EInvoiceForm if form.inside] == [EInvoiceForm.ZUGFERD]
    assert [form for form in EInvoiceForm if not form.structured] == [EInvoiceForm.PDF]
