"""Payroll sheets as a spreadsheet keeps them: numbers, days, times, texts, each at its place."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO

import pytest

from kontorist.extraction.payroll_sheets import plain_sheets, read_sheets
from kontorist.extraction.reading import open_pool
from kontorist.sandbox import ReasonCode, Refusal, Refused


def workbook() -> bytes:
    from xlsxwriter import Workbook

    out = BytesIO()
    with Workbook(out) as book:
        sheet = book.add_worksheet("Zeiten")
        formats = {name: book.add_format({"num_format": name}) for name in ("dd.mm.yyyy", "hh:mm", "[h]:mm", "00000")}
        sheet.write_string(1, 1, "Personalnr.")
        sheet.write_number(2, 1, 17, formats["00000"])
        sheet.write_datetime(2, 2, date(2026, 10, 5), formats["dd.mm.yyyy"])
        sheet.write_datetime(2, 3, time(7, 30), formats["hh:mm"])
        sheet.write_number(2, 4, 1.5, formats["[h]:mm"])  # 36 hours
        sheet.write_number(2, 5, 1234.56)
        sheet.write_formula(2, 6, "=0.1+0.2", None, 0.30000000000000004)
        sheet.write_boolean(2, 7, True)
        book.add_worksheet("versteckt").hide()
    return out.getvalue()


def test_every_cell_comes_as_what_it_is_and_where_it_is() -> None:
    with open_pool(1) as pool:
        tables = read_sheets(pool, workbook(), document="D1", name="hours.xlsx")

    assert isinstance(tables, list)
    (table,) = tables
    assert (table.sheet, table.file, table.document) == ("Zeiten", "hours.xlsx", "D1")
    row = table.rows[2]
    assert row[1] == Decimal(17)
    assert str(table.place(2, 1)) == "hours.xlsx Zeiten!B3"
    assert row[2] in (date(2026, 10, 5), datetime(2026, 10, 5))  # noqa: DTZ001 - a cell knows no zone
    assert row[3] == time(7, 30)
    assert row[4] == Decimal(36)
    assert row[5] == Decimal("1234.56")
    assert row[6] == Decimal("0.30000000000000004")
    assert row[7] is True


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04 torn off"])
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(Refused):
        plain_sheets(content)


def test_a_refusal_reaches_the_parent_as_a_value() -> None:
    with open_pool(1) as pool:
        refused = read_sheets(pool, b"no workbook", document="D1", name="x.xlsx")

    assert isinstance(refused, Refusal)
    assert refused.code is ReasonCode.UNSUPPORTED
