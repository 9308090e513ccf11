"""A sender of Standard Webhooks: makes and signs what `webhook/standard` takes."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.webhook.standard import sign


@dataclass(frozen=True, slots=True)
class Delivery:
    """One HTTP POST: send `body` with `headers` to /hooks/<connector name>."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WebhookSender:
    """Signs with each of `secrets` (``whsec_...``), as a sender does while it changes its secret."""

    secrets: tuple[str, ...]

    def deliver(self, body: bytes, *, identity: str, now: datetime) -> Delivery:
        """`body` as it is, signed at `now` (with its zone) under the sender's own `identity`."""
        stamp = str(int(now.timestamp()))
        signed = f"{identity}.{stamp}.".encode() + body
        keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in self.secrets]
        headers = {
            "content-type": "application/json",
            "webhook-id": identity,
            "webhook-timestamp": stamp,
            "webhook-signature": " ".join(sign(key, signed).decode() for key in keys),
        }
        return Delivery(body, headers)

    def event(
        self,
        kind: str,
        data: Mapping[str, Any],
        *,
        identity: str,
        now: datetime,
        subject: str | None = None,
        documents: Sequence[tuple[str, str, bytes]] = (),
    ) -> Delivery:
        """An event with `documents`: (name, media type, bytes)."""
        coded = [
            {"name": name, "media_type": media_type, "content_base64": base64.b64encode(content).decode()}
            for name, media_type, content in documents
        ]
        body = {"type": kind, "data": {**data, **({"documents": coded} if coded else {})}}
        if subject is not None:
            body["subject"] = subject
        return self.deliver(json.dumps(body).encode(), identity=identity, now=now)


def new_secret(seed: bytes = b"a secret of the twin for tests only") -> str:
    """A secret in the form that senders show; the same `seed` gives the same secret."""
    return "whsec_" + base64.b64encode(seed.ljust(32, b".")[:64]).decode()
