"""YAML without its surprises."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kontorist.config.faults import Fault
from kontorist.config.tree import Tree, dotted, plain_value, read_tree
from tests.config.conftest import Write


def read(folder: Path) -> tuple[dict[str, Any], list[str]]:
    faults: list[Fault] = []
    tree = read_tree(folder / "config.yaml", name="config.yaml", faults=faults)
    return tree.data, [str(fault) for fault in faults]


def test_norway_stays_a_country_and_seven_pm_a_time(write: Write) -> None:
    text = "country: NO\non: off\nyes: 19:00\nplate: 0x1F\nzip: 01067\nnone: ~\nbig: 1_000\nday: 2026-11-03\n"

    data, faults = read(write(text))

    assert faults == []
    assert data == {
        "country": "NO",
        "on": "off",
        "yes": "19:00",
        "plate": "0x1F",
        "zip": "01067",
        "none": None,
        "big": "1_000",
        "day": "2026-11-03",
    }


def test_true_false_and_numbers_are_what_they_look_like(write: Write) -> None:
    data, _ = read(write('a: true\nb: false\nc: -12\nd: 1.5\ne: "true"\nf: "12"\ng: True\n'))

    assert data == {"a": True, "b": False, "c": -12, "d": 1.5, "e": "true", "f": "12", "g": "True"}


def test_a_repeated_key_is_refused_and_the_first_is_named(write: Write) -> None:
    _, faults = read(write("company:\n  name: A\n  name: B\n"))

    assert faults == ["config.yaml:3:3: company.name: this key is here twice; the first is in line 2"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("password: *hunter2\n", "a text that begins with * or & needs quotes"),
        ("a: &hunter2 [1]\nb: *hunter2\n", "a text that begins with * or & needs quotes"),
        ("password: !hunter2 x\n", "the only tag is !include; a text that begins with ! needs quotes"),
        ("password: !hunter2!x y\n", "a text that begins with ! needs quotes"),
        ("password: !!python/object:os.system [hunter2]\n", "the only tag is !include"),
        ("password: @hunter2\n", "this is not YAML"),
        ("password: hunter2: x\n", "this is not YAML"),
        ('password: "hunter2\n', "this is not YAML"),
        ("password: hunter2\n\tx: y\n", "this is not YAML"),
        ("a: [hunter2\n", "this is not YAML"),
        ("a: hunter2\n---\nb: 1\n", "a text that begins with"),
        ("hunter2\n", "the file has to hold keys and values"),
        ("[hunter2]: 1\n", "a key has to be one word"),
        ("a: \x07hunter2\n", "the file holds characters that YAML does not allow"),
    ],
)
def test_no_message_prints_what_may_be_a_password(write: Write, text: str, sentence: str) -> None:
    _, faults = read(write(text))

    assert any(sentence in fault for fault in faults), faults
    assert all(re.match(r"config\.yaml:[1-9]\d*:[1-9]\d*: ", fault) for fault in faults), faults
    assert not any("hunter2" in fault for fault in faults)


def test_a_file_that_is_no_text_is_refused(write: Write) -> None:
    folder = write()
    (folder / "config.yaml").write_bytes(b"\xff\xfe\x00")

    assert read(folder)[1] == ["config.yaml:1:1: this is not a text file in UTF-8 of at most 1 MB"]


def test_a_file_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").mkdir()

    assert read(tmp_path)[1] == ["config.yaml:1:1: the file cannot be read (is a directory)"]


def test_an_included_file_stands_where_it_is_included(write: Write) -> None:
    write("anna: {login: anna, rolles: []}\n", name="people.yaml")
    folder = write("version: 1\npeople: !include people.yaml\n")
    faults: list[Fault] = []

    tree = read_tree(folder / "config.yaml", name="config.yaml", faults=faults)

    assert tree.data["people"]["anna"]["login"] == "anna"
    assert str(tree.place(("people", "anna", "rolles"), key=True)) == "people.yaml:1:21"
    assert faults == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("peple.yaml", 'the included file "peple.yaml" is not there'), ("config.yaml", '"config.yaml" includes itself')],
)
def test_an_include_that_cannot_work_is_named_as_such(write: Write, name: str, sentence: str) -> None:
    _, faults = read(write(f"version: 1\npeople: !include {name}\n"))

    assert len(faults) == 1
    assert faults[0].startswith(f"config.yaml:2:9: people: {sentence}")


def test_the_place_of_what_is_missing_is_the_key_above_it() -> None:
    assert str(Tree().place(("company", "name"))) == "config.yaml:1:1"


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_every_whole_number_is_read_back(number: int) -> None:
    assert plain_value(str(number)) == number


@given(st.recursive(st.text(max_size=20), lambda inner: st.lists(inner, max_size=3), max_leaves=8))
def test_quoted_text_is_always_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    folder = tmp_path_factory.mktemp("tree")
    text = yaml.safe_dump({"key": value}, default_style='"', allow_unicode=False)
    (folder / "config.yaml").write_text(text, encoding="utf-8")

    assert read(folder) == ({"key": value}, [])


def test_paths_are_written_with_dots() -> None:
    assert dotted(("routes", 0, "run")) == "routes.0.run"
