"""Vectors without the part that tells only their language.

A multilingual embedding places texts of one language together, so that a near miss in the reader's own
language comes before the right passage in another. Subtracting the mean vector of each language takes
most of that away (Libovický, Rosa and Fraser, "On the Language Neutrality of Pre-trained Multilingual
Representations", 2020). The means are those of the shipped article and of the shipped questions.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from advisor.exemplars import question_views
from advisor.knowledge import article
from advisor.language import LANGUAGES, source_language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor.language import Language
    from advisor.llm.embeddings import Embedder, Vector, Vectors

SHARE = 0.8
"""How much of a language's mean is taken away; by validation on documents in four languages."""


class Centres:
    """The mean vectors of the languages, as one embedding model sees them."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def query(self, vector: Vector, language: Language | None) -> Vector:
        """A query's vector, centred; of an unknown language by the mean of all."""
        import numpy as np

        mean = self._queries[language] if language else np.mean(list(self._queries.values()), axis=0)
        return _unit(vector - SHARE * mean)

    def passages(self, vectors: Vectors, languages: Sequence[str]) -> Vectors:
        """Vectors of passages in ``languages``, centred."""
        import numpy as np

        means = np.array([self._passages[language] for language in languages], dtype=np.float32)
        return _unit(vectors - np.float32(SHARE) * means)

    @cached_property
    def _queries(self) -> Mapping[str, Vector]:
        asked = question_views()
        return {
            language: self._embedder.queries([each.text for each in asked if each.language == language]).mean(axis=0)
            for language in LANGUAGES
        }

    @cached_property
    def _passages(self) -> Mapping[str, Vector]:
        means = {
            source: self._embedder.passages(
                [f"{each.heading}\n{each.text}" for by in article().values() if (each := by.get(source))]
            ).mean(axis=0)
            for source in {source_language(language) for language in LANGUAGES}
        }
        return {language: means[source_language(language)] for language in LANGUAGES}


def _unit(vectors: Vectors) -> Vectors:
    import numpy as np

    centred: Vectors = (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)
    return centred
