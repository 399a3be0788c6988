"""A classifier learnt as a support vector machine: the same examples, the same weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from advisor.understanding.classifier import Classifier, Examples, Trainer
from advisor.understanding.features import BUCKETS, buckets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.llm.embeddings import Vectors

EXAMPLES = {
    "often": ("every day", "daily", "each and every day", "day after day", "every single day", "once a day"),
    "seldom": ("once a year", "yearly", "every year", "year after year", "each year", "once in a year"),
}
TEXTS = [text for texts in EXAMPLES.values() for text in texts]
LABELS = [label for label, texts in EXAMPLES.items() for _ in texts]
DIMENSIONS = 8


def _vectors(labels: list[str] = LABELS) -> Vectors:
    """Vectors of length 1 that lie around one place for each label."""
    random = np.random.default_rng(7)
    centres = {label: random.normal(size=DIMENSIONS) for label in sorted(set(labels))}
    rows = np.array([centres[label] + 0.2 * random.normal(size=DIMENSIONS) for label in labels], dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _fit(vectors: Vectors, texts: Sequence[str], labels: Sequence[str]) -> Classifier:
    """Learn one decision from all of the examples."""
    return Trainer.of(Examples(vectors, texts)).learn(range(len(texts)), labels)


def _best(classifier: Classifier, vector: Vectors, text: str) -> str:
    scores = classifier.scores(vector, text)
    return max(scores, key=lambda label: scores[label])


def test_the_same_examples_give_the_same_weights() -> None:
    one, other = _fit(_vectors(), TEXTS, LABELS), _fit(_vectors(), TEXTS, LABELS)
    assert one.classes == other.classes
    np.testing.assert_allclose(one.mean, other.mean, rtol=0, atol=1e-6)
    np.testing.assert_allclose(one.rarity, other.rarity, rtol=0, atol=1e-6)
    np.testing.assert_allclose(one.weights, other.weights, rtol=0, atol=1e-6)


def test_the_order_of_the_examples_does_not_matter() -> None:
    vectors, order = _vectors(), np.random.default_rng(3).permutation(len(TEXTS))
    straight = _fit(vectors, TEXTS, LABELS)
    shuffled = _fit(vectors[order], [TEXTS[place] for place in order], [LABELS[place] for place in order])
    assert straight.classes == shuffled.classes
    np.testing.assert_allclose(straight.weights, shuffled.weights, atol=1e-4)


def test_classes_are_named_once_and_in_order() -> None:
    assert _fit(_vectors(), TEXTS, LABELS).classes == ("often", "seldom")


def test_the_weights_have_a_row_for_each_feature_and_a_column_for_each_class() -> None:
    classifier = _fit(_vectors(), TEXTS, LABELS)
    assert classifier.mean.shape == (DIMENSIONS,)
    assert classifier.rarity.shape == (BUCKETS,)
    assert classifier.weights.shape == (DIMENSIONS + BUCKETS + 1, 2)
    assert np.isfinite(classifier.weights).all()


@pytest.mark.parametrize("place", range(len(TEXTS)), ids=TEXTS)
def test_an_example_is_put_in_its_own_class(place: int) -> None:
    vectors = _vectors()
    assert _best(_fit(vectors, TEXTS, LABELS), vectors[place], TEXTS[place]) == LABELS[place]


def test_a_score_is_given_for_every_class_and_does_not_change_between_calls() -> None:
    vectors = _vectors()
    classifier = _fit(vectors, TEXTS, LABELS)
    scores = classifier.scores(vectors[0], "every day")
    assert set(scores) == {"often", "seldom"}
    assert all(isinstance(score, float) for score in scores.values())
    assert classifier.scores(vectors[0], "every day") == scores


def test_words_tell_apart_what_the_meaning_cannot() -> None:
    """An embedding hardly knows "not" from nothing, so the words have a say."""
    texts = ["we need it", "we need that", "we do not need it", "we do not need that"]
    same = np.tile(_vectors()[0], (4, 1))
    classifier = _fit(same, texts, ["yes", "yes", "no", "no"])
    assert [_best(classifier, same[0], text) for text in texts] == ["yes", "yes", "no", "no"]


def test_the_meaning_tells_apart_what_shares_no_word() -> None:
    vectors = _vectors()
    classifier = _fit(vectors, TEXTS, LABELS)
    assert _best(classifier, vectors[LABELS.index("often")], "毎日") == "often"
    assert _best(classifier, vectors[LABELS.index("seldom")], "毎年") == "seldom"


def test_a_rare_class_is_not_drowned_by_a_frequent_one() -> None:
    labels = ["many"] * 40 + ["few"] * 2
    texts = [f"many {place}" for place in range(40)] + ["few a", "few b"]
    vectors = _vectors(labels)
    classifier = _fit(vectors, texts, labels)
    assert [_best(classifier, vectors[place], texts[place]) for place in (40, 41)] == ["few", "few"]


def test_several_decisions_are_learnt_from_the_same_examples() -> None:
    """What a decision is not learnt from has no say in it, beside the mean and the words' rarity."""
    vectors = _vectors()
    trainer = Trainer.of(Examples(vectors, TEXTS))
    apart = trainer.learn(range(len(TEXTS)), LABELS)
    halves = trainer.learn([0, 1, 6, 7], ["one", "other", "one", "other"])
    assert apart.classes == ("often", "seldom")
    assert halves.classes == ("one", "other")
    assert [_best(halves, vectors[place], TEXTS[place]) for place in (0, 1, 6, 7)] == ["one", "other", "one", "other"]
    np.testing.assert_array_equal(trainer.learn(range(len(TEXTS)), LABELS).weights, apart.weights)


def test_of_two_classes_one_gains_what_the_other_loses() -> None:
    scores = _fit(_vectors(), TEXTS, LABELS).scores(_vectors()[0], "every day")
    assert scores["often"] == pytest.approx(-scores["seldom"], abs=1e-5)


def test_each_of_three_classes_is_learnt_against_the_rest() -> None:
    labels = [*LABELS, *["never"] * 6]
    texts = [*TEXTS, "never", "never ever", "not at all", "not once", "it stays", "it stays the same"]
    vectors = _vectors(labels)
    classifier = _fit(vectors, texts, labels)
    assert classifier.classes == ("never", "often", "seldom")
    assert [_best(classifier, vector, text) for vector, text in zip(vectors, texts, strict=True)] == labels
    for vector, text, label in zip(vectors, texts, labels, strict=True):
        margins = classifier.scores(vector, text)
        assert margins.pop(label) > 0
        assert max(margins.values()) < 0


def test_learning_works_with_more_examples_than_features() -> None:
    random = np.random.default_rng(5)
    labels = ["often", "seldom"] * ((BUCKETS + DIMENSIONS + 10) // 2)
    texts = ["every day" if label == "often" else "once a year" for label in labels]
    vectors = random.normal(size=(len(labels), DIMENSIONS)).astype(np.float32)
    classifier = _fit(vectors, texts, labels)
    assert _best(classifier, vectors[0], "every day") == "often"
    assert _best(classifier, vectors[0], "once a year") == "seldom"


def test_the_rarer_a_word_is_the_more_it_weighs() -> None:
    texts = ["the rota", "the menu", "the menu", "the plan"]
    classifier = _fit(_vectors(["a", "a", "b", "b"]), texts, ["a", "a", "b", "b"])
    rarity = {word: classifier.rarity[list(buckets(word))].min() for word in ("the", "menu", "rota")}
    assert rarity["the"] < rarity["menu"] < rarity["rota"]


def test_a_text_without_words_is_judged_by_its_meaning_alone() -> None:
    vectors = _vectors()
    assert _best(_fit(vectors, TEXTS, LABELS), vectors[LABELS.index("seldom")], "👍") == "seldom"
