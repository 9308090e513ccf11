"""One Kontorist per folder, and a notice that means something only while somebody holds the lock."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kontorist.domain.errors import AnotherInstance
from kontorist.engine.instance import instance_lock, is_running, notice_of, publish


def test_a_second_instance_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with instance_lock(tmp_path), pytest.raises(AnotherInstance), instance_lock(tmp_path):
        pass


def test_the_lock_is_free_again_after_its_holder(tmp_path: Path) -> None:
    with instance_lock(tmp_path):
        assert is_running(tmp_path)

    assert not is_running(tmp_path)


def test_children_do_not_inherit_the_lock(tmp_path: Path) -> None:
    with instance_lock(tmp_path):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert not is_running(tmp_path)
    finally:
        child.communicate(b"\n")


def test_an_old_notice_means_nothing_when_nobody_runs(tmp_path: Path) -> None:
    publish(tmp_path, {"receiver": "http://127.0.0.1:8800"})

    assert notice_of(tmp_path) is None
    with instance_lock(tmp_path):
        assert notice_of(tmp_path) == {"receiver": "http://127.0.0.1:8800"}


def test_somebody_who_is_just_looking_does_not_stop_an_instance_from_starting(tmp_path: Path) -> None:
    with instance_lock(tmp_path):
        pass
    looking = (tmp_path / "instance.lock").open()
    fcntl.flock(looking, fcntl.LOCK_SH)
    threading.Timer(0.05, looking.close).start()

    with instance_lock(tmp_path):
        assert looking.closed


def test_looking_does_not_stop_an_instance_from_starting(tmp_path: Path) -> None:
    assert not is_running(tmp_path)
    assert notice_of(tmp_path) is None
    with instance_lock(tmp_path):
        pass
