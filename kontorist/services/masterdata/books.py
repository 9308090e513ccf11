"""Opening balances and open items: where the books stand when they begin here."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.ledger.journal import EntryNotBalanced, JournalEntry
from kontorist.domain.ledger.open_items import OpenItem, Side, takeover_entry
from kontorist.domain.ledger.opening import OpeningBalance, opening_entry
from kontorist.domain.masterdata.trade import open_item_doubt, open_item_from, opening_balance_from, opening_doubt
from kontorist.extraction.tables import TableRow
from kontorist.services.masterdata.run import ImportRun
from kontorist.services.masterdata.trade import Partners
from kontorist.store.errors import AlreadyBooked


class DayMissing(NeedsAPerson):
    """It has to be said on which day the books begin."""

    code = "KON-116"
    next_step = "Say it with `--day`, such as `--day 2026-01-01`."


def day_of(run: ImportRun) -> date:
    """The day that the books begin. Raises DayMissing."""
    if run.day is None:
        raise DayMissing
    return run.day


def take_opening_balances(run: ImportRun) -> None:
    """All of them as one entry, or none: half of a balance is none."""
    day = day_of(run)
    balances, rows = _balances(run)
    if run.report.doubts or run.table.doubts:
        run.report.refusals.append("Opening balances are posted whole: nothing is posted while a cell is in doubt.")
        return
    posted = run.store.journal.of_document(run.tx, run.document)
    if any(each.entry.purpose == "opening" for each in posted):
        run.report.unchanged = rows
        return
    try:
        entry = opening_entry(balances, day=day, document=run.document, sha256=run.sha256, by=run.actor.person)
        number = run.store.journal.post(run.tx, entry)
    except EntryNotBalanced as refused:
        run.report.refusals.append(refused.sentence)
        return
    except AlreadyBooked:
        run.report.refusals.append(
            f"Opening balances at {day.isoformat()} are posted already; reverse that entry first."
        )
        return
    run.report.new = rows
    run.report.entries.append(number)
    run.note("posted opening balances", entry.id, after={"number": number, "day": day.isoformat()})


def _balances(run: ImportRun) -> tuple[list[OpeningBalance], int]:
    balances: list[OpeningBalance] = []
    accounts: dict[tuple[str, str], TableRow] = {}
    for row in run.table.rows:
        if (doubt := opening_doubt(row.values)) is not None:
            run.doubt(row, *doubt)
            continue
        balance = opening_balance_from(row.values, currency=run.currency)
        earlier = accounts.setdefault((balance.account, balance.amount.currency), row)
        if earlier is not row:
            run.doubt(row, "account", f"each account once; row {earlier.row} is the same")
            continue
        balances.append(balance)
    return balances, len(balances)


def take_open_items(run: ImportRun) -> None:
    """Each row an invoice that is open: kept as such, and posted so that the sub-ledger knows its partner."""
    day = day_of(run)
    partners = Partners(run)
    rows: dict[str, TableRow] = {}
    for row in run.table.rows:
        if (doubt := open_item_doubt(row.values, currency=run.currency)) is not None:
            run.doubt(row, *doubt)
            continue
        partner = partners.named(row, supplier=Side(row.values["side"]) is Side.PAYABLE)
        if partner is None:
            continue
        item = open_item_from(row.values, partner=partner, currency=run.currency, document=run.document)
        earlier = rows.setdefault(item.id, row)
        if earlier is not row:
            run.doubt(row, "number", f"each invoice once; row {earlier.row} is the same")
        else:
            _take_item(run, row, item, day)


def _take_item(run: ImportRun, row: TableRow, item: OpenItem, day: date) -> None:
    before = run.store.open_items.get(run.tx, item.id)
    if before is None:
        entry: JournalEntry = takeover_entry(item, day=day, sha256=run.sha256, by=run.actor.person)
        run.report.entries.append(run.store.journal.post(run.tx, entry))
        run.store.open_items.put(run.tx, replace(item, entry=entry.id))
        facts = {"partner": item.partner, "number": item.number, "amount": str(item.amount), "entry": entry.id}
        run.note("took over open item", item.id, after=facts)
    elif (before.amount, before.issue_date, before.due) != (item.amount, item.issue_date, item.due):
        run.doubt(row, "amount", f"{before.amount} as taken over already; reverse its entry to take over another")
        return
    run.count(known=before is not None, changed=False)
