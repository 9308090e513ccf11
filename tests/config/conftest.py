"""An office's config.yaml to begin from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

OFFICE = """\
version: 1
company:
  name: Kontor Beispiel B.V.
  country: NL
people:
  anna: {login: anna, email: anna@example.org, language: de, roles: [clerk]}
  joost: {login: joost, roles: [approver]}
payables:
  duplicate_window: 400d
  tolerance: "0.02"
approvals:
  rules:
    - {below: "250.00", supplier_trusted: true, steps: []}
    - {steps: [{any_of: [approver], needed: 1}]}
connectors:
  scanner: {use: folder/local, path: in/scan, pattern: "*.pdf", settle: 10s}
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file and gives its folder."""

    def write(text: str = OFFICE, name: str = "config.yaml") -> Path:
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return tmp_path

    return write
