"""PowerPoint: slide by slide its title, its texts, its tables and the notes of the speaker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.documents.formats.archive import checked, title_of
from advisor.documents.formats.rows import as_row
from advisor.documents.parsing import Block, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def read(data: bytes, suffix: str) -> tuple[str, Iterable[Block]]:
    """Read a presentation."""
    del suffix
    from pptx import Presentation

    presentation = Presentation(checked(data))
    return title_of(presentation), _blocks(presentation)


def _blocks(presentation: Any) -> Iterator[Block]:
    size = (presentation.slide_width or 0, presentation.slide_height or 0)
    for number, slide in enumerate(presentation.slides, start=1):
        place = f"slide {number}"
        if slide.element.get("show") in ("0", "false"):
            continue
        title = slide.shapes.title
        if title is not None and not _is_hidden(title, size):
            yield Block(title.text_frame.text, 1, place)
        for shape in _shapes(slide, size):
            if title is None or shape.shape_id != title.shape_id:
                for text in _texts(shape):
                    yield Block(text, 0, place)
        notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
        for paragraph in notes.paragraphs if notes is not None else ():
            if paragraph.text.strip():
                yield Block(f"Notes: {paragraph.text}", 0, place)


def _shapes(slide: Any, size: tuple[int, int]) -> Iterator[Any]:
    """The shapes that are seen, those of groups as well."""
    stack = [(shape, True) for shape in reversed(list(slide.shapes))]
    while stack:
        shape, outermost = stack.pop()
        if _is_hidden(shape, size if outermost else (0, 0)):
            continue
        inner = getattr(shape, "shapes", None)
        if inner is not None:
            stack.extend((one, False) for one in reversed(list(inner)))
        else:
            yield shape


def _is_hidden(shape: Any, size: tuple[int, int]) -> bool:
    """Whether a shape is switched off or lies wholly beside the slide; within a group places are the group's own."""
    named = next(shape.element.iter("{http://schemas.openxmlformats.org/presentationml/2006/main}cNvPr"), None)
    if named is not None and named.get("hidden") in ("1", "true"):
        return True
    edges = (shape.left, shape.top, shape.width, shape.height)
    if not all(size) or any(edge is None for edge in edges):
        return False
    left, top, width, height = edges
    return bool(left >= size[0] or top >= size[1] or left + width < 0 or top + height < 0)


def _texts(shape: Any) -> Iterator[str]:
    if getattr(shape, "has_table", False):
        yield from _rows(shape.table)
    elif getattr(shape, "has_text_frame", False):
        for paragraph in shape.text_frame.paragraphs:
            yield paragraph.text


def _rows(table: Any) -> Iterator[str]:
    rows = [[one_line(cell.text_frame.text) for cell in row.cells] for row in table.rows]
    headers: list[str] = []
    if table.first_row and len(rows) > 1:
        headers = rows.pop(0)
    for cells in rows:
        yield as_row(headers, cells)
