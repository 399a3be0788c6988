"""Documents that are read for a run of the evals alone; nothing of them reaches the user's own store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.documents.parsing import documents_under, parse
from advisor.errors import KnowledgeError

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.documents.parsing import ParsedDocument

    Named = tuple[str, ParsedDocument]
    """A document and its name."""


def read_documents(path: Path) -> tuple[Named, ...]:
    """A document, or every document in a folder.

    Raises:
        KnowledgeError: there is none, or one cannot be read.
    """
    if not path.is_dir():
        return ((path.name, parse(path)),)
    found = tuple((file.relative_to(path).as_posix(), parse(file)) for file in documents_under(path))
    if not found:
        message = f"{str(path)!r} holds no documents that can be read"
        raise KnowledgeError(message)
    return found
