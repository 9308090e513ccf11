"""After a release: register, payslips, journal entry, mails. Each is found again when the step is repeated.

The register and the slips are archived first (as ciphertext); then one transaction posts the entry by cost centre,
plans the mails and marks the release. Whoever has no address or no password waits, everybody else gets the slip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection

from kontorist.config import Config
from kontorist.domain.approvals import Step
from kontorist.domain.errors import KontoristError
from kontorist.domain.events import content_hash
from kontorist.domain.ids import SYSTEM, EventId, WorkItemId
from kontorist.domain.ledger.chart import CHART
from kontorist.domain.ledger.journal import check_accounts
from kontorist.domain.payroll.booking import entry_for
from kontorist.domain.payroll.figures import Figures, PayLine
from kontorist.domain.payroll.slip_secrets import read_secrets, why_no_slip
from kontorist.domain.ports import Clock
from kontorist.services.desk import Asked, Desk
from kontorist.services.payroll.mailing import KIND, SlipMail
from kontorist.services.payroll.months import PAYROLL, about
from kontorist.services.payroll.vault import Vault
from kontorist.store.database import Store
from kontorist.store.effects import EffectRunner
from kontorist.store.payroll import Payslip, Release

WAITING: Final = "payslips_waiting"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TOGETHER: Final = 50  #: slips entered in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What a payslip says: the line, what it takes the place of, in whose language."""

    figures: Figures
    line: PayLine
    former: PayLine | None
    language: str
    company: str


class Releases:
    """What follows when a month, or a part of it, is released."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock,
        store: Store,
        desk: Desk,
        vault: Vault,
        effects: EffectRunner,
        mail: SlipMail,
    ) -> None:
        self._config = config
        self._clock = clock
        self._store = store
        self._desk = desk
        self._vault = vault
        self._effects = effects
        self._mail = mail

    def approved(self, items: Iterable[WorkItemId]) -> list[str]:
        """The releases that these work items are about and that are approved, as ``run/number``."""
        with self._store.read() as tx:
            found = [self._store.worklist.get(tx, item).content for item in items]
            releases = [self._store.payroll.release(tx, each["run"], each["release"]) for each in found]
        return [f"{each.run}/{each.number}" for each in releases if each.state in ("approved", "released")]

    # --- register and slips

    def keep_register(self, release: str, write: Callable[[Figures], bytes]) -> None:
        """Archive the register of a release as ciphertext, once."""
        known = self._release(release)
        if known.register is not None:
            return
        figures = self._vault.figures(known.figures)
        name = f"payroll-register-{figures.period}-{known.number}.xlsx"
        record = self._vault.keep(write(figures), name=name, media_type=XLSX, about=f"{release}/register")
        with self._store.write() as tx:
            now = self._of(tx, release)
            self._store.payroll.put_release(tx, replace(now, register=record.id, register_sha256=record.sha256))
            self._note(tx, now.run, "wrote the payroll register", {"release": now.number, "document": record.id})

    def keep_slips(self, release: str, write: Callable[[Slip], bytes]) -> None:
        """Archive the payslip of everybody in a release as ciphertext; those that are there are not written again."""
        known = self._release(release)
        with self._store.read() as tx:
            there = {each.employee for each in self._store.payroll.payslips(tx, known.run, known.number)}
            languages = {each.id: each.language for each in self._store.employees.list(tx)}
        figures = self._vault.figures(known.figures)
        missing = [line for line in figures.lines if line.employee not in there]
        for lines in _batches(missing):
            slips = [self._written(known, figures, line, languages.get(line.employee), write) for line in lines]
            with self._store.write() as tx:
                for slip in slips:
                    self._store.payroll.put_payslip(tx, slip)

    def _written(
        self, release: Release, figures: Figures, line: PayLine, language: str | None, write: Callable[[Slip], bytes]
    ) -> Payslip:
        slip = Slip(
            figures=figures,
            line=line,
            former=figures.former(line.employee),
            language=language or self._config.company.language,
            company=self._config.company.name,
        )
        key = f"payslip/{release.run}/{line.employee}/{release.number}"
        name = f"payslip-{figures.period}-{line.employee}-{release.number}.pdf"
        record = self._vault.keep(write(slip), name=name, media_type="application/pdf", about=key)
        return Payslip(
            run=release.run,
            release=release.number,
            employee=line.employee,
            document=record.id,
            state="written",
            effect=key,
        )

    # --- booking and ordering, in one transaction

    def settle(self, release: str, cause: EventId) -> None:
        """Post the entry, order the mails, mark the release: all or nothing, and once."""
        known = self._release(release)
        if known.state != "approved" or known.register is None or known.register_sha256 is None:
            return
        figures = self._vault.figures(known.figures)
        entry = entry_for(
            figures,
            known.run,
            register=known.register,
            register_sha256=known.register_sha256,
            approved_by=tuple(known.approved_by),
        )
        with self._store.write() as tx:
            if self._of(tx, release).state != "approved":
                return
            if entry is not None:
                check_accounts(entry, CHART)
                self._store.journal.post(tx, entry)
            slips = self._store.payroll.payslips(tx, known.run, known.number)
            self._order(tx, slips, figures, cause)
            done = replace(known, state="released", event_id=cause, entry_id=entry.id if entry else None)
            self._store.payroll.put_release(tx, done)
            self._note(tx, known.run, "released", {"release": known.number, "entry": done.entry_id})
            self._ask_about_waiting(tx, known.run)

    def _order(self, tx: Connection, slips: Iterable[Payslip], figures: Figures, cause: EventId | None) -> None:
        """Plan the mail of each slip that can go; the others wait with their reason."""
        secrets = self._secrets()
        for slip in slips:
            employee = self._store.employees.get(tx, slip.employee)
            why = self._no_mail() or why_no_slip(employee, secrets)
            if why is None:
                request = self._mail.request(slip, str(figures.period), self._clock.now())
                self._store.effects.plan(tx, key=slip.effect, kind=KIND, request=request, cause=cause)
            state = "ordered" if why is None else "waiting"
            self._store.payroll.put_payslip(tx, replace(slip, state=state, reason=why))

    def _no_mail(self) -> str | None:
        return "There is no connector for mail (notifications.mail_out)." if not self._mail.possible else None

    def _secrets(self) -> Mapping[str, str]:
        named = self._config.payroll.payslip_secrets
        return read_secrets(named.get_secret_value()) if named else {}

    def _ask_about_waiting(self, tx: Connection, run_id: str) -> None:
        run = self._store.payroll.get(tx, run_id)
        waiting = [each for each in self._store.payroll.payslips(tx, run_id) if each.state == "waiting"]
        item = next(iter(self._store.worklist.list(tx, states=None, subject=run_id, kind=WAITING)), None)
        if not waiting:
            return
        reasons = tuple(each.reason or "" for each in waiting)
        asked = Asked(
            kind=WAITING,
            title=f"Payroll {run.period}: payslips that wait",
            reasons=reasons,
            codes=("KON-PAY-SLIP",) * len(reasons),
            content={"run": run_id, "period": run.period, "waiting": [[each.effect, each.reason] for each in waiting]},
            steps=(Step(any_of=PAYROLL),),
        )
        if item is None:
            self._desk.open(tx, run_id, asked, about(run))
        elif content_hash(dict(asked.content)) != item.content_hash:
            self._desk.renew(tx, item, asked, about(run), by=SYSTEM)

    def order_waiting(self, tx: Connection, run_id: str) -> None:
        """Look again at the slips that waited, and order the mails of those that can go now."""
        run = self._store.payroll.get(tx, run_id)
        for release in self._store.payroll.releases(tx, run_id):
            slips = self._store.payroll.payslips(tx, run_id, release.number)
            waiting = [each for each in slips if each.state == "waiting"]
            if waiting:
                self._order(tx, waiting, self._vault.figures(release.figures), run.event_id)
        self._ask_about_waiting(tx, run_id)

    # --- mailing

    def mail(self, release: str) -> None:
        """Send the slips that were ordered. A failing one stays with its row in the ledger of effects."""
        known = self._release(release)
        with self._store.read() as tx:
            slips = self._store.payroll.payslips(tx, known.run, known.number)
            planned = [each.effect for each in slips if each.state == "ordered"]
            open_ones = [key for key in planned if self._store.effects.get(tx, key).state == "planned"]
        for key in open_ones:
            self._sent(key)

    def _sent(self, key: str) -> None:
        try:
            self._effects.run(key)
        except KontoristError:  # recorded in the effect's row, which has its own attempts and its place in status
            return

    def _release(self, release: str) -> Release:
        with self._store.read() as tx:
            return self._of(tx, release)

    def _of(self, tx: Connection, release: str) -> Release:
        run, _, number = release.partition("/")
        return self._store.payroll.release(tx, run, int(number))

    def _note(self, tx: Connection, run_id: str, verb: str, after: dict[str, Any]) -> None:
        self._store.audit.note(tx, actor=SYSTEM, verb=verb, subject=run_id, at=self._clock.now(), after=after)


def _batches(lines: list[PayLine]) -> Iterator[list[PayLine]]:
    for start in range(0, len(lines), _TOGETHER):
        yield lines[start : start + _TOGETHER]
