"""The store's troubles as sentences."""

from __future__ import annotations

from datetime import date
from typing import Any

from kontorist.domain.errors import NeedsAPerson, OutsideFailed, SetupWrong
from kontorist.domain.ids import DocumentId

# A person is needed.


class EffectConflict(NeedsAPerson):
    """The same thing was ordered twice with different content."""

    code = "KON-160"
    next_step = "Compare the two orders: `kontorist status` names the key; one of them must be withdrawn."


class EffectUnknown(NeedsAPerson):
    """It is not known whether this was carried out, and the other side cannot be asked."""

    code = "KON-161"
    next_step = (
        "Look at the other side whether it is there, then say so: `kontorist effects settle KEY --done`, or `--again`."
    )


class EffectFailed(NeedsAPerson):
    """The other side refused this for good, or it was tried too often."""

    code = "KON-162"
    next_step = "Mend the cause, then `kontorist effects settle KEY --again`; or `--done` when it was done otherwise."


class AlreadyBooked(NeedsAPerson):
    """This document is booked already."""

    code = "KON-163"
    next_step = "Look at the entry; a wrong one is corrected by its reversal, never by a second entry."


class DuplicateInvoice(NeedsAPerson):
    """An invoice with this number of this supplier is here already."""

    code = "KON-164"

    def __init__(self, sentence: str | None = None, *, earlier: DocumentId, number: str, **rest: Any) -> None:
        super().__init__(sentence or f"Invoice {number} of this supplier is here already.", **rest)
        self.earlier = earlier  # the document that holds the number
        self.number = number  # as it was printed there


class NotInStore(NeedsAPerson):
    """There is nothing under this id."""

    code = "KON-165"
    next_step = "Check the id; `kontorist worklist list` and `kontorist events list` show those there are."


class EffectNotOpen(NeedsAPerson):
    """Nobody has to decide about this: it is done, or goes on by itself."""

    code = "KON-167"
    next_step = "`kontorist effects list` shows what waits for a decision."


# Outside failed: tried again by itself.


class StoreUnavailable(OutsideFailed):
    """The database cannot be used at the moment."""

    code = "KON-260"


class StoreBusy(StoreUnavailable):
    """The database is held by another process; it did not become free in time."""

    code = "KON-261"
    next_step = "It is tried again by itself. If it stays, look which other program has the database file open."


class StoreFull(StoreUnavailable):
    """The disk with the database is full; nothing was half written."""

    code = "KON-262"
    next_step = "Make room on the disk of the folder `var`; work goes on by itself."


class StoreUnwritable(StoreUnavailable):
    """The disk does not take or give what the database needs."""

    code = "KON-263"
    next_step = "Check the disk and the rights of the folder `var`, then run `kontorist doctor`."


class EffectUnderWay(OutsideFailed):
    """This is being carried out already, or waits for its next attempt."""

    code = "KON-264"

    def __init__(self, sentence: str | None = None, *, retry_after: float = 0.0, **rest: Any) -> None:
        super().__init__(sentence, **rest)
        self.retry_after = retry_after  # seconds until it makes sense to look again


# The set-up is wrong.


class StoreNotDurable(SetupWrong):
    """The database does not write in the safe way that we need; it was not opened."""

    code = "KON-360"
    next_step = "Put the folder `var` on a local disk; network folders do not keep the promises of a database."


class StoreTooNew(SetupWrong):
    """This database was written by a newer Kontorist."""

    code = "KON-361"
    next_step = "Install the newer Kontorist again, or restore the backup made before the update."


class StoreNotSupported(SetupWrong):
    """This kind of database is not supported."""

    code = "KON-362"
    next_step = "Write `database: sqlite:///var/kontorist.db` under `store:` in config.yaml."


class EffectKindUnknown(SetupWrong):
    """Nobody knows how to carry out this kind of effect."""

    code = "KON-363"
    next_step = "Check that the connector it needs, and the flow that orders it, are still in config.yaml."


class StoreDamaged(SetupWrong):
    """The database file is damaged, or it is not a database at all; nothing was written."""

    code = "KON-364"
    next_step = "Stop Kontorist and put the last backup of `var/kontorist.db` in its place."


def already_booked(number: int, day: date) -> AlreadyBooked:
    """The sentence for a document that has its entry."""
    return AlreadyBooked(f"This document is booked already: entry {number} of {day.isoformat()}.")
