"""What the store of documents tells: its documents, what became of files, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document as it is listed."""

    name: str
    title: str
    path: str
    added: str
    passages: dict[str, int]
    """Language → how many passages are in it."""


@dataclass(slots=True)
class Report:
    """What became of the files that were to be added."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    """Documents whose files are gone from a folder that was added again."""
    failed: list[tuple[str, str]] = field(default_factory=list)
    """File and reason."""
    passages: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far adding has come."""

    file: str
    done: int
    files: int
    passages: int
