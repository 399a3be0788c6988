"""Chat completions as they come over the wire, read without trusting them.

Servers that speak the protocol leave things out, send ``null`` for them, or add their own; the client library
takes all that as it comes. Here an answer is either read whole or refused.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from advisor.llm.client import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class _Details(BaseModel):
    cached_tokens: int | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Details | None = None


class _Function(BaseModel):
    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class _Call(BaseModel):
    index: int = 0
    function: _Function | None = None


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Completion(BaseModel):
    model: str | None = None
    choices: list[_Choice] = Field(min_length=1)


class _Part(BaseModel):
    delta: _Message | None = None
    finish_reason: str | None = None


class _Chunk(BaseModel):
    model: str | None = None
    choices: list[_Part] | None = None
    usage: _Usage | None = None


UNTOLD = Usage(calls=1, uncounted=1)
"""A call of which the server tells no counts."""


@dataclass
class Answer:
    """What has come of an answer so far; only a finish says that it is whole."""

    content: str = ""
    arguments: str = ""
    """Of the first tool call, as JSON text."""
    refusal: str = ""
    finish: str | None = None
    model: str = ""
    usage: Usage = UNTOLD

    def read(self, raw: object) -> None:
        """Take in a whole completion.

        Raises:
            ValueError: it is none.
        """
        self.usage = usage_in(raw)  # what is unreadable otherwise may have been paid for all the same
        completion = _Completion.model_validate(raw)
        choice = completion.choices[0]
        self.model = completion.model or ""
        self._take(choice.message)
        self.finish = choice.finish_reason

    def add(self, raw: object) -> Iterator[str]:
        """Take in a chunk of a stream, and yield the text in it.

        Raises:
            ValueError: it is none.
        """
        chunk = _Chunk.model_validate(raw)
        if chunk.usage is not None:
            self.usage = usage_in(raw)
        self.model = chunk.model or self.model
        for part in (chunk.choices or [])[:1]:
            yield from self._take(part.delta)
            self.finish = part.finish_reason or self.finish

    def _take(self, message: _Message | None) -> list[str]:
        if message is None:
            return []
        self.refusal += message.refusal or ""
        self.content += message.content or ""
        pieces = [message.content or ""]
        for call in message.tool_calls or []:
            if call.index == 0 and call.function is not None and call.function.arguments is not None:
                arguments = call.function.arguments
                pieces.append(arguments if isinstance(arguments, str) else json.dumps(arguments))
                self.arguments += pieces[-1]
        return [piece for piece in pieces if piece]


def usage_in(raw: object) -> Usage:
    """The counts in an answer or a chunk; one uncounted call where it does not say."""
    counts = raw.get("usage") if isinstance(raw, dict) else None
    try:
        usage = _Usage.model_validate(counts)
    except ValueError:
        return UNTOLD
    if usage.prompt_tokens is None or usage.completion_tokens is None:
        return Usage(1, usage.prompt_tokens or 0, usage.completion_tokens or 0, uncounted=1)
    cached = usage.prompt_tokens_details.cached_tokens if usage.prompt_tokens_details else None
    return Usage(1, usage.prompt_tokens, usage.completion_tokens, cached or 0)


_THOUGHT = re.compile(r"<think>.*?</think>\s*", re.DOTALL)


def without_thoughts(text: str) -> str:
    """``text`` without the reasoning that some local servers leave in the answer."""
    return _THOUGHT.sub("", text)


def whole_object(text: str) -> dict[str, Any] | None:
    """The JSON object that ``text`` is, or ``None``."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def object_in(text: str) -> dict[str, Any] | None:
    """The first JSON object in ``text``, past reasoning, fences and prose; ``None`` where there is none."""
    text = without_thoughts(text)
    decoder = json.JSONDecoder()
    for attempt, match in enumerate(re.finditer(r"\{", text)):
        if attempt == MOST_TRIES:
            break
        try:
            value, _ = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            return value
    return None


MOST_TRIES = 50
"""Braces at which an object is looked for."""


def schema_text(schema: Mapping[str, Any]) -> str:
    """A schema as it is shown to a model that its server does not hold to it."""
    return json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
