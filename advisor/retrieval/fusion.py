"""Reciprocal rank fusion: one ranking out of several.

Source: Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual
rank learning methods", SIGIR 2009.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

RANK_CONSTANT = 60
"""The constant of the paper; it damps how much the very first ranks count."""


def fuse(rankings: Sequence[tuple[float, Sequence[T]]]) -> list[tuple[T, float]]:
    """Fuse weighted rankings, best first.

    Returns items with a score from 0 to 1: 1 for an item that leads every ranking. Ties keep the
    order in which the items were met.
    """
    scores: dict[T, float] = {}
    for weight, ranking in rankings:
        for place, item in enumerate(dict.fromkeys(ranking), start=1):
            scores[item] = scores.get(item, 0.0) + weight / (RANK_CONSTANT + place)
    best = sum(weight for weight, _ in rankings) / (RANK_CONSTANT + 1)
    ordered = sorted(scores.items(), key=lambda pair: -pair[1])
    return [(item, score / best) for item, score in ordered]
