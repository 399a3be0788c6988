"""What turns cost: tokens and money, kept with each turn and added up for a session.

Unknown is said to be unknown: a model without a price, a call that told no counts.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from advisor.cost import price_of, total_usd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor.llm.calls import Calls


@dataclass(frozen=True, slots=True)
class Spent:
    """What the calls of one turn cost."""

    model: str
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    """Those of the prompt that the server had kept."""
    cost_usd: Decimal | None
    """US dollars; ``None`` where the price or a count is unknown."""
    price_read: str
    """The day on which the price was read (ISO); empty where there is none."""

    @classmethod
    def of(cls, calls: Calls) -> Spent:
        """What a turn's calls cost, at the dated price of the model at its server."""
        endpoint = getattr(calls.model, "endpoint", None)
        price = price_of(calls.model.name, endpoint.base_url) if endpoint is not None else None
        used = calls.usage
        return cls(
            calls.model.name, used.calls, used.prompt_tokens, used.completion_tokens, used.cached_tokens,
            used.cost_usd(price), price.read.isoformat() if price is not None else "",
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """The stored form; its names are fixed."""
        return {
            **{each.name: getattr(self, each.name) for each in fields(self)},
            "cost_usd": None if self.cost_usd is None else str(self.cost_usd),
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Spent | None:
        """Read what `to_dict` wrote; ``None`` where it was not written so."""
        try:
            cost = raw["cost_usd"]
            known = None if cost is None else Decimal(cost)
            return cls(**{**raw, "cost_usd": known})
        except (KeyError, TypeError, InvalidOperation):
            return None


def told(spent: Sequence[Spent]) -> str:
    """Calls, tokens and money in one line of English."""
    calls, sent = sum(each.calls for each in spent), sum(each.prompt_tokens for each in spent)
    answered = sum(each.completion_tokens for each in spent)
    cost = total_usd(each.cost_usd for each in spent)
    money = "cost unknown" if cost is None else f"${cost:.4f}"
    dates = sorted({each.price_read for each in spent if each.price_read})
    since = f" at prices of {dates[0]}" if cost is not None and dates else ""
    return f"{calls} calls, {sent:,} + {answered:,} tokens, {money}{since}"
