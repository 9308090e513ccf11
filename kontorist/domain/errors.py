"""Errors are sentences for the clerk; their family says whose turn it is.

`NeedsAPerson` goes to the worklist, `OutsideFailed` is tried again later, `SetupWrong` is for the operator.
The class docstring is the default sentence. Every error has a code (`KON-123`), may name its place, and says the
next step; the reference page docs/reference/errors.md lists all of them.
"""

from __future__ import annotations

from typing import Any, ClassVar

from kontorist.secrecy import without_secrets


class KontoristError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "KON-000"
    next_step: ClassVar[str] = "Look at the event with `kontorist events list` and at the log."

    def __init__(self, sentence: str | None = None, *, place: str | None = None, next_step: str | None = None) -> None:
        # what another system answers may hold the secret it was asked with
        self.sentence = _text(sentence or _first_paragraph(type(self)))
        self.place = _text(place) if place else place
        self.step = next_step or type(self).next_step
        super().__init__(self.sentence)

    def __reduce__(self) -> tuple[Any, ...]:  # errors survive the pipe of a child process
        return (_rebuild, (type(self), self.sentence, self.place, self.step, self.__dict__))

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}" if self.place else self.sentence


def _text(said: str) -> str:
    """`said` without secrets and half characters (of a name of a file, say), which no database would take."""
    return without_secrets(said).encode(errors="replace").decode()


def _first_paragraph(kind: type) -> str:
    """What the docstring of `kind` says first, in one line; without docstrings (``python -OO``) its name."""
    text = (kind.__doc__ or kind.__name__).strip()
    return " ".join(text.split("\n\n")[0].split())


def _rebuild(
    kind: type[KontoristError], sentence: str, place: str | None, step: str, facts: dict[str, Any]
) -> KontoristError:
    error = kind.__new__(kind)
    KontoristError.__init__(error, sentence, place=place, next_step=step)
    error.__dict__.update(facts)
    return error


class NeedsAPerson(KontoristError):
    """A rule cannot decide this; a person has to."""

    code = "KON-100"
    next_step = "It waits on the worklist: `kontorist worklist list`."


class OutsideFailed(KontoristError):
    """An outside system did not answer as it should; it will be tried again."""

    code = "KON-200"
    next_step = "Nothing to do: it is tried again by itself. `kontorist status` shows how often."


class SetupWrong(KontoristError):
    """The installation or its configuration is not right."""

    code = "KON-300"
    next_step = "Run `kontorist doctor`."


# The four errors that may leave a connector (docs/reference/connectors.md).


class BusinessError(NeedsAPerson):
    """The other system refused this for a business reason."""

    code = "KON-110"

    def __init__(self, reason_code: str, sentence: str | None = None, **rest: Any) -> None:
        super().__init__(sentence or f"The other system refused this: {reason_code}.", **rest)
        self.reason_code = reason_code


class TransientError(OutsideFailed):
    """The other system is not to be reached at the moment."""

    code = "KON-210"

    def __init__(self, sentence: str | None = None, *, retry_after: float | None = None, **rest: Any) -> None:
        super().__init__(sentence, **rest)
        self.retry_after = retry_after  # seconds, where the other side named them


class AuthError(SetupWrong):
    """The other system refused our name or password."""

    code = "KON-310"
    next_step = "Check the user and the secret of this connector in config.yaml, then run `kontorist doctor`."


class UncertainOutcome(KontoristError):
    """We cannot tell whether the other system carried this out."""

    code = "KON-120"
    next_step = "It is looked up before anything is done again; where that is not possible, it waits for a person."


class LeaseLost(KontoristError):
    """Another worker has taken this over; nothing more is written here."""

    code = "KON-220"
    next_step = "Nothing to do: the other worker goes on."


class AnotherInstance(KontoristError):
    """Another Kontorist is already running on this folder."""

    code = "KON-330"
    next_step = "Stop it first, or work beside it: `kontorist run` and `kontorist events emit` use its inbox."
