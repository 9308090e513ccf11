"""What a person decides about an effect that is unknown or has failed: it was done after all, or it is done again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kontorist.domain.approvals import Actor, NotAllowed
from kontorist.domain.ports import Clock, Receipt
from kontorist.services import letters, replies
from kontorist.services.payroll import mailing
from kontorist.store.database import Store
from kontorist.store.effect_ledger import CAUGHT_UP, INSTALLATION, Effect
from kontorist.store.errors import EffectNotOpen

_NOTICE: Final = frozenset({"clerk", "approver", "controller", "operator"})
_MONEY: Final = frozenset({"approver", "controller"})
_AFTER_RESTORE: Final = frozenset({"operator", "controller"})
_SETTLED_BY: Final = {
    letters.KIND: _NOTICE,
    replies.KIND: _NOTICE,
    mailing.KIND: frozenset({"payroll"}),
}


def settled_by(kind: str) -> frozenset[str]:
    """The roles that decide about effects of `kind`; what is not known to be a notice counts as money."""
    return _SETTLED_BY.get(kind, _MONEY)


class Settling:
    """Shows what goes out, and takes the word of a person where the machine does not know."""

    def __init__(self, *, clock: Clock, store: Store) -> None:
        self._clock = clock
        self._store = store

    def effects(self, states: Iterable[str], limit: int = 100) -> list[Effect]:
        """The effects in one of `states`, oldest first."""
        with self._store.read() as tx:
            return self._store.effects.list(tx, states=states, limit=limit)

    def settle(self, key: str, actor: Actor, *, done: bool, reason: str) -> Effect:
        """Record what `actor` says: `done`, or to be done again; the row as it is then.

        Raises NotInStore, EffectNotOpen, and NotAllowed without the role for this kind.
        """
        with self._store.write() as tx:
            known = self._store.effects.get(tx, key)
            hint = "Ask somebody who has the role; `kontorist effects list` says which."
            _allow(actor, settled_by(known.kind), f"decide about a {known.kind}", hint)
            facts = {"by": actor.person, "reason": reason}
            receipt = Receipt(external_id=key, status="said by a person", facts=facts) if done else None
            settled = self._store.effects.settle(tx, known, receipt, f"{actor.person}: {reason}")
            self._store.audit.note(
                tx,
                actor=actor.person,
                verb="said to be done" if done else "ordered again",
                subject=key,
                at=self._clock.now(),
                before={"state": known.state, "reason_code": known.reason_code, "reason": known.reason},
                after={"state": settled.state, "reason": reason, "event": known.cause},
            )
        return settled

    def caught_up(self, actor: Actor, *, reason: str) -> None:
        """After a restore: all that happened since the backup is in the books again, new effects are new.

        Raises EffectNotOpen where there was no restore or it was said before, NotAllowed without the role.
        """
        _allow(actor, _AFTER_RESTORE, "say so", "Ask somebody who has the role.")
        with self._store.write() as tx:
            if not self._store.effects.after_restore(tx):
                raise EffectNotOpen("These books do not come from a backup, or it was said before.")
            at, after = self._clock.now(), {"reason": reason}
            self._store.audit.note(tx, actor=actor.person, verb=CAUGHT_UP, subject=INSTALLATION, at=at, after=after)


def _allow(actor: Actor, roles: frozenset[str], verb: str, next_step: str) -> None:
    if roles.isdisjoint(actor.roles):
        needed = " or ".join(sorted(roles))
        raise NotAllowed(f"{actor.person} may not {verb}; it needs the role {needed}.", next_step=next_step)
