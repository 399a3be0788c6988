"""Two runs of the same cases, side by side: what changed, how sure that is, and which cases flipped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.errors import RunError
from advisor.evaluation.metrics import METRICS, Metric, value_of
from advisor.evaluation.statistics import mcnemar, paired_interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor.evaluation.scorers import Scores
    from advisor.evaluation.statistics import Unit


@dataclass(frozen=True, slots=True)
class Change:
    """One metric in both runs."""

    suite: str
    metric: str
    scope: str
    before: float
    after: float
    low: float
    high: float
    """The 95 % interval of the change, cases of one scenario resampled together."""
    n: int

    @property
    def delta(self) -> float:
        """After less before."""
        return self.after - self.before

    @property
    def verdict(self) -> str:
        """``same``, ``better``, ``worse``, or ``unclear`` where the interval holds no change at all."""
        if self.low <= 0 <= self.high:
            return "same" if self.delta == 0 else "unclear"
        metric = next(entry for entry in METRICS[self.suite] if entry.name == self.metric)
        return "better" if (self.delta > 0) == (metric.better == "up") else "worse"


@dataclass(frozen=True, slots=True)
class Flips:
    """The cases of a suite that pass in one run alone."""

    suite: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    p: float
    """Exact McNemar, two-sided; it takes cases for independent, the intervals of `Change` do not."""


@dataclass(frozen=True)
class Comparison:
    """Everything that differs between two runs."""

    changes: tuple[Change, ...]
    flips: tuple[Flips, ...]


def compare(
    before: Mapping[str, Scores], after: Mapping[str, Scores], case_sets: tuple[str, str] | None = None
) -> Comparison:
    """Compare the scores of two runs by case.

    Args:
        before: the scores of the earlier run.
        after: the scores of the later one.
        case_sets: the hashes of both runs' cases, where they are known.

    Raises:
        RunError: the cases differ; a difference of figures would mean nothing.
    """
    if case_sets is not None and case_sets[0] != case_sets[1]:
        message = (
            f"the runs have different cases (case sets {case_sets[0]} and {case_sets[1]}); "
            "run both on the same cases, by the same --suite, --lang, --tag, --limit and --cases"
        )
        raise RunError(message)
    if set(before) != set(after):
        only = sorted(set(before) ^ set(after))
        message = (
            f"{len(only)} case(s) stand in one run alone, such as {', '.join(only[:3])}; run both on the same cases"
        )
        raise RunError(message)
    keys = list(after)
    changes = [
        change
        for suite, metrics in METRICS.items()
        for metric in metrics
        for scope, chosen in _scopes(suite, keys, after)
        if (change := _change(suite, metric, scope, [before[key] for key in chosen], [after[key] for key in chosen]))
    ]
    flips = [flip for suite in METRICS if (flip := _flips(suite, keys, before, after))]
    return Comparison(tuple(changes), tuple(flips))


def _scopes(suite: str, keys: Sequence[str], scores: Mapping[str, Scores]) -> list[tuple[str, list[str]]]:
    own = [key for key in keys if scores[key].suite == suite]
    languages = dict.fromkeys(scores[key].lang for key in own)
    return [("all", own), *((lang, [key for key in own if scores[key].lang == lang]) for lang in languages)]


def _change(suite: str, metric: Metric, scope: str, before: Sequence[Scores], after: Sequence[Scores]) -> Change | None:
    first, second = value_of(metric, before), value_of(metric, after)
    if first is None or second is None:
        return None
    low, high = paired_interval(units(metric, before), units(metric, after))
    return Change(suite, metric.name, scope, first, second, low, high, len(after))


def units(metric: Metric, scores: Sequence[Scores]) -> list[Unit]:
    """What each case counts; a case that does not count in one run weighs nothing there."""
    units: list[Unit] = []
    for entry in scores:
        hits, of = entry.count(metric) or (0.0, 0.0)
        units.append((entry.cluster, (hits, of) if metric.mean == "micro" or not of else (hits / of, 1.0)))
    return units


def _flips(suite: str, keys: Sequence[str], before: Mapping[str, Scores], after: Mapping[str, Scores]) -> Flips | None:
    own = [key for key in keys if after[key].suite == suite]
    if not own:
        return None
    gained = tuple(key for key in own if after[key].passed and not before[key].passed)
    lost = tuple(key for key in own if before[key].passed and not after[key].passed)
    return Flips(suite, gained, lost, mcnemar(len(gained), len(lost)))
