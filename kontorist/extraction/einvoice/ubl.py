"""OASIS UBL 2.1 Invoice and CreditNote: XRechnung, Peppol BIS Billing 3, NLCIUS (CEN/TS 16931-3-2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from kontorist.extraction.einvoice.binding import At

NAMESPACES: Final = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
ROOTS: Final = {
    "ubl-invoice": "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
    "ubl-creditnote": "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2",
}
_NOT: Final = "[ChargeIndicator=false]"
_YES: Final = "[ChargeIndicator=true]"


def _address(place: str) -> tuple[At, ...]:
    return (
        At("street", f"{place}/StreetName"),
        At("street2", f"{place}/AdditionalStreetName"),
        At("town", f"{place}/CityName"),
        At("postcode", f"{place}/PostalZone"),
        At("region", f"{place}/CountrySubentity"),
        At("street3", f"{place}/AddressLine/Line"),
        At("country", f"{place}/Country/IdentificationCode"),
    )


_ENDPOINT: Final = (At("endpoint", "EndpointID"), At("endpoint_scheme", "EndpointID/@schemeID"))
_IDENTITY: Final = (
    At("id", "PartyIdentification/ID[@schemeID!=SEPA]"),
    At("id_scheme", "PartyIdentification/ID[@schemeID!=SEPA]/@schemeID"),
)
_TRADING: Final = (At("trading_name", "PartyName/Name"),)
_VAT_ID: Final = (
    At("vat_id", "PartyTaxScheme[TaxScheme/ID=VAT]/CompanyID"),
    At("=VAT", "PartyTaxScheme[TaxScheme/ID=VAT]^TaxScheme/ID"),
)
_TAX_NUMBER: Final = (
    At("tax_number", "PartyTaxScheme[TaxScheme/ID!=VAT]/CompanyID"),
    At("=FC", "PartyTaxScheme[TaxScheme/ID!=VAT]^TaxScheme/ID"),
)
_LEGAL: Final = (
    At("name", "PartyLegalEntity/RegistrationName|PartyName/Name"),
    At("registration", "PartyLegalEntity/CompanyID"),
    At("registration_scheme", "PartyLegalEntity/CompanyID/@schemeID"),
)
_NOTICE: Final = (At("legal_notice", "PartyLegalEntity/CompanyLegalForm"),)
_CONTACT: Final = (
    At("contact", "Contact/Name"),
    At("phone", "Contact/Telephone"),
    At("email", "Contact/ElectronicMail"),
)
_HOME: Final = _address("PostalAddress")
_LINE_ALLOWANCE: Final = (
    At("code", "AllowanceChargeReasonCode"),
    At("reason", "AllowanceChargeReason"),
    At("percent", "MultiplierFactorNumeric"),
    At("amount", "Amount"),
    At("base", "BaseAmount"),
)
_ALLOWANCE: Final = (
    *_LINE_ALLOWANCE,
    At("category", "TaxCategory/ID"),
    At("rate", "TaxCategory/Percent"),
    At("=VAT", "TaxCategory^TaxScheme/ID"),
)
_LINE: Final = (
    At("number", "ID"),
    At("note", "Note"),
    At("quantity", "InvoicedQuantity|CreditedQuantity"),
    At("unit", "InvoicedQuantity/@unitCode|CreditedQuantity/@unitCode"),
    At("total", "LineExtensionAmount"),
    At("accounting", "AccountingCost"),
    At("period_start", "InvoicePeriod/StartDate"),
    At("period_end", "InvoicePeriod/EndDate"),
    At("order_line", "OrderLineReference/LineID"),
    At("object", "DocumentReference/ID"),
    At("=130", "DocumentReference^DocumentTypeCode"),
    At("allowances", f"AllowanceCharge{_NOT}", _LINE_ALLOWANCE),
    At("charges", f"AllowanceCharge{_YES}", _LINE_ALLOWANCE),
    At("description", "Item/Description"),
    At("name", "Item/Name"),
    At("buyer_id", "Item/BuyersItemIdentification/ID"),
    At("seller_id", "Item/SellersItemIdentification/ID"),
    At("standard_id", "Item/StandardItemIdentification/ID"),
    At("standard_id_scheme", "Item/StandardItemIdentification/ID/@schemeID"),
    At("origin", "Item/OriginCountry/IdentificationCode"),
    At("classification", "Item/CommodityClassification/ItemClassificationCode"),
    At("category", "Item/ClassifiedTaxCategory/ID"),
    At("rate", "Item/ClassifiedTaxCategory/Percent"),
    At("=VAT", "Item/ClassifiedTaxCategory^TaxScheme/ID"),
    At("attributes", "Item/AdditionalItemProperty", (At("name", "Name"), At("value", "Value"))),
    At("price", "Price/PriceAmount"),
    At("base_quantity", "Price/BaseQuantity"),
    At("base_unit", "Price/BaseQuantity/@unitCode"),
    At("=false", "Price/AllowanceCharge^ChargeIndicator"),
    At("price_discount", "Price/AllowanceCharge/Amount"),
    At("gross_price", "Price/AllowanceCharge/BaseAmount"),
)
_PAYMENT: Final = (
    At("code", "PaymentMeansCode"),
    At("text", "PaymentMeansCode/@name"),
    At("card", "CardAccount/PrimaryAccountNumberID"),
    At("card_holder", "CardAccount/HolderName"),
    At("account", "PayeeFinancialAccount/ID"),
    At("account_name", "PayeeFinancialAccount/Name"),
    At("bic", "PayeeFinancialAccount/FinancialInstitutionBranch/ID"),
    At("debited_account", "PaymentMandate/PayerFinancialAccount/ID"),
)
_DISCOUNT: Final = (At("percent", "SettlementDiscountPercent"), At("date", "SettlementPeriod/EndDate"))
_DOCUMENT: Final = (
    At("number", "ID"),
    At("description", "DocumentDescription"),
    At("size", "Attachment/EmbeddedDocumentBinaryObject"),
    At("media_type", "Attachment/EmbeddedDocumentBinaryObject/@mimeCode"),
    At("file_name", "Attachment/EmbeddedDocumentBinaryObject/@filename"),
    At("location", "Attachment/ExternalReference/URI"),
)
_TAX: Final = (
    At("base", "TaxableAmount"),
    At("amount", "TaxAmount"),
    At("category", "TaxCategory/ID"),
    At("rate", "TaxCategory/Percent"),
    At("reason_code", "TaxCategory/TaxExemptionReasonCode"),
    At("reason", "TaxCategory/TaxExemptionReason"),
    At("=VAT", "TaxCategory^TaxScheme/ID"),
)

INVOICE: Final = (
    At("profile", "CustomizationID"),
    At("process", "ProfileID"),
    At("number", "ID"),
    At("issue_date", "IssueDate"),
    At("due_date", "DueDate|PaymentMeans/PaymentDueDate|PaymentTerms/PaymentDueDate"),
    At("type_code", "InvoiceTypeCode"),
    At("notes", "Note", (At("text", "."),)),
    At("tax_point_date", "TaxPointDate"),
    At("currency", "DocumentCurrencyCode"),
    At("accounting_currency", "TaxCurrencyCode"),
    At("buyer_accounting", "AccountingCost"),
    At("buyer_reference", "BuyerReference"),
    At("period_start", "InvoicePeriod/StartDate"),
    At("period_end", "InvoicePeriod/EndDate"),
    At("tax_point_code", "InvoicePeriod/DescriptionCode"),
    At("order", "OrderReference/ID"),
    At("sales_order", "OrderReference/SalesOrderID"),
    At(
        "preceding",
        "BillingReference/InvoiceDocumentReference",
        (At("number", "ID"), At("issue_date", "IssueDate")),
    ),
    At("despatch_advice", "DespatchDocumentReference/ID"),
    At("receiving_advice", "ReceiptDocumentReference/ID"),
    At("tender", "OriginatorDocumentReference/ID"),
    At("contract", "ContractDocumentReference/ID"),
    At("documents", "AdditionalDocumentReference[DocumentTypeCode!=130]", _DOCUMENT),
    At("invoiced_object", "AdditionalDocumentReference[DocumentTypeCode=130]/ID"),
    At("=130", "AdditionalDocumentReference[DocumentTypeCode=130]^DocumentTypeCode"),
    At("project", "ProjectReference/ID"),
    At(
        "seller",
        "AccountingSupplierParty/Party",
        (*_ENDPOINT, *_IDENTITY, *_TRADING, *_HOME, *_VAT_ID, *_TAX_NUMBER, *_LEGAL, *_NOTICE, *_CONTACT),
    ),
    At("creditor_id", "AccountingSupplierParty/Party/PartyIdentification/ID[@schemeID=SEPA]"),
    At(
        "buyer",
        "AccountingCustomerParty/Party",
        (*_ENDPOINT, *_IDENTITY, *_TRADING, *_HOME, *_VAT_ID, *_LEGAL, *_CONTACT),
    ),
    At("payee", "PayeeParty", (*_IDENTITY, At("name", "PartyName/Name"), *_LEGAL[1:])),
    At("tax_representative", "TaxRepresentativeParty", (At("name", "PartyName/Name"), *_HOME, *_VAT_ID)),
    At(
        "delivery",
        "Delivery",
        (
            At("date", "ActualDeliveryDate"),
            At("id", "DeliveryLocation/ID"),
            *_address("DeliveryLocation/Address"),
            At("name", "DeliveryParty/PartyName/Name"),
        ),
    ),
    At("payment", "PaymentMeans", _PAYMENT),
    At("remittance", "PaymentMeans/PaymentID"),
    At("mandate", "PaymentMeans/PaymentMandate/ID"),
    At("payment_terms", "PaymentTerms/Note"),
    At("discounts", "PaymentTerms", _DISCOUNT),
    At("allowances", f"AllowanceCharge{_NOT}", _ALLOWANCE),
    At("charges", f"AllowanceCharge{_YES}", _ALLOWANCE),
    At("tax", "TaxTotal/TaxAmount[@currencyID=*currency]|TaxTotal/TaxAmount"),
    At("taxes", "TaxTotal/TaxSubtotal", _TAX),
    At("accounting_tax", "TaxTotal/TaxAmount[@currencyID=*accounting_currency]"),
    At("line_sum", "LegalMonetaryTotal/LineExtensionAmount"),
    At("net", "LegalMonetaryTotal/TaxExclusiveAmount"),
    At("gross", "LegalMonetaryTotal/TaxInclusiveAmount"),
    At("allowance_sum", "LegalMonetaryTotal/AllowanceTotalAmount"),
    At("charge_sum", "LegalMonetaryTotal/ChargeTotalAmount"),
    At("prepaid", "LegalMonetaryTotal/PrepaidAmount"),
    At("rounding", "LegalMonetaryTotal/PayableRoundingAmount"),
    At("due", "LegalMonetaryTotal/PayableAmount"),
    At("lines", "InvoiceLine", _LINE),
)
#: Children of what several entries fill, in the order of the schema.
ORDER: Final = {
    "PaymentMeans": (
        "PaymentMeansCode", "PaymentDueDate", "PaymentID", "CardAccount", "PayeeFinancialAccount", "PaymentMandate"
    )
}  # fmt: skip
_CREDITED: Final = {
    "quantity": "CreditedQuantity|InvoicedQuantity",
    "unit": "CreditedQuantity/@unitCode|InvoicedQuantity/@unitCode",
}
_CREDIT_LINE: Final = tuple(replace(each, path=_CREDITED.get(each.name, each.path)) for each in _LINE)


def _credit_note() -> Iterator[At]:
    """The entries of an invoice under the names and in the order of a credit note."""
    for each in INVOICE:
        if each.name == "type_code":
            yield replace(each, path="CreditNoteTypeCode")
        elif each.name == "lines":
            yield replace(each, path="CreditNoteLine", inner=_CREDIT_LINE)
        elif each.name == "project":  # a credit note has no element for it
            yield At("project", "AdditionalDocumentReference[DocumentTypeCode=50]/ID|ProjectReference/ID")
            yield At("=50", "AdditionalDocumentReference[DocumentTypeCode=50]^DocumentTypeCode")
        elif each.name == "documents":
            yield replace(each, path=f"{each.path}[DocumentTypeCode!=50]")
        elif each.name == "payment":
            yield from (each, At("due_date", "PaymentMeans/PaymentDueDate|DueDate"))
        elif each.name != "due_date":
            yield each


CREDIT_NOTE: Final = tuple(_credit_note())


def prefix_of(name: str, path: str, *, leaf: bool) -> str:
    """The namespace prefix of an element: what holds others is an aggregate."""
    return "cbc" if leaf else "cac"
