"""Terms of EN 16931 -> XML, by the same tables that read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from kontorist.extraction.einvoice import cii, ubl
from kontorist.extraction.einvoice.binding import ATTRIBUTE, At, Step, steps_of
from kontorist.extraction.einvoice.figures import value_at
from kontorist.extraction.einvoice.terms import TERMS, Kind, Terms

if TYPE_CHECKING:
    from lxml.etree import _Element

#: What XML 1.0 cannot hold, not even escaped (production 2, Char).
_UNFIT: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TABLES: Final = {"cii": cii.TABLE, "ubl-invoice": ubl.INVOICE, "ubl-creditnote": ubl.CREDIT_NOTE}


def write(terms: Terms, syntax: str) -> bytes:
    """The invoice as XML in `syntax` (cii, ubl-invoice or ubl-creditnote), UTF-8.

    Whether it keeps the rules is for validation to say. What `terms` do not say is left out, attached files are never
    written, and characters that XML cannot hold are blanks. Raises KeyError for another syntax.
    """
    from lxml import etree

    writing = _Writing(syntax, terms)
    writing.group(writing.root, _TABLES[syntax], terms, "")
    writing.prune(writing.root)
    writing.sort()
    return etree.tostring(writing.root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


class _Writing:
    """One document that comes about; `_known` finds the element that an earlier entry has made for the same step."""

    def __init__(self, syntax: str, terms: Terms) -> None:
        from lxml import etree

        self._terms = terms
        self._is_ubl = syntax.startswith("ubl")
        self._namespaces = dict(ubl.NAMESPACES if self._is_ubl else cii.NAMESPACES)
        self._prefix_of: Callable[..., str] = ubl.prefix_of if self._is_ubl else cii.prefix_of
        if self._is_ubl:
            name = "Invoice" if syntax == "ubl-invoice" else "CreditNote"
            space = ubl.ROOTS[syntax]
            prefixes: dict[Any, str] = {None: space, **self._namespaces}
            self.root = etree.Element(f"{{{space}}}{name}", nsmap=prefixes)
        else:
            root = f"{{{self._namespaces['rsm']}}}CrossIndustryInvoice"
            self.root = etree.Element(root, nsmap=self._namespaces)
        self._known: dict[tuple[_Element, str], _Element] = {}
        self._filled: set[_Element] = {self.root}

    def group(self, element: _Element, table: Sequence[At], terms: Terms, prefix: str) -> None:
        """Write what `terms` say of the entries of `table` below `element`."""
        for entry in table:
            path = entry.path.partition("|")[0]
            if entry.name.startswith("="):
                self._constant(element, path, entry.name[1:])
                continue
            found = value_at(terms, entry.name)
            for number, each in enumerate(found if isinstance(found, list) else [found]):
                if each is None or each == "" or (not entry.inner and TERMS[prefix + entry.name].kind is Kind.BYTES):
                    continue
                if entry.inner:
                    self._inner(element, entry, path, each, f"{prefix}{entry.name}.")
                else:
                    self._value(element, path, each, prefix + entry.name, again=number > 0)

    def _inner(self, element: _Element, entry: At, path: str, terms: Terms, prefix: str) -> None:
        steps = steps_of(path)
        parent = self._way(element, steps[:-1])
        leaf = any(each.path == "." for each in entry.inner)
        made = self._make(parent, steps[-1], leaf=leaf)
        self._known.setdefault((parent, _key(steps[-1])), made)
        constants = {each.path for each in entry.inner if each.name.startswith("=")}
        for condition in steps[-1].conditions:
            if not condition.negated and not condition.path.startswith("@") and condition.path not in constants:
                self._constant(made, condition.path, condition.value)
        self.group(made, entry.inner, terms, prefix)

    def _value(self, element: _Element, path: str, value: Any, name: str, *, again: bool) -> None:
        attribute = ATTRIBUTE.search(path)
        if attribute is not None:
            self._leaf(element, path[: attribute.start()]).set(attribute[1], _UNFIT.sub(" ", str(value)))
            return
        leaf = self._leaf(element, path, again=again)
        leaf.text = self._text(value, TERMS[name].kind)
        if self._is_ubl and str(leaf.tag).endswith("Amount"):
            leaf.set("currencyID", self._terms["currency"])
        self._fill(leaf, self.root)

    def _constant(self, element: _Element, path: str, value: str) -> None:
        """Before ``^`` stands what has to have values of its own, else the constant is nothing."""
        around, _, inside = path.rpartition("^")
        container = self._way(element, steps_of(around))
        leaf = self._leaf(container, inside)
        leaf.text = value
        self._fill(leaf, container)

    def _fill(self, leaf: _Element, top: _Element) -> None:
        """There is something in `leaf`, so all above it stays, up to `top`."""
        element: _Element | None = leaf
        while element is not None and element is not top:
            self._filled.add(element)
            element = element.getparent()

    def _leaf(self, element: _Element, path: str, *, again: bool = False) -> _Element:
        steps = steps_of(path)
        if not steps:
            return element
        parent = self._way(element, steps[:-1])
        key = (parent, _key(steps[-1]))
        if again or key not in self._known:
            self._known[key] = self._make(parent, steps[-1], leaf=True)
        return self._known[key]

    def _way(self, element: _Element, steps: Sequence[Step]) -> _Element:
        for step in steps:
            key = (element, _key(step))
            if key not in self._known:
                self._known[key] = self._make(element, step, leaf=False)
            element = self._known[key]
        return element

    def _make(self, parent: _Element, step: Step, *, leaf: bool) -> _Element:
        from lxml import etree

        above = "" if parent is self.root else etree.QName(parent).localname
        prefix = self._prefix_of(step.name, above, leaf=leaf)
        made = etree.SubElement(parent, f"{{{self._namespaces[prefix]}}}{step.name}")
        for each in step.conditions:
            if each.path.startswith("@") and not each.negated:
                made.set(each.path[1:], self._terms[each.value[1:]] if each.value[:1] == "*" else each.value)
        return made

    def _text(self, value: Any, kind: Kind) -> str:
        if kind is Kind.AMOUNT:
            return f"{Decimal(value):.2f}"
        if kind is Kind.NUMBER:
            return f"{Decimal(value).normalize():f}"
        if isinstance(value, date):
            return value.isoformat() if self._is_ubl else f"{value:%Y%m%d}"
        return _UNFIT.sub(" ", str(value))

    def prune(self, element: _Element) -> None:
        """Take away what no value has filled: constants whose neighbours are not there."""
        for child in list(element):
            if child in self._filled:
                self.prune(child)
            else:
                element.remove(child)

    def sort(self) -> None:
        """Bring the children of what several groups have filled into the order of the schema."""
        for name, order in ubl.ORDER.items() if self._is_ubl else ():
            for element in self.root.iter(f"{{*}}{name}"):
                element[:] = sorted(element, key=lambda each: order.index(str(each.tag).rpartition("}")[2]))


def _key(step: Step) -> str:
    return step.name + "".join(f"[{each.path}{each.negated}{each.value}]" for each in step.conditions)
