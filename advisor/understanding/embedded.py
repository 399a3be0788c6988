"""Reading without a language model: fixed phrases, a grammar of quantities, and the trained reader.

The order is by certainty. Phrases that steer the conversation come first, then numbers and
recurrences, then what was learnt from exemplars. What was asked decides what an elliptic answer means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor import commands as c
from advisor.language import requested
from advisor.profile import CHOICES, FACTS
from advisor.understanding import cues
from advisor.understanding.quantities import calls_per_day, numbers, recurrences
from advisor.understanding.reader import NOTHING, TELL
from advisor.understanding.text import Span, clauses, sentences, whole

if TYPE_CHECKING:
    from advisor.commands import Command
    from advisor.llm.embeddings import Embedder, Vector
    from advisor.profile import FactName, FactValue
    from advisor.rules.book import RuleBook
    from advisor.understanding.context import Context
    from advisor.understanding.reader import Reader

MAX_UNITS = 24
"""Sentences and clauses of one message that are read for facts."""

MAX_SAID = 240
"""Characters of the user's words that are kept with a fact."""

SHORT = 60
"""Characters up to which a message is one utterance rather than a story."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How sure the trained reader must be; scores of `Reader`, chosen on the development conversations."""

    story: float = 0.38
    """A sentence of a story states a fact."""
    story_margin: float = 0.10
    """By so much the fact must lead over "states nothing"."""
    correction: float = 0.28
    """The same for a sentence that announces a correction."""
    move: float = 0.12
    """By so much a move must lead over "answers" while a question is pending."""
    answer: float = 0.30
    """The best value of the asked fact."""


class EmbeddedReader:
    """Reads a message into commands."""

    def __init__(
        self, embedder: Embedder, reader: Reader, book: RuleBook, thresholds: Thresholds | None = None
    ) -> None:
        self._embedder = embedder
        self._reader = reader
        self._limits = thresholds or Thresholds()
        self._insufficient = book.assumptions["insufficient-examples"].value
        self._sufficient = book.assumptions["sufficient-examples"].value

    def read(self, message: str, context: Context) -> tuple[Command, ...]:
        """The commands that ``message`` means; never empty."""
        text = whole(message)
        fixed = self._fixed(text, context)
        if fixed is not None:
            return (fixed,)
        vector = self._embedder.query(message[:2_000])
        act = self._reader.act(vector, message)
        move = self._move(act, text, context)
        parts = sentences(message)
        asked = [part for part in parts if self._is_question(part)]
        if move == "hypothetical" or (cues.HYPOTHETICAL.search(text.text) and (asked or move in _ASKS)):
            return (self._what_if(message, vector),)
        found: list[Command] = []
        told = [part for part in parts if part not in asked] if asked else list(parts)
        if move not in _ASKS or (told and asked):
            found += self._facts(message, told or list(parts), vector, move, context)
        if (asked and move not in ("skip", "thanks", "greeting", "goodbye")) or move in _ASKS:
            found += self._questions(message, asked, move, act, found, context)
        if found:
            return tuple(found)
        return (self._other(message, text, move, context),)

    # --- steering -----------------------------------------------------------------------------

    def _fixed(self, text: Span, context: Context) -> Command | None:
        """Phrases with a fixed meaning, and answers by number."""
        language = requested(text.said)
        if language is not None:
            return c.ChangeLanguage(language)
        folded = text.text.strip()
        for pattern, command in (
            (cues.RESTART, c.Restart()),
            (cues.SKIP, c.Skip()),
            (cues.UNDO, c.Undo()),
            (cues.HELP, c.SmallTalk("help")),
        ):
            if len(folded) <= SHORT and pattern.search(folded):
                return command
        if len(folded) <= SHORT and cues.SUMMARY.search(folded) and not recurrences(folded):
            return c.ShowSummary()
        if len(folded) <= SHORT and cues.WHY.search(folded) and context.asking is not None:
            return c.AskWhy("question")
        if context.asking is not None and context.options_shown and folded.strip(" .)。").isdigit():
            return self._by_number(text, context.asking)
        return None

    def _by_number(self, text: Span, asking: FactName) -> Command | None:
        choices: tuple[FactValue, ...] = (*CHOICES.get(asking, ()), None)
        number = int(text.text.strip(" .)。"))
        if asking in CHOICES and 1 <= number <= len(choices):
            return c.SetFact(asking, choices[number - 1], text.said)
        return None

    def _move(self, act: dict[str, float], text: Span, context: Context) -> str:
        """What the message does: a move's name, or `TELL`."""
        best = max(act, key=lambda label: act[label])
        if best in (TELL, "agree", "disagree"):
            return TELL
        margin = self._limits.move if context.asking is not None else 0.0
        tells = max(act[TELL], act["agree"], act["disagree"]) if context.asking is not None else act[TELL]
        if act[best] - tells < margin:
            return TELL
        if best in _ASKS and context.asking is not None and not cues.QUESTION.search(text.text):
            return TELL if act[best] - tells < 3 * self._limits.move else best
        return best

    def _is_question(self, part: Span) -> bool:
        return bool(cues.QUESTION.search(part.text)) and not cues.RESTART.search(part.text)

    def _other(self, message: str, text: Span, move: str, context: Context) -> Command:
        match move:
            case "greeting" | "thanks" | "goodbye" | "smalltalk" | "anger":
                return c.SmallTalk(move)
            case "skip" if context.asking is not None:
                return c.Skip()
            case "summary":
                return c.ShowSummary()
            case "restart" if len(text.text) <= SHORT:
                return c.Restart()
            case "undo" if len(text.text) <= SHORT:
                return c.Undo()
            case "why":
                return c.AskWhy("question" if context.asking is not None else "recommendation")
            case _:
                pass
        return c.CannotHandle(message[:MAX_SAID])

    # --- questions ----------------------------------------------------------------------------

    def _questions(
        self,
        message: str,
        asked: list[Span],
        move: str,
        act: dict[str, float],
        found: list[Command],
        context: Context,
    ) -> list[Command]:
        if found and not asked:
            return []
        question = " ".join(part.said for part in asked) if asked else message
        if found or len(asked) < len(sentences(message)):
            act = self._reader.act(self._embedder.query(question[:2_000]), question)
        kind = max((label for label in act if label not in (TELL, "agree", "disagree")), key=lambda label: act[label])
        if kind == "why" and move not in ("topic_question", "unrelated_question"):
            return [c.AskWhy("question" if context.asking is not None and not found else "recommendation")]
        if kind == "clarify_question" and context.asking is not None and not found:
            return [c.AskMeaning(context.asking)]
        if kind == "summary":
            return [c.ShowSummary()]
        if kind in ("greeting", "smalltalk") and act[kind] > 0.4:
            return [c.SmallTalk("greeting" if kind == "greeting" else "smalltalk")]
        if found and act[TELL] > act[kind]:
            return []  # "weekly, I think?" is an answer
        return [c.AskQuestion(question)]

    def _what_if(self, message: str, vector: Vector) -> Command:
        best: tuple[float, FactName | None, FactValue] = (0.25, None, None)
        for part in (whole(message), *sentences(message)):
            count = calls_per_day(part.text) if cues.CALLS.search(part.text) else None
            if count is not None and not cues.EXAMPLES.search(part.text.replace("question", "")):
                return c.WhatIf("daily_calls", count, part.said)
            scores = self._reader.story(vector if part.said == message else self._embedder.query(part.said), part.said)
            for label, score in scores.items():
                if label != NOTHING and score > best[0]:
                    fact, value = _fact_value(label)
                    best = (score, fact, self._refined(fact, value, part))
        return c.WhatIf(best[1], best[2], message[:MAX_SAID])

    def _refined(self, fact: FactName, value: FactValue, part: Span) -> FactValue:
        """A learnt value made exact by the grammar."""
        if fact == "knowledge_update_frequency":
            found = recurrences(part.text)
            return found[-1].frequency if found else value
        return value

    # --- facts --------------------------------------------------------------------------------

    def _facts(self, message: str, told: list[Span], vector: Vector, move: str, context: Context) -> list[Command]:
        asking = context.asking
        found: dict[FactName, Command] = {}
        if asking is not None and (move == TELL or move in ("agree", "disagree")):
            answer = self._answer(message, told, vector, context)
            if answer is not None:
                found[asking] = answer
        if asking is None or len(message) > SHORT or cues.LATER_CORRECTION.search(whole(message).text):
            for command in self._statements(told):
                if command.fact not in found or (
                    isinstance(previous := found[command.fact], c.SetFact) and previous.value is None
                ):
                    found[command.fact] = command
        return [found[fact] for fact in FACTS if fact in found]

    def _answer(self, message: str, told: list[Span], vector: Vector, context: Context) -> Command | None:
        """What the message answers to the pending question, if anything."""
        asking = context.asking
        assert asking is not None
        said = " ".join(part.said for part in told) if len(told) != 1 else told[0].said
        said = said if said in message else message.strip()
        text = whole(said)
        if said != message:
            vector = self._embedder.query(said[:2_000])
        elsewhere = self._elsewhere(text, vector, asking)
        if elsewhere:
            return None
        if asking == "knowledge_update_frequency":
            return self._frequency(text, vector)
        if asking == "daily_calls":
            return self._calls(text, vector)
        if asking == "labeled_data":
            return self._labels(text, vector, context)
        return self._choice(asking, text, vector)

    def _elsewhere(self, text: Span, vector: Vector, asking: FactName) -> bool:
        """Whether the message corrects another fact instead of answering."""
        if not cues.LATER_CORRECTION.search(text.text):
            return False
        scores = self._reader.story(vector, text.said)
        best = max(scores, key=lambda label: scores[label])
        if best == NOTHING or best.startswith(f"{asking}="):
            return False
        own = max(score for label, score in scores.items() if label.startswith(f"{asking}="))
        return scores[best] > self._limits.correction and scores[best] - own > 0.15

    def _choice(self, asking: FactName, text: Span, vector: Vector) -> Command | None:
        scores = self._reader.answer(asking, vector, text.said)
        tail = _after_correction(text)
        if tail is not None:
            scores = self._reader.answer(asking, self._embedder.query(tail.said), tail.said)
            text = tail
        unknown = scores.pop("unknown")
        best = max(scores, key=lambda label: scores[label])
        if asking in _BOOLEAN:
            yes, no = cues.YES.search(text.text), cues.NO.search(text.text)
            if yes and not no:
                scores["true"] += 0.25
            elif no and not yes:
                scores["false"] += 0.25
            best = max(scores, key=lambda label: scores[label])
        if cues.DONT_KNOW.search(text.text) and scores[best] < 0.75:
            unknown += 0.3
        if unknown > scores[best]:
            return c.SetFact(asking, None, _kept(text.said))
        if scores[best] < self._limits.answer:
            return None
        return c.SetFact(asking, _value(asking, best), _kept(text.said))

    def _frequency(self, text: Span, vector: Vector) -> Command | None:
        recurrence = _recurrence(text)
        if recurrence is not None:
            return c.SetFact("knowledge_update_frequency", recurrence, _kept(text.said))
        return self._choice("knowledge_update_frequency", text, vector)

    def _calls(self, text: Span, vector: Vector) -> Command | None:
        tail = _after_correction(text) or text
        count = calls_per_day(tail.text)
        if count is None:
            count = calls_per_day(text.text)
        scores = self._reader.answer("daily_calls", vector, text.said)
        if count is not None:
            return c.SetFact("daily_calls", count, _kept(text.said))
        if cues.DONT_KNOW.search(text.text) or max(scores, key=lambda label: scores[label]) == "unknown":
            return c.SetFact("daily_calls", None, _kept(text.said))
        return None

    def _labels(self, text: Span, vector: Vector, context: Context) -> Command | None:
        if context.follow_up is not None and context.asking == "labeled_data":
            return self._follow_up(text, vector)
        scores = self._reader.answer("labeled_data", vector, text.said)
        count = _example_count(_after_correction(text) or text)
        if count is None:
            return self._choice("labeled_data", text, vector)
        said = _kept(text.said)
        if count < self._insufficient:
            return c.SetFact("labeled_data", "insufficient", said)
        if cues.UNREVIEWED.search(text.text) or scores["insufficient"] > scores["sufficient"] + 0.35:
            return c.SetFact("labeled_data", "insufficient", said)
        if count < self._sufficient:
            return c.AskBack("labeled_data", "count-between", said)
        if cues.REVIEWED.search(text.text) or scores["sufficient"] > scores["insufficient"] + 0.35:
            return c.SetFact("labeled_data", "sufficient", said)
        return c.AskBack("labeled_data", "count-quality", said)

    def _follow_up(self, text: Span, vector: Vector) -> Command | None:
        """The answer to "are they reviewed?"."""
        yes, no = cues.YES.search(text.text), cues.NO.search(text.text)
        said = _kept(text.said)
        if bool(yes) != bool(no):
            return c.SetFact("labeled_data", "sufficient" if yes else "insufficient", said)
        if cues.UNREVIEWED.search(text.text):
            return c.SetFact("labeled_data", "insufficient", said)
        if cues.REVIEWED.search(text.text) and not cues.DONT_KNOW.search(text.text):
            return c.SetFact("labeled_data", "sufficient", said)
        return self._choice("labeled_data", text, vector)

    def _statements(self, told: list[Span]) -> list[c.SetFact | c.AskBack]:
        """The facts that the sentences of a story state."""
        units: list[Span] = []
        for sentence in told:
            pieces = clauses(sentence)
            units += [sentence, *(piece for piece in pieces if len(pieces) > 1 and len(piece.text) > 6)]
        found: dict[FactName, tuple[float, c.SetFact | c.AskBack]] = {}
        for unit in units[:MAX_UNITS]:
            stated = self._statement(unit)
            if stated is None:
                continue
            score, command = stated
            if command.fact not in found or score >= found[command.fact][0]:
                found[command.fact] = (score, command)
        return [command for _, command in found.values()]

    def _statement(self, unit: Span) -> tuple[float, c.SetFact | c.AskBack] | None:
        said = _kept(unit.said)
        scores = self._reader.story(self._embedder.query(unit.said[:2_000]), unit.said)
        best = max((label for label in scores if label != NOTHING), key=lambda label: scores[label])
        fact, value = _fact_value(best)
        corrected = bool(cues.LATER_CORRECTION.search(unit.text))
        least = self._limits.correction if corrected else self._limits.story
        sure = scores[best] > least and scores[best] - scores[NOTHING] > (0 if corrected else self._limits.story_margin)
        if fact == "daily_calls" or (not sure and cues.CALLS.search(unit.text)):
            return self._stated_calls(unit, scores, said)
        if fact == "knowledge_update_frequency":
            recurrence = _recurrence(unit)
            if (
                recurrence is not None
                and (sure or cues.CHANGE.search(unit.text))
                and scores[NOTHING] < scores[best] + 0.1
            ):
                return scores[best] + 0.2, c.SetFact(fact, recurrence, said)
        if not sure:
            return None
        if fact == "labeled_data":
            count = _example_count(unit)
            if count is not None and count < self._insufficient:
                return scores[best], c.SetFact(fact, "insufficient", said)
            if count is not None and count < self._sufficient:
                return scores[best], c.AskBack(fact, "count-between", said)
        return scores[best], c.SetFact(fact, value, said)

    def _stated_calls(self, unit: Span, scores: dict[str, float], said: str) -> tuple[float, c.SetFact] | None:
        """Calls a day in a story: only a number with a unit of time and something that is called."""
        high = max(scores["daily_calls=high"], scores["daily_calls=low"])
        if not numbers(unit.text) or not cues.CALLS.search(unit.text):
            return None
        count = calls_per_day(unit.text)
        if count is None or high < 0.15 or high < scores[NOTHING] - 0.1:
            return None
        return high + 0.2, c.SetFact("daily_calls", count, said)


_PUNCTUATION = " ,,。.、"
_ASKS = frozenset(
    {"topic_question", "clarify_question", "why", "summary", "unrelated_question", "hypothetical"},
)
_BOOLEAN = frozenset(fact for fact in FACTS if CHOICES.get(fact) == (True, False))


def _value(fact: FactName, label: str) -> FactValue:
    return label == "true" if fact in _BOOLEAN else label


def _fact_value(label: str) -> tuple[FactName, FactValue]:
    name, _, value = label.partition("=")
    fact = next(fact for fact in FACTS if fact == name)
    return fact, _value(fact, value)


def _kept(said: str) -> str:
    return said.strip()[:MAX_SAID].strip()


def _after_correction(text: Span) -> Span | None:
    """What follows the last self-correction in a message, if something does."""
    matches = list(cues.CORRECTION.finditer(text.text))
    if not matches or len(text.text) != len(text.said):
        return None
    tail = text.said[matches[-1].end() :].strip(_PUNCTUATION)
    return whole(tail) if len(tail) >= 2 else None


def _recurrence(text: Span) -> str | None:
    """The frequency that a text states: of clauses that speak of change if there are any; the last counts."""
    tail = _after_correction(text)
    if tail is not None and recurrences(tail.text):
        text = tail
    pieces = clauses(text) or (text,)
    changing = [piece for piece in pieces if cues.CHANGE.search(piece.text) and recurrences(piece.text)]
    found = [(piece.text, recurrence) for piece in (changing or [text]) for recurrence in recurrences(piece.text)]
    kept = [item for item in found if not cues.NEGATED_BEFORE.search(item[0][: item[1].start])] or found
    return kept[-1][1].frequency if kept else None


def _example_count(text: Span) -> float | None:
    """How many examples a text speaks of; years, people and the like do not count."""
    counts = [
        number.value
        for number in numbers(text.text)
        if not cues.OTHER_COUNT.search(text.text[number.end :])
        and not (1900 <= number.value <= 2100 and not cues.EXAMPLES.match(text.text[number.end :].strip()[:12] or " "))
    ]
    large = [count for count in counts if count >= 10] or counts
    return max(large) if large else None
