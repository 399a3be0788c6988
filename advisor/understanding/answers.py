"""What a message answers to the question that was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor import commands as c
from advisor.understanding import cues
from advisor.understanding.context import EVIDENCE
from advisor.understanding.priorities import priority
from advisor.understanding.rates import calls_per_day, unit_of_time
from advisor.understanding.reader import NOTHING, OTHER, UNKNOWN
from advisor.understanding.said import BOOLEAN, after_correction, example_count, kept, recurrence, stretch, value_of
from advisor.understanding.text import Span, whole, width

if TYPE_CHECKING:
    from advisor.commands import Command
    from advisor.llm.embeddings import Embedder, Vector
    from advisor.profile import FactName
    from advisor.rules.book import RuleBook
    from advisor.understanding.context import Context
    from advisor.understanding.reader import Reader
    from advisor.understanding.thresholds import Thresholds

MAX_EMBEDDED = 320
"""Characters of a text that are embedded; the meaning of a longer one blurs, and it takes long."""

TELLING = 24
"""Columns from which a text with a number of examples may tell their quality in other words than the usual."""

BARE = 14
"""Characters up to which a text with a number in it says hardly more than the number."""


class AnswerReader:
    """Reads answers: numbers and recurrences by grammar, the rest as learnt."""

    def __init__(self, embedder: Embedder, reader: Reader, book: RuleBook, limits: Thresholds) -> None:
        self._embedder = embedder
        self._reader = reader
        self._limits = limits
        self._insufficient = book.assumptions["insufficient-examples"].value
        self._sufficient = book.assumptions["sufficient-examples"].value

    def answer(
        self, asking: FactName, message: str, told: list[Span], vector: Vector, context: Context
    ) -> Command | None:
        """What ``message`` answers to the question about ``asking``; ``None`` if nothing."""
        text = whole(stretch(message, told))
        if text.said != message:
            vector = self._embedder.query(text.said[:MAX_EMBEDDED])
        if asking == "knowledge_update_frequency":
            return self._frequency(text, vector)
        if asking == "daily_calls":
            return self._calls(text, vector)
        if asking == "labeled_data":
            return self._labels(text, vector, context)
        return self._choice(asking, text, vector)

    def lead(self, fact: FactName, vector: Vector, text: str) -> float:
        """By how much the best answer to the question about ``fact`` leads over "is no answer"."""
        scores = self._reader.answer(fact, vector, text)
        other = scores.pop(OTHER)
        return max(scores.values()) - other

    def _choice(self, asking: FactName, text: Span, vector: Vector) -> Command | None:
        scores = self._reader.answer(asking, vector, text.said)
        tail = after_correction(text)
        if tail is not None:
            vector = self._embedder.query(tail.said)
            scores = self._reader.answer(asking, vector, tail.said)
            text = tail
        unknown, other = scores.pop(UNKNOWN), scores.pop(OTHER)
        if cues.DONT_KNOW.search(text.text):
            unknown += self._limits.plain
        elif asking in BOOLEAN or asking == "labeled_data":
            yes, no = cues.YES.search(text.text), cues.NO.search(text.text)
            if bool(yes) != bool(no):
                first, last = ("true", "false") if asking in BOOLEAN else ("sufficient", "insufficient")
                scores[first if yes else last] += self._limits.plain
        if asking == "output_priority" and (compared := priority(text.text)) is not None:
            scores[compared] += self._limits.compared
        best, *others = sorted(scores, key=lambda label: -scores[label])
        if max(unknown, scores[best]) - other < self._limits.answer:
            return None
        if unknown > scores[best]:
            return c.SetFact(asking, None, kept(text.said))
        if scores[best] - scores[others[0]] < self._limits.either:
            told = self._reader.told(asking, vector, text.said)
            plainest = max(told, key=lambda label: told[label])
            if plainest != NOTHING and told[plainest] - told[NOTHING] > self._limits.contradicts:
                return c.SetFact(asking, value_of(asking, plainest), kept(text.said))
            return c.AskBack(asking, "either", kept(text.said), (value_of(asking, best), value_of(asking, others[0])))
        return c.SetFact(asking, value_of(asking, best), kept(text.said))

    def _frequency(self, text: Span, vector: Vector) -> Command | None:
        found = recurrence(text)
        if found is not None:
            return c.SetFact("knowledge_update_frequency", found, kept(text.said))
        return self._choice("knowledge_update_frequency", text, vector)

    def _calls(self, text: Span, vector: Vector) -> Command | None:
        scores = self._reader.answer("daily_calls", vector, text.said)
        unknown = scores.pop(UNKNOWN)
        other = scores.pop(OTHER)
        unsaid = bool(cues.DONT_KNOW.search(text.text))
        if unsaid and unknown > max(scores.values()):  # "40 vans, but how many calls I couldn't say"
            return c.SetFact("daily_calls", None, kept(text.said))
        tail = after_correction(text)
        count = None
        if tail is not None:
            count = calls_per_day(tail.text, unit=unit_of_time(text.text[: -len(tail.text)]))
        if count is None:
            count = calls_per_day(text.text)
        if count is not None:
            return c.SetFact("daily_calls", count, kept(text.said))
        if unsaid or unknown > other - self._limits.plain / 2:
            return c.SetFact("daily_calls", None, kept(text.said))
        return None

    def _labels(self, text: Span, vector: Vector, context: Context) -> Command | None:
        if context.follow_up not in (None, EVIDENCE) and context.asking == "labeled_data":
            return self._follow_up(text, vector)
        count = example_count(after_correction(text) or text)
        if count is None:
            return self._choice("labeled_data", text, vector)
        scores = self._reader.answer("labeled_data", vector, text.said)
        said, leads = kept(text.said), scores["sufficient"] - scores["insufficient"]
        if scores[UNKNOWN] > max(scores["sufficient"], scores["insufficient"]) and cues.DONT_KNOW.search(text.text):
            return c.SetFact("labeled_data", None, said)
        if count < self._insufficient or leads < -self._limits.plain:
            return c.SetFact("labeled_data", "insufficient", said)
        if count < self._sufficient:
            return c.AskBack("labeled_data", "count-between", said)
        if width(text.text) > TELLING and leads > self._limits.plain:
            return c.SetFact("labeled_data", "sufficient", said)
        if cues.UNREVIEWED.search(text.text):
            return c.SetFact("labeled_data", "insufficient", said)
        if cues.REVIEWED.search(text.text):
            return c.SetFact("labeled_data", "sufficient", said)
        return c.AskBack("labeled_data", "count-quality", said)

    def _follow_up(self, text: Span, vector: Vector) -> Command | None:
        """The answer to "are they reviewed?"."""
        yes, no = cues.YES.search(text.text), cues.NO.search(text.text)
        said = kept(text.said)
        if bool(yes) != bool(no):
            return c.SetFact("labeled_data", "sufficient" if yes else "insufficient", said)
        if cues.UNREVIEWED.search(text.text):
            return c.SetFact("labeled_data", "insufficient", said)
        if cues.REVIEWED.search(text.text) and not cues.DONT_KNOW.search(text.text):
            return c.SetFact("labeled_data", "sufficient", said)
        return self._choice("labeled_data", text, vector)
