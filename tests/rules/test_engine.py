"""The decision, held against the contract's table over every set of answers there is.

The oracle below is the contract's section 2 in plain ``if`` statements. It shares nothing with the engine.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from advisor.knowledge import article
from advisor.profile import Known, Profile
from advisor.rules.engine import approach_of, can_change, fire, next_fact, recommend
from advisor.rules.load import load_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from advisor.rules.book import RuleBook
    from advisor.rules.engine import Recommendation

Facts = dict[str, Any]
"""A set of answers: a value, ``None`` for a don't-know; a fact that was never asked has no entry."""

VALUES: dict[str, tuple[Any, ...]] = {
    "knowledge_update_frequency": ("realtime", "daily", "weekly", "monthly", "quarterly", "yearly", "static"),
    "output_priority": ("accuracy", "consistency", "both"),
    "labeled_data": ("sufficient", "insufficient"),
    "traceability_required": (True, False),
    "strict_format": (True, False),
    "daily_calls": (0, 999_999, 1_000_000, 5_000_000),
    "specialized_language": (True, False),
    "use_case_validated": (True, False),
}
"""The contract's facts and values; for the count of calls, both sides of the threshold and beyond."""

QUESTIONS = ("knowledge_update_frequency", "output_priority", "labeled_data", "traceability_required")
SIGNALS = ("strict_format", "daily_calls", "specialized_language")

ABSENT = "absent"


def contract_approach(facts: Facts) -> str:
    """What the contract's table says of ``facts``."""
    needs_rag = False
    if facts.get("knowledge_update_frequency") in ("realtime", "daily", "weekly", "monthly"):
        needs_rag = True
    if facts.get("traceability_required") is True:
        needs_rag = True

    needs_fine_tuning = False
    if facts.get("output_priority") in ("consistency", "both"):
        needs_fine_tuning = True
    if facts.get("strict_format") is True or facts.get("specialized_language") is True:
        needs_fine_tuning = True
    calls = facts.get("daily_calls")
    if calls is not None and calls >= 1_000_000:
        needs_fine_tuning = True

    if not needs_fine_tuning:
        return "rag"
    if facts.get("labeled_data") != "sufficient" or facts.get("use_case_validated") is not True:
        return "rag_then_fine_tune"
    return "hybrid" if needs_rag else "fine_tune"


def completions(facts: Facts) -> Iterator[Facts]:
    """``facts`` with every set of answers to what was never asked."""
    unasked = [fact for fact in VALUES if fact not in facts]
    for answers in product(*((None, *VALUES[fact]) for fact in unasked)):
        yield {**facts, **dict(zip(unasked, answers, strict=True))}


def can_still_change(facts: Facts, fact: str) -> bool:
    """Whether an answer to ``fact`` can make a difference, whatever else may be answered."""
    if fact in facts:
        return False
    approaches: dict[str, set[str]] = {}
    for completed in completions(facts):
        others = repr([answer for name, answer in sorted(completed.items()) if name != fact])
        approaches.setdefault(others, set()).add(contract_approach(completed))
    return any(len(found) > 1 for found in approaches.values())


def contract_final(facts: Facts) -> bool:
    """Whether the contract calls the recommendation final."""
    if any(question not in facts for question in QUESTIONS):
        return False
    return {contract_approach(completed) for completed in completions(facts)} == {contract_approach(facts)}


def profile_of(facts: Facts) -> Profile:
    return Profile({fact: Known(value, "", 0) for fact, value in facts.items()})  # type: ignore[misc]


def in_words(**told: tuple[Any, str]) -> Profile:
    """A profile of a user who told each value in the words beside it."""
    return Profile({fact: Known(value, words, 1) for fact, (value, words) in told.items()})  # type: ignore[misc]


def answer_space() -> Iterator[Facts]:
    """Every set of answers, a don't-know and a fact that was never asked kept apart."""
    for values in product(*((ABSENT, None, *choices) for choices in VALUES.values())):
        yield {fact: value for fact, value in zip(VALUES, values, strict=True) if value is not ABSENT}


def samples(count: int, seed: int) -> Iterator[Facts]:
    """Random sets of answers; every other one has the framework answered, where the later questions are decided."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable sample, not a secret
    for number in range(count):
        facts: Facts = {}
        for fact, choices in VALUES.items():
            always = number % 2 and fact in QUESTIONS
            value = chance.choice((None, *choices) if always else (ABSENT, None, *choices))
            if value is not ABSENT:
                facts[fact] = value
        yield facts


@dataclass(frozen=True)
class Case:
    facts: Facts
    made: Recommendation
    asked_next: str | None


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_rules(frozenset(article()))


@pytest.fixture(scope="module")
def cases(book: RuleBook) -> list[Case]:
    """Several thousand sets of answers with what the engine says of them."""
    return [
        Case(facts, recommend(book, profile_of(facts)), next_fact(book, profile_of(facts)))
        for facts in samples(6000, seed=2026)
    ]


# The whole table


def test_the_rules_decide_every_set_of_answers_as_the_contract_does(book: RuleBook) -> None:
    """All 276,480 of them, and on each exactly one rule recommends."""
    told = {(fact, value): Known(value, "", 0) for fact, choices in VALUES.items() for value in (None, *choices)}
    wrong = []
    number = 0
    for facts in answer_space():
        number += 1
        profile = Profile({fact: told[fact, value] for fact, value in facts.items()})  # type: ignore[misc]
        recommended = [rule.recommends for rule in fire(book.rules, profile) if rule.recommends is not None]
        if recommended != [contract_approach(facts)]:
            wrong.append((facts, recommended))

    assert number == 9 * 5 * 4 * 4 * 4 * 6 * 4 * 4
    assert wrong[:3] == []


def test_the_recommendation_carries_the_approach_of_the_contract(book: RuleBook, cases: list[Case]) -> None:
    wrong = [
        case.facts
        for case in cases
        if not contract_approach(case.facts) == case.made.approach == approach_of(book, profile_of(case.facts))
    ]

    assert wrong[:3] == []


@pytest.mark.parametrize("calls", [0, 1, 500_000, 999_999])
def test_fewer_than_a_million_calls_a_day_are_no_signal(book: RuleBook, calls: int) -> None:
    assert approach_of(book, profile_of({"daily_calls": calls})) == "rag"


@pytest.mark.parametrize("calls", [1_000_000, 1_000_001, 2_000_000_000])
def test_a_million_calls_a_day_or_more_are_a_signal(book: RuleBook, calls: int) -> None:
    assert approach_of(book, profile_of({"daily_calls": calls})) == "rag_then_fine_tune"


def test_a_count_of_one_is_not_a_yes(book: RuleBook) -> None:
    """1 == True in Python, but one is not an answer to a yes-or-no question."""
    assert approach_of(book, profile_of({"strict_format": 1})) == "rag"


def test_a_yes_is_not_a_count(book: RuleBook) -> None:
    assert approach_of(book, profile_of({"daily_calls": True})) == "rag"


# Don't-knows


def test_a_dont_know_never_establishes_a_need(book: RuleBook) -> None:
    """Whatever is asked and not known, or never asked, no rule but the one for want of a need fires."""
    for unknown in product((True, False), repeat=len(VALUES)):
        facts = {fact: None for fact, asked in zip(VALUES, unknown, strict=True) if asked}

        assert [rule.id for rule in fire(book.rules, profile_of(facts))] == ["start-with-rag"]


def test_a_dont_know_and_a_question_never_asked_give_the_same_approach(book: RuleBook) -> None:
    for facts in samples(3000, seed=7):
        known = {fact: value for fact, value in facts.items() if value is not None}

        assert approach_of(book, profile_of(facts)) == approach_of(book, profile_of(known)), facts


@pytest.mark.parametrize("need", [{"knowledge_update_frequency": "daily"}, {"knowledge_update_frequency": "static"}])
@pytest.mark.parametrize("doubt", ["labeled_data", "use_case_validated"])
def test_a_dont_know_never_warrants_fine_tuning(book: RuleBook, need: Facts, doubt: str) -> None:
    warranted = {**need, "strict_format": True, "labeled_data": "sufficient", "use_case_validated": True}

    assert approach_of(book, profile_of(warranted)) in ("hybrid", "fine_tune")
    assert approach_of(book, profile_of({**warranted, doubt: None})) == "rag_then_fine_tune"


# Final and provisional


def test_final_is_the_framework_answered_and_nothing_open_that_can_change_the_approach(cases: list[Case]) -> None:
    wrong = [case.facts for case in cases if case.made.final is not contract_final(case.facts)]

    assert wrong[:3] == []
    assert 500 < sum(case.made.final for case in cases) < len(cases) - 500  # both sides are in the sample


def test_a_final_approach_survives_every_answer_still_open(book: RuleBook, cases: list[Case]) -> None:
    for case in [case for case in cases if case.made.final][:200]:
        for completed in completions(case.facts):
            assert approach_of(book, profile_of(completed)) == case.made.approach, completed


@pytest.mark.parametrize("missing", QUESTIONS)
def test_three_framework_answers_are_never_final(book: RuleBook, missing: str) -> None:
    facts = {fact: choices[0] for fact, choices in VALUES.items() if fact != missing}

    assert not recommend(book, profile_of(facts)).final


def test_a_dont_know_answers_a_framework_question(book: RuleBook) -> None:
    facts = {**dict.fromkeys(QUESTIONS), "strict_format": False, "daily_calls": 5, "specialized_language": False}

    assert recommend(book, profile_of(facts)).final


# The order of questions


def test_the_framework_questions_come_first_and_in_the_order_of_the_article(cases: list[Case]) -> None:
    for case in cases:
        unasked = [question for question in QUESTIONS if question not in case.facts]
        if unasked:
            assert case.asked_next == unasked[0], case.facts


def test_after_the_framework_only_a_fact_that_can_still_change_the_approach_is_asked_for(cases: list[Case]) -> None:
    after_framework = [case for case in cases if all(question in case.facts for question in QUESTIONS)]

    wrong = [
        case.facts
        for case in after_framework
        if case.asked_next is not None and not can_still_change(case.facts, case.asked_next)
    ]

    assert wrong[:3] == []
    assert sum(case.asked_next is not None for case in after_framework) > 500


def test_questions_end_exactly_when_the_recommendation_is_final(cases: list[Case]) -> None:
    wrong = [case.facts for case in cases if (case.asked_next is None) is not contract_final(case.facts)]

    assert wrong[:3] == []


def test_a_fact_that_decides_by_itself_is_asked_for_before_one_that_needs_another(cases: list[Case]) -> None:
    """Whether the use case is validated matters only once there is a need for fine-tuning."""
    for case in cases:
        if case.asked_next is None or case.asked_next in QUESTIONS:
            continue
        deciding = [
            fact
            for fact in VALUES
            if fact not in case.facts
            and any(contract_approach({**case.facts, fact: value}) != case.made.approach for value in VALUES[fact])
        ]
        assert not deciding or case.asked_next == deciding[0], case.facts


def test_the_open_facts_that_count_are_those_that_can_change_the_approach(book: RuleBook) -> None:
    for facts in samples(300, seed=11):
        if len(facts) >= 4:
            found = can_change(book, profile_of(facts))

            assert set(found) == {fact for fact in VALUES if can_still_change(facts, fact)}, facts


def interview(book: RuleBook, answers: Facts) -> list[str]:
    """The facts that are asked for, in order, of a user who gives ``answers`` and no more than is asked."""
    told: Facts = {}
    asked: list[str] = []
    while (fact := next_fact(book, profile_of(told))) is not None:
        assert fact not in told, f"{fact} is asked for again after {told}"
        asked.append(fact)
        told[fact] = answers.get(fact)
    return asked


@pytest.mark.parametrize(
    ("answers", "after_the_framework"),
    [
        pytest.param({}, [*SIGNALS], id="shrugs at everything"),
        pytest.param({"output_priority": "accuracy", "labeled_data": "sufficient"}, [*SIGNALS], id="no signal at all"),
        pytest.param({"output_priority": "both"}, [], id="a need, but no labels"),
        pytest.param(
            {"output_priority": "consistency", "labeled_data": "sufficient"},
            ["use_case_validated"],
            id="a need from the framework, with labels",
        ),
        pytest.param({"strict_format": True}, ["strict_format"], id="the first signal, but no labels"),
        pytest.param(
            {"labeled_data": "sufficient", "strict_format": True},
            ["strict_format", "use_case_validated"],
            id="the first signal, with labels",
        ),
        pytest.param(
            {"labeled_data": "sufficient", "daily_calls": 1_000_000},
            ["strict_format", "daily_calls", "use_case_validated"],
            id="the second signal, with labels",
        ),
        pytest.param(
            {"labeled_data": "sufficient", "daily_calls": 999_999, "specialized_language": True},
            [*SIGNALS, "use_case_validated"],
            id="the third signal, with labels",
        ),
        pytest.param({"daily_calls": 1_000_000}, ["strict_format", "daily_calls"], id="the second signal, no labels"),
    ],
)
def test_the_interview_asks_the_four_questions_and_then_no_more_than_it_needs(
    book: RuleBook, answers: Facts, after_the_framework: list[str]
) -> None:
    assert interview(book, answers) == [*QUESTIONS, *after_the_framework]


def test_an_interview_asks_nothing_twice_and_ends_with_the_approach_of_all_the_answers(book: RuleBook) -> None:
    for answers in samples(500, seed=3):
        asked = interview(book, answers)
        told = {fact: answers.get(fact) for fact in asked}

        assert approach_of(book, profile_of(told)) == contract_approach(answers), answers


# What would change it


def test_what_would_change_it_lists_every_other_answer_that_gives_another_approach(cases: list[Case]) -> None:
    """For a fact with a closed set of values, all of them and no others."""
    for case in cases:
        expected = {
            (fact, value, approach)
            for fact, choices in VALUES.items()
            if fact != "daily_calls"
            for value in choices
            if value != case.facts.get(fact)
            and (approach := contract_approach({**case.facts, fact: value})) != case.made.approach
        }
        listed = [(f.fact, f.value, f.approach) for f in case.made.would_change if f.fact != "daily_calls"]

        assert set(listed) == expected, case.facts
        assert len(listed) == len(expected), case.facts


def test_what_would_change_it_lists_one_count_of_calls_exactly_when_some_count_would(cases: list[Case]) -> None:
    """Every count beyond the threshold would do; the nearest one stands for them."""
    for case in cases:
        could = {
            approach
            for calls in (0, 1, 999_999, 1_000_000, 1_000_001, 5_000_000)
            if (approach := contract_approach({**case.facts, "daily_calls": calls})) != case.made.approach
        }
        listed = [flip for flip in case.made.would_change if flip.fact == "daily_calls"]

        assert {flip.approach for flip in listed} == could, case.facts
        assert len(listed) == len(could), case.facts
        for flip in listed:
            assert flip.value in (999_999, 1_000_000), case.facts
            assert contract_approach({**case.facts, "daily_calls": flip.value}) == flip.approach, case.facts


def test_what_would_change_it_never_lists_a_dont_know_or_the_answer_already_given(cases: list[Case]) -> None:
    for case in cases:
        for flip in case.made.would_change:
            assert flip.value is not None, case.facts
            assert flip.value != case.facts.get(flip.fact, ABSENT), case.facts
            assert flip.approach != case.made.approach, case.facts


def test_too_many_calls_would_change_at_the_last_count_below_a_million(book: RuleBook) -> None:
    made = recommend(book, profile_of({"daily_calls": 5_000_000}))

    assert [(f.value, f.approach) for f in made.would_change if f.fact == "daily_calls"] == [(999_999, "rag")]


@pytest.mark.parametrize("facts", [{}, {"daily_calls": None}, {"daily_calls": 0}, {"daily_calls": 999_999}])
def test_too_few_calls_would_change_at_the_first_million(book: RuleBook, facts: Facts) -> None:
    made = recommend(book, profile_of(facts))

    listed = [(f.value, f.approach) for f in made.would_change if f.fact == "daily_calls"]
    assert listed == [(1_000_000, "rag_then_fine_tune")]


# Why, and what next


def test_a_reason_carries_the_words_of_the_user(book: RuleBook) -> None:
    first, last = recommend(book, in_words(knowledge_update_frequency=("weekly", "every Monday"))).because

    assert (first.rule.id, first.said) == ("frequent-updates", "every Monday")
    assert first.facts == ("knowledge_update_frequency",)
    assert (last.rule.id, last.said, last.facts) == ("start-with-rag", None, ())


def test_a_rule_that_fires_for_want_of_an_answer_quotes_nobody(book: RuleBook) -> None:
    profile = in_words(strict_format=(True, "always the same form"), labeled_data=(None, "no idea"))

    said = {reason.rule.id: reason.said for reason in recommend(book, profile).because}

    assert said == {
        "strict-format": "always the same form",
        "labels-not-sufficient": None,
        "use-case-not-validated": None,
        "rag-now-fine-tune-later": None,
    }


def test_a_rule_that_fires_on_a_no_quotes_it(book: RuleBook) -> None:
    profile = in_words(
        strict_format=(True, "always the same form"),
        labeled_data=("insufficient", "only a handful"),
        use_case_validated=(False, "not tried yet"),
    )

    said = {reason.rule.id: reason.said for reason in recommend(book, profile).because}

    assert said["labels-not-sufficient"] == "only a handful"
    assert said["use-case-not-validated"] == "not tried yet"


def test_facts_from_a_file_have_no_words_to_quote(book: RuleBook) -> None:
    made = recommend(book, profile_of({"knowledge_update_frequency": "weekly", "strict_format": True}))

    assert {reason.said for reason in made.because} == {None}
    assert made.because[0].facts == ("knowledge_update_frequency",)


def test_the_rule_that_recommends_comes_last_and_is_the_only_one_that_does(cases: list[Case]) -> None:
    for case in cases:
        *findings, last = case.made.because

        assert last.rule is case.made.rule
        assert last.rule.recommends == case.made.approach
        assert [reason.rule.id for reason in findings if reason.rule.recommends is not None] == []


def test_every_recommendation_has_something_to_do_and_a_time_to_look_again(cases: list[Case]) -> None:
    """But the hybrid, which has all there is and nothing to wait for."""
    for case in cases:
        kinds = {step.kind for step in case.made.next_steps}

        assert "do" in kinds
        assert "revisit" in kinds or case.made.approach == "hybrid"


WAITING: Facts = {"output_priority": "accuracy", "strict_format": False, "specialized_language": False}
ALWAYS = ["validate-with-rag", "log-from-day-one", "revisit-date"]


@pytest.mark.parametrize(
    ("facts", "conditional"),
    [
        pytest.param({"daily_calls": 1_000_000, "labeled_data": "sufficient"}, [], id="labels there, volume alone"),
        pytest.param(
            {"daily_calls": 1_000_000, "labeled_data": "insufficient"}, ["collect-labels"], id="too few labels"
        ),
        pytest.param({"daily_calls": 1_000_000, "labeled_data": None}, ["collect-labels"], id="labels not counted"),
        pytest.param({"daily_calls": 1_000_000}, ["collect-labels"], id="labels never asked for"),
        pytest.param(
            {"strict_format": True, "labeled_data": "sufficient"},
            ["tripwire-format", "tripwire-volume"],
            id="a strict format",
        ),
        pytest.param(
            {"output_priority": "consistency", "labeled_data": "sufficient"},
            ["tripwire-format", "tripwire-volume"],
            id="consistency",
        ),
        pytest.param(
            {"output_priority": "both", "labeled_data": "sufficient"}, ["tripwire-format", "tripwire-volume"], id="both"
        ),
        pytest.param(
            {"specialized_language": True, "labeled_data": "sufficient"},
            ["tripwire-language", "tripwire-volume"],
            id="a rare language",
        ),
    ],
)
def test_a_next_step_is_given_only_where_its_condition_holds(
    book: RuleBook, facts: Facts, conditional: list[str]
) -> None:
    made = recommend(book, profile_of({**WAITING, **facts}))

    assert made.approach == "rag_then_fine_tune"
    assert {step.id for step in made.next_steps} == {*ALWAYS, *conditional}


# The same facts, the same recommendation


def test_the_same_facts_give_the_same_recommendation_from_a_book_read_afresh(book: RuleBook) -> None:
    again = load_rules(frozenset(article()))

    for facts in samples(200, seed=5):
        assert recommend(again, profile_of(facts)) == recommend(book, profile_of(facts))


def test_the_order_in_which_facts_were_told_makes_no_difference(book: RuleBook) -> None:
    for facts in samples(200, seed=13):
        backwards = dict(reversed(facts.items()))

        assert recommend(book, profile_of(backwards)) == recommend(book, profile_of(facts))
        assert next_fact(book, profile_of(backwards)) == next_fact(book, profile_of(facts))


def test_working_out_what_would_be_leaves_the_profile_as_it_was(book: RuleBook) -> None:
    profile = profile_of({"output_priority": "both", "daily_calls": None})

    recommend(book, profile)

    assert profile == profile_of({"output_priority": "both", "daily_calls": None})
