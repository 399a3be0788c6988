"""The steps of a turn, one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import pytest
from langgraph.runtime import Runtime

from advisor import commands as c
from advisor.composing.embedded import EmbeddedComposer
from advisor.conversation import FRESH, MAX_LEANT_ON, Answered, Conversation
from advisor.deciding import citable
from advisor.dialogue import nodes
from advisor.dialogue.plan import make_plan
from advisor.dialogue.state import Deps, TurnState
from advisor.knowledge import Passage, article, in_language
from advisor.profile import Change, FactName, FactValue, Known, Profile
from advisor.retrieval.search import Hit
from advisor.rules.engine import recommend
from advisor.rules.load import load_rules
from advisor.turn import Answer, Asking, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from advisor.citations import Cited
    from advisor.rules.book import RuleBook
    from advisor.understanding.context import Context


@cache
def _book() -> RuleBook:
    return load_rules(frozenset(article()))


@dataclass
class _Reads:
    """A reader that understands the same whatever it reads, and keeps what it was told."""

    commands: tuple[c.Command, ...] = ()
    context: Context | None = None

    def read(self, message: str, context: Context) -> tuple[c.Command, ...]:
        del message
        self.context = context
        return self.commands


class _Silent:
    """Sources that answer nothing but can be cited."""

    def answer(self, question: str, language: str, last: Answered | None = None) -> Answer:
        del language, last
        return Answer(question, ())

    def evidence(self, fact: FactName, language: str) -> None:
        del fact, language

    def citable(
        self, language: str, answers: tuple[Answer, ...], asking: Asking | None = None
    ) -> dict[tuple[str, str], Passage]:
        del answers, asking
        return dict(citable(_book(), language))


def _runtime(*commands: c.Command) -> Runtime[Deps]:
    return Runtime(context=Deps(_book(), _Reads(commands), _Silent(), EmbeddedComposer(_book())))


def _profile(facts: dict[FactName, FactValue], turn: int = 1) -> Profile:
    return Profile({fact: Known(value, "said", turn) for fact, value in facts.items()})


def _state(text: str, before: Conversation, **parts: object) -> TurnState:
    state: TurnState = {"text": text, "cut": None, "wanted_language": None, "turn": 2, "before": before}
    state.update(parts)  # type: ignore[typeddict-item]
    return state


# --- understand --------------------------------------------------------------------------------------


def test_the_reader_is_told_what_was_asked() -> None:
    reads = _Reads((c.Skip(),))
    runtime = Runtime(context=Deps(_book(), reads, _Silent(), EmbeddedComposer(_book())))
    profile = _profile({"knowledge_update_frequency": "weekly"})
    before = Conversation(
        profile=profile, asking="labeled_data", follow_up="count-between", follow_up_said="700", options_shown=True
    )

    nodes.understand(_state("hm", before), runtime)

    assert reads.context is not None
    assert reads.context.asking == "labeled_data"
    assert (reads.context.follow_up, reads.context.follow_up_said) == ("count-between", "700")
    assert reads.context.options_shown
    assert reads.context.profile == profile


def test_an_empty_message_is_not_read() -> None:
    state = nodes.understand(_state("", Conversation(language="ja")), _runtime(c.Restart()))

    assert state == {"commands": (c.CannotHandle(""),), "settled": frozenset(), "language": "ja"}


def test_the_reply_is_in_the_language_of_the_message() -> None:
    assert nodes.understand(_state("每週一都會更新", Conversation(language="en")), _runtime())["language"] == "zh-Hant"


def test_the_reply_is_in_the_language_that_the_message_asks_for() -> None:
    state = nodes.understand(_state("Please answer in Japanese.", Conversation()), _runtime(c.ChangeLanguage("ja")))

    assert state["language"] == "ja"


def test_a_second_doubt_about_a_fact_is_settled_at_once() -> None:
    before = Conversation(followed_up=("labeled_data",))

    state = nodes.understand(_state("700", before), _runtime(c.AskBack("labeled_data", "count-between", "700")))

    assert state["commands"] == (c.SetFact("labeled_data", "insufficient", "700"),)


# --- update_profile ----------------------------------------------------------------------------------


def test_what_was_told_is_kept_with_its_words_and_turn() -> None:
    applied = nodes.apply(Profile(), (c.SetFact("knowledge_update_frequency", "weekly", "every Monday"),), turn=4)

    assert applied.profile.get("knowledge_update_frequency") == Known("weekly", "every Monday", 4)
    assert [(change.fact, change.is_correction) for change in applied.changes] == [
        ("knowledge_update_frequency", False)
    ]


def test_another_value_is_a_correction_that_remembers_the_old_one() -> None:
    known = _profile({"knowledge_update_frequency": "yearly"})

    applied = nodes.apply(known, (c.SetFact("knowledge_update_frequency", "weekly", "every Monday"),), turn=2)

    (change,) = applied.changes
    assert change.is_correction
    assert change.before == Known("yearly", "said", 1)
    assert applied.profile.value("knowledge_update_frequency") == "weekly"


def test_an_answer_to_what_was_left_open_is_no_correction() -> None:
    known = _profile({"labeled_data": None})

    (change,) = nodes.apply(known, (c.SetFact("labeled_data", "sufficient", "5,000"),), turn=2).changes

    assert not change.is_correction


def test_a_fact_told_again_changes_nothing_and_keeps_its_first_words() -> None:
    known = _profile({"knowledge_update_frequency": "weekly"})

    applied = nodes.apply(known, (c.SetFact("knowledge_update_frequency", "weekly", "each week"),), turn=9)

    assert applied.profile == known
    assert applied.changes == ()
    assert applied.repeated == ("knowledge_update_frequency",)


def test_no_calls_at_all_is_not_the_same_as_no() -> None:
    """0 == False in Python, but a count is not an answer to a yes-or-no question."""
    known = _profile({"daily_calls": False})

    assert nodes.apply(known, (c.SetFact("daily_calls", 0, "none"),), turn=2).repeated == ()


@pytest.mark.parametrize(
    "command",
    [
        c.WhatIf("labeled_data", "sufficient", "what if we had 5,000"),
        c.AskQuestion("What is RAG?"),
        c.AskWhy("question"),
        c.AskMeaning("labeled_data"),
        c.AskBack("labeled_data", "count-between", "700"),
        c.SmallTalk("thanks"),
        c.ShowSummary(),
        c.ChangeLanguage("ja"),
        c.CannotHandle("…"),
    ],
)
def test_what_tells_nothing_changes_nothing(command: c.Command) -> None:
    known = _profile({"knowledge_update_frequency": "weekly"})

    applied = nodes.apply(known, (command,), turn=2)

    assert applied.profile == known
    assert applied.changes == ()


def test_taking_back_removes_all_that_was_told_last_and_nothing_before() -> None:
    known = Profile(
        {
            "knowledge_update_frequency": Known("weekly", "every week", 1),
            "output_priority": Known("both", "both", 3),
            "labeled_data": Known("sufficient", "5,000", 3),
        }
    )

    applied = nodes.apply(known, (c.Undo(),), turn=4)

    assert tuple(applied.profile) == ("knowledge_update_frequency",)
    assert {change.fact for change in applied.changes} == {"output_priority", "labeled_data"}
    assert all(change.after is None for change in applied.changes)


def test_taking_back_nothing_is_no_fault() -> None:
    assert nodes.apply(Profile(), (c.Undo(),), turn=1).changes == ()


def test_starting_over_clears_every_fact() -> None:
    known = _profile({"knowledge_update_frequency": "weekly", "labeled_data": None})

    assert nodes.apply(known, (c.Restart(),), turn=2).profile == Profile()


def test_a_question_given_up_is_left_open_with_the_words_that_did_not_answer_it() -> None:
    before = Conversation(
        profile=_profile({"knowledge_update_frequency": "weekly"}), asking="output_priority", misses=2
    )

    state = nodes.update_profile(_state("blah blah", before, commands=(c.CannotHandle("blah blah"),)))

    assert state["profile"].get("output_priority") == Known(None, "blah blah", 2)
    assert state["changes"] == ()


# --- decide --------------------------------------------------------------------------------------------


def test_without_a_fact_nothing_is_recommended() -> None:
    state = _state("hello", Conversation(), commands=(c.SmallTalk("greeting"),), profile=Profile(), changes=())

    decided = nodes.decide(state, _runtime())

    assert decided["recommendation"] is None
    assert decided["approach_before"] is None


def test_the_recommendation_follows_from_the_facts_and_the_one_before_is_kept() -> None:
    before = Conversation(profile=_profile({"output_priority": "accuracy"}), opened=True)
    profile = _profile({"output_priority": "consistency"})

    state = _state("x", before, language="en", commands=(), profile=profile, changes=())
    decided = nodes.decide(state, _runtime())

    assert decided["recommendation"] == recommend(_book(), profile)
    assert decided["approach_before"] == "rag"


# --- retrieve ------------------------------------------------------------------------------------------


def test_each_question_gets_its_own_answer() -> None:
    commands = (c.AskQuestion("What is RAG?"), c.SmallTalk("thanks"), c.AskQuestion("Who wins the cup?"))

    found = nodes.retrieve(_state("x", Conversation(), commands=commands, language="en"), _runtime())

    assert [answer.question for answer in found["answers"]] == ["What is RAG?", "Who wins the cup?"]
    assert not any(answer.supported for answer in found["answers"])


# --- compose -------------------------------------------------------------------------------------------


def _composed(before: Conversation, *commands: c.Command, text: str = "x") -> Cited:
    """The reply to ``commands`` after ``before``, by way of the nodes that follow on understanding."""
    runtime = _runtime()
    state = _state(text, before, commands=commands, language="en")
    state.update(nodes.update_profile(state))
    state.update(nodes.decide(state, runtime))
    return nodes.compose(state, runtime)["cited"]


@dataclass
class _Boasts:
    """A composer of whose words nothing holds."""

    def compose(self, turn: Turn) -> str:
        return "".join(self.pieces(turn))

    def pieces(self, turn: Turn) -> Iterator[str]:
        del turn
        yield "Fine-tuning is magic."


def test_where_no_sentence_holds_the_passages_are_quoted() -> None:
    hit = Hit(1, 1.0, 1.0, in_language(article()["closing"], "en"))
    plan = make_plan(Conversation(), (), Profile(), None, (), _book())
    state = _state(
        "x", Conversation(), commands=(), language="en", profile=Profile(), changes=(), repeated=(), plan=plan,
        recommendation=None, approach_before=None, answers=(Answer("?", (hit,)),),
    )  # fmt: skip
    runtime = Runtime(context=Deps(_book(), _Reads(()), _Silent(), _Boasts()))

    cited = nodes.compose(state, runtime)["cited"]

    assert cited.dropped == ()
    assert cited.reply.startswith(
        "The article says:\n“RAG and fine-tuning aren’t rivals — they’re different tools in the same box” [1]."
    )
    assert "magic" not in cited.reply


_STORY = Profile({"output_priority": Known("accuracy", "the numbers must be right", 1)})


def test_rules_that_changed_since_the_last_turn_are_told() -> None:
    before = Conversation(profile=_STORY, opened=True, rules_fingerprint="0123456789abcdef")

    assert "The decision rules have changed since the last turn" in _composed(before, c.SmallTalk("thanks")).reply


@pytest.mark.parametrize("stored", ["", "now"])
def test_rules_that_did_not_change_are_not_told(stored: str) -> None:
    """A new session has no fingerprint yet."""
    before = Conversation(profile=_STORY, opened=True, rules_fingerprint=stored and _book().fingerprint)

    assert "rules have changed" not in _composed(before, c.SmallTalk("thanks")).reply


def test_rules_that_changed_before_anything_was_advised_are_not_told() -> None:
    assert "rules have changed" not in _composed(Conversation(rules_fingerprint="0"), c.SmallTalk("greeting")).reply


@pytest.mark.parametrize(
    ("calls", "said", "told"),
    [
        (33_333, "a million calls a month", True),
        (41_667, "1,250,000 a month", True),
        (1_000_000, "a million calls a day", False),
        (24_000_000, "a million calls an hour", False),  # more than a million a day
        (2_000, "2,000 calls a day", False),
        (33_333, "about 33,333 a day", False),
    ],
)
def test_a_million_of_another_unit_is_set_apart_from_a_million_a_day(calls: int, said: str, *, told: bool) -> None:
    before = Conversation(profile=_STORY, opened=True)

    cited = _composed(before, c.SetFact("daily_calls", calls, said))

    assert ("stays below the 1M+ *daily* calls" in cited.reply) == told
    assert f"about {calls:,} calls a day (“{said}”)" in cited.reply


def test_a_what_if_is_worked_out_on_top_of_what_is_known() -> None:
    before = Conversation(profile=_profile({"output_priority": "consistency", "use_case_validated": True}), opened=True)

    cited = _composed(before, c.WhatIf("labeled_data", "sufficient", "what if we had 5,000?"))

    assert "the recommendation would be **fine-tuning** [1]" in cited.reply
    assert cited.citations[0].id == "fine-tune-alone"


# --- what is stored --------------------------------------------------------------------------------------


def _after(before: Conversation, text: str, *commands: c.Command, language: str = "en") -> Conversation:
    plan = make_plan(before, commands, before.profile, None, (), _book())
    return nodes.conversation_after(_state(text, before, commands=commands, language=language, plan=plan), _book())


def test_the_rules_and_the_language_of_the_turn_are_stored() -> None:
    after = _after(Conversation(), "hello", c.SmallTalk("greeting"))

    assert after.language == "en"
    assert after.rules_fingerprint == _book().fingerprint


def test_a_wish_for_a_language_is_stored_with_the_language_it_was_written_in() -> None:
    after = _after(Conversation(), "Please answer in Japanese.", c.ChangeLanguage("ja"), language="ja")

    assert (after.asked_language, after.writing) == ("ja", "en")


def test_writing_in_a_third_language_ends_the_wish() -> None:
    before = Conversation(language="ja", asked_language="ja", writing="en")

    kept = _after(before, "It changes every week.", c.SmallTalk("thanks"), language="ja")
    ended = _after(before, "每週一都會更新", c.SmallTalk("thanks"), language="zh-Hant")

    assert (kept.asked_language, kept.writing) == ("ja", "en")
    assert (ended.asked_language, ended.writing) == (None, None)


# --- what the next question may lean on --------------------------------------------------------------------


_ANSWER = Answer("What is RAG?", (Hit(1, 1.0, 1.0, article()["what-is-rag"]["en"]),))


def _leant_on(before: Answered | None, *answers: Answer, told: bool = False) -> Answered | None:
    """What is stored to lean on after a turn with ``answers``, in which a fact was ``told`` or not."""
    conversation = Conversation(answered=before)
    changes = (Change("labeled_data", None, Known("sufficient", "5,000", 2)),) if told else ()
    plan = make_plan(conversation, (), Profile(), None, (), _book())
    state = _state("x", conversation, commands=(), language="en", plan=plan, answers=answers, changes=changes)
    return nodes.conversation_after(state, _book()).answered


def test_the_next_question_may_lean_on_an_answer() -> None:
    assert _leant_on(None, _ANSWER) == Answered("What is RAG?", ("what-is-rag",))
    assert _leant_on(Answered("Which signals?", ("when-to-fine-tune",), 1), _ANSWER) == Answered(
        "What is RAG?", ("what-is-rag",)
    )


def test_of_several_answers_the_last_that_was_given_is_leant_on() -> None:
    other = replace(_ANSWER, question="And what costs it?")

    assert _leant_on(None, _ANSWER, other, Answer("Who won?", ())) == Answered("And what costs it?", ("what-is-rag",))


def test_what_the_sources_do_not_cover_is_not_leant_on() -> None:
    assert _leant_on(None, Answer("Who won?", ())) is None


def test_an_answer_is_leant_on_over_one_other_reply_and_then_no_more() -> None:
    answered = _leant_on(None, _ANSWER)
    ages = []
    while answered is not None:
        ages.append(answered.age)
        answered = _leant_on(answered)

    assert ages == [0, 1]
    assert len(ages) == FRESH


def test_a_question_that_is_not_covered_does_not_renew_the_one_before() -> None:
    assert _leant_on(Answered("What is RAG?", ("what-is-rag",), 1), Answer("Who won?", ())) is None


def test_what_was_told_since_ends_what_is_leant_on() -> None:
    assert _leant_on(Answered("What is RAG?", ("what-is-rag",)), told=True) is None


def test_an_answer_in_the_turn_in_which_a_fact_was_told_is_leant_on() -> None:
    assert _leant_on(None, _ANSWER, told=True) == Answered("What is RAG?", ("what-is-rag",))


def test_of_a_long_question_the_end_is_kept() -> None:
    answered = _leant_on(None, replace(_ANSWER, question="x" * 1_000 + "?"))

    assert answered is not None
    assert answered.question == "x" * (MAX_LEANT_ON - 1) + "?"


@pytest.mark.parametrize("answered", [None, Answered("What is RAG?", ("what-is-rag",))])
def test_the_reader_is_told_whether_a_question_was_answered(answered: Answered | None) -> None:
    reads = _Reads((c.Skip(),))
    runtime = Runtime(context=Deps(_book(), reads, _Silent(), EmbeddedComposer(_book())))

    nodes.understand(_state("and the second?", Conversation(answered=answered)), runtime)

    assert reads.context is not None
    assert reads.context.answered == (answered is not None)


def test_a_question_is_answered_after_the_answer_before_it() -> None:
    asked: list[tuple[str, Answered | None]] = []

    class Noting(_Silent):
        def answer(self, question: str, language: str, last: Answered | None = None) -> Answer:
            asked.append((question, last))
            return super().answer(question, language, last)

    runtime = Runtime(context=Deps(_book(), _Reads(), Noting(), EmbeddedComposer(_book())))
    last = Answered("What is RAG?", ("what-is-rag",))

    nodes.retrieve(
        _state("x", Conversation(answered=last), commands=(c.AskQuestion("and cost?"),), language="en"), runtime
    )

    assert asked == [("and cost?", last)]
