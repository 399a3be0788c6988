"""A response in the contract's form."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from advisor.messages import Citation, Response, Usage

_SCHEMA = Path(__file__).parent / "response.schema.json"

_CITATION = Citation(1, "article", "my-take", "en", "RAG is your first answer.")
_RESPONSE = Response(
    session="a",
    turn=3,
    reply="Start simple [1].",
    language="en",
    asking="labeled_data",
    facts={"knowledge_update_frequency": {"value": "weekly", "said": "every Monday", "turn": 2}},
    citations=(_CITATION,),
    recommendation={"approach": "rag", "final": False, "because": [], "would_change": [], "next_steps": []},
    supported=True,
    elapsed_ms=14.26,
)


@cache
def _schema() -> Draft202012Validator:
    return Draft202012Validator(json.loads(_SCHEMA.read_text(encoding="utf-8")))


def test_the_names_of_a_response_are_frozen() -> None:
    """Scripts and other programs outside this repository read these names, in the contract's section 4.

    A changed name breaks them without a word, so it takes a change of the contract, not of this test.
    """
    assert list(_RESPONSE.to_dict()) == [
        "session",
        "turn",
        "reply",
        "language",
        "asking",
        "facts",
        "citations",
        "recommendation",
        "supported",
        "mode",
        "usage",
        "elapsed_ms",
    ]


def test_the_names_of_a_citation_are_frozen() -> None:
    """They stand in every response line, see above."""
    assert list(_CITATION.to_dict()) == ["n", "source", "id", "language", "quote"]


def test_the_names_of_the_usage_are_frozen() -> None:
    """They stand in every response line, see above."""
    assert list(Usage().to_dict()) == ["llm_calls", "prompt_tokens", "completion_tokens"]


def test_a_response_is_in_the_contracts_form() -> None:
    _schema().validate(_RESPONSE.to_dict())


def test_a_response_without_facts_recommends_nothing() -> None:
    bare = replace(_RESPONSE, asking=None, facts={}, citations=(), recommendation=None).to_dict()

    _schema().validate(bare)
    assert bare["recommendation"] is None
    assert bare["asking"] is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reply", ""),
        ("language", "de"),
        ("asking", "budget"),
        ("mode", "quantum"),
        ("turn", 0),
        ("facts", {"budget": {"value": 1, "said": "", "turn": 1}}),
        ("citations", [{"n": 1}]),
    ],
)
def test_what_is_not_in_the_contracts_form_is_found(name: str, value: Any) -> None:
    """The other side of the check above: a schema that lets everything pass would prove nothing."""
    with pytest.raises(ValidationError):
        _schema().validate({**_RESPONSE.to_dict(), name: value})


def test_a_response_is_plain_json() -> None:
    told = _RESPONSE.to_dict()

    assert json.loads(json.dumps(told, ensure_ascii=False)) == told


def test_a_response_says_what_its_fields_say() -> None:
    told = _RESPONSE.to_dict()

    assert told["session"] == "a"
    assert told["turn"] == 3
    assert told["asking"] == "labeled_data"
    assert told["facts"]["knowledge_update_frequency"]["said"] == "every Monday"
    assert told["citations"] == [
        {"n": 1, "source": "article", "id": "my-take", "language": "en", "quote": "RAG is your first answer."}
    ]


def test_the_embedded_mode_costs_no_tokens() -> None:
    told = _RESPONSE.to_dict()

    assert told["mode"] == "embedded"
    assert told["usage"] == {"llm_calls": 0, "prompt_tokens": 0, "completion_tokens": 0}


def test_the_elapsed_time_is_told_in_tenths_of_a_millisecond() -> None:
    assert _RESPONSE.to_dict()["elapsed_ms"] == 14.3


def test_two_responses_with_the_same_content_are_equal() -> None:
    assert replace(_RESPONSE) == _RESPONSE
    assert replace(_RESPONSE, turn=4) != _RESPONSE
