"""What adding and searching a user's own documents costs.

Usage: python benchmarks/documents.py [--passages N …] [--queries N] [--vectors real|synthetic] [--real N]

The documents are put together from the shipped exemplars, in four languages, one passage under each heading. Printed
for each size: passages a second when they are added, the time of adding them again unchanged, search times with and
without the embedding of the query, peak memory and disk; and how the search times of the largest compare with those of
the smallest. With ``--vectors synthetic`` only the first passages are embedded; the rest get vectors of theirs,
slightly changed: right for search times, memory and disk, not for the speed of adding. A measurement, not a test.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from advisor.app import Advisor
from advisor.documents.chunking import MOST_TOKENS, token_counter
from advisor.exemplars import exemplars, question_views
from advisor.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from advisor.llm.embeddings import Embedder, Vector, Vectors

PASSAGES_A_FILE = 50

NOISE = 0.3
"""Length of what is added to a vector of length 1 to make another."""

HEADING = "Section "


class Synthetic:
    """An embedding model that works out the first passages, and varies their vectors for the rest."""

    def __init__(self, inner: Embedder, real: int) -> None:
        self._inner = inner
        self._real = real
        self._chance = np.random.default_rng(7)
        self._pool: list[Vector] = []
        self.name = f"{inner.name}-synthetic"

    def query(self, text: str) -> Vector:
        """The vector of a query, the real one."""
        return self._inner.query(text)

    def queries(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """The vectors of queries, the real ones."""
        return self._inner.queries(texts, progress)

    def passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """The vectors of passages; those of the benchmark's own documents are real only at first."""
        if not texts or not texts[0].startswith(HEADING) or len(self._pool) < self._real:
            found = self._inner.passages(texts, progress)
            if texts and texts[0].startswith(HEADING):
                self._pool += list(found)
            return found
        chosen = np.array(self._pool)[self._chance.integers(len(self._pool), size=len(texts))]
        noise = self._chance.normal(size=chosen.shape)
        varied = chosen + NOISE * noise / np.linalg.norm(noise, axis=1, keepdims=True)
        return (varied / np.linalg.norm(varied, axis=1, keepdims=True)).astype(np.float32)


def write_files(folder: Path, passages: int) -> int:
    """Write Markdown files with so many passages under headings of their own; return how many files."""
    chance = random.Random(7)  # noqa: S311 - the same documents every time
    count = token_counter()
    texts = [(text, count(text)) for item in exemplars() if (text := item.text.replace("\n", " "))]
    files = 0
    for start in range(0, passages, PASSAGES_A_FILE):
        numbers = range(start, min(start + PASSAGES_A_FILE, passages))
        parts = [f"## {HEADING}{number}\n\n{_paragraph(chance, texts)}\n" for number in numbers]
        (folder / f"file-{start:06}.md").write_text("\n".join(parts), encoding="utf-8")
        files += 1
    return files


def _paragraph(chance: random.Random, texts: list[tuple[str, int]]) -> str:
    """A few sentences that are one passage together."""
    chosen: list[str] = []
    left = int(0.8 * MOST_TOKENS)
    while left > 0:
        text, size = chance.choice(texts)
        if chosen and size > left:
            break
        chosen.append(text[:300])
        left -= size
    return " ".join(chosen)


def measure(passages: int, queries: int, real: int | None) -> float:
    """Add, add again, search; print what it took and return the 95th percentile of a search in ms."""
    with tempfile.TemporaryDirectory() as kept:
        root = Path(kept)
        (root / "files").mkdir()
        files = write_files(root / "files", passages)
        wrapped = None if real is None else lambda inner: Synthetic(inner, real)
        advisor = Advisor(load_settings(), documents_path=root / "documents", embedding=wrapped)
        advisor.warm()
        store = advisor.open_documents()
        started, worked = time.perf_counter(), time.process_time()
        report = store.add([root / "files"])
        adding, busy = time.perf_counter() - started, time.process_time() - worked
        started = time.perf_counter()
        again = store.add([root / "files"])
        unchanged = time.perf_counter() - started
        store.close()
        whole, alone = _searches(advisor, queries)
        disk = sum(file.stat().st_size for file in (root / "documents").rglob("*") if file.is_file())
        kind = "" if real is None else f" SYNTHETIC VECTORS but for the first {min(real, passages):,};"
        print(
            f"{report.passages:>7,} passages in {files:>5,} files;{kind} added {report.passages / adding:6.1f}/s "
            f"({adding:.1f} s, {1_000 * busy / report.passages:.1f} ms of processor a passage), "
            f"again unchanged {unchanged:.2f} s = {100 * unchanged / adding:.2f} % ({len(again.unchanged):,} files); "
            f"search p50 {_share(whole, 0.5):.1f} ms, p95 {_share(whole, 0.95):.1f} ms, "
            f"without the query's embedding p50 {_share(alone, 0.5):.1f} ms, p95 {_share(alone, 0.95):.1f} ms; "
            f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024:.0f} MB; disk {disk / 1e6:.1f} MB; "
            f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores",
            flush=True,
        )
        advisor.close()
    return _share(alone, 0.95)


def _searches(advisor: Advisor, queries: int) -> tuple[list[float], list[float]]:
    """What searches take in ms, sorted: whole, and without the embedding of the query."""
    asked = [view.text for view in question_views()][:: max(1, 4_000 // queries)][:queries]
    advisor.retriever.search(asked[0], 5, "en")
    whole, alone = [], []
    for query in asked:
        started = time.perf_counter()
        vector = advisor.embedder.query(query)
        embedded = time.perf_counter()
        advisor.retriever.search(query, 5, "en", vector)
        ended = time.perf_counter()
        whole.append(1_000 * (ended - started))
        alone.append(1_000 * (ended - embedded))
    return sorted(whole), sorted(alone)


def _share(taken: list[float], share: float) -> float:
    return taken[int(share * len(taken))]


def main() -> None:
    """Measure every size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, nargs="+", default=[100, 1_000, 10_000])
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--vectors", choices=("real", "synthetic"), default="real")
    parser.add_argument(
        "--real", type=int, default=2_000, help="passages that are embedded where vectors are synthetic"
    )
    options = parser.parse_args()
    real = options.real if options.vectors == "synthetic" else None
    slowest = {size: measure(size, options.queries, real) for size in sorted(options.passages)}
    least, most = min(slowest), max(slowest)
    if least != most:
        ratio = slowest[most] / slowest[least]
        print(
            f"p95 of a search without the query's embedding at {most:,} passages: {ratio:.1f} times that at {least:,}"
        )


if __name__ == "__main__":
    main()
