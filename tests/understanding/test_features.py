"""What a classifier sees of a text's words: the same for every way of writing the same."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.content import content_path
from advisor.understanding.features import BUCKETS, buckets, ngrams

SAME = {
    "capitals": ("Every Week", "every week"),
    "full width": ("ＲＡＧ２００", "RAG200"),
    "curly apostrophe": ("we don’t know", "we don't know"),
    "script": ("我們的資料每週更新", "我们的资料每周更新"),
    "punctuation": ("yes, every week!", "yes every week"),
    "half-width katakana": ("ﾃﾞｰﾀ", "データ"),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_ways_of_writing_the_same_words_look_the_same(one: str, other: str) -> None:
    assert buckets(one) == buckets(other)


DIFFERENT = {
    "en, a negation": ("it does change", "it does not change"),
    "en, word order": ("accuracy over consistency", "consistency over accuracy"),
    "zh-Hant, a negation": ("需要", "不需要"),
    "ja, a negation": ("変わります", "変わりません"),
}


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_words_that_matter_are_seen(one: str, other: str) -> None:
    assert buckets(one) != buckets(other)


def test_latin_words_give_words_runs_of_two_and_three_and_beginnings() -> None:
    assert list(ngrams("checked every week")) == [
        "checked", "^ checked", "^ ^ checked", "chec*", "checke*",
        "every", "checked every", "^ checked every", "ever*",
        "week", "every week", "checked every week",
    ]  # fmt: skip


def test_cjk_runs_give_one_to_four_characters() -> None:
    assert sorted(ngrams("每週更新了")) == sorted(
        [
            "每",
            "周",
            "更",
            "新",
            "了",
            "每周",
            "周更",
            "更新",
            "新了",
            "每周更",
            "周更新",
            "更新了",
            "每周更新",
            "周更新了",
        ]
    )


def test_only_the_beginning_of_a_long_text_is_seen() -> None:
    begun = "every week " * 200
    assert buckets(begun + "and every month") == buckets(begun)
    assert buckets(begun[:100] + "and every month") != buckets(begun)


@pytest.mark.parametrize("text", ["", "   ", "?!", "👍"])
def test_a_text_without_words_has_no_features(text: str) -> None:
    assert buckets(text) == ()


@given(st.text(max_size=200))
def test_every_place_is_in_range_sorted_and_named_once(text: str) -> None:
    places = buckets(text)
    assert list(places) == sorted(set(places))
    assert all(0 <= place < BUCKETS for place in places)


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_places_are_the_same_in_every_process(seed: str) -> None:
    """Weights are stored by place, so a place must not depend on the process that computed it."""
    text = "our prices change every week, 每週更新"
    code = f"from advisor.understanding.features import buckets; print(buckets({text!r}))"
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(content_path()), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(buckets(text))
