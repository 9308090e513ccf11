"""Errors are sentences for the clerk, and they cross the pipe of a child process with all their facts."""

from __future__ import annotations

import copy
import importlib
import pickle
import pkgutil
from collections import Counter
from collections.abc import Iterator

import pytest

import kontorist.domain
from kontorist.domain.errors import (
    AuthError,
    BusinessError,
    KontoristError,
    NeedsAPerson,
    OutsideFailed,
    SetupWrong,
    TransientError,
    UncertainOutcome,
)

for _module in pkgutil.walk_packages(kontorist.domain.__path__, "kontorist.domain."):
    importlib.import_module(_module.name)  # so that no error of a rule is forgotten below


def kinds(base: type[KontoristError] = KontoristError) -> Iterator[type[KontoristError]]:
    """All errors of the domain."""
    for kind in base.__subclasses__():
        if kind.__module__.startswith("kontorist.domain"):
            yield kind
            yield from kinds(kind)


@pytest.mark.parametrize("kind", [KontoristError, *kinds()], ids=lambda kind: kind.__name__)
def test_every_error_has_a_code_a_sentence_and_a_next_step(kind: type[KontoristError]) -> None:
    error = kind.__new__(kind)
    KontoristError.__init__(error)  # what it says when nothing more is known

    assert kind.code.startswith("KON-")
    assert len(kind.code) == 7
    assert str(error).endswith(".")
    assert error.step


def test_no_two_errors_share_a_code() -> None:
    shared = [code for code, times in Counter(kind.code for kind in kinds()).items() if times > 1]

    assert shared == []


class SheetUnreadable(NeedsAPerson):
    """The sheet cannot be read,
    because a row is broken.

    More for engineers.
    """

    def __init__(self, row: int) -> None:
        super().__init__(place=f"row {row}")
        self.row = row


class Undocumented(NeedsAPerson):
    __doc__ = None


def test_the_first_paragraph_of_the_docstring_is_the_sentence() -> None:
    assert str(SheetUnreadable(3)) == "row 3: The sheet cannot be read, because a row is broken."


def test_without_docstrings_the_name_is_better_than_a_crash() -> None:
    assert str(Undocumented()) == "Undocumented"


@pytest.mark.parametrize(
    "error",
    [
        SheetUnreadable(7),
        BusinessError("IBAN_UNKNOWN", "The bank does not know this account.", place="batch.xml:12"),
        TransientError(retry_after=30.0),
        AuthError("Wrong password.", next_step="Ask Dirk."),
    ],
)
def test_an_error_survives_pickling_with_its_facts(error: KontoristError) -> None:
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is type(error)
        assert (str(twin), twin.__dict__, twin.args) == (str(error), error.__dict__, error.args)


def test_a_business_refusal_names_its_code_where_it_has_no_sentence() -> None:
    assert str(BusinessError("AC04")) == "The other system refused this: AC04."


def test_the_family_says_whose_turn_it_is() -> None:
    families = {BusinessError: NeedsAPerson, TransientError: OutsideFailed, AuthError: SetupWrong}

    assert all(issubclass(kind, family) for kind, family in families.items())
    assert not issubclass(UncertainOutcome, NeedsAPerson | OutsideFailed | SetupWrong)
