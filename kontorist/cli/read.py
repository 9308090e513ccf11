"""`kontorist read`: what our readers see in a file; nothing is stored, moved or changed."""

from __future__ import annotations

import logging
import os
import stat
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kontorist.cli import out
from kontorist.cli.progress import progress
from kontorist.cli.session import Session

if TYPE_CHECKING:
    from kontorist.domain.payables.draft import InvoiceDraft
    from kontorist.extraction.reading import BuyerProfile, Recall

_AHEAD = 16  #: lines a reader may be ahead while an earlier file takes its time

app = typer.Typer(name="read", help="Read files and show what is in them; nothing is stored.", no_args_is_help=True)


@app.command()
def invoice(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="PDF, image or XML files.", metavar="FILE...")],
    as_lines: Annotated[bool, typer.Option("--jsonl", help="One JSON object per file, a line each.")] = False,
    as_json: out.AsJson = False,
    visual_only: Annotated[
        bool, typer.Option("--visual-only", help="Read the page only, never an embedded invoice file.")
    ] = False,
    config_file: Annotated[
        Path | None, typer.Option("--config", help="A config.yaml: its company is the buyer, its memory is used.")
    ] = None,
) -> None:
    """Read invoices: one line per file, in the order given, whatever the files hold."""
    session: Session = context.obj
    profile = _buyer(session, config_file)
    with _memory(session, config_file) as recall:
        found = _read_all(files, visual_only, profile, recall)
        read = progress(found, len(files), "reading", quiet=session.quiet)
        if as_lines:
            for each in read:
                out.json_line(each)
        elif as_json:
            out.json_object({"files": list(read)})
        else:
            columns = ("file", "status", "supplier", "number", "date", "gross", "reason")
            out.table(columns, [_row(each) for each in read], empty="No files.")


@app.command()
def einvoice(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="XML files, or PDFs that carry one.", metavar="FILE...")],
    as_lines: Annotated[bool, typer.Option("--jsonl", help="One JSON object per file, a line each.")] = False,
    as_json: out.AsJson = False,
    config_file: Annotated[
        Path | None, typer.Option("--config", help="A config.yaml with rules and severities of yours.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a readable page of the one FILE to this new file.")
    ] = None,
    language: Annotated[str, typer.Option("--language", help="Of the page: de, nl or en.")] = "en",
) -> None:
    """Read e-invoices and hold them to schema and rules: one line per file, in the order given."""
    session: Session = context.obj
    if html is not None and len(files) > 1:
        raise typer.BadParameter("one FILE gives one page", param_hint="--html")
    found = _check_all(files, session, config_file)
    if html is not None:
        found = _with_page(found, html, language)
    read = progress(found, len(files), "checking", quiet=session.quiet)
    if as_lines:
        for each in read:
            out.json_line(each)
    elif as_json:
        out.json_object({"files": list(read)})
    else:
        columns = ("file", "syntax", "verdict", "supplier", "number", "gross", "reason")
        out.table(columns, [_checked_row(each) for each in read], empty="No files.")


def _with_page(found: Iterator[dict[str, Any]], target: Path, language: str) -> Iterator[dict[str, Any]]:
    from kontorist.extraction.einvoice.view import html_of
    from kontorist.extraction.einvoice.view_words import LANGUAGES

    if language not in LANGUAGES:
        raise typer.BadParameter(f"one of {', '.join(LANGUAGES)}", param_hint="--language")
    for each in found:
        out.new_file(target, html_of(each, language).encode(), hint="--html")
        yield each


def _checked_row(each: dict[str, Any]) -> tuple[object, ...]:
    said = each["invoice"] or dict.fromkeys(("supplier_name", "invoice_number", "gross", "currency"))
    gross = f"{said['gross']} {said['currency'] or ''}".strip() if said["gross"] else ""
    syntax, verdict = each["syntax"] or "", each["verdict"]
    return (
        each["file"], syntax, verdict, said["supplier_name"], said["invoice_number"], gross, each["reason"] or ""
    )  # fmt: skip


def _check_all(files: Sequence[Path], session: Session, config_file: Path | None) -> Iterator[dict[str, Any]]:
    from kontorist.extraction.checking import open_checker, unread

    profile, rules, severities = _buyer(session, config_file), None, {}
    if config_file is not None:
        config = session.config()
        rules, severities = config.einvoice_rules, dict(config.einvoice.severities)
    size = _readers(files)
    with open_checker(size, rules=rules, severities=severities) as checker:

        def read(file: Path) -> dict[str, Any]:
            content = content_of(file)
            if isinstance(content, bytes):
                return checker.read(content, name=file.name, profile=profile)
            return refused(file, content)

        def refused(file: Path, draft: InvoiceDraft) -> dict[str, Any]:
            return unread(file.name, draft.refused or "", draft.reason or "")

        yield from _in_order(always(read, refused), files, size)


def _row(each: dict[str, Any]) -> tuple[object, ...]:
    gross = f"{each['gross']} {each['currency'] or ''}".strip() if each["gross"] else ""
    reason = each["reason"] or "; ".join(finding["sentence"] for finding in each["findings"])
    return (
        each["file"], each["status"], each["supplier_name"], each["invoice_number"], each["issue_date"], gross, reason
    )  # fmt: skip


def _buyer(session: Session, config_file: Path | None) -> BuyerProfile | None:
    """Our own company, only where a configuration is named: its values are never taken for a supplier's."""
    if config_file is None:
        return None
    from kontorist.services.memory import buyer_profile

    session.path = config_file
    return buyer_profile(session.config())


@contextmanager
def _memory(session: Session, config_file: Path | None) -> Iterator[Recall | None]:
    """What people taught in the books of the configuration; without one, or without books, nothing."""
    if config_file is None:
        yield None
        return
    from kontorist.services import open_services
    from kontorist.store.connection import sqlite_file

    config = session.config()
    if not sqlite_file(config.database_url).exists():
        yield None
        return
    with open_services(config) as services:
        yield services.memory.recall


def _read_all(
    files: Sequence[Path], visual_only: bool, profile: BuyerProfile | None, recall: Recall | None
) -> Iterator[dict[str, Any]]:
    """One object per file, in order, as soon as it and all before it are there; all cores read."""
    from kontorist.extraction.draft import json_line
    from kontorist.extraction.reading import open_pool, read_invoice

    size = _readers(files)
    with open_pool(size) as pool:

        def read(file: Path) -> dict[str, Any]:
            content = content_of(file)
            if isinstance(content, bytes):
                content = read_invoice(
                    pool, content, name=file.name, visual_only=visual_only, profile=profile, recall=recall
                )
            return json_line(file.name, content)

        def refused(file: Path, draft: InvoiceDraft) -> dict[str, Any]:
            return json_line(file.name, draft)

        yield from _in_order(always(read, refused), files, size)


def _readers(files: Sequence[Path]) -> int:
    """How many read at once: as many as there are cores, or files."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(len(files), cores)


Read = Callable[[Path], dict[str, Any]]


def always(read: Read, refused: Callable[[Path, InvoiceDraft], dict[str, Any]]) -> Read:
    """`read`, with an object also for the file on which we fail ourselves: one of 400 never loses the others."""
    from kontorist.domain.payables.draft import InvoiceDraft

    def one(file: Path) -> dict[str, Any]:
        try:
            return read(file)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other files are read
            logging.getLogger(__name__).warning("reading %s failed: %r", file.name, error)
            sentence = f"Reading this file failed on our side ({type(error).__name__}); try it again."
            return refused(file, InvoiceDraft.quarantined("not_read", sentence))

    return one


def _in_order(read: Read, files: Sequence[Path], size: int) -> Iterator[dict[str, Any]]:
    """What `read` gives for each file, in order; never more than a few are read ahead of the one whose turn it is."""
    waiting: deque[Future[dict[str, Any]]] = deque()
    with ThreadPoolExecutor(size) as executor:
        try:
            for file in files:
                waiting.append(executor.submit(read, file))
                if len(waiting) > _AHEAD * size:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            executor.shutdown(cancel_futures=True)


def content_of(file: Path) -> bytes | InvoiceDraft:
    """The bytes of a file on this disk; for what is no readable file, a quarantined draft with the reason."""
    from kontorist.domain.payables.draft import InvoiceDraft
    from kontorist.extraction.reading import MOST_BYTES, too_large

    try:
        found = file.stat()
        if not stat.S_ISREG(found.st_mode):
            what = "a folder" if stat.S_ISDIR(found.st_mode) else "no ordinary file"
            return InvoiceDraft.quarantined("no_file", f"This is {what}; name the files to be read.")
        if found.st_size > MOST_BYTES:
            return too_large()
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)  # it may have grown: one more than is read shows it
    except FileNotFoundError:
        return InvoiceDraft.quarantined("no_file", "There is no such file; look at its name and folder.")
    except OSError as error:
        why = f"The file cannot be opened ({error.strerror}); look at its rights and its disk."
        return InvoiceDraft.quarantined("no_file", why)
