"""A language model that says what it was told to say: for tests, and for evals that must not ask a server."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from advisor.errors import ModelError, ModelOutputError
from advisor.llm.client import ModelReply, Usage
from advisor.llm.wire import whole_object

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from advisor.llm.client import Deadline, ModelRequest

Line = str | Mapping[str, Any] | ModelReply | ModelError
"""What is said: a text, an object, a reply with its counts, or an error that is raised."""

PIECE = 12
"""Characters of a piece of a stream."""


class ScriptedModel:
    """A `ChatModel` that answers from a queue, or by a function of the request; it keeps what it was asked.

    It holds answers to the form that was asked for, as a server's model does.
    """

    def __init__(self, lines: Iterable[Line] | Callable[[ModelRequest], Line] = (), *, name: str = "scripted") -> None:
        """Nothing is said yet.

        Args:
            lines: what to say, in this order, or a function that says it.
            name: the model's name.
        """
        self._name = name
        self._lock = threading.Lock()
        self._answer = lines if callable(lines) else None
        self._queue: deque[Line] = deque() if callable(lines) else deque(lines)
        self.asked: list[ModelRequest] = []
        """Every request so far."""

    @property
    def name(self) -> str:
        """The model's name."""
        return self._name

    @property
    def left(self) -> int:
        """How many queued lines were not said yet."""
        return len(self._queue)

    def say(self, *lines: Line) -> None:
        """Queue more to say."""
        with self._lock:
            self._queue.extend(lines)

    def complete(self, request: ModelRequest, deadline: Deadline) -> ModelReply:
        """The next line as a whole answer.

        Raises:
            ModelError: the line is an error, or does not have the form that was asked for, or the time is over.
            LookupError: nothing is left to say; the script is too short.
        """
        with self._lock:
            self.asked.append(request)
            deadline.check()
            line = self._answer(request) if self._answer else self._queued(request)
        if isinstance(line, ModelError):
            raise line
        return line if isinstance(line, ModelReply) else self._reply(line, request)

    def stream(self, request: ModelRequest, deadline: Deadline) -> Generator[str, None, ModelReply]:
        """The next line in pieces; raises what `complete` raises, before the first."""
        reply = self.complete(request, deadline)
        for place in range(0, len(reply.text), PIECE):
            yield reply.text[place : place + PIECE]
        return reply

    def _queued(self, request: ModelRequest) -> Line:
        if not self._queue:
            message = f"the script has no line left for request {len(self.asked)} ({request.purpose})"
            raise LookupError(message)
        return self._queue.popleft()

    def _reply(self, line: str | Mapping[str, Any], request: ModelRequest) -> ModelReply:
        text = line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)
        parsed = None if request.schema is None else whole_object(text)
        if request.schema is not None and not (parsed is not None and request.schema.fits(parsed)):
            raise ModelOutputError("the script's line is not in the form that was asked for", usage=Usage(calls=1))
        return ModelReply(text, parsed, Usage(calls=1), "stop", 0.0, self._name)
