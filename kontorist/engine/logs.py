"""How our processes write their logs: one line each, as JSON where nobody watches, as text on a terminal.

What stands in a log is said by whoever logs; which event, run and flow it is about, `about` adds by itself. Secrets
and the text of errors over people's pay (kontorist/secrecy.py) are taken out as the record is made, so that no
handler sees them, Prefect's included.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from kontorist.secrecy import line_of_log, told, trace

_TOO_TALKATIVE = ("alembic", "httpx", "httpcore")


def begin_log(level: int = logging.INFO) -> None:
    """Write what is worth knowing to stderr; libraries only their warnings."""
    hide_secrets()
    handler = logging.StreamHandler()
    handler.setFormatter(_formatter(sys.stderr))
    logging.basicConfig(level=level, handlers=[handler])
    sys.excepthook = _last_words
    threading.excepthook = lambda ended: _last_words(ended.exc_type, ended.exc_value, ended.exc_traceback)
    for name in _TOO_TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _last_words(kind: type[BaseException], error: BaseException | None, place: TracebackType | None) -> None:
    """What a process or thread dies of is a line of the log like any other; Python would print it as it is."""
    if error is None or not isinstance(error, Exception):  # Ctrl-C
        sys.__excepthook__(kind, error or kind(), place)
    else:
        logging.getLogger("kontorist").critical("ended by an error: %s", error, exc_info=error)


@contextmanager
def logged_to(file: Path, *, also_here: bool) -> Iterator[None]:
    """Inside, the details of a failure go to the log in `file`; the person at the terminal gets the sentence."""
    hide_secrets()
    file.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(file, encoding="utf-8", delay=True)
    handler.setFormatter(_formatter(None))
    logger = logging.getLogger("kontorist")
    before, logger.propagate = logger.propagate, also_here
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = before
        handler.close()


@contextmanager
def about(**facts: str | None) -> Iterator[None]:
    """Inside, every line of the log names these facts: `event_id`, `run_id`, `flow`."""
    from structlog.contextvars import bound_contextvars

    with bound_contextvars(**{name: value for name, value in facts.items() if value is not None}):
        yield


def hide_secrets() -> None:
    """From now on no record of this process carries a secret, whichever library makes it."""
    logging.setLogRecordFactory(_SafeRecord)


class _SafeRecord(logging.LogRecord):
    """A record whose text is final and safe; what its handlers do with it, they do with that."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if self.msg is None:  # logging makes empty ones to fill in
            return
        if isinstance(self.args, tuple):
            self.args = tuple(told(each) if isinstance(each, BaseException) else each for each in self.args)
        if isinstance(self.msg, BaseException):
            self.msg = told(self.msg)
        self.msg, self.args = line_of_log(_message(self)), ()
        if self.exc_info and self.exc_info[1] is not None:
            self.exc_text, self.exc_info = trace(self.exc_info[1]), None


def _message(record: logging.LogRecord) -> str:
    """The text with its arguments; a line whose arguments do not fit is no reason to fail where it is written."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return str(record.msg)


def _formatter(stream: TextIO | None) -> logging.Formatter:
    import structlog

    watched = stream is not None and stream.isatty()
    plain = structlog.dev.ConsoleRenderer(colors=watched)
    last = plain if watched else structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _with_trace,
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
    )


def _with_trace(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if event["_record"].exc_text:
        event["exception"] = event["_record"].exc_text
    return event
