"""Every figure of a report is named, and its name leads to the entries it is made of, their documents, page and box."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any, Final

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from kontorist.domain.approvals import Verdict
from kontorist.domain.closing.month import Check
from kontorist.domain.closing.sub_ledgers import Age
from kontorist.domain.events import Event
from kontorist.domain.ids import EntryId, EventId, WorkItemId
from kontorist.domain.ledger.chart import CHART, AccountKind
from kontorist.domain.ledger.journal import JournalEntry, Line
from kontorist.domain.money import Money
from kontorist.domain.periods import Period
from kontorist.sandbox import Pool
from kontorist.services import use_services
from kontorist.testing.documents.company import SamplePaper
from kontorist.testing.office import TODAY, Office, open_office
from tasks.reporting.month_workbook import write_month_workbook
from tasks.reporting.steps import write_report
from tasks.reporting.words import word

MAY: Final = Period(2026, 5)
APRIL: Final = date(2026, 4, 20)
#: Columns of amounts, and what of a balance they say.
OF_A_BALANCE: Final = {word(key, "en"): key for key in ("opening", "debit", "credit", "closing")}
AMOUNTS: Final = {
    *OF_A_BALANCE,
    *(word(key, "en") for key in ("amount", "income", "expense", "result", "ledger", "sub_ledger", "difference")),
    *(word(age.value, "en") for age in Age),
}


@pytest.fixture(scope="module", params=[("EUR",), ("EUR", "GBP")], ids="+".join)
def month(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    readers: Pool,
    post: dict[str, SamplePaper],
) -> Iterator[Office]:
    """May: invoices, two corrected and agreed to, one taken back, a payment, and what waits; sales in April and May."""
    office = open_office(tmp_path_factory.mktemp("month"), readers, post)
    for currency in request.param:
        entry(office, f"capital {currency}", APRIL, currency, ("1100", "2000.00", None), ("3000", "-2000.00", None))
        entry(office, f"sale {currency}", APRIL, currency, ("1300", "500.00", "C1"), ("4000", "-500.00", None))
        entry(office, f"sold {currency}", TODAY, currency, ("1300", "70.00", "C1"), ("4000", "-70.00", None))
    a_month_of_post(office)
    yield office
    office.services.close()


def a_month_of_post(office: Office) -> None:
    for name in ("papierhaus-lindner.pdf", "koffiebranderij-de-zwaan.pdf", "blitzblank-e-rechnung.pdf"):
        office.takes_in(name)
    correct_and_agree(office, "elektro-brandt.pdf")
    correct_and_agree(office, "harbourlight.pdf")
    take_back(office, booked(office, "koffiebranderij-de-zwaan.pdf"))
    for name in ("drukkerij-brochures.pdf", "download.pdf"):  # above the limit; no invoice at all
        office.takes_in(name)
    pay(office, booked(office, "papierhaus-lindner.pdf"))


def booked(office: Office, name: str) -> int:
    """The number of the entry of a paper."""
    with office.services.store.read() as tx:
        document = next(row for row in office.services.store.documents.list(tx) if row.name == name)
        return office.services.store.journal.of_document(tx, document.id)[0].number


def entry(office: Office, name: str, day: date, currency: str, *lines: tuple[str, str, str | None]) -> None:
    """An entry by hand."""
    made = tuple(
        Line(account=account, amount=Money(amount, currency), origin="by_hand", partner=partner)
        for account, amount, partner in lines
    )
    with office.services.store.write() as tx:
        office.services.store.journal.post(tx, JournalEntry(id=EntryId(name), day=day, text=name, lines=made))


def correct_and_agree(office: Office, name: str) -> None:
    document = office.takes_in(name)
    item = next(each for each in office.services.worklist.items() if each.subject == document)
    fields = office.services.worklist.show(item.id)[0].item.content["fields"]
    net = Decimal(fields["gross"]) - Decimal(fields["tax"] or 0)
    office.services.worklist.correct(item.id, office.actor("anna"), {"net": str(net), "account": "6200"})
    agree(office, item.id)


def agree(office: Office, item: WorkItemId) -> None:
    for name in ("joost", "carla"):
        if office.services.worklist.show(item)[0].item.state == "open":
            office.services.worklist.decide(item, office.actor(name), Verdict.APPROVE)
    office.services.worklist.carry_out(item)


def take_back(office: Office, number: int) -> None:
    reversal = office.services.reversals.ask(number, office.actor("anna"), reason="twice", afterwards="rejected")
    agree(office, reversal.id)


def pay(office: Office, number: int) -> None:
    """The open amount of an entry is paid from the bank."""
    with office.services.store.read() as tx:
        owed = next(
            line for line in office.services.store.journal.numbered(tx, number).entry.lines if line.account == "2000"
        )
    amount = str(-owed.amount.amount)
    entry(office, "payment", TODAY, "EUR", ("2000", amount, owed.partner), ("1100", f"-{amount}", None))


# --- what a reference leads to


@dataclass(frozen=True, slots=True)
class Traced:
    """What `kontorist trace` says, and sums over it."""

    office: Office
    facts: dict[str, Any]

    def lines(self, currency: str) -> Iterator[dict[str, Any]]:
        for entry in self.facts["entries"]:
            yield from (line for line in entry["lines"] if line["currency"] == currency)

    def moved(self, currency: str) -> Decimal:
        return total(self.lines(currency))

    def balance(self, which: str, currency: str) -> Decimal:
        rows = [row for row in self.facts["balances"] if row["currency"] == currency]
        return sum((Decimal(row[which]) for row in rows), Decimal(0))

    def by_lines(self, which: str, currency: str) -> Decimal:
        """The same figure from the lines alone; what stood there before, from its own reference."""
        amounts = [Decimal(line["amount"]) for line in self.lines(currency)]
        if which == "debit":
            return sum((each for each in amounts if each > 0), Decimal(0))
        if which == "credit":
            return -sum((each for each in amounts if each < 0), Decimal(0))
        before = (row["opening_reference"] for row in self.facts["balances"] if row["currency"] == currency)
        opening = sum((trace(self.office, each).by_lines("closing", currency) for each in before if each), Decimal(0))
        return opening if which == "opening" else opening + sum(amounts, Decimal(0))


def trace(office: Office, reference: str) -> Traced:
    facts = office.services.tracing.trace(reference)
    for entry in facts["entries"]:
        leads_to_pages(entry)
    return Traced(office, facts)


def leads_to_pages(entry: dict[str, Any]) -> None:
    """Every line of an invoice has the field it was read from, on its page, in its box; or who said it."""
    if entry["document"] is None:
        assert all(line["origin"] == "by_hand" for line in entry["lines"]), entry
        return
    assert entry["document"]["sha256"]
    for line in entry["lines"]:
        assert line["evidence"], line
        for field in line["evidence"]:
            placed = field["page"] and field["box"] and 0 <= field["box"]["x0"] < field["box"]["x1"] <= 100
            assert placed if field["source"] == "captured" else field["reason"], field


def total(lines: Iterable[dict[str, Any]]) -> Decimal:
    return sum((Decimal(line["amount"]) for line in lines), Decimal(0))


# --- the pack


def sheets(content: bytes) -> Workbook:
    return load_workbook(BytesIO(content), data_only=True)


def named_figures(sheet: Worksheet) -> Iterator[tuple[str, Decimal, str, str | None]]:
    """Column, amount, currency and reference of each figure in a sheet with one table, its totals too."""
    headings = [str(cell.value) for cell in sheet[1]]
    for cells in sheet.iter_rows(min_row=2, values_only=True):
        row = dict(zip(headings, cells, strict=True))
        for column in AMOUNTS & row.keys():
            if isinstance(row[column], int | float):
                yield column, Decimal(str(row[column])), row.get("Currency") or "EUR", row.get("Reference")


@pytest.fixture
def pack(month: Office) -> Workbook:
    return sheets(write_month_workbook(month.services.closing.figures(MAY), "en"))


def test_every_row_of_the_trial_balance_is_the_sum_of_its_lines(month: Office, pack: Workbook) -> None:
    seen = 0
    for column, amount, currency, reference in named_figures(pack["Trial balance"]):
        assert reference
        found = trace(month, reference)
        assert found.balance(OF_A_BALANCE[column], currency) == amount, (reference, column)
        assert found.by_lines(OF_A_BALANCE[column], currency) == amount, (reference, column)
        seen += 1

    assert seen >= 4 * 9


def test_every_row_of_the_result_is_the_sum_of_its_lines(month: Office, pack: Workbook) -> None:
    kinds = {"Income": {AccountKind.INCOME}, "Expense": {AccountKind.EXPENSE}}
    for column, amount, currency, reference in named_figures(pack["P&L"]):
        assert reference
        lines = [
            line
            for line in trace(month, reference).lines(currency)
            if CHART[line["account"]].kind in kinds.get(column, set(AccountKind))
        ]
        assert lines
        assert amount == total(lines) * (1 if column == "Expense" else -1), (reference, column)


@pytest.mark.parametrize(("sheet", "account", "sign"), [("Payables", "2000", -1), ("Receivables", "1300", 1)])
def test_every_open_item_is_what_its_entry_says(
    month: Office, pack: Workbook, sheet: str, account: str, sign: int
) -> None:
    figures = list(named_figures(pack[sheet]))
    items = [row for row in figures if row[3] and "@" not in row[3]]
    totals = [row for row in figures if row not in items]

    assert len(items) >= 2 * 2
    for column, amount, currency, reference in items:  # the amount, and once more in the column of its age
        lines = [line for line in trace(month, str(reference)).lines(currency) if line["account"] == account]
        assert sign * total(lines) == amount, (reference, column)
    for column, amount, currency, reference in totals:
        assert amount == sum(row[1] for row in items if row[0] == column)
        if column == "Amount":
            assert sign * trace(month, str(reference)).by_lines("closing", currency) == amount


def test_every_figure_of_the_summary_and_the_checks_is_the_sum_of_its_lines(month: Office, pack: Workbook) -> None:
    summary = [[cell.value for cell in row[:4]] for row in pack["Summary"]["A5:D30"]]
    figures = [row for row in summary if isinstance(row[2], int | float)]
    checks = [row for row in named_figures(pack["Checks"]) if row[0] != "Difference"]

    assert len(figures) == 5 * len(month.services.closing.figures(MAY).currencies)
    for name, currency, amount, reference in figures:
        closing = str(name).startswith(("Open", "Payables", "Receivables"))
        found = trace(month, str(reference))
        made = found.by_lines("closing", str(currency)) if closing else found.moved(str(currency))
        assert abs(made) == abs(Decimal(str(amount))), (name, reference)
    for column, amount, currency, reference in checks:
        assert reference
        assert abs(trace(month, reference).by_lines("closing", currency)) == abs(amount), (reference, column)


def test_what_is_missing_leads_to_the_amount_on_the_page(month: Office, pack: Workbook) -> None:
    figures = list(named_figures(pack["Exceptions"]))
    rows = [row for row in figures if row[3] is not None]

    assert rows
    assert [row[1] for row in figures if row[3] is None] in ([], [sum(row[1] for row in rows)])  # the total of these
    for _, amount, _, reference in rows:
        (document,) = trace(month, str(reference)).facts["documents"]
        gross = next(field for field in document["evidence"] if field["field"] == "gross")
        assert (Decimal(gross["value"]), gross["page"]) == (amount, 1)
        assert gross["box"]


def test_no_amount_of_the_pack_stands_without_a_reference(pack: Workbook) -> None:
    nameless = [
        (sheet, column, amount)
        for sheet in ("Trial balance", "P&L", "Payables", "Receivables", "Checks")
        for column, amount, _, reference in named_figures(pack[sheet])
        if reference is None
    ]

    assert nameless == []


def test_the_books_of_the_month_balance_and_the_sub_ledgers_tie_out(month: Office) -> None:
    figures = month.services.closing.figures(MAY)

    for currency in figures.currencies:
        closing = [row.closing for row in figures.accounts if row.closing.currency == currency]
        assert len(closing) >= 3
        assert not Money.total(closing, currency)
    assert len(figures.ties) >= 2
    assert all(not tie.difference for tie in figures.ties)
    assert not {Check.TRIAL_BALANCE, Check.PAYABLES, Check.RECEIVABLES} & {each.check for each in figures.missing}


def test_the_figures_of_the_mail_can_be_traced(month: Office) -> None:
    pack = month.services.config.reporting.month_pack.model_copy(update={"to": ("carla",)})
    reporting = month.services.config.reporting.model_copy(update={"month_pack": pack})
    month.services.config.__dict__["reporting"] = reporting
    event = requested(month, "close")
    month.services.closing.keep(month.services.closing.figures(MAY), write_month_workbook, event)
    month.services.letters.send_planned(event)

    (letter,) = (action["text"] for key, action in month.sink.done.items() if "month_end" in key)
    result = re.search(r"Result: (-?)€([\d,.]+).* \((result@2026-05)\)", letter)
    assert result
    assert -trace(month, result[3]).moved("EUR") == Decimal(result[1] + result[2].replace(",", "").rstrip("."))
    with_amounts = [line for line in letter.splitlines() if re.search(r"[€£]\d", line)]
    assert len(with_amounts) >= 2
    for line in with_amounts:
        references = re.findall(r" \(([^() ]+)\)", line)
        assert references, line
        assert all(trace(month, reference).facts["kind"] for reference in references)


def requested(office: Office, identity: str) -> EventId:
    event = Event(id=identity, source="/test/run", type="run.requested")
    with office.services.store.write() as tx:
        return office.services.store.inbox.accept(tx, event, raw_hash=identity).id


# --- the daily report


def test_the_figures_of_the_daily_report_are_the_sums_of_what_they_name(month: Office) -> None:
    event = requested(month, "report")
    with use_services(month.services):
        report = write_report.fn(event, TODAY)
    summary = sheets(month.services.archive.content(report.workbooks["en"]))["Summary"]

    figures = {
        found[1]: cell.value
        for row in summary.iter_rows()
        for cell in row
        if cell.comment and (found := re.search(r"kontorist trace \S+?/(\S+)", cell.comment.text))
    }
    assert {"posted/EUR", "waiting/EUR", "booked", "worklist"} <= figures.keys()
    for name, shown in figures.items():
        found = trace(month, f"{event}/{name}")
        kind, _, currency = name.partition("/")
        if kind == "posted":
            assert found.moved(currency) == Decimal(str(shown))
        elif kind == "waiting":
            fields = [field for each in found.facts["documents"] for field in each["evidence"]]
            assert sum(Decimal(each["value"]) for each in fields if each["field"] == "gross") == Decimal(str(shown))
        else:
            behind = {entry["document"]["id"] for entry in found.facts["entries"]}
            assert len(behind | {each["id"] for each in found.facts["documents"]}) == shown
