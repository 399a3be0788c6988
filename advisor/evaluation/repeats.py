"""What repeats of a case tell: whether it passes every time, and what a language model cost a turn. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor.evaluation.records import Record
    from advisor.evaluation.scores import Scores


@dataclass(frozen=True, slots=True)
class PassEach:
    """Cases that were played several times."""

    cases: int
    every_time: int
    """Those that passed every time: pass^k."""
    once: int
    """Those that passed at least once."""


def pass_each(scores: Iterable[Scores]) -> PassEach:
    """How many cases passed every time, and how many at least once."""
    by_case: dict[str, list[bool]] = {}
    for entry in scores:
        by_case.setdefault(entry.key.rpartition("#")[0], []).append(entry.passed and not entry.failed)
    return PassEach(len(by_case), sum(map(all, by_case.values())), sum(map(any, by_case.values())))


@dataclass(frozen=True, slots=True)
class Asked:
    """What the turns of a run asked a language model."""

    turns: int
    calls: int
    prompt_tokens: int
    completion_tokens: int
    degraded: int
    """Turns in which the model failed."""


def asked(records: Iterable[Record]) -> Asked:
    """What the turns of ``records`` asked."""
    responses = [turn.response for record in records for turn in record.turns]
    used = [response["usage"] for response in responses]
    return Asked(
        len(responses),
        sum(each["llm_calls"] for each in used),
        sum(each["prompt_tokens"] for each in used),
        sum(each["completion_tokens"] for each in used),
        sum(response["mode"] == "degraded" for response in responses),
    )
