"""All commands, each group in a file of its own. What a command needs is imported when it runs, not before."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kontorist import __version__
from kontorist.cli import (
    archive,
    audit,
    backup,
    closing,
    config,
    demo,
    doctor,
    effects,
    events,
    journal,
    masterdata,
    payroll,
    read,
    read_table,
    running,
    schedule,
    suppliers,
    trace,
    worklist,
)
from kontorist.cli.session import Session

app = typer.Typer(
    name="kontorist",
    help="Back-office automation: each thing is done once, or stopped and shown.",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help needs a third of the time
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
read.app.command("table")(read_table.table)
app.command("up")(running.up)
app.command("status")(running.status)
app.command("run")(running.run)
app.command("close")(closing.close)
app.command("doctor")(doctor.doctor)
app.command("trace")(trace.trace)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
for group in (
    config.app,
    read.app,
    worklist.app,
    journal.app,
    audit.app,
    events.app,
    effects.app,
    schedule.app,
    archive.app,
    masterdata.app,
    suppliers.app,
    payroll.app,
):
    app.add_typer(group)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"kontorist {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config_file: Annotated[
        Path, typer.Option("--config", help="config.yaml, or the folder that holds it.", envvar="KONTORIST_CONFIG")
    ] = Path(),
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="One setting for this run only.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no talk.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where in the program an error arose.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Back-office automation: each thing is done once, or stopped and shown."""
    session = context.obj or Session()
    session.path, session.quiet, session.debug = config_file, quiet, debug
    session.arguments = dict(_setting(each) for each in settings or [])
    context.obj = session


def _setting(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise typer.BadParameter(f"{text!r} is not KEY=VALUE, such as company.language=de", param_hint="--set")
    return key, value
