"""The documents that a user added: texts and words in SQLite, vectors in Chroma beside them.

SQLite holds what is true; a vector without its row is never shown. A document is stored in one
transaction after its vectors, so that a killed run leaves whole documents and nothing else, and the next
run goes on where it stopped. Keys of passages are never used for another passage.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from advisor.documents.chunking import chunks
from advisor.documents.parsing import DocumentError, documents_under, is_document, parse
from advisor.errors import KnowledgeError
from advisor.knowledge import ARTICLE, RULES, Passage
from advisor.retrieval import index
from advisor.retrieval.centering import Centres
from advisor.retrieval.index import Neighbour
from advisor.retrieval.lexical import MAX_QUERY_TOKENS, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

    from advisor.documents.chunking import Chunk
    from advisor.documents.parsing import ParsedDocument
    from advisor.language import Language
    from advisor.llm.embeddings import Embedder, Vector

FORMAT = 1
"""Changes when the same document is cut or stored in another form; older ones are read anew."""

MAX_NAME = 120
"""Characters of a document's name."""

COMMON = 0.2
"""A word in a larger share of the passages than this tells nothing, and takes long to look up."""

MANY = 500
"""Passages from which common words are left out."""

MAX_EMBEDDED = 2_000
"""Characters of a passage that are embedded: more than the model reads, far less than a file without blanks."""

_BATCH = 256
_HNSW: Any = {"space": "cosine", "ef_construction": 100, "ef_search": 200, "max_neighbors": 16, "sync_threshold": 2_000}
_DAMAGED = "the vectors of the added documents are missing or damaged; mend them with: advisor knowledge rebuild"
_RESERVED = (ARTICLE, RULES)
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:\t\n\r<>|`*", "_"))

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


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    root: Path
    """The folder that was named, or the file itself."""


class DocumentStore:
    """The documents of one home. Calls may come from any thread."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        """Open the store in ``folder``, or make it.

        Raises:
            KnowledgeError: it cannot be opened.
        """
        self._folder = folder
        self._embedder = embedder
        self._centres = Centres(embedder)
        self._lock = threading.RLock()
        self._client: ClientAPI | None = None
        self._opened: Collection | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(folder / "documents.sqlite3", check_same_thread=False, timeout=30)
            with FileLock(folder / ".opening"):
                # SQLite does not wait for others where the journal becomes a WAL, but it does here.
                self._database.execute("BEGIN IMMEDIATE")
                self._database.commit()
                self._database.execute("PRAGMA journal_mode=WAL")
                self._database.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            message = f"the documents in {str(folder)!r} cannot be opened: {error}"
            raise KnowledgeError(message) from error

    @property
    def _made_by(self) -> str:
        return f"{FORMAT} {self._embedder.name}"

    # --- reading ------------------------------------------------------------------------------

    def lines(self) -> tuple[DocumentLine, ...]:
        """The documents, by name."""
        with self._lock:
            counts: dict[str, dict[str, int]] = {}
            for name, language, count in self._database.execute(
                "SELECT name, language, count(*) FROM passages GROUP BY name, language ORDER BY language"
            ):
                counts.setdefault(name, {})[language] = count
            rows = self._database.execute("SELECT name, title, path, added FROM documents ORDER BY name").fetchall()
        return tuple(DocumentLine(name, title, path, added, counts.get(name, {})) for name, title, path, added in rows)

    def __len__(self) -> int:
        """How many passages there are."""
        with self._lock:
            return int(self._database.execute("SELECT count(*) FROM passages").fetchone()[0])

    def passage(self, key: tuple[str, str]) -> Passage | None:
        """The passage of that document and id."""
        with self._lock:
            row = self._database.execute(
                "SELECT name, id, language, heading, text FROM passages WHERE name = ? AND id = ?", key
            ).fetchone()
        return None if row is None else _passage(row)

    def nearest(self, vector: Vector, limit: int, language: Language | None) -> list[Neighbour]:
        """The passages nearest in meaning to a query in ``language``, best first, whatever language they are in.

        Raises:
            KnowledgeError: the vectors cannot be read.
        """
        if not len(self):
            return []
        wanted = self._centres.query(vector, language)
        with self._lock:
            try:
                found = self._collection.query(
                    query_embeddings=[wanted.tolist()], n_results=min(limit, len(self)), include=["distances"]
                )
            except Exception as error:  # Chroma has errors of its own for damaged files
                raise KnowledgeError(_DAMAGED) from error
            if not found["ids"][0]:
                raise KnowledgeError(_DAMAGED)
            distances = (found["distances"] or [[]])[0]
            keys = [int(key) for key in found["ids"][0]]
            known = self._names(keys)
        return [
            Neighbour(*known[key], 1.0 - distance)
            for key, distance in zip(keys, distances, strict=True)
            if key in known
        ]

    def passages_with(self, word: str) -> int:
        """How many passages have a word in any of its forms."""
        quoted = '"' + word.replace('"', "") + '"'
        with self._lock:
            return int(
                self._database.execute("SELECT count(*) FROM searched WHERE searched MATCH ?", (quoted,)).fetchone()[0]
            )

    def by_words(self, query: str, limit: int) -> list[tuple[str, str]]:
        """The passages that share words with ``query``, best first; words that most passages have do not count."""
        words = list(dict.fromkeys(tokens(query)))[:MAX_QUERY_TOKENS]
        with self._lock:
            words = self._telling(words)
            if not words:
                return []
            expression = " OR ".join('"' + word.replace('"', "") + '"' for word in words)
            rows = self._database.execute(
                "SELECT rowid FROM searched WHERE searched MATCH ? ORDER BY rank LIMIT ?", (expression, limit)
            ).fetchall()
            known = self._names([key for (key,) in rows])
        return [known[key] for (key,) in rows if key in known]

    def _telling(self, words: list[str]) -> list[str]:
        total = len(self)
        if total < MANY:
            return words
        return [word for word in words if self.passages_with(word) <= COMMON * total]

    def _names(self, keys: Sequence[int]) -> dict[int, tuple[str, str]]:
        marks = ",".join("?" * len(keys))
        rows = self._database.execute(f"SELECT key, name, id FROM passages WHERE key IN ({marks})", keys)  # noqa: S608
        return {key: (name, passage_id) for key, name, passage_id in rows}

    # --- writing ------------------------------------------------------------------------------

    def add(self, paths: Iterable[Path], progress: Callable[[Progress], None] | None = None) -> Report:
        """Add files and folders; unchanged ones cost a look, changed ones replace, files gone from a folder go.

        Raises:
            KnowledgeError: the store cannot be written; what was added before stays.
        """
        report = Report()
        try:
            with FileLock(self._folder / ".lock"):
                roots: set[Path] = set()
                files = list(_files(paths, report, roots))
                self._sweep()
                self._drop_gone(files, roots, report)
                for done, file in enumerate(files):
                    if progress is not None:
                        progress(Progress(file.path.name, done, len(files), report.passages))
                    self._add_file(file, report)
                if progress is not None:
                    progress(Progress("", len(files), len(files), report.passages))
        except (sqlite3.Error, OSError) as error:
            message = f"the documents in {str(self._folder)!r} cannot be written: {error}"
            raise KnowledgeError(message) from error
        return report

    def add_document(self, name: str, document: ParsedDocument) -> int:
        """Add a document that was read elsewhere under its name; return how many passages it has."""
        content = hashlib.sha256(repr(document).encode()).hexdigest()
        with self._lock:
            row = self._database.execute(
                "SELECT passages FROM documents WHERE name = ? AND content = ? AND made_by = ?",
                (name, content, self._made_by),
            ).fetchone()
            if row is not None:
                return int(row[0])
            return self._store(name, (f"given/{name}", "", 0, 0, content), document)

    def remove(self, name: str) -> bool:
        """Remove a document; whether there was one."""
        with FileLock(self._folder / ".lock"):
            return self._remove(name)

    def rebuild(self, progress: Callable[[int], None] | None = None) -> None:
        """Work all vectors out anew from the stored texts."""
        with FileLock(self._folder / ".lock"), self._lock:
            self._forget_vectors()
            rows = self._database.execute(
                "SELECT key, name, id, language, heading, text FROM passages ORDER BY key"
            ).fetchall()
            for start in range(0, len(rows), _BATCH):
                batch = rows[start : start + _BATCH]
                self._put([key for key, *_ in batch], [_passage(row) for _, *row in batch])
                if progress is not None:
                    progress(len(batch))

    def close(self) -> None:
        """Close the files."""
        with self._lock:
            self._database.close()
            self._close_vectors()

    def _close_vectors(self) -> None:
        close = getattr(self._client, "close", None)
        if close is not None:
            close()
        self._client = self._opened = None

    def _forget_vectors(self) -> None:
        """Set aside the folder of the vectors, whatever state it is in, and begin another."""
        self._close_vectors()
        shutil.rmtree(self._vectors_folder, ignore_errors=True)
        with self._database:  # Chroma keeps what it knew of a path, so the next one has another name
            self._database.execute("INSERT INTO generations DEFAULT VALUES")

    @property
    def _vectors_folder(self) -> Path:
        (generation,) = self._database.execute("SELECT count(*) FROM generations").fetchone()
        return self._folder / (f"chroma-{generation}" if generation else "chroma")

    def _drop_gone(self, files: list[_File], roots: set[Path], report: Report) -> None:
        """Documents of a folder that is added again, whose files are no longer in it."""
        present = {str(file.path) for file in files}
        for root in map(str, roots):
            stored = self._database.execute("SELECT name, path FROM documents WHERE root = ?", (root,)).fetchall()
            for name, path in stored:
                if path not in present:
                    self._remove(name)
                    report.removed.append(name)

    def _remove(self, name: str) -> bool:
        with self._lock:
            keys = self._keys(name)
            with self._database:
                self._delete_rows(name, keys)
                gone = self._database.execute("DELETE FROM documents WHERE name = ?", (name,)).rowcount
            self._delete_vectors(keys)
        return bool(gone)

    def _add_file(self, file: _File, report: Report) -> None:
        shown = _shown(file)
        try:
            status = file.path.stat()
            stored = self._database.execute(
                "SELECT name, size, mtime, content, made_by, root FROM documents WHERE path = ?", (str(file.path),)
            ).fetchone()
            root = stored[5] if stored is not None and file.root == file.path else str(file.root)
            current = stored is not None and stored[4] == self._made_by
            if current and stored[1:3] == (status.st_size, status.st_mtime_ns):
                report.unchanged.append(stored[0])
                return
            content = _digest(file.path)
            where = (str(file.path), root, status.st_size, status.st_mtime_ns, content)
            if current and stored[3] == content:
                with self._lock, self._database:
                    self._database.execute(
                        "UPDATE documents SET mtime = ?, size = ?, root = ? WHERE name = ?",
                        (status.st_mtime_ns, status.st_size, root, stored[0]),
                    )
                report.unchanged.append(stored[0])
                return
            name = stored[0] if stored is not None else self._free_name(shown)
            report.passages += self._store(name, where, parse(file.path))
            (report.changed if stored is not None else report.added).append(name)
        except DocumentError as error:
            report.failed.append((shown, str(error)))
        except OSError as error:
            report.failed.append((shown, f"it cannot be read: {error.strerror or error}"))

    def _store(self, name: str, where: tuple[str, str, int, int, str], document: ParsedDocument) -> int:
        """Store a document in place of what stood under its name: vectors first, then all rows at once."""
        passages = [
            _as_passage(name, number, chunk, document.title) for number, chunk in enumerate(chunks(document), start=1)
        ]
        if not passages:
            message = f"{name!r} has no text in it"
            raise DocumentError(message)
        with self._lock:
            old = self._keys(name)
            with self._database:
                self._database.execute("BEGIN IMMEDIATE")
                self._delete_rows(name, old)
                keys = [self._insert(passage) for passage in passages]
                for start in range(0, len(keys), _BATCH):
                    batch = passages[start : start + _BATCH]
                    self._put(keys[start : start + _BATCH], batch)
                path, root, size, mtime, content = where
                added = datetime.now(UTC).isoformat(timespec="seconds")
                self._database.execute(
                    "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (name, path, root, size, mtime, content, self._made_by, document.title, added, len(keys)),
                )
            self._delete_vectors(old)
        return len(keys)

    def _insert(self, passage: Passage) -> int:
        cursor = self._database.execute(
            "INSERT INTO passages (name, id, language, heading, text) VALUES (?, ?, ?, ?, ?)",
            (passage.source, passage.id, passage.language, passage.heading, passage.text),
        )
        key = cursor.lastrowid
        assert key is not None  # an INSERT gives one
        searched = " ".join(tokens(f"{passage.heading}\n{passage.text}"))
        self._database.execute("INSERT INTO searched (rowid, words) VALUES (?, ?)", (key, searched))
        return key

    def _keys(self, name: str) -> list[int]:
        with self._lock:
            return [key for (key,) in self._database.execute("SELECT key FROM passages WHERE name = ?", (name,))]

    def _delete_rows(self, name: str, keys: list[int]) -> None:
        self._database.executemany("DELETE FROM searched WHERE rowid = ?", ((key,) for key in keys))
        self._database.execute("DELETE FROM passages WHERE name = ?", (name,))

    # --- vectors ------------------------------------------------------------------------------

    def _put(self, keys: list[int], passages: list[Passage]) -> None:
        vectors = self._embedder.passages([f"{each.heading}\n{each.text}"[:MAX_EMBEDDED] for each in passages])
        vectors = self._centres.passages(vectors, [each.language for each in passages])
        self._collection.upsert(ids=[str(key) for key in keys], embeddings=[vector.tolist() for vector in vectors])

    def _sweep(self) -> None:
        """Take away vectors that a killed run left without their rows."""
        with self._lock:
            if self._collection.count() <= len(self):
                return
            known = {key for (key,) in self._database.execute("SELECT key FROM passages")}
            stored = self._collection.get(include=[])["ids"]
            self._delete_vectors([int(key) for key in stored if int(key) not in known])

    def _delete_vectors(self, keys: list[int]) -> None:
        for start in range(0, len(keys), _BATCH):
            self._collection.delete(ids=[str(key) for key in keys[start : start + _BATCH]])

    def _chroma(self) -> ClientAPI:
        if self._client is None:
            self._client = index.embedded_client(self._vectors_folder)
        return self._client

    @property
    def _collection_name(self) -> str:
        return f"documents-{hashlib.sha256(self._embedder.name.encode()).hexdigest()[:12]}"

    @property
    def _collection(self) -> Collection:
        if self._opened is None:
            self._opened = self._chroma().get_or_create_collection(
                self._collection_name, embedding_function=None, configuration={"hnsw": _HNSW}
            )
        return self._opened

    # --- names --------------------------------------------------------------------------------

    def _free_name(self, wanted: str) -> str:
        """``wanted``, with a number behind it if another document has that name."""
        taken = {name for (name,) in self._database.execute("SELECT name FROM documents")} | set(_RESERVED)
        name, number = wanted, 2
        while name in taken:
            name, number = f"{wanted} ({number})", number + 1
        return name


def _passage(row: Sequence[str]) -> Passage:
    name, passage_id, language, heading, text = row
    return Passage(name, passage_id, language, heading, tuple(text.split("\n")))


def _as_passage(name: str, number: int, chunk: Chunk, title: str) -> Passage:
    """A chunk as a passage; its id tells where to look."""
    heading = " › ".join(chunk.headings) or title
    where = f" ({chunk.place})" if chunk.place else ""
    passage_id = f"{number}{where}".translate(_FORBIDDEN)
    return Passage(name, passage_id, chunk.language, heading, chunk.lines)


def _is_text(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _readable(path: Path) -> str:
    """A path as it can be shown and stored."""
    return str(path).encode("utf-8", "replace").decode()


def _files(paths: Iterable[Path], report: Report, roots: set[Path]) -> Iterator[_File]:
    """The files to read, each once, and in ``roots`` the folders named; what is no document is reported."""
    seen: set[Path] = set()
    for named in paths:
        try:
            path = Path(os.path.abspath(named.expanduser()))  # noqa: PTH100 - takes ".." away, follows no link
            str(path).encode()
            there = path.exists()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or getattr(error, "reason", None) or str(error)
            report.failed.append((_readable(named), f"no file can have such a name: {reason}"))
            continue
        if path.is_dir():
            found: list[_File] = []
            for file in documents_under(path):
                if _is_text(file):
                    found.append(_File(file, path))
                else:
                    report.failed.append((_readable(file), "its name is not valid text; rename it"))
            roots.add(path)
            if not found:
                report.failed.append((str(named), "the folder holds no documents that can be read"))
        elif not there:
            report.failed.append((str(named), "there is no such file or folder"))
            continue
        elif not is_document(path):
            report.failed.append((str(named), _refusal(path)))
            continue
        else:
            found = [_File(path, path)]
        for each in found:
            if each.path not in seen:
                seen.add(each.path)
                yield each


def _refusal(path: Path) -> str:
    """Why a file is not read, in the parser's words."""
    try:
        parse(path)
    except DocumentError as error:
        return str(error)
    return "it is not a document that can be read"


def _shown(file: _File) -> str:
    """A document's name: its path below the folder that was named."""
    name = file.path.name if file.root == file.path else file.path.relative_to(file.root).as_posix()
    printable = "".join(character for character in name if character.isprintable())
    return printable.translate(_FORBIDDEN)[-MAX_NAME:].strip() or "document"


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with closing(path.open("rb")) as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
