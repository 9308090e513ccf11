"""The page of promises names tests; each of them has to be there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


def test_promises_name_their_tests() -> None:
    sections = PAGE.partition("## The promises")[2].partition("## Checks that bite")[0].split("\n### ")[1:]

    assert [section.splitlines()[0] for section in sections if "`tests/" not in section] == []
    assert len(sections) >= 6


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_a_promise_names_is_there(file: str, name: str) -> None:
    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")
