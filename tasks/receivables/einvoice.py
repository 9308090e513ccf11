"""Our invoices and credit notes as e-invoices of EN 16931: alone as XML, or inside the PDF.

What stands in the XML is what stands on the paper; arithmetic and VAT are those of the domain. VAT categories (UNTDID
5305) and exemption codes (VATEX) by the treatment; BR-AE, BR-IC, BR-G and BR-O of EN 16931-1 are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any, Final

from kontorist.domain.receivables.checks import Seller
from kontorist.domain.receivables.einvoice import EInvoiceForm, ElectronicAddress, electronic_address
from kontorist.domain.receivables.invoices import PaperKind, RateTotal, SalesPaper
from kontorist.domain.receivables.orders import Position
from kontorist.domain.receivables.tax import Treatment
from kontorist.extraction.einvoice.terms import Terms
from kontorist.extraction.einvoice.writer import write
from tasks.receivables.invoice_pdf import write_paper
from tasks.receivables.words import word

FILE_NAME: Final = "factur-x.xml"  #: the name Factur-X 1.0 asks for inside a PDF
_EN16931: Final = "urn:cen.eu:en16931:2017"
_XRECHNUNG: Final = f"{_EN16931}#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
_PEPPOL: Final = f"{_EN16931}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
_PROFILES: Final = {
    EInvoiceForm.ZUGFERD: _EN16931,
    EInvoiceForm.XRECHNUNG: _XRECHNUNG,
    EInvoiceForm.XRECHNUNG_CII: _XRECHNUNG,
    EInvoiceForm.PEPPOL: _PEPPOL,
}
_PROCESS: Final = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_CII: Final = (EInvoiceForm.ZUGFERD, EInvoiceForm.XRECHNUNG_CII)
#: By treatment: category of VAT and code of the ground on which none is charged.
_CATEGORIES: Final = {
    Treatment.REVERSE_CHARGE: ("AE", "VATEX-EU-AE"),
    Treatment.INTRA_COMMUNITY: ("K", "VATEX-EU-IC"),
    Treatment.EXPORT: ("G", "VATEX-EU-G"),
    Treatment.OUTSIDE: ("O", "VATEX-EU-O"),
}
#: Schemes of electronic addresses (EAS) that are registers of companies (ISO 6523), so that the identifier is also that
#: of the legal entity: France, Sweden, Netherlands (KvK, OIN), Denmark, Norway, Belgium, Finland.
_REGISTERS: Final = frozenset({"0002", "0007", "0106", "0190", "0184", "0192", "0208", "0212"})
_PIECE: Final = "C62"  #: "one", UN/ECE recommendation 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What the customer gets: a PDF, and where there is XML its bytes; `beside` says whether as a file of its own."""

    pdf: bytes
    xml: bytes | None = None
    beside: bool = False


def write_papers(paper: SalesPaper, seller: Seller) -> Written:
    """The paper in the form its customer gets."""
    pdf = write_paper(paper, seller)
    if not paper.form.structured:
        return Written(pdf=pdf)
    xml = einvoice_xml(paper, seller)
    if paper.form.inside:
        return Written(pdf=hybrid(pdf, xml, paper.day), xml=xml)
    return Written(pdf=pdf, xml=xml, beside=True)


def einvoice_xml(paper: SalesPaper, seller: Seller) -> bytes:
    """The paper as XML of its form: CII, or UBL Invoice or CreditNote. Raises KeyError for a paper without XML."""
    terms = terms_of(paper, seller)
    credited = paper.kind is PaperKind.CREDIT_NOTE
    syntax = "cii" if paper.form in _CII else "ubl-creditnote" if credited else "ubl-invoice"
    return write(terms, syntax)


def terms_of(paper: SalesPaper, seller: Seller) -> Terms:
    """What the paper says, as terms of EN 16931."""
    profile = _PROFILES[paper.form]
    terms: Terms = {
        "profile": profile,
        "process": None if profile == _EN16931 else _PROCESS,
        "number": paper.number,
        "issue_date": paper.day,
        "type_code": "380" if paper.kind is PaperKind.INVOICE else "381",
        "currency": paper.currency,
        "buyer_reference": paper.buyer_reference,
        "order": paper.order,
        "seller": _seller(paper, seller),
        "buyer": _buyer(paper),
        "delivery": {"date": paper.delivered},
        "taxes": [_tax(each, paper) for each in paper.totals],
        "line_sum": paper.net.amount,
        "net": paper.net.amount,
        "tax": paper.tax.amount,
        "gross": paper.gross.amount,
        "due": paper.gross.amount,
        "lines": [_line(number, each, paper) for number, each in enumerate(paper.positions, start=1)],
    }
    if paper.treatment is Treatment.INTRA_COMMUNITY:
        terms["delivery"]["country"] = paper.address.country  # BR-IC-12
    return terms | dict(_settlement(paper, seller))


def _settlement(paper: SalesPaper, seller: Seller) -> Iterator[tuple[str, Any]]:
    """How it is paid; a credit note names the invoice it takes back, and nothing is to be paid to us."""
    if paper.kind is PaperKind.INVOICE:
        code = "58" if paper.currency == "EUR" else "30"  # UNTDID 4461: SEPA, other credit transfer
        yield "payment", [{"code": code, "account": seller.iban, "account_name": seller.name}]
        yield "remittance", paper.number
        yield "due_date", [paper.due]
        return
    yield "payment", [{"code": "1"}]  # no instrument is agreed on
    yield "preceding", [{"number": paper.corrects, "issue_date": paper.corrects_day}]
    facts = {"corrects": paper.corrects, "day": paper.corrects_day.isoformat() if paper.corrects_day else ""}
    yield "payment_terms", [word("taken_back", paper.language, **facts)]


def _seller(paper: SalesPaper, seller: Seller) -> Terms:
    where = electronic_address(seller.electronic_address, seller.contact.email)
    # Without VAT of any country the VAT id may not stand there, and some identifier has to (BR-O-02, BR-CO-26).
    known = "id" if paper.treatment is Treatment.OUTSIDE else "vat_id"
    return {
        "name": seller.name,
        known: seller.vat_id,
        "legal_notice": seller.legal_notice,
        "contact": seller.contact.name,
        "phone": seller.contact.phone,
        "email": seller.contact.email,
        **_reached(where),
        **_address(seller.address.street, seller.address.postcode, seller.address.town, seller.country),
    }


def _buyer(paper: SalesPaper) -> Terms:
    where = electronic_address(paper.electronic_address, paper.email)
    address = paper.address
    return {
        "name": paper.name,
        "id": paper.customer_number,
        "vat_id": None if paper.treatment is Treatment.OUTSIDE else paper.vat_id,  # BR-O-04
        **_reached(where),
        **_address(address.street, address.postcode, address.town, address.country),
    }


def _reached(where: ElectronicAddress | None) -> Terms:
    """The electronic address, and the registration where the two are the same number."""
    if where is None:
        return {}
    terms = {"endpoint": where.identifier, "endpoint_scheme": where.scheme}
    if where.scheme in _REGISTERS:
        terms |= {"registration": where.identifier, "registration_scheme": where.scheme}
    return terms


def _address(street: str | None, postcode: str | None, town: str | None, country: str | None) -> Terms:
    return {"street": street, "postcode": postcode, "town": town, "country": country}


def _category(rate: Decimal, paper: SalesPaper) -> str:
    if paper.treatment in _CATEGORIES:
        return _CATEGORIES[paper.treatment][0]
    return "S" if rate else "Z"


def _rate(rate: Decimal, paper: SalesPaper) -> Decimal | None:
    """None where no VAT law of ours applies at all (BR-O-05)."""
    return None if paper.treatment is Treatment.OUTSIDE else rate


def _tax(total: RateTotal, paper: SalesPaper) -> Terms:
    free = not paper.treatment.charges_vat
    return {
        "base": total.net.amount,
        "amount": total.tax.amount,
        "category": _category(total.rate, paper),
        "rate": _rate(total.rate, paper),
        "reason": word(paper.treatment.value, paper.language) if free else None,
        "reason_code": _CATEGORIES[paper.treatment][1] if free else None,
    }


def _line(number: int, position: Position, paper: SalesPaper) -> Terms:
    rate = position.tax_rate or Decimal(0)
    sign = -1 if position.unit_price < 0 else 1  # a price is never below zero there (BR-27); the quantity may be
    return {
        "number": str(number),
        "name": position.description,
        "quantity": sign * position.quantity,
        "unit": _PIECE,
        "price": sign * position.unit_price,
        "total": position.net(paper.currency).amount,
        "category": _category(rate, paper),
        "rate": _rate(rate, paper),
    }


# --- inside the PDF


def hybrid(pdf: bytes, xml: bytes, day: date) -> bytes:
    """The PDF with `xml` (of `day`) inside as Factur-X 1.0 wants it: names tree, /AF, AFRelationship and XMP.

    The same input gives the same bytes. Nothing is claimed of PDF/A: we cannot check it.
    """
    import pikepdf

    written = f"D:{day:%Y%m%d}000000Z"
    with pikepdf.open(BytesIO(pdf)) as document:
        attached = pikepdf.AttachedFileSpec(
            document,
            xml,
            description="Invoice data",
            filename=FILE_NAME,
            mime_type="text/xml",
            creation_date=written,
            mod_date=written,
        )
        attached.relationship = pikepdf.Name.Alternative
        document.attachments[FILE_NAME] = attached
        document.Root.AF = pikepdf.Array([attached.obj])
        document.Root.Metadata = document.make_stream(
            _XMP.encode(), Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML
        )
        out = BytesIO()
        document.save(out, deterministic_id=True)
    return out.getvalue()


_XMP: Final = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#">
<fx:DocumentType>INVOICE</fx:DocumentType><fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>
<fx:Version>1.0</fx:Version><fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
