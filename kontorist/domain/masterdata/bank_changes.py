"""New bank details wait until two people agree: who brought them, and somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kontorist.domain.ids import BankChangeId, DocumentId, PersonKey


class PartyKind(StrEnum):
    """Whose bank details."""

    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    EMPLOYEE = "employee"


class ChangeState(StrEnum):
    """`waiting` until people decided; `agreed` is in force, `refused` never was."""

    WAITING = "waiting"
    AGREED = "agreed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class BankChange:
    """The details of one party that wait: its IBANs as they shall be (without blanks), and whether to trust it.

    `id` is shared by those that are decided together. Before they are agreed on, nothing of them is in force.
    """

    id: BankChangeId
    party: str
    kind: PartyKind
    ibans: tuple[str, ...]
    document: DocumentId
    prepared_by: PersonKey
    trusted: bool = False
    state: ChangeState = ChangeState.WAITING
