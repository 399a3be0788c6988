"""The scripted user: answers what is asked, digresses, corrects, and knows when to stop."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.evaluation.cases import DialogueCase
from advisor.evaluation.users import MAX_ASKED, MAX_TURNS, Said, ScriptedUser
from advisor.profile import FACTS, FRAMEWORK
from tests.evaluation.handmade import OPEN, RAG, case, response

_WHY = {"after_asked": "labeled_data", "text": "Why?", "move": "why"}
_CORRECTION = {"text": "No, it never changes.", "fact": "knowledge_update_frequency", "value": "static"}


def _user(**fields: Any) -> ScriptedUser:
    made = case("dialogue", **fields)
    assert isinstance(made, DialogueCase)
    return ScriptedUser(made)


def test_the_opening_is_the_persons_own() -> None:
    assert _user(opening="Good morning.").opening() == Said("Good morning.", "opening", None)


@pytest.mark.parametrize("fact", FACTS)
def test_whatever_is_asked_is_answered_in_any_order(fact: str) -> None:
    assert _user().reply(response(fact)) == Said(f"my {fact}", "answer", fact)


def test_an_answer_is_given_while_a_recommendation_is_shown_that_is_not_final() -> None:
    assert _user().reply(response("daily_calls", recommendation=OPEN)) == Said(
        "my daily_calls", "answer", "daily_calls"
    )


def test_a_question_beside_a_final_recommendation_is_still_answered() -> None:
    said = _user(correction=_CORRECTION).reply(response("daily_calls", recommendation=RAG))

    assert said == Said("my daily_calls", "answer", "daily_calls")


def test_the_user_digresses_once_at_the_question_it_is_written_for_and_then_answers() -> None:
    user = _user(extras=[_WHY])

    said = [user.reply(response(asked)) for asked in ("daily_calls", "labeled_data", "labeled_data", "labeled_data")]

    assert said == [
        Said("my daily_calls", "answer", "daily_calls"),
        Said("Why?", "why", "labeled_data"),
        Said("my labeled_data", "answer", "labeled_data"),
        Said("my labeled_data", "answer", "labeled_data"),
    ]


def test_digressions_at_two_questions_are_both_made() -> None:
    user = _user(extras=[_WHY, {"after_asked": "strict_format", "text": "Thanks!", "move": "thanks"}])

    kinds = [user.reply(response(asked)) for asked in ("strict_format", "labeled_data")]

    assert kinds == [Said("Thanks!", "thanks", "strict_format"), Said("Why?", "why", "labeled_data")]


def test_a_question_is_answered_so_many_times_and_no_more() -> None:
    user = _user()

    said = [user.reply(response("daily_calls")) for _ in range(MAX_ASKED + 1)]

    assert said == [Said("my daily_calls", "answer", "daily_calls")] * MAX_ASKED + [None]


def test_answering_one_question_again_leaves_patience_for_another() -> None:
    user = _user()
    for _ in range(MAX_ASKED):
        user.reply(response("daily_calls"))

    assert user.reply(response("strict_format")) == Said("my strict_format", "answer", "strict_format")


def test_a_final_recommendation_ends_the_talk() -> None:
    assert _user().reply(response(recommendation=RAG)) is None


def test_the_user_corrects_once_after_the_final_recommendation() -> None:
    user = _user(correction=_CORRECTION)

    said = [user.reply(response(recommendation=shown)) for shown in (RAG, RAG)]

    assert said == [Said("No, it never changes.", "correction", "knowledge_update_frequency"), None]


def test_what_is_asked_after_the_correction_is_answered() -> None:
    user = _user(correction=_CORRECTION)
    user.reply(response(recommendation=RAG))

    assert user.reply(response("strict_format")) == Said("my strict_format", "answer", "strict_format")
    assert user.reply(response(recommendation=RAG)) is None


@pytest.mark.parametrize("shown", [None, OPEN])
def test_a_user_who_is_asked_nothing_tells_what_the_framework_wants_next(shown: dict[str, Any] | None) -> None:
    known = {fact: {"value": None, "said": "", "turn": 1} for fact in FRAMEWORK[:2]}

    said = _user(correction=_CORRECTION).reply(response(facts=known, recommendation=shown))

    assert said == Said(f"my {FRAMEWORK[2]}", "nudge", FRAMEWORK[2])


def test_a_user_who_is_asked_nothing_and_has_told_the_framework_is_done() -> None:
    known = {fact: {"value": None, "said": "", "turn": 1} for fact in FRAMEWORK}

    assert _user().reply(response(facts=known)) is None


def test_nudging_an_advisor_that_does_not_listen_ends() -> None:
    user = _user()

    said = [user.reply(response()) for _ in range(MAX_ASKED * len(FRAMEWORK) + 1)]

    assert [entry.fact for entry in said if entry] == [fact for fact in FRAMEWORK for _ in range(MAX_ASKED)]
    assert said[-1] is None


def test_no_talk_takes_more_turns_than_an_interview_may() -> None:
    user = _user()

    said = [user.reply(response(FACTS[turn // 4 % 8])) for turn in range(MAX_TURNS)]

    assert all(said[: MAX_ASKED - 1])
    assert said[-1] is None


def test_the_last_turn_of_an_interview_is_still_played() -> None:
    user = _user(answers=dict.fromkeys(FACTS, "Yes."))
    user._asked.update(dict.fromkeys(FACTS, -MAX_TURNS))

    said = [user.reply(response("daily_calls")) for _ in range(MAX_TURNS)]

    assert said == [Said("Yes.", "answer", "daily_calls")] * (MAX_TURNS - 1) + [None]
