"""The examples from which reading and retrieval are learnt are complete and consistent."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from typing import TYPE_CHECKING

import pytest

from advisor import exemplars as module
from advisor.errors import KnowledgeError
from advisor.exemplars import Exemplar, QuestionView, exemplars, question_views
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


@cache
def _shipped() -> tuple[Exemplar, ...]:
    return exemplars()


@cache
def _questions() -> tuple[QuestionView, ...]:
    return question_views()


def _fact(label: str) -> str:
    return label.partition("=")[0]


def _counts(kind: str, language: Language) -> Counter[str]:
    """How many exemplars of a kind have each label."""
    return Counter(
        label for item in _shipped() if item.kind == kind and item.language == language for label in item.labels
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fact", FACTS)
def test_every_answer_to_every_question_has_examples_in_every_language(fact: FactName, language: Language) -> None:
    counts = _counts("answer", language)
    for value in (*_values(fact), "unknown"):
        assert counts[f"{fact}={value}"] >= 5, value


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fact", FACTS)
def test_every_value_of_every_fact_is_told_unasked_in_every_language(fact: FactName, language: Language) -> None:
    counts = _counts("told", language)
    for value in _values(fact):
        assert counts[f"{fact}={value}"] >= 3, value


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_texts_that_tell_several_facts_and_texts_that_tell_none(language: Language) -> None:
    told = [item for item in _shipped() if item.kind == "told" and item.language == language]
    assert any(len(item.labels) > 1 for item in told)
    assert any(not item.labels for item in told)


def test_every_label_is_a_fact_and_one_of_its_values() -> None:
    allowed = {f"{fact}={value}" for fact in FACTS for value in (*_values(fact), "unknown")}
    used = {label for item in _shipped() if item.kind != "move" for label in item.labels}
    assert used <= allowed


def test_an_answer_has_one_label_and_so_has_a_move() -> None:
    assert [item for item in _shipped() if item.kind != "told" and len(item.labels) != 1] == []


def test_every_language_has_the_same_moves() -> None:
    moves = {
        language: {i.labels[0] for i in _shipped() if i.kind == "move" and i.language == language}
        for language in LANGUAGES
    }
    assert all(names == moves["en"] for names in moves.values())
    assert {"topic_question", "clarify_question", "why", "summary", "restart", "skip", "hypothetical"} <= moves["en"]
    assert moves["en"].isdisjoint(f"{fact}={value}" for fact in FACTS for value in _values(fact))


def test_every_example_is_a_text_without_blank_ends() -> None:
    texts = [item.text for item in _shipped()] + [question.text for question in _questions()]
    assert [text for text in texts if not isinstance(text, str) or not text or text != text.strip()] == []


def test_no_words_tell_two_values_of_one_fact() -> None:
    values: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for item in _shipped():
        for label in item.labels if item.kind != "move" else ():
            values[item.text, item.language, _fact(label)].add(label)
    assert {key: found for key, found in values.items() if len(found) > 1} == {}


def test_no_words_tell_a_fact_here_and_none_there() -> None:
    """A text that tells nothing teaches of every fact that it is not told."""
    told = {(item.text, item.language) for item in _shipped() if item.kind == "told" and item.labels}
    assert told.isdisjoint((item.text, item.language) for item in _shipped() if item.kind == "told" and not item.labels)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_examples_of_a_language_are_written_in_it(language: Language) -> None:
    """All but a few: some people write a term or a request in another language."""
    texts = [item.text for item in _shipped() if item.language == language]
    foreign = [text for text in texts if detect(text, language) != language]
    assert len(foreign) < len(texts) / 100, foreign


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_that_is_covered_names_passages_of_the_article(language: Language) -> None:
    questions = [question for question in _questions() if question.language == language]
    assert any(question.passages for question in questions)
    named = {passage for question in questions for passage in question.passages}
    assert named <= set(article())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_questions_of_every_sort(language: Language) -> None:
    questions = [question for question in _questions() if question.language == language]
    assert any(len(question.passages) == 1 for question in questions)
    assert any(len(question.passages) > 1 for question in questions)
    assert any(not question.passages for question in questions)
    assert any(question.false_premise for question in questions)


def test_a_false_premise_is_corrected_from_a_passage() -> None:
    assert all(question.passages for question in _questions() if question.false_premise)


def test_no_question_is_covered_and_not_covered() -> None:
    covered = {question.text for question in _questions() if question.passages}
    assert covered.isdisjoint(question.text for question in _questions() if not question.passages)


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


SMALL = """
answers:
  strict_format: {true: [always the same form], unknown: [no idea]}
  daily_calls: {high: [millions a day], 20: [twenty a day]}
statements:
  traceability_required: {false: [nobody asks for sources]}
  daily_calls: {2000000: [two million a day]}
corrections:
  output_priority: {both: [sorry, both of them]}
tellings:
  - {text: weekly and no labels, facts: {knowledge_update_frequency: weekly, labeled_data: insufficient}}
  - {text: a form and few calls, facts: {strict_format: true, daily_calls: 999999}}
none: [we are in town]
moves:
  why: ["why?"]
"""

READ = [
    ("always the same form", "answer", ("strict_format=true",)),
    ("no idea", "answer", ("strict_format=unknown",)),
    ("millions a day", "answer", ("daily_calls=high",)),
    ("twenty a day", "answer", ("daily_calls=low",)),
    ("nobody asks for sources", "told", ("traceability_required=false",)),
    ("two million a day", "told", ("daily_calls=high",)),
    ("sorry", "told", ("output_priority=both",)),
    ("both of them", "told", ("output_priority=both",)),
    ("weekly and no labels", "told", ("knowledge_update_frequency=weekly", "labeled_data=insufficient")),
    ("a form and few calls", "told", ("strict_format=true", "daily_calls=low")),
    ("we are in town", "told", ()),
    ("why?", "move", ("why",)),
]


def test_every_section_of_a_file_is_read(content: Path) -> None:
    for language in LANGUAGES:
        (content / "exemplars" / f"{language}.yaml").write_text(SMALL, encoding="utf-8")
    found = [(item.text, item.kind, item.labels) for item in exemplars() if item.language == "ja"]
    assert found == READ
    assert len(exemplars()) == len(READ) * len(LANGUAGES)


def test_sections_of_tellings_may_be_left_out(content: Path) -> None:
    for language in LANGUAGES:
        file = content / "exemplars" / f"{language}.yaml"
        file.write_text("answers: {}\nnone: [we are in town]\nmoves: {}", encoding="utf-8")
    assert {(item.text, item.labels) for item in exemplars()} == {("we are in town", ())}
