"""What a turn's calls come to in its response: who took part, what was used, what is stored beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.messages import Usage

if TYPE_CHECKING:
    from advisor.llm.calls import Calls
    from advisor.llm.spending import Spent
    from advisor.messages import Mode, Response


def beside(response: Response) -> dict[str, Any]:
    """What is stored with a turn beside the contract's form: what it cost, and that it was stopped."""
    beside: dict[str, Any] = {"stopped": True} if response.stopped else {}
    return beside if response.spent is None else {**beside, "spent": response.spent.to_dict()}


def spent(calls: Calls | None) -> Spent | None:
    """What the turn's calls cost; ``None`` where none was made."""
    if calls is None or not calls.usage.calls:
        return None
    from advisor.llm.spending import Spent

    return Spent.of(calls)


def mode(calls: Calls | None) -> Mode:
    """How the advisor worked: without a model, with one, or with one that failed in this turn.

    A turn that is plain asks nothing of a model that is there; how often it was asked is told by the usage.
    """
    if calls is None:
        return "embedded"
    return "llm" if calls.error is None else "degraded"


def usage(calls: Calls | None) -> Usage:
    """The turn's calls and tokens in the contract's form."""
    if calls is None:
        return Usage()
    used = calls.usage
    return Usage(used.calls, used.prompt_tokens, used.completion_tokens)
