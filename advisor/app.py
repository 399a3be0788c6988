"""Builds an advisor from settings, and answers one message at a time.

What is heavy is loaded when it is first needed, or in the background while the user reads (`warm`).
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from advisor.conversation import Conversation
from advisor.errors import (
    RequestError,
    SessionConflictError,
    SessionError,
)
from advisor.llm import outcome
from advisor.llm.client import TURN_SECONDS
from advisor.messages import Response
from advisor.model_seat import ModelSeat
from advisor.session_lock import in_line
from advisor.sessions import SessionStore, check_session_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from advisor.derived import Derived
    from advisor.dialogue.state import Deps, TurnState
    from advisor.documents.store import DocumentStore
    from advisor.language import Language
    from advisor.llm.calls import Calls
    from advisor.llm.client import ChatModel
    from advisor.llm.embeddings import Embedder
    from advisor.retrieval.endpoint_index import EndpointIndex
    from advisor.retrieval.index import Neighbour
    from advisor.retrieval.search import Retriever
    from advisor.rules.book import RuleBook
    from advisor.settings import Settings
    from advisor.understanding.embedded import EmbeddedReader
    from advisor.understanding.evidence import Evidence

CONFLICT_RETRIES = 5
"""How often a turn is worked out again because one was stored meanwhile by a process that does not wait in line."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Advisor:
    """The advisor of one process. Calls may come from any thread; they are answered one at a time."""

    settings: Settings
    progress: Callable[[int, int], None] | None = None
    """Hears (done, total) while the index is built."""
    clock: Callable[[], datetime] = _now
    rules: Path | None = None
    """A rules file to go by instead of the shipped one."""
    embedding: Callable[[Embedder], Embedder] | None = None
    """Wraps the embedding model."""
    sessions_path: Path | None = None
    """Where to keep conversations instead of where the settings say."""
    documents_path: Path | None = None
    """Where the user's documents are kept instead of where the settings say."""
    model: ChatModel | None = None
    """A language model instead of the one that the settings name."""
    notice: Callable[[str], None] | None = None
    """Hears once why the language model is not used, and what to do."""
    turn_s: float = TURN_SECONDS
    """Seconds that all calls to the language model may take in one turn; 45 at most."""
    _documents: DocumentStore | None = field(default=None, init=False, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @cached_property
    def book(self) -> RuleBook:
        """The rules.

        Raises:
            RuleError: the rules file is wrong.
        """
        from advisor.knowledge import article
        from advisor.rules.load import load_rules

        return load_rules(frozenset(article()), self.rules)

    @cached_property
    def embedder(self) -> Embedder:
        """The embedding model.

        Raises:
            KnowledgeError: it cannot be loaded.
        """
        from advisor.llm.embeddings import BundledEmbedder

        embedder = BundledEmbedder()
        return self.embedding(embedder) if self.embedding else embedder

    @cached_property
    def derived(self) -> Derived:
        """What is built from the content."""
        from advisor.derived import Derived

        own_rules = self.book.fingerprint if self.rules else ""
        return Derived(self.settings, self.book, self.embedder, self.progress, own_rules)

    @cached_property
    def retriever(self) -> Retriever:
        """The search."""
        from advisor.retrieval.search import Retriever

        return Retriever(self.derived, self.book, lambda: self.documents, self._elsewhere)

    @cached_property
    def endpoint_index(self) -> EndpointIndex | None:
        """The index by an embedding model of the endpoint; ``None`` where the bundled one is used."""
        from advisor.derived import fingerprint

        content = fingerprint(self.book.fingerprint if self.rules else "")
        return self.model_seat.index(content, self.book, self.settings.home / "embeddings", self.progress)

    def _elsewhere(self, query: str, limit: int) -> list[Neighbour] | None:
        """What the endpoint's embeddings find; ``None`` where there are none or they fail, which is said once."""
        return self.model_seat.nearest(self.endpoint_index, query, limit)

    @property
    def documents(self) -> DocumentStore | None:
        """The documents that were added; ``None`` as long as none ever was.

        Raises:
            KnowledgeError: they cannot be opened.
        """
        if self._documents is None and (self.documents_path or self.settings.documents_path).is_dir():
            self._documents = self.open_documents()
        return self._documents

    def open_documents(self) -> DocumentStore:
        """The store of the user's documents, made where there is none.

        Raises:
            KnowledgeError: it cannot be opened.
        """
        from advisor.documents.store import DocumentStore

        return DocumentStore(self.documents_path or self.settings.documents_path, self.embedder)

    @cached_property
    def sessions(self) -> SessionStore:
        """The stored conversations.

        Raises:
            SessionError: the store cannot be opened.
        """
        return SessionStore(self._sessions_file)

    @property
    def _sessions_file(self) -> Path:
        return self.sessions_path or self.settings.sessions_path

    @cached_property
    def _graph(self) -> Any:
        from advisor.dialogue.graph import build_graph

        return build_graph()

    @cached_property
    def _reader(self) -> EmbeddedReader:
        from advisor.understanding.embedded import EmbeddedReader

        return EmbeddedReader(self.embedder, self.derived.reader, self.book)

    @cached_property
    def _evidence(self) -> Evidence:
        from advisor.understanding.evidence import Evidence

        return Evidence(self.embedder, self.derived.reader, self.book)

    @cached_property
    def _deps(self) -> Deps:
        from advisor.composing.embedded import EmbeddedComposer
        from advisor.dialogue.answering import Answering
        from advisor.dialogue.document_evidence import DocumentEvidence
        from advisor.dialogue.state import Deps
        from advisor.understanding.tellings import TellingReader
        from advisor.understanding.thresholds import Thresholds

        limits = Thresholds()
        tellings = TellingReader(self.embedder, self.derived.reader, self.book, limits)
        evidence = DocumentEvidence(self.retriever, self.embedder, tellings, limits)
        return Deps(
            book=self.book,
            understanding=self._reader,
            retrieving=Answering(self.derived, self.retriever, evidence),
            composing=EmbeddedComposer(self.book),
        )

    @cached_property
    def model_seat(self) -> ModelSeat:
        """The language model, if there is one, and what is told of it."""
        return ModelSeat(self.settings, self.model, self.turn_s, self._notify)

    def _notify(self, message: str) -> None:
        if self.notice is not None:
            self.notice(message)

    def _for_turn(self, show: Callable[[str], None] | None = None) -> tuple[Deps, Calls | None]:
        """What the nodes of one turn use, and what the turn may ask of a language model."""
        calls = self.model_seat.calls()
        if calls is None:
            return replace(self._deps, show=show), None
        from advisor.composing.model import ModelComposer
        from advisor.understanding.model import ModelReader

        deps = replace(
            self._deps,
            understanding=ModelReader(self._reader, self._evidence, calls),
            composing=ModelComposer(self.book, calls, stream=show is not None),
            show=show,
        )
        return deps, calls

    def warm(self, *, search: bool = True) -> None:
        """Load everything that a turn needs; with ``search``, the index as well.

        Raises:
            AdvisorError: as the first turn would.
        """
        with self._lock:
            _ = self._deps, self._graph
            if search:
                _ = self.derived.vectors, self.derived.lexical
            self.model_seat.warm()

    def respond(
        self,
        session: str,
        text: str,
        language: Language | None = None,
        show: Callable[[str], None] | None = None,
    ) -> Response:
        """Answer one message; the turn is stored before this returns.

        Processes that go on with the same session wait for each other's turns.

        Args:
            session: the session's name; a new one begins with its first message.
            text: the user's message, anything at all.
            language: the language to answer in; ``None`` for the user's own.
            show: is given the reply so far, each time that more of it was proved; Ctrl-C then ends the reply, and
                what was shown of it is stored.

        Raises:
            SessionError: the session cannot be read or written; nothing of the turn was stored.
            KnowledgeError: the index can neither be opened nor built.
        """
        check_session_name(session)
        with self._lock, in_line(self._sessions_file.with_name("session-locks"), session):
            for _ in range(CONFLICT_RETRIES):
                try:
                    return self._respond(session, text, language, show)
                except SessionConflictError:
                    continue
        message = f"session {session!r} is in use by another process; try again"
        raise SessionError(message)

    def preview(self, text: str, before: Conversation, language: Language | None = None) -> Response:
        """Answer one message as if it were said next in ``before``; nothing is stored.

        Raises:
            KnowledgeError: the index can neither be opened nor built.
        """
        from advisor.dialogue.graph import run_turn

        with self._lock:
            started = time.perf_counter()
            turn = max((known.turn for known in before.profile.facts.values()), default=0) + 1
            deps, calls = self._for_turn()
            state = run_turn(self._graph, self._opening_state(text, before, turn, language), deps)
            self.model_seat.tell_of(calls)
            return self._response("preview", turn, state, calls, started)

    def ask(self, question: str, language: Language | None = None) -> Response:
        """Answer one question from the sources; nothing is stored.

        Raises:
            RequestError: the question is empty.
            KnowledgeError: the index can neither be opened nor built.
        """
        from advisor.commands import AskQuestion
        from advisor.dialogue.asking import answer_alone

        started = time.perf_counter()
        state = self._opening_state(question, Conversation(language=self.settings.language), 1, language)
        if not state["text"]:
            message = "the question is empty; say what you want to know"
            raise RequestError(message)
        deps, calls = self._for_turn()
        spoken, cited, answers = answer_alone(AskQuestion(state["text"]), state, deps)
        self.model_seat.tell_of(calls)
        return Response(
            session="ask",
            turn=1,
            reply=cited.reply,
            language=spoken,
            asking=None,
            facts={},
            citations=cited.citations,
            recommendation=None,
            supported=all(answer.supported for answer in answers),
            mode=outcome.mode(calls),
            usage=outcome.usage(calls),
            elapsed_ms=(time.perf_counter() - started) * 1_000,
        )

    def _respond(
        self, session: str, text: str, language: Language | None, show: Callable[[str], None] | None
    ) -> Response:
        from advisor.dialogue.graph import run_turn
        from advisor.dialogue.nodes import conversation_after

        started = time.perf_counter()
        stored = self.sessions.load(session)
        before = stored.conversation if stored else Conversation(language=self.settings.language)
        turn = (stored.turns if stored else 0) + 1
        deps, calls = self._for_turn(show)
        state = run_turn(self._graph, self._opening_state(text, before, turn, language), deps)
        after = conversation_after(state, self.book)
        response = self._response(session, turn, state, calls, started)
        at = self.clock().isoformat(timespec="milliseconds")
        kept = {**response.to_dict(), **outcome.beside(response)}
        self.sessions.append(session, turn, at, _storable(text), kept, after)
        self.model_seat.tell_of(calls)
        return response

    def _opening_state(self, text: str, before: Conversation, turn: int, language: Language | None) -> TurnState:
        from advisor.understanding.text import MAX_CHARACTERS, clean

        readable = clean(text)
        cut = MAX_CHARACTERS if len(readable) > MAX_CHARACTERS else None
        return {
            "text": readable[:MAX_CHARACTERS],
            "cut": cut,
            "wanted_language": language,
            "turn": turn,
            "before": before,
        }

    def _response(self, session: str, turn: int, state: TurnState, calls: Calls | None, started: float) -> Response:
        from advisor.composing.embedded import recommendation_dict

        recommendation = state["recommendation"]
        stopped = state.get("stopped", False)
        asking = None if stopped else state["plan"].asking
        return Response(
            session=session,
            turn=turn,
            reply=state["cited"].reply,
            language=state["language"],
            asking=None if asking is None else asking.fact,
            facts=state["profile"].to_dict(),
            citations=state["cited"].citations,
            recommendation=None
            if recommendation is None
            else recommendation_dict(recommendation, state["language"], self.book),
            supported=all(answer.supported for answer in state.get("answers", ())),
            mode=outcome.mode(calls),
            usage=outcome.usage(calls),
            elapsed_ms=(time.perf_counter() - started) * 1_000,
            stopped=stopped,
            spent=outcome.spent(calls),
        )

    def close(self) -> None:
        """Close the session store, whatever wraps the embedding model, and connections to a language model."""
        if "sessions" in self.__dict__:
            self.sessions.close()
        if self._documents is not None:
            self._documents.close()
        if "derived" in self.__dict__:
            self.derived.close()
        for name in ("embedder", "model_seat"):
            close = getattr(self.__dict__.get(name), "close", None)
            if close is not None:
                close()


def _storable(text: str) -> str:
    """The message as it is kept: what UTF-8 cannot carry is replaced, the length bounded."""
    return text.encode("utf-8", "replace").decode("utf-8")[:200_000]
