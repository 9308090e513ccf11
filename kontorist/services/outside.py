"""One line for a step that acts outside: what stands below it is done once, or stopped and shown.

    @outside_effect("erp_record", probe=find_record)
    def create_record(request, key):
        return Receipt(external_id=erp.create(request, reference=key), status="accepted")

From then on `create_record(ORDER, {...}, cause=event)` is the only way to call it: it is planned, committed, carried
out and recorded (kontorist/store/effects.py), or gives the receipt of the first time. What a killed worker left of it
is taken up by the dispatcher. A test refuses flows and tasks that reach outside without it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from kontorist.domain.errors import OutsideFailed
from kontorist.domain.ids import EventId
from kontorist.domain.ports import Receipt
from kontorist.services.current import current_services
from kontorist.store.effects import Act, EffectHandler, Probe

#: Every effect that some module has declared, by kind; the effect runner of each installation looks here too.
DECLARED: Final[dict[str, EffectHandler]] = {}


class OnlyADryRun(OutsideFailed):
    """In a dry run nothing is done outside, and what comes after it is not tried."""

    code = "KON-296"
    next_step = "Nothing to do: run it without `--dry-run` to have it done."


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideEffect:
    """An act on the outside that can only be had through the ledger."""

    kind: str

    def __call__(self, key: str, request: Mapping[str, Any], *, cause: EventId | None = None) -> Receipt:
        """Do it once for `key`, a business key such as the number of an order, and give its receipt.

        `request` is what is to be done, as plain data; the same key with another request raises EffectConflict. Raises
        what the act raises, and EffectFailed, EffectUnknown or EffectUnderWay by what is known of it.
        """
        services, key = current_services(), f"{self.kind}/{key}"
        with services.store.write() as tx:
            services.store.effects.plan(tx, key=key, kind=self.kind, request=request, cause=cause)
        if services.dry_run:
            raise OnlyADryRun
        return services.effects.run(key)


def outside_effect(
    kind: str, *, probe: Probe | None = None, timeout: float = 60.0, on_uncertain: Literal["ask", "repeat"] = "ask"
) -> Callable[[Act], OutsideEffect]:
    """Declare the function below as the act of `kind`; it is given the request and the key, and gives a receipt.

    It says what went wrong by BusinessError (refused), TransientError or AuthError (surely not done), or
    UncertainOutcome. `probe(request, key)` asks the other side: a receipt, None when it surely was not done, else
    UncertainOutcome. `timeout`: the longest an act may take, in seconds. Where nobody can tell, "ask" stops for a
    person, "repeat" does it again. Raises ValueError for a kind that is declared elsewhere.
    """

    def declare(act: Act) -> OutsideEffect:
        if kind in DECLARED:
            raise ValueError(f"the effect {kind!r} is declared twice")
        DECLARED[kind] = EffectHandler(kind=kind, act=act, probe=probe, timeout=timeout, on_uncertain=on_uncertain)
        return OutsideEffect(kind=kind)

    return declare
