"""The Chroma collection of passages and rules, several views of each, all leading to the one passage.

Chroma runs embedded, in a folder, or as a server; the collection is the same. It is derived from the
content and never holds anything that could be lost.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from advisor.errors import KnowledgeError
from advisor.exemplars import question_views
from advisor.knowledge import ARTICLE, RULES, Passage, article
from advisor.settings import without_password

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

    from advisor.llm.embeddings import Embedder, Vector
    from advisor.rules.book import RuleBook

_BATCH = 500

_HNSW: Any = {"space": "cosine", "ef_construction": 400, "ef_search": 1_000, "sync_threshold": 100}
"""Near enough to exhaustive that two openings find the same: what lies behind the synchronized part of the
graph is put in anew, in any order, whenever a process opens it."""


@dataclass(frozen=True, slots=True)
class View:
    """One text by which a passage can be found."""

    source: str
    id: str
    language: str
    kind: str
    """``text`` for the passage itself, ``question`` for a question that it answers."""
    text: str
    """What is embedded and searched."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A view near a query."""

    source: str
    id: str
    similarity: float
    """Cosine, at most 1."""


def rule_passages(book: RuleBook) -> dict[str, dict[str, Passage]]:
    """The rules as passages: rule id → language → passage."""
    return {
        rule.id: {
            language: Passage(RULES, rule.id, language, rule.id, (text,)) for language, text in rule.texts.items()
        }
        for rule in book.rules
    }


def views(book: RuleBook) -> tuple[View, ...]:
    """Every view of every passage of the article and of every rule."""
    found = [
        View(ARTICLE, passage.id, passage.language, "text", f"{passage.heading}\n{passage.text}")
        for parallel in article().values()
        for passage in parallel.values()
    ]
    found += [
        View(RULES, passage.id, passage.language, "text", passage.text)
        for parallel in rule_passages(book).values()
        for passage in parallel.values()
    ]
    found += [
        View(ARTICLE, passage_id, question.language, "question", question.text)
        for question in question_views()
        for passage_id in question.passages
    ]
    return tuple(found)


def embed_views(
    found: Iterable[View], embedder: Embedder, progress: Callable[[int], None] | None = None
) -> list[tuple[View, Vector]]:
    """The views with their vectors: a question is embedded as a query, a text as a passage."""
    by_kind: dict[str, list[View]] = {"text": [], "question": []}
    for view in found:
        by_kind[view.kind].append(view)
    texts = embedder.passages([view.text for view in by_kind["text"]], progress)
    questions = embedder.queries([view.text for view in by_kind["question"]], progress)
    return [*zip(by_kind["text"], texts, strict=True), *zip(by_kind["question"], questions, strict=True)]


class VectorIndex:
    """An open collection."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    def nearest(self, vector: Vector, limit: int) -> list[Neighbour]:
        """The views nearest to ``vector``, best first."""
        found = self._collection.query(
            query_embeddings=[vector.tolist()], n_results=limit, include=["metadatas", "distances"]
        )
        metadatas, distances = found["metadatas"], found["distances"]
        if not metadatas or not distances:
            return []
        return [
            Neighbour(str(entry["source"]), str(entry["id"]), 1.0 - distance)
            for entry, distance in zip(metadatas[0], distances[0], strict=True)
        ]


def embedded_client(folder: Path) -> ClientAPI:
    """Chroma in a folder of its own."""
    import chromadb

    return chromadb.PersistentClient(path=str(folder), settings=_quiet())


def server_client(url: str) -> ClientAPI:
    """Chroma as a server.

    Raises:
        KnowledgeError: no server answers there.
    """
    import chromadb

    try:
        parts = urlsplit(url)
        ssl = parts.scheme == "https"
        return chromadb.HttpClient(
            host=parts.hostname or "localhost", port=parts.port or (443 if ssl else 8000), ssl=ssl, settings=_quiet()
        )
    except Exception as error:  # Chroma raises ValueError, httpx errors and its own, by version
        message = f"no Chroma server answers at {without_password(url)!r} ({type(error).__name__}); start it, or unset ADVISOR_CHROMA_URL"
        raise KnowledgeError(message) from error


def _quiet() -> Any:
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)


def collection_name(fingerprint: str) -> str:
    """The name of the collection for one state of the content."""
    return f"advisor-{fingerprint}"


def open_collection(client: ClientAPI, fingerprint: str) -> VectorIndex | None:
    """The complete collection of that fingerprint, or ``None`` if there is none."""
    from chromadb.errors import ChromaError

    try:
        collection = client.get_collection(collection_name(fingerprint), embedding_function=None)
    except (ChromaError, ValueError):
        return None
    complete = (collection.metadata or {}).get("complete")
    return VectorIndex(collection) if complete else None


def build_collection(
    client: ClientAPI, fingerprint: str, embedded: list[tuple[View, Vector]], progress: Callable[[int], None] | None
) -> VectorIndex:
    """Build the collection from scratch and only then mark it complete."""
    from chromadb.errors import ChromaError

    name = collection_name(fingerprint)
    with suppress(ChromaError, ValueError):  # there was none
        client.delete_collection(name)
    collection = client.create_collection(name, embedding_function=None, configuration={"hnsw": _HNSW})
    for start in range(0, len(embedded), _BATCH):
        batch = embedded[start : start + _BATCH]
        collection.add(
            ids=[str(start + offset) for offset in range(len(batch))],
            embeddings=[vector.tolist() for _, vector in batch],
            documents=[view.text for view, _ in batch],
            metadatas=[
                {"source": view.source, "id": view.id, "language": view.language, "kind": view.kind}
                for view, _ in batch
            ],
        )
        if progress is not None:
            progress(len(batch))
    collection.modify(metadata={"complete": True})
    return VectorIndex(collection)
