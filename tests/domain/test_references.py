"""How people name things in the books."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontorist.domain.ids import derived_id
from kontorist.domain.references import (
    Kind,
    Reference,
    ReferenceUnknown,
    figure_reference,
    line_reference,
    read_reference,
)

DOCUMENT, ITEM, EVENT = (derived_id(letter, "x") for letter in "DWE")


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("12", Reference(kind=Kind.ENTRY, number=12)),
        (" E12 ", Reference(kind=Kind.ENTRY, number=12)),
        ("e12.1", Reference(kind=Kind.LINE, number=12, line=1)),
        ("12.10", Reference(kind=Kind.LINE, number=12, line=10)),
        (DOCUMENT, Reference(kind=Kind.DOCUMENT, id=DOCUMENT)),
        (ITEM, Reference(kind=Kind.ITEM, id=ITEM)),
        (EVENT, Reference(kind=Kind.EVENT, id=EVENT)),
        (f"{EVENT}/posted/EUR", Reference(kind=Kind.FIGURE, id=EVENT, figure="posted/EUR")),
        ("A6400@2026-10", Reference(kind=Kind.BALANCE, id="A6400@2026-10")),
        (" 2026-10 ", Reference(kind=Kind.MONTH, id="2026-10")),
    ],
)
def test_what_people_write_is_understood(text: str, reference: Reference) -> None:
    assert read_reference(text) == reference


@pytest.mark.parametrize(
    "text",
    ["", "0", "E0", "12.0", "-1", "12.1.1", "D12", "Müller", f"{DOCUMENT}/posted", f"{EVENT}/", "１２", EVENT[:-1]],
)
def test_what_names_nothing_is_said(text: str) -> None:
    with pytest.raises(ReferenceUnknown, match="names nothing"):
        read_reference(text)


@given(st.integers(1, 10**9), st.integers(1, 9999))
def test_what_we_write_is_what_we_read(number: int, line: int) -> None:
    assert read_reference(line_reference(number, line)) == Reference(kind=Kind.LINE, number=number, line=line)
    assert str(read_reference(f"{number}")) == f"E{number}"


@given(st.text(min_size=1, max_size=20).filter(lambda name: name == name.strip()))
def test_a_figure_is_named_by_its_report_and_its_name(name: str) -> None:
    assert read_reference(figure_reference(EVENT, name)) == Reference(kind=Kind.FIGURE, id=EVENT, figure=name)
    assert str(read_reference(DOCUMENT)) == DOCUMENT
