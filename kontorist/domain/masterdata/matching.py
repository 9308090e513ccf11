"""Which of the partners we know is meant by a row of a table? Better nobody than the wrong one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from kontorist.domain.payables.suppliers import compact, folded_name


class Partner(Protocol):
    """What suppliers and customers have in common."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def number(self) -> str | None: ...  # noqa: D102
    @property
    def vat_id(self) -> str | None: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102


P = TypeVar("P", bound=Partner)


class Ambiguous(Exception):
    """Several partners fit equally well."""


class Known(Generic[P]):
    """The partners we know, found by our number, else by VAT id, else by name."""

    def __init__(self, partners: Iterable[P] = ()) -> None:
        self._all: dict[str, P] = {}
        self._numbers: dict[str, str] = {}
        self._vat_ids: dict[str, set[str]] = defaultdict(set)
        self._names: dict[str, set[str]] = defaultdict(set)
        for each in partners:
            self.put(each)

    def put(self, partner: P) -> None:
        """Know this partner, in place of the one with its id."""
        if (before := self._all.get(partner.id)) is not None:
            self._numbers.pop(before.number or "", None)
            self._vat_ids[compact(before.vat_id or "")].discard(before.id)
            self._names[folded_name(before.name)].discard(before.id)
        self._all[partner.id] = partner
        if partner.number:
            self._numbers[partner.number] = partner.id
        self._vat_ids[compact(partner.vat_id or "")].add(partner.id)
        self._names[folded_name(partner.name)].add(partner.id)

    def find(self, *, number: str | None, vat_id: str | None, name: str | None) -> P | None:
        """The partner meant, None where it is a new one. Raises Ambiguous.

        A number that is known decides alone. Without one, or with a new one, only partners without another number are
        possible; with a VAT id, only partners without another VAT id.
        """
        if number and number in self._numbers:
            return self._all[self._numbers[number]]
        folded = folded_name(name or "")
        by_vat = self._possible(self._vat_ids.get(compact(vat_id or ""), set()), number, None) if vat_id else []
        if len(by_vat) > 1:
            by_vat = [each for each in by_vat if folded_name(each.name) == folded] or by_vat
        found = by_vat or (self._possible(self._names.get(folded, set()), number, vat_id) if folded else [])
        if len(found) > 1:
            raise Ambiguous
        return found[0] if found else None

    def _possible(self, ids: Iterable[str], number: str | None, vat_id: str | None) -> list[P]:
        candidates = [self._all[each] for each in sorted(ids)]
        return [
            each
            for each in candidates
            if not (number and each.number) and not (vat_id and each.vat_id and compact(vat_id) != compact(each.vat_id))
        ]
