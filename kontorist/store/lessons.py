"""What people taught us about suppliers' papers. What is forgotten stays, marked, and counts no more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from kontorist.domain.ids import PersonKey
from kontorist.domain.payables.memory import FEWEST_OF_STRANGERS, Lesson, Signs, from_data, to_data
from kontorist.domain.ports import Clock
from kontorist.failpoints import failpoint, register
from kontorist.store.errors import NotInStore
from kontorist.store.tables import lesson, lesson_cell

register(*(f"lessons.{side}_{step}" for step in ("teach", "forget") for side in ("before", "after")))

_MOST_OF_SUPPLIER: Final = 40  #: the newest of one supplier; older ones were corrected many times since
_MOST_OF_STRANGERS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """A lesson as it is kept: its number, the SHA-256 of the paper, who taught it and when, who took it back.

    `about` is what its lines in the audit trail are filed under: the document, else the supplier's key.
    """

    number: int
    lesson: Lesson
    paper: str
    about: str
    by: PersonKey
    at: datetime
    forgotten_by: PersonKey | None = None
    forgotten_at: datetime | None = None


class Lessons:
    """Keeps and finds lessons. Every method works inside the transaction it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def teach(self, tx: Connection, new: Lesson, *, paper: str, about: str, by: PersonKey) -> int:
        """Keep what `by` said of the paper with this SHA-256; its number. The caller notes it under `about`."""
        failpoint("lessons.before_teach")
        facts = {"key": new.key, "name": new.name, "data": to_data(new), "paper": paper, "about": about}
        entered = insert(lesson).values(**facts, taught_by=by, taught_at=self._clock.now()).returning(lesson.c.number)
        number: int = tx.execute(entered).scalar_one()
        if new.signs.cells:
            rows = [{"lesson": number, "cell": cell} for cell in sorted(new.signs.cells)]
            tx.execute(insert(lesson_cell), rows)
        failpoint("lessons.after_teach")
        return number

    def forget(self, tx: Connection, number: int, *, by: PersonKey) -> bool:
        """Take a lesson back; False where it was taken back before. Raises NotInStore."""
        failpoint("lessons.before_forget")
        known = self.get(tx, number)
        if known.forgotten_at is None:
            gone = {"forgotten_by": by, "forgotten_at": self._clock.now()}
            tx.execute(update(lesson).where(lesson.c.number == number).values(gone))
        failpoint("lessons.after_forget")
        return known.forgotten_at is None

    def get(self, tx: Connection, number: int) -> Taught:
        """One lesson, forgotten or not. Raises NotInStore."""
        found = tx.execute(select(*lesson.c).where(lesson.c.number == number)).one_or_none()
        if found is None:
            raise NotInStore(f"There is no lesson {number}.")
        return _taught(found)

    def of(self, tx: Connection, keys: Collection[str] | None = None, *, forgotten: bool = False) -> list[Taught]:
        """The lessons of suppliers with these keys (None: of all), oldest first; on wish those forgotten, too."""
        wanted = select(*lesson.c).order_by(lesson.c.number)
        if keys is not None:
            wanted = wanted.where(lesson.c.key.in_(sorted(keys)))
        if not forgotten:
            wanted = wanted.where(lesson.c.forgotten_at.is_(None))
        return [_taught(row) for row in tx.execute(wanted)]

    def recall(self, tx: Connection, signs: Signs) -> list[Lesson]:
        """The lessons that may bear on a paper with these signs, by supplier or by form, oldest first."""
        standing = select(lesson.c.number).where(lesson.c.forgotten_at.is_(None)).order_by(lesson.c.number.desc())
        own = standing.where(lesson.c.key.in_(sorted(signs.supplier_keys()))).limit(_MOST_OF_SUPPLIER)
        alike = (
            select(lesson_cell.c.lesson)
            .where(lesson_cell.c.cell.in_(sorted(signs.cells)))
            .group_by(lesson_cell.c.lesson)
            .having(func.count() >= FEWEST_OF_STRANGERS)
        )
        strangers = standing.where(lesson.c.number.in_(alike)).limit(_MOST_OF_STRANGERS)
        wanted = select(*lesson.c).where(or_(lesson.c.number.in_(own), lesson.c.number.in_(strangers)))
        return [_taught(row).lesson for row in tx.execute(wanted.order_by(lesson.c.number))]


def _taught(row: Row[Any]) -> Taught:
    return Taught(
        number=row.number,
        lesson=from_data(row.data),
        paper=row.paper,
        about=row.about,
        by=PersonKey(row.taught_by),
        at=row.taught_at,
        forgotten_by=row.forgotten_by,
        forgotten_at=row.forgotten_at,
    )
