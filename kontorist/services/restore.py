"""`kontorist restore`: a backup into an empty folder, then everything that can be checked is checked.

What was still to be done outside when the backup was made may have been done since. So every effect that was open is
put where a crash would have left it: the other side is asked first, and where it cannot be asked, a person decides. So
is every effect that is ordered from now on, for the event behind it may come for the second time, until somebody says
that what happened since is in the books again (`kontorist effects caught-up`).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final

from kontorist.archive.archive import DocumentArchive
from kontorist.domain.errors import SetupWrong
from kontorist.domain.ids import SYSTEM
from kontorist.domain.ports import Clock
from kontorist.services.backup import (
    ARCHIVE,
    CONFIG,
    DATABASE,
    MANIFEST,
    Manifest,
    digest_of,
    manifest_from,
    rows_of,
)
from kontorist.store.database import Store
from kontorist.store.effect_ledger import INSTALLATION, RESTORED

_OUTSIDE: Final = "restored"  #: where the backup came from a folder outside of that of config.yaml


class NotABackup(SetupWrong):
    """This file is no backup of ours, or not all of one."""

    code = "KON-343"
    next_step = "Name a file that `kontorist backup` has written, and compare its size with that of the original."


class FolderNotEmpty(SetupWrong):
    """There is something in this folder already; a restore replaces nothing."""

    code = "KON-344"
    next_step = "Name a folder that is not there yet or is empty."


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore has found: `findings` are sentences about what is not as it was, `moved` what lies elsewhere now.

    `waiting` events were not done when the backup was made, `asked_first` effects were open.
    """

    made: str
    folder: Path
    documents: int
    rows: int
    waiting: int
    asked_first: int
    findings: tuple[str, ...]
    moved: tuple[str, ...]


def restore(file: Path, to: Path, clock: Clock) -> Restored:
    """Bring the backup in `file` back into the empty folder `to` and check it. Raises NotABackup, FolderNotEmpty."""
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise FolderNotEmpty(place=str(to))
    try:
        with tarfile.open(file, "r:") as tar:
            members = {member.name: member for member in tar.getmembers()}
            manifest = _manifest(tar, members)
            places = _Places(to, manifest)
            for name, member in members.items():
                _extract(tar, member, places.of(name))
    except (tarfile.TarError, ValueError, TypeError, KeyError, EOFError) as error:
        raise NotABackup(place=str(file)) from error
    return _checked(manifest, places, clock)


class _Places:
    """Where each file of a backup goes; never outside of the folder of the restore."""

    def __init__(self, to: Path, manifest: Manifest) -> None:
        self.folder = to
        self.database = to / _below(manifest.database_path)
        self.archive = to / _below(manifest.archive_path)
        pairs = (("store.database", manifest.database_path), ("archive.path", manifest.archive_path))
        self.moved = tuple(
            f"{key} in config.yaml says {path}; what was there is now in {to / _below(path)}. Change that line."
            for key, path in pairs
            if str(_below(path)) != path
        )

    def of(self, name: str) -> Path | None:
        """The path for the file `name` of a backup; None for the manifest. Raises NotABackup for a name of others."""
        if name == MANIFEST:
            return None
        if name == DATABASE:
            return self.database
        for beginning, folder in ((CONFIG, self.folder), (ARCHIVE, self.archive)):
            if name.startswith(beginning) and _harmless(name):
                return folder / name.removeprefix(beginning)
        raise NotABackup(f"There is a file in it that no backup of ours has: {name[:100]!r}.")


def _below(path: str) -> PurePosixPath:
    """`path` as it is where it stays below its folder; else a place of our own below it."""
    wanted = PurePosixPath(path)
    return PurePosixPath("var", _OUTSIDE, wanted.name) if wanted.is_absolute() or ".." in wanted.parts else wanted


def _harmless(name: str) -> bool:
    return not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts


def _manifest(tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo]) -> Manifest:
    with _opened(tar, members[MANIFEST]) as content:
        manifest = manifest_from(content.read())
    if DATABASE not in members:
        raise NotABackup("There is no database in it.")
    return manifest


def _opened(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = tar.extractfile(member) if member.isreg() else None
    if content is None:
        raise NotABackup(f"{member.name[:100]!r} in it is no plain file.")
    return content


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path | None) -> None:
    if target is None:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file, _opened(tar, member) as content:
        shutil.copyfileobj(content, file, 1024 * 1024)
        file.flush()
        os.fsync(file.fileno())


def _checked(manifest: Manifest, places: _Places, clock: Clock) -> Restored:
    before = tuple(_of_the_file(manifest, places.database))
    archive = DocumentArchive(places.archive, clock=clock)
    documents = archive.rebuild()["documents"]
    in_archive = tuple(f"{each.file}: {each.sentence}" for each in archive.verify(full=True).findings)
    archive.close()
    with Store.open(f"sqlite:///{places.database}", clock=clock) as store:
        inside = tuple(_of_the_store(store))
        waiting, asked_first = _held_back(store, manifest.made)
    return Restored(
        made=manifest.made,
        folder=places.folder,
        documents=documents,
        rows=sum(manifest.rows.values()),
        waiting=waiting,
        asked_first=asked_first,
        findings=(*before, *inside, *in_archive),
        moved=places.moved,
    )


def _of_the_file(manifest: Manifest, database: Path) -> Iterator[str]:
    """Before anything is changed in it: is it the file that was backed up, and is it sound."""
    if digest_of(database) != manifest.database_sha256:
        yield "The database is not the one that was backed up: its hash is another."
    with closing(sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)) as opened:
        yield from (f"SQLite: {line}" for (line,) in opened.execute("PRAGMA integrity_check") if line != "ok")
        broken = opened.execute("PRAGMA foreign_key_check").fetchall()
    if broken:
        yield f"{len(broken)} rows of the database name rows that are not there."
    counts = rows_of(database)
    for table, expected in manifest.rows.items():
        if counts.get(table) != expected:
            yield f"The table {table} has {counts.get(table)} rows; {expected} were backed up."


def _of_the_store(store: Store) -> Iterator[str]:
    with store.read() as tx:
        yield from store.audit.verify(tx)
        yield from store.journal.verify(tx)


def _held_back(store: Store, made: str) -> tuple[int, int]:
    """Events that wait, and effects that are asked about before anything is done; the audit trail knows of it."""
    with store.write() as tx:
        asked_first = store.effects.interrupted(tx)
        counts = store.inbox.counts(tx)
        waiting = counts["new"] + counts["retry"] + counts["claimed"]
        facts = {"backup_made": made, "waiting": waiting, "asked_first": asked_first}
        store.audit.note(tx, actor=SYSTEM, verb=RESTORED, subject=INSTALLATION, at=store.clock.now(), after=facts)
    return waiting, asked_first
