"""The article and the rules as an embedding model of an endpoint sees them: an index of its own, beside the bundled one.

It is built when it is first needed and kept for as long as content and model stay the same, so that switching
back and forth costs nothing. Understanding, and the user's documents, stay with the bundled model: what was
learnt of its vectors holds for no other's.
"""

from __future__ import annotations

import hashlib
import shutil
from functools import cached_property
from typing import TYPE_CHECKING

from advisor.errors import KnowledgeError
from advisor.retrieval import index

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from advisor.llm.embeddings import Embedder
    from advisor.retrieval.index import Neighbour, VectorIndex
    from advisor.rules.book import RuleBook

LOCK_TIMEOUT_S = 300
"""How long to wait for another process that is building."""


class EndpointIndex:
    """Finds views of passages by vectors of an endpoint's."""

    def __init__(
        self, root: Path, content: str, embedder: Embedder, book: RuleBook, progress: Callable[[int, int], None] | None
    ) -> None:
        """Nothing is opened or asked yet.

        Args:
            root: the folder of such indexes.
            content: the fingerprint of what is indexed.
            embedder: whose vectors they are.
            book: the rules.
            progress: hears (done, total) while the index is built.
        """
        self._root = root
        self._embedder = embedder
        self._book = book
        self._progress = progress
        self._fingerprint = hashlib.sha256(f"{content} {embedder.name}".encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        """The model whose vectors it holds."""
        return self._embedder.name

    def nearest(self, query: str, limit: int) -> list[Neighbour]:
        """The views nearest to ``query``, best first.

        Raises:
            ModelError: the server gives no vectors.
            KnowledgeError: the index can neither be opened nor built.
        """
        return self._opened.nearest(self._embedder.query(query), limit)

    @cached_property
    def _opened(self) -> VectorIndex:
        from filelock import FileLock, Timeout

        folder = self._root / self._fingerprint
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            with FileLock(self._root / ".lock", timeout=LOCK_TIMEOUT_S):
                if not folder.is_dir():
                    self._build(folder)
                opened = index.open_collection(index.embedded_client(folder), self._fingerprint)
        except (OSError, Timeout) as error:
            message = f"the index of {self.name!r} cannot be built in {str(self._root)!r}: {error}"
            raise KnowledgeError(message) from error
        if opened is None:
            message = f"the index {str(folder)!r} is damaged; delete that folder, it is built anew"
            raise KnowledgeError(message)
        return opened

    def _build(self, folder: Path) -> None:
        """Embed first: a server that fails leaves nothing behind."""
        found = index.views(self._book)
        done = 0

        def count(more: int) -> None:
            nonlocal done
            done += more
            if self._progress is not None:
                self._progress(min(done, 2 * len(found)), 2 * len(found))

        embedded = index.embed_views(found, self._embedder, count)
        building = folder.with_suffix(".building")
        shutil.rmtree(building, ignore_errors=True)
        client = index.embedded_client(building)
        index.build_collection(client, self._fingerprint, embedded, count)
        close = getattr(client, "close", None)
        if close is not None:
            close()
        building.replace(folder)
