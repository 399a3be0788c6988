"""What a classifier sees of a text: its meaning as a vector, and its words as hashed n-grams.

The embedding knows that two wordings mean the same; it hardly knows "not" from nothing. The words do.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING

from advisor.language import to_simplified

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from advisor.llm.embeddings import Vectors

BUCKETS = 4096
"""Places that n-grams are hashed to."""

FEATURES_VERSION = 3
"""Changes when the same text gives other features; part of the fingerprint."""

_RUN = re.compile(r"[a-z0-9']+|[\u3040-\u30ff\u4e00-\u9fff]+")
_MAX_TEXT = 2_000


def ngrams(text: str) -> Iterator[str]:
    """Words, pairs of words and word beginnings; one to three characters of a CJK run."""
    folded = to_simplified(unicodedata.normalize("NFKC", text[:_MAX_TEXT])).lower().replace("’", "'")
    previous = "^"
    for run in _RUN.findall(folded):
        if run[0] < "\u3040":
            yield run
            yield f"{previous} {run}"
            if len(run) > 4:
                yield f"{run[:4]}*"
            previous = run
        else:
            for size in (1, 2, 3):
                for place in range(len(run) - size + 1):
                    yield run[place : place + size]


@lru_cache(maxsize=20_000)  # training looks at each exemplar for several decisions
def buckets(text: str) -> tuple[int, ...]:
    """The places of the text's n-grams, each once."""
    return tuple(sorted({zlib.crc32(gram.encode()) % BUCKETS for gram in ngrams(text)}))


def word_matrix(texts: Sequence[str]) -> Vectors:
    """Shape (texts, `BUCKETS`): 1 where the text has an n-gram of that place."""
    import numpy as np

    matrix = np.zeros((len(texts), BUCKETS), dtype=np.float32)
    for row, text in enumerate(texts):
        matrix[row, list(buckets(text))] = 1.0
    return matrix
