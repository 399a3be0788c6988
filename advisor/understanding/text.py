"""A message made readable: folded for matching, with every span leading back to the user's own words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from advisor.language import to_simplified

MAX_CHARACTERS = 20_000
"""How much of a message is read; the rest is cut off, and the reply says so."""

_SENTENCE = re.compile(
    r"(?:[^.!?;。!?;\n \u3000…]|[.](?=\w)|(?<![\u3040-\u9fff,、])[ \u3000]+|[ \u3000]+(?![\u3040-\u9fff])|…(?!…))+[.!?;。!?;…]*"
)
"""In Chinese and Japanese a space ends a sentence as well: chats leave the full stop out."""
_CLAUSE_BREAK = re.compile(
    r"(?<!\d),|,(?!\d)|[、:()—–]|\b(?:but|however|although|though|whereas|while|except that|and)\b"
    r"|但是?|不过|可是|然而|而且|另外|同时|ですが|けれども?|けど|ものの|一方で?|また"
)
_KANA = re.compile(r"[\u3041-\u30fa]")
_INVISIBLE = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a message."""

    text: str
    """The folded form, for matching: NFKC, lower case, simplified characters."""
    said: str
    """The user's own words, a substring of the message."""


def clean(text: str) -> str:
    """``text`` without control characters, bidirectional marks and invisible tags, ends stripped."""
    return _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")).strip()


def fold(text: str) -> tuple[str, list[int]]:
    """The folded form of ``text``, and for each of its characters the place it came from."""
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for piece in unicodedata.normalize("NFKC", character).lower().replace("’", "'"):
            folded.append(piece)
            places.append(place)
    joined = "".join(folded)
    # Japanese keeps its own characters: half of a word in simplified ones would match nothing.
    simplified = joined if _KANA.search(joined) else to_simplified(joined)
    return (simplified if len(simplified) == len(joined) else joined), places


def spans(message: str, pattern: re.Pattern[str]) -> tuple[Span, ...]:
    """The pieces of ``message`` that ``pattern`` finds in its folded form."""
    folded, places = fold(message)
    return tuple(span for match in pattern.finditer(folded) if (span := _span(message, folded, places, *match.span())))


def _span(message: str, folded: str, places: list[int], start: int, end: int) -> Span | None:
    while start < end and folded[start] in " \n,、:-":
        start += 1
    while end > start and folded[end - 1] in " \n,、:-":
        end -= 1
    if start == end or not any(character.isalnum() for character in folded[start:end]):
        return None
    return Span(folded[start:end], message[places[start] : places[end - 1] + 1])


def width(text: str) -> int:
    """The columns that ``text`` fills: a CJK character says as much as two Latin ones."""
    return sum(2 if character > "\u2e80" else 1 for character in text)


def whole(message: str) -> Span:
    """The whole message as one span."""
    return Span(fold(message)[0], message)


def sentences(message: str) -> tuple[Span, ...]:
    """The sentences of a message."""
    return spans(message, _SENTENCE)


def clauses(sentence: Span) -> tuple[Span, ...]:
    """The clauses of a sentence: split at commas, colons, dashes and contrasting conjunctions."""
    folded, places = fold(sentence.said)
    breaks = [(0, 0), *(match.span() for match in _CLAUSE_BREAK.finditer(folded)), (len(folded), len(folded))]
    pieces = (_span(sentence.said, folded, places, before[1], after[0]) for before, after in pairwise(breaks))
    return tuple(piece for piece in pieces if piece is not None)
