"""Tables of the office: .csv and .xlsx as typed rows, with a doubt for each cell that cannot be what it should be.

`read_table` is the parent's side; everything that touches the file runs in a limited child (`intake`).
"""

from kontorist.extraction.tables.reading import (
    PayInTheOpen,
    Skipped,
    Table,
    TableDoubt,
    TableFormat,
    TableRow,
    TableUnfit,
    read_table,
)

__all__ = [
    "PayInTheOpen",
    "Skipped",
    "Table",
    "TableDoubt",
    "TableFormat",
    "TableRow",
    "TableUnfit",
    "read_table",
]
