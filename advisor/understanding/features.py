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
    from collections.abc import Iterator

BUCKETS = 2**20
"""Places that n-grams are hashed to."""

FEATURES_VERSION = 10
"""Changes when the same text gives other features, or other labels; part of the fingerprint."""

_RUN = re.compile(r"[a-z0-9']+|[\u3040-\u30ff\u4e00-\u9fff]+")
_MAX_TEXT = 2_000
_STEMS = (4, 6)
"""Lengths of word beginnings, which forgive endings and typos at the end."""
_CJK_LENGTHS = (1, 2, 3, 4)


def ngrams(text: str) -> Iterator[str]:
    """One to three words and word beginnings; one to four characters of a CJK run."""
    folded = to_simplified(unicodedata.normalize("NFKC", text[:_MAX_TEXT])).lower().replace("’", "'")
    before, previous = "^", "^"
    for run in _RUN.findall(folded):
        if run[0] < "\u3040":
            yield run
            yield f"{previous} {run}"
            yield f"{before} {previous} {run}"
            for length in _STEMS:
                if len(run) > length:
                    yield f"{run[:length]}*"
            before, previous = previous, run
        else:
            for size in _CJK_LENGTHS:
                for place in range(len(run) - size + 1):
                    yield run[place : place + size]


@lru_cache(maxsize=256)  # one text is looked at for many decisions
def buckets(text: str) -> tuple[int, ...]:
    """The places of the text's n-grams, each once."""
    return tuple(sorted({bucket(gram) for gram in ngrams(text)}))


def bucket(gram: str) -> int:
    """The place of one n-gram."""
    return zlib.crc32(gram.encode()) % BUCKETS
