"""Schema and rules, in the child of their own: what is broken has rule, severity, place and sentence."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from einvoice_samples import UBL, ZUGFERD_1, credit_note, spoiled
from pdfs import with_attachment

from kontorist.domain.payables.draft import DocumentKind
from kontorist.extraction.checking import Checker
from kontorist.extraction.einvoice import rulebook, validation
from kontorist.extraction.einvoice.verdict import verdict_on, weighed
from kontorist.testing.documents.einvoice import cii_xml, hybrid
from kontorist.testing.documents.layouts import layout
from kontorist.testing.documents.pages import render
from kontorist.testing.documents.suppliers import drawn_invoice

XRECHNUNG = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
PEPPOL = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
EN16931 = "urn:cen.eu:en16931:2017<"


@pytest.fixture(scope="module")
def checker(einvoice_checker: Checker) -> Checker:
    return einvoice_checker


def rules(found: dict[str, Any], severity: str = "error") -> list[str]:
    return [each["rule"] for each in found["findings"] if each["severity"] == severity]


def test_a_right_ubl_invoice_is_accepted(checker: Checker) -> None:
    found = checker.read(UBL.encode(), name="a.xml")

    assert (found["verdict"], found["xsd_valid"], found["findings"]) == ("accept", True, [])
    assert (found["file"], found["syntax"], found["profile"]) == ("a.xml", "ubl-invoice", "urn:cen.eu:en16931:2017")
    assert found["checked"] == ["XSD", "EN 16931 (UBL)"]
    assert found["invoice"]["gross"] == "107.10"


def test_a_credit_note_is_held_to_its_own_schema(checker: Checker) -> None:
    assert checker.read(credit_note().encode(), name="a.xml")["verdict"] == "accept"


def test_a_broken_rule_has_its_id_place_and_sentence(checker: Checker) -> None:
    found = checker.read(spoiled(UBL, {">17.10<": ">17.20<"}), name="a.xml")
    (rule,) = [each for each in found["findings"] if each["rule"] == "BR-CO-14"]

    assert rule["severity"] == "error"
    assert rule["location"] == "/Invoice/TaxTotal"
    assert rule["text"].startswith("Invoice total VAT amount (BT-110)")
    assert found["verdict"] == "reject"
    assert "BR-CO-14" in found["reason"]
    assert found["invoice"]["invoice_number"] == "RE-4711"


def test_what_breaks_the_schema_is_read_all_the_same(checker: Checker) -> None:
    found = checker.read(spoiled(UBL, {"<cbc:ID>RE-4711</cbc:ID>": "<cbc:Id>RE-4711</cbc:Id>"}), name="a.xml")

    assert (found["xsd_valid"], found["verdict"]) == (False, "reject")
    assert found["invoice"]["gross"] == "107.10"
    (schema, *_) = [each for each in found["findings"] if each["rule"] == "XSD"]
    assert schema["location"].startswith("line ")
    assert "'Id'" in schema["text"]
    assert "KON-EINVOICE-MISSING" in rules(found)


@pytest.mark.parametrize(("profile", "named"), [(XRECHNUNG, "BR-DE"), (PEPPOL, "PEPPOL-EN16931")])
def test_national_rules_that_are_not_here_leave_the_verdict_open(checker: Checker, profile: str, named: str) -> None:
    found = checker.read(spoiled(UBL, {EN16931: f"{profile}<"}), name="a.xml")

    assert found["verdict"] == "not_checked"
    assert named in found["reason"]
    assert found["checked"] == ["XSD", "EN 16931 (UBL)"]


def test_what_breaks_a_rule_is_rejected_whatever_is_missing(checker: Checker) -> None:
    found = checker.read(spoiled(UBL, {EN16931: f"{XRECHNUNG}<", ">17.10<": ">17.20<"}), name="a.xml")

    assert found["verdict"] == "reject"


def test_zugferd_1_has_a_schema_and_no_rules(checker: Checker) -> None:
    found = checker.read(ZUGFERD_1.encode(), name="a.xml")

    assert (found["xsd_valid"], found["verdict"]) == (True, "not_checked")
    assert "ZUGFeRD 1.0" in found["reason"]


#: With a day of delivery: an empty element, which CII wants without one, is a warning.
FACTS = replace(drawn_invoice(7, "de"), delivered=date(2026, 5, 3))


def test_a_hybrid_is_accepted_by_its_profile(checker: Checker) -> None:
    content = hybrid(render(FACTS, layout("formal")), cii_xml(FACTS))
    found = checker.read(content, name="a.pdf")

    assert (found["verdict"], found["xsd_valid"], found["checked"]) == ("accept", True, ["XSD", "Factur-X EN16931"])


def test_the_profile_of_an_xrechnung_is_no_error_of_factur_x(checker: Checker) -> None:
    """FX-SCH-A-000556 asks for a profile of Factur-X; its other rules are those of EN 16931."""
    content = cii_xml(FACTS).replace(b"urn:cen.eu:en16931:2017<", f"{XRECHNUNG}<".encode())
    found = checker.read(content, name="a.xml")

    assert rules(found, "information") == ["FX-SCH-A-000556"]
    assert found["verdict"] == "not_checked"
    assert "BR-DE" in found["reason"]


def test_a_page_that_says_otherwise_is_a_finding_and_no_fault_of_the_xml(checker: Checker) -> None:
    other = replace(FACTS, number="XX-9999")
    content = with_attachment(render(FACTS, layout("formal")), "a.xml", cii_xml(other))
    found = checker.read(content, name="a.pdf")

    assert "KON-PAGE-XML-invoice_number" in rules(found)
    assert found["verdict"] == "accept"

    found = checker.read(with_attachment(content, "b.xml", cii_xml(FACTS)), name="a.pdf")

    assert "KON-EINVOICE-SEVERAL" in rules(found)
    assert found["verdict"] == "accept"


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "damaged", "empty"),
        (b"GIF89a", "unsupported", "neither XML nor a PDF"),
        (b"<a>", "damaged", "damaged"),
        (b"<a/>", "unsupported", "not an invoice"),
        (b"%PDF-1.7 and no more", "damaged", "damaged"),
        (render(FACTS, layout("formal")), "unsupported", "no e-invoice"),
        (with_attachment(render(FACTS, layout("formal")), "order-x.xml", b"<SCRDMCCBDACIOMessageStructure/>"),
         "unsupported", "an order"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_read_has_its_reason(checker: Checker, content: bytes, code: str, words: str) -> None:
    found = checker.read(content, name="x")

    assert (found["verdict"], found["invoice"], found["reason_code"]) == ("not_checked", None, code)
    assert words in found["reason"]


def test_a_credit_note_whose_xml_asks_for_money_is_named(checker: Checker) -> None:
    credited = drawn_invoice(5, "de", kind=DocumentKind.CREDIT_NOTE)
    page = render(credited, layout("formal"))
    as_invoice = cii_xml(credited).replace(b"TypeCode>381<", b"TypeCode>380<").replace(b">-", b">")

    assert "KON-PAGE-XML-kind" in rules(checker.read(hybrid(page, as_invoice), name="a.pdf"))
    assert "KON-PAGE-XML-kind" not in rules(checker.read(hybrid(page, cii_xml(credited)), name="a.pdf"))


def test_severities_of_the_office_count() -> None:
    findings = [{"rule": "BR-CO-14", "severity": "error"}, {"rule": "R-1", "severity": "warning"}]

    assert verdict_on(weighed(findings, {"BR-CO-14": "information", "R-1": "information"}), []) == ("accept", None)
    assert verdict_on(weighed(findings, {"BR-CO-14": "warning"}), [])[0] == "accept_with_warnings"
    assert verdict_on(findings, ["BR-DE"])[0] == "reject"


def test_many_broken_rules_are_counted() -> None:
    findings = [{"rule": f"R-{number}", "severity": "error"} for number in range(9)]

    assert verdict_on(findings, []) == ("reject", "It breaks R-0, R-1, R-2, R-3, R-4, R-5 and 3 more.")


STYLESHEET = """<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
 xmlns:svrl="http://purl.oclc.org/dsdl/svrl" xmlns:ubl="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">
<xsl:template match="/"><svrl:schematron-output>{asserts}</svrl:schematron-output></xsl:template></xsl:stylesheet>"""


def own(folder: Path, ids: str, *, name: str = "mine.xslt", count: int = 5) -> None:
    """A stylesheet as a user brings it: all its rules fail, the first as a warning."""
    asserts = "".join(
        f'<svrl:failed-assert id="{ids}{number}" flag="{"fatal" if number else "warning"}" location="/*:Invoice[1]">'
        f"<svrl:text>[{ids}{number}]-Not so.</svrl:text></svrl:failed-assert>"
        for number in range(count)
    )
    (folder / name).write_text(STYLESHEET.format(asserts=asserts))


def test_rules_of_the_user_are_found_by_what_is_in_them(tmp_path: Path) -> None:
    own(tmp_path, "BR-DE-")
    own(tmp_path, "XX-", name="other.xslt")
    (tmp_path / "notes.txt").write_text("BR-DE-1")

    found, unknown = rulebook.own_rules(tmp_path)

    assert [(each.kind, each.syntax) for each in found] == [("xrechnung", "ubl")]
    assert unknown == ["other.xslt"]
    assert rulebook.own_rules(None) == ([], [])


def test_rules_of_the_user_are_applied_where_the_profile_asks_for_them(tmp_path: Path, checker: Checker) -> None:
    own(tmp_path, "BR-DE-")
    office = replace(checker, rules=tmp_path, severities={f"BR-DE-{number}": "warning" for number in range(1, 5)})

    found = office.read(spoiled(UBL, {EN16931: f"{XRECHNUNG}<"}), name="a.xml")

    assert found["findings"][0] == {
        "rule": "BR-DE-0", "severity": "warning", "location": "/Invoice", "text": "Not so."
    }  # fmt: skip
    assert found["verdict"] == "accept_with_warnings"
    assert checker.read(UBL.encode(), name="a.xml")["verdict"] == "accept", "others are not held to them"


def test_a_stylesheet_that_fails_leaves_the_verdict_open(tmp_path: Path, checker: Checker) -> None:
    own(tmp_path, "BR-DE-")
    broken = tmp_path / "mine.xslt"
    broken.write_text(broken.read_text().replace("</xsl:template>", "<xsl:nothing/></xsl:template>"))

    found = replace(checker, rules=tmp_path).read(spoiled(UBL, {EN16931: f"{XRECHNUNG}<"}), name="a.xml")

    assert found["verdict"] == "not_checked"
    assert "mine.xslt" in found["reason"]


def test_saxon_is_imported_nowhere_but_in_its_child() -> None:
    """It ends the whole process when it is entered from another thread or a fork."""
    root = Path(__file__).parents[2]
    files = [file for name in ("kontorist", "tasks", "flows", "connectors") for file in (root / name).rglob("*.py")]
    importing = [
        file.name for file in files if re.search(r"(?:import|from) saxonche", file.read_text(encoding="utf-8"))
    ]
    assert importing == ["validation.py"]


def test_a_credit_note_of_ours_by_its_type(checker: Checker) -> None:
    credit = replace(FACTS, kind=DocumentKind.CREDIT_NOTE, corrects="RE-1")
    found = checker.read(cii_xml(credit), name="a.xml")

    assert (found["verdict"], found["invoice"]["kind"]) == ("accept", "credit_note")


def test_a_rule_is_not_hidden_by_another_that_is_broken_often() -> None:
    often = [{"rule": "BR-1", "severity": "warning"}] * 500
    found = validation.named_first([*often, {"rule": "BR-2", "severity": "error"}])

    assert (len(found), found[-1]["rule"]) == (200, "BR-2")
    assert verdict_on(found, [])[0] == "reject"


def test_a_child_that_fails_leaves_the_verdict_open(checker: Checker) -> None:
    """A rules folder that is not there: nothing is accepted unchecked."""
    found = replace(checker, rules=Path("/nowhere")).read(UBL.encode(), name="a.xml")

    assert (found["verdict"], found["xsd_valid"]) == ("not_checked", None)


def test_the_page_about_e_invoices_names_every_defect_and_verdict() -> None:
    root = Path(__file__).parents[2]
    page = (root / "docs" / "einvoices.md").read_text(encoding="utf-8")
    code = "".join(path.read_text(encoding="utf-8") for path in (root / "kontorist/extraction/einvoice").glob("*.py"))
    defects = set(re.findall(r'defect\(\s*"([A-Z]+)"', code))
    defects |= {"ENCODING", "OTHER", "SEVERAL", "UNREAD", "RULES", "UNCHECKED"}

    assert set(re.findall(r"`KON-EINVOICE-(\w+)`", page)) == defects
    assert set(re.findall(r'return "(\w+)"', code)) & set(re.findall(r"\| `(\w+)` \|", page)) == {
        "accept", "accept_with_warnings", "not_checked", "reject"
    }  # fmt: skip
