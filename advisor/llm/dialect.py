"""What of the protocol a server understands, found out by asking and kept for the process.

An answer in JSON is asked for by schema, then by a tool call, then in plain words: a server that rejects one,
or answers something else, is asked the next way, until an answer was good in one; from then on it is asked
in that way only. Parameters that a model rejects (`max_tokens` by OpenAI's reasoning models) are likewise
replaced or left out.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from advisor.errors import (
    ModelContextError,
    ModelError,
    ModelFilteredError,
    ModelOutputError,
    ModelRequestError,
)
from advisor.llm.redaction import redact
from advisor.llm.wire import object_in, schema_text, whole_object

if TYPE_CHECKING:
    from advisor.llm.client import AnswerSchema, ModelRequest
    from advisor.llm.wire import Answer

Structure = Literal["json_schema", "tool", "text"]
"""`json_schema`: the server holds the model to it; `tool`: as arguments of a call; `text`: the model is told so."""

_NEXT: dict[Structure, Structure] = {"json_schema": "tool", "tool": "text"}

_REJECTS = frozenset({400, 404, 405, 422, 500, 501})
"""What servers answer to a form that they do not know."""

IN_WORDS = "\n\nAnswer with one JSON object and nothing else. It must fit this JSON schema:\n"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a server is asked."""

    structure: Structure = "json_schema"
    certain: bool = False
    """Whether an answer was good in this structure; from then on a fault is a fault."""
    tokens: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """The older name is known to every server but OpenAI's newer models."""
    temperature: bool = True
    stream_usage: bool = True

    def body(self, request: ModelRequest, model: str, *, stream: bool) -> dict[str, Any]:
        """What is sent: the request in this dialect, without anything that looks like a key."""
        messages = [{**message, "content": _clean(message["content"])} for message in request.messages()]
        body: dict[str, Any] = {"model": model, "messages": messages, self.tokens: request.max_tokens}
        if self.temperature:
            body["temperature"] = request.temperature
        if stream:
            body["stream"] = True
            if self.stream_usage:
                body["stream_options"] = {"include_usage": True}
        if request.schema is not None:
            self._ask_for(request.schema, body)
        return body

    def _ask_for(self, schema: AnswerSchema, body: dict[str, Any]) -> None:
        match self.structure:
            case "json_schema":
                form = {"name": schema.name, "schema": dict(schema.schema), "strict": True}
                body["response_format"] = {"type": "json_schema", "json_schema": form}
            case "tool":
                function = {"name": schema.name, "parameters": dict(schema.schema)}
                body["tools"] = [{"type": "function", "function": function}]
                body["tool_choice"] = {"type": "function", "function": {"name": schema.name}}
            case "text":
                body["messages"][0]["content"] += IN_WORDS + schema_text(schema.schema)

    def parsed(self, answer: Answer) -> dict[str, Any] | None:
        """The object that was answered; ``None`` where there is none."""
        if answer.arguments:
            return whole_object(answer.arguments)
        if self.structure == "json_schema":
            return whole_object(answer.content)  # prose around it: the server did not hold the model to the schema
        return object_in(answer.content)


def lowered(dialect: Dialect, error: ModelError, request: ModelRequest) -> Dialect | None:
    """The dialect to try next after ``error``; ``None`` where asking otherwise would not help."""
    if isinstance(error, ModelContextError | ModelFilteredError):
        return None
    if isinstance(error, ModelRequestError):
        without = _without(dialect, error.parameter)
        if without is not None:
            return without
    if request.schema is None or dialect.certain or dialect.structure not in _NEXT:
        return None
    if error.status in _REJECTS or type(error) is ModelOutputError:
        return replace(dialect, structure=_NEXT[dialect.structure])
    return None


def _without(dialect: Dialect, parameter: str | None) -> Dialect | None:
    match parameter:
        case "max_tokens" if dialect.tokens == "max_tokens":
            return replace(dialect, tokens="max_completion_tokens")
        case "temperature" if dialect.temperature:
            return replace(dialect, temperature=False)
        case "stream_options" if dialect.stream_usage:
            return replace(dialect, stream_usage=False)
        case _:
            return None


def _clean(text: str) -> str:
    """``text`` as it may be sent: no keys, and nothing that UTF-8 cannot write."""
    return redact(text.encode("utf-8", "replace").decode())


class Learnt:
    """Server and model → the dialect that was found out. Safe to be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._dialects: dict[tuple[str, str], Dialect] = {}

    def of(self, base_url: str, model: str) -> Dialect:
        """How to ask; the first guess where nothing is known yet."""
        with self._lock:
            return self._dialects.get((base_url, model), Dialect())

    def keep(self, base_url: str, model: str, dialect: Dialect) -> None:
        """Remember what was found out."""
        with self._lock:
            self._dialects[base_url, model] = dialect


LEARNT = Learnt()
"""What this process has found out."""
