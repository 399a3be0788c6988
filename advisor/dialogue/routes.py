"""Which node comes next. Pure."""

from __future__ import annotations

from typing import Literal

from advisor.commands import AskQuestion
from advisor.dialogue.state import TurnState


def after_decide(state: TurnState) -> Literal["retrieve", "compose"]:
    """Search only when a question was asked."""
    asked = any(isinstance(command, AskQuestion) for command in state["commands"])
    return "retrieve" if asked else "compose"
