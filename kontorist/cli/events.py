"""`kontorist events`: what came in, what became of it, and putting an event in by hand."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kontorist.cli import out
from kontorist.cli.main import FAILED
from kontorist.cli.session import Session

if TYPE_CHECKING:
    from kontorist.engine.replaying import Replayed
    from kontorist.store.inbox import InboxRow

app = typer.Typer(name="events", help="The inbox: what came in and what became of it.", no_args_is_help=True)

_STATES = ("new", "claimed", "retry", "done", "quarantined")
_REPLAYABLE = ("quarantined", "retry", "done")


@app.command()
def emit(
    context: typer.Context,
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="Such as order.created.")],
    data: Annotated[str, typer.Option("--data", metavar="FILE", help="A JSON object; - reads it from stdin.")],
    id_: Annotated[str | None, typer.Option("--id", help="Its own id; the same id is taken once.")] = None,
    subject: Annotated[str | None, typer.Option("--subject", help="What it is about.")] = None,
    wait: Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for the end.")] = 0.0,
    as_json: out.AsJson = False,
) -> None:
    """Put one event into the inbox, on the same way as a webhook."""
    from kontorist.engine.runs import emit as put

    session: Session = context.obj
    answer = put(session.config(), type_, _json_object(data), id=id_, subject=subject, wait=wait)
    if as_json:
        out.json_object(answer)
    else:
        known = " (known before)" if answer["duplicate"] else ""
        out.line(f"{answer['inbox_id']}  {answer['state']}{known}  {out.plain(answer['reason'] or '')}".rstrip())
    if answer["state"] == "quarantined":
        raise typer.Exit(FAILED)


def _json_object(name: str) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        found = json.loads(text)
    except OSError as error:
        raise typer.BadParameter(f"{name}: {error.strerror}", param_hint="--data") from None
    except ValueError as error:
        raise typer.BadParameter(f"{name} is not JSON: {error}", param_hint="--data") from None
    if not isinstance(found, dict):
        raise typer.BadParameter(f"{name} holds no JSON object", param_hint="--data")
    return found


@app.command("list")
def list_(
    context: typer.Context,
    state: Annotated[str | None, typer.Option("--state", help=f"One of {', '.join(_STATES)}.")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="Only events of this type.")] = None,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 50,
    as_json: out.AsJson = False,
) -> None:
    """What came in, newest first."""
    if state is not None and state not in _STATES:
        raise typer.BadParameter(f"{state!r} is none of {', '.join(_STATES)}", param_hint="--state")
    rows = _rows(context.obj, state, type_, since, limit)
    if as_json:
        out.json_object({"events": [_data(row) for row in rows]})
        return
    columns = ("event", "received", "type", "subject", "state", "attempts", "reason")
    cells = [
        (row.id, f"{row.received:%Y-%m-%d %H:%M:%S}", row.type, row.subject, row.state, row.attempts, row.reason)
        for row in rows
    ]
    out.table(columns, cells, empty="Nothing has come in.")


def _rows(session: Session, state: str | None, type_: str | None, since: datetime | None, limit: int) -> list[InboxRow]:
    from zoneinfo import ZoneInfo

    from kontorist.store.database import Store

    config = session.config()
    with Store.open(config.database_url) as store, store.read() as tx:
        rows = store.inbox.list(tx, states=[state] if state else None, type=type_, limit=limit)
    if since is None:
        return rows
    morning = since.replace(tzinfo=ZoneInfo(config.company.timezone))
    return [row for row in rows if row.received >= morning]


def _data(row: InboxRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "source": row.source,
        "type": row.type,
        "subject": row.subject,
        "received": row.received.isoformat(),
        "state": row.state,
        "attempts": row.attempts,
        "run_id": row.run_id,
        "reason_code": row.reason_code,
        "reason": row.reason,
        "outcome": row.outcome,
    }


@app.command()
def replay(
    context: typer.Context,
    events: Annotated[list[str] | None, typer.Argument(metavar="ID...", help="Events, as `events list` shows.")] = None,
    state: Annotated[str | None, typer.Option("--state", help="All that are quarantined, in retry or done.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Only what came since then.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; it goes into the audit trail.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say which ones.")] = False,
    as_json: out.AsJson = False,
) -> None:
    """Have events worked on again. What they did outside is known by its key and not done a second time.

    Exit 1 when one of them cannot be worked on again.
    """
    from kontorist.domain.ids import EventId
    from kontorist.engine import replaying

    if bool(events) == bool(state):
        raise typer.BadParameter("Name events, or all of a state with --state.")
    if state not in (None, *_REPLAYABLE):
        raise typer.BadParameter(f"{state!r} is none of {', '.join(_REPLAYABLE)}", param_hint="--state")
    if not reason.strip():
        raise typer.BadParameter("Say why: --reason TEXT", param_hint="--reason")
    session: Session = context.obj
    config = session.config()
    named = [EventId(each) for each in events or ()]
    found = replaying.replay(
        config, session.actor(config), named, state=state, since=since, reason=reason.strip(), dry_run=dry_run
    )
    _show_replayed(found, dry_run=dry_run, as_json=as_json)
    if any(each.why_not for each in found):
        raise typer.Exit(FAILED)


def _show_replayed(found: Sequence[Replayed], *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        out.json_object({"dry_run": dry_run, "events": [asdict(each) for each in found]})
        return
    again = "would be worked on again" if dry_run else "is worked on again"
    rows = [(each.event, each.type, each.state, each.why_not or again, each.reason) for each in found]
    out.table(("event", "type", "was", "now", "reason before"), rows, empty="There is no such event.")


@app.command("test")
def would_take(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="An event as JSON: type and data.", exists=True, dir_okay=False)],
    as_json: out.AsJson = False,
) -> None:
    """Which route would take an event, and why the others not; stores nothing. Exit 1 when none would."""
    from kontorist.domain.events import Event
    from kontorist.engine.runs import explain

    session: Session = context.obj
    found = _json_object(str(file))
    event = Event(id="test", source="/kontorist/cli/test", type=str(found.get("type")), data=_data_of(found))
    said = explain(session.config(), event)
    if as_json:
        facts = [
            {
                "on": each.route.on,
                "run": each.route.run,
                "lane": each.route.lane,
                "fits": each.fits,
                "reason": each.reason,
            }
            for each in said
        ]
        out.json_object({"routes": facts})
    else:
        rows = [
            ("->" if each.fits else "", each.route.on, each.route.run, each.route.lane, each.reason) for each in said
        ]
        out.table(("", "on", "run", "lane", "why"), rows, empty="There are no routes in config.yaml.")
    if not any(each.fits for each in said):
        raise typer.Exit(FAILED)


def _data_of(found: dict[str, Any]) -> dict[str, Any]:
    data = found.get("data", {})
    if not isinstance(data, dict):
        raise typer.BadParameter("`data` of the event is no JSON object")
    return data
