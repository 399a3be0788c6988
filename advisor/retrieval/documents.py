"""Documents that a user brings: read into passages, indexed beside the article, never part of the rules.

The index of a set of documents is derived from them alone and lies in a folder named for their
fingerprint; it is built beside its place and renamed when whole.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.errors import KnowledgeError
from advisor.knowledge import Passage
from advisor.language import detect
from advisor.retrieval import index
from advisor.retrieval.index import View
from advisor.retrieval.lexical import LexicalIndex

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from advisor.llm.embeddings import Embedder, Vector
    from advisor.retrieval.index import Neighbour, VectorIndex

SUFFIXES = (".md", ".markdown", ".txt")
"""Files that are read as documents."""

MAX_PASSAGE = 1_200
"""Characters of a passage; a longer paragraph is split between sentences."""

FORMAT = 1

_HEADING = re.compile(r"^#{1,6}\s+(.*)")
_SENTENCE = re.compile(r".+?(?:[.!?](?=\s|$)|[。！？]+|$)\s*", re.DOTALL)


def read_documents(path: Path) -> tuple[Passage, ...]:
    """The passages of a Markdown or text file, or of every such file in a folder.

    Raises:
        KnowledgeError: there is none, or one cannot be read.
    """
    files = [path]
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
    if not files:
        message = f"{str(path)!r} holds no documents; files ending with {', '.join(SUFFIXES)} are read"
        raise KnowledgeError(message)
    found: list[Passage] = []
    for file in files:
        try:
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            message = f"the document {str(file)!r} cannot be read as UTF-8 text: {error}"
            raise KnowledgeError(message) from error
        found += document_passages(file.name if file == path else str(file.relative_to(path)), text)
    return tuple(found)


def document_passages(name: str, text: str) -> tuple[Passage, ...]:
    """Split a document by headings and paragraphs; a passage's id is its place, such as ``p3``."""
    language = detect(text) or "en"
    heading, found = name, []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        body = []
        for line in block.strip().split("\n"):
            matched = _HEADING.match(line)
            if matched:
                heading = matched[1].strip()
            elif line.strip():
                body.append(line.strip())
        found += [Passage(name, "", language, heading, (piece,)) for piece in _pieces(" ".join(body))]
    return tuple(
        Passage(name, f"p{number}", passage.language, passage.heading, passage.lines)
        for number, passage in enumerate(found, start=1)
    )


def _pieces(text: str) -> Iterable[str]:
    piece = ""
    for sentence in _SENTENCE.findall(text):
        if piece and len(piece) + len(sentence) > MAX_PASSAGE:
            yield piece.strip()
            piece = ""
        piece += sentence
    if piece.strip():
        yield piece.strip()


@dataclass(frozen=True)
class DocumentIndex:
    """An open index of documents."""

    passages: dict[tuple[str, str], Passage]
    _vectors: VectorIndex
    _lexical: LexicalIndex

    @classmethod
    def open(cls, root: Path, passages: Iterable[Passage], embedder: Embedder) -> DocumentIndex:
        """Open the index of ``passages`` under ``root``, built first where it is not there.

        Raises:
            KnowledgeError: it could not be built.
        """
        passages = tuple(passages)
        digest = hashlib.sha256(f"{FORMAT} {embedder.name}{passages!r}".encode()).hexdigest()[:16]
        folder = root / digest
        try:
            if not folder.is_dir():
                _build(root, digest, passages, embedder)
            opened = index.open_collection(index.embedded_client(folder / "chroma"), digest)
            lexical = LexicalIndex(folder / "words.sqlite3")
        except OSError as error:
            message = f"the documents cannot be indexed in {str(root)!r}: {error.strerror or error}"
            raise KnowledgeError(message) from error
        except Exception as error:  # Chroma and SQLite have errors of their own for damaged files
            message = f"the index of the documents in {str(folder)!r} is damaged ({error}); remove that folder"
            raise KnowledgeError(message) from error
        if opened is None:
            message = f"the index of the documents in {str(folder)!r} is not whole; remove that folder"
            raise KnowledgeError(message)
        return cls({(passage.source, passage.id): passage for passage in passages}, opened, lexical)

    def nearest(self, vector: Vector, limit: int) -> list[Neighbour]:
        """The passages nearest in meaning, best first."""
        return self._vectors.nearest(vector, min(limit, len(self.passages))) if self.passages else []

    def by_words(self, query: str, limit: int) -> list[tuple[str, str]]:
        """The passages that share words with ``query``, best first."""
        found = (key.split("\t", 1) for key in self._lexical.search(query, limit))
        return [(source, passage_id) for source, passage_id in found]


def _build(root: Path, digest: str, passages: tuple[Passage, ...], embedder: Embedder) -> None:
    from filelock import FileLock

    root.mkdir(parents=True, exist_ok=True)
    with FileLock(root / ".lock"):
        if (root / digest).is_dir():
            return
        building = root / f"{digest}.building"
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir()
        views = [
            View(passage.source, passage.id, passage.language, "text", f"{passage.heading}\n{passage.text}")
            for passage in passages
        ]
        LexicalIndex.build(building / "words.sqlite3", ((f"{view.source}\t{view.id}", view.text) for view in views))
        client = index.embedded_client(building / "chroma")
        index.build_collection(client, digest, index.embed_views(views, embedder), None)
        close = getattr(client, "close", None)
        if close is not None:
            close()
        building.rename(root / digest)
