"""The files that a user names, directly or by their folder, and what each is called."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.documents.parsing import MAX_BYTES, DocumentError, documents_under, is_document, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_NAME = 120
"""Characters of a document's name."""

FORBIDDEN = str.maketrans(dict.fromkeys("[]:\t\n\r<>|`*", "_"))
"""What would break a marker, a line or a table, in a name or an id."""


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A file to read."""

    path: Path
    root: Path
    """The folder that was named, or the file itself."""

    @property
    def shown(self) -> str:
        """The document's name: its path below the folder that was named."""
        alone = self.root == self.path
        name = self.path.name if alone else self.path.relative_to(self.root).as_posix()
        printable = "".join(character for character in name if character.isprintable())
        return printable.translate(FORBIDDEN)[-MAX_NAME:].strip() or "document"


@dataclass(frozen=True, slots=True)
class Refused:
    """A path that leads to no document."""

    shown: str
    path: str
    """Where a document that was read from it earlier would be stored."""
    reason: str


@dataclass(slots=True)
class Selection:
    """What the paths that a user named lead to."""

    files: list[DocumentFile] = field(default_factory=list)
    """Each once, in the order in which they were named."""
    folders: set[Path] = field(default_factory=set)
    """The folders among the paths."""
    refused: list[Refused] = field(default_factory=list)


def select(paths: Iterable[Path]) -> Selection:
    """The files to read; what is no document, or cannot be named, is refused with its reason."""
    selection = Selection()
    seen: set[Path] = set()
    for named in paths:
        for file in _found(named, selection):
            if file.path not in seen:
                seen.add(file.path)
                selection.files.append(file)
    return selection


def _found(named: Path, selection: Selection) -> list[DocumentFile]:
    """The files that one path leads to."""
    try:
        path = Path(os.path.abspath(named.expanduser()))  # noqa: PTH100 - takes ".." away, follows no link
        str(path).encode()
        there, folder = path.exists(), path.is_dir()
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "reason", None) or str(error)
        _refuse(selection, named, f"no file can have such a name: {reason}")
        return []
    if folder:
        return _in_folder(named, path, selection)
    if not there:
        _refuse(selection, named, "there is no such file or folder", path)
    elif not is_document(path):
        _refuse(selection, named, _refusal(path))
    else:
        return [DocumentFile(path, path)]
    return []


def _in_folder(named: Path, folder: Path, selection: Selection) -> list[DocumentFile]:
    selection.folders.add(folder)
    found: list[DocumentFile] = []
    for file in documents_under(folder):
        if is_text(str(file)):
            found.append(DocumentFile(file, folder))
        else:
            _refuse(selection, file, "its name is not valid text; rename it")
    if not found:
        _refuse(selection, named, "the folder holds no documents that can be read")
    return found


def _refuse(selection: Selection, named: Path, reason: str, path: Path | None = None) -> None:
    selection.refused.append(Refused(_readable(named), "" if path is None else str(path), reason))


def _refusal(path: Path) -> str:
    """Why a file is not read, in the parser's words."""
    try:
        parse(path)
    except DocumentError as error:
        return str(error)
    return "it is not a document that can be read"


def is_text(name: str) -> bool:
    """Whether a name can be stored and shown."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _readable(path: Path) -> str:
    """A path as it can be shown and stored."""
    return str(path).encode("utf-8", "replace").decode()


def unreachable(path: str) -> str:
    """Why nobody can say whether a file is still there; empty where it is known."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        return error.strerror or str(error)
    return ""


def digest(path: Path, status: os.stat_result) -> str:
    """A hash of what is in a file; empty for one that the parser refuses by its kind or size alone.

    Raises:
        OSError: it cannot be read.
    """
    if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
        return ""  # a pipe is not waited for, a device not read to its end
    hashed = hashlib.sha256()
    with closing(path.open("rb")) as file:
        while piece := file.read(1 << 20):
            hashed.update(piece)
    return hashed.hexdigest()
