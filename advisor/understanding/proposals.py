"""What a language model says a message means, read without trusting it.

The model answers in a closed form. An act whose quote does not stand in the message, whose fact does not exist
or whose value is none of the fact's is dropped; what the model thinks of the case has no place to stand in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from advisor.llm.client import AnswerSchema
from advisor.profile import CHOICES, FACTS, FactName
from advisor.understanding.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Act = Literal[
    "set_fact", "unknown", "what_if", "ask_question", "ask_meaning", "ask_why",
    "greeting", "thanks", "goodbye", "anger", "smalltalk", "story",
]  # fmt: skip
"""What a model may say; to start over, take back, skip or change the language is read by code alone."""

ACTS: tuple[Act, ...] = get_args(Act)

NONE = "none"
"""Stands where an act has no fact or value: strict schemas want every property."""

NUMBER = "number"
"""The value of a count: the figure is read from the quote by code."""

MAX_ACTS = 12
"""Acts of one message that are looked at."""

_VALUES = tuple(
    dict.fromkeys(
        [NONE, NUMBER, *(str(choice).lower() for choices in CHOICES.values() for choice in choices)],
    )
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One act that can be read; whether it is believed is another matter."""

    act: Act
    fact: FactName | None
    value: str
    """One of the fact's values in lower case, `NUMBER`, or `NONE`."""
    said: str
    """The user's own words, a substring of the message."""


def _schema() -> dict[str, Any]:
    properties = {
        "act": {"type": "string", "enum": list(ACTS)},
        "fact": {"type": "string", "enum": [NONE, *FACTS]},
        "value": {"type": "string", "enum": list(_VALUES)},
        "quote": {"type": "string"},
    }
    act = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return {
        "type": "object",
        "properties": {"acts": {"type": "array", "items": act}},
        "required": ["acts"],
        "additionalProperties": False,
    }


def _check(answer: Mapping[str, Any]) -> None:
    if not isinstance(answer.get("acts"), list):
        message = "there are no acts"
        raise ValueError(message)  # noqa: TRY004 - what `AnswerSchema.fits` reads


SCHEMA = AnswerSchema("acts", _schema(), _check)
"""The form of the model's answer."""


def proposals(answer: Mapping[str, Any], message: str) -> tuple[Proposal, ...]:
    """The acts of an answer that can be read, each once, in their order."""
    found = (_proposal(raw, message) for raw in answer["acts"][:MAX_ACTS])
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _proposal(raw: object, message: str) -> Proposal | None:
    if not isinstance(raw, dict) or not all(
        isinstance(raw.get(name), str) for name in ("act", "fact", "value", "quote")
    ):
        return None
    act = next((each for each in ACTS if each == raw["act"]), None)
    fact = next((each for each in FACTS if each == raw["fact"]), None)
    said = quoted(raw["quote"], message)
    if act is None or said is None:
        return None
    if act in ("set_fact", "what_if") and (fact is None or raw["value"] not in _values_of(fact)):
        return None
    if act == "unknown" and fact is None:
        return None
    return Proposal(act, fact, raw["value"], said)


def _values_of(fact: FactName) -> Iterator[str]:
    if fact == "daily_calls":
        yield NUMBER
    yield from (str(choice).lower() for choice in CHOICES.get(fact, ()))


def quoted(quote: str, message: str) -> str | None:
    """The words of ``message`` that ``quote`` repeats, case, width and script aside; ``None`` where it repeats none."""
    folded, places = fold(message)
    wanted = fold(quote)[0].strip(" \n\"'“”「」.,。、")
    start = folded.find(wanted) if wanted else -1
    return message[places[start] : places[start + len(wanted) - 1] + 1] if start >= 0 else None
