"""The trained reader: learnt from the exemplars, shipped with them, stored beside the index, loaded again."""

from __future__ import annotations

import shutil
import zipfile
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from advisor.content import content_path
from advisor.dialogue.answering import CONTRADICTED
from advisor.errors import KnowledgeError
from advisor.exemplars import Exemplar, exemplars, question_views
from advisor.llm.embeddings import BundledEmbedder, shipped_vectors, text_key
from advisor.profile import CHOICES, FACTS, FactName
from advisor.understanding import reader as module
from advisor.understanding.classifier import LEAST_SEEN, Classifier, KernelClassifier, Trainer
from advisor.understanding.features import buckets
from advisor.understanding.reader import (
    NOTHING,
    OTHER,
    READER_FILE,
    TELL,
    Reader,
    shipped_reader,
    train,
    training_fingerprint,
    training_texts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

NAMES = {"act", module.PASSAGE, *(f"told.{fact}" for fact in FACTS), *(f"answer.{fact}" for fact in FACTS)}
FINGERPRINT = "of the small one"


@pytest.fixture(scope="module")
def embedder() -> BundledEmbedder:
    return BundledEmbedder()


@pytest.fixture(scope="module")
def stored(built_index: Path) -> Path:
    """The file of the reader that was put beside the index when it was built."""
    (path,) = built_index.glob(f"*/{READER_FILE}")
    return path


@pytest.fixture(scope="module")
def reader(stored: Path) -> Reader:
    return Reader.load(stored)


def _small() -> Reader:
    """A reader that is quickly learnt: every decision is the same, but for the one on questions."""
    vectors = np.eye(6, dtype=np.float32)
    said = ["every day", "day by day", "once a day", "every year", "year by year", "once a year"]
    decision = Trainer.of(vectors, said).learn(range(6), ["often"] * 3 + ["seldom"] * 3)
    asked = ["what is it", "what is that", "what is this", "where was it", "where was that", "where was this"]
    of_questions = Trainer.of(vectors[::-1] / 2, asked)
    passage = of_questions.learn(range(6), ["what"] * 3 + ["where"] * 3)
    covered = of_questions.learn_kernel([True] * 3 + [False] * 3)
    premise = of_questions.learn_kernel([True, False] * 2, range(4))
    return Reader({**dict.fromkeys(sorted(NAMES), decision), module.PASSAGE: passage}, covered, premise)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "reader.npz"
    _small().save(path, FINGERPRINT)
    return path


def _same_decision(one: Classifier, other: Classifier, name: str, tolerance: float = 0.0, steps: int = 0) -> None:
    """As good as the same: numbers by a tolerance, and of what is in eight bits by so many steps."""
    assert one.classes == other.classes
    np.testing.assert_array_equal(other.words.places, one.words.places, err_msg=f"{name}: places")
    parts = {
        "mean": (one.mean, other.mean),
        "rarity": (one.words.rarity, other.words.rarity),
        "meaning": (one.meaning_weights, other.meaning_weights),
        "scale": (one.word_scale, other.word_scale),
    }
    for part, (expected, found) in parts.items():
        assert found.dtype == expected.dtype, f"{name}: {part}"
        np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance, err_msg=f"{name}: {part}")
    assert one.word_weights.dtype == other.word_weights.dtype == np.int8, name
    assert one.word_weights.shape == other.word_weights.shape, name
    apart = np.abs(one.word_weights.astype(int) - other.word_weights.astype(int))
    assert apart.max() <= steps, f"{name}: words"


def _same_coverage(one: KernelClassifier, other: KernelClassifier, tolerance: float = 0.0) -> None:
    """As good as the same, and the same in the examples that count."""
    np.testing.assert_array_equal(other.words.places, one.words.places)
    np.testing.assert_array_equal(other.examples, one.examples)
    assert other.example_scale == pytest.approx(one.example_scale, abs=tolerance)
    assert other.bias == pytest.approx(one.bias, abs=tolerance)
    for expected, found in (
        (one.mean, other.mean),
        (one.words.rarity, other.words.rarity),
        (one.weights, other.weights),
        (one.word_weights, other.word_weights),
    ):
        np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


def _said() -> list[str]:
    """What moves are learnt from: all that is said, and what asks of the article."""
    return [item.text for item in exemplars()] + [each.text for each in question_views() if each.passages]


def _same(one: Reader, other: Reader) -> None:
    _same_coverage(one.coverage, other.coverage)
    _same_coverage(one.premise, other.premise)
    assert set(one.classifiers) == set(other.classifiers)
    for name, classifier in one.classifiers.items():
        _same_decision(classifier, other.classifiers[name], name)


def _values(fact: FactName) -> set[str]:
    """The values of a fact as labels write them; calls a day are only high or low here."""
    named = {str(value).lower() if isinstance(value, bool) else str(value) for value in CHOICES.get(fact, ())}
    return named or {"high", "low"}


def test_what_ships_was_learnt_from_these_very_exemplars() -> None:
    """After a change of the exemplars or the questions, `make vectors` is due."""
    assert shipped_reader() is not None


def test_every_text_that_is_learnt_from_ships_with_its_vector() -> None:
    shipped = shipped_vectors()
    assert [text for text in training_texts() if text_key("query", text) not in shipped] == []


def _learnt(embedder: BundledEmbedder, texts: Sequence[str], labels: Iterable[str | None]) -> Classifier:
    labelled = [(row, label) for row, label in enumerate(labels) if label is not None]
    trainer = Trainer.of(embedder.queries(texts), texts)
    return trainer.learn([row for row, _ in labelled], [label for _, label in labelled])


ROUNDING = 2e-3
"""What two machines' arithmetic may make of a weight that is stored in sixteen bits."""


def test_what_ships_is_what_learning_gives(embedder: BundledEmbedder) -> None:
    """Of one decision on each set of examples, for all of them would take long."""
    shipped = shipped_reader()
    assert shipped is not None
    items, questions = exemplars(), question_views()
    answered = _learnt(
        embedder,
        _said(),
        [module._answered("strict_format", row, item) for row, item in enumerate(items)],
    )
    texts = [question.text for question in questions]
    covered = Trainer.of(embedder.queries(texts), texts).learn_kernel([bool(each.passages) for each in questions])
    _same_decision(shipped.classifiers["answer.strict_format"], answered, "answer.strict_format", ROUNDING, 1)
    _same_coverage(shipped.coverage, covered, 10 * ROUNDING)


def test_what_is_kept_of_the_questions_decides_as_what_was_learnt(embedder: BundledEmbedder) -> None:
    """Against what scikit-learn learnt: an example's own margin, from the parts that are kept, is at least one."""
    questions = question_views()
    texts = [question.text for question in questions]
    shipped = shipped_reader()
    assert shipped is not None
    margins = np.array(
        [shipped.covered(vector, text) for vector, text in zip(embedder.queries(texts), texts, strict=True)]
    )
    covered = np.array([bool(question.passages) for question in questions])
    assert ((margins > 0) == covered).mean() > 0.99


def test_what_ships_knows_no_ngram_of_few_examples() -> None:
    shipped = shipped_reader()
    assert shipped is not None
    said, asked = _said(), [question.text for question in question_views()]
    for texts, words in ((said, shipped.classifiers["act"].words), (asked, shipped.coverage.words)):
        seen = Counter(place for text in texts for place in buckets(text))
        kept = sorted(place for place, count in seen.items() if count >= LEAST_SEEN)
        assert words.places.tolist() == kept


def test_what_ships_is_put_beside_the_index_as_it_is(reader: Reader) -> None:
    shipped = shipped_reader()
    assert shipped is not None
    _same(shipped, reader)


@pytest.fixture
def knowledge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what the reader is learnt from, and of the reader."""
    folder = tmp_path / "knowledge"
    for name in ("exemplars", "questions"):
        shutil.copytree(content_path("knowledge", name), folder / name)
    monkeypatch.setattr(module, "content_path", tmp_path.joinpath)
    _small().save(folder / READER_FILE, training_fingerprint())
    return folder


def test_what_ships_is_taken_while_the_exemplars_are_as_they_were(knowledge: Path) -> None:
    assert (knowledge / READER_FILE).is_file()
    found = shipped_reader()
    assert found is not None
    _same(_small(), found)


@pytest.mark.parametrize("name", ["exemplars/en.yaml", "exemplars/ja.yaml", "questions/zh-Hant.yaml"])
def test_what_ships_is_passed_over_when_an_exemplar_was_changed(knowledge: Path, name: str) -> None:
    with (knowledge / name).open("ab") as file:
        file.write(b"# changed\n")
    assert shipped_reader() is None


@pytest.mark.parametrize("damage", ["missing", "text"])
def test_what_ships_is_passed_over_when_it_is_damaged(knowledge: Path, damage: str) -> None:
    (knowledge / READER_FILE).unlink()
    if damage == "text":
        (knowledge / READER_FILE).write_bytes(b"not an archive")
    assert shipped_reader() is None


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """Only a few exemplars of every kind and label to learn from; the number of their texts."""
    seen: dict[object, list[Exemplar]] = {}
    for item in exemplars():
        alike = seen.setdefault((item.kind, item.labels[:1]), [])
        if item.language == "en" and len(alike) < 3:
            alike.append(item)
    items = tuple(item for alike in seen.values() for item in alike)
    answered = [question for question in question_views() if question.passages]
    covered = [*answered[:5], *answered[-5:]]  # of more than one passage
    not_covered = [question for question in question_views() if not question.passages][:10]
    monkeypatch.setattr(module, "exemplars", lambda: items)
    monkeypatch.setattr(module, "question_views", lambda: (*covered, *not_covered))
    return len(items) + 20


def test_training_again_gives_the_same_reader(few: int, embedder: BundledEmbedder) -> None:
    """The same exemplars, the same reader; progress hears of every text that is embedded."""
    heard: list[int] = []
    learnt = train(embedder, heard.append)
    assert set(learnt.classifiers) == NAMES
    _same(learnt, train(embedder))
    assert sum(heard) == few == len(training_texts())


TOLD: dict[str, tuple[Exemplar, str | None]] = {
    "an answer to it": (Exemplar("yes, always", "en", "answer", ("strict_format=true",)), "true"),
    "an answer to another": (Exemplar("monthly", "en", "answer", ("knowledge_update_frequency=monthly",)), NOTHING),
    "an answer that leaves it open": (Exemplar("no idea", "en", "answer", ("strict_format=unknown",)), None),
    "a telling of it": (Exemplar("one template for all", "en", "told", ("strict_format=true",)), "true"),
    "a telling of several": (
        Exemplar("monthly, any form", "en", "told", ("knowledge_update_frequency=monthly", "strict_format=false")),
        "false",
    ),
    "a telling of another": (Exemplar("it never changes", "en", "told", ("knowledge_update_frequency=static",)), NOTHING),
    "a telling that leaves it open": (Exemplar("form: no idea", "en", "told", ("strict_format=unknown",)), NOTHING),
    "a telling of none": (Exemplar("we are in town", "en", "told", ()), NOTHING),
    "a move": (Exemplar("what is RAG?", "en", "move", ("topic_question",)), NOTHING),
    "a plain yes": (Exemplar("yes", "en", "move", ("agree",)), None),
}  # fmt: skip


@pytest.mark.parametrize(("item", "label"), TOLD.values(), ids=TOLD)
def test_what_an_exemplar_teaches_of_telling_a_fact(item: Exemplar, label: str | None) -> None:
    assert module._told("strict_format", 0, item) == label
    assert module._told("strict_format", 1, item) == label


@pytest.mark.parametrize(
    ("fact", "plain", "label"),
    [
        ("strict_format", "agree", "true"),
        ("strict_format", "disagree", "false"),
        ("labeled_data", "agree", "sufficient"),
        ("labeled_data", "disagree", "insufficient"),
        ("output_priority", "agree", None),
        ("daily_calls", "disagree", None),
    ],
)
def test_a_plain_yes_answers_what_can_be_answered_by_yes(fact: FactName, plain: str, label: str | None) -> None:
    assert module._answered(fact, 0, Exemplar("yes", "en", "move", (plain,))) == label


ANSWERED: dict[str, tuple[Exemplar, str | None, str | None]] = {
    "an answer to it": (Exemplar("yes, always", "en", "answer", ("strict_format=true",)), "true", "true"),
    "an answer that leaves it open": (Exemplar("?", "en", "answer", ("strict_format=unknown",)), "unknown", "unknown"),
    "a telling of it": (Exemplar("one template", "en", "told", ("strict_format=true",)), "true", "true"),
    "a telling of none": (Exemplar("we are in town", "en", "told", ()), OTHER, OTHER),
    "an answer to another": (Exemplar("5", "en", "answer", ("daily_calls=low",)), OTHER, None),
    "another left open": (Exemplar("no idea", "en", "answer", ("daily_calls=unknown",)), "unknown", "unknown"),
    "a move": (Exemplar("what is RAG?", "en", "move", ("topic_question",)), OTHER, None),
}


@pytest.mark.parametrize(("item", "label", "thinned"), ANSWERED.values(), ids=ANSWERED)
def test_what_an_exemplar_teaches_of_answering_a_question(
    item: Exemplar, label: str | None, thinned: str | None
) -> None:
    """Of what is said of other facts only one in so many teaches what is no answer."""
    assert module._answered("strict_format", 0, item) == label
    assert module._answered("strict_format", 1, item) == thinned


def test_there_are_two_decisions_for_each_fact_and_two_beside_them(reader: Reader) -> None:
    assert set(reader.classifiers) == NAMES


@pytest.mark.parametrize("fact", FACTS)
def test_an_answer_is_scored_for_every_value_and_for_unknown(
    fact: FactName, reader: Reader, embedder: BundledEmbedder
) -> None:
    scores = reader.answer(fact, embedder.query("I don't know"), "I don't know")
    assert set(scores) == _values(fact) | {"unknown", OTHER}


@pytest.mark.parametrize("fact", FACTS)
def test_a_text_is_scored_for_telling_every_value_and_nothing(
    fact: FactName, reader: Reader, embedder: BundledEmbedder
) -> None:
    text = "Our office is in the centre of town."
    scores = reader.told(fact, embedder.query(text), text)
    assert set(scores) == _values(fact) | {NOTHING}
    assert max(scores, key=lambda label: scores[label]) == NOTHING


def test_a_text_is_scored_for_telling_and_for_every_move(reader: Reader, embedder: BundledEmbedder) -> None:
    moves = {item.labels[0] for item in exemplars() if item.kind == "move"}
    assert set(reader.act(embedder.query("why?"), "why?")) == {TELL, *moves}


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


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("Why did vector databases get so much more expensive?", "Why did vector databases get so much cheaper?"),
        ("微調主要就是用來灌新知識的吧？", "微調主要就是用來改變模型行為的吧？"),
        ("微调主要就是往模型里灌知识，对不对？", "微调主要就是改变模型的行为，对不对？"),
        ("ベクターDBはなぜ値上がりしたの?", "ベクターDBはなぜ値下がりしたの?"),
    ],
    ids=["en", "zh-Hant", "zh-Hans", "ja"],
)
def test_a_premise_that_the_article_contradicts_weighs_more_than_its_twin(
    wrong: str, right: str, reader: Reader, embedder: BundledEmbedder
) -> None:
    """How often a twin is taken for it all the same is measured, not forbidden: `answering.CONTRADICTED` says."""
    margin = reader.contradicted(embedder.query(wrong), wrong)
    assert margin > 0
    assert margin > reader.contradicted(embedder.query(right), right)


def test_what_ships_tells_the_wrong_premises_that_it_was_shown(embedder: BundledEmbedder) -> None:
    """And few of the questions that share their words and are right."""
    shipped = shipped_reader()
    assert shipped is not None
    questions = [question for question in question_views() if question.passages]
    vectors = embedder.queries([question.text for question in questions])
    margins = np.array(
        [shipped.contradicted(vector, each.text) for vector, each in zip(vectors, questions, strict=True)]
    )
    wrong = np.array([question.false_premise for question in questions])
    assert (margins[wrong] > 0).mean() > 0.99
    assert (margins[~wrong] > CONTRADICTED).mean() < 0.05


def test_what_is_saved_is_loaded_again(tmp_path: Path) -> None:
    path, made = tmp_path / "reader.npz", _small()
    made.save(path, FINGERPRINT)
    loaded = Reader.load(path)
    _same(made, loaded)
    vector = np.eye(6, dtype=np.float32)[0]
    for text in ("every day", "what is it", "👍"):
        assert loaded.act(vector, text) == made.act(vector, text)
        assert loaded.covered(vector, text) == made.covered(vector, text)
        assert loaded.contradicted(vector, text) == made.contradicted(vector, text)


def test_what_was_learnt_of_questions_is_kept_apart_when_saved(saved: Path) -> None:
    """All that was learnt of exemplars shares its n-grams, in the file as in memory; questions have their own."""
    loaded = Reader.load(saved)
    assert loaded.classifiers["told.strict_format"].words is loaded.classifiers["act"].words
    assert loaded.coverage.words.places.tolist() != loaded.classifiers["act"].words.places.tolist()
    with np.load(saved) as stored:
        shared = {name for name in stored.files if name.rpartition(".")[2] in ("places", "rarity", "mean")}
    assert shared == {
        f"{group}.{part}" for group in ("exemplars", "questions") for part in ("places", "rarity", "mean")
    }


def test_the_trained_reader_survives_saving_and_loading(
    tmp_path: Path, reader: Reader, embedder: BundledEmbedder
) -> None:
    path = tmp_path / "reader.npz"
    reader.save(path, FINGERPRINT)
    loaded = Reader.load(path)
    _same(reader, loaded)
    vector = embedder.query("every week")
    assert loaded.act(vector, "every week") == reader.act(vector, "every week")
    assert loaded.covered(vector, "every week") == reader.covered(vector, "every week")


def test_a_reader_learnt_from_other_exemplars_is_refused(saved: Path) -> None:
    _same(Reader.load(saved, FINGERPRINT), _small())
    with pytest.raises(KnowledgeError, match=r"reader\.npz.*learnt from other exemplars"):
        Reader.load(saved, "of another")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"reader\.npz"):
        Reader.load(tmp_path / "reader.npz")


@pytest.mark.parametrize("content", [b"", b"not an archive"], ids=["empty", "text"])
def test_a_file_that_is_no_archive_is_named(saved: Path, content: bytes) -> None:
    saved.write_bytes(content)
    with pytest.raises(KnowledgeError, match=r"reader\.npz.*damaged"):
        Reader.load(saved)


PARTS = ["act.words", "act.meaning", "exemplars.places", "questions.rarity"]


@pytest.mark.parametrize("part", PARTS)
def test_a_file_with_altered_weights_is_named(saved: Path, part: str) -> None:
    """What is read is not what was written, though it can be read: the checksum tells."""
    with np.load(saved) as stored:
        arrays = {name: stored[name] for name in stored.files}
    with saved.open("wb") as file:
        np.savez(file, **arrays)
    with zipfile.ZipFile(saved) as archive:
        ends = sorted([info.header_offset for info in archive.infolist()] + [archive.start_dir])
        weights = archive.getinfo(f"{part}.npy")
    content = bytearray(saved.read_bytes())
    content[ends[ends.index(weights.header_offset) + 1] - 1] ^= 0xFF
    saved.write_bytes(content)
    with pytest.raises(KnowledgeError, match=r"reader\.npz.*damaged"):
        Reader.load(saved)


@pytest.mark.parametrize("part", PARTS)
def test_a_file_that_cannot_be_unpacked_is_named(saved: Path, part: str) -> None:
    with zipfile.ZipFile(saved) as archive:
        weights = archive.getinfo(f"{part}.npy")
    content = bytearray(saved.read_bytes())
    lengths = content[weights.header_offset + 26 : weights.header_offset + 30]
    begin = weights.header_offset + 30 + int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
    content[begin] |= 0b110  # a kind of block that there is not
    saved.write_bytes(content)
    with pytest.raises(KnowledgeError, match=r"reader\.npz.*damaged"):
        Reader.load(saved)


def test_a_file_that_lacks_a_part_is_named(saved: Path) -> None:
    with saved.open("wb") as file:
        np.savez(file, **{"act.classes": np.array(["often", "seldom"])})
    with pytest.raises(KnowledgeError, match=r"reader\.npz.*damaged"):
        Reader.load(saved)


@pytest.mark.parametrize(
    "part", ["exemplars.places", "questions.mean", "act.words", "coverage.examples", "fingerprint"]
)
def test_a_file_that_lacks_one_part_is_named(saved: Path, part: str) -> None:
    with np.load(saved) as stored:
        rest = {name: stored[name] for name in stored.files if name != part}
        assert len(rest) == len(stored.files) - 1
    with saved.open("wb") as file:
        np.savez(file, **rest)
    with pytest.raises(KnowledgeError, match=r"reader\.npz.*damaged"):
        Reader.load(saved)


def test_a_file_that_would_run_code_is_refused(saved: Path) -> None:
    with np.load(saved) as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["act.classes"] = arrays["act.classes"].astype(object)
    with saved.open("wb") as file:
        np.savez(file, **arrays)
    with pytest.raises(KnowledgeError, match=r"reader\.npz.*damaged"):
        Reader.load(saved)
