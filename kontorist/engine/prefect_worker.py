"""Prefect's own worker of type `process` for our work pool: `python -m kontorist.engine.prefect_worker`.

Not `prefect worker start`: at SIGTERM that asks itself to stop by SIGINT, which our children do not hear
(kontorist/engine/children.py). What it starts dies with it, and inherits its environment with the secrets in it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from contextlib import suppress

from kontorist.engine.logs import begin_log
from kontorist.engine.prefect_pool import POOL

PARENT = "KONTORIST_POOL_WORKER"
"""The variable that tells the processes of the pool who their parent is."""

_log = logging.getLogger(__name__)


async def work() -> None:
    """Look after the pool until SIGTERM; what runs then is ended."""
    from prefect.workers.process import ProcessWorker

    me = asyncio.current_task()
    assert me is not None  # noqa: S101  # a coroutine runs in a task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, me.cancel)
    with suppress(asyncio.CancelledError):
        await ProcessWorker(work_pool_name=POOL, name=POOL).start(printer=_log.info)


if __name__ == "__main__":
    begin_log()
    os.environ[PARENT] = str(os.getpid())
    asyncio.run(work())
