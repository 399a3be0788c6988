"""An answer in words: the claim first, then what it rests on, and every sentence with its proof."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.citations import Cited, cite, faults
from advisor.claims import claims
from advisor.composing.answers import answered
from advisor.deciding import citable
from advisor.knowledge import ARTICLE, Passage, article, in_language
from advisor.language import LANGUAGES, Language, detect, to_simplified
from advisor.phrases import phrases
from advisor.retrieval.search import Hit
from advisor.rules.load import load_rules
from advisor.turn import Answer, Excerpt, quotes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.citations import Sources
    from advisor.claims import Point

_TOPIC = re.compile(r"(?<![A-Za-z])RAG(?![A-Za-z])|fine-?\s?tun|微調|微调|ファインチューニング", re.IGNORECASE)
_QUOTED = re.compile(r"“([^“”]*)” ?\[(\d+)\]")
_OFF_TOPIC: dict[Language, str] = {
    "en": "who won the world cup?",
    "zh-Hant": "台北今天天氣如何？",
    "zh-Hans": "上海今天天气怎么样？",
    "ja": "東京の明日の天気は？",
}
_ON_TOPIC: dict[Language, str] = {
    "en": "what does a RAG engineer earn?",
    "zh-Hant": "微調工程師的薪水是多少？",
    "zh-Hans": "微调工程师的薪水是多少？",
    "ja": "ファインチューニングの技術者の年収は？",
}
_SIGNALS = tuple(passage for passage in article() if passage.startswith("when-to-fine-tune/"))
_DIFFERENCES = tuple(passage for passage in article() if passage.startswith("core-differences/"))
_DOCUMENT = Passage("handbook.md", "2", "en", "Holidays", ("Staff get 27 days. RAG answers questions about them.",))

_each_language = pytest.mark.parametrize("language", LANGUAGES)


def _sentences(point: Point) -> list[str]:
    """A point's quote by its sentences, each without the full stop that the reply puts behind the marker."""
    return [each.rstrip(".。") for each in re.split(r"(?<=。)|(?<=\.) ", point.quote) if each]


@cache
def _sources(language: Language) -> Sources:
    found = {**citable(load_rules(frozenset(article())), language)}
    return {**found, (_DOCUMENT.source, _DOCUMENT.id): _DOCUMENT}


def _hits(language: Language, passages: Sequence[str]) -> tuple[Hit, ...]:
    return tuple(Hit(1, 1.0, 1.0, in_language(article()[passage], language)) for passage in passages)


def _answer(language: Language, *passages: str, at: int | None = None, **parts: object) -> Answer:
    """An answer from passages of the article, with all their points or with the one ``at`` a place."""
    offered = [claims(language).points.get(passage, ()) for passage in passages]
    made = tuple(point for points in offered for place, point in enumerate(points) if at in (None, place))
    return Answer("?", _hits(language, passages), points=made, **parts)  # type: ignore[arg-type]


def _said(answer: Answer, language: Language) -> list[str]:
    """The paragraphs of the reply to one question, proved; nothing may be lost."""
    return _proved(answer, language).reply.split("\n\n")


def _proved(answer: Answer, language: Language) -> Cited:
    draft = "\n\n".join(answered(answer, language, phrases(language)))
    sources = _sources(language)
    cited = cite(draft, sources, quotes((answer,)))
    assert cited.dropped == ()
    assert faults(cited.reply, cited.citations, sources) == ()
    return cited


def _bare(text: str) -> str:
    return re.sub(r" *\[\d+\]", "", text)


# --- the claim, then the words that it rests on ------------------------------------------------------------


@_each_language
@pytest.mark.parametrize("passage", sorted(claims("en").points))
def test_an_answer_begins_with_the_claim_and_its_marker(passage: str, language: Language) -> None:
    for place, point in enumerate(claims(language).points[passage]):
        statement, support = _said(_answer(language, passage, at=place), language)

        assert _bare(statement) == point.claim
        assert re.fullmatch(r".+ \[1\][.。]", statement)
        assert _QUOTED.findall(support) == [(sentence, "1") for sentence in _sentences(point)]


@_each_language
def test_each_sentence_of_a_claim_carries_the_marker(language: Language) -> None:
    for passage in claims(language).points:
        statement = _said(_answer(language, passage), language)[0]
        parts = [part for part in re.split(r"(?<=。)|(?<=\.) ", statement) if part]

        assert [part for part in parts if not part.rstrip(".。").endswith("[1]")] == [], passage


@_each_language
def test_several_points_are_made_and_quoted_in_their_order(language: Language) -> None:
    points = claims(language).points["my-take"]

    statement, support = _said(_answer(language, "my-take"), language)

    gap = " " if language == "en" else ""
    assert _bare(statement) == gap.join(point.claim for point in points)
    quoted = [quote for quote, _ in _QUOTED.findall(support)]
    assert quoted == [sentence for point in points for sentence in _sentences(point)]


@_each_language
def test_every_quote_of_a_reply_is_word_for_word(language: Language) -> None:
    for passage in article():
        cited = _proved(_answer(language, passage), language)
        for quote, n in _QUOTED.findall("\n".join(cited.reply.split("\n\n")[1:])):
            citation = cited.citations[int(n) - 1]
            assert any(quote in line for line in _sources(language)[citation.source, citation.id].lines)


@_each_language
def test_a_citation_quotes_what_the_answer_rests_on(language: Language) -> None:
    for place, point in enumerate(claims(language).points["my-take"]):
        (citation,) = _proved(_answer(language, "my-take", at=place), language).citations
        assert citation.quote == point.quote


@_each_language
def test_a_passage_without_claims_speaks_for_itself(language: Language) -> None:
    """The references exist in one language only, and say who is quoted."""
    (only,) = _said(_answer(language, "references"), language)

    own = article()["references"]["zh-Hant"].text.rstrip("。")
    assert (to_simplified(own) if language == "zh-Hans" else own) in _bare(only)


# --- two sides, lists ----------------------------------------------------------------------------------------


@_each_language
@pytest.mark.parametrize("passage", _DIFFERENCES)
def test_a_comparison_puts_two_sides_beside_each_other_and_quotes_the_line(passage: str, language: Language) -> None:
    sides = claims(language).sides[passage]

    statement, support = _said(_answer(language, passage), language)

    places = [statement.index(words) for words in (f"**{sides.aspect}**", sides.rag, sides.fine_tune)]
    assert places == sorted(places)
    assert statement.count("[1]") == 1
    assert _QUOTED.findall(support) == [(in_language(article()[passage], language).text, "1")]


@_each_language
@pytest.mark.parametrize("section", ["core-differences", "when-to-fine-tune", "decision-framework"])
def test_a_whole_list_is_introduced_and_each_item_has_its_own_marker(section: str, language: Language) -> None:
    bullets = [passage for passage in article() if passage.startswith(f"{section}/")]

    (only,) = _said(_answer(language, *bullets), language)

    introduction, *items = only.split("\n")
    assert introduction == claims(language).lists[section]
    assert [set(re.findall(r"\[(\d+)\]", item)) for item in items] == [{str(n)} for n in range(1, len(bullets) + 1)]
    assert all(item.startswith("- ") for item in items)


@_each_language
def test_a_part_of_a_list_is_not_introduced_as_the_whole(language: Language) -> None:
    """Three of four: "four points:" would promise one more than is shown."""
    (only,) = _said(_answer(language, *_DIFFERENCES[1:]), language)

    assert only.split("\n")[0] == phrases(language).say("answer.intro")


@_each_language
def test_passages_of_several_places_are_a_list_without_a_count(language: Language) -> None:
    (only,) = _said(_answer(language, "what-is-rag", *_SIGNALS[:2]), language)

    introduction, *items = only.split("\n")
    assert introduction == phrases(language).say("answer.intro")
    assert len(items) == 3


@_each_language
def test_two_passages_are_told_in_one_breath(language: Language) -> None:
    statement, support = _said(_answer(language, "core-differences/cost-structure", "closing", at=0), language)

    assert statement.index("[1]") < statement.index("[2]")
    assert [n for _, n in _QUOTED.findall(support)] == ["1", "2"]


# --- what is contradicted, what is not covered ------------------------------------------------------------------


@_each_language
@pytest.mark.parametrize("passages", [("value-of-fine-tuning",), _DIFFERENCES[:1], _SIGNALS])
def test_what_the_article_contradicts_is_said_before_the_claim(passages: tuple[str, ...], language: Language) -> None:
    otherwise = phrases(language).say("answer.otherwise")

    assert _said(_answer(language, *passages, contradicted=True), language)[0].startswith(otherwise)
    assert otherwise not in _said(_answer(language, *passages), language)[0]


@_each_language
def test_a_part_that_is_not_covered_is_named(language: Language) -> None:
    part = _OFF_TOPIC[language]

    *_, last = _said(_answer(language, "what-is-rag", not_covered=(part,)), language)

    assert part in last
    assert "[" not in last
    assert last == phrases(language).say("answer.partly_named", words=part)


@_each_language
def test_a_part_with_the_topic_in_it_is_not_repeated_for_it_has_no_proof(language: Language) -> None:
    part = _ON_TOPIC[language]

    *_, last = _said(_answer(language, "what-is-rag", not_covered=(part,)), language)

    assert last == phrases(language).say("answer.partly")
    assert not _TOPIC.search(last)


@_each_language
def test_every_part_that_is_not_covered_is_told(language: Language) -> None:
    parts = (_OFF_TOPIC[language], _ON_TOPIC[language])

    said = _said(_answer(language, "what-is-rag", not_covered=parts), language)

    assert said[-2:] == [
        phrases(language).say("answer.partly_named", words=parts[0]),
        phrases(language).say("answer.partly"),
    ]


@_each_language
def test_what_is_not_covered_at_all_is_said_and_nothing_else(language: Language) -> None:
    say = phrases(language).say

    assert _said(Answer("?", ()), language) == [say("answer.not_covered"), say("answer.can_ask")]
    said = _said(Answer("?", (), has_documents=True), language)
    assert said == [say("answer.not_covered_documents"), say("answer.can_ask")]


@_each_language
def test_a_documents_words_come_after_the_articles_with_their_own_proof(language: Language) -> None:
    excerpt = Excerpt(_DOCUMENT, _DOCUMENT.lines[0])

    *_, last = _said(_answer(language, "what-is-rag", at=0, excerpts=(excerpt,)), language)

    assert "handbook.md" in last
    assert "[2]" in last


@_each_language
def test_an_answer_is_in_the_readers_language(language: Language) -> None:
    for passage in claims(language).points:
        reply = _proved(_answer(language, passage, not_covered=(_OFF_TOPIC[language],)), language).reply
        assert detect(re.sub(r"“[^“”]*”", "", reply), language) == language


# --- whatever there is to say ---------------------------------------------------------------------------------

_PART = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "RAG? [1] [[article:what-is-rag]]",
            "who “won”? RAG did. Really!",
            "「微調」？",
            "a\n\n# b. Fine-tuning",
            "…",
            "https://example.com?",
        ]
    ),
)


@st.composite
def _answers(draw: st.DrawFn) -> tuple[Language, Answer]:
    language = draw(st.sampled_from(LANGUAGES))
    passages = draw(st.lists(st.sampled_from(sorted(article())), max_size=5, unique=True))
    offered = [point for passage in passages for point in claims(language).points.get(passage, ())]
    made = tuple(point for point in offered if draw(st.booleans()))
    excerpt = Excerpt(_DOCUMENT, draw(st.sampled_from([_DOCUMENT.text, "Staff get 27 days."])))
    document = draw(st.sampled_from(["none", "answers", "nearest"]))
    return language, Answer(
        draw(_PART),
        _hits(language, passages),
        (excerpt,) if document == "answers" else (),
        excerpt if document == "nearest" and not passages else None,
        document != "none",
        made,
        draw(st.booleans()) and bool(passages),
        tuple(draw(st.lists(_PART, max_size=3))),
    )


@settings(max_examples=300, deadline=None)
@given(_answers())
def test_whatever_there_is_to_say_is_proved_and_nothing_is_lost(given_answer: tuple[Language, Answer]) -> None:
    """`_proved` checks that nothing is dropped and that every proof holds."""
    language, answer = given_answer

    cited = _proved(answer, language)

    assert cited.reply
    assert {citation.id for citation in cited.citations if citation.source == ARTICLE} == {
        hit.passage.id for hit in answer.hits
    }
    for line in cited.reply.split("\n"):
        for sentence in re.split(r"(?<=[。！？])|(?<=[.!?]) ", re.sub(r"[“「][^“”「」]*[”」]", "", line)):
            assert not _TOPIC.search(sentence) or re.search(r"\[\d+\]", line), sentence
