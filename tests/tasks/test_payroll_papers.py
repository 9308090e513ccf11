"""The register and the payslips of a month, as people open them."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from kontorist.domain.money import Money
from kontorist.domain.payroll.employees import employee_id
from kontorist.domain.payroll.figures import Figures, PayLine
from kontorist.domain.periods import Period
from kontorist.services.payroll.releases import Slip
from tasks.payroll.payslip import write_payslip
from tasks.payroll.register import write_register

OCTOBER = Period(2026, 10)


def eur(amount: str) -> Money:
    return Money(amount, "EUR")


LUCJA = PayLine(
    employee=employee_id("00034"), number="00034", name="Łucja Wróbel", cost_centre="100", gross=eur("3475.00"),
    deductions=eur("1223.20"), net=eur("2251.80"), employer=eur("724.54"), wage_tax=eur("512.56"), social=eur("710.64"),
    minutes=10410, origin="Dxyz Lohn!A4",
)  # fmt: skip
JOERG = replace(LUCJA, employee=employee_id("00042"), number="00042", name="=Jörg", cost_centre="200", minutes=0)
FIGURES = Figures(period=OCTOBER, release=1, currency="EUR", lines=(LUCJA, JOERG))


def register(figures: Figures, language: str = "de") -> Any:
    return load_workbook(BytesIO(write_register(figures, company="Kontor Beispiel B.V.", language=language)))


def headings(sheet: Any) -> list[str]:
    return [cell.value for cell in sheet[1]]


def slip(language: str, line: PayLine = LUCJA, former: PayLine | None = None, release: int = 1) -> str:
    """The text of a payslip, as it stands on its page."""
    import pypdfium2

    figures = replace(FIGURES, release=release)
    paper = Slip(figures=figures, line=line, former=former, language=language, company="Kontor Beispiel B.V.")
    document = pypdfium2.PdfDocument(write_payslip(paper))
    assert len(document) == 1
    return str(document[0].get_textpage().get_text_bounded())


def test_the_register_has_everybody_with_numbers_that_are_numbers() -> None:
    sheet = register(FIGURES)["Lohnjournal"]
    row = dict(zip(headings(sheet), [cell.value for cell in sheet[2]], strict=True))

    assert (row["Personal-Nr."], row["Name"], row["Stunden"]) == ("00034", "Łucja Wróbel", "173:30")
    assert (row["Brutto"], row["Netto"]) == (3475.00, 2251.80)
    assert [cell.value for cell in sheet[3]][1] == "=Jörg"
    assert sheet["B3"].data_type == "s"  # text, no formula


def test_last_month_stands_beside_this_one_where_there_is_one() -> None:
    with_last = replace(FIGURES, lines=(replace(LUCJA, last_gross=eur("3400.00")), JOERG))
    sheet = register(with_last)["Lohnjournal"]
    row = dict(zip(headings(sheet), [cell.value for cell in sheet[2]], strict=True))

    assert (row["Brutto Vormonat"], row["Änderung"]) == (3400.00, 75.00)
    assert "Änderung" not in headings(register(FIGURES)["Lohnjournal"])


@pytest.mark.parametrize(
    ("language", "second"), [("de", "Kostenstellen"), ("nl", "Kostenplaatsen"), ("en", "Cost centres")]
)
def test_the_second_sheet_adds_up_by_cost_centre(language: str, second: str) -> None:
    sheet = register(FIGURES, language)[second]

    assert [[cell.value for cell in row] for row in sheet["A2:E3"]] == [
        ["100", 1, 3475.00, 724.54, 2251.80],
        ["200", 1, 3475.00, 724.54, 2251.80],
    ]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", ["Entgeltabrechnung Oktober 2026", "Łucja Wróbel", "3.475,00", "-512,56", "Auszahlung", "2.251,80"]),
        ("nl", ["Loonstrook oktober 2026", "Łucja Wróbel", "3.475,00", "-512,56", "Uitbetaling", "2.251,80"]),
        ("en", ["Payslip October 2026", "Łucja Wróbel", "3,475.00", "-512.56", "Net pay", "2,251.80"]),
        ("fr", ["Payslip October 2026"]),
    ],
)
def test_a_payslip_is_in_its_readers_language_and_way_of_writing(language: str, words: list[str]) -> None:
    text = slip(language)

    assert [word for word in words if word not in text] == []


def test_a_bureau_that_names_no_taxes_leaves_one_line_of_deductions() -> None:
    text = slip("de", replace(LUCJA, wage_tax=None, social=None))

    assert "Abzüge" in text
    assert "-1.223,20" in text
    assert "Steuern -" not in text


def test_a_later_slip_names_what_it_takes_the_place_of() -> None:
    text = slip("nl", former=replace(LUCJA, net=eur("2200.00")), release=2)

    assert "Versie" in text
    assert "verschil 51,80 EUR" in text.replace("\xa0", " ").replace("\r\n", " ")


def test_a_letter_that_the_font_lacks_becomes_its_nearest() -> None:
    assert "Jo 山本" not in slip("de", replace(LUCJA, name="J\u01d2 山本"))
    assert "Jo ??" in slip("de", replace(LUCJA, name="J\u01d2 山本"))


def test_the_same_line_gives_the_same_bytes() -> None:
    paper = Slip(figures=FIGURES, line=LUCJA, former=None, language="de", company="K")

    assert write_payslip(paper) == write_payslip(paper)
    assert write_register(FIGURES, company="K", language="de") == write_register(FIGURES, company="K", language="de")
