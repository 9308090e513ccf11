"""Reading as the rest of the product sees it: bytes in, an InvoiceDraft out, all parsing in a child."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kontorist.domain.payables import memory
from kontorist.domain.payables.draft import Box, FieldName, InvoiceDraft, box_data, from_data, to_data
from kontorist.domain.payables.memory import Lesson, Signs
from kontorist.extraction.ocr import recognising
from kontorist.extraction.profile import BuyerProfile
from kontorist.sandbox import SENTENCES, Limits, Pool, ReasonCode, told

__all__ = ["BuyerProfile", "Learnt", "Recall", "learn_from", "open_pool", "read_invoice"]

Recall = Callable[[Signs], Sequence[Lesson]]  #: what people said of papers with such signs, oldest first

#: What a child imports before its first file, so that no file pays for it.
_WARM = ("kontorist.extraction.intake", "pypdfium2", "pypdfium2.raw", "lxml.etree", "stdnum.iban", "stdnum.eu.vat")
MOST_BYTES = 50 * 1024 * 1024
_MOST_ENGINES = 2  #: recognise text at once; each fills about 600 MiB
_log = logging.getLogger(__name__)


def open_pool(size: int = 1, limits: Limits | None = None) -> Pool:
    """A pool of children with the readers imported; close it in the end.

    Text in pictures is recognised by children of their own, started when a page first needs them.
    """
    return Pool(size=size, preload=_WARM, limits=limits, apart=recognising.open_engines(min(size, _MOST_ENGINES)))


def read_invoice(
    pool: Pool,
    content: bytes,
    *,
    name: str,
    visual_only: bool = False,
    profile: BuyerProfile | None = None,
    recall: Recall | None = None,
) -> InvoiceDraft:
    """Read one PDF, image or XML file; a file that cannot be read gives a quarantined draft with code and sentence.

    `visual_only` ignores embedded invoice files, for tests of the page reader. `name` is for the log;
    what a file is, its content tells. `recall` is asked by the signs of the paper; where it knows any lesson, the paper
    is read a second time with it. Raises nothing for what a file holds.
    """
    if len(content) > MOST_BYTES:
        return too_large()
    how: dict[str, Any] = {"visual_only": visual_only, "profile": profile.to_data() if profile else None}
    if recall is not None:
        how["lessons"] = []
    draft, beside = _read_once(pool, content, name, how)
    if beside.pictures and (found := recognising.recognised(pool, content, beside.pictures)):
        how["recognised"] = found
        draft, beside = _read_once(pool, content, name, how)
    lessons = recall(beside.signs) if recall is not None and beside.signs is not None else ()
    if lessons:
        how["lessons"] = [memory.to_data(each) for each in lessons]
        draft, _ = _read_once(pool, content, name, how)
    return draft


def too_large() -> InvoiceDraft:
    """What becomes of a file that nobody begins to read."""
    sentence = told(ReasonCode.TOO_LARGE, f"The file is larger than {MOST_BYTES >> 20} MiB.")
    return InvoiceDraft.quarantined(ReasonCode.TOO_LARGE, sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What a reading tells beside the draft: by what the supplier is known, and which pages are pictures."""

    signs: Signs | None = None
    pictures: Sequence[Mapping[str, Any]] = ()


def _read_once(pool: Pool, content: bytes, name: str, how: Mapping[str, Any]) -> tuple[InvoiceDraft, _Told]:
    outcome = pool.call("kontorist.extraction.intake:read_invoice", content, **how)
    if outcome.refused is not None:
        if outcome.refused.detail:  # an error of ours or of a library, which somebody should see
            _log.warning("reading %s failed: %s", name, outcome.refused.detail)
        return InvoiceDraft.quarantined(outcome.refused.code, outcome.refused.sentence), _Told()
    try:
        signs = outcome.value.get("signs")
        pictures = [_wanted(each) for each in outcome.value.get("pictures", ())]
        known = None if signs is None else memory.signs_of_data(signs)
        return from_data(outcome.value), _Told(signs=known, pictures=pictures)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError):
        return InvoiceDraft.quarantined(ReasonCode.PARSER_DIED, SENTENCES[ReasonCode.PARSER_DIED]), _Told()


def _wanted(each: Mapping[str, Any]) -> dict[str, Any]:
    """A page that is a picture, as the child names it: nothing but numbers goes back into a child."""
    area = each["area"]
    return {"page": int(each["page"]), "area": None if area is None else [float(place) for place in area]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What a correction teaches.

    `lesson` is None where nothing can be kept; `told` are all values said, those a box shows among them; `unread` names
    the fields whose box shows no value.
    """

    lesson: Lesson | None
    told: Mapping[FieldName, str | None] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


def learn_from(
    pool: Pool,
    content: bytes,
    draft: InvoiceDraft,
    corrections: Mapping[FieldName, str | None],
    *,
    boxes: Mapping[FieldName, tuple[int, Box]] | None = None,
    profile: BuyerProfile | None = None,
) -> Learnt:
    """What `corrections` of `draft`, as it was read from `content`, teach. Nothing, for what is no readable PDF."""
    if b"%PDF-" not in content[:1024] or len(content) > MOST_BYTES:
        return Learnt(lesson=None)
    outcome = pool.call(
        "kontorist.extraction.memory.intake:learn_from",
        content,
        draft=to_data(draft),
        corrections=dict(corrections),
        boxes={name: (page, box_data(box)) for name, (page, box) in (boxes or {}).items()},
        profile=profile.to_data() if profile else None,
    )
    try:
        found = outcome.value["lesson"]
        unread = tuple(map(str, outcome.value["unread"]))
        lesson = None if found is None else memory.from_data(found)
        return Learnt(lesson=lesson, told=outcome.value["told"], unread=unread)
    except (KeyError, TypeError, ValueError, AttributeError):
        if outcome.refused is not None and outcome.refused.detail:
            _log.warning("learning failed: %s", outcome.refused.detail)
        return Learnt(lesson=None)
