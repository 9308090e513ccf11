"""Words in the reader's language, out of a table ``key: (German, Dutch, English)``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LANGUAGES: Final = ("de", "nl", "en")
Words = Mapping[str, tuple[str, str, str]]


def ours(language: str) -> str:
    """`language` if it is one of ours, else English."""
    return language if language in LANGUAGES else "en"


def in_language(words: Words, key: str, language: str, **facts: object) -> str:
    """The words for `key` with `facts` filled in, in English where the language is not one of ours."""
    return words[key][LANGUAGES.index(ours(language))].format(**facts)
