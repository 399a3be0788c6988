"""Whether the user's words bear out what a language model read in them.

A model proposes a fact; the trained reader and the grammars, which no message can talk to, have to find it in
the very words that the model quotes. Figures are theirs alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from advisor import commands as c
from advisor.understanding import cues
from advisor.understanding.answers import MAX_EMBEDDED, AnswerReader
from advisor.understanding.said import kept, stretch
from advisor.understanding.tellings import TellingReader
from advisor.understanding.text import sentences, whole
from advisor.understanding.thresholds import Thresholds

if TYPE_CHECKING:
    from advisor.llm.embeddings import Embedder
    from advisor.rules.book import RuleBook
    from advisor.understanding.context import Context
    from advisor.understanding.proposals import Proposal
    from advisor.understanding.reader import Reader

BORNE_OUT = 0.0
"""By so much a value that a model read must lead over "does not tell it", in the sentence that it quotes."""


class Evidence:
    """Turns what a model proposes into commands, where the user's words bear them out."""

    def __init__(self, embedder: Embedder, reader: Reader, book: RuleBook) -> None:
        limits = Thresholds()
        self._embedder = embedder
        self._answers = AnswerReader(embedder, reader, book, limits)
        self._tellings = TellingReader(embedder, reader, book, limits)

    def fact(self, proposal: Proposal, message: str, context: Context) -> c.SetFact | c.AskBack | None:
        """The fact that was told; ``None`` where the sentences that the model quotes do not tell it.

        The model only says which fact a sentence is about; what value it tells is read as an answer is.
        """
        fact = proposal.fact
        assert fact is not None  # a set_fact without one was dropped
        quoting = [each for each in sentences(message) if proposal.said in each.said or each.said in proposal.said]
        said = stretch(message, quoting)
        if not quoting or cues.QUESTION.search(whole(said).text):
            return None
        vector = self._embedder.query(said[:MAX_EMBEDDED])
        lead, told = self._tellings.lead(fact, vector, said)
        if lead <= BORNE_OUT or (fact != "daily_calls" and told != proposal.value):
            return None
        pending = replace(context, asking=fact, follow_up=None, follow_up_options=())
        read = self._answers.answer(fact, said, quoting, vector, pending)
        if isinstance(read, c.AskBack) and read.fact == fact:
            return read
        if not isinstance(read, c.SetFact) or read.fact != fact or read.value is None:
            return None
        agrees = fact == "daily_calls" or str(read.value).lower() == proposal.value
        words = proposal.said if proposal.said in said else said
        return c.SetFact(fact, read.value, kept(words)) if agrees else None
