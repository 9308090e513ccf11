"""`kontorist read table`: the typed rows of a spreadsheet, with a doubt for each bad cell; nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from kontorist.cli import out
from kontorist.cli.progress import progress
from kontorist.cli.read import always, content_of
from kontorist.cli.session import Session

if TYPE_CHECKING:
    from kontorist.domain.payables.draft import InvoiceDraft
    from kontorist.extraction.tables import Table, TableDoubt
    from kontorist.sandbox import Pool


class Sheet(StrEnum):
    """What a table may hold."""

    ORDERS = "orders"  #: orders of customers
    PRICES = "prices"
    HOURS = "hours"  #: a time sheet


_SHOWN: Final = 20  #: doubts of one file that a person at the terminal reads


def table(
    context: typer.Context,
    kind: Annotated[Sheet, typer.Argument(metavar="KIND", help="orders, prices or hours.")],
    files: Annotated[list[Path], typer.Argument(help=".csv or .xlsx files.", metavar="FILE...")],
    as_lines: Annotated[bool, typer.Option("--jsonl", help="One JSON object per file, a line each.")] = False,
    as_json: out.AsJson = False,
) -> None:
    """Read tables: typed rows, and each bad cell with its place, what was seen and what was expected."""
    session: Session = context.obj
    found = progress(_read_all(kind, files), len(files), "reading", quiet=session.quiet)
    if as_lines:
        for each in found:
            out.json_line(each)
    elif as_json:
        out.json_object({"files": list(found)})
    else:
        for each in found:
            _show(each)


def _read_all(kind: Sheet, files: list[Path]) -> Iterator[dict[str, Any]]:
    from kontorist.extraction.reading import open_pool

    with open_pool() as pool:

        def read(file: Path) -> dict[str, Any]:
            return {"file": file.name, "kind": kind.value, **_read(pool, kind, file)}

        def refused(file: Path, draft: InvoiceDraft) -> dict[str, Any]:
            return {"file": file.name, "kind": kind.value, **_unread(draft.refused or "", draft.reason or "")}

        yield from map(always(read, refused), files)


def _read(pool: Pool, kind: Sheet, file: Path) -> dict[str, Any]:
    from kontorist.domain.errors import NeedsAPerson
    from kontorist.domain.masterdata.sheets import HOUR_COLUMNS, PRICE_COLUMNS
    from kontorist.domain.receivables.order_rows import ORDER_COLUMNS
    from kontorist.extraction.tables import read_table
    from kontorist.sandbox import Refused

    columns = {Sheet.ORDERS: ORDER_COLUMNS, Sheet.PRICES: PRICE_COLUMNS, Sheet.HOURS: HOUR_COLUMNS}[kind]
    content = content_of(file)
    if not isinstance(content, bytes):
        return _unread(content.refused or "", content.reason or "")
    try:
        return _facts(kind, read_table(pool, content, name=file.name, columns=columns))
    except Refused as refused:
        return _unread(refused.reason.value, refused.sentence)
    except NeedsAPerson as unfit:  # no table with these columns
        return _unread("unfit", unfit.sentence)


def _facts(kind: Sheet, read: Table) -> dict[str, Any]:
    contradicting = list(_price_doubts(read)) if kind is Sheet.PRICES else []
    doubts = [*read.doubts, *contradicting]
    bad = {(each.sheet, each.row) for each in contradicting}
    good = [each for each in read.rows if (each.sheet, each.row) not in bad]
    return {
        "rows": [{"sheet": each.sheet, "row": each.row, "values": _plain(each.values)} for each in good],
        "doubts": [{"place": each.place, **each.data()} for each in doubts],
        "skipped": [asdict(each) for each in read.skipped],
        "ignored_sheets": list(read.ignored_sheets),
        "reason_code": None,
        "reason": None,
    }


def _price_doubts(read: Table) -> Iterator[TableDoubt]:
    from kontorist.domain.masterdata.sheets import price_doubts

    for index, column, expected in price_doubts(each.values for each in read.rows):
        yield read.rows[index].doubt(column, expected)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Amounts as text, days as ISO 8601."""
    return {
        name: f"{value:f}" if isinstance(value, Decimal) else value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }


def _unread(code: str, sentence: str) -> dict[str, Any]:
    nothing: dict[str, Any] = {name: [] for name in ("rows", "doubts", "skipped", "ignored_sheets")}
    return {**nothing, "reason_code": code, "reason": sentence}


def _show(found: Mapping[str, Any]) -> None:
    name = out.plain(found["file"])
    if found["reason"]:
        out.line(f"{name}: {out.plain(found['reason'])}")
        return
    doubts = found["doubts"]
    out.line(f"{name}: {len(found['rows'])} good rows, {len(doubts)} cells in doubt")
    rows = [(each["place"], each["column"], each["seen"], each["expected"]) for each in doubts[:_SHOWN]]
    if rows:
        out.table(("cell", "column", "seen", "expected"), rows, empty="")
    if len(doubts) > _SHOWN:
        out.talk(f"{len(doubts) - _SHOWN} more with --json")
