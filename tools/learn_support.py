"""Learn when a passage of a user's document answers a question, and say how right that is.

Learns from the sets `LEARNT_FROM` of `tools/support`, writes `knowledge/support.yaml`, and prints figures by
cross-validation over documents; with ``--untouched`` also those for the sets that nothing is chosen by. Run it
when the embedding model, the chunks or the features of support change.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from advisor.app import Advisor
from advisor.content import content_path
from advisor.dialogue.from_documents import ANSWERS, NEAREST, FromDocuments
from advisor.exemplars import question_views
from advisor.retrieval.support import FEATURES, features
from advisor.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from advisor.knowledge import Passage
    from advisor.llm.embeddings import Embedder, Vector, Vectors

LEARNT_FROM = ("dev", "dev-2")
UNTOUCHED = ("untouched", "untouched-2")
PER_DOCUMENT = 30
"""Questions a document has in the sets that do not say which one an unanswerable question is about."""

COST = 1.0
FOLDS = 11
STRANGE_EVERY = 12
"""Of the questions that the article does not answer, one in so many is asked of the documents as well."""

PIECE = 3
"""Letters in a row of the answer that are looked for in a passage: a table's row is stored in another order."""

HELD, BEHIND = 0.4, 0.06
"""The least share of the answer's pieces that the right passage has, and how far it may be behind the best one."""


class Remembering:
    """An embedder that embeds each text once: the same sentences are weighed for many questions."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, Vector] = {}
        self.name = embedder.name
        self.query, self.queries = embedder.query, embedder.queries

    def passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Vectors of texts that are searched."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, self._embedder.passages(new, progress), strict=True))
        return np.array([self._known[text] for text in texts], dtype=np.float32)


@dataclass
class Examples:
    """Passages that may answer, question by question."""

    values: np.ndarray
    right: np.ndarray
    question: np.ndarray
    """Of each passage, the place of its question in ``cases``."""
    right_document: np.ndarray
    cases: list[dict[str, Any]]
    elapsed_ms: float
    """Median time of weighing a question, its sentences embedded before."""

    @property
    def answerable(self) -> np.ndarray:
        """Of each case, whether a document answers it."""
        return np.array([case["document"] is not None for case in self.cases])


def _pieces(text: str) -> set[str]:
    letters = "".join(each for each in unicodedata.normalize("NFKC", text).lower() if each.isalnum())
    return {letters[start : start + PIECE] for start in range(max(1, len(letters) - PIECE + 1))}


def _right(case: dict[str, Any], passages: Sequence[Passage]) -> list[bool]:
    """Which of the passages of documents have the answer."""
    wanted = _pieces(case["answer"])
    shares = [
        len(wanted & _pieces(f"{each.heading} {each.text}")) / len(wanted) if each.source == case["document"] else 0.0
        for each in passages
    ]
    return [share > max(HELD, max(shares) - BEHIND) for share in shares]


def cases_of(name: str) -> list[dict[str, Any]]:
    """The questions of a set, each with its kind and the document it belongs to, and some about the article."""
    lines = (Path(__file__).parent / "support" / name / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    cases: list[dict[str, Any]] = [json.loads(line) for line in lines]
    for number, case in enumerate(cases):
        about = case["document"] or case["beside"] if "kind" in case else number // PER_DOCUMENT
        case["group"] = f"{name} {about}"
        case.setdefault("kind", "answerable" if case["document"] else "not answered")
    strange = [each for each in question_views() if not each.passages][::STRANGE_EVERY]
    asked = ({"q": each.text, "language": each.language, "document": None, "answer": ""} for each in strange)
    return cases + [{**case, "kind": "strange", "group": f"strange {at % FOLDS}"} for at, case in enumerate(asked)]


def examples(name: str) -> Examples:
    """Every candidate passage of every question of one set."""
    cases, values, right, question, own, elapsed = cases_of(name), [], [], [], [], []
    with tempfile.TemporaryDirectory() as kept:
        advisor = Advisor(load_settings(), documents_path=Path(kept))
        advisor.derived.embedder = Remembering(advisor.embedder)
        store = advisor.open_documents()
        store.add([Path(__file__).parent / "support" / name / "files"])
        answering = FromDocuments(advisor.retriever)
        for number, case in enumerate(cases):
            vector = advisor.embedder.query(case["q"])
            started = time.perf_counter()
            found = [evidence for _, evidence in answering.weighed(case["q"], vector)]
            elapsed.append(1_000 * (time.perf_counter() - started))
            values += [features(evidence, advisor.retriever.rarity) for evidence in found]
            right += _right(case, [evidence.passage for evidence in found])
            own += [evidence.passage.source == case["document"] for evidence in found]
            question += [number] * len(found)
        store.close()
        advisor.close()
    return Examples(
        np.array(values), np.array(right), np.array(question), np.array(own), cases, float(np.median(elapsed))
    )


def together(sets: Sequence[Examples]) -> Examples:
    """Several sets as one."""
    starts = np.cumsum([0, *(len(each.cases) for each in sets)])
    return Examples(
        np.concatenate([each.values for each in sets]),
        np.concatenate([each.right for each in sets]),
        np.concatenate([each.question + start for each, start in zip(sets, starts, strict=False)]),
        np.concatenate([each.right_document for each in sets]),
        [case for each in sets for case in each.cases],
        max(each.elapsed_ms for each in sets),
    )


def learn(values: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights and bias of a logistic regression."""
    mean, spread = values.mean(axis=0), values.std(axis=0) + 1e-9
    learnt = LogisticRegression(C=COST, max_iter=3_000).fit((values - mean) / spread, right)
    weights = learnt.coef_[0] / spread
    return weights, float(learnt.intercept_[0] - (weights * mean).sum())


def cross_validated(found: Examples) -> np.ndarray:
    """The log-odds of every passage by what was learnt from the other documents' questions."""
    groups = np.array([case["group"] for case in found.cases])
    names = np.random.default_rng(0).permutation(np.unique(groups))
    odds = np.zeros(len(found.right))
    for fold in range(FOLDS):
        out = np.isin(groups, names[fold::FOLDS])[found.question]
        weights, bias = learn(found.values[~out], found.right[~out])
        odds[out] = found.values[out] @ weights + bias
    return odds


def report(title: str, found: Examples, odds: np.ndarray) -> None:
    """Print how right the decision is on ``found``, in all and by kind and language."""
    best = np.array([rows[odds[rows].argmax()] for n in range(len(found.cases)) if len(rows := _rows(found, n))])
    can, top = found.answerable, odds[best]
    print(
        f"{title}: n {can.sum()} answerable, {(~can).sum()} not; right document first "
        f"{found.right_document[best][can].mean():.3f}; refused wrongly {(top[can] <= ANSWERS).mean():.3f} (with the "
        f"nearest passage shown {((top[can] <= ANSWERS) & (top[can] > NEAREST)).mean():.3f}); answered wrongly "
        f"{(top[~can] > ANSWERS).mean():.3f}; area under the curve {roc_auc_score(can, top):.3f}; "
        f"{found.elapsed_ms:.0f} ms a question"
    )
    for part in sorted({(case["kind"], case["language"]) for case in found.cases}):
        of = np.array([(case["kind"], case["language"]) == part for case in found.cases])
        first = f", right document first {found.right_document[best][of].mean():.3f}" if can[of].all() else ""
        print(f"  {' '.join(part)}: n {of.sum()}, answered {(top[of] > ANSWERS).mean():.3f}{first}")
    for share in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5):
        least = np.quantile(top[~can], 1 - share)
        print(f"  above {least:.2f}: answered wrongly {share:.2f}, refused wrongly {(top[can] <= least).mean():.3f}")


def _rows(found: Examples, question: int) -> np.ndarray:
    return np.flatnonzero(found.question == question)


def main() -> None:
    """Learn, write, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--untouched", action="store_true", help="print the figures of the untouched sets as well")
    chosen = parser.parse_args()
    learning = together([examples(name) for name in LEARNT_FROM])
    weights, bias = learn(learning.values, learning.right)
    lines = [
        "# How sure a passage of a user's document answers a question: a logistic regression over the features of",
        f"# advisor/retrieval/support.py, learnt by tools/learn_support.py from {' and '.join(LEARNT_FROM)} of",
        f"# tools/support on {datetime.now(UTC):%Y-%m-%d}.",
        f"bias: {bias:.4f}",
        "weights:",
        *(f"  {name}: {weight:.4f}" for name, weight in zip(FEATURES, weights, strict=True)),
    ]
    content_path("knowledge", "support.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    report("cross-validated", learning, cross_validated(learning))
    for name in UNTOUCHED if chosen.untouched else ():
        found = examples(name)
        report(name, found, found.values @ weights + bias)


if __name__ == "__main__":
    main()
