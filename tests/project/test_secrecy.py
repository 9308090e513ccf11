"""What must not be written down."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from kontorist import secrecy
from kontorist.domain.errors import TransientError
from kontorist.secrecy import HIDDEN, keep_secret, private_matter, told, trace, without_secrets

CANARY = "canary-of-the-smtp/password"
PAY = "4711.42"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = secrecy._spellings
    keep_secret(CANARY)
    yield
    secrecy._spellings = before


@pytest.mark.parametrize(
    "spelling",
    [CANARY, "canary-of-the-smtp%2Fpassword", base64.b64encode(CANARY.encode()).decode(), f"x{CANARY}{CANARY}x"],
)
def test_a_secret_is_hidden_however_it_is_spelled(spelling: str) -> None:
    assert CANARY not in without_secrets(spelling)
    assert HIDDEN in without_secrets(f"before {spelling} after")


def test_a_short_value_is_not_hunted_in_innocent_words() -> None:
    keep_secret("in")

    assert without_secrets("invoice in the inbox") == "invoice in the inbox"


def test_an_error_never_holds_a_secret() -> None:
    error = TransientError(f"login {CANARY} refused", place=f"smtp://{CANARY}@host")

    assert CANARY not in f"{error} {error.sentence} {error.place} {error!r}"


def raised(private: bool) -> BaseException:
    try:
        with private_matter(private):
            try:
                raise KeyError(f"E7 earns {PAY}")
            except KeyError as error:
                raise ValueError(f"E7 earns {PAY}, said {CANARY}") from error
    except ValueError as error:
        return error
    raise AssertionError


def test_an_error_over_pay_is_told_by_its_kind_and_place_only() -> None:
    error = raised(private=True)

    for text in (told(error), trace(error)):
        assert PAY not in text
        assert CANARY not in text
        assert "ValueError" in text
    assert "in raised" in trace(error)
    assert "KeyError" in trace(error), "its cause is told too"


def test_any_other_error_is_told_with_its_text_but_without_secrets() -> None:
    error = raised(private=False)

    for text in (told(error), trace(error)):
        assert "E7 earns 4711.42" in text
        assert CANARY not in text
