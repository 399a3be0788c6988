"""What a question means after the answer before it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.conversation import MAX_LEANT_ON, Answered
from advisor.dialogue.following import follow
from advisor.knowledge import article

_SIGNALS = tuple(passage for passage in article() if passage.startswith("when-to-fine-tune/"))
_DIFFERENCES = tuple(passage for passage in article() if passage.startswith("core-differences/"))
_WHEN = Answered("When should we choose fine-tuning?", _SIGNALS)
_COST = Answered("How do RAG and fine-tuning differ in cost?", ("core-differences/cost-structure",))

_QUESTION = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        [
            "And the second one?",
            "最後のは？",
            "還有呢？",
            "what about RAG?",
            "那微调呢",
            "the other one",
            "なぜ？",
            "4th",
        ]
    ),
)
_LAST = st.builds(
    Answered,
    st.one_of(st.text(max_size=300), st.sampled_from(["What does RAG cost?", "微調要多久？"])),
    st.lists(st.one_of(st.sampled_from(sorted(article())), st.text(max_size=20)), max_size=5).map(tuple),
)  # fmt: skip


@given(_QUESTION)
def test_without_an_answer_before_it_a_question_means_what_it_says(question: str) -> None:
    found = follow(question, None)

    assert (found.question, found.together, found.passages, found.leans) == (question, question, (), False)


@given(_QUESTION, _LAST)
def test_whatever_was_asked_and_shown_a_question_is_followed(question: str, last: Answered) -> None:
    found = follow(question, last)

    assert found.question == question
    assert found.together or not question
    assert set(found.passages) <= set(article())
    assert found.leans or not found.passages


def test_a_question_that_points_at_nothing_stands_on_its_own() -> None:
    assert not follow("What is RAG?", _WHEN).leans


# --- by place ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("And the second one?", 1),
        ("第三個呢？", 2),
        ("第一个呢", 0),
        ("二つ目は？", 1),
        ("the last one", 2),
        ("最后一个呢？", 2),
        ("最後のは？", 2),
    ],
)
def test_a_place_is_one_of_what_was_shown(question: str, place: int) -> None:
    found = follow(question, _WHEN)

    assert found.passages == (_SIGNALS[place],)
    assert found.together == f"{_WHEN.question} {question}"


def test_after_one_of_a_list_a_place_is_one_of_that_list() -> None:
    assert follow("and the third?", Answered("The second signal?", _SIGNALS[1:2])).passages == _SIGNALS[2:]


def test_of_two_passages_the_second_is_the_second_that_was_shown() -> None:
    shown = ("what-is-rag", "my-take")

    assert follow("Explain the second one", Answered("Where do we start?", shown)).passages == ("my-take",)


@pytest.mark.parametrize("shown", [_SIGNALS, (), ("what-is-rag",), ("made-up", "handbook")])
def test_a_place_that_there_is_not_points_at_no_passage(shown: tuple[str, ...]) -> None:
    found = follow("And the fourth one?", Answered("What then?", shown))

    assert found.passages == ()
    assert found.leans


# --- more, the other, another aspect, the other approach --------------------------------------------------


@pytest.mark.parametrize("question", ["What else?", "Go on.", "還有呢？", "继续说", "他には？"])
def test_more_is_what_comes_next_in_the_list(question: str) -> None:
    assert follow(question, Answered("The first?", _SIGNALS[:1])).passages == _SIGNALS[1:]
    assert follow(question, Answered("The second?", _SIGNALS[1:2])).passages == _SIGNALS[2:]


def test_there_is_no_more_after_the_end_of_a_list() -> None:
    assert follow("What else?", _WHEN).passages == ()


def test_more_of_a_passage_outside_of_any_list_is_the_passage() -> None:
    assert follow("Tell me more", Answered("What is RAG?", ("what-is-rag",))).passages == ("what-is-rag",)


@pytest.mark.parametrize("question", ["And the other one?", "反過來呢？", "另一个呢", "もう一方は？", "もう一つは？"])
def test_the_other_of_a_comparison_stands_in_the_same_passage(question: str) -> None:
    assert follow(question, _COST).passages == _COST.passages


@pytest.mark.parametrize(
    ("question", "aspect"),
    [("What about explainability?", "explainability"), ("可解釋性呢？", "可解釋性"), ("一貫性は？", "一貫性")],
)
def test_another_aspect_is_asked_of_both_and_not_with_the_question_before(question: str, aspect: str) -> None:
    found = follow(question, _COST)

    assert found.leans
    assert aspect in found.together
    assert "RAG" in found.together
    assert "cost" not in found.together
    assert found.passages == ()


@pytest.mark.parametrize(
    ("before", "question", "meant"),
    [
        ("What does RAG cost upfront?", "What about fine-tuning?", "What does fine-tuning cost upfront?"),
        ("What does fine-tuning cost upfront?", "What about RAG?", "What does RAG cost upfront?"),
        ("RAG的成本結構如何？", "那微調呢？", "微調的成本結構如何？"),
        ("微调的成本结构如何？", "那RAG呢？", "RAG的成本结构如何？"),
        ("RAGの初期コストは？", "ファインチューニングは？", "ファインチューニングの初期コストは？"),
    ],
)
def test_the_other_approach_is_asked_what_this_one_was(before: str, question: str, meant: str) -> None:
    assert follow(question, Answered(before, ("core-differences/cost-structure",))).together == meant


def test_after_a_question_about_both_nothing_is_swapped() -> None:
    assert "What does" not in follow("What about RAG?", Answered("What does RAG or fine-tuning cost?", ())).together


def test_what_only_points_is_read_behind_the_question_before() -> None:
    found = follow("Why is that?", _COST)

    assert found.together == f"{_COST.question} Why is that?"
    assert found.passages == ()


def test_of_a_long_question_the_end_is_leant_on() -> None:
    found = follow("Why is that?", Answered("x" * 1_000, ()))

    assert len(found.together) == MAX_LEANT_ON
    assert found.together.endswith("x Why is that?")


def test_passages_that_the_article_no_longer_has_are_passed_over() -> None:
    last = Answered("When?", ("gone", *_SIGNALS))

    assert follow("And the first one?", last).passages == _SIGNALS[:1]
    assert follow("What else?", Answered("When?", ("gone",))).passages == ()


def test_every_difference_can_be_pointed_at() -> None:
    words = ("first", "second", "third", "fourth")
    found = [follow(f"And the {word}?", Answered("How do they differ?", _DIFFERENCES)).passages for word in words]

    assert found == [(passage,) for passage in _DIFFERENCES]


@pytest.mark.parametrize("question", ["and the other differences?", "the rest?", "其他幾項呢", "他の違いは?"])
def test_the_others_of_a_list_are_those_that_were_not_shown(question: str) -> None:
    last = Answered("What does each cost?", ("core-differences/cost-structure",))

    assert follow(question, last).passages == (
        "core-differences/knowledge-freshness",
        "core-differences/behavioral-consistency",
        "core-differences/explainability",
    )
