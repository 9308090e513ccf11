"""Orders of customers who want e-invoices: written, checked, booked, archived and mailed with the paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kontorist.domain.receivables.einvoice import EInvoiceForm
from kontorist.extraction.checking import Checker
from kontorist.extraction.einvoice import reader
from kontorist.services.einvoices import OwnEInvoiceWrong
from kontorist.testing.documents.orders import THEATRE, sample_orders
from kontorist.testing.office import SharedPool
from kontorist.testing.sales_office import SalesOffice, sales_office

AT_HOME = sample_orders()[0].data


@pytest.fixture
def office(tmp_path: Path, einvoice_checker: Checker) -> Iterator[SalesOffice]:
    with sales_office(tmp_path, more="einvoice: zugferd") as office:
        office.services._rules_pool = SharedPool(einvoice_checker.checking)  # type: ignore[assignment]
        yield office


def wants(office: SalesOffice, form: EInvoiceForm) -> None:
    customer = replace(THEATRE, einvoice=form, buyer_reference="04011000-12345-03", electronic_address="0106:12345678")
    with office.services.store.write() as tx:
        office.services.store.customers.put(tx, customer)


def test_where_nobody_says_otherwise_the_form_is_that_of_the_configuration(office: SalesOffice) -> None:
    became = office.gets("order.created", AT_HOME)

    (mail,) = office.mails.done.values()
    (attached,) = mail["attachments"]
    assert (became["state"], attached["name"]) == ("invoiced", "2026-00001.pdf")
    with office.services.store.read() as tx:
        (document,) = office.services.store.documents.list(tx)
    read = office.services.einvoices.checker.read(office.services.archive.content(document.id), name="paper.pdf")
    assert (read["verdict"], read["invoice"]["gross"]) == ("accept", "1648.21")


def test_an_e_invoice_beside_the_paper_is_archived_and_mailed_with_it(office: SalesOffice) -> None:
    wants(office, EInvoiceForm.PEPPOL)

    order = office.works(office.sends("order.created", AT_HOME))

    (mail,) = office.mails.done.values()
    assert [each["name"] for each in mail["attachments"]] == ["2026-00001.pdf", "2026-00001.xml"]
    store = office.services.store
    with store.read() as tx:
        documents = {each.name: each for each in store.documents.list(tx)}
        (issued,) = store.sales.papers(tx, order)
    assert {each.state for each in documents.values()} == {"booked"}
    assert len({each.entry_id for each in documents.values()}) == 1
    assert (issued.pdf, issued.xml) == (None, None)
    xml = office.services.archive.content(documents["2026-00001.xml"].id)
    assert reader.read(xml).values["gross"] == "1648.21"
    office.services.sales_papers.hand_over(order, office.sends("order.created", AT_HOME))
    assert len(office.mails.done) == 1, "a repeated step changes nothing"


def test_what_a_form_lacks_is_asked_of_people(office: SalesOffice) -> None:
    wants(office, EInvoiceForm.XRECHNUNG)

    became = office.gets("order.created", AT_HOME)

    assert (became["state"], became["reason_code"]) == ("waiting", "KON-ORDER-SELLER")
    assert "company.contact.name" in became["reason"]


def test_an_e_invoice_that_breaks_a_rule_is_not_booked(office: SalesOffice) -> None:
    written = office.write

    def wrong(paper, seller):  # type: ignore[no-untyped-def]
        made = written(paper, seller)
        return replace(made, xml=made.xml.replace(b"1648.21<", b"1648.22<"))

    office.write = wrong
    with pytest.raises(OwnEInvoiceWrong, match="BR-CO-15"):
        office.gets("order.created", AT_HOME)

    with office.services.store.read() as tx:
        assert list(office.services.store.journal.entries(tx)) == []
    assert office.mails.done == {}
