"""What a column of a table holds; readers of spreadsheets and the kinds of master data share these words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CellType(StrEnum):
    """What stands in the cells of a column, and what a reader makes of it."""

    TEXT = "text"  #: str, on one line
    IDENTIFIER = "identifier"  #: str; leading zeros count, ``4711.0`` is ``4711``
    AMOUNT = "amount"  #: Decimal, exact to `Column.places`
    INTEGER = "integer"  #: int
    PERCENT = "percent"  #: Decimal: 19 for ``19 %``, ``19`` and a cell of 0.19 shown as a percentage
    HOURS = "hours"  #: Decimal hours to 0.01; ``7:30`` is 7.50
    DATE = "date"  #: date
    FLAG = "flag"  #: bool
    EMAIL = "email"  #: str
    IBANS = "ibans"  #: tuple of str without blanks, check digits right
    VAT_ID = "vat_id"  #: str without blanks, check digits right where we know the rule
    COUNTRY = "country"  #: str, ISO 3166 such as ``DE``; names in German, Dutch and English are understood
    CURRENCY = "currency"  #: str, ISO 4217 such as ``EUR``
    LANGUAGE = "language"  #: str: de, nl or en
    CHOICE = "choice"  #: str, one of the keys of `Column.choices`


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column we look for. `words` names its entry in the table of header words, if it is not `name`.

    `required` columns have to be there; `filled` ones may not be empty in a row. `choices` are the words of a CHOICE:
    key and what people write, folded (no case, accents or blanks). `places` bounds the decimals of an AMOUNT.
    """

    name: str
    type: CellType = CellType.TEXT
    words: str | None = None
    required: bool = False
    filled: bool = False
    places: int = 2
    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()
