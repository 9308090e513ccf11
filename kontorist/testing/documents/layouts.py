"""What an invoice looks like: eight designs that offices really use, and as many more as a seed draws."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal, get_args

from kontorist.testing.documents.notation import CurrencyStyle, DateStyle
from kontorist.testing.documents.wording import VARIANTS

Letterhead = Literal["left", "right", "centre", "band"]
Details = Literal["label_left", "label_above", "grid", "sentence"]
TableStyle = Literal["ruled", "open", "striped", "bare"]
Totals = Literal["block", "tax_table"]
FontName = Literal["Helvetica", "Times", "Courier", "Vera"]
BankPlace = Literal["footer", "text", "both"]
DuePlace = Literal["details", "sentence", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The choices a design is made of; the renderer knows nothing else about it.

    `wording` picks among the words of the language; `colour` is ``#rrggbb``; `footer_columns` 0 means no footer, so
    the company's numbers stand in the letterhead and the bank details in the text.
    """

    name: str
    letterhead: Letterhead = "right"
    details: Details = "label_left"
    table: TableStyle = "open"
    totals: Totals = "block"
    font: FontName = "Helvetica"
    bank: BankPlace = "footer"
    due: DuePlace = "details"
    dates: DateStyle = "numeric"
    currency: CurrencyStyle = "symbol_after"
    footer_columns: int = 3
    wording: int = 0
    colour: str = "#1d3c5a"
    sender_line: bool = True
    positions: bool = True
    rate_column: bool = True
    salutation: bool = False


LAYOUTS: tuple[Layout, ...] = (
    Layout(name="window", salutation=True),
    Layout(
        name="centred",
        letterhead="centre",
        details="sentence",
        table="ruled",
        totals="tax_table",
        font="Times",
        bank="text",
        due="sentence",
        dates="long",
        footer_columns=1,
        wording=2,
        colour="#222222",
        sender_line=False,
    ),
    Layout(
        name="grid",
        letterhead="band",
        details="grid",
        table="striped",
        bank="both",
        currency="code_after",
        footer_columns=4,
        wording=1,
        colour="#7a2e1f",
        sender_line=False,
    ),
    Layout(
        name="stacked",
        letterhead="left",
        details="label_above",
        table="open",
        font="Vera",
        bank="text",
        due="both",
        dates="long",
        footer_columns=2,
        wording=2,
        colour="#2f6b4f",
        positions=False,
        sender_line=False,
    ),
    Layout(
        name="typewriter",
        letterhead="left",
        details="label_left",
        table="bare",
        font="Courier",
        bank="text",
        currency="heading",
        footer_columns=0,
        wording=1,
        colour="#000000",
        positions=False,
        rate_column=False,
        due="sentence",
    ),
    Layout(
        name="ledger",
        letterhead="right",
        details="grid",
        table="ruled",
        totals="tax_table",
        currency="symbol_before",
        footer_columns=3,
        colour="#3b3b6d",
        due="both",
        sender_line=False,
    ),
    Layout(
        name="modern",
        letterhead="band",
        details="label_above",
        table="striped",
        bank="text",
        dates="long",
        currency="symbol_before",
        footer_columns=1,
        wording=0,
        colour="#0b6e6e",
        positions=False,
        sender_line=False,
    ),
    Layout(
        name="formal",
        letterhead="centre",
        details="label_left",
        table="ruled",
        font="Times",
        bank="both",
        due="both",
        currency="code_before",
        footer_columns=3,
        wording=2,
        colour="#4a4a4a",
        salutation=True,
    ),
)


def layout(name: str) -> Layout:
    """The design of that name; KeyError names none such."""
    return {each.name: each for each in LAYOUTS}[name]


def drawn_layout(seed: int) -> Layout:
    """A design drawn at random; the same seed draws the same."""
    draw = random.Random(f"layout {seed}")
    footer = draw.choice((0, 1, 2, 3, 4))
    return Layout(
        name=f"drawn-{seed}",
        letterhead=draw.choice(get_args(Letterhead)),
        details=draw.choice(get_args(Details)),
        table=draw.choice(get_args(TableStyle)),
        totals=draw.choice(get_args(Totals)),
        font=draw.choice(get_args(FontName)),
        bank=draw.choice(get_args(BankPlace)) if footer else "text",
        due=draw.choice(get_args(DuePlace)),
        dates=draw.choice(get_args(DateStyle)),
        currency=draw.choice(get_args(CurrencyStyle)),
        footer_columns=footer,
        wording=draw.randrange(VARIANTS),
        colour=f"#{draw.randrange(0x60):02x}{draw.randrange(0x60):02x}{draw.randrange(0x80):02x}",
        sender_line=draw.random() < 0.5,
        positions=draw.random() < 0.6,
        rate_column=draw.random() < 0.7,
        salutation=draw.random() < 0.3,
    )
