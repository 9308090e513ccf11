"""Every line of an entry leads back to the fields of the paper."""

from __future__ import annotations

import pytest
from domain_office import MUSTER, VOUCHER, invoice

from kontorist.domain.payables.booking import entry_for
from kontorist.domain.payables.draft import InvoiceDraft
from kontorist.domain.payables.evidence import fields_behind


def behind(draft: InvoiceDraft, origin: str) -> list[str]:
    return [f"{name} {field.value}" for name, field in fields_behind(draft, origin)]


@pytest.mark.parametrize(
    ("origin", "fields"),
    [
        ("net", ["net 100.00"]),
        ("tax", ["tax 19.00"]),
        ("gross", ["gross 119.00"]),
        ("rounding", ["net 100.00", "tax 19.00", "gross 119.00"]),
        ("order", []),
    ],
)
def test_an_amount_leads_to_its_field(origin: str, fields: list[str]) -> None:
    assert behind(invoice(), origin) == fields


def test_a_net_amount_that_the_page_does_not_state_comes_from_total_and_vat() -> None:
    assert behind(invoice(net=None), "net") == ["gross 119.00", "tax 19.00"]


def test_no_line_of_a_booked_invoice_is_without_evidence() -> None:
    draft = invoice(gross="119.01")
    entry = entry_for(draft, VOUCHER, MUSTER, account="6400")

    assert all(fields_behind(draft, line.origin) for line in entry.lines)


def test_what_was_never_looked_for_is_no_evidence() -> None:
    assert fields_behind(InvoiceDraft(fields={}), "net") == ()
