"""How the tables are written that an office imports, where our readers need not find it out."""

from __future__ import annotations

from pydantic import Field, model_validator

from kontorist.config.types import Name, Section, Text
from kontorist.domain.masterdata.kinds import COLUMNS
from kontorist.domain.masterdata.names import Kind
from kontorist.domain.receivables.order_rows import ORDER_COLUMNS


class TableForm(Section):
    """What our readers need not find out of a .csv or .xlsx file."""

    encoding: Text | None = Field(None, description="Of .csv files, such as cp1252; without it, it is found out.")
    delimiter: Text | None = Field(None, max_length=1, description="Of .csv files; without it, it is found out.")
    columns: dict[Name, Text] = Field(
        default_factory=dict, description="What a column is called in the file, by our name of it."
    )


class OrderFiles(TableForm):
    """How files of orders are written."""

    @model_validator(mode="after")
    def _columns_we_have(self) -> OrderFiles:
        known = [each.name for each in ORDER_COLUMNS]
        if unknown := [name for name in self.columns if name not in known]:
            raise ValueError(f"orders have no column {unknown[0]!r}; there are {', '.join(known)}")
        return self


class Masterdata(Section):
    """How the files of `kontorist masterdata import` are written."""

    files: dict[Kind, TableForm] = Field(
        default_factory=dict, description="By kind: suppliers, customers, employees, orders and so on."
    )

    def form(self, kind: Kind) -> TableForm:
        """What is known of the files of `kind`."""
        return self.files.get(kind, TableForm())

    @model_validator(mode="after")
    def _columns_we_have(self) -> Masterdata:
        for kind, form in self.files.items():
            known = [each.name for each in COLUMNS[kind]]
            if unknown := [name for name in form.columns if name not in known]:
                raise ValueError(f"{kind.value} have no column {unknown[0]!r}; there are {', '.join(known)}")
        return self
