"""Slips of the keyboard in Latin words, mended before a message is read.

A word is mended if it is in no dictionary and rare in the exemplars, and if one slip (a letter
too many, too few, wrong, or two exchanged) leads to a word that the exemplars know. Names, abbreviations
and words of a trade stay as they are: they have no such neighbour, or are written with capitals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from advisor import commands as c

if TYPE_CHECKING:
    from collections.abc import Callable

    from spellchecker import SpellChecker

    from advisor.commands import Command

_WORD = re.compile(r"(?<![\w.@/'’-])[A-Za-z]{3,24}(?![\w@/'’-]|\.\w)")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;\n。!?])\s*$")
_NEVER = re.compile(r"[A-Z]")
SHORT_WORD = 4
"""Letters of a word that has too many neighbours to guess at."""

USUAL = 8.0
"""Rarity up to which a word is usual enough to be meant: of some ten exemplars."""

RARER = 2.0
"""By how much a slip is rarer than the word that was meant, as a logarithm."""

MAX_MENDED = 2_000
"""Characters of a message that are looked through; a longer one is a document, not typing."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A message with its slips mended, and the way back to what was typed."""

    text: str
    typed: str
    edits: tuple[tuple[int, int, int], ...]
    """Of each mended word: where it begins in `text`, its length there, its length as typed."""

    def as_typed(self, said: str) -> str:
        """The typed words behind ``said``, a piece of `text`."""
        start = self.text.find(said)
        if start < 0 or not self.edits:
            return said
        return self.typed[self._typed_place(start, after=False) : self._typed_place(start + len(said), after=True)]

    def command(self, command: Command) -> Command:
        """``command`` with the user's words as they were typed."""
        match command:
            case c.AskBack(said=said, other=other):
                return replace(command, said=self.as_typed(said), other=self.as_typed(other))
            case c.SetFact() | c.WhatIf() | c.TellStory() | c.CannotHandle():
                return replace(command, said=self.as_typed(command.said))
            case _:
                return command

    def _typed_place(self, place: int, *, after: bool) -> int:
        shift = 0
        for start, length, typed in self.edits:
            if start + length <= place:
                shift += typed - length
            elif start < place:  # inside a mended word: the whole word was said
                return start + shift + (typed if after else 0)
            else:
                break
        return place + shift


def mended(message: str, rarity: Callable[[str], float | None]) -> Mended:
    """``message`` with slips mended; ``rarity`` tells how rare a word is in the exemplars, ``None`` for one not there."""
    pieces: list[str] = []
    edits: list[tuple[int, int, int]] = []
    done = length = 0
    for match in _WORD.finditer(message[:MAX_MENDED]):
        word = match.group()
        if _NEVER.search(word[1:]) or (word[0].isupper() and not _SENTENCE_START.search(message[: match.start()])):
            continue
        right = _right(word.lower(), rarity)
        if right is None:
            continue
        right = right.capitalize() if word[0].isupper() else right
        pieces += [message[done : match.start()], right]
        length += match.start() - done
        edits.append((length, len(right), len(word)))
        length += len(right)
        done = match.end()
    return Mended("".join([*pieces, message[done:]]), message, tuple(edits))


def _right(word: str, rarity: Callable[[str], float | None]) -> str | None:
    """What ``word`` was meant to be, if it is a slip."""
    if word in _dictionary():
        return None
    own = rarity(word)
    near = [
        (rare, other)
        for other in _dictionary().edit_distance_1(word)
        if other in _dictionary() and _likely(word, other) and (rare := rarity(other)) is not None and rare < USUAL
    ]
    if not near:
        return None
    rare, best = min(near)
    return best if own is None or own - rare > RARER else None  # some slips are in the exemplars themselves


def _likely(word: str, other: str) -> bool:
    """Whether hands slip so: letters change places, or go wrong after the first; short words lose letters only."""
    if sorted(other) == sorted(word):
        return True
    return other[0] == word[0] and (len(other) > len(word) or len(word) > SHORT_WORD)


@cache
def _dictionary() -> SpellChecker:
    from spellchecker import SpellChecker  # its English word list takes a tenth of a second

    return SpellChecker(language="en", distance=1)
