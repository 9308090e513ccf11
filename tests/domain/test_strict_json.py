"""JSON from outside: what can be read in two ways is refused."""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontorist.domain.strict_json import MOST_DIGITS, NotStrictJson, parse


def refusal(raw: bytes) -> str:
    with pytest.raises(NotStrictJson) as caught:
        parse(raw)
    return caught.value.reason_code


def test_an_amount_keeps_every_digit_it_was_sent_with() -> None:
    assert parse(b'{"gross": 1190.10, "lines": 3}') == {"gross": Decimal("1190.10"), "lines": 3}
    assert parse(b'{"gross": 1190.10, "list": [1e2, 1, null]}', plain=True) == {
        "gross": "1190.10",
        "list": ["100", 1, None],
    }


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"iban": "DE1", "iban": "DE2"}', "duplicate_name"),
        (b'[{"a": 1, "\\u0061": 2}]', "duplicate_name"),
        (b"[NaN]", "not_a_number"),
        (b"[-Infinity]", "not_a_number"),
        (b"[1e999999999]", "number_out_of_range"),
        (b"[0e-999999999]", "number_out_of_range"),
        (b"[1e99999999999999999999999]", "number_out_of_range"),
        (b"[" + b"9" * 5000 + b"]", "number_out_of_range"),
        (b"[-" + b"9" * 129 + b"]", "number_out_of_range"),
        (b"[0." + b"1" * 5000 + b"]", "number_out_of_range"),
        (b'["\\ud800"]', "lone_surrogate"),
        (b'{"\\udc00": [[{"a": null}]]}', "lone_surrogate"),
        (b'["\xff"]', "not_utf8"),
        ('["ä"]'.encode("utf-16"), "not_utf8"),
        (b'\xef\xbb\xbf["a"]', "not_json"),
        (b'{"a": 1} {"b": 2}', "not_json"),
        (b'{"a": 1,}', "not_json"),
        (b"", "not_json"),
        (b"[" * 101 + b"]" * 101, "too_deep"),
        (b'{"a":' * 50_000, "too_deep"),
        (b" " * (1024 * 1024) + b"1", "too_large"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused_by_name(raw: bytes, reason: str) -> None:
    assert refusal(raw) == reason


def test_brackets_inside_a_text_are_no_depth() -> None:
    text = "[" * 500 + '"\\' + "{" * 500
    assert parse(json.dumps([text]).encode()) == [text]


def test_a_hundred_levels_are_fine() -> None:
    value: Any = parse(b"[" * 100 + b"]" * 100)
    for _ in range(99):
        (value,) = value
    assert value == []


@pytest.mark.timeout(10)
@pytest.mark.parametrize("bomb", [b'"\\"' * 300_000, b'"' + b'\\"' * 500_000, b'"' * 1_000_001, b"]" * 1_000_000])
def test_a_body_made_to_keep_the_scanner_busy_is_refused_quickly(bomb: bytes) -> None:
    assert refusal(bomb) in {"not_json", "too_deep"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**MOST_DIGITS) // 10, 10**MOST_DIGITS // 10) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_what_we_write_ourselves_is_read_back_unchanged(value: Any) -> None:
    assert parse(json.dumps(value, ensure_ascii=False).encode()) == value
    assert parse(json.dumps(value).encode()) == value


@given(st.binary(max_size=200) | st.text(alphabet='[]{}",:\\u0d89e.-+ntrfalse ', max_size=80).map(str.encode))
def test_any_bytes_give_a_value_or_a_named_refusal(raw: bytes) -> None:
    with contextlib.suppress(NotStrictJson):
        json.dumps(parse(raw, plain=True), allow_nan=False).encode()


@pytest.mark.corpus
def test_the_public_test_suite_and_the_made_files(shared_corpus: Path) -> None:
    """y_ must be read, n_ must be refused, i_ either way but by name."""
    wrong = []
    for file in sorted((shared_corpus / "hostile" / "json").iterdir()):
        try:
            parse(file.read_bytes())
            accepted = True
        except NotStrictJson as refused:
            accepted = False
            # The suite calls duplicate names legal; we do not.
            if refused.reason_code == "duplicate_name":
                continue
        if file.name.startswith("n_" if accepted else "y_"):
            wrong.append(file.name)
    assert wrong == []


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("deep.json", "too_deep"),
        ("dup.json", "duplicate_name"),
        ("huge-exp.json", "number_out_of_range"),
        ("nan.json", "not_a_number"),
        ("surrogate.json", "lone_surrogate"),
    ],
)
def test_each_made_file_is_refused_for_what_it_is(shared_corpus: Path, name: str, reason: str) -> None:
    assert refusal((shared_corpus / "hostile" / "made-json" / name).read_bytes()) == reason
