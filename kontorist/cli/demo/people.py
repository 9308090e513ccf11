"""What you do in the demo's month: import files, decide, correct. You act as one person, so some things stay open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kontorist.cli.demo.company import YOU
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


def decide(services: Services) -> dict[str, str]:
    """Agree to what you may agree to, settle your ticket, correct a total. Gives what you did, by work item."""
    you = _you(services)
    done: dict[str, str] = {}
    for item in services.worklist.items():
        if item.kind in _APPROVED or (item.kind == "ticket" and item.owner == YOU):
            decided = services.worklist.decide(item.id, you, Verdict.APPROVE)
            done[item.id] = "you approved" + (
                ", a second person still has to" if decided.state is ItemState.OPEN else ""
            )
        elif _about(services, item) == _MISPRINTED:
            services.worklist.correct(item.id, you, {"gross": "289.41"})
            done[item.id] = "you corrected gross=289.41, so another person approves"
    return done


def _about(services: Services, item: WorkItem) -> str | None:
    document = services.worklist.show(item.id)[1].document
    return document.name if document else None


def _you(services: Services) -> Actor:
    return services.config.actors()[PersonKey(YOU)]
