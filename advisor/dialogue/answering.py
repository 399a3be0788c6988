"""Which passages answer a question, of the article and of the user's documents, if they cover it at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.dialogue.clauses import asking_clauses, asks, without
from advisor.dialogue.following import Followed, follow
from advisor.dialogue.from_documents import FromDocuments
from advisor.dialogue.pointing import points
from advisor.knowledge import ARTICLE, article, in_language
from advisor.language import source_language
from advisor.retrieval.search import MAX_QUERY, Hit
from advisor.turn import Answer

if TYPE_CHECKING:
    from advisor.conversation import Answered
    from advisor.derived import Derived
    from advisor.dialogue.document_evidence import DocumentEvidence
    from advisor.knowledge import Passage
    from advisor.language import Language
    from advisor.llm.embeddings import Vector
    from advisor.profile import FactName
    from advisor.retrieval.search import Retriever
    from advisor.turn import Asking, Supposed

COVERED = 0.2
"""The least `Reader.covered` of a question that the sources cover: by cross-validation on the examples, where 3 of
100 answerable questions are refused and 13 of 100 others answered."""

PLAINLY_COVERED = 0.6
"""The same where the user's documents answer: the article is quoted beside them only if it plainly covers it."""

PLAINLY_NOT = -0.4
"""The most `Reader.covered` of a part of a question that the article leaves open."""

CONTRADICTED = 0.4
"""The least `Reader.contradicted` of a question whose premise is said to be wrong: by cross-validation, 1 of 100 ordinary
questions, and 20 of 100 near twins of wrong ones, are said to be."""

ALONE = -0.25
"""The least `Reader.covered` of the bare words of a question that leans on the answer before it."""

LEANING = 0.6
"""What such a question must be covered better, taken together with what it leans on."""

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

_MARKUP = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<[^<>]{1,200}>", re.DOTALL | re.IGNORECASE)
"""What a question does not ask with."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is searched for."""

    text: str
    vector: Vector


class Answering:
    """Answers from passages alone: finds them, and refuses where there are none."""

    def __init__(self, derived: Derived, retriever: Retriever, evidence: DocumentEvidence | None = None) -> None:
        self._derived = derived
        self._retriever = retriever
        self._evidence = evidence
        self._documents = FromDocuments(retriever)

    def evidence(self, fact: FactName, language: Language) -> Supposed | None:
        """What a document of the user's says to the question about ``fact``, if one plainly does."""
        return None if self._evidence is None else self._evidence.for_fact(fact, language)

    def citable(
        self, language: str, answers: tuple[Answer, ...], asking: Asking | None = None
    ) -> dict[tuple[str, str], Passage]:
        """What the reply may cite: article and rules in the reader's language, and what it quotes of documents."""
        found = self._retriever.passages(language)
        if asking is not None and asking.evidence is not None:
            shown = asking.evidence.passage
            found[shown.source, shown.id] = shown
        for answer in answers:
            found |= {(each.passage.source, each.passage.id): each.passage for each in answer.quoted}
        return found

    def answer(self, question: str, language: Language, last: Answered | None = None) -> Answer:
        """What the sources say to ``question``, asked after ``last``; nothing where they do not cover it.

        Raises:
            KnowledgeError: the index can neither be opened nor built.
        """
        question = (_MARKUP.sub(" ", question).strip() or question)[:MAX_QUERY]
        followed = follow(question, last)
        left_out = () if followed.leans else self._not_covered(question)
        if left_out:
            rest = without(question, list(left_out))
            followed = Followed(rest, rest)
        searched = Asked(followed.together, self._derived.embedder.query(followed.together))
        excerpts, nearest = self._documents.answers(searched.text, searched.vector)
        least = PLAINLY_COVERED if excerpts else COVERED
        hits = self._pointed_at(followed, language) or self._from_article(followed, searched, language, least)
        open_parts = []
        for part in left_out:  # what the article leaves open, a document may answer
            found, _ = self._documents.answers(part, self._derived.embedder.query(part))
            excerpts += tuple(each for each in found if each not in excerpts)
            open_parts += [] if found else [part]
        return Answer(
            followed.together,
            hits,
            excerpts,
            None if hits else nearest,
            self._retriever.has_documents,
            points(hits, searched.vector, language, self._derived.embedder),
            bool(hits) and self._derived.reader.contradicted(searched.vector, searched.text) > CONTRADICTED,
            tuple(open_parts),
        )

    def _not_covered(self, question: str) -> tuple[str, ...]:
        """The questions in ``question`` that the article leaves open, where it answers another one in it."""
        clauses = asking_clauses(question)
        if not clauses:
            return ()
        covered = {each: self._derived.reader.covered(self._derived.embedder.query(each), each) for each in clauses}
        left_out = tuple(each for each in clauses if covered[each] < PLAINLY_NOT)
        rest = without(question, list(left_out))
        if (
            not left_out
            or not asks(rest)
            or self._derived.reader.covered(self._derived.embedder.query(rest), rest) < COVERED
        ):
            return ()
        return left_out

    def _pointed_at(self, followed: Followed, language: Language) -> tuple[Hit, ...]:
        passages = article()
        return tuple(
            Hit(rank, 1.0, 1.0, in_language(passages[passage], language))
            for rank, passage in enumerate(followed.passages, start=1)
        )

    def _covered(self, followed: Followed, searched: Asked) -> float:
        """How far the article covers a question; one that leans on what went before must hold on its own as well."""
        reader = self._derived.reader
        covered = reader.covered(searched.vector, searched.text)
        if not followed.leans:
            return covered
        bare = reader.covered(self._derived.embedder.query(followed.question), followed.question)
        return max(bare, covered - LEANING) if bare > ALONE else bare

    def _from_article(self, followed: Followed, searched: Asked, language: Language, least: float) -> tuple[Hit, ...]:
        found = self._retriever.search(searched.text, 8, language, searched.vector, documents=False)
        hits = [hit for hit in found if hit.passage.source == ARTICLE]
        if not hits:
            return ()
        if self._covered(followed, searched) < least and max(hit.similarity for hit in hits) < NEAR:
            return ()
        spoken_for = self._derived.reader.passage(searched.vector, searched.text)
        hits.sort(key=lambda hit: -(hit.score + LEARNT * spoken_for.get(hit.passage.id, UNSPOKEN)))
        best = hits[0]
        chosen = [best]
        for hit in hits[1:]:
            if spoken_for.get(hit.passage.id, UNSPOKEN) < SECOND_SPOKEN:
                continue
            if _is_list(hit) or _is_list(best):
                continue  # a whole list is shown as the best there is, and then alone
            if hit.passage.language != source_language(language):
                continue  # what stands in another language alone is quoted only as the best there is
            if hit.similarity >= best.similarity - SECOND_WITHIN and len(chosen) < MAX_PASSAGES - 1:
                chosen.append(hit)
        return tuple(_expanded(chosen, language))


def _is_list(hit: Hit) -> bool:
    """Whether a passage is a section whose bullets are passages themselves."""
    return any(passage_id.startswith(f"{hit.passage.id}/") for passage_id in article())


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
