"""Intervals and tests, held against published values and against what must hold of any."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.evaluation.statistics import Unit, clustered_interval, mcnemar, paired_interval, wilson_interval

WILSON = {
    "0 of 50": (0, 50, 0.0, 0.0713),
    "50 of 50": (50, 50, 0.9287, 1.0),
    "0 of 10": (0, 10, 0.0, 0.2775),
    "5 of 10": (5, 10, 0.2366, 0.7634),
    "81 of 263, Newcombe 1998": (81, 263, 0.2553, 0.3662),
    "15 of 148, Newcombe 1998": (15, 148, 0.0624, 0.1605),
    "0 of 20, Newcombe 1998": (0, 20, 0.0, 0.1611),
    "1 of 29, Newcombe 1998": (1, 29, 0.0061, 0.1718),
}


@pytest.mark.parametrize(("hits", "of", "low", "high"), WILSON.values(), ids=WILSON)
def test_wilsons_interval_is_the_published_one(hits: int, of: int, low: float, high: float) -> None:
    assert wilson_interval(hits, of) == pytest.approx((low, high), abs=5e-5)


def test_nothing_counted_tells_nothing() -> None:
    assert wilson_interval(0, 0) == (0, 1)


@given(st.integers(0, 200), st.integers(1, 200))
@settings(max_examples=50, deadline=None)
def test_wilsons_interval_holds_the_rate_and_mirrors_that_of_the_others(hits: int, of: int) -> None:
    hits = min(hits, of)
    low, high = wilson_interval(hits, of)
    mirrored = wilson_interval(of - hits, of)

    assert 0 <= low <= hits / of <= high <= 1
    assert mirrored == pytest.approx((1 - high, 1 - low))


MCNEMAR = {
    "3 gained, 11 lost": (3, 11, 0.0574),
    "11 gained, 3 lost": (11, 3, 0.0574),
    "as many gained as lost": (4, 4, 1.0),
    "one lost": (0, 1, 1.0),
    "six lost": (0, 6, 0.03125),
    "six gained": (6, 0, 0.03125),
    "nothing changed": (0, 0, 1.0),
}


@pytest.mark.parametrize(("gained", "lost", "p"), MCNEMAR.values(), ids=MCNEMAR)
def test_mcnemars_p_is_the_exact_one(gained: int, lost: int, p: float) -> None:
    assert mcnemar(gained, lost) == pytest.approx(p, abs=5e-5)


@given(st.integers(0, 40), st.integers(0, 40))
@settings(max_examples=50, deadline=None)
def test_mcnemars_p_is_twice_the_tail_of_a_fair_coin(gained: int, lost: int) -> None:
    flips = gained + lost
    tail = sum(comb(flips, count) for count in range(min(gained, lost) + 1)) / 2**flips

    assert mcnemar(gained, lost) == pytest.approx(min(1.0, 2 * tail))


# Intervals of clustered cases


def alone(units: list[Unit]) -> list[Unit]:
    """The same, every case a cluster of its own."""
    return [(f"{cluster}/{number}", count) for number, (cluster, count) in enumerate(units)]


AGREEING: list[Unit] = [(str(number // 8), (float(number // 8 % 3 == 0), 1.0)) for number in range(160)]


def width(interval: tuple[float, float]) -> float:
    return interval[1] - interval[0]


def test_cases_that_agree_within_their_scenario_tell_less_than_so_many_alone() -> None:
    naive = width(clustered_interval(alone(AGREEING)))

    assert width(clustered_interval(AGREEING)) > 2 * naive


def test_cases_that_cancel_out_within_their_scenario_tell_more() -> None:
    opposed: list[Unit] = [(str(number // 2), (float(number % 2), 1.0)) for number in range(100)]

    assert clustered_interval(opposed) == pytest.approx((0.5, 0.5))
    assert width(clustered_interval(alone(opposed))) > 0.1


def test_the_interval_of_cases_alone_is_near_wilsons() -> None:
    units: list[Unit] = [(str(number), (float(number % 4 == 0), 1.0)) for number in range(400)]

    assert clustered_interval(units) == pytest.approx(wilson_interval(100, 400), abs=0.01)


def test_a_case_weighs_as_much_as_is_counted_in_it() -> None:
    units: list[Unit] = [(f"big {number}", (90.0, 100.0)) for number in range(10)]
    units += [(f"small {number}", (0.0, 1.0)) for number in range(10)]
    low, high = clustered_interval(units)

    assert 0.8 < low <= high <= 0.9


def test_one_scenario_tells_nothing_of_others() -> None:
    units: list[Unit] = [("one", (1.0, 1.0)), ("one", (0.0, 1.0)), ("one", (1.0, 1.0))]

    assert clustered_interval(units) == (0, 1)
    assert paired_interval(units, [("one", (1.0, 1.0))] * 3) == (-1, 1)


def test_the_order_of_the_cases_does_not_matter_and_the_same_comes_again() -> None:
    assert clustered_interval(AGREEING) == clustered_interval(AGREEING[::-1])
    assert clustered_interval(AGREEING) == clustered_interval(AGREEING)
    after = [(cluster, (1.0 - hits, of)) for cluster, (hits, of) in AGREEING]
    assert paired_interval(AGREEING, after) == paired_interval(AGREEING, after)


# Intervals of a change


def test_identical_runs_changed_by_exactly_nothing() -> None:
    assert paired_interval(AGREEING, list(AGREEING)) == (0, 0)
    assert paired_interval(AGREEING[:8], AGREEING[:8]) == (0, 0)


def flipped(units: list[Unit], count: int) -> list[Unit]:
    """The first ``count`` misses of ``units`` made hits."""
    misses = [number for number, (_, (hits, _)) in enumerate(units) if hits == 0][:count]
    return [(cluster, (1.0, of)) if number in misses else (cluster, (hits, of))
            for number, (cluster, (hits, of)) in enumerate(units)]  # fmt: skip


def test_a_change_for_the_better_lies_above_zero_and_its_reverse_as_far_below() -> None:
    before = alone(AGREEING)
    after = flipped(before, 30)
    low, high = paired_interval(before, after)

    assert 0 < low < 30 / 160 < high
    assert paired_interval(after, before) == pytest.approx((-high, -low), abs=0.02)


def test_a_change_is_judged_by_the_same_cases_and_so_closer_than_two_figures_apart() -> None:
    before = alone(AGREEING)
    after = flipped(before, 6)

    assert width(paired_interval(before, after)) < width(clustered_interval(before)) / 2


def test_a_change_within_two_scenarios_is_less_sure_than_as_much_across_many() -> None:
    within = paired_interval(AGREEING, flipped(AGREEING, 16))
    across = paired_interval(alone(AGREEING), flipped(alone(AGREEING), 16))

    assert width(within) > width(across)
    assert within[0] == 0
    assert across[0] > 0


def test_a_case_that_counts_in_one_run_alone_weighs_nothing_in_the_other() -> None:
    before: list[Unit] = [(str(number), (1.0, 1.0) if number % 2 else (0.0, 0.0)) for number in range(40)]
    after: list[Unit] = [(str(number), (1.0, 1.0)) for number in range(40)]

    assert paired_interval(before, after) == (0, 0)
