"""A run as a log that Inspect View shows: transcripts, scores, and the figures by suite.

Inspect is only the viewer here. Its own runner is not used: a failed sample leaves its exit status at 0.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from advisor.errors import EvalError

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.evaluation.records import Record
    from advisor.evaluation.report import Report
    from advisor.evaluation.scorers import Scores

EPOCH = datetime(1970, 1, 1, tzinfo=UTC).isoformat()
"""Stands where Inspect wants a time: a run keeps none, so that two runs give the same records."""


def export_inspect(report: Report, out: Path) -> int:
    """Write the run to ``out`` and return how many cases it holds.

    Of the untouched half the scores are written and the transcripts withheld, as in every report.

    Raises:
        EvalError: inspect-ai is not installed, or the file cannot be written.
    """
    if out.suffix not in (".eval", ".json"):
        message = f"{out.name!r} must end with .eval or .json"
        raise EvalError(message)
    try:
        from inspect_ai import log as inspect
        from inspect_ai.scorer import Score
    except ImportError as error:
        message = "the export needs inspect-ai; install it with: pip install 'advisor[inspect]'"
        raise EvalError(message) from error
    header = report.header
    samples = [
        inspect.EvalSample(
            id=entry.key,
            epoch=1,
            input=_input(report.records[entry.key], withheld=_withheld(report, entry)),
            target=_target(report.records[entry.key], withheld=_withheld(report, entry)),
            messages=_messages(report.records[entry.key], withheld=_withheld(report, entry)),
            scores={
                entry.suite: Score(
                    value="C" if entry.passed else "I",
                    explanation="\n".join(entry.why) if not _withheld(report, entry) else None,
                    metadata={name: hits / of for name, (hits, of) in entry.counts.items()},
                )
            },
            metadata={"suite": entry.suite, "lang": entry.lang, "split": entry.split, "tags": list(entry.tags)},
        )
        for entry in report.scores
    ]
    log = inspect.EvalLog(
        status="success",
        eval=inspect.EvalSpec(
            created=EPOCH,
            task="advisor",
            dataset=inspect.EvalDataset(name=header.case_set, samples=len(samples), sample_ids=[s.id for s in samples]),
            model=f"advisor/{header.mode}",
            config=inspect.EvalConfig(),
            metadata={"version": header.version, "commit": header.commit, "fingerprints": header.fingerprints},
        ),
        results=inspect.EvalResults(
            total_samples=len(samples),
            completed_samples=len(samples),
            scores=[
                inspect.EvalScore(
                    name=suite,
                    scorer=suite,
                    metrics={
                        entry.metric: inspect.EvalMetric(name=entry.metric, value=entry.value)
                        for entry in report.figures
                        if entry.suite == suite and entry.scope == "all"
                    },
                )
                for suite in report.suites
            ],
        ),
        stats=inspect.EvalStats(started_at=EPOCH, completed_at=EPOCH),
        samples=samples,
    )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        inspect.write_eval_log(log, str(out))
    except OSError as error:
        message = f"{str(out)!r} cannot be written: {error.strerror or error}"
        raise EvalError(message) from error
    return len(samples)


def _withheld(report: Report, entry: Scores) -> bool:
    return entry.split == "untouched" and not report.show_untouched


def _input(record: Record, *, withheld: bool) -> str:
    if withheld:
        return "(of the untouched half: only its figures are shown)"
    if record.turns:
        return record.turns[-1 if record.case.suite == "qa" else 0].text
    case = record.case.model_dump(mode="json")
    return str(case.get("query") or case.get("facts"))


def _target(record: Record, *, withheld: bool) -> str:
    if withheld:
        return ""
    case = record.case.model_dump(mode="json")
    return str(case.get("gold") or case.get("approach") or "")


def _messages(record: Record, *, withheld: bool) -> list[Any]:
    from inspect_ai.model import ChatMessageAssistant, ChatMessageUser

    if withheld:
        return []
    return [
        message
        for turn in record.turns
        for message in (ChatMessageUser(content=turn.text), ChatMessageAssistant(content=turn.response["reply"]))
    ]
