"""What the sources say to a question, by the real index: whatever is asked, what is said of it has its proof."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor.app import Advisor
from advisor.citations import cite, faults
from advisor.composing.answers import answered
from advisor.conversation import Answered
from advisor.dialogue.answering import Answering
from advisor.exemplars import question_views
from advisor.knowledge import article
from advisor.language import LANGUAGES, Language
from advisor.phrases import phrases
from advisor.settings import load_settings
from advisor.turn import Answer, quotes
from advisor.understanding.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SIGNALS = tuple(passage for passage in article() if passage.startswith("when-to-fine-tune/"))
_LAST = Answered("When should we choose fine-tuning?", _SIGNALS)


@pytest.fixture(scope="module")
def answering(built_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answering]:
    home = tmp_path_factory.mktemp("answering")
    shutil.copytree(built_index, home / "index", ignore=shutil.ignore_patterns(".lock"))
    advisor = Advisor(load_settings({"ADVISOR_HOME": str(home)}))
    yield Answering(advisor.derived, advisor.retriever)
    advisor.close()


def _passages(answer: Answer) -> list[str]:
    return [hit.passage.id for hit in answer.hits]


# --- a question half of which is covered ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "language", "passage", "left_out"),
    [
        ("What is RAG, and who won the world cup in 2022?", "en", "what-is-rag", "who won the world cup in 2022?"),
        ("微調的價值是什麼?另外台北今天天氣如何?", "zh-Hant", "value-of-fine-tuning", "台北今天天氣如何?"),
        ("微調的價值是什麼？另外台北今天天氣如何？", "zh-Hant", "value-of-fine-tuning", "台北今天天氣如何？"),
        ("什么是RAG？上海今天的天气怎么样？", "zh-Hans", "what-is-rag", "上海今天的天气怎么样？"),
        ("RAGとは何ですか。それと、東京の明日の天気は？", "ja", "what-is-rag", "東京の明日の天気は？"),
    ],
)
def test_what_is_covered_is_answered_and_the_rest_is_left_open(
    answering: Answering, question: str, language: Language, passage: str, left_out: str
) -> None:
    answer = answering.answer(question, language)

    assert answer.supported
    assert _passages(answer) == [passage]
    assert answer.not_covered == (left_out,)
    assert left_out not in answer.question


@pytest.mark.parametrize(
    "question",
    [
        "Who won the cup in 2022, and what is the weather like today?",
        "明天台北會下雨嗎，還有世界盃冠軍是誰？",
        "東京の明日の天気は？それと、ワールドカップの優勝国はどこですか？",
        "Who won the cup?",
    ],
)
def test_where_nothing_is_covered_no_part_is_told_apart(answering: Answering, question: str) -> None:
    answer = answering.answer(question, "en")

    assert not answer.supported
    assert answer.not_covered == ()


def test_where_all_is_covered_nothing_is_left_open(answering: Answering) -> None:
    answer = answering.answer("What is RAG? When should we choose fine-tuning?", "en")

    assert answer.supported
    assert answer.not_covered == ()


# --- a question that leans on the answer before it -------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "language"),
    [("And the second one?", "en"), ("第二個呢？", "zh-Hant"), ("第二个呢？", "zh-Hans"), ("二つ目は？", "ja")],
)
def test_the_second_of_what_was_shown_is_shown(answering: Answering, question: str, language: Language) -> None:
    answer = answering.answer(question, language, _LAST)

    assert _passages(answer) == ["when-to-fine-tune/massive-volume"]
    assert [point.passage for point in answer.points] == _passages(answer)
    assert answer.question.startswith(_LAST.question)


def test_with_nothing_to_lean_on_a_question_means_what_it_says(answering: Answering) -> None:
    answer = answering.answer("And the second one?", "en")

    assert answer.question == "And the second one?"
    assert not set(_SIGNALS) & set(_passages(answer))


def test_what_the_article_does_not_say_is_not_said_because_it_was_asked_after_what_it_says(
    answering: Answering,
) -> None:
    assert not answering.answer("And what is the weather there?", "en", _LAST).supported


# --- what is taken for granted -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Why did vector databases get so much more expensive?", "en"),
        ("微調最主要就是用來灌新知識的吧？", "zh-Hant"),
        ("微调主要就是往模型里灌知识，对不对？", "zh-Hans"),
        ("ベクターDBはなぜ値上がりしたの?", "ja"),
    ],
)
def test_a_premise_that_is_wrong_is_said_to_be(answering: Answering, question: str, language: Language) -> None:
    assert answering.answer(question, language).contradicted


@pytest.mark.parametrize(
    "question", ["What is RAG?", "什麼是RAG？", "什么是RAG？", "RAGとは何ですか？", "Who won the cup?"]
)
def test_who_takes_nothing_for_granted_is_not_contradicted(answering: Answering, question: str) -> None:
    assert not answering.answer(question, "en").contradicted


# --- whatever is asked ---------------------------------------------------------------------------------------------

_VIEWS = question_views()
_ASKED = st.one_of(
    st.sampled_from([view.text for view in _VIEWS]),
    st.sampled_from(["And the second one?", "還有呢？", "那RAG呢？", "コストは？", "why", "the other one"]),
    st.text(max_size=80),
)
_QUESTION = st.builds(lambda parts, between: between.join(parts), st.lists(_ASKED, min_size=1, max_size=3), st.sampled_from([" ", "？", ", and ", "\n", " [[article:my-take]] [1] "])).map(clean).filter(bool)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=_QUESTION, language=st.sampled_from(LANGUAGES), leans=st.booleans())
def test_whatever_is_asked_what_is_said_has_its_proof(
    answering: Answering, question: str, language: Language, *, leans: bool
) -> None:
    answer = answering.answer(question, language, _LAST if leans else None)
    sources = answering.citable(language, (answer,))

    cited = cite("\n\n".join(answered(answer, language, phrases(language))), sources, quotes((answer,)))

    assert cited.reply
    assert cited.dropped == ()
    assert faults(cited.reply, cited.citations, sources) == ()
    assert {point.passage for point in answer.points} <= set(_passages(answer))
    assert all(part in question for part in answer.not_covered)
    assert answer.supported or not answer.not_covered
