"""A supplier that was known from paper only turns out to be one of the master data."""

from __future__ import annotations

from kontorist.domain.approvals import Verdict
from kontorist.domain.ids import SupplierId
from kontorist.domain.masterdata.names import Kind
from kontorist.testing.office import Office


def imports(office: Office, text: str, by: str = "anna") -> list[str]:
    report = office.services.masterdata.import_file(
        Kind.SUPPLIERS, text.encode(), name="suppliers.csv", actor=office.actor(by)
    )
    assert report.clean
    return report.merged


def test_the_invoice_of_an_unknown_supplier_gets_its_right_one(office: Office) -> None:
    document = office.takes_in("sonnental.pdf")
    (before,) = office.services.worklist.items()
    with office.services.store.read() as tx:
        paper = office.services.store.suppliers.get(tx, office.services.store.documents.get(tx, document).supplier_id)
    assert paper.provisional
    assert "KON-SUPPLIER" in before.codes

    text = (
        f"Kreditor;Name;USt-IdNr.;IBAN;Aufwandskonto\n070009;Gärtnerei Sonnental;{paper.vat_id};{paper.ibans[0]};6200"
    )
    merged = imports(office, text)

    (item,) = (each for each in office.services.worklist.items() if each.subject == document)
    with office.services.store.read() as tx:
        row = office.services.store.documents.get(tx, document)
        supplier = office.services.store.suppliers.get(tx, row.supplier_id)
        emptied = office.services.store.suppliers.get(tx, paper.id)
    assert merged == [paper.id]
    assert (supplier.number, supplier.provisional) == ("070009", False)
    assert (emptied.vat_id, emptied.ibans) == (None, ())
    assert item.version == 2
    assert "KON-SUPPLIER" not in item.codes
    assert "KON-IBAN-CHANGED" in item.codes  # its first bank details still wait for a second person
    assert item.content["account"] == "6200"
    assert imports(office, text) == []


def test_when_its_bank_details_are_agreed_on_the_invoice_is_ruled_on_anew(office: Office) -> None:
    document = office.takes_in("sonnental.pdf")
    with office.services.store.read() as tx:
        paper = office.services.store.suppliers.get(tx, office.services.store.documents.get(tx, document).supplier_id)
    imports(office, f"Name;USt-IdNr.;IBAN;Konto\nGärtnerei Sonnental;{paper.vat_id};{paper.ibans[0]};6200")
    (details,) = (each for each in office.services.worklist.items() if each.kind == "bank_details")

    office.services.worklist.decide(details.id, office.actor("joost"), Verdict.APPROVE)
    office.services.worklist.carry_out(details.id)

    (item,) = (each for each in office.services.worklist.items() if each.subject == document)
    assert "KON-IBAN-CHANGED" not in item.codes


def test_a_name_alone_merges_nothing_and_another_vat_id_forbids_it(office: Office) -> None:
    document = office.takes_in("sonnental.pdf")
    with office.services.store.read() as tx:
        row = office.services.store.documents.get(tx, document)
        paper = office.services.store.suppliers.get(tx, SupplierId(row.supplier_id or ""))

    assert imports(office, f"Name;Ort\n{paper.name};Bonn") == []
    assert imports(office, f"Kreditor;Name;USt-IdNr.;IBAN\n9;Factoring AG;DE136695976;{paper.ibans[0]}") == []
