"""Foreign XML -> a tree, without entities, DTDs, network or unbounded size; and which invoice syntax it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from html.entities import html5
from typing import TYPE_CHECKING, Any, Final

from kontorist.domain.payables.draft import Finding, Severity
from kontorist.extraction.einvoice import EInvoice, cii, ubl, zugferd1
from kontorist.extraction.einvoice.binding import At, Reading
from kontorist.extraction.einvoice.figures import einvoice_from
from kontorist.extraction.einvoice.notation import Notation
from kontorist.sandbox import ReasonCode, Refused

if TYPE_CHECKING:
    from lxml.etree import _Element

#: Root elements by local name: a part of their namespace, and the syntax. ZUGFeRD 1.0 has a namespace of its own.
_ROOTS: Final = {
    "CrossIndustryInvoice": ("CrossIndustryInvoice:100", "cii"),
    "CrossIndustryDocument": ("ferd:CrossIndustryDocument", "zugferd1"),
    "Invoice": ("ubl:schema:xsd:Invoice-2", "ubl-invoice"),
    "CreditNote": ("ubl:schema:xsd:CreditNote-2", "ubl-creditnote"),
}
#: A child that tells an invoice by its local names where the namespace is missing or another.
_SIGNS: Final = {
    "cii": "SupplyChainTradeTransaction",
    "zugferd1": "SpecifiedSupplyChainTradeTransaction",
    "ubl-invoice": "AccountingSupplierParty",
    "ubl-creditnote": "AccountingSupplierParty",
}
_TABLES: Final[dict[str, tuple[At, ...]]] = {
    "cii": cii.TABLE,
    "zugferd1": zugferd1.TABLE,
    "ubl-invoice": ubl.INVOICE,
    "ubl-creditnote": ubl.CREDIT_NOTE,
}
_ENVELOPE: Final = "StandardBusinessDocument"  #: UN/CEFACT SBDH, as Peppol sends it
_ORDER: Final = "SCRDMCCBDACIOMessageStructure"  #: Order-X
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ROOT_TAG = re.compile(rb"<[A-Za-z_]")
#: What XML 1.0 does not allow (production 2, Char), and an ``&`` that begins none of its references.
_UNFIT: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_AMPERSAND: Final = re.compile(
    r"&(?:#(?P<number>[xX][0-9A-Fa-f]{1,6}|[0-9]{1,7});|(?!(?:amp|lt|gt|quot|apos);)(?:(?P<name>\w{1,31});)?)"
)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def looks_like_xml(content: bytes) -> bool:
    """Does the file begin as XML does, in UTF-8 or UTF-16, with or without a byte order mark?"""
    start = content[:200]
    if start.startswith((b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")):
        start = start.replace(b"\x00", b"")[2 if start[0] > 0xF0 else 0 :]
    return start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def parse(content: bytes) -> _Element:
    """The root element. Raises Refused: ``forbidden_construct`` for a DOCTYPE, ``damaged`` for what is not XML."""
    return _parsed(content)[0]


def _parsed(content: bytes) -> tuple[_Element, bool]:
    """The root element, and whether the bytes had to be mended for it. Raises Refused."""
    from lxml import etree

    plain = content.replace(b"\x00", b"")
    root_tag = _ROOT_TAG.search(plain)  # a document type stands before it; behind it the same letters are text
    if _DOCTYPE.search(plain[: root_tag.start()] if root_tag else plain):
        raise Refused(
            ReasonCode.FORBIDDEN_CONSTRUCT,
            "The XML file holds a document type declaration; e-invoices have none, and we refuse it for safety.",
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, recover=False
    )
    for mended, attempt in enumerate(_attempts(content)):
        try:
            root = etree.fromstring(attempt, parser)
        except (etree.XMLSyntaxError, ValueError):
            continue
        if root.getroottree().docinfo.internalDTD is not None:  # in an encoding or place that the search does not see
            raise Refused(ReasonCode.FORBIDDEN_CONSTRUCT)
        return root, bool(mended)
    raise Refused(ReasonCode.DAMAGED, "The XML file is damaged and cannot be read.")


def _attempts(content: bytes) -> Iterator[bytes]:
    """The file as it is; then without what stands around the XML, and in the encoding it really has."""
    yield content
    for encoding in ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252"):
        try:
            text = _DECLARATION.sub("", content.decode(encoding).strip("\ufeff\x00 \t\r\n"))
        except UnicodeDecodeError:
            continue
        yield text.encode()
        yield _AMPERSAND.sub(_character, _UNFIT.sub("", text)).encode()


def _character(match: re.Match[str]) -> str:
    """``&`` as it stands in names of firms, ``&nbsp;`` of a web page, a control character by its number."""
    name, number = match["name"], match["number"]
    if number:
        code = int(number[1:], 16) if number[0] in "xX" else int(number)
        return "" if code > 0x10FFFF or _UNFIT.match(chr(code)) else match[0]
    return escape(html5.get(f"{name};", f"&{name};")) if name else "&amp;"


def syntax_of(root: _Element) -> str | None:
    """Which kind of invoice this is by its root element; None for any other XML.

    One that says so by its elements under another namespace, or none, is taken too.
    """
    from lxml import etree

    name = etree.QName(root)
    family, syntax = _ROOTS.get(name.localname, ("", None))
    if (
        syntax is not None
        and family not in (name.namespace or "")
        and next(_inside(root, _SIGNS[syntax]), None) is None
    ):
        return None
    return syntax


def _inside(root: _Element, name: str) -> Iterator[_Element]:
    yield from root.iterchildren("{*}" + name)


def invoice_in(root: _Element) -> _Element:
    """The invoice itself: the root, or the first that a Peppol envelope holds."""
    from lxml import etree

    for child in _in_envelope(root):
        return etree.fromstring(etree.tostring(child, with_tail=False))
    return root


def _in_envelope(root: _Element) -> list[_Element]:
    from lxml import etree

    children = root.iterchildren("{*}*") if etree.QName(root).localname == _ENVELOPE else ()
    return [child for child in children if syntax_of(child) is not None]


def is_order(root: _Element) -> bool:
    """Is this Order-X, an order in the syntax family of CII?"""
    from lxml import etree

    return etree.QName(root).localname == _ORDER


def read(content: bytes) -> EInvoice:
    """The invoice in an XML file. Raises Refused, ``unsupported`` for XML that is no invoice we read."""
    root, mended = _parsed(content)
    if is_order(root):
        raise Refused(ReasonCode.UNSUPPORTED, "This is an order (Order-X), not an invoice.")
    found = read_tree(invoice_in(root))
    if found is None:
        raise Refused(ReasonCode.UNSUPPORTED, "This XML file is not an invoice that we read.")
    if mended:
        sentence = (
            "The file is not XML as it stands (signs around it or in it, or another encoding than it says); "
            "it was mended."
        )
        found.defects.insert(0, _encoding(sentence))
    if len(held := _in_envelope(root)) > 1:
        sentence = f"This envelope carries {len(held)} e-invoices. The first one was read."
        found.defects.append(Finding(code="KON-EINVOICE-SEVERAL", sentence=sentence))
    return found


def read_tree(root: _Element) -> EInvoice | None:
    """The invoice with this root element; None for any other XML."""
    syntax = syntax_of(root)
    if syntax is None:
        return None
    notation = Notation(dashed=syntax.startswith("ubl"))
    table = _TABLES[syntax]
    reading = Reading(root, notation)
    notation.known = _known(reading, table)
    if _ROOTS[_name(root)][0] not in (root.nsmap.get(root.prefix) or ""):
        notation.defect("NAMESPACE", f"The namespace of an e-invoice is missing or wrong: {_name(root)}.")
    return einvoice_from(syntax, reading.group(root, table), notation)


def profile_of(root: _Element, syntax: str) -> str | None:
    """The profile an invoice names (BT-24)."""
    wanted = tuple(each for each in _TABLES[syntax] if each.name == "profile")
    found: str | None = Reading(root, Notation()).group(root, wanted).get("profile")
    return found


def _known(reading: Reading, table: tuple[At, ...]) -> dict[str, str | None]:
    """The currencies, which tell two totals of tax apart."""
    wanted = tuple(each for each in table if each.name in ("currency", "accounting_currency"))
    found: dict[str, Any] = reading.group(reading.root, wanted)
    return found


def _name(root: _Element) -> str:
    from lxml import etree

    return str(etree.QName(root).localname)


def _encoding(sentence: str) -> Finding:
    return Finding(code="KON-EINVOICE-ENCODING", sentence=sentence, severity=Severity.WARNING)
