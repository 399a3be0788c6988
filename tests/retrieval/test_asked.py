"""What kind of thing a question asks for, and whether a text holds one."""

from __future__ import annotations

import pytest

from advisor.retrieval.asked import KINDS, asked_for, lacking

ASKED = {
    "a sum": ("how much do I get back for a train ticket", "money"),
    "a sum, traditional": ("遺失識別證要賠多少錢", "money"),
    "a sum, simplified": ("丢了工牌要赔多少钱", "money"),
    "a sum, Japanese": ("カードをなくしたらいくらかかりますか", "money"),
    "a share": ("員工買可以打幾折", "percent"),
    "a span": ("how long is the probation", "span"),
    "a span, simplified": ("试用期多久", "span"),
    "a span, Japanese": ("録画は何日残りますか", "span"),
    "a time": ("when does the canteen open", "time"),
    "a time, Japanese": ("次回の会議はいつですか", "time"),
    "a number": ("how many people fit in the lift", "number"),
    "a person": ("who signs off overtime", "person"),
    "a person, Japanese": ("誰が承認しますか", "person"),
    "a contact": ("客服電話幾號", "contact"),
    "a reason": ("為什麼不能用簡訊", "reason"),
}


@pytest.mark.parametrize(("question", "kind"), ASKED.values(), ids=ASKED)
def test_the_wording_of_a_question_shows_what_it_asks_for(question: str, kind: str) -> None:
    assert kind in asked_for(question)


@pytest.mark.parametrize(
    "question", ["may I bring my dog", "可以帶寵物上班嗎", "可以带宠物上班吗", "ペットを連れてきていいですか"]
)
def test_a_question_of_yes_or_no_asks_for_nothing_in_particular(question: str) -> None:
    assert asked_for(question) == frozenset()


HELD = {
    "money": ("Lunch is paid up to £12.", "Lunch is paid for."),
    "percent": ("員工購物打八折", "員工購物有優惠"),
    "span": ("試用期三個月", "試用期後考核"),
    "time": ("The gate closes at 22:15.", "The gate closes at night."),
    "number": ("定員は12名です", "定員があります"),
    "person": ("Ask Hester Vane for a key.", "Ask for a key."),
    "contact": ("Write to help@lumen.example.", "Write to them."),
    "reason": ("Codes by text are off because they can be copied.", "Codes by text are off."),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_lacks_what_it_holds_nothing_of(kind: str) -> None:
    holds, holds_not = HELD[kind]

    assert lacking(frozenset({kind}), holds) == frozenset()
    assert lacking(frozenset({kind}), holds_not) == {kind}


def test_what_is_not_asked_for_is_not_lacking() -> None:
    assert lacking(frozenset(), "Lunch is paid for.") == frozenset()
