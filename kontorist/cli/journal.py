"""`kontorist journal`: what was posted, and how an entry is taken back. Nothing here changes an entry."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kontorist.cli import out
from kontorist.cli.session import Session

if TYPE_CHECKING:
    from kontorist.store.journal import Posted

app = typer.Typer(name="journal", help="What was posted, and how it is taken back.", no_args_is_help=True)

_Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The number of the entry, such as 12 or E12.")]
_Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE")]


@app.command("list")
def list_(
    context: typer.Context,
    since: _Day = None,
    until: _Day = None,
    account: Annotated[str | None, typer.Option(help="Only entries with a line on this account.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    as_json: out.AsJson = False,
) -> None:
    """Entries by posting date, oldest first."""
    from kontorist.services import open_services

    session: Session = context.obj
    with open_services(session.config()) as services, services.store.read() as tx:
        posted = services.store.journal.entries(tx, since.date() if since else None, until.date() if until else None)
    found = [each for each in posted if account is None or account in {line.account for line in each.entry.lines}]
    if as_json:
        out.json_object({"total": len(found), "entries": [_entry(each) for each in found[:limit]]})
        return
    rows = [(f"E{each.number}", each.entry.day, each.entry.text, _debits(each), _who(each)) for each in found[:limit]]
    out.table(("entry", "day", "text", "debit", "agreed by"), rows, empty="Nothing was posted.")
    if len(found) > limit:
        out.talk(f"{len(found)} in all; --limit shows more.")


def _debits(posted: Posted) -> str:
    totals: dict[str, Any] = {}
    for line in posted.entry.lines:
        if line.amount.amount > 0:
            totals[line.amount.currency] = totals.get(line.amount.currency, 0) + line.amount.amount
    return ", ".join(f"{amount:.2f} {currency}" for currency, amount in totals.items())


def _who(posted: Posted) -> str:
    return ", ".join(posted.entry.approved_by) or posted.entry.prepared_by


def _entry(posted: Posted) -> dict[str, Any]:
    from kontorist.services.tracing import entry_data, line_data

    lines = [line_data(posted.number, place, line) for place, line in enumerate(posted.entry.lines, 1)]
    return {**entry_data(posted), "document": posted.entry.document, "purpose": posted.entry.purpose, "lines": lines}


@app.command()
def show(context: typer.Context, number: _Number, as_json: out.AsJson = False) -> None:
    """One entry with its lines, its document, and what took it back."""
    from kontorist.cli.trace import show_entry
    from kontorist.services import open_services

    session: Session = context.obj
    with open_services(session.config()) as services:
        (entry,) = services.tracing.trace(f"E{_number(number)}")["entries"]
    if as_json:
        out.json_object(entry)
    else:
        show_entry(entry)


@app.command()
def reverse(
    context: typer.Context,
    number: _Number,
    reason: Annotated[str, typer.Option(help="Why the entry is wrong; it stands in the journal for good.")],
    afterwards: Annotated[
        str, typer.Option(metavar="worklist|rejected", help="Where its document goes: to be booked anew, or refused.")
    ] = "worklist",
    as_json: out.AsJson = False,
) -> None:
    """Ask for the reversal of an entry; it is posted when somebody else has agreed on the worklist."""
    from kontorist.cli.worklist import answer, at_work

    wanted = _number(number)
    with at_work(context) as (services, actor):
        item = services.reversals.ask(wanted, actor, reason=reason, afterwards=afterwards)
    answer(item, as_json)


def _number(text: str) -> int:
    from kontorist.domain.references import Kind, read_reference

    reference = read_reference(text)
    if reference.kind is not Kind.ENTRY:
        raise typer.BadParameter(f"{text!r} is not the number of an entry, such as 12 or E12", param_hint="NUMBER")
    return reference.number
