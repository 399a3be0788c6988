"""A classifier learnt in closed form: the same examples, the same weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from advisor.understanding.classifier import Classifier, fit
from advisor.understanding.features import BUCKETS

if TYPE_CHECKING:
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


def _best(classifier: Classifier, vector: Vectors, text: str) -> str:
    scores = classifier.scores(vector, text)
    return max(scores, key=lambda label: scores[label])


def test_the_same_examples_give_the_same_weights() -> None:
    one, other = fit(_vectors(), TEXTS, LABELS), fit(_vectors(), TEXTS, LABELS)
    assert one.classes == other.classes
    np.testing.assert_allclose(one.mean, other.mean, rtol=0, atol=1e-6)
    np.testing.assert_allclose(one.rarity, other.rarity, rtol=0, atol=1e-6)
    np.testing.assert_allclose(one.weights, other.weights, rtol=0, atol=1e-6)


def test_the_order_of_the_examples_does_not_matter() -> None:
    vectors, order = _vectors(), np.random.default_rng(3).permutation(len(TEXTS))
    straight = fit(vectors, TEXTS, LABELS)
    shuffled = fit(vectors[order], [TEXTS[place] for place in order], [LABELS[place] for place in order])
    assert straight.classes == shuffled.classes
    np.testing.assert_allclose(straight.weights, shuffled.weights, atol=1e-4)


def test_classes_are_named_once_and_in_order() -> None:
    assert fit(_vectors(), TEXTS, LABELS).classes == ("often", "seldom")


def test_the_weights_have_a_row_for_each_feature_and_a_column_for_each_class() -> None:
    classifier = fit(_vectors(), TEXTS, LABELS)
    assert classifier.mean.shape == (DIMENSIONS,)
    assert classifier.rarity.shape == (BUCKETS,)
    assert classifier.weights.shape == (DIMENSIONS + BUCKETS + 1, 2)
    assert np.isfinite(classifier.weights).all()


@pytest.mark.parametrize("place", range(len(TEXTS)), ids=TEXTS)
def test_an_example_is_put_in_its_own_class(place: int) -> None:
    vectors = _vectors()
    assert _best(fit(vectors, TEXTS, LABELS), vectors[place], TEXTS[place]) == LABELS[place]


def test_a_score_is_given_for_every_class_and_does_not_change_between_calls() -> None:
    vectors = _vectors()
    classifier = fit(vectors, TEXTS, LABELS)
    scores = classifier.scores(vectors[0], "every day")
    assert set(scores) == {"often", "seldom"}
    assert all(isinstance(score, float) for score in scores.values())
    assert classifier.scores(vectors[0], "every day") == scores


def test_words_tell_apart_what_the_meaning_cannot() -> None:
    """An embedding hardly knows "not" from nothing, so the words have a say."""
    texts = ["we need it", "we need that", "we do not need it", "we do not need that"]
    same = np.tile(_vectors()[0], (4, 1))
    classifier = fit(same, texts, ["yes", "yes", "no", "no"])
    assert [_best(classifier, same[0], text) for text in texts] == ["yes", "yes", "no", "no"]


def test_the_meaning_tells_apart_what_shares_no_word() -> None:
    vectors = _vectors()
    classifier = fit(vectors, TEXTS, LABELS)
    assert _best(classifier, vectors[LABELS.index("often")], "毎日") == "often"
    assert _best(classifier, vectors[LABELS.index("seldom")], "毎年") == "seldom"


def test_a_rare_class_is_not_drowned_by_a_frequent_one() -> None:
    labels = ["many"] * 40 + ["few"] * 2
    texts = [f"many {place}" for place in range(40)] + ["few a", "few b"]
    vectors = _vectors(labels)
    classifier = fit(vectors, texts, labels)
    assert [_best(classifier, vectors[place], texts[place]) for place in (40, 41)] == ["few", "few"]


def test_learning_works_with_more_examples_than_features() -> None:
    """The closed form has two shapes; the other one is for more examples than features."""
    random = np.random.default_rng(5)
    count = BUCKETS + DIMENSIONS + 10
    labels = ["often", "seldom"] * (count // 2)
    texts = ["every day" if label == "often" else "once a year" for label in labels]
    vectors = random.normal(size=(len(labels), DIMENSIONS)).astype(np.float32)
    classifier = fit(vectors, texts, labels)
    assert _best(classifier, vectors[0], "every day") == "often"
    assert _best(classifier, vectors[0], "once a year") == "seldom"
