"""E-invoices in the office: the same schema and rules for what comes in and for what we send."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kontorist.config import Config
from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.payables.draft import Finding, Severity
from kontorist.extraction.checking import Checker

if TYPE_CHECKING:
    from kontorist.sandbox import Pool


class OwnEInvoiceWrong(NeedsAPerson):
    """An e-invoice of ours does not keep the rules of EN 16931, so it is not sent."""

    code = "KON-186"
    next_step = "Correct the order or the customer's master data; the reason names the rules."


class EInvoices:
    """Holds e-invoices to schema and rules, in the children of `reading` and `checking`."""

    def __init__(self, config: Config, *, reading: Callable[[], Pool], checking: Callable[[], Pool]) -> None:
        self._config = config
        self._reading = reading
        self._checking = checking

    @property
    def checker(self) -> Checker:
        """Reads and checks with the rules and severities of config.yaml."""
        return Checker(
            reading=self._reading(),
            checking=self._checking(),
            rules=self._config.einvoice_rules,
            severities=self._config.einvoice.severities,
        )

    def findings_on(self, content: bytes) -> list[Finding]:
        """What schema and rules say of an incoming e-invoice, in one finding.

        For a person where it is to be rejected, and where nothing could be checked; not where some rules are missing.
        """
        if not self._config.einvoice.check_incoming:
            return []
        judged = self.checker.judged_file(content)
        if judged is None:
            return [_unchecked("The e-invoice could not be checked.", Severity.WARNING)]
        if judged["verdict"] in ("accept", "accept_with_warnings"):
            return []
        if judged["verdict"] == "not_checked":
            sentence = f"The e-invoice is not fully checked. {judged['reason']}"
            return [_unchecked(sentence, Severity.INFORMATION if judged["checked"] else Severity.WARNING)]
        first = next(each for each in judged["findings"] if each["severity"] == "error")
        sentence = f"The e-invoice is to be rejected: {judged['reason']} {first['rule']}: {first['text']}"
        return [Finding(code="KON-EINVOICE-RULES", sentence=sentence, severity=Severity.WARNING)]

    def check_ours(self, xml: bytes | None) -> None:
        """Before one of ours is booked: nothing where there is no XML. Raises OwnEInvoiceWrong.

        National rules that are not installed do not stop it; schema and EN 16931 have to have been applied.
        """
        if xml is None:
            return
        found = self.checker.judged(xml)
        if found["verdict"] == "reject" or not found["checked"]:
            raise OwnEInvoiceWrong(f"The e-invoice was not sent. {found['reason']}")


def _unchecked(sentence: str, severity: Severity) -> Finding:
    return Finding(code="KON-EINVOICE-UNCHECKED", sentence=sentence, severity=severity)
