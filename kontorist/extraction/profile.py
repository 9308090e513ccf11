"""Who we are: what stands on every invoice to us and is therefore never the supplier's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerProfile:
    """Our own companies: names, VAT ids and IBANs, as written in config.yaml; compared without blanks and case."""

    names: tuple[str, ...] = ()
    vat_ids: tuple[str, ...] = ()
    ibans: tuple[str, ...] = ()

    def to_data(self) -> dict[str, Any]:
        """Plain data for the way into the child."""
        return {"names": list(self.names), "vat_ids": list(self.vat_ids), "ibans": list(self.ibans)}

    @classmethod
    def from_data(cls, data: Mapping[str, Any] | None) -> BuyerProfile:
        """Read what `to_data` wrote; None is nobody."""
        data = data or {}
        return cls(**{key: tuple(data.get(key, ())) for key in ("names", "vat_ids", "ibans")})

    def owns_id(self, value: str) -> bool:
        """Is this VAT id or IBAN one of ours?"""
        return _bare(value) in {_bare(each) for each in (*self.vat_ids, *self.ibans)}

    def owns_name(self, value: str) -> bool:
        """Is this one of our names, or a line that begins with one?"""
        bare = _bare(value)
        return any(bare.startswith(_bare(name)) for name in self.names if _bare(name))


def _bare(value: str) -> str:
    return re.sub(r"[\W_]+", "", value).casefold()
