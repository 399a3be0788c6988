"""Facts from a file: YAML or JSON, every fault told at once."""

from __future__ import annotations

import json

import pytest

from advisor.errors import RequestError
from advisor.facts_file import read_facts
from advisor.profile import CHOICES, FACTS, MAX_DAILY_CALLS, FactName, FactValue, Known, Profile


@pytest.mark.parametrize(
    ("fact", "value"),
    [*((fact, value) for fact, values in CHOICES.items() for value in values), *((fact, None) for fact in FACTS)],
)
def test_every_value_of_every_fact_is_read_from_json_and_from_yaml(fact: FactName, value: FactValue) -> None:
    expected = Profile({fact: Known(value, "", 0)})

    assert read_facts(json.dumps({fact: value})) == expected
    assert read_facts(f"{fact}: {json.dumps(value)}\n") == expected


@pytest.mark.parametrize(
    ("written", "calls"),
    [("0", 0), ("1000000", 1_000_000), ("1_000_000", 1_000_000), ("2000000.0", 2_000_000), ("2.0e+6", 2_000_000)],
)
def test_calls_a_day_are_a_whole_number(written: str, calls: int) -> None:
    assert read_facts(f"daily_calls: {written}").value("daily_calls") == calls


@pytest.mark.parametrize(
    "written", ["-1", "0.5", '"many"', "true", ".nan", ".inf", str(MAX_DAILY_CALLS + 1), "[1]", "2026-11-23", "'7'"]
)
def test_what_is_no_count_of_calls_is_refused(written: str) -> None:
    with pytest.raises(RequestError, match=r"daily_calls: .* is not a count of calls a day"):
        read_facts(f"daily_calls: {written}")


def test_facts_as_a_response_carries_them_are_read_with_the_users_words() -> None:
    text = '{"labeled_data": {"value": "insufficient", "said": "每週一 nothing", "turn": 3}}'

    assert read_facts(text) == Profile({"labeled_data": Known("insufficient", "每週一 nothing", 0)})


def test_facts_may_stand_under_a_heading() -> None:
    assert read_facts("facts:\n  labeled_data: insufficient\n") == read_facts("labeled_data: insufficient")


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n", "{}", "facts: {}", "null"])
def test_no_facts_are_no_facts(text: str) -> None:
    assert read_facts(text) == Profile()


def test_null_was_asked_and_is_not_known_while_an_absent_fact_was_never_asked() -> None:
    profile = read_facts("labeled_data: null")

    assert "labeled_data" in profile
    assert "strict_format" not in profile


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("labeled_data: lots", "labeled_data: 'lots' is not one of sufficient, insufficient, null"),
        ("labeled_data: Sufficient", "labeled_data: 'Sufficient' is not one of"),
        ("labeled_data: true", "labeled_data: True is not one of"),
        ("strict_format: 1", "strict_format: 1 is not one of true, false, null"),
        ('strict_format: "true"', "strict_format: 'true' is not one of true, false, null"),
        ("labeled_data: [sufficient]", r"labeled_data: \['sufficient'\] is not one of"),
        ("labeled_data: {said: yes}", "has no 'value'"),
        ("labeled_data: {value: {value: sufficient}}", "labeled_data: .* is not one of"),
        ("budget: 5", "unknown fact 'budget'; the facts are knowledge_update_frequency, "),
        ("Labeled_data: sufficient", "unknown fact 'Labeled_data'"),
        ("1: 2", "unknown fact '1'"),
    ],
)
def test_a_wrong_fact_or_value_is_told_with_what_is_allowed(text: str, fault: str) -> None:
    with pytest.raises(RequestError, match=fault):
        read_facts(text)


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(RequestError) as raised:
        read_facts("{budget: 1, labeled_data: lots, daily_calls: -1, strict_format: maybe, output_priority: both}")

    lines = str(raised.value).split("\n")
    assert lines[0] == "the facts have 4 fault(s):"
    assert [line.split(":")[0].split("'")[0].strip(" -") for line in lines[1:]] == [
        "unknown fact",
        "labeled_data",
        "daily_calls",
        "strict_format",
    ]


@pytest.mark.parametrize(
    "text", ["just words", "[labeled_data]", "7", "[]", "0", "false", "facts: null", "facts: [labeled_data]", '""']
)
def test_what_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="must be a mapping such as"):
        read_facts(text)


@pytest.mark.parametrize(
    "text",
    [
        "labeled_data: [",
        "a: b: c",
        "\t",
        "\x00",
        "{? [a] : b}",
        "{? {a: b} : c}",
        "labeled_data: !!python/object:os.system {}",
        "labeled_data: sufficient\n---\nlabeled_data: insufficient\n",
        "daily_calls: " + "9" * 5_000,
        "daily_calls: 2026-13-45",
        "*nobody",
    ],
    ids=lambda text: ascii(text[:20]),
)
def test_what_is_neither_yaml_nor_json_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="neither YAML nor JSON"):
        read_facts(text)


def test_a_deeply_nested_text_is_refused() -> None:
    with pytest.raises(RequestError):
        read_facts("[" * 2_000 + "]" * 2_000)


def test_an_alias_that_would_unfold_is_refused_before_it_does() -> None:
    with pytest.raises(RequestError, match="aliases are refused"):
        read_facts("a: &a [1, 1]\nb: [*a, *a]\n")


def test_a_number_in_json_is_read_as_json_writes_it() -> None:
    assert read_facts('{"daily_calls": 2e6}').value("daily_calls") == 2_000_000
