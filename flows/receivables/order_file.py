"""Files of orders, as customers and representatives send them."""

from __future__ import annotations

from typing import Any

from prefect import flow

from kontorist.domain.ids import EventId
from tasks import letters
from tasks.receivables import steps


@flow(name="order file")
def order_file(event: EventId) -> dict[str, Any]:
    """Every good order of a file goes its own way as `order.created`; every doubtful cell waits with its reason."""
    files = steps.take_order_files(event)
    letters.send_letters(event)
    return {"files": files}
