"""A question cut into the questions in it, with half-width and full-width punctuation alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.dialogue.clauses import MOST, asking_clauses, asks, without

_WRITTEN = st.text(
    alphabet=st.sampled_from("ab What is how RAG 什麼是嗎你的資料庫ですか東京、。，？！；,.?!;&\n"), max_size=120
)
"""Texts in which there is something to cut."""


@pytest.mark.parametrize(
    ("question", "clauses"),
    [
        ("What is RAG in short? Who won the world cup?", ["What is RAG in short?", "Who won the world cup?"]),
        ("What is RAG in short, and who won the world cup?", ["What is RAG in short", "who won the world cup?"]),
        ("What does RAG cost and how is the weather today?", ["What does RAG cost", "how is the weather today?"]),
        ("微調的價值是什麼?另外台北今天天氣如何?", ["微調的價值是什麼?", "台北今天天氣如何?"]),
        ("微調的價值是什麼？另外台北今天天氣如何？", ["微調的價值是什麼？", "台北今天天氣如何？"]),
        ("混合架構的成本是多少，台北今天天氣如何？", ["混合架構的成本是多少", "台北今天天氣如何？"]),
        ("混合架构的成本是多少；北京今天天气如何？", ["混合架构的成本是多少；", "北京今天天气如何？"]),
        ("知识库要多久更新一次？！北京今天天气如何？！", ["知识库要多久更新一次？！", "北京今天天气如何？！"]),
        (
            "ファインチューニングとは何ですか。それと、東京の明日の天気は?",
            ["ファインチューニングとは何ですか。", "東京の明日の天気は?"],
        ),
        (
            "ファインチューニングとは何ですか？東京の明日の天気は？",
            ["ファインチューニングとは何ですか？", "東京の明日の天気は？"],
        ),
    ],
)
def test_each_question_of_several_is_told_apart(question: str, clauses: list[str]) -> None:
    assert asking_clauses(question) == clauses


@pytest.mark.parametrize(
    "question",
    [
        "What is RAG?",
        "什麼是RAG？",
        "RAGとは何ですか？",
        "",
        "?",
        "？！",
        "How do RAG and fine-tuning differ in cost?",
        "Are 1,000 examples enough for fine-tuning?",  # a comma inside a number divides nothing
        "Does fine-tuning a GPT-4.1 cost 1.5 times as much?",  # nor does a full stop
        "RAGまたはファインチューニングのどちらが安いですか？",  # "or" begins with the word for "also"
    ],
)
def test_one_question_is_not_cut(question: str) -> None:
    assert asking_clauses(question) == []


@pytest.mark.parametrize(
    ("question", "clauses"),
    [
        ("We sell shoes in forty shops. What does a hybrid cost us?", ["What does a hybrid cost us?"]),
        ("我們在四十家門市賣鞋。混合架構要多少錢？", ["混合架構要多少錢？"]),
        ("How so, really? What does a hybrid cost us?", ["What does a hybrid cost us?"]),
    ],
)
def test_what_asks_nothing_or_says_too_little_is_no_clause(question: str, clauses: list[str]) -> None:
    assert asking_clauses(question) == clauses


@pytest.mark.parametrize("short", ["為何？？？？？？", "何？！？！？！", "why🤔🤔🤔🤔🤔🤔?"])
def test_marks_and_pictures_are_no_characters_that_say_something(short: str) -> None:
    assert asking_clauses(f"{short} What does a hybrid cost us?") == ["What does a hybrid cost us?"]


def test_only_so_many_clauses_are_looked_at() -> None:
    asked = " ".join(
        f"What does the {name} cost us?" for name in ("first", "second", "third", "fourth", "fifth", "sixth", "last")
    )

    assert len(asking_clauses(asked)) == MOST
    assert "What does the last cost us?" not in asking_clauses(asked)


@given(st.one_of(st.text(max_size=120), _WRITTEN))
def test_a_clause_is_a_part_of_the_question(question: str) -> None:
    clauses = asking_clauses(question)

    assert len(clauses) != 1 or clauses[0] != question
    assert all(clause and clause in question for clause in clauses)
    place = 0
    for clause in clauses:  # in the order of the question
        place = question.index(clause, place) + len(clause)


@pytest.mark.parametrize(
    ("question", "clause", "rest"),
    [
        ("What is RAG, and who won the cup?", "and who won the cup?", "What is RAG"),
        ("微調的價值是什麼？台北今天天氣如何？", "台北今天天氣如何？", "微調的價值是什麼？"),
        ("微調的價值是什麼，台北今天天氣如何？", "台北今天天氣如何？", "微調的價值是什麼"),
        ("台北今天天氣如何；微調的價值是什麼？", "台北今天天氣如何", "微調的價值是什麼？"),
        ("台北今天天氣如何，微調的價值是什麼？", "台北今天天氣如何", "微調的價值是什麼？"),
    ],
)
def test_what_is_left_has_no_loose_ends(question: str, clause: str, rest: str) -> None:
    assert without(question, [clause]) == rest


def test_a_clause_that_is_asked_twice_is_taken_out_once() -> None:
    assert without("Who won? What is RAG? Who won?", ["Who won?"]) == "What is RAG? Who won?"


@given(st.one_of(st.text(max_size=120), _WRITTEN))
def test_nothing_is_left_but_what_was_asked(question: str) -> None:
    clauses = asking_clauses(question)
    left = without(question, clauses)

    assert len(left) <= len(question)
    assert set(left) <= {*question, " "}
    assert without(question, []) == " ".join(question.split()).strip(" ,、，;；")


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("What is RAG", True),
        ("RAG是什麼", True),
        ("RAG cost", True),  # the topic alone is asked about
        ("RAGについて", True),
        ("and", False),
        ("We sell shoes.", False),
        ("還有", False),
        ("", False),
    ],
)
def test_what_is_left_asks_if_it_has_a_questions_words_or_the_topic(text: str, question: bool) -> None:  # noqa: FBT001
    assert asks(text) == question
