"""kontorist archive add, find, show, verify, rebuild."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Kontorist


@pytest.fixture
def letter(company: Path) -> Path:
    file = company / "Brief.txt"
    file.write_text("Sehr geehrte Damen und Herren", encoding="utf-8")
    return file


@pytest.fixture
def document(kontorist: Kontorist, letter: Path) -> str:
    """The number of the archived letter."""
    number: str = json.loads(kontorist("archive", "add", "Brief.txt", "--class", "letter", "--jsonl").stdout)["id"]
    return number


def test_a_file_is_archived_once_and_stays_where_it_is(kontorist: Kontorist, letter: Path) -> None:
    first = json.loads(kontorist("archive", "add", "Brief.txt", "--jsonl").stdout)
    again = json.loads(kontorist("archive", "add", "Brief.txt", "--jsonl").stdout)

    assert (first["status"], again["status"]) == ("archived", "already")
    assert first["id"] == again["id"]
    assert letter.exists()


def test_somebody_unknown_archives_nothing(kontorist: Kontorist, letter: Path, company: Path) -> None:
    said = kontorist("archive", "add", "Brief.txt", user="carla")

    assert said.code == 3
    assert "Add below people: the line `carla: {login: carla, roles: [clerk]}`." in said.stderr
    assert not (company / "var").exists()


def test_one_file_that_cannot_be_read_does_not_stop_the_others(kontorist: Kontorist, letter: Path) -> None:
    said = kontorist("archive", "add", "Brief.pdf", "Brief.txt", "--jsonl")
    missing, stored = (json.loads(line) for line in said.stdout.splitlines())

    assert said.code == 1
    assert (missing["file"], missing["status"]) == ("Brief.pdf", "refused")
    assert missing["reason"] == "It cannot be read: No such file or directory."
    assert (stored["file"], stored["status"], stored["seq"]) == ("Brief.txt", "archived", 1)


def test_a_document_is_found_and_shown(kontorist: Kontorist, document: str) -> None:
    found = kontorist("archive", "find", "brief", "--json").json
    shown = kontorist("archive", "show", document, "--json").json

    assert [hit["id"] for hit in found["hits"]] == [document]
    assert (shown["name"], shown["class"], shown["source"]) == ("Brief.txt", "letter", "/kontorist/cli/archive")


def test_find_asks_for_class_and_day(kontorist: Kontorist, document: str) -> None:
    def hits(*words: str) -> int:
        return len(kontorist("archive", "find", *words, "--json").json["hits"])

    assert hits("--class", "letter") == 1
    assert hits("--class", "invoice") == 0
    assert hits("--to", "2000-01-01") == 0
    assert kontorist("archive", "find", "--from", "gestern").code == 2


def test_what_is_not_found_is_said_beside_the_data(kontorist: Kontorist, document: str) -> None:
    said = kontorist("archive", "find", "rechnung")

    assert (said.code, said.stdout) == (0, "")
    assert said.stderr == "Nothing found; try fewer or shorter words.\n"


def test_more_than_a_page_names_the_next_one(kontorist: Kontorist, document: str, company: Path) -> None:
    (company / "Brief 2.txt").write_text("Noch einer")
    kontorist("archive", "add", "Brief 2.txt")

    first = kontorist("archive", "find", "--limit", "1")
    key = first.stderr.split("--after ")[1].strip()
    second = kontorist("archive", "find", "--limit", "1", "--after", key, "--json").json

    assert "Brief 2.txt" in first.stdout
    assert [hit["id"] for hit in second["hits"]] == [document]


def test_the_original_comes_back_and_replaces_nothing(kontorist: Kontorist, document: str, company: Path) -> None:
    assert kontorist("archive", "show", document, "--original", "copy.txt").code == 0
    assert (company / "copy.txt").read_bytes() == (company / "Brief.txt").read_bytes()

    again = kontorist("archive", "show", document, "--original", "copy.txt")

    assert again.code == 2
    assert "File exists" in again.stderr


def test_an_unknown_number_is_a_sentence(kontorist: Kontorist, document: str) -> None:
    said = kontorist("archive", "show", "D123")

    assert said.code == 1
    assert said.stderr.startswith("KON-150: The archive holds no document with this number.\n  where: D123\n")


def test_an_untouched_archive_verifies_and_a_touched_one_does_not(
    kontorist: Kontorist, document: str, company: Path
) -> None:
    whole = kontorist("archive", "verify", "--full", "--json")
    assert (whole.code, whole.json["ok"], whole.json["level"]) == (0, True, "full")

    sha256 = kontorist("archive", "show", document, "--json").json["sha256"]
    (stored,) = [file for file in (company / "var" / "archive").rglob("*") if file.name.startswith(sha256)][:1]
    stored.chmod(0o644)
    stored.write_text("Sehr geehrte Damen und Herrn!")

    touched = kontorist("archive", "verify", "--full")

    assert touched.code == 1
    assert "changed" in touched.stdout
    assert "NOT all as they were written." in touched.stdout


def test_the_database_can_be_made_again(kontorist: Kontorist, document: str) -> None:
    assert kontorist("archive", "rebuild", "--json").json["documents"] == 1
    assert kontorist("archive", "rebuild").stdout.startswith("The database was made again: 1 documents")
