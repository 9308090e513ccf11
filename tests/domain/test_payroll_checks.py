"""What is doubtful in the sheets of a month, cell by cell, and what goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payroll_desk import (
    ANNA,
    BERT,
    CARL,
    NAMES,
    STAFF,
    all_paid,
    checked,
    employee,
    everybody,
    paid,
    result,
    seen,
    times,
    worked,
)  # fmt: skip

from kontorist.domain.money import Money
from kontorist.domain.payroll.checks import Found, Limits
from kontorist.domain.payroll.doubts import Code
from kontorist.domain.payroll.headings import Role
from kontorist.domain.payroll.sheets import Cell, Table, column_letters


def test_a_clean_month_gives_a_line_for_everybody_and_no_doubt() -> None:
    found = checked(times(*everybody()), result(*all_paid()))

    assert seen(found) == []
    assert (found.rows, found.good_rows, found.complete) == (6, 6, True)
    assert [(line.number, line.net, line.minutes) for line in found.lines] == [
        (number, Money("2000.00", "EUR"), 480) for number in NAMES
    ]


@pytest.mark.parametrize(
    ("row", "doubt"),
    [
        (worked("00099"), ("UNKNOWN", "A2", "00099")),
        (worked(None), ("NUMBER", "A2", None)),
        (worked(Decimal("17.5")), ("NUMBER", "A2", None)),
        (worked("17"), ("UNKNOWN", "A2", "17")),
        (worked(ANNA, name="Bert van Dam"), ("NAME", "B2", ANNA)),
        ((ANNA, None, date(2026, 11, 1), Decimal(8), None), ("MONTH", "C2", ANNA)),
        ((ANNA, None, "31.02.2026", Decimal(8), None), ("DATE", "C2", ANNA)),
        ((ANNA, None, None, Decimal(8), None), ("DATE", "C2", ANNA)),
        ((ANNA, None, "Montag", Decimal(8), None), ("DATE", "C2", ANNA)),
        (worked(ANNA, hours=Decimal("24.5")), ("HOURS", "D2", ANNA)),
        (worked(ANNA, hours="viel"), ("HOURS", "D2", ANNA)),
        (worked(ANNA, hours=Decimal(-1)), ("HOURS", "D2", ANNA)),
    ],
)
def test_a_doubtful_row_of_a_time_sheet_is_named_by_its_cell(
    row: tuple[Cell, ...], doubt: tuple[str, str, str]
) -> None:
    found = checked(times(row, *(worked(each, day=6) for each in NAMES)))

    assert seen(found) == [doubt]
    assert found.good_rows == 3


@pytest.mark.parametrize(
    ("row", "doubt"),
    [
        (paid("00099"), ("GHOST", "A2", "00099")),
        (paid(ANNA, pay="3000.005", net=Decimal("2000.00")), ("CENT", "C2", ANNA)),
        (paid(ANNA, tax="vierhundert"), ("AMOUNT", "D2", ANNA)),
        (paid(ANNA, net=None), ("AMOUNT", "F2", ANNA)),
        (paid(ANNA, employer="1.234"), ("AMOUNT", "G2", ANNA)),
        (paid(ANNA, net=Decimal("1999.99")), ("SUM", "F2", ANNA)),
        (paid(ANNA, net=Decimal("3000.01")), ("NET", "F2", ANNA)),
        (paid(ANNA, pay="-10.00", net=Decimal("-10.00")), ("NET", "F2", ANNA)),
        (paid(ANNA, pay="99999999999.00"), ("AMOUNT", "C2", ANNA)),
        (paid(ANNA, name="Ahlers, Bert"), ("NAME", "B2", ANNA)),
    ],
)
def test_a_doubtful_row_of_the_bureau_is_named_and_everybody_else_goes_on(
    row: tuple[Cell, ...], doubt: tuple[str, str, str]
) -> None:
    rest = [paid(each) for each in NAMES if each != row[0]]
    found = checked(times(*everybody()), result(row, *rest))

    assert seen(found)[0] == doubt
    assert [line.number for line in found.lines] == [number for number in NAMES if number != row[0]]


def test_a_row_that_is_there_twice_is_doubtful_the_second_time() -> None:
    found = checked(times(worked(ANNA), worked(ANNA, hours=Decimal(2)), worked(BERT)))

    assert seen(found) == [("DUPLICATE", "C3", ANNA)]


def test_two_projects_on_one_day_are_no_duplicate_and_a_running_number_is_no_project() -> None:
    by_project = times(worked(ANNA, project="A", hours=Decimal(4)), worked(ANNA, project="B", hours=Decimal(4)))
    day, half = date(2026, 10, 5), Decimal(4)
    headings = ("Lfd. Nr.", "Personalnr.", "Datum", "Stunden")
    numbered = times((Decimal(1), ANNA, day, half), (Decimal(2), ANNA, day, half), headings=headings)

    assert seen(checked(by_project)) == []
    assert seen(checked(numbered)) == [("DUPLICATE", "C3", ANNA)]


def test_the_same_employee_twice_in_the_result_is_paid_not_at_all() -> None:
    found = checked(times(*everybody()), result(*all_paid(), paid(BERT)))

    assert seen(found) == [("DUPLICATE", "A5", BERT)]
    assert [line.number for line in found.lines] == [ANNA, CARL]


def test_a_sheet_without_days_holds_each_employee_once() -> None:
    monthly = ("Personalnummer", "Stunden")
    found = checked(times((ANNA, "20,5"), (ANNA, "8"), (BERT, "7:30"), headings=monthly))

    assert seen(found) == [("DUPLICATE", "A3", ANNA)]


def test_hours_above_the_limit_of_the_month_are_doubtful_where_they_cross_it() -> None:
    rows = [worked(ANNA, day=day, hours=Decimal(10)) for day in range(1, 5)]
    found = checked(times(*rows), limits=Limits(hours_max=Decimal(30)))

    assert seen(found) == [("LIMIT", "D5", ANNA)]


@pytest.mark.parametrize("written", ["7:30", time(7, 30), "7,5", "7.5", Decimal("7.5"), Decimal("7.50")])
def test_hours_are_understood_however_they_are_written(written: Cell) -> None:
    found = checked(times(worked(ANNA, hours=written), worked(BERT), worked(CARL)), result(*all_paid()))

    assert found.lines[0].minutes == 450


@pytest.mark.parametrize("nothing", [None, Decimal(0), "  "])
def test_a_day_without_work_is_no_doubt(nothing: Cell) -> None:
    found = checked(times(*everybody(), worked(ANNA, day=10, hours=nothing)))

    assert seen(found) == []


def test_minutes_beyond_the_hour_are_no_hours() -> None:
    assert seen(checked(times(worked(ANNA, hours="7:75")))) == [("HOURS", "D2", ANNA)]


def test_who_has_left_is_doubtful_on_the_days_after_and_in_the_result() -> None:
    left = [employee(ANNA, active_until=date(2026, 10, 4)), *STAFF[1:]]
    gone = [employee(ANNA, active_until=date(2026, 9, 30)), *STAFF[1:]]

    assert seen(checked(times(worked(ANNA, day=4), worked(ANNA, day=5)), staff=left)) == [("LEFT", "C3", ANNA)]
    assert seen(checked(times((ANNA, "8"), headings=("Personalnr.", "Stunden")), staff=gone)) == [("LEFT", "A2", ANNA)]
    found = checked(times(worked(BERT), worked(CARL)), result(*all_paid()), staff=gone)
    assert seen(found) == [("LEFT", "A2", ANNA)]


def test_a_change_beyond_the_limit_is_doubtful_and_the_limit_itself_is_not() -> None:
    last = {ANNA: "2500.00", BERT: "2499.99", CARL: "3000.00"}
    found = checked(times(*everybody()), result(*all_paid()), last=last)
    free = checked(times(*everybody()), result(*all_paid()), last=last, limits=Limits(max_change_percent=None))

    assert seen(found) == [("CHANGE", "C3", BERT)]
    assert seen(free) == []
    assert found.lines[0].last_gross == Money("2500.00", "EUR")


def test_everybody_employed_has_to_be_there_once_the_result_is_there() -> None:
    early = checked(times(worked(ANNA)))
    late = checked(times(worked(ANNA)), result(paid(ANNA), paid(BERT)))

    assert seen(early) == []
    assert seen(late) == [("MISSING", "", BERT), ("MISSING", "", CARL), ("MISSING", "", CARL)]
    assert [line.number for line in late.lines] == [ANNA]


def test_a_company_without_time_sheets_waits_for_none() -> None:
    found = checked(result(*all_paid()), limits=Limits(timesheets=False))

    assert seen(found) == []
    assert len(found.lines) == 3


def test_a_result_waits_for_the_time_sheets() -> None:
    found = checked(result(*all_paid()))

    assert (found.complete, found.lines) == (False, ())


@pytest.mark.parametrize(
    "code", [Code.LEFT, Code.LIMIT, Code.NAME, Code.CHANGE, Code.MISSING], ids=lambda code: code.value
)
def test_what_is_a_matter_of_judgement_can_be_let_through(code: Code) -> None:
    staff = [employee(ANNA, active_until=date(2026, 10, 4)), *STAFF[1:]]
    sheets = (
        times(worked(ANNA, day=5), worked(BERT, name="Jemand"), *(worked(BERT, day=day) for day in range(6, 9))),
        result(paid(ANNA), paid(BERT, name="Jemand"), paid(CARL)),
    )
    around = {"staff": staff, "last": {CARL: "1000.00"}, "limits": Limits(hours_max=Decimal(20))}
    before = checked(*sheets, **around)  # type: ignore[arg-type]
    waved = [each for each in before.doubts if each.code is code]

    after = checked(*sheets, let_through=waved, **around)  # type: ignore[arg-type]

    assert waved
    assert {each.key() for each in waved}.isdisjoint(each.key() for each in after.doubts)


def test_hours_that_were_let_through_count() -> None:
    sheets = times(worked(ANNA, hours=Decimal(10)), worked(ANNA, day=6, hours=Decimal(10)), worked(BERT), worked(CARL))
    limits = Limits(hours_max=Decimal(15))
    before = checked(sheets, result(*all_paid()), limits=limits)

    after = checked(sheets, result(*all_paid()), limits=limits, let_through=before.doubts)

    assert [line.number for line in before.lines] == [BERT, CARL]
    assert after.lines[0].minutes == 1200


def test_nobody_lets_through_what_only_the_sheet_can_put_right() -> None:
    sheets = (times(*everybody()), result(*all_paid(), paid("00099")))
    before = checked(*sheets)

    assert seen(checked(*sheets, let_through=before.doubts)) == [("GHOST", "A5", "00099")]


def test_what_was_let_through_in_one_file_is_doubtful_in_another() -> None:
    row = worked(ANNA, name="Jemand Anders")
    before = checked(times(row, document="D1"))

    assert seen(checked(times(row, document="D9"), let_through=before.doubts)) == [("NAME", "B2", ANNA)]


@pytest.mark.parametrize(
    ("cell", "number"), [(Decimal(17), "00017"), (Decimal("17.0"), "00017"), ("00017", "00017"), (" 00017 ", "00017")]
)
def test_a_spreadsheet_that_lost_the_leading_zeros_means_the_same_person(cell: Cell, number: str) -> None:
    found = checked(times(worked(cell), worked(BERT), worked(CARL)), result(*all_paid()))

    assert found.lines[0].number == number
    assert seen(found) == []


def test_digits_that_two_people_share_name_nobody() -> None:
    staff = [employee("017"), employee("0017")]

    assert seen(checked(times(worked(Decimal(17))), staff=staff)) == [("UNKNOWN", "A2", "17")]


@pytest.mark.parametrize("written", ["Oeztuerk, Carl", "CARL  ÖZTÜRK", "Carl Öztürk"])
def test_a_name_is_the_same_in_any_order_and_spelling(written: str) -> None:
    assert seen(checked(times(worked(CARL, name=written)))) == []


def test_totals_and_empty_rows_are_no_rows() -> None:
    empty: tuple[Cell, ...] = (None, None, None, None, None)
    total: tuple[Cell, ...] = (None, "Summe Oktober", None, Decimal(24), None)
    found = checked(times(*everybody(), empty, ("Total", None, None, Decimal(24), None), total))

    assert (seen(found), found.rows) == ([], 3)


def test_somebody_called_total_is_a_person() -> None:
    found = checked(times((ANNA, "Total, Anna", date(2026, 10, 5), Decimal(8), None)))

    assert found.rows == 1


def test_headings_are_found_below_a_title_and_a_short_row_is_a_row() -> None:
    table = Table(
        document="D1", file="h.xlsx", sheet="S", first_row=3, first_column=2,
        rows=[["Stunden Oktober"], [None], ["Personeelsnummer", "Datum", "Uren"], ["00099", date(2026, 10, 1)]],
    )  # fmt: skip
    found = checked(table)

    assert seen(found) == [("UNKNOWN", "B6", "00099")]


def test_a_heading_of_config_yaml_takes_the_place_of_the_known_ones() -> None:
    table = times((BERT, ANNA, "8"), headings=("Personalnr.", "Kennung", "Stunden"))

    assert seen(checked(table, columns={Role.EMPLOYEE: ("Kennung",)})) == []
    assert seen(
        checked(times((ANNA, "8"), headings=("Personalnr.", "Stunden")), columns={Role.EMPLOYEE: ("Kennung",)})
    ) == [("HEADINGS", "A1", None)]


def test_a_sheet_of_notes_beside_a_sheet_of_ours_is_left_alone() -> None:
    notes = Table(document="D1", file="hours.xlsx", sheet="Hinweise", rows=[["Bitte bis zum 5. senden"]])
    alone = Table(document="D7", file="other.xlsx", sheet="Blatt", rows=[["Personalnr.", "Ort"]])

    assert seen(checked(notes, times(*everybody()))) == []
    assert seen(checked(alone)) == [("HEADINGS", "A1", None)]


def test_a_sentence_names_cell_and_number_and_no_amount() -> None:
    found = checked(
        times(*everybody()), result(paid(ANNA, pay="54321.00"), paid(BERT), paid(CARL)), last={ANNA: "1.00"}
    )
    (doubt,) = found.doubts

    why = "the gross pay has changed against last month by more than the limit"
    assert doubt.sentence == f"bureau.xlsx Lohn!C2 (personnel number {ANNA}): {why}."
    assert "54321" not in str(doubt.data())


@given(st.integers(1, 20_000))
def test_columns_are_called_as_spreadsheets_call_them(number: int) -> None:
    back = 0
    for letter in column_letters(number):
        back = back * 26 + ord(letter) - ord("A") + 1
    assert back == number


#: What can be wrong with a row of a time sheet: how it comes about, in which column, which doubt.
PLANTED: dict[str, tuple[Callable[[Sequence[Cell]], Sequence[Cell]], str, Code]] = {
    "no number": (lambda row: (None, *row[1:]), "A", Code.NUMBER),
    "nobody's number": (lambda row: ("99999", *row[1:]), "A", Code.UNKNOWN),
    "another's name": (lambda row: (row[0], "Jemand Anders", *row[2:]), "B", Code.NAME),
    "no day": (lambda row: (*row[:2], None, *row[3:]), "C", Code.DATE),
    "a text that is no day": (lambda row: (*row[:2], "31.9.2026", *row[3:]), "C", Code.DATE),
    "the American way of writing": (lambda row: (*row[:2], "10/13/2026", *row[3:]), "C", Code.DATE),
    "another month": (lambda row: (*row[:2], date(2026, 9, 30), *row[3:]), "C", Code.MONTH),
    "hours that are a word": (lambda row: (*row[:3], "acht", row[4]), "D", Code.HOURS),
    "hours with two commas": (lambda row: (*row[:3], "7,5,0", row[4]), "D", Code.HOURS),
    "more than a day": (lambda row: (*row[:3], Decimal(25), row[4]), "D", Code.HOURS),
}


@given(st.randoms(use_true_random=False), st.dictionaries(st.integers(0, 35), st.sampled_from(sorted(PLANTED))))
def test_errors_planted_anywhere_are_found_and_no_other(order: Random, planted: dict[int, str]) -> None:
    staff = [employee(f"{number:05d}") for number in range(1, 13)]
    good = [worked(each.number, day=day, name=each.name) for each in staff for day in (5, 6, 7)]
    rows = [(planted.get(at), row) for at, row in enumerate(good)]
    order.shuffle(rows)

    found = checked(times(*(PLANTED[name][0](row) if name else row for name, row in rows)), staff=staff)

    expected = {(f"{PLANTED[name][1]}{at + 2}", PLANTED[name][2]) for at, (name, _) in enumerate(rows) if name}
    assert {(each.place.cell, each.code) for each in found.doubts} == expected
    assert len(found.doubts) == len(planted)
    assert found.good_rows == len(rows) - len(planted)


NUMBERS = st.sampled_from([ANNA, BERT, CARL, "00099", None])
HOUR_ROWS = st.builds(
    worked,
    NUMBERS,
    day=st.integers(1, 3),
    hours=st.sampled_from([Decimal(8), Decimal(12), Decimal(25), "acht", None]),
    project=st.sampled_from(["A", "B"]),
)
PAY_ROWS = st.builds(
    paid, NUMBERS, pay=st.sampled_from(["3000.00", "4000.00"]), net=st.sampled_from([Decimal("2000.00"), "1.234", None])
)


@given(st.lists(HOUR_ROWS, max_size=12), st.lists(PAY_ROWS, max_size=6), st.data())
def test_the_order_of_rows_does_not_matter(
    hours: list[tuple[Cell, ...]], pay: list[tuple[Cell, ...]], data: st.DataObject
) -> None:
    def said(found: Found) -> tuple[object, ...]:
        """Where a doubt stands may differ: of two equal rows the second one is doubtful, whichever it is.

        Whether rows that are there twice are above the limit depends on which of them counts.
        """
        doubts = Counter((each.code, each.number) for each in found.doubts)
        twice = {number for code, number in doubts if code is Code.DUPLICATE}
        sure = {each: times for each, times in doubts.items() if each[0] is not Code.LIMIT or each[1] not in twice}
        return sure, [replace(line, origin="") for line in found.lines], found.complete

    around = {"last": {ANNA: "3000.00"}, "limits": Limits(hours_max=Decimal(20))}
    shuffled = times(*data.draw(st.permutations(hours))), result(*data.draw(st.permutations(pay)))

    assert said(checked(*shuffled, **around)) == said(checked(times(*hours), result(*pay), **around))  # type: ignore[arg-type]


@given(st.decimals(min_value=0, max_value=9_999_999, places=3, allow_nan=False))
def test_an_amount_is_taken_exactly_or_not_at_all(number: Decimal) -> None:
    row = paid(ANNA, gross=number, tax=Decimal(0), social=Decimal(0), net=number)
    found = checked(times(*everybody()), result(row, paid(BERT), paid(CARL)))

    if number == number.quantize(Decimal("0.01")):
        assert found.lines[0].gross.amount == number
    else:
        assert {code for code, _, _ in seen(found)} == {"CENT"}


@pytest.mark.parametrize(
    ("written", "cents"),
    [("1.234,56", "1234.56"), ("1234,56", "1234.56"), ("1,234.56", "1234.56"), ("1234.5", "1234.50"), ("3000", "3000")],
)
def test_amounts_as_text_are_read_when_their_marks_leave_no_doubt(written: str, cents: str) -> None:
    row = paid(ANNA, gross=written, tax=Decimal(0), social=Decimal(0), net=written)
    found = checked(times(*everybody()), result(row, paid(BERT), paid(CARL)))

    assert found.lines[0].gross == Money(cents, "EUR")


@pytest.mark.parametrize(
    "written",
    ["2026-10-05", "5.10.2026", "05-10-2026", "5/10/2026", datetime(2026, 10, 5, 8)],  # noqa: DTZ001 - as a cell
)
def test_days_are_read_as_cells_or_as_text_day_first_or_as_iso(written: Cell) -> None:
    assert seen(checked(times((ANNA, None, written, "8", None)))) == []


def test_a_bureau_that_names_no_deductions_is_believed_its_net() -> None:
    table = result((ANNA, Decimal(3000), Decimal(1900)), headings=("Personalnr.", "Brutto", "Netto"))
    found = checked(table, staff=STAFF[:1], limits=Limits(timesheets=False))

    (line,) = found.lines
    assert (line.deductions, line.employer, line.wage_tax) == (Money(1100, "EUR"), Money(0, "EUR"), None)
