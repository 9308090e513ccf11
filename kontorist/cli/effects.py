"""`kontorist effects`: what goes out, and what a person says where the machine does not know what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from kontorist.cli import out
from kontorist.cli.session import Session
from kontorist.cli.worklist import at_work

if TYPE_CHECKING:
    from kontorist.store.effect_ledger import Effect

app = typer.Typer(name="effects", help="What goes out: done once, or stopped and shown.", no_args_is_help=True)

_STATES = ("planned", "sending", "unknown", "failed", "done")


@app.command("list")
def list_(
    context: typer.Context,
    state: Annotated[str | None, typer.Option("--state", help=f"One of {', '.join(_STATES)}.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 100,
    as_json: out.AsJson = False,
) -> None:
    """What goes out and is not done (or what is in a state), oldest first."""
    from kontorist.services import open_services

    if state not in (None, *_STATES):
        raise typer.BadParameter(f"{state!r} is none of {', '.join(_STATES)}", param_hint="--state")
    session: Session = context.obj
    wanted = _STATES[:-1] if state is None else (state,)
    with open_services(session.config()) as services:
        found = [_data(each) for each in services.settling.effects(wanted, limit)]
    if as_json:
        out.json_object({"effects": found})
        return
    rows = [
        (each["key"], each["state"], each["attempts"], each["reason"], " or ".join(each["decided_by"]))
        for each in found
    ]
    out.table(("effect", "state", "attempts", "reason", "decided by"), rows, empty="Nothing waits to go out.")


@app.command()
def settle(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY", help="As `effects list` shows it.")],
    done: Annotated[bool, typer.Option("--done", help="It is there: nothing is sent.")] = False,
    again: Annotated[bool, typer.Option("--again", help="It is not there: it is done once more.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="How you know; it goes into the audit trail.")] = "",
    as_json: out.AsJson = False,
) -> None:
    """Say what became of an effect that is unknown or has failed. Look at the other side first."""
    if done == again:
        raise typer.BadParameter("Say one of both: --done, or --again.")
    if not reason.strip():
        raise typer.BadParameter("Say how you know: --reason TEXT", param_hint="--reason")
    with at_work(context) as (services, actor):
        settled = services.settling.settle(key, actor, done=done, reason=reason.strip())
    if as_json:
        out.json_object(_data(settled))
    else:
        out.line(f"{out.plain(settled.key)}  {settled.state}")


@app.command("caught-up")
def caught_up(
    context: typer.Context,
    reason: Annotated[str, typer.Option("--reason", help="How you know; it goes into the audit trail.")] = "",
) -> None:
    """After a restore: say that all that happened since the backup is in the books again.

    Until then the other side is asked before anything is done, and where it cannot be asked, a person decides.
    """
    if not reason.strip():
        raise typer.BadParameter("Say how you know: --reason TEXT", param_hint="--reason")
    with at_work(context) as (services, actor):
        services.settling.caught_up(actor, reason=reason.strip())
    out.line("From now on what is ordered is new, and done without asking first.")


def _data(effect: Effect) -> dict[str, Any]:
    """Without its request: letters and ids of payslips stay where they are."""
    from kontorist.services.settling import settled_by
    from kontorist.store.effect_ledger import UNSETTLED

    return {
        "key": effect.key,
        "kind": effect.kind,
        "state": effect.state,
        "attempts": effect.attempts,
        "event": effect.cause,
        "planned": effect.planned.isoformat(),
        "changed": effect.changed.isoformat(),
        "reason_code": effect.reason_code,
        "reason": effect.reason,
        "decided_by": sorted(settled_by(effect.kind)) if effect.state in UNSETTLED else [],
    }
