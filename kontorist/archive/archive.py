"""The archive as the rest of the product sees it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeVar

from kontorist.archive import lock
from kontorist.archive.batch import Batch
from kontorist.archive.copying import copy_all
from kontorist.archive.derived import pack_text
from kontorist.archive.encryption import PAYROLL, KeyRing
from kontorist.archive.errors import DatabaseDamaged, DocumentChanged, DocumentUnknown, StaysSealed
from kontorist.archive.findings import Verification
from kontorist.archive.ingest import BATCH, GroupCommit, Incoming, Writer, take_in
from kontorist.archive.layout import TEXT, Layout
from kontorist.archive.projection import Projection, View, archived
from kontorist.archive.search.fold import readable
from kontorist.archive.search.sqlite import Filters, Found, find
from kontorist.archive.verify import verify
from kontorist.domain.ids import SYSTEM, DocumentId, PersonKey
from kontorist.domain.ports import ArchivedDocument, Clock

T = TypeVar("T")

RELATIONS: Final = ("order", "ticket", "voucher", "part_of", "converted_from")


class DocumentArchive:
    """Originals below one folder, unchanged and provable. Satisfies `ports.Archive`.

    Any number of threads and processes may use the same folder. Nothing is touched before the first use, and
    `verify` touches nothing at all. Documents of the class payroll are stored as ciphertext; `payroll_key` gives the
    secret for them and is asked at the first one. Raises PayrollKeyUnfit there.
    """

    def __init__(self, path: Path, *, clock: Clock, payroll_key: Callable[[], str] | None = None) -> None:
        self._layout = Layout(path)
        self._keys = KeyRing(payroll_key)
        self._projection = Projection(self._layout)
        self._writer = Writer(self._layout, self._projection, clock)
        self._group = GroupCommit(self.add_many)
        self._opened = False

    def open(self) -> None:
        """Take up what a dead process left. Happens by itself at the first use."""
        if not self._opened:
            self._write(lambda batch: None)

    def close(self) -> None:
        """Close the database; the next use opens it again."""
        self._projection.close()
        self._opened = False

    # --- taking in

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
        run: str | None = None,
    ) -> ArchivedDocument:
        """Store one document; it is on the disk when this returns. The errors are those of `Writer.run`."""
        return self._group.add(
            Incoming(
                content=content,
                name=name,
                media_type=media_type,
                source=source,
                source_id=source_id,
                actor=actor,
                document_class=document_class,
                run=run,
            )
        )

    def add_many(self, receipts: Sequence[Incoming]) -> list[ArchivedDocument]:
        """Store many documents; each hundred shares one wait for the disk and stands or falls together."""
        answers: list[ArchivedDocument] = []
        for start in range(0, len(receipts), BATCH):
            some = [self._sealed(each) for each in receipts[start : start + BATCH]]
            answers += self._write(partial(take_in, receipts=some))
        return answers

    def _sealed(self, receipt: Incoming) -> Incoming:
        if receipt.document_class != PAYROLL:
            return receipt
        key = self._keys.key()
        return replace(receipt, content=key.seal(receipt.content), mark=key.mark(receipt.content))

    def link(self, document: DocumentId, relation: str, target: str, *, actor: PersonKey) -> None:
        """Record that the document belongs to `target`. Said twice, it is recorded once. Raises DocumentUnknown."""
        if relation not in RELATIONS:
            raise ValueError(f"{relation!r} is none of {', '.join(RELATIONS)}")

        def plan(batch: Batch) -> None:
            _row(batch, document)
            if (relation, readable(target)) not in batch.view.links(document):
                about, facts = {"target": readable(target)}, {"relation": relation}
                batch.note("linked", actor=actor, document=document, record=about, facts=facts)

        self._write(plan)

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
        """Make a document findable by what it says, and name what it is. Raises DocumentUnknown.

        The text is a derived file beside the untouched original. Title, date and class replace the former ones.
        """

        def plan(batch: Batch) -> None:
            _add_text(batch, document, text, actor)
            _describe(batch, document, title, date, document_class, actor)

        self._write(plan)

    def describe(
        self,
        document: DocumentId,
        *,
        title: str | None = None,
        date: date | None = None,
        document_class: str | None = None,
        actor: PersonKey = SYSTEM,
    ) -> None:
        """Correct title, date (of the document itself) or class. Raises DocumentUnknown."""
        self._write(lambda batch: _describe(batch, document, title, date, document_class, actor))

    # --- handing out

    def get(self, document: DocumentId) -> ArchivedDocument:
        """Its record. Raises DocumentUnknown."""
        with self._reading() as view:
            row = view.document(document)
        if row is None:
            raise DocumentUnknown(place=str(document))
        return archived(row)

    def content(self, document: DocumentId) -> bytes:
        """The original bytes, hashed again on the way out. Raises DocumentUnknown or DocumentChanged.

        Those of a payroll document are decrypted; raises PayrollKeyUnfit or OtherPayrollKey.
        """
        record = self.get(document)
        address = record.sha256
        path = self._layout.object(address)
        try:
            content = path.read_bytes()
        except OSError as error:
            sentence = f"The stored file of this document is missing or cannot be read: {error.strerror}."
            raise DocumentChanged(sentence, place=str(path)) from None
        if sha256(content).hexdigest() != address:
            raise DocumentChanged(place=str(path))
        return self._keys.key().open(content) if record.document_class == PAYROLL else content

    def links(self, document: DocumentId) -> list[tuple[str, str]]:
        """What it belongs to: (relation, target), in the order recorded."""
        with self._reading() as view:
            return view.links(document)

    def find(
        self,
        query: str,
        *,
        document_class: str | None = None,
        since: date | None = None,
        until: date | None = None,
        limit: int = 25,
        after: str | None = None,
    ) -> Found:
        """Documents with every word of `query`, newest first. `after` is the key a former page ended with."""
        filters = Filters(document_class=document_class, since=since, until=until)
        with self._reading() as view:
            return find(view.connection, query, filters, limit=limit, after=after)

    def dated(self, document_class: str, first: date, last: date) -> list[DocumentId]:
        """The newest thousand documents of a class whose date lies from `first` to `last`."""
        found = self.find("", document_class=document_class, since=first, until=last, limit=1000)
        return [DocumentId(hit.id) for hit in found.hits]

    # --- keeping

    def faults(self) -> list[str]:
        """What a quick `verify` finds, as sentences."""
        return [finding.sentence for finding in self.verify().findings]

    def verify(self, full: bool = False) -> Verification:
        """Compare every file with what the log says of it; with `full` every byte. Writes nothing."""
        return verify(self._layout, full=full)

    def copy_all(self, copy: Callable[[str, Path], None]) -> None:
        """Hand every file to `copy`, with its name below the archive; others may write meanwhile."""
        self.open()
        copy_all(self._layout, copy)

    def rebuild(self) -> Mapping[str, int]:
        """Make the projection again from objects, records and log; says how many documents and lines it has."""
        try:
            return self._write(_counts, rebuild=True)
        except DatabaseDamaged:  # not even fit to be emptied
            with lock.exclusive(self._layout.lock):
                self._projection.discard()
            return self._write(_counts, rebuild=True)

    def dump(self) -> list[str]:
        """The projection as text; the same files give the same dump."""
        with self._reading() as view:
            return list(view.dump())

    @contextlib.contextmanager
    def _reading(self) -> Iterator[View]:
        if not (self._opened and self._projection.usable()):
            self._write(lambda batch: None)
        with self._projection.reading() as view:
            yield view

    def _write(self, plan: Callable[[Batch], T], *, rebuild: bool = False) -> T:
        result = self._writer.run(plan, rebuild=rebuild)
        self._opened = True
        return result


def _row(batch: Batch, document: str) -> Mapping[str, str]:
    row = batch.view.document(document)
    if row is None:
        raise DocumentUnknown(place=document)
    return dict(row)


def _add_text(batch: Batch, document: DocumentId, text: str, actor: PersonKey) -> None:
    row = _row(batch, document)
    if row["class"] == PAYROLL:
        raise StaysSealed(place=document)
    address = row["sha256"]
    packed = pack_text(text)
    digest = sha256(packed).hexdigest()
    there = batch.layout.derived(address, TEXT).exists()
    if there and batch.view.derived_hash(address, TEXT) == digest:
        return
    batch.add_derived(address, TEXT, packed)
    facts = {"name": TEXT, "sha256": digest, "size": len(packed)}
    batch.note("derived_added", actor=actor, document=document, address=address, facts=facts)


def _describe(
    batch: Batch, document: DocumentId, title: str | None, day: date | None, kind: str | None, actor: PersonKey
) -> None:
    row = _row(batch, document)
    known = (row["title"], row["date"], row["class"])
    wanted = (
        row["title"] if title is None else readable(title),
        row["date"] if day is None else day.isoformat(),
        row["class"] if kind is None else kind,
    )
    if PAYROLL in (row["class"], wanted[2]) and row["class"] != wanted[2]:
        raise StaysSealed(place=document)
    if wanted != known:
        facts = {"date": wanted[1], "class": wanted[2]}
        batch.note("metadata_changed", actor=actor, document=document, record={"title": wanted[0]}, facts=facts)


def _counts(batch: Batch) -> dict[str, int]:
    connection = batch.view.connection
    return {
        name: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - own names
        for name, table in (("documents", "document"), ("lines", "entry"))
    }
