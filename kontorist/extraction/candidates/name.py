"""Names of firms: by legal form, in a line with an address, beside labels, or large at the top."""

from __future__ import annotations

import re
from typing import Final

from kontorist.extraction.labels import fold
from kontorist.extraction.page_text import Segment

_FORMS: Final = (
    r"G?mbH\s?&\s?Co\.?\s?(?:KGaA|KG|OHG)|GmbH|gGmbH|Ges\.?m\.?b\.?H\.?|KGaA|AG\s?&\s?Co\.?\s?KG|AG|KG|OHG|GbR|"
    r"UG(?:\s?\(haftungsbeschränkt\))?|e\.\s?K(?:fm|fr)?\.?|eK|e\.\s?U\.?|e\.\s?G\.|eG|e\.\s?V\.|eV|SE|PartG(?:mbB)?|"
    r"Ltd\.?|Limited|LLC|L\.L\.C\.|Inc\.?|Incorporated|Corp\.?|Corporation|PLC|plc|LLP|L\.P\.|Pty\.?\sLtd\.?|"
    r"B\.\s?V\.?|BV|N\.\s?V\.?|NV|V\.O\.F\.|VOF|v\.o\.f\.|BVBA|SPRL|CVBA|C\.V\.|"
    r"S\.?A\.?R\.?L\.?|S\.A\.S\.?U?|SASU?|EURL|S\.\s?A\.|SA|SNC|SCOP|S\.\s?L\.\s?U?\.?|SLU?|S\.\s?p\.\s?A\.?|SpA|S\.\s?r\.\s?l\.?s?\.?|"
    r"Srls?|SRL|S\.\s?L\.\s?[PLU]\.?|SLP|S\.\s?n\.\s?c\.|S\.\s?a\.\s?s\.|"
    r"a\.\s?G\.|VVaG|AöR|KdöR|OG|VZW|vzw|ASBL|asbl|Unipessoal\sLda\.?|"
    r"S\.\s?C\.?\s?Coop\.?|ApS|A/S|AB|ASA|Oyj?|Sp\.\sz\s?o\.\s?o\.|s\.\s?r\.\s?o\.|a\.\s?s\.|Kft\.?|Zrt\.?|Nyrt\.?|d\.\s?o\.\s?o\.|Lda\.?"
)
_FIRM = re.compile(rf"(?<![\w.])(?:{_FORMS})(?:,?\s(?:{_FORMS}))*(?![\w])", re.IGNORECASE)
_CASED = re.compile(rf"(?<![\w.])(?:{_FORMS})(?:,?\s(?:{_FORMS}))*(?![\w])")
_FORM_LAST = re.compile(rf"(?<![\w.])(?:{_FORMS})$", re.IGNORECASE)
_PARTS = re.compile(r"\s[·•|–—-]\s|[·•|:]\s")
_NO_LETTERS = re.compile(r"[\W_]+")
_HOUSE_LAST = re.compile(r"\b\d{1,4}\s?[a-z]?$")
_HOUSE_FIRST = re.compile(r"\d{1,5}\s+\w")
_NUMBER_AND_STREET = re.compile(r"\d{1,5}[a-zA-Z]?\s+[^\W\d_]{2}")
_WORD = re.compile(r"\w+")
#: What is left of the forms without dots; single letters are those of forms printed with blanks (``B. V.``).
_FORM_WORDS: Final = frozenset(
    _WORD.findall(
        "gmbh ggmbh gesmbh ges kg kgaa ohg ag gbr ug ek ekfm ekfr eu eg ev se partg partgmbb ltd limited llc inc "
        "incorporated corp corporation plc llp lp pty bv nv vof bvba sprl cvba cv sarl sàrl sà rl sas sasu eurl sa snc "
        "vvag aör kdör og vzw asbl slp snc sll unipessoal coop "
        "scop sl slu spa srl srls aps as ab asa oy oyj sp sro kft zrt nyrt doo lda b n v s c e k u p a l d"
    )
)
_SEPARATOR = re.compile(r"\s+[·•∙|*▪■–—-]+\s+|\s*[·•∙|▪■]\s*|,\s+|;\s+")
_POSTCODE = re.compile(
    r"(?<![\w/+])(?:[A-Z]{1,2}\s?-\s?)?\d{4,6}(?:\s?[A-Z]{2})?\b|\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b"
)
#: ``Musterstadt, November 2, 2015`` is a place and a date.
_MONTH = re.compile(
    r"\b[^\W\d]{3,}\.? \d{1,2},? \d{4}\b|\b\d{1,2}\.? [^\W\d]{3,}\.? (?:19|20)\d\d$|\d[./]\d{1,2}[./]\d"
)
_DIGIT = re.compile(r"\d")
_ADDRESS = re.compile(r"@|www\.|https?:|©|\([cC]\)|[<>{}=#%€$£]|\d{4,}")
_NO_SENDER = re.compile(r"IBAN|BIC|SWIFT|\b(?:Bank|Banque|Banca|Banco)\s*:", re.IGNORECASE)
_NO_NAME = re.compile(
    r"@|www\.|https?:|©|^\(|\.(?:com|de|nl|fr|net|org|eu|io|co)\b|[<>{}=#%€$£]|\d{3,}|:(?:\s|$)|^(?:dear|sehr|hallo|bonjour|beste|"
    r"geachte|vielen|thank|merci|page|seite|pagina)\b",
    re.IGNORECASE,
)


def firm_in(text: str) -> str | None:
    """The name up to its legal form, when `text` begins with one; what follows is cut off."""
    if _FORM_WORDS.isdisjoint(_WORD.findall(text.casefold().replace(".", "").replace("/", ""))):
        return None  # quick, and nearly always so
    match = _CASED.search(text) or _FIRM.search(text)
    if match is None:
        return None
    # In "Dupont SARL au capital de 5 000 €" the form belongs to what follows (Code de commerce art. R123-238).
    end = match.start() if text[match.end() :].lstrip().casefold().startswith("au capital") else match.end()
    name = text[:end].strip(" ,;|-")
    head = name[: match.start()].strip()
    if not head or len(name) > 70 or not any(each.isalpha() for each in head) or _ADDRESS.search(head):
        return None
    parts = [part for part in _PARTS.split(name) if part.strip()]
    name = parts[-1].strip()
    return name if _FIRM.fullmatch(name) is None else None


def sender_in(text: str) -> str | None:
    """The name in a line of name, street and town, as stands above a window address or in a foot line."""
    if not _DIGIT.search(text) or not _POSTCODE.search(text):
        return None  # quick, and mostly so
    parts = [part.strip() for part in _SEPARATOR.split(text) if part.strip()]
    if (
        _MONTH.search(text)
        or len(parts) < 2
        or not any(_POSTCODE.search(part) for part in parts[1:])
        or address_like(parts[0])
    ):
        return None
    first = parts[0]
    if _NO_SENDER.search(text):
        return None
    if sum(any(each.isdigit() for each in part) for part in parts[1:]) < 2 and not _FIRM.search(first):
        return None  # a town with its postcode, not a name with street and town
    if len(parts) > 2 and _FIRM.fullmatch(parts[1]):
        first = f"{parts[0]}, {parts[1]}"
    return first if plausible(first) else None


def plausible(text: str) -> bool:
    """Could this be a name? Some letters, few digits, not a sentence, an address of the web or a greeting."""
    words = text.split()
    letters = sum(each.isalpha() for each in text)
    return 1 <= len(words) <= 8 and letters >= 3 and len(text) <= 70 and not _NO_NAME.search(text)


def has_legal_form(text: str) -> bool:
    """Does it end in the form of a firm?"""
    return bool(_FORM_LAST.search(text.strip()))


def without_form(text: str) -> str:
    """The name less the form of the firm: both are said of one firm."""
    return _FIRM.sub("", text).strip(" ,") or text


def bare(text: str) -> str:
    """Letters and digits of the name without its form, to compare."""
    return _NO_LETTERS.sub("", fold(without_form(text)))


def address_like(text: str) -> bool:
    """Street and number, or postcode and town."""
    return bool(
        _DIGIT.search(text) and (_POSTCODE.search(text) or _HOUSE_LAST.search(text) or _HOUSE_FIRST.match(text))
    )


def street_like(text: str) -> bool:
    """``12 Market Street``, ``Musterweg 7``, ``Suite 5A-1204``: a line of an address, hardly a name."""
    return bool(_NUMBER_AND_STREET.match(text) or _STREET.search(text)) and not _FIRM.search(text)


_STREET = re.compile(
    r"^(?:suite|unit|p\.?\s?o\.?\s?box|postfach|c/|calle|via|rue|avenue|ul\.)\s"
    r"|(?:stra(?:ss|ß)e|str\.|weg|platz|gasse|allee|laan|straat|street|road|avenue|lane)\s+\d+\s?[a-z]?$",
    re.IGNORECASE,
)


def town_in(text: str) -> str | None:
    """Postcode and town, folded, where a line or the end of one shows them."""
    match = _TOWN.search(text) if _DIGIT.search(text) else None
    return _NO_LETTERS.sub(" ", fold(match[0])).strip() if match else None


def contact_like(text: str) -> bool:
    """Telephone, mail or web address, or a bank account: what a sender prints with the address."""
    return bool(_CONTACT.search(text))


_CONTACT = re.compile(r"@|www\.|https?:|\+\d\d|\b(?:tel|fon|fax|phone|iban|t)\b\.?:?\s*[+(]?\d|IBAN", re.IGNORECASE)
_TOWN = re.compile(
    r"(?<![\w/+-])(?:[A-Z]{1,2}\s?-\s?)?(?:\d{4,5}(?:\s[A-Z]{2})?|\d\d-\d{3})\s+[^\W\d]{2,}[^\d,;|·•]*$"
    r"|(?<![^\W\d])[^\W\d]{2,},?\s+(?:[A-Z]{2}\s\d{5}|[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d\d\s?[A-Z0-9]{4})$"
)


_DOMAIN = re.compile(r"(?:@|www\.|https?://(?:www\.)?)([a-z0-9-]+(?:\.[a-z0-9-]+)*)\.[a-z]{2,}", re.IGNORECASE)
_FREE_MAIL = frozenset(
    re.findall(
        r"\S+",
        "gmail googlemail yahoo hotmail outlook live icloud gmx web t-online aol email mail example freenet orange "
        "free ziggo",
    )
)


def domains(segment: Segment) -> set[str]:
    """The names in mail and web addresses (``acme`` of www.acme.de), free mail services left out."""
    text = segment.text.replace(" ", "")
    small = text.lower()
    if "@" not in text and "www." not in small and "http" not in small:
        return set()  # quick, and mostly so
    found = {fold(match[1].split(".")[-1]) for match in _DOMAIN.finditer(text)}
    return found - _FREE_MAIL


def named_by(name: str, domain: str) -> bool:
    """Does the domain speak of this name? (``brueckneroptik`` of Brückner Optik & Akustik)"""
    bare = _plain_vowels(re.sub(r"[^a-z0-9]", "", domain))
    words = [word for word in re.findall(r"[a-z0-9]+", _plain_vowels(fold(_FIRM.sub("", name)))) if len(word) > 2]
    if len(bare) < 3 or not words:
        return False
    joined = "".join(words)
    return bare in joined or joined in bare or (len(words[0]) >= 4 and words[0] in bare)


def _plain_vowels(text: str) -> str:
    """``brandstroem`` and ``brandstrom`` are one."""
    return text.replace("ae", "a").replace("oe", "o").replace("ue", "u")
