"""What several groups of commands share: their options, the advisor they ask, and how they print."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from advisor.language import LANGUAGES, Language

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.app import Advisor
    from advisor.settings import Settings


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


def read_settings() -> Settings:
    """The settings of this environment.

    Raises:
        SettingsError: they are wrong.
    """
    from advisor.settings import load_settings

    return load_settings()


def make_advisor() -> Advisor:
    """An advisor that tells on stderr how building the index goes.

    Raises:
        SettingsError: the settings are wrong.
    """
    from advisor.app import Advisor

    return Advisor(read_settings(), progress=show_building(), notice=tell)


def tell(message: str) -> None:
    """Say something on stderr that is no answer."""
    print(f"advisor: {message}", file=sys.stderr, flush=True)


def show_building() -> Callable[[int, int], None]:
    """A progress bar on stderr where that is a terminal, a line or two where it is not."""
    if not sys.stderr.isatty():
        return _building_lines()
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


def _building_lines() -> Callable[[int, int], None]:
    told: set[str] = set()

    def show(done: int, total: int) -> None:
        word = "done" if done >= total else "building the index (once) …"
        if word not in told:
            told.add(word)
            print(f"advisor: {word}", file=sys.stderr, flush=True)

    return show


def as_language(value: str | None) -> Language | None:
    """The value of `LanguageOption` as the rest of the program knows it."""
    return next((language for language in LANGUAGES if language == value), None)


def emit(record: Any) -> None:
    """Print a record as one line of JSON, at once."""
    print(json.dumps(record, ensure_ascii=False), flush=True)
