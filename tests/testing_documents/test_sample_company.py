"""The sample company's month of post."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import facturx
import pypdfium2
import pytest
from stdnum import iban as stdnum_iban
from stdnum.eu import vat as stdnum_vat

from kontorist.domain.ledger.chart import CHART, AccountKind
from kontorist.testing.documents.company import COMPANY, SamplePaper, sample_month, supplier_masterdata

TODAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> list[SamplePaper]:
    return sample_month(tmp_path_factory.mktemp("post"), today=TODAY)


def the(papers: list[SamplePaper], word: str) -> SamplePaper:
    return next(paper for paper in papers if word in paper.what)


def text_of(path: Path) -> str:
    document = pypdfium2.PdfDocument(path.read_bytes())
    found = str(document[0].get_textpage().get_text_range())
    document.close()
    return found


def test_the_month_holds_every_sort_of_paper_once(papers: list[SamplePaper]) -> None:
    assert len(papers) == 14
    assert {paper.how for paper in papers} == {"folder", "mail", "webhook"}
    wanted = ("e-invoice", "copy of", "not the sum", "another bank", "large", "credit note", "broken", "picture")
    assert [word for word in wanted if sum(word in paper.what for paper in papers) != 1] == []


def test_no_two_papers_are_the_same_file(papers: list[SamplePaper]) -> None:
    assert len({paper.file.read_bytes() for paper in papers}) == len(papers)


def test_the_same_day_gives_the_same_month(papers: list[SamplePaper], tmp_path: Path) -> None:
    again = sample_month(tmp_path / "again", today=TODAY)

    assert [each.file.read_bytes() for each in again] == [each.file.read_bytes() for each in papers]
    assert [each.expectation for each in again] == [each.expectation for each in papers]


def test_nothing_is_dated_in_the_future_on_any_day_of_the_year(tmp_path: Path) -> None:
    for today in (date(2026, 1, 1), date(2028, 2, 29)):
        paper = the(sample_month(tmp_path / str(today), today=today), "e-invoice")
        issued = facturx.get_xml_from_pdf(paper.file.read_bytes())[1].decode().split('format="102">')[1][:8]
        assert issued <= today.strftime("%Y%m%d")


def test_the_copy_tells_of_the_same_invoice(papers: list[SamplePaper]) -> None:
    copy, original = the(papers, "copy of"), the(papers, "two VAT rates")

    assert sorted(text_of(copy.file).split()) == sorted([*text_of(original.file).split(), "KOPIE"])
    assert copy.how != original.how


def test_the_changed_account_is_sound_but_not_the_known_one(papers: list[SamplePaper]) -> None:
    known = {iban for row in supplier_masterdata() for iban in row["ibans"]}
    line = next(each for each in text_of(the(papers, "another bank").file).splitlines() if each.startswith("IBAN"))

    printed = "".join(line.split()[1:])

    assert stdnum_iban.is_valid(printed)
    assert printed not in known


def test_the_broken_file_and_the_picture_have_no_text(papers: list[SamplePaper]) -> None:
    with pytest.raises(pypdfium2.PdfiumError):
        text_of(the(papers, "broken").file)
    assert text_of(the(papers, "picture").file) == ""


def test_the_master_data_can_be_booked_to() -> None:
    for row in supplier_masterdata():
        assert stdnum_vat.is_valid(row["vat_id"])
        assert all(stdnum_iban.is_valid(iban) for iban in row["ibans"])
        assert CHART[row["default_account"]].kind in (AccountKind.EXPENSE, AccountKind.ASSET)


def test_one_supplier_is_not_in_the_master_data(papers: list[SamplePaper]) -> None:
    assert "Sonnental" in text_of(the(papers, "not yet known").file)
    assert not any("Sonnental" in row["name"] for row in supplier_masterdata())


def test_the_company_has_sound_numbers_of_its_own() -> None:
    assert stdnum_vat.is_valid(COMPANY.vat_id)
    assert stdnum_iban.is_valid(COMPANY.iban)
