"""What must hold after workers were killed: acknowledged is stored is settled, and each thing outside is there once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from itertools import pairwise
from pathlib import Path

from ledger_nursery import KINDS

from kontorist.archive import DocumentArchive
from kontorist.store.clock import SystemClock
from kontorist.store.database import Store
from kontorist.store.effect_ledger import Effect
from kontorist.store.inbox import InboxRow
from kontorist.testing.twins.erp import records_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All that is there in the end: in the books, in the archive, and outside."""

    acknowledged: list[str]
    handled: list[str]
    rows: list[InboxRow]
    effects: list[Effect]
    entries: list[tuple[int, str]]
    damaged: list[str]
    vouchers: Counter[str]
    outside: dict[str, Counter[str]]  #: kind -> key -> how often

    def counts(self) -> dict[str, int]:
        """How much there is, to be said beside how often somebody died."""
        return {
            "acknowledged": len(set(self.acknowledged)),
            "lost": len(set(self.acknowledged) - {row.dedupe for row in self.rows}),
            "effects": len(self.effects),
            "waiting for a person": sum(effect.state == "unknown" for effect in self.effects),
            "notices that came again": sum(times > 1 for times in self.outside["notice"].values()),
        }


def find(folder: Path) -> Found:
    """Look at the office in `folder`."""
    with Store.open(f"sqlite:///{folder}/kontorist.db") as store, store.read() as tx:
        rows = store.inbox.list(tx, limit=1_000_000)
        effects = store.effects.list(tx, limit=1_000_000)
        entries = [(each.number, each.entry.text.removeprefix("Order ")) for each in store.journal.entries(tx)]
        damaged = store.journal.verify(tx) + store.audit.verify(tx)
    archive = DocumentArchive(folder / "archive", clock=SystemClock())
    damaged += [each.sentence for each in archive.verify(full=True).findings]
    vouchers = Counter(hit.id for hit in archive.find("", limit=1_000_000).hits)
    archive.close()
    return Found(
        acknowledged=_lines(folder / "acknowledged"),
        handled=_lines(folder / "handled"),
        rows=rows,
        effects=effects,
        entries=entries,
        damaged=damaged,
        vouchers=vouchers,
        outside=_outside(folder),
    )


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").split() if file.exists() else []


def _outside(folder: Path) -> dict[str, Counter[str]]:
    payments = records_in(folder / "payments" / "journal")
    for file in (folder / "payments").glob("payment-*"):
        payments[file.name.replace("-", "/")] |= 1  # written, and its writer died before it had noted it
    mails: dict[str, Counter[str]] = defaultdict(Counter)
    identities: dict[str, set[str]] = defaultdict(set)
    for each in (folder / "mail" / "new").iterdir():
        mail = message_from_bytes(each.read_bytes())
        key = str(mail["Subject"])
        mails[key.split("/")[0]][key] += 1
        identities[key].add(str(mail["Message-ID"]))
    strangers = Counter(key for key, known in identities.items() if len(known) > 1)
    return {
        "erp": records_in(folder / "erp"),
        "form": records_in(folder / "form"),
        "payment": payments,
        "notice": mails["notice"],
        "payslip": mails["payslip"],
        "with two Message-IDs": strangers,
    }


def broken(found: Found) -> Iterator[str]:
    """Every sentence is a broken promise; nothing where all are kept."""
    yield from found.damaged
    yield from _events(found)
    yield from _books(found)
    yield from _effects(found)
    yield from _order(found)


def _events(found: Found) -> Iterator[str]:
    stored = Counter(row.dedupe for row in found.rows)
    if lost := set(found.acknowledged) - set(stored):
        yield f"acknowledged and not stored: {sorted(lost)}"
    if twice := [key for key, count in stored.items() if count > 1]:
        yield f"stored twice: {twice}"
    for row in found.rows:
        if row.state not in ("done", "quarantined"):
            yield f"event {row.dedupe} is {row.state}"


def _books(found: Found) -> Iterator[str]:
    done = {row.dedupe for row in found.rows if row.state == "done"}
    booked = Counter(number for _, number in found.entries)
    if missing := done - set(booked):
        yield f"done and not booked: {sorted(missing)}"
    if twice := [number for number, count in booked.items() if count > 1]:
        yield f"booked twice: {twice}"
    if [number for number, _ in found.entries] != list(range(1, len(found.entries) + 1)):
        yield "the numbers of the entries have gaps"
    if len(found.vouchers) < len(booked):
        yield f"{len(booked)} entries and {len(found.vouchers)} vouchers"
    if twice := [document for document, count in found.vouchers.items() if count > 1]:
        yield f"archived twice: {twice}"


def _effects(found: Found) -> Iterator[str]:
    wanted = {f"{kind}/{number}" for _, number in found.entries for kind in KINDS}
    known = {effect.key: effect for effect in found.effects}
    if wanted != set(known):
        yield f"ordered with a booking and not in the ledger, or the other way round: {sorted(wanted ^ set(known))}"
    for effect in found.effects:
        yield from _effect(effect, found.outside[effect.kind][effect.key])
    for kind in KINDS:
        if strangers := set(found.outside[kind]) - set(known):
            yield f"outside and nobody ordered them: {sorted(strangers)}"
    if two := found.outside["with two Message-IDs"]:
        yield f"sent again under another Message-ID: {sorted(two)}"


def _effect(effect: Effect, times: int) -> Iterator[str]:
    """`done` is there; never twice, but for a notice, once per interrupted attempt; `unknown` only where one asks."""
    most = effect.attempts if effect.kind == "notice" else 1
    if times > most:
        yield f"{effect.key} is there {times} times"
    if effect.state == "done" and not times:
        yield f"{effect.key} is done and not there"
    if effect.state not in ("done", "unknown"):
        yield f"{effect.key} is {effect.state}: {effect.reason}"
    if effect.state == "unknown" and effect.kind not in ("payslip", "form"):
        yield f"{effect.key} waits for a person, though its other side can be asked"


def _order(found: Found) -> Iterator[str]:
    """Two events of one subject are begun one after the other."""
    first = {number: place for place, number in reversed(list(enumerate(found.handled)))}
    for one, next_one in pairwise(sorted(map(int, first))):
        if one // 2 == next_one // 2 and first[str(one)] > first[str(next_one)]:
            yield f"order {next_one} was begun before order {one}, which came first"
