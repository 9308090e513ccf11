"""`kontorist archive`: put documents in, find them, and prove that they are the ones that came."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kontorist.cli import out
from kontorist.cli.main import FAILED
from kontorist.cli.progress import progress
from kontorist.cli.session import Session

if TYPE_CHECKING:
    from kontorist.archive import DocumentArchive
    from kontorist.config import Config
    from kontorist.domain.ids import DocumentId, PersonKey

app = typer.Typer(name="archive", help="Originals, unchanged and provable.", no_args_is_help=True)


@app.command()
def add(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...")],
    document_class: Annotated[str, typer.Option("--class", help="What it is: document, invoice, ...")] = "document",
    dated: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], metavar="DATE", help="The day it is of.")
    ] = None,
    as_jsonl: Annotated[bool, typer.Option("--jsonl", help="Print one JSON object for each file.")] = False,
) -> None:
    """Archive files as they are; the files themselves stay where they are. Exit 1 when one was refused."""
    session: Session = context.obj
    config = session.config()
    person = session.actor(config).person
    archive = _archive(config)
    facts = [
        _taken(archive, file, person, document_class, dated)
        for file in progress(files, len(files), "archiving", quiet=session.quiet)
    ]
    if as_jsonl:
        for each in facts:
            out.json_line(each)
    else:
        rows = [(each["file"], each["status"], each.get("id"), each.get("reason")) for each in facts]
        out.table(("file", "status", "document", "reason"), rows, empty="Nothing to archive.")
    if any(each["status"] == "refused" for each in facts):
        raise typer.Exit(FAILED)


def _taken(
    archive: DocumentArchive, file: Path, person: PersonKey, document_class: str, dated: datetime | None
) -> dict[str, Any]:
    """One file archived, or refused with a reason. Its bytes are its identity: twice the same is `already` there."""
    import hashlib

    from kontorist.domain.errors import KontoristError

    try:
        content = file.read_bytes()
        stored = archive.add(
            content,
            name=file.name,
            media_type=media_type(file),
            source="/kontorist/cli/archive",
            source_id=hashlib.sha256(content).hexdigest(),
            actor=person,
            document_class=document_class,
        )
        if dated is not None:
            archive.describe(stored.id, date=dated.date(), actor=person)
    except OSError as error:
        return {"file": str(file), "status": "refused", "reason": f"It cannot be read: {error.strerror}."}
    except KontoristError as error:
        return {"file": str(file), "status": "refused", "reason": error.sentence}
    facts = {
        "file": str(file),
        "id": stored.id,
        "sha256": stored.sha256,
        "seq": stored.seq,
        "status": stored.status,
        "duplicate_of": stored.duplicate_of,
    }
    return {key: value for key, value in facts.items() if value is not None}


@app.command()
def find(
    context: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(help="Words that the document has to hold.")] = None,
    document_class: Annotated[str | None, typer.Option("--class", help="Only documents of this class.")] = None,
    since: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], metavar="DATE")] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], metavar="DATE")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 25,
    after: Annotated[str | None, typer.Option(help="The key a former page ended with.")] = None,
    as_json: out.AsJson = False,
) -> None:
    """Documents with all these words, newest first."""
    session: Session = context.obj
    found = _archive(session.config()).find(
        " ".join(words or ()),
        document_class=document_class,
        since=since.date() if since else None,
        until=until.date() if until else None,
        limit=limit,
        after=after,
    )
    if as_json:
        out.json_object(found.data())
        return
    rows = [(hit.id, hit.date, hit.document_class, hit.title, hit.snippet) for hit in found.hits]
    out.table(("document", "date", "class", "title", "text"), rows, empty="Nothing found; try fewer or shorter words.")
    if found.after:
        out.talk(f"{found.total}{'+' if found.total_capped else ''} in all; the next page: --after {found.after}")


@app.command()
def verify(
    context: typer.Context,
    full: Annotated[bool, typer.Option("--full", help="Read every byte again, not only the log.")] = False,
    as_json: out.AsJson = False,
) -> None:
    """Compare every file with what the log says of it; exit 1 when something is not as it was written."""
    session: Session = context.obj
    verification = _archive(session.config()).verify(full=full)
    if as_json:
        out.json_object(verification.data())
    else:
        for finding in verification.findings:
            out.line(f"{finding.kind}  {out.plain(finding.file)}  {out.plain(finding.sentence)}")
        out.line(f"{verification.checked} files checked ({verification.level}): {_verdict(verification.ok)}")
    if not verification.ok:
        raise typer.Exit(FAILED)


def _verdict(ok: bool) -> str:
    return "all as they were written." if ok else "NOT all as they were written."


@app.command()
def show(
    context: typer.Context,
    document: Annotated[str, typer.Argument(help="The number of the document.")],
    original: Annotated[Path | None, typer.Option("--original", help="Also write its bytes there.")] = None,
    as_json: out.AsJson = False,
) -> None:
    """What is known of one document, and its original bytes where one asks for them."""
    from kontorist.domain.ids import DocumentId

    session: Session = context.obj
    archive, number = _archive(session.config()), DocumentId(document)
    record = archive.get(number)
    facts = {
        "id": record.id,
        "name": record.name,
        "class": record.document_class,
        "media_type": record.media_type,
        "size": record.size,
        "sha256": record.sha256,
        "received": record.received.isoformat(),
        "source": record.source,
        "links": [{"relation": relation, "target": target} for relation, target in archive.links(number)],
    }
    if original is not None:
        secret = record.document_class == "payroll"
        content = _of_payroll(session, number) if secret else archive.content(number)
        out.new_file(original, content, hint="--original", private=secret)
        facts["written_to"] = str(original)
    if as_json:
        out.json_object(facts)
    else:
        out.table(("what", "value"), [(key, value) for key, value in facts.items() if value], empty="")


def _of_payroll(session: Session, document: DocumentId) -> bytes:
    """For the role payroll only, and noted in the audit trail first."""
    from kontorist.services import open_services

    config = session.config()
    actor = session.actor(config)
    with open_services(config) as services:
        return services.payroll_viewing.document(document, actor, "archive show --original")


@app.command()
def rebuild(context: typer.Context, as_json: out.AsJson = False) -> None:
    """Make the search database again from originals, records and log."""
    session: Session = context.obj
    counts = _archive(session.config()).rebuild()
    if as_json:
        out.json_object(counts)
    else:
        out.line(f"The database was made again: {counts['documents']} documents, {counts['lines']} lines of the log.")


def _archive(config: Config) -> DocumentArchive:
    from kontorist.archive import DocumentArchive
    from kontorist.store.clock import SystemClock

    return DocumentArchive(config.archive_path, clock=SystemClock(), payroll_key=config.payroll_key)


def media_type(file: Path) -> str:
    """By its name; the readers look at the bytes anyway."""
    import mimetypes

    return mimetypes.guess_type(file.name)[0] or "application/octet-stream"
