"""`kontorist schedule`: what the clock will start, and when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from kontorist.cli import out
from kontorist.cli.session import Session

if TYPE_CHECKING:
    from kontorist.config import Config

app = typer.Typer(name="schedule", help="What the clock starts, and when.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """What the clock starts, and when."""


@app.command("next")
def next_(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Of this schedule only.")] = None,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=1000, help="How many dates.")] = 10,
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], metavar="DATE", help="From this day on; else from now on."),
    ] = None,
    as_json: out.AsJson = False,
) -> None:
    """The next dates, soonest first, and why a calendar has moved them."""
    from kontorist.engine.status import next_dates

    session: Session = context.obj
    config = session.config()
    if name is not None and name not in config.schedules:
        known = ", ".join(config.schedules) or "none"
        raise typer.BadParameter(f"there is no schedule {name!r} in {config.path.name}; there are: {known}")
    rows = next_dates(config, _beginning(since, config), count, name)
    if as_json:
        out.json_object({"schedules": rows})
        return
    cells = [
        (row["name"], _shown(row["runs_at"]), _shown(row["planned"]), row["calendar"], row["moved_because"])
        for row in rows
    ]
    out.table(("name", "runs at", "planned", "calendar", "moved because"), cells, empty="Nothing is planned.")


def _beginning(day: datetime | None, config: Config) -> datetime:
    """Just before midnight of `day` in the company's zone; without a day, now."""
    from zoneinfo import ZoneInfo

    from kontorist.store.clock import SystemClock

    if day is None:
        return SystemClock().now()
    return day.replace(tzinfo=ZoneInfo(config.company.timezone)) - timedelta(microseconds=1)


def _shown(moment: str | None) -> str:
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M}" if moment else ""
