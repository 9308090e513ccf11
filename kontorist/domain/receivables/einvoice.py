"""In which form a customer gets our invoices, and what an e-invoice needs besides a paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class EInvoiceForm(StrEnum):
    """The form of our invoices and credit notes."""

    PDF = "pdf"  #: the paper alone
    ZUGFERD = "zugferd"  #: the paper with CII of EN 16931 inside (Factur-X, ZUGFeRD 2)
    XRECHNUNG = "xrechnung"  #: the paper and beside it an XRechnung in UBL
    XRECHNUNG_CII = "xrechnung-cii"  #: the same in CII
    PEPPOL = "peppol"  #: the paper and beside it UBL of Peppol BIS Billing 3

    @property
    def structured(self) -> bool:
        """Whether there is XML."""
        return self is not EInvoiceForm.PDF

    @property
    def inside(self) -> bool:
        """Whether the XML is inside the PDF, and not a file of its own."""
        return self is EInvoiceForm.ZUGFERD


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectronicAddress:
    """Where e-invoices go (BT-34, BT-49): a scheme of the EAS code list such as 0204, and the identifier in it."""

    scheme: str
    identifier: str


def electronic_address(text: str | None, email: str | None) -> ElectronicAddress | None:
    """``0204:991-01234-44`` taken apart; without one the mail address (scheme EM)."""
    scheme, colon, identifier = (text or "").partition(":")
    if colon and identifier.strip():
        return ElectronicAddress(scheme=scheme.strip(), identifier=identifier.strip())
    return ElectronicAddress(scheme="EM", identifier=email) if email else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Who answers questions about an invoice (BG-6)."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None

    def missing(self) -> Iterator[str]:
        """What an XRechnung wants of it and is not there (BR-DE-5 to BR-DE-7)."""
        yield from (name for name in ("name", "phone", "email") if not getattr(self, name))


#: Nobody in particular.
NOBODY: Final = Contact()
