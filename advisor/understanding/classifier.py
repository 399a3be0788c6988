"""A linear classifier over meaning and words, learnt in closed form: the same examples, the same weights.

Method: one-against-rest regularized least squares (Rifkin, Yeo and Poggio, "Regularized Least-Squares
Classification", 2003), each class weighted by the inverse of its frequency; words weighted by inverse
document frequency.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.understanding.features import word_matrix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.llm.embeddings import Vector, Vectors

MEANING_WEIGHT = 2.0
"""How much the embedding counts against the words; chosen by cross-validation on the exemplars."""

REGULARIZATION = 1.0
"""Chosen by cross-validation on the exemplars."""


@dataclass(frozen=True, slots=True)
class Classifier:
    """Weights of one decision."""

    classes: tuple[str, ...]
    mean: Vector
    """Mean of the training embeddings."""
    rarity: Vector
    """Inverse document frequency of each place of the words."""
    weights: Vectors
    """Shape (features, classes)."""

    def scores(self, vector: Vector, text: str) -> dict[str, float]:
        """Class → score; near 1 for an example of it, near 0 for others, in no way a probability."""
        import numpy as np

        features = _features(np.atleast_2d(vector), word_matrix([text]), self.mean, self.rarity)
        return dict(zip(self.classes, (features @ self.weights)[0].tolist(), strict=True))


def fit(vectors: Vectors, texts: Sequence[str], labels: Sequence[str]) -> Classifier:
    """Learn from examples: their embeddings, their texts, and the class of each."""
    import numpy as np

    classes = tuple(sorted(set(labels)))
    words = word_matrix(texts)
    mean = vectors.mean(axis=0)
    rarity = np.log((1 + len(texts)) / (1 + words.sum(axis=0))).astype(np.float32)
    features = _features(vectors, words, mean, rarity)
    targets = np.array([[1.0 if label == name else 0.0 for name in classes] for label in labels], dtype=np.float32)
    share = len(labels) / len(classes) / targets.sum(axis=0)
    root = np.sqrt(targets @ share)[:, None].astype(np.float32)
    x, y = features * root, targets * root
    if len(x) <= x.shape[1]:
        weights = x.T @ np.linalg.solve(x @ x.T + REGULARIZATION * np.eye(len(x), dtype=np.float32), y)
    else:
        weights = np.linalg.solve(x.T @ x + REGULARIZATION * np.eye(x.shape[1], dtype=np.float32), x.T @ y)
    return Classifier(classes, mean.astype(np.float32), rarity, weights.astype(np.float32))


def _features(vectors: Vectors, words: Vectors, mean: Vector, rarity: Vector) -> Vectors:
    import numpy as np

    weighted = words * rarity
    weighted /= np.linalg.norm(weighted, axis=1, keepdims=True) + 1e-9
    ones = np.ones((len(vectors), 1), dtype=np.float32)
    return np.hstack([(vectors - mean) * MEANING_WEIGHT, weighted, ones])
