"""One request to a server and its answer: sent, read, and judged whether it can be used.

What comes in is never trusted: an answer that does not say that it ended, or has not the form that was asked
for, is an error like any other. Nothing that the client library raises gets past here.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from advisor.errors import (
    ModelError,
    ModelFilteredError,
    ModelIncompleteError,
    ModelLengthError,
    ModelOutputError,
    ModelProtocolError,
    ModelRefusedError,
)
from advisor.llm.client import Usage
from advisor.llm.faults import Place, fault, fault_in, told
from advisor.llm.wire import UNTOLD, Answer, without_thoughts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from openai import OpenAI, Timeout

    from advisor.llm.client import Deadline, ModelRequest
    from advisor.llm.dialect import Dialect

OPENAI = "https://api.openai.com/v1"

NO_KEY = "not-needed"
"""Sent where no key is set: the client library wants one, local servers do not look at it."""

MACHINE = ("X-Stainless-OS", "X-Stainless-Arch", "X-Stainless-Runtime", "X-Stainless-Runtime-Version")
"""Headers that tell of this machine; never sent."""

ACCOUNT = ("OpenAI-Organization", "OpenAI-Project")
"""Headers that name an account of OpenAI's; sent to OpenAI alone."""

MOST_BYTES = 4_000_000
"""Of one answer; more is not an answer."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is, and what it is called there."""

    model: str
    base_url: str = OPENAI
    api_key: str = field(default=NO_KEY, repr=False)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one request is waited for, and how often it is made; the turn's deadline comes before all of these."""

    connect_s: float = 3.0
    read_s: float = 30.0
    """Between two pieces of an answer."""
    attempts: int = 2
    backoff_s: float = 0.5
    """The longest wait before the second attempt; it doubles, and a random part of it is waited."""
    longest_wait_s: float = 4.0


@dataclass(frozen=True, slots=True)
class Whole:
    """The end of an answer that can be used."""

    text: str
    parsed: dict[str, Any] | None
    finish: str
    model: str
    usage: Usage


Events = Generator[str | Whole, None, None]
"""Pieces of text, and in the end the whole."""


@dataclass(slots=True)
class Call:
    """One question and what it has cost so far."""

    request: ModelRequest
    deadline: Deadline
    stream: bool
    dialect: Dialect
    spent: Usage = field(default_factory=Usage)


class Exchange:
    """Talks with one server; the client library is loaded when it is first needed."""

    def __init__(self, endpoint: Endpoint, patience: Patience, http_client: Any = None) -> None:
        self.place = Place(endpoint.model, endpoint.base_url)
        self._endpoint = endpoint
        self._patience = patience
        self._http_client = http_client
        self._lock = threading.Lock()
        self._client: OpenAI | None = None

    def close(self) -> None:
        """Give up the connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def client(self) -> OpenAI:
        """The client library's client, opened once."""
        from openai import OpenAI, omit

        with self._lock:
            if self._client is None:
                self._client = OpenAI(
                    api_key=self._endpoint.api_key or NO_KEY,
                    base_url=self._endpoint.base_url,
                    max_retries=0,
                    default_headers=cast("Any", dict.fromkeys(self._unsent(), omit)),
                    http_client=self._http_client,
                )
            return self._client

    def _unsent(self) -> tuple[str, ...]:
        """Headers that the client library would add from the machine and the environment, and no server needs."""
        return MACHINE if self._endpoint.base_url.startswith(OPENAI) else (*MACHINE, *ACCOUNT)

    def mapped(self, talk: Callable[[Any], Generator[Any, None, None]], about: Any) -> Generator[Any, None, None]:
        """What ``talk`` yields; whatever it raises as one of our errors, with nothing of the original on it."""
        try:
            yield from talk(about)
        except ModelError:
            raise
        except Exception as error:  # noqa: BLE001 - the border: see `faults`
            problem = fault(error, self.place)
        else:
            return
        raise problem

    def spoken(self, call: Call) -> Events:
        """Send the request and read the answer; runs in a thread of its own."""
        completions = self.client().chat.completions
        body = call.dialect.body(call.request, self._endpoint.model, stream=call.stream)
        body["timeout"] = self._timeout(call.deadline)
        answer = Answer()
        if call.stream:
            with completions.create(**body) as chunks:
                yield from self._pieces(chunks, answer, call.deadline)
        else:
            with completions.with_streaming_response.create(**body) as response:
                self._read(response.iter_bytes(), answer, call.deadline)
        yield self._judged(call, answer)

    def _read(self, pieces: Iterable[bytes], answer: Answer, deadline: Deadline) -> None:
        """Take in a whole body.

        Raises:
            ModelProtocolError: it is none of the protocol, or longer than any answer.
        """
        data = _value(pieces, deadline)
        try:
            answer.read(data)
        except ValueError:
            problem = fault_in(data, self.place) or ModelProtocolError(told(ModelProtocolError, self.place))
            problem.usage = None if answer.usage is UNTOLD else answer.usage
        else:
            return
        raise problem

    def _pieces(self, chunks: Iterable[Any], answer: Answer, deadline: Deadline) -> Generator[str, None, None]:
        """The text of a stream as it comes.

        Raises:
            ModelError: it broke off; what came before may have been paid for.
        """
        size = 0
        try:
            for chunk in chunks:
                deadline.check()  # chunks without text would otherwise be read for ever
                for piece in answer.add(chunk.to_dict(warnings=False)):
                    size += len(piece)
                    yield piece
                if size > MOST_BYTES:
                    break
        except ModelError:
            raise
        except Exception as error:  # noqa: BLE001 - the border: see `faults`
            problem = fault(error, self.place)
            if isinstance(problem, ModelProtocolError):  # a chunk that was cut
                problem = ModelIncompleteError(told(ModelIncompleteError, self.place))
            problem.usage = answer.usage
        else:
            return
        raise problem

    def _judged(self, call: Call, answer: Answer) -> Whole:
        """The answer, if it is whole and has its form.

        Raises:
            ModelRefusedError, ModelOutputError: it is not.
        """
        schema = call.request.schema
        parsed = call.dialect.parsed(answer) if schema is not None else None
        kind = _unfinished(answer)
        if kind is None and schema is not None and (parsed is None or not schema.fits(parsed)):
            kind = ModelOutputError
        text = without_thoughts(answer.content) if schema is None else json.dumps(parsed, ensure_ascii=False)
        if kind is None and not text.strip():
            kind = ModelOutputError
        if kind is not None:
            raise kind(told(kind, self.place), usage=answer.usage)
        return Whole(text, parsed, answer.finish or "", answer.model or self._endpoint.model, answer.usage)

    def listed(self, deadline: Deadline) -> Generator[str, None, None]:
        """The names of the models that the server offers."""
        for model in self.client().models.list(timeout=self._timeout(deadline)):
            yield str(model.id)

    def _timeout(self, deadline: Deadline) -> Timeout:
        from openai import Timeout

        left = max(deadline.left_s(), 0.001)
        return Timeout(min(self._patience.read_s, left), connect=min(self._patience.connect_s, left))


def _value(pieces: Iterable[bytes], deadline: Deadline) -> object:
    """The JSON value of a body; ``None`` where it is none or too long."""
    body = bytearray()
    for piece in pieces:
        deadline.check()  # nobody waits any more, and the connection is wanted
        body += piece
        if len(body) > MOST_BYTES:
            return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _unfinished(answer: Answer) -> type[ModelError] | None:
    """Why the answer is not whole; ``None`` where it is."""
    if answer.finish == "content_filter":
        return ModelFilteredError
    if answer.refusal:
        return ModelRefusedError
    if answer.finish == "length":
        return ModelLengthError
    if answer.finish is None:  # a stream that simply ends raises nothing
        return ModelIncompleteError
    return None if answer.finish in {"stop", "tool_calls"} else ModelProtocolError
