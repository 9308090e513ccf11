"""The pytest plugin: isolation of Prefect and loud gaps."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from kontorist.testing import plugin


def run_pytest(folder: Path, test: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(test)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n corpus: c\n systems: s\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "kontorist.testing.plugin"]
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # ours alone; the others take seconds to load
    variables = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "COV"))}
    return subprocess.run(
        command, cwd=folder, env=variables | environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_tests_never_touch_the_users_own_prefect_profile() -> None:
    """Neither before the first import of Prefect nor after another test has used the server of this run."""
    assert Path(os.environ["PREFECT_HOME"]).is_relative_to(tempfile.gettempdir())
    assert os.environ["PREFECT_API_URL"].startswith("http://127.0.0.1:") or os.environ["PREFECT_API_URL"] == ""


def test_the_corpus_is_looked_for_beside_the_repository(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KONTORIST_SHARED", raising=False)
    (tmp_path / "shared" / "corpus").mkdir(parents=True)

    assert plugin.shared_folder(tmp_path / "repository") == tmp_path / "shared"
    assert plugin.missing_corpus(tmp_path / "repository") is None


@pytest.mark.corpus
def test_the_corpus_holds_hostile_files(shared_corpus: Path) -> None:
    assert (shared_corpus / "hostile").is_dir()


def test_gaps_are_skipped_and_named_at_the_end_of_the_run(tmp_path: Path) -> None:
    done = run_pytest(
        tmp_path,
        """
import pytest
@pytest.mark.corpus
def test_a(): pass
def test_b(shared_corpus): pass
@pytest.mark.systems("no-such-program", install="apt-get install it")
def test_c(): pass
@pytest.mark.systems("sh")
def test_d(): pass
""",
        KONTORIST_SHARED=str(tmp_path / "nowhere"),
        KONTORIST_REQUIRE_SYSTEMS="0",
    )

    assert done.returncode == 0, done.stdout
    assert "1 passed, 3 skipped" in done.stdout
    assert "LEFT OUT" in done.stdout
    assert f"2 x the shared corpus ({tmp_path / 'nowhere'}); set KONTORIST_SHARED" in done.stdout
    assert "1 x no-such-program; install with: apt-get install it" in done.stdout


def test_where_systems_are_required_a_gap_is_a_failure(tmp_path: Path) -> None:
    done = run_pytest(
        tmp_path,
        "import pytest\n@pytest.mark.systems('no-such-program')\ndef test_c(): pass\n",
        KONTORIST_REQUIRE_SYSTEMS="1",
    )

    assert done.returncode == 1
    assert "allows no gap" in done.stdout


def test_what_only_root_can_start_is_left_out_for_others(tmp_path: Path) -> None:
    done = run_pytest(
        tmp_path,
        """
import os, pytest
os.geteuid = lambda: 1000
@pytest.mark.systems("sh", root=True)
def test_a(): pass
""",
        KONTORIST_REQUIRE_SYSTEMS="0",
    )

    assert "1 x the right to start sh; run the tests as root" in done.stdout
