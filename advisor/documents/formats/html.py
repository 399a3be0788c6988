"""HTML: what a browser would show of it, block by block. Markdown comes this way as well."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.documents.formats.encoding import declared, decode
from advisor.documents.formats.rows import as_row
from advisor.documents.parsing import Block, Code, limited, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bs4 import BeautifulSoup
    from bs4.element import PageElement, Tag

LINE = "data-advisor-line"
"""The attribute in which Markdown passes on where an element began."""

_DROPPED_NAMES = (
    "script style template noscript noframes svg head title iframe object embed canvas audio video datalist map "
    "applet frameset dialog"
)
_DROPPED = frozenset(_DROPPED_NAMES.split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_INLINE_NAMES = (
    "a abbr acronym b bdi bdo big button cite code data del dfn em font i img input ins kbd label mark math meter "
    "output progress q rb rp rt rtc ruby s samp select small span strike strong sub sup time tt u var wbr"
)
_INLINE = frozenset(_INLINE_NAMES.split())
_CODE = frozenset({"pre", "listing", "xmp", "textarea"})
_BREAK = "\u2028"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_ZERO = r"0*\.?0*(?:px|em|rem|pt|pc|ex|ch|cm|mm|in|vw|vh|%)?"
_END = r"\s*(?:;|!|$)"
_HIDING = re.compile(
    rf"(?:^|;)\s*(?:"
    rf"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|content-visibility\s*:\s*hidden"
    rf"|font-size\s*:\s*(?:(?=[\d.]){_ZERO}|0*[01]?(?:\.\d+)?px){_END}"
    rf"|opacity\s*:\s*(?=[\d.]){_ZERO}{_END}"
    rf"|(?:color|-webkit-text-fill-color)\s*:\s*transparent"
    rf"|text-indent\s*:\s*-\d{{3,}}|(?:left|right|top|bottom|margin-left|margin-top)\s*:\s*-\d{{4,}}"
    rf"|transform\s*:[^;]*scale\(\s*0\s*\)|clip\s*:\s*rect\(\s*0[^;]*|clip-path\s*:\s*inset\(\s*(?:50|100)%"
    rf")"
)
_SIZE_ZERO = re.compile(rf"(?:^|;)\s*(?:max-)?(?:width|height)\s*:\s*(?=[\d.]){_ZERO}{_END}")
_OVERFLOW = re.compile(r"(?:^|;)\s*overflow(?:-[xy])?\s*:\s*(?:hidden|clip)")
_RULE = re.compile(r"([^{}]{1,2000})\{([^{}]{0,5000})\}")
_AT_RULE = re.compile(r"@[^{};]{0,500}\{(?:[^{}]{0,5000}\{[^{}]{0,5000}\}){0,500}[^{}]{0,500}\}")
_SELECTOR = re.compile(r"[a-z0-9]*[.#][\w-]+")
_UNPRINTED = re.compile(r"^\s*(?:<\?xml[^>]{0,500}\?>\s*)?(?:<!DOCTYPE(?:[^>\[]|\[[^\]]*\])*>)?", re.IGNORECASE)


def read(data: bytes, suffix: str) -> tuple[str, Iterable[Block]]:
    """Read a page; its title is that of its window."""
    del suffix
    return read_text(decode(data, declared(data)))


def read_text(text: str) -> tuple[str, Iterable[Block]]:
    """Read a page that is decoded already."""
    from bs4 import BeautifulSoup

    text = _UNPRINTED.sub("", limited(text), count=1).replace("\x00", "")
    soup = BeautifulSoup(text, "lxml")
    title = soup.find("title")
    return (title.get_text(" ") if title else ""), _Walk(_hidden_by_style(soup)).blocks(soup)


def _hidden_by_style(soup: BeautifulSoup) -> frozenset[str]:
    """The plain selectors (.note, #x, p.note) that the page's own style sheets hide on every screen."""
    hidden: set[str] = set()
    for sheet in soup.find_all("style"):
        rules = _AT_RULE.sub("", _COMMENT.sub("", sheet.get_text()[:200_000]).lower())
        for selectors, declarations in _RULE.findall(rules):
            if _hides(declarations):
                hidden.update(one for one in map(str.strip, selectors.split(",")) if _SELECTOR.fullmatch(one))
    return frozenset(hidden)


def _hides(style: str) -> bool:
    style = _COMMENT.sub("", style.lower())
    return bool(_HIDING.search(style) or (_SIZE_ZERO.search(style) and _OVERFLOW.search(style)))


def _attribute(tag: Tag, name: str) -> str:
    value = tag.get(name)
    return " ".join(value) if isinstance(value, list) else str(value or "")


@dataclass(frozen=True, slots=True)
class _End:
    """The end of a block, and what held before it."""

    level: int
    code: bool
    line: str


class _Walk:
    """A walk over a tree that gathers the text of each block; without recursion, however deep the tree."""

    def __init__(self, hidden: frozenset[str]) -> None:
        self._hidden = hidden
        self._buffer: list[str] = []
        self._stack: list[PageElement | _End] = []
        self._line = self._start = ""
        self._level = 0
        self._code = False

    def blocks(self, root: Tag) -> Iterator[Block]:
        """The blocks below ``root``."""
        from bs4.element import NavigableString, PreformattedString, Tag

        self._stack.extend(reversed(root.contents))
        while self._stack:
            node = self._stack.pop()
            if isinstance(node, _End):
                yield from self._flush()
                self._level, self._code, self._line = node.level, node.code, node.line
            elif isinstance(node, NavigableString):
                if not isinstance(node, PreformattedString):  # comments, declarations
                    self._add(str(node))
            elif isinstance(node, Tag) and not self._is_hidden(node):
                yield from self._enter(node)
        yield from self._flush()

    def _enter(self, tag: Tag) -> Iterator[Block]:
        name = tag.name.lower()
        if name == "br":
            if not self._code and self._buffer and self._buffer[-1] == _BREAK:
                yield from self._flush()
            else:
                self._add("\n" if self._code else _BREAK)
        elif name == "img":
            self._add(_attribute(tag, "alt"))
        elif name in _INLINE:
            self._line = self._line_of(tag) or self._line
            self._stack.extend(reversed(tag.contents))
        elif name == "table" and (rows := self._rows(tag)) is not None:
            yield from self._flush()
            yield from rows
        else:
            yield from self._flush()
            self._stack.append(_End(self._level, self._code, self._line))
            self._level = _HEADINGS.get(name, self._level)
            self._code = self._code or name in _CODE
            self._line = self._line_of(tag) or self._line
            self._stack.extend(reversed(tag.contents))

    def _add(self, text: str) -> None:
        if not any(part.strip() for part in self._buffer):
            self._start = self._line
        self._buffer.append(text)

    def _flush(self) -> Iterator[Block]:
        text = "".join(self._buffer)
        self._buffer.clear()
        if text.strip():
            yield (Code if self._code and not self._level else Block)(text, self._level, self._start)

    def _line_of(self, tag: Tag) -> str:
        line = _attribute(tag, LINE)
        if not line and tag.name == "pre" and (inner := tag.find("code")) is not None:
            line = _attribute(inner, LINE)
        return f"line {line}" if line else ""

    def _is_hidden(self, tag: Tag) -> bool:
        name = tag.name.lower()
        attributes = tag.attrs
        if name in _DROPPED:
            return not (name == "dialog" and "open" in attributes)
        if not attributes:
            return False
        if "hidden" in attributes or _attribute(tag, "aria-hidden").strip().lower() == "true":
            return True
        if name == "input":
            return True
        if "style" in attributes and _hides(_attribute(tag, "style")):
            return True
        if not self._hidden:
            return False
        marks = [f".{one}" for one in _attribute(tag, "class").lower().split()]
        marks += [f"#{_attribute(tag, 'id').lower()}"]
        return any(mark in self._hidden or f"{name}{mark}" in self._hidden for mark in marks)

    def _rows(self, table: Tag) -> Iterator[Block] | None:
        """The rows of a table of data; None if the table only lays out a page."""
        if table.find(["table", *_HEADINGS, "pre"]) is not None or table.find("tr") is None:
            return None
        return self._data_rows(table)

    def _data_rows(self, table: Tag) -> Iterator[Block]:
        headers: list[str] = []
        caption = table.find("caption")
        if caption is not None and not self._is_hidden(caption):
            yield Block(self._text(caption), 0, self._line)
        first = True
        for row in table.find_all("tr"):
            if self._within_hidden(row, table):
                continue
            cells = [cell for cell in row.find_all(["td", "th"]) if not self._is_hidden(cell)]
            texts = [self._text(cell) for cell in cells]
            if first and texts and all(cell.name == "th" for cell in cells):
                headers = texts
                if len(table.find_all("tr", limit=2)) > 1:
                    first = False
                    continue
            first = False
            yield Block(as_row(headers, texts), 0, self._line_of(row) or self._line)

    def _within_hidden(self, tag: Tag, top: Tag) -> bool:
        if self._is_hidden(tag):
            return True
        for parent in tag.parents:
            if parent is top:
                return False
            if self._is_hidden(parent):
                return True
        return False

    def _text(self, tag: Tag) -> str:
        walk = _Walk(self._hidden)
        return " ".join(one_line(block.text) for block in walk.blocks(tag))
