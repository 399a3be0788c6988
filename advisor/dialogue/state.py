"""What flows through a turn, and what the nodes need from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypedDict

# LangGraph resolves the annotations of a state at run time, so these are real imports.
from advisor.citations import Cited
from advisor.commands import Command
from advisor.conversation import Answered, Conversation
from advisor.dialogue.plan import Plan
from advisor.knowledge import Passage
from advisor.language import Language
from advisor.profile import Change, FactName, Profile
from advisor.rules.book import Approach, RuleBook
from advisor.rules.engine import Recommendation
from advisor.turn import Answer, Asking, Supposed, Turn
from advisor.understanding.context import Context


class Understanding(Protocol):
    """Reads a message into the closed set of commands."""

    def read(self, message: str, context: Context) -> tuple[Command, ...]:
        """The commands that ``message`` means; never empty."""


class Composing(Protocol):
    """Words a turn."""

    def compose(self, turn: Turn) -> str:
        """The draft of the reply, with references."""

    def pieces(self, turn: Turn) -> Iterator[str]:
        """The same draft in pieces that end where a sentence ends, as they come."""


class Retrieving(Protocol):
    """Finds passages, and tells whether they cover a question."""

    def answer(self, question: str, language: Language, last: Answered | None = None) -> Answer:
        """What the sources say to ``question``, asked after ``last``; nothing where they do not cover it."""

    def evidence(self, fact: FactName, language: Language) -> Supposed | None:
        """What a document of the user's says to the question about ``fact``, if one plainly does."""

    def citable(
        self, language: str, answers: tuple[Answer, ...], asking: Asking | None = None
    ) -> dict[tuple[str, str], Passage]:
        """What the reply may cite: article and rules in the reader's language, and what the answers quote."""


@dataclass(frozen=True, slots=True)
class Deps:
    """What the nodes use, chosen where the advisor is built."""

    book: RuleBook
    understanding: Understanding
    retrieving: Retrieving
    composing: Composing
    show: Callable[[str], None] | None = None
    """Is shown the reply so far, each time that more of it was proved."""


class TurnState(TypedDict, total=False):
    """One turn's values; each node returns only the keys that it sets."""

    text: str
    """The user's message, cleaned and cut."""
    cut: int | None
    """Characters read of a message that was too long."""
    wanted_language: Language | None
    """A language that the request itself asks for."""
    turn: int
    before: Conversation
    commands: tuple[Command, ...]
    settled: frozenset[FactName]
    language: Language
    profile: Profile
    changes: tuple[Change, ...]
    repeated: tuple[FactName, ...]
    approach_before: Approach | None
    recommendation: Recommendation | None
    plan: Plan
    answers: tuple[Answer, ...]
    cited: Cited
    stopped: bool
    """Whether the user stopped the reply before its end."""
