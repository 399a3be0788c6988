"""What a short question points at, in four written languages; read on folded text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.understanding.references import LAST, LONGEST, Reference, reference
from advisor.understanding.text import whole

_PLACES: dict[int, tuple[str, ...]] = {
    0: ("And the first one?", "the first", "number one?", "1st", "第一個呢？", "第一点再说一下", "一つ目は？", "最初のものは？", "1番目は？"),
    1: ("And the second one?", "What does the second signal mean?", "number 2 please", "#2", "second?", "the 2nd",
        "第二個呢？", "第二点是什么", "第2个", "二つ目は?", "2番目について", "2番は？"),
    2: ("the third", "no. 3", "第三個信號是什麼意思？", "第三条", "三つめは？"),
    3: ("And the fourth?", "4th one", "第四個問題呢", "第四题", "四つ目は？"),
    LAST: ("And the last one?", "explain the last point", "最後一個呢？", "最后那条", "最後のは？"),
}  # fmt: skip

_KINDS: dict[str, tuple[str, ...]] = {
    "more": (
        "What else?", "Go on.", "next", "ok, and then?", "Tell me more", "please continue", "還有呢？", "繼續", "请继续说",
        "下一个呢？", "他には？", "次は？", "続けてください",
    ),
    "other": (
        "And the other one?", "what about the other side", "the other way around?", "另一個呢？", "反過來呢？", "另一方",
        "もう一つは？", "もう一方は？", "逆に？",
    ),
    "shift": (
        "What about cost?", "How about explainability?", "same thing but for cost", "成本方面呢？", "那成本呢？", "可解释性呢",
        "コストは？", "コスト面では？", "では、コストは？",
    ),
    "points": ("Why is that?", "How does it work?", "which one", "為什麼？", "那要多久", "这是什么意思？", "なぜですか？", "それはどういう意味ですか？"),
}  # fmt: skip

_ALONE = (
    "What is RAG?", "How much does a GPU cost?", "什麼是RAG？", "RAG要多少錢？", "什么是微调？", "RAGとは何ですか？",
    "Should we try RAG first?", "Do most need fine-tuning at first?", "Does RAG come first or fine-tuning?",
    "What of all answers comes first of all?", "Twenty calls per second?", "Hold on a second",
)  # fmt: skip

_CARDINAL = ("一番大事なのはどれ？", "一番の違いは何ですか", "二つの違いは何ですか？", "三つとも必要ですか？")


def _pointed(text: str) -> Reference | None:
    return reference(whole(text).text)


@pytest.mark.parametrize(("place", "text"), [(place, text) for place, texts in _PLACES.items() for text in texts])
def test_one_of_several_is_pointed_at_by_its_place(place: int, text: str) -> None:
    assert _pointed(text) == Reference("place", place)


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in _KINDS.items() for text in texts])
def test_what_is_pointed_at_is_told_by_its_kind(kind: str, text: str) -> None:
    found = _pointed(text)

    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize("text", [*_ALONE, "", "?"])
def test_a_question_that_points_at_nothing_stands_on_its_own(text: str) -> None:
    assert _pointed(text) is None


@pytest.mark.parametrize("text", _CARDINAL)
def test_a_count_or_a_superlative_in_japanese_is_no_place(text: str) -> None:
    """'一番' is 'most' as well as 'number one', and '二つ' is 'two' where '二つ目' is 'the second'."""
    found = _pointed(text)

    assert found is None or found.kind != "place"


@pytest.mark.parametrize(
    ("text", "leans"),
    [
        ("why" + " " * 20 + "x" * (LONGEST - 23), True),
        ("why" + " " * 20 + "x" * (LONGEST - 22), False),
        ("那" + "字" * (LONGEST // 2 - 1), True),
        ("那" + "字" * (LONGEST // 2), False),
    ],
)
def test_a_long_question_stands_on_its_own(text: str, leans: bool) -> None:  # noqa: FBT001
    """A Chinese or Japanese character counts for two."""
    assert (reference(text) is not None) == leans


@pytest.mark.parametrize("text", ["And the second one?", "第二個呢？", "コストは？"])
def test_blanks_around_a_question_mean_nothing(text: str) -> None:
    assert _pointed(f"  {text} \n") == _pointed(text)


@given(st.text(max_size=80))
def test_whatever_is_written_is_read(text: str) -> None:
    found = reference(whole(text).text)

    assert found is None or found.place in (LAST, 0, 1, 2, 3)
    assert found is None or found.kind == "place" or found.place == 0
