"""What may stand under `einvoice:` in config.yaml: rules of the user's, and how grave a broken rule is."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from kontorist.config.types import Flag, Section, Text


class EInvoiceSection(Section):
    """How e-invoices are checked."""

    check_incoming: Flag = Field(
        True,
        description="Whether incoming e-invoices are held to their rules; one that breaks them waits for a person.",
    )
    rules: Path | None = Field(
        None,
        description="A folder of Schematron stylesheets (.xslt) of yours: XRechnung, Peppol, CEN; found by content.",
    )
    severities: dict[Text, Literal["error", "warning", "information"]] = Field(
        default_factory=dict, description="By the id of a rule: error, warning or information, in place of its own."
    )
