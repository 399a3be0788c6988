"""A question cut into the questions in it, so that a part without an answer can be told apart. Pure."""

from __future__ import annotations

import re

from advisor.citations import mentions_topic

MOST = 6
"""Clauses that are looked at."""

LEAST_LETTERS, LEAST_IDEOGRAPHS = 12, 6
"""Letters, or Chinese and Japanese characters, below which a clause says too little alone."""

_LOOSE = " ,、，;；"  # what is left standing at an end
_CUT = re.compile(
    r"(?<=[?!。？！;；])(?![?!。？！;；])\s*|(?<=\.)\s+|(?:[、，]|,(?!\d)|(?<!\d),)\s*(?:and |but |plus |also )?"
    r"|\s+(?:and|plus|also|&) (?=what|how|which|who|can|would|is|are|do|does|where|when|should|could)"
    r"|(?:另外|還有|还有|然後|然后|以及|順便|顺便|あと|それと|また(?!は)|そして)(?=.{6})",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"[?？]|\b(?:what|which|who|whom|when|where|why|how|can|could|should|would|is|are|do|does|did|will|recommend|tell)\b"
    r"|哪|什麼|什么|怎麼|怎么|如何|多少|幾|几|多久|多長|多长|嗎|吗|呢|是不是|能不能|可不可以|行不行|有沒有|有没有|算不算|誰|谁|咋|啥"
    r"|ですか|ますか|でしょうか|いくら|どれ|どち|どの|何|いつ|誰|教えて|は$",
    re.IGNORECASE,
)


def asking_clauses(question: str) -> list[str]:
    """The clauses of ``question`` that ask something and say enough; empty where it is but one."""
    pieces = [piece.strip() for piece in _CUT.split(question) if piece and piece.strip()]
    if len(pieces) < 2:
        return []
    return [piece for piece in pieces[:MOST] if _ASKS.search(piece) and _says_enough(piece)]


def without(question: str, clauses: list[str]) -> str:
    """What is left of ``question`` when ``clauses`` are taken out."""
    for clause in clauses:
        question = question.replace(clause, " ", 1)
    return " ".join(question.split()).strip(_LOOSE)


def asks(text: str) -> bool:
    """Whether ``text`` asks something: in the words of a question, or by naming RAG or fine-tuning."""
    return bool(_ASKS.search(text)) or mentions_topic(text)


def _says_enough(piece: str) -> bool:
    ideographs = sum(character >= "\u3041" and character.isalpha() for character in piece)
    return ideographs >= LEAST_IDEOGRAPHS or sum(map(str.isalpha, piece)) - ideographs >= LEAST_LETTERS
