"""Names of things. All are text, so that they survive every file, log and database."""

from __future__ import annotations

import hashlib
import json
from typing import NewType

DocumentId = NewType("DocumentId", str)  #: one receipt of one file, "D" + 20 characters
EventId = NewType("EventId", str)  #: one row of the inbox, "E" + 20 characters
WorkItemId = NewType("WorkItemId", str)  #: one thing for a person, "W" + 20 characters
SupplierId = NewType("SupplierId", str)  #: "S" + 20 characters; provisional ones begin with "P"
EntryId = NewType("EntryId", str)  #: one journal entry, "J" + 20 characters
CustomerId = NewType("CustomerId", str)  #: "C" + 20 characters
EmployeeId = NewType("EmployeeId", str)  #: "M" + 20 characters: stands for number and name in events and logs
OrderLineId = NewType("OrderLineId", str)  #: one line of an order, "L" + 20 characters
ReceiptId = NewType("ReceiptId", str)  #: what came in of one order line, "G" + 20 characters
OpenItemId = NewType("OpenItemId", str)  #: one open invoice, "I" + 20 characters
OrderId = NewType("OrderId", str)  #: one sales order of a customer, "O" + 20 characters
BankChangeId = NewType("BankChangeId", str)  #: bank details that two people have to agree on, "B" + 20 characters
EffectKey = NewType("EffectKey", str)  #: the business key of one outside effect
PersonKey = NewType("PersonKey", str)  #: a key under `people:` in config.yaml, or "system"

SYSTEM = PersonKey("system")  #: the preparer of everything the machine made

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: nothing to misread on the telephone


def derived_id(prefix: str, *parts: str) -> str:
    """A stable id from `parts`: the same facts give the same id, so a repeated step finds what it made before.

    The parts are hashed as a JSON list, so that no separator inside a foreign name makes two lists of parts alike,
    and a file name that is no valid text (a lone surrogate) has an id too.
    """
    digest = hashlib.sha256(json.dumps(parts).encode()).digest()
    number = int.from_bytes(digest, "big")
    return prefix + "".join([_ALPHABET[number >> bits & 31] for bits in range(0, 100, 5)])
