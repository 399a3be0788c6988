"""A linear classifier over meaning and words, learnt in closed form: the same examples, the same weights.

Method: one-against-rest regularized least squares (Rifkin, Yeo and Poggio, "Regularized Least-Squares
Classification", 2003), each class weighted by the inverse of its frequency; words weighted by inverse
document frequency.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.understanding.features import BUCKETS, buckets, word_matrix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.llm.embeddings import Vector, Vectors

MEANING_WEIGHT = 2.0
"""How much the embedding counts against the words; chosen by cross-validation on the exemplars."""

REGULARIZATION = 1.0
"""Chosen by cross-validation on the exemplars."""


_PIECE = 512
"""Examples whose features are held at once."""


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
    mean = vectors.mean(axis=0)
    targets = np.array([[1.0 if label == name else 0.0 for name in classes] for label in labels], dtype=np.float32)
    root = np.sqrt(targets @ (len(labels) / len(classes) / targets.sum(axis=0)))[:, None].astype(np.float32)
    seen = np.zeros(BUCKETS, dtype=np.float32)
    for text in texts:
        seen[list(buckets(text))] += 1
    rarity = np.log((1 + len(texts)) / (1 + seen)).astype(np.float32)

    def weighted(start: int, stop: int) -> Vectors:
        """The features of some examples, each example weighted."""
        features = _features(vectors[start:stop], word_matrix(texts[start:stop]), mean, rarity)
        features *= root[start:stop]
        return features

    size = vectors.shape[1] + BUCKETS + 1
    if len(texts) <= size:  # the smaller of two equal systems: one row an example
        x = weighted(0, len(texts))
        gram = x @ x.T
        gram[np.diag_indices_from(gram)] += REGULARIZATION
        weights = x.T @ np.linalg.solve(gram, targets * root)
    else:  # or one row a feature, summed in pieces so that memory stays small
        gram = np.zeros((size, size), dtype=np.float32)
        right = np.zeros((size, len(classes)), dtype=np.float32)
        for start in range(0, len(texts), _PIECE):
            x = weighted(start, start + _PIECE)
            gram += x.T @ x
            right += x.T @ (targets * root)[start : start + _PIECE]
        gram[np.diag_indices_from(gram)] += REGULARIZATION
        weights = np.linalg.solve(gram, right)
    return Classifier(classes, mean.astype(np.float32), rarity, weights.astype(np.float32))


def _features(vectors: Vectors, words: Vectors, mean: Vector, rarity: Vector) -> Vectors:
    import numpy as np

    weighted = words * rarity
    weighted /= np.linalg.norm(weighted, axis=1, keepdims=True) + 1e-9
    ones = np.ones((len(vectors), 1), dtype=np.float32)
    return np.hstack([(vectors - mean) * MEANING_WEIGHT, weighted, ones])
