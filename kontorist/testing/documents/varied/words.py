"""What suppliers write beside their values, by language, and what the firms of a country are called and registered as.

Not the reader's lexicon: these are written down for themselves, so that a word the reader does not know shows. The
lists stand in words.json and firms.json; one of each is drawn for a paper.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, Final


def _read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(resources.files(__package__).joinpath(name).read_text("utf-8"))
    return data


WORDS: Final[dict[str, dict[str, list[str]]]] = _read("words.json")
FIRMS: Final[dict[str, Any]] = _read("firms.json")
