"""Files made to do harm, and the trial of the whole product with them.

`recipes()` makes them by our own code, the same bytes for the same seed; `trial.py` sends them, and the shared
corpus, through the doors of a running installation and watches its reading processes (`make hostile`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, TypeVar

Door = Literal["paper", "mail", "table", "event", "filing"]
"""By which door a file comes in: invoices of a folder, mails, a folder of orders, a webhook, papers that are filed."""

Draw = random.Random
Maker = Callable[[Draw], bytes]
T = TypeVar("T")

SEED: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Bomb:
    """One file. `heavy` ones take their reader many seconds or all its memory and are left out of the short sample."""

    name: str
    door: Door
    content: bytes
    heavy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one bomb is made."""

    name: str
    door: Door
    heavy: bool
    make: Maker

    def bomb(self, seed: int = SEED) -> Bomb:
        """What is drawn (sizes, depths, places) is drawn from `seed` and the name alone."""
        content = self.make(random.Random(f"{seed} {self.name}"))
        return Bomb(name=self.name, door=self.door, content=content, heavy=self.heavy)


class Recipes(list[Recipe]):
    """The recipes of one kind of file, which come by one door."""

    def __init__(self, door: Door) -> None:
        super().__init__()
        self._door: Door = door

    def add(self, name: str, make: Maker, *, heavy: bool = False) -> None:
        """Enter one."""
        self.append(Recipe(name=name, door=self._door, heavy=heavy, make=make))

    def each(
        self, name: str, values: Mapping[str, T], make: Callable[[Draw, T], bytes], *, heavy: bool = False
    ) -> None:
        """Enter one for each of `values`, whose key takes the place of ``{}`` in the name."""
        for key, value in values.items():
            self.add(name.format(key), partial(_with, make, value), heavy=heavy)

    def makes(self, name: str, *, heavy: bool = False) -> Callable[[Maker], Maker]:
        """`add` as a decorator."""

        def entered(make: Maker) -> Maker:
            self.add(name, make, heavy=heavy)
            return make

        return entered


def _with(make: Callable[[Draw, T], bytes], value: T, draw: Draw) -> bytes:
    return make(draw, value)


def recipes() -> list[Recipe]:
    """All of them; no name stands twice."""
    from kontorist.testing.hostile import mails, packages, pdf_pages, pdfs, pictures, texts, xmls

    return [each for module in (pdfs, pdf_pages, xmls, packages, texts, mails, pictures) for each in module.RECIPES]
