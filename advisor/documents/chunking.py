"""A document cut into passages along its own structure, never through a sentence.

A passage holds consecutive paragraphs under one heading, as many as fit. A paragraph that is too long is
cut between sentences; a single sentence that is too long stays whole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from advisor.citations import sentences
from advisor.documents.files import FORBIDDEN
from advisor.documents.parsing import DocumentError
from advisor.knowledge import Passage
from advisor.language import detect
from advisor.llm.tokens import token_counter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from advisor.documents.parsing import Block, ParsedDocument

MOST_TOKENS = 120
"""Tokens of a passage: a few sentences, so that one fact in it is found, and well within what is embedded."""

DEEPEST = 4
"""Headings that a passage's path names, the innermost last."""

MAX_HEADING = 80
"""Characters of a heading in a path."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage to be."""

    lines: tuple[str, ...]
    """Its paragraphs; a quote is a substring of one of them."""
    headings: tuple[str, ...]
    """The path of headings above it, outermost first."""
    place: str
    """Where its first paragraph stands: "page 3", "line 12"."""
    language: str


def passages_of(name: str, document: ParsedDocument) -> list[Passage]:
    """The passages of a document, under its name.

    Raises:
        DocumentError: it has none.
    """
    found = [_passage(name, number, chunk, document.title) for number, chunk in enumerate(chunks(document), start=1)]
    if not found:
        message = f"{name!r} has no text in it"
        raise DocumentError(message)
    return found


def _passage(name: str, number: int, chunk: Chunk, title: str) -> Passage:
    """A chunk as a passage; its id tells where to look."""
    heading = " › ".join(chunk.headings) or title
    where = f" ({chunk.place})" if chunk.place else ""
    passage_id = f"{number}{where}".translate(FORBIDDEN)
    return Passage(name, passage_id, chunk.language, heading, chunk.lines)


def chunks(document: ParsedDocument, count: Callable[[str], int] | None = None) -> Iterator[Chunk]:
    """Cut ``document`` into passages, in its order."""
    count = count or token_counter()
    fallback = detect(" ".join(block.text for block in document.blocks[:40])) or "en"
    for headings, place, paragraphs in _sections(document.blocks):
        for first, lines in _packed(paragraphs, place, count):
            yield Chunk(tuple(lines), headings, first, detect(" ".join(lines), None) or fallback)


def _sections(blocks: Iterable[Block]) -> Iterator[tuple[tuple[str, ...], str, list[Block]]]:
    """The runs of paragraphs between headings, each with its path; a heading with nothing under it stands alone."""
    path: list[tuple[int, str]] = []
    body: list[Block] = []
    last: Block | None = None
    for block in blocks:
        if not block.level:
            body.append(block)
            continue
        if body or (last is not None and block.level <= last.level):
            yield _names(path), _place(last), body or [_paragraph(last)]
        body = []
        path = [(level, name) for level, name in path if level < block.level]
        path.append((block.level, block.text[:MAX_HEADING]))
        last = block
    if body or last is not None:
        yield _names(path), _place(last), body or [_paragraph(last)]


def _paragraph(heading: Block | None) -> Block:
    assert heading is not None  # without one there is a body
    return replace(heading, level=0)


def _place(heading: Block | None) -> str:
    return "" if heading is None else heading.place


def _names(path: list[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(name for _, name in path)[-DEEPEST:]


def _packed(paragraphs: list[Block], place: str, count: Callable[[str], int]) -> Iterator[tuple[str, list[str]]]:
    """Paragraphs put together up to the limit, each group with the place of its first."""
    lines: list[str] = []
    first, size = place, 0
    for block in paragraphs:
        for piece in _pieces(block.text, count):
            tokens = count(piece)
            if lines and size + tokens > MOST_TOKENS:
                yield first, lines
                lines, size = [], 0
            if not lines:
                first = block.place or place
            lines.append(piece)
            size += tokens
    if lines:
        yield first, lines


def _pieces(text: str, count: Callable[[str], int]) -> Iterator[str]:
    """A paragraph whole, or cut between sentences where it is too long."""
    text = " ".join(text.split())
    if not text:
        return
    if count(text) <= MOST_TOKENS:
        yield text
        return
    start = end = size = 0
    for sentence in sentences(text):
        tokens = count(sentence)
        place = text.index(sentence, end)
        if end and size + tokens > MOST_TOKENS and _ends(text, place):
            yield text[start:end]
            start, size = place, 0
        end = place + len(sentence)
        size += tokens
    yield text[start:]


def _ends(text: str, place: int) -> bool:
    """Whether a sentence has ended before ``place``: not where a bracket or quotation mark follows its full stop."""
    return text[place] not in CLOSING


CLOSING = ")]}”’»」』）］】\"',;:，、；：["
"""What begins no sentence."""
