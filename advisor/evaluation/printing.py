"""What `advisor eval` prints: progress on stderr, figures and verdicts on stdout."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from advisor.cli_shared import emit

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.evaluation.gate import Gate
    from advisor.evaluation.records import Run
    from advisor.evaluation.report import Report


class Progress:
    """A progress bar on stderr where that is a terminal, else a line every tenth."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._tenth = -1

    def __enter__(self) -> Callable[[int, int], None]:
        if not self._terminal:
            return self._line
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        self._bar = Bar(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
            console=Console(stderr=True), transient=True,
        )  # fmt: skip
        self._bar.start()
        self._task = self._bar.add_task("Playing cases", total=None)
        return lambda done, total: self._bar.update(self._task, completed=done, total=total)

    def __exit__(self, *_: object) -> None:
        if self._terminal:
            self._bar.stop()

    def _line(self, done: int, total: int) -> None:
        tenth = 10 * done // max(1, total)
        if tenth > self._tenth:
            self._tenth = tenth
            print(f"advisor: {done} of {total} cases", file=sys.stderr, flush=True)


def print_run(run: Run, told: Report, *, as_json: bool) -> None:
    """The figures of a run, and how to see more of it."""
    if as_json:
        from dataclasses import asdict

        for entry in told.figures:
            emit(asdict(entry))
        return
    from advisor.evaluation.tables import shown

    for suite in told.suites:
        print(f"{suite}")
        for name in dict.fromkeys(entry.metric for entry in told.figures if entry.suite == suite):
            cells = [f"{language} {shown(told.figure(suite, name, language))}" for language in told.languages]
            print(f"  {name:<20} {shown(told.figure(suite, name, 'all'))}")
            if name == "passed":
                halves = [f"{half} {shown(told.figure(suite, name, half))}" for half in ("dev", "untouched")]
                for cell in (*cells, *halves):
                    print(f"    {cell}")
    _print_asked(run, told)
    failed = sum(entry.failed for entry in told.scores)
    if failed:
        print(f"\n{failed} case(s) could not be played and count as failed.")
    print(
        f"\nThe run is {run.name} in {run.folder}\nSee it with: advisor eval report {run.name} --format html -o report.html"
    )


def _print_asked(run: Run, told: Report) -> None:
    """Repeats and a language model's share, where there were any."""
    from advisor.evaluation.repeats import asked, pass_each

    if run.header.repeat > 1:
        found = pass_each(told.scores)
        print(
            f"\npass^{run.header.repeat}: {found.every_time} of {found.cases} cases pass every time, {found.once} at least once"
        )
    if run.header.mode != "embedded":
        used = asked(run.records())
        turns = max(used.turns, 1)
        print(
            f"\n{run.header.mode}: {used.calls} calls in {used.turns} turns ({used.calls / turns:.2f} a turn), "
            f"{used.prompt_tokens / turns:.0f} + {used.completion_tokens / turns:.0f} tokens a turn, {used.degraded} degraded"
        )


def print_gate(found: Gate, *, as_json: bool) -> None:
    """Every limit and how the run stands to it, and the verdict."""
    if as_json:
        from dataclasses import asdict

        for line in found.lines:
            emit(asdict(line))
        return
    width = max((len(line.what) for line in found.lines), default=0)
    for line in found.lines:
        print(f"{line.verdict:<6}  {line.what:<{width}}  {line.scope:<8}  {line.value}  [{line.limit}]  n {line.n}")
    words = ("the gate passes", "the gate FAILS", "the gate cannot judge")
    print(f"\n{words[found.status]}")
