"""Learn when a passage of a user's document answers a question, and say how right that is.

Learns from `tools/support/dev`, writes `knowledge/support.yaml`, and prints figures for that half and for
the untouched one. Run it when the embedding model, the chunks or the features of support change.
"""

from __future__ import annotations

import json
import tempfile
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from advisor.app import Advisor
from advisor.content import content_path
from advisor.dialogue.answering import ANSWERS, NEAREST, Answering
from advisor.exemplars import question_views
from advisor.retrieval.support import FEATURES, features
from advisor.settings import load_settings

COST = 1.0
STRANGE_EVERY = 12
"""Of the questions that the article does not answer, one in so many is asked of the documents as well."""

PIECE = 12
"""Letters in a row of the answer that must stand in a passage for it to be the right one."""


@dataclass
class Examples:
    """Passages that may answer, question by question."""

    values: np.ndarray
    right: np.ndarray
    question: np.ndarray
    answerable: dict[int, bool]
    right_document: np.ndarray


def _letters(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKC", text).lower() if each.isalnum())


def examples(half: str) -> Examples:
    """Every candidate passage of every question of one half."""
    folder = Path(__file__).parent / "support" / half
    with tempfile.TemporaryDirectory() as kept:
        advisor = Advisor(load_settings(), documents_path=Path(kept))
        store = advisor.open_documents()
        store.add([folder / "files"])
        answering = Answering(advisor.derived, advisor.retriever)
        values, right, question, right_document = [], [], [], []
        answerable: dict[int, bool] = {}
        lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
        strange = [each.text for each in question_views() if not each.passages][::STRANGE_EVERY]
        cases = [*map(json.loads, lines), *({"q": text, "document": None, "answer": ""} for text in strange)]
        for number, case in enumerate(cases):
            answer = _letters(case["answer"])
            pieces = [answer[start : start + PIECE] for start in range(0, max(1, len(answer) - PIECE + 1), PIECE // 2)]
            answerable[number] = case["document"] is not None
            for _, evidence in answering.weighed(case["q"], advisor.embedder.query(case["q"])):
                passage = evidence.passage
                text = _letters(passage.heading + passage.text)
                own = passage.source == case["document"]
                values.append(features(evidence, advisor.retriever.rarity))
                right.append(own and any(piece in text for piece in pieces))
                right_document.append(own)
                question.append(number)
        store.close()
        advisor.close()
    return Examples(np.array(values), np.array(right), np.array(question), answerable, np.array(right_document))


def figures(found: Examples, odds: np.ndarray) -> str:
    """How right the decision is on ``found``."""
    best = {n: max(np.flatnonzero(found.question == n), key=lambda row: odds[row]) for n in found.answerable}
    can = [row for n, row in best.items() if found.answerable[n]]
    cannot = [row for n, row in best.items() if not found.answerable[n]]
    labels = [1] * len(can) + [0] * len(cannot)
    area = roc_auc_score(labels, odds[can + cannot])
    return (
        f"n {len(can)} answerable, {len(cannot)} not; right document first {found.right_document[can].mean():.3f}; "
        f"refused wrongly {(odds[can] <= ANSWERS).mean():.3f} (with the nearest passage shown "
        f"{((odds[can] <= ANSWERS) & (odds[can] > NEAREST)).mean():.3f}); "
        f"answered wrongly {(odds[cannot] > ANSWERS).mean():.3f}; area under the curve {area:.3f}"
    )


def main() -> None:
    """Learn, write, and print."""
    learning = examples("dev")
    mean, spread = learning.values.mean(axis=0), learning.values.std(axis=0) + 1e-9
    learnt = LogisticRegression(C=COST, max_iter=3_000).fit((learning.values - mean) / spread, learning.right)
    weights = learnt.coef_[0] / spread
    bias = float(learnt.intercept_[0] - (weights * mean).sum())
    lines = [
        "# How sure a passage of a user's document answers a question: a logistic regression over the features of",
        "# advisor/retrieval/support.py, learnt by tools/learn_support.py from tools/support/dev",
        f"# on {datetime.now(UTC):%Y-%m-%d}.",
        f"bias: {bias:.4f}",
        "weights:",
        *(f"  {name}: {weight:.4f}" for name, weight in zip(FEATURES, weights, strict=True)),
    ]
    content_path("knowledge", "support.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for half in ("dev", "untouched"):
        found = learning if half == "dev" else examples(half)
        print(f"{half}: {figures(found, found.values @ weights + bias)}")


if __name__ == "__main__":
    main()
