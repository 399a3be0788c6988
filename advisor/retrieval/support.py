"""Whether a passage of the user's documents answers a question: a decision learnt from examples.

What it looks at: how near the passage is, also compared with its neighbours, which of the question's
words the passage has or no document has, whether a number or name of the question is missing in it, and
whether its nearest sentence holds the kind of thing that is asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import yaml

from advisor.content import content_path
from advisor.errors import KnowledgeError
from advisor.retrieval.asked import KINDS, asked_for, lacking
from advisor.retrieval.lexical import tokens
from advisor.yaml_text import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from advisor.knowledge import Passage
    from advisor.language import Language

FEATURES = (
    "similarity",
    "above_usual",
    "ahead",
    "words",
    "same_language",
    "missing_number",
    "missing_name",
    "sentence",
    "sentence_ahead",
    "sentence_words",
    "length",
    "unknown",
    "missing_word",
    "east_asian",
    "passage_length",
    "sentence_length",
    *(f"lacks_{kind}" for kind in KINDS),
)

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(
    r"(?<![A-Za-z])[A-Z][A-Za-z0-9]*[A-Z0-9][A-Za-z0-9]*(?![A-Za-z])|(?<![A-Za-z])(?<=[a-z,] )[A-Z][a-z]{2,}"
)
_EAST_ASIAN = re.compile(r"[\u3041-\u9fff]")
_LATIN_NAME = re.compile(r"(?<![A-Za-z])[A-Za-z][A-Za-z0-9-]{1,}(?![A-Za-z])")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a question and a passage that may answer it."""

    question: str
    language: Language | None
    """The question's language, if it shows one."""
    passage: Passage
    similarity: float
    """Cosine of question and passage."""
    usual: float
    """Mean cosine of the question and the passages in the neighbourhood."""
    next_best: float
    """Cosine of the question and the best other passage."""
    sentences: tuple[tuple[str, float], ...]
    """The passage's sentences, each with its cosine."""
    next_sentence: float
    """Cosine of the question and the best sentence of the other passages."""
    rarest: float
    """The rarity of a word that no passage has."""

    @property
    def nearest(self) -> tuple[str, float]:
        """The passage's best sentence and its cosine to the question."""
        return max(self.sentences, key=lambda each: each[1], default=("", 0.0))


@dataclass(frozen=True, slots=True)
class Support:
    """A logistic regression over `FEATURES`."""

    weights: tuple[float, ...]
    bias: float

    def margin(self, evidence: Evidence, rarity: Callable[[str], float]) -> float:
        """Log-odds that the passage answers the question: above 0 rather so."""
        values = features(evidence, rarity)
        return self.bias + sum(weight * value for weight, value in zip(self.weights, values, strict=True))


def features(evidence: Evidence, rarity: Callable[[str], float]) -> tuple[float, ...]:
    """The values of `FEATURES`; ``rarity`` weighs a word by how few passages have it."""
    question, passage = evidence.question, evidence.passage
    weighed = {word: rarity(word) for word in dict.fromkeys(tokens(question))}
    total = sum(weighed.values()) or 1.0
    same = evidence.language is None or evidence.language[:2] == passage.language[:2]
    sentence, nearness = evidence.nearest
    missing = lacking(asked_for(question), sentence)
    return (
        10 * (evidence.similarity - 0.5),
        10 * (evidence.similarity - evidence.usual),
        10 * (evidence.similarity - evidence.next_best),
        *_words(evidence, weighed, total, same=same),
        10 * (nearness - 0.4),
        10 * (nearness - evidence.next_sentence),
        max((_share(weighed, text) for text, _ in evidence.sentences), default=0.0) / total if same else 0.0,
        len(weighed) / 10,
        sum(weight for weight in weighed.values() if weight >= evidence.rarest) / total,
        _rarest_missing(weighed, _said(passage)) / (evidence.rarest or 1.0) if same else 0.0,
        float(_EAST_ASIAN.search(question) is not None),
        len(passage.text) / 300,
        min(len(sentence), 300) / 100,
        *(float(kind in missing) for kind in KINDS),
    )


def _words(
    evidence: Evidence, weighed: Mapping[str, float], total: float, *, same: bool
) -> tuple[float, float, float, float]:
    """Words shared, whether question and passage are in one language, and the numbers and names that are missing."""
    said = _said(evidence.passage)
    folded = said.lower()
    numbers = [number for number in _NUMBER.findall(evidence.question) if len(number) > 1]
    names = _names(evidence.question)
    return (
        _share(weighed, said) / total if same else 0.0,
        float(same),
        float(any(number not in said for number in numbers)),
        sum(name.lower() not in folded for name in names) / max(len(names), 1),
    )


def _said(passage: Passage) -> str:
    return passage.heading + "\n" + passage.text


def _share(weighed: Mapping[str, float], text: str) -> float:
    """How much of a question's weight stands in a text."""
    had = set(tokens(text))
    return sum(weight for word, weight in weighed.items() if word in had or _stem_in(word, had))


def _rarest_missing(weighed: Mapping[str, float], text: str) -> float:
    """The weight of the rarest of a question's words that a text has not."""
    had = set(tokens(text))
    return max((weight for word, weight in weighed.items() if word not in had and not _stem_in(word, had)), default=0.0)


def _names(question: str) -> Sequence[str]:
    """Names and abbreviations: words with capitals, and in Chinese or Japanese any Latin word."""
    pattern = _LATIN_NAME if _EAST_ASIAN.search(question) else _NAME
    return pattern.findall(question)


def _stem_in(word: str, had: set[str]) -> bool:
    """Whether a Latin word is there in another form."""
    return word[0] < "\u3040" and len(word) > 4 and any(other.startswith(word[:5]) for other in had)


@cache
def learnt() -> Support:
    """What ships.

    Raises:
        KnowledgeError: the file cannot be read.
    """
    path = content_path("knowledge", "support.yaml")
    try:
        raw = parse_yaml(path.read_bytes())
        weights = tuple(float(raw["weights"][name]) for name in FEATURES)
        return Support(weights, float(raw["bias"]))
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        message = f"the weights of support in {path.name!r} cannot be read: {error}"
        raise KnowledgeError(message) from error
