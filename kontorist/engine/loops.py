"""Something done again and again in a thread of its own, which no error ends."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from kontorist.domain.errors import AuthError
from kontorist.store.errors import StoreUnavailable

_log = logging.getLogger(__name__)

_LISTEN_EVERY = 0.02
_LONGEST_PAUSE = 300.0
_AFTER_STORE_ERROR = 15.0  # our own disk: nobody is bothered by our asking
_AFTER_AUTH_ERROR = 900.0  # a name refused again and again gets an account locked


class Loop:
    """Calls `work` every `every` seconds; after errors less and less often, at once again after a success.

    `work` returns whether it found something to do; then it is called again without a pause. `news`, which has to be
    cheap, is asked meanwhile and ends a pause early; who was woken for nothing pauses the whole time.
    """

    def __init__(
        self,
        name: str,
        every: float,
        work: Callable[[], object],
        stopping: threading.Event,
        *,
        news: Callable[[], bool] | None = None,
    ) -> None:
        self.name, self._every, self._work, self._stopping, self._news = name, every, work, stopping, news
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self, within: float) -> bool:
        """Wait for the end of what is being done; False when it took longer than `within` seconds."""
        self._thread.join(timeout=max(within, 0.0))
        return not self._thread.is_alive()

    def _run(self) -> None:
        listening = True
        while not self._stopping.is_set():
            if self._news is not None:
                self._news()  # what came before, the work sees
            pause = self.once()
            woken = self._pause(pause, self._news if listening and not self._failures else None)
            listening = not woken

    def _pause(self, seconds: float, news: Callable[[], bool] | None) -> bool:
        """Whether it ended early."""
        if news is None:
            self._stopping.wait(seconds)
            return False
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and not self._stopping.wait(min(left, _LISTEN_EVERY)):
            if news():
                return True
        return False

    def once(self) -> float:
        """Work once; the seconds to wait before the next time."""
        try:
            found = self._work()
        except Exception as error:  # noqa: BLE001  # the loop is the last one who can catch it
            return self._failed(error)
        if self._failures:
            _log.info("%s: works again", self.name)
        self._failures = 0
        return 0.0 if found is True else self._every

    def _failed(self, error: Exception) -> float:
        self._failures += 1
        pause = min(max(self._every, 1.0) * 2.0 ** min(self._failures - 1, 20), _LONGEST_PAUSE)
        if isinstance(error, AuthError):
            pause = _AFTER_AUTH_ERROR
        elif isinstance(error, StoreUnavailable):
            pause = min(pause, _AFTER_STORE_ERROR)
        _log.error("%s: failed, again in %.0f s: %s", self.name, pause, error, exc_info=self._failures == 1)
        return pause
