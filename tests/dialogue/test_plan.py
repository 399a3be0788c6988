"""What the reply does next: ask, ask again, present, or invite."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from advisor import commands as c
from advisor.conversation import Conversation
from advisor.dialogue.plan import PATIENCE, Plan, left_open, make_plan, reply_language, settle
from advisor.knowledge import article
from advisor.profile import FRAMEWORK, Change, FactName, FactValue, Known, Profile
from advisor.rules.engine import recommend
from advisor.rules.load import load_rules
from advisor.turn import Asking

if TYPE_CHECKING:
    from advisor.language import Language
    from advisor.rules.book import RuleBook

_RAG: dict[FactName, FactValue] = {
    "knowledge_update_frequency": "weekly",
    "output_priority": "accuracy",
    "labeled_data": "insufficient",
    "traceability_required": True,
    "strict_format": False,
    "daily_calls": 2_000,
    "specialized_language": False,
}
"""A case of which everything is told that matters."""

_MISSED = c.CannotHandle("blah")


@cache
def _book() -> RuleBook:
    return load_rules(frozenset(article()))


def _profile(facts: dict[FactName, FactValue]) -> Profile:
    return Profile({fact: Known(value, "said", 1) for fact, value in facts.items()})


def _first(count: int) -> Profile:
    """A profile that knows the first ``count`` facts of the case."""
    return _profile(dict(list(_RAG.items())[:count]))


def _plan(
    before: Conversation,
    *commands: c.Command,
    profile: Profile | None = None,
    changes: tuple[Change, ...] = (),
) -> Plan:
    profile = before.profile if profile is None else profile
    recommendation = recommend(_book(), profile) if profile else None
    return make_plan(before, commands, profile, recommendation, changes, _book())


def _asked(fact: FactName, profile: Profile, **state: int) -> Conversation:
    return Conversation(profile=profile, asking=fact, opened=True, misses=state.get("misses", 0))


# --- asking ------------------------------------------------------------------------------------------


def test_the_framework_questions_are_asked_in_order() -> None:
    for known, fact in enumerate(FRAMEWORK):
        plan = _plan(Conversation(opened=True), c.SmallTalk("thanks"), profile=_first(known))

        assert plan.asking == Asking(fact, "new")


def test_the_question_that_was_asked_is_remembered() -> None:
    assert _plan(Conversation(opened=True), c.SmallTalk("thanks"), profile=_first(1)).after.asking == "output_priority"


@pytest.mark.parametrize(
    "command",
    [
        c.AskQuestion("What is RAG?"),
        c.AskWhy("question"),
        c.AskMeaning("output_priority"),
        c.WhatIf("output_priority", "both", "what if both"),
        c.ShowSummary(),
        c.SmallTalk("thanks"),
        c.ChangeLanguage("ja"),
    ],
)
def test_after_a_digression_the_pending_question_returns(command: c.Command) -> None:
    plan = _plan(_asked("output_priority", _first(1)), command)

    assert plan.asking == Asking("output_priority", "back")
    assert plan.after.asking == "output_priority"


def test_a_question_is_asked_again_plainly_then_with_numbered_answers_then_left_open() -> None:
    before = _asked("output_priority", _first(1))

    first = _plan(before, _MISSED)
    second = _plan(first.after, _MISSED)

    assert first.asking == Asking("output_priority", "unclear")
    assert second.asking == Asking("output_priority", "options")
    assert (first.after.options_shown, second.after.options_shown) == (False, True)
    assert left_open(second.after, (_MISSED,)) == "output_priority"


def test_patience_ends_with_the_third_miss() -> None:
    before = _asked("output_priority", _first(1), misses=PATIENCE - 1)

    assert left_open(before, (_MISSED,)) == "output_priority"
    assert left_open(replace(before, misses=PATIENCE - 2), (_MISSED,)) is None


def test_nothing_is_left_open_while_nothing_is_asked() -> None:
    assert left_open(Conversation(misses=PATIENCE), (_MISSED,)) is None


def test_an_answer_is_never_a_miss() -> None:
    told = c.SetFact("output_priority", "both", "both")

    assert left_open(_asked("output_priority", _first(1), misses=PATIENCE), (told,)) is None


def test_when_a_question_is_given_up_the_next_one_is_new() -> None:
    before = _asked("output_priority", _first(1), misses=PATIENCE - 1)
    profile = _first(1).with_value("output_priority", None)

    plan = _plan(before, _MISSED, profile=profile)

    assert plan.left_open == "output_priority"
    assert plan.asking == Asking("labeled_data", "new")
    assert plan.after.misses == 0


def test_a_digression_forgives_the_misses_before_it() -> None:
    plan = _plan(_asked("output_priority", _first(1), misses=1), c.AskWhy("question"))

    assert plan.after.misses == 0


def test_a_correction_of_another_fact_leaves_the_question_pending() -> None:
    change = Change("knowledge_update_frequency", Known("weekly", "", 1), Known("daily", "daily", 2))
    profile = _first(1).with_value("knowledge_update_frequency", "daily")

    plan = _plan(
        _asked("output_priority", _first(1)),
        c.SetFact("knowledge_update_frequency", "daily", "daily"),
        profile=profile,
        changes=(change,),
    )

    assert plan.asking == Asking("output_priority", "back")


# --- following up --------------------------------------------------------------------------------------


def test_a_count_that_settles_nothing_is_followed_up() -> None:
    plan = _plan(_asked("labeled_data", _first(2)), c.AskBack("labeled_data", "count-between", "about 700"))

    assert plan.asking == Asking("labeled_data", "follow-up", "count-between", "about 700")
    assert plan.after.follow_up == "count-between"
    assert plan.after.follow_up_said == "about 700"
    assert plan.after.followed_up == ("labeled_data",)


def test_a_follow_up_comes_even_when_everything_else_is_known() -> None:
    plan = _plan(Conversation(profile=_profile(_RAG)), c.AskBack("labeled_data", "count-quality", "3,000 rows"))

    assert plan.asking is not None
    assert plan.asking.how == "follow-up"
    assert not plan.present


@pytest.mark.parametrize(("reason", "value"), [("count-between", "insufficient"), ("count-quality", "sufficient")])
def test_a_fact_is_followed_up_once_and_then_read_as_well_as_it_can_be(reason: str, value: str) -> None:
    before = Conversation(followed_up=("labeled_data",))
    doubt = c.AskBack("labeled_data", "count-between" if reason == "count-between" else "count-quality", "some")

    assert settle((doubt,), before) == (c.SetFact("labeled_data", value, "some"),)


def test_a_first_doubt_stays_a_doubt() -> None:
    doubt = c.AskBack("labeled_data", "count-between", "700")

    assert settle((doubt,), Conversation()) == (doubt,)


def test_two_readings_are_asked_about_and_then_the_best_is_taken() -> None:
    doubt = c.AskBack("strict_format", "either", "fields, mostly", (True, False))
    plan = _plan(_asked("strict_format", _first(4)), doubt)

    assert plan.asking == Asking("strict_format", "follow-up", "either", "fields, mostly", (True, False))
    assert plan.after.follow_up_options == (True, False)
    assert settle((doubt,), plan.after) == (c.SetFact("strict_format", value=True, said="fields, mostly"),)


def test_of_two_statements_that_do_not_fit_the_last_counts_once_they_were_asked_about() -> None:
    clash = c.AskBack("knowledge_update_frequency", "contradiction", "every day", ("static", "daily"), "never")
    plan = _plan(_asked("labeled_data", _first(2)), clash)

    assert plan.asking == Asking(
        "knowledge_update_frequency", "follow-up", "contradiction", "every day", ("static", "daily"), "never"
    )
    assert plan.after.follow_up_other == "never"
    assert settle((clash,), plan.after) == (c.SetFact("knowledge_update_frequency", "daily", "every day"),)


# --- skipping ------------------------------------------------------------------------------------------


def test_skipping_leaves_the_pending_fact_unknown() -> None:
    assert settle((c.Skip(),), _asked("labeled_data", _first(2))) == (
        c.Skip(),
        c.SetFact("labeled_data", None, ""),
    )


def test_skipping_when_nothing_is_asked_sets_nothing() -> None:
    assert settle((c.Skip(),), Conversation()) == (c.Skip(),)


# --- inviting --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [c.SmallTalk("greeting"), c.ShowSummary(), c.AskWhy("recommendation")])
def test_whoever_opens_without_a_case_is_invited_to_tell_it(command: c.Command) -> None:
    plan = _plan(Conversation(), command)

    assert plan.invite
    assert plan.asking is None
    assert plan.after.opened


def test_the_invitation_is_given_once_then_the_first_question_is_asked() -> None:
    first = _plan(Conversation(), c.SmallTalk("greeting"))

    second = _plan(first.after, c.SmallTalk("thanks"))

    assert not second.invite
    assert second.asking == Asking("knowledge_update_frequency", "new")


def test_whoever_opens_with_a_question_is_answered_and_invited() -> None:
    assert _plan(Conversation(), c.AskQuestion("What is RAG?")).invite


def test_starting_over_invites_again_and_forgets() -> None:
    before = replace(_asked("labeled_data", _first(2)), presented="rag", followed_up=("labeled_data",))

    plan = _plan(before, c.Restart(), profile=Profile())

    assert plan.invite
    assert plan.after.profile == Profile()
    assert (plan.after.asking, plan.after.presented, plan.after.followed_up) == (None, None, ())


# --- presenting ------------------------------------------------------------------------------------------


def test_the_recommendation_is_presented_when_nothing_open_can_change_it() -> None:
    plan = _plan(_asked("specialized_language", _first(6)), profile=_profile(_RAG))

    assert plan.present
    assert plan.asking is None
    assert plan.after.presented == "rag"


def test_it_is_presented_once() -> None:
    before = Conversation(profile=_profile(_RAG), presented="rag", opened=True)

    assert not _plan(before, c.SmallTalk("thanks")).present


def test_it_is_presented_again_when_an_answer_is_corrected() -> None:
    before = Conversation(profile=_profile(_RAG), presented="rag", opened=True)
    change = Change("knowledge_update_frequency", Known("weekly", "", 1), Known("daily", "", 9))
    profile = before.profile.with_value("knowledge_update_frequency", "daily")

    assert _plan(before, profile=profile, changes=(change,)).present


def test_it_is_presented_again_when_it_is_another() -> None:
    before = Conversation(profile=_profile(_RAG), presented="fine_tune", opened=True)

    assert _plan(before, c.SmallTalk("thanks")).present


def test_a_correction_can_open_the_interview_again() -> None:
    before = Conversation(profile=_profile(_RAG), presented="rag", opened=True)
    facts: dict[FactName, FactValue] = {**_RAG, "output_priority": "consistency", "labeled_data": "sufficient"}
    change = Change("output_priority", Known("accuracy", "", 1), Known("consistency", "", 9))

    plan = _plan(before, profile=_profile(facts), changes=(change,))

    assert plan.asking == Asking("use_case_validated", "new")
    assert plan.after.presented is None


# --- the language of the reply ---------------------------------------------------------------------------

_SPOKEN = Conversation(language="ja")
_ASKED = Conversation(language="ja", asked_language="ja", writing="en")


@pytest.mark.parametrize(
    ("before", "wanted", "detected", "reply"),
    [
        pytest.param(Conversation(), None, "zh-Hant", "zh-Hant", id="the user's own"),
        pytest.param(Conversation(), None, None, "en", id="English where nothing tells"),
        pytest.param(_SPOKEN, None, None, "ja", id="the conversation's where this message does not tell"),
        pytest.param(_SPOKEN, None, "zh-Hans", "zh-Hans", id="another as soon as the user writes it"),
        pytest.param(_SPOKEN, "en", "ja", "en", id="what the request asks for, before all"),
        pytest.param(_ASKED, None, "en", "ja", id="what the user asked for, whatever they write"),
        pytest.param(_ASKED, None, "ja", "ja", id="what the user asked for, when they write it"),
        pytest.param(_ASKED, None, "zh-Hant", "zh-Hant", id="a third language ends the wish"),
    ],
)
def test_the_reply_is_in(
    before: Conversation, wanted: Language | None, detected: Language | None, reply: Language
) -> None:
    assert reply_language(before, wanted, detected) == reply
