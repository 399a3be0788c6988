"""A classifier learnt as a support vector machine: the same examples, the same weights."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from advisor.understanding.classifier import COST, LEAST_SEEN, SEED, Classifier, Trainer, Words
from advisor.understanding.features import BUCKETS, buckets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.llm.embeddings import Vector, Vectors

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
    return Trainer.of(vectors, texts).learn(range(len(texts)), labels)


def _word_weights(classifier: Classifier) -> Vectors:
    """What the eight bits stand for."""
    return classifier.word_weights * classifier.word_scale


def _knows(words: Words, gram: str) -> bool:
    """Whether all of the n-grams of a single word are known."""
    return set(buckets(gram)) <= set(words.places.tolist())


def _best(classifier: Classifier, vector: Vector, text: str) -> str:
    scores = classifier.scores(vector, text)
    return max(scores, key=lambda label: scores[label])


def test_the_same_examples_give_the_same_weights() -> None:
    one, other = _fit(_vectors(), TEXTS, LABELS), _fit(_vectors(), TEXTS, LABELS)
    assert one.classes == other.classes
    np.testing.assert_allclose(one.mean, other.mean, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(one.words.places, other.words.places)
    np.testing.assert_allclose(one.words.rarity, other.words.rarity, rtol=0, atol=1e-6)
    np.testing.assert_allclose(one.meaning_weights, other.meaning_weights, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(one.word_weights, other.word_weights)
    np.testing.assert_allclose(one.word_scale, other.word_scale, rtol=0, atol=1e-6)


def test_the_order_of_the_examples_does_not_matter() -> None:
    """But for what rounding makes of it: a step of the sixteen bits, a step of the eight."""
    vectors, order = _vectors(), np.random.default_rng(3).permutation(len(TEXTS))
    straight = _fit(vectors, TEXTS, LABELS)
    shuffled = _fit(vectors[order], [TEXTS[place] for place in order], [LABELS[place] for place in order])
    assert straight.classes == shuffled.classes
    np.testing.assert_array_equal(straight.words.places, shuffled.words.places)
    np.testing.assert_allclose(straight.words.rarity, shuffled.words.rarity, rtol=0, atol=1e-6)
    np.testing.assert_allclose(straight.meaning_weights, shuffled.meaning_weights, rtol=0, atol=1e-3)
    step = float(straight.word_scale.max())
    np.testing.assert_allclose(_word_weights(straight), _word_weights(shuffled), rtol=0, atol=1.1 * step)
    for vector, text in zip(vectors, TEXTS, strict=True):
        assert straight.scores(vector, text) == pytest.approx(shuffled.scores(vector, text), abs=5e-3)


def test_classes_are_named_once_and_in_order() -> None:
    assert _fit(_vectors(), TEXTS, LABELS).classes == ("often", "seldom")


def test_the_weights_have_a_row_for_each_feature_and_a_column_for_each_class() -> None:
    classifier = _fit(_vectors(), TEXTS, LABELS)
    known = len(classifier.words.places)
    assert known > 0
    assert classifier.mean.shape == (DIMENSIONS,)
    assert classifier.words.rarity.shape == (known,)
    assert classifier.meaning_weights.shape == (DIMENSIONS + 1, 2)
    assert classifier.word_weights.shape == (known, 2)
    assert classifier.word_scale.shape == (2,)
    assert np.isfinite(classifier.meaning_weights).all()
    assert np.isfinite(_word_weights(classifier)).all()


def test_the_known_places_are_ascending_and_named_once() -> None:
    """They are looked up by bisection."""
    places = _fit(_vectors(), TEXTS, LABELS).words.places.tolist()
    assert places == sorted(set(places))


def test_words_are_weighed_in_eight_bits_and_all_of_them_are_used() -> None:
    classifier = _fit(_vectors(), TEXTS, LABELS)
    assert classifier.word_weights.dtype == np.int8
    assert np.abs(classifier.word_weights.astype(int)).max(axis=0).tolist() == [127, 127]
    assert (classifier.word_scale > 0).all()


def test_rounding_changes_a_score_by_little() -> None:
    """Against what scikit-learn learnt before its weights were stored in eight and sixteen bits."""
    from sklearn.svm import LinearSVC

    labels = [*LABELS, *["never"] * 4]
    texts = [*TEXTS, "never", "never ever", "never at all", "never a day"]
    vectors = _vectors(labels)
    trainer = Trainer.of(vectors, texts)
    exact = LinearSVC(C=COST, class_weight="balanced", random_state=SEED).fit(trainer.matrix, labels)
    classifier = trainer.learn(range(len(texts)), labels)
    assert list(exact.classes_) == list(classifier.classes)
    rounded = [list(classifier.scores(vector, text).values()) for vector, text in zip(vectors, texts, strict=True)]
    np.testing.assert_allclose(rounded, exact.decision_function(trainer.matrix), rtol=0, atol=5e-3)


def test_an_ngram_of_few_examples_is_dropped() -> None:
    texts = ["rota"] * (LEAST_SEEN - 1) + ["menu"] * LEAST_SEEN + ["plan"] * (LEAST_SEEN + 1)
    words = Trainer.of(_vectors(["any"] * len(texts)), texts).words
    assert [_knows(words, word) for word in ("rota", "menu", "plan")] == [False, True, True]
    assert set(words.places.tolist()) == {*buckets("menu"), *buckets("plan")}


def test_an_ngram_said_often_in_one_example_is_of_one_example() -> None:
    texts = ["rota rota rota rota rota", *["menu"] * LEAST_SEEN]
    words = Trainer.of(_vectors(["any"] * len(texts)), texts).words
    assert set(words.places.tolist()) == set(buckets("menu"))


def test_an_ngram_that_was_dropped_has_no_say() -> None:
    vectors = _vectors()
    classifier = _fit(vectors, TEXTS, LABELS)
    assert not _knows(classifier.words, "single")
    assert classifier.scores(vectors[0], "single") == classifier.scores(vectors[0], "")


def test_the_weights_of_a_text_are_of_the_ngrams_it_has_and_of_length_one() -> None:
    """Of what was never seen nothing is found, wherever its place lies."""
    words = Words(np.array(buckets("day year"), dtype=np.int32), np.arange(1, 6, dtype=np.float32))
    rows, weights = words.weights("day week")
    assert [words.places[row] for row in rows] == sorted(set(buckets("day year")) & set(buckets("day week")))
    assert np.linalg.norm(weights) == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(weights / weights[0], words.rarity[rows] / words.rarity[rows[0]], rtol=1e-6)
    rows, weights = words.weights("every month, at noon, or whenever the harbour freezes over")
    assert len(rows) == len(weights) == 0


def test_a_text_is_read_as_it_was_learnt() -> None:
    """The features of an example at reading are those it was learnt by."""
    vectors = _vectors()
    trainer = Trainer.of(vectors, TEXTS)
    for place, text in enumerate(TEXTS):
        row = np.zeros(len(trainer.words.places), dtype=np.float32)
        rows, weights = trainer.words.weights(text)
        row[rows] = weights
        learnt = trainer.matrix[[place]].toarray()[0]
        np.testing.assert_allclose(learnt[:DIMENSIONS], vectors[place] - trainer.mean, rtol=0, atol=1e-6)
        np.testing.assert_allclose(learnt[DIMENSIONS:], row, rtol=0, atol=1e-6)


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
    texts = [f"we {need} {what}" for need in ("need", "do not need") for what in ("it", "that", "this")]
    labels = ["yes"] * 3 + ["no"] * 3
    same = np.tile(_vectors()[0], (len(texts), 1))
    classifier = _fit(same, texts, labels)
    assert [_best(classifier, same[0], text) for text in texts] == labels


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
    trainer = Trainer.of(vectors, TEXTS)
    apart = trainer.learn(range(len(TEXTS)), LABELS)
    halves = trainer.learn([0, 1, 6, 7], ["one", "other", "one", "other"])
    assert apart.classes == ("often", "seldom")
    assert halves.classes == ("one", "other")
    assert [_best(halves, vectors[place], TEXTS[place]) for place in (0, 1, 6, 7)] == ["one", "other", "one", "other"]
    again = trainer.learn(range(len(TEXTS)), LABELS)
    np.testing.assert_array_equal(again.meaning_weights, apart.meaning_weights)
    np.testing.assert_array_equal(again.word_weights, apart.word_weights)
    assert halves.words is apart.words


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
    labels = ["often", "seldom"] * 50
    texts = ["every day" if label == "often" else "once a year" for label in labels]
    vectors = random.normal(size=(len(labels), DIMENSIONS)).astype(np.float32)
    trainer = Trainer.of(vectors, texts)
    assert trainer.matrix.shape[0] > trainer.matrix.shape[1]
    classifier = trainer.learn(range(len(labels)), labels)
    assert _best(classifier, vectors[0], "every day") == "often"
    assert _best(classifier, vectors[0], "once a year") == "seldom"


def test_the_rarer_a_word_is_the_more_it_weighs() -> None:
    texts = ["the rota"] * 3 + ["the menu"] * 4 + ["the plan"] * 5
    words = Trainer.of(_vectors(["any"] * len(texts)), texts).words
    rarity = dict(zip(words.places.tolist(), words.rarity.tolist(), strict=True))
    the, plan, menu, rota = (rarity[zlib.crc32(word.encode()) % BUCKETS] for word in ("the", "plan", "menu", "rota"))
    assert the < plan < menu < rota


def test_a_text_without_words_is_judged_by_its_meaning_alone() -> None:
    vectors = _vectors()
    assert _best(_fit(vectors, TEXTS, LABELS), vectors[LABELS.index("seldom")], "👍") == "seldom"
