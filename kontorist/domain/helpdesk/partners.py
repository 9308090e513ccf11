"""Which supplier writes to us. A hint for the one who answers, never a proof of who it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kontorist.domain.payables.suppliers import Supplier, folded_name


def who_writes(
    suppliers: Iterable[Supplier], *, number: str | None = None, email: str | None = None, name: str | None = None
) -> Supplier | None:
    """The supplier who writes: by our number, else mail address, else its domain, else name.

    Two that fit a sign equally are told apart by the next one; still two are none.
    """
    address, folded = (email or "").strip().casefold(), folded_name(name or "")
    domain = address.rpartition("@")[2]
    signs: tuple[Callable[[Supplier], bool], ...] = (
        lambda each: bool(number and each.number == number),
        lambda each: bool(address and (each.email or "").casefold() == address),
        lambda each: bool(domain and (each.mail_domain or "").casefold() == domain),
        lambda each: bool(folded and folded_name(each.name) == folded),
    )
    candidates = list(suppliers)
    for sign in signs:
        fitting = [each for each in candidates if sign(each)]
        if len(fitting) == 1:
            return fitting[0]
        candidates = fitting or candidates
    return None
