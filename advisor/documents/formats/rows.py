"""Tables of rows, each said on its own: "header: cell; header: cell". Reads CSV and TSV."""

from __future__ import annotations

import csv
import io
import re
from itertools import chain
from typing import TYPE_CHECKING

from advisor.documents.formats.encoding import decode
from advisor.documents.parsing import Block, Unreadable, limited, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_ROWS = 200_000
"""Rows of a spreadsheet, those of all its sheets together."""

MAX_COLUMNS = 200
"""Columns of a spreadsheet."""

MAX_PREAMBLE = 10
"""Rows with a single cell that may stand above the headers: a title, a date."""

_QUOTED = re.compile(r'"[^"]*"')

Row = tuple[str, "Sequence[str]"]
"""A place, and cells."""


def read(data: bytes, suffix: str) -> tuple[str, Iterable[Block]]:
    """Read a file; it has no title."""
    text = limited(decode(data))
    return "", table(_rows(text, "\t" if suffix == ".tsv" else _delimiter(text)))


def _delimiter(text: str) -> str:
    """What separates the cells: the sign that the first lines have most of."""
    lines = [_QUOTED.sub("", line) for line in text[:20_000].splitlines()[:20] if line.strip()]
    counts = {sign: sum(line.count(sign) for line in lines) for sign in ",;\t|"}
    return max(counts, key=lambda sign: counts[sign])


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    try:
        for row in reader:
            yield f"line {line}", row
            line = reader.line_num + 1
    except csv.Error as error:
        message = f"is damaged at line {line}: a quotation mark is not closed, or a cell is too long"
        raise Unreadable(message) from error


def table(rows: Iterable[Row], taken: int = 0) -> Iterator[Block]:
    """The rows of a table whose headers stand in the first row of several cells.

    ``taken`` is how many rows other tables of the file had.

    Raises:
        Unreadable: there are too many rows or columns.
    """
    filled = _filled(rows, taken)
    above: list[tuple[str, list[str]]] = []
    for place, cells in filled:
        above.append((place, cells))
        if sum(map(bool, cells)) > 1 or len(above) > MAX_PREAMBLE:
            break
    if not above:
        return
    if sum(map(bool, above[-1][1])) > 1:
        headers = above.pop()
        for place, cells in above:
            yield Block(as_row([], cells), 0, place)
        rest: Iterable[tuple[str, list[str]]] = filled
    else:
        headers, rest = above[0], chain(above[1:], filled)
    said = False
    for place, cells in rest:
        said = True
        yield Block(as_row(headers[1], cells), 0, place)
    if not said:
        yield Block(as_row([], headers[1]), 0, headers[0])


def _filled(rows: Iterable[Row], taken: int) -> Iterator[tuple[str, list[str]]]:
    """The rows that hold something, without empty cells behind the last."""
    for place, row in rows:
        cells = [one_line(cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        taken += 1
        if taken > MAX_ROWS:
            raise Unreadable(f"has more than {MAX_ROWS:,} rows; split it")
        if len(cells) > MAX_COLUMNS:
            raise Unreadable(f"has more than {MAX_COLUMNS} columns; split it")
        yield place, cells


def as_row(headers: Sequence[str], cells: Sequence[str]) -> str:
    """A row as "header: cell; header: cell"; empty cells are left out."""
    parts = []
    for number, cell in enumerate(cells):
        header = headers[number] if number < len(headers) else ""
        if cell:
            parts.append(f"{header}: {cell}" if header else cell)
    return "; ".join(parts)
