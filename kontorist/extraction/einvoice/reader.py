"""Foreign XML -> a tree, without entities, DTDs, network or unbounded size; and which invoice syntax it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from kontorist.extraction.einvoice import EInvoice
from kontorist.sandbox import ReasonCode, Refused

if TYPE_CHECKING:
    from lxml.etree import _Element

#: Root elements by local name and a part of their namespace. ZUGFeRD 1.0 has another namespace family than CII D16B.
_ROOTS: Final = {
    ("CrossIndustryInvoice", "CrossIndustryInvoice:100"): "cii",
    ("CrossIndustryDocument", "ferd:CrossIndustryDocument"): "zugferd1",
    ("Invoice", "ubl:schema:xsd:Invoice-2"): "ubl-invoice",
    ("CreditNote", "ubl:schema:xsd:CreditNote-2"): "ubl-creditnote",
}
NAMES: Final = {
    "cii": "CII (Factur-X, ZUGFeRD 2, XRechnung)",
    "zugferd1": "ZUGFeRD 1.0",
    "ubl-invoice": "UBL",
    "ubl-creditnote": "UBL",
}
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def looks_like_xml(content: bytes) -> bool:
    """Does the file begin as XML does, in UTF-8 or UTF-16, with or without a byte order mark?"""
    start = content[:200]
    if start.startswith((b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")):
        start = start.replace(b"\x00", b"")[2 if start[0] > 0xF0 else 0 :]
    return start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def parse(content: bytes) -> _Element:
    """The root element. Raises Refused: ``forbidden_construct`` for a DOCTYPE, ``damaged`` for what is not XML."""
    from lxml import etree

    if _DOCTYPE.search(content.replace(b"\x00", b"")):
        raise Refused(
            ReasonCode.FORBIDDEN_CONSTRUCT,
            "The XML file holds a document type declaration; e-invoices have none, and we refuse it for safety.",
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Refused(ReasonCode.DAMAGED, "The XML file is damaged and cannot be read.") from None
    if root.getroottree().docinfo.internalDTD is not None:  # in an encoding that the search above does not see
        raise Refused(ReasonCode.FORBIDDEN_CONSTRUCT)
    return root


def syntax_of(root: _Element) -> str | None:
    """Which kind of invoice this is by its root element; None for any other XML."""
    from lxml import etree

    name = etree.QName(root)
    for (local, family), syntax in _ROOTS.items():
        if name.localname == local and family in (name.namespace or ""):
            return syntax
    return None


def read(content: bytes) -> EInvoice:
    """The invoice in an XML file. Raises Refused, ``unsupported`` for XML that is no invoice we read."""
    from kontorist.extraction.einvoice import cii

    root = parse(content)
    syntax = syntax_of(root)
    if syntax == "cii":
        return cii.read(root)
    if syntax is None:
        raise Refused(ReasonCode.UNSUPPORTED, "This XML file is not an invoice that we read.")
    raise Refused(ReasonCode.UNSUPPORTED, f"This is an e-invoice in {NAMES[syntax]}, which we do not read yet.")
