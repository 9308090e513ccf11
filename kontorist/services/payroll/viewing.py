"""Looking at what people earn: for the role payroll only, and every look is in the audit trail first."""

from __future__ import annotations

from typing import Any

from kontorist.domain.approvals import Actor, NotAllowed
from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.ids import DocumentId
from kontorist.domain.ports import Archive, Clock
from kontorist.services.payroll.vault import Vault
from kontorist.store.database import Store
from kontorist.store.payroll import Payslip, Release, Run


class RunUnknown(NeedsAPerson):
    """There is no payroll of this month."""

    code = "KON-192"
    next_step = "Name a month whose sheets have come, such as `kontorist payroll show 2026-10`."


class Viewing:
    """Opens encrypted documents for people. The note of who read what for which purpose is written before."""

    def __init__(self, *, clock: Clock, store: Store, archive: Archive, vault: Vault) -> None:
        self._clock = clock
        self._store = store
        self._archive = archive
        self._vault = vault

    def show(self, wanted: str, actor: Actor, purpose: str) -> dict[str, Any]:
        """A month with its doubts, releases and what each one earns, as plain data. Raises NotAllowed, RunUnknown."""
        run = self._run(wanted)
        self._noted(run.id, actor, purpose, {"period": run.period})
        with self._store.read() as tx:
            releases = self._store.payroll.releases(tx, run.id)
            slips = self._store.payroll.payslips(tx, run.id)
            files = self._store.payroll.files(tx, run.id)
        return {
            "run": run.id,
            "period": run.period,
            "sheets": [{"name": each.name, "document": each.document} for each in files],
            "rows": run.rows,
            "good_rows": run.good_rows,
            "doubts": [dict(each) for each in run.doubts],
            "releases": [_release_data(each) for each in releases],
            "lines": [
                line.data() | {"release": release.number, "state": release.state}
                for release in releases
                if release.state != "withdrawn"
                for line in self._vault.figures(release.figures).lines
            ],
            "payslips": [self._slip_data(each) for each in slips],
        }

    def _slip_data(self, slip: Payslip) -> dict[str, Any]:
        """Once it is ordered, its state is that of its mail."""
        return {
            "employee": slip.employee,
            "release": slip.release,
            "document": slip.document,
            "state": self._effect(slip.effect) if slip.state == "ordered" else slip.state,
            "reason": slip.reason,
        }

    def document(self, document: DocumentId, actor: Actor, purpose: str) -> bytes:
        """The plain bytes of a payroll document. Raises NotAllowed."""
        self._noted(document, actor, purpose, {"document": document})
        return self._archive.content(document)

    def _noted(self, subject: str, actor: Actor, purpose: str, what: dict[str, Any]) -> None:
        if "payroll" not in actor.roles:
            raise NotAllowed(f"{actor.person} does not have the role payroll, which alone sees what people earn.")
        with self._store.write() as tx:
            self._store.audit.note(
                tx,
                actor=actor.person,
                verb="read what people earn",
                subject=subject,
                at=self._clock.now(),
                after={**what, "purpose": purpose},
            )

    def _run(self, wanted: str) -> Run:
        with self._store.read() as tx:
            runs = self._store.payroll.runs(tx)
        found = next((each for each in runs if wanted in (each.id, each.period)), None)
        if found is None:
            raise RunUnknown(f"There is no payroll run {wanted}.")
        return found

    def _effect(self, key: str) -> str:
        with self._store.read() as tx:
            return self._store.effects.get(tx, key).state


def _release_data(release: Release) -> dict[str, Any]:
    return {
        "number": release.number,
        "state": release.state,
        "employees": release.employees,
        "approved_by": list(release.approved_by),
        "register": release.register,
        "entry": release.entry_id,
    }
