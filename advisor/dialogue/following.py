"""What a question means after the answer before it: "and the second one?", "what about cost?". Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.conversation import MAX_LEANT_ON
from advisor.knowledge import article
from advisor.understanding.references import LAST, reference
from advisor.understanding.text import whole, width

if TYPE_CHECKING:
    from advisor.conversation import Answered

_RAG = re.compile(r"(?<![A-Za-z])(?:RAG|RGA)(?![A-Za-z])", re.IGNORECASE)
_TUNED = re.compile(
    r"fine-?\s?tun(?:ing|ed?)(?: models?)?|(?<![A-Za-z])FT(?![A-Za-z])|微調|微调|ファインチューニング", re.IGNORECASE
)
BARE = 20
"""Columns beside the name of an approach up to which a question says only that it is meant now."""

_BOTH = "RAG, fine-tuning: "
"""What the aspect is meant of, where only an aspect is named."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A question as it is meant."""

    question: str
    """As it was asked."""
    together: str
    """With what it leans on; the same as `question` where it stands on its own."""
    passages: tuple[str, ...] = ()
    """The passages that it points at, where it does so plainly."""

    @property
    def leans(self) -> bool:
        """Whether it is only understood with what was said before."""
        return self.together != self.question


def follow(question: str, last: Answered | None) -> Followed:
    """What ``question`` means after ``last``."""
    found = reference(whole(question).text) if last is not None else None
    if last is None or found is None or (found.kind == "points" and _names_its_subject(question)):
        return Followed(question, question)
    behind = f"{last.question} {question}"[-MAX_LEANT_ON:]
    shown = [passage for passage in last.passages if passage in article()]
    swapped = _swapped(question, last.question)
    match found.kind:
        case "place":
            items = shown if len(shown) > 1 else _siblings(shown[:1])
            if items and (found.place == LAST or found.place < len(items)):
                return Followed(question, behind, (items[found.place],))
        case "more":
            return Followed(question, behind, _after(shown))
        case "rest" if others := tuple(each for each in _siblings(shown[:1]) if each not in shown):
            return Followed(question, behind, others)
        case "shift" if swapped is None:
            return Followed(question, _BOTH + question)
        case "other" if len(shown) == 1 and shown[0].startswith("core-differences/"):
            return Followed(question, behind, tuple(shown))
        case _:
            pass
    return Followed(question, behind if swapped is None else swapped)


def _siblings(shown: list[str]) -> list[str]:
    """The list that a passage is in or heads."""
    section = shown[0].split("/", 1)[0] if shown else ""
    return [passage for passage in article() if passage.startswith(f"{section}/")]


def _after(shown: list[str]) -> tuple[str, ...]:
    """What comes in the same list after what was shown; for a passage outside of any list, itself."""
    if not shown:
        return ()
    listed = _siblings(shown[-1:])
    if shown[-1] not in listed:
        return tuple(shown)
    return tuple(listed[listed.index(shown[-1]) + 1 :])


def _names_its_subject(question: str) -> bool:
    """Whether a question says what it is about at such length that it needs nothing before it."""
    rest = _TUNED.sub("", _RAG.sub("", question))
    return rest != question and width(rest) > BARE


def _swapped(question: str, before: str) -> str | None:
    """The question before, asked of the other approach, where this one names only that."""
    for named, other in ((_RAG, _TUNED), (_TUNED, _RAG)):
        found = named.search(question)
        if found and not other.search(question) and other.search(before) and not named.search(before):
            return other.sub(found.group(), before)
    return None
