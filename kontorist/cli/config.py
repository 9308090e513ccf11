"""`kontorist config`: is it right, what is in force and from where, and its schema for editors."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from kontorist.cli import out
from kontorist.cli.main import SETUP
from kontorist.cli.session import Session

app = typer.Typer(name="config", help="Check and show the configuration.", no_args_is_help=True)


@app.command()
def check(
    context: typer.Context,
    as_json: out.AsJson = False,
    without_secrets: Annotated[bool, typer.Option("--without-secrets", help="Missing secrets are no fault.")] = False,
) -> None:
    """Say everything that is wrong in config.yaml, line by line; exit 3 when something is."""
    from kontorist.config import ConfigWrong

    session: Session = context.obj
    try:
        config = session.config(need_secrets=not without_secrets)
    except ConfigWrong as wrong:
        if not as_json:
            raise
        out.json_object({"ok": False, "faults": [fault.data() for fault in wrong.faults]})
        raise typer.Exit(SETUP) from None
    if as_json:
        out.json_object({"ok": True, "file": str(config.path), "hash": config.fingerprint(), "faults": []})
    else:
        out.line(f"{config.path.name} is right (hash {config.fingerprint()[:12]}).")


@app.command()
def show(context: typer.Context, as_json: out.AsJson = False) -> None:
    """Every setting in force, and where it comes from; secrets stay hidden."""
    from kontorist.config import load_with_places
    from kontorist.config.report import settings_in_force

    session: Session = context.obj
    config, tree = load_with_places(session.path, arguments=session.arguments, need_secrets=False)
    settings = settings_in_force(config, tree)
    if as_json:
        out.json_object(
            {
                "file": str(config.path),
                "hash": config.fingerprint(),
                "settings": [{"key": each.key, "value": each.value, "from": each.source} for each in settings],
            }
        )
    else:
        rows = [(each.key, json.dumps(each.value, ensure_ascii=False), each.source) for each in settings]
        out.table(("key", "value", "from"), rows, empty="Nothing is set.")


@app.command()
def schema() -> None:
    """The JSON schema of config.yaml, for editors and for check-jsonschema."""
    from kontorist.config.schema import config_schema

    out.line(json.dumps(config_schema(), ensure_ascii=False, indent=2))
