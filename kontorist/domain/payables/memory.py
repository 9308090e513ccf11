"""What people taught us about a supplier's paper: where its fields stand, and what is always the same.

A lesson is what one person said of one paper. Lessons are never mixed into one another: which of them bear on a new
paper is decided for that paper, and the newest that speaks of a field counts. So one lesson can be taken back alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from kontorist.domain.payables.draft import FIELDS, Box, FieldName, InvoiceDraft, box_data
from kontorist.domain.payables.suppliers import Supplier, compact, folded_name

VERSION: Final = 1  #: of the form of a lesson as data
#: What a supplier's papers always say: remembered by value. Of the other fields only the place is remembered.
FIXED_FIELDS: Final[tuple[FieldName, ...]] = ("supplier_name", "supplier_vat_id", "currency", "iban")
#: Papers of one layout share this part of their labels or more, and this many; of a stranger's paper more is asked.
ALIKE: Final = 0.4
FEWEST, FEWEST_OF_STRANGERS = 4, 8


class Bearing(IntEnum):
    """What a lesson has to do with a paper; the larger, the more it counts."""

    NONE = 0
    LAYOUT = 1  #: another supplier with the same form: the places hold, nothing else
    SUPPLIER = 2  #: the same supplier with another form: what is always the same holds, no place
    BOTH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place on a paper: `box` in percent of its page, and the words beside (`left`) and above it, folded.

    `form` is the shape of what was printed (``99.99.9999``); `offset` leads from the anchor's upper left corner to the
    value's, in percent of the page, None without anchor; `zone` is head, body or foot.
    """

    page: int
    box: Box
    zone: str
    form: str
    left: str = ""
    above: str = ""
    offset: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person said of one field.

    `silent`: nothing, but the value was shown to somebody who corrected others and left it; it weighs less. `absent`:
    the paper shows none. `value` is kept of the fields that are always the same. `spots` is where the value
    stood, `wrong` where we had looked in vain and `mistaken` what we had read there (of the same fields). `day_first`
    tells the order of a date that could be read in two ways; `days` a due date that is not printed, from the issue.
    """

    silent: bool = False
    absent: bool = False
    value: str | None = None
    spots: tuple[Spot, ...] = ()
    wrong: tuple[Spot, ...] = ()
    mistaken: str | None = None
    day_first: bool | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """By what a paper is known: ids, accounts, web names and firms on it; `cells` are its labels with their columns."""

    vat_ids: frozenset[str] = frozenset()
    ibans: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    cells: frozenset[str] = frozenset()

    def supplier_keys(self) -> frozenset[str]:
        """The keys of all lessons that may be about this paper's supplier."""
        kinds = (("vat_id", self.vat_ids), ("iban", self.ibans), ("domain", self.domains), ("name", self.names))
        return frozenset(f"{kind}:{value}" for kind, values in kinds for value in values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What one person said of one paper. `key` is the supplier's; `signs` are the paper's; `name` is for people."""

    key: str
    name: str | None
    signs: Signs
    said: Mapping[FieldName, Said] = field(default_factory=dict)


def key_of(draft: InvoiceDraft, signs: Signs) -> str | None:
    """The supplier's key: VAT id, else IBAN, else mail domain, else name; None without any.

    One that is found on the paper by its form comes first: by that the next paper will be known.
    """
    vat_id, iban, name = draft.value("supplier_vat_id"), draft.value("iban"), draft.value("supplier_name")
    keys = [f"vat_id:{compact(vat_id)}"] if vat_id else []
    keys += [f"iban:{compact(iban)}"] if iban else []
    keys += [f"domain:{domain}" for domain in sorted(signs.domains)[:1]]
    keys += [f"name:{folded_name(name)}"] if name else []
    seen = signs.supplier_keys()
    return next((key for key in keys if key in seen), next(iter(keys), None))


def bearing(lesson: Lesson, signs: Signs) -> Bearing:
    """What `lesson` has to do with the paper of these `signs`."""
    same_supplier = lesson.key in signs.supplier_keys() and not _somebody_else(lesson, signs)
    fewest = FEWEST if same_supplier else FEWEST_OF_STRANGERS
    common = len(lesson.signs.cells & signs.cells)
    same_layout = common >= fewest and common >= ALIKE * min(len(lesson.signs.cells), len(signs.cells))
    return Bearing(2 * same_supplier + same_layout)


def _somebody_else(lesson: Lesson, signs: Signs) -> bool:
    """Suppliers share accounts (factoring) and platforms: by an account or a web address alone, the paper must not
    show a VAT id that the first one did not show, nor miss the name that it showed. By a VAT id, which may have been
    taken from the recipient by mistake, it must not do both.
    """
    other_id = not signs.vat_ids <= lesson.signs.vat_ids
    name = folded_name(lesson.name or "")
    other_name = name in lesson.signs.names and name not in signs.names
    return other_id and other_name if lesson.key.startswith("vat_id:") else other_id or other_name


def bearing_on(lessons: Iterable[Lesson], signs: Signs) -> dict[FieldName, tuple[Said, Bearing]]:
    """What counts for a paper, by field, from `lessons` in the order in which they were taught.

    A lesson of the supplier and its form outweighs one of either, and a word outweighs silence; among equals the newest
    counts.
    """
    counting: dict[FieldName, tuple[Said, Bearing]] = {}
    for lesson in lessons:
        weight = bearing(lesson, signs)
        for name, said in lesson.said.items():
            if _speaks(name, said, weight) and (name not in counting or not _outweighed(said, weight, *counting[name])):
                counting[name] = said, weight
    return counting


def _outweighed(said: Said, weight: Bearing, before: Said, its_weight: Bearing) -> bool:
    return (weight, not said.silent) < (its_weight, not before.silent)


def _speaks(name: FieldName, said: Said, weight: Bearing) -> bool:
    if weight is Bearing.SUPPLIER:
        return name in FIXED_FIELDS and said.value is not None
    return weight is not Bearing.NONE


def of_masterdata(supplier: Supplier) -> Lesson:
    """What the master data say of a supplier, as a silent lesson without places: it lifts what is printed, no more.

    The IBAN is left to the rule on changed bank details.
    """
    said: dict[FieldName, Said] = {"supplier_name": Said(silent=True, value=supplier.name)}
    vat_id = compact(supplier.vat_id or "")
    if vat_id:
        said["supplier_vat_id"] = Said(silent=True, value=vat_id)
    iban = compact(next(iter(supplier.ibans), ""))
    key = f"vat_id:{vat_id}" if vat_id else f"iban:{iban}" if iban else f"name:{folded_name(supplier.name)}"
    return Lesson(key=key, name=supplier.name, signs=Signs(names=frozenset({folded_name(supplier.name)})), said=said)


# --- as data


def to_data(lesson: Lesson) -> dict[str, Any]:
    """The lesson as plain data for JSON. `from_data` reads it back unchanged."""
    return {
        "version": VERSION,
        "key": lesson.key,
        "name": lesson.name,
        "signs": signs_data(lesson.signs),
        "said": {name: _said_data(each) for name, each in lesson.said.items()},
    }


def from_data(data: Mapping[str, Any]) -> Lesson:
    """Read what `to_data` wrote. Raises KeyError, TypeError or ValueError where the shape or version is another."""
    if data["version"] != VERSION:
        raise ValueError(f"a lesson of version {data['version']!r} is not known here")
    return Lesson(
        key=str(data["key"]),
        name=data["name"],
        signs=signs_of_data(data["signs"]),
        said={name: _said(data["said"][name]) for name in FIELDS if name in data["said"]},
    )


_KINDS: Final = ("vat_ids", "ibans", "domains", "names", "cells")


def signs_data(signs: Signs) -> dict[str, list[str]]:
    """Signs as plain data, sorted."""
    return {kind: sorted(getattr(signs, kind)) for kind in _KINDS}


def signs_of_data(data: Mapping[str, Any]) -> Signs:
    """Read what `signs_data` wrote."""
    return Signs(**{kind: frozenset(map(str, data[kind])) for kind in _KINDS})


def _said_data(said: Said) -> dict[str, Any]:
    return {
        "silent": said.silent,
        "absent": said.absent,
        "value": said.value,
        "spots": [_spot_data(each) for each in said.spots],
        "wrong": [_spot_data(each) for each in said.wrong],
        "mistaken": said.mistaken,
        "day_first": said.day_first,
        "days": said.days,
    }


def _said(data: Mapping[str, Any]) -> Said:
    return Said(
        silent=bool(data["silent"]),
        absent=bool(data["absent"]),
        value=data["value"],
        spots=tuple(_spot(each) for each in data["spots"]),
        wrong=tuple(_spot(each) for each in data["wrong"]),
        mistaken=data["mistaken"],
        day_first=data["day_first"],
        days=data["days"],
    )


def _spot_data(spot: Spot) -> dict[str, Any]:
    plain = {name: getattr(spot, name) for name in ("page", "zone", "form", "left", "above")}
    return {**plain, "box": box_data(spot.box), "offset": None if spot.offset is None else list(spot.offset)}


def _spot(data: Mapping[str, Any]) -> Spot:
    x0, y0, x1, y1 = map(float, data["box"])
    return Spot(
        page=int(data["page"]),
        box=Box(x0=x0, y0=y0, x1=x1, y1=y1),
        zone=str(data["zone"]),
        form=str(data["form"]),
        left=str(data["left"]),
        above=str(data["above"]),
        offset=None if data["offset"] is None else (float(data["offset"][0]), float(data["offset"][1])),
    )
