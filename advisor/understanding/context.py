"""What the conversation adds to the meaning of a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from advisor.profile import FactName, FactValue, Profile


EVIDENCE = "evidence"
"""Why a question is a follow-up where a document's words stand beside it, to be confirmed."""


@dataclass(frozen=True, slots=True)
class Context:
    """The state of the interview when the message was written."""

    asking: FactName | None
    """The fact that was asked for last."""
    follow_up: str | None
    """Why the question was a follow-up, if it was."""
    follow_up_said: str
    """The words that called for it."""
    options_shown: bool
    """Whether answers were offered by number."""
    profile: Profile
    """What was known before."""
    follow_up_options: tuple[FactValue, ...] = ()
    """The values between which the follow-up asked to choose."""
    answered: bool = False
    """Whether a question of the user's was just answered, so that a short one may lean on it."""
