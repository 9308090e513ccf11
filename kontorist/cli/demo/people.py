"""What you do in the demo's month: import files, decide, correct. You act as one person, so some things stay open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kontorist.cli.demo.company import YOU, Company
from kontorist.cli.demo.month import UNKNOWN_FORM, today
from kontorist.domain.approvals import Actor, ItemState, Verdict, WorkItem
from kontorist.domain.ids import PersonKey

if TYPE_CHECKING:
    from pathlib import Path

    from kontorist.services import Services
    from kontorist.services.masterdata import ImportReport

_APPROVED: Final = ("payroll_release", "invoice_approval")
_MISPRINTED: Final = "elektro-brandt.pdf"


def import_files(services: Services, staff: Path) -> list[ImportReport]:
    """Customers and employees from files; bank accounts wait for a second person."""
    from kontorist.domain.masterdata.names import Kind
    from kontorist.testing.documents.orders import sample_customers
    from kontorist.testing.documents.partner_files import customer_file

    files = (
        (Kind.CUSTOMERS, "klanten.csv", customer_file(sample_customers())),
        (Kind.EMPLOYEES, staff.name, staff.read_bytes()),
    )
    you = _you(services)
    return [services.masterdata.import_file(kind, content, name=name, actor=you) for kind, name, content in files]


def decide(services: Services, company: Company) -> dict[str, str]:
    """Agree to what you may agree to, settle your ticket, correct papers. Gives what you did, by work item."""
    from kontorist.testing.documents.own_form import locks

    you, done = _you(services), dict[str, str]()
    corrections = {_MISPRINTED: {"gross": "289.41"}, UNKNOWN_FORM: {"invoice_number": locks(today(company)).number}}
    for item in services.worklist.items():
        if item.kind in _APPROVED or (item.kind == "ticket" and item.owner == YOU):
            decided = services.worklist.decide(item.id, you, Verdict.APPROVE)
            done[item.id] = "you approved" + (
                ", a second person still has to" if decided.state is ItemState.OPEN else ""
            )
        elif (about := _about(services, item)) in corrections:
            services.worklist.correct(item.id, you, corrections[about])
            typed = ", ".join(f"{field}={value}" for field, value in corrections[about].items())
            done[item.id] = f"you corrected {typed}, so another person approves"
    return done


def _about(services: Services, item: WorkItem) -> str:
    document = services.worklist.show(item.id)[1].document
    return document.name if document else ""


def _you(services: Services) -> Actor:
    return services.config.actors()[PersonKey(YOU)]
