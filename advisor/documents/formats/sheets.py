"""Excel: every sheet that is shown, row by row, with the values that were last worked out."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime, time
from typing import IO, TYPE_CHECKING, Any

from advisor.documents.formats.archive import checked
from advisor.documents.formats.rows import MAX_ROWS, table
from advisor.documents.parsing import Block, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_CELLS = 40_000_000
"""Cells that are stepped over, empty ones included; a file can place one cell at the end of every row."""

LAST_ROW = 1_048_576
"""The last row that Excel has."""

_HINTS = re.compile(rb"hidden=|ht=\"0|width=\"0|ht='0|width='0")
_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read(data: bytes, suffix: str) -> tuple[str, Iterable[Block]]:
    """Read a workbook."""
    del suffix
    from openpyxl import load_workbook

    file = checked(data)
    workbook = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    return workbook.properties.title or "", _blocks(workbook, data)


def _blocks(workbook: Any, data: bytes) -> Iterator[Block]:
    taken = 0
    for sheet in workbook.worksheets:
        if sheet.sheet_state != "visible":
            continue
        yield Block(sheet.title, 1, f"sheet {sheet.title}")
        rows, columns = _hidden(io.BytesIO(data), str(sheet._worksheet_path))  # noqa: SLF001 - the only way to what is hidden
        for block in table(_rows(sheet, rows, columns), taken):
            taken += 1
            yield block


def _rows(sheet: Any, hidden_rows: set[int], hidden_columns: list[tuple[int, int]]) -> Iterator[tuple[str, list[str]]]:
    sheet.reset_dimensions()  # the size that a file claims is not to be trusted
    cells = 0
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells += len(row) + 1
        if cells > MAX_CELLS or number > LAST_ROW:
            raise Unreadable(f"has more than {MAX_ROWS:,} rows or cells far outside of its table; split it")
        if row and number not in hidden_rows:
            shown = [
                "" if any(first <= column <= last for first, last in hidden_columns) else _shown(cell)
                for column, cell in enumerate(row, start=1)
            ]
            yield f"sheet {sheet.title}, row {number}", shown


def _hidden(file: IO[bytes], member: str) -> tuple[set[int], list[tuple[int, int]]]:
    """The rows and the ranges of columns of a sheet that are not shown; openpyxl does not tell when it streams."""
    from lxml import etree

    rows: set[int] = set()
    columns: list[tuple[int, int]] = []
    with zipfile.ZipFile(file) as archive:
        with archive.open(member) as sheet:
            if not _HINTS.search(sheet.read()):
                return rows, columns
        with archive.open(member) as sheet:
            number = 0
            for _, element in etree.iterparse(
                sheet, tag=(f"{_NS}row", f"{_NS}col"), resolve_entities=False, no_network=True, load_dtd=False
            ):
                if element.tag == f"{_NS}col":
                    if _off(element, "width"):
                        columns.append((int(element.get("min", "1")), int(element.get("max", "1"))))
                else:
                    number = int(element.get("r", number + 1))
                    if _off(element, "ht"):
                        rows.add(number)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    return rows, columns


def _off(element: Any, extent: str) -> bool:
    return element.get("hidden") in ("1", "true") or re.fullmatch(r"0+(?:\.0*)?", element.get(extent, "")) is not None


def _shown(cell: Any) -> str:
    """A value much as Excel shows it."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return str(value.date()) if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, int | float):
        if "%" in str(cell.number_format):
            return f"{value * 100:.10g}%"
        return f"{value:.15g}" if isinstance(value, float) else str(value)
    return str(value)
