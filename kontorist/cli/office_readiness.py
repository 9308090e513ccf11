"""What the configured processes need besides connectors: letters, our own numbers, readers, reminders, a calendar."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kontorist.domain.ports import CheckResult

if TYPE_CHECKING:
    from kontorist.config import Config


def office_findings(config: Config) -> Iterator[tuple[str, CheckResult]]:
    """(subject, finding) for each process that config.yaml starts by route or schedule."""
    runs = {route.run for route in config.routes} | {entry.run for entry in config.schedules.values()}
    yield "letters", _letters(config)
    yield "e-invoices", _rules(config)
    if any(run.startswith("receivables/") for run in runs):
        yield "sales invoices", _own_numbers(config)
    if "helpdesk/ticket_triage" in runs:
        yield "tickets", _reminders(runs)
    if "reporting/daily_report" in runs:
        yield "daily report", _readers(config, "daily_report", config.reporting.daily_report.to)
    if "closing/month_end" in runs:
        yield "month end", _readers(config, "month_pack", config.reporting.month_pack.to)


def _letters(config: Config) -> CheckResult:
    unreachable = [name for name, person in config.people.items() if not person.email]
    name = config.notifications.mail_out
    sentence = f"letters go out by {name}" if name else "nobody is told anything by mail"
    if name and unreachable:
        sentence += f", but not to {', '.join(unreachable)}"
    return CheckResult(
        ok=name is not None and not unreachable,
        sentence=sentence,
        repair="Name a connector for mail under notifications.mail_out, and give each person an email.",
    )


def _rules(config: Config) -> CheckResult:
    """The rules of the user's folder, by what is in them; what is not there leaves verdicts open."""
    from kontorist.extraction.einvoice import rulebook

    folder = config.einvoice_rules
    if folder is not None and not folder.is_dir():
        return CheckResult(ok=False, sentence=f"{folder} is no folder", repair="Correct einvoice.rules in config.yaml.")
    found, unknown = rulebook.own_rules(folder)
    named = "; ".join(each.name for each in found) or "none of your own, so XRechnung and Peppol are not checked"
    return CheckResult(
        ok=not unknown,
        sentence=f"rules besides EN 16931 and Factur-X: {named}"
        + (f"; not known: {', '.join(unknown)}" * bool(unknown)),
        repair="Only compiled Schematron (.xslt) for CII or UBL is understood: take other files away.",
    )


def _own_numbers(config: Config) -> CheckResult:
    company = config.company
    needed = {"company.address": company.address, "company.vat_id": company.vat_id, "company.ibans": company.ibans}
    missing = ", ".join(key for key, value in needed.items() if not value)
    return CheckResult(
        ok=not missing,
        sentence=f"our own invoices lack {missing}" if missing else "our own invoices have address, VAT id and account",
        repair=f"Add {missing} to config.yaml; until then every order waits for a person.",
    )


def _reminders(runs: set[str]) -> CheckResult:
    return CheckResult(
        ok="helpdesk/overdue" in runs,
        sentence="late tickets are pressed for" if "helpdesk/overdue" in runs else "nobody presses for late tickets",
        repair="Add a schedule: `late_tickets: {run: helpdesk/overdue, every: 15m}`.",
    )


def _readers(config: Config, report: str, readers: tuple[str, ...]) -> CheckResult:
    reached = [name for name in readers if config.people[name].email]
    return CheckResult(
        ok=bool(reached),
        sentence=f"goes to {', '.join(reached)}" if reached else "goes to nobody",
        repair=f"Name people with an email under reporting.{report}.to.",
    )
