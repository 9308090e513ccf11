"""Documents with their truth: pages as the reader takes them, and which values count as right."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from kontorist.extraction.candidates.name import without_form
from kontorist.extraction.intake import pdf_pages
from kontorist.extraction.page_text import Page
from kontorist.testing.documents.varied import paper

GENERATOR: Final = 2  #: raised whenever the same seed draws another paper
_LAYOUT: Final = 2.0  #: what all documents of one real layout weigh together; a drawn paper is its own layout
_DRAWN: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document; `weight` makes every real layout count alike, however many files it has."""

    name: str
    layout: str
    pages: list[Page]
    count: int
    truth: dict[str, Any]
    weight: float
    real: bool


def drawn(seed: int, count: int) -> list[Document]:
    """Papers drawn at random from `seed`."""
    found = []
    for number in range(seed * 100_000, seed * 100_000 + count):
        content, truth = paper(number, generator=GENERATOR)
        pages, pages_of_all = pdf_pages(content)
        name = f"drawn-{number}"
        found.append(
            Document(name=name, layout=name, pages=pages, count=pages_of_all, truth=truth, weight=_DRAWN, real=False)
        )
    return found


def labelled(folder: Path) -> tuple[list[Document], str]:
    """The invoices of a folder with truth.jsonl and pdf/, and a hash over all of them."""
    lines = (folder / "truth.jsonl").read_text("utf-8").splitlines()
    truths = [json.loads(line) for line in lines if line.strip()]
    files = Counter(truth["layout"] for truth in truths)
    found, digest = [], hashlib.sha256("\n".join(lines).encode())
    for truth in truths:
        content = (folder / "pdf" / truth["file"]).read_bytes()
        digest.update(hashlib.sha256(content).digest())
        pages, count = pdf_pages(content)
        weight = _LAYOUT / files[truth["layout"]]
        found.append(
            Document(
                name=truth["file"],
                layout=truth["layout"],
                pages=pages,
                count=count,
                truth=truth,
                weight=weight,
                real=True,
            )
        )
    return found, digest.hexdigest()


def right(field: str, value: Any, truth: Any, *, credit: bool = False) -> bool:
    """Is `value` (None for nothing on the page) one of those that count as right?

    A name counts with or without the form of the firm: labels from XML and what the page prints differ in that.
    """
    accepted = truth if isinstance(truth, list) else [truth]
    if value is None:
        return None in accepted
    return any(each is not None and _plain(field, value, credit) == _plain(field, each, credit) for each in accepted)


def _plain(field: str, value: Any, credit: bool) -> Any:
    text = unicodedata.normalize("NFKC", str(value)).casefold()
    if field in ("net", "tax", "gross"):
        amount = _amount(text)
        return abs(amount) if credit and amount is not None else amount
    if field in ("supplier_vat_id", "iban"):
        return re.sub(r"[\W_]", "", text)
    if field == "invoice_number":
        return re.sub(r"\s", "", text).lstrip("#")
    if field == "supplier_name":
        return " ".join(re.sub(r"[\W_]+", " ", without_form(text)).split())
    return text.strip()


def _amount(text: str) -> Decimal | None:
    try:
        return Decimal(text).quantize(Decimal("0.01"))
    except InvalidOperation:
        return None


def by_layout(documents: Iterable[Document]) -> dict[str, list[Document]]:
    """Documents by their layout, in the order they came."""
    groups: dict[str, list[Document]] = {}
    for each in documents:
        groups.setdefault(each.layout, []).append(each)
    return groups
