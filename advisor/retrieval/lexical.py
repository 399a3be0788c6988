"""Word search over the same texts, in SQLite's FTS5: words for Latin scripts, character pairs for CJK."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from typing import TYPE_CHECKING

from advisor.errors import KnowledgeError
from advisor.language import to_simplified

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAX_QUERY_TOKENS = 64
"""Tokens of a query that are looked up; a longer text is a story, not a query."""

_TOKEN = re.compile(r"[a-z0-9][a-z0-9+%'’-]*|[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+")


def tokens(text: str) -> list[str]:
    """Words in lower case; CJK runs as overlapping pairs, both Chinese scripts alike."""
    folded = to_simplified(unicodedata.normalize("NFKC", text)).lower()
    found: list[str] = []
    for run in _TOKEN.findall(folded):
        if run[0] < "\u3040" or len(run) == 1:
            found.append(run)
        else:
            found += [run[place : place + 2] for place in range(len(run) - 1)]
    return found


class LexicalIndex:
    """Texts under a key each, found by their words. Built once, then read only."""

    def __init__(self, path: Path) -> None:
        """Open a built index.

        Raises:
            KnowledgeError: it is missing or damaged.
        """
        try:
            self._connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)
            self._connection.execute("SELECT key FROM texts LIMIT 1").fetchone()
        except sqlite3.Error as error:
            message = f"the word index {path.name!r} is damaged: {error}"
            raise KnowledgeError(message) from error

    @staticmethod
    def build(path: Path, texts: Iterable[tuple[str, str]]) -> None:
        """Write an index of (key, text) pairs."""
        connection = sqlite3.connect(path)
        with connection:
            connection.execute(
                "CREATE VIRTUAL TABLE texts USING fts5(key UNINDEXED, words, tokenize='porter unicode61')"
            )
            connection.executemany(
                "INSERT INTO texts (key, words) VALUES (?, ?)", ((key, " ".join(tokens(text))) for key, text in texts)
            )
        connection.close()

    def search(self, query: str, limit: int) -> list[str]:
        """The keys of the texts that share words with ``query``, best (BM25) first."""
        words = list(dict.fromkeys(tokens(query)))[:MAX_QUERY_TOKENS]
        if not words:
            return []
        expression = " OR ".join('"' + word.replace('"', "") + '"' for word in words)
        rows = self._connection.execute(
            "SELECT key FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT ?", (expression, limit)
        )
        return [key for (key,) in rows]

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
