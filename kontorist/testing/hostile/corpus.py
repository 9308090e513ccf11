"""The files of the shared corpus of hostile input, each with the door that its kind takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kontorist.testing.documents.mails import Enclosed, supplier_mail
from kontorist.testing.hostile import Bomb, Door

_DOORS: Final[dict[str, Door]] = {
    "json": "event", "made-json": "event", "eml": "mail", "made-eml": "mail", "xlsx": "table", "made-xlsx": "table",
    "strings": "filing",
}  # fmt: skip


def files(corpus: Path) -> Iterator[Bomb]:
    """All of `corpus` in the order of their names; what came as winmail.dat comes in a mail, as it does in life."""
    for file in sorted(each for each in corpus.glob("*/*") if each.is_file()):
        folder = file.parent.name
        name, content = f"{folder}-{file.name}", file.read_bytes()
        if folder == "tnef":
            enclosed = Enclosed(name="winmail.dat", content=content)
            yield Bomb(name=f"{name}.eml", door="mail", content=supplier_mail(enclosed, subject=file.name))
        else:
            yield Bomb(name=name, door=_DOORS.get(folder, "paper"), content=content)
