"""The program's entry and the commands without a group: parse, call, print, exit status. 0 done, 1 a failure that the message explains, 2 wrong usage."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated

import typer

from advisor.cli_knowledge import knowledge_app
from advisor.cli_sessions import sessions_app
from advisor.cli_shared import JsonOption, LanguageOption, as_language, emit, make_advisor, read_settings
from advisor.cli_streams import drop_unwritten, prepare_streams, standard_input
from advisor.errors import AdvisorError, ReaderGoneError, RequestError, SettingsError
from advisor.evaluation.command import eval_app

if TYPE_CHECKING:
    from advisor.language import Language

app = typer.Typer(
    help="Choose between RAG and fine-tuning in conversation, with a proof for every reason.\n\n"
    "Begin with: advisor chat",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={
        "help_option_names": ["-h", "--help"],
        # Left to itself, help is never narrower than 50 columns.
        "terminal_width": max(min(get_terminal_size().columns, 80) - 2, 20),
    },
)
app.add_typer(knowledge_app, name="knowledge")
app.add_typer(sessions_app, name="sessions")
app.add_typer(eval_app, name="eval", short_help="Offline evals: how right the advisor is.")


STOPPED = 130
"""The exit status after Ctrl-C, as shells count it."""

MAX_FACTS = 16_000
"""Bytes of a file of facts; the C parser of YAML dies of deeper nesting than fits in there."""


SessionOption = Annotated[
    str | None,
    typer.Option("--session", metavar="NAME", help="The conversation to begin or go on with."),
]


def run() -> None:
    """Run the command line; every error of the advisor's ends in one message and status 1."""
    # Chroma and LangChain would call home or look for credentials otherwise.
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    os.environ.setdefault("LANGSMITH_TRACING", "false")
    prepare_streams()
    status = _status()
    drop_unwritten()
    sys.exit(status)


def _status() -> int:
    """What the process ends with, once the user was told why."""
    try:
        return _called()
    except ReaderGoneError:
        return 0
    except AdvisorError as error:
        print(f"advisor: {error}", file=sys.stderr)
    except UnicodeEncodeError as error:
        print(f"advisor: a name is not valid text: {error.reason}", file=sys.stderr)
    except KeyboardInterrupt:
        return _stopped()
    return 1


def _called() -> int:
    try:
        app()
    except SystemExit as ended:
        if ended.code == STOPPED:  # what Typer makes of Ctrl-C
            return _stopped()
        status = ended.code if isinstance(ended.code, int) else 0
    else:
        status = 0
    sys.stdout.flush()
    return status


def _stopped() -> int:
    print("advisor: stopped; what was stored is kept", file=sys.stderr)
    return STOPPED


def _new_session_name() -> str:
    return f"{datetime.now(UTC).astimezone():%Y-%m-%d}-{os.urandom(3).hex()}"


@app.command(
    epilog='Examples:  advisor chat   |   advisor chat --session tender   |   echo \'{"text": "..."}\' | advisor chat --json'
)
def chat(session: SessionOption = None, language: LanguageOption = None, as_json: JsonOption = False) -> None:
    """Talk about your use case. Everything is stored as you go."""
    from advisor.sessions import check_session_name

    name = check_session_name(session) if session is not None else _new_session_name()
    wanted = as_language(language)
    if as_json:
        from advisor.channels import jsonl

        with standard_input("messages") as source:
            jsonl.serve(make_advisor(), source, sys.stdout.buffer, session=name, language=wanted)
    elif sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty():
        from advisor.app import Advisor
        from advisor.channels.repl import Repl

        advisor = Advisor(read_settings())
        stored = advisor.sessions.load(name)
        start = wanted or (stored.conversation.language if stored else None) or advisor.settings.language
        raise typer.Exit(Repl(advisor, name, wanted, start or _system_language()).run())
    else:
        from advisor.channels import lines

        with standard_input("messages") as source:
            failed = lines.serve(make_advisor(), source, sys.stdout, sys.stderr, session=name, language=wanted)
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
    response = make_advisor().ask(question, as_language(language))
    if as_json:
        emit(response.to_dict())
        return
    from advisor.channels.render import plain

    print(plain(response))


@app.command(
    short_help="Work out the recommendation for given facts.",
    epilog="Example:  echo '{labeled_data: insufficient, output_priority: both}' | advisor decide --facts -",
)
def decide(
    facts: Annotated[str, typer.Option("--facts", metavar="FILE|-", help="Facts in YAML or JSON; - for stdin.")],
    language: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """Work out the recommendation for given facts, by the rules alone."""
    from advisor.deciding import decide as decide_facts
    from advisor.deciding import explain
    from advisor.facts_file import read_facts

    wanted = as_language(language) or read_settings().language or "en"
    profile = read_facts(_read_text(facts))
    if as_json:
        emit(decide_facts(profile, wanted))
        return
    from advisor.channels.render import plain

    print(plain(explain(profile, wanted)))


def _read_text(name: str) -> str:
    try:
        if name == "-":
            with standard_input("facts") as source:
                data = source.read(MAX_FACTS + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(MAX_FACTS + 1)
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

    advisor = make_advisor()
    shown = as_language(language) or detect(query) or advisor.settings.language or "en"
    hits = advisor.retriever.search(query, k, shown)
    for hit in hits:
        if as_json:
            emit(
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


@app.command(short_help="Tell what is configured and what works.")
def doctor(as_json: JsonOption = False) -> None:
    """Tell what is configured, what works, and what to do about what does not."""
    from advisor.checks import Check
    from advisor.doctor import examine

    try:
        checks = examine(make_advisor())
    except SettingsError as error:
        checks = iter([Check("settings", "fail", str(error), "mend the settings, then run advisor doctor again")])
    failed = False
    marks = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}
    for check in checks:
        failed |= check.status == "fail"
        if as_json:
            emit(check.to_dict())
        else:
            print(f"{marks[check.status]}  {check.name}: {check.detail}", flush=True)
            if check.advice:
                print(f"      → {check.advice}", flush=True)
    raise typer.Exit(1 if failed else 0)
