"""E-invoices for samples, judged by the schema of Factur-X and read back by the factur-x library."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import facturx
import pypdfium2
import pytest
from lxml import etree

from kontorist.domain.payables.draft import DocumentKind
from kontorist.testing.documents.einvoice import cii_xml, hybrid
from kontorist.testing.documents.facts import LANGUAGES, InvoiceFacts, Language
from kontorist.testing.documents.layouts import layout
from kontorist.testing.documents.pages import render
from kontorist.testing.documents.suppliers import drawn_invoice


def reverse_charged(facts: InvoiceFacts) -> InvoiceFacts:
    return replace(facts, reverse_charge=True, items=tuple(replace(item, rate=Decimal(0)) for item in facts.items))


@pytest.mark.parametrize("kind", [DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE, DocumentKind.RECEIPT])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_e_invoice_fits_the_schema(language: Language, kind: DocumentKind) -> None:
    assert facturx.xml_check_xsd(cii_xml(drawn_invoice(11, language, kind=kind)), flavor="factur-x", level="en16931")


def test_a_reverse_charged_e_invoice_fits_the_schema_and_names_its_category() -> None:
    xml = cii_xml(reverse_charged(drawn_invoice(11, "en")))

    assert facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    assert all_texts(xml, "CategoryCode") == {"AE"}


def test_a_paid_receipt_leaves_nothing_to_pay() -> None:
    facts = drawn_invoice(11, "nl", kind=DocumentKind.RECEIPT)

    xml = cii_xml(facts)

    assert text(xml, "DuePayableAmount") == "0.00"
    assert text(xml, "TotalPrepaidAmount") == facts.printed()["gross"]
    assert all_elements(xml, "IBANID") == []


def test_the_structured_part_says_what_the_page_says() -> None:
    facts = drawn_invoice(12, "de")
    expected = facts.printed()

    xml = cii_xml(facts)

    assert text(xml, "GrandTotalAmount") == expected["gross"]
    assert text(xml, "TaxBasisTotalAmount") == expected["net"]
    assert text(xml, "TaxTotalAmount") == expected["tax"]
    assert text(xml, "IBANID") == expected["iban"]
    assert text(xml, "ExchangedDocument/*[local-name()='ID']") == expected["invoice_number"]
    assert text(xml, "SellerTradeParty/*[local-name()='Name']") == expected["supplier_name"]
    assert len(all_elements(xml, "IncludedSupplyChainTradeLineItem")) == len(facts.items)


def test_a_hybrid_gives_back_its_xml_and_keeps_its_page() -> None:
    facts = drawn_invoice(13, "fr")
    page, xml = render(facts, layout("stacked")), cii_xml(facts)

    made = hybrid(page, xml)

    assert facturx.get_xml_from_pdf(made, check_xsd=True) == ("factur-x.xml", xml)
    assert made == hybrid(page, xml)
    document = pypdfium2.PdfDocument(made)
    assert facts.number in document[0].get_textpage().get_text_range()
    assert document.get_attachment(0).get_name() == "factur-x.xml"
    document.close()


def all_elements(xml: bytes, path: str) -> list[etree._Element]:
    name, *rest = path.split("/", 1)
    return etree.fromstring(xml).xpath(f"//*[local-name()='{name}']" + "".join(f"/{each}" for each in rest))


def text(xml: bytes, path: str) -> str | None:
    return all_elements(xml, path)[0].text


def all_texts(xml: bytes, path: str) -> set[str | None]:
    return {each.text for each in all_elements(xml, path)}
