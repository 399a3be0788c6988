"""Which node comes next."""

from __future__ import annotations

import pytest

from advisor import commands as c
from advisor.dialogue.routes import after_decide


def test_a_question_leads_to_the_search() -> None:
    assert after_decide({"commands": (c.AskQuestion("What is RAG?"),)}) == "retrieve"


def test_a_question_beside_an_answer_leads_to_the_search() -> None:
    told = c.SetFact("knowledge_update_frequency", "weekly", "every Monday")

    assert after_decide({"commands": (told, c.AskQuestion("What is RAG?"))}) == "retrieve"


@pytest.mark.parametrize(
    "command",
    [
        c.SetFact("labeled_data", "sufficient", "5,000"),
        c.AskBack("labeled_data", "count-between", "700"),
        c.AskMeaning("labeled_data"),
        c.AskWhy("question"),
        c.AskWhy("recommendation"),
        c.WhatIf("labeled_data", "sufficient", "what if we had 5,000"),
        c.Skip(),
        c.ShowSummary(),
        c.Restart(),
        c.Undo(),
        c.ChangeLanguage("ja"),
        c.SmallTalk("thanks"),
        c.CannotHandle("…"),
    ],
)
def test_nothing_else_is_searched_for(command: c.Command) -> None:
    """Reasons and meanings come from the rules and the phrases, which cite the passages themselves."""
    assert after_decide({"commands": (command,)}) == "compose"
