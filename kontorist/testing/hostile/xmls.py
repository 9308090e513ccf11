"""XML that is a trap: entities, depth, attributes, name spaces, text and figures without end, e-invoices among it."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from kontorist.testing.hostile import Draw, Recipes

RECIPES = Recipes("paper")
_UBL = "urn:oasis:names:specification:ubl:schema:xsd"
_PARTS = f'xmlns:cac="{_UBL}:CommonAggregateComponents-2" xmlns:cbc="{_UBL}:CommonBasicComponents-2"'
_NAMES = f'xmlns="{_UBL}:Invoice-2" {_PARTS}'


def _ubl(inside: str, *, head: str = "", names: str = "") -> bytes:
    """An invoice of UBL 2.1 that says next to nothing but what is `inside`."""
    party = "<cac:Party><cac:PartyName><cbc:Name>Muster GmbH</cbc:Name></cac:PartyName></cac:Party>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<Invoice {_NAMES} {names}><cbc:ID>4711</cbc:ID>'
        f"<cbc:IssueDate>2026-11-02</cbc:IssueDate><cac:AccountingSupplierParty>{party}</cac:AccountingSupplierParty>"
        f"{inside}</Invoice>"
    ).encode()


def _totals(amount: str) -> str:
    return (
        f'<cac:LegalMonetaryTotal><cbc:TaxInclusiveAmount currencyID="EUR">{amount}</cbc:TaxInclusiveAmount>'
        "</cac:LegalMonetaryTotal>"
    )


def _laughs(steps: int, each: int) -> str:
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * each}">' for n in range(steps))
    return f'<!DOCTYPE Invoice [<!ENTITY e0 "ha">{entities}]>'


RECIPES.add("laughs-10pow9.xml", lambda draw: _ubl("<cbc:Note>&e9;</cbc:Note>", head=_laughs(9, 10)))
RECIPES.add("laughs-2pow60.xml", lambda draw: _ubl("<cbc:Note>&e60;</cbc:Note>", head=_laughs(60, 2)))
RECIPES.add(
    "entity-squared.xml",
    lambda draw: _ubl(f"<cbc:Note>{'&a;' * 40_000}</cbc:Note>", head=f'<!DOCTYPE x [<!ENTITY a "{"a" * 40_000}">]>'),
)
_ENTITIES = {
    "file": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    "address": '<!DOCTYPE x [<!ENTITY a SYSTEM "http://127.0.0.1:9/a">]>',
    "parameter": '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p.dtd"> %p;]>',
    "outside": '<!DOCTYPE Invoice SYSTEM "http://127.0.0.1:9/invoice.dtd">',
    "public": '<!DOCTYPE Invoice PUBLIC "-//X//DTD//EN" "file:///etc/hosts">',
}
RECIPES.each("entity-{}.xml", _ENTITIES, lambda draw, head: _ubl("<cbc:Note>&a;</cbc:Note>", head=head))
RECIPES.add(
    "entity-in-utf-16.xml",
    lambda draw: (
        _ubl("<cbc:Note>&e9;</cbc:Note>", head=_laughs(9, 10)).decode().replace("UTF-8", "UTF-16").encode("utf-16")
    ),
)
RECIPES.add(
    "entity-in-utf-7.xml",
    lambda draw: b'<?xml version="1.0" encoding="UTF-7"?>' + "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>".encode("utf-7"),
)
RECIPES.each(
    "alphabet-{}.xml",
    {name: name for name in ("ebcdic-cp-be", "utf-32", "no-such-alphabet")},
    lambda draw, name: f'<?xml version="1.0" encoding="{name}"?><Invoice/>'.encode(),
)
_DEPTHS = {"255": 255, "257": 257, "200k": 200_000}
RECIPES.each("deep-{}.xml", _DEPTHS, lambda draw, depth: _ubl("<a>" * depth + "</a>" * depth))
RECIPES.add("deep-and-never-closed.xml", lambda draw: _ubl("<a>" * draw.randint(2_000_000, 3_000_000)))
RECIPES.add("attributes-500k.xml", lambda draw: _ubl("<a " + _many("a{}='1'", 500_000) + "/>"))
RECIPES.add("attribute-of-30MiB.xml", lambda draw: _ubl(f'<a b="{"x" * (30 << 20)}"/>'))
RECIPES.add("attribute-twice.xml", lambda draw: _ubl("<a " + "b='1' " * 5 + "/>"))
RECIPES.add("name-spaces-200k.xml", lambda draw: _ubl("<a " + _many("xmlns:n{0}='urn:{0}'", 200_000) + "/>"))
RECIPES.add("name-spaces-anew-each.xml", lambda draw: _ubl(_many('<x:a xmlns:x="urn:{}"/>', 300_000)))
RECIPES.add("name-of-5MiB.xml", lambda draw: _ubl(f"<{'n' * (5 << 20)}/>"))
RECIPES.add("text-of-45MiB.xml", lambda draw: _ubl(f"<cbc:Note>{'x' * (45 << 20)}</cbc:Note>"))
RECIPES.add("elements-1M.xml", lambda draw: _ubl("<a/>" * 1_000_000))
RECIPES.add("comments-500k.xml", lambda draw: _ubl("<!-- -->" * 500_000))
RECIPES.add("instructions-500k.xml", lambda draw: _ubl("<?a b?>" * 500_000))
RECIPES.add(
    "sheet-of-styles.xml",
    lambda draw: _ubl("", head='<?xml-stylesheet href="http://127.0.0.1:9/a.xsl" type="text/xsl"?>'),
)
RECIPES.add(
    "schema-from-outside.xml",
    lambda draw: _ubl(
        "",
        names='xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a http://127.0.0.1:9/a.xsd"',
    ),
)
RECIPES.add(
    "included-from-outside.xml",
    lambda draw: _ubl(
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
    ),
)
_AMOUNTS = {
    "exponent": "1e999999999",
    "a-million-digits": "9" * 1_000_000,
    "none": "NaN",
    "signs": "-" * 50_000 + "1",
    "thousands": "1" + ",000" * 100_000,
    "arabic": "\u0661" * 1000,
}
RECIPES.each("amount-{}.xml", _AMOUNTS, lambda draw, amount: _ubl(_totals(amount)))
RECIPES.add("date-of-10MiB.xml", lambda draw: _ubl(f"<cbc:DueDate>{'2026-' * (2 << 20)}</cbc:DueDate>"))


@RECIPES.makes("lines-100k.xml", heavy=True)
def _lines(draw: Draw) -> bytes:
    """A hundred thousand honest lines: not a trap, only far too much."""
    line = (
        "<cac:InvoiceLine><cbc:ID>{0}</cbc:ID><cbc:InvoicedQuantity>1</cbc:InvoicedQuantity>"
        '<cbc:LineExtensionAmount currencyID="EUR">{0}.00</cbc:LineExtensionAmount>'
        "<cac:Item><cbc:Name>Ware {0}</cbc:Name></cac:Item></cac:InvoiceLine>"
    )
    return _ubl(_many(line, 100_000) + _totals("119.00"))


@RECIPES.makes("rates-50k.xml")
def _rates(draw: Draw) -> bytes:
    rate = '<cac:TaxSubtotal><cbc:TaxAmount currencyID="EUR">{}.00</cbc:TaxAmount></cac:TaxSubtotal>'
    return _ubl(f"<cac:TaxTotal>{_many(rate, 50_000)}</cac:TaxTotal>" + _totals("119.00"))


@RECIPES.makes("enclosed-20MiB.xml")
def _enclosed(draw: Draw) -> bytes:
    file = base64.b64encode(bytes(20 << 20)).decode()
    inside = f'<cbc:EmbeddedDocumentBinaryObject mimeCode="application/pdf">{file}</cbc:EmbeddedDocumentBinaryObject>'
    return _ubl(
        f"<cac:AdditionalDocumentReference><cac:Attachment>{inside}</cac:Attachment></cac:AdditionalDocumentReference>"
    )


@RECIPES.makes("envelopes-in-envelopes.xml")
def _envelopes(draw: Draw) -> bytes:
    depth = draw.randint(200, 250)
    return b"<StandardBusinessDocument>" * depth + _ubl("")[38:] + b"</StandardBusinessDocument>" * depth


def _many(form: str, count: int) -> str:
    return " ".join(_each(form, count))


def _each(form: str, count: int) -> Iterable[str]:
    return (form.format(number) for number in range(count))
