"""Prints what a language model costs a turn, and how much of the wait for its first sentence is ours.

Plays the dialogues with a model that adds nothing to what is read and answers in the passages' words, so that the
prompts are the real ones; tokens are counted with tiktoken (cl100k). The overhead is measured against a server on
loopback that waits a fixed time before its first byte.

    python benchmarks/model.py [--limit N] [--delay-ms 200] [--turns 30]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from advisor.app import Advisor
from advisor.evaluation.cases import DialogueCase, shipped_cases
from advisor.evaluation.play import Player
from advisor.llm.endpoint import EndpointModel
from advisor.llm.exchange import Endpoint
from advisor.llm.scripted import ScriptedModel
from advisor.llm.tokens import count_prompt
from advisor.settings import load_settings
from tests.llm.server import running
from tests.model.parts import decent

if TYPE_CHECKING:
    from advisor.llm.client import ModelRequest

AIMS = {"en": 900, "zh-Hant": 1200, "zh-Hans": 1200, "ja": 1200}
"""Prompt tokens a turn; the whole article in the prompt takes 1,297, 2,117 and 2,211 in a ten-turn talk."""

QUESTION = "How fresh is the knowledge in either approach?"


def body(request: ModelRequest) -> dict[str, Any]:
    """A request in the protocol's form, for the model's sake."""
    assert request.schema is not None
    return {"messages": request.messages(), "response_format": {"json_schema": {"name": request.schema.name}}}


def dialogues(limit: int) -> None:
    """Calls and prompt tokens a turn over the dialogue suite."""
    cases = [case for case in shipped_cases() if isinstance(case, DialogueCase)]
    print("language  dialogues  turns  calls/turn  tokens/call  tokens/turn   aim    at turn 1-3 / 4-6 / 7+")
    for language, aim in AIMS.items():
        chosen = [case for case in cases if case.lang == language][:limit]
        talks = [asked_by(case) for case in chosen]
        turns = [tokens for talk in talks for tokens in talk]
        calls, total = sum(map(len, turns)), sum(map(sum, turns))
        thirds = [[sum(talk[place]) for talk in talks for place in span if place < len(talk)] for span in _SPANS]
        flat = " / ".join(f"{statistics.mean(each):.0f}" if each else "-" for each in thirds)
        print(
            f"{language:<9} {len(chosen):>9} {len(turns):>6} {calls / len(turns):>11.2f} {total / max(calls, 1):>12.0f}"
            f" {total / len(turns):>12.0f} {aim:>5}    {flat}"
        )


_SPANS = (range(3), range(3, 6), range(6, 100))


def asked_by(case: DialogueCase) -> list[list[int]]:
    """For each turn of a dialogue, the prompt tokens of each of its calls."""
    model = ScriptedModel(lambda request: decent(body(request)))
    asked_after: list[int] = []

    class Counting(Advisor):
        def respond(self, *args: Any, **kwargs: Any) -> Any:
            response = super().respond(*args, **kwargs)
            asked_after.append(len(model.asked))
            return response

    with tempfile.TemporaryDirectory() as folder:
        advisor = Counting(load_settings(), model=model, sessions_path=Path(folder) / "s.sqlite3")
        advisor.__dict__["derived"], advisor.__dict__["embedder"] = _shared()
        record, _ = Player(advisor).play(case)
        advisor.sessions.close()
    if record.error:
        print(f"  {case.id}: {record.error}")
    tokens = [count_prompt(each).tokens for each in model.asked]
    return [tokens[before:after] for before, after in pairwise([0, *asked_after])]


@cache
def _shared() -> tuple[Any, Any]:
    """The index and the embedding model, opened once."""
    advisor = Advisor(load_settings())
    return advisor.derived, advisor.embedder


def first_sentence(delay_ms: float, turns: int) -> None:
    """Our own part of the time to the first sentence of an answer."""
    with running(decent) as server, tempfile.TemporaryDirectory() as folder:
        server.delay_s = delay_ms / 1_000
        model = EndpointModel(Endpoint("stand-in", server.url))
        advisor = Advisor(load_settings(), model=model, sessions_path=Path(folder) / "s.sqlite3")
        advisor.warm()
        overheads, embedded = [], []
        for place in range(turns):
            shown: list[float] = []
            advisor.embedder.forget()  # type: ignore[attr-defined]
            before = len(server.asked)
            started = time.perf_counter()
            advisor.respond(f"s{place}", QUESTION, show=lambda _, at=shown: at.append(time.perf_counter()))
            waited = delay_ms * (len(server.asked) - before)
            overheads.append((shown[0] - started) * 1_000 - waited)
        plain = Advisor(load_settings(), sessions_path=Path(folder) / "t.sqlite3")
        plain.warm()
        for _ in range(turns):
            plain.embedder.forget()  # type: ignore[attr-defined]
            started = time.perf_counter()
            plain.preview(QUESTION, _fresh())
            embedded.append((time.perf_counter() - started) * 1_000)
        plain.close()
        advisor.close()
    kept = sorted(overheads[2:])
    print(
        f"first sentence beyond the model's {delay_ms:.0f} ms: median {statistics.median(kept):.0f} ms, "
        f"p95 {kept[int(len(kept) * 0.95)]:.0f} ms (aim 30); an embedded turn takes {statistics.median(embedded):.0f} ms"
    )


def _fresh() -> Any:
    from advisor.conversation import Conversation

    return Conversation()


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=1_000, help="dialogues of each language")
    parser.add_argument("--delay-ms", type=float, default=200.0)
    parser.add_argument("--turns", type=int, default=30)
    options = parser.parse_args()
    first_sentence(options.delay_ms, options.turns)
    dialogues(options.limit)


if __name__ == "__main__":
    main()
