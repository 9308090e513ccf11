"""How words are spelled in the index. Text and question go through the same functions."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SPELLED: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ĳ": "ij", "æ": "ae", "œ": "oe"})
_SOFT_HYPHEN: Final = "\u00ad"
_BROKEN_WORD: Final = re.compile(r"(?<=\w)-[ \t]*\r?\n[ \t]*(?=[a-zà-ÿ])")
# From its first letter on, and never given back: a word of a million letters without a mark is passed once.
_MARKED: Final = re.compile(r"(?<![^\W_])[^\W_äöüßĳæœ]*+[äöüßĳæœ][^\W_]*")
_WORD: Final = re.compile(r"[^\W_]+")
_BETWEEN: Final = re.compile(r"[\s:;()=|\"']+")
_DIGIT: Final = re.compile(r"\d")
_LONGEST_NUMBER: Final = 40  #: characters; what is longer is the number of nothing
_IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")


def clean(text: str) -> str:
    """Text as people mean it: composed umlauts, words mended at line ends, nothing invisible."""
    text = unicodedata.normalize("NFC", readable(text)).replace(_SOFT_HYPHEN, "").replace("\x00", " ")
    return _BROKEN_WORD.sub("", text)


def readable(text: str) -> str:
    """Text that can be stored: file names of Linux may hold bytes that are no characters."""
    return text.encode("utf-8", "backslashreplace").decode()


def words(text: str) -> list[str]:
    """The words of `text` in lower case."""
    return _WORD.findall(text.lower())


def spelled(word: str) -> str:
    """`müller` as a keyboard without umlauts has it: `mueller`."""
    return word.lower().translate(_SPELLED)


def respelled(text: str) -> str:
    """Every word of `text` whose other spelling differs, once each, in the order of the text."""
    return " ".join(dict.fromkeys(spelled(word) for word in _MARKED.findall(text.lower())))


def token(text: str) -> str:
    """A number as one token: `RE-2024/117` is `re2024117`."""
    return "".join(words(text))


def numbers(text: str) -> list[str]:
    """Invoice numbers, IBANs and amounts in `text` as tokens, once each."""
    pieces = (piece for piece in _BETWEEN.split(text) if len(piece) <= _LONGEST_NUMBER and _DIGIT.search(piece))
    return list(dict.fromkeys(token(piece) for piece in (*pieces, *_IBAN.findall(text))))


def undotted(word: str) -> str:
    """`prüfung` as the index keeps it: lower case, without marks (unicode61, remove_diacritics 2)."""
    taken_apart = unicodedata.normalize("NFD", word.lower())
    return "".join(character for character in taken_apart if not unicodedata.combining(character))
