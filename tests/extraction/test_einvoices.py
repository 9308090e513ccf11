"""Structured invoices: every value, every defect by name, and the page as witness."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pdfs import changed, pdf, with_associated_file, with_attachment, with_file_annotation

from kontorist.domain.payables.draft import DocumentKind, DraftStatus, FieldSource, InvoiceDraft, from_data
from kontorist.extraction.einvoice import EInvoice, reader
from kontorist.extraction.intake import read_invoice
from kontorist.sandbox import ReasonCode, Refused
from kontorist.testing.documents.einvoice import cii_xml, hybrid
from kontorist.testing.documents.facts import InvoiceFacts
from kontorist.testing.documents.layouts import layout
from kontorist.testing.documents.pages import render
from kontorist.testing.documents.suppliers import drawn_invoice

FACTS = replace(drawn_invoice(7, "de"), issued=date(2024, 5, 3), due=date(2024, 5, 17), number="RE-4711")


def draft_of(content: bytes, *, visual_only: bool = False) -> InvoiceDraft:
    return from_data(read_invoice(content, visual_only=visual_only, profile=None))


def xml(facts: InvoiceFacts = FACTS) -> str:
    return cii_xml(facts).decode()


def page(facts: InvoiceFacts = FACTS) -> bytes:
    return render(facts, layout("formal"))


def codes(draft: InvoiceDraft) -> list[str]:
    return [finding.code for finding in draft.findings]


def test_an_xrechnung_alone_is_safe() -> None:
    draft = draft_of(xml().encode())

    assert {name: draft.value(name) for name in FACTS.printed()} == FACTS.printed()
    assert draft.status is DraftStatus.SAFE
    assert draft.syntax == "cii"
    assert {field.source for field in draft.fields.values()} == {FieldSource.EINVOICE}
    assert [line.total for line in draft.lines] == [item.total for item in FACTS.items]
    assert [line.amount for line in draft.tax_lines] == [line.amount for line in FACTS.taxes]


def test_factur_x_reads_the_same() -> None:
    """The second opinion: factur-x finds our sample a Factur-X file of a known level."""
    from facturx import get_flavor, get_level

    root = reader.parse(xml().encode())

    assert get_flavor(root) == "factur-x"
    assert get_level(root) in {"en16931", "basic", "extended"}


def test_a_hybrid_is_safe_when_page_and_xml_agree() -> None:
    draft = draft_of(hybrid(page(), xml().encode()))

    assert draft.status is DraftStatus.SAFE
    assert draft.fields["gross"].reason == "from the e-invoice, and the same on the page"
    assert draft.fields["gross"].box is not None
    assert draft.pages == 1


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("gross", lambda facts: replace(facts, misprinted_gross=facts.gross + 1000)),
        ("invoice_number", lambda facts: replace(facts, number="XX-9999")),
        ("issue_date", lambda facts: replace(facts, issued=date(2024, 4, 11), due=None)),
        ("iban", lambda facts: replace(facts, supplier=replace(facts.supplier, iban="NL91ABNA0417164300"))),
    ],
)
def test_a_page_that_says_otherwise_is_a_finding_with_both_values(name: Any, change: Any) -> None:
    other = change(FACTS)
    draft = draft_of(with_attachment(page(), "factur-x.xml", xml(other).encode()))
    (finding,) = [each for each in draft.findings if each.code == f"KON-PAGE-XML-{name}"]

    assert draft.value(name) == other.printed()[name]
    assert not draft.fields[name].safe
    assert str(other.printed()[name]) in finding.sentence
    assert str(FACTS.printed()[name]) in finding.sentence
    assert draft.status is DraftStatus.REVIEW


def test_visual_only_looks_at_the_page_alone() -> None:
    draft = draft_of(
        with_attachment(page(), "factur-x.xml", xml(replace(FACTS, number="XX-9")).encode()), visual_only=True
    )

    assert draft.value("invoice_number") == "RE-4711"
    assert draft.syntax is None
    assert draft.fields["gross"].source is FieldSource.CAPTURED


@pytest.mark.parametrize("attach", [with_associated_file, lambda content, _, data: with_file_annotation(content, data)])
def test_an_attachment_that_is_not_in_the_tree_of_names_is_found(attach: Any) -> None:
    draft = draft_of(attach(page(), "invoice.bin", xml().encode()))

    assert draft.syntax == "cii"


def test_other_attachments_do_not_matter() -> None:
    content = with_attachment(page(), "terms.txt", b"terms and conditions")
    content = with_attachment(content, "order.xml", b"<SCRDMCCBDACIOMessageStructure xmlns='urn:order'/>")

    draft = draft_of(content)

    assert draft.syntax is None
    assert codes(draft) == []


def test_a_broken_structured_part_is_said_and_the_page_is_read() -> None:
    draft = draft_of(with_attachment(page(), "factur-x.xml", xml().encode()[:-40]))

    assert codes(draft) == ["KON-EINVOICE-UNREAD"]
    assert draft.value("gross") == FACTS.printed()["gross"]


def test_two_e_invoices_in_one_file_are_for_a_person() -> None:
    content = with_attachment(page(), "a.xml", xml().encode())
    assert codes(draft_of(with_attachment(content, "b.xml", xml().encode() + b"\n"))) == []

    account = xml().replace(str(FACTS.printed()["iban"]), "DE02120300000000202051")
    for other in (xml(replace(FACTS, number="OTHER-1")), account):
        draft = draft_of(with_attachment(content, "b.xml", other.encode()))

        assert codes(draft) == ["KON-EINVOICE-SEVERAL"]
        assert draft.findings[0].fields == (("invoice_number",) if other != account else ("iban",))


def test_a_broken_attachment_does_not_hide_the_others() -> None:
    from pypdf.generic import ArrayObject, NameObject, NullObject

    def broken(writer: Any) -> None:
        root = writer.root_object
        root[NameObject("/AF")] = ArrayObject([NullObject(), *root["/AF"]])
        writer.pages[0][NameObject("/Annots")] = ArrayObject([NullObject()])

    content = changed(with_associated_file(page(), "x", xml().encode()), broken)

    assert draft_of(content).syntax == "cii"


@pytest.mark.parametrize("of_page", [False, True])
def test_an_associated_file_alone_or_of_a_page_is_found(of_page: bool) -> None:
    from pypdf.generic import NameObject

    def moved(writer: Any) -> None:
        (alone,) = writer.root_object.pop(NameObject("/AF"))
        (writer.pages[0] if of_page else writer.root_object)[NameObject("/AF")] = alone

    assert draft_of(changed(with_associated_file(page(), "x", xml().encode()), moved)).syntax == "cii"


def test_a_scan_with_a_structured_part_is_read_from_it() -> None:
    draft = draft_of(with_attachment(pdf(lambda canvas: canvas.rect(9, 9, 99, 99)), "x.xml", xml().encode()))

    assert draft.value("gross") == FACTS.printed()["gross"]
    assert codes(draft) == ["KON-PICTURE"]


BOMB = '<!DOCTYPE lolz [<!ENTITY lol "lol">]><lolz>&lol;</lolz>'


@pytest.mark.parametrize("content", [BOMB.encode(), BOMB.encode("utf-16"), b"\xef\xbb\xbf" + BOMB.encode()])
def test_a_document_type_is_refused(content: bytes) -> None:
    with pytest.raises(Refused) as caught:
        reader.read(content)

    assert caught.value.reason is ReasonCode.FORBIDDEN_CONSTRUCT


def test_endless_depth_is_damage() -> None:
    with pytest.raises(Refused) as caught:
        reader.read(b"<a>" * 5000 + b"</a>" * 5000)

    assert caught.value.reason is ReasonCode.DAMAGED


def invoice(changes: dict[str, str]) -> EInvoice:
    content = xml()
    for old, new in changes.items():
        assert old in content, old
        content = content.replace(old, new, 1)
    return reader.read(content.encode())


def test_comments_blanks_and_unknown_elements_do_not_matter() -> None:
    gross = FACTS.printed()["gross"]
    found = invoice(
        {
            "<ram:ID>RE-4711</ram:ID>": "<!-- our number --><ram:ID>RE-<!-- x -->4711\n</ram:ID><ram:New>1</ram:New>",
            f">{gross}</ram:GrandTotalAmount>": f">\n  {gross}\n</ram:GrandTotalAmount>",
        }
    )

    assert found.values["invoice_number"] == "RE-4711"
    assert found.values["gross"] == gross
    assert found.defects == []


def test_a_file_in_utf_16_with_a_byte_order_mark() -> None:
    content = xml().replace("UTF-8", "UTF-16").replace("utf-8", "utf-16").encode("utf-16")

    assert reader.looks_like_xml(content)
    assert reader.read(content).values["invoice_number"] == "RE-4711"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<ram:ID>RE-4711</ram:ID>", "", "KON-EINVOICE-MISSING"),
        ("20240503", "20241303", "KON-EINVOICE-DATE"),
        ("20240517", "2024-05-17", "KON-EINVOICE-NOTATION"),
        ("<ram:InvoiceCurrencyCode>EUR", "<ram:InvoiceCurrencyCode>", "KON-EINVOICE-MISSING"),
        (f"{FACTS.gross:.2f}</ram:GrandTotalAmount>", "1.00</ram:GrandTotalAmount>", "KON-EINVOICE-TOTALS"),
        (f"{FACTS.gross:.2f}</ram:GrandTotalAmount>", "many</ram:GrandTotalAmount>", "KON-EINVOICE-AMOUNT"),
        (f"{FACTS.gross:.2f}</ram:GrandTotalAmount>", "1" * 99 + "</ram:GrandTotalAmount>", "KON-EINVOICE-AMOUNT"),
        (f"{FACTS.net:.2f}</ram:LineTotalAmount>", "7.00</ram:LineTotalAmount>", "KON-EINVOICE-LINES"),
    ],
)
def test_a_defect_is_named_and_the_rest_is_read(old: str, new: str, code: str) -> None:
    found = invoice({old: new})

    assert code in [defect.code for defect in found.defects]
    assert found.values["supplier_name"] == FACTS.supplier.name
    assert len(found.lines) == len(FACTS.items)


def test_a_decimal_comma_is_read_and_named() -> None:
    found = invoice(
        {f"{FACTS.gross:.2f}</ram:GrandTotalAmount>": f"{FACTS.gross:.2f}</ram:GrandTotalAmount>".replace(".", ",", 1)}
    )

    assert found.values["gross"] == f"{FACTS.gross:.2f}"
    assert [defect.code for defect in found.defects] == ["KON-EINVOICE-NOTATION"]


def test_a_missing_total_leaves_the_draft_unsafe() -> None:
    gross = f"{FACTS.gross:.2f}</ram:GrandTotalAmount>"
    draft = draft_of(xml().replace(gross, "</ram:GrandTotalAmount>").encode())

    assert (draft.value("gross"), draft.fields["gross"].safe) == (None, False)
    assert draft.status is DraftStatus.REVIEW


def test_a_credit_note_by_its_code_or_its_minus() -> None:
    credit = replace(FACTS, kind=DocumentKind.CREDIT_NOTE, corrects="RE-1")
    negative = invoice({f">{FACTS.gross:.2f}</ram:GrandTotalAmount>": f">-{FACTS.gross:.2f}</ram:GrandTotalAmount>"})

    assert reader.read(cii_xml(credit)).kind is DocumentKind.CREDIT_NOTE
    assert negative.kind is DocumentKind.CREDIT_NOTE
    assert reader.read(cii_xml(FACTS)).kind is DocumentKind.INVOICE


def test_a_wrong_check_digit_is_a_finding_in_xml_too() -> None:
    assert FACTS.supplier.iban is not None
    wrong = FACTS.supplier.iban[:2] + "00" + FACTS.supplier.iban[4:]
    draft = draft_of(xml().replace(FACTS.supplier.iban, wrong).encode())

    assert codes(draft) == ["KON-IBAN"]


def test_amounts_are_found_on_the_page_in_any_notation() -> None:
    from kontorist.extraction.einvoice.comparison import _stands_in

    assert _stands_in("gross", "1234.50", "Gesamt 1.234,50 €")
    assert _stands_in("gross", "1234.50", "Total 1 234,50")
    assert not _stands_in("gross", "234.50", "Gesamt 1.234,50 €")
    assert _stands_in("issue_date", "2024-05-03", "vom 3.5.24")
    assert _stands_in("iban", "DE89370400440532013000", "DE89 3704 0044 0532 0130 00")
    assert not _stands_in("issue_date", "2024-05-03", "vom 13.5.24")


def test_our_own_sample_has_the_values_it_was_made_from() -> None:
    found = reader.read(cii_xml(FACTS))

    assert sum((line.total or Decimal(0) for line in found.lines), Decimal(0)) == FACTS.net
    assert found.profile is not None


def test_xml_of_another_invoice_is_said_to_be_that() -> None:
    other = replace(FACTS, number="XX-9999", issued=date(2023, 4, 11), due=None)
    draft = draft_of(with_attachment(page(), "factur-x.xml", xml(other).encode()))

    assert "KON-EINVOICE-OTHER" in codes(draft)


def test_where_the_page_says_otherwise_its_box_is_shown() -> None:
    other = replace(FACTS, number="XX-9999")
    field = draft_of(with_attachment(page(), "factur-x.xml", xml(other).encode())).fields["invoice_number"]

    assert (field.value, field.safe, field.page) == ("XX-9999", False, 1)
    assert field.box is not None


def test_an_amount_that_the_page_does_not_show_is_a_finding() -> None:
    gross = f"{FACTS.gross:.2f}</ram:DuePayableAmount>"
    paid = xml().replace(gross, "1.23</ram:DuePayableAmount>")
    draft = draft_of(with_attachment(page(), "factur-x.xml", paid.encode()))

    assert codes(draft) == ["KON-EINVOICE-TOTALS", "KON-PAGE-XML-due"]
    assert "1.23 EUR" in draft.findings[1].sentence


def test_a_line_that_only_the_xml_has_is_a_finding() -> None:
    text = xml()
    (line, *_) = re.findall(
        r"(?s)<ram:IncludedSupplyChainTradeLineItem>.*?</ram:IncludedSupplyChainTradeLineItem>", text
    )
    draft = draft_of(with_attachment(page(), "factur-x.xml", text.replace(line, line + line).encode()))

    assert "KON-PAGE-XML-lines" in codes(draft)
    assert draft.status is DraftStatus.REVIEW


def test_an_invoice_beside_other_xml_is_found_where_it_hangs() -> None:
    content = with_attachment(page(), "order.xml", b"<Anything/>")

    assert draft_of(with_associated_file(content, "a.bin", xml().encode())).syntax == "cii"
