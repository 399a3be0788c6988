"""The facts about a use case: which values they take, and the three states in which each can be."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, Any

import pytest

from advisor.errors import RequestError
from advisor.profile import CHOICES, FACTS, FRAMEWORK, Change, Known, Profile, check_value, fact_name

if TYPE_CHECKING:
    from advisor.profile import FactName

WEEKLY = Known("weekly", "every Monday", 2)
UNKNOWN = Known(None, "no idea", 3)
NO = Known(value=False, said="nobody asks for sources", turn=4)


# The contract's facts and values


def test_the_facts_are_those_of_the_contract_in_the_order_of_the_article() -> None:
    """Other programs name these in files and requests; a changed name breaks them."""
    assert FACTS == (
        "knowledge_update_frequency",
        "output_priority",
        "labeled_data",
        "traceability_required",
        "strict_format",
        "daily_calls",
        "specialized_language",
        "use_case_validated",
    )


def test_the_first_four_facts_are_the_questions_of_the_framework() -> None:
    assert FRAMEWORK == (
        "knowledge_update_frequency",
        "output_priority",
        "labeled_data",
        "traceability_required",
    )


def test_the_values_are_those_of_the_contract() -> None:
    """Other programs write these into files and requests; a changed value breaks them."""
    yes_or_no = (True, False)
    assert dict(CHOICES) == {
        "knowledge_update_frequency": ("realtime", "daily", "weekly", "monthly", "quarterly", "yearly", "static"),
        "output_priority": ("accuracy", "consistency", "both"),
        "labeled_data": ("sufficient", "insufficient"),
        "traceability_required": yes_or_no,
        "strict_format": yes_or_no,
        "specialized_language": yes_or_no,
        "use_case_validated": yes_or_no,
    }


@pytest.mark.parametrize("fact", FACTS)
def test_every_fact_is_found_by_its_name(fact: FactName) -> None:
    assert fact_name(fact) == fact


@pytest.mark.parametrize("name", ["budget", "", "Strict_Format", "strict format", "daily_calls "])
def test_any_other_name_is_refused_with_the_facts_there_are(name: str) -> None:
    with pytest.raises(RequestError) as refused:
        fact_name(name)

    assert f"unknown fact {name!r}" in str(refused.value)
    assert all(fact in str(refused.value) for fact in FACTS)


# Values


@pytest.mark.parametrize(("fact", "value"), [(fact, value) for fact, values in CHOICES.items() for value in values])
def test_a_value_of_the_contract_is_taken_as_it_is(fact: FactName, value: str | bool) -> None:  # noqa: FBT001
    assert check_value(fact, value) is value


@pytest.mark.parametrize("fact", FACTS)
def test_a_dont_know_is_an_answer_to_every_question(fact: FactName) -> None:
    assert check_value(fact, None) is None


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("knowledge_update_frequency", "hourly"),
        ("knowledge_update_frequency", "Weekly"),
        ("knowledge_update_frequency", ""),
        ("output_priority", "speed"),
        ("output_priority", ["accuracy", "consistency"]),
        ("labeled_data", 1000),
        ("labeled_data", True),
        ("traceability_required", "true"),
        ("strict_format", "yes"),
        ("specialized_language", {}),
    ],
)
def test_any_other_value_is_refused_with_the_fact_and_its_values(fact: FactName, value: object) -> None:
    with pytest.raises(RequestError) as refused:
        check_value(fact, value)

    assert str(refused.value).startswith(f"{fact}: {value!r} is not one of ")
    assert str(refused.value).endswith(", null")


@pytest.mark.parametrize("value", [1, 0, 1.0, 0.0])
def test_a_number_is_no_yes_or_no(value: float) -> None:
    """1 == True in Python, but whoever writes 1 has not said yes."""
    with pytest.raises(RequestError, match="is not one of true, false, null"):
        check_value("strict_format", value)


@pytest.mark.parametrize("value", [0, 1, 999_999, 1_000_000, 10**15])
def test_a_count_of_calls_is_any_whole_number_from_zero_on(value: int) -> None:
    assert check_value("daily_calls", value) == value


@pytest.mark.parametrize("value", [2.0e6, 0.0, 1e6])
def test_a_count_in_another_notation_is_the_whole_number_it_means(value: float) -> None:
    checked = check_value("daily_calls", value)

    assert checked == value
    assert type(checked) is int


@pytest.mark.parametrize(
    "value",
    [-1, -1.0, 0.5, 1_000_000.5, 10**15 + 1, 1e300, float("inf"), float("nan"), "1000000", "1M", True, False, []],
)
def test_what_is_no_count_of_calls_a_day_is_refused(value: object) -> None:
    with pytest.raises(RequestError, match=r"^daily_calls: .* is not a count of calls a day"):
        check_value("daily_calls", value)


# Absent, not known, and no are three answers


def test_absent_not_known_and_no_are_three_states() -> None:
    absent, unknown, no = Profile(), Profile({"strict_format": UNKNOWN}), Profile({"strict_format": NO})

    assert "strict_format" not in absent
    assert "strict_format" in unknown
    assert "strict_format" in no
    assert (absent.get("strict_format"), unknown.get("strict_format"), no.get("strict_format")) == (None, UNKNOWN, NO)
    assert (absent.value("strict_format"), unknown.value("strict_format")) == (None, None)
    assert no.value("strict_format") is False
    assert len({repr(profile) for profile in (absent, unknown, no)}) == 3
    assert absent != unknown != no != absent


def test_a_fact_is_open_until_it_is_asked_or_told() -> None:
    profile = Profile({"strict_format": NO, "labeled_data": UNKNOWN})

    assert profile.open_facts() == (
        "knowledge_update_frequency",
        "output_priority",
        "traceability_required",
        "daily_calls",
        "specialized_language",
        "use_case_validated",
    )
    assert Profile().open_facts() == FACTS


def test_a_profile_is_something_as_soon_as_a_question_was_answered_even_with_a_dont_know() -> None:
    assert not Profile()
    assert Profile({"strict_format": UNKNOWN})


def test_facts_come_in_the_order_of_the_article_however_they_were_told() -> None:
    profile = Profile({"daily_calls": Known(7, "seven", 1), "labeled_data": UNKNOWN, "output_priority": UNKNOWN})

    assert list(profile) == ["output_priority", "labeled_data", "daily_calls"]
    assert list(profile.to_dict()) == ["output_priority", "labeled_data", "daily_calls"]


# A profile never changes; what is told next makes another


def test_telling_a_fact_makes_another_profile_and_leaves_the_first() -> None:
    first = Profile({"strict_format": NO})

    second = first.with_fact("knowledge_update_frequency", WEEKLY)

    assert first == Profile({"strict_format": NO})
    assert second == Profile({"strict_format": NO, "knowledge_update_frequency": WEEKLY})


def test_telling_a_fact_again_replaces_it() -> None:
    profile = Profile({"knowledge_update_frequency": WEEKLY})

    assert profile.with_fact("knowledge_update_frequency", UNKNOWN) == Profile({"knowledge_update_frequency": UNKNOWN})


def test_forgetting_a_fact_makes_it_absent_not_unknown() -> None:
    profile = Profile({"strict_format": NO, "knowledge_update_frequency": WEEKLY})

    forgotten = profile.without("knowledge_update_frequency")

    assert "knowledge_update_frequency" not in forgotten
    assert forgotten == Profile({"strict_format": NO})
    assert "knowledge_update_frequency" in profile


def test_forgetting_what_was_never_told_changes_nothing() -> None:
    assert Profile({"strict_format": NO}).without("daily_calls") == Profile({"strict_format": NO})


def test_a_value_for_the_sake_of_argument_is_in_nobodys_words() -> None:
    profile = Profile({"strict_format": NO})

    assumed = profile.with_value("strict_format", value=True)

    assert assumed.get("strict_format") == Known(value=True, said="", turn=0)
    assert profile.get("strict_format") == NO


def test_a_profile_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        Profile().facts = {}  # type: ignore[misc]


def test_profiles_are_equal_when_the_same_was_told() -> None:
    told = {"strict_format": NO, "knowledge_update_frequency": WEEKLY}

    assert Profile(dict(told)) == Profile(dict(reversed(told.items())))  # type: ignore[arg-type]
    assert Profile({"strict_format": NO}) != Profile({"strict_format": Known(value=False, said="no", turn=4)})


# Corrections


@pytest.mark.parametrize(
    ("before", "after", "correction"),
    [
        pytest.param(None, WEEKLY, False, id="told for the first time"),
        pytest.param(UNKNOWN, WEEKLY, False, id="found out after all"),
        pytest.param(None, UNKNOWN, False, id="asked and not known"),
        pytest.param(WEEKLY, None, False, id="taken back"),
        pytest.param(WEEKLY, Known("yearly", "once a year", 5), True, id="another value"),
        pytest.param(NO, Known(value=True, said="they do", turn=5), True, id="a no is a value like any other"),
    ],
)
def test_only_a_told_value_that_another_replaces_was_corrected(
    before: Known | None,
    after: Known | None,
    correction: bool,  # noqa: FBT001
) -> None:
    assert Change("knowledge_update_frequency", before, after).is_correction is correction


# The contract's form


def test_the_stored_form_is_that_of_the_contract() -> None:
    """A session outlives the process, and other programs read a response's facts: these names are fixed."""
    profile = Profile({"knowledge_update_frequency": WEEKLY, "labeled_data": UNKNOWN, "traceability_required": NO})

    assert profile.to_dict() == {
        "knowledge_update_frequency": {"value": "weekly", "said": "every Monday", "turn": 2},
        "labeled_data": {"value": None, "said": "no idea", "turn": 3},
        "traceability_required": {"value": False, "said": "nobody asks for sources", "turn": 4},
    }


@pytest.mark.parametrize(
    "profile",
    [
        pytest.param(Profile(), id="nothing known"),
        pytest.param(Profile({"labeled_data": UNKNOWN}), id="a don't-know"),
        pytest.param(Profile({"traceability_required": NO, "daily_calls": Known(0, "0回です", 1)}), id="no and zero"),
        pytest.param(Profile(dict.fromkeys(FACTS, UNKNOWN)), id="nothing but don't-knows"),
    ],
)
def test_what_is_stored_is_read_back_as_it_was(profile: Profile) -> None:
    assert Profile.from_dict(json.loads(json.dumps(profile.to_dict()))) == profile


@pytest.mark.parametrize(
    ("stored", "fault"),
    [
        ({"budget": {"value": 3, "said": "three", "turn": 1}}, "unknown fact 'budget'"),
        ({"strict_format": {"value": "yes", "said": "yes", "turn": 1}}, "strict_format: 'yes' is not one of"),
        ({"daily_calls": {"value": -3, "said": "-3", "turn": 1}}, "daily_calls: -3 is not a count"),
    ],
)
def test_a_stored_fact_or_value_that_is_not_the_contracts_is_refused(stored: dict[str, Any], fault: str) -> None:
    with pytest.raises(RequestError, match=fault):
        Profile.from_dict(stored)
