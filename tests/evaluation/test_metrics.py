"""The figures: retrieval as trec_eval has it, means of both kinds, failures at their worst, every scope."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import ir_measures
import pytest
from ir_measures import RR, Qrel, R, ScoredDoc

from advisor.evaluation.cases import SUITES, parse_case
from advisor.evaluation.metrics import (
    GROUPED,
    GROUPED_RIGHT,
    METRICS,
    Figure,
    Metric,
    figure,
    figures,
    metric_named,
    value_of,
)
from advisor.evaluation.records import Record
from advisor.evaluation.scorers import Scores, score
from advisor.evaluation.statistics import clustered_interval, wilson_interval
from advisor.knowledge import article
from advisor.rules.load import load_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.evaluation.checks import Count
    from advisor.rules.book import RuleBook

UP, DOWN = Metric("up", "holds"), Metric("down", "faults", better="down")
MICRO = Metric("micro", "holds of all", "micro")


def entry(
    key: str,
    *,
    suite: str = "qa",
    cluster: str = "",
    lang: str = "en",
    split: str = "dev",
    tags: tuple[str, ...] = (),
    outcome: str | None = None,
    failed: bool = False,
    **counts: Count,
) -> Scores:
    return Scores(key, suite, cluster or key, lang, split, tags, counts, outcome, (), failed)


# Retrieval, as others count it


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_rules(frozenset(article()))


@pytest.mark.parametrize("seed", range(20))
def test_retrieval_is_scored_as_trec_eval_scores_it(book: RuleBook, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a repeatable sample, not a secret
    names = [f"p{number}" for number in range(12)]
    qrels, run, scored = [], [], []
    for number in range(25):
        gold = chance.sample(names, chance.randint(1, 4))
        found = chance.sample(names, chance.choice((0, 1, 3, 5, 9)))
        case = parse_case({"id": f"q{number}", "suite": "retrieval", "lang": "en", "query": "?", "gold": gold})
        hits = [{"source": "article", "id": name, "score": 1 / rank} for rank, name in enumerate(found, 1)]
        scored.append(score(Record(case, found=tuple(hits)), book))
        qrels += [Qrel(f"q{number}", name, 1) for name in gold]
        run += [ScoredDoc(f"q{number}", str(hit["id"]), float(str(hit["score"]))) for hit in hits]

    measures = {"recall@1": R @ 1, "recall@3": R @ 3, "recall@5": R @ 5, "mrr@5": RR @ 5}
    means = ir_measures.calc_aggregate(measures.values(), qrels, run)
    by_query = {(m.query_id, m.measure): m.value for m in ir_measures.iter_calc(measures.values(), qrels, run)}

    for name, measure in measures.items():
        metric = metric_named("retrieval", name)
        assert metric is not None
        assert value_of(metric, scored) == pytest.approx(means[measure], abs=1e-5)
        for number, scores in enumerate(scored):
            hits, of = scores.count(metric) or (0.0, 0.0)
            assert hits / of == pytest.approx(by_query[f"q{number}", measure], abs=1e-5), (name, number)


# Means


UNEQUAL = [entry("a", up=(1, 1), micro=(1, 1)), entry("b", up=(1, 4), micro=(1, 4)), entry("c")]


def test_a_macro_mean_weighs_cases_alike_and_a_micro_mean_what_is_counted() -> None:
    assert value_of(UP, UNEQUAL) == pytest.approx((1 + 1 / 4) / 2)
    assert value_of(MICRO, UNEQUAL) == pytest.approx(2 / 5)


@pytest.mark.parametrize(("metric", "counted"), [(UP, 2), (MICRO, 5)])
def test_a_figure_is_its_value_with_what_it_rests_on(metric: Metric, counted: float) -> None:
    made = figure("qa", metric, "all", UNEQUAL)

    assert made is not None
    assert made.value == value_of(metric, UNEQUAL)
    assert (made.n, made.counted) == (2, counted)
    assert made.low <= made.value <= made.high


def test_what_no_case_counts_has_no_figure() -> None:
    empty = [entry("a", up=(0, 0)), entry("b")]

    assert value_of(UP, empty) is None
    assert figure("qa", UP, "all", empty) is None


def test_a_case_that_could_not_be_played_counts_worst_whichever_way_is_better() -> None:
    scores = [entry("a", up=(1, 1), down=(0, 1), micro=(3, 3)), entry("b", failed=True)]

    assert value_of(UP, scores) == 1 / 2
    assert value_of(DOWN, scores) == 1 / 2
    assert value_of(MICRO, scores) == 3 / 4


def test_a_metric_that_leaves_failures_out_does() -> None:
    metric = Metric("up", "holds", counts_failures=False)

    assert value_of(metric, [entry("a", up=(1, 1)), entry("b", failed=True)]) == 1


# Intervals


def bounds(made: Figure | None) -> tuple[float, float]:
    assert made is not None
    return made.low, made.high


def test_cases_that_hold_or_do_not_and_stand_for_themselves_have_wilsons_interval() -> None:
    scores = [entry(str(number), up=(number % 2, 1)) for number in range(40)]

    assert bounds(figure("qa", UP, "all", scores)) == wilson_interval(20, 40)


def test_cases_of_one_scenario_are_resampled_together() -> None:
    scores = [entry(str(number), cluster=str(number // 4), up=(number // 4 % 2, 1)) for number in range(40)]
    low, high = bounds(figure("qa", UP, "all", scores))
    naive_low, naive_high = wilson_interval(20, 40)

    assert (low, high) == clustered_interval([(s.cluster, s.counts["up"]) for s in scores])
    assert high - low > naive_high - naive_low


@pytest.mark.parametrize("value", [0, 1])
def test_where_nothing_varies_the_scenarios_are_counted_and_not_the_cases(value: int) -> None:
    scores = [entry(str(number), cluster=str(number // 10), up=(value, 1)) for number in range(40)]

    assert bounds(figure("qa", UP, "all", scores)) == wilson_interval(value * 4, 4)


def test_a_mean_of_one_fault_a_case_is_no_certainty() -> None:
    """Counts may exceed one; two faults here and none there is not the same as one each."""
    scores = [entry(str(number), down=(number % 2 * 2, 1)) for number in range(20)]
    made = figure("qa", DOWN, "all", scores)

    assert made is not None
    assert made.value == 1
    assert made.low < 1 < made.high


# Scenarios


def telling(
    key: str, scenario: str, outcome: str | None, *, right: bool = True, lang: str = "en", failed: bool = False
) -> Scores:
    counts: dict[str, Count] = {} if failed else {"passed": (float(right), 1.0)}
    return entry(key, suite="robust", cluster=scenario, outcome=outcome, lang=lang, failed=failed, **counts)


ALIKE = [telling("a1", "a", "rag"), telling("a2", "a", "rag")]
APART = [telling("b1", "b", "rag"), telling("b2", "b", "hybrid", right=False)]
ALIKE_BUT_WRONG = [telling("c1", "c", "rag", right=False), telling("c2", "c", "rag", right=False)]
FAILED = [telling("d1", "d", None, failed=True), telling("d2", "d", None, failed=True)]
ALONE = [telling("e1", "e", "rag")]


def grouped(metric: Metric, scores: Sequence[Scores]) -> tuple[float, int]:
    made = figure("robust", metric, "all", scores)
    assert made is not None
    return made.value, made.n


def test_a_scenario_is_consistent_where_all_its_tellings_end_alike() -> None:
    assert grouped(GROUPED, [*ALIKE, *APART, *ALIKE_BUT_WRONG]) == (2 / 3, 3)


def test_a_scenario_is_consistently_right_where_they_end_right_as_well() -> None:
    assert grouped(GROUPED_RIGHT, [*ALIKE, *APART, *ALIKE_BUT_WRONG]) == (1 / 3, 3)


def test_tellings_that_could_not_be_played_do_not_agree() -> None:
    assert grouped(GROUPED, [*ALIKE, *FAILED]) == (1 / 2, 2)
    assert grouped(GROUPED_RIGHT, [*ALIKE, *FAILED]) == (1 / 2, 2)


def test_one_telling_alone_says_nothing_of_consistency() -> None:
    assert grouped(GROUPED, [*ALIKE, *ALONE]) == (1, 1)
    assert figure("robust", GROUPED, "all", ALONE) is None


def test_scenarios_have_wilsons_interval_over_scenarios() -> None:
    assert bounds(figure("robust", GROUPED, "all", [*ALIKE, *APART])) == wilson_interval(1, 2)


# Scopes


def test_figures_are_made_overall_by_language_by_half_and_by_both() -> None:
    scores = [
        entry("a", passed=(1, 1), lang="en", split="dev"),
        entry("b", passed=(0, 1), lang="ja", split="dev"),
        entry("c", passed=(1, 1), lang="ja", split="untouched", tags=("fast", "hard")),
    ]
    found = {made.scope: (made.value, made.n) for made in figures(scores) if made.metric == "passed"}

    assert found == {
        "all": (2 / 3, 3), "en": (1, 1), "ja": (1 / 2, 2), "dev": (1 / 2, 2), "dev en": (1, 1), "dev ja": (0, 1),
        "untouched": (1, 1), "untouched ja": (1, 1),
    }  # fmt: skip


def test_figures_by_tag_are_made_where_they_are_wanted() -> None:
    scores = [entry("a", passed=(1, 1), tags=("fast",)), entry("b", passed=(0, 1), tags=("fast", "hard"))]
    found = {made.scope: made.value for made in figures(scores, tags=True)}

    assert (found["#fast"], found["#hard"]) == (1 / 2, 0)
    assert not any(made.scope.startswith("#") for made in figures(scores))


def test_figures_of_a_suite_are_made_of_its_own_cases() -> None:
    scores = [entry("a", suite="qa", passed=(1, 1)), entry("b", suite="perf", passed=(0, 1))]
    found = {made.suite: made.value for made in figures(scores) if made.scope == "all"}

    assert found == {"qa": 1, "perf": 0}


def test_scenarios_are_compared_within_each_language_too() -> None:
    scores = [
        telling("a1", "a", "rag"),
        telling("a2", "a", "rag"),
        telling("a3", "a", "hybrid", lang="ja"),
        telling("a4", "a", "rag", lang="ja"),
    ]
    found = {made.scope: made.value for made in figures(scores) if made.metric == GROUPED.name}

    assert (found["all"], found["en"], found["ja"]) == (0, 1, 0)


# The table of metrics


def test_every_suite_has_metrics_of_distinct_names_and_passes_first() -> None:
    assert set(METRICS) == set(SUITES)
    for suite, metrics in METRICS.items():
        names = [metric.name for metric in metrics]
        assert names[0] == "passed", suite
        assert len(set(names)) == len(names), suite
        assert "no_sockets" in names, suite


def test_a_metric_is_found_by_its_name_in_its_own_suite_alone() -> None:
    assert metric_named("qa", "grounded") in METRICS["qa"]
    assert metric_named("retrieval", "grounded") is None
    assert metric_named("speed", "passed") is None
    assert metric_named("robust", "consistent") is GROUPED
    assert metric_named("dialogue", "consistent") is None
