"""Why a file was not read, in words for the clerk."""

from __future__ import annotations

import pickle

import pytest

from kontorist.sandbox import SENTENCES, ReasonCode, Refused


@pytest.mark.parametrize("reason", list(ReasonCode))
def test_every_reason_has_a_sentence(reason: ReasonCode) -> None:
    assert SENTENCES[reason].endswith(".")
    assert str(Refused(reason)) == SENTENCES[reason]


def test_a_refusal_survives_a_pipe() -> None:
    refused = pickle.loads(pickle.dumps(Refused(ReasonCode.TOO_MANY_PAGES, "The document has 3,000 pages.")))

    assert refused.reason is ReasonCode.TOO_MANY_PAGES
    assert refused.sentence == "The document has 3,000 pages."
    assert refused.code == "KON-130"
