"""What the reply does next: ask, ask again, present, or invite. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from advisor import commands as c
from advisor.profile import Known
from advisor.rules.engine import next_fact
from advisor.turn import Asking
from advisor.understanding.context import EVIDENCE

if TYPE_CHECKING:
    from advisor.commands import Command
    from advisor.conversation import Conversation
    from advisor.language import Language
    from advisor.profile import Change, FactName, FactValue, Profile
    from advisor.rules.book import RuleBook
    from advisor.rules.engine import Recommendation
    from advisor.turn import Supposed

PATIENCE = 3
"""How often in a row a question may go unanswered before it is left open."""


@dataclass(frozen=True, slots=True)
class Applied:
    """The profile after a message."""

    profile: Profile
    changes: tuple[Change, ...]
    repeated: tuple[FactName, ...]
    """Facts told again as they were known."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the turn goes on."""

    asking: Asking | None
    invite: bool
    present: bool
    left_open: FactName | None
    after: Conversation
    """The conversation as it is stored with this turn, but for language and rules."""


def left_open(before: Conversation, commands: tuple[Command, ...]) -> FactName | None:
    """The pending fact, if this message is the last that patience allows to miss it."""
    return before.asking if _missed(commands) and before.misses + 1 >= PATIENCE else None


def _missed(commands: tuple[Command, ...]) -> bool:
    """Whether something was said that could not be read; an empty message is no attempt."""
    return any(isinstance(command, c.CannotHandle) and command.said for command in commands)


def settle(commands: tuple[Command, ...], before: Conversation) -> tuple[Command, ...]:
    """Turn a second doubt about the same fact into its best reading; ask at most once a fact."""
    settled: list[Command] = []
    for command in commands:
        if isinstance(command, c.AskBack) and command.fact in before.followed_up:
            settled.append(c.SetFact(command.fact, _best_reading(command), command.said))
        elif isinstance(command, c.Skip) and before.asking is not None:
            settled += [command, c.SetFact(before.asking, None, "")]
        else:
            settled.append(command)
    return tuple(settled)


def _best_reading(command: c.AskBack) -> FactValue:
    """What is taken where the one follow-up was spent: the best reading, of two statements the last."""
    match command.reason:
        case "count-between":
            return "insufficient"
        case "count-quality":
            return "sufficient"
        case "either":
            return command.options[0]
        case "contradiction":
            return command.options[-1]


def make_plan(
    before: Conversation,
    commands: tuple[Command, ...],
    profile: Profile,
    recommendation: Recommendation | None,
    changes: tuple[Change, ...],
    book: RuleBook,
) -> Plan:
    """Decide how the turn goes on."""
    restarted = any(isinstance(command, c.Restart) for command in commands)
    opened = before.opened and not restarted
    given_up = left_open(before, commands)
    invite = (before.asking is None or restarted) and _invites(profile, commands, opened=opened)
    if invite:
        return Plan(None, invite=True, present=False, left_open=None, after=_fresh(before, profile, opened=True))
    back = next((command for command in commands if isinstance(command, c.AskBack)), None)
    final = recommendation is not None and recommendation.final
    if back is None and final and recommendation is not None:
        present = before.presented != recommendation.approach or any(change.is_correction for change in changes)
        after = replace(_fresh(before, profile, opened=True), presented=recommendation.approach)
        return Plan(None, invite=False, present=present, left_open=given_up, after=after)
    asking = _asking(before, commands, profile, back, book)
    return Plan(
        asking,
        invite=False,
        present=False,
        left_open=given_up,
        after=replace(
            _fresh(before, profile, opened=True),
            asking=None if asking is None else asking.fact,
            follow_up=None if asking is None else asking.reason,
            follow_up_said="" if asking is None else asking.said,
            follow_up_options=() if asking is None else asking.options,
            follow_up_other="" if asking is None else asking.other,
            followed_up=(*before.followed_up, back.fact) if back else before.followed_up,
            options_shown=asking is not None and asking.how == "options",
            misses=before.misses + 1 if asking is not None and asking.how in ("unclear", "options") else 0,
            presented=None,
        ),
    )


def _fresh(before: Conversation, profile: Profile, *, opened: bool) -> Conversation:
    return replace(
        before,
        profile=profile,
        asking=None,
        follow_up=None,
        follow_up_said="",
        follow_up_options=(),
        follow_up_other="",
        options_shown=False,
        misses=0,
        opened=opened,
        presented=before.presented if profile else None,
        followed_up=before.followed_up if profile else (),
    )


def _invites(profile: Profile, commands: tuple[Command, ...], *, opened: bool) -> bool:
    """Whether to invite the user to tell about their case instead of asking for a fact."""
    if profile:
        return False
    only_talk = all(
        isinstance(command, (c.SmallTalk, c.Restart, c.ChangeLanguage, c.ShowSummary, c.AskWhy, c.WhatIf))
        for command in commands
    )
    asks = any(isinstance(command, c.AskQuestion) for command in commands)
    tells = any(isinstance(command, c.TellStory) for command in commands)
    return (asks and not tells) or (only_talk and not opened)


def _asking(
    before: Conversation,
    commands: tuple[Command, ...],
    profile: Profile,
    back: c.AskBack | None,
    book: RuleBook,
) -> Asking | None:
    if back is not None:
        return Asking(back.fact, "follow-up", back.reason, back.said, back.options, back.other)
    fact = next_fact(book, profile)
    if fact is None:
        return None
    if fact != before.asking:
        return Asking(fact, "new")
    if not _missed(commands):
        return _again(fact, "back", before)
    if before.misses == 0:
        return _again(fact, "unclear", before)
    return Asking(fact, "options")


def suppose(plan: Plan, asking: Asking, supposed: Supposed) -> Plan:
    """The plan, with what a document says to the question beside it; a plain yes confirms it."""
    asking = replace(asking, options=(supposed.value,), evidence=supposed.excerpt)
    after = replace(plan.after, follow_up=EVIDENCE, follow_up_options=asking.options)
    return replace(plan, asking=asking, after=after)


def _again(fact: FactName, how: Literal["back", "unclear"], before: Conversation) -> Asking:
    """The pending question once more, a follow-up as the follow-up that it was; evidence is shown once."""
    if before.follow_up == EVIDENCE:
        return Asking(fact, how)
    return Asking(fact, how, before.follow_up, before.follow_up_said, before.follow_up_options, before.follow_up_other)


def unknown_words(text: str) -> Known:
    """What is kept of a fact that is left open."""
    return Known(None, text, 0)


def reply_language(before: Conversation, wanted: Language | None, detected: Language | None) -> Language:
    """The language of the reply: what the request asks for, what the user asked for, what they write."""
    if wanted is not None:
        return wanted
    if before.asked_language is not None and detected in (None, before.writing, before.asked_language):
        return before.asked_language
    return detected or before.language or "en"
