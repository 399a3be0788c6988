"""The calls of one turn: few, all before one deadline, and none after one that failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from advisor.errors import ModelError
from advisor.llm.client import ModelRequest, Usage

if TYPE_CHECKING:
    from collections.abc import Generator

    from advisor.llm.client import ChatModel, Deadline, ModelReply

MOST_CALLS = 2
"""Calls of one turn; a request that had to be made twice counts twice."""


@dataclass
class Calls:
    """What a turn may still ask, and what it has cost. For one turn and one thread."""

    model: ChatModel
    deadline: Deadline
    left: int = MOST_CALLS
    """How many more calls may be made."""
    usage: Usage = field(default_factory=Usage, init=False)
    """Of every call so far, those that failed included."""
    answered: int = field(default=0, init=False)
    """How many calls were answered."""
    error: ModelError | None = field(default=None, init=False)
    """Why the model was given up in this turn."""

    def check(self) -> None:
        """Give up at once a model that cannot be asked, whether or not this turn would ask it."""
        if not self.model.name:
            self.complete(ModelRequest("", "", "understand", 1))

    def complete(self, request: ModelRequest) -> ModelReply | None:
        """The whole answer; ``None`` where no call is left or the model fails, which is kept in `error`."""
        if self.left <= 0:
            return None
        try:
            return self._kept(self.model.complete(request, self.deadline))
        except ModelError as error:
            self._give_up(error)
            return None

    def stream(self, request: ModelRequest) -> Generator[str, None, ModelReply | None]:
        """The answer piece by piece, and in the end the whole; ``None`` as in `complete`, pieces or not."""
        if self.left <= 0:
            return None
        self.left -= 1  # closed early, it has been made all the same
        try:
            reply = yield from self.model.stream(request, self.deadline)
        except ModelError as error:
            self._give_up(error)
            return None
        except (GeneratorExit, KeyboardInterrupt):
            self.usage += Usage(calls=1, uncounted=1)
            raise
        self.left += 1
        return self._kept(reply)

    def _kept(self, reply: ModelReply) -> ModelReply:
        self.usage += reply.usage
        self.left -= max(1, reply.usage.calls)
        self.answered += 1
        return reply

    def _give_up(self, error: ModelError) -> None:
        self.error = error
        self.left = 0
        if error.usage is not None:
            self.usage += error.usage
