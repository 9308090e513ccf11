"""A folder on this machine or on a mounted share: every file that has settled becomes one event with that file.

Ready is a file whose last change lies `settle` back; one renamed into place keeps the time of its last change and is
ready at once when that is older. Files are read oldest first; the cursor is the place in that order, and the end of
the folder starts again at its beginning, so that what cannot be moved never stands in the way of the rest.
What cannot be taken (too large, unreadable, no plain file) is handed over as refused, so that somebody sees it.

Longer than other connectors, because the filesystem keeps no promise for us: between any two calls another program
may replace, move or truncate the file, and each of these moments needs its answer.
"""

from __future__ import annotations

import contextlib
import fnmatch
import hashlib
import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from pydantic import Field

from connectors.registry import ConnectorContext
from connectors.settings import Duration, EventType, Size, SourceSettings
from kontorist.domain.errors import AuthError, TransientError
from kontorist.domain.events import Blob, Event
from kontorist.domain.ports import Batch, CheckResult, Clock, Cursor, Refused

KIND: Final = "folder"
KEY_VERSION: Final = "1"  #: part of every event id; a change re-fires files that were not yet moved away
CAPABILITIES: Final = frozenset({"source"})

_MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".xml": "application/xml",
    ".eml": "message/rfc822",
    ".csv": "text/csv",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}


class FolderRefused(AuthError):
    """The folder cannot be read, or its files cannot be moved to the done folder."""

    code = "KON-371"
    next_step = "Give the user that runs Kontorist the right to read and write there, then run `kontorist doctor`."


class Settings(SourceSettings):
    """The keys of a `folder/local` connector in config.yaml."""

    path: Path = Field(description="The folder, from the folder of config.yaml on.")
    emits: EventType = Field("document.received", description="The type of the events.")
    document_type: str | None = Field(None, description="What arrives here, such as `invoice`; routes can ask for it.")
    pattern: str = Field("*", description="Which names are taken, such as `*.pdf`; capitals do not matter.")
    settle: Duration = Field(timedelta(seconds=10), description="How long a file must be unchanged.")
    every: Duration = Field(timedelta(seconds=10), description="How often the folder is looked at.")
    done: Path = Field(Path("done"), description="Where stored files go, from `path` on; on the same filesystem.")
    refused: Path = Field(Path("refused"), description="Where refused files go, from `path` on.")
    limit: Size = Field(50 * 1024**2, description="The largest file that is taken.", gt=0)


@dataclass(frozen=True, slots=True)
class _Found:
    """One directory entry that is ours to look at, as it was when the folder was listed."""

    path: Path
    label: str  #: its name as text: bytes that are no UTF-8 are written as backslash escapes
    stat: os.stat_result

    @property
    def place(self) -> tuple[int, str]:
        return (self.stat.st_mtime_ns, self.label)


class LocalFolder:
    """Takes files from a folder; a file is moved away only after it has been stored. Satisfies `EventSource`."""

    def __init__(self, name: str, settings: Settings, root: Path, clock: Clock) -> None:
        self.name = name
        self.settings = settings
        self.source = f"/kontorist/{KIND}/{name}"
        self._folder = root / settings.path
        self._clock = clock

    def check(self) -> list[CheckResult]:
        """Is the folder there, may we read and write, and what lies there that will never be taken."""
        folder = self._folder
        if not folder.is_dir():
            return [_wrong(f"The folder {folder} is not there.", f"Create it, or mount it: mkdir -p {folder}")]
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            return [_wrong(f"The folder {folder} may not be read and written.", FolderRefused.next_step)]
        results = [CheckResult(ok=True, sentence=f"The folder {folder} can be read and written.")]
        for target in (self.settings.done, self.settings.refused):
            if (folder / target).exists() and (folder / target).stat().st_dev != folder.stat().st_dev:
                results.append(_wrong(f"{folder / target} is on another filesystem.", "Choose a folder inside `path`."))
        return results + list(self._left_alone())

    def read(self, cursor: Cursor | None, limit: int) -> Batch:
        """At most `limit` settled files after `cursor`, oldest first. Raises TransientError or FolderRefused."""
        after = _place_of(cursor)
        ready = sorted((each for each in self._listing() if self._has_settled(each)), key=lambda each: each.place)
        waiting = [each for each in ready if after is None or each.place > after]
        events: list[Event] = []
        refused: list[Refused] = []
        for each in waiting[:limit]:
            taken = self._take(each)
            if isinstance(taken, Event):
                events.append(taken)
            elif taken:
                refused.append(taken)
        more = len(waiting) > limit
        last = list(waiting[limit - 1].place) if more else None
        return Batch(events=events, refused=refused, next_cursor={"after": last}, more=more)

    def ack(self, event: Event) -> None:
        """Move the file of `event` to done/<date>/ (or refused/<date>/); never over another file.

        A file that is gone, or that has other content by now, is left as it is. Raises TransientError or FolderRefused.
        """
        found = self._find(str(event.data.get("name", "")))
        if found is None:
            return
        if event.id == self._refusal_id(found):
            self._move(found, self.settings.refused, event.id)
        elif self._is_content_of(event, found):
            self._move(found, self.settings.done, event.id)

    def _listing(self) -> Iterator[_Found]:
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    found = _look(Path(entry.path))
                    if found and self._is_ours(found):
                        yield found
        except FileNotFoundError:
            raise TransientError(f"The folder {self._folder} is not there at the moment.") from None
        except PermissionError as error:
            raise FolderRefused(place=str(self._folder)) from error
        except OSError as error:
            raise TransientError(f"The folder {self._folder} cannot be read: {error.strerror}.") from error

    def _is_ours(self, found: _Found) -> bool:
        name = found.label.lower()
        if stat.S_ISDIR(found.stat.st_mode) or name.startswith((".", "~$")) or name.endswith((".tmp", ".part")):
            return False
        return fnmatch.fnmatchcase(name, self.settings.pattern.lower())

    def _has_settled(self, found: _Found) -> bool:
        now = self._clock.now().timestamp()
        changed = found.stat.st_mtime
        if changed > now:  # a copied time from the future says nothing; the time of the last write here does
            changed = found.stat.st_ctime
        return now - changed >= self.settings.settle.total_seconds()

    def _take(self, found: _Found) -> Event | Refused | None:
        """The event of a file, why it is refused, or None when it is being changed just now (next time, then)."""
        if not stat.S_ISREG(found.stat.st_mode):
            return self._refuse(found, "not_a_file", f"{found.label} is a link or a device, not a file.")
        if found.stat.st_size > self.settings.limit:
            sizes = f"{found.stat.st_size} bytes; {self.settings.limit} are allowed"
            return self._refuse(found, "too_large", f"{found.label} has {sizes}.")
        try:
            identity = self._content_id(found)
        except FileNotFoundError:
            return None
        except OSError as error:
            return self._refuse(found, "unreadable_file", f"{found.label} cannot be read: {error.strerror}.")
        if identity is None:
            return None
        blob = Blob(name=found.label, media_type=_media_type(found.label), open=partial(self._open, found, identity))
        return self._event(found, identity, blob)

    def _event(self, found: _Found, identity: str, *blobs: Blob) -> Event:
        kind = {"document_type": self.settings.document_type} if self.settings.document_type else {}
        return Event(
            id=identity,
            source=self.source,
            type=self.settings.emits,
            subject=found.label,
            time=_time(found.stat.st_mtime),
            data=kind | {"name": found.label},
            blobs=blobs,
        )

    def _refuse(self, found: _Found, reason_code: str, reason: str) -> Refused:
        return Refused(event=self._event(found, self._refusal_id(found)), reason_code=reason_code, reason=reason)

    def _content_id(self, found: _Found) -> str | None:
        """SHA-256 of (KEY_VERSION, content, name); None when the file changed while it was read."""
        digest = hashlib.sha256()
        with _opened(found) as file:
            while chunk := file.read(1024 * 1024):
                digest.update(chunk)
            unchanged = _same(os.fstat(file.fileno()), found.stat)
        return _hash(KEY_VERSION, digest.hexdigest(), found.label) if unchanged else None

    def _is_content_of(self, event: Event, found: _Found) -> bool:
        if not stat.S_ISREG(found.stat.st_mode) or found.stat.st_size > self.settings.limit:
            return False
        try:
            return self._content_id(found) == event.id
        except OSError:  # gone or replaced in this instant; whatever stands there now is read as a file of its own
            return False

    def _refusal_id(self, found: _Found) -> str:
        """For files whose content we do not read."""
        return _hash(KEY_VERSION, "refused", str(found.stat.st_size), str(found.stat.st_mtime_ns), found.label)

    def _open(self, found: _Found, identity: str) -> io.BytesIO:
        """The bytes that `identity` was made from, never others: a file replaced since then is read again later."""
        try:
            with _opened(found) as file:
                content = file.read(self.settings.limit + 1)
        except OSError as error:
            raise TransientError(f"{found.label} cannot be read any more; it is looked at again.") from error
        if _hash(KEY_VERSION, hashlib.sha256(content).hexdigest(), found.label) != identity:
            raise TransientError(f"{found.label} was replaced while it was read; it is read again.")
        return io.BytesIO(content)

    def _find(self, label: str) -> _Found | None:
        """The entry whose name reads `label`; the label is never used as a path unless it is a plain name."""
        if not label or "/" in label or "\0" in label or label in {".", ".."}:
            return None
        if found := _look(self._folder / label):
            return found
        return next((each for each in self._listing() if each.label == label), None) if "\\" in label else None

    def _move(self, found: _Found, target: Path, identity: str) -> None:
        folder = self._folder / target / self._clock.now().date().isoformat()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            place = _reserve(folder, found, identity)
            try:
                os.replace(found.path, place)  # replaces only the empty file reserved under this name
            except OSError:
                place.unlink()
                raise
            if not _same(os.lstat(place), found.stat):  # replaced in the last instant: it has not been read yet
                os.replace(place, _reserve(self._folder, found, identity))
        except FileNotFoundError:
            return  # somebody else has moved it
        except PermissionError as error:
            raise FolderRefused(f"{found.label} is stored, but may not be moved to {folder}.") from error
        except OSError as error:
            raise TransientError(f"{found.label} is stored, but could not be moved: {error.strerror}.") from error

    def _left_alone(self) -> Iterator[CheckResult]:
        """What lies in the folder and will never be taken as things are."""
        entries = [found for path in self._folder.iterdir() if (found := _look(path))]
        files = [each for each in entries if not stat.S_ISDIR(each.stat.st_mode)]
        others = [each.label for each in files if not self._is_ours(each) and not each.label.startswith((".", "~$"))]
        if others:
            names = ", ".join(sorted(others)[:3])
            yield _wrong(
                f"{len(others)} files in {self._folder} are left alone, such as {names}.",
                f"Only names like {self.settings.pattern} are taken, none that end in .tmp or .part.",
            )
        now = self._clock.now().timestamp()
        if future := [each.label for each in files if min(each.stat.st_mtime, each.stat.st_ctime) > now + 60]:
            yield _wrong(f"{future[0]} was changed in the future; it waits until then.", "Compare the clocks.")


def build(name: str, settings: Settings, context: ConnectorContext) -> LocalFolder:
    """The folder `name` of config.yaml."""
    return LocalFolder(name, settings, context.root, context.clock)


def _look(path: Path) -> _Found | None:
    try:
        label = os.fsencode(path.name).decode("utf-8", "backslashreplace")
        return _Found(path, label, os.lstat(path))
    except OSError:  # gone since the listing, or a name longer than the filesystem allows
        return None


def _opened(found: _Found) -> io.BufferedReader:
    """Open without following a link and without waiting for the writer of a pipe."""

    def opener(path: str, flags: int) -> int:
        return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)

    return open(found.path, "rb", opener=opener)


def _reserve(folder: Path, found: _Found, identity: str) -> Path:
    """A new empty file in `folder` under the file's own name, or one with its id in front where that is taken."""
    name = os.fsencode(found.path.name)
    number = 0
    while True:
        prefix = f"{identity[:12]}-{number} ".encode() if number else b""
        place = folder / os.fsdecode((prefix + name)[:255])
        with contextlib.suppress(FileExistsError):
            os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
            return place
        number += 1


def _same(one: os.stat_result, other: os.stat_result) -> bool:
    facts = ("st_dev", "st_ino", "st_size", "st_mtime_ns")
    return all(getattr(one, fact) == getattr(other, fact) for fact in facts)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _place_of(cursor: Cursor | None) -> tuple[int, str] | None:
    """The place in the order; whatever is not one of ours means the beginning."""
    match (cursor or {}).get("after"):
        case [int(changed), str(label)]:
            return (changed, label)
        case _:
            return None


def _time(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _media_type(label: str) -> str:
    return _MEDIA_TYPES.get(Path(label).suffix.lower(), "application/octet-stream")


def _wrong(sentence: str, repair: str) -> CheckResult:
    return CheckResult(ok=False, sentence=sentence, repair=repair)
