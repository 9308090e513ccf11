"""`kontorist backup` and `kontorist restore`: everything in one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kontorist.cli import out
from kontorist.cli.main import FAILED
from kontorist.cli.session import Session


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file; one that is there is never replaced.")],
    as_json: out.AsJson = False,
) -> None:
    """Write everything into one file: database, archive, configuration. Kontorist may go on working.

    Secrets are not in it; keep them, and above all the key of payroll documents, somewhere else.
    """
    from kontorist.archive.archive import DocumentArchive
    from kontorist.services.backup import back_up
    from kontorist.store.clock import SystemClock
    from kontorist.store.database import Store

    session: Session = context.obj
    config, clock = session.config(), SystemClock()
    archive = DocumentArchive(config.archive_path, clock=clock)
    with Store.open(config.database_url, clock=clock) as store:
        manifest = back_up(config, store, archive, file)
    archive.close()
    size, rows = file.stat().st_size, sum(manifest.rows.values())
    if as_json:
        out.json_object({"file": str(file), "size": size, "rows": rows, "files": manifest.files, "made": manifest.made})
    else:
        out.line(f"{file}: {size / 1e6:.1f} MB, {rows} rows and {manifest.files} files of the archive.")
        out.talk("Secrets are not in it. Try it now and then: kontorist restore FILE --to AN_EMPTY_FOLDER")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="What backup has written.")],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="A folder that is not there yet, or is empty.")],
    as_json: out.AsJson = False,
) -> None:
    """Bring a backup back into an empty folder, and check all of it: rows, chains, every byte of the archive.

    Nothing is started. Exit 1 when anything is not as it was backed up.
    """
    from kontorist.services.restore import restore as bring_back
    from kontorist.store.clock import SystemClock

    found = bring_back(file, to, SystemClock())
    if as_json:
        out.json_object(
            {
                "folder": str(found.folder),
                "made": found.made,
                "documents": found.documents,
                "rows": found.rows,
                "waiting": found.waiting,
                "asked_first": found.asked_first,
                "findings": list(found.findings),
                "moved": list(found.moved),
            }
        )
    else:
        out.line(f"{found.folder}: as of {found.made}, {found.rows} rows and {found.documents} documents.")
        for sentence in (*found.findings, *found.moved):
            out.line(sentence)
        out.line(
            "NOT all as it was backed up." if found.findings else "All as it was backed up: rows, chains, every file."
        )
        out.talk(f"{found.waiting} events wait; {found.asked_first} effects are asked about before anything is done.")
        out.talk("So is everything new, until somebody says that all since is here again: kontorist effects caught-up")
    if found.findings:
        raise typer.Exit(FAILED)
