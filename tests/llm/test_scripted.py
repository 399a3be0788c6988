"""The model of tests and evals: it says what it was told, and keeps what it was asked."""

from __future__ import annotations

from decimal import Decimal

import pytest

from advisor.cost import price_of
from advisor.errors import ModelOutputError, ModelTimeoutError, ModelUnavailableError
from advisor.llm.client import AnswerSchema, Deadline, ModelReply, ModelRequest, Usage
from advisor.llm.scripted import ScriptedModel


def _only_daily(answer: object) -> None:
    if answer != {"value": "daily"}:
        raise ValueError


FREE = ModelRequest("Do.", "What?", "compose", 100)
STRICT = ModelRequest("Do.", "What?", "understand", 100, AnswerSchema("reading", {"type": "object"}, _only_daily))


def test_lines_are_said_in_their_order_and_requests_are_kept() -> None:
    model = ScriptedModel(["First.", {"value": "daily"}])

    assert model.complete(FREE, Deadline.after()).text == "First."
    assert model.complete(STRICT, Deadline.after()).parsed == {"value": "daily"}
    assert model.asked == [FREE, STRICT]
    assert model.left == 0
    with pytest.raises(LookupError, match="no line left for request 3"):
        model.complete(FREE, Deadline.after())


def test_a_function_can_answer_the_request() -> None:
    model = ScriptedModel(lambda request: f"You said {request.user}")

    assert model.complete(FREE, Deadline.after()).text == "You said What?"


def test_an_error_in_the_script_is_raised_and_a_reply_is_given_as_it_is() -> None:
    reply = ModelReply("Hi.", None, Usage(1, 10, 2), "stop", 5.0, "m")
    model = ScriptedModel([ModelUnavailableError("down"), reply])

    with pytest.raises(ModelUnavailableError, match="down"):
        model.complete(FREE, Deadline.after())
    assert model.complete(FREE, Deadline.after()) is reply


@pytest.mark.parametrize("line", ["no JSON", '["a list"]', {"value": "often"}])
def test_a_line_in_another_form_than_asked_for_is_an_output_error(line: str | dict[str, str]) -> None:
    with pytest.raises(ModelOutputError):
        ScriptedModel([line]).complete(STRICT, Deadline.after())


def test_a_stream_is_the_same_text_in_pieces_and_ends_with_the_reply() -> None:
    talk = ScriptedModel(["A rather long answer, in pieces."]).stream(FREE, Deadline.after())
    pieces = [next(talk) for _ in range(3)]
    with pytest.raises(StopIteration) as end:
        next(talk)

    assert "".join(pieces) == end.value.value.text == "A rather long answer, in pieces."


def test_time_runs_out_for_a_script_as_well() -> None:
    with pytest.raises(ModelTimeoutError):
        ScriptedModel(["late"]).complete(FREE, Deadline.after(0))


def test_a_reply_is_the_same_after_it_was_written_and_read_and_its_names_are_fixed() -> None:
    reply = ModelReply("Hi.", {"a": [1]}, Usage(2, 10, 3, 4), "stop", 5.0, "m")

    assert ModelReply.from_dict(reply.to_dict()) == reply
    # recordings on disk rely on these names
    assert reply.to_dict() == {
        "text": "Hi.",
        "parsed": {"a": [1]},
        "usage": {"calls": 2, "prompt_tokens": 10, "completion_tokens": 3, "cached_tokens": 4, "uncounted": 0},
        "finish": "stop",
        "elapsed_ms": 5.0,
        "model": "m",
    }


def test_usage_adds_up_with_what_was_cached_kept_apart() -> None:
    total = Usage(1, 100, 20, 60) + Usage(1, 50, 5)

    assert total == Usage(2, 150, 25, 60)
    assert total.uncached_tokens == 90


def test_a_cost_is_unknown_where_the_price_or_a_count_is() -> None:
    price = price_of("gpt-4o-mini", "https://api.openai.com/v1")

    # 40 at 0.15, 60 at 0.075, 20 at 0.60, per million
    assert Usage(1, 100, 20, 60).cost_usd(price) == Decimal("0.0000225")
    assert Usage().cost_usd(price) == 0
    assert Usage(1, 100, 20, 60).cost_usd(None) is None
    assert (Usage(1, 100, 20, 60) + Usage(1, uncounted=1)).cost_usd(price) is None
