"""UBL and ZUGFeRD 1.0, whole, wrapped, and spoiled: every value that is there is read, every defect has its name."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from einvoice_samples import UBL, ZUGFERD_1, credit_note, spoiled

from kontorist.domain.payables.draft import DocumentKind, DraftStatus, Severity, from_data
from kontorist.extraction.einvoice import EInvoice, reader
from kontorist.extraction.einvoice.comparison import from_xml
from kontorist.extraction.einvoice.plain import invoice_data
from kontorist.extraction.einvoice.terms import TERMS
from kontorist.extraction.intake import read_einvoice, read_invoice
from kontorist.sandbox import ReasonCode, Refused


def read(text: str, changes: dict[str, str] | None = None) -> EInvoice:
    return reader.read(spoiled(text, changes or {}))


def codes(found: EInvoice) -> list[str]:
    return [each.code.removeprefix("KON-EINVOICE-") for each in found.defects]


def test_a_ubl_invoice_is_read_whole() -> None:
    found = read(UBL)

    assert found.values == {
        "supplier_name": "Hofladen Celle GmbH",
        "supplier_vat_id": "DE136695976",
        "invoice_number": "RE-4711",
        "issue_date": "2026-05-04",
        "due_date": "2026-05-18",
        "currency": "EUR",
        "net": "90.00",
        "tax": "17.10",
        "gross": "107.10",
        "iban": "DE89370400440532013000",
    }
    assert (found.syntax, found.profile, found.kind) == (
        "ubl-invoice", "urn:cen.eu:en16931:2017", DocumentKind.INVOICE
    )  # fmt: skip
    assert found.defects == []
    assert [line.unit_price for line in found.lines] == [Decimal(50)], "the price is for ten"
    assert found.terms["seller"]["tax_number"] == "22/123/45678"
    assert found.terms["seller"]["trading_name"] == "Hofladen"
    assert found.terms["allowances"] == [
        {"reason": "Discount", "amount": Decimal("10.00"), "category": "S", "rate": Decimal(19)}
    ]
    assert found.terms["payment"][0]["bic"] == "COBADEFFXXX"
    assert found.terms["payment_terms"] == ["14 days net"]


def test_a_ubl_invoice_alone_is_safe_to_book() -> None:
    draft = from_data(read_invoice(UBL.encode(), visual_only=False, profile=None))

    assert (draft.status, draft.syntax) == (DraftStatus.SAFE, "ubl-invoice")
    assert {name: each.value for name, each in draft.references.items()} == {
        "order_number": "PO-77", "bic": "COBADEFFXXX"
    }  # fmt: skip


def test_zugferd_1_is_read_by_its_own_names() -> None:
    found = read(ZUGFERD_1)

    assert found.syntax == "zugferd1"
    assert (found.values["gross"], found.values["tax"], found.values["issue_date"]) == ("119.00", "19.00", "2014-03-05")
    assert [(line.description, line.unit_price, line.total) for line in found.lines] == [
        ("Crate of apples", Decimal("50.00"), Decimal("100.00"))
    ]
    assert found.defects == []


def test_a_credit_note_in_ubl() -> None:
    found = read(credit_note())

    assert (found.syntax, found.kind) == ("ubl-creditnote", DocumentKind.CREDIT_NOTE)
    assert [line.quantity for line in found.lines] == [Decimal(2)]
    assert found.values["gross"] == "107.10"


def test_ubl_without_prefixes_reads_the_same() -> None:
    plain = re.sub(r"<(/?)c[ab]c:", r"<\1", UBL)

    assert reader.read(plain.encode()).values == read(UBL).values


def test_two_invoices_in_one_envelope_are_told() -> None:
    body = UBL.partition("?>")[2]
    found = reader.read(f"<StandardBusinessDocument>{body}{body}</StandardBusinessDocument>".encode())

    assert [each.code for each in found.defects] == ["KON-EINVOICE-SEVERAL"]


def test_ubl_in_a_peppol_envelope_reads_the_same() -> None:
    body = UBL.removeprefix('<?xml version="1.0" encoding="UTF-8"?>\n')
    space = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
    envelope = f'<StandardBusinessDocument xmlns="{space}"><StandardBusinessDocumentHeader/>{body}'

    found = reader.read(f"{envelope}</StandardBusinessDocument>".encode())

    assert (found.values, found.defects) == (read(UBL).values, [])


def test_an_order_is_no_invoice() -> None:
    order = b'<x:SCRDMCCBDACIOMessageStructure xmlns:x="urn:un:unece:uncefact:data:SCRDMCCBDACIOMessageStructure:100"/>'

    with pytest.raises(Refused, match="order") as caught:
        reader.read(order)

    assert caught.value.reason is ReasonCode.UNSUPPORTED


def test_letters_of_a_document_type_in_a_text_are_text() -> None:
    found = read(UBL, {"Thank you.": "<![CDATA[<!DOCTYPE html><!ENTITY x>]]>"})

    assert found.terms["notes"][0]["text"] == "<!DOCTYPE html><!ENTITY x>"


def test_a_document_type_behind_a_misleading_comment_is_refused() -> None:
    entity = '<!DOCTYPE Invoice [<!ENTITY x "y">]>'

    with pytest.raises(Refused) as caught:
        read(UBL, {"<Invoice ": f"<!-- <Invoice -->{entity}<Invoice "})

    assert caught.value.reason is ReasonCode.FORBIDDEN_CONSTRUCT


@pytest.mark.parametrize("content", [b"<html/>", b"<Invoice/>", b'<Invoice xmlns="urn:mine"><a/></Invoice>'])
def test_other_xml_is_no_invoice(content: bytes) -> None:
    with pytest.raises(Refused, match="not an invoice"):
        reader.read(content)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({'xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"': ""}, "NAMESPACE"),
        ({"xsd:Invoice-2": "xsd:Invoice-3"}, "NAMESPACE"),
        ({"2026-05-04": "20260504"}, "NOTATION"),
        ({"2026-05-04": "04.05.2026"}, "NOTATION"),
        ({"2026-05-04": "04/05/2026"}, "DATE"),
        ({"2026-05-04": "202605"}, "PERIOD"),
        ({">107.10<": ">107,10<"}, "NOTATION"),
        ({">107.10<": ">1 07.10<"}, "NOTATION"),
        ({">107.10<": ">much<"}, "AMOUNT"),
        ({">107.10<": ">107.10.<"}, "AMOUNT"),
        ({">107.10<": "><"}, "MISSING"),
        ({"<cbc:ID>RE-4711</cbc:ID>": ""}, "MISSING"),
        ({">107.10<": ">107.11<", ">90.00<": ">90.02<"}, "NONE"),
        ({">107.10<": ">170.10<"}, "TOTALS"),
        ({">100.00<": ">101.00<"}, "TOTALS"),
        ({'LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>\n  <cac:Item>':
          'LineExtensionAmount currencyID="EUR">99.00</cbc:LineExtensionAmount>\n  <cac:Item>'}, "LINES"),
        ({">107.10</cbc:PayableAmount>": ">7.10</cbc:PayableAmount>"}, "TOTALS"),
        ({">17.10<": ">16.10<"}, "TOTALS"),
        ({">107.10<": ">107.101<"}, "DECIMALS"),
        ({"<cbc:ID>RE-4711</cbc:ID>": "<cbc:ID>RE-4711</cbc:ID><cbc:ID>RE-4712</cbc:ID>"}, "TWICE"),
        ({"</cbc:TaxInclusiveAmount>": '</cbc:TaxInclusiveAmount><cbc:TaxInclusiveAmount currencyID="EUR">7'
          "</cbc:TaxInclusiveAmount>"}, "TWICE"),
        ({'"EUR">107.10<': '"USD">107.10<'}, "CURRENCY"),
        ({"EUR</cbc:DocumentCurrencyCode>": "€</cbc:DocumentCurrencyCode>"}, "CURRENCY"),
        ({"EUR</cbc:DocumentCurrencyCode>": "Taler</cbc:DocumentCurrencyCode>"}, "CURRENCY"),
    ],
)  # fmt: skip
def test_a_defect_has_its_name_and_the_rest_is_read(changes: dict[str, str], code: str) -> None:
    found = read(UBL, changes)

    assert (codes(found) or ["NONE"])[0] == code
    assert found.values["supplier_vat_id"] == "DE136695976"
    assert found.values["iban"] == "DE89370400440532013000"


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("1.107,10", "1107.10"),
        ("1,107.10", "1107.10"),
        ("1'107.10", "1107.10"),
        ("1\u202f107,10", "1107.10"),
        ("1,234,567", "1234567.00"),
        ("1.234.567", "1234567.00"),
        ("107.10-", "-107.10"),
        ("\u2212107.10", "-107.10"),
        ("107.10\u200b", "107.10"),
        ("1234,567", "1234.57"),
        ("0,125", "0.12"),
        ("1,107", None),  # a thousand in one country, one in another
        ("٣", None),
        ("1.10.7", None),
        ("(107.10)", None),
        ("107.10 EUR", None),
    ],
)
def test_an_amount_that_can_mean_one_thing_only_is_read_and_named(written: str, read_as: str | None) -> None:
    found = read(UBL, {">107.10</cbc:TaxInclusiveAmount>": f">{written}</cbc:TaxInclusiveAmount>"})

    assert found.values["gross"] == read_as
    assert codes(found)[0] == ("AMOUNT" if read_as is None else "NOTATION")


@pytest.mark.parametrize("written", ["4.5.2026", "2026/05/04", "2026-5-4", "20260504"])
def test_a_day_that_can_mean_one_thing_only_is_read_and_named(written: str) -> None:
    found = read(UBL, {"2026-05-04": written})

    assert (found.values["issue_date"], codes(found)) == ("2026-05-04", ["NOTATION"])


def test_the_sums_of_an_invoice_without_rules_are_checked_too() -> None:
    """Nobody publishes rules for ZUGFeRD 1.0."""
    charge = '<ram:ChargeTotalAmount currencyID="EUR">0.00'
    found = read(ZUGFERD_1, {charge: charge.replace("0.00", "5.00")})

    assert [each.sentence for each in found.defects] == [
        "In the e-invoice BT-109 is 100.00, by its parts it is 105.00 (BR-CO-13)."
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"\r\n  " + UBL.encode(),
        UBL.replace("Crate of", "Crate & Co. of").encode(),
        UBL.replace("Crate of", "Crate&nbsp;of &LT;").encode(),
        UBL.replace("Crate of", "Crate \x01&#x1;&#1;of").encode(),
        UBL.encode() + b"\x00\x00",
        UBL.replace("Hofladen Celle", "Höfladen Celle").encode("cp1252"),
    ],
)
def test_what_is_no_xml_as_it_stands_is_mended_and_said(content: bytes) -> None:
    found = reader.read(content)

    assert codes(found) == ["ENCODING"]
    assert found.values["gross"] == "107.10"


def test_an_account_number_of_a_country_is_no_iban() -> None:
    found = read(UBL, {"DE89370400440532013000": "0532013000"})

    assert found.values["iban"] is None
    assert found.terms["payment"][0]["account"] == "0532013000"


@pytest.mark.parametrize("written", ["0", "FALSE", " false "])
def test_a_truth_value_is_read_in_any_notation(written: str) -> None:
    found = read(UBL, {"<cbc:ChargeIndicator>false<": f"<cbc:ChargeIndicator>{written}<"})

    assert [each["amount"] for each in found.terms["allowances"]] == [Decimal("10.00")]


def test_without_a_total_of_tax_its_table_counts() -> None:
    found = read(ZUGFERD_1, {'<ram:TaxTotalAmount currencyID="EUR">19.00</ram:TaxTotalAmount>': ""})

    assert (found.values["tax"], found.defects) == ("19.00", [])


def test_a_second_total_in_the_currency_of_accounting_is_not_the_tax() -> None:
    second = '<cac:TaxTotal><cbc:TaxAmount currencyID="SEK">190.00</cbc:TaxAmount></cac:TaxTotal><cac:TaxTotal>'
    changes = {"<cac:TaxTotal>": second, "EUR</cbc:DocumentCurrencyCode>": "EUR</cbc:DocumentCurrencyCode>"
               "<cbc:TaxCurrencyCode>SEK</cbc:TaxCurrencyCode>"}  # fmt: skip
    found = read(UBL, changes)

    assert found.values["tax"] == "17.10"
    assert found.terms["accounting_tax"] == Decimal("190.00")


def test_what_is_read_is_plain_data_with_parties_and_references() -> None:
    data = read_einvoice(UBL.encode(), profile=None)
    said = data["invoice"]

    assert said["parties"]["buyer"]["name"] == "Kontor Beispiel B.V."
    assert said["references"] == {"buyer_reference": "B-9", "order": "PO-77"}
    assert said["tax_breakdown"] == [{"base": "90.00", "amount": "17.10", "category": "S", "rate": "19"}]
    assert said["lines"][0]["unit_price"] == "50.00"
    assert said["totals"]["due"] == "107.10"
    assert said["payment"]["due_date"] == ["2026-05-18"]
    assert said["more"].pop("allowances")[0]["reason"] == "Discount"
    assert said["more"] == {
        "profile": "urn:cen.eu:en16931:2017", "type_code": "380", "notes": [{"text": "Thank you."}]
    }  # fmt: skip
    assert data["findings"] == []


def test_all_terms_of_the_standard_have_a_name() -> None:
    """BT-1 to BT-165 without BT-4, which the standard does not use; BT-2 ... are told apart by their number."""
    plain = {int(each.number[3:]) for each in TERMS.values() if each.number[3:].isdigit()}

    assert plain == set(range(1, 166)) - {4}


def test_more_defects_than_anybody_reads_are_not_collected() -> None:
    line = "<cac:InvoiceLine><cbc:LineExtensionAmount>x{}</cbc:LineExtensionAmount></cac:InvoiceLine>"
    found = read(UBL, {"</Invoice>": "".join(line.format(number) for number in range(1000)) + "</Invoice>"})
    same = read(UBL, {"</Invoice>": line * 1000 + "</Invoice>"})

    assert len(found.defects) == 200
    assert len(same.defects) == 1, "the same defect is named once"


def test_many_mild_defects_hide_no_grave_one() -> None:
    line = (
        '<cac:InvoiceLine><cbc:LineExtensionAmount currencyID="EUR">0,{:04}</cbc:LineExtensionAmount></cac:InvoiceLine>'
    )
    many = "".join(line.format(number) for number in range(300))
    found = read(UBL, {"</Invoice>": f"{many}</Invoice>", ">107.10<": ">170.10<"})

    assert {"KON-EINVOICE-NOTATION", "KON-EINVOICE-TOTALS"} <= {each.code for each in found.defects}
    assert "gross" in {name for each in found.defects if each.severity is Severity.ERROR for name in each.fields}


def test_an_amount_in_dinars_keeps_its_three_decimals() -> None:
    found = read(UBL, {"EUR": "KWD", ">107.10<": ">107.101<"})

    assert (found.values["gross"], found.values["net"]) == ("107.101", "90.000")
    assert not [each for each in found.defects if each.code.endswith("DECIMALS")]


def test_plain_data_of_a_negative_amount_keeps_its_decimals() -> None:
    found = read(UBL, {">107.10<": ">-107.105<"})

    assert invoice_data(found)["totals"]["gross"] == "-107.105"
    assert found.kind is DocumentKind.CREDIT_NOTE
    assert [each.code[13:] for each in found.defects if each.severity is not Severity.ERROR] == ["DECIMALS"]


DISCOUNT = """<ram:SpecifiedTradePaymentTerms><ram:ApplicableTradePaymentDiscountTerms>
{}<ram:CalculationPercent>3.00</ram:CalculationPercent>
</ram:ApplicableTradePaymentDiscountTerms></ram:SpecifiedTradePaymentTerms>
   <ram:SpecifiedTradeSettlementMonetarySummation>
    <ram:LineTotalAmount currencyID="EUR">100.00</ram:LineTotalAmount>
    <ram:ChargeTotalAmount"""
START = '<ram:BasisDateTime><udt:DateTimeString format="102">20140401</udt:DateTimeString></ram:BasisDateTime>'
DAYS = '<ram:BasisPeriodMeasure unitCode="{}">2</ram:BasisPeriodMeasure>'


@pytest.mark.parametrize(
    ("said", "until"),
    [
        (DAYS.format("DAY"), "2014-03-07"),
        (DAYS.format("WEE"), "2014-03-19"),
        (START + DAYS.format("DAY"), "2014-04-03"),
        (START, "2014-04-01"),
        (DAYS.format("MON"), None),
        (DAYS.format("DAY").replace(">2<", ">99999999999999<"), None),
        ("", None),
    ],
)
def test_a_cash_discount_in_elements(said: str, until: str | None) -> None:
    before = DISCOUNT[DISCOUNT.index("<ram:SpecifiedTradeSettlementMonetarySummation>") :]
    draft = from_xml(read(ZUGFERD_1, {before: DISCOUNT.format(said)}))

    assert draft.references["discount_percent"].value == "3.00"
    assert (draft.references["discount_until"].value if until else None) == until
    assert ("discount_until" in draft.references) is (until is not None)


def test_of_several_cash_discounts_the_largest_counts() -> None:
    found = read(UBL, {"14 days net": "#SKONTO#TAGE=14#PROZENT=2.00#\n#SKONTO#TAGE=7#PROZENT=3#\nelse net"})

    assert invoice_data(found)["payment"]["cash_discounts"] == [
        {"percent": "3", "until": "2026-05-11"},
        {"percent": "2.00", "until": "2026-05-18"},
    ]
    assert from_xml(found).references["discount_until"].value == "2026-05-11"
