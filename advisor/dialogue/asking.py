"""One question outside a conversation: searched, worded and proved like any other, without the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.citations import cite
from advisor.dialogue.plan import reply_language
from advisor.language import detect
from advisor.profile import Profile
from advisor.turn import Turn, quotes, repeatable

if TYPE_CHECKING:
    from advisor.citations import Cited
    from advisor.commands import AskQuestion
    from advisor.dialogue.state import Deps, TurnState
    from advisor.language import Language
    from advisor.turn import Answer


def answer_alone(command: AskQuestion, state: TurnState, deps: Deps) -> tuple[Language, Cited, tuple[Answer, ...]]:
    """The language, the reply and what it rests on."""
    before = state["before"]
    language = reply_language(before, state["wanted_language"], detect(state["text"], before.language))
    answers = (deps.retrieving.answer(command.question, language),)
    turn = Turn(
        language=language, commands=(command,), profile=Profile(), changes=(), repeated=(), settled=frozenset(), left_open=None,
        recommendation=None, before=None, answers=answers, hypotheses=(), asking=None, invite=False,
        present=False, small_rate=False, cut=state["cut"], rules_changed=False, empty=False,
    )  # fmt: skip
    sources = deps.retrieving.citable(language, answers)
    said = repeatable(turn, state["text"], deps.book)
    return language, cite(deps.composing.compose(turn), sources, quotes(answers), said=said), answers
