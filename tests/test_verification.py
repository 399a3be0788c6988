"""A sentence says only what its passages say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.claims import claims
from advisor.knowledge import article
from advisor.language import LANGUAGES, Language
from advisor.verification import advises, groundedness, names, numbers, same_script, strangers


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1M+ daily calls", {1e6}),
        ("1,000,000 calls", {1e6}),
        ("每日百萬次以上", {1e6}),
        ("日次100万回以上", {1e6}),
        ("over 70% by 2026", {70, 2026}),
        ("３０ 件", {30}),
        ("It is cheap [3].", set()),
        ("It is cheap [[article:landscape-2026]].", set()),
        ("two and a half", set()),
    ],
)
def test_numbers_are_compared_by_their_value(text: str, values: set[float]) -> None:
    assert numbers(text) == values


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Pinecone is cheap.", frozenset()),  # a sentence begins with a capital whatever it begins with
        ("It runs on Pinecone.", {"pinecone"}),
        ("Use QLoRA or GPT-4.", {"qlora", "gpt-4"}),
        ("以 Pinecone 建置 RAG", {"pinecone"}),
        ("RAG and LLM are common words here", frozenset()),
        ("I think so", frozenset()),
    ],
)
def test_names_are_what_has_capitals_or_stands_among_ideographs(text: str, found: set[str]) -> None:
    assert names(text) == found


def test_a_number_or_a_name_that_nobody_said_is_a_stranger() -> None:
    passage = article()["landscape-2026"]["en"].text

    assert strangers("Over 70% of the Fortune 500 have one.", [passage]) == ()
    assert strangers("Over 80% of the Fortune 500 have one.", [passage]) == ("80",)
    assert strangers("We saw that Gartner counts 70%.", [passage]) == ("gartner",)
    assert strangers("We saw that Gartner counts 70%.", [passage, "what does Gartner say?"]) == ()


def test_a_sentence_of_the_passage_is_grounded_and_an_invention_is_not() -> None:
    passage = article()["core-differences/cost-structure"]["en"].text

    assert groundedness(passage, [passage]) == 1.0
    assert groundedness("Bananas grow well on volcanic slopes", [passage]) < 0.1
    assert groundedness("", [passage]) == 1.0
    assert groundedness("香蕉適合種在火山坡地", [article()["closing"]["zh-Hant"].text]) < 0.1


@given(st.text(), st.lists(st.text(), max_size=3))
def test_a_share_is_a_share_whatever_is_compared(sentence: str, passages: list[str]) -> None:
    assert 0.0 <= groundedness(sentence, passages) <= 1.0
    assert strangers(sentence, [sentence]) == ()


@pytest.mark.parametrize(
    "sentence",
    [
        "I recommend fine-tuning.",
        "You should choose RAG.",
        "建議直接微調。",
        "建议先微调",
        "ファインチューニングをお勧めします。",
        "RAGを使うべきです",
    ],
)
def test_a_verdict_is_known_by_its_words(sentence: str) -> None:
    assert advises(sentence)


@pytest.mark.parametrize("sentence", ["RAG updates instantly.", "RAG可即時更新", "RAGはリアルタイム更新可能"])
def test_a_fact_is_no_verdict(sentence: str) -> None:
    assert not advises(sentence)


def test_words_are_compared_in_one_script_only() -> None:
    assert same_script("RAG is quick", "It is fast")
    assert not same_script("RAG is quick", "部署快")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_claim_of_ours_names_and_counts_only_what_its_passage_does(language: Language) -> None:
    made = claims(language)
    for passage_id, points in made.points.items():
        texts = [f"{each.heading}\n{each.text}" for each in article()[passage_id].values()]
        for point in points:
            assert strangers(point.claim, texts) == (), point
    for passage_id, sides in made.sides.items():
        assert strangers(sides.text, [each.text for each in article()[passage_id].values()]) == ()
