"""Foreign files are read in children that cannot hurt the office."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kontorist.sandbox import SENTENCES, Limits, Outcome, Pool, ReasonCode

HERE = Path(__file__).parent
LINUX = sys.platform == "linux"


@pytest.fixture
def pool() -> Iterator[Pool]:
    with Pool(readers="misbehaving_readers", limits=Limits(cpu=1, wall=20, result=1_000_000)) as opened:
        yield opened


def ask(pool: Pool, reader: str, content: bytes = b"", **arguments: Any) -> Outcome:
    return pool.call(f"misbehaving_readers:{reader}", content, **arguments)


def refused(outcome: Outcome) -> ReasonCode:
    assert outcome.refused is not None
    assert outcome.refused.sentence.endswith((".", "x"))
    return outcome.refused.code


def test_what_a_reader_finds_comes_back_whatever_libraries_print(pool: Pool) -> None:
    outcome = ask(pool, "echo", "Müller".encode(), word="Rechnung")

    assert outcome.refused is None
    assert (outcome.value["word"], outcome.value["text"]) == ("Rechnung", "Müller")


def test_a_file_of_many_megabytes_passes_the_pipe(pool: Pool) -> None:
    assert ask(pool, "length", bytes(9_000_000)).value == 9_000_000


def test_one_warm_child_serves_many_files(pool: Pool) -> None:
    pids = {ask(pool, "echo", word="").value["pid"] for _ in range(5)}

    assert len(pids) == 1
    assert pids != {os.getpid()}


def test_a_file_that_never_ends_is_stopped_by_its_processor_time(pool: Pool) -> None:
    assert refused(ask(pool, "spin")) is ReasonCode.TIMED_OUT
    assert ask(pool, "length", b"next").value == 4


def test_processor_time_is_given_to_each_file_anew(pool: Pool) -> None:
    used = [ask(pool, "spin", seconds=0.6).value for _ in range(3)]

    assert used == [0.6, 0.6, 0.6]


def test_a_file_that_waits_for_ever_is_stopped_by_the_clock() -> None:
    with Pool(readers="misbehaving_readers", limits=Limits(wall=0.5)) as pool:
        began = time.monotonic()

        assert refused(ask(pool, "sleep")) is ReasonCode.TIMED_OUT
        assert time.monotonic() - began < 10
        assert ask(pool, "length", b"next").value == 4


@pytest.mark.skipif(not LINUX, reason="macOS does not keep RLIMIT_AS")
def test_a_file_that_wants_all_memory_gets_none(pool: Pool) -> None:
    assert refused(ask(pool, "grow")) is ReasonCode.OUT_OF_MEMORY
    assert refused(ask(pool, "grow_in_c")) is ReasonCode.PARSER_DIED
    assert ask(pool, "length", b"next").value == 4


@pytest.mark.skipif(not LINUX, reason="RLIMIT_DATA bounds what is mapped only on Linux")
def test_a_child_that_may_start_programs_still_has_no_network(pool: Pool) -> None:
    with Pool(readers="misbehaving_readers", limits=Limits(cpu=2, programs=True)) as starting:
        assert ask(starting, "run_a_program").value == "run"
        assert ask(starting, "call_home").value in {"no socket", "no way out"}
        assert ask(starting, "call_home_by_a_program").value == "not connected"
    assert ask(pool, "run_a_program").value == "not run"


def test_nobody_waits_behind_children_of_another_kind(pool: Pool, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    slow = Pool(readers="misbehaving_readers")
    with Pool(apart={"misbehaving_readers": slow}) as whole, ThreadPoolExecutor(1) as others:
        under_way = others.submit(whole.call, "misbehaving_readers:wait_at", b"", path=str(gate))

        quick = whole.call("kontorist.extraction.intake:read_invoice", b"no file", visual_only=True, profile={})

        assert refused(quick) is ReasonCode.UNSUPPORTED
        assert not under_way.done()
        gate.write_bytes(b"go on")
        assert under_way.result().value == "go on"
    with pytest.raises(RuntimeError):
        ask(slow, "length")


def test_a_runtime_of_its_own_may_reserve_but_not_fill_more(pool: Pool) -> None:
    with Pool(readers="misbehaving_readers", limits=Limits(cpu=2, runtime=True)) as runtime:
        assert ask(runtime, "reserve").value is True
        assert refused(ask(runtime, "grow")) is ReasonCode.OUT_OF_MEMORY
        assert runtime.network_closed_by() is not None
    assert ask(pool, "reserve").refused is not None


def test_a_parser_that_dies_is_named_with_its_signal(pool: Pool) -> None:
    outcome = ask(pool, "abort")

    assert refused(outcome) is ReasonCode.PARSER_DIED
    assert outcome.refused is not None
    assert "SIGABRT" in outcome.refused.sentence
    assert ask(pool, "length", b"next").value == 4


def test_a_parser_that_leaves_is_named_too(pool: Pool) -> None:
    outcome = ask(pool, "leave")

    assert refused(outcome) is ReasonCode.PARSER_DIED
    assert outcome.refused is not None
    assert "status 3" in outcome.refused.sentence


def test_a_file_has_two_strikes_in_a_warm_child_and_one_in_a_fresh_one(pool: Pool, tmp_path: Path) -> None:
    diary = tmp_path / "diary"

    ask(pool, "abort", diary=str(diary))
    assert diary.read_text().count("tried") == 1

    ask(pool, "length")
    ask(pool, "abort", diary=str(diary))
    assert diary.read_text().count("tried") == 3


def test_what_earlier_files_did_to_a_child_is_not_held_against_the_next(pool: Pool) -> None:
    assert ask(pool, "abort_when_warm").value == "read by a fresh child"
    assert ask(pool, "abort_when_warm").value == "read by a fresh child"


def test_children_are_replaced_after_so_many_files() -> None:
    with Pool(readers="misbehaving_readers", limits=Limits(files_per_child=2)) as pool:
        pids = [ask(pool, "echo", word="").value["pid"] for _ in range(4)]

    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_a_refusal_carries_code_and_sentence_and_the_child_lives_on(pool: Pool) -> None:
    before = ask(pool, "echo", word="").value["pid"]
    outcome = ask(pool, "refuse")

    assert refused(outcome) is ReasonCode.ENCRYPTED
    assert outcome.refused is not None
    assert outcome.refused.sentence == SENTENCES[ReasonCode.ENCRYPTED]
    assert ask(pool, "echo", word="").value["pid"] == before


def test_an_endless_sentence_is_cut(pool: Pool) -> None:
    outcome = ask(pool, "refuse_at_length")

    assert outcome.refused is not None
    assert len(outcome.refused.what) == 500


def test_a_bug_of_ours_reads_as_a_damaged_file_with_the_trace_for_the_log(pool: Pool) -> None:
    outcome = ask(pool, "stumble")

    assert refused(outcome) is ReasonCode.DAMAGED
    assert outcome.refused is not None
    assert "a bug of ours" in (outcome.refused.detail or "")


def test_an_answer_beyond_all_size_is_refused(pool: Pool) -> None:
    assert refused(ask(pool, "much")) is ReasonCode.TOO_LARGE
    assert refused(ask(pool, "promise_too_much")) is ReasonCode.TOO_LARGE


@pytest.mark.parametrize("reader", ["deep", "no_number", "scribble"])
def test_an_answer_that_is_no_plain_json_is_not_believed(pool: Pool, reader: str) -> None:
    assert refused(ask(pool, reader)) is ReasonCode.PARSER_DIED
    assert ask(pool, "length", b"next").value == 4


def test_a_refusal_without_a_code_counts_as_damaged(pool: Pool) -> None:
    assert refused(ask(pool, "refuse_by_a_list")) is ReasonCode.DAMAGED


def test_only_readers_run_there(pool: Pool) -> None:
    assert refused(pool.call("os:system", b"")) is ReasonCode.DAMAGED
    with Pool() as ordinary:
        assert refused(ordinary.call("os:system", b"")) is ReasonCode.DAMAGED


@pytest.mark.skipif(not LINUX, reason="only Linux closes the network of a process")
def test_no_socket_and_no_program_from_in_there(pool: Pool) -> None:
    assert pool.network_closed_by() in {"seccomp", "namespace"}
    assert ask(pool, "call_home").value in {"no socket", "no way out"}
    assert ask(pool, "run_a_program").value == "not run"


@pytest.mark.skipif(not LINUX, reason="looks into /proc")
def test_a_child_has_nothing_of_its_parent(pool: Pool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KONTORIST_SECRET_BANK", "topsecret")
    with (tmp_path / "open").open("w") as opened:
        os.set_inheritable(opened.fileno(), True)
        around = ask(pool, "surroundings", b"rest").value

    assert "topsecret" not in around["environment"].values()
    assert around["group"] == around["pid"]
    assert len(around["descriptors"]) <= 5  # the two pipes, their copy, and what listing them opens
    assert Path(around["folder"]) != Path.cwd()
    assert Path(around["folder"], "left-behind").read_bytes() == b"rest"


@pytest.mark.skipif(not LINUX, reason="looks into /proc")
def test_its_folder_goes_with_it() -> None:
    with Pool(readers="misbehaving_readers") as pool:
        folder = Path(ask(pool, "surroundings").value["folder"])
        assert folder.is_dir()

    assert not folder.exists()


def test_a_child_cannot_fill_the_disk() -> None:
    with Pool(readers="misbehaving_readers", limits=Limits(file_size=4096)) as pool:
        assert refused(ask(pool, "fill_the_disk")) is ReasonCode.DAMAGED


def test_several_threads_share_a_pool() -> None:
    with Pool(size=2, readers="misbehaving_readers") as pool, ThreadPoolExecutor(6) as executor:
        texts = [str(number) for number in range(40)]
        outcomes = list(executor.map(lambda text: ask(pool, "echo", text.encode(), word=text), texts))

    assert [outcome.value["text"] for outcome in outcomes] == texts
    assert len({outcome.value["pid"] for outcome in outcomes}) <= 2


def test_a_child_outlives_the_thread_that_needed_it_first(pool: Pool) -> None:
    with ThreadPoolExecutor(1) as executor:
        first = executor.submit(ask, pool, "echo", word="").result().value["pid"]

    assert ask(pool, "echo", word="").value["pid"] == first


def test_a_closed_pool_reads_nothing(pool: Pool) -> None:
    ask(pool, "length")
    pool.close()
    pool.close()

    with pytest.raises(RuntimeError, match="closed"):
        ask(pool, "length")


def test_a_child_that_cannot_start_is_an_error_of_the_set_up() -> None:
    with (
        Pool(preload=["no_such_module_anywhere"]) as pool,
        pytest.raises(ChildProcessError, match="did not start"),
    ):
        pool.call("misbehaving_readers:length", b"")


def test_a_child_that_cannot_start_leaves_no_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python-here"))

    with Pool(readers="misbehaving_readers") as pool, pytest.raises(FileNotFoundError):
        ask(pool, "length")

    assert list(tmp_path.iterdir()) == []


def test_a_child_that_is_ended_is_not_killed_again(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its number may be another's by then: a start that fails leaves the old child for the next call to replace."""
    ended: list[int] = []
    kill = os.killpg
    monkeypatch.setattr(os, "killpg", lambda number, how: (ended.append(number), kill(number, how)))
    assert refused(ask(pool, "leave")) is ReasonCode.PARSER_DIED
    with monkeypatch.context() as without:
        without.setattr(sys, "executable", "/no/python/here")
        with pytest.raises(FileNotFoundError):
            ask(pool, "length")

    assert ask(pool, "length", b"next").value == 4
    assert len(ended) == len(set(ended)) == 1


@pytest.mark.skipif(not LINUX, reason="PR_SET_PDEATHSIG is Linux's")
def test_no_orphan_lives_on_when_the_parent_is_killed() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), *filter(None, sys.path)])}
    parent = subprocess.Popen(
        [sys.executable, str(HERE / "orphan_maker.py")], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert busy_within(child, seconds=30)  # before that, the end of its input would end it too
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    assert gone_within(child, seconds=2)


def busy_within(pid: int, seconds: float) -> bool:
    """Has the process used processor time since we began to look?"""
    ticks: list[int] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ticks.append(int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11]))
        if ticks[-1] > ticks[0] + 20:
            return True
        time.sleep(0.02)
    return False


def gone_within(pid: int, seconds: float) -> bool:
    """Has the process ended (a zombie that nobody has buried counts as ended)?"""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False
