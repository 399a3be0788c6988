"""Whether a sentence says only what its passages say: numbers, names, and the words themselves. Pure.

Three tests, none of which needs a model. A number or a name stands in a cited passage or in what the user
said. The share of the sentence's character sequences that stand in its passages tells a paraphrase from an
invention (Adlakha et al. 2024 call the like of it K-precision; measured on MTRAG's rated answers it finds
unfaithful ones as well as a judge does). A verdict has to be the passage's own, nearly word by word.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GROUNDED = 0.3
"""The least share of a model's sentence that stands in the passages it cites, in one language."""

VERDICT_GROUNDED = 0.75
"""The same of a sentence that advises something: whoever words it, the advice is the passage's."""

LETTERS, IDEOGRAPHS = 5, 2
"""Lengths of the sequences that are compared."""

COMMON = frozenset({"rag", "llm", "llms", "ai", "fine", "tuning", "it", "ok", "api", "id"})
"""Latin words that name nothing new."""

_NUMBER = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(百萬|百万|萬|万|億|亿|million|billion|thousand|M\b|k\b)?", re.IGNORECASE)
_SCALE = {"百萬": 1e6, "百万": 1e6, "萬": 1e4, "万": 1e4, "億": 1e8, "亿": 1e8, "million": 1e6, "billion": 1e9}
_SCALE |= {"thousand": 1e3, "m": 1e6, "k": 1e3}
_ZERO = ("一百萬", "一百万", "百萬", "百万")
_IDEOGRAPH = re.compile(r"[\u3041-\u30ff\u3400-\u9fff]")
_RUN = re.compile(r"[\u3041-\u30ff\u3400-\u9fff]+")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-+.][A-Za-z0-9]+)*")
_MARKS = re.compile(r"\[\[[^\[\]]*\]\]|\[\d+\]")
_VERDICT = re.compile(
    r"\brecommend|\badvis(?:e|able)|\bshould (?:choose|use|go|pick|start|fine|adopt|prefer)|\bbest (?:choice|option|fit)|\bmust (?:choose|use|fine)|\b(?:choose|pick|go with|opt for) (?:rag|fine|both|hybrid)"
    r"|建議|建议|推薦|推荐|應該(?:選|用|採)|应该(?:选|用|采)|最(?:適合|适合|好的?選擇|好的?选择)|必須(?:選|用)|必须(?:选|用)"
    r"|お勧め|おすすめ|推奨|べき|最適",
    re.IGNORECASE,
)


def numbers(text: str) -> frozenset[float]:
    """The numbers in ``text`` as values: 1M, 1,000,000 and 百萬 are one."""
    text = unicodedata.normalize("NFKC", _MARKS.sub(" ", text))
    found = {float(digits.replace(",", "")) * _SCALE.get(scale.lower(), 1) for digits, scale in _NUMBER.findall(text)}
    found |= {1e6 for word in _ZERO if word in text}
    return frozenset(found)


def names(text: str) -> frozenset[str]:
    """The Latin words in ``text`` that name something.

    Among Chinese or Japanese every one; in English those that have digits, or capitals other than at a beginning.
    """
    text = unicodedata.normalize("NFKC", _MARKS.sub(" ", text))
    among_others = bool(_IDEOGRAPH.search(text))
    return (
        frozenset(
            word.group().lower()
            for word in _LATIN.finditer(text)
            if len(word.group()) > 1 and (among_others or _names_something(word.group(), text[: word.start()]))
        )
        - COMMON
    )


def _names_something(word: str, before: str) -> bool:
    if sum(map(str.isupper, word)) > 1 or any(map(str.isdigit, word)):
        return True
    begins = not before.strip() or bool(re.search(r"[.!?:“\"(*\n-]\s*$", before))
    return word[0].isupper() and not begins and word != "I"


def strangers(sentence: str, known: Iterable[str]) -> tuple[str, ...]:
    """The numbers and names of ``sentence`` that stand in none of the texts ``known``."""
    texts = tuple(known)
    seen = frozenset(number for text in texts for number in numbers(text))
    folded = " ".join(unicodedata.normalize("NFKC", text).lower() for text in texts)
    return (
        *(f"{number:g}" for number in sorted(numbers(sentence) - seen)),
        *sorted(name for name in names(sentence) if name not in folded),
    )


def groundedness(sentence: str, passages: Iterable[str]) -> float:
    """The share of ``sentence`` that stands in ``passages``, 0–1; 1 where it has no words.

    Sequences of five letters or two ideographs, case and punctuation folded.
    """
    said = set(_sequences(_MARKS.sub(" ", sentence)))
    there = {each for passage in passages for each in _sequences(passage)}
    return len(said & there) / len(said) if said else 1.0


def advises(sentence: str) -> bool:
    """Whether ``sentence`` reads like a verdict or an advice."""
    return bool(_VERDICT.search(sentence))


def same_script(one: str, other: str) -> bool:
    """Whether two texts are both of ideographs or both not, so that their words can be compared."""
    return bool(_IDEOGRAPH.search(one)) == bool(_IDEOGRAPH.search(other))


def _sequences(text: str) -> Iterator[str]:
    folded = "".join(
        character if character.isalnum() else " " for character in unicodedata.normalize("NFKC", text).casefold()
    )
    for run in _RUN.findall(folded):
        yield from (run[place : place + IDEOGRAPHS] for place in range(max(1, len(run) - IDEOGRAPHS + 1)))
    latin = " ".join(_RUN.sub(" ", folded).split())
    yield from (latin[place : place + LETTERS] for place in range(len(latin) - LETTERS + 1))
