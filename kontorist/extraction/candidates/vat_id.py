"""VAT identification numbers: the shapes of the EU, Britain, Switzerland and Norway, and whatever follows the label."""

from __future__ import annotations

import re
from typing import Final

from kontorist.extraction.candidates import Candidate
from kontorist.extraction.page_text import Segment

#: After the country letters, without blanks and dots (Council Directive 2006/112/EC art. 215; VIES).
_SHAPES: Final = {
    "AT": r"U\d{8}",
    "BE": r"[01]\d{9}",
    "BG": r"\d{9,10}",
    "CHE": r"\d{9}(?:MWST|TVA|IVA)?",
    "CY": r"\d{8}[A-Z]",
    "CZ": r"\d{8,10}",
    "DE": r"\d{9}",
    "DK": r"\d{8}",
    "EE": r"\d{9}",
    "EL": r"\d{9}",
    "ES": r"[A-Z0-9]\d{7}[A-Z0-9]",
    "FI": r"\d{8}",
    "FR": r"[A-HJ-NP-Z0-9]{2}\d{9}",
    "GB": r"(?:\d{12}|\d{9}|GD\d{3}|HA\d{3})",
    "HR": r"\d{11}",
    "HU": r"\d{8}",
    "IE": r"(?:\d{7}[A-W][A-I]?|\d[A-Z+*]\d{5}[A-W])",
    "IT": r"\d{11}",
    "LT": r"(?:\d{12}|\d{9})",
    "LU": r"\d{8}",
    "LV": r"\d{11}",
    "MT": r"\d{8}",
    "NL": r"\d{9}B\d{2}",
    "NO": r"\d{9}(?:MVA)?",
    "PL": r"\d{10}",
    "PT": r"\d{9}",
    "RO": r"\d{2,10}",
    "SE": r"\d{12}",
    "SI": r"\d{8}",
    "SK": r"\d{10}",
    "XI": r"\d{9}",
}
_SHAPE = re.compile("|".join(f"(?:{country}{rest})" for country, rest in _SHAPES.items()))
_TOKEN = re.compile(rf"(?<![A-Za-z0-9])((?:{'|'.join(_SHAPES)})[ .-]?(?:[A-Z0-9+*]+[ .-]?){{1,7}})")
_LOOSE = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[A-Z0-9]{7,12}(?![A-Za-z0-9-])")


def vat_ids(segment: Segment) -> list[Candidate[str]]:
    """The VAT ids of one segment without blanks and dots; those only shaped alike are marked ``loose``."""
    found: list[Candidate[str]] = []
    for match in _TOKEN.finditer(segment.text):
        words = match[1]
        if segment.text[match.end() : match.end() + 1].isalpha():  # the beginning of another word is not its end
            words = words[: -len(re.split(r"[ .-]", words)[-1])]
        value, end = _longest(words)
        if value is not None:
            found.append(Candidate(value, segment, match.start(1), match.start(1) + end))
    for match in _LOOSE.finditer(segment.text):
        seen = any(each.start < match.end() and each.end > match.start() for each in found)
        if not seen and sum(each.isdigit() for each in match[0]) >= 6:
            found.append(Candidate(match[0], segment, match.start(), match.end(), {"loose"}))
    return found


#: Without the letters of the country, as Spain, Italy, Poland, Portugal and Britain print them at home.
_AT_HOME = re.compile(
    r"(?<![\w-])(?:[A-HJ-NP-SUVW][-. ]?\d{7,8}[-. ]?[0-9A-J]?|[XYZ]?\d{7,8}[- ]?[A-Z]|\d{11}|"
    r"\d{3}[- ]\d{3}[- ]\d\d[- ]\d\d|"
    r"\d{3}[- ]\d\d[- ]\d\d[- ]\d{3}|\d{10}|\d{3}[ .]?\d{3}[ .]?\d{3}|\d{3} \d{4} \d\d)(?![\w-])"
)


def at_home(segment: Segment, start: int = 0) -> Candidate[str] | None:
    """The first number from `start` on that has the form of a VAT id without its country; only a label makes it one."""
    match = _AT_HOME.search(segment.text, start)
    if match is None:
        return None
    return Candidate(re.sub(r"[-. ]", "", match[0]), segment, match.start(), match.end(), {"at_home"})


def shaped(value: str) -> bool:
    """Has it the shape of a VAT id of a known country?"""
    return _SHAPE.fullmatch(value) is not None


def _longest(words: str) -> tuple[str | None, int]:
    """The longest beginning of `words` that is a VAT id once blanks and dots are gone, and where it ends."""
    for end in range(len(words), 5, -1):
        if end < len(words) and words[end].isalnum() and words[end - 1].isalnum():
            continue
        bare = re.sub(r"[^A-Z0-9+*]", "", words[:end])
        if _SHAPE.fullmatch(bare):
            return bare, len(words[:end].rstrip(" .-"))
    return None, 0


def valid(value: str) -> bool:
    """Do the check digits hold? (python-stdnum; GB, CH and NO by their own rules)"""
    from stdnum import get_cc_module
    from stdnum.eu import vat

    if value[:2] in {"GB", "NO"} or value.startswith("CHE"):
        module = get_cc_module("ch" if value.startswith("CHE") else value[:2].lower(), "vat")
        return bool(module and module.is_valid(value if value.startswith("CHE") else value[2:]))
    return bool(vat.is_valid(value))
