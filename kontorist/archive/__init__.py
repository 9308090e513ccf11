"""The document archive: content-addressed originals and a log that proves they were not touched."""

from kontorist.archive.archive import RELATIONS, DocumentArchive
from kontorist.archive.errors import (
    ArchiveBusy,
    DatabaseDamaged,
    DiskFull,
    DocumentChanged,
    DocumentUnknown,
    FolderNotWritable,
    LogChanged,
    WriterStopped,
)
from kontorist.archive.findings import Finding, Verification
from kontorist.archive.ingest import Incoming
from kontorist.archive.overlay import Overlay
from kontorist.archive.search.sqlite import Found, Hit

__all__ = [
    "RELATIONS",
    "ArchiveBusy",
    "DatabaseDamaged",
    "DiskFull",
    "DocumentArchive",
    "DocumentChanged",
    "DocumentUnknown",
    "Finding",
    "FolderNotWritable",
    "Found",
    "Hit",
    "Incoming",
    "LogChanged",
    "Overlay",
    "Verification",
    "WriterStopped",
]
