"""Documents and passages as rows of SQLite, and the words of the passages beside them.

The rows are what is true. Keys of passages are set aside before anything is written under them, and never
used again, so that a vector left by a killed run cannot come to stand for another passage.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock

from advisor.errors import KnowledgeError
from advisor.knowledge import Passage
from advisor.retrieval.lexical import MAX_QUERY_TOKENS, tokens

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DATABASE = "documents.sqlite3"

COMMON = 0.2
"""A word in a larger share of the passages than this tells nothing, and takes long to look up."""

MANY = 500
"""Passages from which common words are left out."""

MOST_RANKED = 5_000
"""Passages that are ranked by their words, about: each costs a microsecond, and a common word changes little."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    name TEXT PRIMARY KEY, path TEXT NOT NULL UNIQUE, root TEXT NOT NULL, size INTEGER NOT NULL,
    mtime INTEGER NOT NULL, content TEXT NOT NULL, made_by TEXT NOT NULL, title TEXT NOT NULL,
    added TEXT NOT NULL, passages INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS passages (
    key INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, id TEXT NOT NULL, language TEXT NOT NULL,
    heading TEXT NOT NULL, text TEXT NOT NULL, UNIQUE (name, id));
CREATE TABLE IF NOT EXISTS generations (number INTEGER PRIMARY KEY);
CREATE VIRTUAL TABLE IF NOT EXISTS searched USING fts5(words, tokenize='porter unicode61');
"""

_FIELDS = "name, path, root, size, mtime, content, made_by, title, added, passages"

_ADVICE = {
    "SQLITE_BUSY": "another program is writing there; try again in a moment",
    "SQLITE_FULL": "free some space on the disk and try again",
    "SQLITE_CORRUPT": "restore it from a backup, or move the folder away and add your documents again",
    "SQLITE_NOTADB": "restore it from a backup, or move the folder away and add your documents again",
}


@dataclass(frozen=True, slots=True)
class Stored:
    """A document's row."""

    name: str
    path: str
    root: str
    """The folder that was named when it was added, or its own path."""
    size: int
    mtime: int
    """Nanoseconds."""
    content: str
    """A hash of the file."""
    made_by: str
    """The format and the model that its passages and vectors were made with."""
    title: str
    added: str
    passages: int
    """How many."""


@dataclass(frozen=True, slots=True)
class State:
    """What tells one state of the passages from another, whichever process made it."""

    passages: int
    """How many."""
    last: int
    """The highest key among them."""
    generation: int
    """How often the vectors were begun anew."""


def fault(folder: Path, error: sqlite3.Error | OSError, what: str) -> KnowledgeError:
    """What a user is told where the database, or its folder, cannot be opened, read or written."""
    name = getattr(error, "sqlite_errorname", None) or ""
    advice = _ADVICE.get("_".join(name.split("_")[:2]), "check the disk, and that you may read and write there")
    return KnowledgeError(f"the documents in {str(folder / DATABASE)!r} cannot be {what}: {error}; {advice}")


class DocumentRows:
    """An open database; the caller sees to it that one thread at a time is here, and to errors of SQLite."""

    def __init__(self, folder: Path) -> None:
        """Open the database in ``folder``, or make it.

        Raises:
            KnowledgeError: it cannot be opened.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.database = sqlite3.connect(folder / DATABASE, check_same_thread=False, timeout=30)
            with FileLock(folder / ".opening"):
                # SQLite does not wait for others where the journal becomes a WAL, but it does here.
                self.database.execute("BEGIN IMMEDIATE")
                self.database.commit()
                self.database.execute("PRAGMA journal_mode=WAL")
                self.database.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise fault(folder, error, "opened") from error
        self._state = State(0, 0, 0)
        self._state_of: tuple[int, int] | None = None

    def state(self) -> State:
        """The state of the passages; counted only where this or another connection has written since."""
        (version,) = self.database.execute("PRAGMA data_version").fetchone()
        now = (version, self.database.total_changes)
        if now != self._state_of:
            row = self.database.execute(
                "SELECT (SELECT coalesce(sum(passages), 0) FROM documents),"
                " (SELECT coalesce(max(key), 0) FROM passages), (SELECT count(*) FROM generations)"
            ).fetchone()
            self._state, self._state_of = State(*row), now
        return self._state

    def documents(self) -> list[tuple[Stored, dict[str, int]]]:
        """The documents by name, each with how many of its passages are in which language."""
        counts: dict[str, dict[str, int]] = {}
        for name, language, count in self.database.execute(
            "SELECT name, language, count(*) FROM passages GROUP BY name, language ORDER BY language"
        ):
            counts.setdefault(name, {})[language] = count
        rows = self.database.execute(f"SELECT {_FIELDS} FROM documents ORDER BY name")  # noqa: S608 - our own names
        return [(stored, counts.get(stored.name, {})) for stored in (Stored(*row) for row in rows)]

    def called(self, name: str) -> Stored | None:
        """The document of that name."""
        return self._document("name = ?", name)

    def read_from(self, path: str) -> Stored | None:
        """The document that was read from that file."""
        return self._document("path = ?", path)

    def below(self, root: str) -> list[Stored]:
        """The documents of a folder that was added."""
        rows = self.database.execute(f"SELECT {_FIELDS} FROM documents WHERE root = ?", (root,))  # noqa: S608
        return [Stored(*row) for row in rows.fetchall()]

    def names(self) -> set[str]:
        """The names of all documents."""
        return {name for (name,) in self.database.execute("SELECT name FROM documents")}

    def _document(self, where: str, value: str) -> Stored | None:
        row = self.database.execute(f"SELECT {_FIELDS} FROM documents WHERE {where}", (value,)).fetchone()  # noqa: S608
        return None if row is None else Stored(*row)

    # --- passages -----------------------------------------------------------------------------

    def passage(self, key: tuple[str, str]) -> Passage | None:
        """The passage of that document and id."""
        row = self.database.execute(
            "SELECT name, id, language, heading, text FROM passages WHERE name = ? AND id = ?", key
        ).fetchone()
        return None if row is None else _passage(row)

    def passages_after(self, key: int, limit: int) -> list[tuple[int, Passage]]:
        """The next passages behind a key, by key."""
        rows = self.database.execute(
            "SELECT key, name, id, language, heading, text FROM passages WHERE key > ? ORDER BY key LIMIT ?",
            (key, limit),
        )
        return [(found, _passage(row)) for found, *row in rows.fetchall()]

    def keys(self, name: str | None = None) -> list[int]:
        """The keys of the passages of one document, or of all."""
        if name is None:
            return [key for (key,) in self.database.execute("SELECT key FROM passages")]
        return [key for (key,) in self.database.execute("SELECT key FROM passages WHERE name = ?", (name,))]

    def ids(self, keys: Sequence[int]) -> dict[int, tuple[str, str]]:
        """Key → document and id, for the keys that there are."""
        marks = ",".join("?" * len(keys))
        rows = self.database.execute(f"SELECT key, name, id FROM passages WHERE key IN ({marks})", keys)  # noqa: S608
        return {key: (name, passage_id) for key, name, passage_id in rows}

    # --- words --------------------------------------------------------------------------------

    def passages_with(self, word: str, most: int = -1) -> int:
        """How many passages have a word in any of its forms; counted no further than ``most``, if that is given."""
        rows = self.database.execute(
            "SELECT count(*) FROM (SELECT 1 FROM searched WHERE searched MATCH ? LIMIT ?)", (_quoted(word), most)
        )
        return int(rows.fetchone()[0])

    def by_words(self, query: str, limit: int) -> list[tuple[str, str]]:
        """The passages that share words with ``query``, best first; words that most passages have do not count."""
        words = self._telling(list(dict.fromkeys(tokens(query)))[:MAX_QUERY_TOKENS])
        if not words:
            return []
        rows = self.database.execute(
            "SELECT rowid FROM searched WHERE searched MATCH ? ORDER BY rank LIMIT ?",
            (" OR ".join(map(_quoted, words)), limit),
        ).fetchall()
        known = self.ids([key for (key,) in rows])
        return [known[key] for (key,) in rows if key in known]

    def _telling(self, words: list[str]) -> list[str]:
        """The words that tell passages apart: no common ones, and of the others the rarest, until many have them."""
        total = self.state().passages
        if total < MANY:
            return words
        most = min(int(COMMON * total), MOST_RANKED)
        counts = {word: self.passages_with(word, most + 1) for word in words}
        telling: list[str] = []
        left = MOST_RANKED
        for word in sorted((word for word in words if counts[word] <= most), key=counts.__getitem__):
            if counts[word] > left:
                break
            telling.append(word)
            left -= counts[word]
        return telling

    # --- writing ------------------------------------------------------------------------------

    def set_aside(self, count: int) -> list[int]:
        """New keys that no passage ever had or will have, whatever becomes of this process."""
        with self.database:
            self.database.execute("BEGIN IMMEDIATE")
            row = self.database.execute("SELECT seq FROM sqlite_sequence WHERE name = 'passages'").fetchone()
            if row is None:
                self.database.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('passages', 0)")
            first = (0 if row is None else int(row[0])) + 1
            self.database.execute("UPDATE sqlite_sequence SET seq = seq + ? WHERE name = 'passages'", (count,))
        return list(range(first, first + count))

    def replace(self, document: Stored, keys: Sequence[int], passages: Sequence[Passage]) -> None:
        """Put a document in place of what stood under its name, whole or not at all."""
        with self.database:
            self.database.execute("BEGIN IMMEDIATE")
            self._delete(document.name)
            self.database.executemany(
                "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (key, each.source, each.id, each.language, each.heading, each.text)
                    for key, each in zip(keys, passages, strict=True)
                ),
            )
            self.database.executemany(
                "INSERT INTO searched (rowid, words) VALUES (?, ?)",
                (
                    (key, " ".join(tokens(f"{each.heading}\n{each.text}")))
                    for key, each in zip(keys, passages, strict=True)
                ),
            )
            values = tuple(getattr(document, name) for name in _FIELDS.split(", "))
            self.database.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    def found_again(self, name: str, size: int, mtime: int, root: str) -> None:
        """Take note of how a file looks whose content is the same."""
        with self.database:
            self.database.execute(
                "UPDATE documents SET size = ?, mtime = ?, root = ? WHERE name = ?", (size, mtime, root, name)
            )

    def remove(self, name: str) -> bool:
        """Remove a document; whether there was one."""
        with self.database:
            self.database.execute("BEGIN IMMEDIATE")
            return self._delete(name)

    def new_generation(self) -> None:
        """Say that the vectors are begun anew: Chroma keeps what it knew of a path, so the next has another name."""
        with self.database:
            self.database.execute("INSERT INTO generations DEFAULT VALUES")

    def _delete(self, name: str) -> bool:
        keys = self.keys(name)
        self.database.executemany("DELETE FROM searched WHERE rowid = ?", ((key,) for key in keys))
        self.database.execute("DELETE FROM passages WHERE name = ?", (name,))
        return bool(self.database.execute("DELETE FROM documents WHERE name = ?", (name,)).rowcount)


def _passage(row: Sequence[str]) -> Passage:
    name, passage_id, language, heading, text = row
    return Passage(name, passage_id, language, heading, tuple(text.split("\n")))


def _quoted(word: str) -> str:
    return '"' + word.replace('"', "") + '"'
