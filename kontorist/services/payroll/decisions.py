"""What follows from what people decide about pay: the carriers of its kinds of work items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from kontorist.domain.approvals import Actor, Decision, WorkItem
from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.ids import PersonKey
from kontorist.domain.payroll.doubts import JUDGEMENT
from kontorist.domain.ports import Clock
from kontorist.services.carriers import About, NothingToCorrect
from kontorist.services.payroll.months import about
from kontorist.services.payroll.releases import Releases
from kontorist.store.database import Store
from kontorist.store.payroll import Release


class NothingToLetThrough(NeedsAPerson):
    """None of these doubts can be let through: they are put right in the file."""

    code = "KON-190"
    next_step = "Correct the cells in the file and send it again under its name; the item goes by itself."


class FiguresChanged(NeedsAPerson):
    """The figures have changed since this release was prepared."""

    code = "KON-191"
    next_step = "Look at them again with `kontorist payroll show RUN`, then decide about the new version of the item."


class _Carrier:
    """What the kinds of payroll have in common: no document to show, nothing to correct field by field."""

    def __init__(self, *, clock: Clock, store: Store) -> None:
        self._clock = clock
        self._store = store

    def about(self, tx: Connection, item: WorkItem) -> About:
        """Only the event behind it: whatever else there is to say, only the role payroll may see."""
        return about(self._store.payroll.get(tx, item.subject))

    def check_approvable(self, tx: Connection, item: WorkItem) -> None:
        """Everything can be approved that a subclass does not refuse."""

    def refused(self, tx: Connection, item: WorkItem, said: Decision) -> None:
        """Nothing is released; a corrected sheet brings a new version of the item."""

    def corrected(self, tx: Connection, item: WorkItem, changes: Mapping[str, str], by: Actor) -> WorkItem:
        """Figures are put right in the sheet, never here: they would stand in clear. Raises NothingToCorrect."""
        raise NothingToCorrect("What is wrong is put right in the sheet, which is then sent again under its name.")

    def _note(self, tx: Connection, actor: PersonKey, verb: str, subject: str, after: Mapping[str, Any]) -> None:
        self._store.audit.note(tx, actor=actor, verb=verb, subject=subject, at=self._clock.now(), after=after)


class DoubtsLetThrough(_Carrier):
    """Satisfies `Carrier` for ``payroll_doubts``: a person says which doubts are right as they are."""

    def check_approvable(self, tx: Connection, item: WorkItem) -> None:
        """At least one doubt is a matter of judgement. Raises NothingToLetThrough."""
        if not _judged(item):
            raise NothingToLetThrough

    def granted(self, tx: Connection, item: WorkItem, agreed: tuple[PersonKey, ...]) -> None:
        """Remember which doubts go through, and who said so: they do not release these figures."""
        run = self._store.payroll.get(tx, item.subject)
        keys = _judged(item)
        if set(keys) <= set(run.let_through):
            return
        self._store.payroll.let_through(tx, run, keys, agreed)
        self._note(tx, agreed[-1], "let doubts through", run.id, {"item": item.id, "doubts": len(keys)})


class ReleaseGranted(_Carrier):
    """Satisfies `Carrier` for ``payroll_release``: the figures behind the hash are released."""

    def check_approvable(self, tx: Connection, item: WorkItem) -> None:
        """What was shown is what would be released. Raises FiguresChanged."""
        if self._prepared(tx, item) is None:
            raise FiguresChanged

    def granted(self, tx: Connection, item: WorkItem, agreed: tuple[PersonKey, ...]) -> None:
        """Mark the release as approved; register, slips and journal follow in steps of their own."""
        release = self._prepared(tx, item)
        if release is not None:
            self._store.payroll.put_release(tx, replace(release, state="approved", approved_by=agreed))
            self._store.payroll.checked(
                tx, release.run, figures=None, figures_sha256=None, employees=0, release=release.number + 1
            )
            self._note(tx, agreed[-1], "approved a release", release.run, {"release": release.number})

    def _prepared(self, tx: Connection, item: WorkItem) -> Release | None:
        release = self._store.payroll.release(tx, item.subject, item.content["release"])
        same = release.figures_sha256 == item.content["figures"]
        return release if same and release.state == "prepared" else None


class WaitingOrdered(_Carrier):
    """Satisfies `Carrier` for ``payslips_waiting``: addresses and passwords are there now, look again."""

    def __init__(self, *, clock: Clock, store: Store, releases: Releases) -> None:
        super().__init__(clock=clock, store=store)
        self._releases = releases

    def granted(self, tx: Connection, item: WorkItem, agreed: tuple[PersonKey, ...]) -> None:
        """Order what can go now; for the rest the item comes back."""
        self._releases.order_waiting(tx, item.subject)


def _judged(item: WorkItem) -> list[str]:
    return [str(each["key"]) for each in item.content["doubts"] if each["code"] in JUDGEMENT]
