"""Documents, suppliers, invoice numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError

from kontorist.domain.ids import DocumentId, EntryId, EventId, SupplierId
from kontorist.domain.ledger.journal import JournalEntry, Line
from kontorist.domain.money import Money
from kontorist.domain.payables.draft import DocumentKind, Field, FieldName, InvoiceDraft
from kontorist.domain.payables.duplicates import normalised_number
from kontorist.domain.payables.suppliers import Supplier
from kontorist.domain.ports import ArchivedDocument
from kontorist.store.database import Store
from kontorist.store.errors import DuplicateInvoice, NotInStore

MUSTER = Supplier(
    id=SupplierId("S1"), name="Muster GmbH", vat_id="DE 123456789", ibans=("DE02 1203 0000 0000 2020 51",), trusted=True
)
OTHER = Supplier(id=SupplierId("S2"), name="Andere Firma AG", default_account="6400", payment_terms_days=14)


def archived(number: int, **rest: object) -> ArchivedDocument:
    facts: dict[str, object] = {"sha256": f"{number:064x}", "source_id": f"{number}.pdf"} | rest
    return ArchivedDocument(
        id=DocumentId(f"D{number}"),
        name=f"{number}.pdf",
        media_type="application/pdf",
        size=1000 + number,
        received=datetime(2026, 3, 2, 8, number, tzinfo=UTC),
        source="/kontorist/folder/post",
        document_class="document",
        seq=number,
        **facts,  # type: ignore[arg-type]
    )


def draft(
    number: str | None = "2026-117", gross: str | None = "119.00", day: str | None = "2026-02-27"
) -> InvoiceDraft:
    values: dict[FieldName, str | None] = {
        "invoice_number": number,
        "gross": gross,
        "issue_date": day,
        "currency": "EUR",
    }
    return InvoiceDraft(
        fields={
            name: Field(value=value, confidence=0.9, safe=True, reason="printed beside its label")
            for name, value in values.items()
        }
    )


def enter(store: Store, number: int, read: InvoiceDraft | None = None, supplier: Supplier = MUSTER) -> DocumentId:
    document = archived(number)
    with store.write() as tx:
        store.suppliers.put(tx, supplier)
        store.documents.add(tx, document, EventId("E1"))
        if read:
            store.documents.read(tx, document.id, read, supplier_id=supplier.id)
    return document.id


def similar(store: Store, gross: str | None, day: date | None, number: str | None = None) -> list[str]:
    amount = None if gross is None else Decimal(gross)
    with store.read() as tx:
        return [each.document for each in store.documents.similar(tx, MUSTER.id, amount, day, number=number)]


def test_a_document_goes_its_way_from_the_archive_to_the_journal(store: Store) -> None:
    paper = enter(store, 1, draft())
    with store.read() as tx:
        read = store.documents.get(tx, paper)
    with store.write() as tx:
        store.documents.settle(tx, paper, "booked", entry_id=EntryId("J1"))
        booked = store.documents.get(tx, paper)

    assert read.state == "read"
    assert read.draft == draft()
    assert (read.invoice_number_normalised, read.gross, read.issue_date) == (
        normalised_number("2026-117"),
        Decimal("119.00"),
        date(2026, 2, 27),
    )
    assert (read.document_class, read.event_id, read.received) == ("document", "E1", archived(1).received)
    assert (booked.state, booked.entry_id, booked.draft) == ("booked", "J1", draft())


def test_the_same_receipt_is_entered_once(store: Store) -> None:
    with store.write() as tx:
        assert store.documents.add(tx, archived(1)) is True
        assert store.documents.add(tx, archived(1)) is False
        assert store.documents.counts(tx)["archived"] == 1


def test_quarantine_has_a_reason_and_a_state_must_be_known(store: Store) -> None:
    paper = enter(store, 1)
    with store.write() as tx:
        store.documents.settle(tx, paper, "quarantined", reason_code="encrypted", reason="The file has a password.")
        assert store.documents.get(tx, paper).reason == "The file has a password."

    with pytest.raises(IntegrityError), store.write() as tx:
        store.documents.settle(tx, paper, "lost")


def test_documents_are_found_by_state_time_event_and_content(store: Store) -> None:
    papers = [enter(store, number) for number in (1, 2, 3)]
    with store.write() as tx:
        store.documents.settle(tx, papers[1], "rejected", reason="not ours")

    def found(**wanted: object) -> list[str]:
        with store.read() as tx:
            return [each.id for each in store.documents.list(tx, **wanted)]  # type: ignore[arg-type]

    noon = datetime(2026, 3, 2, 8, 2, tzinfo=UTC)
    assert found() == papers
    assert found(states=["rejected"]) == [papers[1]]
    assert found(since=noon) == papers[1:]
    assert found(until=noon) == papers[:1]
    assert found(event_id="E1", limit=2) == papers[:2]
    assert found(sha256=f"{3:064x}") == [papers[2]]


def test_an_unknown_document_is_a_sentence(store: Store) -> None:
    with store.write() as tx:
        with pytest.raises(NotInStore, match="no document D9"):
            store.documents.get(tx, DocumentId("D9"))
        with pytest.raises(NotInStore, match="no document D9"):
            store.documents.settle(tx, DocumentId("D9"), "read")


def test_an_invoice_number_belongs_to_one_document_of_a_supplier(store: Store) -> None:
    first, second = enter(store, 1), enter(store, 2)
    with store.write() as tx:
        store.documents.claim_number(tx, first, MUSTER.id, "RE-0017/2026")
        store.documents.claim_number(tx, first, MUSTER.id, "RE-0017/2026")

        with pytest.raises(DuplicateInvoice, match="RE-0017/2026") as refused:
            store.documents.claim_number(tx, second, MUSTER.id, "re 17 2026")
        store.documents.claim_number(tx, second, MUSTER.id, "RE-18/2026")

    assert refused.value.earlier == first


def test_two_suppliers_may_use_the_same_number(store: Store) -> None:
    first, second = enter(store, 1), enter(store, 2, supplier=OTHER)

    with store.write() as tx:
        store.documents.claim_number(tx, first, MUSTER.id, "1")
        store.documents.claim_number(tx, second, OTHER.id, "1")


def test_a_number_without_a_supplier_is_refused(store: Store) -> None:
    paper = enter(store, 1)

    with pytest.raises(IntegrityError), store.write() as tx:
        store.documents.claim_number(tx, paper, None, "1")  # type: ignore[arg-type]


def test_the_duplicate_rule_gets_what_has_the_same_number_or_amount_and_date(store: Store) -> None:
    same_number = enter(store, 1, draft("0117", gross="50.00", day="2025-01-01"))
    same_amount = enter(store, 2, draft("118", day="2026-02-20"))
    enter(store, 3, draft("119", day="2026-02-19"))
    enter(store, 4, draft("120", gross="119.01"))
    enter(store, 5, draft("117"), supplier=OTHER)

    assert similar(store, "119.0", date(2026, 2, 27), number="117") == [same_number, same_amount]
    assert similar(store, "119.00", date(2026, 2, 27)) == [same_amount]
    assert similar(store, None, None, number="117") == [same_number]
    assert similar(store, None, None) == []


def test_a_number_that_lost_its_separators_or_zeros_is_given_to_the_rule_too(store: Store) -> None:
    written = enter(store, 1, draft("RE-2024-0010", gross="50.00", day="2025-01-01"))
    enter(store, 2, draft("RE-2024-0011", gross="50.00", day="2025-01-01"))

    assert similar(store, "1.00", date(2026, 2, 27), number="RE20240010") == [written]
    assert similar(store, "1.00", date(2026, 2, 27), number="re 2024/10") == [written]


def test_a_credit_note_is_kept_with_its_sign_so_that_it_is_no_copy_of_its_invoice(store: Store) -> None:
    enter(store, 1, draft("117"))
    credit = enter(store, 2, replace(draft("GS-1"), kind=DocumentKind.CREDIT_NOTE))

    with store.read() as tx:
        assert store.documents.get(tx, credit).gross == Decimal("-119.00")
    assert similar(store, "-119.00", date(2026, 2, 27)) == [credit]


def test_an_invoice_without_an_amount_is_not_like_another_without_one(store: Store) -> None:
    enter(store, 1, draft(gross=None))

    assert similar(store, None, date(2026, 2, 27), number="999") == []


def test_what_was_rejected_does_not_count_and_what_was_booked_says_when(store: Store) -> None:
    rejected, booked = enter(store, 1, draft()), enter(store, 2, draft("118"))
    amount = Money("119.00", "EUR")
    entry = JournalEntry(
        id=EntryId("J1"),
        day=date(2026, 2, 27),
        text="Muster GmbH 118",
        document=booked,
        lines=(Line(account="6400", amount=amount, origin="net"), Line(account="2000", amount=-amount, origin="gross")),
    )
    with store.write() as tx:
        store.documents.settle(tx, rejected, "rejected", reason="not ours")
        store.journal.post(tx, entry)
        store.documents.settle(tx, booked, "booked", entry_id=entry.id)

        [known] = store.documents.similar(tx, MUSTER.id, Decimal("119.00"), date(2026, 2, 27), 7)

    assert known.document == booked
    assert known.booked_on == date(2026, 3, 2)


def test_a_supplier_is_read_back_as_it_was_entered(store: Store) -> None:
    with store.write() as tx:
        store.suppliers.put(tx, MUSTER)
        store.suppliers.put(tx, OTHER)

        assert store.suppliers.get(tx, OTHER.id) == OTHER
        assert store.suppliers.get(tx, MUSTER.id).ibans == ("DE02120300000000202051",)
        assert store.suppliers.get(tx, MUSTER.id).vat_id == "DE123456789"
        assert [each.name for each in store.suppliers.list(tx)] == ["Andere Firma AG", "Muster GmbH"]
        assert store.suppliers.count(tx) == 2


def test_changed_bank_details_replace_the_old_ones(store: Store) -> None:
    changed = Supplier(id=MUSTER.id, name="Muster GmbH", ibans=("NL91ABNA0417164300", "nl91 abna 0417 1643 00"))
    with store.write() as tx:
        store.suppliers.put(tx, MUSTER)
        store.suppliers.put(tx, changed)

        assert store.suppliers.get(tx, MUSTER.id).ibans == ("NL91ABNA0417164300",)
        assert store.suppliers.find(tx, iban="DE02120300000000202051") is None


@pytest.mark.parametrize(
    "evidence",
    [{"vat_id": "DE123456789"}, {"iban": "DE02120300000000202051"}, {"name": "MUSTER gmbh"}],
    ids=["vat id", "iban", "name"],
)
def test_a_supplier_is_found_by_what_the_invoice_prints(store: Store, evidence: dict[str, str]) -> None:
    with store.write() as tx:
        store.suppliers.put(tx, MUSTER)
        store.suppliers.put(tx, OTHER)

        found = store.suppliers.find(tx, **evidence)

    assert found is not None
    assert found.id == MUSTER.id


def test_an_unknown_supplier_is_none_or_a_sentence(store: Store) -> None:
    with store.read() as tx:
        assert store.suppliers.find(tx) is None
        assert store.suppliers.find(tx, name="Nobody") is None
        with pytest.raises(NotInStore, match="no supplier S9"):
            store.suppliers.get(tx, SupplierId("S9"))


def test_times_without_a_zone_are_refused(store: Store) -> None:
    naive = datetime(2026, 3, 2)  # noqa: DTZ001  # the very mistake
    with pytest.raises(Exception, match="has no time zone"), store.read() as tx:
        store.documents.list(tx, since=naive + timedelta(0))
