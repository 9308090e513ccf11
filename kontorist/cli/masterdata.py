"""`kontorist masterdata`: suppliers, customers, employees, orders and opening figures from tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kontorist.cli import out
from kontorist.cli.main import FAILED
from kontorist.cli.session import Session
from kontorist.domain.masterdata.names import Direction, Kind

if TYPE_CHECKING:
    from kontorist.services import Services
    from kontorist.services.masterdata import ImportReport

app = typer.Typer(name="masterdata", help="Suppliers, customers, employees, orders from tables.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Suppliers, customers, employees, orders from tables."""


@app.command("import")
def import_(
    context: typer.Context,
    kind: Annotated[Kind, typer.Argument(metavar="KIND", help="What the file holds.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A .csv or .xlsx file.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would become of it; nothing is kept.")] = False,
    day: Annotated[
        datetime | None,
        typer.Option(
            "--day", formats=["%Y-%m-%d"], metavar="DATE", help="When the books begin here (opening figures)."
        ),
    ] = None,
    side: Annotated[
        Direction, typer.Option("--side", help="Of orders whose file does not say it.")
    ] = Direction.PURCHASE,
    as_json: out.AsJson = False,
) -> None:
    """Take the good rows of a table; every doubtful cell is named. The same file again changes nothing."""
    from kontorist.domain.procurement.orders import OrderSide
    from kontorist.services import open_services

    session: Session = context.obj
    config = session.config()
    actor = session.actor(config)
    with open_services(config) as services, _books(services, dry_run) as books:
        report = books.masterdata.import_file(
            kind,
            file.read_bytes(),
            name=file.name,
            actor=actor,
            day=day.date() if day else None,
            side=OrderSide(side.value),
        )
    if as_json:
        out.json_object({**_data(report), "dry_run": dry_run})
    else:
        _show(report, dry_run=dry_run)
    if not report.clean:
        raise typer.Exit(FAILED)


@contextmanager
def _books(services: Services, dry_run: bool) -> Iterator[Services]:
    """The books themselves, or a copy of them for a dry run."""
    if not dry_run:
        yield services
        return
    from kontorist.engine.scratch import on_a_copy

    with on_a_copy(services) as copy:
        yield copy


def _data(report: ImportReport) -> dict[str, Any]:
    facts = report.data()
    facts["doubts"] = [{"place": each.place, **each.data()} for each in report.doubts]
    return facts


def _show(report: ImportReport, *, dry_run: bool) -> None:
    would = " (dry run: nothing was kept)" if dry_run else ""
    counts = f"{report.new} new, {report.changed} changed, {report.unchanged} as before"
    out.line(f"{report.kind.value}: {counts}, {len(report.doubts)} cells in doubt{would}")
    for number in report.entries[:1]:
        more = f" to {report.entries[-1]}" if len(report.entries) > 1 else ""
        out.line(f"  posted as entry {number}{more}")
    for item in report.waiting:
        out.line(f"  bank details wait for a second person: kontorist worklist show {item}")
    if report.merged:
        out.line(f"  {len(report.merged)} suppliers that were known from paper only are among these")
    for sentence in report.refusals:
        out.line(f"  {out.plain(sentence)}")
    rows = [(each.place, each.column, each.seen, each.expected) for each in report.doubts]
    if rows:
        out.table(("cell", "column", "seen", "expected"), rows, empty="")
    for each in report.skipped:
        where = f"{each.sheet}!{each.cell}" if each.sheet else each.cell
        out.talk(f"{where}: {out.plain(each.seen)}: {each.reason}")
    if report.ignored_sheets:
        out.talk(f"Sheets without a table of this kind: {', '.join(map(out.plain, report.ignored_sheets))}")
