"""config.yaml as an office writes it, rightly and wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from kontorist.config import Config, ConfigMissing, ConfigWrong, NobodyHere, load
from kontorist.config.models import CalendarUnknown
from kontorist.domain.approvals import Step
from tests.config.conftest import OFFICE, Write


def faults_of(folder: Path, environment: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigWrong) as caught:
        load(folder, environment=environment or {})
    return [str(fault) for fault in caught.value.faults]


def office(folder: Path, **environment: str) -> Config:
    return load(folder, environment=environment)


def test_an_office_is_read_from_its_folder(write: Write) -> None:
    config = office(write())

    assert config.company.name == "Kontor Beispiel B.V."
    assert config.archive_path == config.root / "var" / "archive"
    assert config.database_url == f"sqlite:///{config.root}/var/kontorist.db"
    assert config.payables.duplicate_window == timedelta(days=400)
    assert config.payables.tolerance == Decimal("0.02")


def test_a_folder_without_configuration_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigMissing, match=r"There is no config\.yaml in"):
        load(tmp_path)


def test_an_empty_file_lacks_what_is_needed_and_says_so(write: Write) -> None:
    assert faults_of(write("# nothing yet\n")) == [
        "config.yaml:1:1: company: is missing",
        "config.yaml:1:1: version: is missing",
    ]


def test_a_misspelt_key_is_shown_with_line_column_and_the_word_meant(write: Write) -> None:
    folder = write(OFFICE.replace("steps: []", "stepps: []"))

    assert faults_of(folder) == [
        "config.yaml:13:7: approvals.rules.0.steps: is missing",
        'config.yaml:13:49: approvals.rules.0.stepps: unknown key; did you mean "steps"?',
    ]


def test_a_misspelt_section_is_shown_too(write: Write) -> None:
    assert faults_of(write(OFFICE.replace("payables:", "payabels:"))) == [
        'config.yaml:8:1: payabels: unknown key; did you mean "payables"?'
    ]


def test_everything_that_is_wrong_is_told_at_once(write: Write) -> None:
    text = OFFICE.replace("country: NL", "country: Holland").replace('"0.02"', "0.02").replace("[clerk]", "[clark]")

    assert faults_of(write(text)) == [
        "config.yaml:4:12: company.country: a country is two capital letters, such as NL",
        "config.yaml:6:70: people.anna.roles.0: has to be one of clerk, approver, controller, payroll, operator, "
        'auditor; did you mean "clerk"?',
        'config.yaml:10:14: payables.tolerance: an amount with a point needs quotes, such as "0.02", '
        "or its cents may be lost",
    ]


@pytest.mark.parametrize("window", ["400", '"400"', "400 days", "-1d", "1.5d", "true"])
def test_a_span_of_time_needs_its_unit(write: Write, window: str) -> None:
    (fault,) = faults_of(write(OFFICE.replace("400d", window)))

    assert fault.startswith("config.yaml:9:21: payables.duplicate_window: a span of time is a number and its unit")


@pytest.mark.parametrize("tolerance", ["-1", '"-0.01"', '"1,50"', "many", "true", '"1e99"', "null"])
def test_what_is_no_amount_is_refused(write: Write, tolerance: str) -> None:
    (fault,) = faults_of(write(OFFICE.replace('"0.02"', tolerance)))

    assert fault.startswith("config.yaml:10:14: payables.tolerance: ")


def test_a_whole_number_is_an_amount(write: Write) -> None:
    assert office(write(OFFICE.replace('"0.02"', "1"))).payables.tolerance == Decimal(1)


@pytest.mark.parametrize("version", ["2", '"1"', "true"])
def test_another_version_is_refused(write: Write, version: str) -> None:
    (fault,) = faults_of(write(OFFICE.replace("version: 1", f"version: {version}")))

    assert fault.startswith("config.yaml:1:10: version: ")


# The company -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("vat_id: DE123456789", "company.vat_id: this is not a VAT id; its check digits do not fit"),
        ("ibans: [NL91ABNA0417164301]", "company.ibans.0: this is not an IBAN; its check digits do not fit"),
        ("timezone: Europe/Amsterdm", "company.timezone: this is no time zone; they are written like Europe/Amsterdam"),
        ("currency: euro", "company.currency: a currency is three capital letters, such as EUR"),
    ],
)
def test_the_companys_own_numbers_are_checked(write: Write, line: str, fault: str) -> None:
    (found,) = faults_of(write(OFFICE.replace("country: NL", f"country: NL\n  {line}")))

    assert found.endswith(fault)


def test_own_numbers_are_kept_without_blanks(write: Write) -> None:
    lines = "vat_id: NL 0000 99998B57\n  ibans: [NL91 ABNA 0417 1643 00]"

    company = office(write(OFFICE.replace("country: NL", f"country: NL\n  {lines}"))).company

    assert (company.vat_id, company.ibans) == ("NL000099998B57", ("NL91ABNA0417164300",))


# People and approvals --------------------------------------------------------------------------------------------


def test_the_person_is_found_by_the_login_of_the_operating_system(write: Write) -> None:
    actor = office(write()).actor_with("anna")

    assert (actor.person, actor.roles, actor.language) == ("anna", frozenset({"clerk"}), "de")


def test_a_login_that_nobody_has_is_answered_with_the_line_to_add(write: Write) -> None:
    with pytest.raises(NobodyHere) as caught:
        office(write()).actor_with("Root-1")

    assert caught.value.step == "Add below people: the line `root_1: {login: Root-1, roles: [clerk]}`."


def test_two_people_cannot_share_a_login(write: Write) -> None:
    assert faults_of(write(OFFICE.replace("login: joost", "login: anna"))) == [
        'config.yaml:6:17: people.anna.login: two people have the login "anna"',
        'config.yaml:7:18: people.joost.login: two people have the login "anna"',
    ]


def test_nobody_can_be_called_system(write: Write) -> None:
    folder = write(OFFICE.replace("  joost:", "  system:"))

    assert 'config.yaml:7:3: people.system: "system" stands for the machine itself' in faults_of(folder)


def test_a_rule_that_nobody_could_fulfil_is_refused(write: Write) -> None:
    text = OFFICE.replace("any_of: [approver], needed: 1", "any_of: [controller, approver], needed: 2")

    assert faults_of(write(text)) == [
        "config.yaml:14:25: approvals.rules.1.steps.0.any_of: 2 needed, but 1 under people: "
        "has the role controller or approver"
    ]


def test_the_rules_become_the_policy_of_the_domain(write: Write) -> None:
    policy = office(write()).approvals.policy()

    assert policy.four_eyes
    assert policy.steps_for(Decimal("249.99"), supplier_trusted=True, kind="invoice") == ()
    assert policy.steps_for(Decimal("250.00"), supplier_trusted=True, kind="invoice") == (Step(any_of=("approver",)),)


def test_everyone_is_known_to_the_rules_with_the_companys_language_by_default(write: Write) -> None:
    actors = office(write()).actors()

    assert {key: actor.language for key, actor in actors.items()} == {"anna": "de", "joost": "en"}


# References ------------------------------------------------------------------------------------------------------


@pytest.fixture
def flows(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package `flows` with two processes, found as the real one is."""
    folder = tmp_path_factory.mktemp("elsewhere") / "flows"
    for name in ("payables/invoice_intake", "reporting/daily_report"):
        file = folder / f"{name}.py"
        file.parent.mkdir(parents=True)
        file.write_text("raise RuntimeError('a flow is not imported to find it')")
        (file.parent / "__init__.py").touch()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(folder.parent))
    monkeypatch.delitem(__import__("sys").modules, "flows", raising=False)


@pytest.mark.usefixtures("flows")
def test_a_flow_that_does_not_exist_is_refused_with_the_nearest_name(write: Write) -> None:
    text = OFFICE + "routes:\n  - {on: document.received, run: payables/invoce_intake}\n"

    assert faults_of(write(text)) == [
        'config.yaml:18:34: routes.0.run: no flow "payables/invoce_intake"; did you mean "payables/invoice_intake"?'
    ]


@pytest.mark.usefixtures("flows")
def test_the_key_on_and_a_condition_are_kept_as_written(write: Write) -> None:
    text = (
        OFFICE + "routes:\n  - {on: document.received, if: {document_type: [invoice]}, run: payables/invoice_intake}\n"
    )

    (route,) = office(write(text)).routes

    assert (route.on, route.condition) == ("document.received", {"document_type": ["invoice"]})


def test_sheets_for_payroll_have_to_come_as_what_is_encrypted(write: Write) -> None:
    """The file of an event is encrypted by the event's type, before any route is looked up."""
    route = "routes:\n  - {on: %s, run: payroll/payroll_run}\n"

    assert office(write(OFFICE + route % "payroll.sheet_received")).routes[0].run == "payroll/payroll_run"
    assert faults_of(write(OFFICE + route % "document.received")) == [
        "config.yaml:18:10: routes.0.on: sheets for payroll arrive as payroll.sheet_received, so that they are "
        "encrypted from the start"
    ]
    assert "routes.0: has to hold keys and values" in faults_of(write(OFFICE + "routes: [payroll/payroll_run]\n"))[0]


@pytest.mark.usefixtures("flows")
def test_heavy_work_may_have_processes_of_its_own(write: Write) -> None:
    pool = "engine: {pool: {places: 3}}\n"
    config = office(write(OFFICE + pool + "routes:\n  - {on: pack.wanted, run: reporting/daily_report, lane: pool}\n"))

    assert (config.routes[0].lane, config.engine.pool.places) == ("pool", 3)


@pytest.mark.usefixtures("flows")
def test_a_schedule_may_start_heavy_work_but_none_with_money(write: Write) -> None:
    due = 'schedules:\n  heavy: {run: %s, cron: "0 6 * * *", lane: pool}\n'

    assert office(write(OFFICE + due % "reporting/daily_report")).schedules["heavy"].lane == "pool"
    [fault] = faults_of(write(OFFICE + due % "payables/invoice_intake"))
    assert "schedules.heavy.lane: what carries money or a decision has a run of its own" in fault


@pytest.mark.usefixtures("flows")
def test_small_things_may_share_a_run(write: Write) -> None:
    batch = "lane: batch, batch: {size: 200, window: 1s}, priority: 200"
    text = OFFICE + f"routes:\n  - {{on: reading.taken, run: reporting/daily_report, {batch}}}\n"

    (route,) = office(write(text)).routes

    assert (route.lane, route.batch.size, route.batch.window) == ("batch", 200, timedelta(seconds=1))
    assert route.priority == 200


@pytest.mark.usefixtures("flows")
@pytest.mark.parametrize(
    ("event", "flow"),
    [
        ("document.received", "payables/invoice_intake"),
        ("approval.granted", "reporting/daily_report"),
        ("payment.ordered", "reporting/daily_report"),
    ],
)
@pytest.mark.parametrize("lane", ["batch", "pool"])
def test_money_and_decisions_have_a_run_of_their_own(write: Write, event: str, flow: str, lane: str) -> None:
    text = OFFICE + f"routes:\n  - on: {event}\n    run: {flow}\n    lane: {lane}\n"

    assert faults_of(write(text)) == [
        "config.yaml:20:11: routes.0.lane: what carries money or a decision has a run of its own; leave it away or "
        "write own"
    ]


@pytest.mark.usefixtures("flows")
def test_connectors_and_people_that_are_named_have_to_exist(write: Write) -> None:
    text = OFFICE + (
        "notifications: {mail_out: scaner}\n"
        "reporting: {daily_report: {to: [ana]}}\n"
        "schedules:\n  report: {run: reporting/daily_report, cron: '0 7 * * *'}\n"
    )

    assert faults_of(write(text)) == [
        'config.yaml:17:27: notifications.mail_out: no connector "scaner"; did you mean "scanner"?',
        'config.yaml:18:33: reporting.daily_report.to.0: no person "ana"; did you mean "anna"?',
    ]


@pytest.mark.usefixtures("flows")
@pytest.mark.parametrize(
    ("when", "fault"),
    [
        ("cron: '0 7 * *'", "cron: a time is five fields"),
        ("cron: '0 25 * * *'", "cron: a time is five fields"),
        ("every: 0s", "every has to be at least 1s"),
        ("cron: '0 7 * * *', every: 5m", "give either cron or every"),
        ("misfire: skip", "give either cron or every"),
        ("every: 5m, misfire: later", "misfire: has to be one of run_once, run_all, skip"),
        ("cron: '0 7 31 2 *'", "cron: there is no such day in any year"),
        ("every: 5m, calendar: nl, only: {workday: 1}", "only and on_holiday need cron"),
        ("every: 5m, calendar: nl, on_holiday: skip", "only and on_holiday need cron"),
        ("cron: '0 7 * * *', only: {workday: 1}", "only and on_holiday need a calendar"),
        ("cron: '0 7 * * *', on_holiday: skip", "only and on_holiday need a calendar"),
        ("cron: '0 7 * * *', calendar: nl", "a calendar alone changes nothing"),
        ("cron: '0 7 * * *', calendar: nl, on_holiday: shift", "on_holiday: has to be one of run, skip, next_workday"),
        ("cron: '0 7 * * *', calendar: nl, only: {workday: 1}, on_holiday: skip", "nothing to move"),
        ("cron: '0 7 1 * *', calendar: nl, only: {workday: 1}", "with only, cron gives the time and names no days"),
        ("cron: '0 7 * * MON', calendar: nl, only: {ultimo: 0}", "with only, cron gives the time and names no days"),
        ("cron: '0 7 * * *', calendar: nl, only: {workday: 0}", "only.workday: workdays are counted from 1"),
        ("cron: '0 7 * * *', calendar: nl, only: {ultimo: -1}", "only.ultimo: "),
        ("cron: '0 7 * * *', calendar: nl, only: {}", "only: give either workday or ultimo"),
        ("cron: '0 7 * * *', calendar: nl, only: {workday: 1, ultimo: 0}", "only: give either workday or ultimo"),
        ("cron: '0 7 * * *', calendar: nl, only: {workdy: 1}", 'only.workdy: unknown key; did you mean "workday"?'),
        ("cron: '0 7 * * *', calendar: nll, only: {workday: 1}", 'calendar: no calendar "nll"; did you mean "nl"?'),
        (
            "cron: '0 7 * * *', calendar: nl, only: {workday: 25}",
            "only: Jan 2020 has 22 workdays in the calendar nl, not 25.",
        ),
        (
            "cron: '0 7 * 7 *', calendar: nl, only: {workday: 23}",
            "only: Jul 2021 has 22 workdays in the calendar nl, not 23.",
        ),
        (
            "cron: '0 7 * 12 *', calendar: nl, only: {ultimo: 19}",
            "only: Dec 2023 has 19 workdays in the calendar nl, not 20.",
        ),
    ],
)
def test_a_schedule_that_could_not_run_is_refused(write: Write, when: str, fault: str) -> None:
    calendar = "calendars: {nl: {holidays: NL}}\n"
    (found,) = faults_of(write(OFFICE + calendar + f"schedules:\n  report: {{run: reporting/daily_report, {when}}}\n"))

    assert found.startswith("config.yaml:19:")
    assert fault in found


@pytest.mark.usefixtures("flows")
@pytest.mark.parametrize(
    ("when", "number"),
    [
        ("cron: '0 7 * * *', calendar: nl, only: {workday: 1}", 1),
        ("cron: '0 7 * 3,6,9,12 *', calendar: nl, only: {workday: -1}", -1),
        ("cron: '0 7 * * *', calendar: nl, only: {ultimo: 2}", -3),
        ("cron: '0 7 * * *', calendar: nl, on_holiday: run", None),
        ("cron: '0 7 29 2 *', calendar: nl, on_holiday: next_in_month", None),
    ],
)
def test_a_schedule_may_go_by_workdays(write: Write, when: str, number: int | None) -> None:
    calendar = "calendars: {nl: {holidays: NL}}\n"
    schedule = office(
        write(OFFICE + calendar + f"schedules:\n  report: {{run: reporting/daily_report, {when}}}\n")
    ).schedules["report"]

    assert (schedule.only.number if schedule.only else None) == number


# Calendars -------------------------------------------------------------------------------------------------------


def test_calendars_are_opened_under_their_names(write: Write) -> None:
    config = office(
        write(
            OFFICE + "calendars:\n"
            "  by: {holidays: DE, subdivision: BY, categories: [public, catholic], extra: [2026-08-14, '*-12-24']}\n"
            "  bank: {holidays: TARGET2}\n"
        )
    )

    bavaria, bank = config.calendar("by"), config.calendar("bank")
    assert (bavaria.name, bank.name) == ("by", "bank")
    assert [bavaria.is_workday(date(2025, 8, day)) for day in (14, 15)] == [True, False]
    assert [bavaria.is_workday(date(2026, month, day)) for month, day in ((8, 14), (12, 24))] == [False, False]
    assert bank.is_workday(date(2026, 5, 14))
    with pytest.raises(CalendarUnknown, match="There is no calendar 'nl' under calendars:"):
        config.calendar("nl")


@pytest.mark.parametrize(
    ("entry", "faults"),
    [
        ("{}", ["config.yaml:18:3: calendars.x.holidays: is missing"]),
        (
            "{holidays: Bayern}",
            [
                'config.yaml:18:17: calendars.x.holidays: no holidays are known for "Bayern"; '
                "write a country such as NL, or TARGET2"
            ],
        ),
        (
            "{holidays: DE, subdivision: Augsbrug, categories: [katholic]}",
            [
                'config.yaml:18:34: calendars.x.subdivision: there is no part "Augsbrug" of DE; '
                'did you mean "Augsburg"?',
                'config.yaml:18:56: calendars.x.categories: there is no kind of holidays "katholic" in DE; '
                'did you mean "catholic"?',
            ],
        ),
        (
            "{holidays: TARGET2, subdivision: NL}",
            ["config.yaml:18:39: calendars.x.subdivision: there are no parts of TARGET2"],
        ),
        ("{holidays: NL, categories: []}", ["config.yaml:18:33: calendars.x.categories: is empty"]),
        (
            "{holidays: NL, extra: ['*-12-24', 24-12-2026, 2026-02-30]}",
            [
                'config.yaml:18:40: calendars.x.extra.1: a day off is written "2026-12-24" '
                'or, for every year, "*-12-24"',
                "config.yaml:18:52: calendars.x.extra.2: there is no such day",
            ],
        ),
        ("{holiday: NL}", ['config.yaml:18:7: calendars.x.holiday: unknown key; did you mean "holidays"?']),
    ],
)
def test_a_calendar_that_nobody_knows_is_refused_at_its_word(write: Write, entry: str, faults: list[str]) -> None:
    found = faults_of(write(OFFICE + f"calendars:\n  x: {entry}\n"))

    assert set(faults) <= set(found)


def test_a_calendar_without_any_workday_cannot_be_written(write: Write) -> None:
    days = ", ".join(f"2026-{month:02}-{day:02}" for month in range(1, 6) for day in range(1, 29))
    (fault,) = faults_of(write(OFFICE + f"calendars:\n  x: {{holidays: NL, extra: [{days}]}}\n"))

    assert "calendars.x.extra: " in fault


# Connectors ------------------------------------------------------------------------------------------------------


def test_a_connector_is_checked_by_the_settings_of_its_product(write: Write) -> None:
    folder = write(OFFICE.replace("pattern:", "patern:").replace("settle: 10s", "settle: soon"))

    assert faults_of(folder) == [
        'config.yaml:16:47: connectors.scanner.patern: unknown key; did you mean "pattern"?',
        "config.yaml:16:72: connectors.scanner.settle: write a number and s, m, h or d, such as 10s or 5m",
    ]


def test_a_product_that_does_not_exist_is_refused_with_the_nearest_name(write: Write) -> None:
    assert faults_of(write(OFFICE.replace("folder/local", "folder/locl"))) == [
        'config.yaml:16:18: connectors.scanner.use: there is no connector "folder/locl"; did you mean "folder/local"?'
    ]


@pytest.mark.parametrize("entry", ["3", "{path: in}", "{use: 3}", "[]", "null", "{use: ../../etc/passwd}"])
def test_an_entry_that_is_no_connector_is_refused_at_its_line(write: Write, entry: str) -> None:
    (fault,) = faults_of(write(OFFICE.split("  scanner:")[0] + f"  scanner: {entry}\n"))

    assert fault.startswith("config.yaml:16:")


@pytest.mark.parametrize("name", ["Scanner", "my-scanner", "2nd", '""'])
def test_names_are_words_that_can_stand_in_a_variable(write: Write, name: str) -> None:
    (fault,) = faults_of(write(OFFICE.replace("  scanner:", f"  {name}:")))

    assert fault.startswith("config.yaml:16:3: connectors.")
    assert fault.endswith("a name has small letters, digits and _ only, a letter first")
