"""The commands: parse, call, print, exit status. 0 done, 1 a failure that the message explains, 2 wrong usage."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from advisor.errors import AdvisorError, RequestError, SessionError, SettingsError
from advisor.evaluation.command import eval_app
from advisor.knowledge import ARTICLE, RULES
from advisor.language import LANGUAGES, Language

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.app import Advisor
    from advisor.documents.store import Progress as Adding
    from advisor.settings import Settings

app = typer.Typer(
    help="Choose between RAG and fine-tuning in conversation, with a proof for every reason.\n\n"
    "Begin with: advisor chat",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
knowledge_app = typer.Typer(help="What the advisor knows.", no_args_is_help=True, rich_markup_mode=None)
sessions_app = typer.Typer(help="Stored conversations.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(knowledge_app, name="knowledge")
app.add_typer(sessions_app, name="sessions")
app.add_typer(eval_app, name="eval")


MAX_FACTS = 16_000
"""Bytes of a file of facts; the C parser of YAML dies of deeper nesting than fits in there."""


def _language(value: str | None) -> str | None:
    if value is not None and value not in LANGUAGES:
        message = f"{value!r} is not one of {', '.join(LANGUAGES)}"
        raise typer.BadParameter(message)
    return value


LanguageOption = Annotated[
    str | None,
    typer.Option("--language", callback=_language, metavar="L", help=f"Answer in {', '.join(LANGUAGES)}."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
SessionOption = Annotated[
    str | None,
    typer.Option("--session", metavar="NAME", help="The conversation to begin or go on with."),
]


def run() -> None:
    """Run the command line; every error of the advisor's ends in one message and status 1."""
    # Chroma and LangChain would call home or look for credentials otherwise.
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    os.environ.setdefault("LANGSMITH_TRACING", "false")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except AdvisorError as error:
        print(f"advisor: {error}", file=sys.stderr)
        sys.exit(1)
    except UnicodeEncodeError as error:
        print(f"advisor: a name is not valid text: {error.reason}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        print("advisor: stopped; what was stored is kept", file=sys.stderr)
        sys.exit(130)


def _settings() -> Settings:
    from advisor.settings import load_settings

    return load_settings()


def _advisor() -> Advisor:
    """An advisor that tells on stderr how building the index goes."""
    from advisor.app import Advisor

    return Advisor(_settings(), progress=_progress())


def _progress() -> Callable[[int, int], None]:
    """A progress bar on stderr where that is a terminal, a line or two where it is not."""
    if not sys.stderr.isatty():
        return _progress_lines()
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    task = bar.add_task("Building the index (once)", total=None)

    def show(done: int, total: int) -> None:
        if not bar.live.is_started:
            bar.start()
        bar.update(task, completed=done, total=total)
        if done >= total:
            bar.stop()

    return show


def _progress_lines() -> Callable[[int, int], None]:
    told: set[str] = set()

    def show(done: int, total: int) -> None:
        word = "done" if done >= total else "building the index (once) …"
        if word not in told:
            told.add(word)
            print(f"advisor: {word}", file=sys.stderr, flush=True)

    return show


def _as_language(value: str | None) -> Language | None:
    return next((language for language in LANGUAGES if language == value), None)


def _emit(record: Any) -> None:
    print(json.dumps(record, ensure_ascii=False), flush=True)


def _new_session_name() -> str:
    return f"{datetime.now(UTC).astimezone():%Y-%m-%d}-{os.urandom(3).hex()}"


@app.command(
    epilog='Examples:  advisor chat   |   advisor chat --session tender   |   echo \'{"text": "..."}\' | advisor chat --json'
)
def chat(session: SessionOption = None, language: LanguageOption = None, as_json: JsonOption = False) -> None:
    """Talk about your use case. Everything is stored as you go."""
    from advisor.sessions import check_session_name

    name = check_session_name(session) if session is not None else _new_session_name()
    wanted = _as_language(language)
    if as_json:
        from advisor.channels import jsonl

        jsonl.serve(_advisor(), sys.stdin.buffer, sys.stdout.buffer, session=name, language=wanted)
    elif sys.stdin.isatty() and sys.stdout.isatty():
        from advisor.app import Advisor
        from advisor.channels.repl import Repl

        advisor = Advisor(_settings())
        stored = advisor.sessions.load(name)
        start = wanted or (stored.conversation.language if stored else None) or advisor.settings.language
        raise typer.Exit(Repl(advisor, name, wanted, start or _system_language()).run())
    else:
        from advisor.channels import lines

        failed = lines.serve(_advisor(), sys.stdin.buffer, sys.stdout, sys.stderr, session=name, language=wanted)
        raise typer.Exit(1 if failed else 0)


def _system_language() -> Language:
    """The language of the terminal's locale, for the greeting."""
    locale = (os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or "").lower()
    if locale.startswith("ja"):
        return "ja"
    if locale.startswith("zh"):
        return "zh-Hans" if locale.startswith(("zh_cn", "zh_sg", "zh_hans", "zh-hans")) else "zh-Hant"
    return "en"


@app.command(epilog="Example:  advisor ask 'When does fine-tuning pay off?'")
def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What you want to know.")],
    language: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer one question from the sources, with citations."""
    response = _advisor().ask(question, _as_language(language))
    if as_json:
        _emit(response.to_dict())
        return
    from advisor.channels.render import plain

    print(plain(response))


@app.command(epilog="Example:  echo '{labeled_data: insufficient, output_priority: both}' | advisor decide --facts -")
def decide(
    facts: Annotated[str, typer.Option("--facts", metavar="FILE|-", help="Facts in YAML or JSON; - for stdin.")],
    language: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """Work out the recommendation for given facts, by the rules alone."""
    from advisor.deciding import decide as decide_facts
    from advisor.deciding import explain
    from advisor.facts_file import read_facts

    wanted = _as_language(language) or _settings().language or "en"
    profile = read_facts(_read_text(facts))
    if as_json:
        _emit(decide_facts(profile, wanted))
        return
    from advisor.channels.render import plain

    print(plain(explain(profile, wanted)))


def _read_text(name: str) -> str:
    try:
        if name == "-" and sys.stdin is None:
            raise RequestError("there is no standard input to read facts from")
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        if len(data) > MAX_FACTS:
            raise RequestError(f"{name!r} has more than {MAX_FACTS:,} bytes; eight facts need far fewer")
        return data.decode("utf-8-sig")
    except OSError as error:
        message = f"{name!r} cannot be read: {error.strerror or error}"
        raise RequestError(message) from error
    except UnicodeDecodeError as error:
        message = f"{name!r} is not UTF-8 (byte {error.start}: {error.reason})"
        raise RequestError(message) from error


@app.command(epilog="Example:  advisor search '更新頻度' -k 3 --language ja")
def search(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Words or a question.")],
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many passages.")] = 5,
    language: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the passages and rules that the index finds, best first."""
    from advisor.language import detect

    advisor = _advisor()
    shown = _as_language(language) or detect(query) or advisor.settings.language or "en"
    hits = advisor.retriever.search(query, k, shown)
    for hit in hits:
        if as_json:
            _emit(
                {
                    "rank": hit.rank,
                    "source": hit.passage.source,
                    "id": hit.passage.id,
                    "language": hit.passage.language,
                    "score": hit.score,
                    "text": hit.passage.text,
                }
            )
        else:
            print(f"{hit.rank:>2}. {hit.score:.3f}  {hit.passage.source}: {hit.passage.id} ({hit.passage.language})")
            print(f"    {hit.passage.text}")


@knowledge_app.command(
    "add", epilog="Examples:  advisor knowledge add policies/   |   advisor knowledge add handbook.pdf prices.xlsx"
)
def knowledge_add(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Files and folders; a pattern in quotes works as well.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Add your own documents, or bring them up to date: Markdown, HTML, text, CSV, PDF, Word, PowerPoint, Excel.

    Unchanged files cost nothing, changed ones are replaced, those gone from a folder go. What is added
    answers questions; it never changes a rule.
    """
    from advisor.channels.render import printable

    advisor = _advisor()
    named = [path for text in paths for path in _matching(text)]
    show, stop = _adding()
    store = advisor.open_documents()
    try:
        report = store.add(named, show)
    finally:
        stop()
        store.close()
    for file, reason in report.failed:
        print(printable(f"advisor: {file}: {reason}"), file=sys.stderr)
    counts = {kind: len(getattr(report, kind)) for kind in ("added", "changed", "unchanged", "removed", "failed")}
    if as_json:
        _emit({**counts, "passages": report.passages, "failures": [list(each) for each in report.failed]})
    else:
        said = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count) or "nothing to do"
        print(f"{said}; {report.passages:,} new passages. See them with: advisor knowledge list")
    raise typer.Exit(1 if report.failed else 0)


def _matching(text: str) -> list[Path]:
    """The paths that a pattern names; a path that exists is taken as it is."""
    path = Path(text)
    if path.exists() or not any(character in text for character in "*?["):
        return [path]
    root = Path(path.anchor) if path.is_absolute() else Path()
    pattern = str(path.relative_to(root)) if path.is_absolute() else text
    return sorted(root.glob(pattern)) or [path]


def _adding() -> tuple[Callable[[Adding], None], Callable[[], None]]:
    """What shows how adding goes, and what ends it: a bar on a terminal, a line now and then elsewhere."""
    if not sys.stderr.isatty():
        told: set[int] = set()

        def line(step: Adding) -> None:
            share = 10 * step.done // max(step.files, 1)
            if step.files > 1 and share not in told:
                told.add(share)
                print(f"advisor: {step.done} of {step.files} files, {step.passages:,} passages", file=sys.stderr)

        return line, lambda: None
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    task = bar.add_task("Adding", total=None)
    bar.start()

    def show(step: Adding) -> None:
        from rich.markup import escape

        from advisor.channels.render import printable

        bar.update(task, description=escape(printable(step.file))[:40], completed=step.done, total=step.files)

    return show, bar.stop


@knowledge_app.command("list")
def knowledge_list(as_json: JsonOption = False) -> None:
    """List the sources, with their passages and languages."""
    from advisor.channels.render import printable

    advisor = _advisor()
    counts: dict[str, dict[str, int]] = {}
    for (source, _), parallel in advisor.retriever.sources.items():
        for language in parallel:
            by_language = counts.setdefault(source, {})
            by_language[language] = by_language.get(language, 0) + 1
    documents = advisor.documents.lines() if advisor.documents is not None else ()
    counts |= {document.name: document.passages for document in documents}
    titles = {document.name: document for document in documents}
    width = min(max(map(len, counts)), 40)
    for source, by_language in counts.items():
        document = titles.get(source)
        if as_json:
            more = {"title": document.title, "path": document.path, "added": document.added} if document else {}
            _emit({"source": source, "passages": by_language, **more})
        else:
            numbers = "  ".join(f"{language}: {n}" for language, n in by_language.items())
            print(printable(f"{source:<{width}} {numbers}" + (f"  “{document.title}”" if document else "")))


@knowledge_app.command("remove", epilog="Example:  advisor knowledge remove handbook.pdf")
def knowledge_remove(
    name: Annotated[str, typer.Argument(metavar="ID", help="A document's name, as `list` shows it.")],
) -> None:
    """Remove a document that was added; the file itself is not touched."""
    from difflib import get_close_matches

    if name in (ARTICLE, RULES):
        message = f"{name!r} is part of the advisor and cannot be removed"
        raise RequestError(message)
    documents = _advisor().documents
    if documents is None or not documents.remove(name):
        names = [document.name for document in documents.lines()] if documents is not None else []
        near = get_close_matches(name, names, 3, 0.5)
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else "see: advisor knowledge list"
        message = f"there is no document {name!r}; {hint}"
        raise RequestError(message)
    print(f"Removed {name!r}.")


@knowledge_app.command("rebuild")
def knowledge_rebuild() -> None:
    """Build the index anew, that of added documents as well; stored conversations are not touched."""
    advisor = _advisor()
    advisor.derived.rebuild()
    print(f"The index is in {advisor.derived.folder}")
    if advisor.documents is not None:
        total, done, show = len(advisor.documents), 0, _progress()

        def more(count: int) -> None:
            nonlocal done
            done += count
            show(done, total)

        advisor.documents.rebuild(more)
        print(f"The vectors of {total:,} added passages are in {advisor.settings.documents_path}")


@sessions_app.command("list")
def sessions_list(as_json: JsonOption = False) -> None:
    """List stored conversations, the latest first."""
    lines = _advisor().sessions.list()
    if as_json:
        for line in lines:
            _emit({"session": line.id, "updated": line.updated, "turns": line.turns, "approach": line.approach})
    elif not lines:
        print("No conversations are stored yet. Begin one with: advisor chat")
    else:
        for line in lines:
            print(
                f"{line.updated[:16].replace('T', ' ')}  {line.turns:>3} turns  {line.approach or '-':<18}  {line.id}"
            )


SessionArgument = Annotated[str, typer.Argument(metavar="SESSION", help="The conversation's name.")]


@sessions_app.command("show")
def sessions_show(session: SessionArgument, as_json: JsonOption = False) -> None:
    """Show a stored conversation, turn by turn."""
    from advisor.channels.render import printable

    advisor = _advisor()
    transcript = advisor.sessions.transcript(session)
    if not transcript:
        raise _no_session(advisor, session)
    for text, response in transcript:
        if as_json:
            _emit({"text": text, "response": response})
        else:
            print(f"› {printable(text)}\n\n{printable(response['reply'])}\n")


@sessions_app.command("delete")
def sessions_delete(session: SessionArgument) -> None:
    """Delete a stored conversation for good."""
    advisor = _advisor()
    if not advisor.sessions.delete(session):
        raise _no_session(advisor, session)
    print(f"Deleted {session!r}.")


def _no_session(advisor: Advisor, session: str) -> SessionError:
    from difflib import get_close_matches

    near = get_close_matches(session, [line.id for line in advisor.sessions.list()], 3, 0.5)
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else "; see: advisor sessions list"
    return SessionError(f"there is no session {session!r}{hint}")


@app.command()
def doctor(as_json: JsonOption = False) -> None:
    """Tell what is configured, what works, and what to do about what does not."""
    from advisor.doctor import Check, examine

    try:
        checks = examine(_advisor())
    except SettingsError as error:
        checks = iter([Check("settings", "fail", str(error), "mend the settings, then run advisor doctor again")])
    failed = False
    marks = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}
    for check in checks:
        failed |= check.status == "fail"
        if as_json:
            _emit(check.to_dict())
        else:
            print(f"{marks[check.status]}  {check.name}: {check.detail}", flush=True)
            if check.advice:
                print(f"      → {check.advice}", flush=True)
    raise typer.Exit(1 if failed else 0)
