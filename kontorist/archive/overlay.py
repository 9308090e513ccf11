"""A dry run's archive: it reads what is real and writes beside it."""

from __future__ import annotations

import dataclasses
from datetime import date
from hashlib import sha256

from kontorist.archive.errors import DocumentUnknown
from kontorist.archive.ingest import document_id
from kontorist.domain.ids import SYSTEM, DocumentId, PersonKey
from kontorist.domain.ports import Archive, ArchivedDocument


class Overlay:
    """Satisfies `ports.Archive`. What is added goes to `scratch`; what is only in `real` is read from there."""

    def __init__(self, real: Archive, scratch: Archive) -> None:
        self._real = real
        self._scratch = scratch

    def add(
        self,
        content: bytes,
        *,
        name: str,
        media_type: str,
        source: str,
        source_id: str,
        actor: PersonKey,
        document_class: str = "document",
    ) -> ArchivedDocument:
        """As the real one would answer, without touching it; a receipt it holds is `already` there.

        A payroll document is known by its ciphertext, so its copy beside has the id of the real one.
        """
        document = document_id(source, source_id, sha256(content).hexdigest())
        try:
            return dataclasses.replace(self._real.get(document), status="already")
        except DocumentUnknown:
            return self._scratch.add(
                content,
                name=name,
                media_type=media_type,
                source=source,
                source_id=source_id,
                actor=actor,
                document_class=document_class,
            )

    def get(self, document: DocumentId) -> ArchivedDocument:
        """From the dry run, else from the real archive. Raises DocumentUnknown."""
        return self._holder(document).get(document)

    def content(self, document: DocumentId) -> bytes:
        """The original bytes. Raises DocumentUnknown or DocumentChanged."""
        return self._holder(document).content(document)

    def link(self, document: DocumentId, relation: str, target: str, *, actor: PersonKey) -> None:
        """Recorded for documents of the dry run; a real one gets no link by it. Raises DocumentUnknown."""
        if self._holder(document) is self._scratch:
            self._scratch.link(document, relation, target, actor=actor)
        else:
            self._real.get(document)

    def add_text(
        self,
        document: DocumentId,
        text: str,
        *,
        title: str | None = None,
        date: date | None = None,
        document_class: str | None = None,
        actor: PersonKey = SYSTEM,
    ) -> None:
        """Added to documents of the dry run; a real one is left as it is. Raises DocumentUnknown."""
        if self._holder(document) is self._scratch:
            self._scratch.add_text(document, text, title=title, date=date, document_class=document_class, actor=actor)
        else:
            self._real.get(document)

    def dated(self, document_class: str, first: date, last: date) -> list[DocumentId]:
        """Documents of the real archive and of the dry run."""
        real = self._real.dated(document_class, first, last)
        return [*real, *self._scratch.dated(document_class, first, last)]

    def faults(self) -> list[str]:
        """Those of the real archive."""
        return self._real.faults()

    def describe(
        self,
        document: DocumentId,
        *,
        title: str | None = None,
        date: date | None = None,
        document_class: str | None = None,
        actor: PersonKey = SYSTEM,
    ) -> None:
        """Documents of the dry run are described; a real one is left as it is. Raises DocumentUnknown."""
        if self._holder(document) is self._scratch:
            self._scratch.describe(document, title=title, date=date, document_class=document_class, actor=actor)
        else:
            self._real.get(document)

    def _holder(self, document: DocumentId) -> Archive:
        try:
            self._scratch.get(document)
        except DocumentUnknown:
            return self._real
        return self._scratch
