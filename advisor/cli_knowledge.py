"""`advisor knowledge`: add, list, remove, rebuild."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from advisor.cli_shared import JsonOption, emit, make_advisor, show_building
from advisor.errors import RequestError
from advisor.knowledge import ARTICLE, RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.documents.store import Progress as Adding

knowledge_app = typer.Typer(help="What the advisor knows.", no_args_is_help=True, rich_markup_mode=None)


@knowledge_app.command(
    "add",
    short_help="Add your own documents, or bring them up to date.",
    epilog="Examples:  advisor knowledge add policies/   |   advisor knowledge add handbook.pdf prices.xlsx",
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

    advisor = make_advisor()
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
        emit({**counts, "passages": report.passages, "failures": [list(each) for each in report.failed]})
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

    advisor = make_advisor()
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
            emit({"source": source, "passages": by_language, **more})
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
    documents = make_advisor().documents
    if documents is None or not documents.remove(name):
        names = [document.name for document in documents.lines()] if documents is not None else []
        near = get_close_matches(name, names, 3, 0.5)
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else "see: advisor knowledge list"
        message = f"there is no document {name!r}; {hint}"
        raise RequestError(message)
    print(f"Removed {name!r}.")


@knowledge_app.command("rebuild", short_help="Build the index anew; conversations are not touched.")
def knowledge_rebuild() -> None:
    """Build the index anew, that of added documents as well; stored conversations are not touched."""
    advisor = make_advisor()
    advisor.derived.rebuild()
    print(f"The index is in {advisor.derived.folder}")
    if advisor.documents is not None:
        total, done, show = len(advisor.documents), 0, show_building()

        def more(count: int) -> None:
            nonlocal done
            done += count
            show(done, total)

        advisor.documents.rebuild(more)
        print(f"The vectors of {total:,} added passages are in {advisor.settings.documents_path}")
