"""Reading without a language model: fixed phrases, a grammar of quantities, and the trained reader.

The order is by certainty. Phrases that steer the conversation come first, then numbers and
recurrences, then what was learnt from exemplars. What was asked decides what an elliptic answer means.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING, Literal

from advisor import commands as c
from advisor.citations import mentions_topic
from advisor.language import requested
from advisor.profile import CHOICES, FACTS
from advisor.understanding import cues
from advisor.understanding.answers import BARE, MAX_EMBEDDED, AnswerReader
from advisor.understanding.context import EVIDENCE
from advisor.understanding.rates import calls_per_day, has_rate
from advisor.understanding.reader import TELL
from advisor.understanding.recurrence import recurrences
from advisor.understanding.references import reference
from advisor.understanding.said import (
    BOOLEAN,
    MAX_SAID,
    after_correction,
    example_count,
    kept,
    own_words,
    recurrence,
    value_of,
)
from advisor.understanding.spelling import mended
from advisor.understanding.tellings import TellingReader, fits
from advisor.understanding.text import Span, sentences, whole, width
from advisor.understanding.thresholds import Thresholds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from advisor.commands import Command
    from advisor.llm.embeddings import Embedder, Vector
    from advisor.profile import FactName, FactValue
    from advisor.rules.book import RuleBook
    from advisor.understanding.context import Context
    from advisor.understanding.reader import Reader

Courtesy = Literal["greeting", "thanks", "goodbye", "smalltalk", "anger"]
"""What calls for courtesy and tells nothing."""

_UNREAD = {c.TellStory, c.CannotHandle, c.WhatIf, c.AskWhy, c.AskQuestion}
"""What is made of a message that tells no fact and steers nothing."""

MORE_THAN_PLAIN = 6
"""Characters after a yes or no from which it says more than that."""

SHORT = 60
"""Characters up to which a message is one utterance rather than a story."""

CERTAIN_WIDTH = 100
"""Columns up to which a message that was read as one thing may be surely that alone."""


def telling(message: str) -> Iterator[Span]:
    """The sentences of a message up to the first that speaks to a machine about its orders, in the user's own words."""
    return takewhile(lambda part: not cues.INSTRUCTION.search(part.text), sentences(own_words(message)))


class EmbeddedReader:
    """Reads a message into commands."""

    def __init__(
        self, embedder: Embedder, reader: Reader, book: RuleBook, thresholds: Thresholds | None = None
    ) -> None:
        self._embedder = embedder
        self._reader = reader
        self._limits = thresholds or Thresholds()
        self._sufficient = book.assumptions["sufficient-examples"].value
        self._answers = AnswerReader(embedder, reader, book, self._limits)
        self._tellings = TellingReader(embedder, reader, book, self._limits)

    def read(self, message: str, context: Context) -> tuple[Command, ...]:
        """The commands that ``message`` means; never empty."""
        spelt = mended(message, self._reader.rarity)
        commands = self._read(spelt.text, context)
        if self._asks_after_all(spelt.text, commands, context):
            commands = (c.AskQuestion(spelt.text),)
        return tuple(spelt.command(command) for command in commands)

    def certain(self, message: str, context: Context, commands: tuple[Command, ...]) -> bool:
        """Whether ``commands``, read from ``message``, leave a language model nothing to add.

        Phrases with a fixed meaning, one choice, count, yes or no, a short clear answer, courtesy or question,
        and what only speaks to a machine about its orders.
        """
        text = whole(message)
        if self._fixed(text, context) is not None or not any(telling(message)):
            return True
        if len(commands) != 1 or width(text.text) > CERTAIN_WIDTH:
            return False
        match commands[0]:
            case c.SetFact(fact, value):
                return fact == context.asking and self._plainly_answers(fact, value, text)
            case c.AskBack(fact):
                return fact == context.asking and example_count(text) is not None
            case c.AskQuestion() | c.AskMeaning() | c.AskWhy():
                return len(sentences(message)) == 1 and bool(cues.QUESTION.search(text.text))
            case c.SmallTalk():
                return len(sentences(message)) == 1
            case c.ChangeLanguage() | c.Restart() | c.Undo() | c.Skip() | c.ShowSummary():
                return True
            case _:
                return False

    def _plainly_answers(self, fact: FactName, value: FactValue, text: Span) -> bool:
        """Whether an answer is read by a grammar, or by a wide margin."""
        if value is None:
            return bool(cues.DONT_KNOW.search(text.text))
        if fact == "daily_calls":
            return True
        if fact == "knowledge_update_frequency" and recurrences(text.text):
            return True
        if fact in BOOLEAN and bool(cues.YES.search(text.text)) != bool(cues.NO.search(text.text)):
            return True
        return (
            self._answers.lead(fact, self._embedder.query(text.said[:MAX_EMBEDDED]), text.said) > self._limits.certain
        )

    def _asks_after_all(self, message: str, commands: tuple[Command, ...], context: Context) -> bool:
        """Whether a message in which nothing else was read asks: after an answer, or of what the article covers."""
        read = {type(command) for command in commands}
        text = whole(message)
        if context.answered:
            pointed = reference(text.text)
            if pointed is not None and pointed.kind in ("place", "more", "rest", "other", "shift"):
                return read <= {*_UNREAD, c.AskMeaning, c.Skip, c.SmallTalk}
            if context.asking is None:
                asks = bool(cues.ASKING.search(text.text)) and len(sentences(message)) == 1
                return read <= {*_UNREAD, c.SetFact} if asks else pointed is not None and read <= _UNREAD
        if context.asking is not None or context.profile or not read <= {c.TellStory, c.CannotHandle, c.WhatIf}:
            return False
        if not (mentions_topic(text.text) or cues.THE_TWO.search(text.text)):
            return False  # a story of a case is near to the article's subject as well
        return self._reader.covered(self._embedder.query(message[:MAX_EMBEDDED]), message) > self._limits.asks

    def _read(self, message: str, context: Context) -> tuple[Command, ...]:
        text = whole(message)
        fixed = self._fixed(text, context)
        if fixed is not None:
            return (fixed,)
        vector = self._embedder.query(message[:MAX_EMBEDDED])
        act = self._reader.act(vector, message)
        move = self._move(act, text, context)
        parts = list(telling(message))
        if not parts or (move == "instruction" and not self._tells(vector, message)):
            return (c.CannotHandle(kept(message)),)
        asked = [part for part in parts if self._is_question(part)]
        if context.asking is not None and asked and self._rhetorical(act, text):
            asked = []
        if move == "hypothetical" or (cues.HYPOTHETICAL.search(text.text) and (asked or move in _ASKS)):
            return (self._what_if(message, vector),)
        if move == "skip" and context.asking is not None:
            return (c.Skip(),)
        told = [part for part in parts if part not in asked]
        found: list[Command] = []
        if self._may_tell(act, move, told, asked):
            found += self._facts(message, told or list(parts), vector, act, context)
            if told and not found and context.asking is None:
                found.append(c.TellStory(kept(told[0].said)))
        if (asked and move not in _COURTESIES) or move in _ASKS:
            found += self._questions(message, asked, act, found, context)
        if found:
            return tuple(found)
        return (self._other(message, text, move, act, context),)

    def _rhetorical(self, act: dict[str, float], text: Span) -> bool:
        """Whether a message with a question's form answers all the same: "which textbook doesn't have it?"."""
        asks = max(act[label] for label in _ASKS)
        return act[TELL] - asks > self._limits.rhetorical and not mentions_topic(text.text)

    def _tells(self, vector: Vector, message: str) -> bool:
        """Whether a message plainly tells a fact: "every answer must cite its source" is no order to us."""
        return max(self._tellings.lead(fact, vector, message)[0] for fact in FACTS) > self._limits.told

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
        if context.asking is not None and context.follow_up == EVIDENCE:
            return self._confirmed(text, context.asking, context.follow_up_options[0])
        if context.asking is not None and context.follow_up_options:
            chosen = cues.ordinal(folded)
            if chosen is not None:
                return c.SetFact(context.asking, context.follow_up_options[chosen], kept(text.said))
        if context.asking is not None and _is_dont_know(folded):
            return c.SetFact(context.asking, None, kept(text.said))
        if context.asking == "daily_calls" and len(folded) <= SHORT and not cues.QUESTION.search(folded):
            count = calls_per_day(folded) if not cues.CORRECTION.search(folded) else None
            if count is not None:
                return c.SetFact("daily_calls", count, kept(text.said))
        if context.asking is not None and context.options_shown and folded.strip(" .)。").isdigit():
            return self._by_number(text, context.asking)
        return None

    def _confirmed(self, text: Span, asking: FactName, supposed: FactValue) -> Command | None:
        """A plain yes or no to what a document says; anything else is read as an answer to the question itself."""
        folded = text.text.strip()
        yes, no = cues.YES.search(folded), cues.NO.search(folded)
        said = yes or no
        if said is None or bool(yes) == bool(no) or sum(map(str.isalnum, folded[said.end() :])) > MORE_THAN_PLAIN:
            return None
        if yes:
            return c.SetFact(asking, supposed, kept(text.said))
        if asking in BOOLEAN:
            return c.SetFact(asking, not supposed, kept(text.said))
        return c.Deny(asking)

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
        margin = self._limits.move if context.asking is not None else self._limits.move_unasked
        if best == "instruction":
            margin = self._limits.move
        if best in _ASKS and not cues.QUESTION.search(text.text):
            margin = self._limits.move_without_question
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
        question = message  # "I read of two layers. What is that?" is asked by both sentences
        if found:
            question = " ".join(part.said for part in asked)
            act = self._reader.act(self._embedder.query(question[:MAX_EMBEDDED]), question)
        scores = {label: score for label, score in act.items() if label not in _NO_QUESTIONS}
        if mentions_topic(question) or cues.THE_TWO.search(whole(question).text):
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
        best: tuple[float, FactName | None, FactValue] = (self._limits.what_if, None, None)
        for part in (whole(message), *sentences(message)):
            count = calls_per_day(part.text) if cues.CALLS.search(part.text) else None
            if count is not None and not cues.EXAMPLES.search(part.text.replace("question", "")):
                return c.WhatIf("daily_calls", count, part.said)
            seen = vector if part.said == message else self._embedder.query(part.said[:MAX_EMBEDDED])
            for fact in FACTS:
                lead, label = self._tellings.lead(fact, seen, part.said)
                if fact != "daily_calls" and lead > best[0]:
                    best = (lead, fact, self._refined(fact, value_of(fact, label), part))
        return c.WhatIf(best[1], best[2], message[:MAX_SAID])

    def _refined(self, fact: FactName, value: FactValue, part: Span) -> FactValue:
        """A learnt value made exact: frequencies by the grammar, yes or no by what is negated."""
        if fact == "knowledge_update_frequency":
            found = recurrences(part.text)
            return found[-1].frequency if found else value
        negated = bool(cues.NEGATION.search(part.text))
        if fact == "labeled_data":
            count = example_count(part)
            enough = not negated if count is None else count >= self._sufficient
            return "sufficient" if enough else "insufficient"
        return not negated if fact in BOOLEAN else value

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
                pending = replace(context, asking=named, follow_up=None)
                answer = self._answers.answer(named, message, told, vector, pending)
                if isinstance(answer, c.AskBack) or (isinstance(answer, c.SetFact) and answer.value is not None):
                    return [answer]
        elsewhere = (
            context.asking is not None
            and context.follow_up in (None, EVIDENCE)
            and self._elsewhere(text, vector, context)
        )
        if context.asking is not None and not elsewhere:
            answer = self._corrected_figure(text, context) if corrects else None
            answer = answer or self._answers.answer(context.asking, message, told, vector, context)
            if isinstance(answer, (c.SetFact, c.AskBack)) and answer.fact != context.asking:
                return [answer]
            if answer is not None and not self._doubtful(answer, act, vector, text):
                found[context.asking] = answer
        if context.asking is None and corrects and not found:
            figure = self._corrected_figure(text, context)
            if figure is not None:
                return [figure]
        beside = any(not (isinstance(command, c.SetFact) and command.value is None) for command in found.values())
        least = self._limits.told
        if beside:
            short = len(told) == 1 and len(text.text) <= SHORT
            least = self._limits.told_beside_short if short else self._limits.told_beside
        if context.asking is None and context.profile:  # after the recommendation, what is told is meant to count
            least = self._limits.told_correcting
        for command in self._tellings.tell(told, least):
            known = found.get(command.fact)
            if known is None or (isinstance(known, c.SetFact) and known.value is None and len(told) > 1):
                found[command.fact] = command
        return [self._against_known(found[fact], text, context) for fact in FACTS if fact in found]

    def _against_known(self, command: Command, text: Span, context: Context) -> Command:
        """A telling that does not fit what was told before, unless it answers or announces a correction."""
        if not isinstance(command, c.SetFact) or context.asking in (None, command.fact):
            return command  # after the recommendation the last word counts
        known = context.profile.get(command.fact)
        if known is None or not known.said or fits(command.fact, known.value, command.value):
            return command
        if cues.corrects(text.text) or cues.CORRECTION.search(text.text) or len(text.text) <= SHORT:
            return command
        return c.AskBack(command.fact, "contradiction", command.said, (known.value, command.value), known.said)

    def _corrected_figure(self, text: Span, context: Context) -> Command | None:
        """Read "sorry, I meant every month" or "840 a week was a slip": a figure corrected without naming its fact."""
        if context.asking in ("knowledge_update_frequency", "daily_calls") or len(text.text) > SHORT:
            return None
        count = calls_per_day((after_correction(text) or text).text) if has_rate(text.text) else None
        if count is not None and "daily_calls" in context.profile:
            return c.SetFact("daily_calls", count, kept(text.said))
        found = recurrence(text)
        if found is not None and "knowledge_update_frequency" in context.profile:
            return c.SetFact("knowledge_update_frequency", found, kept(text.said))
        return None

    def _named(self, text: Span, vector: Vector, context: Context) -> FactName | None:
        """The known fact that a correction names, if it names one other than what was asked."""
        named = [fact for fact in FACTS if cues.TOPICS[fact].search(text.text)]
        if not any(fact != context.asking for fact in named):
            return None
        leads = {fact: self._tellings.lead(fact, vector, text.said)[0] for fact in named}
        best = max(leads, key=lambda fact: leads[fact])
        if best == context.asking:
            return None
        return best if best in context.profile or leads[best] > self._limits.told_correcting else None

    def _doubtful(self, answer: Command, act: dict[str, float], vector: Vector, text: Span) -> bool:
        """Whether an answer was read out of what is more likely a courtesy or a move."""
        moves, move = max((score, label) for label, score in act.items() if label not in (TELL, "agree", "disagree"))
        tells = max(act[TELL], act["agree"], act["disagree"])
        if not isinstance(answer, c.SetFact) or answer.fact == "daily_calls" or recurrences(text.text):
            return False
        if answer.value is None and move != "skip" and moves > tells and not cues.DONT_KNOW.search(text.text):
            return True
        lead = self._answers.lead(answer.fact, vector, text.said)
        if moves <= tells:
            return lead < self._limits.forced and tells - moves < self._limits.plainly
        return lead < self._limits.doubt

    def _elsewhere(self, text: Span, vector: Vector, context: Context) -> bool:
        """Whether the message tells another fact instead of answering."""
        asking = context.asking
        assert asking is not None  # asked before
        leads = {fact: self._tellings.lead(fact, vector, text.said)[0] for fact in FACTS}
        best = max(leads, key=lambda fact: leads[fact])
        if best == asking:
            return False
        own = self._answers.lead(asking, vector, text.said)
        if cues.LATER_CORRECTION.search(text.text):
            return leads[best] > self._limits.told_correcting and own < self._limits.doubt
        if own < 0:
            return leads[best] > self._limits.elsewhere
        return leads[best] > self._limits.elsewhere_clearly and own < self._limits.doubt and leads[asking] < 0


_ASKS = frozenset(
    {"topic_question", "clarify_question", "why", "summary", "unrelated_question", "hypothetical"},
)
_COURTESIES: tuple[Courtesy, ...] = ("greeting", "thanks", "goodbye", "smalltalk", "anger")
_NO_QUESTIONS = frozenset({TELL, "agree", "disagree", "instruction", "undo", "restart", "skip", "language_switch"})


def _is_dont_know(folded: str) -> bool:
    """Whether a text says "I don't know" and hardly anything else."""
    match = cues.DONT_KNOW.search(folded)
    if match is None:
        return False
    rest = [character for character in folded[: match.start()] + folded[match.end() :] if character.isalnum()]
    return len(rest) <= BARE and not recurrences(folded) and not any(character.isdigit() for character in rest)
