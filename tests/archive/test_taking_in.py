"""Documents come in, once each, and go out as they came."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from kontorist.archive import DocumentArchive, DocumentChanged, DocumentUnknown
from kontorist.domain.ids import DocumentId, PersonKey, derived_id
from kontorist.domain.ports import Archive
from kontorist.testing.fakes import FakeClock
from tests.archive.office import FOLDER, MAILBOX, bring, receipt

ANNA = PersonKey("anna.berger")


def test_a_document_goes_out_as_it_came(archive: DocumentArchive) -> None:
    port: Archive = archive

    added = port.add(
        b"%PDF-1.7 invoice",
        name="Rechnung Müller.pdf",
        media_type="application/pdf",
        source=FOLDER,
        source_id="a.pdf",
        actor=ANNA,
        document_class="invoice",
    )

    assert added.status == "archived"
    assert port.get(added.id) == added
    assert port.content(added.id) == b"%PDF-1.7 invoice"


def test_the_number_of_a_document_follows_from_where_it_came_from_and_what_it_is(archive: DocumentArchive) -> None:
    added = bring(archive, b"invoice", "a.pdf")

    assert added.id == derived_id("D", FOLDER, "a.pdf", added.sha256)


def test_the_same_receipt_brought_twice_adds_nothing(archive: DocumentArchive) -> None:
    first = bring(archive, b"invoice", "a.pdf")
    before = archive.dump()

    again = bring(archive, b"invoice", "a.pdf")

    assert (again.status, again.id, again.seq) == ("already", first.id, first.seq)
    assert archive.dump() == before


def test_the_same_bytes_from_two_mailboxes_are_two_documents_and_one_object(
    archive: DocumentArchive, folder: Path
) -> None:
    first = bring(archive, b"invoice", "<1@example.org>", source=MAILBOX)

    second = bring(archive, b"invoice", "<2@example.org>", source=f"{MAILBOX}-nl")

    assert (second.status, second.duplicate_of) == ("duplicate", first.id)
    assert archive.get(second.id).status == "duplicate"
    assert len([path for path in (folder / "objects").rglob("*") if path.is_file()]) == 1


def test_two_copies_in_one_batch_are_told_apart_too(archive: DocumentArchive) -> None:
    one = receipt(b"invoice", "a.pdf")

    answers = archive.add_many([one, one, receipt(b"invoice", "b.pdf")])

    assert [answer.status for answer in answers] == ["archived", "already", "duplicate"]
    assert archive.verify(full=True).ok


def test_a_name_that_is_no_text_is_kept_readable(archive: DocumentArchive) -> None:
    added = bring(archive, b"invoice", "caf\udce9.pdf", name="caf\udce9.pdf")

    assert archive.get(added.id).name == "caf\\udce9.pdf"
    assert bring(archive, b"invoice", "caf\udce9.pdf").status == "already"


def test_an_empty_file_is_a_document_as_well(archive: DocumentArchive) -> None:
    added = bring(archive, b"", "empty.pdf")

    assert (archive.content(added.id), added.size) == (b"", 0)


def test_a_number_nobody_knows_is_answered_with_a_sentence(archive: DocumentArchive) -> None:
    unknown = DocumentId("D" + "0" * 20)

    for ask in (archive.get, archive.content):
        with pytest.raises(DocumentUnknown, match="no document with this number"):
            ask(unknown)
    with pytest.raises(DocumentUnknown):
        archive.link(unknown, "voucher", "J1", actor=ANNA)
    with pytest.raises(DocumentUnknown):
        archive.add_text(unknown, "text")


def test_changed_bytes_are_never_handed_out(archive: DocumentArchive, folder: Path) -> None:
    added = bring(archive, b"invoice over 100", "a.pdf")
    path = next((folder / "objects").rglob(added.sha256))
    path.chmod(0o644)
    path.write_bytes(b"invoice over 900")

    with pytest.raises(DocumentChanged, match="no longer those that were archived"):
        archive.content(added.id)
    with pytest.raises(DocumentChanged):  # a second receipt must not rely on the broken file either
        bring(archive, b"invoice over 100", "b.pdf")

    path.unlink()
    with pytest.raises(DocumentChanged, match="missing"):
        archive.content(added.id)


def test_stored_files_may_only_be_read(archive: DocumentArchive, folder: Path) -> None:
    added = bring(archive, b"invoice", "a.pdf")

    for path in (next((folder / "objects").rglob(added.sha256)), next((folder / "records").rglob("*.json"))):
        assert path.stat().st_mode & 0o777 == 0o444


def test_names_of_people_and_files_never_enter_the_log(archive: DocumentArchive, folder: Path) -> None:
    added = archive.add_many([receipt(b"invoice", "<anna.berger@example.org>", name="Berger.pdf", actor=ANNA)])[0]
    archive.add_text(added.id, "Frau Berger wohnt in Wien", title="Berger", actor=ANNA)
    archive.link(added.id, "ticket", "Berger-17", actor=ANNA)

    log = b"".join(path.read_bytes() for path in folder.glob("log/*/*/*.jsonl")).decode()

    assert "erger" not in log
    assert "Wien" not in log
    assert [json.loads(line)["kind"] for line in log.splitlines()] == [
        "ingested",
        "derived_added",
        "metadata_changed",
        "linked",
    ]


def test_two_records_of_the_same_facts_have_different_hashes(archive: DocumentArchive, tmp_path: Path) -> None:
    bring(archive, b"invoice", "a.pdf")
    other = DocumentArchive(tmp_path / "other", clock=FakeClock())
    bring(other, b"invoice", "a.pdf")

    assert _records(tmp_path / "archive").isdisjoint(_records(tmp_path / "other"))
    other.close()


def test_a_link_is_kept_once(archive: DocumentArchive) -> None:
    added = bring(archive, b"invoice", "a.pdf")

    archive.link(added.id, "voucher", "J1", actor=ANNA)
    archive.link(added.id, "voucher", "J1", actor=ANNA)
    archive.link(added.id, "order", "B-77", actor=ANNA)

    assert archive.links(added.id) == [("voucher", "J1"), ("order", "B-77")]
    with pytest.raises(ValueError, match="none of order, ticket"):
        archive.link(added.id, "friend", "J1", actor=ANNA)


def test_callers_of_many_threads_share_batches_and_each_gets_an_answer(archive: DocumentArchive) -> None:
    answers: dict[int, str] = {}

    def add(number: int) -> None:
        one = archive.add(
            f"invoice {number % 20}".encode(),
            name="x",
            media_type="application/pdf",
            source=FOLDER,
            source_id=str(number % 20),
            actor=ANNA,
        )
        answers[number] = one.status

    threads = [threading.Thread(target=add, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers.values()) == ["already"] * 20 + ["archived"] * 20
    assert archive.verify(full=True).ok


def test_a_clock_put_back_does_not_put_the_log_back(archive: DocumentArchive, clock: FakeClock) -> None:
    bring(archive, b"first", "a")
    clock.advance(days=-40)

    second = bring(archive, b"second", "b")

    assert second.received == archive.get(second.id).received
    assert archive.verify(full=True).ok


def _records(folder: Path) -> set[str]:
    return {path.name for path in (folder / "records").rglob("*.json")}


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="absent: /proc")
def test_threads_that_come_and_go_leave_no_files_open(archive: DocumentArchive) -> None:
    """Every flow runs in a thread of its own; a connection for each would end with "too many open files"."""
    bring(archive, b"invoice", "1")
    archive.find("invoice")
    before = len(os.listdir("/proc/self/fd"))

    for number in range(20):
        thread = threading.Thread(target=bring, args=(archive, b"another", str(number)))
        thread.start()
        thread.join()

    assert len(os.listdir("/proc/self/fd")) <= before
