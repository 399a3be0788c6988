"""Whether a passage of the user's documents answers a question: a decision learnt from examples.

What it looks at: how near the passage is, also compared with its neighbours, which of the question's
words the passage has, and whether a number or name of the question is missing in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import yaml

from advisor.content import content_path
from advisor.errors import KnowledgeError
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
)

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(
    r"(?<![A-Za-z])[A-Z][A-Za-z0-9]*[A-Z0-9][A-Za-z0-9]*(?![A-Za-z])|(?<![A-Za-z])(?<=[a-z,] )[A-Z][a-z]{2,}"
)
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

    @property
    def best_sentence(self) -> float:
        """Cosine of the question and the passage's best sentence."""
        return max((cosine for _, cosine in self.sentences), default=0.0)


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
    asked, said = tokens(evidence.question), evidence.passage.heading + "\n" + evidence.passage.text
    had = set(tokens(said))
    weighed = {word: rarity(word) for word in dict.fromkeys(asked)}
    total = sum(weighed.values()) or 1.0
    shared = sum(weight for word, weight in weighed.items() if word in had or _stem_in(word, had)) / total
    same = evidence.language is None or evidence.language[:2] == evidence.passage.language[:2]
    folded = said.lower()
    numbers = [number for number in _NUMBER.findall(evidence.question) if len(number) > 1]
    names = _names(evidence.question)
    return (
        10 * (evidence.similarity - 0.5),
        10 * (evidence.similarity - evidence.usual),
        10 * (evidence.similarity - evidence.next_best),
        shared if same else 0.0,
        float(same),
        float(any(number not in said for number in numbers)),
        sum(name.lower() not in folded for name in names) / max(len(names), 1),
        10 * (evidence.best_sentence - 0.4),
        10 * (evidence.best_sentence - evidence.next_sentence),
        max((_share(weighed, sentence) for sentence, _ in evidence.sentences), default=0.0) / total if same else 0.0,
        len(weighed) / 10,
    )


def _share(weighed: Mapping[str, float], sentence: str) -> float:
    """How much of a question's weight stands in a sentence."""
    had = set(tokens(sentence))
    return sum(weight for word, weight in weighed.items() if word in had)


def _names(question: str) -> Sequence[str]:
    """Names and abbreviations: words with capitals, and in Chinese or Japanese any Latin word."""
    pattern = _LATIN_NAME if re.search(r"[\u3041-\u9fff]", question) else _NAME
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
