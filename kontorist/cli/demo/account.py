"""What became of the demo's month, read from the books: what came, what the office did, and where to see it proved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from kontorist.cli.demo.company import Company
from kontorist.cli.demo.month import month_of

if TYPE_CHECKING:
    from kontorist.archive.archive import DocumentArchive
    from kontorist.engine.runs import FileResult
    from kontorist.services import Services
    from kontorist.services.masterdata import ImportReport
    from kontorist.store.inbox import InboxRow
    from kontorist.testing.documents.company import SamplePaper

_REPORTS: Final = {"reporting/daily_report": "the end of the day", "closing/month_end": "the end of the month"}
_DOORS: Final = {
    "scanner": "folder",
    "branch_mail": "mail",
    "reception": "mail",
    "timesheets": "folder",
    "agent": "folder",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that came: by which door, what the office did and why, and the reference that proves it."""

    process: str
    came: str
    by: str
    did: str
    proof: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What the demo did besides waiting: the papers, the imports, the decisions by item, the reports by flow."""

    papers: Sequence[SamplePaper]
    imports: Sequence[ImportReport]
    decided: Mapping[str, str]
    reports: Mapping[str, FileResult]
    told: Sequence[tuple[str, str]]  #: what the front office heard: number and status


def account(services: Services, company: Company, month: Month) -> dict[str, Any]:
    """Everything the demo tells, as plain data; the archive is verified and the books are added up on the way."""
    lines = [*_imports(month), *_worked_off(services, month), *_reports(month)]
    with services.store.read() as tx:
        letters = services.store.effects.counts(tx)
    return {
        "folder": str(company.config.root),
        "lines": [asdict(line) for line in lines],
        "letters": letters,
        "front_office": [f"{number}: {status}" for number, status in month.told],
        "books": _books(services, company),
        "trace": _example(services),
        "archive": _verified(services),
    }


def _imports(month: Month) -> Iterator[Line]:
    for report in month.imports:
        wait = f"; {len(report.waiting)} item with bank accounts waits for a second person" if report.waiting else ""
        yield Line(
            process="masterdata import",
            came=f"{report.file}, {report.kind.value}",
            by="command",
            did=f"{report.new} taken, {len(report.doubts)} doubts{wait}",
            proof=report.waiting[0] if report.waiting else str(report.document),
        )


def _reports(month: Month) -> Iterator[Line]:
    for flow, result in month.reports.items():
        outcome = result.outcome or {}
        missing = outcome.get("missing")
        did = "reported and mailed" if missing is None else f"checked, {len(missing)} things to do, report pack mailed"
        files = [file.rpartition("/")[2] for file in outcome.get("files", ())]
        yield Line(process=flow, came=_REPORTS[flow], by="clock", did=did, proof=", ".join(files))


# --- what was worked off, event by event


def _worked_off(services: Services, month: Month) -> Iterator[Line]:
    with services.store.read() as tx:
        rows = sorted(services.store.inbox.list(tx, limit=1000), key=lambda row: row.seq)
        numbers: dict[str, int] = {posted.entry.id: posted.number for posted in services.store.journal.entries(tx)}
        sales = {issued.paper.number: numbers[issued.entry] for issued in services.store.sales.papers(tx)}
        items = {item.subject: item.id for item in services.store.worklist.list(tx, states=None)}
        rooms = {row.id: services.store.filings.of(tx, row.id) for row in services.store.documents.list(tx)}
    filed: dict[str, str] = {
        document: f"{place['document_type']} of {place['period']}" for document, place in rooms.items() if place
    }
    books = _Books(numbers, sales, items, filed, month)
    tellers: dict[str, Callable[[InboxRow], Iterable[Line]]] = {
        "document.received": books.documents,
        "ticket.created": books.tickets,
        "order.file_received": books.order_files,
        "order.created": books.orders,
        "order.cancelled": books.orders,
    }
    for row in rows:
        if row.type in tellers:
            yield from tellers[row.type](row)
    yield from _payroll(services, books)


@dataclass(frozen=True, slots=True)
class _Books:
    """Where things are: entries by id or by number of our paper, work items by subject, where papers are filed."""

    numbers: Mapping[str, int]
    sales: Mapping[str, int]
    items: Mapping[str, str]
    filed: Mapping[str, str]
    month: Month

    def documents(self, row: InboxRow) -> Iterator[Line]:
        """Invoices and other papers."""
        what = {paper.file.name: paper.what for paper in self.month.papers}
        for each in (row.outcome or {}).get("documents", ()):
            item = self.items.get(each["document"], "")
            yield Line(
                process="documents/archiving" if each["state"] == "filed" else "payables/invoice_intake",
                came=f"{each['name']}, {what.get(each['name'], 'a paper')}",
                by=_door(row),
                did=self.month.decided.get(item) or self._became(each),
                why=each["reason"] or "",
                proof=f"E{self.numbers[each['entry']]}" if each["entry"] else item or each["document"],
            )

    def _became(self, each: Mapping[str, Any]) -> str:
        if each["state"] == "booked":
            return f"booked as entry {self.numbers[each['entry']]}"
        if each["state"] == "filed":
            return f"filed as {self.filed[each['document']]}"
        return {"worklist": "waits for a person", "quarantined": "set aside"}.get(each["state"], str(each["state"]))

    def tickets(self, row: InboxRow) -> Iterator[Line]:
        """Tickets of the helpdesk."""
        for each in (row.outcome or {}).get("tickets", ()):
            did = f"{each['category']}, {each['owner'] or 'nobody'} until {each['due'][:16].replace('T', ' ')}"
            settled = self.month.decided.get(each["item"])
            yield Line(
                process="helpdesk/ticket_triage",
                came=f"ticket {each['ticket']}",
                by=_door(row),
                did=f"{did}; {settled}" if settled else did,
                why=each["reason"],
                proof=each["item"],
            )

    def order_files(self, row: InboxRow) -> Iterator[Line]:
        """Workbooks of orders, each good order of which is an event of its own."""
        for each in (row.outcome or {}).get("files", ()):
            yield Line(
                process="receivables/order_file",
                came=each["name"],
                by=_door(row),
                did=f"{len(each['orders'])} orders go on, {len(each['held'])} wait for {each['doubts']} doubtful cells",
                proof=each["item"] or each["document"],
            )

    def orders(self, row: InboxRow) -> Iterator[Line]:
        """Orders and cancellations."""
        for each in (row.outcome or {}).get("orders", ()):
            entries = ", ".join(f"E{self.sales[paper]}" for paper in each["papers"])
            yield Line(
                process=f"receivables/{'order_to_invoice' if row.type == 'order.created' else 'order_cancellation'}",
                came=f"{row.type} {each['number']}",
                by=_door(row),
                did=f"{each['state']} {', '.join(each['papers'])}".strip(),
                why=each["reason"] or "",
                proof=entries or (each["items"] or [each["order"]])[0],
            )


def _door(row: InboxRow) -> str:
    return _DOORS.get(row.source.rpartition("/")[2], "webhook")


def _payroll(services: Services, books: _Books) -> Iterator[Line]:
    """The months of pay, without anybody's figures."""
    with services.store.read() as tx:
        runs = services.store.payroll.runs(tx)
        released = {run.id: services.store.payroll.releases(tx, run.id) for run in runs}
    for run in runs:
        facts = services.payroll.summary(run.id)
        entries = [books.numbers[each.entry_id] for each in released[run.id] if each.entry_id]
        slips = sum(facts["payslips"].values())
        yield Line(
            process="payroll/payroll_run",
            came=f"time sheets and bureau's result of {run.period}",
            by="folder",
            did=f"{facts['good_rows']} rows good, {facts['doubts']} in doubt; you released, {slips} payslips mailed",
            proof=", ".join(f"E{number}" for number in entries) or run.id,
        )


# --- the books as a whole


def _books(services: Services, company: Company) -> dict[str, Any]:
    """The month's checks: what is missing by check, and whether accounts and open items agree."""
    figures = services.closing.figures(month_of(company))
    checks = {check.value: count for check, count in figures.checks.items()}
    return {
        "period": str(figures.period),
        "entries": len(figures.entries),
        "agree": not any(checks[name] for name in ("trial_balance", "payables", "receivables", "journal", "audit")),
        "missing": {name: count for name, count in checks.items() if count},
    }


def _example(services: Services) -> dict[str, Any]:
    """One figure with what is behind it: the first line that was read from a page."""
    with services.store.read() as tx:
        numbers = [posted.number for posted in services.store.journal.entries(tx)]
    for number in numbers:
        for entry in services.tracing.trace(f"E{number}")["entries"]:
            for line in entry["lines"]:
                for evidence in line["evidence"]:
                    if evidence["page"]:
                        return {"line": line, "evidence": evidence, "document": entry["document"]["name"]}
    return {}


def _verified(services: Services) -> dict[str, Any]:
    found = _archive(services).verify(full=True)
    path = services.config.archive_path.relative_to(services.config.root)
    return {"path": str(path), "ok": found.ok, "checked": found.checked}


def backed_up(services: Services, company: Company) -> dict[str, Any]:
    """Everything in one file."""
    from kontorist.services.backup import back_up

    file = company.config.root / "kontorist-backup.tar"
    manifest = back_up(company.config, services.store, _archive(services), file)
    return {"file": file.name, "rows": sum(manifest.rows.values()), "files": manifest.files}


def _archive(services: Services) -> DocumentArchive:
    from kontorist.archive.archive import DocumentArchive

    if not isinstance(services.archive, DocumentArchive):
        raise TypeError("the demo works on a real archive")
    return services.archive
