"""The steps of a turn: each takes the state and returns only what it changed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from langgraph.runtime import Runtime  # real imports: LangGraph resolves annotations at run time

from advisor import commands as c
from advisor.citations import cite
from advisor.composing.answers import quoting
from advisor.conversation import FRESH, MAX_LEANT_ON, Answered
from advisor.dialogue.plan import Applied, left_open, make_plan, reply_language, settle, suppose
from advisor.dialogue.showing import proved
from advisor.dialogue.state import Deps, TurnState
from advisor.language import detect
from advisor.phrases import phrases
from advisor.profile import Change, Known, Profile
from advisor.rules.engine import approach_of, recommend
from advisor.turn import Hypothesis, Turn, quotes, repeatable
from advisor.understanding.context import Context
from advisor.understanding.numerals import numbers
from advisor.understanding.text import fold

if TYPE_CHECKING:
    from advisor.commands import Command
    from advisor.conversation import Conversation
    from advisor.rules.book import RuleBook
    from advisor.rules.engine import Recommendation

_SIGNAL_CALLS = 1_000_000
"""The article's "1M+ daily calls"; said to those who name a million of another unit of time."""


def understand(state: TurnState, runtime: Runtime[Deps]) -> TurnState:
    """Read the message, and settle the language of the reply."""
    before = state["before"]
    context = Context(
        before.asking, before.follow_up, before.follow_up_said, before.options_shown, before.profile,
        before.follow_up_options, before.answered is not None,
    )  # fmt: skip
    text = state["text"]
    commands = runtime.context.understanding.read(text, context) if text else (c.CannotHandle(""),)
    language = reply_language(before, state["wanted_language"], detect(text, before.language))
    for command in commands:
        if isinstance(command, c.ChangeLanguage):
            language = command.language
    settled = frozenset(x.fact for x in commands if isinstance(x, c.AskBack) and x.fact in before.followed_up)
    return {"commands": settle(commands, before), "settled": settled, "language": language}


def update_profile(state: TurnState) -> TurnState:
    """Apply what was told."""
    before = state["before"]
    applied = apply(before.profile, state["commands"], state["turn"])
    given_up = left_open(before, state["commands"])
    profile = applied.profile
    if given_up is not None:
        profile = profile.with_fact(given_up, Known(None, state["text"][:120], state["turn"]))
    return {"profile": profile, "changes": applied.changes, "repeated": applied.repeated}


def apply(profile: Profile, commands: tuple[Command, ...], turn: int) -> Applied:
    """The profile after ``commands``, what changed, and what was told again."""
    changes: list[Change] = []
    repeated = []
    for command in commands:
        match command:
            case c.Restart():
                profile = Profile()
            case c.Undo():
                last = max((known.turn for known in profile.facts.values()), default=0)
                for fact in tuple(profile):
                    known = profile.get(fact)
                    if known is not None and known.turn == last:
                        changes.append(Change(fact, known, None))
                        profile = profile.without(fact)
            case c.SetFact(fact, value, said):
                known = profile.get(fact)
                if known is not None and known.value == value and type(known.value) is type(value):
                    repeated.append(fact)
                    continue
                told = Known(value, said, turn)
                changes.append(Change(fact, known, told))
                profile = profile.with_fact(fact, told)
            case _:
                pass
    return Applied(profile, tuple(changes), tuple(repeated))


def decide(state: TurnState, runtime: Runtime[Deps]) -> TurnState:
    """Work out the recommendation and how the turn goes on."""
    book, before, profile = runtime.context.book, state["before"], state["profile"]
    recommendation = recommend(book, profile) if profile else None
    plan = make_plan(before, state["commands"], profile, recommendation, state["changes"], book)
    if plan.asking is not None and plan.asking.how == "new":
        supposed = runtime.context.retrieving.evidence(plan.asking.fact, state["language"])
        plan = plan if supposed is None else suppose(plan, plan.asking, supposed)
    return {
        "recommendation": recommendation,
        "approach_before": approach_of(book, before.profile) if before.profile else None,
        "plan": plan,
    }


def retrieve(state: TurnState, runtime: Runtime[Deps]) -> TurnState:
    """Find what the sources say to each question."""
    retrieving, language = runtime.context.retrieving, state["language"]
    return {
        "answers": tuple(
            retrieving.answer(command.question, language, state["before"].answered)
            for command in state["commands"]
            if isinstance(command, c.AskQuestion)
        )
    }


def compose(state: TurnState, runtime: Runtime[Deps]) -> TurnState:
    """Word the turn and prove it."""
    deps, plan, before = runtime.context, state["plan"], state["before"]
    recommendation = state["recommendation"]
    turn = Turn(
        language=state["language"],
        commands=state["commands"],
        profile=state["profile"],
        changes=state["changes"],
        repeated=state["repeated"],
        settled=state.get("settled", frozenset()),
        left_open=plan.left_open,
        recommendation=recommendation,
        before=state["approach_before"],
        answers=state.get("answers", ()),
        hypotheses=_hypotheses(state["commands"], state["profile"], recommendation, deps.book),
        asking=plan.asking,
        invite=plan.invite,
        present=plan.present,
        small_rate=_small_rate(state["changes"]),
        cut=state["cut"],
        rules_changed=_rules_changed(before, deps.book),
        empty=not state["text"],
    )
    sources = deps.retrieving.citable(turn.language, turn.answers, turn.asking)
    said = repeatable(turn, state["text"], deps.book)
    prove = partial(cite, sources=sources, quotes=quotes(turn.answers, turn.asking), said=said)
    cited, stopped = proved(deps.composing.pieces(turn), prove, deps.show)
    if not cited.reply and not stopped:
        cited = cite(quoting(turn.answers, turn.language, phrases(turn.language)), sources)
    return {"cited": cited, "stopped": stopped}


def _rules_changed(before: Conversation, book: RuleBook) -> bool:
    return bool(before.profile) and before.rules_fingerprint not in ("", book.fingerprint)


def _small_rate(changes: tuple[Change, ...]) -> bool:
    """Whether a million or more was named that is less than a million a day."""
    for change in changes:
        if change.fact == "daily_calls" and change.after and isinstance(change.after.value, int):
            named = [number.value for number in numbers(fold(change.after.said)[0])]
            if change.after.value < _SIGNAL_CALLS <= max(named, default=0):
                return True
    return False


def _hypotheses(
    commands: tuple[Command, ...], profile: Profile, recommendation: Recommendation | None, book: RuleBook
) -> tuple[Hypothesis, ...]:
    found = []
    for command in commands:
        if isinstance(command, c.WhatIf):
            if command.fact is None:
                found.append(Hypothesis(None, None, None, None, differs=False))
                continue
            would = recommend(book, profile.with_value(command.fact, command.value))
            now = recommendation.approach if recommendation else approach_of(book, profile)
            found.append(
                Hypothesis(command.fact, command.value, would.approach, would.rule.id, differs=would.approach != now)
            )
    return tuple(found)


def _answered(state: TurnState) -> Answered | None:
    """What the next question may lean on: this turn's answer, or the one before while it is fresh."""
    for answer in reversed(state.get("answers", ())):
        if answer.supported:
            return Answered(answer.question[-MAX_LEANT_ON:], tuple(hit.passage.id for hit in answer.hits))
    last = state["before"].answered
    restarted = any(isinstance(command, c.Restart) for command in state["commands"])
    if last is None or last.age + 1 >= FRESH or state["changes"] or restarted:
        return None
    return replace(last, age=last.age + 1)


def conversation_after(state: TurnState, book: RuleBook) -> Conversation:
    """What is stored of the turn's end."""
    before, language = state["before"], state["language"]
    after = replace(
        state["plan"].after, language=language, rules_fingerprint=book.fingerprint, answered=_answered(state)
    )
    if state.get("stopped"):  # the question at the reply's end was not read
        after = replace(after, asking=None, follow_up=None, options_shown=False)
    writing = detect(state["text"], before.language)
    for command in state["commands"]:
        if isinstance(command, c.ChangeLanguage):
            return replace(after, asked_language=command.language, writing=writing)
    if before.asked_language is not None and writing not in (None, before.writing, before.asked_language):
        return replace(after, asked_language=None, writing=None)
    return after
