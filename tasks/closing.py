"""Steps of the month's end. Each takes ids, may be repeated, and finds what it did before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect import task

from kontorist.domain.ids import EventId
from kontorist.domain.periods import Period
from kontorist.services import Services, current_services
from kontorist.services.closing import Pack, file_name
from tasks.reporting.copies import readable_copy
from tasks.reporting.month_workbook import write_month_workbook


@task(name="month to close")
def month_to_close(period: str | None, planned: datetime | str | None) -> str:
    """The month asked for; else the one before the planned day, else before today. Raises NotAPeriod."""
    if period is not None:
        return str(Period.parse(period))
    moment = datetime.fromisoformat(planned) if isinstance(planned, str) else planned
    return str(current_services().closing.month_before(moment))


@task(name="write the pack")
def write_pack(event: EventId, month: str) -> dict[str, Any]:
    """Check the month, write its workbook in each reader's language, archive it, plan the letters; all of it once.

    Gives the outcome as plain data: whether the month is ready, what is missing by check and reference with who has
    it, the archived workbooks by language, the readable copies.
    """
    services = current_services()
    figures = services.closing.figures(Period.parse(month))
    pack = services.closing.keep(figures, write_month_workbook, event)
    return {
        "period": month,
        "ready": figures.ready,
        "missing": [
            {"check": each.check.value, "reference": each.reference, "who": list(each.who)} for each in figures.missing
        ],
        "pack": pack.number,
        "workbooks": dict(pack.workbooks),
        "files": [_readable_copy(services, pack, language) for language in sorted(pack.workbooks)],
    }


def _readable_copy(services: Services, pack: Pack, language: str) -> str:
    content = services.archive.content(pack.workbooks[language])
    return readable_copy(services, file_name(pack.period, language), content)
