"""Is every file as it was written? Reads only, so that an auditor may run it on a read-only copy."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from kontorist.archive import lock
from kontorist.archive.cache_check import CacheCopy
from kontorist.archive.chain import Chain, Named, read_chain
from kontorist.archive.findings import Finding, Kind, Verification
from kontorist.archive.layout import Layout, derived_name, head_name, object_name, record_name
from kontorist.archive.position import Position
from kontorist.archive.recovery import TORN

_TREES = ("objects", "records", "derived", "heads", "log")
_HEAD = re.compile(r"heads/\d{6}\.json")
_OWN = {"LOCK", "archive.db", "archive.db-wal", "archive.db-shm", "archive.db-journal"}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What stands on the disk at one moment between two batches."""

    files: Collection[str]
    segments: Mapping[Path, int]
    staged: frozenset[str]

    def unfinished(self, layout: Layout) -> set[str]:
        """Files of a batch that a crash cut short: not in the log, but still with their staged twins."""
        return {layout.name(layout.target(name)) for name in self.staged if not name.startswith(TORN)}


def verify(layout: Layout, *, full: bool) -> Verification:
    """Every file against the log, the log against itself and its heads; with `full` every byte and the projection."""
    files = list(files_of(layout))
    with lock.shared(layout.lock):
        segments = {path: path.stat().st_size for path in layout.segments().values()}
        staged = frozenset(path.name for path in _entries(layout.staging))
        cache = CacheCopy.take(layout, full=full)
    with cache:
        snapshot = Snapshot(files, segments, staged)
        chain = read_chain(layout, segments, cache.known().seq, cache.replay if full else None)
        check = _Check(layout, snapshot, chain, full)
        findings = [*chain.findings, *check.log_end(cache.known()), *check.stored(), *check.heads(), *check.strangers()]
        if full and not chain.findings:
            named = {finding.document for finding in findings}
            findings += cache.compare(chain.at, documents=named, texts=check.without_text(findings))
    findings.sort(key=lambda finding: finding.file)
    return Verification(
        ok=not findings, level="full" if full else "quick", checked=len(files), findings=tuple(findings)
    )


class _Check:
    def __init__(self, layout: Layout, snapshot: Snapshot, chain: Chain, full: bool) -> None:
        self._layout = layout
        self._there = snapshot
        self._chain = chain
        self._full = full
        self._unfinished = snapshot.unfinished(layout)

    def log_end(self, known: Position) -> Iterator[Finding]:
        """A torn last line is a crash only if nobody was told of it; whole lines do not go by themselves."""
        chain = self._chain
        if chain.torn and not self._there.staged:
            yield Finding(
                file=chain.torn,
                kind="truncated",
                sentence=f"The last line of {chain.torn} has no end, and no crash explains it.",
            )
        elif known.seq > chain.last:
            yield Finding(
                file=chain.torn or known.segment,
                kind="truncated",
                sentence=f"The end of the log is missing: it went to line {known.seq} and ends with line {chain.last}.",
                expected=str(known.seq),
                found=str(chain.last),
            )

    def stored(self) -> Iterator[Finding]:
        """Objects, records and derived files the log names."""
        chain = self._chain
        yield from self._each({object_name(key): named for key, named in chain.objects.items()}, "original")
        yield from self._each({record_name(key): named for key, named in chain.records.items()}, "record")
        texts = {derived_name(*key): named for key, named in chain.derived.items()}
        # A derived file may be missing: it can be made again.
        there = {name: named for name, named in texts.items() if name not in self._unfinished and self._exists(name)}
        yield from self._each(there, "derived text")

    def heads(self) -> Iterator[Finding]:
        """Which heads there are, and what they say, follows from the log."""
        for number, content in enumerate(self._chain.heads, start=1):
            name = head_name(number)
            if not self._exists(name):
                yield Finding(file=name, kind="missing", sentence=f"Head {number} of the log is missing.")
            elif self._layout.path(name).read_bytes() != content:
                sentence = f"Head {number} does not say what the log says."
                yield Finding(file=name, kind="changed", sentence=sentence, expected=content.decode().strip())

    def strangers(self) -> Iterator[Finding]:
        """Files nobody wrote."""
        expected = self._expected()
        for name in self._there.files:
            if name not in expected and self._exists(name):
                sentence = f"{name} was not put here by the archive."
                yield Finding(file=name, kind="unexpected", sentence=sentence)

    def without_text(self, findings: Iterable[Finding]) -> set[str]:
        """Objects whose text is not there to compare with, or not the one that was."""
        others = self._unfinished | {finding.file for finding in findings}
        names = {key[0]: derived_name(*key) for key in self._chain.derived}
        return {key for key, name in names.items() if name in others or not self._exists(name)}

    def _expected(self) -> set[str]:
        chain = self._chain
        names = {
            *map(object_name, chain.objects),
            *map(record_name, chain.records),
            *(derived_name(*key) for key in chain.derived),
            *map(self._layout.name, self._there.segments),
            *map(head_name, range(1, len(chain.heads) + 1)),
            *self._unfinished,
        }
        if chain.findings:  # which heads there have to be after a damage cannot be said
            names.update(name for name in self._there.files if _HEAD.fullmatch(name))
        return names

    def _exists(self, name: str) -> bool:
        return os.path.exists(f"{self._layout.root}/{name}")

    def _each(self, files: Mapping[str, Named], what: str) -> Iterator[Finding]:
        ours = {named.sha256 for named in files.values()}
        for name, named in files.items():
            yield from self._one(name, named, what, ours)

    def _one(self, name: str, named: Named, what: str, ours: set[str]) -> Iterator[Finding]:
        path = f"{self._layout.root}/{name}"
        try:
            size = os.stat(path).st_size
            digest = _digest(path) if self._full else named.sha256
        except OSError as error:
            kind: Kind = "changed" if os.path.lexists(path) else "missing"
            sentence = (
                f"The {what} cannot be read: {error.strerror}." if kind == "changed" else f"The {what} is missing."
            )
            yield Finding(file=name, kind=kind, document=named.document, sentence=sentence, expected=named.sha256)
            return
        wrong_size = named.size is not None and size != named.size
        if not wrong_size and digest == named.sha256:
            return
        yield Finding(
            file=name,
            kind=_kind(named, size, digest, ours),
            document=named.document,
            expected=f"{named.size} bytes" if wrong_size else named.sha256,
            found=f"{size} bytes" if wrong_size else digest,
            sentence=f"The {what} is not the one that was stored.",
        )


def _kind(named: Named, size: int, digest: str, ours: set[str]) -> Kind:
    if digest != named.sha256 and digest in ours:
        return "swapped"
    return "truncated" if named.size is not None and size < named.size else "changed"


def _digest(path: str) -> str:
    with open(path, "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def files_of(layout: Layout) -> Iterator[str]:
    """The names of all files, staging/ and our own bookkeeping left out."""
    root = str(layout.root)
    for tree in _TREES:
        for folder, _, names in os.walk(f"{root}/{tree}"):
            below = folder[len(root) + 1 :]
            yield from (f"{below}/{name}" for name in names)
    yield from (path.name for path in _entries(layout.root) if path.is_file() and path.name not in _OWN)


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
