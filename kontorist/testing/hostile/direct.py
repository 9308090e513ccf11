"""Every file read as its door reads it, in the product's own children, without a service around them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from kontorist.domain.receivables.order_rows import ORDER_COLUMNS
from kontorist.domain.strict_json import NotStrictJson, parse
from kontorist.extraction.reading import read_invoice
from kontorist.extraction.reading_mail import read_mail
from kontorist.extraction.reading_text import read_text
from kontorist.extraction.tables import TableUnfit, read_table
from kontorist.sandbox import Pool, Refused
from kontorist.testing.hostile import Bomb, Door


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How one file ended: `state` by name, `reason` for the clerk where it was not read, `seconds` on the clock."""

    name: str
    door: Door
    state: str
    reason: str | None
    seconds: float


def read_all(pool: Pool, bombs: Iterable[Bomb]) -> Iterator[Ending]:
    """Each file by its door; what a mail carries is read too, as the intake does."""
    for bomb in bombs:
        begun = time.monotonic()
        state, reason = READERS[bomb.door](pool, bomb.name, bomb.content)
        yield Ending(name=bomb.name, door=bomb.door, state=state, reason=reason, seconds=time.monotonic() - begun)


def _paper(pool: Pool, name: str, content: bytes) -> tuple[str, str | None]:
    draft = read_invoice(pool, content, name=name)
    return (draft.refused or draft.status.value), draft.reason


def _mail(pool: Pool, name: str, content: bytes) -> tuple[str, str | None]:
    try:
        mail = read_mail(pool, content)
    except Refused as refused:
        return refused.reason, refused.sentence
    inside = [_paper(pool, each.name, each.content) for each in mail.attachments if each.readable]
    return inside[0] if inside else ("read", None)


def _table(pool: Pool, name: str, content: bytes) -> tuple[str, str | None]:
    try:
        read_table(pool, content, name=name, columns=ORDER_COLUMNS)
    except Refused as refused:
        return refused.reason, refused.sentence
    except TableUnfit as unfit:
        return "unfit", unfit.sentence
    return "read", None


def _event(pool: Pool, name: str, content: bytes) -> tuple[str, str | None]:
    """The one kind that no child reads: the receiver's own strict reader."""
    try:
        parse(content)
    except NotStrictJson as refused:
        return refused.reason_code, refused.sentence
    return "read", None


def _filing(pool: Pool, name: str, content: bytes) -> tuple[str, str | None]:
    """The second reader of papers and tables, which files what is no invoice."""
    try:
        read_text(pool, content)
    except Refused as refused:
        return refused.reason, refused.sentence
    return "read", None


Reader = Callable[[Pool, str, bytes], tuple[str, str | None]]
READERS: Final[dict[Door, Reader]] = {
    "paper": _paper,
    "mail": _mail,
    "table": _table,
    "event": _event,
    "filing": _filing,
}
