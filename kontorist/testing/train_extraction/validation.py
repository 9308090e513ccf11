"""How well layouts are read that were not trained on, and what confidence that earns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kontorist.domain.payables.draft import FIELDS, FieldSource
from kontorist.extraction.calibration import NEVER
from kontorist.extraction.page_reader import read_pages
from kontorist.extraction.profile import BuyerProfile
from kontorist.extraction.scoring import weights_of
from kontorist.testing.train_extraction.fitting import BARE, isotonic
from kontorist.testing.train_extraction.papers import Document, by_layout, right

FOLDS: Final = 12
#: Of each kind of reading alone; all safe readings together are more precise than the least precise kind.
_PRECISION: Final = 0.96
_PARTS: Final = 4
_FEWEST: Final = 8.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One field of one document as read by weights that did not know its layout."""

    field: str
    key: str
    odds: float
    witness: bool
    right: bool
    document: Document
    empty: bool


def folds(documents: Sequence[Document]) -> list[list[Document]]:
    """Documents in twelve groups; all of one layout are in one group."""
    groups: list[list[Document]] = [[] for _ in range(FOLDS)]
    for number, each in enumerate(by_layout(documents).values()):
        groups[number % FOLDS] += each
    return [group for group in groups if group]


def readings(documents: Iterable[Document], table: Mapping[str, Any]) -> Iterator[Reading]:
    """What the reader says of `documents` with the weights of `table`."""
    with weights_of({**table, "calibration": BARE}):
        for document in documents:
            draft = read_pages(document.pages, document.count, BuyerProfile())
            credit = document.truth.get("kind") == "credit_note"
            for name in FIELDS:
                if name not in document.truth:
                    continue
                field = draft.fields[name]
                derived = field.source is FieldSource.FORMULA
                key = f"{name}.absent" if field.value is None else f"{name}.formula" if derived else name
                true = right(name, field.value, document.truth[name], credit=credit)
                yield Reading(name, key, field.confidence, field.safe, true, document, field.value is None)


def held_out(documents: Sequence[Document], train: Callable[[set[str]], Mapping[str, Any]]) -> Iterator[Reading]:
    """Every document read by weights trained on the other layouts; `train` takes the names to leave out."""
    for group in folds(documents):
        yield from readings(group, train({each.name for each in group}))


def accuracy(found: Iterable[Reading]) -> float:
    """The share of right readings, each real layout counted alike."""
    total = good = 0.0
    for each in found:
        total += each.document.weight
        good += each.document.weight * each.right
    return good / total if total else 0.0


def calibration(found: Sequence[Reading]) -> dict[str, Any]:
    """Confidence by log-odds for each kind of reading, and from which confidence on those with a witness are safe."""
    table = {"otherwise": _steps(found)}
    for key in sorted({each.key for each in found}):
        mine = [each for each in found if each.key == key]
        if sum(each.document.weight for each in mine) >= _FEWEST:
            table[key] = _steps(mine)
    return table


def _steps(found: Sequence[Reading]) -> dict[str, Any]:
    steps = isotonic((each.odds, each.right, each.document.weight) for each in found)
    odds = [round(each[0], 6) for each in steps]
    shares = [round(min(each[1], 0.999), 6) for each in steps]
    return {"odds": odds, "confidence": shares, "safe": _safe_from(found, odds, shares)}


def _safe_from(found: Sequence[Reading], odds: list[float], shares: list[float]) -> float:
    """The lowest confidence above which readings with a witness were right as often as promised."""
    for start, share in zip(odds, shares, strict=True):
        above = [each for each in found if each.witness and each.odds >= start]
        if share >= 0.9 and sum(each.document.weight for each in above) >= 2 and accuracy(above) >= _PRECISION:
            return share
    return NEVER


def safe(found: Sequence[Reading]) -> list[Reading]:
    """The readings that a calibration would call safe which has not seen their layout."""
    layouts = {layout: number % _PARTS for number, layout in enumerate(dict.fromkeys(_layouts(found)))}
    kept = []
    for part in range(_PARTS):
        table = calibration([each for each in found if layouts[each.document.layout] != part])
        mine = (each for each in found if layouts[each.document.layout] == part and each.witness)
        kept += [each for each in mine if _confidence(each, table) >= _of(each, table)["safe"]]
    return kept


def _layouts(found: Iterable[Reading]) -> Iterator[str]:
    return (each.document.layout for each in found)


def share(some: Iterable[Reading], every: Iterable[Reading]) -> float:
    """How much of `every` the readings of `some` are, each real layout counted alike."""
    return sum(each.document.weight for each in some) / sum(each.document.weight for each in every)


def _of(each: Reading, table: Mapping[str, Any]) -> Any:
    return table.get(each.key) or table["otherwise"]


def _confidence(each: Reading, table: Mapping[str, Any]) -> float:
    steps = _of(each, table)
    below = [share for odds, share in zip(steps["odds"], steps["confidence"], strict=True) if odds <= each.odds]
    return float(below[-1] if below else steps["confidence"][0])
