"""Suppliers as master data: who they are, where their money goes, how they are booked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from kontorist.domain.ids import SupplierId, derived_id
from kontorist.domain.payables.draft import InvoiceDraft


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier:
    """One supplier. `provisional` stands for one we have only seen on paper: never booked or paid by the machine.

    `payment_terms_days` counts from the invoice date; `ibans` and `vat_id` are without blanks.
    """

    id: SupplierId
    name: str
    vat_id: str | None = None
    ibans: tuple[str, ...] = ()
    default_account: str | None = None
    trusted: bool = False
    payment_terms_days: int | None = None
    mail_domain: str | None = None
    provisional: bool = False


_LEGAL_FORMS = re.compile(
    r"\b(gmbh|mbh|ag|kg|ohg|gbr|ug|e\.?k|b\.?v|n\.?v|ltd|limited|llc|inc|plc|sarl|sas|s\.?a|s\.?r\.?l|s\.?l|"
    r"co|haftungsbeschränkt|v\.?o\.?f)\b\.?"
)


def folded_name(name: str) -> str:
    """A name for comparison: no accents, case, punctuation or legal form ("Müller & Söhne GmbH" = "muller sohne")."""
    text = unicodedata.normalize("NFKD", name.casefold())
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[\W_]+", " ", _LEGAL_FORMS.sub(" ", text)).split())


def compact(identifier: str) -> str:
    """A VAT id or IBAN without blanks, dots and case: ``DE 123.456.789`` becomes ``DE123456789``."""
    return re.sub(r"[\W_]", "", identifier).upper()


def find_supplier(
    suppliers: Iterable[Supplier], *, vat_id: str | None, iban: str | None, name: str | None
) -> Supplier | None:
    """The supplier meant by an invoice: by VAT id, else by IBAN, else by name. Two that fit equally are none."""
    known = list(suppliers)
    by_vat = [each for each in known if vat_id and each.vat_id and compact(each.vat_id) == compact(vat_id)]
    by_iban = [each for each in known if iban and compact(iban) in map(compact, each.ibans)]
    wanted = folded_name(name) if name else ""
    # A name speaks only where no VAT id contradicts it: two firms may share a name, never a VAT id.
    by_name = [
        each
        for each in known
        if wanted and folded_name(each.name) == wanted and not (vat_id and each.vat_id and each not in by_vat)
    ]
    for candidates in (by_vat, by_iban, by_name):
        settled = [each for each in candidates if not each.provisional] or candidates
        if len(settled) == 1:
            return settled[0]
    return None


def provisional_supplier(draft: InvoiceDraft) -> Supplier:
    """A supplier seen for the first time: an id of its own, from VAT id, else IBAN, else name, else "unknown"."""
    name = draft.value("supplier_name") or "unknown supplier"
    vat_id, iban = draft.value("supplier_vat_id"), draft.value("iban")
    key = compact(vat_id or iban or "") or folded_name(name)
    return Supplier(
        id=SupplierId(derived_id("P", key)),
        name=name,
        vat_id=vat_id,
        ibans=(iban,) if iban else (),
        provisional=True,
    )
