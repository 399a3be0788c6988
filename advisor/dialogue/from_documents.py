"""Which passages of the user's own documents answer a question, and which is the nearest where none surely does."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from advisor.citations import sentences
from advisor.language import detect
from advisor.retrieval.support import Evidence, learnt
from advisor.turn import Excerpt

if TYPE_CHECKING:
    from advisor.llm.embeddings import Vector
    from advisor.retrieval.search import Retriever

MAX_EXCERPTS = 2
"""Passages of the user's documents that an answer quotes."""

EXCERPT_WITHIN = 1.0
"""A second excerpt is quoted when its log-odds are within this of the first's."""

EXCERPT_LENGTH = 320
"""Characters of an excerpt; a longer paragraph is quoted from the sentence that answers."""

LONE = 0.15
"""How far a passage is taken to be ahead where there is no other."""

LOOKED_AT = 4
"""Passages of documents that are weighed, by meaning and words, and by meaning alone."""

ANSWERS = -1.3
"""Log-odds above which a passage is said to answer: by cross-validation over documents one in five questions that they
do not answer is above; one in ten would cost half again as many answers, while a refusal still shows the nearest."""

NEAREST = -2.3
"""Log-odds above which the nearest passage is shown where none is said to answer."""


class FromDocuments:
    """Answers out of the user's documents."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever

    def answers(self, question: str, vector: Vector) -> tuple[tuple[Excerpt, ...], Excerpt | None]:
        """What documents say to a question; where nothing surely answers, the nearest passage if it is near at all."""
        weighed = sorted(self.weighed(question, vector), key=lambda pair: -pair[0])
        if not weighed:
            return (), None
        best = weighed[0][0]
        chosen = [each for odds, each in weighed if odds > ANSWERS and odds >= best - EXCERPT_WITHIN]
        if chosen:
            return tuple(Excerpt(each.passage, _quote(each)) for each in chosen[:MAX_EXCERPTS]), None
        nearest = weighed[0][1]
        return (), Excerpt(nearest.passage, _quote(nearest)) if best > NEAREST else None

    def weighed(self, question: str, vector: Vector) -> list[tuple[float, Evidence]]:
        """The passages of documents that may answer, each with the log-odds that it does."""
        found = self._retriever.in_documents(question, LOOKED_AT, vector)
        support, asked = learnt(), detect(question)
        evidence = []
        pieces = [tuple(self._retriever.sentences(hit.passage, vector, asked)) for hit in found.hits]
        best = [max((cosine for _, cosine in each), default=0.0) for each in pieces]
        for place, hit in enumerate(found.hits):
            others = [other.similarity for other in found.hits if other is not hit]
            rest = best[:place] + best[place + 1 :]
            next_best, next_sentence = max(others, default=hit.similarity - LONE), max(rest, default=best[place] - LONE)
            evidence.append(
                Evidence(
                    question,
                    asked,
                    hit.passage,
                    hit.similarity,
                    found.usual,
                    next_best,
                    pieces[place],
                    next_sentence,
                    found.rarest,
                )
            )
        rarity = cache(self._retriever.rarity)
        return [(support.margin(each, rarity), each) for each in evidence]


def _quote(evidence: Evidence) -> str:
    """The part of a passage that answers: the paragraph with the nearest sentence, or of a long one from there on."""
    nearest = evidence.nearest[0]
    line = next(line for line in evidence.passage.lines if nearest in line)
    if len(line) <= EXCERPT_LENGTH:
        return line
    pieces = sentences(line)
    start = end = pieces.index(nearest)
    while end + 1 < len(pieces) and sum(map(len, pieces[start : end + 2])) <= EXCERPT_LENGTH:
        end += 1
    begin = line.index(nearest)
    return line[begin : line.index(pieces[end], begin) + len(pieces[end])]
