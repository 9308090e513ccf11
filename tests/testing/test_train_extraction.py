"""Training is a sum done twice with one result, and knows which layouts it must not look at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kontorist.testing.train_extraction.__main__ import main, train
from kontorist.testing.train_extraction.fitting import Example, fit, isotonic
from kontorist.testing.train_extraction.papers import drawn, right
from kontorist.testing.train_extraction.validation import folds


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    written = []
    for name in ("one.json", "two.json"):
        main(["--seed", "3", "--papers", "8", "--out", str(tmp_path / name)])
        written.append((tmp_path / name).read_bytes())

    assert written[0] == written[1]
    assert json.loads(written[0])["made_by"]["corpus"] is None


def test_without_a_corpus_it_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    train(3, 4, tmp_path)

    assert "no corpus" in capsys.readouterr().err


def test_a_sign_of_the_right_candidates_gains_weight() -> None:
    told = Example("paper", ({"good": 1.0}, {"bad": 1.0}), (True, False, False), 1.0)
    weights = fit([told] * 20, {"good": 0.0, "bad": 0.0, "none": 0.0, "idle": 0.5}, base=0.0)

    assert weights["good"] > 0.5 > 0 > weights["bad"]
    assert weights["none"] < 0
    assert weights["idle"] == 0.5  # nothing was seen of it: as set by hand


def test_nothing_on_the_page_is_learned_too() -> None:
    absent = Example("paper", ({"far": 1.0},), (False, True), 1.0)

    assert fit([absent] * 20, {"far": 0.0, "none": 0.0}, base=0.0)["none"] > 0.5


def test_confidence_never_falls_with_the_odds() -> None:
    seen = [(0.0, True, 1.0), (1.0, False, 1.0), (2.0, True, 1.0), (2.0, True, 1.0), (3.0, True, 1.0)]
    steps = isotonic(seen)

    assert [share for _, share, _ in steps] == sorted(share for _, share, _ in steps)
    assert sum(weight for _, _, weight in steps) == len(seen)


def test_papers_of_one_layout_stay_together() -> None:
    papers = drawn(5, 15)
    groups = folds(papers)

    assert sum(map(len, groups)) == 15
    layouts = [{each.layout for each in group} for group in groups]
    assert all(not one & other for at, one in enumerate(layouts) for other in layouts[at + 1 :])


@pytest.mark.parametrize(
    ("field", "value", "truth", "is_right"),
    [
        ("supplier_name", "Muster GmbH", "MUSTER", True),
        ("supplier_name", "Muster", "Meister", False),
        ("iban", None, None, True),
        ("iban", "DE1", None, False),
        ("net", "12.00", ["11.00", "12"], True),
        ("invoice_number", "RE 1", "re1", True),
    ],
)
def test_what_counts_as_right(field: str, value: str | None, truth: object, is_right: bool) -> None:
    assert right(field, value, truth) is is_right
