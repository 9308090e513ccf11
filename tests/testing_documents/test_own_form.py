"""The locksmith's form: read but for its number, and read whole once a person has shown one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from kontorist.domain.ids import PersonKey
from kontorist.domain.payables.corrections import corrected
from kontorist.domain.payables.draft import FIELDS
from kontorist.domain.payables.memory import of_masterdata
from kontorist.domain.payables.suppliers import Supplier
from kontorist.extraction.reading import BuyerProfile, learn_from, open_pool, read_invoice
from kontorist.sandbox import Pool
from kontorist.testing.documents.company import COMPANY
from kontorist.testing.documents.own_form import keys, locks, locksmith_masterdata, own_form
from kontorist.testing.documents.spoiled import trap

TODAY = date(2026, 11, 22)
PROFILE = BuyerProfile(names=(COMPANY.name,), vat_ids=(COMPANY.vat_id or "",), ibans=(COMPANY.iban or "",))


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with open_pool(1) as pool:
        yield pool


def test_its_number_is_found_only_after_one_was_shown(pool: Pool) -> None:
    facts = locksmith_masterdata()
    known = of_masterdata(Supplier(id="S1", **{**facts, "ibans": tuple(facts["ibans"])}))  # type: ignore[arg-type]
    first, following = own_form(locks(TODAY)), own_form(keys(TODAY))
    read = read_invoice(pool, first, name="first.pdf", profile=PROFILE, recall=lambda _: [known])
    shown = corrected(read, {"invoice_number": locks(TODAY).number}, by=PersonKey("anna"))
    told = {"invoice_number": shown.value("invoice_number")}
    lesson = learn_from(pool, first, read, told, profile=PROFILE).lesson  # type: ignore[arg-type]
    assert lesson is not None
    after = read_invoice(pool, following, name="next.pdf", profile=PROFILE, recall=lambda _: [known, lesson])

    assert [name for name in FIELDS if not read.fields[name].safe] == ["invoice_number"]
    assert read.value("invoice_number") is None
    assert {name: after.value(name) for name in FIELDS} == keys(TODAY).printed()
    assert (after.status, "as a person showed" in after.fields["invoice_number"].reason) == ("safe", True)


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2027, 2, 28)])
def test_it_is_the_same_paper_on_every_day(pool: Pool, today: date) -> None:
    paper = own_form(keys(today))
    read = read_invoice(pool, paper, name="next.pdf", profile=PROFILE)

    assert paper == own_form(keys(today))
    assert [name for name in FIELDS if not read.fields[name].safe] == ["invoice_number"]
    assert read.value("net") == f"{keys(today).net:.2f}"


def test_the_trap_is_small_and_refused_with_a_sentence(pool: Pool) -> None:
    read = read_invoice(pool, trap(), name="e-rechnung.xml", profile=PROFILE)

    assert len(trap()) < 1024
    assert (read.status, read.refused) == ("quarantined", "forbidden_construct")
    assert "made to do harm" in (read.reason or "")
