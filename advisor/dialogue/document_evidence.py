"""What the user's own documents say to a question of the interview: something to confirm, never a fact by itself.

"Your policy memo says that the handbook changes every second Tuesday: is that so here?" A sentence of a
document is read as a message would be; only the user's yes makes a fact of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor import commands as c
from advisor.phrases import phrases
from advisor.turn import Excerpt, Supposed
from advisor.understanding import cues
from advisor.understanding.text import Span, sentences
from advisor.understanding.thresholds import Thresholds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from advisor.knowledge import Passage
    from advisor.language import Language
    from advisor.llm.embeddings import Embedder
    from advisor.profile import FactName
    from advisor.retrieval.search import Retriever
    from advisor.understanding.tellings import TellingReader

PASSAGES = 4
"""Passages by meaning and words, and as many by meaning alone, whose sentences are looked at."""

SENTENCES = 6
"""Sentences that name the fact's matter and are read, the nearest passage's first."""


@dataclass(frozen=True, slots=True)
class DocumentEvidence:
    """Looks for evidence."""

    retriever: Retriever
    embedder: Embedder
    tellings: TellingReader
    limits: Thresholds

    def for_fact(self, fact: FactName, language: Language) -> Supposed | None:
        """What a document says to the question about ``fact``; ``None`` where none plainly does."""
        if not self.retriever.has_documents:
            return None
        say = phrases(language).say
        query = f"{say(f'ask.{fact}.question')} {say(f'ask.{fact}.examples')}"
        found = self.retriever.in_documents(query, PASSAGES, self.embedder.query(query))
        named = [pair for hit in found.hits for pair in _naming(fact, hit.passage)]
        best: tuple[float, Supposed] | None = None
        for passage, sentence in named[:SENTENCES]:
            lead, _ = self.tellings.lead(fact, self.embedder.query(sentence.said), sentence.said)
            for command in self.tellings.tell([sentence], self.limits.told):
                plain = isinstance(command, c.SetFact) and command.fact == fact and command.value is not None
                if plain and isinstance(command, c.SetFact) and (best is None or lead > best[0]):
                    best = lead, Supposed(command.value, Excerpt(passage, sentence.said))
        return None if best is None else best[1]


def _naming(fact: FactName, passage: Passage) -> Iterator[tuple[Passage, Span]]:
    """The sentences of a passage that name what the fact is about, and give no orders to a machine."""
    wanted = cues.CHANGE if fact == "knowledge_update_frequency" else cues.TOPICS[fact]
    for line in passage.lines:
        for sentence in sentences(line):
            if wanted.search(sentence.text) and not cues.INSTRUCTION.search(sentence.text):
                yield passage, sentence
