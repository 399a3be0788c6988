"""A stored conversation as a case: what was asked, known and read, turn by turn."""

from __future__ import annotations

import json
from typing import Any

import pytest

from advisor.errors import CaseError
from advisor.evaluation.cases import Utterance, parse_case
from advisor.evaluation.from_session import case_of
from advisor.sessions import MAX_NAME, check_session_name
from tests.evaluation.handmade import response


def _facts(**values: Any) -> dict[str, Any]:
    return {fact: {"value": value, "said": "so", "turn": 1} for fact, value in values.items()}


_TALK = (
    ("We bake bread.", response("labeled_data")),
    ("We have none.", response("strict_format", facts=_facts(labeled_data="insufficient"))),
    ("No idea.", response("daily_calls", facts=_facts(labeled_data="insufficient", strict_format=None))),
    ("Sorry, we have 3000.", response(facts=_facts(labeled_data="sufficient", strict_format=None))),
)


def test_every_turn_has_what_was_asked_known_and_read() -> None:
    assert case_of("bakery", _TALK).utterances == (
        Utterance(asked=None, text="We bake bread.", known={}, gold={}),
        Utterance(asked="labeled_data", text="We have none.", known={}, gold={"labeled_data": "insufficient"}),
        Utterance(
            asked="strict_format",
            text="No idea.",
            known={"labeled_data": "insufficient"},
            gold={"strict_format": None},
        ),
        Utterance(
            asked="daily_calls",
            text="Sorry, we have 3000.",
            known={"labeled_data": "insufficient", "strict_format": None},
            gold={"labeled_data": "sufficient"},
        ),
    )


def test_the_case_says_that_nobody_has_looked_at_it() -> None:
    made = case_of("bakery", _TALK)

    assert (made.id, made.lang, made.tags, made.split) == (
        "session-bakery", "en", ("from-session", "unreviewed"), "dev",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "language"), [("我們每週更新文件。", "zh-Hant"), ("毎週更新します。", "ja"), ("42", "en")]
)
def test_the_language_is_the_users_else_the_replys(text: str, language: str) -> None:
    assert case_of("a", ((text, response()),)).lang == language


@pytest.mark.parametrize(
    "name", ["bakery", "Bäckerei 3", "パン屋", "a/b:c@d", "½ loaf ²", "🦊", "x" * MAX_NAME, "../..", "'; --"]
)
def test_a_conversation_of_any_name_makes_a_case(name: str) -> None:
    check_session_name(name)
    made = case_of(name, _TALK)

    assert parse_case(json.loads(made.model_dump_json())) == made


def test_a_conversation_without_a_turn_makes_no_case() -> None:
    with pytest.raises(CaseError, match="'bakery' has no turns"):
        case_of("bakery", ())
