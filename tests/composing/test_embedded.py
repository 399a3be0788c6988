"""Every turn worded in four languages, with a proof behind every claim."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from advisor import commands as c
from advisor.citations import cite, faults
from advisor.composing.embedded import MAX_FLIPS, EmbeddedComposer, recommendation_dict
from advisor.deciding import citable
from advisor.knowledge import ARTICLE, article, in_language
from advisor.language import LANGUAGES, Language, detect
from advisor.phrases import phrases
from advisor.profile import CHOICES, FACTS, Change, FactName, FactValue, Known, Profile
from advisor.retrieval.search import Hit
from advisor.rules.book import APPROACHES, Approach, RuleBook
from advisor.rules.engine import recommend
from advisor.rules.load import load_rules
from advisor.turn import Answer, Asking, Hypothesis, Turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.citations import Cited

_TALK = ("greeting", "thanks", "goodbye", "smalltalk", "anger", "help")
_TOPIC = re.compile(r"(?<![A-Za-z])RAG(?![A-Za-z])|fine-?tun|微調|微调|ファインチューニング", re.IGNORECASE)
_WORDS: dict[Language, str] = {
    "en": "every Monday",
    "zh-Hant": "每週一改報價",
    "zh-Hans": "每周一改报价",
    "ja": "毎週月曜に改定",
}
"""What the user said, whatever it was about."""

_CASES: dict[Approach, dict[FactName, FactValue]] = {
    "rag": {
        "knowledge_update_frequency": "weekly",
        "output_priority": "accuracy",
        "labeled_data": "insufficient",
        "traceability_required": True,
        "strict_format": False,
        "daily_calls": 2_000,
        "specialized_language": False,
    },
    "rag_then_fine_tune": {
        "knowledge_update_frequency": "daily",
        "output_priority": "consistency",
        "labeled_data": None,
        "traceability_required": True,
        "strict_format": True,
        "daily_calls": 2_000_000,
        "specialized_language": True,
    },
    "hybrid": {
        "knowledge_update_frequency": "weekly",
        "output_priority": "both",
        "labeled_data": "sufficient",
        "traceability_required": True,
        "use_case_validated": True,
    },
    "fine_tune": {
        "knowledge_update_frequency": "static",
        "output_priority": "consistency",
        "labeled_data": "sufficient",
        "traceability_required": False,
        "use_case_validated": True,
    },
}


@cache
def _book() -> RuleBook:
    return load_rules(frozenset(article()))


def _profile(facts: dict[FactName, FactValue], said: str) -> Profile:
    return Profile({fact: Known(value, said, 1) for fact, value in facts.items()})


def _turn(language: Language, **parts: Any) -> Turn:
    """A turn about nothing, but for ``parts``; a recommendation follows from the profile."""
    profile = parts.setdefault("profile", Profile())
    parts.setdefault("recommendation", recommend(_book(), profile) if profile else None)
    empty: dict[str, Any] = {
        "commands": (),
        "changes": (),
        "repeated": (),
        "settled": frozenset(),
        "left_open": None,
        "before": None,
        "answers": (),
        "hypotheses": (),
        "asking": None,
        "invite": False,
        "present": False,
        "small_rate": False,
        "cut": None,
        "rules_changed": False,
        "empty": False,
    }
    return Turn(language=language, **{**empty, **parts})


def _draft(turn: Turn) -> str:
    return EmbeddedComposer(_book()).compose(turn)


def _reply(turn: Turn) -> Cited:
    """The reply to ``turn``, proved; nothing of it may be lost, and nothing wrong with its proofs."""
    draft = _draft(turn)
    sources = citable(_book(), turn.language)
    cited = cite(draft, sources)
    assert cited.dropped == ()
    assert faults(cited.reply, cited.citations, sources) == ()
    assert _unproved(cited.reply) == []
    assert re.sub(r" *\[\d+\]", "", cited.reply) == re.sub(r" *\[\[[^\]]+\]\]|(?<=[。？：」]) ", "", draft)
    return cited


def _unproved(reply: str) -> list[str]:
    """The sentences about the topic that carry no marker, found without the code under test."""
    parts = re.split(r"(?<=[。！？])|(?<=[.!?]) |\n", reply)
    return [part for part in parts if _TOPIC.search(part) and not re.search(r"\[\d+\]", part)]


def _hit(passage_id: str, language: Language) -> Hit:
    return Hit(1, 1.0, 1.0, in_language(article()[passage_id], language))


def _final(approach: Approach, language: Language, **parts: Any) -> Turn:
    profile = _profile(_CASES[approach], _WORDS[language])
    return _turn(
        language, profile=profile, present=True, commands=(c.SetFact("strict_format", value=False, said="no"),), **parts
    )


@cache
def _every_turn(language: Language) -> dict[str, Turn]:
    """A turn for each thing that the composer can say."""
    said = _WORDS[language]
    told = Known("weekly", said, 1)
    known = Profile({"knowledge_update_frequency": told})
    unknown = Known(None, "", 1)

    def turn(**parts: Any) -> Turn:
        return _turn(language, **parts)

    def commanded(command: c.Command, **parts: Any) -> Turn:
        return turn(commands=(command,), **parts)

    turns = {
        "the message was cut": turn(cut=20_000, invite=True),
        "the rules have changed": turn(rules_changed=True, profile=known),
        "the user starts over": commanded(c.Restart(), invite=True),
        "the user asks for a language": commanded(c.ChangeLanguage(language), invite=True),
        "nothing was read": commanded(c.CannotHandle("…")),
        "a story without facts": commanded(c.TellStory("…")),
        "an invitation": turn(invite=True),
        "an invitation after an answer": turn(answers=(Answer("?", (_hit("what-is-rag", language),)),), invite=True),
        "the sources do not cover it": turn(answers=(Answer("?", ()),)),
        "one passage answers": turn(answers=(Answer("?", (_hit("my-take", language),)),)),
        "several passages answer": turn(
            answers=(
                Answer("?", tuple(_hit(f"core-differences/{name}", language) for name in ("cost-structure",))),
                Answer("?", tuple(_hit(key, language) for key in article() if key.startswith("when-to-fine-tune/"))),
            )
        ),
        "why, and nothing is known": commanded(c.AskWhy("recommendation")),
        "why, and something is": commanded(c.AskWhy("recommendation"), profile=known),
        "the summary of nothing": commanded(c.ShowSummary()),
        "the summary": commanded(c.ShowSummary(), profile=known.with_fact("labeled_data", unknown)),
        "the summary at the end": commanded(c.ShowSummary(), profile=_profile(_CASES["rag"], said)),
        "one fact was told": turn(profile=known, changes=(Change("knowledge_update_frequency", None, told),)),
        "one fact was told by a number": turn(
            profile=known, changes=(Change("knowledge_update_frequency", None, replace(told, said="")),)
        ),
        "a fact was corrected": turn(
            profile=known,
            before="rag",
            changes=(Change("knowledge_update_frequency", Known("yearly", "", 1), told),),
        ),
        "a fact was corrected and it matters": turn(
            profile=_profile({"output_priority": "consistency"}, said),
            before="rag",
            changes=(Change("output_priority", Known("accuracy", "", 1), Known("consistency", said, 2)),),
        ),
        "a fact was left open": turn(
            profile=known.with_fact("labeled_data", unknown), changes=(Change("labeled_data", None, unknown),)
        ),
        "a question was given up": turn(profile=known, left_open="output_priority"),
        "a fact was taken back": commanded(
            c.Undo(), profile=known, changes=(Change("labeled_data", Known("sufficient", said, 2), None),)
        ),
        "a fact was told again": turn(profile=known, repeated=("knowledge_update_frequency",)),
        "a million, but not a day": turn(
            profile=_profile({"daily_calls": 33_333}, said),
            changes=(Change("daily_calls", None, Known(33_333, said, 1)),),
            small_rate=True,
        ),
        "a what-if that was not read": turn(hypotheses=(Hypothesis(None, None, None, None, differs=False),)),
        "an empty message": turn(asking=Asking("labeled_data", "new"), empty=True),
    }
    for kind in _TALK:
        turns[f"talk: {kind}"] = commanded(c.SmallTalk(kind), invite=True)
    for reason in ("count-between", "count-quality"):
        asking = Asking("labeled_data", "follow-up", reason, said)
        turns[f"follow-up: {reason}"] = turn(profile=known, asking=asking)
    for approach in APPROACHES:
        turns[f"final: {approach}"] = _final(approach, language)
        hypothesis = Hypothesis("labeled_data", "sufficient", approach, "start-with-rag", differs=approach != "rag")
        turns[f"what if: {approach}"] = turn(profile=known, hypotheses=(hypothesis,))
    for fact in FACTS:
        turns[f"meaning: {fact}"] = commanded(c.AskMeaning(fact), asking=Asking(fact, "back"))
        turns[f"why: {fact}"] = commanded(c.AskWhy("question"), asking=Asking(fact, "back"))
        for how in ("new", "back", "unclear", "options"):
            turns[f"ask {how}: {fact}"] = turn(profile=known, before="rag", asking=Asking(fact, how))
        for value in (*CHOICES.get(fact, (0, 33_333, 2_000_000)), None):
            turns[f"told: {fact}={value}"] = turn(
                profile=Profile({fact: Known(value, said, 1)}), changes=(Change(fact, None, Known(value, said, 1)),)
            )
    everything = _profile(_CASES["rag_then_fine_tune"], said)
    turns["the whole story"] = turn(
        profile=everything, changes=tuple(Change(fact, None, everything.get(fact)) for fact in everything)
    )
    return turns


_SITUATIONS = [(situation, language) for language in LANGUAGES for situation in _every_turn(language)]


def _by_language(test: Callable[..., None]) -> Callable[..., None]:
    return pytest.mark.parametrize("language", LANGUAGES)(test)


@pytest.mark.parametrize(("situation", "language"), _SITUATIONS)
def test_there_are_words_for_everything_and_a_proof_for_every_claim(situation: str, language: Language) -> None:
    turn = _every_turn(language)[situation]

    reply = _reply(turn).reply

    assert reply
    assert detect(re.sub(r"“[^”]*”|「[^」]*」", "", reply), language) == language
    assert "{" not in reply
    assert "[[" not in reply


# --- the final recommendation --------------------------------------------------------------------


def test_the_final_block_tells_the_choice_the_reasons_what_would_change_it_and_the_next_steps() -> None:
    reply = _reply(_final("rag", "en")).reply

    headline, why, change, steps, offer = reply.split("\n\n")
    assert headline.startswith("**My recommendation: RAG** [1]")
    assert why.startswith("**Why**\n- ")
    assert change.startswith("**What would change it**\n- ")
    assert steps.startswith("**What to do next**\n1. ")
    assert offer.endswith("“start over”.")


@_by_language
@pytest.mark.parametrize("approach", APPROACHES)
def test_the_headline_cites_the_rule_and_what_the_rule_rests_on(approach: Approach, language: Language) -> None:
    turn = _final(approach, language)
    assert turn.recommendation is not None
    rule = turn.recommendation.rule

    cited = cite(_draft(turn), citable(_book(), language))

    markers = "".join(f"[{number}]" for number in range(1, len(rule.passages) + 2))
    assert cited.reply.startswith(f"**{_headline(approach, language)}** {markers}")
    assert [(one.source, one.id) for one in cited.citations[: len(rule.passages) + 1]] == [
        ("rules", rule.id),
        *((ARTICLE, passage) for passage in rule.passages),
    ]


def _headline(approach: Approach, language: Language) -> str:
    say = phrases(language).say
    return say("final.headline", approach=say(f"approach.{approach}"), refs="").split("**")[1]


def test_a_reason_repeats_the_words_that_made_it() -> None:
    profile = _profile(_CASES["rag"], "x").with_fact("knowledge_update_frequency", Known("weekly", "every Monday.", 2))

    reply = _reply(_turn("en", profile=profile, present=True)).reply

    assert "- You said “every Monday”: Knowledge that changes every month or more often favors RAG" in reply


def test_a_reason_that_rests_on_no_answer_repeats_no_words() -> None:
    profile = _profile({"output_priority": "consistency"}, "same tone always")

    reply = _reply(_turn("en", profile=profile, present=True)).reply

    assert "- The use case is not yet validated" in reply
    assert reply.count("same tone always") == 1


def test_what_would_change_it_names_one_answer_a_line() -> None:
    reply = _reply(_final("rag", "en")).reply

    assert "- If the output must have the same strict form every time: RAG now, fine-tuning later [" in reply


def test_not_every_flip_is_told_twice() -> None:
    """Of the values of one fact that lead to the same approach, one stands for all."""
    turn = _final("fine_tune", "en")
    assert turn.recommendation is not None
    frequencies = [f for f in turn.recommendation.would_change if f.fact == "knowledge_update_frequency"]

    block = _reply(turn).reply.split("**What would change it**")[1].split("**What to do next**")[0]

    assert len(frequencies) > 1
    assert block.count("the knowledge changes") == 1
    assert block.count("\n- ") <= MAX_FLIPS


def test_that_nothing_would_change_it_is_said() -> None:
    turn = _final("rag_then_fine_tune", "en")
    assert turn.recommendation is not None
    fixed = replace(turn, recommendation=replace(turn.recommendation, would_change=()))

    assert "- No single answer would change it." in _reply(fixed).reply


def test_a_figure_of_the_advisors_own_is_filled_in_and_called_an_assumption() -> None:
    reply = _reply(_final("rag_then_fine_tune", "en")).reply

    assert "1,000 reviewed examples exist (an assumption of the advisor's)" in reply


def test_what_the_user_left_open_is_named_at_the_end() -> None:
    profile = _profile(_CASES["rag"], "x").with_value("labeled_data", None)

    assert "Still open, by your own word: labelled data." in _reply(_turn("en", profile=profile, present=True)).reply


def test_a_verdict_on_a_file_of_facts_offers_no_conversation() -> None:
    profile = _profile(_CASES["rag"], "")

    reply = _reply(_turn("en", profile=profile, present=True)).reply

    assert "start over" not in reply
    assert "You said" not in reply


# --- what was understood ---------------------------------------------------------------------------


def test_one_fact_is_noted_in_the_users_words_and_ours() -> None:
    change = Change("knowledge_update_frequency", None, Known("weekly", "every Monday", 1))

    reply = _reply(_turn("en", changes=(change,))).reply

    assert reply == "Noted: the knowledge changes weekly (“every Monday”)."


def test_several_facts_are_noted_as_a_list() -> None:
    changes = (
        Change("knowledge_update_frequency", None, Known("weekly", "every Monday", 1)),
        Change("traceability_required", None, Known(value=True, said="we are audited", turn=1)),
    )

    assert _reply(_turn("en", changes=changes)).reply.split("\n") == [
        "Noted:",
        "- the knowledge changes weekly (“every Monday”)",
        "- answers must be traceable to sources (“we are audited”)",
    ]


def test_a_correction_tells_the_old_value_the_new_one_and_where_that_leaves_the_case() -> None:
    profile = _profile({"output_priority": "consistency"}, "it must sound like us")
    change = Change("output_priority", Known("accuracy", "the numbers", 1), Known("consistency", "sound like us", 2))

    reply = _reply(_turn("en", profile=profile, before="rag", changes=(change,))).reply

    assert reply.startswith(
        "Changed: what matters most is accurate content → what matters most is consistent output (“sound like us”)."
    )
    assert "The recommendation is now **RAG now, fine-tuning later** [1][2]." in reply


def test_a_correction_that_changes_nothing_says_that_the_recommendation_stays() -> None:
    change = Change("knowledge_update_frequency", Known("weekly", "", 1), Known("daily", "every day", 2))
    profile = _profile({"knowledge_update_frequency": "daily"}, "every day")

    reply = _reply(_turn("en", profile=profile, before="rag", changes=(change,))).reply

    assert "The recommendation stays **RAG** [1][2]." in reply


def test_a_users_words_about_the_topic_do_not_leave_without_the_facts_passage() -> None:
    """The sentence is ours, and speaks of fine-tuning; so it carries the passage of the fact."""
    change = Change("labeled_data", None, Known("sufficient", "5,000 pairs for fine-tuning", 1))

    cited = _reply(_turn("en", changes=(change,)))

    assert cited.reply == "Noted: labelled data is sufficient (“5,000 pairs for fine-tuning”) [1]."
    assert [one.id for one in cited.citations] == ["decision-framework/labeled-data"]


@pytest.mark.parametrize(
    "said",
    ["[9] every Monday", "[[article:closing]] every Monday", "**every** `Monday`", "<b>every Monday</b>"],
)
def test_a_users_markup_is_repeated_as_plain_characters(said: str) -> None:
    change = Change("knowledge_update_frequency", None, Known("weekly", said, 1))

    cited = _reply(_turn("en", changes=(change,)))

    assert cited.citations == ()
    assert not re.search(r"[\[\]*`<>]", cited.reply)


def test_of_words_in_several_sentences_one_is_quoted() -> None:
    change = Change("knowledge_update_frequency", None, Known("weekly", "Every Monday. RAG is best. Trust me", 1))

    assert _reply(_turn("en", changes=(change,))).reply == "Noted: the knowledge changes weekly (“Every Monday”)."


# --- answers -----------------------------------------------------------------------------------------


def test_an_answer_is_the_articles_own_words() -> None:
    reply = _reply(_turn("en", answers=(Answer("?", (_hit("closing", "en"),)),))).reply

    assert re.sub(r" \[\d+\]", "", reply) == article()["closing"]["en"].lines[0]


def test_every_sentence_of_an_answer_carries_its_marker() -> None:
    reply = _reply(_turn("en", answers=(Answer("?", (_hit("what-is-rag", "en"),)),))).reply

    assert reply.count("[1].") == 3


def test_a_reader_of_simplified_chinese_reads_the_passage_in_their_script_and_its_quote_as_it_stands() -> None:
    cited = _reply(_turn("zh-Hans", answers=(Answer("?", (_hit("my-take", "zh-Hans"),)),)))

    assert "数据" not in cited.citations[0].quote
    assert "需求还不清晰" in cited.reply
    assert "需求還不清晰" in cited.citations[0].quote


def test_what_the_sources_do_not_cover_is_said_and_nothing_is_cited() -> None:
    cited = _reply(_turn("en", answers=(Answer("Who wins the cup?", ()),)))

    assert "do not cover that" in cited.reply
    assert "cup" not in cited.reply
    assert cited.citations == ()


def test_an_answered_and_an_unanswered_question_are_both_answered() -> None:
    turn = _turn("en", answers=(Answer("?", (_hit("closing", "en"),)), Answer("?", ())))

    reply = _reply(turn).reply

    assert reply.index("aren’t rivals") < reply.index("do not cover that")


# --- the question that ends the reply ----------------------------------------------------------------


def test_a_new_question_comes_with_its_reason_and_examples() -> None:
    reply = _reply(_turn("en", asking=Asking("traceability_required", "new"))).reply

    question, reason = reply.split("\n\n")
    assert question == "**Must answers be traceable to their sources, for compliance or an audit?**"
    assert reason.startswith("If compliance demands traceable answer sources, RAG is the path [1]. For example:")


def test_a_question_is_asked_again_plainly_then_with_numbered_answers() -> None:
    unclear = _reply(_turn("en", asking=Asking("output_priority", "unclear"))).reply
    options = _reply(_turn("en", asking=Asking("output_priority", "options"))).reply

    assert "1." not in unclear
    assert options.split("\n")[-5:] == [
        "You can answer with a number:",
        "1. what matters most is accurate content",
        "2. what matters most is consistent output",
        "3. what matters most is accurate content and consistent output alike",
        "4. I do not know",
    ]


def test_a_question_for_a_count_has_no_numbered_answers() -> None:
    """ "2" would be the answer and not its number."""
    reply = _reply(_turn("en", asking=Asking("daily_calls", "options"))).reply

    assert "answer with a number" not in reply
    assert "For example" in reply


def test_the_follow_up_repeats_the_count_and_names_the_thresholds_as_assumptions() -> None:
    asking = Asking("labeled_data", "follow-up", "count-between", "about 700 pairs")

    reply = _reply(_turn("en", asking=asking)).reply

    assert "You said “about 700 pairs”." in reply
    assert "By my own assumption, under 500 reviewed examples is too few and 1,000 or more is enough" in reply


def test_the_reason_for_a_question_is_not_told_twice() -> None:
    asking = Asking("strict_format", "new")

    reply = _reply(_turn("en", commands=(c.AskWhy("question"),), asking=asking)).reply

    assert reply.count("first signal for fine-tuning") == 1


def test_an_empty_message_gets_the_question_again() -> None:
    reply = _reply(_turn("en", asking=Asking("daily_calls", "new"), empty=True)).reply

    assert reply == "That was empty. How many calls a day do you expect?"


# --- what-ifs, summaries, notices ----------------------------------------------------------------------


def test_a_what_if_tells_what_would_follow_and_that_nothing_is_recorded() -> None:
    hypothesis = Hypothesis(
        "output_priority", "consistency", "rag_then_fine_tune", "rag-now-fine-tune-later", differs=True
    )

    cited = _reply(_turn("en", hypotheses=(hypothesis,)))

    assert cited.reply == (
        "If what matters most is consistent output, the recommendation would be **RAG now, fine-tuning later** [1]. "
        "I have recorded nothing."
    )
    assert [(one.source, one.id) for one in cited.citations] == [("rules", "rag-now-fine-tune-later")]


def test_the_summary_tells_what_is_known_what_is_open_and_where_the_case_stands() -> None:
    profile = _profile({"knowledge_update_frequency": "weekly"}, "every Monday").with_value("labeled_data", None)

    title, open_facts, standing = _reply(_turn("en", commands=(c.ShowSummary(),), profile=profile)).reply.split("\n\n")

    assert title == "**What I have so far**\n- the knowledge changes weekly (“every Monday”)"
    assert open_facts == "Open: labelled data."
    assert standing.startswith("As it stands: **RAG** [1][2] — provisional")


def test_where_the_case_stands_is_told_once() -> None:
    """The summary tells it, so the turn does not tell it again."""
    profile = _profile({"knowledge_update_frequency": "weekly"}, "every Monday")

    reply = _reply(_turn("en", commands=(c.ShowSummary(),), profile=profile, before=None)).reply

    assert reply.count("As it stands") == 1


def test_where_the_case_stands_is_not_repeated_while_it_stays() -> None:
    profile = _profile({"knowledge_update_frequency": "weekly"}, "every Monday")

    assert "As it stands" not in _draft(_turn("en", profile=profile, before="rag", invite=True))


def test_notices_come_before_anything_else() -> None:
    profile = _profile({"knowledge_update_frequency": "weekly"}, "every Monday")
    turn = _turn("en", profile=profile, cut=20_000, rules_changed=True, commands=(c.SmallTalk("thanks"),))

    cut, changed, thanks = _reply(turn).reply.split("\n\n")[:3]

    assert cut == "Your message is very long; I read its first 20,000 characters."
    assert changed.startswith("The decision rules have changed since the last turn")
    assert thanks == "You are welcome."


# --- the recommendation in the contract's form -----------------------------------------------------------


def test_the_names_of_a_recommendation_are_frozen() -> None:
    """Other programs read these names; they are the contract's, section 4."""
    told: Any = recommendation_dict(recommend(_book(), _profile(_CASES["rag"], "x")), "en", _book())

    assert list(told) == ["approach", "final", "because", "would_change", "next_steps"]
    assert list(told["because"][0]) == ["rule", "text", "said", "passages"]
    assert list(told["would_change"][0]) == ["fact", "value", "approach"]
    assert all(isinstance(step, str) for step in told["next_steps"])


@_by_language
def test_a_recommendation_speaks_the_readers_language(language: Language) -> None:
    for facts in _CASES.values():
        told: Any = recommendation_dict(recommend(_book(), _profile(facts, "x")), language, _book())

        texts = [*(reason["text"] for reason in told["because"]), *told["next_steps"]]
        assert [text for text in texts if detect(text, language) != language or "{" in text] == []
