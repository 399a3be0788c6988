"""The figures of a run as tables: by language and half, and by tag. Pure; every form of a report shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.evaluation.metrics import metric_named

if TYPE_CHECKING:
    from advisor.evaluation.metrics import Figure
    from advisor.evaluation.report import Report

BY_TAG: dict[str, tuple[str, ...]] = {
    "qa": (
        "passed", "refused_wrongly", "answered_wrongly", "gold_cited", "citation_precision",
        "premise_corrected", "premise_blamed", "part_left_open",
    ),
}  # fmt: skip
"""The metrics told by tag, for a suite whose tags are kinds of cases; of every other, what passes."""

MIN_TAGGED = 8
"""Cases that a tag must have to be told; the figures of fewer say little."""


def shown(entry: Figure | None) -> str:
    """A figure with its interval and its n."""
    if entry is None:
        return "–"
    return f"{entry.value:.3f} ({entry.low:.2f}–{entry.high:.2f}, n {entry.n})"


def table(report: Report, suite: str) -> list[list[str]]:
    """The figures of one suite: a row a metric, a column a scope."""
    scopes = ["all", *report.languages, "dev", "untouched"]
    names = dict.fromkeys(entry.metric for entry in report.figures if entry.suite == suite)
    rows = [[_headed(suite, name), *(shown(report.figure(suite, name, scope)) for scope in scopes)] for name in names]
    return [["metric", *scopes], *rows]


def tag_table(report: Report, suite: str) -> list[list[str]]:
    """The figures of one suite by tag, the worst first; empty where no tag has cases enough."""
    tagged = [
        entry
        for entry in report.figures
        if (entry.suite, entry.metric) == (suite, "passed") and entry.scope.startswith("#") and entry.n >= MIN_TAGGED
    ]
    names = BY_TAG.get(suite, ("passed",))
    rows = [
        [found.scope, *(shown(report.figure(suite, name, found.scope)) for name in names)]
        for found in sorted(tagged, key=lambda entry: entry.value)
    ]
    return [["tag", *(_headed(suite, name) for name in names)], *rows] if rows else []


def _headed(suite: str, name: str) -> str:
    """A metric's name, marked where it should be low."""
    metric = metric_named(suite, name)
    return f"{name} ↓" if metric is not None and metric.better == "down" else name
