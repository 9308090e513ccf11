"""The services of this process: set once by whoever runs flows, asked for by every task."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kontorist.domain.errors import SetupWrong

if TYPE_CHECKING:
    from kontorist.services.opening import Services

# A plain module variable, not a context variable: Prefect runs tasks in threads of its own, and one process serves
# one installation.
_present: list[Services] = []


class NothingOpen(SetupWrong):
    """A step was run outside of Kontorist, so it does not know which books to use."""

    code = "KON-390"
    next_step = "Start flows with `kontorist run FLOW` or `kontorist up`."


def current_services() -> Services:
    """The services in use. Raises NothingOpen outside of `use_services`."""
    if not _present:
        raise NothingOpen
    return _present[-1]


@contextmanager
def use_services(services: Services) -> Iterator[Services]:
    """Make `services` the present ones; they are not closed at the end."""
    _present.append(services)
    try:
        yield services
    finally:
        _present.remove(services)
