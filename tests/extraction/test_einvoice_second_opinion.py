"""What another library writes as a term of EN 16931, we read as that term; and whatever is broken, nothing raises."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest
from einvoice_samples import UBL, ZUGFERD_1, credit_note
from hypothesis import given, settings
from hypothesis import strategies as st

from kontorist.extraction.einvoice import reader
from kontorist.extraction.einvoice.figures import value_at
from kontorist.extraction.einvoice.plain import invoice_data
from kontorist.extraction.einvoice.terms import TERMS
from kontorist.extraction.einvoice.view import html_of
from kontorist.sandbox import Refused
from kontorist.testing.documents.einvoice import cii_xml
from kontorist.testing.documents.suppliers import drawn_invoice

_BY_NUMBER = {term.number: name for name, term in TERMS.items()}
_PARTY = {
    "name": "Hofladen Celle GmbH", "biz_name": "Hofladen", "vat_identifier": "DE136695976", "legal_identifier": "HRB 1",
    "einvoicing_addr": "9930", "einvoicing_addr_schemeid": "0204", "addr_l1": "Am Hof 1", "addr_l2": "Hinten",
    "addr_l3": "Oben", "postcode": "29221", "city": "Celle", "country_code": "DE", "country_subdivision": "NI",
}  # fmt: skip
_OURS = {
    "name": "name", "biz_name": "trading_name", "vat_identifier": "vat_id", "legal_identifier": "registration",
    "einvoicing_addr": "endpoint", "einvoicing_addr_schemeid": "endpoint_scheme", "addr_l1": "street",
    "addr_l2": "street2", "addr_l3": "street3", "postcode": "postcode", "city": "town", "country_code": "country",
    "country_subdivision": "region",
}  # fmt: skip
_TEXTS = "1 10 11 12 13 14 15 16 19 20 23 82 83 84 85 86"
_AMOUNTS = "106 107 108 109 110 112 113 114 115"
_DAYS = "2 9 72 73 74"
_LINE = {
    **{f"BT-{number}": f"text {number}" for number in ["126", "132", "133", "153", "154", "155", "156", "157"]},
    "BT-129": "2",
    "BT-130": "HUR",
    "BT-131": "100.00",
    "BT-146": "50.00",
    "BT-148": "55.00",
    "BT-149": "1",
    "BT-134": date(2026, 4, 1),
    "BT-135": date(2026, 4, 30),
    "BT-151": "S",
    "BT-152": "19",
    "BT-157-1": "0160",
    "BT-159": "NL",
    "BT-127-00": [{"BT-127": "text 127"}],
}
_TAX = {
    "BT-116": "100.00",
    "BT-117": "19.00",
    "BT-118": "S",
    "BT-119": "19",
    "BT-120": "text 120",
    "BT-121": "VATEX-EU-AE",
}


def facts(type_code: str) -> dict[str, Any]:
    """An invoice that says nearly everything, each term another thing."""
    said: dict[str, Any] = {f"BT-{number}": f"text {number}" for number in _TEXTS.split()}
    said |= {f"BT-{number}": f"{number}.25" for number in _AMOUNTS.split()}
    said |= {f"BT-{number}": date(2026, 5, index) for index, number in enumerate(_DAYS.split(), start=1)}
    said |= {"BT-3": type_code, "BT-5": "EUR", "BT-24": "urn:cen.eu:en16931:2017", "BT-81": "58"}
    said |= {"BT-82": "SEPA", "BG-4": dict(_PARTY), "BG-7": {**_PARTY, "name": "Kontor Beispiel B.V."}}
    return said | {
        "BG-1": [{"BT-21": "AAI", "BT-22": "text 22"}],
        "BG-3": [{"BT-25": "text 25", "BT-26": date(2026, 3, 1)}],
        "BG-23": [dict(_TAX)],
        "BG-25": [dict(_LINE)],
    }


@pytest.mark.parametrize("type_code", ["380", "381"])
@pytest.mark.parametrize("flavor", ["factur-x", "ubl-2.1"])
def test_what_factur_x_writes_is_read_as_the_same_terms(flavor: str, type_code: str) -> None:
    from facturx import generate_xml

    written = facts(type_code)
    if flavor == "ubl-2.1":
        written["BG-25"][0].pop("BT-148")  # it writes one only with a discount
    xml = generate_xml(dict(written), flavor=flavor, level="en16931", check_xsd=False, check_schematron=False)
    found = reader.read(xml if isinstance(xml, bytes) else str(xml).encode())

    first = {group: found.terms[group][0] for group in ("payment", "lines", "taxes", "notes", "preceding")}
    everything = {**written, **written["BG-25"][0], **written["BG-23"][0], **written["BG-1"][0], **written["BG-3"][0]}
    otherwise = {}
    for number, value in everything.items():
        if number in _BY_NUMBER:
            name = _BY_NUMBER[number]
            read = value_at({**found.terms, **first}, name)
            read = read[0] if isinstance(read, list) else read
            if str(read) != str(value):
                otherwise[number] = (name, value, read)
    assert otherwise == {}
    for group, name in (("seller", "Hofladen Celle GmbH"), ("buyer", "Kontor Beispiel B.V.")):
        expected = {ours: _PARTY[theirs] for theirs, ours in _OURS.items()} | {"name": name}
        assert {ours: found.terms[group].get(ours) for ours in expected} == expected
    assert found.kind.value == ("invoice" if type_code == "380" else "credit_note")


SAMPLES = {
    "ubl-invoice": UBL,
    "ubl-creditnote": credit_note(),
    "zugferd1": ZUGFERD_1,
    "cii": cii_xml(drawn_invoice(7, "de")).decode(),
}


@pytest.mark.parametrize("syntax", SAMPLES)
def test_each_leaf_may_be_missing_and_the_rest_is_read(syntax: str) -> None:
    """Taking any one element away never raises, and takes away no more of the ten fields than those it holds."""
    text = SAMPLES[syntax]
    before = reader.read(text.encode())
    leaves = re.findall(r"<(?:\w+:)?\w+(?: [^<>]*)?>[^<>]+</(?:\w+:)?\w+>", text)
    assert len(leaves) > 30

    for leaf in leaves:
        after = reader.read(text.replace(leaf, "", 1).encode())
        gone = [name for name, value in before.values.items() if value != after.values[name]]
        assert len(gone) <= 2, (leaf, gone)


_NOTHING = {"file": "a.xml", "verdict": "accept", "reason": None, "checked": [], "findings": []}


@given(
    syntax=st.sampled_from(sorted(SAMPLES)),
    place=st.integers(0, 10_000),
    length=st.integers(0, 40),
    instead=st.one_of(st.binary(max_size=12), st.sampled_from([b"", b"<a>", b"&x;", b"<!--", b"]]>", b"\xff", b"1e9"])),
)
@settings(max_examples=80, deadline=None)
def test_whatever_is_broken_is_read_or_refused_by_name(syntax: str, place: int, length: int, instead: bytes) -> None:
    content = SAMPLES[syntax].encode()
    place %= len(content)

    try:
        found = reader.read(content[:place] + instead + content[place + length :])
    except Refused as refused:
        sentences = [refused.sentence]
    else:
        data = invoice_data(found)
        assert json.loads(json.dumps(data)) == data
        assert html_of({**_NOTHING, "invoice": data}, "nl").startswith("<!DOCTYPE html>")
        sentences = [each.sentence for each in found.defects]
    assert all(sentences)
