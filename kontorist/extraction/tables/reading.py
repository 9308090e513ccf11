"""Tables as the rest of the product sees them: bytes in, rows and doubts out; all parsing in a child."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.masterdata.columns import CellType, Column
from kontorist.sandbox import Pool, ReasonCode, Refused

_log = logging.getLogger(__name__)


class TableUnfit(NeedsAPerson):
    """The file holds no table with the columns that are needed."""

    code = "KON-114"
    next_step = "Name the columns as docs/reference/masterdata.md says, or under masterdata: in config.yaml."


class PayInTheOpen(NeedsAPerson):
    """The file has a column that says what people earn; it is not taken."""

    code = "KON-115"
    next_step = "Leave the column out: employees are kept without pay, which stands in encrypted files only."


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFormat:
    """What is known of a file beforehand: its encoding and delimiter (.csv), and what columns are called in it."""

    encoding: str | None = None
    delimiter: str | None = None
    named: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDoubt:
    """A cell that cannot be what it should be. `column` is ours, None where no column has such a cell.

    `sheet` is None for a .csv file; `cell` such as ``C17``; `seen` is shortened, `expected` ends the sentence
    "expected ...".
    """

    sheet: str | None
    row: int
    cell: str
    column: str | None
    seen: str
    expected: str

    @property
    def place(self) -> str:
        """``Orders!C17``, or ``C17`` where there are no sheets."""
        return f"{self.sheet}!{self.cell}" if self.sheet else self.cell

    def data(self) -> dict[str, Any]:
        """The doubt as plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One good row: values by column name (None where empty, a column the file lacks is not there), cells by name."""

    sheet: str | None
    row: int
    values: Mapping[str, Any]
    cells: Mapping[str, str]

    def doubt(self, column: str, expected: str) -> TableDoubt:
        """What is wrong in this row by a rule that the reader does not know."""
        seen = self.values.get(column)
        text = ", ".join(seen) if isinstance(seen, tuple) else "" if seen is None else str(seen)
        cell = self.cells.get(column) or f"row {self.row}"
        return TableDoubt(sheet=self.sheet, row=self.row, cell=cell, column=column, seen=text[:80], expected=expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A row that is no record: a total or a note."""

    sheet: str | None
    cell: str
    seen: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The records of a file: good rows, doubts (a row with one is not among the good), rows that are none.

    `spoiled` are the rows with a doubt, with those of their values that could be read. `columns` are those of ours that
    the file has; `ignored_sheets` had no table that fits.
    """

    rows: tuple[TableRow, ...]
    doubts: tuple[TableDoubt, ...]
    spoiled: tuple[TableRow, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    columns: frozenset[str] = frozenset()
    ignored_sheets: tuple[str, ...] = ()


def read_table(
    pool: Pool,
    content: bytes,
    *,
    name: str,
    columns: Sequence[Column],
    form: TableFormat | None = None,
    refuse_pay: bool = False,
) -> Table:
    """Read a .csv or .xlsx file; what it is, its content tells. `name` is for the log.

    Raises Refused (with a named reason) for a file that cannot be read, TableUnfit where the columns are not there,
    PayInTheOpen where `refuse_pay` and a column says what people earn.
    """
    form = form or TableFormat()
    outcome = pool.call(
        "kontorist.extraction.tables.intake:read_table",
        content,
        columns=[asdict(each) for each in columns],
        named=dict(form.named),
        encoding=form.encoding,
        delimiter=form.delimiter,
        refuse_pay=refuse_pay,
    )
    if outcome.refused is not None:
        if outcome.refused.detail:
            _log.warning("reading %s failed: %s", name, outcome.refused.detail)
        raise Refused(outcome.refused.code, outcome.refused.sentence, place=name)
    try:
        return _table(outcome.value, {each.name: each.type for each in columns}, name)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError):
        raise Refused(ReasonCode.PARSER_DIED, place=name) from None


def _table(answer: Mapping[str, Any], types: Mapping[str, CellType], name: str) -> Table:
    if "pay" in answer:
        raise PayInTheOpen(place=f"{name}: {answer['pay']}"[:200])
    if "unfit" in answer:
        raise TableUnfit(str(answer["unfit"])[:1000], place=name)
    return Table(
        rows=tuple(_row(each, types) for each in answer["rows"]),
        doubts=tuple(TableDoubt(**each) for each in answer["doubts"]),
        spoiled=tuple(_row(each, types) for each in answer["spoiled"]),
        skipped=tuple(Skipped(**each) for each in answer["skipped"]),
        columns=frozenset(map(str, answer["columns"])),
        ignored_sheets=tuple(map(str, answer["ignored_sheets"])),
    )


def _row(data: Mapping[str, Any], types: Mapping[str, CellType]) -> TableRow:
    values = {name: _value(value, types[name]) for name, value in data["values"].items()}
    return TableRow(sheet=data["sheet"], row=int(data["row"]), values=values, cells=dict(data["cells"]))


def _value(value: Any, kind: CellType) -> Any:
    return None if value is None else _FROM_JSON.get(kind, str)(value)


_FROM_JSON: Final[dict[CellType, Callable[[Any], Any]]] = {
    CellType.AMOUNT: Decimal,
    CellType.PERCENT: Decimal,
    CellType.HOURS: Decimal,
    CellType.INTEGER: int,
    CellType.DATE: date.fromisoformat,
    CellType.FLAG: bool,
    CellType.IBANS: tuple,
}
