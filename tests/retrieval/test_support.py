"""What is looked at to say whether a passage answers."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from advisor.knowledge import Passage
from advisor.retrieval.support import FEATURES, Evidence, Support, features, learnt

_LINES = ("The deposit is paid back.", "Apprentices give notice 14 days ahead.")
_RAREST = math.log(1 + 100)
_EVIDENCE = Evidence(
    question="How many days of notice do apprentices give?",
    language="en",
    passage=Passage("lease.md", "1", "en", "Notice", _LINES),
    similarity=0.8,
    usual=0.6,
    next_best=0.7,
    sentences=((_LINES[0], 0.5), (_LINES[1], 0.9)),
    next_sentence=0.6,
    rarest=_RAREST,
)


def _rarity(word: str) -> float:
    """Common words are in half the passages, "kangaroo" in none, the rest in a few."""
    common = {"how", "many", "of", "do", "the"}
    return _RAREST if word == "kangaroo" else math.log(3) if word in common else math.log(25)


def _values(evidence: Evidence) -> dict[str, float]:
    return dict(zip(FEATURES, features(evidence, _rarity), strict=True))


def test_every_feature_has_a_value_and_a_weight_that_was_learnt() -> None:
    assert len(features(_EVIDENCE, _rarity)) == len(FEATURES) == len(learnt().weights)


def test_nearness_is_compared_with_the_neighbours() -> None:
    values = _values(_EVIDENCE)

    assert values["ahead"] == pytest.approx(1.0)
    assert values["above_usual"] == pytest.approx(2.0)
    assert values["sentence_ahead"] == pytest.approx(3.0)


def test_a_word_that_no_document_has_is_unknown() -> None:
    asked = replace(_EVIDENCE, question="How many days of notice does a kangaroo give?")

    assert _values(_EVIDENCE)["unknown"] == 0.0
    assert _values(asked)["unknown"] > 0.0
    assert _values(asked)["missing_word"] == pytest.approx(1.0)


def test_words_say_nothing_of_a_passage_in_another_language() -> None:
    values = _values(replace(_EVIDENCE, question="實習生要提前幾天通知", language="zh-Hant"))

    assert (values["words"], values["sentence_words"], values["missing_word"], values["same_language"]) == (0, 0, 0, 0)
    assert values["east_asian"] == 1.0


def test_a_number_and_a_name_of_the_question_may_be_missing() -> None:
    values = _values(replace(_EVIDENCE, question="Does the 2024 lease of Corriemoor name 14 days?"))

    assert values["missing_number"] == 1.0
    assert values["missing_name"] == 1.0


def test_what_is_asked_for_is_looked_for_in_the_nearest_sentence() -> None:
    first_nearest = replace(_EVIDENCE, sentences=((_LINES[0], 0.9), (_LINES[1], 0.5)))

    assert _values(_EVIDENCE)["lacks_number"] == 0.0
    assert _values(first_nearest)["lacks_number"] == 1.0


def test_a_passage_without_sentences_is_weighed_as_well() -> None:
    assert len(features(replace(_EVIDENCE, sentences=()), _rarity)) == len(FEATURES)


def test_an_index_of_common_words_only_divides_by_nothing() -> None:
    assert all(math.isfinite(value) for value in features(replace(_EVIDENCE, rarest=0.0), lambda _: 0.0))


def test_the_margin_weighs_every_feature() -> None:
    support = Support(tuple(float(name == "ahead") for name in FEATURES), -0.25)

    assert support.margin(_EVIDENCE, _rarity) == pytest.approx(0.75)
