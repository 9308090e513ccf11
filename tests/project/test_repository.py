"""The repository speaks of itself alone and carries nothing that is not ours."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: What only the address of a package index looks like, whatever its host is called.
INDEX_SHAPES = (
    re.compile(r"https?://[^\s\"'>)]*/simple\b"),
    re.compile(r"--(?:extra-)?index-url[ =]\S"),
    re.compile(r"\b(?:PIP|UV)_(?:EXTRA_)?INDEX(?:_URL)?\s*[=:]\s*\S"),
    re.compile(r"\bregistry\s*=\s*https?://"),
)
MACHINE_PATHS = re.compile(r"(?<![\w/.])/(?:work|root|home/\w+|tmp/\w+)/\w")
OURS = ("kontorist", "flows", "tasks", "connectors")
LOCK_FILES = {"uv.lock", "package-lock.json", "yarn.lock", "poetry.lock", "pylock.toml"}


def tracked_files() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listing.decode().split("\0") if name and (ROOT / name).is_file()]


def texts() -> list[tuple[Path, str]]:
    found = []
    for path in tracked_files():
        content = path.read_bytes()
        if b"\0" not in content and path != Path(__file__):
            found.append((path.relative_to(ROOT), content.decode("utf-8")))
    return found


@pytest.mark.parametrize("line", ["pip install --index-url X", "https://host.example/pypi/simple/", "UV_INDEX_URL=x"])
def test_an_index_is_recognised_by_its_shape(line: str) -> None:
    assert any(shape.search(line) for shape in INDEX_SHAPES)


def test_no_package_index_is_named_anywhere() -> None:
    hits = [f"{path}: {shape.pattern}" for path, text in texts() for shape in INDEX_SHAPES if shape.search(text)]

    assert hits == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_the_locks_carry_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()

    assert "://" not in text
    assert text.count("==") <= text.count("--hash=sha256:")


def test_the_running_lock_is_part_of_the_one_for_development() -> None:
    pins = {line for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line}

    assert pins <= set((ROOT / "requirements-dev.lock").read_text().splitlines())


def test_no_lock_file_with_addresses_is_committed() -> None:
    assert [path.name for path in tracked_files() if path.name in LOCK_FILES] == []


def test_no_path_of_a_single_machine_is_named() -> None:
    hits = [f"{path}: {match.group()}" for path, text in texts() for match in MACHINE_PATHS.finditer(text)]

    assert hits == []


def test_only_the_bridge_knows_how_prefect_works() -> None:
    """docs/decisions/0002: all others take `flow` and `task` from prefect itself."""
    inner = re.compile(r"""(?:from|import) prefect\.|import_module\(["']prefect""")
    ours = [(path, text) for path, text in texts() if path.suffix == ".py" and path.parts[0] in OURS]
    hits = [str(path) for path, text in ours if not path.name.startswith("prefect_") and inner.search(text)]

    assert ours != []
    assert hits == []


def test_flow_files_shadow_nothing() -> None:
    """Prefect puts a flow's folder first on the import path, so a `calendar.py` there would hide the library's."""
    taken = set(sys.stdlib_module_names) | {"flows", "tasks", "connectors", "kontorist", "prefect", "pandas"}
    names = [path for path in (ROOT / "flows").rglob("*.py") if path.stem in taken]

    assert names == []


def test_no_two_test_files_share_a_name() -> None:
    """pytest imports them by name alone; the second of two would not be collected."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]

    assert sorted(names) == sorted(set(names))
