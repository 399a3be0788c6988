"""What a session remembers, in the form in which it is stored."""

from __future__ import annotations

import json
from typing import Any

import pytest

from advisor.conversation import FORMAT, Answered, Conversation
from advisor.errors import SessionError
from advisor.profile import Known, Profile

_FULL = Conversation(
    language="zh-Hans",
    asked_language="ja",
    writing="zh-Hant",
    profile=Profile(
        {
            "labeled_data": Known("insufficient", "「沒有」 nothing 😀", 2),
            "traceability_required": Known(None, "no idea", 3),
            "daily_calls": Known(0, "0", 4),
        }
    ),
    asking="strict_format",
    follow_up="count-between",
    follow_up_said="about 700",
    followed_up=("labeled_data", "daily_calls"),
    options_shown=True,
    misses=2,
    opened=True,
    presented="hybrid",
    rules_fingerprint="abc",
    answered=Answered("「RAG」 is what?", ("what-is-rag", "when-to-fine-tune/strict-format"), 1),
)


@pytest.mark.parametrize("conversation", [Conversation(), _FULL], ids=["empty", "full"])
def test_a_conversation_comes_back_from_json_as_it_was(conversation: Conversation) -> None:
    assert Conversation.from_dict(json.loads(json.dumps(conversation.to_dict()))) == conversation


def test_the_stored_names_stay_as_they_are() -> None:
    """Sessions of older versions lie on users' disks under these names."""
    assert sorted(_FULL.to_dict()) == [
        "answered",
        "asked_language",
        "asking",
        "facts",
        "follow_up",
        "follow_up_options",
        "follow_up_other",
        "follow_up_said",
        "followed_up",
        "format",
        "language",
        "misses",
        "opened",
        "options_shown",
        "presented",
        "rules_fingerprint",
        "writing",
    ]


@pytest.mark.parametrize("absent", sorted(set(_FULL.to_dict()) - {"format"}))
def test_a_state_that_an_older_advisor_wrote_without_a_field_still_loads(absent: str) -> None:
    data = _FULL.to_dict()
    del data[absent]

    loaded = Conversation.from_dict(data).to_dict()

    assert loaded[absent] == Conversation().to_dict()[absent]
    assert {name: value for name, value in loaded.items() if name != absent} == data


def test_a_field_that_this_advisor_does_not_know_is_passed_over() -> None:
    assert Conversation.from_dict({**_FULL.to_dict(), "mood": "sunny"}) == _FULL


@pytest.mark.parametrize(
    ("field", "value"),
    [("language", "fr"), ("asking", "budget"), ("followed_up", ["budget"]), ("writing", 3), ("asked_language", [])],
)
def test_a_language_or_fact_that_there_no_longer_is_counts_as_none(field: str, value: Any) -> None:
    loaded = Conversation.from_dict({"format": FORMAT, field: value})

    assert loaded == Conversation()


def test_a_newer_format_is_refused_with_the_advice_to_upgrade() -> None:
    with pytest.raises(SessionError, match=r"format 2.*newer version: upgrade the advisor. Nothing was changed"):
        Conversation.from_dict({**_FULL.to_dict(), "format": FORMAT + 1})


@pytest.mark.parametrize("written", [None, "1", 0, -1, True, 1.0, [1]])
def test_without_a_format_number_it_is_not_the_advisors(written: Any) -> None:
    with pytest.raises(SessionError, match="no format number; it was not written by the advisor"):
        Conversation.from_dict({"format": written})


@pytest.mark.parametrize(
    "damage",
    [
        {"facts": []},
        {"facts": None},
        {"facts": {"labeled_data": {}}},
        {"facts": {"labeled_data": {"value": "lots", "said": "", "turn": 1}}},
        {"facts": {"budget": {"value": 1, "said": "", "turn": 1}}},
        {"facts": {"labeled_data": "sufficient"}},
        {"followed_up": 5},
        {"misses": "x"},
        {"misses": None},
        {"answered": "What is RAG?"},
        {"answered": {"question": "What is RAG?"}},
        {"answered": {"question": "What is RAG?", "passages": None}},
        {"answered": {"question": "What is RAG?", "passages": [], "age": "x"}},
    ],
    ids=str,
)
def test_a_damaged_state_is_refused_and_says_that_nothing_was_changed(damage: dict[str, Any]) -> None:
    with pytest.raises(SessionError, match=r"the stored session is damaged \(.+\); nothing was changed"):
        Conversation.from_dict({"format": FORMAT, **damage})


def test_the_names_of_what_was_answered_stay_as_they_are() -> None:
    assert _FULL.to_dict()["answered"] == {
        "question": "「RAG」 is what?",
        "passages": ["what-is-rag", "when-to-fine-tune/strict-format"],
        "age": 1,
    }
    assert Conversation().to_dict()["answered"] is None
