"""E-invoices for samples: the structured invoice in CII D16B, and a PDF that carries it (hybrid, Factur-X / ZUGFeRD 2).

Element names and order are those of the EN 16931 profile (CEN/TS 16931-3-3); BT and BG numbers are its terms. Only
what a sample needs is written; invoices of the product are written elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any, cast
from xml.etree import ElementTree

from kontorist.domain.payables.draft import DocumentKind, TaxLine
from kontorist.testing.documents.facts import InvoiceFacts, Item, Party

GUIDELINE = "urn:cen.eu:en16931:2017"
FILE_NAME = "factur-x.xml"  #: the name Factur-X 1.0 asks for

_NAMESPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
_TYPE_CODES = {DocumentKind.CREDIT_NOTE: "381"}  # UNTDID 1001; all else is 380
#: UN/ECE recommendation 20; C62 is "one"
_UNITS = {"Std.": "HUR", "uur": "HUR", "hour": "HUR", "heure": "HUR", "Monat": "MON", "month": "MON"}

#: A tree as nested tuples: name, then text or children; attributes follow the name as a mapping.
Branch = tuple[Any, ...]


def cii_xml(facts: InvoiceFacts) -> bytes:
    """The invoice as a CII D16B document of the EN 16931 profile, UTF-8."""
    for prefix, uri in _NAMESPACES.items():
        ElementTree.register_namespace(prefix, uri)
    tree = (
        "rsm:CrossIndustryInvoice",
        (
            "rsm:ExchangedDocumentContext",
            ("ram:GuidelineSpecifiedDocumentContextParameter", ("ram:ID", GUIDELINE)),
        ),
        (
            "rsm:ExchangedDocument",
            ("ram:ID", facts.number),
            ("ram:TypeCode", _TYPE_CODES.get(facts.kind, "380")),
            ("ram:IssueDateTime", _day(facts.issued)),
        ),
        (
            "rsm:SupplyChainTradeTransaction",
            *(_line(index, item, facts) for index, item in enumerate(facts.items, start=1)),
            _agreement(facts),
            _delivery(facts),
            _settlement(facts),
        ),
    )
    element = _element(tree)
    ElementTree.indent(element)
    return cast(bytes, ElementTree.tostring(element, encoding="UTF-8", xml_declaration=True))


def _element(branch: Branch) -> ElementTree.Element:
    name, *content = branch
    prefix, local = name.split(":")
    element = ElementTree.Element(f"{{{_NAMESPACES[prefix]}}}{local}")
    for each in content:
        if isinstance(each, str):
            element.text = each
        elif isinstance(each, Mapping):
            element.attrib.update(each)
        elif each is not None:
            element.append(_element(each))
    return element


def _day(value: date) -> Branch:
    """A date in format 102, CCYYMMDD (UNTDID 2379)."""
    return ("udt:DateTimeString", {"format": "102"}, value.strftime("%Y%m%d"))


def _amount(value: Decimal) -> str:
    return f"{value:.2f}"


def _category(facts: InvoiceFacts) -> str:
    """VAT category (UNTDID 5305): S standard and reduced rates, AE reverse charge."""
    return "AE" if facts.reverse_charge else "S"


def _line(index: int, item: Item, facts: InvoiceFacts) -> Branch:
    """One invoice line (BG-25)."""
    return (
        "ram:IncludedSupplyChainTradeLineItem",
        ("ram:AssociatedDocumentLineDocument", ("ram:LineID", str(index))),
        ("ram:SpecifiedTradeProduct", ("ram:Name", item.description)),
        (
            "ram:SpecifiedLineTradeAgreement",
            ("ram:NetPriceProductTradePrice", ("ram:ChargeAmount", str(item.unit_price))),
        ),
        (
            "ram:SpecifiedLineTradeDelivery",
            ("ram:BilledQuantity", {"unitCode": _UNITS.get(item.unit, "C62")}, str(item.quantity)),
        ),
        (
            "ram:SpecifiedLineTradeSettlement",
            (
                "ram:ApplicableTradeTax",
                ("ram:TypeCode", "VAT"),
                ("ram:CategoryCode", _category(facts)),
                ("ram:RateApplicablePercent", _amount(item.rate)),
            ),
            ("ram:SpecifiedTradeSettlementLineMonetarySummation", ("ram:LineTotalAmount", _amount(item.total))),
        ),
    )


def _party(name: str, party: Party) -> Branch:
    """Seller (BG-4) or buyer (BG-7)."""
    registration = ("ram:SpecifiedTaxRegistration", ("ram:ID", {"schemeID": "VA"}, party.vat_id))
    return (
        name,
        ("ram:Name", party.name),
        (
            "ram:PostalTradeAddress",
            ("ram:PostcodeCode", party.postcode),
            ("ram:LineOne", party.street),
            ("ram:CityName", party.city),
            ("ram:CountryID", party.country),
        ),
        registration if party.vat_id else None,
    )


def _agreement(facts: InvoiceFacts) -> Branch:
    order = ("ram:BuyerOrderReferencedDocument", ("ram:IssuerAssignedID", facts.order_number))
    return (
        "ram:ApplicableHeaderTradeAgreement",
        _party("ram:SellerTradeParty", facts.supplier),
        _party("ram:BuyerTradeParty", facts.buyer),
        order if facts.order_number else None,
    )


def _delivery(facts: InvoiceFacts) -> Branch:
    """Actual delivery date (BT-72); the element stands even when it is empty."""
    if facts.delivered is None:
        return ("ram:ApplicableHeaderTradeDelivery",)
    when = ("ram:OccurrenceDateTime", _day(facts.delivered))
    return ("ram:ApplicableHeaderTradeDelivery", ("ram:ActualDeliverySupplyChainEvent", when))


def _settlement(facts: InvoiceFacts) -> Branch:
    terms = ("ram:SpecifiedTradePaymentTerms", ("ram:DueDateDateTime", _day(facts.due))) if facts.due else None
    corrected = ("ram:InvoiceReferencedDocument", ("ram:IssuerAssignedID", facts.corrects)) if facts.corrects else None
    return (
        "ram:ApplicableHeaderTradeSettlement",
        ("ram:InvoiceCurrencyCode", facts.currency),
        _payment_means(facts.supplier) if facts.supplier.iban and not facts.paid else None,
        *(_tax(line, facts) for line in facts.taxes),
        terms,
        (
            "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
            ("ram:LineTotalAmount", _amount(facts.net)),
            ("ram:TaxBasisTotalAmount", _amount(facts.net)),
            ("ram:TaxTotalAmount", {"currencyID": facts.currency}, _amount(facts.tax)),
            ("ram:GrandTotalAmount", _amount(facts.gross)),
            ("ram:TotalPrepaidAmount", _amount(facts.gross)) if facts.paid else None,
            ("ram:DuePayableAmount", _amount(Decimal(0) if facts.paid else facts.gross)),
        ),
        corrected,
    )


def _payment_means(supplier: Party) -> Branch:
    """SEPA credit transfer (code 58 of UNTDID 4461) to the supplier's account (BG-17)."""
    return (
        "ram:SpecifiedTradeSettlementPaymentMeans",
        ("ram:TypeCode", "58"),
        ("ram:PayeePartyCreditorFinancialAccount", ("ram:IBANID", supplier.iban)),
        (("ram:PayeeSpecifiedCreditorFinancialInstitution", ("ram:BICID", supplier.bic)) if supplier.bic else None),
    )


def _tax(line: TaxLine, facts: InvoiceFacts) -> Branch:
    """VAT breakdown of one rate (BG-23)."""
    return (
        "ram:ApplicableTradeTax",
        ("ram:CalculatedAmount", _amount(line.amount)),
        ("ram:TypeCode", "VAT"),
        ("ram:ExemptionReason", "Reverse charge") if facts.reverse_charge else None,
        ("ram:BasisAmount", _amount(cast(Decimal, line.base))),
        ("ram:CategoryCode", _category(facts)),
        ("ram:RateApplicablePercent", _amount(line.rate)),
    )


def hybrid(page: bytes, xml: bytes) -> bytes:
    """The PDF `page` with `xml` inside as ``factur-x.xml``: names tree, /AF and XMP as Factur-X 1.0 wants them.

    No PDF/A is claimed: the fonts of our samples are not embedded.
    """
    from pypdf import PdfWriter
    from pypdf.generic import ArrayObject, DecodedStreamObject, NameObject, create_string_object

    writer = PdfWriter(clone_from=BytesIO(page))
    attachment = writer.add_attachment(FILE_NAME, xml)
    attachment.pdf_object[NameObject("/AFRelationship")] = NameObject("/Alternative")
    attachment.pdf_object[NameObject("/Desc")] = create_string_object("Invoice data")
    attachment.subtype = NameObject("/text#2Fxml")
    writer.root_object[NameObject("/AF")] = ArrayObject([attachment.pdf_object.indirect_reference])
    metadata = DecodedStreamObject()
    metadata.set_data(_XMP.encode())
    metadata.update({NameObject("/Type"): NameObject("/Metadata"), NameObject("/Subtype"): NameObject("/XML")})
    writer.root_object[NameObject("/Metadata")] = writer._add_object(metadata)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#">
<fx:DocumentType>INVOICE</fx:DocumentType><fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>
<fx:Version>1.0</fx:Version><fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
