"""A month of pay on the real database and archive: what is good is released and mailed once, what is doubtful waits."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from kontorist.domain.approvals import NotAllowed, Verdict
from kontorist.domain.errors import TransientError, UncertainOutcome
from kontorist.domain.events import Event
from kontorist.domain.payroll.doubts import Code
from kontorist.domain.payroll.employees import Employee, employee_id
from kontorist.domain.ports import Receipt
from kontorist.sandbox import Pool
from kontorist.services.carriers import NothingToCorrect
from kontorist.services.payroll.decisions import FiguresChanged, NothingToLetThrough
from kontorist.services.payroll.months import PeriodUnknown
from kontorist.services.payroll.viewing import RunUnknown
from kontorist.store.database import Store
from kontorist.testing.fakes import RecordingSink
from kontorist.testing.payroll import (
    RESULT_HEADINGS,
    TIME_HEADINGS,
    password,
    result_row,
    result_rows,
    sample_payroll,
    sample_staff,
    time_rows,
    write_workbook,
)
from kontorist.testing.payroll_office import CONFIG, OCTOBER, PayrollOffice, open_payroll_office

STAFF = sample_staff(OCTOBER)
Opened = Callable[..., PayrollOffice]


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("empty") / "kontorist.db"
    Store.open(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def opened(tmp_path: Path, readers: Pool, empty_database: Path) -> Iterator[Opened]:
    offices: list[PayrollOffice] = []

    def open_one(staff: tuple[Employee, ...] = STAFF, name: str = "office", **rest: Any) -> PayrollOffice:
        offices.append(open_payroll_office(tmp_path / name, readers, staff, database=empty_database, **rest))
        return offices[-1]

    yield open_one
    for office in offices:
        office.services.close()


@pytest.fixture
def office(opened: Opened) -> PayrollOffice:
    return opened()


def hours(folder: Path, rows: list[Any], name: str = "hours-2026-10.xlsx") -> Path:
    return write_workbook(folder / name, TIME_HEADINGS, {"Zeiten": rows})


def bureau(folder: Path, rows: list[Any], name: str = "bureau-2026-10.xlsx") -> Path:
    return write_workbook(folder / name, RESULT_HEADINGS, {"Lohn": rows})


def good_month(folder: Path, staff: tuple[Employee, ...] = STAFF) -> tuple[Path, Path]:
    return hours(folder, time_rows(OCTOBER, staff)), bureau(folder, result_rows(staff))


# --- the month


def test_a_clean_month_waits_for_one_release_and_for_nothing_else(office: PayrollOffice, tmp_path: Path) -> None:
    office.takes_in(*good_month(tmp_path))

    (item,) = office.services.worklist.items()
    assert (item.kind, item.title) == ("payroll_release", "Payroll 2026-10, release 1: 8 employees")
    assert office.slips() == {}


def test_what_is_released_is_booked_once_and_mailed_once_to_each(office: PayrollOffice, tmp_path: Path) -> None:
    office.takes_in(*good_month(tmp_path))
    office.releases()

    with office.services.store.read() as tx:
        (posted,) = office.services.store.journal.entries(tx)
    assert posted.entry.approved_by == ("carla",)
    assert sum(line.amount.amount for line in posted.entry.lines) == 0
    assert {action["to"][0] for action in office.slips().values()} == {each.email for each in STAFF}  # type: ignore[index]
    assert len(office.slips()) == len(STAFF)


def test_a_slip_opens_with_the_employees_own_password_and_names_only_him(office: PayrollOffice, tmp_path: Path) -> None:
    office.takes_in(*good_month(tmp_path))
    office.releases()

    by_address = {action["to"][0]: action for action in office.sink.done.values() if "payslip" not in str(action["to"])}
    for employee in STAFF:
        action: Any = next(each for each in office.slips().values() if each["to"] == [employee.email])  # type: ignore[index]
        content = base64.b64decode(action["attachments"][0]["content_base64"])
        with pytest.raises(pikepdf.PasswordError):
            pikepdf.open(BytesIO(content))
        with pikepdf.open(BytesIO(content), password=password(employee.number)) as slip:
            assert (slip.encryption.R, slip.encryption.bits) == (6, 256)
        assert employee.number not in action["subject"] + action["text"]
        assert employee.name.split()[0] not in action["subject"] + action["text"] + action["html"]
    assert by_address


def test_three_planted_errors_hold_back_two_employees_and_are_named_by_their_cells(
    office: PayrollOffice, tmp_path: Path
) -> None:
    sample = sample_payroll(tmp_path, OCTOBER)
    office.takes_in(*sorted(sample.sheets.iterdir()))

    (doubts,) = office.items("payroll_doubts")
    (release,) = office.items("payroll_release")
    assert tuple((each["cell"], each["code"]) for each in doubts.content["doubts"]) == sample.planted
    assert release.content["employees"] == len(STAFF) - 2


def test_of_two_thousand_rows_each_planted_error_is_found_and_all_others_go_on(opened: Opened, tmp_path: Path) -> None:
    """A hundred people on twenty days, in two sheets of one workbook."""
    staff = tuple(
        replace(STAFF[0], id=employee_id(f"{n:05d}"), number=f"{n:05d}", name=f"Person {n}") for n in range(1, 101)
    )
    rows = [row for row in time_rows(OCTOBER, staff) if row[2] <= date(2026, 10, 28)]  # type: ignore[operator]  # a day
    on_call = [at for at, row in enumerate(rows) if row[0] == "00100"]
    for at in on_call:
        rows[at] = (*rows[at][:3], 15.1, rows[at][4])  # 302 hours in the month: the last day is above the limit
    planted = {
        7: ("A", Code.UNKNOWN, ("00999", *rows[7][1:])),
        104: ("A", Code.NUMBER, (None, *rows[104][1:])),
        305: ("B", Code.NAME, (rows[305][0], "Person 99", *rows[305][2:])),
        511: ("C", Code.DUPLICATE, rows[510]),
        777: ("C", Code.DATE, (*rows[777][:2], "31.09.2026", *rows[777][3:])),
        999: ("C", Code.DATE, (*rows[999][:2], None, *rows[999][3:])),
        1000: ("C", Code.MONTH, (*rows[1000][:2], date(2026, 11, 2), *rows[1000][3:])),
        1234: ("D", Code.HOURS, (*rows[1234][:3], "acht", rows[1234][4])),
        1555: ("D", Code.HOURS, (*rows[1555][:3], "7.500", rows[1555][4])),  # seven and a half, or seven thousand?
        on_call[-1]: ("D", Code.LIMIT, rows[on_call[-1]]),
    }
    for at, (_, _, row) in planted.items():
        rows[at] = row
    workbook = write_workbook(tmp_path / "hours-2026-10.xlsx", TIME_HEADINGS, {"Nord": rows[:1000], "Süd": rows[1000:]})
    office = opened(staff)

    office.takes_in(workbook)

    with office.services.store.read() as tx:
        (run,) = office.services.store.payroll.runs(tx)
    expected = {
        ("Nord" if at < 1000 else "Süd", f"{column}{at % 1000 + 2}", code) for at, (column, code, _) in planted.items()
    }
    assert {(each["sheet"], each["cell"], each["code"]) for each in run.doubts} == expected
    assert (len(run.doubts), run.rows, run.good_rows) == (10, 2000, 1990)

    pay = [result_row(each, Decimal(3000)) for each in staff]
    pay[20] = (*pay[20][:2], "3.000", *pay[20][3:])  # three thousand, or three?
    office.takes_in(bureau(tmp_path, pay))

    (doubts,) = office.items("payroll_doubts")
    (release,) = office.items("payroll_release")
    assert ("Lohn", "C22", Code.AMOUNT) in {
        (each["sheet"], each["cell"], each["code"]) for each in doubts.content["doubts"]
    }
    waiting = {each["number"] for each in doubts.content["doubts"]} - {"00999", None}
    assert (len(waiting), release.content["employees"]) == (9, 91)


def test_a_corrected_file_clears_the_doubt_and_its_employee_is_released_later(
    office: PayrollOffice, tmp_path: Path
) -> None:
    rows = time_rows(OCTOBER, STAFF)
    wrong = [*rows[:-1], (*rows[-1][:2], date(2026, 11, 2), *rows[-1][3:])]
    office.takes_in(hours(tmp_path, wrong), bureau(tmp_path, result_rows(STAFF)))
    office.releases()
    assert len(office.slips()) == len(STAFF) - 1

    office.takes_in(hours(tmp_path, rows))

    assert office.items("payroll_doubts") == []
    (item,) = office.items("payroll_release")
    assert item.title == "Payroll 2026-10, release 2: 1 employee"
    assert any("one employee only" in reason for reason in item.reasons)
    office.releases()
    assert len(office.slips()) == len(STAFF)
    with office.services.store.read() as tx:
        assert len(office.services.store.journal.entries(tx)) == 2


def test_a_correction_of_one_reopens_nobody_else(office: PayrollOffice, tmp_path: Path) -> None:
    office.takes_in(*good_month(tmp_path))
    office.releases()
    before = dict(office.slips())
    rows = result_rows(STAFF)

    office.takes_in(bureau(tmp_path, [result_row(STAFF[0], Decimal("4200.00")), *rows[1:]]))
    office.releases()

    new = set(office.slips()) - set(before)
    assert [key.split("/")[2:] for key in new] == [[STAFF[0].id, "2"]]
    with office.services.store.read() as tx:
        last = office.services.store.journal.entries(tx)[-1].entry
    assert [str(line.amount.amount) for line in last.lines if line.account == "6000"] == ["50.00"]


def test_last_months_pay_is_what_a_change_is_measured_against(office: PayrollOffice, tmp_path: Path) -> None:
    office.takes_in(*good_month(tmp_path))
    office.releases()
    november = OCTOBER.following()
    rows = [result_row(STAFF[0], Decimal("6000.00")), *result_rows(STAFF)[1:]]

    office.takes_in(
        hours(tmp_path, time_rows(november, STAFF), "hours-2026-11.xlsx"), bureau(tmp_path, rows, "bureau-2026-11.xlsx")
    )

    (doubts,) = office.items("payroll_doubts")
    assert [(each["code"], each["cell"]) for each in doubts.content["doubts"]] == [("KON-PAY-CHANGE", "C2")]
    assert "6000" not in " ".join([doubts.title, *doubts.reasons])


@pytest.mark.parametrize(
    ("name", "period", "month"),
    [("hours-2026-10.xlsx", None, "2026-10"), ("x.xlsx", "2026-10", "2026-10"), ("x.xlsx", None, "2026-10")],
)
def test_the_month_is_said_by_the_run_the_name_or_the_days(
    office: PayrollOffice, tmp_path: Path, name: str, period: str | None, month: str
) -> None:
    office.takes_in(hours(tmp_path, time_rows(OCTOBER, STAFF), name), period=period)

    with office.services.store.read() as tx:
        assert [run.period for run in office.services.store.payroll.runs(tx)] == [month]


def test_a_sheet_without_any_month_is_asked_about(office: PayrollOffice, tmp_path: Path) -> None:
    with pytest.raises(PeriodUnknown):
        office.takes_in(bureau(tmp_path, result_rows(STAFF), "bureau.xlsx"))
    nothing = office.announced(Event(id="nothing", source="/test", type="run.requested"))
    with pytest.raises(PeriodUnknown):
        office.services.payroll.file_sheets(nothing, None)
    assert office.services.payroll.file_sheets(nothing, "2026-09") == []


def test_a_file_that_is_no_workbook_is_a_doubt_and_the_others_go_on(office: PayrollOffice, tmp_path: Path) -> None:
    broken = tmp_path / "hours-south-2026-10.xlsx"
    broken.write_bytes(b"PK\x03\x04 torn off")
    office.takes_in(broken, *good_month(tmp_path))

    (doubts,) = office.items("payroll_doubts")
    assert [each["code"] for each in doubts.content["doubts"]] == ["KON-PAY-UNREADABLE"]
    assert len(office.items("payroll_release")) == 1


# --- people


def test_who_let_a_doubt_through_does_not_release_it(office: PayrollOffice, tmp_path: Path) -> None:
    rows = result_rows(STAFF)
    rows[2] = (rows[2][0], "Lucja Wrobel-Nowak", *rows[2][2:])
    office.takes_in(hours(tmp_path, time_rows(OCTOBER, STAFF)), bureau(tmp_path, rows))

    event = office.decides("anna", "payroll_doubts")
    assert event is not None
    office.doubts_flow(event)

    assert office.items("payroll_doubts") == []
    (item,) = office.items("payroll_release")
    assert item.content["employees"] == len(STAFF)
    with pytest.raises(NotAllowed, match="prepared"):
        office.decides("anna", "payroll_release")
    office.releases("carla")
    assert len(office.slips()) == len(STAFF)


def test_what_only_the_sheet_can_put_right_nobody_lets_through(office: PayrollOffice, tmp_path: Path) -> None:
    ghost = ("00099", "Nie Mand", *result_rows(STAFF)[0][2:])
    office.takes_in(hours(tmp_path, time_rows(OCTOBER, STAFF)), bureau(tmp_path, [*result_rows(STAFF), ghost]))

    with pytest.raises(NothingToLetThrough):
        office.decides("anna", "payroll_doubts")
    (item,) = office.items("payroll_doubts")
    with pytest.raises(NothingToCorrect):
        office.services.worklist.correct(item.id, office.actor("anna"), {"gross": "1"})


@pytest.mark.parametrize("kind", ["payroll_doubts", "payroll_release"])
def test_only_the_role_payroll_decides(office: PayrollOffice, tmp_path: Path, kind: str) -> None:
    sample = sample_payroll(tmp_path, OCTOBER)
    office.takes_in(*sorted(sample.sheets.iterdir()))

    with pytest.raises(NotAllowed):
        office.decides("joost", kind)


def test_two_people_release_where_two_are_asked_for(opened: Opened, tmp_path: Path) -> None:
    office = opened(config=CONFIG.replace("payroll: {", "payroll: {release_needed: 2, "))
    office.takes_in(*good_month(tmp_path))

    assert office.decides("anna", "payroll_release") is None
    office.releases("carla")

    with office.services.store.read() as tx:
        assert office.services.store.journal.entries(tx)[0].entry.approved_by == ("anna", "carla")


def test_changed_figures_are_another_version_and_the_earlier_yes_is_void(office: PayrollOffice, tmp_path: Path) -> None:
    office.takes_in(*good_month(tmp_path))
    (item,) = office.items("payroll_release")
    event = office.decides("carla", "payroll_release")
    office.takes_in(bureau(tmp_path, [result_row(STAFF[0], Decimal("4200.00")), *result_rows(STAFF)[1:]]))

    (renewed,) = office.items("payroll_release")
    assert event is not None
    office.release_flow(event)

    assert (renewed.version, renewed.content_hash == item.content_hash) == (2, False)
    assert office.slips() == {}
    office.releases("carla")
    assert len(office.slips()) == len(STAFF)


def test_figures_that_moved_under_the_item_are_not_approved(office: PayrollOffice, tmp_path: Path) -> None:
    office.takes_in(*good_month(tmp_path))
    store = office.services.store
    with store.write() as tx:
        (run,) = store.payroll.runs(tx)
        store.payroll.put_release(tx, replace(store.payroll.release(tx, run.id, 1), figures_sha256="00"))

    with pytest.raises(FiguresChanged):
        office.decides("carla", "payroll_release")


def test_a_rejected_release_stays_rejected_until_the_figures_change(office: PayrollOffice, tmp_path: Path) -> None:
    office.takes_in(*good_month(tmp_path))
    event = office.decides("carla", "payroll_release", Verdict.REJECT, note="The bureau sends another one.")
    assert event is not None
    office.services.worklist.carry_out(office.services.worklist.decided(event).item)

    office.takes_in(hours(tmp_path, time_rows(OCTOBER, STAFF)[::-1], "hours-again-2026-10.xlsx"))
    assert office.items("payroll_release") == []  # everything doubtful now: two sheets say the same
    (doubts,) = office.items("payroll_doubts")
    assert len(doubts.content["doubts"]) == len(time_rows(OCTOBER, STAFF))
    assert len(doubts.reasons) == 101


def test_a_doubt_that_went_by_itself_and_came_back_is_asked_about_again(opened: Opened, tmp_path: Path) -> None:
    office = opened(STAFF[1:])  # the first one is not in the master data yet
    event = office.takes_in(*good_month(tmp_path))
    (doubts,) = office.items("payroll_doubts")
    office.employs(STAFF[:1])
    office.payroll_run(event)
    assert office.items("payroll_doubts") == []

    long_gone = replace(STAFF[0], number="00018", active_from=None, active_until=date(2020, 1, 1))
    office.employs((long_gone,))  # the number was another's after all
    office.payroll_run(event)

    (again,) = office.items("payroll_doubts")
    assert (again.id, again.content_hash, again.version) == (doubts.id, doubts.content_hash, doubts.version + 2)


# --- who waits


def test_without_address_or_password_the_slip_waits_and_goes_when_they_are_there(
    opened: Opened, tmp_path: Path
) -> None:
    office = opened((replace(STAFF[0], email=None), *STAFF[1:]))
    office.takes_in(*good_month(tmp_path))
    office.releases()

    (item,) = office.items("payslips_waiting")
    assert len(office.slips()) == len(STAFF) - 1
    assert item.reasons == ("Personnel number 00017: there is no mail address in the master data.",)

    office.employs(STAFF[:1])
    event = office.decides("anna", "payslips_waiting")
    assert event is not None
    office.services.worklist.carry_out(office.services.worklist.decided(event).item)
    office.services.effects.run_due(office.services.clock.now())
    office.services.clock.advance(minutes=1)  # type: ignore[attr-defined]  # a FakeClock
    office.services.effects.run_due(office.services.clock.now())

    assert len(office.slips()) == len(STAFF)
    assert office.items("payslips_waiting") == []


def test_without_a_connector_for_mail_every_slip_waits(opened: Opened, tmp_path: Path) -> None:
    office = opened(config=CONFIG.replace("notifications: {mail_out: outbox}\n", ""))
    office.takes_in(*good_month(tmp_path))
    office.releases()

    (item,) = office.items("payslips_waiting")
    assert len(item.reasons) == len(STAFF)
    assert office.sink.done == {}


def test_a_server_that_is_away_delays_one_slip_and_no_other(office: PayrollOffice, tmp_path: Path) -> None:
    office.takes_in(*good_month(tmp_path))
    event = office.decides("carla", "payroll_release")
    office.sink.troubles.append(TransientError())
    assert event is not None
    office.release_flow(event)

    assert len(office.slips()) == len(STAFF) - 1
    office.services.clock.advance(hours=2)  # type: ignore[attr-defined]
    office.services.effects.run_due(office.services.clock.now())
    assert len(office.slips()) == len(STAFF)


class SilentServer(RecordingSink):
    """A mail server: it cannot be asked what it took."""

    def find(self, key: str) -> Receipt | None:
        raise UncertainOutcome


def test_a_slip_whose_fate_nobody_knows_is_never_sent_again(opened: Opened, tmp_path: Path) -> None:
    office = opened(sink=SilentServer(acts_first=True))
    office.takes_in(*good_month(tmp_path))
    event = office.decides("carla", "payroll_release")
    office.sink.troubles.append(UncertainOutcome())
    assert event is not None
    office.release_flow(event)
    office.services.clock.advance(hours=2)  # type: ignore[attr-defined]
    office.services.effects.run_due(office.services.clock.now())
    office.release_flow(event)

    calls = [key for key in office.sink.calls if key.startswith("payslip/")]
    with office.services.store.read() as tx:
        assert office.services.store.effects.counts(tx)["unknown"] == 1
    assert len(calls) == len(set(calls)) == len(STAFF)


def test_an_address_that_is_gone_when_the_mail_goes_out_is_refused_not_guessed(
    office: PayrollOffice, tmp_path: Path
) -> None:
    office.takes_in(*good_month(tmp_path))
    event = office.decides("carla", "payroll_release")
    office.sink.troubles.extend(TransientError() for _ in STAFF)
    assert event is not None
    office.release_flow(event)
    office.employs((replace(STAFF[0], email=None),))

    office.services.clock.advance(hours=2)  # type: ignore[attr-defined]
    office.services.effects.run_due(office.services.clock.now())

    assert len(office.slips()) == len(STAFF) - 1
    with office.services.store.read() as tx:
        assert office.services.store.effects.counts(tx)["failed"] == 1


# --- must hold


def test_worked_on_twice_nothing_is_new(office: PayrollOffice, tmp_path: Path) -> None:
    sample = sample_payroll(tmp_path, OCTOBER)
    event = office.takes_in(*sorted(sample.sheets.iterdir()))
    released = office.releases()
    before = office.state()

    office.payroll_run(event)
    office.release_flow(released)

    assert office.state() == before


CANARY = Decimal("54321.98")
IBAN = "DE89370400440532013000"


def test_what_somebody_earns_stands_nowhere_in_clear(
    opened: Opened, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    canary = replace(STAFF[0], iban=IBAN)
    office = opened((canary, *STAFF[1:]))
    row = result_row(canary, CANARY)
    folder = tmp_path / "office"
    office.takes_in(hours(tmp_path, time_rows(OCTOBER, STAFF)), bureau(tmp_path, [row, *result_rows(STAFF)[1:]]))
    office.releases()
    shown = office.services.payroll_viewing.show("2026-10", office.actor("anna"), "audit")
    assert str(CANARY) in str(shown)
    mails = " ".join(f"{action['subject']} {action['text']} {action['html']}" for action in office.sink.done.values())
    office.services.store.close()
    office.services.archive.close()  # type: ignore[attr-defined]

    amounts = [str(value) for value in row[2:]]
    clear = [
        *amounts,
        *(each.replace(".", ",") for each in amounts),
        "54.321",
        "54,321",
        *(each.replace(".", "") for each in amounts),
    ]
    kept = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for text in clear:
        for path, content in kept.items():
            assert text.encode() not in content, f"{text} in {path.name}"
        assert text not in mails + caplog.text
    for text in (canary.name, IBAN):
        holders = {path.name for path, content in kept.items() if text.encode() in content}
        assert holders <= {"kontorist.db", "kontorist.db-wal"}
        assert text not in mails + caplog.text
    assert _tables_holding(folder, canary.name) == _tables_holding(folder, IBAN) == {"employee"}


def _tables_holding(folder: Path, text: str) -> set[str]:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(folder / "var" / "kontorist.db")) as database:
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: str(database.execute(f"SELECT * FROM {name}").fetchall()) for name in names}
    return {name for name, content in rows.items() if text in content}


def test_each_look_is_noted_first_and_only_payroll_may(office: PayrollOffice, tmp_path: Path) -> None:
    office.takes_in(*good_month(tmp_path))
    office.releases()
    viewing = office.services.payroll_viewing

    with pytest.raises(NotAllowed):
        viewing.show("2026-10", office.actor("joost"), "curious")
    with pytest.raises(RunUnknown):
        viewing.show("2026-09", office.actor("anna"), "review")
    facts = viewing.show("2026-10", office.actor("anna"), "question of 00017")
    register = viewing.document(facts["releases"][0]["register"], office.actor("carla"), "audit")

    with office.services.store.read() as tx:
        notes = office.services.store.audit.of(tx, facts["run"])
    looked = [(note.actor, note.after) for note in notes if note.verb == "read what people earn"]
    assert looked == [("anna", {"period": "2026-10", "purpose": "question of 00017"})]
    assert register[:2] == b"PK"
    assert {slip["state"] for slip in facts["payslips"]} == {"done"}
    assert re.fullmatch(r"\d+\.\d\d", facts["lines"][0]["gross"])
