"""What adding and searching a user's own documents costs.

Usage: python benchmarks/documents.py [--passages N …] [--queries N]

The documents are put together from the shipped exemplars, in four languages. Printed for each size: passages a second
when they are added, the time of adding them again unchanged, search times, memory and disk. A measurement, not a test.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import tempfile
import time
from pathlib import Path

from advisor.app import Advisor
from advisor.exemplars import exemplars, question_views
from advisor.settings import load_settings

LINES = 4
"""Sentences of a passage."""

PASSAGES_A_FILE = 50


def write_files(folder: Path, passages: int) -> int:
    """Write Markdown files with so many passages under headings of their own; return how many files."""
    chance = random.Random(7)  # noqa: S311 - the same documents every time
    texts = [item.text.replace("\n", " ") for item in exemplars()]
    files = 0
    for start in range(0, passages, PASSAGES_A_FILE):
        parts = []
        for number in range(start, min(start + PASSAGES_A_FILE, passages)):
            sentences = " ".join(chance.choices(texts, k=LINES))
            parts.append(f"## Section {number}\n\n{sentences[:400]}\n")
        (folder / f"file-{start:06}.md").write_text("\n".join(parts), encoding="utf-8")
        files += 1
    return files


def measure(passages: int, queries: int) -> None:
    """Add, add again, search; print a line."""
    with tempfile.TemporaryDirectory() as kept:
        root = Path(kept)
        (root / "files").mkdir()
        files = write_files(root / "files", passages)
        advisor = Advisor(load_settings(), documents_path=root / "documents")
        advisor.warm()
        store = advisor.open_documents()
        started = time.perf_counter()
        report = store.add([root / "files"])
        adding = time.perf_counter() - started
        started = time.perf_counter()
        again = store.add([root / "files"])
        unchanged = time.perf_counter() - started
        store.close()
        asked = [view.text for view in question_views()][:: max(1, 4_000 // queries)][:queries]
        advisor.retriever.search(asked[0], 5, "en")
        took = []
        for query in asked:
            started = time.perf_counter()
            advisor.retriever.search(query, 5, "en")
            took.append(1_000 * (time.perf_counter() - started))
        disk = sum(file.stat().st_size for file in (root / "documents").rglob("*") if file.is_file())
        took.sort()
        print(
            f"{report.passages:>7,} passages in {files:>5,} files: added {report.passages / adding:6.1f}/s ({adding:.1f} s), "
            f"again unchanged {unchanged:.2f} s = {100 * unchanged / adding:.1f} % ({len(again.unchanged):,} files); "
            f"search p50 {statistics.median(took):.1f} ms, p95 {took[int(0.95 * len(took))]:.1f} ms; "
            f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024:.0f} MB; disk {disk / 1e6:.1f} MB",
            flush=True,
        )
        advisor.close()


def main() -> None:
    """Measure every size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, nargs="+", default=[100, 1_000, 10_000])
    parser.add_argument("--queries", type=int, default=200)
    options = parser.parse_args()
    for passages in options.passages:
        measure(passages, options.queries)


if __name__ == "__main__":
    main()
