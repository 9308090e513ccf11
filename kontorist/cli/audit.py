"""`kontorist audit`: everything that was said and done, and whether anybody has touched it since."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from kontorist.cli import out
from kontorist.cli.main import FAILED
from kontorist.cli.session import Session

app = typer.Typer(name="audit", help="What was said and done, by whom and when.", no_args_is_help=True)


@app.command()
def show(
    context: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="ID", help="A document, item, entry (12, E12) or event.")],
    as_json: out.AsJson = False,
) -> None:
    """The story of one thing and what belongs to it, oldest first."""
    from kontorist.services import open_services

    session: Session = context.obj
    config = session.config()
    with open_services(config) as services:
        story = services.history.of(reference)
    if as_json:
        out.json_object({"reference": reference, "lines": [each.data() for each in story]})
        return
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(config.company.timezone)
    rows = [
        (f"{each.time.astimezone(zone):%Y-%m-%d %H:%M:%S}", each.who, each.what, each.about, _short(each.facts))
        for each in story
    ]
    out.table(("time", "who", "what", "about", "facts"), rows, empty="")


def _short(facts: Mapping[str, Any]) -> str:
    """What a person wants to read of the facts; `--json` has all of them."""
    shown = {key: value for key, value in facts.items() if value not in ("", None, []) and "hash" not in key}
    texts = (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in shown.values())
    parts = [f"{key}: {text[:80]}" for key, text in zip(shown, texts, strict=True)]
    return "; ".join(parts)


@app.command()
def verify(context: typer.Context, as_json: out.AsJson = False) -> None:
    """Compare every line of audit trail and journal with its chain; exit 1 when something was changed or removed."""
    from kontorist.services import open_services

    session: Session = context.obj
    with open_services(session.config()) as services:
        findings = services.history.verify()
    if as_json:
        out.json_object({"ok": not findings, "findings": findings})
    else:
        for finding in findings:
            out.line(finding)
        out.line("NOT all as it was written." if findings else "Audit trail and journal: all as they were written.")
    if findings:
        raise typer.Exit(FAILED)
