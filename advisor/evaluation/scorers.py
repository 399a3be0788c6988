"""What a record is worth: one function a suite, from a record to counts by metric. Pure.

A count is (how many hold, of how many); a metric that does not apply to a case has no count. A case
that could not be played has the worst value in every metric.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from advisor.evaluation.metrics import METRICS
from advisor.evaluation.scores import Scores
from advisor.evaluation.scoring.answers import score_perf, score_qa, score_retrieval
from advisor.evaluation.scoring.attacks import score_safety
from advisor.evaluation.scoring.dialogues import fewest_questions, score_dialogue
from advisor.evaluation.scoring.facts import score_decision, score_extract, score_robust

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.evaluation.checks import Count
    from advisor.evaluation.records import Record
    from advisor.evaluation.scoring.judging import Judgement
    from advisor.rules.book import RuleBook

__all__ = ["SCORERS", "SCORERS_VERSION", "Scores", "fewest_questions", "score"]

SCORERS_VERSION = "2"
"""Changes whenever a scorer gives another value for the same record."""


SCORERS: dict[str, Callable[[Record, RuleBook], Judgement]] = {
    "retrieval": score_retrieval,
    "qa": score_qa,
    "extract": score_extract,
    "dialogue": score_dialogue,
    "decision": score_decision,
    "robust": score_robust,
    "safety": score_safety,
    "perf": score_perf,
}
"""The scorer of each suite."""


def score(record: Record, book: RuleBook) -> Scores:
    """The scores of one record."""
    case = record.case
    blank = Scores(record.key, case.suite, case.cluster, case.lang, case.split, case.tags, {})
    if record.error is not None:
        return replace(blank, why=(f"could not be played: {record.error}",), failed=True)
    judgement = SCORERS[case.suite](record, book)
    judgement.counts["no_sockets"] = (float(record.sockets == 0), 1.0)
    known = {metric.name for metric in METRICS[case.suite]}
    counts = {name: _rounded(count) for name, count in judgement.counts.items() if name in known and count[1] > 0}
    return replace(blank, counts=counts, outcome=judgement.outcome, why=tuple(judgement.why))


def _rounded(count: Count) -> Count:
    return round(count[0], 6), round(count[1], 6)
