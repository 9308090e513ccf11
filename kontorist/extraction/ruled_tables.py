"""Tables with printed rules, by pdfplumber: slow and hungry, so only for pages that alignment could not settle."""

from __future__ import annotations

import io
from typing import Any, Final

MOST_PATHS: Final = 5_000  #: path objects of a page; pdfplumber needs 20 s for some ten thousand
MOST_CHARACTERS: Final = 20_000
_PATH: Final = 2  #: FPDF_PAGEOBJ_PATH


def worth_trying(page: Any, characters: int) -> bool:
    """Has this pypdfium2 page rules at all, and few enough for pdfplumber?"""
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFPage_CountObjects(page.raw)
    if characters > MOST_CHARACTERS or count > 4 * MOST_PATHS:
        return False
    kinds = (pdfium.FPDFPageObj_GetType(pdfium.FPDFPage_GetObject(page.raw, index)) for index in range(count))
    paths = sum(1 for kind in kinds if kind == _PATH)
    return 0 < paths < MOST_PATHS


def tables(content: bytes, number: int) -> list[list[list[str]]]:
    """The ruled tables of page `number` (from 1) as rows of cells; none where pdfplumber cannot read the page."""
    import pdfplumber

    try:
        with pdfplumber.open(io.BytesIO(content), pages=[number]) as document:
            found = document.pages[0].extract_tables() if document.pages else []
    except Exception:  # noqa: BLE001 - another parser with its own troubles; the words of the page are read already
        return []
    return [[[cell or "" for cell in row] for row in table] for table in found]
