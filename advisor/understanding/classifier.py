"""Linear classifiers over meaning and words, learnt as support vector machines.

One against the rest, squared hinge loss, each class weighted by the inverse of its frequency; words
weighted by inverse document frequency. scikit-learn learns (Fan et al., "LIBLINEAR", 2008); what it
learnt is a matrix, so that reading needs numpy alone. The same examples give the same weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from advisor.understanding.features import BUCKETS, buckets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.llm.embeddings import Vector, Vectors

COST = 0.3
"""How much a training error counts against the size of the weights; by validation on the development cases."""

SEED = 0


@dataclass(frozen=True, slots=True)
class Classifier:
    """Weights of one decision."""

    classes: tuple[str, ...]
    mean: Vector
    """Mean of the training embeddings."""
    rarity: Vector
    """Inverse document frequency of each place of the words."""
    weights: Vectors
    """Shape (dimensions + `BUCKETS` + 1, classes)."""

    def scores(self, vector: Vector, text: str) -> dict[str, float]:
        """Class → margin: above 0 for what is rather of the class, about -1 for what is surely not."""
        import numpy as np

        size = len(self.mean)
        total = (vector - self.mean) @ self.weights[:size] + self.weights[-1]
        places = np.asarray(buckets(text), dtype=np.intp)
        if len(places):
            words = self.rarity[places]
            words = words / (np.linalg.norm(words) + 1e-9)
            total = total + words @ self.weights[size + places]
        return dict(zip(self.classes, total.tolist(), strict=True))


@dataclass(frozen=True)
class Examples:
    """Texts with their embeddings, from which several classifiers are learnt."""

    vectors: Vectors
    texts: Sequence[str]

    def features(self) -> tuple[Any, Vector, Vector]:
        """A sparse matrix of all features, the mean embedding, and the words' rarity."""
        import numpy as np
        from scipy import sparse

        places = [buckets(text) for text in self.texts]
        pointers = np.cumsum([0, *map(len, places)])
        indices = np.fromiter((place for row in places for place in row), dtype=np.int32, count=int(pointers[-1]))
        seen = np.bincount(indices, minlength=BUCKETS)
        rarity = np.log((1 + len(self.texts)) / (1 + seen)).astype(np.float32)
        words = sparse.csr_matrix((rarity[indices], indices, pointers), shape=(len(self.texts), BUCKETS))
        norms = np.sqrt(np.asarray(words.multiply(words).sum(axis=1)).ravel()) + 1e-9
        mean = self.vectors.mean(axis=0).astype(np.float32)
        return (
            sparse.hstack([sparse.csr_matrix(self.vectors - mean), sparse.diags(1 / norms) @ words]).tocsr(),
            mean,
            rarity,
        )


@dataclass(frozen=True)
class Trainer:
    """Learns classifiers from parts of the same examples."""

    matrix: Any
    mean: Vector
    rarity: Vector

    @classmethod
    def of(cls, examples: Examples) -> Trainer:
        """Work the features out once."""
        return cls(*examples.features())

    def learn(self, rows: Sequence[int], labels: Sequence[str]) -> Classifier:
        """Learn from the examples at ``rows``, the class of each given."""
        import numpy as np
        from sklearn.svm import LinearSVC

        learnt = LinearSVC(C=COST, class_weight="balanced", random_state=SEED).fit(
            self.matrix[list(rows)], list(labels)
        )
        coefficients, bias = learnt.coef_, learnt.intercept_
        if len(learnt.classes_) == 2:  # scikit-learn keeps one side of two
            coefficients, bias = np.vstack([-coefficients, coefficients]), np.concatenate([-bias, bias])
        weights = np.vstack([coefficients.T, bias[None, :]]).astype(np.float16).astype(np.float32)
        return Classifier(tuple(learnt.classes_.tolist()), self.mean, self.rarity, weights)
