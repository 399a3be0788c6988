"""What is read of a language model's answer: the closed form, and nothing else."""

from __future__ import annotations

import pytest

from advisor.understanding.proposals import SCHEMA, proposals, quoted

MESSAGE = "Prices change every Monday, so they say. 標註資料約３千筆。"


def _act(**changes: object) -> dict[str, object]:
    return {
        "act": "set_fact",
        "fact": "knowledge_update_frequency",
        "value": "weekly",
        "quote": "every Monday",
        **changes,
    }


def test_an_act_in_the_form_is_read_with_the_users_own_words() -> None:
    (found,) = proposals({"acts": [_act(quote="EVERY monday")]}, MESSAGE)
    assert (found.fact, found.value, found.said) == ("knowledge_update_frequency", "weekly", "every Monday")


@pytest.mark.parametrize(
    "raw",
    [
        _act(act="recommend"), _act(act="restart"), _act(fact="approach"), _act(fact="none"), _act(value="fortnightly"),
        _act(value="true"), _act(quote="every Tuesday"), _act(quote=""), _act(quote=" . "), _act(quote=3), "weekly", None,
        {"act": "set_fact"}, _act(act="unknown", fact="none"), _act(fact="daily_calls", value="4000"),
    ],
)  # fmt: skip
def test_what_is_not_in_the_form_or_not_in_the_message_is_dropped(raw: object) -> None:
    assert proposals({"acts": [raw]}, MESSAGE) == ()


def test_an_act_is_read_once_and_of_many_only_the_first() -> None:
    assert len(proposals({"acts": [_act()] * 40}, MESSAGE)) == 1


@pytest.mark.parametrize(
    ("quote", "said"),
    [("约3千笔", "約３千筆"), ("“every Monday”", "every Monday"), ("so they say.", "so they say"), ("nobody", None)],
)
def test_a_quote_is_found_across_case_width_and_script(quote: str, said: str | None) -> None:
    assert quoted(quote, MESSAGE) == said


def test_the_schema_is_strict_and_refuses_what_has_no_acts() -> None:
    item = SCHEMA.schema["properties"]["acts"]["items"]
    assert item["required"] == list(item["properties"])
    assert item["additionalProperties"] is False
    assert SCHEMA.fits({"acts": []})
    assert not SCHEMA.fits({"facts": {}})
