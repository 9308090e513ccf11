"""`kontorist close`: whether a month can be closed, what is missing, and who has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from kontorist.cli import out
from kontorist.cli.main import FAILED
from kontorist.cli.running import run_flow
from kontorist.cli.session import Session

if TYPE_CHECKING:
    from kontorist.domain.closing.month import Missing, MonthFigures
    from kontorist.domain.periods import Period


def close(
    context: typer.Context,
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="The month, such as 2026-10.")],
    explain: Annotated[
        bool, typer.Option("--explain", help="Only say what is missing and who has it; write and mail nothing.")
    ] = False,
    as_json: out.AsJson = False,
) -> None:
    """Check a month, write its report pack and mail it; the same books are mailed once.

    Exit 1 when something is missing.
    """
    month = _period(period)
    if not explain:
        _run(context, month, as_json)
        return
    from kontorist.services import open_services

    session: Session = context.obj
    with open_services(session.config()) as services:
        figures = services.closing.figures(month)
    if as_json:
        out.json_object(_data(figures))
    else:
        _show(figures)
    if not figures.ready:
        raise typer.Exit(FAILED)


def _period(text: str) -> Period:
    from kontorist.domain.periods import NotAPeriod, Period

    try:
        return Period.parse(text)
    except NotAPeriod as wrong:
        raise typer.BadParameter(f"{wrong.sentence} {wrong.step}", param_hint="PERIOD") from None


def _run(context: typer.Context, period: Period, as_json: bool) -> None:
    """As `kontorist run closing/month_end` does it."""
    (result,) = run_flow(context, "closing/month_end", {"period": str(period)})
    outcome = result.outcome or {}
    if as_json:
        out.json_object({"state": result.state, "reason": result.reason, "period": str(period), **outcome})
    elif result.state == "done":
        out.line(_verdict(period, len(outcome["missing"])))
        out.line(f"Pack {outcome['pack']}: {', '.join(outcome['files'])}")
        out.talk(f"Who has what: `kontorist close {period} --explain`")
    else:
        out.line(f"{result.state}: {out.plain(result.reason or '')}")
    if result.state != "done" or not outcome["ready"]:
        raise typer.Exit(FAILED)


def _data(figures: MonthFigures) -> dict[str, Any]:
    """What is missing first; the balances are in the pack, each with its reference."""
    facts = figures.data()
    return {
        "period": facts["period"],
        "ready": figures.ready,
        "checks": {check.value: {"ok": not count, "missing": count} for check, count in figures.checks.items()},
        "missing": facts["missing"],
        "results": [str(each.amount) + " " + each.currency for each in figures.results.values()],
        "fingerprint": figures.fingerprint(),
    }


def _show(figures: MonthFigures) -> None:
    rows = [_row(each) for each in figures.missing]
    out.line(_verdict(figures.period, len(rows)))
    out.table(("check", "what", "why", "with", "reference"), rows, empty="Nothing is missing.")


def _row(each: Missing) -> tuple[object, ...]:
    first = each.reason.splitlines()[0]
    return each.check.value, each.what or "", first, ", ".join(each.who) or "nobody", each.reference


def _verdict(period: Period, missing: int) -> str:
    if not missing:
        return f"{period} is complete."
    return f"{period} is not complete: {missing} {'thing is' if missing == 1 else 'things are'} missing."
