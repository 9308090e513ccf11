"""The text of a file as the rest of the product sees it: bytes in, words out, all parsing in a child."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from kontorist.sandbox import Pool, ReasonCode, Refused

MOST_BYTES: Final = 50 * 1024 * 1024
_READER: Final = "kontorist.extraction.text:read_text"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileText:
    """What a file says. `kind` is pdf, xml, sheet, text or image; dates, VAT ids and IBANs in the order of the text."""

    text: str
    kind: str
    dates: tuple[date, ...]
    vat_ids: tuple[str, ...]
    ibans: tuple[str, ...]


def read_text(pool: Pool, content: bytes) -> FileText:
    """The text of a PDF, XML, spreadsheet, text or image (which has none). Raises Refused with a sentence."""
    if len(content) > MOST_BYTES:
        raise Refused(ReasonCode.TOO_LARGE, f"The file is larger than {MOST_BYTES >> 20} MiB.")
    outcome = pool.call(_READER, content)
    if outcome.refused is not None:
        raise Refused(outcome.refused.code, outcome.refused.sentence)
    try:
        facts = outcome.value
        return FileText(
            text=str(facts["text"]).encode("utf-8", "replace").decode(),  # no lone surrogates
            kind=str(facts["kind"]),
            dates=tuple(date.fromisoformat(each) for each in facts["dates"]),
            vat_ids=tuple(str(each) for each in facts["vat_ids"]),
            ibans=tuple(str(each) for each in facts["ibans"]),
        )
    except (KeyError, TypeError, ValueError):
        raise Refused(ReasonCode.PARSER_DIED) from None
