"""Documents that users bring, read into paragraphs that are safe to store, to show and to quote.

A file is read once, with its size and its suffix checked before any parser sees it. Whatever a parser
raises becomes a `DocumentError` that names the file. Only what a reader of the document would see is
kept; what it says stays as it is, since it is quoted and never obeyed.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from advisor.errors import KnowledgeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_BYTES = 50_000_000
"""Size of a file."""

MAX_CHARACTERS = 20_000_000
"""Characters of a document's text."""

MAX_TITLE = 200
"""Characters of a title; the rest of a longer one is cut."""

MAX_NAME = 120
"""Characters of a file's name in a message."""


class DocumentError(KnowledgeError):
    """A document cannot be read; the text tells what is wrong with it and what to do."""


class Unreadable(Exception):  # noqa: N818 - a reason on its way to a DocumentError, not an error of its own
    """What is wrong with a document, for a sentence that begins with its name."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item, table row or heading of a document."""

    text: str
    """One paragraph without markup; newlines stand inside code only."""
    level: int = 0
    """1 to 6 for headings, else 0."""
    place: str = ""
    """Where to look: "line 12", "page 3", "slide 4", "sheet Prices, row 7"; empty if unknown."""


@dataclass(frozen=True, slots=True)
class Code(Block):
    """A block on its way out of a reader whose lines and indentation are kept."""


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What a document says."""

    title: str
    """Its title, else its first heading, else the name of its file."""
    blocks: tuple[Block, ...]


Reader = Callable[[bytes, str], tuple[str, Iterable[Block]]]
"""From the bytes and the suffix of a file to its title, empty if it has none, and its blocks."""

SUFFIXES: Mapping[str, str] = MappingProxyType(
    {
        ".md": "markdown",
        ".markdown": "markdown",
        ".html": "html",
        ".htm": "html",
        ".txt": "plain",
        ".text": "plain",
        ".log": "plain",
        ".rst": "plain",
        ".csv": "rows",
        ".tsv": "rows",
        ".pdf": "pdf",
        ".docx": "word",
        ".pptx": "slides",
        ".xlsx": "sheets",
    }
)
"""Every suffix that is read, with the module of `advisor.documents.formats` that reads it."""

_INSTEAD: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys((".doc", ".dot", ".rtf", ".odt", ".pages", ".wps"), "save it as .docx or .pdf"),
        **dict.fromkeys((".xls", ".xlsb", ".xlsm", ".ods", ".numbers"), "save it as .xlsx or .csv"),
        **dict.fromkeys((".ppt", ".pps", ".odp", ".key"), "save it as .pptx or .pdf"),
        **dict.fromkeys((".docm", ".dotx"), "save it as .docx"),
        **dict.fromkeys((".pptm", ".ppsx", ".potx"), "save it as .pptx"),
        **dict.fromkeys((".epub", ".mobi", ".azw3", ".djvu", ".ps", ".xps"), "convert it to .pdf or .html"),
        **dict.fromkeys((".mht", ".mhtml", ".xml", ".xhtml", ".eml", ".msg"), "save it as .html or .txt"),
        **dict.fromkeys(
            (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic", ".svg"),
            "pictures are not read; run text recognition over it and add the text",
        ),
        **dict.fromkeys(
            (".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar", ".zst"),
            "unpack it and add the folder",
        ),
        **dict.fromkeys((".json", ".jsonl", ".yaml", ".yml", ".toml"), "data are not read; add what explains them"),
    }
)
"""What to do with a file that is not read."""

_RUBBISH = frozenset({"__pycache__", "node_modules", "__MACOSX", "venv", "site-packages"})
"""Folders that hold no documents of a user's own."""

_GENERIC_TITLES = frozenset({"untitled", "powerpoint presentation", "word document", "document", "pdf document"})
"""Titles that programs write on their own."""


# --- safe text ------------------------------------------------------------------------------------

_ESCAPES = re.compile(
    r"(?:\x1b\]|\x9d)[^\x07\x1b\x9c\n]{0,4096}(?:\x07|\x1b\\|\x9c)?"  # a terminal's title or link
    r"|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x9c\n]{0,4096}(?:\x1b\\|\x9c)?"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
)
_INVISIBLE = frozenset(
    [
        *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, 0xFFFC),
        *range(0x180B, 0x1810),
        *range(0xFE00, 0xFE10),  # variation selectors can carry a hidden text, and so can tags
        *range(0xE0000, 0xE1000),
    ]
)


class _Visible(dict[int, str | None]):
    """A table for `str.translate` that is filled as characters turn up."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        kind = unicodedata.category(character)
        shown: str | None
        if character == "\n":
            shown = "\n"
        elif character.isspace():
            shown = "\n" if kind in ("Zl", "Zp") else " "
        elif code in _INVISIBLE or kind in ("Cc", "Cf", "Cs", "Co", "Cn"):
            shown = None
        else:
            shown = character
        self[code] = shown
        return shown


_VISIBLE = _Visible()
_WIDE = "\u2e80-\u2fdf\u3000-\u30ff\u3100-\u312f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff9f"
_WIDE_BREAK = re.compile(f"(?<=[{_WIDE}])[ ]*\n[ ]*(?=[{_WIDE}])")


def visible(text: str) -> str:
    """``text`` in NFC without what is not seen, or not seen where it stands; lines are kept."""
    if "\x1b" in text or re.search("[\x90-\x9f]", text):
        text = _ESCAPES.sub("", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    return unicodedata.normalize("NFC", text.translate(_VISIBLE))


def one_line(text: str) -> str:
    """``text`` as one line of visible characters; a line break between wide characters leaves no space."""
    return " ".join(_WIDE_BREAK.sub("", visible(text)).split())


def _code(text: str) -> str:
    return "\n".join(line.rstrip() for line in visible(text).split("\n")).strip("\n")


# --- one document ---------------------------------------------------------------------------------


def is_document(path: Path) -> bool:
    """Whether the name of ``path`` is one of a document that is read."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith("~$")


def parse(path: Path) -> ParsedDocument:
    """Read a document.

    Raises:
        DocumentError: it cannot be read, or is no document.
    """
    name, suffix = path.name, path.suffix.lower()
    if suffix not in SUFFIXES:
        advice = _INSTEAD.get(suffix, f"these are: {' '.join(SUFFIXES)}")
        raise DocumentError(f"{_named(name)} is not a kind of document that is read: {advice}")
    data = _content(path)

    def read() -> tuple[str, Iterable[Block]]:
        reader: Reader = import_module(f"advisor.documents.formats.{SUFFIXES[suffix]}").read
        return reader(data, suffix)

    return _document(name, suffix, read)


def parse_text(text: str, name: str) -> ParsedDocument:
    """Read Markdown that is at hand; ``name`` is what messages call it.

    Raises:
        DocumentError: it cannot be read.
    """

    def read() -> tuple[str, Iterable[Block]]:
        from advisor.documents.formats.markdown import read_text

        return read_text(text)

    return _document(name, ".md", read)


def limited(text: str) -> str:
    """``text``, if it is not too long to be read.

    Raises:
        Unreadable: it is.
    """
    if len(text) > MAX_CHARACTERS:
        raise Unreadable(f"has more than {MAX_CHARACTERS:,} characters; split it")
    return text


def _document(name: str, suffix: str, read: Callable[[], tuple[str, Iterable[Block]]]) -> ParsedDocument:
    """Run a reader; whatever it raises becomes a reason that names the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a parser's remarks on a file are nothing its user can act on
            title, found = read()
            blocks = tuple(_safe(found))
    except Unreadable as reason:
        raise DocumentError(f"{_named(name)} {reason}") from reason
    except Exception as error:  # the parsers have a hundred of their own
        message = f"{_named(name)} is damaged or not really a {suffix}; open it and save it again"
        raise DocumentError(message) from error
    return ParsedDocument(_title(title, blocks, name), blocks)


def _safe(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks with visible text only, none empty."""
    size = 0
    for block in blocks:
        size += len(block.text)
        if size > MAX_CHARACTERS:
            raise Unreadable(f"has more than {MAX_CHARACTERS:,} characters; split it")
        text = _code(block.text) if isinstance(block, Code) else one_line(block.text)
        if text.strip():
            yield Block(text, block.level, one_line(block.place))


def _title(title: str, blocks: tuple[Block, ...], name: str) -> str:
    title = one_line(title[:10_000])
    if not title or title.lower() in _GENERIC_TITLES:
        title = next((block.text for block in blocks if block.level), "") or one_line(Path(name).stem)
    return title[:MAX_TITLE].strip() or "document"


def _named(name: str) -> str:
    """A file's name for a message; what is not printable is written out."""
    return repr(name if len(name) <= MAX_NAME else f"{name[:MAX_NAME]}…")


def _content(path: Path) -> bytes:
    """The bytes of a plain file that is not too large; a pipe or a device is not waited for."""
    name = _named(path.name)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise DocumentError(f"{name} is not a file; name a document or a folder of documents")
        with open(path, "rb", opener=_without_waiting) as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "its name is not a path"
        raise DocumentError(f"{name} cannot be opened: {reason}") from error
    if len(data) > MAX_BYTES:
        raise DocumentError(f"{name} is larger than {MAX_BYTES // 1_000_000} MB; split it")
    return data


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


# --- a folder -------------------------------------------------------------------------------------


def documents_under(root: Path) -> Iterator[Path]:
    """Every document below a folder, in sorted order, each once.

    Hidden files, folders of programs, linked folders, and links to files outside of ``root`` are left out.
    """
    yield from sorted(_found(root, root.resolve()))


def _found(root: Path, inside: Path) -> Iterator[Path]:
    seen: set[tuple[int, int]] = set()
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _RUBBISH)
        for name in sorted(files):
            path = Path(folder, name)
            if name.startswith(".") or not is_document(path):
                continue
            try:
                found = path.stat()
                outside = path.is_symlink() and not path.resolve().is_relative_to(inside)
            except (OSError, RuntimeError):  # a link to nowhere, or to itself
                continue
            if outside or not stat.S_ISREG(found.st_mode) or _reached_again(path, inside, seen, found):
                continue
            yield path


def _reached_again(path: Path, inside: Path, seen: set[tuple[int, int]], found: os.stat_result) -> bool:
    """Whether this is a link to a document that is met under its own name, or was met through another link."""
    key = (found.st_dev, found.st_ino)
    if path.is_symlink():
        target = path.resolve()
        own_way = [*target.relative_to(inside).parts]
        hidden = any(part.startswith(".") or part in _RUBBISH for part in own_way)
        if key in seen or hidden or is_document(target):
            return True
    seen.add(key)
    return False
