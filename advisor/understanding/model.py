"""Reading with a language model: it proposes, code disposes.

The embedded reader reads first. Where that is plain nothing is asked; where it is not, the model says what the
message means in a closed form, without ever seeing the rules or the recommendation. What it adds must stand in
the user's words; it can add to what was read and settle a doubt, and cannot change a fact or take it away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from advisor import commands as c
from advisor.llm.client import ModelRequest
from advisor.profile import FACTS
from advisor.prompts import load_prompt
from advisor.understanding import cues
from advisor.understanding.embedded import telling
from advisor.understanding.proposals import SCHEMA, proposals
from advisor.understanding.said import kept, stretch, value_of
from advisor.understanding.text import whole

if TYPE_CHECKING:
    from advisor.commands import Command
    from advisor.llm.calls import Calls
    from advisor.profile import FactName
    from advisor.understanding.context import Context
    from advisor.understanding.embedded import EmbeddedReader
    from advisor.understanding.evidence import Evidence
    from advisor.understanding.proposals import Act, Proposal

MAX_TOKENS = 500
"""Of an answer; an act takes about 40."""

MAX_SENT = 4_000
"""Characters of a message that are sent."""

UNDERSTAND = load_prompt("understand", 1, "asked", "known", "message")

_COURTESIES: dict[Act, Literal["greeting", "thanks", "goodbye", "anger", "smalltalk"]] = {
    "greeting": "greeting",
    "thanks": "thanks",
    "goodbye": "goodbye",
    "anger": "anger",
    "smalltalk": "smalltalk",
}

_TALK = (c.AskQuestion, c.AskMeaning, c.AskWhy, c.WhatIf)
"""What the user wants to know."""

_STEERING = (c.Restart, c.Undo, c.Skip, c.ShowSummary, c.ChangeLanguage)
"""What code alone reads."""


class ModelReader:
    """Reads one turn's message; speaks `Understanding`, as the embedded reader does."""

    def __init__(self, embedded: EmbeddedReader, evidence: Evidence, calls: Calls) -> None:
        self._embedded = embedded
        self._evidence = evidence
        self._calls = calls

    def read(self, message: str, context: Context) -> tuple[Command, ...]:
        """The commands that ``message`` means; never empty, and the embedded reader's where the model fails."""
        read = self._embedded.read(message, context)
        if self._embedded.certain(message, context, read):
            return read
        own = stretch(message, list(telling(message)))[:MAX_SENT]
        reply = self._calls.complete(_request(own, context))
        if reply is None or reply.parsed is None:
            return read
        return combined(read, self._believed(proposals(reply.parsed, own), own, context))

    def _believed(self, proposed: tuple[Proposal, ...], message: str, context: Context) -> tuple[Command, ...]:
        commands = (self._command(each, message, context) for each in proposed)
        return tuple(command for command in commands if command is not None)

    def _command(self, proposal: Proposal, message: str, context: Context) -> Command | None:
        match proposal.act:
            case "set_fact":
                return self._evidence.fact(proposal, message, context)
            case "unknown":
                return _unknown(proposal, context)
            case "what_if":
                whole_fact = proposal.fact is not None and proposal.fact != "daily_calls"
                value = value_of(proposal.fact, proposal.value) if whole_fact and proposal.fact else None
                return c.WhatIf(proposal.fact, value, proposal.said) if whole_fact else None
            case "ask_question":
                asks = cues.ASKING.search(whole(proposal.said).text)
                return c.AskQuestion(proposal.said) if asks else None
            case "ask_meaning":
                return c.AskMeaning(context.asking) if context.asking is not None else None
            case "ask_why":
                return c.AskWhy("question" if context.asking is not None else "recommendation")
            case "story":
                return c.TellStory(kept(proposal.said))
            case courtesy:
                return c.SmallTalk(_COURTESIES[courtesy])


def _unknown(proposal: Proposal, context: Context) -> Command | None:
    """A don't-know is believed of the pending fact alone, and only in words that say so."""
    if proposal.fact != context.asking or not cues.DONT_KNOW.search(whole(proposal.said).text):
        return None
    return c.SetFact(proposal.fact, None, kept(proposal.said)) if proposal.fact is not None else None


def _request(message: str, context: Context) -> ModelRequest:
    rendered = UNDERSTAND.render(asked=context.asking or "nothing", known=known(context), message=message)
    return ModelRequest(rendered.system, rendered.user, "understand", MAX_TOKENS, SCHEMA)


def known(context: Context) -> str:
    """What was told before, as facts: however long the talk, no more than eight."""
    told = [f"{fact}={str(context.profile.value(fact)).lower()}" for fact in FACTS if fact in context.profile]
    return " ".join(told) or "nothing"


def combined(read: tuple[Command, ...], believed: tuple[Command, ...]) -> tuple[Command, ...]:
    """The embedded reading with what the model added; what steers the talk, and what counts come to, is code's."""
    if not believed or any(isinstance(command, _STEERING) for command in read):
        return read
    facts = _facts(believed) | {fact: told for fact, told in _facts(read).items() if not _settles(told, believed)}
    supposes = any(isinstance(command, c.WhatIf) and command.fact is None for command in read)
    kept_talk = [x for x in believed if isinstance(x, _TALK) and (supposes or not isinstance(x, c.WhatIf))]
    talk = kept_talk or [command for command in read if isinstance(command, _TALK)]
    found: list[Command] = [facts[fact] for fact in FACTS if fact in facts]
    found += [command for command in dict.fromkeys(talk) if not (isinstance(command, c.AskMeaning) and found)]
    if found:
        story = () if facts else tuple(command for command in read if isinstance(command, c.TellStory))
        return (*found, *story)
    rest = [command for command in believed if isinstance(command, c.SmallTalk | c.TellStory)]
    return tuple(rest[:1]) or read


def _settles(told: c.SetFact | c.AskBack, believed: tuple[Command, ...]) -> bool:
    """Whether the model says which of two readings is meant; what was read, and what counts come to, it cannot change."""
    return isinstance(told, c.AskBack) and any(
        isinstance(each, c.SetFact) and each.fact == told.fact and each.value in told.options for each in believed
    )


def _facts(commands: tuple[Command, ...]) -> dict[FactName, c.SetFact | c.AskBack]:
    """The facts that were told or are to be asked back."""
    return {command.fact: command for command in commands if isinstance(command, c.SetFact | c.AskBack)}
