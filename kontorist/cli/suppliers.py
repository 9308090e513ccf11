"""`kontorist suppliers`: what people taught about suppliers' papers; add to it, show it, take it along, undo it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from kontorist.cli import out
from kontorist.cli.session import Session
from kontorist.cli.worklist import at_work

if TYPE_CHECKING:
    from kontorist.domain.payables.draft import Box, FieldName
    from kontorist.domain.payables.memory import Said
    from kontorist.services import Services
    from kontorist.store.lessons import Taught

app = typer.Typer(name="suppliers", help="What people taught about suppliers' papers.", no_args_is_help=True)

_Supplier = Annotated[
    str | None, typer.Argument(metavar="SUPPLIER", help="Its id, number, VAT id, IBAN or name; all without one.")
]
#: ``net@1,80,55,90,57``: page, then left, top, right and bottom in percent of the page.
_PLACE: Final = re.compile(r"(\w+)@(\d{1,4}),([\d.]+),([\d.]+),([\d.]+),([\d.]+)")


@app.command()
def correct(
    context: typer.Context,
    document: Annotated[str, typer.Argument(metavar="DOCUMENT", help="A PDF file, or the number of a document.")],
    said: Annotated[
        list[str],
        typer.Argument(
            metavar="FIELD=VALUE|FIELD@PAGE,X0,Y0,X1,Y1...",
            help="What the document says, and where (percent of the page). An empty value: it shows none.",
        ),
    ],
    visual_only: Annotated[
        bool, typer.Option("--visual-only", help="Read the page only, never an embedded invoice file.")
    ] = False,
    as_json: out.AsJson = False,
) -> None:
    """Teach from one paper how the supplier's next ones are read; the books stay as they are."""
    changes, boxes = _said(said)
    with at_work(context) as (services, actor):
        name, content, about = _content(services, document)
        taught = services.memory.correct(content, name, changes, boxes, actor, about=about, visual_only=visual_only)
    if as_json:
        out.json_object(_data(taught))
        return
    out.line(f"lesson {taught.number} about {out.plain(_who(taught))}")
    out.table(("field", "remembered"), _remembered(taught), empty="")


def _said(texts: Sequence[str]) -> tuple[dict[str, str], dict[FieldName, tuple[int, Box]]]:
    from kontorist.domain.payables.draft import FIELDS, Box

    changes: dict[str, str] = {}
    boxes: dict[FieldName, tuple[int, Box]] = {}
    for text in texts:
        place = _PLACE.fullmatch(text)
        key, equals, value = text.partition("=")
        field = next((name for name in FIELDS if name == (place[1] if place else key)), None)
        if field is None or not (place or equals):
            raise typer.BadParameter(
                f"{text!r} is neither FIELD=VALUE nor FIELD@PAGE,X0,Y0,X1,Y1; the fields are {', '.join(FIELDS)}"
            )
        if place is None:
            changes[field] = value
        else:
            x0, y0, x1, y1 = (_percent(part, text) for part in place.groups()[2:])
            boxes[field] = int(place[2]), Box(x0=x0, y0=y0, x1=x1, y1=y1)
    return changes, boxes


def _percent(part: str, text: str) -> float:
    try:
        number = float(part)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 100:
        raise typer.BadParameter(f"{text!r}: {part} is no percentage of the page")
    return number


def _content(services: Services, document: str) -> tuple[str, bytes, str | None]:
    """Name and bytes of a file, else of the document with this number in the archive, and that number."""
    from kontorist.domain.ids import DocumentId
    from kontorist.extraction.reading import MOST_BYTES

    file = Path(document)
    if not file.is_file():
        wanted = DocumentId(document)
        return services.archive.get(wanted).name, services.archive.content(wanted), wanted
    with file.open("rb") as opened:
        return file.name, opened.read(MOST_BYTES + 1), None


@app.command()
def show(
    context: typer.Context,
    supplier: _Supplier = None,
    forgotten: Annotated[bool, typer.Option("--forgotten", help="Also what was taken back.")] = False,
    as_json: out.AsJson = False,
) -> None:
    """What is remembered, lesson by lesson, oldest first; of one supplier with what each says."""
    lessons = _lessons(context, supplier, forgotten=forgotten)
    if as_json:
        out.json_object({"lessons": [_data(each) for each in lessons]})
        return
    if supplier is None or not lessons:
        columns = ("lesson", "supplier", "key", "taught", "by", "fields")
        out.table(columns, [_row(each) for each in lessons], empty="Nobody has taught anything about this yet.")
        return
    for each in lessons:
        gone = f", taken back by {each.forgotten_by}" if each.forgotten_by else ""
        out.line(f"lesson {each.number} about {out.plain(_who(each))}, {each.at:%Y-%m-%d} by {each.by}{gone}")
        out.table(("field", "remembered"), _remembered(each), empty="")


@app.command()
def export(context: typer.Context, supplier: _Supplier = None) -> None:
    """All lessons as one JSON object, whole, those taken back among them."""
    from kontorist.services.memory import exported

    out.json_object({"lessons": [exported(each) for each in _lessons(context, supplier, forgotten=True)]})


@app.command(name="import")
def take_in(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="What `export` wrote.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be new.")] = False,
    as_json: out.AsJson = False,
) -> None:
    """Take in lessons of another installation, or of a saved copy; what is here or was taken back stays as it is."""
    with at_work(context) as (services, actor):
        found = services.memory.take_in(file.read_bytes(), actor, dry_run=dry_run)
    if as_json:
        out.json_object({"read": found.read, "new": found.new, "lessons": list(found.lessons)})
        return
    numbers = f": {', '.join(f'lesson {number}' for number in found.lessons)}" if found.lessons else ""
    out.line(f"{found.read} in the file, {found.new} new{numbers}")


@app.command()
def forget(
    context: typer.Context,
    supplier: _Supplier = None,
    lesson: Annotated[
        list[int] | None, typer.Option("--lesson", metavar="N", help="This lesson only; may be repeated.")
    ] = None,
    as_json: out.AsJson = False,
) -> None:
    """Take back all lessons of a supplier, or single ones; papers are read from now on as if nobody had taught them."""
    if (supplier is None) == (not lesson):
        raise typer.BadParameter("name a SUPPLIER, or lessons with --lesson N")
    with at_work(context) as (services, actor):
        wanted = lesson or [each.number for each in services.memory.lessons(supplier)]
        gone = [number for number in wanted if services.memory.forget(number, actor)]
    if as_json:
        out.json_object({"forgotten": gone})
    else:
        out.line(f"taken back: {', '.join(f'lesson {number}' for number in gone) or 'nothing'}")


def _lessons(context: typer.Context, supplier: str | None, *, forgotten: bool) -> list[Taught]:
    from kontorist.services import open_services

    session: Session = context.obj
    with open_services(session.config()) as services:
        return services.memory.lessons(supplier, forgotten=forgotten)


def _data(taught: Taught) -> dict[str, Any]:
    from kontorist.services.memory import exported

    facts = exported(taught)
    lesson = facts.pop("lesson")
    return {**facts, "key": lesson["key"], "name": lesson["name"], "remembered": dict(_remembered(taught))}


def _row(taught: Taught) -> tuple[object, ...]:
    fields = ", ".join(name for name, said in taught.lesson.said.items() if not said.silent)
    mark = " (taken back)" if taught.forgotten_by else ""
    day = f"{taught.at:%Y-%m-%d}"
    return taught.number, taught.lesson.name or "", taught.lesson.key, day, taught.by, f"{fields}{mark}"


def _who(taught: Taught) -> str:
    return f"{taught.lesson.name} ({taught.lesson.key})" if taught.lesson.name else taught.lesson.key


def _remembered(taught: Taught) -> list[tuple[str, str]]:
    return [(name, "; ".join(_words(said))) for name, said in taught.lesson.said.items()]


def _words(said: Said) -> Iterator[str]:
    """One remembered field as a person reads it."""
    if said.silent:
        yield "left as it was read"
    if said.absent:
        yield "the paper shows none"
    if said.value is not None:
        yield f"always {said.value}"
    for spot in said.spots:
        words = spot.left or spot.above
        beside = f', {"right of" if spot.left else "below"} "{words}"' if words else ""
        yield f"page {spot.page}, {spot.box.x0:.0f} % across and {spot.box.y0:.0f} % down{beside}, as {spot.form}"
    if said.wrong:
        yield f"not on page {said.wrong[0].page}, {said.wrong[0].box.y0:.0f} % down"
    if said.day_first is not None:
        yield "day before month" if said.day_first else "month before day"
    if said.days is not None:
        yield f"{said.days} days after the issue date"
