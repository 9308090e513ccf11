"""Where everything lies below the archive's folder. The same keys serve an object store."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TEXT: Final = "text.txt.gz"  #: the readable text of an object, derived and rebuildable

_SEGMENT = re.compile(r"log/\d{4}/\d{2}/(\d{6})\.jsonl")


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths below `root`. Stored files never change their name, whatever is said about them later."""

    root: Path

    @property
    def staging(self) -> Path:
        """Files on their way in, and torn ends of the log."""
        return self.root / "staging"

    @property
    def database(self) -> Path:
        """The projection, a cache."""
        return self.root / "archive.db"

    @property
    def lock(self) -> Path:
        """Locked by the one who writes."""
        return self.root / "LOCK"

    def path(self, name: str) -> Path:
        """The file that findings and errors call `name`."""
        return Path(f"{self.root}/{name}")

    def name(self, path: Path) -> str:
        """The other way round: below the archive, with slashes."""
        return path.relative_to(self.root).as_posix()

    def object(self, sha256: str) -> Path:
        """Original bytes as received."""
        return self.path(object_name(sha256))

    def record(self, sha256: str) -> Path:
        """What is said about a document; its address is the salted hash the log carries."""
        return self.path(record_name(sha256))

    def derived(self, sha256: str, name: str) -> Path:
        """Something made from the object `sha256`."""
        return self.path(derived_name(sha256, name))

    def head(self, number: int) -> Path:
        """The Merkle head with this number, from 1."""
        return self.path(head_name(number))

    def segment(self, number: int, month: str) -> Path:
        """Segment `number` of the log, begun in `month` (2026-11)."""
        return self.root / "log" / month[:4] / month[5:7] / f"{number:06d}.jsonl"

    def segments(self) -> dict[int, Path]:
        """All segments of the log, by number."""
        found = {}
        for path in (self.root / "log").glob("*/*/*.jsonl"):
            if match := _SEGMENT.fullmatch(self.name(path)):
                found[int(match[1])] = path
        return dict(sorted(found.items()))

    def last_segment(self) -> Path | None:
        """The one that is written to; found without listing all of ten years."""
        for year in _latest(self.root / "log"):
            for month in _latest(year):
                for path in _latest(month):
                    if _SEGMENT.fullmatch(self.name(path)):
                        return path
        return None

    def target(self, staged: str) -> Path:
        """Where the staged file of this name belongs."""
        kind, key, *rest = staged.split(".", 2)
        if kind == "derived":
            return self.derived(key, rest[0])
        if kind == "head":
            return self.head(int(key))
        return self.record(key) if kind == "record" else self.object(key)


def object_name(sha256: str) -> str:
    """Originals lie in 65,536 folders, so that none of them grows long."""
    return f"objects/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def record_name(sha256: str) -> str:
    """Records lie as objects do."""
    return f"records/{sha256[:2]}/{sha256[2:4]}/{sha256}.json"


def derived_name(sha256: str, name: str) -> str:
    """All that is made from one object lies in one folder."""
    return f"derived/{sha256}/{name}"


def head_name(number: int) -> str:
    """Heads are numbered from 1."""
    return f"heads/{number:06d}.json"


def segment_number(path: Path) -> int:
    """The number in a segment's file name."""
    return int(path.stem)


def _latest(folder: Path) -> list[Path]:
    return sorted(folder.iterdir(), reverse=True) if folder.is_dir() else []
