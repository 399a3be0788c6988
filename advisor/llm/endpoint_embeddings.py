"""Embeddings by an endpoint: the same protocol as the bundled model, texts sent in batches, keys taken out."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, cast

from advisor.errors import ModelProtocolError
from advisor.llm.bounded import within
from advisor.llm.client import Deadline
from advisor.llm.exchange import Exchange, Patience
from advisor.llm.faults import told
from advisor.llm.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from advisor.llm.embeddings import Vector, Vectors
    from advisor.llm.exchange import Endpoint

BATCH = 128
"""Texts of one request."""

QUERY_S, BATCH_S = 5.0, 30.0
"""Seconds that a query and a batch may take."""

RECENT = 64
"""Vectors of queries that are kept."""


class EndpointEmbedder:
    """Asks a server for vectors; speaks `Embedder`."""

    def __init__(self, endpoint: Endpoint, http_client: Any = None) -> None:
        self._endpoint = endpoint
        self._exchange = Exchange(endpoint, Patience(), http_client)
        self._recent = lru_cache(maxsize=RECENT)(lambda text: self._embedded([text], QUERY_S)[0])

    @property
    def name(self) -> str:
        """The model and the server that has it."""
        return f"{self._endpoint.model} at {self._endpoint.base_url}"

    def query(self, text: str) -> Vector:
        """The vector of what a user says or asks.

        Raises:
            ModelError: the server gives none.
        """
        return cast("Vector", self._recent(text))

    def queries(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Vectors of texts of the same kind as a user's; raises what `query` raises."""
        return self.passages(texts, progress)

    def passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Vectors of texts that are searched; raises what `query` raises."""
        import numpy as np

        rows = []
        for start in range(0, len(texts), BATCH):
            batch = list(texts[start : start + BATCH])
            rows.append(self._embedded(batch, BATCH_S))
            if progress is not None:
                progress(len(batch))
        return np.vstack(rows)

    def close(self) -> None:
        """Give up the connections."""
        self._exchange.close()

    def _embedded(self, texts: list[str], seconds: float) -> Vectors:
        """Vectors of length 1, a row a text.

        Raises:
            ModelError: the server gives none, or not as many as were asked for.
        """
        import numpy as np

        deadline = Deadline.after(seconds)
        asked = [redact(text) or " " for text in texts]
        rows = list(within(partial(self._exchange.mapped, self._vectors, (asked, deadline)), deadline))
        lengths = {len(row) for row in rows}
        if len(rows) != len(texts) or len(lengths) != 1:
            raise ModelProtocolError(told(ModelProtocolError, self._exchange.place))
        vectors = np.asarray(rows, dtype=np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.all(np.isfinite(norms)) or not np.all(norms):
            raise ModelProtocolError(told(ModelProtocolError, self._exchange.place))
        return cast("Vectors", vectors / norms)

    def _vectors(self, about: tuple[list[str], Deadline]) -> Generator[list[float], None, None]:
        texts, deadline = about
        answer = self._exchange.client().embeddings.create(
            model=self._endpoint.model, input=texts, encoding_format="float", timeout=max(deadline.left_s(), 0.001)
        )
        for entry in sorted(answer.data, key=lambda entry: entry.index):
            yield [float(number) for number in entry.embedding]
