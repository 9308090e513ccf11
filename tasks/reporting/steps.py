"""Steps of the daily report: figures from the books, a workbook in the archive, a letter to those who asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from prefect import task
from sqlalchemy import Connection

from kontorist.domain.approvals import Actor, WorkItem, next_people
from kontorist.domain.ids import SYSTEM, DocumentId, EventId
from kontorist.domain.ledger.chart import CHART
from kontorist.services import Services, current_services
from kontorist.store.documents import Document
from kontorist.store.inbox import InboxRow
from kontorist.store.journal import Posted
from tasks.reporting.copies import readable_copy
from tasks.reporting.figures import DailyFigures, EntryRow, ExceptionRow, Outcome, SourceRow
from tasks.reporting.workbook import write_workbook

SOURCE: Final = "/kontorist/reporting/daily_report"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BEGAN: Final = "began a report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A finished daily report: the archived workbook by language, and where the readable copies are."""

    day: date
    workbooks: dict[str, DocumentId]
    files: list[str]


@task(name="write the daily report")
def write_report(event: EventId, day: date) -> Report:
    """Take the figures of `day`, write the workbook in each reader's language, plan the letters; all of it once.

    What was reported for this event before is given again unchanged, so a repeated run mails nothing twice.
    """
    services = current_services()
    known = _reported(services, event)
    if known is not None:
        return known
    figures = figures_of(services, day, event)
    readers = _readers(services)
    languages = sorted({reader.language for reader in readers} or {services.config.company.language})
    contents = {language: write_workbook(figures, language=language) for language in languages}
    workbooks = {language: _archived(services, event, day, language, contents[language]) for language in languages}
    files = [readable_copy(services, _file_name(day, language), contents[language]) for language in languages]
    _record(services, event, figures, readers, workbooks, files)
    return Report(day=day, workbooks=workbooks, files=files)


@task(name="day of the report")
def day_of_report(day: date | str | None, planned: datetime | str | None) -> date:
    """The day asked for; else the day a schedule planned it for; else today, in the company's time zone."""
    services = current_services()
    zone = ZoneInfo(services.config.company.timezone)
    if day is not None:
        return day if isinstance(day, date) else date.fromisoformat(day)
    moment = datetime.fromisoformat(planned) if isinstance(planned, str) else planned
    return (moment or services.clock.now()).astimezone(zone).date()


@task(name="what was reported")
def what_was_reported(report: Report) -> dict[str, Any]:
    """The report as plain data: day, archived documents by language, readable files."""
    return {"day": report.day.isoformat(), "documents": dict(report.workbooks), "files": report.files}


def figures_of(services: Services, day: date, event: EventId) -> DailyFigures:
    """Everything the books say about `day` (company time zone), and what waits now."""
    config = services.config
    began, run = _begun(services, event)
    since = datetime.combine(day, time.min, ZoneInfo(config.company.timezone))
    until = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(config.company.timezone))
    with services.store.read() as tx:
        return DailyFigures(
            company=config.company.name,
            day=day,
            generated=began,
            timezone=config.company.timezone,
            currency=config.company.currency,
            event=event,
            run=run,
            config_hash=config.fingerprint(),
            entries=tuple(
                row for posted in services.store.journal.posted_between(tx, since, until) for row in _entry_rows(posted)
            ),
            exceptions=tuple(_exceptions(services, tx)),
            sources=tuple(
                _source_row(services, tx, each) for each in services.store.documents.list(tx, since=since, until=until)
            ),
        )


def _begun(services: Services, event: EventId) -> tuple[datetime, str | None]:
    """When the report for `event` was begun, and by which run; a run that takes it up again finds the first one's.

    So the same books give the same workbook, and the archive holds it once.
    """
    with services.store.write() as tx:
        notes = [note for note in services.store.audit.of(tx, event) if note.verb == _BEGAN]
        if notes:
            return notes[0].at, (notes[0].after or {}).get("run")
        now, run = services.clock.now(), services.store.inbox.get(tx, event).run_id
        services.store.audit.note(tx, actor=SYSTEM, verb=_BEGAN, subject=event, at=now, after={"run": run})
        return now, run


def _entry_rows(posted: Posted) -> Iterator[EntryRow]:
    for place, line in enumerate(posted.entry.lines, 1):
        yield EntryRow(
            number=posted.number,
            line=place,
            day=posted.entry.day,
            text=posted.entry.text,
            account=line.account,
            account_name=CHART[line.account].name,
            amount=line.amount,
            tax_key=line.tax_key,
            document=posted.entry.document,
            prepared_by=posted.entry.prepared_by,
            approved_by=posted.entry.approved_by,
        )


def _exceptions(services: Services, tx: Connection) -> Iterator[ExceptionRow]:
    store = services.store
    for item in store.worklist.list(tx):
        yield _waiting(services, tx, item)
    for document in store.documents.list(tx, states=["quarantined"]):
        yield _unreadable(document)
    for event in store.inbox.list(tx, states=["quarantined"], limit=1000):
        yield _stopped(event)


def _waiting(services: Services, tx: Connection, item: WorkItem) -> ExceptionRow:
    about = services.worklist.about(tx, item)
    decisions = services.store.worklist.decisions(tx, item.id)
    waiting = next_people(item, decisions, services.config.actors())
    return ExceptionRow(
        outcome=Outcome.WORKLIST,
        id=item.id,
        title=item.title,
        reasons=item.reasons,
        codes=item.codes,
        since=item.created,
        supplier=about.partner,
        invoice_number=about.number,
        amount=about.amount,
        due=about.due,
        waits_for=(item.owner,) if item.owner else tuple(actor.person for actor in waiting),
    )


def _unreadable(document: Document) -> ExceptionRow:
    return ExceptionRow(
        outcome=Outcome.QUARANTINED,
        id=document.id,
        title=document.name,
        reasons=(document.reason or "",),
        codes=(document.reason_code or "",),
        since=document.received,
    )


def _stopped(event: InboxRow) -> ExceptionRow:
    return ExceptionRow(
        outcome=Outcome.QUARANTINED,
        id=event.id,
        title=f"{event.type} {event.subject or ''}".strip(),
        reasons=(event.reason or "",),
        codes=(event.reason_code or "",),
        since=event.received,
    )


def _source_row(services: Services, tx: Connection, document: Document) -> SourceRow:
    run = services.store.inbox.get(tx, document.event_id).run_id if document.event_id else None
    return SourceRow(
        document=document.id,
        name=document.name,
        sha256=document.sha256,
        received=document.received,
        source=document.source,
        outcome=Outcome.of_state(document.state),
        seq=document.seq,
        run=run,
        config_hash=services.config.fingerprint(),
    )


def _readers(services: Services) -> list[Actor]:
    actors = services.config.actors()
    return [actor for key, actor in actors.items() if key in services.config.reporting.daily_report.to]


def _file_name(day: date, language: str) -> str:
    return f"daily-report-{day}-{language}.xlsx"


def _archived(services: Services, event: EventId, day: date, language: str, content: bytes) -> DocumentId:
    record = services.archive.add(
        content,
        name=_file_name(day, language),
        media_type=XLSX,
        source=SOURCE,
        source_id=f"{event}/{language}",
        actor=SYSTEM,
        document_class="report",
    )
    return record.id


def _record(
    services: Services,
    event: EventId,
    figures: DailyFigures,
    readers: list[Actor],
    workbooks: dict[str, DocumentId],
    files: list[str],
) -> None:
    """In one transaction: that this was reported, and the letters that carry it."""
    with services.store.write() as tx:
        services.store.audit.note(
            tx,
            actor=SYSTEM,
            verb="reported",
            subject=event,
            at=figures.generated,
            after={
                "day": figures.day.isoformat(),
                "workbooks": dict(workbooks),
                "files": files,
                "figures": dict(figures.references),  # what `kontorist trace` follows
            },
        )
        for reader in readers:
            services.letters.plan(
                tx,
                "daily_report",
                [reader],
                letter_facts(figures, _file_name(figures.day, reader.language)),
                key=f"daily_report/{event}",
                thread=f"daily_report/{figures.company}",
                written=figures.generated,
                cause=event,
                attachments=[workbooks[reader.language]],
            )


def letter_facts(figures: DailyFigures, workbook: str) -> dict[str, Any]:
    """The same figures for the letter; `workbook` is the name of the attached file."""
    counts = figures.counts
    return {
        "day": figures.day,
        "counts": {
            "booked": counts[Outcome.BOOKED],
            "waiting": counts[Outcome.WORKLIST],
            "quarantined": counts[Outcome.QUARANTINED],
            "refused": counts[Outcome.REJECTED],
        },
        "totals": [each for each in figures.posted if each],
        "exceptions": [
            {
                "document": row.title,
                "supplier": row.supplier,
                "amount": row.amount,
                "reason": "; ".join(row.reasons[:2]),
            }
            for row in figures.exceptions
        ],
        "workbook": workbook,
    }


def _reported(services: Services, event: EventId) -> Report | None:
    with services.store.read() as tx:
        notes = [note for note in services.store.audit.of(tx, event) if note.verb == "reported"]
    if not notes or notes[0].after is None:
        return None
    after = notes[0].after
    return Report(day=date.fromisoformat(after["day"]), workbooks=dict(after["workbooks"]), files=list(after["files"]))
