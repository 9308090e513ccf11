"""`kontorist worklist`: what waits for people. Whoever is at the keyboard acts as himself and as nobody else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kontorist.cli import out
from kontorist.cli.archive import media_type
from kontorist.cli.main import PERSON
from kontorist.cli.session import Session

if TYPE_CHECKING:
    from kontorist.domain.approvals import Actor, Decision, Verdict, WorkItem
    from kontorist.services import Services
    from kontorist.store.documents import Document

app = typer.Typer(name="worklist", help="What waits for people.", no_args_is_help=True)

_Item = Annotated[str, typer.Argument(metavar="ID", help="The number of the item.")]
_Version = Annotated[
    int | None, typer.Option("--version", min=1, help="The version you looked at; refused when it has changed since.")
]
_Note = Annotated[str, typer.Option("--note", help="What you want to say about it.")]


@contextmanager
def at_work(context: typer.Context) -> Iterator[tuple[Services, Actor]]:
    """The services, and who acts. Nobody known by config.yaml: nothing is opened."""
    from kontorist.services import open_services

    session: Session = context.obj
    config = session.config()
    actor = session.actor(config)
    with open_services(config) as services:
        yield services, actor


@app.command("list")
def list_(
    context: typer.Context,
    settled: Annotated[bool, typer.Option("--all", help="Also what is settled.")] = False,
    as_json: out.AsJson = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 4 when something waits.")] = False,
) -> None:
    """What waits, oldest first, and why."""
    from kontorist.services import open_services

    session: Session = context.obj
    with open_services(session.config()) as services:
        items = services.worklist.items(settled=settled)
    if as_json:
        out.json_object({"items": [_item_data(item) for item in items]})
    else:
        rows = [(item.id, item.state.value, item.title, item.owner, _first(item.reasons)) for item in items]
        out.table(("item", "state", "title", "with", "reason"), rows, empty="Nothing waits.")
    if exit_code and any(item.state.value in ("open", "returned") for item in items):
        raise typer.Exit(PERSON)


def _first(reasons: Sequence[str]) -> str:
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    return f"{reasons[0]}{more}" if reasons else ""


@app.command()
def show(context: typer.Context, item: _Item, as_json: out.AsJson = False) -> None:
    """One item: its fields with where they come from, why it waits, who said what, who is next."""
    from kontorist.domain.approvals import next_people
    from kontorist.domain.ids import WorkItemId
    from kontorist.services import open_services

    session: Session = context.obj
    config = session.config()
    with open_services(config) as services:
        timeline, about = services.worklist.show(WorkItemId(item))
    waiting = timeline.item.state.value in ("open", "returned")
    people = next_people(timeline.item, timeline.decisions, config.actors()) if waiting else []
    facts = {
        **_item_data(timeline.item),
        "next": [actor.person for actor in people],
        "decisions": [_decision_data(each) for each in timeline.decisions],
        "fields": _fields(about.document),
        "content": dict(timeline.item.content),
    }
    if as_json:
        out.json_object(facts)
    else:
        _show(facts)


def _show(facts: Mapping[str, Any]) -> None:
    out.line(f"{facts['title']}  ({facts['state']}, version {facts['version']})")
    for reason in facts["reasons"]:
        out.line(f"  why: {out.plain(reason)}")
    rows = [(name, each["value"], _sure(each), each["page"], each["reason"]) for name, each in facts["fields"].items()]
    out.table(("field", "value", "how sure", "page", "why"), rows, empty="Nothing was read from the document.")
    for each in facts["decisions"]:
        out.line(
            f"  {each['time'][:16]}  {each['person']}: {each['verdict']} (version {each['version']}) {each['note']}"
        )
    if facts["next"]:
        out.line(f"  next: {' or '.join(facts['next'])}")


def _sure(field: Mapping[str, Any]) -> str:
    if field["source"] == "manual":
        return "said by a person"
    return "safe" if field["safe"] else f"{field['confidence']:.0%}"


def _fields(document: Document | None) -> dict[str, dict[str, Any]]:
    if document is None or document.draft is None:
        return {}
    return {
        name: {
            "value": field.value,
            "confidence": field.confidence,
            "safe": field.safe,
            "page": field.page,
            "reason": field.reason,
            "source": field.source.value,
        }
        for name, field in document.draft.fields.items()
    }


@app.command()
def add(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False)],
    as_json: out.AsJson = False,
) -> None:
    """Hand in invoices by hand: archived now, read and checked like all others as soon as Kontorist runs."""
    with at_work(context) as (services, actor):
        taken = [_hand_in(services, file, actor) for file in files]
    if as_json:
        out.json_object({"events": taken})
    else:
        rows = [(each["event"], each["name"], "known before" if each["duplicate"] else "taken") for each in taken]
        out.table(("event", "name", "became"), rows, empty="")
        out.talk("They are worked on while `kontorist up` runs; `kontorist events list` shows how far they are.")


def _hand_in(services: Services, file: Path, actor: Actor) -> dict[str, Any]:
    """Archive a file, then put its event into the inbox; the same file from the same person is the same event."""
    from kontorist.domain.events import Blob, Event, content_hash
    from kontorist.engine.claim_check import documents_kept, hash_of

    content = file.read_bytes()
    event = Event(
        id=content_hash([actor.person, file.name, hashlib.sha256(content).hexdigest()]),
        source=f"/kontorist/cli/{actor.person}",
        type="document.received",
        subject=file.name,
        data={"name": file.name, "document_type": "invoice"},
        blobs=(Blob(name=file.name, media_type=media_type(file), open=lambda: BytesIO(content)),),
    )
    kept = documents_kept(services.archive, event)
    with services.store.write() as tx:
        accepted = services.store.inbox.accept(tx, kept, raw_hash=hash_of(kept))
    return {"event": accepted.id, "name": file.name, "duplicate": accepted.duplicate}


@app.command()
def correct(
    context: typer.Context,
    item: _Item,
    changes: Annotated[list[str], typer.Argument(metavar="FIELD=VALUE...", help="Such as net=100.00 tax=19.00.")],
    as_json: out.AsJson = False,
) -> None:
    """Say what the document says; the rules look again, and somebody else has to approve."""
    from kontorist.domain.ids import WorkItemId

    given = dict(_change(each) for each in changes)
    with at_work(context) as (services, actor):
        answer(services.worklist.correct(WorkItemId(item), actor, given), as_json)


def _change(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise typer.BadParameter(f"{text!r} is not FIELD=VALUE, such as net=100.00")
    return key, value


@app.command()
def approve(
    context: typer.Context, item: _Item, note: _Note = "", version: _Version = None, as_json: out.AsJson = False
) -> None:
    """Agree to an item as it stands."""
    _decide(context, item, "approve", note, version, as_json)


@app.command()
def reject(
    context: typer.Context, item: _Item, note: _Note = "", version: _Version = None, as_json: out.AsJson = False
) -> None:
    """Refuse an item; the note says why."""
    _decide(context, item, "reject", note, version, as_json)


@app.command("return")
def return_(
    context: typer.Context, item: _Item, note: _Note = "", version: _Version = None, as_json: out.AsJson = False
) -> None:
    """Give an item back with a question; the note is the question."""
    _decide(context, item, "return", note, version, as_json)


def _decide(
    context: typer.Context, item: str, verdict: Verdict | str, note: str, version: int | None, as_json: bool
) -> None:
    from kontorist.domain.approvals import Verdict
    from kontorist.domain.ids import WorkItemId

    with at_work(context) as (services, actor):
        after = services.worklist.decide(WorkItemId(item), actor, Verdict(verdict), note=note, version=version)
    answer(after, as_json)


@app.command()
def postpone(
    context: typer.Context,
    item: _Item,
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="The day it comes back.")],
    note: _Note = "",
    as_json: out.AsJson = False,
) -> None:
    """Put an item off until a day."""
    from kontorist.domain.ids import WorkItemId

    with at_work(context) as (services, actor):
        answer(services.worklist.postpone(WorkItemId(item), actor, until.date(), note), as_json)


@app.command()
def assign(
    context: typer.Context,
    item: _Item,
    person: Annotated[str, typer.Argument(help="A name under people: in config.yaml.")],
    as_json: out.AsJson = False,
) -> None:
    """Give an item to somebody to look after."""
    from kontorist.domain.ids import PersonKey, WorkItemId

    with at_work(context) as (services, actor):
        answer(services.worklist.assign(WorkItemId(item), actor, PersonKey(person)), as_json)


def answer(item: WorkItem, as_json: bool) -> None:
    """Say how an item stands now."""
    if as_json:
        out.json_object(_item_data(item))
    else:
        out.line(f"{item.id}  {item.state.value}  {out.plain(item.title)}  (version {item.version})")


def _item_data(item: WorkItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "kind": item.kind,
        "subject": item.subject,
        "title": item.title,
        "state": item.state.value,
        "version": item.version,
        "reasons": list(item.reasons),
        "codes": list(item.codes),
        "prepared_by": list(item.prepared_by),
        "owner": item.owner,
        "due": item.due,
        "postponed_until": item.postponed_until,
        "created": item.created.isoformat(),
    }


def _decision_data(decision: Decision) -> dict[str, Any]:
    return {
        "person": decision.person,
        "verdict": decision.verdict.value,
        "version": decision.version,
        "time": decision.time.isoformat(),
        "note": decision.note,
    }
