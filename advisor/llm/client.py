"""What the advisor asks a language model, and what comes back: plain values and one protocol.

Whoever reads or words a turn knows only `ChatModel`; whether a server, a script or a recording answers
is settled where objects are built.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from advisor.errors import ModelTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from decimal import Decimal

    from advisor.cost import Price

Purpose = Literal["understand", "compose", "repair"]
"""`understand` reads a message, `compose` words a reply, `repair` asks again with what was wrong."""

TURN_SECONDS = 45.0
"""The most that all calls of one turn may take together."""

NOT_IN_TIME = (
    "the language model did not answer in the time that a turn has; "
    "the advisor can answer without it, or try a faster model (ADVISOR_MODEL)"
)
"""What a user is told when a turn's time is over."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment at which a turn's calls must be over; one for the whole turn, however many calls it makes."""

    at: float
    """Seconds on ``clock``."""
    clock: Callable[[], float] = field(default=time.monotonic, repr=False, compare=False)

    @classmethod
    def after(cls, seconds: float = TURN_SECONDS, clock: Callable[[], float] = time.monotonic) -> Deadline:
        """A deadline ``seconds`` from now, and never more than `TURN_SECONDS`."""
        return cls(clock() + min(seconds, TURN_SECONDS), clock)

    def left_s(self) -> float:
        """Seconds left; 0 when it is over."""
        return max(0.0, self.at - self.clock())

    def check(self) -> None:
        """Go on only while there is time.

        Raises:
            ModelTimeoutError: the time is over.
        """
        if self.left_s() <= 0:
            raise ModelTimeoutError(NOT_IN_TIME)


@dataclass(frozen=True, slots=True)
class AnswerSchema:
    """The form that an answer must have."""

    name: str
    """Letters, digits, ``_`` and ``-``, at most 64: servers want one."""
    schema: Mapping[str, Any]
    """A JSON schema of an object. OpenAI's strict mode wants every property required and no others."""
    check: Callable[[Mapping[str, Any]], object] | None = field(default=None, compare=False, repr=False)
    """Raises ``ValueError`` for an answer that does not fit, as pydantic's ``model_validate`` does; without it
    any JSON object will do. Not every server holds the model to the schema."""

    def fits(self, answer: Mapping[str, Any]) -> bool:
        """Whether an answer passes the check."""
        try:
            if self.check is not None:
                self.check(answer)
        except ValueError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One question to a language model."""

    system: str
    """What the model is to do; the fixed part, so that a server's prefix cache serves it."""
    user: str
    """What it is about in this turn."""
    purpose: Purpose
    """Told to nobody outside; for counts and logs."""
    max_tokens: int
    """The most tokens that the answer may have."""
    schema: AnswerSchema | None = None
    """The answer's form; ``None`` for free text."""
    temperature: float = 0.0

    def messages(self) -> list[dict[str, str]]:
        """The messages in the protocol's form."""
        return [{"role": "system", "content": self.system}, {"role": "user", "content": self.user}]


@dataclass(frozen=True, slots=True)
class Usage:
    """What calls cost in tokens, as the server counted them."""

    calls: int = 0
    """Requests that the server answered or may have answered."""
    prompt_tokens: int = 0
    """Tokens sent, the cached ones included."""
    completion_tokens: int = 0
    """Tokens of the answer, hidden reasoning included."""
    cached_tokens: int = 0
    """Those of the prompt that the server had kept; billed less."""
    uncounted: int = 0
    """Calls that may have been billed without the server telling their counts: the sums above are too low then."""

    @property
    def uncached_tokens(self) -> int:
        """Those of the prompt that the server had not kept."""
        return max(0, self.prompt_tokens - self.cached_tokens)

    def cost_usd(self, price: Price | None) -> Decimal | None:
        """US dollars; ``None`` where the price or a count is unknown."""
        if price is None or self.uncounted:
            return None
        return price.cost_usd(
            uncached_input=self.uncached_tokens, cached_input=self.cached_tokens, output=self.completion_tokens
        )

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
            self.uncounted + other.uncounted,
        )


@dataclass(frozen=True, slots=True)
class ModelReply:
    """A whole answer: it ended of its own accord and has the form that was asked for."""

    text: str
    """The answer; with a schema, the JSON text."""
    parsed: dict[str, Any] | None
    """With a schema, the object; ``None`` for free text."""
    usage: Usage
    """Of every call made for this answer, those that failed on the way included."""
    finish: str
    """Why the model ended: ``stop`` or ``tool_calls``."""
    elapsed_ms: float
    """From asking to the last word, retries included."""
    model: str
    """The model as the server names it."""

    def to_dict(self) -> dict[str, Any]:
        """The form that recordings keep; its names are fixed."""
        return {
            "text": self.text,
            "parsed": self.parsed,
            "usage": {
                "calls": self.usage.calls,
                "prompt_tokens": self.usage.prompt_tokens,
                "completion_tokens": self.usage.completion_tokens,
                "cached_tokens": self.usage.cached_tokens,
                "uncounted": self.usage.uncounted,
            },
            "finish": self.finish,
            "elapsed_ms": round(self.elapsed_ms, 1),
            "model": self.model,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> ModelReply:
        """The reply that ``to_dict`` wrote.

        Raises:
            KeyError, TypeError: it was not written so.
        """
        return cls(
            text=raw["text"],
            parsed=raw["parsed"],
            usage=Usage(**raw["usage"]),
            finish=raw["finish"],
            elapsed_ms=raw["elapsed_ms"],
            model=raw["model"],
        )


class ChatModel(Protocol):
    """Answers requests. Safe to be used by several threads."""

    @property
    def name(self) -> str:
        """The model as it was configured; prices are looked up by it."""

    def complete(self, request: ModelRequest, deadline: Deadline) -> ModelReply:
        """The whole answer.

        Raises:
            ModelError: there is none in time that can be used; nothing else is raised.
        """

    def stream(self, request: ModelRequest, deadline: Deadline) -> Generator[str, None, ModelReply]:
        """The answer piece by piece, and in the end the whole reply as the generator's value.

        Closing the generator early ends the call; what it cost is then not told. With a schema the pieces are
        JSON text. The pieces may hold reasoning between ``<think>`` marks, which the reply does not.

        Raises:
            ModelError: there is no whole answer. Pieces that came before it are no whole answer either.
        """
