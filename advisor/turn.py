"""What there is to say in one turn: a plain value, worked out by code, worded by whoever composes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from advisor.knowledge import ARTICLE

if TYPE_CHECKING:
    from advisor.claims import Point
    from advisor.commands import Command
    from advisor.knowledge import Passage
    from advisor.language import Language
    from advisor.profile import Change, FactName, FactValue, Profile
    from advisor.retrieval.search import Hit
    from advisor.rules.book import Approach, RuleBook
    from advisor.rules.engine import Recommendation


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What a document of the user's says to a question."""

    passage: Passage
    quote: str
    """The part that answers, a substring of one of the passage's lines."""


@dataclass(frozen=True, slots=True)
class Supposed:
    """What a document of the user's says to a question of the interview, to be confirmed or denied."""

    value: FactValue
    excerpt: Excerpt


@dataclass(frozen=True, slots=True)
class Answer:
    """A question of the user's and what the sources have on it."""

    question: str
    hits: tuple[Hit, ...]
    """Passages of the article, best first; empty where it does not cover the question."""
    excerpts: tuple[Excerpt, ...] = ()
    """What the user's own documents say to it, best first."""
    nearest: Excerpt | None = None
    """Where nothing answers, the nearest passage of the user's documents."""
    has_documents: bool = False
    """Whether there were documents to look into."""
    points: tuple[Point, ...] = ()
    """What of the article's passages answers, in the order of `hits`."""
    contradicted: bool = False
    """Whether the question takes for granted what the article contradicts."""
    not_covered: tuple[str, ...] = ()
    """The parts of the question that the sources do not cover, where they cover others."""

    @property
    def supported(self) -> bool:
        """Whether the sources cover the question."""
        return bool(self.hits or self.excerpts)

    @property
    def quoted(self) -> tuple[Excerpt, ...]:
        """What is quoted of the user's documents."""
        return self.excerpts if self.nearest is None else (*self.excerpts, self.nearest)


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A "what if" and what would follow; nothing of it is recorded."""

    fact: FactName | None
    value: FactValue
    approach: Approach | None
    rule: str | None
    """The rule that would recommend it."""
    differs: bool
    """Whether the approach would be another than now."""


@dataclass(frozen=True, slots=True)
class Asking:
    """The question that ends the reply."""

    fact: FactName
    how: Literal["new", "back", "unclear", "options", "follow-up"]
    """`new` for the first time, `back` after a digression, `unclear` and `options` when not understood."""
    reason: str | None = None
    """Why a follow-up is due (`AskBack.reason`)."""
    said: str = ""
    """The words that called for the follow-up."""
    options: tuple[FactValue, ...] = ()
    """The values between which the follow-up asks to choose."""
    other: str = ""
    """The earlier words, where two statements do not fit."""
    evidence: Excerpt | None = None
    """What a document says to it; the one option is then what that comes to."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Everything that the reply is about."""

    language: Language
    commands: tuple[Command, ...]
    profile: Profile
    changes: tuple[Change, ...]
    repeated: tuple[FactName, ...]
    """Facts told again as they were known."""
    settled: frozenset[FactName]
    """Facts of which the best reading was taken, their one follow-up being spent."""
    left_open: FactName | None
    """A fact that is left open because it was asked for in vain."""
    recommendation: Recommendation | None
    before: Approach | None
    """The approach before this turn."""
    answers: tuple[Answer, ...]
    hypotheses: tuple[Hypothesis, ...]
    asking: Asking | None
    invite: bool
    """Whether to invite the user to tell about their case."""
    present: bool
    """Whether to present the final recommendation in full."""
    small_rate: bool
    """Whether the user named a million or more, but not a day."""
    cut: int | None
    """Characters read of a message that was too long."""
    rules_changed: bool
    empty: bool
    """Whether the message had nothing in it."""


def quotes(answers: tuple[Answer, ...], asking: Asking | None = None) -> dict[tuple[str, str], str]:
    """Source and passage id → the part that is quoted of it."""
    shown = asking.evidence if asking is not None else None
    found = {} if shown is None else {(shown.passage.source, shown.passage.id): shown.quote}
    found |= {
        (excerpt.passage.source, excerpt.passage.id): excerpt.quote for answer in answers for excerpt in answer.quoted
    }
    for answer in answers:
        for point in answer.points:
            found.setdefault((ARTICLE, point.passage), point.quote)
    return found


def repeatable(turn: Turn, message: str, book: RuleBook) -> tuple[str, ...]:
    """Texts whose numbers and names the reply may repeat: the user's words, what was worked out, and the rules."""
    told = [known for known in turn.profile.facts.values() if known.value is not None]
    earlier = [change.before for change in turn.changes if change.before is not None]
    values = [known.value for known in (*told, *earlier)] + [hypothesis.value for hypothesis in turn.hypotheses]
    flips = () if turn.recommendation is None else turn.recommendation.would_change
    return (
        message,
        *(known.said for known in (*told, *earlier)),
        *(f"{value:,}" for value in (*values, *(flip.value for flip in flips)) if isinstance(value, int)),
        *(rule.texts[turn.language] for rule in book.rules),
        *(step.texts[turn.language] for rule in book.rules for step in rule.next_steps),
        *(f"{assumption.value:,}" for assumption in book.assumptions.values()),
    )
