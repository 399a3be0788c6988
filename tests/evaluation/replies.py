"""Replies written by hand from the article, as the graders are to find them right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.knowledge import article

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Response = dict[str, Any]


def citation(n: int, passage: str, quote: str, language: str = "en", source: str = "article") -> dict[str, Any]:
    return {"n": n, "source": source, "id": passage, "language": language, "quote": quote}


def cited(n: int, passage: str, language: str = "en") -> dict[str, Any]:
    """A citation of the whole of a passage's first line."""
    return citation(n, passage, article()[passage][language].lines[0], language)


def response(
    reply: str = "Noted.",
    *,
    language: str = "en",
    facts: Mapping[str, Any] | None = None,
    said: Mapping[str, str] | None = None,
    citations: Sequence[dict[str, Any]] = (),
    asking: str | None = None,
    approach: str | None = None,
    final: bool = False,
    supported: bool = True,
) -> Response:
    recommendation = {"approach": approach, "final": final, "because": [], "would_change": [], "next_steps": []}
    words = said or {}
    return {
        "session": "s",
        "turn": 1,
        "reply": reply,
        "language": language,
        "asking": asking,
        "facts": {
            fact: {"value": value, "said": words.get(fact, ""), "turn": 1} for fact, value in (facts or {}).items()
        },
        "citations": list(citations),
        "recommendation": recommendation if approach else None,
        "supported": supported,
        "mode": "embedded",
        "usage": {"llm_calls": 0, "prompt_tokens": 0, "completion_tokens": 0},
    }
