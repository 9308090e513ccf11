"""Whatever is done to the files of an archive, `verify` names the file, and where it can the document."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kontorist.archive import DatabaseDamaged, DocumentArchive, Finding, LogChanged, Verification, batch
from kontorist.archive.log import Entry, line_hash, read_line
from kontorist.domain.ids import PersonKey
from kontorist.testing.fakes import FakeClock
from tests.archive.office import MAILBOX, bring

ANNA = PersonKey("anna")


def fill(folder: Path) -> None:
    """Three days: documents, copies, texts, a correction, a link; several segments and heads."""
    clock = FakeClock(datetime(2026, 11, 29, 10, tzinfo=UTC))
    archive = DocumentArchive(folder, clock=clock)
    first = bring(archive, b"invoice of 100.00", "1", name="Weber.pdf")
    bring(archive, b"invoice of 100.00", "2", source=MAILBOX)
    archive.add_text(first.id, "Rechnung über 100,00 EUR", title="Weber", document_class="invoice")
    clock.advance(days=1)
    second = bring(archive, b"invoice of 200.00", "3", name="Jansen.pdf")
    archive.add_text(second.id, "Factuur over 200,00 EUR", date=date(2026, 11, 20))
    archive.link(second.id, "voucher", "J1", actor=ANNA)
    clock.advance(days=1)
    archive.link(first.id, "order", "B7", actor=ANNA)
    bring(archive, b"letter", "4")
    archive.close()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("original") / "archive"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "SEGMENT_LINES", 4)
        fill(folder)
        yield folder


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "copy"))


def verified(folder: Path, *, full: bool = True) -> Verification:
    archive = DocumentArchive(folder, clock=FakeClock())
    answer = archive.verify(full=full)
    archive.close()
    return answer


def files(folder: Path) -> list[str]:
    """Every file whose change matters, by its name below the archive."""
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return sorted(name for name in names if name != "LOCK" and not name.startswith("archive.db"))


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def overwrite(path: Path, content: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(content)


def flip(path: Path, place: float) -> None:
    content = bytearray(path.read_bytes())
    bit = min(int(len(content) * 8 * place), len(content) * 8 - 1)
    content[bit // 8] ^= 1 << (bit % 8)
    overwrite(path, bytes(content))


def test_an_untouched_archive_verifies_clean(original: Path) -> None:
    assert len(list((original / "heads").iterdir())) == 2, "two days and two segments are over"
    assert len(list((original / "log").rglob("*.jsonl"))) == 3
    for full in (False, True):
        answer = verified(original, full=full)
        assert answer == Verification(ok=True, level="full" if full else "quick", checked=18, findings=())


@pytest.mark.parametrize("full", [False, True])
def test_verifying_writes_nothing_and_needs_no_right_to(copy: Path, full: bool) -> None:
    before = tree(copy)
    for path in [copy, *copy.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)

    assert verified(copy, full=full).ok

    assert tree(copy) == before


@pytest.mark.parametrize("full", [False, True])
def test_verifying_gives_up_no_lock_of_this_process(copy: Path, full: bool) -> None:
    """Whoever opens and closes a file of SQLite himself takes the locks from all connections of his process."""
    with closing(copy) as archive:
        archive.find("Weber")
        assert is_locked(copy / "archive.db")

        assert archive.verify(full=full).ok

        assert is_locked(copy / "archive.db")


def is_locked(database: Path) -> bool:
    """Whether another process is kept from what SQLite's readers share (two of its bytes behind the first GiB)."""
    code = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'r+b'), fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x40000002)"
    asked = subprocess.run([sys.executable, "-c", code, str(database)], capture_output=True, check=False)
    return b"BlockingIOError" in asked.stderr


def test_verifying_beside_a_writer_sees_what_it_wrote(archive: DocumentArchive, folder: Path) -> None:
    bring(archive, b"invoice", "1")
    before = set(folder.rglob("*"))

    assert verified(folder).ok
    assert verified(folder, full=False).ok
    assert set(folder.rglob("*")) == before


def damages() -> dict[str, Callable[[Path], None]]:
    return {
        "first bit": lambda path: flip(path, 0),
        "middle bit": lambda path: flip(path, 0.5),
        "last bit": lambda path: flip(path, 1),
        "half of it": lambda path: overwrite(path, path.read_bytes()[: path.stat().st_size // 2]),
        "one byte less": lambda path: overwrite(path, path.read_bytes()[:-1]),
        "emptied": lambda path: overwrite(path, b""),
        "one byte more": lambda path: overwrite(path, path.read_bytes() + b"x"),
        "a line more": lambda path: overwrite(path, path.read_bytes() + b"{}\n"),
        "deleted": lambda path: path.unlink(),
        "renamed": lambda path: path.rename(path.with_name("a" + path.name)),
    }


@pytest.mark.parametrize("damage", damages())
def test_each_file_is_named_whatever_is_done_to_it(original: Path, tmp_path: Path, damage: str) -> None:
    for number, name in enumerate(files(original)):
        folder = Path(shutil.copytree(original, tmp_path / str(number)))
        damages()[damage](folder / name)

        answer = verified(folder)

        if name.startswith("derived/") and damage == "deleted":
            assert answer.ok  # it can be made again
            continue
        assert name in named(answer) or (damage, name[:7]) == ("renamed", "derived"), (name, answer.findings)
        if name.startswith(("objects/", "records/", "derived/")) and damage != "renamed":
            assert all(finding.document for finding in answer.findings), answer.findings
        shutil.rmtree(folder)


def test_two_files_of_a_kind_that_changed_places_are_both_named(original: Path, tmp_path: Path) -> None:
    for kind in ("objects", "records", "derived", "heads", "log"):
        one, other = [name for name in files(original) if name.startswith(kind)][:2]
        folder = Path(shutil.copytree(original, tmp_path / kind))
        contents = (folder / one).read_bytes(), (folder / other).read_bytes()
        overwrite(folder / one, contents[1])
        overwrite(folder / other, contents[0])

        answer = verified(folder)

        assert {one, other} <= named(answer)
        if kind in ("objects", "records", "derived"):
            assert {finding.kind for finding in answer.findings} == {"swapped"}


@pytest.mark.parametrize(
    "name",
    ["objects/ab/cd/" + "ab" * 32, "records/x.json", "derived/x/y", "heads/000009.json", "log/n.txt", "notes.txt"],
)
def test_a_file_that_nobody_wrote_is_named(copy: Path, name: str) -> None:
    (copy / name).parent.mkdir(parents=True, exist_ok=True)
    (copy / name).write_text("x")

    for full in (False, True):
        assert [(finding.file, finding.kind) for finding in verified(copy, full=full).findings] == [
            (name, "unexpected")
        ]


def test_the_quick_look_sees_missing_files_and_wrong_sizes(copy: Path) -> None:
    address = sha256(b"letter").hexdigest()
    path = next((copy / "objects").rglob(address))
    overwrite(path, b"lette")
    assert [(finding.kind, finding.expected, finding.found) for finding in verified(copy, full=False).findings] == [
        ("truncated", "6 bytes", "5 bytes")
    ]

    path.unlink()

    assert [(finding.kind, finding.expected) for finding in verified(copy, full=False).findings] == [
        ("missing", address)
    ]


# --- lines of the log


def rewrite(folder: Path, change: Callable[[list[bytes]], list[bytes]]) -> Path:
    """Change the lines of the second segment."""
    path = sorted(folder.glob("log/*/*/*.jsonl"))[1]
    overwrite(path, b"".join(change(path.read_bytes().splitlines(keepends=True))))
    return path


def in_log(answer: Verification) -> list[Finding]:
    return [finding for finding in answer.findings if finding.file.startswith("log")]


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_line_that_was_taken_out_is_missing(copy: Path, at: int) -> None:
    rewrite(copy, lambda lines: lines[:at] + lines[at + 1 :])

    [finding] = in_log(verified(copy))

    assert (finding.kind, finding.expected) == ("missing", f"{at + 5}-{at + 5}")


def test_a_line_that_stands_twice_is_named_with_its_document(copy: Path) -> None:
    path = rewrite(copy, lambda lines: [lines[0], lines[0], *lines[1:]])

    [finding] = in_log(verified(copy))

    assert (finding.kind, finding.document) == ("duplicated", read_line(path.read_bytes().splitlines()[0]).document)


def test_lines_in_another_order_are_named(copy: Path) -> None:
    rewrite(copy, lambda lines: [lines[1], lines[0], *lines[2:]])

    assert [finding.kind for finding in in_log(verified(copy))] == ["reordered"]


def test_a_line_from_somewhere_else_is_named(copy: Path) -> None:
    rewrite(copy, lambda lines: [lines[0], b'{"kind":"ingested"}\n', *lines[1:]])

    assert [finding.kind for finding in in_log(verified(copy))] == ["inserted"]


def test_a_line_changed_with_care_breaks_the_chain_behind_it(copy: Path) -> None:
    """Its own hash fits again, but the next line remembers another."""
    path = rewrite(copy, lambda lines: [forged(lines[0]), *lines[1:]])

    finding = in_log(verified(copy))[0]

    assert (finding.file, finding.kind) == (path.relative_to(copy).as_posix(), "changed")
    assert "Line 5 of the log is not the one that line 6 was written after" in finding.sentence


def test_the_last_line_changed_with_care_is_named_by_the_projection(copy: Path) -> None:
    path = sorted(copy.glob("log/*/*/*.jsonl"))[-1]
    lines = path.read_bytes().splitlines(keepends=True)
    overwrite(path, b"".join([*lines[:-1], forged(lines[-1])]))

    assert "archive.db" in named(verified(copy))
    with pytest.raises(LogChanged), closing(copy) as archive:
        archive.open()


def test_an_end_that_was_cut_off_is_named_with_and_without_the_projection(copy: Path) -> None:
    path = sorted(copy.glob("log/*/*/*.jsonl"))[-1]
    overwrite(path, b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))

    [finding] = in_log(verified(copy, full=False))
    assert (finding.kind, finding.expected, finding.found) == ("truncated", "10", "9")

    (copy / "archive.db").unlink()
    gone = sha256(b"letter").hexdigest()
    unexpected = {finding.file for finding in verified(copy).findings if finding.kind == "unexpected"}
    assert f"objects/{gone[:2]}/{gone[2:4]}/{gone}" in unexpected


def test_a_segment_that_is_gone_is_named(copy: Path) -> None:
    sorted(copy.glob("log/*/*/*.jsonl"))[0].unlink()

    assert in_log(verified(copy))[0] == Finding(
        file="log/2026/11/000001.jsonl", kind="missing", sentence="Segment 1 of the log is missing."
    )


def test_a_history_rewritten_from_end_to_end_is_what_only_an_anchor_outside_can_show(copy: Path) -> None:
    """Whoever may write everything can write everything anew. The documentation says so; this test keeps it honest."""
    archive = DocumentArchive(copy, clock=FakeClock())
    archive.close()
    shutil.rmtree(copy)
    fill(copy)

    assert verified(copy).ok


# --- the projection


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE document SET name = 'other.pdf' WHERE seq = 1",
        "UPDATE document SET sha256 = sha256 || 'x' WHERE seq = 1",
        "DELETE FROM document WHERE seq = 1",
        "UPDATE link SET target = 'J2'",
        "INSERT INTO link VALUES ('D1', 'order', 'B1', 3)",
        "UPDATE entry SET time = '2020' WHERE seq = 3",
        "DELETE FROM derived",
        "UPDATE passage SET body = 'nothing' WHERE sort = (SELECT min(sort) FROM passage)",
        "UPDATE position SET byte = byte + 1",
        "UPDATE position SET head = ''",
    ],
)
def test_a_changed_row_of_the_projection_is_named(copy: Path, change: str) -> None:
    sql(copy, change)

    answer = verified(copy)

    assert {(finding.file, finding.kind) for finding in answer.findings} == {("archive.db", "projection")}
    assert all("does not say what the files say" in finding.sentence for finding in answer.findings)
    if "document" in change:
        assert {finding.document for finding in answer.findings} != {None}


def test_a_search_index_that_lost_its_words_is_named(copy: Path) -> None:
    sql(copy, "DELETE FROM search_data WHERE id > 10")

    assert named(verified(copy)) == {"archive.db"}


def test_a_projection_that_is_no_database_is_named_and_made_again(copy: Path, original: Path) -> None:
    (copy / "archive.db").write_bytes(b"no database at all" * 1000)

    assert named(verified(copy)) == {"archive.db"}
    with closing(copy) as archive, closing(original) as before:
        assert archive.dump() == before.dump()
    assert verified(copy).ok


def test_a_projection_deleted_under_our_hands_is_made_again(copy: Path) -> None:
    with closing(copy) as archive:
        before = archive.dump()
        for path in copy.glob("archive.db*"):
            path.unlink()

        assert archive.find("Weber").total == 1
        assert archive.dump() == before


def test_a_projection_damaged_inside_is_said_and_can_be_made_again(copy: Path, original: Path) -> None:
    content = bytearray((copy / "archive.db").read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    (copy / "archive.db").write_bytes(content)

    with closing(copy) as archive, closing(original) as before:
        for ask in (lambda: archive.find("Weber"), lambda: bring(archive, b"new", "new")):
            with pytest.raises(DatabaseDamaged, match="originals and the log are not touched"):
                ask()
        assert named(archive.verify(full=True)) == {"archive.db"}
        archive.rebuild()
        assert archive.dump() == before.dump()


@pytest.mark.parametrize("change", ["PRAGMA user_version = 99", "DROP TABLE passage"])
def test_a_projection_of_another_shape_is_made_again(copy: Path, original: Path, change: str) -> None:
    sql(copy, change)

    with closing(copy) as archive, closing(original) as before:
        archive.rebuild()
        assert archive.dump() == before.dump()
    assert verified(copy).ok


def test_the_projection_made_again_says_the_same(copy: Path) -> None:
    with closing(copy) as archive:
        before = archive.dump()

        assert archive.rebuild() == {"documents": 4, "lines": 10}
        assert archive.dump() == before

        archive.close()
        for path in copy.glob("archive.db*"):
            path.unlink()
        assert archive.dump() == before


def test_objects_records_and_log_are_enough_to_begin_again(copy: Path, tmp_path: Path) -> None:
    for name in ("objects", "records", "log", "heads"):
        shutil.copytree(copy / name, tmp_path / "restored" / name)

    with closing(tmp_path / "restored") as archive:
        archive.rebuild()
        assert [hit.title for hit in archive.find("").hits] == ["invoice.pdf", "invoice.pdf", "Weber", "Jansen.pdf"]
    assert verified(tmp_path / "restored").ok


def test_a_log_that_cannot_be_followed_leaves_the_projection_as_it_was(copy: Path) -> None:
    with closing(copy) as archive:
        before = archive.dump()
        rewrite(copy, lambda lines: lines[1:])

        with pytest.raises(LogChanged, match="does not follow"):
            archive.rebuild()
        assert archive.dump() == before


# --- anything at all


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_history_verifies_clean_and_any_flipped_bit_is_named(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("history") / "archive"
    clock = FakeClock(datetime(2026, 12, 30, tzinfo=UTC))
    with closing(folder, clock) as archive:
        known = [bring(archive, b"0", "0").id]
        for step in data.draw(st.lists(st.sampled_from(["add", "copy", "text", "link", "day"]), max_size=8)):
            document = data.draw(st.sampled_from(known))
            if step in ("add", "copy"):
                known.append(bring(archive, b"0" if step == "copy" else b"%d" % len(known), str(len(known))).id)
            elif step == "text":
                archive.add_text(document, f"text {len(known)}", title=data.draw(st.sampled_from(["A", "B"])))
            elif step == "link":
                archive.link(document, "order", str(len(known)), actor=ANNA)
            else:
                clock.advance(days=1)
    assert verified(folder).ok

    name = data.draw(st.sampled_from(files(folder)))
    flip(folder / name, data.draw(st.floats(0, 1)))

    assert name in named(verified(folder))


def named(answer: Verification) -> set[str]:
    assert not answer.ok
    return {finding.file for finding in answer.findings}


def sql(folder: Path, change: str) -> None:
    connection = sqlite3.connect(folder / "archive.db")
    connection.execute(change)
    connection.commit()
    connection.close()


def forged(line: bytes) -> bytes:
    """The same line with another time, and a hash of its own that fits."""
    entry = read_line(line.removesuffix(b"\n"))
    data = {name: getattr(entry, name) for name in Entry.__slots__}
    changed = Entry(**data | {"time": entry.time.replace(microsecond=1)})
    assert line_hash(changed.line()) != line_hash(entry.line())
    assert json.loads(changed.line())["seq"] == entry.seq
    return changed.line() + b"\n"


class closing:  # noqa: N801 - reads as contextlib.closing does
    """An archive for the length of a block."""

    def __init__(self, folder: Path, clock: FakeClock | None = None) -> None:
        self._archive = DocumentArchive(folder, clock=clock or FakeClock())

    def __enter__(self) -> DocumentArchive:
        return self._archive

    def __exit__(self, *_: object) -> None:
        self._archive.close()
