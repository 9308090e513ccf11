"""ZUGFeRD 1.0 (2014): CII before D16B. The same structure under other names, which are mapped here."""

from __future__ import annotations

import re
from typing import Final

from kontorist.extraction.einvoice import cii
from kontorist.extraction.einvoice.binding import At

#: Names of D16B and what they were called; those of the header first, as lines have their own.
_CALLED: Final = {
    "ExchangedDocumentContext": "SpecifiedExchangedDocumentContext",
    "ExchangedDocument": "HeaderExchangedDocument",
    "SupplyChainTradeTransaction": "SpecifiedSupplyChainTradeTransaction",
    "ApplicableHeaderTradeAgreement": "ApplicableSupplyChainTradeAgreement",
    "ApplicableHeaderTradeDelivery": "ApplicableSupplyChainTradeDelivery",
    "ApplicableHeaderTradeSettlement": "ApplicableSupplyChainTradeSettlement",
    "SpecifiedTradeSettlementHeaderMonetarySummation": "SpecifiedTradeSettlementMonetarySummation",
    "SpecifiedLineTradeAgreement": "SpecifiedSupplyChainTradeAgreement",
    "SpecifiedLineTradeDelivery": "SpecifiedSupplyChainTradeDelivery",
    "SpecifiedLineTradeSettlement": "SpecifiedSupplyChainTradeSettlement",
    "SpecifiedTradeSettlementLineMonetarySummation": "SpecifiedTradeSettlementMonetarySummation",
    "RateApplicablePercent": "ApplicablePercent",
    "ReceivableSpecifiedTradeAccountingAccount": "ReceivableSpecifiedTradeAccountingAccount",
}


def _older(entries: tuple[At, ...]) -> tuple[At, ...]:
    return tuple(At(each.name, _renamed(each), _older(each.inner)) for each in entries)


def _renamed(entry: At) -> str:
    path = re.sub(r"\w+", lambda found: _CALLED.get(found[0], found[0]), entry.path)
    return path.replace("[TypeCode=916]", "")  # its references carry no type


#: Without the references that later versions tell apart by their type.
TABLE: Final = tuple(each for each in _older(cii.TABLE) if each.name not in ("tender", "invoiced_object"))
