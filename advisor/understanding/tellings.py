"""What people tell unasked: in an opening, beside an answer, in a correction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor import commands as c
from advisor.profile import CHOICES, FACTS
from advisor.understanding import cues
from advisor.understanding.answers import MAX_EMBEDDED
from advisor.understanding.numerals import numbers
from advisor.understanding.priorities import priority
from advisor.understanding.rates import calls_per_day
from advisor.understanding.reader import NOTHING
from advisor.understanding.said import example_count, kept, recurrence, value_of
from advisor.understanding.text import fold

if TYPE_CHECKING:
    from advisor.llm.embeddings import Embedder, Vector
    from advisor.profile import FactName, FactValue
    from advisor.rules.book import RuleBook
    from advisor.understanding.reader import Reader
    from advisor.understanding.text import Span
    from advisor.understanding.thresholds import Thresholds

MAX_SENTENCES = 24
"""Sentences of one message that are read for facts."""


def fits(fact: FactName, first: FactValue, last: FactValue) -> bool:
    """Whether two values of one fact can both be meant: the same, or frequencies next to each other."""
    values = CHOICES.get(fact, ())
    if first == last or fact == "daily_calls" or first not in values or last not in values:
        return True
    if fact == "output_priority":
        return "both" in (first, last)
    return fact == "knowledge_update_frequency" and abs(values.index(first) - values.index(last)) <= 2


@dataclass(frozen=True, slots=True)
class Told:
    """A fact that a sentence tells, and how sure that is."""

    lead: float
    command: c.SetFact | c.AskBack


class TellingReader:
    """Reads facts out of sentences that answer no question."""

    def __init__(self, embedder: Embedder, reader: Reader, book: RuleBook, limits: Thresholds) -> None:
        self._embedder = embedder
        self._reader = reader
        self._limits = limits
        self._insufficient = book.assumptions["insufficient-examples"].value
        self._sufficient = book.assumptions["sufficient-examples"].value

    def tell(self, sentences: list[Span], least: float) -> list[c.SetFact | c.AskBack]:
        """The facts that the sentences tell, each from the sentence that tells it most plainly."""
        found: dict[FactName, list[Told]] = {}
        for sentence in sentences[:MAX_SENTENCES]:
            for told in self._sentence(sentence, least):
                found.setdefault(told.command.fact, []).append(told)
        return [self._one(found[fact]) for fact in FACTS if fact in found]

    def _one(self, told: list[Told]) -> c.SetFact | c.AskBack:
        """What several sentences tell of one fact: the plainest, or that two of them do not fit."""
        put_right = [each for each in told if cues.corrects(fold(each.command.said)[0])]
        if put_right:
            return put_right[-1].command
        plain = [each for each in told if isinstance(each.command, c.SetFact) and each.lead > self._limits.contradicts]
        if len(plain) > 1:
            first, last = plain[0].command, plain[-1].command
            if (
                isinstance(first, c.SetFact)
                and isinstance(last, c.SetFact)
                and not fits(last.fact, first.value, last.value)
            ):
                return c.AskBack(last.fact, "contradiction", last.said, (first.value, last.value), first.said)
        return max(told, key=lambda each: each.lead).command

    def lead(self, fact: FactName, vector: Vector, text: str) -> tuple[float, str]:
        """By how much the best value of ``fact`` leads over "does not tell it", and that value."""
        scores = self._reader.told(fact, vector, text)
        nothing = scores.pop(NOTHING)
        best = max(scores, key=lambda label: scores[label])
        return scores[best] - nothing, best

    def _sentence(self, sentence: Span, least: float) -> list[Told]:
        if cues.corrects(sentence.text):
            least = min(least, self._limits.told_correcting)
        vector = self._embedder.query(sentence.said[:MAX_EMBEDDED])
        found = (self._fact(fact, sentence, vector, least) for fact in FACTS)
        return [told for told in found if told is not None]

    def _fact(self, fact: FactName, sentence: Span, vector: Vector, least: float) -> Told | None:
        lead, value = self.lead(fact, vector, sentence.said)
        said = kept(sentence.said)
        if fact == "daily_calls":
            return self._calls(sentence, lead, said, least)
        if fact == "knowledge_update_frequency":
            found = recurrence(sentence)
            if found is not None and (
                lead > least or (cues.CHANGE.search(sentence.text) and lead > self._limits.told_by_grammar)
            ):
                return Told(lead, c.SetFact(fact, found, said))
        if fact == "output_priority" and (compared := priority(sentence.text)) is not None:
            value, least = compared, min(least, self._limits.told_by_grammar)
        if lead <= least:
            return None
        if fact == "labeled_data":
            count = example_count(sentence)
            if count is not None and count < self._insufficient:
                return Told(lead, c.SetFact(fact, "insufficient", said))
            if count is not None and count < self._sufficient:
                return Told(lead, c.AskBack(fact, "count-between", said))
        return Told(lead, c.SetFact(fact, value_of(fact, value), said))

    def _calls(self, sentence: Span, lead: float, said: str, least: float) -> Told | None:
        """Calls a day: only a number, in a sentence that tells of calls; beside an answer it must do so plainly."""
        needed = least if least > self._limits.told else min(least, self._limits.told_by_grammar)
        if lead <= needed or not numbers(sentence.text):
            return None
        count = calls_per_day(sentence.text)
        return Told(lead, c.SetFact("daily_calls", count, said)) if count else None
