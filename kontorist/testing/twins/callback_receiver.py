"""A receiver of our answers: a small HTTP server on this machine that verifies Standard Webhooks and remembers.

It answers as told, so that refusals, overload and a connection that breaks after the answer arrived can be tried.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from connectors.webhook.standard import Settings, StandardWebhook
from kontorist.domain.ports import SignatureRefused, UnreadableBody
from kontorist.testing.twins.certificates import Certificates
from kontorist.testing.twins.webhook_sender import new_secret

BREAK: Final = 0  #: in place of a status: take the answer, then close the connection without a word
_TYPES: Final = (
    *("order.invoiced", "order.credited", "order.cancelled", "order.refused"),
    *("ticket.opened", "ticket.resolved", "ticket.rejected"),
)


@dataclass(slots=True)
class CallbackReceiver:
    """What has arrived, by webhook-id: a repetition is one. `statuses` are answered one after another, then 204.

    `now` is the time signatures are compared with; None = the present.
    """

    url: str
    secret: str
    received: dict[str, dict[str, Any]] = field(default_factory=dict)
    deliveries: list[str] = field(default_factory=list)  #: every webhook-id as it came, repetitions too
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)  #: sent with each answer
    now: datetime | None = None

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        """Verify and keep; the status to answer, BREAK for none."""
        settings = Settings.model_validate({"key": self.secret, "emits": list(_TYPES)})
        webhook = StandardWebhook("callback", settings)
        try:
            webhook.parse(body, headers, self.now or datetime.now(UTC))
        except SignatureRefused:
            return 401
        except UnreadableBody:
            return 400
        status = self.statuses.pop(0) if self.statuses else 204
        identity = {name.lower(): value for name, value in headers.items()}["webhook-id"]
        self.deliveries.append(identity)
        if status == BREAK or status < 300:
            self.received[identity] = json.loads(body)
        return status

    def told(self) -> list[tuple[str, str]]:
        """(number of order or ticket, status) of everything that was taken, in order of arrival."""
        return [(each["subject"], each["data"]["status"]) for each in self.received.values()]


@contextmanager
def callback_receiver(
    secret: str | None = None, *, certificates: Certificates | None = None
) -> Iterator[CallbackReceiver]:
    """A receiver on a free port of this machine, stopped with the block; with `certificates` over https."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name http.server calls
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            status = twin.take(body, dict(self.headers.items()))
            if status == BREAK:
                self.close_connection = True
                self.connection.close()
                return
            self.send_response(status)
            for name, value in twin.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the parameter of http.server
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass  # a connection that BREAK closed

    server = Server(("127.0.0.1", 0), Handler)
    if certificates is not None:
        server.socket = certificates.server_context().wrap_socket(server.socket, server_side=True)
    scheme = "http" if certificates is None else "https"
    address = f"{scheme}://127.0.0.1:{server.server_port}/hooks/status"
    twin = CallbackReceiver(address, secret or new_secret(b"callback"))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield twin
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
