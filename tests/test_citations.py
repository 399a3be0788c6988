"""From a draft to a reply with proof."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from advisor.citations import (
    Sources,
    cite,
    faults,
    mentions_topic,
    quoted_words,
    reference,
    sentences,
    unproved,
    with_reference,
)
from advisor.knowledge import ARTICLE, article, in_language
from advisor.language import LANGUAGES, Language

_WHAT, _TAKE, _CLOSING = (reference(ARTICLE, passage) for passage in ("what-is-rag", "my-take", "closing"))


def _sources(language: Language = "en") -> Sources:
    return {(ARTICLE, passage_id): in_language(parallel, language) for passage_id, parallel in article().items()}


def test_markers_are_numbered_in_order_of_appearance() -> None:
    cited = cite(f"One {_CLOSING}. Two {_WHAT}. Three {_TAKE}.", _sources())

    assert cited.reply == "One [1]. Two [2]. Three [3]."
    assert [(c.n, c.id) for c in cited.citations] == [(1, "closing"), (2, "what-is-rag"), (3, "my-take")]


def test_a_passage_keeps_its_number_when_it_is_cited_again() -> None:
    cited = cite(f"One {_WHAT}.\n\nTwo {_TAKE}.\n\nOne more {_WHAT}.", _sources())

    assert cited.reply == "One [1].\n\nTwo [2].\n\nOne more [1]."
    assert len(cited.citations) == 2


def test_parallel_passages_are_one_citation_in_the_readers_language() -> None:
    """The article's ids are the same in all languages, so a passage cannot be cited twice as two."""
    cited = cite(f"RAG is quick to set up {_WHAT}{_WHAT}.", _sources("ja"))

    assert [(c.id, c.language) for c in cited.citations] == [("what-is-rag", "ja")]


def test_a_reader_of_simplified_chinese_gets_the_traditional_source_word_for_word() -> None:
    (citation,) = cite(f"RAG 适合起步 {_WHAT}。", _sources("zh-Hans")).citations

    assert citation.language == "zh-Hant"
    assert citation.quote == article()["what-is-rag"]["zh-Hant"].lines[0]


def test_references_side_by_side_become_markers_without_a_gap() -> None:
    assert cite(f"Both {_WHAT} {_TAKE}.", _sources()).reply == "Both [1][2]."


def test_a_reference_to_a_passage_that_is_not_at_hand_is_dropped() -> None:
    cited = cite(f"It is quick {reference(ARTICLE, 'made-up')}{_WHAT}.", _sources())

    assert cited.reply == "It is quick [1]."
    assert [c.id for c in cited.citations] == ["what-is-rag"]


def test_a_passage_of_another_source_is_not_at_hand() -> None:
    assert cite(f"It is quick {reference('elsewhere', 'what-is-rag')}.", _sources()).citations == ()


@pytest.mark.parametrize(
    "sentence",
    [
        "RAG is cheaper.",
        "Fine-tuning is cheaper.",
        "Finetune it.",
        "A hybrid is cheaper.",
        "這時該做微調。",
        "这时该做微调。",
        "混合架構比較貴。",
        "ファインチューニングが有利です。",
        f"RAG is cheaper {reference(ARTICLE, 'made-up')}.",
    ],
)
def test_a_sentence_about_the_topic_without_a_proof_does_not_leave(sentence: str) -> None:
    cited = cite(f"Good morning. {sentence} Have a good day.", _sources())

    assert cited.reply == "Good morning. Have a good day."
    assert len(cited.dropped) == 1


def test_only_the_unproved_sentence_of_a_line_is_dropped() -> None:
    cited = cite(f"RAG is quick {_WHAT}. Fine-tuning is magic. Ask me more.", _sources())

    assert cited.reply == "RAG is quick [1]. Ask me more."
    assert cited.dropped == ("Fine-tuning is magic.",)


def test_a_line_of_which_nothing_is_left_leaves_no_gap() -> None:
    assert cite("Good morning.\n- RAG is cheap.\n- Ask me more.", _sources()).reply == "Good morning.\n- Ask me more."


def test_what_does_not_speak_of_the_topic_needs_no_proof() -> None:
    assert cite("How often does the knowledge change?", _sources()).dropped == ()


@pytest.mark.parametrize("word", ["storage", "fragment", "drag", "RAGE"])
def test_a_word_that_only_contains_the_letters_is_not_the_topic(word: str) -> None:
    """'storage' contains 'rag', but is not RAG."""
    assert not mentions_topic(f"The {word} is full.")


def test_a_citation_quotes_the_first_line_of_its_passage_word_for_word() -> None:
    (citation,) = cite(f"Start simple {_TAKE}.", _sources()).citations

    assert citation.quote == article()["my-take"]["en"].lines[0]


def test_a_citation_quotes_the_line_that_is_asked_for() -> None:
    quote = "RAG is your first answer."

    (citation,) = cite(f"Start simple {_TAKE}.", _sources(), {(ARTICLE, "my-take"): quote}).citations

    assert citation.quote == quote


def test_a_quote_that_is_not_in_the_passage_is_replaced_by_one_that_is() -> None:
    invented = {(ARTICLE, "my-take"): "RAG is always right."}

    cited = cite(f"Start simple {_TAKE}.", _sources(), invented)

    assert cited.citations[0].quote in article()["my-take"]["en"].text


@pytest.mark.parametrize(
    "words",
    [
        "[9]",
        "[[article:my-take]]",
        "[[rules:start-with-rag]] every Monday",
        "**bold** and *italic* and _underlined_ and `code`",
        "<script>alert(1)</script>",
        '<img src="x" onerror=prompt()>',
        "# A heading",
        "| a | b |",
        "[click](javascript:alert(1))",
        "![picture](https://example.org/x.png)",
        "every Monday\n\n# and a heading\n- and a list",
    ],
)
def test_markup_in_a_users_words_is_neutralised(words: str) -> None:
    safe = quoted_words(words)

    assert not re.search(r"[\[\]*_`<>#|\n]", safe)
    assert cite(f"Noted: weekly (“{safe}”).", _sources()).citations == ()


def test_a_users_words_cannot_make_a_marker_or_a_reference() -> None:
    cited = cite(f"Noted: weekly (“{quoted_words('[9] [[article:my-take]]')}”) {_WHAT}.", _sources())

    assert re.findall(r"\[\d+\]", cited.reply) == ["[1]"]
    assert [c.id for c in cited.citations] == ["what-is-rag"]
    assert faults(cited.reply, cited.citations, _sources()) == ()


def test_a_users_words_keep_their_letters() -> None:
    assert quoted_words("  every\tMonday,\n 每週一 ") == "every Monday, 每週一"


@pytest.mark.parametrize(
    "words", ["Every Monday.", "每週一。", "毎週月曜!", "Every Monday , ", "每週一！", "每周一，", "每周一；"]
)
def test_a_users_words_lose_the_punctuation_that_closes_them(words: str) -> None:
    """They stand inside a sentence of ours, which has its own."""
    assert quoted_words(words)[-1].isalnum()


def test_long_words_are_cut_at_the_limit_and_say_so() -> None:
    assert quoted_words("x" * 120) == "x" * 120
    assert quoted_words("x" * 121) == "x" * 119 + "…"
    assert len(quoted_words("word " * 100, limit=60)) <= 60


def test_nothing_said_gives_nothing_to_quote() -> None:
    assert quoted_words(" \n ") == ""


@pytest.mark.parametrize(
    ("sentence", "proved"),
    [
        ("It is quick.", "It is quick [[article:my-take]]."),
        ("很快。", "很快 [[article:my-take]]。"),
        ("Is it quick?", "Is it quick [[article:my-take]]?"),
        ("“It is quick.”", "“It is quick [[article:my-take]].”"),
        ("「很快。」", "「很快 [[article:my-take]]。」"),
        ("It is quick", "It is quick [[article:my-take]]"),
    ],
)
def test_a_reference_stands_before_the_closing_punctuation(sentence: str, proved: str) -> None:
    assert with_reference(sentence, _TAKE) == proved


def test_a_reply_in_order_has_no_faults() -> None:
    cited = cite(f"RAG is quick {_WHAT}.", _sources())

    assert faults(cited.reply, cited.citations, _sources()) == ()


def test_every_fault_of_a_reply_is_found() -> None:
    (citation,) = cite(f"RAG is quick {_WHAT}.", _sources()).citations
    foreign = replace(citation, n=2, id="made-up")
    altered = replace(citation, n=3, quote="RAG is always right.")

    found = faults("RAG is quick [1][3][7]. Fine-tuning is slow.", (citation, foreign, altered), _sources())

    assert found == (
        "marker [7] has no citation",
        "citation [2] stands nowhere in the reply",
        "[2] cites 'made-up', which was not at hand",
        "[3] is not verbatim in 'what-is-rag'",
        "no proof for: Fine-tuning is slow.",
    )


def test_a_quote_may_not_run_across_lines_of_its_passage() -> None:
    (citation,) = cite(f"Start simple {_TAKE}.", _sources()).citations
    across = replace(citation, quote=article()["my-take"]["en"].text)

    assert faults("Start simple [1].", (across,), _sources()) == ("[1] is not verbatim in 'my-take'",)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_the_article_can_be_said_with_its_reference(language: Language) -> None:
    """What the advisor quotes in an answer must pass its own check, whole."""
    for (source, passage_id), passage in _sources(language).items():
        said = [
            with_reference(sentence, reference(source, passage_id))
            for line in passage.lines
            for sentence in sentences(line)
        ]
        cited = cite("\n".join(said), _sources(language))

        assert cited.dropped == (), passage_id
        assert unproved(cited.reply) == (), passage_id


@pytest.mark.parametrize(
    "quote",
    [
        "RAG is your first answer. Fine-tuning is your second answer.",
        "RAG是你的第一個答案。微調是你的第二個答案。",
        "What is RAG? Fine-tuning is not it! RAG is.",
    ],
)
def test_what_is_quoted_belongs_to_its_sentence_however_many_sentences_it_has(quote: str) -> None:
    cited = cite(f"In the article’s words: “{quote}” {_TAKE} Ask me more.", _sources())

    assert cited.dropped == ()
    assert cited.reply == f"In the article’s words: “{quote}” [1] Ask me more."
    assert unproved(cited.reply) == ()


@pytest.mark.parametrize("proof", ["", reference(ARTICLE, "made-up")])
def test_a_quote_without_a_proof_is_dropped_whole(proof: str) -> None:
    """And not by halves: what is left of it would be another quote."""
    cited = cite(f"Good day. It says “So it is. RAG is cheap.” {proof}", _sources())

    assert cited.reply == "Good day."
    assert unproved("It says “So it is. RAG is cheap.”") == ("It says “So it is. RAG is cheap.”",)


def test_the_proof_of_a_quote_is_no_proof_of_the_sentence_after_it() -> None:
    cited = cite(f"“It is so.” {_TAKE}. Fine-tuning is magic.", _sources())

    assert cited.dropped == ("Fine-tuning is magic.",)


def test_quotes_side_by_side_each_need_their_proof() -> None:
    reply = cite(f"“RAG is quick.” {_WHAT} “RAG is first.” {_TAKE}", _sources()).reply

    assert reply == "“RAG is quick.” [1] “RAG is first.” [2]"


def test_a_quotation_mark_that_is_not_closed_hides_nothing() -> None:
    assert cite(f"So “it {_TAKE}. RAG is magic. Good.", _sources()).dropped == ("RAG is magic.",)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two! Three?", 3),
        ("一。二！三？", 3),
        ("It costs 1.5 times as much, e.g.that.", 1),  # a full stop inside a word or a number ends nothing
        ("He said “stop.” Then he left.", 2),
        ("「よい。」そう言った。", 2),
        ("", 0),
    ],
)
def test_a_line_is_split_into_its_sentences(text: str, count: int) -> None:
    parts = sentences(text)

    assert len(parts) == count
    assert "".join("".join(parts).split()) == "".join(text.split())
