"""The vectors of the passages that a user added, in a Chroma of their own: keys in, keys out.

An open Chroma does not see what another process writes, so it is opened anew when the rows have changed
under it. Clients of one folder in one process share what is open; it is released with the last of them.
"""

from __future__ import annotations

import hashlib
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from advisor.errors import KnowledgeError
from advisor.retrieval import index

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

    from advisor.documents.rows import State
    from advisor.llm.embeddings import Vector, Vectors

DAMAGED = "the vectors of the added documents are missing or damaged; mend them with: advisor knowledge rebuild"

BATCH = 256
"""Vectors that are written or deleted at once."""

_HNSW: Any = {"space": "cosine", "ef_construction": 100, "ef_search": 200, "max_neighbors": 16, "sync_threshold": 2_000}


class DocumentVectors:
    """The vectors that belong to the rows; the caller sees to it that one thread at a time is here."""

    def __init__(self, folder: Path, model: str) -> None:
        self._folder = folder
        self._name = f"documents-{hashlib.sha256(model.encode()).hexdigest()[:12]}"
        self._state: State | None = None
        self._client: ClientAPI | None = None
        self._opened: Collection | None = None

    def follow(self, state: State) -> None:
        """Go by the rows as they are now: what was opened before another process changed them is opened anew."""
        if state != self._state:
            self.close()
            self._state = state

    def written(self, state: State) -> None:
        """Take note of rows that were changed together with these vectors."""
        self._state = state

    def nearest(self, vector: Vector, limit: int) -> list[tuple[int, float]]:
        """Keys and cosines of the vectors nearest to one, best first; at least one.

        Raises:
            KnowledgeError: they cannot be read, or there are none.
        """
        with _told():
            found = self._collection.query(query_embeddings=[vector.tolist()], n_results=limit, include=["distances"])
            distances = (found["distances"] or [[]])[0]
            near = [(int(key), 1.0 - each) for key, each in zip(found["ids"][0], distances, strict=True)]
        if not near:
            raise KnowledgeError(DAMAGED)
        return near

    def put(self, keys: Sequence[int], vectors: Vectors) -> None:
        """Store vectors under their keys.

        Raises:
            KnowledgeError: they cannot be written.
        """
        with _told():
            for start in range(0, len(keys), BATCH):
                batch = [vector.tolist() for vector in vectors[start : start + BATCH]]
                self._collection.upsert(ids=[str(key) for key in keys[start : start + BATCH]], embeddings=batch)

    def delete(self, keys: Sequence[int]) -> None:
        """Delete the vectors of keys.

        Raises:
            KnowledgeError: they cannot be written.
        """
        with _told():
            for start in range(0, len(keys), BATCH):
                self._collection.delete(ids=[str(key) for key in keys[start : start + BATCH]])

    def count(self) -> int:
        """How many vectors there are.

        Raises:
            KnowledgeError: they cannot be read.
        """
        with _told():
            return self._collection.count()

    def keys(self) -> set[int]:
        """The keys of all vectors.

        Raises:
            KnowledgeError: they cannot be read.
        """
        with _told():
            return {int(key) for key in self._collection.get(include=[])["ids"]}

    def forget(self) -> None:
        """Take the folder away, whatever state it is in; the rows then name another generation."""
        self.close()
        shutil.rmtree(self._place, ignore_errors=True)

    def close(self) -> None:
        """Release the files, if no other client of this process has them open."""
        client, self._client, self._opened = self._client, None, None
        close = getattr(client, "close", None)  # the protocol does not name it
        if close is not None:
            with suppress(Exception):  # a damaged one need not close in order
                close()

    @property
    def _place(self) -> Path:
        generation = 0 if self._state is None else self._state.generation
        return self._folder / (f"chroma-{generation}" if generation else "chroma")

    @property
    def _collection(self) -> Collection:
        if self._opened is None:
            if self._client is None:
                self._client = index.embedded_client(self._place)
            self._opened = self._client.get_or_create_collection(
                self._name, embedding_function=None, configuration={"hnsw": _HNSW}
            )
        return self._opened


@contextmanager
def _told() -> Iterator[None]:
    """Whatever Chroma raises becomes one sentence that tells what to do."""
    try:
        yield
    except Exception as error:  # Chroma has errors of its own for damaged files
        raise KnowledgeError(DAMAGED) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # a panic of its Rust part is no Exception
            raise
        raise KnowledgeError(DAMAGED) from error
