"""`kontorist payroll`, and what the other commands show of payroll documents and of what payroll needs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kontorist.extraction.reading import open_pool
from kontorist.testing.payroll import password, sample_payroll, sample_staff
from kontorist.testing.payroll_office import CONFIG, KEY, OCTOBER, open_payroll_office
from tests.cli.conftest import COMPANY, Kontorist

REGISTER = ("payroll", "show", "2026-10", "--register", "register.xlsx")


@pytest.fixture(scope="module")
def october(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample month: two employees wait, the others are released. November has begun."""
    folder = tmp_path_factory.mktemp("payroll")
    sample = sample_payroll(folder / "sample", OCTOBER)
    with open_pool(1) as pool:
        office = open_payroll_office(folder / "office", pool, sample.employees)
        office.takes_in(*sorted(sample.sheets.iterdir()))
        office.releases()
        november = sample_payroll(folder / "november", OCTOBER.following(), doubts=False)
        office.takes_in(min(november.sheets.iterdir()))  # the bureau's result, for which time sheets are missing
        office.services.close()
    return folder / "office"


@pytest.fixture
def released(october: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "office"
    shutil.copytree(october, folder)
    with_secrets(folder, monkeypatch)
    monkeypatch.chdir(folder)
    return folder


def with_secrets(folder: Path, monkeypatch: pytest.MonkeyPatch, key: str = KEY, passwords: str | None = None) -> None:
    file = folder / "passwords.txt"
    file.write_text(passwords or "".join(f"{each.number}: {password(each.number)}\n" for each in sample_staff(OCTOBER)))
    monkeypatch.setenv("KONTORIST_SECRET_PAYROLL", key)
    monkeypatch.setenv("KONTORIST_SECRET_PAYSLIPS_FILE", str(file))


def test_a_month_is_shown_with_doubts_releases_and_payslips(released: Path, kontorist: Kontorist) -> None:
    said = kontorist("payroll", "show", "2026-10", "--purpose", "question of 00042")

    assert said.code == 0
    assert "of 184 rows are good." in said.stdout
    assert "timesheets-2026-10.xlsx Zeiten!A5 (personnel number 00099): nobody in the master data" in said.stdout
    assert "release 1: 6 employees, released, by carla" in said.stdout
    (line,) = [each for each in said.stdout.splitlines() if "Jörg Müller" in each]
    assert line.split() == ["00042", "Jörg", "Müller", "200", "3120.75", "2022.25", "1", "(released)", "done"]


def test_the_audit_trail_of_a_month_tells_of_its_pay_and_of_every_look_at_it(
    released: Path, kontorist: Kontorist
) -> None:
    kontorist("payroll", "show", "2026-10", "--purpose", "question of 00042")

    told = kontorist("audit", "show", "2026-10", "--json").json["lines"]

    said = [(each["who"], each["what"]) for each in told]
    assert ("carla", "approved a release") in said
    assert ("carla", "posted") in said
    assert told[-1]["facts"] == {"period": "2026-10", "purpose": "question of 00042"}
    assert "3120.75" not in str(told)


def test_only_the_role_payroll_looks(released: Path, kontorist: Kontorist) -> None:
    said = kontorist("payroll", "show", "2026-10", user="joost")

    assert said.code != 0
    assert "joost does not have the role payroll" in said.stderr
    assert "3120.75" not in said.stdout + said.stderr


def test_a_month_that_nobody_knows_is_said_to_be_unknown(released: Path, kontorist: Kontorist) -> None:
    said = kontorist("payroll", "show", "2026-09")

    assert said.code != 0
    assert "There is no payroll run 2026-09." in said.stderr


def test_the_register_is_written_for_its_owner_only_and_replaces_nothing(released: Path, kontorist: Kontorist) -> None:
    said = kontorist(*REGISTER, "--json")

    register = released / "register.xlsx"
    assert said.json["written_to"] == "register.xlsx"
    assert register.read_bytes()[:2] == b"PK"
    assert register.stat().st_mode & 0o077 == 0
    assert kontorist(*REGISTER).code == 2


def test_an_original_of_payroll_is_shown_to_the_role_payroll_only(released: Path, kontorist: Kontorist) -> None:
    slip = kontorist("payroll", "show", "2026-10", "--json").json["payslips"][0]["document"]

    refused = kontorist("archive", "show", slip, "--original", "slip.pdf", user="joost")
    said = kontorist("archive", "show", slip, "--original", "slip.pdf", user="carla")

    assert "joost does not have the role payroll" in refused.stderr
    assert (refused.code != 0, said.code) == (True, 0)
    assert (released / "slip.pdf").read_bytes()[:5] == b"%PDF-"
    assert (released / "slip.pdf").stat().st_mode & 0o077 == 0


def test_without_a_release_there_is_no_register_to_write(released: Path, kontorist: Kontorist) -> None:
    said = kontorist("payroll", "show", "2026-11", "--register", "register.xlsx")

    assert said.code == 2
    assert "nothing of this month is released yet" in said.stderr


def test_the_staff_of_the_sample_is_taken_without_a_doubt(
    company: Path, kontorist: Kontorist, monkeypatch: pytest.MonkeyPatch
) -> None:
    (company / "config.yaml").write_text(CONFIG, encoding="utf-8")
    with_secrets(company, monkeypatch)
    sample = sample_payroll(company / "sample", OCTOBER)

    said = kontorist("masterdata", "import", "employees", str(sample.staff), "--json")

    assert (said.code, said.json["new"]) == (0, len(sample.employees))


# --- doctor


def of_payroll(kontorist: Kontorist) -> dict[str, str | None]:
    """What doctor says of payroll: each sentence with its repair, None where it is fine."""
    checks = kontorist("doctor", "--json").json["checks"]
    return {each["sentence"]: each["repair"] for each in checks if each["subject"] == "payroll"}


def test_doctor_says_what_payroll_needs_where_payroll_is_set_up(
    company: Path, kontorist: Kontorist, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert of_payroll(kontorist) == {}
    sheets = "  sheets: {use: folder/local, path: in/scan, emits: payroll.sheet_received}\n"
    (company / "config.yaml").write_text(COMPANY + sheets, encoding="utf-8")

    said = of_payroll(kontorist)

    assert "openssl rand -hex 32" in str(
        said["There is no usable key for payroll documents, so none is taken in or shown."]
    )
    assert "payroll.payslip_secrets" in str(said["passwords for 0 payslips"])
    assert "notifications.mail_out" in str(said["payslips go out by notifications.mail_out"])
    assert "Give it to 2 people" in str(said["people with the role payroll: 0"])


def test_doctor_is_content_with_an_office_that_is_ready(released: Path, kontorist: Kontorist) -> None:
    assert of_payroll(kontorist) == {
        "payroll documents are encrypted with archive.payroll_key": None,
        "passwords for 8 payslips": None,
        "payslips go out by notifications.mail_out": None,
        "people with the role payroll: 2": None,
    }


def test_doctor_names_a_key_and_passwords_that_are_no_good_and_shows_none(
    released: Path, kontorist: Kontorist, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_secrets(released, monkeypatch, "a-short-key", "00017: 01.02.1980\n00021: korn-blume-1\n00034: korn-blume-1\n")

    said = of_payroll(kontorist)

    assert "The key for payroll documents has to be 32 random bytes, in hexadecimal or base64." in said
    assert "passwords for 3 payslips, not fit for use: personnel number 00017, 00021, 00034" in said
    assert "korn-blume" not in str(said)
    assert "a-short-key" not in str(said)
