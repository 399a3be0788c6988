"""What is built from the content: the vector index, the word index, and the trained reader.

All of it lies in one folder named for a fingerprint of content, model and format. It is built beside
its final place under a lock and renamed when whole, so a killed build leaves nothing that could be
taken for a finished one, and two processes that start at once build it once.
"""

from __future__ import annotations

import hashlib
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from advisor.content import content_path
from advisor.errors import AdvisorError, KnowledgeError
from advisor.llm.embeddings import BUNDLED, shipped_vectors
from advisor.retrieval import index
from advisor.retrieval.lexical import LexicalIndex
from advisor.understanding.features import FEATURES_VERSION
from advisor.understanding.reader import READER_FILE, Reader, shipped_reader, train, training_fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from chromadb.api import ClientAPI

    from advisor.llm.embeddings import Embedder, Vector
    from advisor.retrieval.index import Neighbour, VectorIndex
    from advisor.rules.book import RuleBook
    from advisor.settings import Settings

FORMAT = 3
"""Changes when the same content is stored in another form."""

SUMS_FILE = "sums.txt"
"""What Chroma's vector files must hash to: damaged ones crash it, or quietly find something else."""

LOCK_TIMEOUT_S = 300
"""How long to wait for another process that is building."""

T = TypeVar("T")

_SOURCES = ("article", "exemplars", "questions", "rules.yaml")


def fingerprint(own_rules: str = "") -> str:
    """A hash of everything that the derived files depend on; ``own_rules`` is that of rules brought along."""
    digest = hashlib.sha256(f"{FORMAT} {FEATURES_VERSION} {BUNDLED}{own_rules}".encode())
    for name in _SOURCES:
        path = content_path("knowledge", name)
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            digest.update(file.name.encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


@dataclass
class Derived:
    """Opens what is derived, and builds it first where it is missing, stale or damaged."""

    settings: Settings
    book: RuleBook
    embedder: Embedder
    progress: Callable[[int, int], None] | None = None
    """Hears (done, total) while something is built."""
    own_rules: str = ""
    """The fingerprint of rules that the user brought; empty for the shipped ones."""
    _client: ClientAPI | None = field(default=None, init=False, repr=False)
    """The embedded Chroma, while it is open."""

    @cached_property
    def _fingerprint(self) -> str:
        return fingerprint(self.own_rules)

    @property
    def folder(self) -> Path:
        """Where the derived files of this content lie."""
        return self.settings.index_path / self._fingerprint

    @cached_property
    def reader(self) -> Reader:
        """The trained reader.

        Raises:
            KnowledgeError: it could not be built.
        """
        return self._open(lambda: Reader.load(self.folder / READER_FILE))

    @cached_property
    def lexical(self) -> LexicalIndex:
        """The word index.

        Raises:
            KnowledgeError: it could not be built.
        """
        return self._open(lambda: LexicalIndex(self.folder / "words.sqlite3"))

    @cached_property
    def vectors(self) -> VectorIndex:
        """The Chroma collection.

        Raises:
            KnowledgeError: it could not be built or no server answers.
        """
        if self.settings.chroma_url is None:
            return self._open(self._open_embedded)
        client = index.server_client(self.settings.chroma_url)
        opened = index.open_collection(client, self._fingerprint)
        if opened is None:
            with self._lock():
                opened = index.open_collection(client, self._fingerprint)
                opened = opened or self._build_collection(client)
        return opened

    def nearest(self, vector: Vector, limit: int) -> list[Neighbour]:
        """The views nearest to ``vector``; a collection damaged while open is built anew once.

        Raises:
            KnowledgeError: it could not be built.
        """
        try:
            return self.vectors.nearest(vector, limit)
        except AdvisorError:
            raise
        except Exception as error:
            if self.settings.chroma_url is not None:
                self.__dict__.pop("vectors", None)
                message = "the Chroma server no longer answers; start it again, or unset ADVISOR_CHROMA_URL"
                raise KnowledgeError(message) from error
            self.rebuild()
            return self.vectors.nearest(vector, limit)

    def _open_embedded(self) -> VectorIndex:
        folder = self.folder / "chroma"
        if not folder.is_dir():
            message = f"{folder} is missing"
            raise KnowledgeError(message)
        if _sums(folder) != (self.folder / SUMS_FILE).read_text(encoding="utf-8"):
            message = f"{folder} is not as it was built"
            raise KnowledgeError(message)
        self._let_go()
        self._client = index.embedded_client(folder)
        opened = index.open_collection(self._client, self._fingerprint)
        if opened is None:
            message = f"{folder} holds no complete collection"
            raise KnowledgeError(message)
        return opened

    def close(self) -> None:
        """Let go of the vector index; what is asked next opens it again."""
        self._let_go()
        self.__dict__.pop("vectors", None)

    def _let_go(self) -> None:
        """Close the embedded Chroma: it would go on with files that were replaced under it."""
        if self._client is not None:
            _close(self._client)
            self._client = None

    def _open(self, opener: Callable[[], T]) -> T:
        """Open a derived file; where that fails, build everything anew and open it again."""
        if self.folder.is_dir():
            try:
                return opener()
            except Exception:  # noqa: BLE001, S110 - damaged in whatever way: built anew below
                pass
        with self._lock():
            if self.folder.is_dir():
                try:  # another process may have built it while this one waited
                    return opener()
                except Exception:  # noqa: BLE001 - as above
                    shutil.rmtree(self.folder, ignore_errors=True)
            self._build()
            return opener()

    @contextmanager
    def _lock(self) -> Iterator[None]:
        from filelock import FileLock, Timeout

        root = self.settings.index_path
        try:
            root.mkdir(parents=True, exist_ok=True)
            with FileLock(root / ".lock", timeout=LOCK_TIMEOUT_S):
                yield
        except Timeout as error:
            message = f"another process has been building the index in {str(root)!r} for {LOCK_TIMEOUT_S} s; try later"
            raise KnowledgeError(message) from error
        except OSError as error:
            message = (
                f"the index cannot be built in {str(root)!r}: {error.strerror or error}; free some space, "
                "or set ADVISOR_HOME to a folder that you may write to"
            )
            raise KnowledgeError(message) from error

    def _build(self) -> None:
        self._let_go()
        root = self.settings.index_path
        for stale in root.glob("*.building"):
            shutil.rmtree(stale, ignore_errors=True)
        building = root / f"{self._fingerprint}.building"
        building.mkdir()
        try:
            self._build_in(building)
        except (AdvisorError, OSError):
            raise
        except Exception as error:  # a full disk shows as an error of SQLite's or of Chroma's own
            message = (
                f"the index cannot be built in {str(root)!r}: {error}; free some space, "
                "or set ADVISOR_HOME to a folder that you may write to"
            )
            raise KnowledgeError(message) from error
        if self.settings.chroma_url is None:
            (building / SUMS_FILE).write_text(_sums(building / "chroma"), encoding="utf-8")
        building.replace(self.folder)
        shipped_vectors.cache_clear()  # they serve building only
        for other in root.iterdir():
            if other.is_dir() and other != self.folder:
                shutil.rmtree(other, ignore_errors=True)

    def _build_in(self, folder: Path) -> None:
        count = self._counter()
        views = index.views(self.book)
        LexicalIndex.build(folder / "words.sqlite3", ((f"{view.source}\t{view.id}", view.text) for view in views))
        self._reader(count).save(folder / READER_FILE, training_fingerprint())
        if self.settings.chroma_url is None:
            client = index.embedded_client(folder / "chroma")
            index.build_collection(client, self._fingerprint, index.embed_views(views, self.embedder, count), count)
            _close(client)

    def _reader(self, count: Callable[[int], None]) -> Reader:
        """What was learnt from these exemplars: as shipped, or learnt now."""
        shipped = shipped_reader()
        if shipped is None:
            return train(self.embedder, count)
        return shipped

    def _build_collection(self, client: ClientAPI) -> VectorIndex:
        count = self._counter()
        views = index.embed_views(index.views(self.book), self.embedder, count)
        return index.build_collection(client, self._fingerprint, views, count)

    def _counter(self) -> Callable[[int], None]:
        from advisor.understanding.reader import training_texts

        views = len(index.views(self.book))
        total = 2 * views + (0 if shipped_reader() else len(training_texts()))
        done = 0

        def count(more: int) -> None:
            nonlocal done
            done += more
            if self.progress is not None:
                self.progress(min(done, total), total)

        return count

    def rebuild(self) -> None:
        """Throw away what is derived and build it anew.

        Raises:
            KnowledgeError: it could not be built.
        """
        self._let_go()
        for name in ("reader", "lexical", "vectors"):
            self.__dict__.pop(name, None)
        with self._lock():
            shutil.rmtree(self.folder, ignore_errors=True)
            self._build()
            if self.settings.chroma_url is not None:
                self._build_collection(index.server_client(self.settings.chroma_url))


def _sums(folder: Path) -> str:
    """Hashes of the vector files under ``folder``; its SQLite file changes with use and checks itself."""
    files = sorted(file for file in folder.glob("*/*") if file.is_file())
    lines = (f"{file.relative_to(folder)} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files)
    return "\n".join(lines)


def _close(client: ClientAPI) -> None:
    """Let go of the folder, so that it can be renamed and opened again under its new name."""
    close = getattr(client, "close", None)
    if close is not None:
        close()
