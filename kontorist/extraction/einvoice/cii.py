"""UN/CEFACT Cross Industry Invoice D16B: Factur-X, ZUGFeRD 2.x and XRechnung in CII (CEN/TS 16931-3-3)."""

from __future__ import annotations

from typing import Final

from kontorist.extraction.einvoice.binding import At

NAMESPACES: Final = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}
_DAY: Final = "DateTimeString{@format=102}"
_TRADE: Final = "SupplyChainTradeTransaction/"
_AGREED: Final = _TRADE + "ApplicableHeaderTradeAgreement/"
_DELIVERED: Final = _TRADE + "ApplicableHeaderTradeDelivery/"
_SETTLED: Final = _TRADE + "ApplicableHeaderTradeSettlement/"
_SUMS: Final = _SETTLED + "SpecifiedTradeSettlementHeaderMonetarySummation/"
_NOT: Final = "[ChargeIndicator/Indicator=false]"
_YES: Final = "[ChargeIndicator/Indicator=true]"

_ADDRESS: Final = (
    At("postcode", "PostalTradeAddress/PostcodeCode"),
    At("street", "PostalTradeAddress/LineOne"),
    At("street2", "PostalTradeAddress/LineTwo"),
    At("street3", "PostalTradeAddress/LineThree"),
    At("town", "PostalTradeAddress/CityName"),
    At("country", "PostalTradeAddress/CountryID"),
    At("region", "PostalTradeAddress/CountrySubDivisionName"),
)
_IDENTITY: Final = (
    At("id", "ID|GlobalID"),
    At("id_scheme", "GlobalID/@schemeID"),
    At("name", "Name"),
)
_REGISTRATION: Final = (
    At("registration", "SpecifiedLegalOrganization/ID"),
    At("registration_scheme", "SpecifiedLegalOrganization/ID/@schemeID"),
)
_TRADING: Final = (At("trading_name", "SpecifiedLegalOrganization/TradingBusinessName"),)
_CONTACT: Final = (
    At("contact", "DefinedTradeContact/PersonName|DefinedTradeContact/DepartmentName"),
    At("phone", "DefinedTradeContact/TelephoneUniversalCommunication/CompleteNumber"),
    At("email", "DefinedTradeContact/EmailURIUniversalCommunication/URIID"),
)
_ENDPOINT: Final = (
    At("endpoint", "URIUniversalCommunication/URIID"),
    At("endpoint_scheme", "URIUniversalCommunication/URIID/@schemeID"),
)
_VAT_ID: Final = (At("vat_id", "SpecifiedTaxRegistration/ID[@schemeID=VA]|SpecifiedTaxRegistration/ID[@schemeID=VAT]"),)
_TAX_NUMBER: Final = (At("tax_number", "SpecifiedTaxRegistration/ID[@schemeID=FC]"),)
_NOTICE: Final = (At("legal_notice", "Description"),)

_LINE_ALLOWANCE: Final = (
    At("percent", "CalculationPercent"),
    At("base", "BasisAmount"),
    At("amount", "ActualAmount"),
    At("code", "ReasonCode"),
    At("reason", "Reason"),
)
_ALLOWANCE: Final = (
    *_LINE_ALLOWANCE,
    At("=VAT", "CategoryTradeTax^TypeCode"),
    At("category", "CategoryTradeTax/CategoryCode"),
    At("rate", "CategoryTradeTax/RateApplicablePercent"),
)
_FREIGHT: Final = (
    At("reason", "Description"),
    At("amount", "AppliedAmount"),
    At("category", "AppliedTradeTax/CategoryCode"),
    At("rate", "AppliedTradeTax/RateApplicablePercent"),
)
LINE: Final = (
    At("number", "AssociatedDocumentLineDocument/LineID"),
    At("note", "AssociatedDocumentLineDocument/IncludedNote/Content"),
    At("standard_id", "SpecifiedTradeProduct/GlobalID"),
    At("standard_id_scheme", "SpecifiedTradeProduct/GlobalID/@schemeID"),
    At("seller_id", "SpecifiedTradeProduct/SellerAssignedID"),
    At("buyer_id", "SpecifiedTradeProduct/BuyerAssignedID"),
    At("name", "SpecifiedTradeProduct/Name"),
    At("description", "SpecifiedTradeProduct/Description"),
    At(
        "attributes",
        "SpecifiedTradeProduct/ApplicableProductCharacteristic",
        (At("name", "Description"), At("value", "Value")),
    ),
    At("classification", "SpecifiedTradeProduct/DesignatedProductClassification/ClassCode"),
    At("origin", "SpecifiedTradeProduct/OriginTradeCountry/ID"),
    At("order_line", "SpecifiedLineTradeAgreement/BuyerOrderReferencedDocument/LineID"),
    At("gross_price", "SpecifiedLineTradeAgreement/GrossPriceProductTradePrice/ChargeAmount"),
    At(
        "price_discount",
        "SpecifiedLineTradeAgreement/GrossPriceProductTradePrice/AppliedTradeAllowanceCharge/ActualAmount",
    ),
    At("price", "SpecifiedLineTradeAgreement/NetPriceProductTradePrice/ChargeAmount"),
    At("base_quantity", "SpecifiedLineTradeAgreement/NetPriceProductTradePrice/BasisQuantity"),
    At("base_unit", "SpecifiedLineTradeAgreement/NetPriceProductTradePrice/BasisQuantity/@unitCode"),
    At("quantity", "SpecifiedLineTradeDelivery/BilledQuantity"),
    At("unit", "SpecifiedLineTradeDelivery/BilledQuantity/@unitCode"),
    At("=VAT", "SpecifiedLineTradeSettlement/ApplicableTradeTax^TypeCode"),
    At("category", "SpecifiedLineTradeSettlement/ApplicableTradeTax/CategoryCode"),
    At("rate", "SpecifiedLineTradeSettlement/ApplicableTradeTax/RateApplicablePercent"),
    At("period_start", f"SpecifiedLineTradeSettlement/BillingSpecifiedPeriod/StartDateTime/{_DAY}"),
    At("period_end", f"SpecifiedLineTradeSettlement/BillingSpecifiedPeriod/EndDateTime/{_DAY}"),
    At("allowances", f"SpecifiedLineTradeSettlement/SpecifiedTradeAllowanceCharge{_NOT}", _LINE_ALLOWANCE),
    At("charges", f"SpecifiedLineTradeSettlement/SpecifiedTradeAllowanceCharge{_YES}", _LINE_ALLOWANCE),
    At("total", "SpecifiedLineTradeSettlement/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount"),
    At("object", "SpecifiedLineTradeSettlement/AdditionalReferencedDocument/IssuerAssignedID"),
    At("=130", "SpecifiedLineTradeSettlement/AdditionalReferencedDocument^TypeCode"),
    At("accounting", "SpecifiedLineTradeSettlement/ReceivableSpecifiedTradeAccountingAccount/ID"),
)
_TAX: Final = (
    At("amount", "CalculatedAmount"),
    At("=VAT", "TypeCode"),
    At("reason", "ExemptionReason"),
    At("base", "BasisAmount"),
    At("category", "CategoryCode"),
    At("reason_code", "ExemptionReasonCode"),
    At("rate", "RateApplicablePercent"),
)
_PAYMENT: Final = (
    At("code", "TypeCode"),
    At("text", "Information"),
    At("card", "ApplicableTradeSettlementFinancialCard/ID"),
    At("card_holder", "ApplicableTradeSettlementFinancialCard/CardholderName"),
    At("debited_account", "PayerPartyDebtorFinancialAccount/IBANID"),
    At("account", "PayeePartyCreditorFinancialAccount/IBANID|PayeePartyCreditorFinancialAccount/ProprietaryID"),
    At("account_name", "PayeePartyCreditorFinancialAccount/AccountName"),
    At("bic", "PayeeSpecifiedCreditorFinancialInstitution/BICID"),
)
_DISCOUNT: Final = (
    At("date", f"BasisDateTime/{_DAY}"),
    At("days", "BasisPeriodMeasure"),
    At("unit", "BasisPeriodMeasure/@unitCode"),
    At("percent", "CalculationPercent"),
)
_DOCUMENT: Final = (
    At("number", "IssuerAssignedID"),
    At("location", "URIID"),
    At("=916", "TypeCode"),
    At("description", "Name"),
    At("size", "AttachmentBinaryObject"),
    At("media_type", "AttachmentBinaryObject/@mimeCode"),
    At("file_name", "AttachmentBinaryObject/@filename"),
)

TABLE: Final = (
    At("process", "ExchangedDocumentContext/BusinessProcessSpecifiedDocumentContextParameter/ID"),
    At("profile", "ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID"),
    At("number", "ExchangedDocument/ID"),
    At("type_code", "ExchangedDocument/TypeCode"),
    At("issue_date", f"ExchangedDocument/IssueDateTime/{_DAY}"),
    At("notes", "ExchangedDocument/IncludedNote", (At("text", "Content"), At("subject", "SubjectCode"))),
    At("lines", f"{_TRADE}IncludedSupplyChainTradeLineItem", LINE),
    At("buyer_reference", f"{_AGREED}BuyerReference"),
    At(
        "seller",
        f"{_AGREED}SellerTradeParty",
        (*_IDENTITY, *_NOTICE, *_REGISTRATION, *_TRADING, *_CONTACT, *_ADDRESS, *_ENDPOINT, *_VAT_ID, *_TAX_NUMBER),
    ),
    At(
        "buyer",
        f"{_AGREED}BuyerTradeParty",
        (*_IDENTITY, *_REGISTRATION, *_TRADING, *_CONTACT, *_ADDRESS, *_ENDPOINT, *_VAT_ID),
    ),
    At(
        "tax_representative",
        f"{_AGREED}SellerTaxRepresentativeTradeParty",
        (At("name", "Name"), *_ADDRESS, *_VAT_ID),
    ),
    At("sales_order", f"{_AGREED}SellerOrderReferencedDocument/IssuerAssignedID"),
    At("order", f"{_AGREED}BuyerOrderReferencedDocument/IssuerAssignedID"),
    At("contract", f"{_AGREED}ContractReferencedDocument/IssuerAssignedID"),
    At("documents", f"{_AGREED}AdditionalReferencedDocument[TypeCode=916]", _DOCUMENT),
    At("tender", f"{_AGREED}AdditionalReferencedDocument[TypeCode=50]/IssuerAssignedID"),
    At("=50", f"{_AGREED}AdditionalReferencedDocument[TypeCode=50]^TypeCode"),
    At("invoiced_object", f"{_AGREED}AdditionalReferencedDocument[TypeCode=130]/IssuerAssignedID"),
    At("=130", f"{_AGREED}AdditionalReferencedDocument[TypeCode=130]^TypeCode"),
    At("project", f"{_AGREED}SpecifiedProcuringProject/ID"),
    At("=Project reference", f"{_AGREED}SpecifiedProcuringProject^Name"),
    At("delivery", f"{_DELIVERED}ShipToTradeParty", (At("id", "ID|GlobalID"), At("name", "Name"), *_ADDRESS)),
    At("delivery.date", f"{_DELIVERED}ActualDeliverySupplyChainEvent/OccurrenceDateTime/{_DAY}"),
    At("despatch_advice", f"{_DELIVERED}DespatchAdviceReferencedDocument/IssuerAssignedID"),
    At("receiving_advice", f"{_DELIVERED}ReceivingAdviceReferencedDocument/IssuerAssignedID"),
    At("creditor_id", f"{_SETTLED}CreditorReferenceID"),
    At("remittance", f"{_SETTLED}PaymentReference"),
    At("accounting_currency", f"{_SETTLED}TaxCurrencyCode"),
    At("currency", f"{_SETTLED}InvoiceCurrencyCode"),
    At("payee", f"{_SETTLED}PayeeTradeParty", (*_IDENTITY, *_REGISTRATION)),
    At("payment", f"{_SETTLED}SpecifiedTradeSettlementPaymentMeans", _PAYMENT),
    At("taxes", f"{_SETTLED}ApplicableTradeTax", _TAX),
    At("tax_point_date", f"{_SETTLED}ApplicableTradeTax/TaxPointDate/DateString"),
    At("tax_point_code", f"{_SETTLED}ApplicableTradeTax/DueDateTypeCode"),
    At("period_start", f"{_SETTLED}BillingSpecifiedPeriod/StartDateTime/{_DAY}"),
    At("period_end", f"{_SETTLED}BillingSpecifiedPeriod/EndDateTime/{_DAY}"),
    At("allowances", f"{_SETTLED}SpecifiedTradeAllowanceCharge{_NOT}", _ALLOWANCE),
    At("charges", f"{_SETTLED}SpecifiedTradeAllowanceCharge{_YES}", _ALLOWANCE),
    At("logistics", f"{_SETTLED}SpecifiedLogisticsServiceCharge", _FREIGHT),
    At("payment_terms", f"{_SETTLED}SpecifiedTradePaymentTerms/Description"),
    At("due_date", f"{_SETTLED}SpecifiedTradePaymentTerms/DueDateDateTime/{_DAY}"),
    At("mandate", f"{_SETTLED}SpecifiedTradePaymentTerms/DirectDebitMandateID"),
    At("discounts", f"{_SETTLED}SpecifiedTradePaymentTerms/ApplicableTradePaymentDiscountTerms", _DISCOUNT),
    At("line_sum", f"{_SUMS}LineTotalAmount"),
    At("charge_sum", f"{_SUMS}ChargeTotalAmount"),
    At("allowance_sum", f"{_SUMS}AllowanceTotalAmount"),
    At("net", f"{_SUMS}TaxBasisTotalAmount"),
    At("tax", f"{_SUMS}TaxTotalAmount[@currencyID=*currency]|{_SUMS}TaxTotalAmount"),
    At("accounting_tax", f"{_SUMS}TaxTotalAmount[@currencyID=*accounting_currency]"),
    At("rounding", f"{_SUMS}RoundingAmount"),
    At("gross", f"{_SUMS}GrandTotalAmount"),
    At("prepaid", f"{_SUMS}TotalPrepaidAmount"),
    At("due", f"{_SUMS}DuePayableAmount"),
    At(
        "preceding",
        f"{_SETTLED}InvoiceReferencedDocument",
        (
            At("number", "IssuerAssignedID"),
            At("issue_date", f"FormattedIssueDateTime/{_DAY}"),
        ),
    ),
    At("buyer_accounting", f"{_SETTLED}ReceivableSpecifiedTradeAccountingAccount/ID"),
)


def prefix_of(name: str, path: str, *, leaf: bool) -> str:
    """The namespace prefix of an element written at `path` (its parents, with ``/``)."""
    if not path:
        return "rsm"
    if name in ("DateTimeString", "Indicator", "DateString"):
        return "qdt" if path.endswith("FormattedIssueDateTime") else "udt"
    return "ram"
