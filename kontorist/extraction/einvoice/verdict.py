"""Accept, accept with warnings, reject, or not checked: from findings, their severities and rules that are missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

#: From mild to grave.
SEVERITIES: Final = ("information", "warning", "error")
#: Findings where page and structured part differ, or that speak of the PDF: for a person, not for the verdict.
_NOT_OF_THE_XML: Final = (
    "KON-PAGE-XML-", "KON-PICTURE", "KON-RECOGNISED", "KON-IBAN", "KON-VAT-ID",
    "KON-EINVOICE-OTHER", "KON-EINVOICE-SEVERAL", "KON-EINVOICE-UNREAD",
)  # fmt: skip


def weighed(findings: Iterable[Mapping[str, Any]], severities: Mapping[str, str]) -> list[dict[str, Any]]:
    """The findings with the severities that config.yaml gives to their rules."""
    return [{**each, "severity": severities.get(each["rule"], each["severity"])} for each in findings]


def verdict_on(findings: Iterable[Mapping[str, Any]], missing: Sequence[str]) -> tuple[str, str | None]:
    """The verdict and its reason in a sentence (None where it is accepted outright).

    An error rejects, whatever was not checked; without one, missing rules leave the verdict open.
    """
    counted = [each for each in findings if not each["rule"].startswith(_NOT_OF_THE_XML)]
    errors = _rules(counted, "error")
    if errors:
        return "reject", f"It breaks {_listed(errors)}."
    if missing:
        return "not_checked", f"Nothing wrong was found, but it was not checked against: {'; '.join(missing)}."
    warnings = _rules(counted, "warning")
    if warnings:
        return "accept_with_warnings", f"There are warnings: {_listed(warnings)}."
    return "accept", None


def _rules(findings: Iterable[Mapping[str, Any]], severity: str) -> list[str]:
    return list(dict.fromkeys(each["rule"] for each in findings if each["severity"] == severity))


def _listed(rules: Sequence[str], most: int = 6) -> str:
    more = f" and {len(rules) - most} more" if len(rules) > most else ""
    return ", ".join(rules[:most]) + more
