"""Steps of payroll. Only ids go from one to the next: pay is read from encrypted documents inside a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefect import task

from kontorist.domain.ids import EventId, WorkItemId
from kontorist.services import current_services
from tasks.payroll.payslip import write_payslip
from tasks.payroll.register import write_register


@task(name="file payroll sheets")
def file_sheets(event: EventId, period: str | None) -> list[str]:
    """Enter the sheets of the event in the run of their month; gives the runs that are to be checked."""
    return current_services().payroll.file_sheets(event, period)


@task(name="check payroll cells")
def check_cells(runs: Sequence[str]) -> None:
    """Hold every cell against the master data, the limits and last month; good lines and doubts are kept apart."""
    for run in runs:
        current_services().payroll.check(run)


@task(name="ask about payroll doubts")
def ask_about_doubts(runs: Sequence[str]) -> None:
    """Put the doubts of each month on the worklist, each with its sheet and cell."""
    for run in runs:
        current_services().payroll.ask_about_doubts(run)


@task(name="ask for the release of pay")
def ask_for_release(runs: Sequence[str]) -> None:
    """Put what is good and not released yet before those who release; they are bound to the hash of the figures."""
    for run in runs:
        current_services().payroll.ask_for_release(run)


@task(name="runs of work items")
def runs_of(items: Sequence[WorkItemId]) -> list[str]:
    """The runs that the items are about."""
    return current_services().payroll.runs_of(items)


@task(name="releases of work items")
def releases_of(items: Sequence[WorkItemId]) -> list[str]:
    """The approved releases that the items are about."""
    return current_services().payroll_releases.approved(items)


@task(name="write payroll registers")
def write_registers(releases: Sequence[str]) -> None:
    """Archive the register of each release as ciphertext."""
    services = current_services()
    language = services.config.company.language
    for release in releases:
        services.payroll_releases.keep_register(
            release, lambda figures: write_register(figures, company=services.config.company.name, language=language)
        )


@task(name="write payslips")
def write_payslips(releases: Sequence[str]) -> None:
    """Archive the payslip of everybody in each release as ciphertext; a repeated step writes the missing ones."""
    for release in releases:
        current_services().payroll_releases.keep_slips(release, write_payslip)


@task(name="settle payroll releases")
def settle(releases: Sequence[str], event: EventId) -> None:
    """Post the entry by cost centre and order the mails of the payslips: all or nothing, and once."""
    for release in releases:
        current_services().payroll_releases.settle(release, event)


@task(name="mail payslips")
def mail_payslips(releases: Sequence[str]) -> None:
    """Send what was ordered; what cannot go out now stays planned and is sent by the dispatcher."""
    for release in releases:
        current_services().payroll_releases.mail(release)


@task(name="how the months stand")
def how_they_stand(runs: Sequence[str]) -> dict[str, Any]:
    """Per month how it stands, without any amount: ``{"payrolls": [{run, period, rows, doubts, releases, ...}]}``."""
    return {"payrolls": [current_services().payroll.summary(run) for run in runs]}
