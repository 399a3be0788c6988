"""The place of a language model in an advisor: which one, what a turn may ask of it, and what is told when it fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from advisor.errors import KnowledgeError, ModelError, ModelPausedError
from advisor.llm.client import TURN_SECONDS, Deadline

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from advisor.llm.calls import Calls
    from advisor.llm.client import ChatModel
    from advisor.retrieval.endpoint_index import EndpointIndex
    from advisor.retrieval.index import Neighbour
    from advisor.rules.book import RuleBook
    from advisor.settings import Settings


@dataclass
class ModelSeat:
    """What the settings say of a language model, opened when it is first needed."""

    settings: Settings
    given: ChatModel | None = None
    """A model instead of the one that the settings name."""
    turn_s: float = TURN_SECONDS
    """Seconds that all calls of one turn may take together."""
    tell: Callable[[str], None] = lambda _message: None
    """Hears once of each reason why the model, or the endpoint's embeddings, are not used."""
    _told: set[str] = field(default_factory=set, init=False, repr=False)
    _embeddings_failed: bool = field(default=False, init=False, repr=False)

    @cached_property
    def model(self) -> ChatModel | None:
        """The model; ``None`` where the advisor does without."""
        if self.given is not None:
            return self.given
        from advisor.llm.configured import configured

        return configured(self.settings)

    def calls(self) -> Calls | None:
        """What one turn may ask; ``None`` where the advisor does without."""
        if self.model is None:
            return None
        from advisor.llm.calls import Calls

        calls = Calls(self.model, Deadline.after(self.turn_s))
        calls.check()
        return calls

    def tell_of(self, calls: Calls | None) -> None:
        """Say once why the model was given up; that it is not asked again says nothing new."""
        if calls is None or calls.error is None:
            return
        because = calls.error.because if isinstance(calls.error, ModelPausedError) else calls.error.code
        if because not in self._told:
            self._told.add(because)
            self.tell(str(calls.error))

    def index(
        self, content: str, book: RuleBook, folder: Path, progress: Callable[[int, int], None] | None
    ) -> EndpointIndex | None:
        """The index by an embedding model of the endpoint; ``None`` where the bundled one is used."""
        from advisor.llm.configured import embeddings_of

        endpoint = embeddings_of(self.settings)
        if endpoint is None:
            return None
        from advisor.llm.endpoint_embeddings import EndpointEmbedder
        from advisor.retrieval.endpoint_index import EndpointIndex

        return EndpointIndex(folder, content, EndpointEmbedder(endpoint), book, progress)

    def nearest(self, index: EndpointIndex | None, query: str, limit: int) -> list[Neighbour] | None:
        """What the endpoint's embeddings find; ``None`` where there are none, or once they failed, which is told."""
        if index is None or self._embeddings_failed:
            return None
        try:
            return index.nearest(query, limit)
        except (ModelError, KnowledgeError) as error:
            self._embeddings_failed = True
            self.tell(f"the bundled embedding model searches instead of the endpoint's: {error}")
            return None

    def warm(self) -> None:
        """Load what talks to the server; nothing is sent."""
        warm = getattr(self.model, "warm", None)
        if warm is not None:
            warm()

    def close(self) -> None:
        """Give up connections that were opened here."""
        close = getattr(self.__dict__.get("model"), "close", None)
        if close is not None:
            close()
