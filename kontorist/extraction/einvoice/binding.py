"""Where the terms of an invoice stand in an XML syntax, and how they are taken from there.

A syntax is a table of `At` entries in the order of its schema, so that the same table serves reading and writing. A
path is local names with ``/``; a step may have conditions:

- ``ID[@schemeID=VA]``, ``PartyTaxScheme[TaxScheme/ID=VAT]``: read where it holds, ``!=`` for all others;
- ``DateTimeString{@format=102}``: written so, read whatever stands there;
- a value ``*currency`` is that of the term `currency`; ``@name`` as last step is an attribute; ``a|b`` reads `b` where
  `a` is not there; ``.`` is the group itself.

An entry whose name is ``=VAT`` is a constant that the schema wants at this place beside other values; they are in the
element before ``^``, or in the group.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from kontorist.extraction.einvoice.notation import Notation
from kontorist.extraction.einvoice.terms import MANY, ONCE, TERMS, Kind, Terms, number_of

if TYPE_CHECKING:
    from lxml.etree import _Element


@dataclass(frozen=True, slots=True)
class At:
    """One entry of a table: a term, or a group with entries of its own, and its path from the group around it."""

    name: str
    path: str
    inner: tuple[At, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """``[path=value]``; `strict` ones count when reading, `negated` is ``!=``."""

    path: str
    value: str
    strict: bool
    negated: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path."""

    name: str
    conditions: tuple[Condition, ...]


_STEP: Final = re.compile(r"(@?\w+)((?:[\[{][^\]}]*[\]}])*)(?:/|$)")
_CONDITION: Final = re.compile(r"([\[{])(@?[\w/]+)(!?)=([^\]}]*)[\]}]")
ATTRIBUTE: Final = re.compile(r"(?:^|/)@(\w+)$")
_TRUTH: Final = {"1": "true", "0": "false"}


@lru_cache(maxsize=1024)
def steps_of(path: str) -> tuple[Step, ...]:
    """A path, taken apart."""
    return tuple(
        Step(
            name,
            tuple(
                Condition(place, value, bracket == "[", bool(no))
                for bracket, place, no, value in _CONDITION.findall(conditions)
            ),
        )
        for name, conditions in _STEP.findall(path)
    )


@dataclass(slots=True)
class Reading:
    """One pass of a table over a tree."""

    root: _Element
    notation: Notation

    def group(self, element: _Element, table: Sequence[At], prefix: str = "") -> Terms:
        """What the entries of `table` say below `element`."""
        found: Terms = {}
        for entry in table:
            if entry.name.startswith("="):
                continue
            name = prefix + entry.name
            value = self._groups(element, entry, name) if entry.inner else self._values(element, entry, name)
            if value:
                self._once(name, value)
                _put(found, entry.name, value if name in MANY else value[0])
        return found

    def _once(self, name: str, values: list[Any]) -> None:
        """Of two different totals, numbers or sellers nobody can tell which one counts."""
        if name in ONCE and any(each != values[0] for each in values[1:]):
            shown = " and ".join(str(each) for each in values[:2] if not isinstance(each, dict))
            sentence = f"{number_of(name)} stands there more than once with different values: {shown[:80]}."
            self.notation.defect("TWICE", sentence.replace(": .", "."))

    def _groups(self, element: _Element, entry: At, name: str) -> list[Terms]:
        groups = (self.group(each, entry.inner, f"{name}.") for each in self._elements(element, entry.path))
        return [each for each in groups if each]

    def _values(self, element: _Element, entry: At, name: str) -> list[Any]:
        for path in entry.path.split("|"):
            values = [value for value in self._at(element, path, name) if value is not None]
            if values:
                return values
        return []

    def _at(self, element: _Element, path: str, name: str) -> Iterator[Any]:
        kind = TERMS[name].kind
        attribute = ATTRIBUTE.search(path)
        if attribute is not None:
            for each in self._elements(element, path[: attribute.start()]):
                yield self.notation.value(each.get(attribute[1]), kind, name)
            return
        for each in self._elements(element, path):
            if kind is Kind.AMOUNT:
                self._in_currency(each, name)
            yield len(text_of(each)) * 3 // 4 if kind is Kind.BYTES else self.notation.value(text_of(each), kind, name)

    def _in_currency(self, element: _Element, name: str) -> None:
        """An amount that says another currency than the invoice is none of this invoice."""
        said, currency = (element.get("currencyID") or "").strip(), self.notation.known.get("currency") or ""
        if said and len(currency) == 3 and name != "accounting_tax" and said.upper() != currency.upper():
            text = f"{number_of(name)} is in {said[:10]}, the invoice in {currency}."
            self.notation.defect("CURRENCY", text)

    def _elements(self, element: _Element, path: str) -> list[_Element]:
        found = [element]
        for step in steps_of(path):
            found = [
                child for each in found for child in each.iterchildren("{*}" + step.name) if self._fits(child, step)
            ]
        return found

    def _fits(self, element: _Element, step: Step) -> bool:
        return all(self._holds(element, each) for each in step.conditions if each.strict)

    def _holds(self, element: _Element, condition: Condition) -> bool:
        wanted: str | None = condition.value
        if condition.value.startswith("*"):
            wanted = self.notation.known.get(condition.value[1:])
        found = self._plain(element, condition.path)
        if found is not None and wanted in ("true", "false"):
            found = _TRUTH.get(found, found.lower())  # XML Schema allows both
        return (found == wanted and found is not None) is not condition.negated

    def _plain(self, element: _Element, path: str) -> str | None:
        if path.startswith("@"):
            return element.get(path[1:])
        found = self._elements(element, path)
        return " ".join(text_of(found[0]).split()) if found else None


def _put(found: Terms, name: str, value: Any) -> None:
    """Set ``seller.name``; a group that stands in several places of the XML is one group here."""
    *groups, last = name.split(".")
    for group in groups:
        found = found.setdefault(group, {})
    if isinstance(value, dict) and isinstance(found.get(last), dict):
        found[last].update(value)
    else:
        found.setdefault(last, value)


def text_of(element: _Element) -> str:
    """The text of one element; comments inside are stepped over."""
    return (element.text or "") + "".join(child.tail or "" for child in element)
