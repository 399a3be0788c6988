"""The article: passages with stable ids, the same in every language.

The text is data. It is quoted verbatim and never edited; a quote never crosses a line of the source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from advisor.content import content_path
from advisor.errors import KnowledgeError

if TYPE_CHECKING:
    from pathlib import Path

ARTICLE = "article"
"""The `source` of the article's passages."""

RULES = "rules"
"""The `source` of the decision rules."""

ARTICLE_LANGUAGES = ("en", "zh-Hant", "ja")

_ID = re.compile(r"^(?P<text>.*?)\s*\{#(?P<id>[a-z0-9/-]+)\}\s*$")


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a source that can be cited."""

    source: str
    """`article`, `rules`, or the name of an added document."""
    id: str
    """Unique within its source, the same in every language."""
    language: str
    """The language of the text: `en`, `zh-Hant`, `zh-Hans` or `ja`."""
    heading: str
    """The heading under which it stands; itself quotable for a section that is a list."""
    lines: tuple[str, ...]
    """Its text, a line of the source each. A quote is a substring of one of them."""

    @property
    def text(self) -> str:
        """The whole text."""
        return "\n".join(self.lines)


def read_article(path: Path) -> tuple[Passage, ...]:
    """Read one language of the article.

    Raises:
        KnowledgeError: the file cannot be read, or a heading or bullet has no id.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"the article {path.name!r} cannot be read: {error}"
        raise KnowledgeError(message) from error
    language = path.stem
    passages: list[Passage] = []
    section: tuple[str, str] | None = None
    body: list[str] = []

    def close_section() -> None:
        if section is not None:
            passage_id, heading = section
            passages.append(Passage(ARTICLE, passage_id, language, heading, tuple(body or [heading])))
        body.clear()

    bullets: list[Passage] = []
    for line in _without_front_matter(text):
        matched = _ID.match(line)
        if line.startswith("#") and matched:
            close_section()
            passages += bullets
            bullets = []
            section = (matched["id"], matched["text"].lstrip("# "))
        elif matched and section and line.startswith("- "):
            content = matched["text"].removeprefix("- ")
            bullets.append(Passage(ARTICLE, matched["id"], language, section[1], (content,)))
        elif matched:
            close_section()
            passages += bullets
            bullets = []
            section = None
            passages.append(Passage(ARTICLE, matched["id"], language, matched["text"], (matched["text"],)))
        elif line.startswith(("#", "- ")):
            message = f"{path.name}: {line[:60]!r} has no id in braces"
            raise KnowledgeError(message)
        elif line.strip() and line.strip() != "---":
            body.append(line.removeprefix("> ").strip())
    close_section()
    return (*passages, *bullets)


def _without_front_matter(text: str) -> list[str]:
    lines = text.splitlines()
    if lines and lines[0] == "---":
        end = next((place for place, line in enumerate(lines[1:], start=1) if line == "---"), 0)
        return lines[end + 1 :]
    return lines


@cache
def article() -> dict[str, dict[str, Passage]]:
    """The shipped article: passage id → language → passage."""
    passages: dict[str, dict[str, Passage]] = {}
    for language in ARTICLE_LANGUAGES:
        for passage in read_article(content_path("knowledge", "article", f"{language}.md")):
            passages.setdefault(passage.id, {})[language] = passage
    return passages


def in_language(parallel: dict[str, Passage], language: str) -> Passage:
    """The passage to show a reader of ``language``: theirs, or the nearest that exists."""
    order = {"zh-Hans": ("zh-Hans", "zh-Hant", "en"), "zh-Hant": ("zh-Hant", "en")}
    for candidate in (*order.get(language, (language,)), *ARTICLE_LANGUAGES):
        if candidate in parallel:
            return parallel[candidate]
    return next(iter(parallel.values()))
