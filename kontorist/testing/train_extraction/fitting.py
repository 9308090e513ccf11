"""The two fits: weights by a conditional logit over the candidates of a document, confidence by isotonic regression.

Plain Python on one thread, sums in a fixed order, so that every machine writes the same six digits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kontorist.extraction.layout import Sheet
from kontorist.extraction.page_reader import read_sheet
from kontorist.extraction.profile import BuyerProfile
from kontorist.extraction.scoring import Signs, weights_of
from kontorist.testing.train_extraction.papers import Document, right

#: Fields with weights of their own, and under which name; amounts are chosen together, by weights set by hand.
TABLES: Final = {
    "supplier_name": "name",
    "supplier_vat_id": "vat_id",
    "invoice_number": "invoice_number",
    "issue_date": "issue_date",
    "due_date": "due_date",
    "iban": "iban",
}
_GRID: Final = [at / 4 for at in range(-48, 61)]  #: log-odds, in quarters
#: A calibration that gives the log-odds themselves as confidence, and calls safe what has a witness.
BARE: Final = {"otherwise": {"odds": [-1e9, *_GRID], "confidence": [-12.0, *_GRID], "safe": -1e9}}
_STEPS: Final = 60
_RATE: Final = 0.4
_SPREAD: Final = 1.2  #: how far, in log-odds, a weight strays from the one set by hand without much evidence
_RIVALS: Final = 10
_NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Example:
    """One field of one document: the signs of its candidates, and which of them are right; the last is "none"."""

    document: str
    signs: tuple[Signs, ...]
    right: tuple[bool, ...]
    weight: float


def examples(documents: Iterable[Document], table: dict[str, Any]) -> tuple[dict[str, list[Example]], dict[str, float]]:
    """What the reader sees of each field with `table`, and the share of true values that are among its candidates."""
    found: dict[str, list[Example]] = {field: [] for field in TABLES}
    hits, wanted = dict.fromkeys(TABLES, 0), dict.fromkeys(TABLES, 0)

    def watch(field: Any, scored: Sequence[Any]) -> None:
        if field not in document.truth:
            return
        truth = document.truth[field]
        values = [each.value.isoformat() if hasattr(each.value, "isoformat") else each.value for each in scored]
        good = [right(field, value, truth) for value in values]
        nothing = right(field, None, truth)
        wanted[field] += not nothing
        hits[field] += any(good) and not nothing
        if not any(good) and not nothing:
            return
        kept = [at for at in range(len(scored)) if at < _RIVALS or good[at]]
        signs = tuple(scored[at].signs for at in kept)
        found[field].append(Example(document.name, signs, (*(good[at] for at in kept), nothing), document.weight))

    with weights_of({**table, "calibration": BARE}):
        for document in documents:
            sheet = Sheet([page for page in document.pages if page.usable])
            read_sheet(sheet, document.pages, document.count, BuyerProfile(), watch)
    return found, {field: hits[field] / max(1, wanted[field]) for field in TABLES}


def fit(found: Sequence[Example], start: Mapping[str, float], base: float) -> dict[str, float]:
    """The weights of highest posterior probability: conditional logit, normal prior around `start`; AdaGrad."""
    names = sorted(start)
    place = {name: at for at, name in enumerate(names)}
    origin = [start[name] for name in names]
    compiled = [_compiled(each, place) for each in found]
    values, squares = list(origin), [1e-6] * len(names)
    for _ in range(_STEPS):
        slope = [(was - now) / _SPREAD**2 for was, now in zip(origin, values, strict=True)]
        for candidates, good, weight in compiled:
            _add_slope(slope, values, candidates, good, weight, base, place[_NONE])
        for at, each in enumerate(slope):
            squares[at] += each * each
            values[at] += _RATE * each / math.sqrt(squares[at])
    return {name: round(values[place[name]], 6) for name in names}


_Compiled = tuple[list[list[tuple[int, float]]], tuple[bool, ...], float]


def _compiled(example: Example, place: Mapping[str, int]) -> _Compiled:
    candidates = [[(place[name], value) for name, value in signs.items()] for signs in example.signs]
    return candidates, example.right, example.weight


def _add_slope(
    slope: list[float],
    values: list[float],
    candidates: list[list[tuple[int, float]]],
    good: tuple[bool, ...],
    weight: float,
    base: float,
    none: int,
) -> None:
    scores = [base + sum(values[at] * value for at, value in signs) for signs in candidates]
    scores.append(values[none])
    peak = max(scores)
    shares = [math.exp(score - peak) for score in scores]
    every = sum(shares)
    right_ones = sum(share for share, true in zip(shares, good, strict=True) if true)
    for signs, share, true in zip(candidates, shares, good, strict=False):
        pull = weight * ((share / right_ones if true else 0.0) - share / every)
        for at, value in signs:
            slope[at] += pull * value
    slope[none] += weight * ((shares[-1] / right_ones if good[-1] else 0.0) - shares[-1] / every)


def flat(table: Mapping[str, Any]) -> dict[str, float]:
    """The weights of one field as one level: ``for.invoice_number``; the base is not among them, it only shifts."""
    found: dict[str, float] = {}
    for name, value in table.items():
        if isinstance(value, Mapping):
            found.update({f"{name}.{role}": float(each) for role, each in value.items()})
        elif name != "base":
            found[name] = float(value)
    return found


def nested(values: Mapping[str, float], base: float) -> dict[str, Any]:
    """The reverse of `flat`."""
    table: dict[str, Any] = {"base": base}
    for name, value in values.items():
        kind, _, role = name.rpartition(".")
        if kind:
            table.setdefault(kind, {})[role] = value
        else:
            table[name] = value
    return table


def trained(found: Mapping[str, Sequence[Example]], by_hand: Mapping[str, Any]) -> dict[str, Any]:
    """A whole table of weights: the learned fields fitted, the rest as set by hand."""
    table = dict(by_hand)
    for field, name in TABLES.items():
        base = float(by_hand[name]["base"])
        table[name] = nested(fit(found[field], flat(by_hand[name]), base), base)
    return table


def isotonic(seen: Iterable[tuple[float, bool, float]]) -> list[tuple[float, float, float]]:
    """Steps of (odds from which on, share right, weight), rising: pool adjacent violators, with half a doubt each."""
    blocks: list[list[float]] = []
    for odds, true, weight in sorted(seen):
        blocks.append([odds, weight * true, weight])
        while len(blocks) > 1 and (blocks[-2][0] == blocks[-1][0] or _share(blocks[-2]) >= _share(blocks[-1])):
            last = blocks.pop()
            blocks[-1][1] += last[1]
            blocks[-1][2] += last[2]
    return [(each[0], _share(each), each[2]) for each in blocks]


def _share(block: Sequence[float]) -> float:
    return (block[1] + 0.25) / (block[2] + 0.5)
