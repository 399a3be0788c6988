"""Search: meaning and words fused by rank, each passage once, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.errors import RequestError
from advisor.knowledge import ARTICLE, Passage, article, in_language
from advisor.retrieval.fusion import fuse
from advisor.retrieval.index import rule_passages

if TYPE_CHECKING:
    from advisor.derived import Derived
    from advisor.llm.embeddings import Vector
    from advisor.retrieval.documents import DocumentIndex
    from advisor.rules.book import RuleBook

MAX_QUERY = 2_000
"""Characters of a query that are searched with."""

_VIEWS = 60
"""Views looked at in each ranking; several lead to the same passage."""

_MEANING, _WORDS = 1.0, 0.5
"""Weights of the two rankings."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found."""

    rank: int
    score: float
    """0–1, higher is closer: 1 where meaning and words both rank it first."""
    similarity: float
    """Cosine of the query and the passage's nearest view, 0 if only words found it."""
    passage: Passage


class Retriever:
    """Finds passages of the article, the rules and the user's documents."""

    def __init__(self, derived: Derived, book: RuleBook, documents: DocumentIndex | None = None) -> None:
        self._derived = derived
        self._documents = documents
        self.sources: dict[tuple[str, str], dict[str, Passage]] = {
            (ARTICLE, passage_id): parallel for passage_id, parallel in article().items()
        }
        for rule_id, parallel in rule_passages(book).items():
            self.sources["rules", rule_id] = parallel
        for key, passage in documents.passages.items() if documents else ():
            self.sources[key] = {passage.language: passage}

    def passages(self, language: str) -> dict[tuple[str, str], Passage]:
        """Everything that can be cited, each in ``language`` or the nearest there is."""
        return {key: in_language(parallel, language) for key, parallel in self.sources.items()}

    def search(self, query: str, k: int, language: str, vector: Vector | None = None) -> tuple[Hit, ...]:
        """The ``k`` best passages, rules included, for ``query``.

        Raises:
            RequestError: the query is empty.
            KnowledgeError: the index can neither be opened nor built.
        """
        query = query.strip()[:MAX_QUERY]
        if not query:
            message = "the query is empty; say what you look for"
            raise RequestError(message)
        vector = self._derived.embedder.query(query) if vector is None else vector
        neighbours = self._derived.nearest(vector, _VIEWS)
        if self._documents:
            neighbours += self._documents.nearest(vector, _VIEWS)
            neighbours.sort(key=lambda neighbour: -neighbour.similarity)
        similarity: dict[tuple[str, str], float] = {}
        for neighbour in neighbours:
            similarity.setdefault((neighbour.source, neighbour.id), neighbour.similarity)
        words = [tuple(key.split("\t", 1)) for key in self._derived.lexical.search(query, _VIEWS)]
        rankings = [(_MEANING, list(similarity)), (_WORDS, [(key[0], key[1]) for key in words])]
        if self._documents:
            rankings.append((_WORDS, self._documents.by_words(query, _VIEWS)))
        ranked = fuse(rankings)
        known = [(key, score) for key, score in ranked if key in self.sources][:k]
        return tuple(
            Hit(rank, round(score, 4), round(similarity.get(key, 0.0), 4), in_language(self.sources[key], language))
            for rank, (key, score) in enumerate(known, start=1)
        )
