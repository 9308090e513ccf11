"""How well we read 66 real invoices, page alone; the floors only rise."""

from __future__ import annotations

import importlib.util
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kontorist.domain.payables.draft import FIELDS
from kontorist.extraction.draft import json_line
from kontorist.extraction.reading import open_pool, read_invoice

pytestmark = pytest.mark.corpus

MACRO_F1 = 0.99
ALL_RIGHT = 0.92
LINES_RIGHT = 0.83
SAFE_PRECISION = 0.99
SAFE_COVERAGE = 0.90


@pytest.fixture(scope="module")
def scorer(shared_corpus: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "score_invoices", shared_corpus.parent / "tools" / "score_invoices.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def truths(shared_corpus: Path) -> list[dict[str, Any]]:
    lines = (shared_corpus / "invoices" / "truth.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def read(shared_corpus: Path, truths: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Each file's line of `kontorist read invoice --visual-only`."""
    folder = shared_corpus / "invoices" / "pdf"
    with open_pool(2) as pool, ThreadPoolExecutor(2) as executor:

        def line(name: str) -> tuple[str, dict[str, Any]]:
            draft = read_invoice(pool, (folder / name).read_bytes(), name=name, visual_only=True)
            return name, json.loads(json.dumps(json_line(name, draft)))

        return dict(executor.map(line, [truth["file"] for truth in truths]))


def test_the_ten_fields(scorer: ModuleType, truths: list[dict[str, Any]], read: dict[str, dict[str, Any]]) -> None:
    result, errors = scorer.score(read, truths)

    assert result["macro_f1"] >= MACRO_F1, errors
    assert result["all_fields_right"] >= ALL_RIGHT, errors
    assert result["lines"]["all_right"] >= LINES_RIGHT


def test_safe_means_safe(scorer: ModuleType, truths: list[dict[str, Any]], read: dict[str, dict[str, Any]]) -> None:
    scored = [(truth, read[truth["file"]], name) for truth in truths for name in FIELDS if name in truth]
    safe = [each for each in scored if each[1]["evidence"][each[2]]["safe"]]
    right = [
        scorer.equal(name, line[name], truth[name], truth.get("kind") == "credit_note") for truth, line, name in safe
    ]

    assert sum(right) / len(right) >= SAFE_PRECISION
    assert len(safe) / len(scored) >= SAFE_COVERAGE


def test_no_amount_called_safe_is_wrong(
    scorer: ModuleType, truths: list[dict[str, Any]], read: dict[str, dict[str, Any]]
) -> None:
    wrong = [
        (truth["file"], name)
        for truth in truths
        for name in ("net", "gross", "iban")
        if name in truth
        and read[truth["file"]]["evidence"][name]["safe"]
        and not scorer.equal(name, read[truth["file"]][name], truth[name], truth.get("kind") == "credit_note")
    ]

    assert wrong == []


def test_every_box_lies_on_its_page(read: dict[str, dict[str, Any]]) -> None:
    for line in read.values():
        for evidence in line["evidence"].values():
            if evidence["box"] is not None:
                x0, y0, x1, y1 = evidence["box"]
                assert 0 <= x0 <= x1 <= 100
                assert 0 <= y0 <= y1 <= 100
                assert evidence["page"] >= 1


def test_the_structured_part_of_every_hybrid_is_read(shared_corpus: Path, truths: list[dict[str, Any]]) -> None:
    from kontorist.domain.payables.draft import from_data
    from kontorist.extraction.intake import read_invoice as in_child

    syntaxes = []
    for file in sorted((shared_corpus / "invoices" / "pdf").glob("*.pdf")):
        draft = from_data(in_child(file.read_bytes(), visual_only=False, profile=None))
        unread = any(finding.code == "KON-EINVOICE-UNREAD" for finding in draft.findings)
        syntaxes.append(draft.syntax or ("unread" if unread else "none"))

    assert syntaxes.count("cii") == 24
    assert syntaxes.count("zugferd1") == 7
    assert syntaxes.count("ubl-invoice") == 1
    assert "unread" not in syntaxes
