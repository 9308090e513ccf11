"""`kontorist backup`: everything in one file, taken while Kontorist works.

A tar file: `config/` (config.yaml and what it includes), `database`, `archive/`, and last `manifest.json` with what a
restore has to find. The database is copied first: what it names is in the archive by then, and stays there. Secrets
are not in it: config.yaml only names them.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import file_digest
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from kontorist.archive.archive import DocumentArchive
from kontorist.config import Config, load_with_places
from kontorist.domain.errors import SetupWrong
from kontorist.failpoints import failpoint, register
from kontorist.store.database import Store

FORM: Final = "kontorist backup 1"
DATABASE, ARCHIVE, CONFIG, MANIFEST = "database", "archive/", "config/", "manifest.json"

register("backup.before_file", "backup.after_file")


class FileThere(SetupWrong):
    """There is a file of this name already; nothing is replaced."""

    code = "KON-341"
    next_step = "Name a file that is not there yet, such as kontorist-2026-11-03.tar."


class BackupNotWritten(SetupWrong):
    """The backup could not be written; no part of it was left behind."""

    code = "KON-342"
    next_step = "Look at the room and the rights in its folder, then run it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is in a backup, and what must be found after a restore. `rows` counts each table."""

    made: str
    version: str
    database_path: str  #: from the folder of config.yaml on, or absolute
    archive_path: str
    database_sha256: str
    rows: Mapping[str, int]
    files: int  #: of the archive
    form: str = FORM

    def content(self) -> bytes:
        """As it stands in the file."""
        return json.dumps(asdict(self), indent=1, sort_keys=True).encode()


def back_up(config: Config, store: Store, archive: DocumentArchive, file: Path) -> Manifest:
    """Write everything into the new `file`, readable for its owner only. Raises FileThere or BackupNotWritten."""
    with _whole_or_not_at_all(file) as unfinished, _new_tar(unfinished) as tar:
        os.chmod(unfinished, 0o600)
        for name, source in _config_files(config):
            tar.add(source, CONFIG + name, recursive=False)
        rows, digest = _add_database(tar, store, file.absolute().parent)
        manifest = Manifest(
            made=store.clock.now().isoformat(),
            version=version("kontorist"),
            database_path=config.store.database.removeprefix("sqlite:///"),
            archive_path=str(config.archive.path),
            database_sha256=digest,
            rows=rows,
            files=_add_archive(tar, archive),
        )
        _add(tar, MANIFEST, manifest.content(), store.clock.now())
    return manifest


def _new_tar(file: Path) -> tarfile.TarFile:
    """Each file goes in with its content, never as a link to another one.

    An original on its way into the archive has two names; where the disk gives it the inode of a file that is gone
    again, such as the copy of the database, it would be taken for a second name of that one.
    """
    return tarfile.open(file, "x", format=tarfile.PAX_FORMAT, dereference=True)


def rows_of(database: Path) -> dict[str, int]:
    """How many rows each table of the database has."""
    with closing(sqlite3.connect(database)) as opened:
        names = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        counts = {name: opened.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608  # the names are its own
    return dict(sorted(counts.items()))


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()


def _config_files(config: Config) -> list[tuple[str, Path]]:
    """config.yaml and the files it includes, under the names by which it includes them. Raises BackupNotWritten."""
    root = config.root.resolve()
    _, tree = load_with_places(config.path, need_secrets=False)
    for path in tree.files:
        if not path.is_relative_to(root):
            sentence = f"config.yaml includes a file outside of its folder, which could not be brought back: {path}."
            raise BackupNotWritten(sentence, next_step="Put that file into the folder of config.yaml.")
    return sorted((called.relative_to(root).as_posix(), path) for called, path in tree.files.items())


def _add_database(tar: tarfile.TarFile, store: Store, beside: Path) -> tuple[dict[str, int], str]:
    """Copied beside the backup first: in a tar file a size stands before its content."""
    with tempfile.TemporaryDirectory(prefix=".kontorist-backup-", dir=beside) as folder:
        copy = Path(folder, "copy.db")
        store.copy_to(copy)
        tar.add(copy, DATABASE)
        return rows_of(copy), digest_of(copy)


def _add_archive(tar: tarfile.TarFile, archive: DocumentArchive) -> int:
    names: set[str] = set()

    def copy(name: str, path: Path) -> None:
        failpoint("backup.before_file")
        tar.add(path, ARCHIVE + name, recursive=False)
        names.add(name)
        failpoint("backup.after_file")

    archive.copy_all(copy)
    return len(names)


def _add(tar: tarfile.TarFile, name: str, content: bytes, made: datetime) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = len(content), int(made.timestamp()), 0o600
    tar.addfile(member, BytesIO(content))


@contextmanager
def _whole_or_not_at_all(file: Path) -> Iterator[Path]:
    """The name to write under; it becomes `file` when all of it is on the disk."""
    if file.exists():
        raise FileThere(place=str(file))
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        yield unfinished
        _sync(unfinished)
        os.link(unfinished, file)  # unlike a renaming, this replaces nothing
        _sync(file.absolute().parent)
    except FileExistsError as error:
        raise FileThere(place=str(file)) from error
    except OSError as error:
        raise BackupNotWritten(f"The backup could not be written: {error.strerror}.", place=str(file)) from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def manifest_from(content: bytes) -> Manifest:
    """The manifest of a backup. ValueError or TypeError where it is none of ours."""
    known: dict[str, Any] = json.loads(content)
    manifest = Manifest(**known)
    if manifest.form != FORM:
        raise ValueError(f"{manifest.form!r} is not {FORM!r}")
    return manifest
