"""Intervals and tests, by scipy: nothing statistical is worked out by hand.

Cases of one scenario (the same thing in four languages, or in other words) are not independent, so
they are resampled together. Sources: Wilson 1927; Efron and Tibshirani 1993; McNemar 1947, exact form;
Miller 2024, arXiv:2411.00640, on clustered evals.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from advisor.errors import EvalError

if TYPE_CHECKING:
    from collections.abc import Sequence

RESAMPLES = 1_000
SEED = 20_260
"""Fixed, so that the same run gives the same interval."""

Unit = tuple[str, tuple[float, float]]
"""A cluster's name and (what holds, of how much)."""


def _scipy() -> Any:
    try:
        from scipy import stats
    except ImportError as error:
        message = "the evals' statistics need scipy; install them with: pip install 'advisor[evals]'"
        raise EvalError(message) from error
    return stats


def wilson_interval(hits: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a rate; (0, 1) where there is nothing to count."""
    if not of:
        return 0.0, 1.0
    found = _scipy().binomtest(hits, of).proportion_ci(0.95, method="wilson")
    return float(found.low), float(found.high)


def clustered_interval(units: Sequence[Unit]) -> tuple[float, float]:
    """The 95 % interval of sum/sum, whole clusters resampled; percentile bootstrap."""
    hits, of = _sums(units)
    return _bootstrap(hits, of)


def paired_interval(before: Sequence[Unit], after: Sequence[Unit]) -> tuple[float, float]:
    """The 95 % interval of the change from ``before`` to ``after``, the same cases in the same order."""
    import numpy as np

    first, of_first = _sums(before)
    second, of_second = _sums(after)
    if np.array_equal(first, second) and np.array_equal(of_first, of_second):
        return 0.0, 0.0
    return _bootstrap(second, of_second, first, of_first)


def mcnemar(gained: int, lost: int) -> float:
    """The exact two-sided p of so many cases gained and lost, if nothing had changed; 1 without any."""
    if gained + lost == 0:
        return 1.0
    return float(_scipy().binomtest(gained, gained + lost).pvalue)


def _sums(units: Sequence[Unit]) -> tuple[Any, Any]:
    import numpy as np

    by_cluster: dict[str, list[float]] = {}
    for cluster, (hits, of) in units:
        sums = by_cluster.setdefault(cluster, [0.0, 0.0])
        sums[0] += hits
        sums[1] += of
    table = np.asarray([by_cluster[cluster] for cluster in sorted(by_cluster)])
    return table[:, 0], table[:, 1]


def _bootstrap(hits: Any, of: Any, *before: Any) -> tuple[float, float]:
    import numpy as np

    def statistic(hits: Any, of: Any, *before: Any, axis: int = -1) -> Any:
        now = hits.sum(axis=axis) / np.maximum(of.sum(axis=axis), 1e-12)
        if not before:
            return now
        return now - before[0].sum(axis=axis) / np.maximum(before[1].sum(axis=axis), 1e-12)

    data = (hits, of, *before)
    if len(hits) < 2:
        return (0.0, 1.0) if not before else (-1.0, 1.0)  # one scenario tells nothing of others
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a constant sample is told by an interval of no width
        found = _scipy().bootstrap(
            data, statistic, paired=True, vectorized=True, n_resamples=RESAMPLES, method="percentile",
            rng=np.random.default_rng(SEED),
        ).confidence_interval  # fmt: skip
    return float(found.low), float(found.high)
