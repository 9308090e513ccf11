"""Our own hostile files: the same every time, each with a named end; and a watch that sees who goes astray."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from kontorist.extraction.reading import open_pool, read_invoice
from kontorist.sandbox import ADVICE, Pool
from kontorist.testing.documents.company import sample_month
from kontorist.testing.hostile import Bomb, Recipe, recipes
from kontorist.testing.hostile.__main__ import failures
from kontorist.testing.hostile.direct import read_all
from kontorist.testing.hostile.trial import End, Verdict
from kontorist.testing.hostile.watch import Sight, Watch, cannot_watch, sights_in
from tests.sandbox import misbehaving_readers

LIGHT = [recipe for recipe in recipes() if not recipe.heavy]
SAMPLE = LIGHT[::16]
ENDS = {
    "review", "read", "unfit", "damaged", "encrypted", "forbidden_construct", "unsupported", "too_large",
    "too_many_pages", "parser_died", "out_of_memory", "timed_out", "not_json", "too_deep", "duplicate_name",
    "not_a_number", "number_out_of_range", "lone_surrogate", "not_utf8",
}  # fmt: skip


def test_there_are_enough_of_each_kind_and_no_name_twice() -> None:
    kinds = {"pdf": 60, "xml": 30, "xlsx": 30, "eml": 40, "csv": 10, "png": 8, "tif": 5, "json": 8}
    names = [recipe.name for recipe in recipes()]

    assert len(names) == len(set(names)) >= 150
    assert all(sum(name.endswith(f".{kind}") for name in names) >= count for kind, count in kinds.items())


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    drawn = [recipe for recipe in LIGHT if recipe.name in {"noise.csv", "font-file-noise.pdf", "deep-arrays.json"}]

    assert len(drawn) == 3
    for recipe in [*SAMPLE[::3], *drawn]:
        assert recipe.bomb(1) == recipe.bomb(1)
    assert all(recipe.bomb(1).content != recipe.bomb(2).content for recipe in drawn)


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Watch]:
    """Children started inside of it are followed."""
    if (why := cannot_watch()) is not None:
        pytest.skip(f"the reading processes are NOT WATCHED: {why}")
    watch = Watch(tmp_path_factory.mktemp("watch"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "executable", str(watch.interpreter))
        yield watch


@pytest.mark.systems("strace", install="apt-get install strace")
def test_every_sixteenth_ends_by_name_inside_its_folder_and_the_next_invoice_is_read(
    watch: Watch, tmp_path: Path
) -> None:
    honest = sample_month(tmp_path, today=date(2026, 11, 20))[0].file.read_bytes()
    with open_pool() as pool:
        ends = list(read_all(pool, (recipe.bomb() for recipe in SAMPLE)))
        draft = read_invoice(pool, honest, name="honest")

    assert {end.state for end in ends} <= ENDS
    assert all((end.reason or "").endswith(".") for end in ends if end.state not in {"review", "read"})
    assert draft.value("gross") is not None
    assert [sight for sight in watch.sights() if not sight.refused] == []
    assert watch.processes() >= 1


@pytest.mark.systems("strace", install="apt-get install strace")
def test_a_reader_that_goes_astray_is_seen(watch: Watch, tmp_path: Path) -> None:
    """Without this the watch above could be blind: here is a reader that writes, reads, calls and runs."""
    before = set(watch.sights())
    name = misbehaving_readers.__name__
    with Pool(readers=name) as pool:
        assert pool.call(f"{name}:write_and_read", b"", target=str(tmp_path / "was-here")).refused is None
        pool.call(f"{name}:call_home", b"")
        pool.call(f"{name}:run_a_program", b"")

    seen = {(sight.kind, sight.target, sight.refused) for sight in set(watch.sights()) - before}
    assert ("write", str(tmp_path / "was-here"), False) in seen
    assert ("write", "/etc/no-such-file", True) in seen
    assert ("read", "/etc/passwd", False) in seen
    assert any(kind == "socket" and refused for kind, _, refused in seen)
    assert any(kind == "program" for kind, _, _ in seen)
    assert not any("inside" in target for _, target, _ in seen)


TRACE = """\
7 execve("/usr/bin/python3", ["python3"], 0x7ffc /* 7 vars */) = 0
7 openat(AT_FDCWD</srv/here>, "out", O_WRONLY|O_CREAT, 0666) = 3</srv/here/out>
7 newfstatat(AT_FDCWD</srv/here>, "/etc/passwd", {st_mode=S_IFREG}, 0) = 0
7 clone3({flags=CLONE_VM|CLONE_THREAD, stack=0x7f}, 88) = 9
7 openat(AT_FDCWD</srv/here>, "/etc/missing", O_RDONLY) = -1 ENOENT (No such file or directory)
"""


@pytest.mark.parametrize(
    ("line", "sight"),
    [
        ('9 connect(3<TCP:[1]>, {sa_family=AF_INET}, 16) = 0', ("socket", "connect", False)),
        ('9 socket(AF_UNIX, SOCK_STREAM, 0) = -1 EPERM (Operation not permitted)', ("socket", "socket", True)),
        ('9 openat(AT_FDCWD</srv/here>, "../out", O_RDWR) = 4</srv/out>', ("write", "openat", False)),
        ('9 renameat2(4</srv/here>, "a", AT_FDCWD</srv/here>, "/home/a", 0) = 0', ("write", "renameat2", False)),
        ('9 mkdir("/var/a", 0777 <unfinished ...>', ("write", "mkdir", False)),
        ('9 openat(AT_FDCWD</srv/here>, "/etc/ssh/id", O_RDONLY) = 4</etc/ssh/id>', ("read", "openat", False)),
        ('9 vfork() = 12', ("program", "vfork", False)),
    ],
)  # fmt: skip
def test_what_a_trace_shows(line: str, sight: tuple[str, str, bool]) -> None:
    assert sights_in(iter(TRACE.splitlines())) == []

    (seen,) = sights_in(iter([*TRACE.splitlines(), line]))

    assert (seen.kind, seen.call, seen.refused) == sight


def verdict(state: str = "worklist: KON-PICTURE", reason: str | None = "It is a picture.", **facts: object) -> Verdict:
    bomb = Bomb(name="a.pdf", door="paper", content=b"")
    made = Verdict(
        ends=[End(bomb=bomb, state=state, reason=reason)], seconds=1, slowest_health=0.1, asked=9,
        restarts={"worker": 0}, honest=["booked"],
    )  # fmt: skip
    for name, value in facts.items():
        setattr(made, name, value)
    return made


def test_a_trial_fails_for_each_thing_that_must_not_be() -> None:
    outside = Sight(kind="write", call="openat", target="/etc/a", refused=False)

    assert failures(verdict()) == []
    assert failures(verdict("quarantined: damaged", None)) == ["a.pdf ended quarantined: damaged: None"]
    assert failures(verdict("retry: None")) == ["a.pdf ended retry: None: It is a picture."]
    assert failures(verdict("answered None", None))
    assert failures(verdict(restarts={"worker": 2})) == ["worker was started again 2 times"]
    assert failures(verdict(slowest_health=1.2))
    assert failures(verdict(honest=["booked", "quarantined: KON-FILE-DAMAGED"]))
    assert failures(verdict(honest=[]))
    assert failures(verdict(sights=[outside])) == ["a reading process did openat(/etc/a)"]


def test_a_damaged_file_is_not_called_protected_because_the_one_before_was() -> None:
    """pdfium keeps its last error; in a warm child the next file that fails without one was told to have a password."""
    found = {recipe.name: recipe for recipe in recipes()}
    with open_pool() as pool:
        states = [
            end.state
            for end in read_all(pool, map(made, (found["encrypted-version-2G.pdf"], found["page-tree-2pow40.pdf"])))
        ]

    assert states == ["encrypted", "damaged"]


def made(recipe: Recipe) -> Bomb:
    return recipe.bomb()


@pytest.mark.parametrize("advice", ADVICE.values())
def test_no_sentence_needs_to_be_explained(advice: str) -> None:
    assert not re.search(r"SIG|MiB|parser|child|process|pipe|exception", advice)
