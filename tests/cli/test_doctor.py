"""kontorist doctor: every line says how it is, and what repairs it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kontorist.cli import doctor
from kontorist.engine.instance import instance_lock, publish
from kontorist.engine.prefect_server import PrefectServer
from kontorist.testing.twins.callback_receiver import callback_receiver
from tests.cli.conftest import COMPANY, Kontorist


def test_a_healthy_installation_ends_with_zero(kontorist: Kontorist, company: Path) -> None:
    said = kontorist("doctor", "--json")

    states = {each["subject"]: each["state"] for each in said.json["checks"]}
    assert (said.code, said.json["ok"]) == (0, True)
    assert {"python", "packages", "libraries", "configuration", "clock", "person", "folder"} <= set(states)
    assert states["connector scanner"] == "ok"
    assert not (company / "var").exists()  # it looks and changes nothing


def test_a_wrong_configuration_ends_with_three_and_shows_each_fault(kontorist: Kontorist, company: Path) -> None:
    (company / "config.yaml").write_text(COMPANY.replace("country: NL", "contry: NL"), encoding="utf-8")

    said = kontorist("doctor")

    assert said.code == 3
    assert "fail  configuration: config.yaml:2:39: company.contry: unknown key" in said.stdout
    assert "fail  configuration: config.yaml:2:1: company.country: is missing" in said.stdout


def test_no_configuration_ends_with_three(
    kontorist: Kontorist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert kontorist("doctor").code == 3


def test_a_connectors_own_trouble_is_told_with_its_repair(kontorist: Kontorist, company: Path) -> None:
    (company / "in" / "scan").rmdir()

    said = kontorist("doctor")

    assert said.code == 1
    assert f"fail  connector scanner: The folder {company}/in/scan is not there." in said.stdout
    assert f"mkdir -p {company}/in/scan" in said.stdout


def test_a_stranger_is_warned_and_told_the_line_to_add(kontorist: Kontorist, company: Path) -> None:
    said = kontorist("doctor", user="carla")

    assert said.code == 0
    assert 'warn  person: Nobody under people: in config.yaml has the login "carla".' in said.stdout
    assert "carla: {login: carla, roles: [clerk]}" in said.stdout


def test_a_foreign_package_of_our_name_is_found(
    kontorist: Kontorist, company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`tasks` is a common word: another package of that name would be run in place of ours."""
    (tmp_path / "foreign" / "tasks").mkdir(parents=True)
    (tmp_path / "foreign" / "tasks" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path / "foreign"))
    monkeypatch.delitem(sys.modules, "tasks", raising=False)

    said = kontorist("doctor")

    assert said.code == 1
    assert "fail  packages: tasks is not ours" in said.stdout


def test_a_missing_library_is_named(kontorist: Kontorist, company: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_version_of", lambda name: None if name == "prefect" else "1.0")

    assert "fail  libraries: not installed: prefect" in kontorist("doctor").stdout


def test_a_nearly_full_disk_is_a_warning(kontorist: Kontorist, company: Path) -> None:
    with (company / "config.yaml").open("a", encoding="utf-8") as config:
        config.write("engine: {low_disk: 999999GiB}\n")

    said = kontorist("doctor")

    assert said.code == 0
    assert "warn  disk: " in said.stdout


BUSY = (
    COMPANY.replace("NL}", "NL, vat_id: NL000099998B57}", 1)
    + """\
  shop: {use: webhook/standard, key: {secret: shop}, emits: [order.created, ticket.created]}
routes:
  - {on: order.created, run: receivables/order_to_invoice}
  - {on: ticket.created, run: helpdesk/ticket_triage}
schedules:
  day: {run: reporting/daily_report, cron: "0 18 * * *"}
"""
)


def test_what_the_processes_lack_is_a_warning_with_what_to_add(
    kontorist: Kontorist, company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONTORIST_SECRET_SHOP", "whsec_" + "a" * 44)
    (company / "config.yaml").write_text(BUSY, encoding="utf-8")

    said = kontorist("doctor")

    assert said.code == 0
    assert "warn  letters: nobody is told anything by mail" in said.stdout
    assert "warn  sales invoices: our own invoices lack company.address, company.ibans" in said.stdout
    assert "warn  tickets: nobody presses for late tickets" in said.stdout
    assert "warn  daily report: goes to nobody" in said.stdout
    assert "payroll:" not in said.stdout


def test_where_answers_go_is_tried_without_sending_any(
    kontorist: Kontorist, company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with callback_receiver() as shop:
        monkeypatch.setenv("KONTORIST_SECRET_SHOP", shop.secret)
        connector = f'  status: {{use: webhook/callback, url: "{shop.url}", key: {{secret: shop}}}}\n'
        text = COMPANY.replace("connectors:\n", "connectors:\n" + connector)
        (company / "config.yaml").write_text(text, encoding="utf-8")

        reached = kontorist("doctor")
    away = kontorist("doctor")

    assert "ok    connector status: status answers to 127.0.0.1." in reached.stdout
    assert shop.deliveries == []
    assert (away.code, "fail  connector status: 127.0.0.1 cannot be reached" in away.stdout) == (1, True)


def test_rules_for_e_invoices_are_listed_by_what_they_are(kontorist: Kontorist, company: Path) -> None:
    (company / "rules").mkdir()
    asserts = "".join(f'<svrl:failed-assert id="BR-DE-{number}"/>' for number in range(5))
    head = (
        'xmlns:svrl="http://purl.oclc.org/dsdl/svrl" xmlns:u="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"'
    )
    (company / "rules" / "mine.xslt").write_text(f"<x {head}>{asserts}</x>", encoding="utf-8")
    (company / "rules" / "other.xsl").write_text("<x/>", encoding="utf-8")
    (company / "config.yaml").write_text(COMPANY + "einvoice: {rules: rules}\n", encoding="utf-8")

    said = kontorist("doctor").stdout
    (company / "config.yaml").write_text(COMPANY + "einvoice: {rules: nowhere}\n", encoding="utf-8")

    assert "XRechnung (BR-DE), mine.xslt; not known: other.xsl" in said
    assert f"warn  e-invoices: {company}/nowhere is no folder" in kontorist("doctor").stdout


def test_a_reserve_that_was_given_up_is_told_with_what_to_do(kontorist: Kontorist, company: Path) -> None:
    kontorist("status")  # makes the database
    assert "ok    reserve: the room for records is there" in kontorist("doctor").stdout
    (company / "var" / "kontorist.reserve").unlink()

    said = kontorist("doctor")

    assert said.code == 1
    assert "fail  reserve: the room for records was given up, because the disk was full" in said.stdout
    assert f"Make room in {company / 'var'}" in said.stdout


@pytest.mark.parametrize(
    ("watched", "line"),
    [
        (True, "ok    pool: Prefect shows what died there"),
        (False, "warn  pool: what dies there together with its worker stays Running"),
        (None, None),
    ],
    ids=["the watch is there", "it is not", "Prefect does not answer"],
)
def test_whether_somebody_looks_for_the_dead_of_the_pool(
    kontorist: Kontorist, company: Path, monkeypatch: pytest.MonkeyPatch, watched: bool | None, line: str | None
) -> None:
    def asked(server: PrefectServer) -> bool:
        if watched is None:
            raise ConnectionRefusedError
        return watched

    text = COMPANY + "routes:\n  - {on: document.received, run: documents/archiving, lane: pool}\n"
    (company / "config.yaml").write_text(text, encoding="utf-8")
    assert "pool:" not in kontorist("doctor").stdout, "nothing runs yet"

    monkeypatch.setattr("kontorist.engine.prefect_pool.zombies_are_watched", asked)
    with instance_lock(company / "var"):
        server = PrefectServer.prepared(company / "var" / "prefect")
        publish(company / "var", {"prefect": {"port": server.port}})
        said = kontorist("doctor")

    assert said.code == 0
    assert line in said.stdout if line else "pool:" not in said.stdout


def test_doctor_says_which_program_reads_pictures(
    company: Path, kontorist: Kontorist, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kontorist.extraction.ocr import engines

    for there, state, said in (
        ([engines.RAPID], "ok", "recognised by rapidocr"),
        ([engines.TESSERACT], "ok", "recognised by tesseract"),
        ([engines.RAPID, engines.TESSERACT], "ok", "tesseract is there too"),
        ([], "warn", "wait for a person"),
    ):
        monkeypatch.setattr(engines, "installed", lambda there=there: there)
        [line] = [each for each in kontorist("doctor", "--json").json["checks"] if each["subject"] == "pictures"]
        assert line["state"] == state
        assert said in line["sentence"]
        assert (line["repair"] is None) is bool(there)
