"""E-invoices as the rest of the product sees them: bytes in, what they say and whether they keep the rules out.

Reading is done by one pool of children, the rules by another: Saxon needs a process of its own
(docs/decisions/0026-einvoices.md).
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from kontorist.extraction.einvoice.verdict import verdict_on, weighed
from kontorist.extraction.profile import BuyerProfile
from kontorist.extraction.reading import open_pool
from kontorist.sandbox import SENTENCES, Limits, Pool, ReasonCode, told

MOST_BYTES: Final = 50 * 1024 * 1024
_log = logging.getLogger(__name__)


def open_rules_pool(size: int = 1) -> Pool:
    """A pool of children that hold e-invoices to schema and rules, and do nothing else; close it in the end."""
    limits = Limits(runtime=True, files_per_child=1000)  # stylesheets are compiled anew in each
    return Pool(size=size, preload=("kontorist.extraction.einvoice.validation", "saxonche"), limits=limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """Reads and checks e-invoices. `rules` is a folder with further stylesheets, `severities` those of config.yaml."""

    reading: Pool
    checking: Pool
    rules: Path | None = None
    severities: Mapping[str, str] = field(default_factory=dict)

    def read(self, content: bytes, *, name: str, profile: BuyerProfile | None = None) -> dict[str, Any]:
        """One file, XML or PDF, as the object that `kontorist read einvoice` prints; raises nothing for what it holds.

        ``{file, syntax, profile, xsd_valid, findings: [{rule, severity, location, text}], verdict, reason, checked,
        invoice}``; a file that is not read has verdict ``not_checked``, `reason_code` and `reason`.
        """
        if len(content) > MOST_BYTES:
            sentence = told(ReasonCode.TOO_LARGE, f"The file is larger than {MOST_BYTES >> 20} MiB.")
            return unread(name, ReasonCode.TOO_LARGE, sentence)
        outcome = self.reading.call(
            "kontorist.extraction.intake:read_einvoice", content, profile=profile.to_data() if profile else None
        )
        if outcome.refused is not None:
            if outcome.refused.detail:
                _log.warning("reading %s failed: %s", name, outcome.refused.detail)
            return unread(name, outcome.refused.code, outcome.refused.sentence)
        try:
            found = dict(outcome.value)
            xml = base64.b64decode(found["xml"], validate=True)
            defects = [
                {**each, "rule": str(each["rule"]), "severity": str(each["severity"])} for each in found["findings"]
            ]
            syntax, says, invoice = found["syntax"], found["profile"], found["invoice"]
        except (KeyError, TypeError, ValueError):  # a child that a file took over may answer anything
            return unread(name, ReasonCode.PARSER_DIED, SENTENCES[ReasonCode.PARSER_DIED])
        checked = self.check(xml)
        findings = weighed([*defects, *checked["findings"]], self.severities)
        verdict, reason = verdict_on(findings, checked["missing"])
        return {
            "file": name,
            "syntax": syntax,
            "profile": says,
            "xsd_valid": checked["xsd_valid"],
            "findings": findings,
            "verdict": verdict,
            "reason_code": None,
            "reason": reason,
            "checked": checked["checked"],
            "invoice": invoice,
        }

    def check(self, xml: bytes) -> dict[str, Any]:
        """Hold an XML file to schema and rules: ``{xsd_valid, findings, checked, missing}``.

        Where the child fails, the rules count as missing: nothing is accepted that was not checked.
        """
        outcome = self.checking.call(
            "kontorist.extraction.einvoice.validation:validate", xml, rules=str(self.rules) if self.rules else None
        )
        if outcome.refused is None:
            return dict(outcome.value)
        if outcome.refused.detail:
            _log.warning("checking an e-invoice failed: %s", outcome.refused.detail)
        missing = [f"schema and rules ({outcome.refused.what})"]
        return {"xsd_valid": None, "findings": [], "checked": [], "missing": missing}

    def judged_file(self, content: bytes) -> dict[str, Any] | None:
        """`judged` for the e-invoice in an XML file or a PDF; None where there is none that can be read."""
        outcome = self.reading.call("kontorist.extraction.intake:einvoice_in", content)
        if outcome.refused is not None:
            return None
        try:
            xml = base64.b64decode(outcome.value["xml"], validate=True)
        except (KeyError, TypeError, ValueError):  # a child that a file took over may answer anything
            return None
        return self.judged(xml)

    def judged(self, xml: bytes) -> dict[str, Any]:
        """What schema and rules say of an XML file: `check` with severities of config.yaml, `verdict` and `reason`."""
        checked = self.check(xml)
        findings = weighed(checked["findings"], self.severities)
        verdict, reason = verdict_on(findings, checked["missing"])
        return {**checked, "findings": findings, "verdict": verdict, "reason": reason}


@contextmanager
def open_checker(
    size: int = 1, *, rules: Path | None = None, severities: Mapping[str, str] | None = None
) -> Iterator[Checker]:
    """A checker with pools of its own, for a command that reads files and ends."""
    with open_pool(size) as reading, open_rules_pool(size) as checking:
        yield Checker(reading=reading, checking=checking, rules=rules, severities=severities or {})


def unread(name: str, code: str, sentence: str) -> dict[str, Any]:
    """The object for a file that is not read."""
    return {
        "file": name,
        "syntax": None,
        "profile": None,
        "xsd_valid": None,
        "findings": [],
        "verdict": "not_checked",
        "reason_code": code,
        "reason": sentence,
        "checked": [],
        "invoice": None,
    }
