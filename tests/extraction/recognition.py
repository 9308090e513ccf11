"""A program that recognises text, played: it answers what it is told to, whatever the picture shows."""

from __future__ import annotations

from typing import Any

from kontorist.extraction.ocr import engines
from kontorist.sandbox import Outcome, Pool


class Copyist:
    """Stands for the pool: renders, and lets a program answer that copies what it is given to copy."""

    def __init__(self, pool: Pool, *answers: Any) -> None:
        self._pool = pool
        self._answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def call(self, function: str, content: bytes, **arguments: Any) -> Outcome:
        if function == engines.RAPID.reader:
            self.asked.append(arguments)
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            return answer if isinstance(answer, Outcome) else Outcome(value=answer)
        return self._pool.call(function, content, **arguments)


def words(*lines: tuple[float, float, str], size: float = 10, width: int = 595, height: int = 842) -> dict[str, Any]:
    """What a program would answer: each word at its place in pixels, quite sure."""
    found = []
    for x, y, text in lines:
        at = x
        for word in text.split():
            found.append([word, at, y - size, at + 0.5 * size * len(word), y, 0.98])
            at += 0.5 * size * (len(word) + 1) - 0.2 * size
    shown = [width, height]
    return {"width": width, "height": height, "shown": shown, "back": [1, 0, 0, 0, 1, 0], "words": found}
