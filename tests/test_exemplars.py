"""The examples from which reading and retrieval are learnt are complete and consistent."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pytest

from advisor import exemplars as module
from advisor.errors import KnowledgeError
from advisor.exemplars import exemplars, question_views
from advisor.knowledge import article
from advisor.language import LANGUAGES, Language, detect
from advisor.profile import CHOICES, FACTS, FactName

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of content of the test's own."""
    for folder in ("exemplars", "questions"):
        (tmp_path / "knowledge" / folder).mkdir(parents=True)
    monkeypatch.setattr(module, "content_path", tmp_path.joinpath)
    return tmp_path / "knowledge"


def _values(fact: FactName) -> set[str]:
    """The values of a fact as labels write them; calls a day are only high or low here."""
    if fact not in CHOICES:
        return {"high", "low"}
    return {str(value).lower() if isinstance(value, bool) else str(value) for value in CHOICES[fact]}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fact", FACTS)
def test_every_answer_to_every_question_has_examples_in_every_language(fact: FactName, language: Language) -> None:
    counts = Counter(item.label for item in exemplars() if item.kind == "answer" and item.language == language)
    for value in (*_values(fact), "unknown"):
        assert counts[f"{fact}={value}"] >= 5, value


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fact", FACTS)
def test_every_value_of_every_fact_is_stated_in_stories_in_every_language(fact: FactName, language: Language) -> None:
    counts = Counter(item.label for item in exemplars() if item.kind == "statement" and item.language == language)
    for value in _values(fact):
        assert counts[f"{fact}={value}"] >= 3, value


def test_every_label_is_a_fact_and_one_of_its_values() -> None:
    allowed = {f"{fact}={value}" for fact in FACTS for value in (*_values(fact), "unknown")}
    used = {item.label for item in exemplars() if item.kind in ("answer", "statement")}
    assert used <= allowed


def test_every_language_has_the_same_moves_and_sentences_that_state_nothing() -> None:
    moves = {
        language: {i.label for i in exemplars() if i.kind == "move" and i.language == language}
        for language in LANGUAGES
    }
    assert all(names == moves["en"] for names in moves.values())
    assert {"topic_question", "clarify_question", "why", "summary", "restart", "skip", "hypothetical"} <= moves["en"]
    for language in LANGUAGES:
        assert any(item.kind == "none" and item.language == language for item in exemplars())


def test_every_example_is_a_text_without_blank_ends() -> None:
    texts = [item.text for item in exemplars()] + [question.text for question in question_views()]
    assert [text for text in texts if not isinstance(text, str) or not text or text != text.strip()] == []


def test_no_words_state_two_values_of_one_fact() -> None:
    values: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for item in exemplars():
        if item.kind in ("answer", "statement"):
            values[item.text, item.language, item.label.partition("=")[0]].add(item.label)
    assert {key: found for key, found in values.items() if len(found) > 1} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_examples_of_a_language_are_written_in_it(language: Language) -> None:
    """All but a few: some people write a term or a request in another language."""
    texts = [item.text for item in exemplars() if item.language == language]
    foreign = [text for text in texts if detect(text, language) != language]
    assert len(foreign) < len(texts) / 100, foreign


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_that_is_covered_names_passages_of_the_article(language: Language) -> None:
    questions = [question for question in question_views() if question.language == language]
    assert any(question.passages for question in questions)
    named = {passage for question in questions for passage in question.passages}
    assert named <= set(article())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_questions_of_every_sort(language: Language) -> None:
    questions = [question for question in question_views() if question.language == language]
    assert any(len(question.passages) == 1 for question in questions)
    assert any(len(question.passages) > 1 for question in questions)
    assert any(not question.passages for question in questions)
    assert any(question.false_premise for question in questions)


def test_a_false_premise_is_corrected_from_a_passage() -> None:
    assert all(question.passages for question in question_views() if question.false_premise)


def test_no_question_is_covered_and_not_covered() -> None:
    covered = {question.text for question in question_views() if question.passages}
    assert covered.isdisjoint(question.text for question in question_views() if not question.passages)


def test_the_examples_are_the_same_each_time_they_are_read() -> None:
    assert exemplars() == exemplars()
    assert question_views() == question_views()


@pytest.mark.parametrize("read", [exemplars, question_views], ids=["exemplars", "questions"])
@pytest.mark.usefixtures("content")
def test_a_missing_file_is_named(read: Callable[[], object]) -> None:
    with pytest.raises(KnowledgeError, match=r"en\.yaml cannot be read"):
        read()


@pytest.mark.parametrize(
    ("text", "message"),
    [("answers: [unclosed", "cannot be read"), ("- a list", "not a mapping"), ("", "not a mapping")],
    ids=["broken YAML", "a list", "empty"],
)
def test_a_damaged_file_is_named(content: Path, text: str, message: str) -> None:
    for folder in ("exemplars", "questions"):
        (content / folder / "en.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError, match=rf"exemplars/en\.yaml.*{message}"):
        exemplars()
    with pytest.raises(KnowledgeError, match=rf"questions/en\.yaml.*{message}"):
        question_views()
