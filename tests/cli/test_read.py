"""kontorist read invoice: one line per file, in order, whatever the files hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from kontorist.cli.progress import progress
from kontorist.cli.read import _content
from kontorist.domain.payables.draft import InvoiceDraft
from kontorist.extraction.reading import MOST_BYTES
from tests.cli.conftest import Kontorist

FIELDS = {"supplier_name", "supplier_vat_id", "invoice_number", "issue_date", "due_date", "currency", "net", "tax"}


@pytest.fixture
def papers(tmp_path: Path) -> list[str]:
    """A broken file, a folder and one that is not there."""
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing more")
    (tmp_path / "folder.pdf").mkdir()
    (tmp_path / "not-a-pdf.txt").write_text("Guten Tag")
    return [str(tmp_path / name) for name in ("missing.pdf", "broken.pdf", "folder.pdf", "not-a-pdf.txt")]


def test_every_file_gets_its_line_in_the_order_given(kontorist: Kontorist, papers: list[str]) -> None:
    said = kontorist("read", "invoice", *papers, "--jsonl")

    assert (said.code, said.stderr) == (0, "")
    assert [each["file"] for each in said.lines] == ["missing.pdf", "broken.pdf", "folder.pdf", "not-a-pdf.txt"]
    assert all(each["status"] == "quarantined" and each["reason"].endswith(".") for each in said.lines)
    assert all(set(each) >= FIELDS | {"gross", "iban", "lines", "evidence", "kind"} for each in said.lines)


def test_one_json_object_holds_all(kontorist: Kontorist, papers: list[str]) -> None:
    said = kontorist("read", "invoice", *papers[:2], "--json")

    assert said.json["schema_version"] == 1
    assert said.json["files"][0]["reason"] == "There is no such file."


def test_without_json_it_is_a_table_for_people(kontorist: Kontorist, papers: list[str]) -> None:
    said = kontorist("read", "invoice", papers[0])

    assert said.stdout.splitlines()[0].split() == ["file", "status", "supplier", "number", "date", "gross", "reason"]
    assert "There is no such file." in said.stdout


def test_a_wrong_configuration_ends_with_three(kontorist: Kontorist, papers: list[str], tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("version: 9\n")

    assert kontorist("read", "invoice", "--config", str(tmp_path), papers[0]).code == 3


def test_a_file_without_end_is_read_only_as_far_as_we_read(tmp_path: Path) -> None:
    """A file may be larger than memory; one byte more than the limit is enough to refuse it."""
    large = tmp_path / "large.pdf"
    with large.open("wb") as file:
        file.truncate(10 * MOST_BYTES)

    content = _content(large)

    assert isinstance(content, bytes)
    assert len(content) == MOST_BYTES + 1


def test_a_device_is_no_file() -> None:
    draft = _content(Path("/dev/zero"))

    assert isinstance(draft, InvoiceDraft)
    assert draft.reason == "There is no such file."


@pytest.mark.corpus
@pytest.mark.slow
def test_real_invoices_are_read_with_and_without_our_company(
    kontorist: Kontorist, company: Path, shared_corpus: Path
) -> None:
    files = sorted(str(file) for file in (shared_corpus / "invoices" / "pdf").glob("*.pdf"))[:3]

    plain = kontorist("read", "invoice", *files, "--jsonl", "--visual-only")
    with_us = kontorist("read", "invoice", *files, "--jsonl", "--config", str(company))

    assert plain.code == with_us.code == 0
    assert [each["file"] for each in plain.lines] == [Path(file).name for file in files]


def test_progress_gives_everything_and_is_silent_off_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress(range(5), 5, "reading")) == [0, 1, 2, 3, 4]
    assert capsys.readouterr().err == ""


def test_progress_draws_a_bar_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")

    assert list(progress(iter("abc"), 3, "reading")) == ["a", "b", "c"]
    assert "reading" in capsys.readouterr().err


def test_an_e_invoice_and_other_files_get_their_lines(kontorist: Kontorist, papers: list[str], tmp_path: Path) -> None:
    xml = tmp_path / "a.xml"
    xml.write_text('<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>')

    said = kontorist("read", "einvoice", str(xml), *papers, "--jsonl")

    assert (said.code, said.stderr) == (0, "")
    assert [each["file"] for each in said.lines] == [
        "a.xml", "missing.pdf", "broken.pdf", "folder.pdf", "not-a-pdf.txt"
    ]  # fmt: skip
    assert [each["verdict"] for each in said.lines] == ["reject", *["not_checked"] * 4]
    assert all(set(each) >= {"syntax", "profile", "xsd_valid", "findings", "verdict", "invoice"} for each in said.lines)
    assert all(each["reason"].endswith(".") for each in said.lines)


def test_severities_of_the_configuration_count(kontorist: Kontorist, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "config.yaml").write_text(
        "version: 1\ncompany: {name: Kontor Beispiel B.V., country: NL}\n"
        "einvoice: {rules: rules, severities: {KON-EINVOICE-MISSING: information}}\n"
    )
    xml = tmp_path / "a.xml"
    xml.write_text('<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>')

    said = kontorist("read", "einvoice", str(xml), "--config", str(tmp_path), "--json").json["files"][0]

    defects = [each for each in said["findings"] if each["rule"] == "KON-EINVOICE-MISSING"]
    assert {each["severity"] for each in defects} == {"information"}


def test_a_page_to_read_is_a_new_file(kontorist: Kontorist, papers: list[str], tmp_path: Path) -> None:
    target = tmp_path / "page.html"

    said = kontorist("read", "einvoice", papers[1], "--html", str(target), "--language", "de")

    assert said.code == 0
    assert "broken.pdf" in target.read_text(encoding="utf-8")
    assert kontorist("read", "einvoice", papers[1], "--html", str(target)).code == 2, "what is there is not replaced"
    assert kontorist("read", "einvoice", *papers, "--html", str(tmp_path / "b.html")).code == 2
    assert kontorist("read", "einvoice", papers[1], "--html", str(tmp_path / "b.html"), "--language", "xx").code == 2
