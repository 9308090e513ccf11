"""The next invoice of a layout after one correction: pairs of papers, one corrected, the other read with the lesson."""

from __future__ import annotations

import codecs
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import permutations
from pathlib import Path
from typing import Any

from kontorist.domain.payables.draft import FIELDS, FieldName, InvoiceDraft
from kontorist.domain.payables.memory import Lesson, from_data, to_data
from kontorist.extraction.intake import pdf_pages
from kontorist.extraction.labels import fold, lexicon
from kontorist.extraction.layout import Sheet
from kontorist.extraction.memory.judging import same
from kontorist.extraction.memory.learning import learn
from kontorist.extraction.memory.recall import Memory
from kontorist.extraction.memory.signs import signs_of
from kontorist.extraction.page_reader import read_pages
from kontorist.extraction.page_text import Page, Word, segments_of
from kontorist.extraction.profile import BuyerProfile
from kontorist.testing.documents.facts import LANGUAGES, InvoiceFacts
from kontorist.testing.documents.layouts import drawn_layout
from kontorist.testing.documents.pages import render
from kontorist.testing.documents.suppliers import drawn_invoice

Truth = Mapping[FieldName, tuple[str | None, ...]]  #: the accepted values of each field that is scored


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One paper with what it says."""

    name: str
    layout: str
    content: bytes
    truth: Truth
    words: frozenset[str] | None = None  #: of a paper whose other words are made foreign: those that stay

    def pages(self) -> list[Page]:
        """Its pages as the reader gets them; new ones each time, because reading numbers their segments."""
        pages, _ = pdf_pages(self.content)
        return pages if self.words is None else [_foreign(page, self.words) for page in pages]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One pair: which fields of the `second` are right without and with what the first taught."""

    layout: str
    first: str
    second: str
    scored: int
    before: frozenset[FieldName]
    after: frozenset[FieldName]
    wrong: tuple[str, ...]  #: each with what was read, for people
    safe_but_wrong: frozenset[FieldName]
    safe_but_wrong_before: frozenset[FieldName]


def trials(papers: Iterable[Paper], *, everything: bool = False) -> Iterator[Trial]:
    """All pairs of one layout. Of the first, what is wrong is corrected; with `everything` all its fields are said."""
    layouts: dict[str, list[Paper]] = defaultdict(list)
    for paper in papers:
        layouts[paper.layout].append(paper)
    for layout, group in layouts.items():
        alone = {paper.name: read(paper) for paper in group}
        lessons = {paper.name: lesson_of(paper, alone[paper.name], everything=everything) for paper in group}
        for first, second in permutations(group, 2):
            lesson = lessons[first.name]
            taught = read(second, [lesson]) if lesson else alone[second.name]
            yield _trial(layout, first, second, alone[second.name], taught)


def _trial(layout: str, first: Paper, second: Paper, alone: InvoiceDraft, taught: InvoiceDraft) -> Trial:
    after = right(second, taught)
    wrong = [name for name in second.truth if name not in after]
    return Trial(
        layout=layout,
        first=first.name,
        second=second.name,
        scored=len(second.truth),
        before=right(second, alone),
        after=after,
        wrong=tuple(f"{name}: {taught.value(name)!r} for {second.truth[name][0]!r}" for name in wrong),
        safe_but_wrong=_safe_but_wrong(second, taught),
        safe_but_wrong_before=_safe_but_wrong(second, alone),
    )


def _safe_but_wrong(paper: Paper, draft: InvoiceDraft) -> frozenset[FieldName]:
    good = right(paper, draft)
    return frozenset(name for name in paper.truth if name not in good and draft.fields[name].safe)


def read(paper: Paper, lessons: Iterable[Lesson] = ()) -> InvoiceDraft:
    """The paper as read with `lessons`, which travel as data as they do in earnest."""
    pages = paper.pages()
    memory = Memory([from_data(json.loads(json.dumps(to_data(each)))) for each in lessons])
    return read_pages(pages, len(pages), BuyerProfile(), memory=memory)


def right(paper: Paper, draft: InvoiceDraft) -> frozenset[FieldName]:
    """The fields that are read as the truth says."""
    return frozenset(
        name for name, values in paper.truth.items() if any(same(name, draft.value(name), each) for each in values)
    )


def lesson_of(paper: Paper, draft: InvoiceDraft, *, everything: bool = False) -> Lesson | None:
    """What somebody teaches who corrects `draft` by the truth."""
    good = right(paper, draft)
    told = {name: values[0] for name, values in paper.truth.items() if everything or name not in good}
    told |= {name: draft.value(name) for name in good if name in told}
    if not told:
        return None
    sheet = Sheet([page for page in paper.pages() if page.usable])
    return learn(sheet, signs_of(sheet, BuyerProfile()), draft, told, {})


def papers_of_corpus(folder: Path) -> list[Paper]:
    """The real papers of the corpus folder whose layout comes more than once."""
    lines = [json.loads(line) for line in (folder / "truth.jsonl").read_text("utf-8").splitlines()]
    return [
        Paper(
            name=line["file"],
            layout=line["layout"],
            content=(folder / "pdf" / line["file"]).read_bytes(),
            truth={name: _accepted(name, line[name]) for name in FIELDS if name in line},
        )
        for line in lines
        if sum(other["layout"] == line["layout"] for other in lines) > 1
    ]


def _accepted(name: FieldName, value: Any) -> tuple[str | None, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(
        f"{float(each):.2f}" if name in ("net", "tax", "gross") and each is not None else each for each in values
    )


def synthetic_papers(count: int, of_each: int = 2) -> list[Paper]:
    """Papers of `count` designs drawn at random, `of_each` from one supplier each."""
    return [paper for seed in range(count) for paper in _series(seed, of_each)]


def foreign(papers: Iterable[Paper]) -> list[Paper]:
    """The same papers with all labels and sentences in a language that nobody knows: only what people taught helps."""
    return [replace(paper, name=f"foreign {paper.name}", words=_kept(paper.truth)) for paper in papers]


def _kept(truth: Truth) -> frozenset[str]:
    """The words of values, and their groups of four, as accounts are printed."""
    values = [value for accepted in truth.values() for value in accepted if value]
    groups = (value[at : at + 4] for value in values for at in range(len(value)))
    return frozenset([*groups, *(word for value in values for word in value.split())])


def _series(seed: int, of_each: int) -> Iterator[Paper]:
    design, language = drawn_layout(seed), LANGUAGES[seed % len(LANGUAGES)]
    first = drawn_invoice(seed, language)
    for number in range(of_each):
        facts = replace(drawn_invoice(seed + 1000 * number, language), supplier=first.supplier, buyer=first.buyer)
        facts = replace(facts, items=tuple(replace(item, rate=first.items[0].rate) for item in facts.items))
        truth: Truth = {name: (value,) for name, value in facts.printed().items()}
        yield Paper(name=f"{design.name}-{number}", layout=design.name, content=_rendered(facts, seed), truth=truth)


def _rendered(facts: InvoiceFacts, seed: int) -> bytes:
    return render(facts, drawn_layout(seed))


@lru_cache(maxsize=1)
def _months() -> frozenset[str]:
    return frozenset(lexicon().months)


def _foreign(page: Page, kept: frozenset[str]) -> Page:
    words = [replace(word, text=_translated(word, kept)) for segment in page.segments for word in segment.words]
    return replace(page, segments=segments_of(words, page.number))


def _translated(word: Word, kept: frozenset[str]) -> str:
    """Another word of the same length, unless it is a value, a month, a currency or holds a digit."""
    bare = word.text.strip(".,:;()")
    if bare in kept or word.text in kept or fold(bare) in _months() or not bare.isalpha() or bare == "EUR":
        return word.text
    return codecs.encode(fold(word.text), "rot13") if word.text.islower() else codecs.encode(word.text, "rot13")
