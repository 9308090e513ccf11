"""Who we are: what stands on every invoice to us and is therefore never the supplier's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerProfile:
    """Our own companies: names, VAT ids, IBANs and domains of mail addresses, as written in config.yaml; compared
    without blanks and case.
    """

    names: tuple[str, ...] = ()
    vat_ids: tuple[str, ...] = ()
    ibans: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()

    def to_data(self) -> dict[str, Any]:
        """Plain data for the way into the child."""
        return {key: list(getattr(self, key)) for key in _KEYS}

    @classmethod
    def from_data(cls, data: Mapping[str, Any] | None) -> BuyerProfile:
        """Read what `to_data` wrote; None is nobody."""
        data = data or {}
        return cls(**{key: tuple(data.get(key, ())) for key in _KEYS})

    def owns_id(self, value: str) -> bool:
        """Is this VAT id or IBAN one of ours?"""
        return _bare(value) in {_bare(each) for each in (*self.vat_ids, *self.ibans)}

    def owns_domain(self, value: str) -> bool:
        """Is this the name in a domain of ours (``acme`` of mail.acme.example)?"""
        return any(value.casefold() in own.casefold().split(".")[:-1] for own in self.domains)

    def owns_name(self, value: str) -> bool:
        """Is this one of our names, or a line that begins with one?"""
        bare = _bare(value)
        return any(bare.startswith(_bare(name)) for name in self.names if _bare(name))


_KEYS = ("names", "vat_ids", "ibans", "domains")


def _bare(value: str) -> str:
    return re.sub(r"[\W_]+", "", value).casefold()
