"""Which passages answer a question, of the article and of the user's documents, if they cover it at all."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from advisor.citations import sentences
from advisor.knowledge import ARTICLE, article, in_language
from advisor.language import detect, source_language
from advisor.retrieval.search import Hit
from advisor.retrieval.support import Evidence, learnt
from advisor.turn import Answer, Excerpt

if TYPE_CHECKING:
    from advisor.derived import Derived
    from advisor.knowledge import Passage
    from advisor.language import Language
    from advisor.llm.embeddings import Vector
    from advisor.retrieval.search import Retriever

COVERED = 0.2
"""The least `Reader.covered` of a question that the sources cover: by cross-validation on the examples, where 3 of
100 answerable questions are refused and 13 of 100 others answered."""

PLAINLY_COVERED = 0.6
"""The same where the user's documents answer: the article is quoted beside them only if it plainly covers it."""

NEAR = 0.97
"""A question this similar to a known covered one is covered, whatever its words."""

SECOND_WITHIN = 0.006
"""A second passage is shown when its similarity is within this of the first's."""

LEARNT = 0.3
"""What the learnt margin of a passage counts beside its rank in the search."""

UNSPOKEN = -1.0
"""The margin of a passage that no example names."""

SECOND_SPOKEN = -0.9
"""The least margin of a second passage."""

MAX_PASSAGES = 3

MAX_EXCERPTS = 2
"""Passages of the user's documents that an answer quotes."""

EXCERPT_WITHIN = 1.0
"""A second excerpt is quoted when its log-odds are within this of the first's."""

EXCERPT_LENGTH = 320
"""Characters of an excerpt; a longer paragraph is quoted from the sentence that answers."""

_MARKUP = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<[^<>]{1,200}>", re.DOTALL | re.IGNORECASE)
"""What a question does not ask with."""

LONE = 0.15
"""How far a passage is taken to be ahead where there is no other."""

LOOKED_AT = 6
"""Passages of documents that are weighed, by meaning and words, and by meaning alone."""

ANSWERS = -0.4
"""Log-odds above which a passage is said to answer: by cross-validation over documents one in ten questions that they
do not answer is above."""

NEAREST = -2.3
"""Log-odds above which the nearest passage is shown where none is said to answer."""


class Answering:
    """Answers from passages alone: finds them, and refuses where there are none."""

    def __init__(self, derived: Derived, retriever: Retriever) -> None:
        self._derived = derived
        self._retriever = retriever

    def citable(self, language: str, answers: tuple[Answer, ...]) -> dict[tuple[str, str], Passage]:
        """What the reply may cite: article and rules in the reader's language, and what the answers quote."""
        found = self._retriever.passages(language)
        for answer in answers:
            found |= {(each.passage.source, each.passage.id): each.passage for each in answer.quoted}
        return found

    def answer(self, question: str, language: Language) -> Answer:
        """What the sources say to ``question``; nothing where they do not cover it.

        Raises:
            KnowledgeError: the index can neither be opened nor built.
        """
        question = _MARKUP.sub(" ", question).strip() or question
        vector = self._derived.embedder.query(question[:2_000])
        excerpts, nearest = self._from_documents(question, vector)
        hits = self._from_article(question, language, vector, PLAINLY_COVERED if excerpts else COVERED)
        return Answer(question, hits, excerpts, None if hits else nearest, self._retriever.has_documents)

    def _from_article(self, question: str, language: Language, vector: Vector, least: float) -> tuple[Hit, ...]:
        found = self._retriever.search(question, 8, language, vector, documents=False)
        hits = [hit for hit in found if hit.passage.source == ARTICLE]
        if not hits:
            return ()
        covered = self._derived.reader.covered(vector, question)
        if covered < least and max(hit.similarity for hit in hits) < NEAR:
            return ()
        spoken_for = self._derived.reader.passage(vector, question)
        hits.sort(key=lambda hit: -(hit.score + LEARNT * spoken_for.get(hit.passage.id, UNSPOKEN)))
        best = hits[0]
        chosen = [best]
        for hit in hits[1:]:
            if spoken_for.get(hit.passage.id, UNSPOKEN) < SECOND_SPOKEN:
                continue
            if hit.passage.language != source_language(language):
                continue  # what stands in another language alone is quoted only as the best there is
            if hit.similarity >= best.similarity - SECOND_WITHIN and len(chosen) < MAX_PASSAGES - 1:
                chosen.append(hit)
        return tuple(_expanded(chosen, language))

    def _from_documents(self, question: str, vector: Vector) -> tuple[tuple[Excerpt, ...], Excerpt | None]:
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


def _expanded(chosen: list[Hit], language: str) -> list[Hit]:
    """A section that is a list stands for its bullets; each passage once."""
    found: dict[str, Hit] = {}
    passages = article()
    for hit in chosen:
        bullets = [passage_id for passage_id in passages if passage_id.startswith(f"{hit.passage.id}/")]
        for passage_id in bullets or [hit.passage.id]:
            passage = in_language(passages[passage_id], language)
            found.setdefault(passage_id, Hit(hit.rank, hit.score, hit.similarity, passage))
    return list(found.values())
