"""Merkle heads: the tree of RFC 6962 over the lines, one head per day and per sealed segment."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontorist.archive import DocumentArchive, batch
from kontorist.archive.merkle import Tree
from kontorist.testing.fakes import FakeClock
from tests.archive.office import bring, log_lines

# The tree of the inputs that certificate-transparency implementations share as known answers.
KNOWN = [
    (b"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    (b"\x00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    (b"\x10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    (b"\x20\x21", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
]


def test_the_tree_gives_the_known_answers() -> None:
    tree = Tree()
    assert tree.root() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    for line, root in KNOWN:
        tree.append(line)
        assert tree.root() == root


def defined(lines: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written there."""
    if len(lines) < 2:
        return sha256(b"\x00" + lines[0]).digest() if lines else sha256(b"").digest()
    half = 1 << (len(lines) - 1).bit_length() - 1
    return sha256(b"\x01" + defined(lines[:half]) + defined(lines[half:])).digest()


@given(st.lists(st.binary(max_size=4), max_size=70))
def test_the_tree_grown_line_by_line_is_the_one_defined(lines: list[bytes]) -> None:
    tree = Tree()
    for line in lines:
        tree.append(line)

    assert tree.root() == defined(lines).hex()
    assert len(tree.peaks) == len(lines).bit_count()


def heads(folder: Path) -> list[dict[str, object]]:
    return [json.loads(path.read_bytes()) for path in sorted((folder / "heads").glob("*.json"))]


def test_the_first_line_of_a_day_brings_a_head_over_all_days_before(
    archive: DocumentArchive, folder: Path, clock: FakeClock
) -> None:
    bring(archive, b"1", "1")
    bring(archive, b"2", "2")
    assert heads(folder) == []
    clock.advance(days=1)
    bring(archive, b"3", "3")
    clock.advance(days=5)
    bring(archive, b"4", "4")

    lines = log_lines(folder)
    first = (folder / "heads" / "000001.json").read_bytes().strip()
    assert [(head["tree_size"], head["root"], head["chain_head"]) for head in heads(folder)] == [
        (size, defined(lines[:size]).hex(), sha256(lines[size - 1]).hexdigest()) for size in (2, 3)
    ]
    assert [head["previous"] for head in heads(folder)] == ["0" * 64, sha256(first).hexdigest()]


def test_a_full_segment_is_sealed_by_a_head(
    archive: DocumentArchive, folder: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "SEGMENT_LINES", 2)
    for number in range(5):
        bring(archive, b"%d" % number, str(number))

    assert [path.name for path in sorted(folder.glob("log/2026/11/*"))] == [
        "000001.jsonl",
        "000002.jsonl",
        "000003.jsonl",
    ]
    assert [head["segment"] for head in heads(folder)] == ["log/2026/11/000001.jsonl", "log/2026/11/000002.jsonl"]
    assert archive.verify(full=True).ok


def test_a_new_month_begins_a_new_segment(archive: DocumentArchive, folder: Path, clock: FakeClock) -> None:
    bring(archive, b"1", "1")
    clock.advance(days=60)
    bring(archive, b"2", "2")

    assert [path.relative_to(folder).as_posix() for path in sorted(folder.glob("log/*/*/*"))] == [
        "log/2026/11/000001.jsonl",
        "log/2027/01/000002.jsonl",
    ]
