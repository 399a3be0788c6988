"""The closed set of things a message can mean, whoever read it.

Understanding ends here: everything after it works on commands and never looks at the text again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from advisor.language import Language
    from advisor.profile import FactName, FactValue


@dataclass(frozen=True, slots=True)
class SetFact:
    """The user told a fact, corrected it, or does not know it (``value=None``)."""

    fact: FactName
    value: FactValue
    said: str
    """The user's own words, a substring of the message."""


@dataclass(frozen=True, slots=True)
class Deny:
    """What a document says does not hold for the case; how it is instead was not told."""

    fact: FactName


@dataclass(frozen=True, slots=True)
class AskBack:
    """What the user said does not yet settle the fact: one follow-up is due."""

    fact: FactName
    reason: Literal["count-between", "count-quality", "either", "contradiction"]
    """A count that lies between, or says nothing of quality; two readings; two statements that do not fit."""
    said: str
    options: tuple[FactValue, ...] = ()
    """The readings in question, the best first; of a contradiction the earlier statement's first."""
    other: str = ""
    """The earlier words, where two statements do not fit."""


@dataclass(frozen=True, slots=True)
class AskQuestion:
    """The user asked something that the sources may answer."""

    question: str


@dataclass(frozen=True, slots=True)
class AskMeaning:
    """The user asked what the pending question means."""

    fact: FactName


@dataclass(frozen=True, slots=True)
class AskWhy:
    """The user asked why: about the pending question, or about the recommendation."""

    about: Literal["question", "recommendation"]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The user explored a hypothetical; nothing is recorded. ``fact`` is ``None`` if none was read."""

    fact: FactName | None
    value: FactValue
    said: str


@dataclass(frozen=True, slots=True)
class Skip:
    """The user passed over the pending question."""


@dataclass(frozen=True, slots=True)
class ShowSummary:
    """The user wants to see what is known and where the case stands."""


@dataclass(frozen=True, slots=True)
class Restart:
    """The user starts over."""


@dataclass(frozen=True, slots=True)
class Undo:
    """The user takes back what they told last."""


@dataclass(frozen=True, slots=True)
class ChangeLanguage:
    """The user asked to be answered in another language."""

    language: Language


@dataclass(frozen=True, slots=True)
class SmallTalk:
    """Courtesy that calls for courtesy."""

    kind: Literal["greeting", "thanks", "goodbye", "smalltalk", "anger", "help"]


@dataclass(frozen=True, slots=True)
class TellStory:
    """The user told about their case, but none of the eight facts was in it."""

    said: str


@dataclass(frozen=True, slots=True)
class CannotHandle:
    """Nothing of the closed set was found in the message."""

    said: str


Command = (
    SetFact
    | Deny
    | AskBack
    | AskQuestion
    | AskMeaning
    | AskWhy
    | WhatIf
    | Skip
    | ShowSummary
    | Restart
    | Undo
    | ChangeLanguage
    | SmallTalk
    | TellStory
    | CannotHandle
)
