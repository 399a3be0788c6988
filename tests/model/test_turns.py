"""One turn with a language model: when it is asked, what is taken of it, what is shown while it speaks."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from advisor.conversation import Conversation
from advisor.errors import ModelUnavailableError
from advisor.llm.calls import Calls
from advisor.llm.client import Deadline, ModelRequest
from advisor.llm.scripted import ScriptedModel
from advisor.profile import Known, Profile

if TYPE_CHECKING:
    from advisor.app import Advisor
    from advisor.messages import Response

QUESTION = "How fresh is the knowledge in either approach?"
PROSE = (
    "We run a bank help desk; our price lists change every Monday, and auditors check where each answer comes from, "
    "so somebody has to be able to follow it back."
)
FRESH = "RAG updates instantly, while fine-tuning requires retraining cycles measured in days."


def _say(
    advisor: Advisor, text: str, *lines: Any, asking: Any = None, show: Any = None
) -> tuple[Response, ScriptedModel]:
    model = ScriptedModel(lines)
    advisor.model = model
    advisor.__dict__.pop("model_seat", None)
    profile = Profile({"output_priority": Known("accuracy", "being right", 1)}) if asking else Profile()
    before = Conversation(language="en", profile=profile, asking=asking, opened=bool(asking))
    if show is None:
        return advisor.preview(text, before), model
    return advisor.respond(f"{text[:40]} {id(model)}", text, show=show), model


def _sentence(text: str, *passages: str) -> dict[str, Any]:
    return {"sentences": [{"text": text, "passages": list(passages or ("p1",))}]}


@pytest.mark.parametrize(
    ("asking", "text"),
    [
        ("traceability_required", "yes"), ("knowledge_update_frequency", "every Monday"), ("daily_calls", "about 4,000"),
        ("labeled_data", "no idea"), ("output_priority", "skip"), (None, "start over"), (None, "Hello!"),
    ],
)  # fmt: skip
def test_what_is_plain_asks_nothing(shared: Advisor, asking: Any, text: str) -> None:
    response, model = _say(shared, text, asking=asking)
    assert model.asked == []
    assert (response.mode, response.usage.llm_calls) == ("llm", 0)


def test_a_question_is_one_call_and_its_sentences_are_the_answer(shared: Advisor) -> None:
    response, model = _say(shared, QUESTION, _sentence(FRESH))
    assert [request.purpose for request in model.asked] == ["compose"]
    assert response.reply.startswith(FRESH.rstrip(".") + " [1].")
    assert response.citations[0].id == "core-differences/knowledge-freshness"
    assert response.mode == "llm"


def test_prose_is_one_call_and_facts_stand_in_the_users_words(shared: Advisor) -> None:
    quote = "auditors check where each answer comes from"
    acts = [{"act": "set_fact", "fact": "traceability_required", "value": "true", "quote": quote}]
    response, model = _say(shared, PROSE, {"acts": acts})
    assert [request.purpose for request in model.asked] == ["understand"]
    assert response.facts["traceability_required"]["said"] in PROSE
    assert response.facts["knowledge_update_frequency"]["value"] == "weekly"


def test_a_sentence_that_does_not_hold_is_asked_anew_once(shared: Advisor) -> None:
    response, model = _say(shared, QUESTION, _sentence("RAG updates within 3 ms.", "p9"), _sentence(FRESH))
    assert [request.purpose for request in model.asked] == ["compose", "repair"]
    assert "RAG updates within 3 ms." in model.asked[1].user
    assert FRESH.rstrip(".") in response.reply
    assert "3 ms" not in response.reply


def test_where_nothing_holds_the_embedded_answer_stands(shared: Advisor) -> None:
    shared.model = None
    shared.__dict__.pop("model_seat", None)
    embedded = shared.preview(QUESTION, Conversation(language="en"))
    response, model = _say(shared, QUESTION, _sentence("Buy more."), _sentence("Sell it all."))
    assert len(model.asked) == 2
    assert response.reply == embedded.reply
    assert response.citations == embedded.citations


def test_simplified_characters_in_a_traditional_answer_are_mended(shared: Advisor) -> None:
    from advisor.knowledge import article, in_language
    from advisor.language import to_simplified

    said = in_language(article()["core-differences/knowledge-freshness"], "zh-Hant").text
    response, _ = _say(shared, "兩種做法的知識更新有多即時？", _sentence(to_simplified(said)))
    assert response.language == "zh-Hant"
    assert response.mode == "llm"
    assert said.rstrip("。") in response.reply


def test_no_more_than_two_calls_a_turn(shared: Advisor) -> None:
    both = f"{PROSE} {QUESTION} And why does most of it cost more than people think?"
    _, model = _say(shared, both, {"acts": []}, *[_sentence("Buy more.")] * 5)
    assert len(model.asked) <= 2


def test_what_is_shown_only_grows_and_ends_as_the_reply(shared: Advisor) -> None:
    shown: list[str] = []
    response, _ = _say(shared, QUESTION, _sentence(FRESH), show=shown.append)
    assert len(shown) >= 2
    assert all(later.startswith(earlier) for earlier, later in pairwise(shown))
    assert shown[-1] == response.reply


def test_a_call_that_failed_is_the_turns_last() -> None:
    model = ScriptedModel([ModelUnavailableError("the server is away"), "never said"])
    calls = Calls(model, Deadline.after(1))
    request = ModelRequest("", "", "understand", 1)
    assert calls.complete(request) is None
    assert calls.complete(request) is None
    assert len(model.asked) == 1
    assert calls.error is not None
