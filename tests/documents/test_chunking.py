"""A document cut into passages: along its headings, between sentences only, nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.documents.chunking import DEEPEST, MAX_HEADING, MOST_TOKENS, chunks, token_counter
from advisor.documents.parsing import Block, ParsedDocument
from tests.program import CHECKOUT, PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.documents.chunking import Chunk


def _cut(*blocks: Block) -> list[Chunk]:
    return list(chunks(ParsedDocument("A title", blocks)))


def _texts(found: list[Chunk]) -> list[str]:
    return ["\n".join(chunk.lines) for chunk in found]


def _squeezed(text: str) -> str:
    return "".join(text.split())


# headings and places


def test_a_passage_knows_the_path_of_headings_above_it() -> None:
    found = _cut(
        Block("Staff", 1),
        Block("Everybody is staff."),
        Block("Leave", 2),
        Block("Sick leave", 3),
        Block("Ring before nine."),
        Block("Travel", 2),
        Block("Trains first."),
        Block("Visitors", 1),
        Block("Visitors sign the book."),
    )

    assert [(chunk.headings, chunk.lines) for chunk in found] == [
        (("Staff",), ("Everybody is staff.",)),
        (("Staff", "Leave", "Sick leave"), ("Ring before nine.",)),
        (("Staff", "Travel"), ("Trains first.",)),
        (("Visitors",), ("Visitors sign the book.",)),
    ]


def test_a_document_may_begin_with_a_deep_heading_and_climb() -> None:
    found = _cut(Block("Deep", 4), Block("One."), Block("Middle", 2), Block("Two."), Block("Top", 1), Block("Three."))

    assert [chunk.headings for chunk in found] == [("Deep",), ("Middle",), ("Top",)]


def test_of_many_headings_the_innermost_are_named_and_long_ones_cut() -> None:
    deep = [Block(f"Level {level}", level) for level in range(1, 7)]

    (found,) = _cut(*deep[:-1], Block("x" * 500, 6), Block("Text."))

    assert found.headings == ("Level 3", "Level 4", "Level 5", "x" * MAX_HEADING)
    assert len(found.headings) == DEEPEST


def test_text_before_any_heading_has_none() -> None:
    (found,) = _cut(Block("Just a line."))

    assert (found.headings, found.place) == ((), "")


def test_a_passage_stands_where_its_first_paragraph_stands() -> None:
    found = _cut(
        Block("Prices", 1, "page 1"),
        Block("Bread is cheap.", 0, "page 2"),
        Block("Milk is not.", 0, "page 3"),
        Block("Rooms", 1, "page 7"),
        Block("Where the paragraph has no place, the heading's counts."),
    )

    assert [(chunk.place, chunk.lines) for chunk in found] == [
        ("page 2", ("Bread is cheap.", "Milk is not.")),
        ("page 7", ("Where the paragraph has no place, the heading's counts.",)),
    ]


def test_every_piece_of_a_long_section_has_a_place_of_its_own() -> None:
    paragraphs = [
        Block(f"Paragraph {n} tells at length how room {n} is heated. " * 6, 0, f"line {n}") for n in range(9)
    ]

    found = _cut(Block("Heating", 1, "line 0"), *paragraphs)

    assert len(found) > 2
    for chunk in found:
        assert chunk.lines[0].startswith(f"Paragraph {chunk.place.removeprefix('line ')} ")


def test_paragraphs_of_two_sections_never_share_a_passage() -> None:
    assert len(_cut(Block("One", 1), Block("A."), Block("Two", 1), Block("B."))) == 2


def test_a_heading_with_nothing_under_it_stands_alone() -> None:
    """A slide that has a title only says something."""
    found = _cut(Block("Refunds are not possible after 30 days", 1), Block("Contact", 1), Block("Ring us."))

    assert any("Refunds" in text for text in _texts(found))


def test_nothing_gives_nothing() -> None:
    assert _cut() == []
    assert _cut(Block(" \n\t ")) == []


# sentences stay whole


_WORDS = ("rooms", "keys", "are", "not", "open", "at", "9.30", "for", "1,000", "e.g.staff", "(always)", "dogs")
_ENGLISH = st.lists(st.sampled_from(_WORDS), max_size=40)
_CJK = st.text(alphabet="訪客必須在櫃檯登記姓名访客受付で記入ください、「」", max_size=70)


@st.composite
def _paragraphs(draw: st.DrawFn) -> list[list[str]]:
    """Paragraphs of sentences, each sentence with a number that no other has."""
    found, number = [], 0
    for size in draw(st.lists(st.integers(1, 14), min_size=1, max_size=6)):
        paragraph = []
        for _ in range(size):
            number += 1
            if draw(st.booleans()):
                words = " ".join(["Rule", f"n{number}n", *draw(_ENGLISH)])
                paragraph.append(words + draw(st.sampled_from([".", "!", "?", ".”"])))
            else:
                paragraph.append(f"第{number}條" + draw(_CJK) + draw(st.sampled_from(["。", "！", "？」", "。」"])))
        found.append(paragraph)
    return found


@settings(max_examples=60, deadline=None)
@given(_paragraphs(), st.sets(st.integers(0, 5)))
def test_every_sentence_stands_whole_in_exactly_one_passage_in_its_order(
    paragraphs: list[list[str]], headed: set[int]
) -> None:
    blocks = []
    for place, paragraph in enumerate(paragraphs):
        if place in headed:
            blocks.append(Block(f"Heading {place}", 1))
        blocks.append(Block(" ".join(paragraph)))

    found = _texts(_cut(*blocks))

    where = []
    for sentence in (sentence for paragraph in paragraphs for sentence in paragraph):
        having = [place for place, text in enumerate(found) if sentence in text]
        assert len(having) == 1, sentence
        where.append((having[0], found[having[0]].index(sentence)))
    assert where == sorted(where)
    assert _squeezed("".join(found)) == _squeezed("".join("".join(paragraph) for paragraph in paragraphs))


@settings(max_examples=40, deadline=None)
@given(_paragraphs())
def test_a_passage_is_within_the_limit_unless_it_is_one_sentence(paragraphs: list[list[str]]) -> None:
    count = token_counter()
    longest = max(count(sentence) for paragraph in paragraphs for sentence in paragraph)

    for chunk in _cut(*(Block(" ".join(paragraph)) for paragraph in paragraphs)):
        assert sum(map(count, chunk.lines)) <= max(MOST_TOKENS, longest) * 1.1


LONG = {
    "en": "The visitor signs the book at the front desk. " * 90,
    "zh-Hant": "訪客必須在櫃檯登記姓名。" * 300,
    "zh-Hans": "访客必须在前台登记姓名。" * 300,
    "ja": "訪問者は受付で名前を記入してください。" * 200,
}


@pytest.mark.parametrize(("language", "text"), LONG.items(), ids=LONG)
def test_a_long_paragraph_is_split_between_sentences_and_nothing_is_lost(language: str, text: str) -> None:
    found = _cut(Block(text))

    texts = _texts(found)
    sizes = [token_counter()(piece) for piece in texts]
    assert len(texts) > 3
    assert all(piece[-1] in ".。" for piece in texts)
    assert all(size <= MOST_TOKENS * 1.1 for size in sizes)
    assert min(sizes[:-1]) > MOST_TOKENS / 2
    assert _squeezed("".join(texts)) == _squeezed(text)
    assert all(piece in text for piece in texts)
    assert {chunk.language for chunk in found} == {language}


@pytest.mark.parametrize(
    "sentence", ["a" * 20_000 + ".", "word " * 3_000 + "end.", "字" * 8_000 + "。"], ids=["run", "words", "CJK"]
)
def test_one_giant_sentence_stays_whole_between_its_neighbours(sentence: str) -> None:
    texts = _texts(_cut(Block(f"A short one. {sentence} Version 3.5 follows.")))

    assert [text for text in texts if sentence in text] == [sentence]
    assert texts[0] == "A short one."
    assert texts[-1] == "Version 3.5 follows."


@pytest.mark.parametrize(
    "sentence",
    [
        "We sell vans (cars etc.), bikes and boats to many towns.",
        "He said “Stop.”, then he left the building for good.",
        "The limit is 10 (see p. 4.)[2] for every single visitor.",
    ],
)
def test_a_full_stop_inside_brackets_or_quotes_does_not_end_a_sentence(sentence: str) -> None:
    """The text of a long paragraph is stored as it stands, else a quote is not verbatim."""
    text = " ".join([sentence] * 40)

    assert all(piece in text and piece.endswith(sentence) for piece in _texts(_cut(Block(text))))


def test_a_long_paragraph_of_two_scripts_keeps_its_spaces() -> None:
    text = " ".join(["請先登記 with Peter. 然後上樓。 Then wait."] * 60)

    assert all(piece in text for piece in _texts(_cut(Block(text))))


def test_each_passage_has_the_language_of_its_own_text() -> None:
    found = _cut(
        Block("One", 1), Block("The garage closes at ten."), Block("Two", 1), Block("車庫晚上十點關門。"),
        Block("Three", 1), Block("12.50 / 13.80"),
    )  # fmt: skip

    assert [chunk.language for chunk in found] == ["en", "zh-Hant", "en"]


# tokens


def test_special_tokens_in_a_document_are_text_like_any_other() -> None:
    assert token_counter()("<|endoftext|>") > 1
    assert _texts(_cut(Block("Write <|endoftext|> at the end."))) == ["Write <|endoftext|> at the end."]


def test_tokens_are_counted_without_any_network_and_without_a_cache(tmp_path: Path) -> None:
    code = (
        "import socket\n"
        "def refuse(*_, **__): raise AssertionError('network')\n"
        "socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse\n"
        "from advisor.documents.chunking import token_counter\n"
        "print(token_counter()('The garage closes at ten.'))"
    )

    ended = subprocess.run(
        (sys.executable, "-c", code),
        capture_output=True, check=False, cwd=CHECKOUT, text=True, timeout=PATIENCE_S,
        env={**os.environ, "TIKTOKEN_CACHE_DIR": str(tmp_path), "DATA_GYM_CACHE_DIR": str(tmp_path)},
    )  # fmt: skip

    assert (ended.stdout, ended.stderr) == ("6\n", "")
