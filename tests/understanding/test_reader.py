"""The trained reader: learnt from the exemplars, stored beside the index, loaded again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from advisor.errors import KnowledgeError
from advisor.exemplars import exemplars
from advisor.llm.embeddings import BundledEmbedder
from advisor.profile import CHOICES, FACTS, FactName
from advisor.understanding.classifier import fit
from advisor.understanding.reader import NOTHING, OTHER, TELL, Reader, train, training_texts

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def embedder() -> BundledEmbedder:
    return BundledEmbedder()


@pytest.fixture(scope="module")
def stored(built_index: Path) -> Path:
    """The file of the reader that was trained when the index was built."""
    (path,) = built_index.glob("*/reader.npz")
    return path


@pytest.fixture(scope="module")
def reader(stored: Path) -> Reader:
    return Reader.load(stored)


def _small() -> Reader:
    """A reader that is quickly learnt: every decision is the same."""
    vectors = np.eye(4, dtype=np.float32)
    texts = ["every day", "daily", "once a year", "yearly"]
    decision = fit(vectors, texts, ["often", "often", "seldom", "seldom"])
    return Reader(dict.fromkeys(("act", "story", "coverage", *FACTS), decision))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "reader.npz"
    _small().save(path)
    return path


def _same(one: Reader, other: Reader, tolerance: float = 0.0) -> None:
    assert set(one.classifiers) == set(other.classifiers)
    for name, classifier in one.classifiers.items():
        assert classifier.classes == other.classifiers[name].classes
        for part in ("mean", "rarity", "weights"):
            expected, found = getattr(classifier, part), getattr(other.classifiers[name], part)
            np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance, err_msg=f"{name}.{part}")


def test_training_again_gives_the_same_reader(embedder: BundledEmbedder, reader: Reader) -> None:
    """The same exemplars, the same reader; progress hears of every text that is embedded."""
    heard: list[int] = []
    _same(reader, train(embedder, heard.append), tolerance=1e-4)
    assert sum(heard) == len(training_texts())


def test_there_is_a_decision_for_each_fact_and_for_what_stands_above_them(reader: Reader) -> None:
    assert set(reader.classifiers) == {"act", "story", "coverage", *FACTS}


@pytest.mark.parametrize("fact", FACTS)
def test_an_answer_is_scored_for_every_value_and_for_unknown(
    fact: FactName, reader: Reader, embedder: BundledEmbedder
) -> None:
    scores = reader.answer(fact, embedder.query("I don't know"), "I don't know")
    named = {str(value).lower() if isinstance(value, bool) else str(value) for value in CHOICES.get(fact, ())}
    assert set(scores) == (named or {"high", "low"}) | {"unknown", OTHER}


def test_a_text_is_scored_for_telling_and_for_every_move(reader: Reader, embedder: BundledEmbedder) -> None:
    moves = {item.label for item in exemplars() if item.kind == "move"}
    assert set(reader.act(embedder.query("why?"), "why?")) == {TELL, *moves}


def test_a_sentence_is_scored_for_every_fact_and_for_stating_nothing(reader: Reader, embedder: BundledEmbedder) -> None:
    text = "Our office is in the centre of town."
    labels = set(reader.story(embedder.query(text), text))
    assert NOTHING in labels
    assert {label.partition("=")[0] for label in labels - {NOTHING}} == set(FACTS)


@pytest.mark.parametrize(
    ("covered", "not_covered"),
    [
        ("What is RAG?", "What is the capital of France?"),
        ("什麼是 RAG？", "法國的首都是哪裡？"),
        ("什么是 RAG？", "法国的首都是哪里？"),
        ("RAGとは何ですか？", "フランスの首都はどこですか？"),
    ],
    ids=["en", "zh-Hant", "zh-Hans", "ja"],
)
def test_a_question_on_the_subject_is_better_covered_than_one_on_another(
    covered: str, not_covered: str, reader: Reader, embedder: BundledEmbedder
) -> None:
    assert reader.covered(embedder.query(covered), covered) > reader.covered(embedder.query(not_covered), not_covered)


def test_what_is_saved_is_loaded_again(tmp_path: Path) -> None:
    path, made = tmp_path / "reader.npz", _small()
    made.save(path)
    loaded = Reader.load(path)
    _same(made, loaded)
    vector = np.eye(4, dtype=np.float32)[0]
    assert loaded.act(vector, "every day") == made.act(vector, "every day")


def test_the_trained_reader_survives_saving_and_loading(
    tmp_path: Path, reader: Reader, embedder: BundledEmbedder
) -> None:
    path = tmp_path / "reader.npz"
    reader.save(path)
    loaded = Reader.load(path)
    _same(reader, loaded)
    vector = embedder.query("every week")
    assert loaded.story(vector, "every week") == reader.story(vector, "every week")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"reader\.npz"):
        Reader.load(tmp_path / "reader.npz")


@pytest.mark.parametrize("content", [b"", b"not an archive"], ids=["empty", "text"])
def test_a_file_that_is_no_archive_is_named(saved: Path, content: bytes) -> None:
    saved.write_bytes(content)
    with pytest.raises(KnowledgeError, match=r"reader\.npz.*damaged"):
        Reader.load(saved)


def test_a_file_with_altered_weights_is_named(saved: Path) -> None:
    content = bytearray(saved.read_bytes())
    content[len(content) // 2] ^= 0xFF
    saved.write_bytes(content)
    with pytest.raises(KnowledgeError, match=r"reader\.npz.*damaged"):
        Reader.load(saved)


def test_a_file_that_lacks_a_part_is_named(saved: Path) -> None:
    with saved.open("wb") as file:
        np.savez(file, **{"act.classes": np.array(["often", "seldom"])})
    with pytest.raises(KnowledgeError, match=r"reader\.npz.*damaged"):
        Reader.load(saved)


def test_a_file_that_would_run_code_is_refused(saved: Path) -> None:
    with saved.open("wb") as file:
        np.savez(file, **{"act.classes": np.array(["often"], dtype=object)})
    with pytest.raises(KnowledgeError, match=r"reader\.npz.*damaged"):
        Reader.load(saved)
