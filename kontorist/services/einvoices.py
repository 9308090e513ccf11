"""E-invoices in the office: the same schema and rules for what comes in and for what we send."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kontorist.config import Config
from kontorist.domain.errors import NeedsAPerson
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

    def check_ours(self, xml: bytes | None) -> None:
        """Before one of ours is booked: nothing where there is no XML. Raises OwnEInvoiceWrong.

        National rules that are not installed do not stop it; schema and EN 16931 have to have been applied.
        """
        if xml is None:
            return
        found = self.checker.judged(xml)
        if found["verdict"] == "reject" or not found["checked"]:
            raise OwnEInvoiceWrong(f"The e-invoice was not sent. {found['reason']}")
