"""Linear classifiers over meaning and words, learnt as support vector machines.

One against the rest, squared hinge loss, each class weighted by the inverse of its frequency; words
weighted by inverse document frequency. scikit-learn learns (Fan et al., "LIBLINEAR", 2008); what it
learnt are matrices, so that reading needs numpy alone. The same examples give the same weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from advisor.understanding.features import BUCKETS, bucket, buckets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.llm.embeddings import Vector, Vectors

COST = 0.3
"""How much a training error counts against the size of the weights; by validation on the development cases."""

LEAST_SEEN = 3
"""An n-gram of fewer examples tells nothing that would hold for others."""

NARROWNESS, WORDS_SHARE, KERNEL_COST = 5.0, 0.5, 3.0
"""Of the kernel: how fast likeness falls with distance, how much words count beside it, and the cost of errors;
by cross-validation on questions."""

SEED = 0


@dataclass(frozen=True, slots=True)
class Words:
    """The n-grams that classifiers know, as they were in the examples."""

    places: Any
    """Places of `buckets`, ascending; shape (n,)."""
    rarity: Vector
    """The inverse document frequency of each."""

    def weights(self, text: str) -> tuple[Any, Vector]:
        """Which of the n-grams ``text`` has, and their weights, of length 1."""
        import numpy as np

        found = np.asarray(buckets(text), dtype=np.int32)
        rows = np.searchsorted(self.places, found)
        rows = rows[(rows < len(self.places)) & (self.places[np.minimum(rows, len(self.places) - 1)] == found)]
        weights = self.rarity[rows]
        return rows, weights / (np.linalg.norm(weights) + 1e-9)

    def rarity_of(self, word: str) -> float | None:
        """The inverse document frequency of a lower-case Latin word; ``None`` if the examples lack it."""
        import numpy as np

        place = bucket(word)
        row = int(np.searchsorted(self.places, place))
        return float(self.rarity[row]) if row < len(self.places) and self.places[row] == place else None


@dataclass(frozen=True, slots=True)
class Classifier:
    """Weights of one decision."""

    classes: tuple[str, ...]
    mean: Vector
    """Mean of the training embeddings."""
    words: Words
    meaning_weights: Vectors
    """Shape (dimensions + 1, classes); the last row is the bias."""
    word_weights: Any
    """Eight bits each, shape (n-grams, classes)."""
    word_scale: Vector
    """What a step of those eight bits is worth, by class."""

    def scores(self, vector: Vector, text: str) -> dict[str, float]:
        """Class → margin: above 0 for what is rather of the class, about -1 for what is surely not."""
        import numpy as np

        total = (vector - self.mean) @ self.meaning_weights[:-1] + self.meaning_weights[-1]
        rows, weights = self.words.weights(text)
        if len(rows):
            total = total + (weights @ self.word_weights[rows].astype(np.float32)) * self.word_scale
        return dict(zip(self.classes, total.tolist(), strict=True))


@dataclass(frozen=True)
class KernelClassifier:
    """One decision between two, by likeness to examples in meaning and by words."""

    words: Words
    examples: Any
    """Embeddings of the examples that count, less their mean; eight bits each, shape (n, dimensions)."""
    example_scale: float
    """What a step of those eight bits is worth."""
    mean: Vector
    weights: Vector
    """Of each example, by its class the sign."""
    word_weights: Vector
    """Of each n-gram."""
    bias: float

    def margin(self, vector: Vector, text: str) -> float:
        """Above 0 rather so, below 0 rather not."""
        import numpy as np

        centred = vector - self.mean
        examples, squares = self._unpacked
        apart = squares - 2 * (examples @ centred) + centred @ centred
        rows, weights = self.words.weights(text)
        by_words = float(weights @ self.word_weights[rows]) if len(rows) else 0.0
        return float(np.exp(-NARROWNESS * apart) @ self.weights) + WORDS_SHARE * by_words + self.bias

    @cached_property
    def _unpacked(self) -> tuple[Any, Any]:
        """The examples as numbers, and the square of each one's length."""
        import numpy as np

        examples = self.examples.astype(np.float32) * np.float32(self.example_scale)
        return examples, (examples * examples).sum(axis=1)


@dataclass(frozen=True)
class Trainer:
    """Learns classifiers from parts of the same examples."""

    matrix: Any
    """All features of all examples, sparse."""
    mean: Vector
    words: Words

    @classmethod
    def of(cls, vectors: Vectors, texts: Sequence[str]) -> Trainer:
        """Work out the features of ``texts``, whose embeddings are ``vectors``."""
        import numpy as np
        from scipy import sparse

        places = [buckets(text) for text in texts]
        pointers = np.cumsum([0, *map(len, places)])
        indices = np.fromiter((place for row in places for place in row), dtype=np.int32, count=int(pointers[-1]))
        seen = np.bincount(indices, minlength=BUCKETS)
        kept = np.flatnonzero(seen >= LEAST_SEEN).astype(np.int32)
        rarity = np.log((1 + len(texts)) / (1 + seen[kept])).astype(np.float32)
        ones = np.ones(len(indices), dtype=np.float32)
        words = sparse.csr_matrix((ones, indices, pointers), shape=(len(texts), BUCKETS))[:, kept]
        words = words.multiply(rarity).tocsr()
        norms = np.sqrt(np.asarray(words.multiply(words).sum(axis=1)).ravel()) + 1e-9
        mean = vectors.mean(axis=0).astype(np.float32)
        matrix = sparse.hstack([sparse.csr_matrix(vectors - mean), sparse.diags(1 / norms) @ words]).tocsr()
        return cls(matrix, mean, Words(kept, rarity))

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
        size = len(self.mean)
        meaning = np.vstack([coefficients[:, :size].T, bias[None, :]]).astype(np.float16).astype(np.float32)
        of_words = coefficients[:, size:].T
        scale = (np.abs(of_words).max(axis=0) / 127 + 1e-12).astype(np.float32)
        packed = np.round(of_words / scale).astype(np.int8)
        return Classifier(tuple(learnt.classes_.tolist()), self.mean, self.words, meaning, packed, scale)

    def learn_kernel(self, labels: Sequence[bool], rows: Sequence[int] | None = None) -> KernelClassifier:
        """Learn one decision from all examples or those at ``rows``, the label of each given.

        A support vector machine with a kernel of meaning and words.
        """
        import numpy as np
        from sklearn.svm import SVC

        size = len(self.mean)
        matrix = self.matrix if rows is None else self.matrix[list(rows)]
        vectors = np.asarray(matrix[:, :size].todense(), dtype=np.float32)
        by_words = matrix[:, size:]
        scale = float(np.abs(vectors).max() / 127)
        packed = np.round(vectors / scale).astype(np.int8)
        vectors = packed.astype(np.float32) * np.float32(scale)
        squares = (vectors * vectors).sum(axis=1)
        apart = squares[:, None] + squares[None, :] - 2 * vectors @ vectors.T
        kernel = np.exp(-NARROWNESS * apart) + WORDS_SHARE * (by_words @ by_words.T).toarray()
        learnt = SVC(C=KERNEL_COST, kernel="precomputed", class_weight="balanced").fit(kernel, list(labels))
        chosen, weights = learnt.support_, learnt.dual_coef_[0].astype(np.float32)
        of_words = np.asarray(by_words[chosen].T @ weights).ravel().astype(np.float16).astype(np.float32)
        bias = float(learnt.intercept_[0])
        return KernelClassifier(self.words, packed[chosen], scale, self.mean, weights, of_words, bias)
