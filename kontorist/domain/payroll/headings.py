"""Which column of a payroll sheet is which: by the headings of config.yaml, else by those that offices use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a column holds."""

    EMPLOYEE = "employee"
    NAME = "name"
    DATE = "date"
    HOURS = "hours"
    GROSS = "gross"
    WAGE_TAX = "wage_tax"
    SOCIAL = "social_security"
    NET = "net"
    EMPLOYER = "employer_social"
    LINE = "line"  #: a running number, which says nothing


#: German, Dutch and English headings in use, written as they stand there.
SYNONYMS: Final[Mapping[Role, tuple[str, ...]]] = {
    Role.EMPLOYEE: (
        "Personalnummer", "Personalnr.", "Pers.-Nr.", "PersNr", "PNR", "Mitarbeiternummer", "Mitarbeiter-Nr.",
        "Personeelsnummer", "Personeelsnr.", "Medewerkernummer", "Personnel number", "Personnel no.",
        "Employee number", "Employee no.", "Employee id",
    ),
    Role.NAME: ("Name", "Mitarbeiter", "Naam", "Medewerker", "Employee", "Employee name"),
    Role.DATE: ("Datum", "Tag", "Dag", "Date", "Day"),
    Role.HOURS: ("Stunden", "Std.", "Arbeitszeit", "Uren", "Gewerkte uren", "Hours", "Hours worked"),
    Role.GROSS: (
        "Brutto", "Gesamtbrutto", "Bruttolohn", "Bruttobezug", "Bruto", "Brutoloon", "Gross", "Gross pay",
    ),
    Role.WAGE_TAX: (
        "Lohnsteuer", "Steuern", "Steuerabzüge", "Steuerrechtliche Abzüge", "Loonheffing", "Loonbelasting", "Wage tax",
        "Income tax",
    ),
    Role.SOCIAL: (
        "SV-Anteil AN", "SV AN", "Sozialversicherung", "SV-rechtliche Abzüge", "Sociale premies", "Premies werknemer",
        "Social security", "Social security employee",
    ),
    Role.NET: (
        "Netto", "Nettolohn", "Nettoverdienst", "Auszahlungsbetrag", "Auszahlung", "Nettoloon", "Net", "Net pay",
    ),
    Role.EMPLOYER: (
        "SV-Anteil AG", "SV AG", "Arbeitgeberanteil", "AG-Anteil", "Werkgeverslasten", "Premies werkgever",
        "Employer social security", "Social security employer",
    ),
    Role.LINE: ("Nr.", "Lfd. Nr.", "Zeile", "Volgnr.", "Regel", "No.", "Line"),
}  # fmt: skip
_PLAIN: Final = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "s"})


class Kind(StrEnum):
    """What a sheet is."""

    TIMES = "times"  #: hours worked, row by row
    RESULT = "result"  #: what the bureau has worked out, one row an employee


def roles_of(headings: Sequence[object], ours: Mapping[Role, tuple[str, ...]]) -> dict[Role, int]:
    """Which of `headings` plays which role, by its position from 0; the first one that fits counts.

    A role named in config.yaml (`ours`) is found by that name only.
    """
    known = {_folded(name): role for role, names in SYNONYMS.items() for name in names if role not in ours}
    known |= {_folded(name): role for role, names in ours.items() for name in names}
    found: dict[Role, int] = {}
    for position, heading in enumerate(headings):
        role = known.get(_folded(heading)) if isinstance(heading, str) else None
        if role is not None:
            found.setdefault(role, position)
    return found


def kind_of(roles: Mapping[Role, int]) -> Kind | None:
    """What a sheet with these columns is; None when it is none of ours."""
    if Role.EMPLOYEE not in roles:
        return None
    if Role.GROSS in roles and Role.NET in roles:
        return Kind.RESULT
    return Kind.TIMES if Role.HOURS in roles else None


def _folded(heading: str) -> str:
    return "".join(letter for letter in heading.casefold().translate(_PLAIN) if letter.isalnum())
