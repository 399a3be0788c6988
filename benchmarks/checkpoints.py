"""What LangGraph's checkpoints would add to a turn, beside the product's own store; prints JSON.

The same graph runs the same talks under each way of keeping them. Texts are embedded beforehand, so that
the difference between the ways is not lost in the embedding's own variation.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import logging
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langgraph.checkpoint.memory import InMemorySaver
from talks import PLAN, TALKS

from advisor.app import Advisor
from advisor.composing.embedded import EmbeddedComposer, recommendation_dict
from advisor.conversation import Conversation
from advisor.dialogue.answering import Answering
from advisor.dialogue.graph import MAX_STEPS, build_graph, run_turn
from advisor.dialogue.nodes import conversation_after
from advisor.dialogue.state import Deps
from advisor.llm.embeddings import BundledEmbedder
from advisor.messages import Response
from advisor.sessions import SessionStore
from advisor.settings import load_settings
from advisor.understanding.embedded import EmbeddedReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.dialogue.state import TurnState
    from advisor.llm.embeddings import Vector

NONE, OWN = "nothing kept", "own store"

AT = "2026-01-01T00:00:00.000+00:00"


class RememberingEmbedder(BundledEmbedder):
    """Embeds each text once."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, Vector] = {}

    def query(self, text: str) -> Vector:
        """The vector of ``text``, worked out at its first mention."""
        if text not in self._known:
            self._known[text] = super().query(text)
        return self._known[text]


class Bench:
    """The graph of the product under every way of keeping a talk."""

    def __init__(self, folder: Path) -> None:
        advisor = Advisor(load_settings())
        advisor.embedder = RememberingEmbedder()
        self.deps = Deps(
            book=advisor.book,
            understanding=EmbeddedReader(advisor.embedder, advisor.derived.reader, advisor.book),
            retrieving=Answering(advisor.derived, advisor.retriever),
            composing=EmbeddedComposer(advisor.book),
        )
        self.files = {OWN: folder / "own.sqlite3"}
        self.store = SessionStore(self.files[OWN])
        self.ways: dict[str, Callable[[str, TurnState], TurnState]] = {}
        graph = build_graph()
        self._add(NONE, graph)
        self._add_own(graph)
        self._add("InMemorySaver", graph.builder.compile(checkpointer=InMemorySaver()), durability="sync")
        if importlib.util.find_spec("langgraph.checkpoint.sqlite") is not None:
            for durability in ("sync", "exit"):
                self._add_sqlite(graph.builder, folder / f"{durability}.sqlite3", durability)

    def _add(self, name: str, graph: Any, **how: str) -> None:
        def run(session: str, state: TurnState) -> TurnState:
            config = {"configurable": {"thread_id": session}, "recursion_limit": MAX_STEPS}
            after: TurnState = graph.invoke(state, context=self.deps, config=config, **how)
            self._response(session, after)  # a channel needs it, however the turn is kept
            return after

        self.ways[name] = run

    def _add_own(self, graph: Any) -> None:
        def run(session: str, state: TurnState) -> TurnState:
            stored = self.store.load(session)
            turn = (stored.turns if stored else 0) + 1
            after = run_turn(graph, state, self.deps)
            response = self._response(session, after)
            kept = conversation_after(after, self.deps.book)
            self.store.append(session, turn, AT, state["text"], response.to_dict(), kept)
            return after

        self.ways[OWN] = run

    def _add_sqlite(self, builder: Any, path: Path, durability: str) -> None:
        from langgraph.checkpoint.sqlite import SqliteSaver

        connection = sqlite3.connect(path, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")  # the own store's promise
        name = f'SqliteSaver, durability "{durability}"'
        self.files[name] = path
        self._add(name, builder.compile(checkpointer=SqliteSaver(connection)), durability=durability)

    def _response(self, session: str, after: TurnState) -> Response:
        recommendation, asking, language = after["recommendation"], after["plan"].asking, after["language"]
        return Response(
            session=session,
            turn=after["turn"],
            reply=after["cited"].reply,
            language=language,
            asking=None if asking is None else asking.fact,
            facts=after["profile"].to_dict(),
            citations=after["cited"].citations,
            recommendation=None
            if recommendation is None
            else recommendation_dict(recommendation, language, self.deps.book),
            supported=all(answer.supported for answer in after["answers"]),
            elapsed_ms=0.0,
        )

    def play(self, place: int) -> list[dict[str, float]]:
        """Play one talk in every way at once: for each turn the seconds that each way took."""
        found = []
        before = Conversation()
        orders = itertools.cycle((list(self.ways), list(reversed(self.ways))))
        session = str(place)
        for step in range(len(PLAN)):
            _, text = TALKS[place].message(step, before.asking)
            state: TurnState = {
                "text": text, "cut": None, "wanted_language": None, "turn": step + 1, "before": before, "answers": (),
            }  # fmt: skip
            after = self.ways[NONE](session, state)  # embeds the texts
            seconds = {}
            for name in next(orders):
                started = time.perf_counter()
                kept = self.ways[name](session, state)
                seconds[name] = time.perf_counter() - started
                assert kept["cited"] == after["cited"], name
            found.append(seconds)
            before = conversation_after(after, self.deps.book)
        return found


class Warned(logging.Handler):
    """Keeps what the serializer warns of, each once: it does not like to read dataclasses back."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one message."""
        self.messages.add(record.getMessage())


def size(path: Path) -> int:
    """Bytes of a SQLite file once all of its journal is in it."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path.stat().st_size


def main() -> None:
    """Play, and print."""
    warned = Warned()
    logging.getLogger().addHandler(warned)
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name))
        bench.play(0)
        bench = Bench(Path(tempfile.mkdtemp(dir=name)))
        turns = [turn for place in range(len(TALKS)) for turn in bench.play(place)]
        sizes = {way: size(path) / len(turns) for way, path in bench.files.items()}
    unregistered = sum(message.startswith("Deserializing unregistered") for message in warned.messages)
    print(json.dumps({"turns": turns, "bytes": sizes, "unregistered": unregistered}))


if __name__ == "__main__":
    main()
