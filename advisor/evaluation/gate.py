"""The gate: whether a run is good enough, and not worse than the accepted one.

`evals/thresholds.yaml` says what must hold: *floors*, absolute; *ratchets*, against the committed
baseline, on the cases that both have. A gate that cannot judge, for want of cases or of the baseline,
says so and never passes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from advisor.errors import EvalError
from advisor.evaluation.compare import units
from advisor.evaluation.metrics import METRICS, figure, metric_named, value_of
from advisor.evaluation.records import read_lines
from advisor.evaluation.scorers import Scores
from advisor.evaluation.statistics import paired_interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from advisor.evaluation.metrics import Metric
    from advisor.evaluation.records import Run

PASS, FAIL, CANNOT = 0, 1, 2
"""Exit statuses: good enough, not good enough, cannot be judged."""

Verdict = Literal["pass", "FAIL", "CANNOT"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Floor(_Strict):
    """A limit that stands whatever came before."""

    metric: str
    at_least: float | None = None
    at_most: float | None = None
    by: Literal["all", "language"] = "all"

    @model_validator(mode="after")
    def _limits(self) -> Floor:
        if self.at_least is None and self.at_most is None:
            message = "write at_least, at_most, or both"
            raise ValueError(message)
        return self


class Ratchet(_Strict):
    """How much worse than the baseline a metric may be."""

    metric: str
    allow: float = Field(ge=0)


class Profile(_Strict):
    """A selection of cases that is gated, and how many of them there must be."""

    tags: tuple[str, ...] = ()
    cases: dict[str, int]
    """The least number of cases a language of every suite."""


class Thresholds(_Strict):
    """`evals/thresholds.yaml`."""

    profiles: dict[str, Profile]
    floors: tuple[Floor, ...]
    ratchets: tuple[Ratchet, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that the gate looked at."""

    what: str
    scope: str
    value: str
    limit: str
    n: int
    verdict: Verdict


@dataclass(frozen=True)
class Gate:
    """What the gate found."""

    lines: tuple[Line, ...]

    @property
    def status(self) -> int:
        """`PASS`, `FAIL` or `CANNOT`; what cannot be judged outweighs what failed."""
        verdicts = {line.verdict for line in self.lines}
        if "CANNOT" in verdicts or not self.lines:
            return CANNOT
        return FAIL if "FAIL" in verdicts else PASS


def read_thresholds(path: Path) -> Thresholds:
    """Read the thresholds file.

    Raises:
        EvalError: it cannot be read, or is not one; every fault is told.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        found = Thresholds.model_validate(raw)
    except OSError as error:
        message = f"the thresholds {str(path)!r} cannot be read: {error.strerror or error}"
        raise EvalError(message) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        message = f"the thresholds {path.name!r} are not YAML: {error}"
        raise EvalError(message) from error
    except ValidationError as error:
        faults = "\n".join(
            f"  {'.'.join(str(part) for part in entry['loc'])}: {entry['msg']}" for entry in error.errors()
        )
        message = f"the thresholds {path.name!r} have faults:\n{faults}"
        raise EvalError(message) from error
    named = [floor.metric for floor in found.floors] + [ratchet.metric for ratchet in found.ratchets]
    unknown = [name for name in named if not _known(name)]
    if unknown:
        message = f"the thresholds {path.name!r} name unknown metrics: {', '.join(unknown)}; write suite/metric"
        raise EvalError(message)
    return found


def _known(name: str) -> Metric | None:
    suite, _, metric = name.partition("/")
    return metric_named(suite, metric)


def profile_named(thresholds: Thresholds, name: str) -> Profile:
    """The profile of this name.

    Raises:
        EvalError: there is none.
    """
    if name not in thresholds.profiles:
        message = f"there is no profile {name!r} in the thresholds; there are {', '.join(thresholds.profiles)}"
        raise EvalError(message)
    return thresholds.profiles[name]


def check(
    scores: Mapping[str, Scores], thresholds: Thresholds, baseline: Mapping[str, Scores] | None, profile: str = "all"
) -> Gate:
    """Judge ``scores`` by ``thresholds`` and against ``baseline``.

    Raises:
        EvalError: there is no such profile.
    """
    entries = list(scores.values())
    chosen = profile_named(thresholds, profile)
    lines = [
        *_enough(entries, chosen),
        *_missing(scores, chosen, baseline or {}),
        *(line for floor in thresholds.floors for line in _floor(entries, floor)),
        *(_ratchet(scores, baseline, ratchet) for ratchet in thresholds.ratchets),
    ]
    return Gate(tuple(lines))


def _enough(scores: Sequence[Scores], profile: Profile) -> list[Line]:
    """Whether every suite has its cases in every language: a figure of too few says nothing."""
    lines = []
    for suite, least in profile.cases.items():
        counts: dict[str, int] = dict.fromkeys(("en", "zh-Hant", "zh-Hans", "ja"), 0)
        for entry in scores:
            if entry.suite == suite:
                counts[entry.lang] += 1
        short = {language: count for language, count in counts.items() if count < least}
        if short:
            shown = ", ".join(f"{language} {count}" for language, count in short.items())
            lines.append(Line(f"{suite}: cases", "language", shown, f"≥ {least}", sum(counts.values()), "CANNOT"))
    return lines


def _missing(scores: Mapping[str, Scores], profile: Profile, baseline: Mapping[str, Scores]) -> list[Line]:
    """The profile's cases that the baseline has and the run has not: a failing case left out is no success."""
    expected = {key for key, entry in baseline.items() if not profile.tags or set(profile.tags) & set(entry.tags)}
    missing = sorted(expected - set(scores))
    if not missing:
        return []
    shown = f"{len(missing)} missing, such as {', '.join(missing[:3])}"
    return [Line("cases of the baseline", "baseline", shown, "none missing", len(scores), "CANNOT")]


def _floor(scores: Sequence[Scores], floor: Floor) -> list[Line]:
    suite = floor.metric.partition("/")[0]
    metric = _known(floor.metric)
    assert metric is not None  # read_thresholds made sure
    own = [entry for entry in scores if entry.suite == suite]
    parts: dict[str, list[Scores]] = {"all": own}
    if floor.by == "language":
        parts = {
            language: [entry for entry in own if entry.lang == language]
            for language in dict.fromkeys(e.lang for e in own)
        }
    lines = []
    limit = " and ".join(
        f"{sign} {value:g}" for sign, value in (("≥", floor.at_least), ("≤", floor.at_most)) if value is not None
    )
    for scope, part in parts.items():
        made = figure(suite, metric, scope, part)
        if made is None:
            lines.append(Line(floor.metric, scope, "no cases", limit, 0, "CANNOT"))
            continue
        held = (floor.at_least is None or made.value >= floor.at_least - 1e-9) and (
            floor.at_most is None or made.value <= floor.at_most + 1e-9
        )
        shown = f"{made.value:.3f} ({made.low:.3f}–{made.high:.3f})"
        lines.append(Line(floor.metric, scope, shown, limit, made.n, "pass" if held else "FAIL"))
    return lines or [Line(floor.metric, "all", "no cases", limit, 0, "CANNOT")]


def _ratchet(scores: Mapping[str, Scores], baseline: Mapping[str, Scores] | None, ratchet: Ratchet) -> Line:
    suite = ratchet.metric.partition("/")[0]
    metric = _known(ratchet.metric)
    assert metric is not None  # read_thresholds made sure
    limit = f"baseline {'−' if metric.better == 'up' else '+'} {ratchet.allow:g}"
    keys = [key for key, entry in scores.items() if entry.suite == suite]
    missing = [key for key in keys if baseline is None or key not in baseline]
    if baseline is None or missing or not keys:
        why = (
            "no baseline"
            if baseline is None
            else f"{len(missing)} case(s) not in the baseline"
            if missing
            else "no cases"
        )
        return Line(ratchet.metric, "baseline", why, limit, len(keys), "CANNOT")
    before, after = [baseline[key] for key in keys], [scores[key] for key in keys]
    first, second = value_of(metric, before), value_of(metric, after)
    if first is None or second is None:
        return Line(ratchet.metric, "baseline", "nothing counted", limit, len(keys), "CANNOT")
    worse = first - second if metric.better == "up" else second - first
    low, high = paired_interval(units(metric, before), units(metric, after))
    shown = f"{second:.3f}, was {first:.3f} ({low:+.3f}…{high:+.3f})"
    return Line(ratchet.metric, "baseline", shown, limit, len(keys), "FAIL" if worse > ratchet.allow + 1e-9 else "pass")


def read_baseline(path: Path) -> dict[str, Scores] | None:
    """The accepted scores, or ``None`` if there are none.

    Raises:
        EvalError: the file is damaged.
    """
    if not path.is_file():
        return None
    try:
        entries = [Scores.from_json(line) for line in read_lines(path)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"the baseline {path.name!r} is damaged: {error}; write it anew with: advisor eval gate --accept"
        raise EvalError(message) from error
    return {entry.key: entry for entry in entries}


def refuse_partial_profile(tags: Sequence[str], profile: str, baseline: Mapping[str, Scores], path: Path) -> None:
    """Make sure that a run of this profile may become the baseline.

    Raises:
        EvalError: it plays only some of the cases that the baseline has.
    """
    if tags:
        lost = sum(not set(tags) & set(entry.tags) for entry in baseline.values())
        _refuse(lost, len(baseline), f"the profile {profile!r}", path)


def refuse_partial_run(run: Run, scores: Mapping[str, Scores], baseline: Mapping[str, Scores], path: Path) -> None:
    """Make sure that a run may become the baseline; one of everything may, even if cases were taken away.

    Raises:
        EvalError: it was made of some cases only, and the baseline has others.
    """
    if set(run.header.selection) - {"repeat"}:
        _refuse(len(set(baseline) - set(scores)), len(baseline), f"the run {run.name!r}", path)


def _refuse(lost: int, of: int, what: str, path: Path) -> None:
    if lost:
        message = (
            f"the baseline {path.name!r} is kept: {lost} of its {of} cases are not in {what} and would be lost; "
            "accept a run of everything, or write another file with --baseline"
        )
        raise EvalError(message)


def baseline_lines(scores: Iterable[Scores], ratchets: Sequence[Ratchet]) -> Iterator[str]:
    """The baseline of ``scores``: a line a case, with what the ratchets look at and whether it passed."""
    watched = {ratchet.metric.partition("/")[::2] for ratchet in ratchets} | {(suite, "passed") for suite in METRICS}
    for entry in scores:
        counts = {name: count for name, count in entry.counts.items() if (entry.suite, name) in watched}
        yield replace(entry, counts=counts, why=(), outcome=None).to_json()
