"""Writing to the archive: one batch at a time, shared by all who wait for it."""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final, TypeVar

from kontorist.archive import disk, lock
from kontorist.archive.batch import Batch
from kontorist.archive.errors import WriterStopped
from kontorist.archive.layout import Layout
from kontorist.archive.projection import Projection, archived, database_trouble
from kontorist.archive.search.fold import readable
from kontorist.domain.ids import DocumentId, PersonKey, derived_id
from kontorist.domain.ports import ArchivedDocument, Clock

T = TypeVar("T")

BATCH: Final = 100  #: documents that share one wait for the disk


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One receipt of one file. (source, source_id, SHA-256 of the content) says whether it came before."""

    content: bytes
    name: str
    media_type: str
    source: str
    source_id: str
    actor: PersonKey
    document_class: str = "document"
    run: str | None = None
    mark: str | None = None  #: of a payroll document, whose content is ciphertext: the HMAC of its plain bytes

    def address(self) -> str:
        """SHA-256 of the bytes, in hex."""
        return sha256(self.content).hexdigest()

    def document(self, address: str) -> DocumentId:
        """The same receipt always gets the same number."""
        return document_id(self.source, self.source_id, address)


def document_id(source: str, source_id: str, address: str) -> DocumentId:
    """The number of the receipt of these bytes (by their SHA-256) from this place."""
    return DocumentId(derived_id("D", source, readable(source_id), address))


class Writer:
    """Carries out batches, and stops for good when the disk no longer confirms what was written."""

    def __init__(self, layout: Layout, projection: Projection, clock: Clock) -> None:
        self._layout = layout
        self._projection = projection
        self._clock = clock
        self._stopped = False

    def run(self, plan: Callable[[Batch], T], *, rebuild: bool = False) -> T:
        """Decide and write under the lock. Raises DiskFull, FolderNotWritable, ArchiveBusy, LogChanged, WriterStopped,
        DatabaseDamaged.

        After a raised error nothing of this batch is in the archive, or all of it is and a repetition finds it there.
        """
        if self._stopped:
            raise WriterStopped(place=str(self._layout.root))
        try:
            return self._run(plan, rebuild)
        except disk.SyncFailed as error:
            self._stopped = True  # asked again, the kernel would say yes to bytes it has thrown away
            raise disk.troubles(self._layout.root, error) from error
        except OSError as error:
            raise disk.troubles(self._layout.root, error) from error
        except sqlite3.Error as error:
            raise database_trouble(self._layout, error) from error

    def _run(self, plan: Callable[[Batch], T], rebuild: bool) -> T:
        disk.sync([], disk.make_folder(self._layout.staging))
        with lock.exclusive(self._layout.lock):
            with self._projection.writing() as view:
                if rebuild:
                    view.clear()
                batch = Batch(self._layout, view, self._clock.now())
                result = plan(batch)
                placement = batch.write()
            placement.clear()
        return result


def take_in(batch: Batch, receipts: Sequence[Incoming]) -> list[ArchivedDocument]:
    """What becomes of each receipt: archived, already there, or the bytes of another document."""
    done: dict[str, ArchivedDocument] = {}
    answers = []
    for receipt in receipts:
        address = receipt.address()
        document = receipt.document(address)
        row = batch.view.document(document)
        known = done.get(document) or (archived(row) if row else None)
        if known is None:
            done[document] = _archive(batch, receipt, document, address)
        answers.append(replace(known, status="already") if known else done[document])
    return answers


def _archive(batch: Batch, receipt: Incoming, document: DocumentId, address: str) -> ArchivedDocument:
    first = batch.first_with(address)
    batch.add_object(address, receipt.content, document)
    about = {
        "name": readable(receipt.name),
        "media_type": receipt.media_type,
        "source": receipt.source,
        "source_id": readable(receipt.source_id),
    }
    seq = batch.note(
        "ingested",
        actor=receipt.actor,
        document=document,
        address=address,
        record=about | ({"plain_hmac": receipt.mark} if receipt.mark else {}),
        facts={"class": receipt.document_class, "date": f"{batch.time:%Y-%m-%d}", "size": len(receipt.content)},
        run=receipt.run,
    )
    return ArchivedDocument(
        id=document,
        sha256=address,
        size=len(receipt.content),
        received=batch.time,
        document_class=receipt.document_class,
        seq=seq,
        status="duplicate" if first else "archived",
        duplicate_of=DocumentId(first) if first else None,
        **about,
    )


class GroupCommit:
    """Those who come while a batch is being written share the next one; nobody who is alone ever waits."""

    def __init__(self, commit: Callable[[Sequence[Incoming]], list[ArchivedDocument]]) -> None:
        self._commit = commit
        self._leading = threading.Lock()
        self._waiting: deque[_Ticket] = deque()

    def add(self, receipt: Incoming) -> ArchivedDocument:
        """Returns when the batch with this receipt is on the disk."""
        ticket = _Ticket(receipt)
        self._waiting.append(ticket)
        with self._leading:
            while not ticket.done:
                self._lead()
        if ticket.error:
            raise ticket.error
        return ticket.answers[0]

    def _lead(self) -> None:
        tickets = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        try:
            answers = self._commit([ticket.receipt for ticket in tickets])
            for ticket, answer in zip(tickets, answers, strict=True):
                ticket.answers.append(answer)
        except BaseException as error:  # noqa: BLE001 - each of them gets it raised
            for ticket in tickets:
                ticket.error = error
        finally:
            for ticket in tickets:
                ticket.done = True


@dataclass(slots=True)
class _Ticket:
    receipt: Incoming
    done: bool = False
    error: BaseException | None = None
    answers: list[ArchivedDocument] = field(default_factory=list)
