"""What memory makes of a paper that was read: it confirms, fills, or doubts; it does not overrule the page.

Where memory and the page agree, the field gains. Where they differ, what the page says clearly is kept, the field loses
and the reason says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from kontorist.domain.payables.draft import (
    AMOUNT_FIELDS,
    DATE_FIELDS,
    FIELDS,
    Field,
    FieldName,
    FieldSource,
    Finding,
    InvoiceDraft,
)
from kontorist.domain.payables.memory import FIXED_FIELDS, Bearing, Said
from kontorist.domain.payables.suppliers import folded_name
from kontorist.extraction.layout import Sheet
from kontorist.extraction.memory.places import JUST_SO, SURELY, Place, labelled
from kontorist.extraction.memory.spots import Printed, printed

_AGREES: Final = "as a person showed on an earlier paper"
_NOTHING: Final = (Said(), Bearing.NONE)


class Judge:
    """Joins what the page says alone, what it says with hints, and what is remembered."""

    def __init__(
        self,
        sheet: Sheet,
        counting: Mapping[FieldName, tuple[Said, Bearing]],
        found: Mapping[FieldName, Sequence[Place]],
        refused: Mapping[FieldName, Sequence[Place]],
    ) -> None:
        self._sheet = sheet
        self._counting = counting
        self._right = found
        self._wrong = refused

    def told(self, alone: InvoiceDraft, hinted: InvoiceDraft) -> InvoiceDraft:
        """The draft with what memory says of each field, in the order in which they depend on one another."""
        kept = {name for name in FIELDS if self._page_is_clear(name, alone.fields[name], hinted.fields[name])}
        if kept.intersection(AMOUNT_FIELDS):  # they were solved together
            kept.update(AMOUNT_FIELDS)
            hinted = replace(hinted, tax_lines=alone.tax_lines, lines=alone.lines, findings=alone.findings)
        fields = dict(hinted.fields)
        for name in FIELDS:
            fields[name] = (alone if name in kept else hinted).fields[name]
            if name in self._counting:
                fields[name] = self._judged(name, *self._counting[name], fields)
        finding = self._other_account(fields["iban"])
        return replace(hinted, fields=fields, findings=(*hinted.findings, *([finding] if finding else [])))

    def _page_is_clear(self, name: FieldName, alone: Field, hinted: Field) -> bool:
        """Whether a safe reading stays although hints moved it.

        It goes only where a person has said of this very place that it is wrong, and the page does not contradict: it
        gives the other place no other name, and the rejected one not this field's.
        """
        if not alone.safe or same(name, alone.value, hinted.value):
            return False
        before = self._of(alone, self._wrong.get(name, ()))
        if before is None:
            return True
        after = self._of(hinted, self._right.get(name, ()))
        if after is None:
            return labelled(self._sheet, name, before.printed) is True
        return labelled(self._sheet, name, after.printed) is False

    def _of(self, read: Field, places: Sequence[Place]) -> Place | None:
        """The place among `places` where a field was read."""
        return next((each for each in places if read.box is not None and self._overlaps(each.printed, read)), None)

    def _overlaps(self, each: Printed, read: Field) -> bool:
        own = self._sheet.pages[each.segment.page].percent(each.segment.area(each.start, each.end))
        box = read.box
        if box is None or read.page != each.segment.page:
            return False
        return min(own.x1, box.x1) > max(own.x0, box.x0) and min(own.y1, box.y1) > max(own.y0, box.y0)

    def _judged(self, name: FieldName, said: Said, weight: Bearing, fields: Mapping[FieldName, Field]) -> Field:
        read = fields[name]
        if said.silent:
            return self._left(name, said, read)
        if said.absent:
            return _none_expected(read, weight, settles=name not in AMOUNT_FIELDS)
        if name in FIXED_FIELDS and said.value is not None and weight >= Bearing.SUPPLIER:
            return self._fixed(name, said, read)
        if said.days is not None:
            return _by_term(read, fields["issue_date"], said.days)
        return self._placed(name, said, weight, read)

    def _left(self, name: FieldName, said: Said, read: Field) -> Field:
        """Silence fills a gap; it makes nothing safe, and doubts nothing."""
        place = next(iter(self._right[name]), None)
        return read if place is None or read.value is not None else self._filled(name, said, read, place)

    def _filled(self, name: FieldName, said: Said, read: Field, place: Place) -> Field:
        """What stands in the remembered place, where nothing was found; not where there is surely nothing."""
        value = _value(name, said, place.printed, read)
        if read.safe or value is None or place.likeness < SURELY:
            return read
        return _found(read, value, place, self._sheet)

    # --- what is always the same

    def _fixed(self, name: FieldName, said: Said, read: Field) -> Field:
        if name == "supplier_name" and folded_name(read.value or "") == folded_name(said.value or "-"):
            read = replace(read, value=said.value)  # with or without its legal form, as the person writes it
        if same(name, read.value, said.value):
            return _strengthened(read, "known of this supplier", safe=True)
        place = self._printed_of_supplier(name)
        # What was nowhere in the text when a person said it stands in a picture, and all else was read in vain.
        open_to_it = read.value is None or (not read.safe and name != "iban")
        again = read.value is None or same(name, read.value, said.mistaken)
        if open_to_it and (not said.spots or (again and place is not None)):
            return _known(read, said.value, place, self._sheet)
        return _doubted(read, f"of this supplier {said.value} is known")

    def _printed_of_supplier(self, name: FieldName) -> Place | None:
        places = (each for each in self._right[name] if not self._sheet.in_zone(each.printed.segment, "buyer"))
        return next(places, None)

    def _other_account(self, read: Field) -> Finding | None:
        """Money goes where the paper says only when two people have looked: an invoice is easily forged."""
        said, weight = self._counting.get("iban", _NOTHING)
        if said.silent or said.value is None or weight < Bearing.SUPPLIER:
            return None
        if read.value is None or same("iban", read.value, said.value):
            return None
        sentence = f"The IBAN on the paper is {read.value}; a person named {said.value} for this supplier before."
        return Finding(code="KON-IBAN-CHANGED", sentence=sentence, fields=("iban",))

    # --- what stands in the same place

    def _placed(self, name: FieldName, said: Said, weight: Bearing, read: Field) -> Field:
        place = next(iter(self._right[name]), None)
        if place is None or (name in FIXED_FIELDS and weight is Bearing.LAYOUT):
            return read  # another supplier's name and ids stand there; the hint was enough
        if read.value is None:
            return self._filled(name, said, read, place)
        value = _value(name, said, place.printed, read)
        if same(name, read.value, value) or any(same(name, read.value, each) for each in place.printed.values):
            return self._agreed(name, said, weight, read, place, value)
        if place.likeness < SURELY:
            return read
        if name not in AMOUNT_FIELDS and not read.safe and not self._named_by_page(name, read):
            return self._filled(name, said, read, place)
        if weight is Bearing.LAYOUT:
            return read
        return _doubted(read, f'an earlier correction points to "{place.text[:40]}" instead')

    def _named_by_page(self, name: FieldName, read: Field) -> bool:
        """Whether the page itself calls the field so where it was read."""
        place = self._of(read, [Place(each, 1.0) for each in printed(self._sheet, name)])
        return place is not None and labelled(self._sheet, name, place.printed) is True

    def _agreed(
        self, name: FieldName, said: Said, weight: Bearing, read: Field, place: Place, value: str | None
    ) -> Field:
        """Where the order of day and month was open, the order that a person used settles it."""
        ordered = name in DATE_FIELDS and said.day_first is not None and not read.safe and value is not None
        if ordered:
            read = replace(read, value=value)
        settled = not (place.printed.reading and place.printed.reading.ambiguous) or ordered
        rivals = {each.printed.values for each in self._right[name]} - {place.printed.values}
        sure = weight is Bearing.BOTH and place.likeness >= JUST_SO and settled and not rivals
        return _strengthened(read, _AGREES, safe=sure and name not in AMOUNT_FIELDS)


def same(name: FieldName, one: str | None, other: str | None) -> bool:
    """Whether two values of a field are one; amounts by size, names and ids by letters and digits."""
    if one is None or other is None:
        return one is other
    if name in AMOUNT_FIELDS:
        return one.lstrip("-") == other.lstrip("-")
    if name in DATE_FIELDS:
        return one == other
    return _bare(one) == _bare(other)


def _bare(value: str) -> str:
    return "".join(each for each in value if each.isalnum()).casefold()


def _value(name: FieldName, said: Said, found: Printed, read: Field) -> str | None:
    """What the place says; a date of two readings by the order the person used, an amount by what was read."""
    if len(found.values) == 1:
        return found.values[0]
    if name in DATE_FIELDS and said.day_first is not None:
        return found.values[0 if said.day_first else 1]
    return read.value if any(same(name, read.value, each) for each in found.values) else None


def _none_expected(read: Field, weight: Bearing, *, settles: bool) -> Field:
    """Whether a paper shows tax or a net amount changes from one to the next; a due date or an account does not."""
    if read.source is FieldSource.FORMULA and not read.safe and weight is Bearing.BOTH:
        reason = "an earlier paper showed none, though it had the same term"
        return Field(value=None, confidence=0.8, safe=False, reason=reason)
    if read.value is not None:
        return _doubted(read, "an earlier paper of this supplier showed none") if weight is Bearing.BOTH else read
    reason = f"{read.reason}; an earlier paper showed none either"
    safe = read.safe or (weight is Bearing.BOTH and settles)
    return replace(read, reason=reason, safe=safe, confidence=max(read.confidence, 0.9))


def _by_term(read: Field, issue: Field | None, days: int) -> Field:
    """A due date printed nowhere follows from the issue date as it did on the paper that was corrected."""
    if issue is None or issue.value is None or (read.value is not None and read.source is not FieldSource.FORMULA):
        return read
    day = date.fromisoformat(issue.value) + timedelta(days=days)
    reason = f"{days} days after the issue date, as on an earlier paper"
    return Field(value=day.isoformat(), confidence=0.7, safe=False, reason=reason, source=FieldSource.FORMULA)


def _strengthened(read: Field, reason: str, *, safe: bool) -> Field:
    return replace(
        read, confidence=max(read.confidence, 0.97 if safe else 0.9), safe=read.safe or safe, reason=_and(read, reason)
    )


def _doubted(read: Field, reason: str) -> Field:
    return replace(read, confidence=min(read.confidence, 0.5), safe=False, reason=_and(read, "but " + reason))


def _and(read: Field, reason: str) -> str:
    return f"{read.reason}; {reason}"


def _known(read: Field, value: str | None, place: Place | None, sheet: Sheet) -> Field:
    """A value of the supplier's in place of none, or of the mistake that a person has corrected before."""
    if place is not None:
        return _found(read, value, place, sheet)
    before = f"{read.value} was corrected to it before" if read.value is not None else "known of this supplier"
    return Field(value=value, confidence=0.8, safe=False, reason=before, source=FieldSource.MASTER_DATA)


def _found(read: Field, value: str | None, place: Place, sheet: Sheet) -> Field:
    each = place.printed
    box = sheet.pages[each.segment.page].percent(each.segment.area(each.start, each.end))
    return replace(
        read, value=value, confidence=0.8, safe=False, reason=f"found {_AGREES}", page=each.segment.page, box=box
    )
