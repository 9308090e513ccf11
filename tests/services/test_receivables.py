"""What becomes of orders, step by step, on the real database and archive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kontorist.domain.approvals import ItemState, Verdict
from kontorist.domain.errors import TransientError, UncertainOutcome
from kontorist.domain.ledger.journal import balances
from kontorist.domain.money import Money
from kontorist.services.order_decisions import CustomerUnknown, OrderInvoiced, OrderNotClear
from kontorist.testing.documents.orders import BAKERY, STUDIO, THEATRE, line, sample_orders
from kontorist.testing.sales_office import SalesOffice, sales_office

AT_HOME, IN_THE_UNION, BEYOND, CANCELLED = (each.data for each in sample_orders())


@pytest.fixture
def office(tmp_path: Path) -> Iterator[SalesOffice]:
    with sales_office(tmp_path) as office:
        yield office


def lines_of(office: SalesOffice) -> list[list[tuple[str, str, str | None]]]:
    with office.services.store.read() as tx:
        entries = office.services.store.journal.entries(tx)
    return [[(line.account, str(line.amount.amount), line.tax_key) for line in each.entry.lines] for each in entries]


def books(office: SalesOffice) -> tuple[Any, ...]:
    store = office.services.store
    with store.read() as tx:
        return (
            [(posted.number, posted.hash) for posted in store.journal.entries(tx)],
            store.sales.papers(tx),
            [(row.id, row.state) for row in store.documents.list(tx)],
            [(item.id, item.version, item.state) for item in store.worklist.list(tx, states=None)],
            [(effect.key, effect.state, effect.attempts) for effect in store.effects.list(tx)],
            store.open_items.list(tx),
            [
                (note.verb, note.subject)
                for note in store.audit.of(tx, office.services.receivables.summary(order)["order"])
            ]
            if (order := next((each.order for each in store.sales.papers(tx)), None))
            else [],
        )


# --- invoicing


def test_an_order_of_a_known_customer_is_invoiced_booked_archived_mailed_and_answered(office: SalesOffice) -> None:
    became = office.gets("order.created", AT_HOME)

    assert (became["state"], became["papers"]) == ("invoiced", ["2026-00001"])
    assert lines_of(office) == [
        [
            ("1300", "1648.21", None),
            ("4000", "-1250.00", "OUT21"),
            ("2100", "-262.50", "OUT21"),
            ("4000", "-124.50", "OUT9"),
            ("2100", "-11.21", "OUT9"),
        ]
    ]
    (mail,) = office.mails.done.values()
    assert mail["to"] == ["inkoop@lantaarn.example"]
    assert mail["subject"].startswith("Factuur 2026-00001")
    (attached,) = mail["attachments"]
    assert (attached["name"], attached["media_type"]) == ("2026-00001.pdf", "application/pdf")
    assert office.told() == [("WEB-1001", "invoiced")]


def test_what_is_owed_stands_as_an_open_item_with_its_due_date_paper_and_entry(office: SalesOffice) -> None:
    office.gets("order.created", AT_HOME)

    store = office.services.store
    with store.read() as tx:
        (item,) = store.open_items.list(tx)
        (document,) = store.documents.list(tx)
        (posted,) = store.journal.of_document(tx, document.id)
    assert (item.partner, item.number, str(item.amount)) == (THEATRE.id, "2026-00001", "1648.21 EUR")
    assert item.due is not None
    assert item.due.isoformat() == "2026-06-19"  # thirty days, by the master data
    assert (item.document, item.entry) == (document.id, posted.entry.id)
    assert (document.state, document.document_class) == ("booked", "sales_invoice")
    assert posted.entry.document_sha256 == document.sha256
    assert office.services.archive.content(document.id).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("order", "key", "account"), [(IN_THE_UNION, "OUT-REVERSE-CHARGE", "4100"), (BEYOND, "OUT-EXPORT", "4100")]
)
def test_without_vat_of_ours_the_whole_amount_is_sales(
    office: SalesOffice, order: dict[str, Any], key: str, account: str
) -> None:
    office.gets("order.created", order)

    ((_, (sales, amount, tax_key)),) = lines_of(office)
    assert (sales, tax_key) == (account, key)
    assert amount == {"OUT-REVERSE-CHARGE": "-1880.00", "OUT-EXPORT": "-599.70"}[key]


def test_invoices_count_without_gaps_and_credit_notes_count_by_themselves(office: SalesOffice) -> None:
    papers = [office.gets(each.type, each.data)["papers"] for each in sample_orders()]

    assert papers == [["2026-00001"], ["2026-00002"], ["2026-00003"], ["2026-00002", "CN-00001"]]


def test_a_number_that_another_run_has_taken_is_not_given_again(office: SalesOffice) -> None:
    papers, receivables = office.services.sales_papers, office.services.receivables
    slow = receivables.enter(office.sends("order.created", AT_HOME))
    drafted = papers.draft(slow)
    office.gets("order.created", IN_THE_UNION)

    assert drafted is not None
    assert not papers.book(slow, drafted, b"%PDF under the number of another")
    office.goes_on(slow, office.sends("order.created", AT_HOME))
    assert receivables.summary(slow)["papers"] == ["2026-00002"]


def test_an_invoice_written_before_midnight_is_written_again_after_it(office: SalesOffice) -> None:
    papers = office.services.sales_papers
    order = office.services.receivables.enter(office.sends("order.created", AT_HOME))
    drafted = papers.draft(order)
    office.clock.advance(days=1)

    assert drafted is not None
    assert not papers.book(order, drafted, b"%PDF of yesterday")


@pytest.mark.parametrize("sample", sample_orders(), ids=lambda each: each.subject)
def test_the_same_event_worked_on_twice_changes_nothing(office: SalesOffice, sample: Any) -> None:
    events = [office.sends(each.type, each.data) for each in sample_orders()]
    for event in events:
        office.works(event)
    before = books(office)

    office.works(office.sends(sample.type, sample.data))

    assert books(office) == before


def test_the_same_order_under_another_id_is_invoiced_once(office: SalesOffice) -> None:
    office.gets("order.created", AT_HOME)
    before = books(office)

    office.gets("order.created", AT_HOME | {"shop_time": "later"}, identity="sent again by the shop")

    assert books(office) == before


def test_the_journal_stays_at_zero_and_its_chain_whole(office: SalesOffice) -> None:
    for each in sample_orders():
        office.gets(each.type, each.data)

    with office.services.store.read() as tx:
        entries = [posted.entry for posted in office.services.store.journal.entries(tx)]
        assert office.services.store.journal.verify(tx) == []
    assert sum((amount.amount for amount in balances(entries).values()), Decimal(0)) == 0


# --- cancelling


def test_a_cancelled_order_that_is_not_invoiced_never_will_be(office: SalesOffice) -> None:
    order = office.services.receivables.enter(office.sends("order.created", AT_HOME))

    office.gets("order.cancelled", {"order_number": "WEB-1001"})
    office.goes_on(order, office.sends("order.created", AT_HOME))

    assert office.services.receivables.summary(order)["state"] == "cancelled"
    assert lines_of(office) == []
    assert office.told() == [("WEB-1001", "cancelled")]


def test_a_cancellation_that_comes_before_its_order_is_remembered(office: SalesOffice) -> None:
    office.gets("order.cancelled", {"order_number": "WEB-1001"})

    became = office.gets("order.created", AT_HOME)

    assert (became["state"], became["papers"]) == ("cancelled", [])


def test_an_invoiced_order_is_credited_whole_under_a_number_of_its_own(office: SalesOffice) -> None:
    office.gets("order.created", AT_HOME)
    became = office.gets("order.cancelled", {"order_number": "WEB-1001"})

    invoice, credit_note = lines_of(office)
    assert [(account, str(-Decimal(amount)), key) for account, amount, key in invoice] == credit_note
    assert (became["state"], became["papers"]) == ("credited", ["2026-00001", "CN-00001"])
    assert [mail["subject"].split(":")[0] for mail in office.mails.done.values()] == [
        "Factuur 2026-00001", "Creditnota CN-00001",
    ]  # fmt: skip
    assert office.told() == [("WEB-1001", "invoiced"), ("WEB-1001", "credited")]


def test_invoice_and_credit_note_leave_nothing_open(office: SalesOffice) -> None:
    office.gets("order.created", AT_HOME)
    office.gets("order.cancelled", {"order_number": "WEB-1001"})

    with office.services.store.read() as tx:
        items = office.services.store.open_items.list(tx, partner=THEATRE.id)
        (invoice, credit_note) = office.services.store.journal.entries(tx)
    assert Money.total([item.amount for item in items], "EUR") == Money.zero("EUR")
    assert credit_note.entry.reversal_of == invoice.entry.id
    assert credit_note.entry.document != invoice.entry.document


def test_a_cancellation_while_the_invoice_is_not_in_the_archive_yet_hands_over_both(office: SalesOffice) -> None:
    papers = office.services.sales_papers
    order = office.services.receivables.enter(office.sends("order.created", AT_HOME))
    paper = papers.draft(order)
    assert paper is not None
    papers.book(order, paper, b"%PDF the invoice")  # and the worker dies here

    office.gets("order.cancelled", {"order_number": "WEB-1001"})

    assert office.services.receivables.summary(order)["state"] == "credited"
    assert len(office.mails.done) == 2
    assert sorted(office.told()) == [("WEB-1001", "credited"), ("WEB-1001", "invoiced")]


def test_cancelling_an_order_takes_it_off_the_worklist(office: SalesOffice) -> None:
    became = office.gets("order.created", AT_HOME | {"customer": {"name": "Nobody we know"}})
    assert len(became["items"]) == 1

    became = office.gets("order.cancelled", {"order_number": "WEB-1001"})

    assert (became["state"], became["items"]) == ("cancelled", [])
    with office.services.store.read() as tx:
        (item,) = office.services.store.worklist.list(tx, states=None)
    assert item.state is ItemState.REJECTED


# --- people


def test_an_order_of_somebody_unknown_waits_and_the_clerks_are_told_why(office: SalesOffice) -> None:
    became = office.gets("order.created", AT_HOME | {"customer": {"name": "Nobody we know"}})

    (item,) = office.services.worklist.items()
    assert (became["state"], became["reason_code"]) == ("waiting", "KON-ORDER-CUSTOMER")
    assert (item.kind, item.title) == ("order_customer", "Order WEB-1001 of Nobody we know")
    assert sorted(mail["to"][0] for mail in office.mails.done.values()) == ["anna@example.org", "joost@example.org"]
    assert office.told() == []


def test_the_order_goes_on_when_a_clerk_names_the_customer_and_another_agrees(office: SalesOffice) -> None:
    (waiting,) = office.gets("order.created", AT_HOME | {"customer": {"name": "De Lantarn"}})["items"]
    office.services.worklist.correct(waiting, office.actor("anna"), {"customer": "10021"})

    became = office.decides(waiting, Verdict.APPROVE)

    assert (became["state"], became["papers"]) == ("invoiced", ["2026-00001"])
    with office.services.store.read() as tx:
        (posted,) = office.services.store.journal.entries(tx)
    assert posted.entry.approved_by == ("joost",)


def test_an_order_nobody_can_be_found_for_cannot_be_approved(office: SalesOffice) -> None:
    (waiting,) = office.gets("order.created", AT_HOME | {"customer": {"name": "De Lantarn"}})["items"]

    with pytest.raises(OrderNotClear, match="No customer"):
        office.services.worklist.decide(waiting, office.actor("joost"), Verdict.APPROVE)
    with pytest.raises(CustomerUnknown, match="99999"):
        office.services.worklist.correct(waiting, office.actor("anna"), {"customer": "99999"})


def test_a_rejected_order_is_not_invoiced_and_the_front_office_is_told(office: SalesOffice) -> None:
    (waiting,) = office.gets("order.created", AT_HOME | {"customer": {"name": "De Lantarn"}})["items"]

    became = office.decides(waiting, Verdict.REJECT, note="A test order of the shop.")
    office.clock.advance(minutes=1)
    office.services.effects.run_due(office.clock.now())

    assert (became["state"], became["papers"]) == ("rejected", [])
    assert office.told() == [("WEB-1001", "refused")]


def test_vat_that_the_order_names_but_the_invoice_cannot_show_needs_somebody_to_agree(office: SalesOffice) -> None:
    order = IN_THE_UNION | {"lines": [line("Beratung", "1", "100.00", "21")]}
    became = office.gets("order.created", order)
    assert (became["state"], became["reason_code"]) == ("waiting", "KON-ORDER-RATE")

    became = office.decides(became["items"][0], Verdict.APPROVE)

    assert became["state"] == "invoiced"
    assert lines_of(office) == [[("1300", "100.00", None), ("4100", "-100.00", "OUT-REVERSE-CHARGE")]]


def test_a_customer_without_address_is_completed_in_the_master_data(office: SalesOffice) -> None:
    store = office.services.store
    with store.write() as tx:
        store.customers.put(tx, replace(BAKERY, address=replace(BAKERY.address, street=None)))
    (waiting,) = office.gets("order.created", IN_THE_UNION)["items"]
    with store.write() as tx:
        store.customers.put(tx, BAKERY)

    became = office.decides(waiting, Verdict.APPROVE)

    assert became["state"] == "invoiced"


def test_facts_that_change_after_an_approval_are_asked_about_again(office: SalesOffice) -> None:
    store = office.services.store
    order = IN_THE_UNION | {"lines": [line("Beratung", "1", "100.00", "21")]}
    (waiting,) = office.gets("order.created", order)["items"]
    office.services.worklist.decide(waiting, office.actor("joost"), Verdict.APPROVE)
    with store.write() as tx:
        store.customers.put(tx, replace(BAKERY, email=None))
    office.services.worklist.carry_out(waiting)

    event = office.sends("order.created", order)
    office.works(event)

    (item,) = office.services.worklist.items()
    assert (item.id, item.version, item.state) == (waiting, 2, ItemState.OPEN)
    assert item.codes == ("KON-ORDER-EMAIL",)


# --- other content under a known number


CHANGED = AT_HOME | {"lines": [line("Seizoensbrochure", "1", "999.00", "21")]}


def test_another_content_under_a_known_number_waits_and_changes_nothing(office: SalesOffice) -> None:
    office.gets("order.created", AT_HOME)

    became = office.gets("order.created", CHANGED)

    (item,) = office.services.worklist.items()
    assert (item.kind, became["papers"]) == ("order_changed", ["2026-00001"])
    assert item.content["arrived"]["lines"][0]["unit_price"] == "999"
    with pytest.raises(OrderInvoiced):
        office.services.worklist.decide(item.id, office.actor("joost"), Verdict.APPROVE)


def test_the_other_content_once_more_and_later_asks_nobody_again(office: SalesOffice) -> None:
    office.gets("order.created", AT_HOME)
    office.gets("order.created", CHANGED)
    before = books(office)
    office.clock.advance(minutes=5)

    office.works(office.sends("order.created", CHANGED))

    assert books(office) == before


def test_once_the_invoice_is_credited_the_other_content_can_take_its_place(office: SalesOffice) -> None:
    office.gets("order.created", AT_HOME)
    office.gets("order.cancelled", {"order_number": "WEB-1001"})
    (item,) = office.gets("order.created", CHANGED)["items"]

    became = office.decides(item, Verdict.APPROVE)

    assert (became["state"], became["papers"]) == ("invoiced", ["2026-00001", "CN-00001", "2026-00002"])
    assert became["items"] == []


def test_a_refused_other_content_leaves_the_first_as_it_is(office: SalesOffice) -> None:
    office.gets("order.created", AT_HOME)
    (item,) = office.gets("order.created", CHANGED)["items"]

    became = office.decides(item, Verdict.REJECT, note="A mistake of the shop.")

    assert (became["state"], became["papers"]) == ("invoiced", ["2026-00001"])


# --- effects


def test_a_mail_whose_fate_is_unknown_goes_again_under_the_same_message_id(office: SalesOffice) -> None:
    office.mails.troubles.append(UncertainOutcome())

    office.gets("order.created", AT_HOME)
    office.clock.advance(minutes=6)
    office.services.effects.run_due(office.clock.now())

    assert office.mails.calls == [f"mail/sales_invoice/2026-00001/{THEATRE.id}"] * 2
    assert len(office.mails.done) == 1


def test_an_answer_that_cannot_go_out_now_stays_planned(office: SalesOffice) -> None:
    office.callbacks.troubles.append(TransientError())
    office.gets("order.created", AT_HOME)
    assert office.told() == []

    office.clock.advance(minutes=1)
    office.services.effects.run_due(office.clock.now())

    assert office.told() == [("WEB-1001", "invoiced")]


def test_without_a_route_that_asks_for_it_nothing_is_answered(office: SalesOffice) -> None:
    route = office.services.config.routes[0]
    assert route.reply_to == "status"

    event = office.sends("order.created", BEYOND)
    object.__setattr__(route, "reply_to", None)  # as if config.yaml did not say it
    office.works(event)

    assert office.told() == []
    assert len(office.mails.done) == 1
    assert office.mails.done[f"mail/sales_invoice/2026-00001/{STUDIO.id}"]["subject"].startswith("Invoice 2026-00001")


def test_an_answer_to_a_connector_that_is_gone_is_stopped_and_shown(office: SalesOffice) -> None:
    office.services.replies.carried_by({})

    office.gets("order.created", AT_HOME)

    with office.services.store.read() as tx:
        (effect,) = [each for each in office.services.store.effects.list(tx) if each.kind == "callback"]
    assert (effect.state, effect.reason_code) == ("failed", "connector_gone")
