"""What leaves the advisor: a response in the contract's form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from advisor.language import Language
    from advisor.llm.spending import Spent
    from advisor.profile import FactName

Mode = Literal["embedded", "llm", "degraded"]
"""Who took part in the turn: code alone, a language model, or code because the model failed."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered marker in a reply and the passage behind it."""

    n: int
    source: str
    id: str
    language: str
    quote: str
    """A verbatim substring of the passage."""

    def to_dict(self) -> dict[str, Any]:
        """The contract's form."""
        return {
            "n": self.n,
            "source": self.source,
            "id": self.id,
            "language": self.language,
            "quote": self.quote,
        }


@dataclass(frozen=True, slots=True)
class Usage:
    """What a turn cost in calls to a language model and in tokens."""

    llm_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def to_dict(self) -> dict[str, int]:
        """The contract's form."""
        return {
            "llm_calls": self.llm_calls,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
        }


@dataclass(frozen=True, slots=True)
class Response:
    """One turn's answer."""

    session: str
    turn: int
    reply: str
    """Markdown with markers such as ``[1]``."""
    language: Language
    asking: FactName | None
    """The fact that the reply ends by asking for."""
    facts: dict[str, dict[str, Any]]
    citations: tuple[Citation, ...]
    recommendation: dict[str, Any] | None
    """The contract's form of the recommendation; ``None`` until some fact is known."""
    supported: bool
    """False where the user asked what the sources do not cover."""
    mode: Mode = "embedded"
    usage: Usage = field(default_factory=Usage)
    elapsed_ms: float = 0.0
    stopped: bool = False
    """Whether the user stopped the reply before its end; no part of the contract's form."""
    spent: Spent | None = None
    """What the turn cost, where a language model was asked; no part of the contract's form."""

    def to_dict(self) -> dict[str, Any]:
        """The contract's form; its names are fixed, scripts outside rely on them."""
        return {
            "session": self.session,
            "turn": self.turn,
            "reply": self.reply,
            "language": self.language,
            "asking": self.asking,
            "facts": self.facts,
            "citations": [citation.to_dict() for citation in self.citations],
            "recommendation": self.recommendation,
            "supported": self.supported,
            "mode": self.mode,
            "usage": self.usage.to_dict(),
            "elapsed_ms": round(self.elapsed_ms, 1),
        }
