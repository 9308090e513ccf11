"""The translations: one gettext catalogue (.po) for each language, read as it is."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.support import Translations

FOLDER = Path(__file__).parent / "locale"


@lru_cache
def translations(language: str) -> Translations:
    """What `language` says for the English of the templates; FileNotFoundError for a language we do not have."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po
    from babel.support import Translations

    compiled = io.BytesIO()
    with (FOLDER / f"{language}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(compiled)
