"""Search: meaning and words fused by rank, each passage once, in the reader's language."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from advisor.citations import sentences
from advisor.errors import RequestError
from advisor.knowledge import ARTICLE, Passage, article, in_language
from advisor.language import detect
from advisor.retrieval.fusion import fuse
from advisor.retrieval.index import rule_passages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from advisor.derived import Derived
    from advisor.language import Language
    from advisor.llm.embeddings import Vector
    from advisor.retrieval.index import Neighbour
    from advisor.rules.book import RuleBook

MAX_QUERY = 2_000
"""Characters of a query that are searched with."""

_VIEWS = 60
"""Views looked at in each ranking; several lead to the same passage."""

MAX_SENTENCES = 12
"""Sentences of a passage that are looked at one by one."""

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


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages of documents that may answer."""

    hits: tuple[Hit, ...]
    usual: float
    """How similar passages in the neighbourhood are on average."""
    rarest: float = 0.0
    """The rarity of a word that no passage has."""


class Documents(Protocol):
    """Passages that a user brought, beside the article and the rules."""

    def __len__(self) -> int:
        """How many passages there are."""

    def nearest(self, vector: Vector, limit: int, language: Language | None) -> list[Neighbour]:
        """The passages nearest in meaning to a query in ``language``, best first, whatever language they are in."""

    def by_words(self, query: str, limit: int) -> list[tuple[str, str]]:
        """The passages that share words with ``query``, best first."""

    def passage(self, key: tuple[str, str]) -> Passage | None:
        """The passage of that document and id."""

    def passages_with(self, word: str) -> int:
        """How many passages have a word."""

    def similarities(self, texts: Sequence[str], written: str, vector: Vector, asked: Language | None) -> list[float]:
        """Cosines of texts, ``written`` in one language, to a query ``asked`` in another, as `nearest` sees them."""


class Retriever:
    """Finds passages of the article, the rules and the user's documents."""

    def __init__(
        self,
        derived: Derived,
        book: RuleBook,
        documents: Callable[[], Documents | None] = lambda: None,
        elsewhere: Callable[[str, int], list[Neighbour] | None] = lambda _query, _limit: None,
    ) -> None:
        """Nothing is opened yet.

        Args:
            derived: what is built from the content.
            book: the rules.
            documents: finds what the user brought.
            elsewhere: finds views by another embedding model; ``None`` where that is not wanted or not possible.
        """
        self._derived = derived
        self._elsewhere = elsewhere
        self._find_documents = documents
        self.sources: dict[tuple[str, str], dict[str, Passage]] = {
            (ARTICLE, passage_id): parallel for passage_id, parallel in article().items()
        }
        for rule_id, parallel in rule_passages(book).items():
            self.sources["rules", rule_id] = parallel

    def passages(self, language: str) -> dict[tuple[str, str], Passage]:
        """Everything of the article and the rules, each in ``language`` or the nearest there is."""
        return {key: in_language(parallel, language) for key, parallel in self.sources.items()}

    def search(
        self, query: str, k: int, language: str, vector: Vector | None = None, *, documents: bool = True
    ) -> tuple[Hit, ...]:
        """The ``k`` best passages, rules included, for ``query``; ``documents`` says whether the user's are searched.

        Raises:
            RequestError: the query is empty.
            KnowledgeError: the index can neither be opened nor built.
        """
        query = query.strip()[:MAX_QUERY]
        if not query:
            message = "the query is empty; say what you look for"
            raise RequestError(message)
        vector = self._derived.embedder.query(query) if vector is None else vector
        neighbours = self._elsewhere(query, _VIEWS) or self._derived.nearest(vector, _VIEWS)
        similarity: dict[tuple[str, str], float] = {}
        for neighbour in neighbours:
            similarity.setdefault((neighbour.source, neighbour.id), neighbour.similarity)
        words = [tuple(key.split("\t", 1)) for key in self._derived.lexical.search(query, _VIEWS)]
        rankings = [(_MEANING, list(similarity)), (_WORDS, [(key[0], key[1]) for key in words])]
        if documents and (theirs := self._documents) is not None and len(theirs):
            near, more = _ranked(theirs, query, vector)
            similarity |= near
            rankings += more
        found: list[Hit] = []
        for key, score in fuse(rankings):
            passage = self.passage(key, language)
            if passage is not None:
                found.append(Hit(len(found) + 1, round(score, 4), round(similarity.get(key, 0.0), 4), passage))
            if len(found) == k:
                break
        return tuple(found)

    @property
    def _documents(self) -> Documents | None:
        """The user's documents; they may come while the advisor runs."""
        return self._find_documents()

    @property
    def has_documents(self) -> bool:
        """Whether the user brought any."""
        documents = self._documents
        return documents is not None and len(documents) > 0

    def sentences(self, passage: Passage, vector: Vector, asked: Language | None) -> list[tuple[str, float]]:
        """The sentences of a user's passage, each with its cosine to a query in the language ``asked``."""
        documents = self._documents
        if documents is None:
            return []
        found = [sentence for line in passage.lines for sentence in sentences(line)][:MAX_SENTENCES]
        return list(zip(found, documents.similarities(found, passage.language, vector, asked), strict=True))

    def rarity(self, word: str) -> float:
        """The inverse document frequency of a word in the user's documents."""
        documents = self._documents
        return 0.0 if documents is None else math.log(1 + len(documents) / (1 + documents.passages_with(word)))

    def passage(self, key: tuple[str, str], language: str) -> Passage | None:
        """The passage of that source and id, in ``language`` or the nearest there is."""
        if key in self.sources:
            return in_language(self.sources[key], language)
        documents = self._documents
        return None if documents is None else documents.passage(key)

    def in_documents(self, query: str, k: int, vector: Vector) -> Candidates:
        """The ``k`` best passages of the user's documents alone, by meaning and words, and as many by meaning alone.

        Words speak for passages in the query's own language; the right one may be in another.
        """
        documents = self._documents
        if documents is None or not len(documents):
            return Candidates((), 0.0)
        similarity, rankings = _ranked(documents, query, vector)
        fused = [key for key, _ in fuse(rankings)]
        hits: list[Hit] = []
        for key in dict.fromkeys([*fused[:k], *list(similarity)[:k]]):
            passage = documents.passage(key)
            if passage is not None:
                hits.append(Hit(len(hits) + 1, 0.0, round(similarity.get(key, 0.0), 4), passage))
        usual = sum(similarity.values()) / len(similarity) if similarity else 0.0
        return Candidates(tuple(hits), usual, math.log(1 + len(documents)))


def _ranked(
    documents: Documents, query: str, vector: Vector
) -> tuple[dict[tuple[str, str], float], list[tuple[float, list[tuple[str, str]]]]]:
    """The passages of documents near a query, nearest first, each with its cosine; and the rankings to fuse."""
    near = documents.nearest(vector, _VIEWS, detect(query))
    similarity = {(each.source, each.id): each.similarity for each in near}
    return similarity, [(_MEANING, list(similarity)), (_WORDS, documents.by_words(query, _VIEWS))]
