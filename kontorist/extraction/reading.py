"""Reading as the rest of the product sees it: bytes in, an InvoiceDraft out, all parsing in a child."""

from __future__ import annotations

import logging

from kontorist.domain.payables.draft import InvoiceDraft, from_data
from kontorist.extraction.profile import BuyerProfile
from kontorist.sandbox import SENTENCES, Limits, Pool, ReasonCode

__all__ = ["BuyerProfile", "open_pool", "read_invoice"]

#: What a child imports before its first file, so that no file pays for it.
_WARM = ("kontorist.extraction.intake", "pypdfium2", "pypdfium2.raw", "lxml.etree", "stdnum.iban", "stdnum.eu.vat")
MOST_BYTES = 50 * 1024 * 1024
_log = logging.getLogger(__name__)


def open_pool(size: int = 1, limits: Limits | None = None) -> Pool:
    """A pool of children with the readers imported; close it in the end."""
    return Pool(size=size, preload=_WARM, limits=limits)


def read_invoice(
    pool: Pool, content: bytes, *, name: str, visual_only: bool = False, profile: BuyerProfile | None = None
) -> InvoiceDraft:
    """Read one PDF, image or XML file; a file that cannot be read gives a quarantined draft with code and sentence.

    `visual_only` ignores embedded invoice files, for tests of the page reader. `name` is for the log;
    what a file is, its content tells. Raises nothing for what a file holds.
    """
    if len(content) > MOST_BYTES:
        return InvoiceDraft.quarantined(ReasonCode.TOO_LARGE, f"The file is larger than {MOST_BYTES >> 20} MiB.")
    outcome = pool.call(
        "kontorist.extraction.intake:read_invoice",
        content,
        visual_only=visual_only,
        profile=profile.to_data() if profile else None,
    )
    if outcome.refused is not None:
        if outcome.refused.detail:  # an error of ours or of a library, which somebody should see
            _log.warning("reading %s failed: %s", name, outcome.refused.detail)
        return InvoiceDraft.quarantined(outcome.refused.code, outcome.refused.sentence)
    try:
        return from_data(outcome.value)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError):
        return InvoiceDraft.quarantined(ReasonCode.PARSER_DIED, SENTENCES[ReasonCode.PARSER_DIED])
