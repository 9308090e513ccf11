"""What stands only in encrypted documents: figures in, figures out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection

from kontorist.domain.events import canonical_json
from kontorist.domain.ids import SYSTEM, DocumentId, EmployeeId
from kontorist.domain.money import Money
from kontorist.domain.payroll.figures import Figures, PayLine, latest_lines
from kontorist.domain.periods import Period
from kontorist.domain.ports import Archive, ArchivedDocument
from kontorist.store.database import Store
from kontorist.store.payroll import Release

SOURCE: Final = "/kontorist/payroll"
#: Releases whose figures stand: later ones are counted from them.
STANDING: Final = ("approved", "released")


class Vault:
    """Keeps and opens the figures of months. Nothing it gives is ever logged, mailed in clear or put into a table."""

    def __init__(self, *, store: Store, archive: Archive) -> None:
        self._store = store
        self._archive = archive

    def keep(self, content: bytes, *, name: str, media_type: str, about: str) -> ArchivedDocument:
        """Archive `content` as ciphertext; the same content about the same thing is the same document."""
        return self._archive.add(
            content,
            name=name,
            media_type=media_type,
            source=SOURCE,
            source_id=about,
            actor=SYSTEM,
            document_class="payroll",
        )

    def keep_figures(self, run: str, figures: Figures) -> ArchivedDocument:
        """Archive the figures of a release."""
        return self.keep(
            canonical_json(figures.data()),
            name=f"payroll-{figures.period}-{figures.release}.json",
            media_type="application/json",
            about=f"{run}/figures/{figures.release}",
        )

    def figures(self, document: DocumentId) -> Figures:
        """The figures in an archived document."""
        return Figures.from_data(json.loads(self._archive.content(document)))

    def standing(self, releases: Iterable[Release]) -> dict[EmployeeId, PayLine]:
        """What was released last for each employee of a month."""
        return latest_lines(self.figures(each.figures) for each in releases if each.state in STANDING)

    def last_gross(self, tx: Connection, period: Period) -> dict[EmployeeId, Money]:
        """The gross pay of the month before, of those whose pay was released."""
        run = self._store.payroll.of_period(tx, str(period.before()))
        if run is None:
            return {}
        lines = self.standing(self._store.payroll.releases(tx, run.id))
        return {employee: line.gross for employee, line in lines.items()}
