"""Killed anywhere: what was acknowledged is there, nothing is twice, and the archive verifies clean.

The power may also go while the log is being written, which leaves a last line without an end.
"""

from __future__ import annotations

import json
import random
import shutil
import threading
from collections import Counter
from pathlib import Path

import pytest

from kontorist.archive import DocumentArchive, LogChanged
from kontorist.archive.disk import STEPS
from kontorist.domain.ids import DocumentId
from kontorist.testing.fakes import FakeClock
from tests.archive.office import Work, bring, log_lines, told

pytestmark = pytest.mark.faults

DIED = 70  # the exit code of the failpoint action `exit`


def opened(folder: Path) -> DocumentArchive:
    return DocumentArchive(folder, clock=FakeClock())


def check_promises(folder: Path) -> None:
    """What `told` says was acknowledged."""
    archive = opened(folder)
    for line in told(folder).read_text().splitlines() if told(folder).exists() else []:
        kind, document = line.split()
        assert archive.content(DocumentId(document))
        if kind == "text":
            assert document in {hit.id for hit in archive.find("lesung").hits}
        if kind == "link":
            assert archive.links(DocumentId(document)) == [("voucher", "J1")]
    archive.close()


def findings(folder: Path, *, full: bool = True) -> list[str]:
    archive = opened(folder)
    found = [f"{finding.file}: {finding.sentence}" for finding in archive.verify(full=full).findings]
    archive.close()
    return found


def check_repetition(folder: Path, work: Work) -> None:
    """The same day once more completes what was cut short, and doubles nothing."""
    assert work(folder) == 0
    archive = opened(folder)
    archive.open()
    kinds = Counter(_kinds(folder))
    assert (kinds["ingested"], kinds["linked"]) == (3, 1)
    assert sorted(hit.title for hit in archive.find("").hits) == ["Rechnung Weber", "invoice.pdf", "invoice.pdf"]
    assert archive.find("zweite").total == 1
    dump = archive.dump()
    archive.rebuild()
    assert archive.dump() == dump
    assert not list((folder / "staging").glob("[!t]*"))
    archive.close()
    assert findings(folder) == []


REPEATED = ("stage.write", "place.link", "unstage")  # after one pass is before the next, or before the next step
CASES = [
    (step, edge)
    for step in STEPS
    for edge in ("before", "after")
    if not step.startswith("torn") and not (step in REPEATED and edge == "after")
]


@pytest.mark.parametrize(("step", "edge"), CASES)
def test_killed_at_any_step_nothing_acknowledged_is_lost_and_nothing_is_twice(
    step: str, edge: str, work: Work, tmp_path: Path
) -> None:
    for count in range(1, 30):
        folder = tmp_path / f"archive-{count}"

        code = work(folder, failpoints=f"archive.{step}.{edge}=exit@{count}")

        assert code in (0, DIED)
        assert findings(folder) == [], "an auditor who comes before the restart"
        check_promises(folder)
        assert findings(folder) == []
        check_repetition(folder, work)
        shutil.rmtree(folder)
        if code == 0:
            assert count > 2, "the failpoint was reached"
            return
    pytest.fail("more passes than expected")


@pytest.mark.parametrize("torn", [b"{", b'{"actor":"system","document":"D12', b"\x00\x00\x00"])
def test_a_line_cut_off_by_a_crash_is_put_aside_and_the_log_says_so(torn: bytes, work: Work, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    assert work(folder, failpoints="archive.log.write.before=exit@2") == DIED
    _tear(folder, torn)

    assert findings(folder) == []
    check_promises(folder)

    assert [path.read_bytes() for path in (folder / "staging").glob("torn.*")] == [torn]
    assert _kinds(folder)[-1] == "tail_recovered"
    check_repetition(folder, work)


@pytest.mark.parametrize("failpoint", ["torn.move.before", "torn.move.after", "torn.cut.before", "torn.cut.after"])
def test_killed_while_recovering_it_recovers_the_next_time(failpoint: str, work: Work, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    assert work(folder, failpoints="archive.log.write.before=exit@2") == DIED
    _tear(folder, b'{"actor":')

    assert work(folder, failpoints=f"archive.{failpoint}=exit") == DIED

    assert findings(folder) == []
    check_repetition(folder, work)
    assert _kinds(folder).count("tail_recovered") == 1


def test_killed_while_noting_the_recovery_it_is_noted_the_next_time(work: Work, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    assert work(folder, failpoints="archive.log.write.before=exit@2") == DIED
    _tear(folder, b'{"actor":')
    assert work(folder, failpoints="archive.log.write.before=exit") == DIED
    _tear(folder, b'{"actor":"sys')

    check_repetition(folder, work)

    assert _kinds(folder).count("tail_recovered") == 1
    assert [path.read_bytes() for path in (folder / "staging").glob("torn.*")] == [b'{"actor":']


def test_a_line_that_cannot_be_read_but_has_an_end_is_no_crash(archive: DocumentArchive, folder: Path) -> None:
    bring(archive, b"invoice", "1")
    _tear(folder, b'{"actor":"system"}\n')

    with pytest.raises(LogChanged, match="Line 2 of the log was changed"):
        bring(archive, b"invoice 2", "2")
    assert [finding.kind for finding in archive.verify().findings] == ["inserted"]


def test_a_line_cut_off_after_it_was_acknowledged_is_no_crash(archive: DocumentArchive, folder: Path) -> None:
    bring(archive, b"invoice", "1")
    segment = next(folder.glob("log/*/*/*.jsonl"))
    segment.write_bytes(segment.read_bytes()[:-20])

    with pytest.raises(LogChanged, match="no longer the one that was written"):
        bring(archive, b"invoice 2", "2")
    assert [finding.kind for finding in archive.verify().findings if finding.file.startswith("log")] == ["truncated"]


def test_a_projection_that_fell_behind_catches_up(archive: DocumentArchive, folder: Path, tmp_path: Path) -> None:
    bring(archive, b"invoice", "1")
    archive.close()
    shutil.copy(folder / "archive.db", tmp_path / "old.db")
    added = bring(archive, b"invoice 2", "2")
    archive.close()
    shutil.copy(tmp_path / "old.db", folder / "archive.db")

    assert archive.verify(full=True).ok
    assert archive.get(added.id) == added


def test_killed_at_random_moments(work: Work, tmp_path: Path) -> None:
    folder, moments = tmp_path / "archive", random.Random(2026)

    for _ in range(12):
        work(folder, kind="many_invoices", kill_after=moments.uniform(0.02, 0.15))
        assert findings(folder) == []
        check_promises(folder)

    assert len(set(told(folder).read_text().splitlines())) > 12


def _tear(folder: Path, torn: bytes) -> None:
    with sorted(folder.glob("log/*/*/*.jsonl"))[-1].open("ab") as segment:
        segment.write(torn)


def _kinds(folder: Path) -> list[str]:
    return [json.loads(line)["kind"] for line in log_lines(folder)]


def test_verifying_beside_a_writer_never_accuses_it(work: Work, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    opened(folder).open()
    writer = threading.Thread(target=work, args=(folder,), kwargs={"kind": "many_invoices", "kill_after": 1.0})
    writer.start()

    rounds = 0
    while writer.is_alive() or rounds == 0:
        assert findings(folder, full=bool(rounds % 2)) == []
        rounds += 1

    writer.join()
