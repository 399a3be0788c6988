"""What is taken from a message beside its meaning: the words kept, what follows a self-correction, counts."""

from __future__ import annotations

import re

from advisor.profile import CHOICES, FACTS, FactName, FactValue
from advisor.understanding import cues
from advisor.understanding.numerals import numbers
from advisor.understanding.recurrence import Recurrence, recurrences
from advisor.understanding.text import Span, clauses, whole

MAX_SAID = 240
"""Characters of the user's words that are kept with a fact."""

BOOLEAN = frozenset(fact for fact in FACTS if CHOICES.get(fact) == (True, False))

_PUNCTUATION = " ,，。.、:：了"
_QUOTED_LINE = re.compile(r"^\s*(?:[>＞]|\|\s)")
_SCRIPT_LINK = re.compile(r"!?\[[^\]]*\]\((?:javascript|data|vbscript):[^\s]*", re.IGNORECASE)
_FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_FORWARDED = re.compile(
    r"^\W*-{2,}\W*(?:forwarded|original)|^\W*begin forwarded message|^\W*(?:from|寄件者|寄件人|发件人|發件人|差出人|送信者)\s*[:：]"
    r"|^\W*-{2,}\W*(?:轉寄|转发|轉發|原始|転送|元の)",
    re.IGNORECASE,
)


def kept(said: str) -> str:
    """The words that are kept with a fact."""
    return said.strip()[:MAX_SAID].strip()


def own_words(message: str) -> str:
    """``message`` without quoted lines, code and forwarded mails: what others wrote is not what the user tells."""
    lines = []
    for line in _FENCED.sub(" ", _SCRIPT_LINK.sub(" ", message)).split("\n"):
        if _FORWARDED.search(line):
            break
        if not _QUOTED_LINE.search(line):
            lines.append(line)
    return "\n".join(lines).strip()


def value_of(fact: FactName, label: str) -> FactValue:
    """A learnt class as the fact's value."""
    return label == "true" if fact in BOOLEAN else label


def stretch(message: str, told: list[Span]) -> str:
    """The stretch of the message from the first to the last of the told sentences."""
    if not told:
        return message
    start = message.find(told[0].said)
    end = message.rfind(told[-1].said) + len(told[-1].said)
    return message[start:end] if 0 <= start < end else message


def after_correction(text: Span) -> Span | None:
    """What follows the last self-correction in a message, if something does; a "no" at its start corrects nothing."""
    matches = [match for match in cues.CORRECTION.finditer(text.text) if match.start() > 0]
    if not matches or len(text.text) != len(text.said):
        return None
    tail = text.said[matches[-1].end() :].strip(_PUNCTUATION)
    return whole(tail) if len(tail) >= 2 else None


def recurrence(text: Span) -> str | None:
    """The frequency that a text states: of clauses that speak of change if there are any; the last counts."""
    tail = after_correction(text)
    if tail is not None and recurrences(tail.text):
        text = tail
    pieces = clauses(text) or (text,)
    changing = [piece for piece in pieces if cues.CHANGE.search(piece.text) and recurrences(piece.text)]
    found: list[tuple[str, Recurrence]] = []
    for chosen in (changing, [text]):
        found = [(piece.text, each) for piece in chosen for each in recurrences(piece.text)]
        positive = [each for said, each in found if not cues.NEGATED_BEFORE.search(said[: each.start])]
        if positive:
            return positive[-1].frequency
    return found[-1][1].frequency if found else None


def example_count(text: Span) -> float | None:
    """How many examples a text speaks of; years, people and the like do not count, nor does a bare "one"."""
    counts = []
    for number in numbers(text.text):
        after = text.text[number.end :]
        named = bool(cues.EXAMPLES.match(after.lstrip()[:10]))
        if cues.OTHER_COUNT.search(after) or (1900 <= number.value <= 2100 and not named):
            continue
        if number.value >= 10 or named:
            counts.append(number.value)
    return max(counts) if counts else None
