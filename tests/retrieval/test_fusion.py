"""One ranking out of several."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.retrieval.fusion import RANK_CONSTANT, fuse

_RANKINGS = st.lists(
    st.tuples(st.floats(min_value=0.1, max_value=10), st.lists(st.integers(0, 30), max_size=20)), max_size=4
)


def test_what_leads_every_ranking_scores_one() -> None:
    assert fuse([(1.0, ["a", "b"]), (0.5, ["a", "c"])])[0] == ("a", pytest.approx(1.0))


def test_what_leads_one_of_two_equal_rankings_scores_a_half() -> None:
    assert fuse([(1.0, ["a"]), (1.0, ["b"])]) == [("a", pytest.approx(0.5)), ("b", pytest.approx(0.5))]


def test_two_middling_ranks_beat_one_first() -> None:
    """The point of the method: agreement counts for more than one opinion."""
    assert [item for item, _ in fuse([(1.0, ["a", "b"]), (1.0, ["c", "b"])])] == ["b", "a", "c"]


def test_a_score_is_the_papers_formula() -> None:
    fused = dict(fuse([(1.0, ["a", "b"]), (0.5, ["b"])]))

    best = 1.5 / (RANK_CONSTANT + 1)
    assert fused["b"] == pytest.approx((1.0 / (RANK_CONSTANT + 2) + 0.5 / (RANK_CONSTANT + 1)) / best)


def test_ties_keep_the_order_in_which_they_were_met() -> None:
    assert [item for item, _ in fuse([(1.0, ["z"]), (1.0, ["a"]), (1.0, ["m"])])] == ["z", "a", "m"]


def test_an_item_counts_at_its_best_place_only() -> None:
    assert fuse([(1.0, ["a", "b", "a", "a"])]) == fuse([(1.0, ["a", "b"])])


def test_nothing_fused_is_nothing() -> None:
    assert fuse([]) == []
    assert fuse([(1.0, []), (0.5, [])]) == []


@given(_RANKINGS)
def test_every_item_stands_once_best_first_with_a_score_from_0_to_1(rankings: list[tuple[float, list[int]]]) -> None:
    fused = fuse(rankings)

    assert {item for item, _ in fused} == {item for _, ranking in rankings for item in ranking}
    assert len(fused) == len({item for item, _ in fused})
    scores = [score for _, score in fused]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 + 1e-9 for score in scores)


@given(_RANKINGS)
def test_the_scale_of_the_weights_does_not_matter(rankings: list[tuple[float, list[int]]]) -> None:
    scaled = fuse([(weight * 4, ranking) for weight, ranking in rankings])

    assert dict(scaled) == pytest.approx(dict(fuse(rankings)))
