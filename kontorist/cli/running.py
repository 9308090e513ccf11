"""`kontorist up`, `status` and `run`: the installation at work."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kontorist.cli import out
from kontorist.cli.main import FAILED, PERSON
from kontorist.cli.progress import Bar
from kontorist.cli.session import Session

if TYPE_CHECKING:
    from kontorist.engine.runs import FileResult

ExitCode = Annotated[bool, typer.Option("--exit-code", help="Exit 4 when something waits for a person.")]


def up(context: typer.Context) -> None:
    """Run everything on this folder until Ctrl-C.

    Prefect's server, the receiver of webhooks and the worker, in one process group; what dies is started again.
    """
    import logging

    from kontorist.engine.logs import begin_log
    from kontorist.engine.runs import up as run_everything

    session: Session = context.obj
    config = session.config(need_secrets=True)
    os.environ.update(session.variables())  # the children load the configuration themselves
    begin_log(logging.WARNING if session.quiet else logging.INFO)

    def ready(notice: Mapping[str, Any]) -> None:
        out.line(
            f"Kontorist takes events at {notice['receiver']}/hooks/NAME; runs are shown at {notice['prefect']['ui']}."
        )
        out.talk("Ctrl-C stops everything.")

    run_everything(config, on_ready=ready)


def status(context: typer.Context, as_json: out.AsJson = False, exit_code: ExitCode = False) -> None:
    """How everything fares, at a glance."""
    from kontorist.engine.runs import status as ask

    session: Session = context.obj
    facts = ask(session.config())
    if as_json:
        out.json_object(facts)
    else:
        out.table(("what", "how"), _overview(facts), empty="")
    waiting = facts["worklist"].get("open", 0) + facts["inbox"].get("quarantined", 0)
    if exit_code and (waiting or facts["unknown_effects"] or facts["effects"].get("failed", 0)):
        raise typer.Exit(PERSON)


def _overview(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = [
        ("light", facts["light"] if facts["running"] else f"{facts['light']} (nothing runs; `kontorist up` starts)")
    ]
    if facts["parts"]:
        rows.append(("Prefect", "reachable" if facts["prefect_reachable"] else "not reachable; events wait"))
    rows += [(f"  {part['name']}", f"{part['state']} since {part['since']}") for part in facts["parts"]]
    rows += [(subject, _counts(facts[subject])) for subject in ("inbox", "documents", "worklist", "effects")]
    if facts["oldest_open"]:
        rows.append(("backlog", f"{facts['backlog']} not done, the oldest {_ago(facts['oldest_open_seconds'])} old"))
    if not facts["reserve"]:
        rows.append(("disk", "FULL: the reserve is given up; nothing new is taken in until there is room"))
    if facts["restored"]:
        rows.append(("restored", "everything is asked about first, until `kontorist effects caught-up`"))
    rows += [(f"source {each['name']}", _source(each)) for each in facts["sources"]]
    rows += [("alert", _alert(each)) for each in facts["alerts"]]
    rows += [("waits for", reason) for reason in facts["waiting_for"]]
    rows += [("unknown effect", f"{key} (`kontorist effects settle`)") for key in facts["unknown_effects"]]
    rows += [("next", _date(each)) for each in facts["schedules"]]
    if facts["metrics"]:
        rows.append(("metrics", facts["metrics"]))
    rows.append(("versions", ", ".join(f"{name} {version}" for name, version in facts["versions"].items())))
    return [*rows, ("configuration", facts["config"][:12])]


def _source(each: Mapping[str, Any]) -> str:
    """What came last, what waits, what is wrong."""
    last = f"last event {each['last_event']}" if each["last_event"] else "nothing has come yet"
    parts = [last]
    if each["polled"]:
        parts.append(f"last read {each['last_success']}" if each["last_success"] else "not read yet")
    if each["waiting"]:
        parts.append(f"{each['waiting']} waiting, the oldest {_ago(each['lag_seconds'])} old")
    if each["failing_since"]:
        parts.append(f"FAILS since {each['failing_since']}: {each['reason']}")
    if each["silent"]:
        parts.append(f"SILENT since {each['silent_since']}")
    return "; ".join(parts)


def _alert(each: Mapping[str, Any]) -> str:
    why = f": {each['reason']}" if each["reason"] else ""
    return f"{each['cause']} since {each['since']}{why}"


def _ago(seconds: float) -> str:
    """An age in its two largest units: `3 d 4 h`, `12 min 5 s`."""
    rest = int(seconds)
    parts: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])


def _date(each: Mapping[str, Any]) -> str:
    why = f": {each['moved_because']}" if each["moved_because"] else ""
    return f"{each['runs_at']} {each['name']} ({each['run']}){why}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in counts.items() if count) or "nothing"


def run(
    context: typer.Context,
    flow: Annotated[str, typer.Argument(metavar="FLOW", help="Such as payables/invoice_intake.")],
    parameters: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", metavar="KEY=VALUE", help="For the flow; folder=DIR: once per file in it."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="On a copy: nothing is kept and nothing is sent.")] = False,
    as_json: out.AsJson = False,
    exit_code: ExitCode = False,
) -> None:
    """Run a flow now, wait, and say what became of each file.

    Files are neither moved nor deleted; one that was taken before is not taken again. Exit 1 when a run failed.
    """
    given = dict(_parameter(each) for each in parameters or [])
    folder = given.pop("folder", None)
    results = run_flow(context, flow, given, Path(str(folder)) if folder is not None else None, dry_run=dry_run)
    _show_results(results, as_json=as_json, flow=flow, dry_run=dry_run)
    _end(results, exit_code)


def run_flow(
    context: typer.Context,
    flow: str,
    parameters: Mapping[str, Any],
    folder: Path | None = None,
    *,
    dry_run: bool = False,
) -> list[FileResult]:
    """Run a flow once, or once for each file of `folder`, and wait; the details of a failure are in the log."""
    from kontorist.engine.logs import logged_to
    from kontorist.engine.runs import run_once

    session: Session = context.obj
    config = session.config(need_secrets=True)
    log = config.var / "log" / "run.log"
    with logged_to(log, also_here=session.debug), Bar(quiet=session.quiet) as bar:
        return run_once(
            config,
            flow,
            parameters,
            folder,
            dry_run=dry_run,
            on_progress=lambda now: bar.show(now.stage, now.settled, now.total, now.now),
        )


def _parameter(text: str) -> tuple[str, Any]:
    from kontorist.config.tree import value_of

    key, equals, value = text.partition("=")
    if not (key and equals):
        raise typer.BadParameter(f"{text!r} is not KEY=VALUE, such as folder=in/scan", param_hint="-p")
    return key, value_of(value)


def _show_results(results: Sequence[FileResult], *, as_json: bool, flow: str, dry_run: bool) -> None:
    if as_json:
        out.json_object({"flow": flow, "dry_run": dry_run, "results": [_data(each) for each in results]})
        return
    rows = [row for each in results for row in _rows(each)]
    out.table(("what", "became", "details"), rows, empty="There was nothing to do.")
    if dry_run:
        out.talk("This was a dry run: nothing was kept, nothing was sent.")


def _data(result: FileResult) -> dict[str, Any]:
    return {
        "event": result.event,
        "name": result.name,
        "state": result.state,
        "repeated": result.repeated,
        "outcome": result.outcome,
        "reason_code": result.reason_code,
        "reason": result.reason,
        "attempts": result.attempts,
        "run_id": result.run_id,
        "effects": [dict(each) for each in result.effects],
    }


def _rows(result: FileResult) -> list[tuple[object, ...]]:
    """One row for each document that a flow tells of; an event without documents is a row of its own."""
    documents = _documents(result)
    if documents:
        return [(each["name"], _became(each["state"], result.repeated), each["reason"]) for each in documents]
    files = ", ".join((result.outcome or {}).get("files", ()))
    return [(result.name or result.event, _became(result.state, result.repeated), result.reason or files)]


def _documents(result: FileResult) -> list[Mapping[str, Any]]:
    found = (result.outcome or {}).get("documents") if result.state == "done" else None
    return found if isinstance(found, list) else []


def _became(state: str, repeated: bool) -> str:
    return f"{state} (before)" if repeated else state


def _end(results: Sequence[FileResult], exit_code: bool) -> None:
    """Exit 1 for a run that failed; with --exit-code 4 where a person is needed."""
    if any(each.state != "done" for each in results):
        raise typer.Exit(FAILED)
    documents = [each for result in results for each in _documents(result)]
    if exit_code and any(each["state"] in ("worklist", "quarantined") for each in documents):
        raise typer.Exit(PERSON)
