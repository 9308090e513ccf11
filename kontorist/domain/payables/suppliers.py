"""Suppliers as master data: who they are, where their money goes, how they are booked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kontorist.domain.ids import SupplierId, derived_id
from kontorist.domain.masterdata.address import NOWHERE, Address
from kontorist.domain.payables.draft import InvoiceDraft


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier:
    """One supplier. `provisional` stands for one we have only seen on paper: never booked or paid by the machine.

    `payment_terms_days` counts from the invoice date; `ibans` and `vat_id` are without blanks; `number` is the one in
    our books, as text.
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
    number: str | None = None
    email: str | None = None
    address: Address = NOWHERE


#: Legal forms as they read after folding ("B.V." is "bv"), of the countries whose suppliers we expect.
_FORMS = """
    gmbh mbh gesmbh ag kg kgaa ohg gbr ug haftungsbeschrankt ek ev eg se bv nv vof cv bvba ltd limited llc llp inc plc
    co sarl sas sasu eurl sa srl spa sl slu oy oyj ab aps as sp zoo sro kft"""
_LEGAL_FORMS = frozenset(_FORMS.split())


def folded_name(name: str) -> str:
    """A name for comparison: no accents, case, punctuation or legal form ("Müller & Söhne GmbH" = "muller sohne").

    Legal forms count only at the end ("AS Roma GmbH" keeps its first word), and never as the whole name.
    """
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    text = re.sub(r"[\W_]+", " ", text)
    words = re.sub(r"\b(\w) (?=\w\b)", r"\1", text).split()  # "b v" is "bv", "s a r l" is "sarl"
    while len(words) > 1 and words[-1] in _LEGAL_FORMS:
        words.pop()
    return " ".join(words)


def compact(identifier: str) -> str:
    """A VAT id or IBAN without blanks, dots and case: ``DE 123.456.789`` becomes ``DE123456789``."""
    return re.sub(r"[\W_]", "", identifier).upper()


def find_supplier(
    suppliers: Iterable[Supplier], *, vat_id: str | None, iban: str | None, name: str | None
) -> Supplier | None:
    """The supplier meant by an invoice: by VAT id, else by IBAN, else by name. Two that fit equally are none.

    A supplier whose own VAT id is another is never meant: firms share a name or a factoring company's IBAN, never a
    VAT id. Where several fit, the next sign chooses among them only (branches under one VAT id). A supplier of the
    master data comes before a provisional one.
    """
    wanted = folded_name(name) if name else ""
    signs: tuple[Callable[[Supplier], bool], ...] = (
        lambda each: bool(vat_id and each.vat_id and same_identifier(each.vat_id, vat_id)),
        lambda each: bool(iban and any(same_identifier(iban, known) for known in each.ibans)),
        lambda each: bool(wanted and folded_name(each.name) == wanted),
    )
    possible = [each for each in suppliers if not (vat_id and each.vat_id and not same_identifier(each.vat_id, vat_id))]
    for provisional in (False, True):
        found = _singled_out([each for each in possible if each.provisional is provisional], signs)
        if found is not None:
            return found
    return None


def _singled_out(candidates: list[Supplier], signs: Iterable[Callable[[Supplier], bool]]) -> Supplier | None:
    for sign in signs:
        fitting = [each for each in candidates if sign(each)]
        if len(fitting) == 1:
            return fitting[0]
        candidates = fitting or candidates
    return None


def same_identifier(one: str, other: str) -> bool:
    """Whether two VAT ids or two IBANs are the same, however they are spaced; Greece writes EL or GR."""
    first, second = (re.sub("^GR(?=[0-9]{9}$)", "EL", compact(each)) for each in (one, other))
    return first == second != ""


def provisional_supplier(draft: InvoiceDraft) -> Supplier:
    """A supplier seen for the first time: an id of its own, from VAT id, else IBAN, else name, else "unknown"."""
    name = draft.value("supplier_name") or "unknown supplier"
    vat_id, iban = draft.value("supplier_vat_id"), draft.value("iban")
    key = compact(vat_id or "") or compact(iban or "") or folded_name(name)
    return Supplier(
        id=SupplierId(derived_id("P", key)),
        name=name,
        vat_id=vat_id,
        ibans=(iban,) if iban else (),
        provisional=True,
    )
