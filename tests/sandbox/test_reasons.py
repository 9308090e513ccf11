"""Why a file was not read, in words for the clerk."""

from __future__ import annotations

import pickle
import re

import pytest

from kontorist.sandbox import SENTENCES, ReasonCode, Refused, told


@pytest.mark.parametrize("reason", list(ReasonCode))
def test_every_reason_has_a_sentence(reason: ReasonCode) -> None:
    assert SENTENCES[reason].endswith(".")
    assert str(Refused(reason)) == SENTENCES[reason]


@pytest.mark.parametrize("reason", list(ReasonCode))
def test_every_sentence_says_what_it_is_that_nothing_is_lost_and_what_to_do(reason: ReasonCode) -> None:
    for sentence in (SENTENCES[reason], told(reason, "This is a photograph of a cat.")):
        what, _, advice = sentence.partition(". ")
        assert what
        assert advice.startswith("Nothing is lost, the file is kept as it came")
        assert re.search(r"\b(ask|enter|look)\b", advice)
        assert told(reason, sentence) == sentence, "passed on, it is not said twice"
        assert len(sentence) < 250


def test_a_refusal_survives_a_pipe() -> None:
    refused = pickle.loads(pickle.dumps(Refused(ReasonCode.TOO_MANY_PAGES, "The document has 3,000 pages.")))

    assert refused.reason is ReasonCode.TOO_MANY_PAGES
    assert refused.sentence.startswith("The document has 3,000 pages. Nothing is lost")
    assert refused.what == "The document has 3,000 pages."
    assert refused.code == "KON-130"
