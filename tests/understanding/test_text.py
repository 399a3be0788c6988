"""A message is folded for matching, and every piece of it leads back to the user's own words."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.understanding.text import clauses, clean, fold, sentences, spans, whole

MESSAGES = st.lists(
    st.one_of(
        st.sampled_from("aBc İßﬁ①½㍻Ⅳ１２，．。！？；、：…’'\"-—()\n\t .,;:!?"),
        st.sampled_from("資料每週更新但是沒有標註我們的数据更新データは毎週変わりますがｶﾞ"),
        st.sampled_from(["and", " but ", " while ", "但是", "ですが", "2.5", "1,000", "👍🏽", "か\u3099"]),
        st.characters(codec="utf-8"),
    ),
    max_size=80,
).map("".join)

BIDI_CONTROLS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
TAGS = frozenset(map(chr, range(0xE0000, 0xE0080)))


@given(MESSAGES)
def test_every_sentence_and_clause_is_a_substring_of_the_message(message: str) -> None:
    for sentence in sentences(message):
        assert sentence.said in message
        for clause in clauses(sentence):
            assert clause.said in message
            assert clause.said in sentence.said


@given(MESSAGES, st.sampled_from([r"\w+", r"[a-z]+", r"\d[\d.,]*", r"[^\s]+"]))
def test_whatever_a_pattern_finds_was_said(message: str, pattern: str) -> None:
    for span in spans(message, re.compile(pattern)):
        assert span.said
        assert span.said in message


@given(MESSAGES)
def test_every_folded_character_knows_where_it_came_from(message: str) -> None:
    folded, places = fold(message)
    assert len(folded) == len(places)
    assert places == sorted(places)
    assert all(0 <= place < len(message) for place in places)


@given(MESSAGES)
def test_the_whole_message_is_kept_verbatim(message: str) -> None:
    assert whole(message).said == message


FOLDED = {
    "capitals": ("Every WEEK", "every week"),
    "full-width letters and digits": ("ＲＡＧ２００", "rag200"),
    "full-width punctuation": ("毎週，毎日！", "毎周,毎日!"),
    "traditional characters": ("三百萬", "三百万"),
    "a curly apostrophe": ("don’t", "don't"),
    "a ligature": ("ﬁne-tuning", "fine-tuning"),
}


@pytest.mark.parametrize(("message", "folded"), FOLDED.values(), ids=FOLDED)
def test_variants_of_writing_are_folded_together(message: str, folded: str) -> None:
    assert fold(message)[0] == folded


def test_a_span_is_folded_for_matching_and_verbatim_for_quoting() -> None:
    (span,) = spans("我們的資料每週更新", re.compile("每周更新"))
    assert span.text == "每周更新"
    assert span.said == "每週更新"


def test_a_span_after_characters_that_grow_when_folded_is_still_the_users_own() -> None:
    (span,) = spans("㍻ﬁ½ Every Week", re.compile("every week"))
    assert span.said == "Every Week"


SENTENCES = {
    "en": (
        "Prices change every week, but labels are few. What next?",
        ["Prices change every week, but labels are few.", "What next?"],
    ),
    "zh-Hant": ("資料每週更新，但是沒有標註。怎麼辦？", ["資料每週更新，但是沒有標註。", "怎麼辦？"]),
    "zh-Hans": ("数据每周更新。没有标注！", ["数据每周更新。", "没有标注！"]),
    "ja": ("データは毎週変わります。ラベルはありません。", ["データは毎週変わります。", "ラベルはありません。"]),
    "a decimal point does not end one": ("2.5 million calls. Yes", ["2.5 million calls.", "Yes"]),
    "a line break ends one": ("first line\nsecond line", ["first line", "second line"]),
    "a question and an answer": ("Weekly. Why?", ["Weekly.", "Why?"]),
}


@pytest.mark.parametrize(("message", "said"), SENTENCES.values(), ids=SENTENCES)
def test_a_message_is_split_into_sentences(message: str, said: list[str]) -> None:
    assert [sentence.said for sentence in sentences(message)] == said


CLAUSES = {
    "en": ("Prices change every week, but labels are few", ["Prices change every week", "labels are few"]),
    "zh-Hant": ("資料每週更新，但是沒有標註", ["資料每週更新", "沒有標註"]),
    "zh-Hans": ("数据每周更新，不过没有标注", ["数据每周更新", "没有标注"]),
    "ja": ("データは毎週変わりますが、ラベルはありません", ["データは毎週変わります", "ラベルはありません"]),
    "one clause": ("labels are few", ["labels are few"]),
}


@pytest.mark.parametrize(("sentence", "cores"), CLAUSES.values(), ids=CLAUSES)
def test_a_sentence_is_split_into_clauses(sentence: str, cores: list[str]) -> None:
    """Which of the two clauses keeps the conjunction is of no importance."""
    found = clauses(whole(sentence))
    assert len(found) == len(cores)
    assert all(core in clause.said for core, clause in zip(cores, found, strict=True))


@pytest.mark.parametrize("message", ["", "   ", "...", "!?!", "。。。", "\n\n"])
def test_punctuation_alone_is_no_sentence(message: str) -> None:
    assert sentences(message) == ()


@given(st.text(max_size=200))
def test_clean_leaves_no_control_bidirectional_or_tag_character(text: str) -> None:
    cleaned = clean(text)
    assert not [character for character in cleaned if unicodedata.category(character) == "Cc" and character != "\n"]
    assert not BIDI_CONTROLS & set(cleaned)
    assert not TAGS & set(cleaned)


@given(st.text(max_size=200))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    "character",
    [*sorted(BIDI_CONTROLS), "\x00", "\x07", "\x1b", "\x7f", "\x85", "\u200b", "\ufeff", "\U000e0041", "\U000e007f"],
    ids=lambda character: f"U+{ord(character):04X}",
)
def test_an_invisible_character_is_removed_wherever_it_stands(character: str) -> None:
    assert clean(f"{character}every{character} week{character}") == "every week"


CLEANED = {
    "visible text stays": ("Every week — 每週、毎週 👍", "Every week — 每週、毎週 👍"),
    "line breaks stay, in one form": ("one\r\ntwo\rthree\nfour", "one\ntwo\nthree\nfour"),
    "a tab is a space": ("one\ttwo", "one two"),
    "ends are stripped": ("  every week \n", "every week"),
    "nothing is left of nothing": ("\u200b\u202e\x00", ""),
}


@pytest.mark.parametrize(("text", "cleaned"), CLEANED.values(), ids=CLEANED)
def test_clean_keeps_what_can_be_seen(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned
