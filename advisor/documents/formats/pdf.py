"""PDF: the text of each page, its lines put together again into paragraphs."""

from __future__ import annotations

import io
import logging
import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Any

from advisor.documents.parsing import MAX_CHARACTERS, Block, Unreadable, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_PAGES = 5_000
"""Pages of a document."""

RUNNING = 4
"""Pages from which on a line that stands at the edge of most pages is a running title."""

_EDGE = 300
"""Characters of a line that is compared with those of other pages."""

_PAGE_NUMBER = re.compile(
    r"(?:page|p\.|第)?\s*[-–—]?\s*\d{1,4}\s*[-–—]?(?:\s*(?:/|of)\s*\d{1,4}|\s*[頁页ページ]{1,3})?", re.IGNORECASE
)
_ENDED = re.compile(r"[.!?:;。!?:;…][\"'”’」』))\]]*$")
_HYPHENATED = re.compile(r"(?<=[a-zà-ÿ])[-\u2010\u00ad]$")
_ITEM = re.compile(
    r"(?:[-*•・●○■□◆▪–]|\(?\d{1,3}(?:\.\d{1,3}){0,3}[.)、)]?|[一二三四五六七八九十]{1,3}、|第.{1,4}[章節节条條])(?=\s|[^\x00-\x7f])"
)


def read(data: bytes, suffix: str) -> tuple[str, Iterable[Block]]:
    """Read a document."""
    del suffix
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its remarks are nothing a user can act on
    if b"%PDF-" not in data[:1024]:
        raise ValueError("no PDF")
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("is protected by a password; save a copy without one")
    if len(reader.pages) > MAX_PAGES:
        raise Unreadable(f"has more than {MAX_PAGES:,} pages; split it")
    pages = list(_pages(reader))
    if not any(any(lines) for lines in pages):
        raise Unreadable("has no text (scanned pages?); run text recognition (OCR) over it and add that")
    metadata = reader.metadata
    title = (metadata.title if metadata else "") or ""
    if re.search(r"\.(?:docx?|pptx?|xlsx?|indd|tex|dvi|qxd|pmd)$|^Microsoft ", title):
        title = ""  # the name of a file of the program that made it
    return title, _blocks(pages)


def _pages(reader: Any) -> Iterator[list[str]]:
    size = 0
    for page in reader.pages:
        text = visible(page.extract_text() or "")
        size += len(text)
        if size > MAX_CHARACTERS:
            raise Unreadable(f"has more than {MAX_CHARACTERS:,} characters; split it")
        yield [" ".join(line.split()) for line in text.strip().split("\n")]


def _blocks(pages: Sequence[list[str]]) -> Iterator[Block]:
    running = _running(pages)
    for number, lines in enumerate(pages, start=1):
        kept = list(lines)
        for edge in (0, -1):
            while kept and (not kept[edge] or _PAGE_NUMBER.fullmatch(kept[edge]) or _key(kept[edge]) in running):
                kept.pop(edge)
        for text in _paragraphs(kept):
            yield Block(text, 0, f"page {number}")


def _key(line: str) -> str:
    return re.sub(r"\d+", "#", line[:_EDGE])


def _running(pages: Sequence[list[str]]) -> set[str]:
    """The lines that stand first or last on most pages, numbers aside."""
    filled = [lines for lines in pages if len(lines) > 2]
    if len(filled) < RUNNING:
        return set()
    counts = Counter(key for lines in filled for key in {_key(lines[0]), _key(lines[-1])})
    return {key for key, count in counts.items() if key and count * 2 > len(filled)}


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """Lines put together where a line was full, so that the next word had no place on it."""
    widths = sorted(_width(line) for line in lines if line)
    full = widths[int(len(widths) * 0.9)] if len(widths) > 2 else max(widths, default=0)
    paragraph = ""
    for place, line in enumerate(lines):
        if not line:
            if paragraph:
                yield paragraph
            paragraph = ""
            continue
        paragraph = _joined(paragraph, line)
        following = lines[place + 1] if place + 1 < len(lines) else ""
        if not following or _ends(line, following, full):
            yield paragraph
            paragraph = ""


def _ends(line: str, following: str, full: int) -> bool:
    """Whether a paragraph ends with a line: its break was not forced by the next word."""
    if _HYPHENATED.search(line) and following[0].islower():
        return False
    if _ITEM.match(following):
        return True
    if following[0].islower() and not _ENDED.search(line):
        return False
    word = following.split(maxsplit=1)[0]
    wide = unicodedata.east_asian_width(following[0]) in "WF"
    return _width(line) + (2 if wide else 1 + _width(word)) < full * 0.85


def _joined(before: str, line: str) -> str:
    if not before:
        return line
    if _HYPHENATED.search(before) and line[0].islower():
        return before[:-1] + line
    return f"{before}\n{line}"
