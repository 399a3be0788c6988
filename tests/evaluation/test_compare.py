"""Two runs side by side: only of the same cases, with every flip, and better where it is better."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from advisor.errors import RunError
from advisor.evaluation.compare import compare
from tests.evaluation.handmade import by_key, scores

if TYPE_CHECKING:
    from advisor.evaluation.compare import Change, Comparison

_KEYS = [f"case-{n:02}#0" for n in range(20)]


def _change(found: Comparison, suite: str, metric: str, scope: str = "all") -> Change:
    (only,) = (c for c in found.changes if (c.suite, c.metric, c.scope) == (suite, metric, scope))
    return only


def test_runs_of_other_case_sets_are_refused_though_their_ids_are_the_same() -> None:
    run = by_key(scores("a#0"))

    with pytest.raises(RunError, match=r"different cases \(case sets 1a and 2b\)"):
        compare(run, run, ("1a", "2b"))


@pytest.mark.parametrize(("before", "after"), [("ab", "a"), ("a", "ab")])
def test_cases_that_stand_in_one_run_alone_are_refused_and_named(before: str, after: str) -> None:
    first, second = (by_key(*(scores(f"{name}#0") for name in names)) for names in (before, after))

    with pytest.raises(RunError, match=r"1 case\(s\) stand in one run alone, such as b#0"):
        compare(first, second)


def test_a_run_beside_itself_shows_no_change() -> None:
    run = by_key(
        scores("a#0", counts={"refused_wrongly": (0, 1)}),
        scores("b#0", passed=False, lang="ja", counts={"refused_wrongly": (1, 1)}),
        scores("c#0", suite="dialogue", counts={"slots": (3, 4)}),
    )

    found = compare(run, run, ("1a", "1a"))

    assert {change.verdict for change in found.changes} == {"same"}
    assert {(change.delta, change.low, change.high) for change in found.changes} == {(0.0, 0.0, 0.0)}
    assert [(flip.suite, flip.gained, flip.lost, flip.p) for flip in found.flips] == [
        ("qa", (), (), 1.0),
        ("dialogue", (), (), 1.0),
    ]


def test_flips_are_listed_both_ways_suite_by_suite() -> None:
    before = by_key(scores("a#0"), scores("b#0", passed=False), scores("c#0"), scores("d#0", suite="perf"))
    after = by_key(scores("a#0", passed=False), scores("b#0"), scores("c#0"), scores("d#0", suite="perf", passed=False))

    found = {flip.suite: flip for flip in compare(before, after).flips}

    assert (found["qa"].gained, found["qa"].lost, found["qa"].p) == (("b#0",), ("a#0",), 1.0)
    assert (found["perf"].gained, found["perf"].lost) == ((), ("d#0",))


def test_the_p_of_flips_is_the_exact_binomials() -> None:
    before = by_key(*(scores(key, passed=False) for key in _KEYS[:6]))
    after = by_key(*(scores(key) for key in _KEYS[:6]))

    (flip,) = compare(before, after).flips

    assert flip.p == pytest.approx(2 / 2**6)


def test_a_case_that_could_not_be_played_has_flipped() -> None:
    before = by_key(scores("a#0"))
    failed = by_key(scores("a#0", passed=False, failed=True))

    assert compare(before, failed).flips[0].lost == ("a#0",)


@pytest.mark.parametrize(
    ("metric", "before", "after", "verdict"),
    [
        ("passed", 0, 1, "better"),
        ("passed", 1, 0, "worse"),
        ("refused_wrongly", 0, 1, "worse"),
        ("refused_wrongly", 1, 0, "better"),
    ],
)
def test_better_is_what_the_metric_calls_better(metric: str, before: int, after: int, verdict: str) -> None:
    first, second = (by_key(*(scores(key, counts={metric: (value, 1)}) for key in _KEYS)) for value in (before, after))

    change = _change(compare(first, second), "qa", metric)

    assert (change.before, change.after, change.verdict) == (before, after, verdict)


def test_a_change_that_the_cases_cannot_carry_is_unclear() -> None:
    before = by_key(*(scores(key, passed=n % 2 == 0) for n, key in enumerate(_KEYS)))
    after = by_key(*(scores(key, passed=n % 2 == 0 if n else False) for n, key in enumerate(_KEYS)))

    change = _change(compare(before, after), "qa", "passed")

    assert (change.verdict, change.delta) == ("unclear", pytest.approx(-0.05))


def test_variants_of_one_scenario_count_as_one() -> None:
    before = by_key(*(scores(key, cluster="all the same", passed=False) for key in _KEYS))
    after = by_key(*(scores(key, cluster="all the same") for key in _KEYS))

    assert _change(compare(before, after), "qa", "passed").verdict == "unclear"


def test_every_language_has_its_own_change() -> None:
    before = by_key(*(scores(f"{lang}{key}", lang=lang) for lang in ("en", "ja") for key in _KEYS))
    after = by_key(*(scores(f"{lang}{key}", lang=lang, passed=lang == "en") for lang in ("en", "ja") for key in _KEYS))

    found = compare(before, after)

    assert _change(found, "qa", "passed", "en").verdict == "same"
    assert _change(found, "qa", "passed", "ja").verdict == "worse"
    assert _change(found, "qa", "passed", "ja").n == len(_KEYS)


def test_a_metric_that_only_some_cases_have_is_compared_on_those() -> None:
    before = by_key(scores("a#0", counts={"slots": (1, 4)}, suite="dialogue"), scores("b#0", suite="dialogue"))
    after = by_key(scores("a#0", counts={"slots": (3, 4)}, suite="dialogue"), scores("b#0", suite="dialogue"))

    change = _change(compare(before, after), "dialogue", "slots")

    assert (change.before, change.after) == (0.25, 0.75)
