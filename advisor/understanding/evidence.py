"""Whether the user's words bear out what a language model read in them.

A model proposes a fact; the trained reader and the grammars, which no message can talk to, have to find it in
the very words that the model quotes. Figures are theirs alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor import commands as c
from advisor.understanding import cues
from advisor.understanding.answers import MAX_EMBEDDED
from advisor.understanding.rates import calls_per_day
from advisor.understanding.reader import NOTHING, OTHER, UNKNOWN
from advisor.understanding.said import example_count, kept, recurrence, value_of
from advisor.understanding.text import sentences, whole

if TYPE_CHECKING:
    from advisor.llm.embeddings import Embedder
    from advisor.profile import FactName
    from advisor.rules.book import RuleBook
    from advisor.understanding.context import Context
    from advisor.understanding.proposals import Proposal
    from advisor.understanding.reader import Reader
    from advisor.understanding.text import Span

BORNE_OUT = -0.3
"""By so much "does not tell it" may lead over a value that a model read and that leads all other values."""


class Evidence:
    """Turns what a model proposes into commands, where the user's words bear them out."""

    def __init__(self, embedder: Embedder, reader: Reader, book: RuleBook) -> None:
        self._embedder = embedder
        self._reader = reader
        self._insufficient = book.assumptions["insufficient-examples"].value
        self._sufficient = book.assumptions["sufficient-examples"].value

    def fact(self, proposal: Proposal, message: str, context: Context) -> c.SetFact | c.AskBack | None:
        """The fact that was told; ``None`` where the quoted words, alone or in their sentence, do not tell it."""
        assert proposal.fact is not None  # a set_fact without one was dropped
        sentence = next((each for each in sentences(message) if proposal.said in each.said), None)
        for span in (whole(proposal.said), sentence):
            command = self._told(proposal.fact, proposal.value, span, context) if span is not None else None
            if command is not None:
                return command
        return None

    def _told(self, fact: FactName, value: str, span: Span, context: Context) -> c.SetFact | c.AskBack | None:
        said = kept(span.said)
        if cues.DONT_KNOW.search(span.text) and fact == context.asking:
            return None
        if fact == "daily_calls":
            count = calls_per_day(span.text)
            named = cues.CALLS.search(span.text) or context.asking == fact
            return c.SetFact(fact, count, said) if count is not None and named else None
        if fact == "knowledge_update_frequency":
            read = recurrence(span)
            if read is not None:
                told = read == value and (cues.CHANGE.search(span.text) or context.asking == fact)
                return c.SetFact(fact, read, said) if told else None
        if fact == "labeled_data" and (examples := example_count(span)) is not None and examples < self._sufficient:
            few = c.SetFact(fact, "insufficient", said)
            return few if examples < self._insufficient else c.AskBack(fact, "count-between", said)
        if not self._bears_out(fact, value, span.said, asked=context.asking == fact):
            return None
        return c.SetFact(fact, value_of(fact, value), said)

    def _bears_out(self, fact: FactName, value: str, said: str, *, asked: bool) -> bool:
        vector = self._embedder.query(said[:MAX_EMBEDDED])
        scores = [self._reader.told(fact, vector, said)]
        if asked:
            scores.append(self._reader.answer(fact, vector, said))
        return any(_leads(each, value) for each in scores)


def _leads(scores: dict[str, float], value: str) -> bool:
    against = max(scores[label] for label in (NOTHING, OTHER) if label in scores)
    values = {label: score for label, score in scores.items() if label not in (NOTHING, OTHER, UNKNOWN)}
    return max(values, key=lambda label: values[label]) == value and values[value] - against > BORNE_OUT
