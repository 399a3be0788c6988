"""Words a turn without a language model, from phrases: a draft with a reference behind every claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor import commands as c
from advisor.citations import mentions_topic, quoted_words, reference, sentences, with_reference
from advisor.composing.answers import answered, quoted
from advisor.knowledge import ARTICLE, RULES
from advisor.phrases import phrases
from advisor.profile import CHOICES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from advisor.phrases import Phrases
    from advisor.profile import Change, FactName, FactValue
    from advisor.rules.book import Approach, RuleBook
    from advisor.rules.engine import Flip, Reason, Recommendation
    from advisor.turn import Asking, Hypothesis, Turn

MAX_FLIPS = 6
"""Flips that the reply lists; the response carries all."""


class EmbeddedComposer:
    """Words turns in the user's language."""

    def __init__(self, book: RuleBook) -> None:
        self._book = book

    def compose(self, turn: Turn) -> str:
        """The draft of the reply to ``turn``: Markdown with references, never empty."""
        words = Wording(turn, self._book)
        blocks = [*words.before_answers(), *words.answers(), *words.after_answers()]
        return "\n\n".join(block for block in blocks if block) or words.nothing()

    def pieces(self, turn: Turn) -> Iterator[str]:
        """The same draft; it is there at once."""
        yield self.compose(turn)


class Wording:
    """The parts of one reply, each a list of paragraphs."""

    def __init__(self, turn: Turn, book: RuleBook) -> None:
        self._turn = turn
        self._book = book
        self._phrases: Phrases = phrases(turn.language)
        self._say = self._phrases.say
        self._gap = " " if turn.language == "en" else ""

    # --- pieces -------------------------------------------------------------------------------

    def fact_phrase(self, fact: FactName, value: FactValue) -> str:
        """What was told, as a clause: "the knowledge changes weekly"."""
        if value is None:
            return self._say(f"fact.{fact}")
        if fact == "daily_calls":
            return self._say("told.daily_calls", value=f"{value:,}")
        if isinstance(value, bool):
            return self._say(f"told.{fact}.{'yes' if value else 'no'}")
        return self._say(f"told.{fact}", value=self._say(f"value.{fact}.{value}"))

    def approach(self, approach: Approach) -> str:
        """The approach's name in running text."""
        return self._say(f"approach.{approach}")

    def passage_references(self, *passage_ids: str) -> str:
        """References to passages of the article."""
        return "".join(reference(ARTICLE, passage_id) for passage_id in passage_ids)

    def nothing(self) -> str:
        """What is said when there is nothing to say."""
        return self._say("opening.invite" if self._turn.recommendation is None else "final.offer")

    def _said(self, said: str, *, last: bool = False) -> str | None:
        """The user's words as they can stand inside a sentence of ours: one sentence of them, or ``None``."""
        pieces = sentences(quoted_words(said))
        return quoted_words(pieces[-1 if last else 0]) or None if pieces else None

    def _ask_slots(self) -> dict[str, str]:
        return {
            "insufficient": f"{self._book.assumptions['insufficient-examples'].value:,}",
            "sufficient": f"{self._book.assumptions['sufficient-examples'].value:,}",
        }

    # --- parts of the reply ---------------------------------------------------------------------

    def before_answers(self) -> Iterator[str]:
        """What a reply begins with."""
        yield from self.notices()
        yield from self.courtesies()
        yield from self.noted()

    def after_answers(self) -> Iterator[str]:
        """What a reply ends with."""
        yield from self.explanations()
        yield from self.standing()
        yield from self.closing()

    def notices(self) -> Iterator[str]:
        """What the user must know before anything else."""
        if self._turn.cut is not None:
            yield self._say("notice.cut", count=f"{self._turn.cut:,}")
        if self._turn.rules_changed:
            yield self._say("notice.rules_changed")

    def courtesies(self) -> Iterator[str]:
        """Answers to what calls for no facts."""
        for command in self._turn.commands:
            match command:
                case c.Restart():
                    yield self._say("talk.restarted")
                case c.ChangeLanguage():
                    yield self._say("talk.language")
                case c.SmallTalk(kind):
                    yield self._say(f"talk.{kind}")
                case _:
                    pass

    def noted(self) -> Iterator[str]:
        """What was understood, in the user's words and ours."""
        told = [change for change in self._turn.changes if change.after and not change.is_correction]
        news = [change for change in told if change.after and change.after.value is not None]
        if len(news) == 1:
            yield self._noted_one(news[0])
        elif news:
            yield "\n".join([self._say("noted.many"), *(f"- {self._noted_item(change)}" for change in news)])
        for change in self._turn.changes:
            if change.is_correction and change.after and change.after.value is None:
                yield self._say("noted.unknown", fact=self._say(f"fact.{change.fact}"))
            elif change.is_correction:
                yield self._corrected(change)
            elif change.after is None and any(isinstance(x, c.Undo) for x in self._turn.commands):
                yield self._say("talk.undone", fact=self._say(f"fact.{change.fact}"))
        for change in told:
            if change.after and change.after.value is None:
                yield self._say("noted.unknown", fact=self._say(f"fact.{change.fact}"))
        if self._turn.small_rate:
            yield self._say("noted.not_a_million_a_day")
        if self._turn.left_open is not None:
            yield self._say("again.left_open", fact=self._say(f"fact.{self._turn.left_open}"))
        for fact in self._turn.repeated:
            known = self._turn.profile.get(fact)
            if known is not None and known.value is not None:
                yield self._say("noted.same", fact=self.fact_phrase(fact, known.value))

    def _noted_one(self, change: Change) -> str:
        assert change.after is not None
        phrase = self.fact_phrase(change.fact, change.after.value)
        said = self._said(change.after.said)
        if change.fact in self._turn.settled:
            return self._proved(self._say("noted.read_as", fact=phrase), change.fact)
        if said is None:
            return self._say("noted.one_silent", fact=phrase)
        return self._proved(self._say("noted.one", fact=phrase, said=said), change.fact)

    def _noted_item(self, change: Change) -> str:
        assert change.after is not None
        phrase = self.fact_phrase(change.fact, change.after.value)
        said = self._said(change.after.said)
        return phrase if said is None else self._proved(self._say("noted.item", fact=phrase, said=said), change.fact)

    def _corrected(self, change: Change) -> str:
        assert change.before is not None
        assert change.after is not None
        before = self.fact_phrase(change.fact, change.before.value)
        after = self.fact_phrase(change.fact, change.after.value)
        said = self._said(change.after.said, last=True) or "…"
        return self._proved(self._say("noted.changed", before=before, after=after, said=said), change.fact)

    def _proved(self, sentence: str, fact: FactName) -> str:
        """A sentence with the user's words in it; if they speak of the topic, the fact's passage goes with them."""
        if not mentions_topic(sentence):
            return sentence
        return with_reference(sentence, self.passage_references(*self._book.fact_passages[fact]))

    def answers(self) -> Iterator[str]:
        """Answers to questions, from passages alone."""
        for answer in self._turn.answers:
            yield from answered(answer, self._turn.language, self._phrases)

    def explanations(self) -> Iterator[str]:
        """Meaning of the question, reasons, what-ifs, the summary."""
        for command in self._turn.commands:
            match command:
                case c.AskMeaning(fact):
                    yield self._say(f"ask.{fact}.meaning", **self._ask_slots())
                case c.AskWhy("question") if self._turn.asking is not None:
                    fact = self._turn.asking.fact
                    yield self._say("why.question") + self._gap + self._say(f"ask.{fact}.why")
                case c.AskWhy():
                    yield from self._why()
                case c.ShowSummary():
                    yield from self._summary()
                case _:
                    pass
        for hypothesis in self._turn.hypotheses:
            yield self._what_if(hypothesis)

    def _why(self) -> Iterator[str]:
        recommendation = self._turn.recommendation
        if recommendation is None:
            yield self._say("why.none_yet")
        else:
            yield "\n".join([self._say("why.recommendation"), *self._reasons(recommendation)])

    def _summary(self) -> Iterator[str]:
        lines = [self._say("summary.title")]
        for fact in self._turn.profile:
            known = self._turn.profile.get(fact)
            if known is not None and known.value is not None:
                said = self._said(known.said)
                phrase = self.fact_phrase(fact, known.value)
                item = phrase if said is None else self._say("noted.item", fact=phrase, said=said)
                lines.append(f"- {self._proved(item, fact)}")
        if len(lines) == 1:
            lines.append(self._say("summary.nothing"))
        yield "\n".join(lines)
        unknown = [fact for fact in self._turn.profile if self._turn.profile.value(fact) is None]
        if unknown:
            yield self._say("summary.open", facts=self._listed(unknown))
        if self._turn.recommendation is not None and not self._turn.present:
            key = "standing.now" if self._turn.recommendation.final else "standing.provisional"
            yield self._standing(key, self._turn.recommendation)

    def _what_if(self, hypothesis: Hypothesis) -> str:
        if hypothesis.fact is None or hypothesis.approach is None or hypothesis.rule is None:
            return self._say("whatif.unread")
        return self._say(
            "whatif.result" if hypothesis.differs else "whatif.same",
            fact=self.fact_phrase(hypothesis.fact, hypothesis.value),
            approach=self.approach(hypothesis.approach),
            refs=reference(RULES, hypothesis.rule),
        )

    def standing(self) -> Iterator[str]:
        """Where the case stands, said when it moved."""
        recommendation = self._turn.recommendation
        if (
            recommendation is None
            or self._turn.present
            or any(isinstance(x, c.ShowSummary) for x in self._turn.commands)
        ):
            return
        corrected = any(change.is_correction for change in self._turn.changes)
        moved = recommendation.approach != self._turn.before
        if corrected:
            yield self._standing("standing.now" if moved else "standing.still", recommendation)
        elif moved:
            yield self._standing("standing.provisional", recommendation)

    def _standing(self, key: str, recommendation: Recommendation) -> str:
        refs = reference(RULES, recommendation.rule.id) + self.passage_references(recommendation.rule.passages[0])
        return self._say(key, approach=self.approach(recommendation.approach), refs=refs)

    def closing(self) -> Iterator[str]:
        """The recommendation, or the next question, or an invitation."""
        turn = self._turn
        if turn.present and turn.recommendation is not None:
            yield from self._final(turn.recommendation)
        elif turn.asking is not None:
            yield from self._ask(turn.asking)
        elif turn.invite:
            answered = bool(turn.answers)
            yield self._say("opening.no_case_yet" if answered else "opening.invite")
        elif any(isinstance(command, (c.CannotHandle, c.TellStory)) for command in turn.commands):
            yield self._say("again.nothing_read")

    def _final(self, recommendation: Recommendation) -> Iterator[str]:
        rule = recommendation.rule
        refs = reference(RULES, rule.id) + self.passage_references(*rule.passages)
        yield self._say("final.headline", approach=self.approach(recommendation.approach), refs=refs)
        yield "\n".join([self._say("final.why"), *self._reasons(recommendation)])
        yield "\n".join([self._say("final.change"), *self._flips(recommendation.would_change)])
        yield "\n".join([self._say("final.steps"), *self._steps(recommendation)])
        unknown = [fact for fact in self._turn.profile if self._turn.profile.value(fact) is None]
        if unknown:
            yield self._say("final.open", facts=self._listed(unknown))
        if self._turn.commands:  # in a conversation, not in a verdict on a file of facts
            yield self._say("final.offer")

    def _reasons(self, recommendation: Recommendation) -> Iterator[str]:
        for reason in recommendation.because:
            yield f"- {self._reason(reason)}"

    def _reason(self, reason: Reason) -> str:
        text = with_reference(reason.rule.texts[self._turn.language], self.passage_references(*reason.rule.passages))
        words = [known for fact in reason.facts if (known := self._turn.profile.get(fact)) and known.value is not None]
        said = self._said(words[0].said) if words else None
        if said is None:
            return self._say("final.reason", text=text)
        return self._say("final.reason_said", text=text, said=said)

    def _flips(self, flips: tuple[Flip, ...]) -> Iterator[str]:
        """One line for each fact and outcome, the nearest value standing for its like."""
        lines: dict[tuple[FactName, Approach], Flip] = {}
        for flip in sorted(flips, key=self._distance):
            lines.setdefault((flip.fact, flip.approach), flip)
        if not lines:
            yield f"- {self._say('final.no_flip')}"
        for flip in list(lines.values())[:MAX_FLIPS]:
            yield "- " + self._say(
                "final.flip",
                fact=self.fact_phrase(flip.fact, flip.value),
                approach=self.approach(flip.approach),
                refs=self.passage_references(*self._book.fact_passages[flip.fact]),
            )

    def _distance(self, flip: Flip) -> int:
        """How far a flip's value is from what was told, in the order of the fact's values."""
        values, told = CHOICES.get(flip.fact, ()), self._turn.profile.value(flip.fact)
        return abs(values.index(flip.value) - values.index(told)) if told in values and flip.value in values else 0

    def _steps(self, recommendation: Recommendation) -> Iterator[str]:
        for number, step in enumerate(recommendation.next_steps, start=1):
            text = self._book.assumed(step.texts[self._turn.language])
            yield f"{number}. {with_reference(text, self.passage_references(*step.passages))}"

    def _listed(self, facts: list[FactName]) -> str:
        comma = ", " if self._turn.language == "en" else "、"
        return comma.join(self._say(f"fact.{fact}") for fact in facts)

    def _ask(self, asking: Asking) -> Iterator[str]:
        fact = asking.fact
        question = self._say(f"ask.{fact}.question")
        if self._turn.empty:
            yield self._say("again.empty", question=question)
            return
        match asking.how:
            case "follow-up":
                yield self._followed_up(asking)
            case "back" | "unclear" if asking.reason is not None:
                yield self._followed_up(asking)
            case "back":
                yield self._say("again.back", question=question)
            case "unclear":
                yield self._say("again.unclear", question=question)
                yield self._say(f"ask.{fact}.examples")
            case "options":
                yield self._say("again.unclear", question=question)
                if fact in CHOICES:
                    choices = [self.fact_phrase(fact, choice) for choice in CHOICES[fact]]
                    choices.append(self._say("again.dont_know"))
                    options = [f"{number}. {choice}" for number, choice in enumerate(choices, start=1)]
                    yield "\n".join([self._say("again.options"), *options])
                else:
                    yield self._say(f"ask.{fact}.examples")
            case "new":
                yield f"**{question}**" if "[[" not in question else question
                if not any(isinstance(command, c.AskWhy) for command in self._turn.commands):
                    yield self._say(f"ask.{fact}.why") + self._gap + self._say(f"ask.{fact}.examples")
                if asking.evidence is not None:
                    yield quoted(asking.evidence, self._phrases)
                    yield self._say("answer.suppose", fact=self.fact_phrase(fact, asking.options[0]))

    def _followed_up(self, asking: Asking) -> str:
        said = self._said(asking.said) or "…"
        slots = self._ask_slots()
        if asking.options:
            first, second = (self.fact_phrase(asking.fact, option) for option in asking.options)
            slots |= {"first": first, "second": second, "other": self._said(asking.other) or "…"}
        return self._proved(self._say(f"followup.{asking.reason}", said=said, **slots), asking.fact)


def recommendation_dict(recommendation: Recommendation, language: str, book: RuleBook) -> dict[str, object]:
    """The contract's form of a recommendation, its texts in ``language``."""
    return {
        "approach": recommendation.approach,
        "final": recommendation.final,
        "because": [
            {
                "rule": reason.rule.id,
                "text": reason.rule.texts[language],
                "said": reason.said,
                "passages": list(reason.rule.passages),
            }
            for reason in recommendation.because
        ],
        "would_change": [
            {"fact": flip.fact, "value": flip.value, "approach": flip.approach} for flip in recommendation.would_change
        ],
        "next_steps": [book.assumed(step.texts[language]) for step in recommendation.next_steps],
    }
