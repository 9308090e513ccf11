"""Our connection to Prefect's server: one for all, patient in steps of milliseconds. Imported when it is needed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

_WHILE_BUSY: Final = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)  # seconds


class Patient(httpx.BaseTransport):
    """Asks again shortly while the server says that its database is locked (503): nothing was done then.

    Prefect's own client waits two seconds and more after the first such answer. Eight tries, three seconds in all.
    """

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self._transport = transport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The first answer that is not a 503, or the last one."""
        for pause in _WHILE_BUSY:
            answer = self._transport.handle_request(request)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return answer
            answer.read()  # gives the connection back
            time.sleep(pause)
        return self._transport.handle_request(request)

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()


def client() -> SyncPrefectClient:
    """A client of the server that Prefect's settings name; to be entered."""
    from prefect.client.orchestration import get_client

    return get_client(sync_client=True, httpx_settings={"transport": Patient(httpx.HTTPTransport(retries=3))})
