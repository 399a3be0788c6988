"""Whole turns through the graph: what was understood is given, everything after it is real."""

from __future__ import annotations

import operator
import re
from collections import deque
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

from advisor import commands as c
from advisor.citations import faults
from advisor.composing.embedded import EmbeddedComposer
from advisor.conversation import Answered, Conversation
from advisor.deciding import citable
from advisor.dialogue.graph import MAX_STEPS, build_graph, run_turn
from advisor.dialogue.nodes import conversation_after
from advisor.dialogue.state import Deps, TurnState
from advisor.errors import StepLimitError
from advisor.knowledge import ARTICLE, Passage, article, in_language
from advisor.language import LANGUAGES, Language, detect
from advisor.profile import CHOICES, FACTS, FactName, FactValue, Profile
from advisor.retrieval.search import Hit
from advisor.rules.engine import recommend
from advisor.rules.load import load_rules
from advisor.turn import Answer, Asking

if TYPE_CHECKING:
    from advisor.rules.book import RuleBook
    from advisor.understanding.context import Context

_WRITTEN: dict[Language, str] = {
    "en": "It is as we said.",
    "zh-Hant": "這個就是我們說的。",
    "zh-Hans": "这个就是我们说的。",
    "ja": "それはお伝えしたとおりです。",
}
"""A message in each language; what it means is given beside it."""

_ANSWERS: dict[FactName, FactValue] = {
    "knowledge_update_frequency": "weekly",
    "output_priority": "accuracy",
    "labeled_data": "insufficient",
    "traceability_required": True,
    "strict_format": False,
    "daily_calls": 2_000,
    "specialized_language": False,
}
"""The answers of someone who is told to use RAG."""


@cache
def _book() -> RuleBook:
    return load_rules(frozenset(article()))


@cache
def _graph() -> Any:
    return build_graph()


@dataclass
class _Scripted:
    """A reader that hands out what it was given, one message after the other."""

    queued: deque[tuple[c.Command, ...]] = field(default_factory=deque)

    def read(self, message: str, context: Context) -> tuple[c.Command, ...]:
        del message, context
        return self.queued.popleft()


class _Shelf:
    """The real passages, and one question that they answer."""

    def answer(self, question: str, language: str, last: Answered | None = None) -> Answer:
        del last
        if question != "What is RAG?":
            return Answer(question, ())
        return Answer(question, (Hit(1, 1.0, 1.0, in_language(article()["what-is-rag"], language)),))

    def evidence(self, fact: FactName, language: str) -> None:
        del fact, language

    def citable(
        self, language: str, answers: tuple[Answer, ...], asking: Asking | None = None
    ) -> dict[tuple[str, str], Passage]:
        del asking
        assert all(not answer.quoted for answer in answers)
        return dict(citable(_book(), language))


@dataclass
class _Talk:
    """A conversation in one language, turn by turn."""

    language: Language = "en"
    before: Conversation = field(default_factory=Conversation)
    turn: int = 0
    reader: _Scripted = field(default_factory=_Scripted)

    def say(self, *commands: c.Command, text: str | None = None, cut: int | None = None) -> TurnState:
        """Play one turn and check what holds for every turn."""
        self.turn += 1
        self.reader.queued.append(commands)
        deps = Deps(_book(), self.reader, _Shelf(), EmbeddedComposer(_book()))
        opening: TurnState = {
            "text": _WRITTEN[self.language] if text is None else text,
            "cut": cut,
            "wanted_language": None,
            "turn": self.turn,
            "before": self.before,
        }
        state = run_turn(_graph(), opening, deps)
        self.reader.queued.clear()
        self.before = conversation_after(state, _book())
        reply = state["cited"].reply
        assert reply
        assert faults(reply, state["cited"].citations, citable(_book(), state["language"])) == ()
        assert detect(re.sub(r"“[^”]*”|「[^」]*」", "", reply), state["language"]) == state["language"]
        return state

    def tell(self, fact: FactName, value: FactValue) -> TurnState:
        """Tell one fact."""
        return self.say(c.SetFact(fact, value, _WRITTEN[self.language].rstrip(".。")))

    def tell_all(self) -> TurnState:
        """Tell everything that leads to a final recommendation."""
        return [self.tell(fact, value) for fact, value in _ANSWERS.items()][-1]


def _reply(state: TurnState) -> str:
    return state["cited"].reply


def _asking(state: TurnState) -> FactName | None:
    asking = state["plan"].asking
    return None if asking is None else asking.fact


# --- wiring ----------------------------------------------------------------------------------------------


def _steps(*commands: c.Command) -> list[str]:
    """The nodes of a turn, in order."""
    deps = Deps(_book(), _Scripted(deque([commands])), _Shelf(), EmbeddedComposer(_book()))
    opening: TurnState = {"text": "x", "cut": None, "wanted_language": None, "turn": 1, "before": Conversation()}
    return [node for chunk in _graph().stream(opening, context=deps, stream_mode="updates") for node in chunk]


def test_a_turn_goes_straight_from_the_message_to_the_reply() -> None:
    told = c.SetFact("knowledge_update_frequency", "weekly", "every week")

    assert _steps(told) == ["understand", "update_profile", "decide", "compose"]


def test_a_turn_with_a_question_goes_by_way_of_the_search() -> None:
    assert _steps(c.AskQuestion("What is RAG?")) == ["understand", "update_profile", "decide", "retrieve", "compose"]


@pytest.mark.parametrize("count", [1, 8, 40])
def test_the_steps_of_a_turn_do_not_grow_with_what_was_said(count: int) -> None:
    """Waiting for the user ends the run, so no turn can go round in circles."""
    commands = (*(c.AskQuestion("What is RAG?") for _ in range(count)), c.SmallTalk("thanks"))

    assert len(_steps(*commands)) <= 5 < MAX_STEPS


def test_a_turn_that_does_not_end_is_stopped_with_an_error_of_its_own() -> None:
    class _Endless(TypedDict):
        steps: Annotated[int, operator.add]

    def again(_state: _Endless) -> _Endless:
        return {"steps": 1}

    graph = StateGraph(_Endless)
    graph.add_node("again", again)
    graph.add_edge(START, "again")
    graph.add_conditional_edges("again", lambda state: END if state["steps"] > 10 * MAX_STEPS else "again")
    deps = Deps(_book(), _Scripted(), _Shelf(), EmbeddedComposer(_book()))
    endless: Any = {"steps": 0}

    with pytest.raises(StepLimitError, match=f"more than {MAX_STEPS} steps") as caught:
        run_turn(graph.compile(), endless, deps)
    assert caught.value.code == "step_limit"


# --- the interview -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_interview_asks_one_thing_at_a_time_and_ends_with_the_recommendation(language: Language) -> None:
    talk = _Talk(language)
    asked = [_asking(talk.tell(fact, value)) for fact, value in _ANSWERS.items()]

    assert asked == [*list(_ANSWERS)[1:], None]
    assert talk.before.presented == "rag"


def test_only_what_can_still_change_the_outcome_is_asked() -> None:
    """Consistency establishes the need and missing labels make it wait, so no signal can change that."""
    talk = _Talk()
    for fact in ("knowledge_update_frequency", "labeled_data", "traceability_required"):
        talk.tell(fact, _ANSWERS[fact])

    last = talk.tell("output_priority", "consistency")

    assert _asking(last) is None
    assert _reply(last).count("**My recommendation: RAG now, fine-tuning later**") == 1


def test_where_the_case_stands_is_said_when_it_moves() -> None:
    talk = _Talk()

    first = talk.tell("knowledge_update_frequency", "weekly")
    second = talk.tell("output_priority", "consistency")
    third = talk.tell("labeled_data", "insufficient")

    assert "As it stands: **RAG** [1][2] — provisional" in _reply(first)
    assert "As it stands: **RAG now, fine-tuning later** [1][2] — provisional" in _reply(second)
    assert "As it stands" not in _reply(third)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_skipped_question_is_left_open_and_the_next_one_asked(language: Language) -> None:
    talk = _Talk(language)
    talk.tell("knowledge_update_frequency", "weekly")

    state = talk.say(c.Skip())

    assert state["profile"].get("output_priority") is not None
    assert state["profile"].value("output_priority") is None
    assert _asking(state) == "labeled_data"


def test_a_skip_is_answered_with_what_stays_open() -> None:
    talk = _Talk()
    talk.tell("knowledge_update_frequency", "weekly")

    assert "Noted that this is open: accuracy or consistency." in _reply(talk.say(c.Skip()))


def test_a_dont_know_is_an_answer() -> None:
    talk = _Talk()
    talk.tell("knowledge_update_frequency", "weekly")

    state = talk.say(c.SetFact("output_priority", None, "I do not know"))

    assert "Noted that this is open: accuracy or consistency." in _reply(state)
    assert _asking(state) == "labeled_data"


@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_skips_everything_still_gets_a_final_recommendation(language: Language) -> None:
    """A don't-know establishes no need, so what is left is where most start."""
    talk = _Talk(language)
    state = talk.say(c.SmallTalk("greeting"))
    state = talk.say(c.SmallTalk("thanks"))
    for _ in FACTS:
        if _asking(state) is None:
            break
        state = talk.say(c.Skip())

    assert state["recommendation"] is not None
    assert (state["recommendation"].approach, state["recommendation"].final) == ("rag", True)
    assert [fact for fact in state["profile"] if state["profile"].value(fact) is not None] == []


def test_the_final_block_comes_once_and_later_turns_do_not_repeat_it() -> None:
    talk = _Talk()

    last = talk.tell_all()
    later = talk.say(c.SmallTalk("thanks"))

    assert "**My recommendation: RAG** [1][2][3]." in _reply(last)
    assert _reply(later) == "You are welcome."


# --- digressions ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "command",
    [
        c.AskQuestion("What is RAG?"),
        c.AskQuestion("Who wins the cup?"),
        c.AskWhy("question"),
        c.AskWhy("recommendation"),
        c.AskMeaning("output_priority"),
        c.WhatIf("labeled_data", "sufficient", "what if"),
        c.ShowSummary(),
        c.SmallTalk("thanks"),
        c.SmallTalk("anger"),
        c.SmallTalk("goodbye"),
    ],
)
def test_after_a_digression_the_question_stands_again_and_nothing_was_recorded(
    command: c.Command, language: Language
) -> None:
    talk = _Talk(language)
    known = talk.tell("knowledge_update_frequency", "weekly")["profile"]

    state = talk.say(command)

    assert _asking(state) == "output_priority"
    assert state["profile"] == known


def test_a_question_is_answered_before_the_pending_one_returns() -> None:
    talk = _Talk()
    talk.tell("knowledge_update_frequency", "weekly")

    answer, question = _reply(talk.say(c.AskQuestion("What is RAG?"))).split("\n\n")

    assert answer.startswith("RAG lets models query external knowledge bases at inference time without retraining [1].")
    assert question.startswith("Back to my question: What matters more")


def test_a_question_that_the_sources_do_not_cover_is_refused_and_the_pending_one_returns() -> None:
    talk = _Talk()
    talk.tell("knowledge_update_frequency", "weekly")

    state = talk.say(c.AskQuestion("Who wins the cup?"))

    assert [answer.supported for answer in state["answers"]] == [False]
    assert "do not cover that, so I will not guess" in _reply(state)
    assert state["cited"].citations == ()


def test_why_is_told_from_the_passage_behind_the_question() -> None:
    talk = _Talk()
    talk.tell("knowledge_update_frequency", "weekly")

    state = talk.say(c.AskWhy("question"))

    assert "I ask because it bears on the outcome. Consistency favors fine-tuning [1]." in _reply(state)
    assert [one.id for one in state["cited"].citations] == ["decision-framework/accuracy-or-consistency"]


def test_why_at_the_end_tells_the_rules_and_the_words() -> None:
    talk = _Talk()
    talk.tell_all()

    state = talk.say(c.AskWhy("recommendation"))

    assert _reply(state).startswith("This is why:\n- You said “It is as we said”: Knowledge that changes every month")
    assert "My recommendation" not in _reply(state)


def test_why_before_anything_is_known_says_so() -> None:
    assert "I have no recommendation to explain yet." in _reply(_Talk().say(c.AskWhy("recommendation")))


def test_a_what_if_changes_neither_the_facts_nor_the_recommendation() -> None:
    talk = _Talk()
    before = talk.tell_all()

    state = talk.say(c.WhatIf("output_priority", "consistency", "what if it had to be consistent?"))

    assert "the recommendation would be **RAG now, fine-tuning later** [1]. I have recorded nothing." in _reply(state)
    assert state["profile"] == before["profile"]
    assert state["recommendation"] == before["recommendation"]


def test_the_summary_tells_each_fact_with_its_words() -> None:
    talk = _Talk()
    talk.tell("knowledge_update_frequency", "weekly")
    talk.tell("output_priority", None)

    reply = _reply(talk.say(c.ShowSummary()))

    assert "- the knowledge changes weekly (“It is as we said”)" in reply
    assert "Open: accuracy or consistency." in reply
    assert "As it stands: **RAG** [1][2]" in reply


# --- corrections ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_correction_names_the_old_value_the_new_one_and_the_recommendation(language: Language) -> None:
    talk = _Talk(language)
    talk.tell("knowledge_update_frequency", "yearly")

    state = talk.say(c.SetFact("knowledge_update_frequency", "weekly", _WRITTEN[language]))

    assert " → " in _reply(state)
    assert "**RAG**" in _reply(state)
    assert _asking(state) == "output_priority"


def test_a_correction_at_the_end_presents_the_new_recommendation() -> None:
    talk = _Talk()
    talk.tell_all()

    state = talk.tell("output_priority", "consistency")

    assert "Changed: what matters most is accurate content → what matters most is consistent output" in _reply(state)
    assert "**My recommendation: RAG now, fine-tuning later**" in _reply(state)


def test_a_fact_told_again_is_known_already() -> None:
    talk = _Talk()
    talk.tell("knowledge_update_frequency", "weekly")

    assert "I have that already: the knowledge changes weekly." in _reply(
        talk.tell("knowledge_update_frequency", "weekly")
    )


def test_what_is_taken_back_is_asked_again() -> None:
    talk = _Talk()
    talk.tell("knowledge_update_frequency", "weekly")
    talk.tell("output_priority", "both")

    state = talk.say(c.Undo())

    assert "Taken back: accuracy or consistency." in _reply(state)
    assert tuple(state["profile"]) == ("knowledge_update_frequency",)
    assert _asking(state) == "output_priority"


@pytest.mark.parametrize("language", LANGUAGES)
def test_starting_over_forgets_everything_and_invites_anew(language: Language) -> None:
    talk = _Talk(language)
    talk.tell("knowledge_update_frequency", "weekly")

    state = talk.say(c.Restart())

    assert state["profile"] == Profile()
    assert state["recommendation"] is None
    assert _asking(state) is None
    assert talk.tell("output_priority", "both")["recommendation"] is not None


# --- misunderstandings -----------------------------------------------------------------------------------------


def test_an_unreadable_answer_is_asked_for_again_then_with_numbers_then_left_open() -> None:
    talk = _Talk()
    talk.tell("knowledge_update_frequency", "weekly")

    first, second, third = (talk.say(c.CannotHandle("blah")) for _ in range(3))

    assert "I could not read an answer" in _reply(first)
    assert "with a number" not in _reply(first)
    assert "You can answer with a number:\n1. what matters most is accurate content" in _reply(second)
    assert "I leave this open for now: accuracy or consistency." in _reply(third)
    assert [_asking(state) for state in (first, second, third)] == [
        "output_priority",
        "output_priority",
        "labeled_data",
    ]


def test_a_question_left_open_for_want_of_an_answer_counts_as_not_known() -> None:
    talk = _Talk()
    talk.tell("knowledge_update_frequency", "weekly")
    for _ in range(3):
        state = talk.say(c.CannotHandle("blah"))

    assert "output_priority" in state["profile"]
    assert state["profile"].value("output_priority") is None


def test_what_was_left_open_can_be_told_later() -> None:
    talk = _Talk()
    talk.tell("knowledge_update_frequency", "weekly")
    talk.say(c.Skip())

    state = talk.tell("output_priority", "both")

    assert "Noted: what matters most is accurate content and consistent output alike" in _reply(state)
    assert _asking(state) == "labeled_data"


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_message_gets_the_question_again(language: Language) -> None:
    talk = _Talk(language)
    known = talk.tell("knowledge_update_frequency", "weekly")["profile"]

    state = talk.say(text="")

    assert _asking(state) == "output_priority"
    assert state["profile"] == known


def test_an_empty_first_message_gets_the_first_question() -> None:
    state = _Talk().say(text="")

    assert _reply(state) == "That was empty. How often does the knowledge behind your answers change?"


def test_nothing_read_at_the_end_is_admitted() -> None:
    talk = _Talk()
    talk.tell_all()

    assert "I could not find an answer or a question in that." in _reply(talk.say(c.CannotHandle("blah")))


def test_a_message_that_was_cut_says_so_first() -> None:
    reply = _reply(_Talk().say(c.SmallTalk("greeting"), cut=20_000))

    assert reply.startswith("Your message is very long; I read its first 20,000 characters.")


# --- courtesies and languages ------------------------------------------------------------------------------------


def test_a_greeting_is_returned_and_the_case_asked_for() -> None:
    state = _Talk().say(c.SmallTalk("greeting"))

    assert _reply(state).startswith("Hello.\n\nTell me about your use case")
    assert _asking(state) is None
    assert state["recommendation"] is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_that_was_asked_for_stays_until_another_is_written(language: Language) -> None:
    talk = _Talk()
    talk.tell("knowledge_update_frequency", "weekly")

    switched = talk.say(c.ChangeLanguage(language), text="Please answer in that language.")
    stays = talk.say(c.SmallTalk("thanks"), text="Thank you very much for that.")

    assert switched["language"] == stays["language"] == language
    assert _asking(stays) == "output_priority"


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans", "ja"])
def test_whoever_writes_another_language_is_answered_in_it(language: Language) -> None:
    talk = _Talk()
    talk.tell("knowledge_update_frequency", "weekly")

    assert talk.say(c.SmallTalk("thanks"), text=_WRITTEN[language])["language"] == language


# --- a sweep -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fact", FACTS)
def test_every_answer_to_every_question_is_taken_as_it_was_told(fact: FactName, language: Language) -> None:
    """The profile, the recommendation and the question that follows agree, whatever is told first."""
    for value in (*CHOICES.get(fact, (0, 999_999, 1_000_000)), None):
        state = _Talk(language).tell(fact, value)

        assert state["profile"].get(fact) is not None
        assert state["profile"].value(fact) == value
        assert state["recommendation"] == recommend(_book(), state["profile"])
        assert _asking(state) not in (fact, None)


_SAYABLE: dict[str, c.Command] = {
    "a fact": c.SetFact("use_case_validated", value=True, said="x"),
    "a fact again": c.SetFact("knowledge_update_frequency", "weekly", "x"),
    "a correction": c.SetFact("knowledge_update_frequency", "yearly", "x"),
    "a count that settles nothing": c.AskBack("labeled_data", "count-between", "700"),
    "a question": c.AskQuestion("What is RAG?"),
    "a question that is not covered": c.AskQuestion("Who wins the cup?"),
    "what do you mean": c.AskMeaning("labeled_data"),
    "why that question": c.AskWhy("question"),
    "why that recommendation": c.AskWhy("recommendation"),
    "what if": c.WhatIf("labeled_data", "sufficient", "x"),
    "what if, unread": c.WhatIf(None, None, "x"),
    "skip": c.Skip(),
    "summary": c.ShowSummary(),
    "start over": c.Restart(),
    "undo": c.Undo(),
    "another language": c.ChangeLanguage("ja"),
    "thanks": c.SmallTalk("thanks"),
    "a story without facts": c.TellStory("x"),
    "nothing readable": c.CannotHandle("x"),
}


_MOMENTS = ("at the beginning", "in the interview", "at the end")


@pytest.mark.parametrize(("said", "moment"), [(said, moment) for said in _SAYABLE for moment in _MOMENTS])
def test_whatever_is_said_is_answered(said: str, moment: str) -> None:
    """`say` checks that the reply is not empty, and its proofs and language."""
    talk = _Talk()
    if moment == "in the interview":
        talk.tell("knowledge_update_frequency", "weekly")
    elif moment == "at the end":
        talk.tell_all()

    talk.say(_SAYABLE[said])


def test_everything_that_is_cited_is_the_articles_or_the_rules() -> None:
    talk = _Talk()

    cited = talk.tell_all()["cited"].citations

    assert {one.source for one in cited} == {ARTICLE, "rules"}
    assert [one.n for one in cited] == list(range(1, len(cited) + 1))
