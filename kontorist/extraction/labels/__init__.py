"""The words that stand beside values, by language: one JSON file each, all searched at once.

A file holds `months` (twelve lists of names), `words` (frequent ones, to tell the language) and `roles`: for each
role, such as ``due_date`` or ``vat_id_buyer``, the phrases that announce it; `made` has phrases in parts, each first
with each second. Phrases are compared by letters and digits alone, so that ``Rechnungs-Nr.:`` and ``R e c h n u n g s n
r`` are one. A word that no file has tells its role by its ending where the language builds words so (`compounds`).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import product
from typing import Any, Final

from kontorist.extraction.labels.compounds import role_of

LANGUAGES: Final = ("de", "en", "nl", "fr", "es", "it", "pl", "pt")
_STROKED: Final = {"ł": "l", "ø": "o", "đ": "d", "ı": "i"}  #: letters that Unicode does not take apart
_SYMBOLS: Final = "#%§"
_FOREIGN: Final = re.compile(r"[^\x00-\x7f]")
_COMMAS: Final = frozenset({", ", "; "})  #: a phrase does not go on behind them
_PIECE: Final = re.compile(rf"\w+|[{_SYMBOLS}]")


@dataclass(slots=True)
class Hit:
    """A phrase of the lexicon in a text: its characters `start` to `end` and what it may announce."""

    start: int
    end: int
    roles: frozenset[str]
    phrase: str


def fold(text: str) -> str:
    """Lower case without accents, character by character, so that positions stay."""
    return text.lower() if text.isascii() else _FOREIGN.sub(_plain, text).lower()


def _plain(match: re.Match[str]) -> str:
    return _folded(match[0])


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    plain = unicodedata.normalize("NFD", character)[0].lower()[:1] or " "
    return _STROKED.get(plain, plain)


def squeeze(text: str) -> str:
    """Letters, digits and the symbols # % § of the folded text."""
    return "".join(each for each in fold(text) if each.isalnum() or each in _SYMBOLS)


class Lexicon:
    """All phrases of all languages."""

    def __init__(self) -> None:
        self.months: dict[str, int] = {}
        self.words: dict[str, frozenset[str]] = {}
        roles: dict[str, set[str]] = {}
        titles: dict[str, str] = {}
        for language in LANGUAGES:
            data = _data(language)
            self.words[language] = frozenset(fold(each) for each in data["words"])
            for number, names in enumerate(data["months"], 1):
                self.months.update({fold(name): number for name in names})
            for role, phrases in [*data["roles"].items(), *_made(language)]:
                for phrase in phrases:
                    roles.setdefault(squeeze(phrase), set()).add(role)
                    if role.startswith("kind_"):
                        titles[fold(phrase)] = role
        for phrase in _number_phrases():
            kind = next(
                (
                    titles[title]
                    for title in sorted(titles, key=len, reverse=True)
                    if fold(phrase).startswith(title + " ")
                ),
                None,
            )
            if kind:  # "Quittung Nr." names the number and the kind of paper
                roles[squeeze(phrase)].add(kind)
        self._phrases = {phrase: frozenset(found) for phrase, found in roles.items()}
        self._beginnings = frozenset(phrase[:end] for phrase in self._phrases for end in range(1, len(phrase) + 1))

    def find(self, text: str) -> list[Hit]:
        """The longest phrases from left to right that begin and end at word borders; none overlap."""
        pieces = _pieces(fold(text))
        hits: list[Hit] = []
        at = 0
        while at < len(pieces):
            hit, at = self._longest_at(pieces, at)
            if hit is not None:
                hits.append(hit)
        return _buyers(text, hits)

    def _longest_at(self, pieces: list[_Piece], at: int) -> tuple[Hit | None, int]:
        found, after = None, at + 1
        joined = ""
        for end in range(at, len(pieces)):
            if end > at and pieces[end][3]:
                break
            joined += pieces[end][2]
            if joined not in self._beginnings:
                break
            roles = self._phrases.get(joined)
            if roles:
                found, after = Hit(pieces[at][0], pieces[end][1], roles, joined), end + 1
        return found or _compound(pieces[at]), after


def _buyers(text: str, hits: list[Hit]) -> list[Hit]:
    """``TVA intracom. client``: a word for the buyer directly beside makes the VAT id the buyer's."""
    for at in range(len(hits) - 1):
        first, second = hits[at], hits[at + 1]
        both = first.roles | second.roles
        if {"vat_id", "buyer"} <= both and not text[first.end : second.start].strip(" ."):
            first.roles = second.roles = frozenset({"vat_id_buyer"})
    return hits


def _compound(piece: _Piece) -> Hit | None:
    role = role_of(piece[2])
    return Hit(piece[0], piece[1], frozenset({role}), piece[2]) if role else None


def _number_phrases() -> list[str]:
    phrases = []
    for language in LANGUAGES:
        phrases += _data(language)["roles"]["invoice_number"]
        phrases += [phrase for role, made in _made(language) for phrase in made if role == "invoice_number"]
    return phrases


def _made(language: str) -> list[tuple[str, list[str]]]:
    """Phrases put together of parts: ``Factuur`` and ``nr`` and so on."""
    return [
        (role, [" ".join(parts).strip() for parts in product(*table)])
        for role, tables in _data(language)["made"].items()
        for table in tables
    ]


@lru_cache(maxsize=len(LANGUAGES))
def _data(language: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(resources.files(__package__).joinpath(f"{language}.json").read_text("utf-8"))
    return data


_Piece = tuple[int, int, str, bool]  #: where it begins and ends, its text, whether a comma stands before it


def _pieces(folded: str) -> list[_Piece]:
    """Words with their places: runs of letters and digits, and each symbol alone."""
    if not any(comma in folded for comma in _COMMAS):
        return [(*match.span(), match[0], False) for match in _PIECE.finditer(folded)]
    return [
        (*match.span(), match[0], folded[max(0, match.start() - 2) : match.start()] in _COMMAS)
        for match in _PIECE.finditer(folded)
    ]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lexicon, read once a process."""
    return Lexicon()


def language_of(text: str) -> str | None:
    """The language whose frequent words stand most often in `text`; None without any."""
    pieces = Counter(_PIECE.findall(fold(text)))
    counts = {language: sum(pieces[word] for word in words) for language, words in lexicon().words.items()}
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] else None
