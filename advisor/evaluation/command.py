"""`advisor eval`: run, compare, gate, report, export, case, rescore, runs."""

from __future__ import annotations

import os
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from advisor.cli_shared import JsonOption, emit, read_settings
from advisor.errors import AdvisorError, EvalError, RunError
from advisor.evaluation.printing import Progress, print_gate, print_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from advisor.evaluation.cases import Case
    from advisor.evaluation.gate import Ratchet
    from advisor.evaluation.models import EvalMode
    from advisor.evaluation.records import Run
    from advisor.evaluation.report import Report
    from advisor.evaluation.run import Bench, Selection
    from advisor.evaluation.scorers import Scores
    from advisor.llm.cassette import Record
    from advisor.rules.book import RuleBook

eval_app = typer.Typer(
    help="Offline evals: how right the advisor is, where it is not, and whether that got worse.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Suites = Annotated[list[str] | None, typer.Option("--suite", metavar="NAME", help="Only this suite; may be repeated.")]
Languages = Annotated[
    list[str] | None, typer.Option("--lang", metavar="L", help="Only this language; may be repeated.")
]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", metavar="TAG", help="Only cases with this tag; may be repeated.")
]
Ids = Annotated[list[str] | None, typer.Option("--id", metavar="ID", help="Only this case; may be repeated.")]
SplitOption = Annotated[str | None, typer.Option("--split", metavar="dev|untouched", help="Only this half.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="At most N cases a suite and language.")]
Repeat = Annotated[int, typer.Option("--repeat", min=1, metavar="K", help="Play every case K times.")]
Jobs = Annotated[
    int | None, typer.Option("--jobs", min=1, metavar="N", help="Worker processes; as many as cores when unset.")
]
Resume = Annotated[str | None, typer.Option("--resume", metavar="RUN", help="Go on with a run that was stopped.")]
CasesOption = Annotated[
    Path | None,
    typer.Option("--cases", metavar="FILE", help="Your own cases (JSON lines, or a folder) instead of the shipped."),
]
DocumentsOption = Annotated[
    Path | None,
    typer.Option(
        "--documents", metavar="PATH", help="Your own documents, a file or folder, to read beside the article."
    ),
]
RulesOption = Annotated[
    Path | None, typer.Option("--rules", metavar="FILE", help="Your own rules file instead of the shipped.")
]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where to keep the run; a new folder.")]
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="A run's name or folder; `latest` for the last.")]
Mode = Annotated[
    str, typer.Option("--mode", metavar="embedded|replay|live", help="Without a model, from recordings, or with one.")
]
CassetteOption = Annotated[Path | None, typer.Option("--cassette", metavar="FILE", help="Recorded answers of a model.")]
RecordOption = Annotated[
    str, typer.Option("--record", metavar="none|missing|all", help="What a live run records in the cassette.")
]
MaxCalls = Annotated[int | None, typer.Option("--max-calls", min=1, metavar="N", help="Stop a live run there.")]
MaxTokens = Annotated[int | None, typer.Option("--max-tokens", min=1, metavar="N", help="Stop a live run there.")]
MaxUsd = Annotated[float | None, typer.Option("--max-usd", min=0.0, metavar="X", help="Stop a live run there.")]

EVAL_MODES: tuple[EvalMode, ...] = ("embedded", "replay", "live")
RECORDS: tuple[Record, ...] = ("none", "missing", "all")

Word = TypeVar("Word", bound=str)


def _one_of(value: str, words: tuple[Word, ...], option: str) -> Word:
    for word in words:
        if word == value:
            return word
    message = f"{value!r} is not one of {', '.join(words)}"
    raise typer.BadParameter(message, param_hint=option)


Untouched = Annotated[
    bool, typer.Option("--show-untouched", help="Show transcripts of the untouched half too, which spoils it.")
]


@eval_app.command("run", epilog="Example:  advisor eval run --suite dialogue --lang ja")
def run(
    suite: Suites = None, lang: Languages = None, tag: Tags = None, ids: Ids = None, split: SplitOption = None,
    limit: Limit = None, repeat: Repeat = 1, jobs: Jobs = None, resume: Resume = None, cases: CasesOption = None,
    documents: DocumentsOption = None, rules: RulesOption = None, out: Out = None, as_json: JsonOption = False,
    mode: Mode = "embedded", cassette: CassetteOption = None, record: RecordOption = "none",
    max_calls: MaxCalls = None, max_tokens: MaxTokens = None, max_usd: MaxUsd = None,
) -> None:  # fmt: skip
    """Play the cases and print how right the advisor is."""
    from dataclasses import replace

    from advisor.evaluation.models import Caps, ModelPlan
    from advisor.evaluation.run import Selection

    selection = Selection(
        tuple(_known_suites(suite)),
        tuple(_known_languages(lang)),
        tuple(tag or ()),
        tuple(ids or ()),
        split,
        limit,
        repeat,
    )
    caps = Caps(max_calls, max_tokens, None if max_usd is None else Decimal(str(max_usd)))
    plan = ModelPlan(_one_of(mode, EVAL_MODES, "--mode"), cassette, _one_of(record, RECORDS, "--record"), caps)
    plan.model(read_settings())  # whatever does not fit is told before anything is played
    done = _run(selection, replace(_bench(documents, rules), plan=plan), cases, jobs, resume, out)
    print_run(done, _report(done, show_untouched=False), as_json=as_json)


@eval_app.command(
    "compare",
    short_help="Compare two runs of the same cases.",
    epilog="Example:  advisor eval compare 20260101T120000 latest",
)
def compare(before: RunArgument, after: RunArgument, as_json: JsonOption = False) -> None:
    """Compare two runs of the same cases: what changed, and which cases flipped."""
    from advisor.evaluation.compare import compare as compare_runs
    from advisor.evaluation.run import read_scores

    first, second = _open(before), _open(after)
    found = compare_runs(read_scores(first), read_scores(second), (first.header.case_set, second.header.case_set))
    if as_json:
        from dataclasses import asdict

        for change in found.changes:
            emit(asdict(change))
        for flip in found.flips:
            emit(asdict(flip))
        return
    print(f"{first.name} → {second.name}: {second.size} cases\n")
    told = [change for change in found.changes if change.verdict != "same"]
    for change in told:
        print(
            f"{change.verdict:<8} {change.suite}/{change.metric} ({change.scope}): {change.before:.3f} → {change.after:.3f}"
            f"  Δ {change.delta:+.3f} ({change.low:+.3f}…{change.high:+.3f}), n {change.n}"
        )
    if not told:
        print("No metric differs.")
    for flips in found.flips:
        if flips.gained or flips.lost:
            print(f"\n{flips.suite}: {len(flips.gained)} gained, {len(flips.lost)} lost, McNemar p {flips.p:.3f}")
            for word, keys in (("gained", flips.gained), ("lost", flips.lost)):
                for key in keys:
                    print(f"  {word}  {key}")


@eval_app.command(
    "gate",
    short_help="Judge a run: is it good enough, and not worse?",
    epilog="Example:  advisor eval gate --profile fast",
)
def gate(
    run_name: Annotated[str | None, typer.Argument(metavar="RUN", help="A run to judge; a new one is made without it.")] = None,
    profile: Annotated[str, typer.Option("--profile", metavar="NAME", help="Which cases, by the thresholds file.")] = "all",
    thresholds: Annotated[Path | None, typer.Option("--thresholds", metavar="FILE", help="Other limits than the shipped.")] = None,
    baseline: Annotated[Path | None, typer.Option("--baseline", metavar="FILE", help="Another baseline than the shipped.")] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Write the run as the new baseline, after judging it.")] = False,
    jobs: Jobs = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Judge a run: exit 0 when it is good enough, 1 when not, 2 when that cannot be told."""
    from advisor.evaluation.gate import (
        CANNOT,
        check,
        profile_named,
        read_baseline,
        read_thresholds,
        refuse_partial_profile,
    )
    from advisor.evaluation.run import Selection, read_scores

    try:
        limits = read_thresholds(thresholds or _evals("thresholds.yaml"))
        selection = Selection(tags=profile_named(limits, profile).tags)
        path = baseline or _evals("baselines", "embedded.jsonl")
        accepted = read_baseline(path)
        if accept and run_name is None:
            refuse_partial_profile(selection.tags, profile, accepted or {}, path)
        judged = _run(selection, _bench(None, None), None, jobs, None, None) if run_name is None else _open(run_name)
        scores = read_scores(judged)
        found = check(scores, limits, accepted, profile)
    except AdvisorError as error:
        print(f"advisor: the gate cannot judge: {error}", file=sys.stderr)
        raise typer.Exit(CANNOT) from error
    print_gate(found, as_json=as_json)
    if accept:
        _accept(judged, scores, accepted or {}, limits.ratchets, path)
    raise typer.Exit(found.status)


@eval_app.command(
    "report",
    short_help="Write a run as Markdown, JUnit XML, or an HTML page.",
    epilog="Example:  advisor eval report latest --format html -o report.html",
)
def report(
    run_name: RunArgument = "latest",
    form: Annotated[str, typer.Option("--format", metavar="md|junit|html", help="What to write.")] = "md",
    out: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Where to; standard output when unset.")] = None,
    show_untouched: Untouched = False,
) -> None:  # fmt: skip
    """Write a run as Markdown, JUnit XML, or one HTML page with charts and the failing transcripts."""
    from advisor.evaluation import report as forms

    writers: dict[str, Callable[[Report], str]] = {"md": forms.markdown, "junit": forms.junit, "html": forms.html}
    if form not in writers:
        message = f"{form!r} is not one of {', '.join(writers)}"
        raise typer.BadParameter(message, param_hint="--format")
    text = writers[form](_report(_open(run_name), show_untouched=show_untouched))
    _write(text, out)


@eval_app.command(
    "export", epilog="Example:  advisor eval export latest --inspect -o run.eval  &&  inspect view start --log-dir ."
)
def export(
    run_name: RunArgument = "latest",
    inspect: Annotated[bool, typer.Option("--inspect", help="As a log for Inspect View.")] = False,
    out: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Where to; ends with .eval or .json.")] = Path("advisor.eval"),
    show_untouched: Untouched = False,
) -> None:  # fmt: skip
    """Export a run for another viewer."""
    if not inspect:
        message = "say what to export for: --inspect"
        raise typer.BadParameter(message)
    from advisor.evaluation.inspect_log import export_inspect

    count = export_inspect(_report(_open(run_name), show_untouched=show_untouched), out)
    print(f"{count} cases are in {out}; look at them with: inspect view start --log-dir {out.parent}")


@eval_app.command("case", epilog="Example:  advisor eval case tender >> my-cases.jsonl")
def case(session: Annotated[str, typer.Argument(metavar="SESSION", help="A stored conversation.")]) -> None:
    """Print a stored conversation as a case. Read it and mend its gold before you count on it."""
    from advisor.app import Advisor
    from advisor.evaluation.from_session import case_of

    made = case_of(session, Advisor(read_settings()).sessions.transcript(session))
    print(made.model_dump_json(exclude_defaults=False))
    print("advisor: the gold is what the advisor read; mend it where that is wrong", file=sys.stderr)


@eval_app.command(
    "rescore", short_help="Score a run anew without playing anything.", epilog="Example:  advisor eval rescore latest"
)
def rescore(run_name: RunArgument = "latest", rules: RulesOption = None) -> None:
    """Score a run's records anew, without playing anything, and tell what changed."""
    from advisor.evaluation.run import read_scores
    from advisor.evaluation.run import rescore as score_again

    opened = _open(run_name)
    try:
        before = read_scores(opened)
    except RunError:  # that is what rescoring mends
        before = {}
    after = score_again(opened, _book(rules))
    changed = [key for key, entry in after.items() if key not in before or before[key].counts != entry.counts]
    print(f"{len(after)} cases scored, {len(changed)} differently than before")
    for key in changed[:50]:
        print(f"  {key}")


@eval_app.command("runs")
def runs(as_json: JsonOption = False) -> None:
    """List the runs that are kept, the latest first. One that is damaged is named, and the exit status is 1."""
    damaged = False
    for folder in _kept():
        try:
            kept = _open(str(folder))
            header, cases = kept.header, kept.size
        except RunError as error:
            damaged = True
            print(f"advisor: {error}; the folder is {folder}", file=sys.stderr)
            continue
        ended = (folder / "scores.jsonl").exists()
        if as_json:
            emit({"run": folder.name, "cases": header.cases, "ended": ended, "selection": header.selection})
        else:
            mark = "" if ended else "  (not ended: --resume)"
            print(f"{folder.name}  {cases:>5} cases  {header.selection or 'everything'}{mark}")
    raise typer.Exit(1 if damaged else 0)


# what the commands share


def _evals(*parts: str) -> Path:
    from advisor.content import content_path

    return content_path("evals", *parts)


def _runs_folder() -> Path:
    return read_settings().home / "evals" / "runs"


def _kept() -> list[Path]:
    root = _runs_folder()
    folders = [folder for folder in root.iterdir() if (folder / "header.json").is_file()] if root.is_dir() else []
    return sorted(folders, key=lambda folder: folder.name, reverse=True)


def _folder(name: str) -> Path:
    if name == "latest":
        kept = _kept()
        if not kept:
            message = "no run is kept yet; make one with: advisor eval run"
            raise RunError(message)
        return kept[0]
    inside = _runs_folder() / name
    return inside if inside.is_dir() else Path(name)


def _open(name: str) -> Run:
    from advisor.evaluation.records import open_run

    return open_run(_folder(name))


def _known_suites(names: Sequence[str] | None) -> Iterator[str]:
    from advisor.evaluation.cases import SUITES

    yield from _known(names, SUITES, "--suite")


def _known_languages(names: Sequence[str] | None) -> Iterator[str]:
    from advisor.language import LANGUAGES

    yield from _known(names, LANGUAGES, "--lang")


def _known(names: Sequence[str] | None, allowed: Sequence[str], option: str) -> Iterator[str]:
    for name in names or ():
        if name not in allowed:
            message = f"{name!r} is not one of {', '.join(allowed)}"
            raise typer.BadParameter(message, param_hint=option)
        yield name


def _bench(documents: Path | None, rules: Path | None) -> Bench:
    from advisor.evaluation.own_documents import read_documents
    from advisor.evaluation.run import Bench

    return Bench(read_settings(), rules, read_documents(documents) if documents is not None else ())


def _book(rules: Path | None) -> RuleBook:
    from advisor.knowledge import article
    from advisor.rules.load import load_rules

    return load_rules(frozenset(article()), rules)


def _run(
    selection: Selection, bench: Bench, cases: Path | None, jobs: int | None, resume: str | None, out: Path | None
) -> Run:
    from advisor.evaluation.cases import case_files, read_cases, shipped_cases
    from advisor.evaluation.run import default_jobs, new_run_name, run_cases

    found: tuple[Case, ...] = shipped_cases() if cases is None else read_cases(case_files(cases))
    chosen = selection.of(found)
    folder = _folder(resume) if resume else out or _runs_folder() / new_run_name()
    with Progress() as progress:
        return run_cases(
            chosen,
            bench,
            folder,
            selection=selection,
            jobs=jobs or default_jobs(),
            resume=bool(resume),
            progress=progress,
        )


def _report(run: Run, *, show_untouched: bool) -> Report:
    from advisor.evaluation.report import Report
    from advisor.evaluation.run import read_scores

    records = {record.key: record for record in run.records()}
    return Report(run.name, run.header, tuple(read_scores(run).values()), records, run.timings(), show_untouched)


def _accept(
    judged: Run, scores: Mapping[str, Scores], before: Mapping[str, Scores], ratchets: Sequence[Ratchet], path: Path
) -> None:
    from advisor.evaluation.gate import CANNOT, baseline_lines, refuse_partial_run
    from advisor.evaluation.records import write_lines

    try:
        refuse_partial_run(judged, scores, before, path)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_lines(path, baseline_lines(scores.values(), ratchets))
    except EvalError as error:
        print(f"advisor: {error}", file=sys.stderr)
        raise typer.Exit(CANNOT) from error
    except OSError as error:
        message = f"the baseline {str(path)!r} cannot be written: {error.strerror or error}"
        print(f"advisor: {message}", file=sys.stderr)
        raise typer.Exit(CANNOT) from error
    print(f"the baseline is now {path}")


def _write(text: str, out: Path | None) -> None:
    if out is None:
        print(text, end="")
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"{str(out)!r} cannot be written: {error.strerror or error}"
        raise EvalError(message) from error
    print(f"{os.fspath(out)} is written")
