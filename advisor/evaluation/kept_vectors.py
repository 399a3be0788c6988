"""Vectors of the cases' texts, kept from run to run: the same text has the same vector, and embedding is most of the time.

The file can be removed at any time; only how long a run takes changes. What is timed never uses it.
"""

from __future__ import annotations

import hashlib
import sqlite3
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from advisor.llm.embeddings import Embedder, Vector, Vectors


FEW = 16
"""Passages of a document that are kept; an index is built of more at once."""

PASSAGE = "passage"


class KeptEmbedder:
    """An embedder that looks a query up before it works it out."""

    def __init__(self, embedder: Embedder, path: Path) -> None:
        self._embedder = embedder
        self._memory: dict[str, Vector] = {}
        self._passages: dict[str, Vector] = {}
        self._file: sqlite3.Connection | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
            self._file.execute("PRAGMA journal_mode=WAL")
            self._file.execute("PRAGMA synchronous=OFF")  # a lost vector is worked out again
            self._file.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)")
        except (OSError, sqlite3.Error):
            self._file = None

    @property
    def name(self) -> str:
        """The embedder's own."""
        return self._embedder.name

    def query(self, text: str) -> Vector:
        """The vector of what a user says, the same as without keeping."""
        kept = self._memory.get(text)
        if kept is None:
            kept = self._stored(text, lambda: self._embedder.query(text))
            self._memory[text] = kept
        return kept

    def queries(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """The embedder's own."""
        return self._embedder.queries(texts, progress)

    def passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """The embedder's own; a few at a time are kept as well: sentences that are looked at again and again."""
        if progress is not None or not 0 < len(texts) <= FEW:
            return self._embedder.passages(texts, progress)
        import numpy as np

        for text in texts:
            if text not in self._passages:
                self._passages[text] = self._stored(f"{PASSAGE}\0{text}", partial(self._passage, text))
        return np.array([self._passages[text] for text in texts])

    def _passage(self, text: str) -> Vector:
        vector: Vector = self._embedder.passages([text])[0]
        return vector

    def close(self) -> None:
        """Close the file; vectors are kept in memory alone from then on."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _stored(self, text: str, embed: Callable[[], Vector]) -> Vector:
        import numpy as np

        from advisor.llm.embeddings import DIMENSIONS

        key = hashlib.sha256(f"{self.name}\0{text}".encode("utf-8", "replace")).digest()[:16]
        try:
            row = (
                self._file.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
                if self._file
                else None
            )
        except sqlite3.Error:
            row = None
        if row is not None and len(row[0]) == DIMENSIONS * np.dtype(np.float32).itemsize:
            kept: Vector = np.frombuffer(row[0], dtype=np.float32)
            return kept
        vector = embed()
        try:
            if self._file:
                self._file.execute(
                    "INSERT OR IGNORE INTO vectors VALUES (?, ?)", (key, vector.astype(np.float32).tobytes())
                )
        except sqlite3.Error:
            self._file = None
        return vector
