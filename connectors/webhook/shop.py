"""What the webhooks of shops have in common: one HMAC over the raw body, headers that nobody signs, orders as JSON.

Only the body is signed. What a header says (topic, id, time) may name an event, but never decides what becomes of an
order: that is read from the body alone, so that a body somebody caught cannot be sent again as something else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar, Final, Literal

from pydantic import Field, SecretStr, field_validator

from connectors.settings import Size, SourceSettings
from connectors.webhook.standard import SecretUnusable
from kontorist.domain import strict_json
from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.events import Blob, Event
from kontorist.domain.money import exact_decimal
from kontorist.domain.ports import CheckResult, NothingToDo, SignatureRefused, UnreadableBody
from kontorist.domain.receivables.orders import OrderUnreadable
from kontorist.domain.receivables.shop_orders import ShopLine, shop_order

KIND: Final = "webhook"
CREATED: Final = "order.created"
CANCELLED: Final = "order.cancelled"

_SHORTEST_SECRET: Final = 16  #: characters; shops make 32 and more themselves


class ShopSettings(SourceSettings):
    """The keys of a shop's webhook in config.yaml."""

    key: tuple[SecretStr, ...] = Field(
        description="The secret the shop signs with; a list while it changes.", min_length=1
    )
    order_prefix: str | None = Field(
        None, max_length=20, description="Put before order numbers, where several shops count alike."
    )
    on_conflict: Literal["refuse", "hold"] = Field(
        "hold", description="A known id with another body: `refuse` answers 409, `hold` asks a person."
    )
    limit: Size = Field(strict_json.MOST_BYTES, description="The largest body that is accepted.", gt=0, le=32 * 1024**2)

    @field_validator("key", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str | SecretStr) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a shop's body tells: a type of event about an order, with the event's data."""

    type: str
    number: str
    data: Mapping[str, Any]


def created(
    number: str, order: Mapping[str, Any], *, total: str, customer: Mapping[str, str], lines: Iterable[ShopLine]
) -> Told:
    """A new order; `total` is the name under which the body says what is to be paid.

    Raises OrderUnreadable, also where an invoice over `lines` would come to another total, and NotAnAmount.
    """
    currency, asked = text(order, "currency"), amount(order, total)
    data = shop_order(number=number, customer=customer, lines=lines, currency=currency, total=asked)
    return Told(type=CREATED, number=number, data=data)


def cancelled(number: str) -> Told:
    """An order that was taken back."""
    return Told(type=CANCELLED, number=number, data={"order_number": number})


class NotYet(Exception):
    """The order is none yet, or none of ours; the sentence says why."""


class ShopWebhook(ABC):
    """Takes signed orders. Satisfies `PushSource`; a subclass knows the headers and the body of one product."""

    SIGNATURE: ClassVar[str]  #: the header with base64 of HMAC-SHA256 over the raw body

    def __init__(self, name: str, settings: ShopSettings) -> None:
        self.name = name
        self.settings = settings
        self.source = f"/kontorist/{KIND}/{name}"
        self._secrets = tuple(_secret(name, each.get_secret_value()) for each in settings.key)

    def check(self) -> list[CheckResult]:
        """Nothing outside can be asked; the secrets were found good when this was built."""
        count = f"{len(self._secrets)} secret" + "s" * (len(self._secrets) > 1)
        return [CheckResult(ok=True, sentence=f"{self.name} takes signed orders under /hooks/{self.name} ({count}).")]

    def parse(self, raw_body: bytes, headers: Mapping[str, str], now: datetime) -> list[Event]:
        """The one event in a signed body, with the body itself as a file beside it.

        Raises SignatureRefused, UnreadableBody or NothingToDo.
        """
        sent = {name.lower(): value for name, value in headers.items()}
        if self.is_ping(raw_body, sent):
            return []
        self._verify(raw_body, sent.get(self.SIGNATURE, ""))
        identity = self.identity(raw_body, sent)
        kept = Blob(name=f"{self.name}.json", media_type="application/json", open=partial(io.BytesIO, raw_body))
        event = Event(id=identity, source=self.source, type=CREATED, time=self.time(sent), blobs=(kept,))
        try:
            told = self.read(_object(strict_json.parse(raw_body, most_bytes=self.settings.limit)), sent)
        except NeedsAPerson as error:
            raise UnreadableBody(str(error), event) from None
        except NotYet as reason:
            raise NothingToDo(str(reason), event) from None
        return [replace(event, type=told.type, subject=told.number, data=told.data)]

    @abstractmethod
    def identity(self, raw_body: bytes, sent: Mapping[str, str]) -> str:
        """The id of the delivery, the same for a repetition of it; header names are in lower case."""

    @abstractmethod
    def read(self, order: Mapping[str, Any], sent: Mapping[str, str]) -> Told:
        """What the body says. Raises NeedsAPerson where it cannot be read, NotYet where nothing follows from it."""

    def is_ping(self, raw_body: bytes, sent: Mapping[str, str]) -> bool:
        """Whether this is the unsigned greeting of a new webhook: nothing is stored."""
        return False

    def time(self, sent: Mapping[str, str]) -> datetime | None:
        """When it happened, as an unsigned header says."""
        return None

    def number(self, value: object) -> str:
        """The order's number as we keep it. Raises OrderUnreadable."""
        if not isinstance(value, str | int) or not str(value).strip():
            raise OrderUnreadable("The order has no number.")
        return (self.settings.order_prefix or "") + str(value).strip()

    def _verify(self, raw_body: bytes, given: str) -> None:
        if not given:
            raise SignatureRefused(f"{self.SIGNATURE} is missing")
        try:
            signature = given.encode("ascii")
        except UnicodeEncodeError:
            raise SignatureRefused("the signature holds characters that no sender can have sent") from None
        # Every secret is compared, so that the time taken says nothing about which one was near.
        if not any([hmac.compare_digest(sign(secret, raw_body), signature) for secret in self._secrets]):  # noqa: C419
            raise SignatureRefused("no signature matches")


def _secret(name: str, secret: str) -> bytes:
    if len(secret) < _SHORTEST_SECRET:
        raise SecretUnusable(
            f"The secret has fewer than {_SHORTEST_SECRET} characters.",
            place=f"connectors.{name}.key",
            next_step="Take the secret that the shop shows.",
        )
    return secret.encode()


def sign(secret: bytes, raw_body: bytes) -> bytes:
    """Base64 of HMAC-SHA256 over the raw body."""
    return base64.b64encode(hmac.new(secret, raw_body, hashlib.sha256).digest())


# Reading bodies: each gives the value or raises the sentence why not.


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise OrderUnreadable("The body is not an object.")
    return value


def text(record: Mapping[str, Any], name: str) -> str:
    """A text that has to be there. Raises OrderUnreadable."""
    value = record.get(name)
    if not isinstance(value, str) or not value.strip():
        raise OrderUnreadable("A text is missing.", place=name)
    return value.strip()


def amount(record: Mapping[str, Any], name: str) -> Decimal:
    """A number that has to be there. Raises OrderUnreadable or NotAnAmount."""
    if record.get(name) is None:
        raise OrderUnreadable("A number is missing.", place=name)
    return exact_decimal(record[name])


def records(record: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects of a list; none where the list is missing. Raises OrderUnreadable."""
    value = record.get(name) or []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise OrderUnreadable("A list of objects is expected here.", place=name)
    return value


def part(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object inside; empty where it is missing."""
    value = record.get(name)
    return value if isinstance(value, dict) else {}


def customer_from(signs: Iterable[tuple[str, object]]) -> dict[str, str]:
    """The first text of each sign (`name`, `email`) that holds one."""
    found: dict[str, str] = {}
    for sign_, value in signs:
        if isinstance(value, str) and value.strip():
            found.setdefault(sign_, value.strip())
    return found
