"""Plays every talk in one warm process and prints, as JSON, what each turn and each of its parts took.

Before or after each turn the same message is embedded once by itself, which is what a turn is compared with.
"""

from __future__ import annotations

import functools
import json
import os
import statistics
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from talks import PLAN, TALKS

from advisor.app import Advisor
from advisor.dialogue import graph, nodes
from advisor.settings import load_settings
from advisor.understanding.features import buckets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NODES = ("understand", "update_profile", "decide", "retrieve", "compose")

FSYNCS = 50


@dataclass(slots=True)
class Meter:
    """Adds up, part by part, what the turn at hand takes."""

    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    embedded: list[str] = field(default_factory=list)

    def wrap(self, owner: Any, name: str, part: str) -> None:
        """Count the time of every call of ``owner.name`` under ``part``."""
        function: Callable[..., Any] = getattr(owner, name)

        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            started = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds[part] += time.perf_counter() - started
                if part == "embedding":
                    self.embedded.append(args[0])

        setattr(owner, name, timed)

    def taken(self, whole: float) -> dict[str, float]:
        """The parts of a turn that took ``whole``, and a new beginning."""
        seconds, texts = self.seconds, self.embedded
        self.seconds, self.embedded = defaultdict(float), []
        return {
            "reading": seconds["understand"],
            "searching": seconds["retrieve"],
            "rules and wording": seconds["update_profile"] + seconds["decide"] + seconds["compose"],
            "graph": seconds["graph"] - sum(seconds[node] for node in NODES),
            "loading the session": seconds["load"],
            "storing the turn": seconds["append"],
            "all else": whole - seconds["graph"] - seconds["load"] - seconds["append"],
            "embedding": seconds["embedding"],
            "texts embedded": len(texts),
            "embedded again": len(texts) - len(set(texts)),
        }


def main() -> None:
    """Play, and print."""
    meter = Meter()
    for name in NODES:
        meter.wrap(nodes, name, name)
    meter.wrap(graph, "run_turn", "graph")
    advisor = Advisor(load_settings())
    advisor.warm()
    bare = advisor.embedder.query
    meter.wrap(advisor.embedder, "query", "embedding")
    meter.wrap(advisor.sessions, "load", "load")
    meter.wrap(advisor.sessions, "append", "append")
    for place, talk in enumerate(TALKS):
        for kind in ("story", "question"):
            advisor.respond(f"warm-up {place}", talk.told[kind])
    buckets.cache_clear()  # what was just said would not be known either
    meter.taken(0.0)
    turns = [turn for place in range(len(TALKS)) for turn in play(advisor, place, meter, bare)]
    fsync = statistics.median(fsync_once(advisor.settings.home / "fsync") for _ in range(FSYNCS))
    advisor.close()
    print(json.dumps({"turns": turns, "fsync": fsync}))


def play(advisor: Advisor, place: int, meter: Meter, bare: Callable[[str], Any]) -> list[dict[str, Any]]:
    """One talk: for each turn its kind, its time, the bare embedding's time, and its parts."""
    found = []
    asking: str | None = None
    session = f"{os.getpid()} {place}"
    for step in range(len(PLAN)):
        kind, text = TALKS[place].message(step, asking)
        advisor.embedder.forget()  # a message is new to a turn, and to the bare embedding
        first = timed(bare, text) if step % 2 else 0.0
        advisor.embedder.forget()
        started = time.perf_counter()
        response = advisor.respond(session, text)
        whole = time.perf_counter() - started
        parts = meter.taken(whole)
        advisor.embedder.forget()
        found.append({"kind": kind, "whole": whole, "bare": first or timed(bare, text), "parts": parts})
        asking = response.asking
    return found


def timed(function: Callable[[str], Any], text: str) -> float:
    """Seconds that one call takes."""
    started = time.perf_counter()
    function(text)
    return time.perf_counter() - started


def fsync_once(path: Path) -> float:
    """Seconds to append a page to a file and have it on the disk."""
    with path.open("ab") as file:
        started = time.perf_counter()
        file.write(bytes(4_096))
        file.flush()
        os.fsync(file.fileno())
        return time.perf_counter() - started


if __name__ == "__main__":
    main()
