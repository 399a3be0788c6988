"""Reading without a language model: fixed phrases, a grammar of quantities, and the trained reader.

The order is by certainty. Phrases that steer the conversation come first, then numbers and
recurrences, then what was learnt from exemplars. What was asked decides what an elliptic answer means.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from advisor import commands as c
from advisor.citations import mentions_topic
from advisor.language import requested
from advisor.profile import CHOICES, FACTS
from advisor.understanding import cues
from advisor.understanding.quantities import calls_per_day, numbers, recurrences
from advisor.understanding.reader import NOTHING, OTHER, TELL
from advisor.understanding.text import Span, clauses, sentences, whole

if TYPE_CHECKING:
    from advisor.commands import Command
    from advisor.llm.embeddings import Embedder, Vector
    from advisor.profile import FactName, FactValue
    from advisor.rules.book import RuleBook
    from advisor.understanding.context import Context
    from advisor.understanding.reader import Reader

Courtesy = Literal["greeting", "thanks", "goodbye", "smalltalk", "anger"]
"""What calls for courtesy and tells nothing."""

MAX_UNITS = 24
"""Sentences and clauses of one message that are read for facts."""

MAX_EMBEDDED = 600
"""Characters of a text that are embedded; the meaning of a longer one blurs, and it takes long."""

MAX_SAID = 240
"""Characters of the user's words that are kept with a fact."""

BARE = 14
"""Characters up to which a text with a number in it says hardly more than the number."""

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
    no_answer: float = 0.20
    """By so much "is no answer" must lead over the best value."""
    doubt: float = 0.60
    """The same where the message may be something else than an answer."""
    elsewhere: float = 0.45
    """A message tells another fact than the one asked for."""
    elsewhere_margin: float = 0.20
    """By so much that fact must lead over the asked one."""
    pending_story: float = 0.50
    """A sentence states a further fact in an answer to another question."""
    topic: float = 0.25
    """Added to "asks about the topic" where RAG or fine-tuning is named."""
    plain: float = 0.40
    """Added where an answer begins with a plain yes or no."""
    steer: float = 0.50
    """A message means to sum up, start over, or take back."""


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
        vector = self._embedder.query(message[:MAX_EMBEDDED])
        act = self._reader.act(vector, message)
        move = self._move(act, text, context)
        if cues.INSTRUCTION.search(text.text) or (move == "instruction" and not self._states(vector, message)):
            return (c.CannotHandle(_kept(message)),)
        parts = sentences(message)
        asked = [part for part in parts if self._is_question(part)]
        if move == "hypothetical" or (cues.HYPOTHETICAL.search(text.text) and (asked or move in _ASKS)):
            return (self._what_if(message, vector),)
        told = [part for part in parts if part not in asked]
        found: list[Command] = []
        if self._may_tell(act, move, told, asked):
            found += self._facts(message, told or list(parts), vector, act, context)
            if told and not found and context.asking is None:
                found.append(c.TellStory(_kept(told[0].said)))
        if (asked and move not in _COURTESIES) or move in _ASKS:
            found += self._questions(message, asked, act, found, context)
        if found:
            return tuple(found)
        return (self._other(message, text, move, act, context),)

    def _states(self, vector: Vector, message: str) -> bool:
        """Whether a message plainly states a fact: "every answer must cite its source" is no order to us."""
        scores = self._reader.story(vector, message)
        best = max(scores, key=lambda label: scores[label])
        return best != NOTHING and scores[best] >= self._limits.pending_story

    def _may_tell(self, act: dict[str, float], move: str, told: list[Span], asked: list[Span]) -> bool:
        """Whether a message can hold facts: a mere question or courtesy does not."""
        if move in _COURTESIES or (move in _ASKS and not told) or (move in _ASKS and not asked and len(told) == 1):
            return False
        if told or not asked:
            return True
        return act[TELL] >= max(act[label] for label in _ASKS)  # "weekly, I think?" is an answer

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
        if context.asking is not None and _is_dont_know(folded):
            return c.SetFact(context.asking, None, _kept(text.said))
        if context.asking == "daily_calls" and len(folded) <= SHORT and not cues.QUESTION.search(folded):
            count = calls_per_day(folded) if not cues.CORRECTION.search(folded) else None
            if count is not None:
                return c.SetFact("daily_calls", count, _kept(text.said))
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
        tells = max(act[TELL], act["agree"], act["disagree"]) if context.asking is not None else act[TELL]
        margin = self._limits.move if context.asking is not None else 0.0
        if best == "instruction":
            margin = self._limits.move
        if best in _ASKS and not cues.QUESTION.search(text.text):
            margin = 3 * self._limits.move
        if best in _COURTESIES and len(sentences(text.said)) > 1:
            margin = 2 * self._limits.move
        return best if act[best] - tells >= margin else TELL

    def _is_question(self, part: Span) -> bool:
        return bool(cues.QUESTION.search(part.text)) and not cues.RESTART.search(part.text)

    def _other(self, message: str, text: Span, move: str, act: dict[str, float], context: Context) -> Command:
        for courtesy in _COURTESIES:
            if courtesy == move:
                return c.SmallTalk(courtesy)
        match move:
            case "skip" if context.asking is not None:
                return c.Skip()
            case "summary" if act[move] >= self._limits.steer:
                return c.ShowSummary()
            case "restart" if len(text.text) <= SHORT and act[move] >= self._limits.steer:
                return c.Restart()
            case "undo" if len(text.text) <= SHORT and act[move] >= self._limits.steer:
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
        act: dict[str, float],
        found: list[Command],
        context: Context,
    ) -> list[Command]:
        if found and not asked:
            return []
        question = " ".join(part.said for part in asked) if asked else message
        if found or len(asked) < len(sentences(message)):
            act = self._reader.act(self._embedder.query(question[:MAX_EMBEDDED]), question)
        scores = {label: score for label, score in act.items() if label not in _NO_QUESTIONS}
        if mentions_topic(question):
            scores["topic_question"] += self._limits.topic
        kind = max(scores, key=lambda label: scores[label])
        if kind == "why":
            return [c.AskWhy("question" if context.asking is not None and not found else "recommendation")]
        if kind == "clarify_question" and context.asking is not None and not found:
            return [c.AskMeaning(context.asking)]
        if kind == "summary" and act[kind] >= self._limits.steer:
            return [c.ShowSummary()]
        if kind == "smalltalk" and asked and scores["smalltalk"] - scores["unrelated_question"] < self._limits.topic:
            kind = "unrelated_question"
        for courtesy in _COURTESIES:
            if courtesy == kind and not found:
                return [c.SmallTalk(courtesy)]
        if found and (act[TELL] > act[kind] or kind in _COURTESIES):
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
                if (
                    label != NOTHING
                    and not label.startswith("daily_calls=")
                    and not _is_open(label)
                    and score > best[0]
                ):
                    fact, value = _fact_value(label)
                    best = (score, fact, self._refined(fact, value, part))
        return c.WhatIf(best[1], best[2], message[:MAX_SAID])

    def _refined(self, fact: FactName, value: FactValue, part: Span) -> FactValue:
        """A learnt value made exact: frequencies by the grammar, yes or no by what is negated."""
        if fact == "knowledge_update_frequency":
            found = recurrences(part.text)
            return found[-1].frequency if found else value
        negated = bool(cues.NEGATION.search(part.text))
        if fact == "labeled_data":
            count = _example_count(part)
            enough = not negated if count is None else count >= self._sufficient
            return "sufficient" if enough else "insufficient"
        return not negated if fact in _BOOLEAN else value

    # --- facts --------------------------------------------------------------------------------

    def _facts(
        self, message: str, told: list[Span], vector: Vector, act: dict[str, float], context: Context
    ) -> list[Command]:
        found: dict[FactName, Command] = {}
        text = whole(message)
        corrects = bool(cues.LATER_CORRECTION.search(text.text))
        if corrects:
            named = self._named(text, vector, context)
            if named is not None:
                answer = self._answer(named, message, told, vector, replace(context, asking=named, follow_up=None))
                if isinstance(answer, c.AskBack) or (isinstance(answer, c.SetFact) and answer.value is not None):
                    return [answer]
        elsewhere = (
            context.asking is not None and context.follow_up is None and self._elsewhere(text, vector, context.asking)
        )
        if context.asking is not None and not elsewhere:
            answer = self._corrected_frequency(text, context) if corrects else None
            answer = answer or self._answer(context.asking, message, told, vector, context)
            if isinstance(answer, (c.SetFact, c.AskBack)) and answer.fact != context.asking:
                return [answer]
            if answer is not None and not self._doubtful(answer, act, vector, text):
                found[context.asking] = answer
        if context.asking is None or elsewhere or len(message) > SHORT or (corrects and not found):
            for command in self._statements(told, pending=bool(found)):
                if command.fact not in found or (
                    isinstance(previous := found[command.fact], c.SetFact) and previous.value is None
                ):
                    found[command.fact] = command
        return [found[fact] for fact in FACTS if fact in found]

    def _corrected_frequency(self, text: Span, context: Context) -> Command | None:
        """Read "sorry, I meant every month", a correction of the frequency that does not name it."""
        fact: FactName = "knowledge_update_frequency"
        found = _recurrence(text)
        if context.asking == fact or fact not in context.profile or found is None or context.asking == "daily_calls":
            return None
        return c.SetFact(fact, found, _kept(text.said)) if len(text.text) <= SHORT else None

    def _named(self, text: Span, vector: Vector, context: Context) -> FactName | None:
        """The known fact that a correction names, if it names one other than what was asked."""
        named = [fact for fact in FACTS if cues.TOPICS[fact].search(text.text)]
        if not any(fact != context.asking for fact in named):
            return None
        scores = self._reader.story(vector, text.said)
        support = {
            fact: max(score for label, score in scores.items() if label.startswith(f"{fact}=")) for fact in named
        }
        best = max(support, key=lambda fact: support[fact])
        if best == context.asking:
            return None
        return best if best in context.profile or support[best] > self._limits.correction else None

    def _doubtful(self, answer: Command, act: dict[str, float], vector: Vector, text: Span) -> bool:
        """Whether an answer was read out of what is more likely a courtesy or a move."""
        moves = max(score for label, score in act.items() if label not in (TELL, "agree", "disagree"))
        tells = max(act[TELL], act["agree"], act["disagree"])
        if moves <= tells or not isinstance(answer, c.SetFact) or answer.fact == "daily_calls":
            return False
        scores = self._reader.answer(answer.fact, vector, text.said)
        best = max(score for value, score in scores.items() if value != OTHER)
        return best < self._limits.doubt and not recurrences(text.text)

    def _answer(
        self, asking: FactName, message: str, told: list[Span], vector: Vector, context: Context
    ) -> Command | None:
        """What a message answers to the question about ``asking``, if anything."""
        text = whole(_stretch(message, told))
        if text.said != message:
            vector = self._embedder.query(text.said[:MAX_EMBEDDED])
        if asking == "knowledge_update_frequency":
            return self._frequency(text, vector)
        if asking == "daily_calls":
            return self._calls(text, vector)
        if asking == "labeled_data":
            return self._labels(text, vector, context)
        return self._choice(asking, text, vector)

    def _elsewhere(self, text: Span, vector: Vector, asking: FactName) -> bool:
        """Whether the message tells another fact instead of answering."""
        scores = self._reader.story(vector, text.said)
        best = max(scores, key=lambda label: scores[label])
        if best == NOTHING or best.startswith(f"{asking}="):
            return False
        own = max(score for label, score in scores.items() if label.startswith(f"{asking}="))
        least = self._limits.correction if cues.LATER_CORRECTION.search(text.text) else self._limits.elsewhere
        if scores[best] < least or scores[best] - own < self._limits.elsewhere_margin:
            return False
        answers = self._reader.answer(asking, vector, text.said)
        return max(score for value, score in answers.items() if value not in ("unknown", OTHER)) < self._limits.doubt

    def _choice(self, asking: FactName, text: Span, vector: Vector) -> Command | None:
        scores = self._reader.answer(asking, vector, text.said)
        tail = _after_correction(text)
        if tail is not None:
            scores = self._reader.answer(asking, self._embedder.query(tail.said), tail.said)
            text = tail
        unknown, other = scores.pop("unknown"), scores.pop(OTHER)
        doubts = cues.DONT_KNOW.search(text.text)
        if doubts:
            unknown += self._limits.plain
        elif asking in _BOOLEAN or asking == "labeled_data":
            yes, no = cues.YES.search(text.text), cues.NO.search(text.text)
            if bool(yes) != bool(no):
                first, last = ("true", "false") if asking in _BOOLEAN else ("sufficient", "insufficient")
                scores[first if yes else last] += self._limits.plain
        best = max(scores, key=lambda label: scores[label])
        if unknown > scores[best]:
            return c.SetFact(asking, None, _kept(text.said))
        if scores[best] < self._limits.answer or other - scores[best] > self._limits.no_answer:
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
        told = len(text.text) > BARE and scores["sufficient"] > scores["insufficient"] + self._limits.plain
        if told or cues.REVIEWED.search(text.text):
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

    def _statements(self, told: list[Span], *, pending: bool) -> list[c.SetFact | c.AskBack]:
        """The facts that the sentences of a story state."""
        units: list[Span] = []
        for sentence in told:
            pieces = clauses(sentence)
            units += [sentence, *(piece for piece in pieces if len(pieces) > 1 and len(piece.text) > 6)]
        found: dict[FactName, tuple[float, c.SetFact | c.AskBack]] = {}
        for unit in units[:MAX_UNITS]:
            stated = self._statement(unit, pending=pending)
            if stated is None:
                continue
            score, command = stated
            if command.fact not in found or score >= found[command.fact][0]:
                found[command.fact] = (score, command)
        return [command for _, command in found.values()]

    def _statement(self, unit: Span, *, pending: bool) -> tuple[float, c.SetFact | c.AskBack] | None:
        said = _kept(unit.said)
        scores = self._reader.story(self._embedder.query(unit.said[:MAX_EMBEDDED]), unit.said)
        best = max(
            (label for label in scores if label != NOTHING and not _is_open(label)), key=lambda label: scores[label]
        )
        fact, value = _fact_value(best)
        corrected = bool(cues.LATER_CORRECTION.search(unit.text))
        least = self._limits.pending_story if pending else self._limits.story
        least = self._limits.correction if corrected else least
        sure = scores[best] > least and scores[best] - scores[NOTHING] > (0 if corrected else self._limits.story_margin)
        if fact == "daily_calls":
            return self._stated_calls(unit, scores, said)
        if fact == "knowledge_update_frequency":
            recurrence = _recurrence(unit)
            if (
                recurrence is not None
                and (sure or (cues.CHANGE.search(unit.text) and scores[best] > self._limits.correction))
                and scores[NOTHING] < scores[best]
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
        if count is None or high < self._limits.correction or high < scores[NOTHING]:
            return None
        return high + 0.2, c.SetFact("daily_calls", count, said)


_PUNCTUATION = " ,,。.、"
_ASKS = frozenset(
    {"topic_question", "clarify_question", "why", "summary", "unrelated_question", "hypothetical"},
)
_COURTESIES: tuple[Courtesy, ...] = ("greeting", "thanks", "goodbye", "smalltalk", "anger")
_NO_QUESTIONS = frozenset({TELL, "agree", "disagree", "instruction", "undo", "restart", "skip", "language_switch"})
_BOOLEAN = frozenset(fact for fact in FACTS if CHOICES.get(fact) == (True, False))


def _value(fact: FactName, label: str) -> FactValue:
    return label == "true" if fact in _BOOLEAN else label


def _is_open(label: str) -> bool:
    """Whether a label of the story says that a fact is not known; that is no value of the fact."""
    return label.endswith("=unknown")


def _fact_value(label: str) -> tuple[FactName, FactValue]:
    name, _, value = label.partition("=")
    fact = next(fact for fact in FACTS if fact == name)
    return fact, _value(fact, value)


def _stretch(message: str, told: list[Span]) -> str:
    """The stretch of the message from the first to the last of the told sentences."""
    if not told:
        return message
    start = message.find(told[0].said)
    end = message.rfind(told[-1].said) + len(told[-1].said)
    return message[start:end] if 0 <= start < end else message


def _is_dont_know(folded: str) -> bool:
    """Whether a text says "I don't know" and hardly anything else."""
    match = cues.DONT_KNOW.search(folded)
    if match is None:
        return False
    rest = [character for character in folded[: match.start()] + folded[match.end() :] if character.isalnum()]
    return len(rest) <= BARE and not recurrences(folded) and not any(character.isdigit() for character in rest)


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
