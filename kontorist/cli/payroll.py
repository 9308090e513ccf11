"""`kontorist payroll`: what a month of pay holds, for those with the role payroll."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from kontorist.cli import out
from kontorist.cli.session import Session

app = typer.Typer(name="payroll", help="Months of pay: doubts, releases, payslips.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Months of pay: doubts, releases, payslips."""


@app.command()
def show(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="The month, such as 2026-10, or the id of its run.")],
    purpose: Annotated[str, typer.Option("--purpose", help="Why you look; it stands in the audit trail.")] = "review",
    register: Annotated[
        Path | None, typer.Option("--register", metavar="FILE", help="Also write the newest register there.")
    ] = None,
    as_json: out.AsJson = False,
) -> None:
    """What each one earns in a month, with doubts, releases and payslips.

    For the role payroll only, and each look is written into the audit trail before anything is shown.
    """
    from kontorist.services import open_services

    session: Session = context.obj
    config = session.config()
    actor = session.actor(config)
    with open_services(config) as services:
        facts = services.payroll_viewing.show(run, actor, purpose)
        if register is not None:
            facts["written_to"] = str(register)
            newest = next((each["register"] for each in reversed(facts["releases"]) if each["register"]), None)
            if newest is None:
                raise typer.BadParameter("nothing of this month is released yet", param_hint="--register")
            content = services.payroll_viewing.document(newest, actor, purpose)
            out.new_file(register, content, hint="--register", private=True)
    if as_json:
        out.json_object(facts)
    else:
        _show(facts)


def _show(facts: Mapping[str, Any]) -> None:
    out.line(f"Payroll {facts['period']} ({facts['run']}): {facts['good_rows']} of {facts['rows']} rows are good.")
    for doubt in facts["doubts"]:
        out.line(f"  doubt  {out.plain(doubt['sentence'])}")
    for release in facts["releases"]:
        agreed = f", by {', '.join(release['approved_by'])}" if release["approved_by"] else ""
        out.line(f"  release {release['number']}: {release['employees']} employees, {release['state']}{agreed}")
    columns = ("number", "name", "cost centre", "gross", "net", "release", "payslip")
    out.table(columns, _lines(facts), empty="Nothing is good to be released yet.")


def _lines(facts: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    slips = {(each["employee"], each["release"]): each for each in facts["payslips"]}
    for line in facts["lines"]:
        slip = slips.get((line["employee"], line["release"]))
        became = "" if slip is None else slip["state"] if slip["reason"] is None else f"waits: {slip['reason']}"
        yield (
            line["number"], line["name"], line["cost_centre"], line["gross"], line["net"],
            f"{line['release']} ({line['state']})", became,
        )  # fmt: skip
