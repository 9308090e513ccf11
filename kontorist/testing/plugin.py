"""Our pytest plugin, registered by the entry point `pytest11`.

It keeps Prefect away from the user's own profile, finds the shared corpus, and says at the end of a run, loudly, what
was left out for want of a corpus or of a real system. With KONTORIST_REQUIRE_SYSTEMS=1 nothing may be left out.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from kontorist.engine.prefect_server import PrefectServer
    from kontorist.extraction.checking import Checker

#: Reasons of skips that the summary shows begin with this.
ABSENT = "absent: "


def _isolate_prefect() -> str:
    """Give this test process a Prefect home of its own; an empty address keeps a stray `.env` from naming a server."""
    home = tempfile.mkdtemp(prefix="kontorist-prefect-")
    os.environ["PREFECT_HOME"] = home
    os.environ["PREFECT_API_URL"] = ""
    os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
    os.environ["DO_NOT_TRACK"] = "1"
    return home


# At import, not in a hook: Prefect reads its settings when it is first imported, and a test module may do that.
_PREFECT_HOME = _isolate_prefect()


def pytest_unconfigure() -> None:
    """Throw the Prefect home away again."""
    shutil.rmtree(_PREFECT_HOME, ignore_errors=True)


def shared_folder(root: Path) -> Path:
    """Where the shared corpus is: KONTORIST_SHARED, else the folder `shared` beside the repository `root`."""
    named = os.environ.get("KONTORIST_SHARED")
    return Path(named) if named else root.parent / "shared"


def missing_corpus(root: Path) -> str | None:
    """Why corpus tests cannot run here, or None."""
    folder = shared_folder(root)
    return None if (folder / "corpus").is_dir() else f"{ABSENT}the shared corpus ({folder}); set KONTORIST_SHARED"


def missing_system(binaries: tuple[str, ...], install: str | None) -> str | None:
    """Why a test of a real system cannot run here, with the line that would install it, or None."""
    lacking = [name for name in binaries if shutil.which(name) is None]
    if not lacking:
        return None
    return f"{ABSENT}{', '.join(lacking)}" + (f"; install with: {install}" if install else "")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs the corpus (`corpus`) or programs (`systems("gcc", install="apt-get install gcc")`).

    With ``root=True`` the programs can be started by root only.
    """
    if item.get_closest_marker("corpus") and (reason := missing_corpus(item.config.rootpath)):
        pytest.skip(reason)
    marker = item.get_closest_marker("systems")
    if marker and (reason := missing_system(marker.args, marker.kwargs.get("install"))):
        _leave_out(reason)
    if marker and marker.kwargs.get("root") and os.geteuid() != 0:
        _leave_out(f"{ABSENT}the right to start {', '.join(marker.args)}; run the tests as root")


def _leave_out(reason: str) -> None:
    if os.environ.get("KONTORIST_REQUIRE_SYSTEMS") == "1":
        pytest.fail(f"{reason} (KONTORIST_REQUIRE_SYSTEMS=1 allows no gap)", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared_corpus(pytestconfig: pytest.Config) -> Path:
    """The folder `corpus` of the shared material (invoices, hostile, finance, ...); the test is skipped without it."""
    if reason := missing_corpus(pytestconfig.rootpath):
        pytest.skip(reason)
    return shared_folder(pytestconfig.rootpath) / "corpus"


@pytest.fixture(scope="session")
def einvoice_checker() -> Iterator[Checker]:
    """Reads e-invoices and holds them to their rules; its children start at the first use and serve all tests."""
    from kontorist.extraction.checking import open_checker

    with open_checker() as opened:
        yield opened


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectServer]:
    """A running Prefect server of our own; tests that use it carry the marker `prefect`."""
    from kontorist.testing.prefect_server import running_server

    with running_server(tmp_path_factory.mktemp("prefect")) as server:
        yield server


def left_out(reports: list[pytest.TestReport]) -> Counter[str]:
    """How many of the skipped `reports` were left out for want of what."""
    reasons = (str(report.longrepr[2]) for report in reports if isinstance(report.longrepr, tuple))
    return Counter(
        reason.removeprefix("Skipped: ") for reason in reasons if reason.removeprefix("Skipped: ").startswith(ABSENT)
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was left out, so that nothing rots in silence."""
    gaps = left_out(terminalreporter.stats.get("skipped", []))
    if not gaps:
        return
    terminalreporter.section("LEFT OUT: this machine lacks what these tests need", yellow=True, bold=True)
    for reason, count in gaps.most_common():
        terminalreporter.line(f"{count:4} x {reason.removeprefix(ABSENT)}", yellow=True)
