"""Plain text: paragraphs stand between empty lines; headings are underlined or marked as in Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor.documents.formats.encoding import decode
from advisor.documents.parsing import Block, limited

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WIDEST = 120
"""Characters of a line that may be one of a paragraph with breaks; a longer line is a paragraph of its own."""

MAX_HEADING = 120
"""Characters of a heading."""

_UNDERLINE = re.compile(r"([=\-~^\"*+#])\1{2,}")
_LEVELS = {"=": 1, "-": 2, "~": 3}
_MARKED = re.compile(r"(#{1,6})[ \t]+(\S.*?)[ \t#]*")
_ITEM = re.compile(
    r"(?:[-*+•・‧●○■□◆◇▪–]|\(?\d{1,3}[.)、)]|[((][一二三四五六七八九十]{1,3}[))]|[一二三四五六七八九十]{1,3}、)(?=\s|[^\x00-\x7f])"
)


def read(data: bytes, suffix: str) -> tuple[str, Iterable[Block]]:
    """Read a file; it has no title of its own."""
    text = limited(decode(data)).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    return "", _blocks(text.split("\n"), each_line=suffix == ".log")


def _blocks(lines: list[str], *, each_line: bool) -> Iterator[Block]:
    paragraph: list[str] = []
    start = 0
    for number, raw in enumerate([*lines, ""], start=1):
        line = raw.strip()
        if line and paragraph and _is_underline(line, paragraph):
            yield Block(paragraph[0], _LEVELS.get(line[0], 4), f"line {start}")
            paragraph = []
        elif line and not paragraph and _UNDERLINE.fullmatch(line):
            continue  # a rule, or the line above a title
        elif marked := _MARKED.fullmatch(line) if len(line) <= MAX_HEADING else None:
            yield from _paragraph(paragraph, start, each_line=each_line)
            paragraph = []
            yield Block(marked[2], len(marked[1]), f"line {number}")
        elif not line or (paragraph and _ITEM.match(line)):
            yield from _paragraph(paragraph, start, each_line=each_line)
            paragraph, start = ([line] if line else []), number
        else:
            if not paragraph:
                start = number
            paragraph.append(line)


def _is_underline(line: str, paragraph: list[str]) -> bool:
    title = paragraph[0]
    return (
        len(paragraph) == 1
        and len(title) <= MAX_HEADING
        and _UNDERLINE.fullmatch(line) is not None
        and len(line) * 2 >= len(title)
    )


def _paragraph(lines: list[str], start: int, *, each_line: bool) -> Iterator[Block]:
    if each_line or any(len(line) > WIDEST for line in lines):
        for number, line in enumerate(lines, start=start):
            yield Block(line, 0, f"line {number}")
    elif lines:
        yield Block("\n".join(lines), 0, f"line {start}")
