"""The secret with which each employee opens the payslip: handed over by another way, never sent along."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from kontorist.domain.payroll.employees import Employee

SHORTEST = 10  #: characters
_ENTRY = re.compile(r"\s*([^\s:=#]+)\s*[:=]\s*(\S.*?)\s*")
#: Nothing but digits and the marks of a date: somebody's birthday, or as easily guessed as one.
_DATE_LIKE = re.compile(r"[\d.\-/ ]+")


def read_secrets(text: str) -> dict[str, str]:
    """Personnel number to secret, from lines ``00042: correct-horse-9``; blank lines and those with # are left out.

    A number that stands twice has no secret: nobody knows which one was handed over.
    """
    entries = [match for line in text.splitlines() if (match := _ENTRY.fullmatch(line))]
    counts = Counter(match[1] for match in entries)
    return {match[1]: match[2] for match in entries if counts[match[1]] == 1}


def why_no_slip(employee: Employee, secrets: Mapping[str, str]) -> str | None:
    """The sentence why no payslip can go to `employee` now; None when one can."""
    number, secret = employee.number, secrets.get(employee.number)
    if employee.email is None:
        return f"Personnel number {number}: there is no mail address in the master data."
    if secret is None:
        return f"Personnel number {number}: there is no secret for the payslip."
    if _easily_guessed(secret):
        return f"Personnel number {number}: the secret is shorter than {SHORTEST} characters or looks like a date."
    if sum(each == secret for each in secrets.values()) > 1:
        return f"Personnel number {number}: somebody else has the same secret."
    return None


def unfit_secrets(secrets: Mapping[str, str]) -> list[str]:
    """The personnel numbers whose secret opens no payslip: easily guessed, or the same as another's."""
    counts = Counter(secrets.values())
    return [number for number, secret in secrets.items() if _easily_guessed(secret) or counts[secret] > 1]


def _easily_guessed(secret: str) -> bool:
    return len(secret) < SHORTEST or _DATE_LIKE.fullmatch(secret) is not None
