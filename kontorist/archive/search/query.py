"""From what a person types to a question the index understands. Nothing typed is ever an operator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kontorist.archive.search import fold

_LONGEST: Final = 1000  #: characters; nobody types more, and a pasted page would ask for every word of it


@dataclass(frozen=True, slots=True)
class Question:
    """`words` all have to be met; `tokens` are the same words as normalised numbers, "" where they are none."""

    words: tuple[str, ...]
    tokens: tuple[str, ...]
    whole: str = ""  #: the whole question as one number, such as an IBAN typed in groups

    def match(self) -> str:
        """The FTS5 expression: every word in the body, in another spelling, or as a number."""
        every = " AND ".join(f"({_word(word, number)})" for word, number in zip(self.words, self.tokens, strict=True))
        return f"({every}) OR ids : {_quoted(self.whole)}" if self.whole else every

    def within(self, column: str) -> str:
        """The FTS5 expression that says whether `column` had a part in the answer."""
        asked = {
            "body": (*self.words, *map(fold.spelled, self.words)),
            "parts": tuple(fold.spelled(word) for word in self.words),
            "ids": (*self.tokens, self.whole),
        }[column]
        return f"{column} : ({' OR '.join(_quoted(word) for word in asked if word) or _quoted('')})"


def question(text: str) -> Question:
    """Read what was typed. Blanks separate words; a word may hold any character at all."""
    typed = fold.clean(text[:_LONGEST]).split()
    kept = [word for word in typed if fold.words(word)]
    whole = fold.token(" ".join(kept)) if len(kept) > 1 and any(c.isdigit() for c in text) else ""
    return Question(tuple(kept), tuple(_number(word) for word in kept), whole)


def _number(word: str) -> str:
    return fold.token(word) if any(character.isdigit() for character in word) else ""


def _word(word: str, number: str) -> str:
    spellings = " OR ".join(_quoted(each) for each in dict.fromkeys((word, fold.spelled(word))))
    asked = f"{{body parts}} : ({spellings})"
    return f"{asked} OR ids : {_quoted(number)}" if number else asked


def _quoted(text: str) -> str:
    """An FTS5 string: doubled quotes inside quotes, and not one operator."""
    return '"' + text.replace('"', '""') + '"'
