"""usage: python -m kontorist.testing.train_extraction [--seed N] [--papers N] [--corpus FOLDER] [--out FILE]

Trains the page reader, prints how it does on layouts left out, and writes the weights.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Final

from kontorist.domain.payables.draft import FIELDS
from kontorist.testing.train_extraction import papers
from kontorist.testing.train_extraction.fitting import TABLES, Example, examples, trained
from kontorist.testing.train_extraction.validation import (
    Reading,
    accuracy,
    calibration,
    held_out,
    readings,
    safe,
    share,
)

_OUT: Final = Path(__file__).parents[2] / "extraction" / "weights.json"


def train(seed: int, count: int, corpus: Path | None) -> dict[str, Any]:
    """The whole table of weights with its calibration and what cross-validation says of it; prints as it goes."""
    by_hand: dict[str, Any] = json.loads(resources.files(__package__).joinpath("by_hand.json").read_text("utf-8"))
    by_hand.pop("note")
    documents, digest = papers.drawn(seed, count), None
    if corpus is not None and (corpus / "truth.jsonl").exists():
        real, digest = papers.labelled(corpus)
        documents = real + documents
    else:
        print("no corpus: trained on drawn papers alone", file=sys.stderr)
    hand = list(readings(documents, by_hand))
    whole, recall = examples(documents, by_hand)
    learned = list(held_out(documents, lambda names: trained(_without(whole, names), by_hand)))
    better = [field for field in TABLES if accuracy(_of(learned, field)) >= accuracy(_of(hand, field))]
    found = [each for field in FIELDS for each in _of(learned if field in better else hand, field)]
    new = trained(whole, by_hand)
    table = {name: new[name] if name in {TABLES[field] for field in better} else by_hand[name] for name in by_hand}
    table["calibration"] = calibration(found)
    _print(hand, learned, found, recall)
    return {"made_by": _made_by(seed, count, digest, better, found), **table}


def _without(whole: Mapping[str, Sequence[Example]], names: set[str]) -> dict[str, list[Example]]:
    return {field: [each for each in some if each.document not in names] for field, some in whole.items()}


def _of(found: Sequence[Reading], field: str) -> list[Reading]:
    return [each for each in found if each.field == field]


def _made_by(seed: int, count: int, digest: str | None, better: list[str], found: list[Reading]) -> dict[str, Any]:
    real = [each for each in found if each.document.real]
    scores = {field: round(accuracy(_of(real or found, field)), 6) for field in FIELDS}
    kept = [each for each in safe(found) if each.document.real or not real]
    return {
        "command": "make train-extraction",
        "seed": seed,
        "papers": count,
        "generator": papers.GENERATOR,
        "corpus": digest,
        "learned": better,
        "accuracy_on_layouts_left_out": scores,
        "safe": {"precision": round(accuracy(kept), 6), "coverage": round(share(kept, real or found), 6)},
    }


def _print(
    hand: list[Reading],
    learned: list[Reading],
    found: list[Reading],
    recall: Mapping[str, float],
) -> None:
    """A line for each field: by hand and learned, on real layouts left out and on drawn papers left out."""
    print(f"{'field':18}{'candidates':>11}{'by hand':>9}{'learned':>9}{'drawn, by hand':>16}{'drawn, learned':>16}")
    for field in FIELDS:
        cells = [
            accuracy(each for each in _of(some, field) if each.document.real == real)
            for real, some in ((True, hand), (True, learned), (False, hand), (False, learned))
        ]
        known = f"{recall[field]:.3f}" if field in recall else ""
        print(f"{field:18}{known:>11}{cells[0]:9.3f}{cells[1]:9.3f}{cells[2]:16.3f}{cells[3]:16.3f}")
    kept = safe(found)
    for name, real in (("real layouts", True), ("drawn papers", False)):
        some = [each for each in found if each.document.real == real]
        mine = [each for each in kept if each.document.real == real]
        if some:
            print(f"safe on {name} left out: precision {accuracy(mine):.4f}, coverage {share(mine, some):.3f}")
            print(f"all ten fields right on {name} left out: {_all_right(some):.3f}")


def _all_right(found: list[Reading]) -> float:
    names: dict[str, bool] = {}
    for each in found:
        names[each.document.name] = names.get(each.document.name, True) and each.right
    return sum(names.values()) / len(names)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--papers", type=int, default=300)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--out", type=Path, default=_OUT)
    given = parser.parse_args(arguments)
    table = train(given.seed, given.papers, given.corpus)
    given.out.write_text(_written(table), "utf-8")


def _written(table: Mapping[str, Any]) -> str:
    """JSON with one line for each field, so that a change can be read."""
    rows = [f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in table.items()]
    return "{\n" + ",\n".join(rows) + "\n}\n"


if __name__ == "__main__":
    main()
