"""Word: headings by style or outline level, paragraphs, lists, tables and notes, in the order of the document."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from advisor.documents.formats.archive import checked, title_of
from advisor.documents.formats.rows import MAX_COLUMNS, as_row
from advisor.documents.parsing import Block, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TINY = 2
"""Half points of a size in which no one can read."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_HEADING = re.compile(r"(?:heading|標題|标题|見出し)\s*([1-9])", re.IGNORECASE)
_SKIPPED = frozenset({f"{_W}del", f"{_W}moveFrom", f"{_MC}Fallback", f"{_W}rPr", f"{_W}pPr", f"{_W}sectPr"})
_WRAPPERS = frozenset({f"{_W}{name}" for name in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo")})
_SIGNS = {f"{_W}tab": " ", f"{_W}br": "\u2028", f"{_W}cr": "\u2028", f"{_W}noBreakHyphen": "-", f"{_W}ptab": " "}
_OFF = frozenset({"0", "false", "off"})


def read(data: bytes, suffix: str) -> tuple[str, Iterable[Block]]:
    """Read a document."""
    del suffix
    from docx import Document

    document = Document(checked(data))
    title = title_of(document)
    body = document.element.body
    if body is None:
        return title, ()
    reader = _Reader(document.part)
    return title, reader.blocks(body)


class _Reader:
    """What the styles say, and a walk over paragraphs and tables."""

    def __init__(self, part: Any) -> None:
        self._notes = [rel.target_part for rel in part.rels.values() if _is_notes(rel)]
        self._styles: dict[str, Any] = {}
        with suppress(KeyError, AttributeError):
            self._styles = {str(style.get(f"{_W}styleId")): style for style in part.styles.element.iter(f"{_W}style")}

    def blocks(self, body: Any) -> Iterator[Block]:
        """The blocks of the document, then its notes."""
        yield from self._below(body)
        for part in self._notes:
            from docx.oxml import parse_xml

            for note in parse_xml(part.blob):
                if note.get(f"{_W}type") in (None, "normal"):
                    text = " ".join(self._text(paragraph) for paragraph in note.iter(f"{_W}p"))
                    if text.strip():
                        yield Block(f"Note: {text.strip()}")

    def _below(self, parent: Any) -> Iterator[Block]:
        stack = list(reversed(parent))
        while stack:
            element = stack.pop()
            if element.tag == f"{_W}p":
                yield from self._paragraph(element)
            elif element.tag == f"{_W}tbl":
                yield from self._table(element)
            elif element.tag in _WRAPPERS:
                stack.extend(reversed(element))

    def _paragraph(self, paragraph: Any) -> Iterator[Block]:
        level = self._level(paragraph)
        yield Block(self._text(paragraph), level)
        for box in paragraph.iter(f"{_W}txbxContent"):
            if not any(parent.tag in _SKIPPED or parent.tag == box.tag for parent in box.iterancestors()):
                for inner in box.iter(f"{_W}p"):
                    yield Block(self._text(inner))

    def _level(self, paragraph: Any) -> int:
        properties = paragraph.find(f"{_W}pPr")
        if properties is None:
            return 0
        found = properties.find(f"{_W}outlineLvl")
        level = _number(found)
        if found is not None:
            return level + 1 if 0 <= level < 6 else 0
        for style in self._chain(properties.find(f"{_W}pStyle")):
            name = style.find(f"{_W}name")
            shown = name.get(f"{_W}val", "") if name is not None else ""
            if heading := _HEADING.match(shown):
                return min(int(heading[1]), 6)
            if shown.lower() == "title":
                return 1
            outline = style.find(f"{_W}pPr/{_W}outlineLvl")
            if outline is not None:
                return _number(outline) + 1 if 0 <= _number(outline) < 6 else 0
        return 0

    def _chain(self, reference: Any) -> Iterator[Any]:
        """A style and those it is based on; a loop among them ends it."""
        seen: set[str] = set()
        while reference is not None:
            key = reference.get(f"{_W}val", "")
            if key in seen or key not in self._styles:
                return
            seen.add(key)
            yield self._styles[key]
            reference = self._styles[key].find(f"{_W}basedOn")

    def _hidden(self, properties: Any, style_tag: str) -> bool:
        """Whether direct formatting or a style hides the text."""
        if properties is None:
            return False
        own = _vanishes(properties if style_tag == f"{_W}rStyle" else properties.find(f"{_W}rPr"))
        if own is not None and style_tag == f"{_W}rStyle":
            return own
        for style in self._chain(properties.find(style_tag)):
            vanishes = _vanishes(style.find(f"{_W}rPr"))
            if vanishes is not None:
                return vanishes
        return False

    def _text(self, paragraph: Any) -> str:
        """The text of a paragraph that is seen, without that of boxes in it."""
        hidden = self._hidden(paragraph.find(f"{_W}pPr"), f"{_W}pStyle")
        parts: list[str] = []
        stack = list(reversed(paragraph))
        while stack:
            element = stack.pop()
            tag = element.tag
            if tag in _SKIPPED or tag == f"{_W}txbxContent":
                continue
            if tag == f"{_W}r":
                properties = element.find(f"{_W}rPr")
                shown = _vanishes(properties) is False or not hidden
                if shown and not self._hidden(properties, f"{_W}rStyle"):
                    stack.extend(reversed(element))
            elif tag == f"{_W}t":
                parts.append(element.text or "")
            elif tag in _SIGNS:
                parts.append(_SIGNS[tag])
            else:
                stack.extend(reversed(element))
        return "".join(parts)

    def _table(self, table: Any) -> Iterator[Block]:
        rows = [row for row in _children(table, f"{_W}tr") if not _is_on(row.find(f"{_W}trPr/{_W}hidden"))]
        widest = max((sum(1 for _ in _children(row, f"{_W}tc")) for row in rows), default=0)
        if len(rows) < 2 or widest < 2:  # a frame around text
            for row in rows:
                for cell in _children(row, f"{_W}tc"):
                    yield from self._below(cell)
            return
        look = table.find(f"{_W}tblPr/{_W}tblLook")
        headers: list[str] = []
        for number, row in enumerate(rows):
            cells = self._cells(row)
            if number == 0 and not (look is not None and look.get(f"{_W}firstRow") == "0"):
                headers = cells
            else:
                yield Block(as_row(headers, cells))

    def _cells(self, row: Any) -> list[str]:
        cells: list[str] = []
        for cell in _children(row, f"{_W}tc"):
            text = one_line(" ".join(self._text(paragraph) for paragraph in cell.iter(f"{_W}p")))
            span = _number(cell.find(f"{_W}tcPr/{_W}gridSpan"), 1)
            cells += [text, *[""] * (min(max(span, 1), MAX_COLUMNS) - 1)]
        return cells


def _children(parent: Any, tag: str) -> Iterator[Any]:
    """The children of that kind, through the wrappers of content controls and revisions."""
    stack = list(reversed(parent))
    while stack:
        element = stack.pop()
        if element.tag == tag:
            yield element
        elif element.tag in _WRAPPERS:
            stack.extend(reversed(element))


def _is_notes(rel: Any) -> bool:
    return not rel.is_external and rel.reltype.endswith(("/footnotes", "/endnotes"))


def _is_on(element: Any) -> bool:
    return element is not None and element.get(f"{_W}val", "1").lower() not in _OFF


def _vanishes(properties: Any) -> bool | None:
    """Whether formatting hides text; None if it says nothing of it."""
    if properties is None:
        return None
    if 0 <= _number(properties.find(f"{_W}sz"), 100) <= TINY:
        return True
    marks = [mark for name in ("vanish", "specVanish") if (mark := properties.find(f"{_W}{name}")) is not None]
    return any(map(_is_on, marks)) if marks else None


def _number(element: Any, otherwise: int = -1) -> int:
    value = "" if element is None else str(element.get(f"{_W}val", ""))
    return int(value) if value.isascii() and value.isdigit() and len(value) < 7 else otherwise
