"""kontorist read invoice: one line per file, in order, whatever the files hold."""

from __future__ import annotations

import io
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kontorist.cli import out
from kontorist.cli.progress import progress
from kontorist.cli.read import _AHEAD, _in_order, content_of
from kontorist.domain.payables.draft import InvoiceDraft
from kontorist.sandbox import SENTENCES, Outcome, Pool, ReasonCode
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
    assert said.json["files"][0]["reason"] == "There is no such file; look at its name and folder."


def test_without_json_it_is_a_table_for_people(kontorist: Kontorist, papers: list[str]) -> None:
    said = kontorist("read", "invoice", papers[0])

    assert said.stdout.splitlines()[0].split() == ["file", "status", "supplier", "number", "date", "gross", "reason"]
    assert "There is no such file" in said.stdout


def test_a_wrong_configuration_ends_with_three(kontorist: Kontorist, papers: list[str], tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("version: 9\n")

    assert kontorist("read", "invoice", "--config", str(tmp_path), papers[0]).code == 3


def test_a_file_larger_than_memory_is_not_even_opened(kontorist: Kontorist, tmp_path: Path) -> None:
    large = tmp_path / "large.pdf"
    with large.open("wb") as file:
        file.truncate(4 << 30)

    (line,) = kontorist("read", "invoice", str(large), "--jsonl").lines

    assert (line["status"], line["reason_code"]) == ("quarantined", "too_large")
    assert line["reason"].startswith("The file is larger than 50 MiB. Nothing is lost")


def test_a_file_that_grows_while_it_is_read_is_read_only_as_far_as_we_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log.pdf").write_bytes(bytes(1000))
    monkeypatch.setattr("kontorist.extraction.reading.MOST_BYTES", 1000)
    assert content_of(tmp_path / "log.pdf") == bytes(1000)
    monkeypatch.setattr("kontorist.extraction.reading.MOST_BYTES", 10)

    draft = content_of(tmp_path / "log.pdf")

    assert isinstance(draft, InvoiceDraft)
    assert draft.refused == "too_large"


@pytest.mark.parametrize("made", [os.mkfifo, lambda path: None])
def test_what_is_no_ordinary_file_is_never_waited_for(tmp_path: Path, made: Callable[[Path], None]) -> None:
    made(tmp_path / "pipe")
    draft = content_of(tmp_path / "pipe") if (tmp_path / "pipe").exists() else content_of(Path("/dev/zero"))

    assert isinstance(draft, InvoiceDraft)
    assert draft.reason == "This is no ordinary file; name the files to be read."


def test_the_same_name_twice_and_names_that_are_no_text_keep_their_lines(kontorist: Kontorist, tmp_path: Path) -> None:
    """Bytes of a name that are no UTF-8 come as JSON's escapes of half characters, in any alphabet of the terminal."""
    (tmp_path / "empty.pdf").touch()
    strange = tmp_path / os.fsdecode(b"R\xe9cu \xf0.pdf")
    strange.touch()

    said = kontorist("read", "invoice", *[str(tmp_path / "empty.pdf")] * 2, str(strange), str(tmp_path), "--jsonl")

    assert (said.code, len(said.stdout.splitlines())) == (0, 4)
    assert [each["file"] for each in said.lines] == ["empty.pdf", "empty.pdf", strange.name, tmp_path.name]
    assert said.lines[0]["reason"].startswith("The file is empty. Nothing is lost")
    assert said.lines[3]["reason"] == "This is a folder; name the files to be read."


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_lines_are_json_whatever_letters_the_terminal_knows(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr("sys.stdout", terminal)

    out.json_line({"file": "Müller \U0001f4a3 €\udcff\u2028\x85.pdf"})

    terminal.seek(0)
    (line,) = terminal.read().splitlines()
    assert json.loads(line)["file"] == "Müller \U0001f4a3 €\udcff\u2028\x85.pdf"


@pytest.mark.parametrize("what", ["invoice", "einvoice"])
def test_where_we_fail_ourselves_the_file_still_gets_its_line(
    kontorist: Kontorist, papers: list[str], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Say no process can be started any more: each file is told so, and the exit code says that all have a line."""

    def no_child(self: Pool, *_: object, **__: object) -> None:
        raise OSError("no process left")

    monkeypatch.setattr(Pool, "call", no_child)

    said = kontorist("read", what, papers[1], papers[0], "--jsonl")

    assert (said.code, [each["file"] for each in said.lines]) == (0, ["broken.pdf", "missing.pdf"])
    assert said.lines[0]["reason"] == "Reading this file failed on our side (OSError); try it again."


def test_where_we_fail_ourselves_a_table_still_gets_its_line(
    kontorist: Kontorist, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def no_child(self: Pool, *_: object, **__: object) -> None:
        raise OSError("no process left")

    monkeypatch.setattr(Pool, "call", no_child)
    (tmp_path / "a.csv").write_text("Artikel;Preis\n1;2\n")

    said = kontorist("read", "table", "prices", str(tmp_path / "a.csv"), str(tmp_path / "none.csv"), "--jsonl")

    assert said.code == 0
    assert [(each["file"], each["reason_code"]) for each in said.lines] == [
        ("a.csv", "not_read"),
        ("none.csv", "no_file"),
    ]


@pytest.mark.parametrize("what", ["invoice", "einvoice"])
@pytest.mark.parametrize(
    "answer", [None, 7, {"xml": 5}, {"xml": "!!", "findings": [{}]}, {"fields": "none", "signs": 4}]
)
def test_a_child_that_answers_nonsense_is_not_believed(
    kontorist: Kontorist, papers: list[str], monkeypatch: pytest.MonkeyPatch, what: str, answer: object
) -> None:
    monkeypatch.setattr(Pool, "call", lambda *_, **__: Outcome(value=answer))

    (line,) = kontorist("read", what, papers[1], "--jsonl").lines

    assert (line["reason_code"], line["reason"]) == ("parser_died", SENTENCES[ReasonCode.PARSER_DIED])


def test_lines_come_in_order_and_few_are_read_ahead_of_the_one_that_takes_long() -> None:
    """The first file waits until nothing more is begun: so many lines are kept in memory, not a thousand."""
    begun: list[str] = []
    last_ahead = threading.Event()

    def read(file: Path) -> dict[str, Any]:
        begun.append(file.name)
        if file.name == "0":
            assert last_ahead.wait(20)
        if len(begun) == 2 * _AHEAD + 1:
            last_ahead.set()
        return {"file": file.name}

    lines = _in_order(read, [Path(str(number)) for number in range(1000)], 2)

    assert next(lines) == {"file": "0"}
    assert len(begun) <= 2 * _AHEAD + 3
    assert [each["file"] for each in lines] == [str(number) for number in range(1, 1000)]


def test_a_command_without_files_is_wrong_usage(kontorist: Kontorist) -> None:
    assert kontorist("read", "invoice", "--jsonl").code == 2
    assert kontorist("read", "einvoice", "--jsonl").code == 2
    assert kontorist("read", "invoice", "a.pdf", "--fast").code == 2


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
