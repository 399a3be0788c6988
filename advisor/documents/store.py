"""The documents that a user added: rows and words in SQLite, vectors in Chroma beside them.

SQLite holds what is true; a vector without its row is never shown. A document is stored in one
transaction after its vectors, so that a killed run leaves whole documents and nothing else, and the next
run goes on where it stopped. Keys of passages are never used for another passage.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from filelock import FileLock

from advisor.documents.chunking import passages_of
from advisor.documents.files import DocumentFile, Selection, digest, is_text, select, unreachable
from advisor.documents.parsing import DocumentError, parse
from advisor.documents.report import DocumentLine, Progress, Report
from advisor.documents.rows import DocumentRows, Stored, fault
from advisor.documents.vectors import BATCH, DAMAGED, DocumentVectors
from advisor.errors import KnowledgeError
from advisor.knowledge import ARTICLE, RULES
from advisor.retrieval.centering import Centres
from advisor.retrieval.index import Neighbour

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from advisor.documents.parsing import ParsedDocument
    from advisor.knowledge import Passage
    from advisor.language import Language
    from advisor.llm.embeddings import Embedder, Vector, Vectors

__all__ = ["DocumentLine", "DocumentStore", "Progress", "Report"]

FORMAT = 1
"""Changes when the same document is cut or stored in another form; older ones are read anew."""

MAX_EMBEDDED = 2_000
"""Characters of a passage that are embedded: more than the model reads, far less than a file without blanks."""

KEPT = "its earlier text is kept"
"""What is said of a document whose file can no longer be read."""

_RESERVED = (ARTICLE, RULES)


class DocumentStore:
    """The documents of one home. Calls may come from any thread; each raises `KnowledgeError` where files fail."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        """Open the store in ``folder``, or make it.

        Raises:
            KnowledgeError: it cannot be opened.
        """
        self._folder = folder
        self._embedder = embedder
        self._centres = Centres(embedder)
        self._lock = threading.RLock()
        self._rows = DocumentRows(folder)
        self._vectors = DocumentVectors(folder, embedder.name)
        self._made_by = f"{FORMAT} {embedder.name}"

    # --- reading ------------------------------------------------------------------------------

    def lines(self) -> tuple[DocumentLine, ...]:
        """The documents, by name."""
        with self._reading():
            documents = self._rows.documents()
        return tuple(DocumentLine(each.name, each.title, each.path, each.added, by) for each, by in documents)

    def __len__(self) -> int:
        """How many passages there are."""
        with self._reading():
            return self._rows.state().passages

    def passage(self, key: tuple[str, str]) -> Passage | None:
        """The passage of that document and id."""
        with self._reading():
            return self._rows.passage(key)

    def nearest(self, vector: Vector, limit: int, language: Language | None) -> list[Neighbour]:
        """The passages nearest in meaning to a query in ``language``, best first, whatever language they are in."""
        with self._reading():
            state = self._rows.state()
            if not state.passages:
                return []
            wanted = self._centres.query(vector, language)
            self._vectors.follow(state)
            near = self._vectors.nearest(wanted, min(limit, state.passages))
            known = self._rows.ids([key for key, _ in near])
        return [Neighbour(*known[key], similarity) for key, similarity in near if key in known]

    def passages_with(self, word: str) -> int:
        """How many passages have a word in any of its forms."""
        with self._reading():
            return self._rows.passages_with(word)

    def by_words(self, query: str, limit: int) -> list[tuple[str, str]]:
        """The passages that share words with ``query``, best first; words that most passages have do not count."""
        with self._reading():
            return self._rows.by_words(query, limit)

    def similarities(self, texts: Sequence[str], written: str, vector: Vector, asked: Language | None) -> list[float]:
        """Cosines of texts, ``written`` in one language, to a query ``asked`` in another, as `nearest` sees them."""
        vectors = self._centres.passages(self._embedder.passages(texts), [written] * len(texts))
        found: list[float] = (vectors @ self._centres.query(vector, asked)).tolist()
        return found

    # --- writing ------------------------------------------------------------------------------

    def add(self, paths: Iterable[Path], progress: Callable[[Progress], None] | None = None) -> Report:
        """Add files and folders; unchanged ones cost a look, changed ones replace, files gone from a folder go.

        Raises:
            KnowledgeError: the store cannot be written; what was added before stays.
        """
        report = Report()
        with self._alone():
            selection = select(paths)
            files = selection.files
            with self._writing():
                self._tell_refused(selection, report)
                self._sweep()
                self._drop_gone(selection, report)
            for done, file in enumerate(files):
                if progress is not None:
                    progress(Progress(file.path.name, done, len(files), report.passages))
                self._add_file(file, report)
            if progress is not None:
                progress(Progress("", len(files), len(files), report.passages))
        return report

    def add_document(self, name: str, document: ParsedDocument) -> int:
        """Add a document that was read elsewhere under its name; return how many passages it has."""
        content = hashlib.sha256(repr(document).encode()).hexdigest()
        with self._alone():
            with self._reading():
                stored = self._rows.called(name)
            if stored is not None and (stored.content, stored.made_by) == (content, self._made_by):
                return stored.passages
            row = Stored(name, f"given/{name}", "", 0, 0, content, self._made_by, document.title, _now(), 0)
            return self._store(row, passages_of(name, document))

    def remove(self, name: str) -> bool:
        """Remove a document; whether there was one."""
        if not is_text(name):
            return False
        with self._alone(), self._writing():
            return self._remove(name)

    def rebuild(self, progress: Callable[[int], None] | None = None) -> None:
        """Work all vectors out anew from the stored texts."""
        with self._alone(), self._writing():
            self._vectors.follow(self._rows.state())
            self._vectors.forget()
            self._rows.new_generation()
            self._vectors.follow(self._rows.state())
            last = 0
            while batch := self._rows.passages_after(last, BATCH):
                keys = [key for key, _ in batch]
                self._vectors.put(keys, self._embedded([passage for _, passage in batch]))
                last = keys[-1]
                if progress is not None:
                    progress(len(batch))

    def close(self) -> None:
        """Close the files."""
        with self._lock:
            self._rows.database.close()
            self._vectors.close()

    # --- errors and turns ---------------------------------------------------------------------

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """The one process, and the one thread, that writes."""
        lock = FileLock(self._folder / ".lock")
        try:
            lock.acquire()
        except OSError as error:
            raise fault(self._folder, error, "written") from error
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _reading(self, what: str = "read") -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.ProgrammingError:
                raise
            except (sqlite3.Error, OSError) as error:
                raise fault(self._folder, error, what) from error

    def _writing(self) -> AbstractContextManager[None]:
        return self._reading("written")

    # --- one document -------------------------------------------------------------------------

    def _add_file(self, file: DocumentFile, report: Report) -> None:
        with self._reading():
            stored = self._rows.read_from(str(file.path))
        try:
            row, passages = self._read(file, stored)
        except DocumentError as error:
            _fail(report, file.shown, str(error), kept=stored is not None)
            return
        except OSError as error:
            _fail(report, file.shown, f"it cannot be read: {error.strerror or error}", kept=stored is not None)
            return
        if passages is not None:
            report.passages += self._store(row, passages)
            (report.added if stored is None else report.changed).append(row.name)
            return
        report.unchanged.append(row.name)
        if row != stored:
            with self._writing():
                self._rows.found_again(row.name, row.size, row.mtime, row.root)

    def _read(self, file: DocumentFile, stored: Stored | None) -> tuple[Stored, list[Passage] | None]:
        """A file's row as it should be, and its passages; ``None`` where those that are stored are right.

        Raises:
            DocumentError: it cannot be read, or has no text.
            OSError: it cannot be read.
        """
        status = file.path.stat()
        size, mtime = status.st_size, status.st_mtime_ns
        current = stored if stored is not None and stored.made_by == self._made_by else None
        if current is not None and (current.size, current.mtime) == (size, mtime):
            return current, None
        root = str(file.root) if stored is None or file.root != file.path else stored.root
        content = digest(file.path, status)
        if current is not None and current.content == content:
            return replace(current, size=size, mtime=mtime, root=root), None
        document = parse(file.path)
        with self._reading():
            name = self._free_name(file.shown) if stored is None else stored.name
        row = Stored(name, str(file.path), root, size, mtime, content, self._made_by, document.title, _now(), 0)
        return row, passages_of(name, document)

    def _store(self, row: Stored, passages: list[Passage]) -> int:
        """Store a document in place of what stood under its name: vectors first, then all rows at once."""
        vectors = self._embedded(passages)  # takes long, and keeps nobody from searching
        with self._writing():
            old = self._rows.keys(row.name)
            keys = self._rows.set_aside(len(passages))
            self._vectors.follow(self._rows.state())
            self._vectors.put(keys, vectors)
            self._rows.replace(replace(row, passages=len(keys)), keys, passages)
            self._vectors.written(self._rows.state())
            self._vectors.delete(old)
        return len(keys)

    def _embedded(self, passages: Sequence[Passage]) -> Vectors:
        vectors = self._embedder.passages([f"{each.heading}\n{each.text}"[:MAX_EMBEDDED] for each in passages])
        return self._centres.passages(vectors, [each.language for each in passages])

    def _remove(self, name: str) -> bool:
        keys = self._rows.keys(name)
        self._vectors.follow(self._rows.state())
        gone = self._rows.remove(name)
        self._vectors.written(self._rows.state())
        try:
            self._vectors.delete(keys)
        except KnowledgeError as error:
            message = f"{name!r} is removed, but {DAMAGED}"
            raise KnowledgeError(message) from error
        return gone

    def _free_name(self, wanted: str) -> str:
        """``wanted``, with a number behind it if another document has that name."""
        taken = self._rows.names() | set(_RESERVED)
        name, number = wanted, 2
        while name in taken:
            name, number = f"{wanted} ({number})", number + 1
        return name

    # --- all of them --------------------------------------------------------------------------

    def _tell_refused(self, selection: Selection, report: Report) -> None:
        for each in selection.refused:
            kept = bool(each.path) and (
                self._rows.read_from(each.path) is not None or bool(self._rows.below(each.path))
            )
            _fail(report, each.shown, each.reason, kept=kept)

    def _drop_gone(self, selection: Selection, report: Report) -> None:
        """Documents of a folder that is added again, whose files are no longer in it."""
        present = {str(file.path) for file in selection.files}
        for root in sorted(selection.folders):
            for stored in self._rows.below(str(root)):
                if stored.path in present:
                    continue
                if reason := unreachable(stored.path):
                    _fail(report, stored.name, f"it cannot be read: {reason}", kept=True)
                else:
                    self._remove(stored.name)
                    report.removed.append(stored.name)

    def _sweep(self) -> None:
        """Take away vectors that a killed run left without their rows."""
        self._vectors.follow(self._rows.state())
        if self._vectors.count() > self._rows.state().passages:
            self._vectors.delete(sorted(self._vectors.keys() - set(self._rows.keys())))


def _fail(report: Report, shown: str, reason: str, *, kept: bool) -> None:
    report.failed.append((shown, f"{reason}; {KEPT}" if kept else reason))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
