"""The gate: passes what holds, fails what does not, and never passes what it cannot judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from advisor.content import content_path
from advisor.errors import EvalError
from advisor.evaluation.gate import CANNOT, FAIL, PASS, Gate, baseline_lines, check, read_baseline, read_thresholds
from advisor.evaluation.metrics import metric_named
from advisor.language import LANGUAGES
from tests.evaluation.handmade import by_key, scores

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from advisor.evaluation.gate import Thresholds
    from advisor.evaluation.scorers import Scores


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "thresholds.yaml"


def _limits(file: Path, *, floors: tuple[Any, ...] = (), ratchets: tuple[Any, ...] = (), **fields: Any) -> Thresholds:
    values = {"profiles": {"all": {"cases": {}}}, "floors": list(floors), "ratchets": list(ratchets), **fields}
    file.write_text(yaml.safe_dump(values))
    return read_thresholds(file)


def _run(passed: int, of: int = 10, **fields: Any) -> dict[str, Scores]:
    return by_key(*(scores(f"case-{n}#0", passed=n < passed, **fields) for n in range(of)))


# floors


@pytest.mark.parametrize(
    ("floor", "status"),
    [
        ({"at_least": 0.8}, PASS),
        ({"at_least": 0.81}, FAIL),
        ({"at_most": 0.8}, PASS),
        ({"at_most": 0.79}, FAIL),
        ({"at_least": 0.7, "at_most": 0.9}, PASS),
        ({"at_least": 0.7, "at_most": 0.75}, FAIL),
    ],
)
def test_a_floor_holds_or_is_broken(file: Path, floor: dict[str, float], status: int) -> None:
    limits = _limits(file, floors=({"metric": "qa/passed", **floor},))

    assert check(_run(8), limits, None).status == status


def test_a_floor_by_language_is_not_lifted_by_the_other_languages(file: Path) -> None:
    run = by_key(
        *(scores(f"en-{n}#0") for n in range(99)), *(scores(f"ja-{n}#0", lang="ja", passed=n > 0) for n in range(2))
    )
    overall = _limits(file, floors=({"metric": "qa/passed", "at_least": 0.9},))
    by_language = _limits(file, floors=({"metric": "qa/passed", "at_least": 0.9, "by": "language"},))

    assert check(run, overall, None).status == PASS
    found = check(run, by_language, None)
    assert found.status == FAIL
    assert [(line.scope, line.verdict, line.n) for line in found.lines] == [("en", "pass", 99), ("ja", "FAIL", 2)]


def test_a_floor_is_about_its_own_suite(file: Path) -> None:
    limits = _limits(file, floors=({"metric": "qa/passed", "at_least": 1},))

    assert check({**_run(10), "d#0": scores("d#0", suite="dialogue", passed=False)}, limits, None).status == PASS


def test_a_case_that_could_not_be_played_breaks_a_floor(file: Path) -> None:
    limits = _limits(file, floors=({"metric": "qa/quotes_verbatim", "at_least": 1},))
    run = by_key(scores("a#0", counts={"quotes_verbatim": (2, 2)}), scores("b#0", passed=False, failed=True))

    assert check(run, limits, None).status == FAIL


@pytest.mark.parametrize("by", ["all", "language"])
def test_a_floor_without_cases_cannot_be_judged(file: Path, by: str) -> None:
    limits = _limits(file, floors=({"metric": "dialogue/passed", "at_least": 0, "by": by},))

    assert check(_run(10), limits, None).status == CANNOT


def test_a_floor_whose_metric_no_case_counts_cannot_be_judged(file: Path) -> None:
    limits = _limits(file, floors=({"metric": "qa/grounded", "at_least": 0},))

    assert check(_run(10), limits, None).status == CANNOT


# ratchets


@pytest.mark.parametrize(("passed", "status"), [(10, PASS), (9, PASS), (8, PASS), (7, FAIL)])
def test_a_loss_within_the_allowance_passes(file: Path, passed: int, status: int) -> None:
    limits = _limits(file, ratchets=({"metric": "qa/passed", "allow": 0.1},))

    assert check(_run(passed), limits, _run(9)).status == status


@pytest.mark.parametrize(("refused", "status"), [(0, PASS), (2, PASS), (3, PASS), (4, FAIL)])
def test_where_down_is_better_a_rise_is_the_loss(file: Path, refused: int, status: int) -> None:
    def run(count: int) -> dict[str, Scores]:
        return by_key(*(scores(f"c-{n}#0", counts={"refused_wrongly": (float(n < count), 1)}) for n in range(10)))

    limits = _limits(file, ratchets=({"metric": "qa/refused_wrongly", "allow": 0.1},))

    assert check(run(refused), limits, run(2)).status == status


def test_a_baseline_of_more_cases_than_the_profile_judges_on_those_of_the_profile(file: Path) -> None:
    profiles = {"all": {"cases": {}}, "fast": {"tags": ["fast"], "cases": {}}}
    limits = _limits(file, ratchets=({"metric": "qa/passed", "allow": 0},), profiles=profiles)
    fast = _run(5, of=5, tags=("fast",))

    assert check(fast, limits, {**_run(5, of=10), **fast}, "fast").status == PASS
    assert check(fast, limits, {**_run(5, of=10), **fast}, "all").status == CANNOT


@pytest.mark.parametrize(
    ("baseline", "told"), [(None, "no baseline"), ({}, "10 case(s) not in the baseline"), (_run(9, 9), "1 case(s) not")]
)
def test_a_ratchet_without_its_baseline_cannot_be_judged(
    file: Path, baseline: Mapping[str, Scores] | None, told: str
) -> None:
    found = check(_run(10), _limits(file, ratchets=({"metric": "qa/passed", "allow": 1},)), baseline)

    assert found.status == CANNOT
    assert told in found.lines[0].value


def test_a_ratchet_without_cases_cannot_be_judged(file: Path) -> None:
    limits = _limits(file, ratchets=({"metric": "dialogue/passed", "allow": 1},))

    assert check(_run(10), limits, _run(10)).status == CANNOT


# cases


@pytest.mark.parametrize(("languages", "status"), [(LANGUAGES, PASS), (LANGUAGES[:3], CANNOT)])
def test_every_language_must_have_its_cases(file: Path, languages: tuple[str, ...], status: int) -> None:
    limits = _limits(file, profiles={"all": {"cases": {"qa": 2}}}, floors=({"metric": "qa/passed", "at_least": 1},))
    run = by_key(*(scores(f"{lang}-{n}#0", lang=lang) for lang in languages for n in range(2)))

    assert check(run, limits, None).status == status


def test_too_few_cases_are_told_with_language_and_number(file: Path) -> None:
    limits = _limits(file, profiles={"all": {"cases": {"qa": 2}}})
    run = by_key(*(scores(f"{lang}-{n}#0", lang=lang) for lang in LANGUAGES for n in range(1 if lang == "ja" else 2)))

    (line,) = check(run, limits, None).lines

    assert (line.value, line.limit, line.verdict) == ("ja 1", "≥ 2", "CANNOT")


def test_what_cannot_be_judged_outweighs_what_failed(file: Path) -> None:
    limits = _limits(
        file,
        floors=({"metric": "qa/passed", "at_least": 1},),
        ratchets=({"metric": "qa/passed", "allow": 0},),
    )

    assert check(_run(0), limits, None).status == CANNOT


def test_a_gate_that_looked_at_nothing_does_not_pass() -> None:
    assert Gate(()).status == CANNOT


# the files


def test_an_unknown_profile_is_refused_with_those_there_are(file: Path) -> None:
    with pytest.raises(EvalError, match=r"no profile 'quick' in the thresholds; there are all"):
        check(_run(1), _limits(file), None, "quick")


@pytest.mark.parametrize("name", ["qa/beauty", "qa", "passed", "beauty/passed", "qa/slots", "qa/consistent"])
@pytest.mark.parametrize("part", ["floors", "ratchets"])
def test_an_unknown_metric_is_refused_by_name(file: Path, part: str, name: str) -> None:
    entry = {"metric": name, **({"at_least": 1} if part == "floors" else {"allow": 0})}

    with pytest.raises(EvalError, match=f"unknown metrics: {name}; write suite/metric"):
        _limits(file, **{part: (entry,)})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "have faults"),
        ("profiles: [", "are not YAML"),
        ("- a\n- b\n", "have faults"),
        ("{profiles: {}, floors: [], ratchets: [], rockets: []}", "rockets: Extra inputs"),
        ("{profiles: {}, floors: [{metric: qa/passed, at_leats: 1}], ratchets: []}", "floors.0.at_leats: Extra"),
        ("{profiles: {}, floors: [{metric: qa/passed}], ratchets: []}", "floors.0: "),
        ("{profiles: {}, floors: [], ratchets: [{metric: qa/passed, allow: -1}]}", "ratchets.0.allow: "),
        ("{profiles: {}, floors: [], ratchets: [{metric: qa/passed}]}", "ratchets.0.allow: Field required"),
        ("{profiles: {}, floors: [{metric: qa/passed, at_least: high}], ratchets: []}", "floors.0.at_least: "),
    ],
)
def test_a_faulty_thresholds_file_is_refused_with_the_place(file: Path, text: str, told: str) -> None:
    file.write_text(text)

    with pytest.raises(EvalError) as caught:
        read_thresholds(file)

    assert "'thresholds.yaml'" in str(caught.value)
    assert told in str(caught.value)


def test_a_missing_thresholds_file_is_told(file: Path) -> None:
    with pytest.raises(EvalError, match=r"thresholds\.yaml' cannot be read: No such file"):
        read_thresholds(file)


def test_thresholds_that_are_not_text_are_refused(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00\xd8")

    with pytest.raises(EvalError, match="are not YAML"):
        read_thresholds(file)


def test_a_baseline_gives_back_what_the_ratchets_look_at(file: Path, tmp_path: Path) -> None:
    run = by_key(
        scores("a#0", counts={"refused_wrongly": (1, 1), "grounded": (1, 2)}, why=("secret words",), cluster="s"),
        scores("b#0", passed=False, failed=True),
    )
    limits = _limits(file, ratchets=({"metric": "qa/refused_wrongly", "allow": 0},))
    kept = tmp_path / "baseline.jsonl"

    kept.write_text("".join(f"{line}\n" for line in baseline_lines(run.values(), limits.ratchets)))
    found = read_baseline(kept)

    assert found is not None
    assert found["a#0"].counts == {"passed": (1.0, 1.0), "refused_wrongly": (1, 1)}
    assert (found["a#0"].cluster, found["b#0"].failed) == ("s", True)
    assert "secret words" not in kept.read_text()
    assert check(run, limits, found).status == PASS


def test_no_baseline_is_none(tmp_path: Path) -> None:
    assert read_baseline(tmp_path / "missing.jsonl") is None


@pytest.mark.parametrize(
    "text", ["{", "null\n", "[]\n", '{"key": "a"}\n', "7\n", '{"tags": [], "why": [], "counts": 1}']
)
def test_a_damaged_baseline_is_told_with_the_way_out(tmp_path: Path, text: str) -> None:
    file = tmp_path / "embedded.jsonl"
    file.write_text(text)

    with pytest.raises(EvalError, match=r"'embedded.jsonl' is damaged: .*--accept"):
        read_baseline(file)


def test_the_shipped_thresholds_name_only_what_is_measured() -> None:
    shipped = read_thresholds(content_path("evals", "thresholds.yaml"))
    named = [floor.metric for floor in shipped.floors] + [ratchet.metric for ratchet in shipped.ratchets]

    assert {"all", "fast"} <= set(shipped.profiles)
    assert named
    assert all(metric_named(*name.split("/")) is not None for name in named)
    assert len(named) == len(set(named))


def test_the_shipped_cases_are_enough_for_every_profile() -> None:
    from advisor.evaluation.cases import shipped_cases
    from advisor.evaluation.run import Selection

    shipped = read_thresholds(content_path("evals", "thresholds.yaml"))
    for profile in shipped.profiles.values():
        counts: dict[tuple[str, str], int] = {}
        for case in Selection(tags=profile.tags).of(shipped_cases()):
            counts[case.suite, case.lang] = counts.get((case.suite, case.lang), 0) + 1
        short = {
            (suite, lang): counts.get((suite, lang), 0)
            for suite, least in profile.cases.items()
            for lang in LANGUAGES
            if counts.get((suite, lang), 0) < least
        }
        assert short == {}


def test_a_case_of_the_baseline_that_was_not_run_cannot_be_judged(file: Path) -> None:
    whole = by_key(scores("a#0"), scores("b#0", passed=False))
    part = by_key(scores("a#0"))
    limits = _limits(file, floors=({"metric": "qa/passed", "at_least": 0},))

    found = check(part, limits, whole)

    assert found.status == CANNOT
    assert [line.value for line in found.lines if line.verdict == "CANNOT"] == ["1 missing, such as b#0"]
    assert check(whole, limits, whole).status == PASS
