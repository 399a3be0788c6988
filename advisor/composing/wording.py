"""The sentences that a language model answers with: their form, and reading them while they come."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from advisor.llm.client import AnswerSchema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_SENTENCES = 8
"""Sentences of one answer that are looked at."""


@dataclass(frozen=True, slots=True)
class Worded:
    """One sentence and the passages that it names; nothing of it is believed yet."""

    text: str
    passages: tuple[str, ...]
    """Ids as the model wrote them."""


def _schema() -> dict[str, Any]:
    properties = {"text": {"type": "string"}, "passages": {"type": "array", "items": {"type": "string"}}}
    sentence = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return {
        "type": "object",
        "properties": {"sentences": {"type": "array", "items": sentence}},
        "required": ["sentences"],
        "additionalProperties": False,
    }


def _check(answer: Mapping[str, Any]) -> None:
    if not isinstance(answer.get("sentences"), list):
        message = "there are no sentences"
        raise ValueError(message)  # noqa: TRY004 - what `AnswerSchema.fits` reads


SCHEMA = AnswerSchema("sentences", _schema(), _check)
"""The form of the model's answer."""


def worded(raw: object) -> Worded | None:
    """A sentence of an answer; ``None`` where it is not in the form."""
    if not isinstance(raw, dict):
        return None
    text, passages = raw.get("text"), raw.get("passages")
    if not isinstance(text, str) or not isinstance(passages, list) or not text.strip():
        return None
    return Worded(" ".join(text.split()), tuple(each for each in passages if isinstance(each, str)))


class Scanner:
    """Reads the sentences out of JSON text as it comes, each as soon as it is whole."""

    def __init__(self) -> None:
        self._text = ""
        self._place = -1

    def feed(self, piece: str) -> Iterator[object]:
        """Take in more text; the items that are whole by it."""
        self._text += piece
        if self._place < 0:
            begin = self._text.find('"sentences"')
            bracket = self._text.find("[", begin) if begin >= 0 else -1
            if bracket < 0:
                return
            self._place = bracket + 1
        while (start := self._text.find("{", self._place)) >= 0:
            try:
                item, end = json.JSONDecoder().raw_decode(self._text, start)
            except (ValueError, RecursionError):
                return
            self._place = end
            yield item
