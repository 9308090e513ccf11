"""How our processes write their logs: one line each, to the file the supervisor gave them."""

from __future__ import annotations

import logging

_TOO_TALKATIVE = ("alembic", "httpx", "httpcore")


def begin_log() -> None:
    """Write what is worth knowing to stderr; libraries only their warnings."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in _TOO_TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
