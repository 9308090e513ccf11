"""Standard Webhooks 1.0.0 (https://www.standardwebhooks.com): signed events over HTTP, with documents inside.

Signed is ``<webhook-id>.<webhook-timestamp>.<raw body>`` with HMAC-SHA256; `webhook-signature` holds one or more
``v1,<base64>`` separated by blanks. The signature is checked on the bytes as they came, before anything reads them.

The body: ``{"type": "document.received", "subject": "...", "data": {..., "documents": [{"name", "media_type",
"content_base64"}]}}``. Documents travel on as files beside the event and are left out of its data. A number with a
fraction becomes text with the same digits.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import io
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, Literal

from pydantic import Field, SecretStr, field_validator

from connectors.registry import ConnectorContext
from connectors.settings import EventType, Size, SourceSettings
from kontorist.domain import strict_json
from kontorist.domain.errors import SetupWrong
from kontorist.domain.events import Blob, Event
from kontorist.domain.ports import CheckResult, SignatureRefused, UnreadableBody

KIND: Final = "webhook"
KEY_VERSION: Final = "1"  #: the event id is the sender's own, stable over its retries
CAPABILITIES: Final = frozenset({"push"})

#: Seconds a signed time may lie from ours, both ways (Standard Webhooks 1.0.0, "Verifying webhook authenticity").
TOLERANCE: Final = timedelta(seconds=300)
#: Bytes of a secret (same, "Signature scheme": 24 to 64).
_SECRET_BYTES: Final = range(24, 65)
_STAMP: Final = re.compile(r"[0-9]{1,11}", re.ASCII)


class SecretUnusable(SetupWrong):
    """The secret of a webhook is not `whsec_` followed by base64 of 24 to 64 bytes."""

    code = "KON-372"
    next_step = "Take the secret that the sender shows, or make one: openssl rand -base64 32"


class Settings(SourceSettings):
    """The keys of a `webhook/standard` connector in config.yaml."""

    key: tuple[SecretStr, ...] = Field(
        description="The secret shared with the sender; a list while the sender changes it.", min_length=1
    )
    emits: tuple[EventType, ...] = Field(
        ("document.received",),
        description="The types of events this sender may send, one or a list; the first is meant where none is given.",
        min_length=1,
    )
    document_type: str | None = Field(None, description="What its documents are, such as `invoice`.")
    on_conflict: Literal["refuse", "hold"] = Field(
        "refuse", description="A known id with another body: `refuse` answers 409, `hold` asks a person."
    )
    limit: Size = Field(strict_json.MOST_BYTES, description="The largest body that is accepted.", gt=0, le=32 * 1024**2)

    @field_validator("key", "emits", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str | SecretStr) else value


class _Unreadable(Exception):
    """Why a signed body is not an event, as a sentence."""


class StandardWebhook:
    """Takes signed events; who may not sign is not heard. Satisfies `PushSource`."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.settings = settings
        self.source = f"/kontorist/{KIND}/{name}"
        self.limit = settings.limit  #: bytes; the receiver answers 413 above it
        self._secrets = tuple(secret_bytes(name, each.get_secret_value()) for each in settings.key)

    def check(self) -> list[CheckResult]:
        """Nothing outside can be asked; the secrets were found good when this was built."""
        count = f"{len(self._secrets)} secret" + "s" * (len(self._secrets) > 1)
        return [CheckResult(ok=True, sentence=f"{self.name} takes signed events under /hooks/{self.name} ({count}).")]

    def parse(self, raw_body: bytes, headers: Mapping[str, str], now: datetime) -> list[Event]:
        """The one event in a signed body. Raises SignatureRefused or UnreadableBody; `now` knows its zone."""
        sent = {name.lower(): value for name, value in headers.items()}
        identity, stamp = sent.get("webhook-id", ""), sent.get("webhook-timestamp", "")
        self._verify(raw_body, identity, stamp, sent.get("webhook-signature", ""), now)
        time = datetime.fromtimestamp(int(stamp), UTC)
        try:
            return [self._event(identity, time, strict_json.parse(raw_body, most_bytes=self.limit, plain=True))]
        except (strict_json.NotStrictJson, _Unreadable) as error:
            raise UnreadableBody(str(error), self._unreadable(identity, time, raw_body)) from None

    def _verify(self, raw_body: bytes, identity: str, stamp: str, signatures: str, now: datetime) -> None:
        if not identity or not signatures or not _STAMP.fullmatch(stamp):
            raise SignatureRefused("webhook-id, webhook-timestamp or webhook-signature is missing or unreadable")
        try:
            # HTTP headers are bytes; servers hand them over as Latin-1.
            signed, given = (
                f"{identity}.{stamp}.".encode("latin-1") + raw_body,
                signatures.encode("latin-1").split(b" "),
            )
        except UnicodeEncodeError:
            raise SignatureRefused("a header holds characters that no sender can have sent") from None
        wanted = [sign(secret, signed) for secret in self._secrets]
        # Every pair is compared, so that the time taken says nothing about which one was near.
        matches = [hmac.compare_digest(one, other) for one in wanted for other in given]
        if not any(matches):
            raise SignatureRefused("no signature matches")
        if abs(now - datetime.fromtimestamp(int(stamp), UTC)) > TOLERANCE:
            raise SignatureRefused("the signed time is more than 300 seconds away from ours")

    def _event(self, identity: str, time: datetime, body: Any) -> Event:
        if not isinstance(body, dict):
            raise _Unreadable("The body is not an object.")
        kind, data = body.get("type", self.settings.emits[0]), body.get("data", {})
        subject = body.get("subject")
        if kind not in self.settings.emits:
            raise _Unreadable(f"This sender may not send {str(kind)[:60]!r}.")
        if not isinstance(data, dict) or not isinstance(subject, str | None):
            raise _Unreadable("`data` must be an object and `subject` a text.")
        fixed = {"document_type": self.settings.document_type} if self.settings.document_type else {}
        rest = {name: each for name, each in data.items() if name != "documents"}
        return Event(
            id=identity,
            source=self.source,
            type=kind,
            subject=subject,
            time=time,
            data=rest | fixed,
            blobs=tuple(_documents(data.get("documents", []))),
        )

    def _unreadable(self, identity: str, time: datetime, raw_body: bytes) -> Event:
        blob = Blob(name="body", media_type="application/octet-stream", open=partial(io.BytesIO, raw_body))
        return Event(id=identity, source=self.source, type=self.settings.emits[0], time=time, blobs=(blob,))


def build(name: str, settings: Settings, context: ConnectorContext) -> StandardWebhook:
    """The webhook `name` of config.yaml, reached under /hooks/<name>. Raises SecretUnusable."""
    return StandardWebhook(name, settings)


def sign(secret: bytes, signed: bytes) -> bytes:
    """One entry of `webhook-signature` over ``<id>.<timestamp>.<body>``."""
    return b"v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest())


def secret_bytes(name: str, secret: str) -> bytes:
    """The bytes of a secret as senders show it. Raises SecretUnusable, which never holds the value."""
    try:
        value = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        raise SecretUnusable(place=f"connectors.{name}.key") from None  # never with the value
    if len(value) not in _SECRET_BYTES:
        raise SecretUnusable(place=f"connectors.{name}.key")
    return value


def _documents(value: Any) -> Iterable[Blob]:
    if not isinstance(value, list):
        raise _Unreadable("`documents` must be a list.")
    for number, each in enumerate(value, start=1):
        content, name, media_type = _parts(each, number)
        yield Blob(name=name, media_type=media_type, open=partial(io.BytesIO, content))


def _parts(document: Any, number: int) -> tuple[bytes, str, str]:
    """Its bytes, its name (a label, never a path) and its media type as the sender says."""
    facts = document if isinstance(document, dict) else {}
    name, coded = facts.get("name"), facts.get("content_base64")
    media_type = facts.get("media_type", "application/octet-stream")
    if not (isinstance(name, str) and name and isinstance(coded, str) and isinstance(media_type, str)):
        raise _Unreadable(f"Document {number} needs `name` and `content_base64`.")
    if extra := facts.keys() - {"name", "media_type", "content_base64"}:
        raise _Unreadable(f"Document {number} has the unknown key {min(extra)[:40]!r}.")
    try:
        return base64.b64decode(coded, validate=True), name, media_type
    except (binascii.Error, ValueError):
        raise _Unreadable(f"The content of document {number} is not base64.") from None
