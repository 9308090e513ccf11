"""Documents of the class payroll: on the disk they are ciphertext, and nothing about them says what is in them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontorist.archive import DocumentArchive
from kontorist.archive.encryption import PayrollKey
from kontorist.archive.errors import DocumentChanged, OtherPayrollKey, PayrollKeyUnfit, StaysSealed
from kontorist.archive.overlay import Overlay
from kontorist.domain.ids import SYSTEM, DocumentId
from kontorist.domain.ports import Archive, ArchivedDocument
from kontorist.testing.fakes import FakeClock

KEY = "3f9c1e5a7b2d4c6e8f0a1b3c5d7e9f0b2c4d6e8fa1b3c5d7e9f1a2b4c6d8e0f1"
OTHER = KEY[::-1]
CANARY = b"Katrin Ahlers earns 54321.98 EUR, DE89370400440532013000"


@pytest.fixture
def safe(folder: Path, clock: FakeClock) -> Iterator[DocumentArchive]:
    archive = DocumentArchive(folder, clock=clock, payroll_key=lambda: KEY)
    yield archive
    archive.close()


def keep(
    archive: Archive, content: bytes = CANARY, source_id: str = "october", kind: str = "payroll"
) -> ArchivedDocument:
    return archive.add(
        content, name="october.xlsx", media_type="text/plain", source="/test", source_id=source_id, actor=SYSTEM,
        document_class=kind,
    )  # fmt: skip


def test_what_is_taken_in_comes_back_and_lies_there_as_ciphertext(safe: DocumentArchive, folder: Path) -> None:
    record = keep(safe)

    (stored,) = folder.glob("objects/*/*/*")
    assert safe.content(record.id) == CANARY
    assert sha256(stored.read_bytes()).hexdigest() == record.sha256 == stored.name
    assert record.sha256 != sha256(CANARY).hexdigest()


def test_nothing_of_it_stands_in_clear_anywhere_below_the_archive(safe: DocumentArchive, folder: Path) -> None:
    keep(safe)
    safe.close()

    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for secret in (b"Ahlers", b"54321", b"DE8937", sha256(CANARY).hexdigest().encode(), sha256(CANARY).digest()):
        assert secret not in everything


def test_the_record_carries_a_mark_that_only_the_key_can_make(safe: DocumentArchive, folder: Path) -> None:
    keep(safe)

    (record,) = folder.glob("records/*/*/*.json")
    assert PayrollKey.from_secret(KEY).mark(CANARY) in record.read_text()
    assert PayrollKey.from_secret(OTHER).mark(CANARY) not in record.read_text()


def test_the_same_receipt_is_there_already_and_the_same_file_from_elsewhere_a_duplicate(safe: DocumentArchive) -> None:
    first = keep(safe)

    assert keep(safe).status == "already"
    again = keep(safe, source_id="another mail")
    assert (again.status, again.duplicate_of, again.sha256) == ("duplicate", first.id, first.sha256)


def test_verify_and_rebuild_need_no_key(safe: DocumentArchive, folder: Path, clock: FakeClock) -> None:
    record = keep(safe)
    safe.close()
    without = DocumentArchive(folder, clock=clock)

    assert without.rebuild()["documents"] == 1
    assert without.verify(full=True).ok
    assert without.get(record.id).document_class == "payroll"
    with pytest.raises(PayrollKeyUnfit):
        without.content(record.id)
    without.close()


def test_another_key_opens_nothing_and_says_so(safe: DocumentArchive, folder: Path, clock: FakeClock) -> None:
    record = keep(safe)
    wrong = DocumentArchive(folder, clock=clock, payroll_key=lambda: OTHER)

    with pytest.raises(OtherPayrollKey):
        wrong.content(record.id)
    wrong.close()


def test_without_a_key_nothing_is_taken_in(archive: DocumentArchive, folder: Path) -> None:
    with pytest.raises(PayrollKeyUnfit):
        keep(archive)

    assert keep(archive, kind="document").status == "archived"
    assert not any(b"Katrin" in path.read_bytes() for path in folder.glob("log/*/*/*"))


@pytest.mark.parametrize("secret", ["", "hunter2", "00" * 32, KEY[:-2], "ä" * 64, base64.b64encode(b"x" * 32).decode()])
def test_a_weak_or_cut_off_key_is_refused(secret: str) -> None:
    with pytest.raises(PayrollKeyUnfit):
        PayrollKey.from_secret(secret)


def test_hexadecimal_and_base64_name_the_same_key() -> None:
    as_base64 = base64.b64encode(bytes.fromhex(KEY)).decode() + "\n"

    assert PayrollKey.from_secret(as_base64).seal(CANARY) == PayrollKey.from_secret(KEY).seal(CANARY)


def test_it_gets_no_text_and_no_other_class(safe: DocumentArchive) -> None:
    record = keep(safe)
    plain = keep(safe, b"an invoice", kind="document")

    with pytest.raises(StaysSealed):
        safe.add_text(record.id, "Ahlers")
    with pytest.raises(StaysSealed):
        safe.describe(record.id, document_class="document")
    with pytest.raises(StaysSealed):
        safe.describe(plain.id, document_class="payroll")
    safe.describe(record.id, title="Payroll")
    assert [hit.id for hit in safe.find("Payroll").hits] == [record.id]


def test_a_dry_run_keeps_its_copy_as_ciphertext_beside_the_archive(
    safe: DocumentArchive, folder: Path, clock: FakeClock
) -> None:
    beside = DocumentArchive(folder.with_name("dry"), clock=clock, payroll_key=lambda: KEY)
    overlay = Overlay(safe, beside)

    known = keep(safe)
    tried = keep(overlay)
    new = keep(overlay, CANARY + b"!", "november")

    assert tried.id == known.id
    assert overlay.content(new.id) == CANARY + b"!"
    assert safe.find("").total == 1
    assert b"Ahlers" not in b"".join(path.read_bytes() for path in folder.with_name("dry").rglob("*") if path.is_file())
    beside.close()


def test_a_changed_byte_is_noticed_before_it_is_opened(safe: DocumentArchive, folder: Path) -> None:
    record = keep(safe)
    (stored,) = folder.glob("objects/*/*/*")
    stored.chmod(0o644)
    stored.write_bytes(stored.read_bytes()[:-1] + b"?")

    with pytest.raises(DocumentChanged):
        safe.content(DocumentId(record.id))


NONCE = slice(28, 40)
HEAD = NONCE.start


@given(st.binary(max_size=2000), st.integers(0, 10_000))
def test_what_was_sealed_opens_and_no_changed_byte_does(content: bytes, place: int) -> None:
    key = PayrollKey.from_secret(KEY)
    sealed = key.seal(content)
    changed = bytearray(sealed)
    changed[place % len(sealed)] ^= 1

    assert key.open(sealed) == content
    assert key.seal(content) == sealed
    assert content not in sealed[HEAD:] or len(content) < 8
    with pytest.raises((DocumentChanged, OtherPayrollKey)):
        key.open(bytes(changed))


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_different_files_have_different_nonces(one: bytes, other: bytes) -> None:
    key = PayrollKey.from_secret(KEY)

    assert (key.seal(one)[NONCE] == key.seal(other)[NONCE]) is (one == other)
