"""A run as something to read: Markdown, JUnit XML, and one self-contained HTML page. Pure.

The untouched half shows figures only: whoever reads its transcripts can no longer measure with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from advisor.evaluation.cases import SUITES
from advisor.evaluation.metrics import Figure, figures, metric_named
from advisor.evaluation.tables import table, tag_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor.evaluation.records import Header, Record, Timing
    from advisor.evaluation.scorers import Scores

MAX_TRANSCRIPTS = 400
"""Failing cases shown in full on one page."""


@dataclass(frozen=True)
class Report:
    """What a run is told from."""

    name: str
    header: Header
    scores: tuple[Scores, ...]
    records: Mapping[str, Record]
    timings: tuple[Timing, ...]
    show_untouched: bool = False

    @cached_property
    def figures(self) -> list[Figure]:
        """Every figure, tags included."""
        return figures(self.scores, tags=True)

    def figure(self, suite: str, metric: str, scope: str) -> Figure | None:
        """One figure, if there is one."""
        return next(
            (entry for entry in self.figures if (entry.suite, entry.metric, entry.scope) == (suite, metric, scope)),
            None,
        )

    @property
    def suites(self) -> list[str]:
        """The suites that were run."""
        return [suite for suite in SUITES if any(entry.suite == suite for entry in self.scores)]

    @property
    def languages(self) -> list[str]:
        """The languages that were run."""
        return list(dict.fromkeys(entry.lang for entry in self.scores))

    def failing(self) -> list[Scores]:
        """The cases that did not pass and may be looked at."""
        return [
            entry for entry in self.scores if not entry.passed and (self.show_untouched or entry.split != "untouched")
        ]

    def hidden(self) -> int:
        """How many failing cases are withheld."""
        return sum(not entry.passed for entry in self.scores) - len(self.failing())

    def speed(self) -> list[tuple[str, int, float, float, float]]:
        """Suite, turns, p50 and p95 in milliseconds, and the peak memory in megabytes of who played it."""
        rows = []
        for suite in self.suites:
            own = [timing for timing in self.timings if timing.suite == suite]
            times = sorted(time for timing in own for time in timing.milliseconds)
            if times:
                rows.append(
                    (suite, len(times), _percentile(times, 50), _percentile(times, 95), max(t.peak_rss_mb for t in own))
                )
        return rows


def _percentile(ordered: Sequence[float], percent: int) -> float:
    from statistics import quantiles

    return ordered[0] if len(ordered) == 1 else quantiles(ordered, n=100, method="inclusive")[percent - 1]


_HOW_TO_READ = (
    "Rates with a 95 % interval and the cases that count; ↓ marks what should be low. "
    "`dev` may be looked at while the advisor is improved, `untouched` is only measured."
)


def _what_was_run(header: Header) -> str:
    return (
        f"Advisor {header.version} ({header.commit or 'no checkout'}), mode {header.mode}, "
        f"{sum(header.cases.values())} cases (set {header.case_set}), repeated {header.repeat}×."
    )


def markdown(report: Report) -> str:
    """The run as Markdown."""
    header = report.header
    lines = [
        f"# Evals: {report.name}",
        "",
        _what_was_run(header),
        "",
        _HOW_TO_READ,
    ]
    for suite in report.suites:
        lines += ["", f"## {suite}", "", *_markdown_table(table(report, suite))]
        by_tag = tag_table(report, suite)
        if by_tag:
            lines += ["", f"### {suite} by tag, the worst first", "", *_markdown_table(by_tag)]
    speed = report.speed()
    if speed:
        rows = [["suite", "turns", "p50 ms", "p95 ms", "peak MB"]]
        rows += [[suite, str(n), f"{p50:.1f}", f"{p95:.1f}", f"{rss:.0f}"] for suite, n, p50, p95, rss in speed]
        lines += ["", "## Speed on this machine", "", *_markdown_table(rows)]
    failing = report.failing()
    lines += ["", f"## Failing cases: {len(failing)} shown, {report.hidden()} of the untouched half withheld", ""]
    for entry in failing[:MAX_TRANSCRIPTS]:
        why = " · ".join(" ".join(text.split()) for text in entry.why) or "see its scores"
        lines.append(f"- `{entry.key}`: {why.replace('|', '¦').replace('<', '‹')}")
    return "\n".join(lines) + "\n"


def _markdown_table(rows: Sequence[Sequence[str]]) -> list[str]:
    first, *others = rows
    return [
        "| " + " | ".join(first) + " |",
        "|" + " --- |" * len(first),
        *("| " + " | ".join(row) + " |" for row in others),
    ]


def junit(report: Report) -> str:
    """The run as JUnit XML: a suite a suite, a case a case; what could not be played is an error."""
    root = ET.Element("testsuites", name=f"advisor eval {report.name}")
    times = {timing.key: sum(timing.milliseconds) / 1_000 for timing in report.timings}
    for suite in report.suites:
        own = [entry for entry in report.scores if entry.suite == suite]
        failed = sum(not entry.passed and not entry.failed for entry in own)
        element = ET.SubElement(
            root, "testsuite", name=suite, tests=str(len(own)), failures=str(failed),
            errors=str(sum(entry.failed for entry in own)), time=f"{sum(times.get(e.key, 0) for e in own):.3f}",
        )  # fmt: skip
        for entry in own:
            case = ET.SubElement(
                element,
                "testcase",
                classname=f"{suite}.{entry.lang}",
                name=entry.key,
                time=f"{times.get(entry.key, 0):.3f}",
            )
            if not entry.passed:
                withheld = entry.split == "untouched" and not report.show_untouched
                text = "of the untouched half: only its figures are shown" if withheld else "\n".join(entry.why)
                kind = "error" if entry.failed else "failure"
                first = text.splitlines()[0] if text else "did not pass"
                ET.SubElement(case, kind, message=_xml(first)).text = _xml(text)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _xml(text: str) -> str:
    """``text`` without the characters that XML cannot hold."""
    return "".join(character for character in text if " " <= character < "\ufffe" or character in "\t\n")


def html(report: Report) -> str:
    """The run as one HTML page without any other file, script or address."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("advisor.evaluation"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    failing = report.failing()
    return environment.get_template("report.html.j2").render(
        report=report,
        header=report.header,
        bars={suite: _bars(report, suite) for suite in report.suites},
        tables={suite: table(report, suite) for suite in report.suites},
        tags={suite: tag_table(report, suite) for suite in report.suites},
        passed={suite: report.figure(suite, "passed", "all") for suite in report.suites},
        texts={suite: _texts(suite, report) for suite in report.suites},
        failing=[_transcript(entry, report.records[entry.key]) for entry in failing[:MAX_TRANSCRIPTS]],
        not_shown=max(0, len(failing) - MAX_TRANSCRIPTS),
    )


def _texts(suite: str, report: Report) -> dict[str, str]:
    names = dict.fromkeys(entry.metric for entry in report.figures if entry.suite == suite)
    return {name: metric.text for name in names if (metric := metric_named(suite, name))}


def _bars(report: Report, suite: str) -> list[dict[str, Any]]:
    """What passes in each language and half: the chart's bars."""
    rows = []
    for scope in [*report.languages, "dev", "untouched"]:
        entry = report.figure(suite, "passed", scope)
        if entry is not None:
            rows.append(
                {
                    "scope": scope,
                    "value": entry.value,
                    "low": entry.low,
                    "high": entry.high,
                    "n": entry.n,
                    "shown": f"{entry.value:.1%}",
                }
            )
    return rows


def _transcript(entry: Scores, record: Record) -> dict[str, Any]:
    """One failing case: what was expected beside what was said."""
    case = record.case.model_dump(mode="json")
    expected = {
        name: case[name]
        for name in ("gold", "facts", "opening_facts", "approach", "correction", "forbidden", "clean")
        if case.get(name)
    }
    if record.case.suite == "extract":
        expected = {f"{n}. {u['asked'] or 'opening'}": u["gold"] for n, u in enumerate(case["utterances"], 1)}
    return {
        "key": entry.key,
        "suite": entry.suite,
        "lang": entry.lang,
        "split": entry.split,
        "tags": entry.tags,
        "why": entry.why,
        "expected": [(name, _compact(value)) for name, value in expected.items()],
        "query": case.get("query"),
        "found": [hit["id"] for hit in record.found],
        "decision": _compact(record.decision) if record.decision else None,
        "turns": [
            {
                "kind": turn.kind,
                "text": turn.text,
                "reply": turn.response["reply"],
                "facts": _compact({name: fact["value"] for name, fact in turn.response["facts"].items()}),
                "cited": ", ".join(f"[{c['n']}] {c['source']}: {c['id']}" for c in turn.response["citations"]),
                "approach": (turn.response["recommendation"] or {}).get("approach"),
            }
            for turn in record.turns
        ],
    }


def _compact(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)
