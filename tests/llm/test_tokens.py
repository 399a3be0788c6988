"""Prompts are counted without a download, and the count says how."""

from __future__ import annotations

from dataclasses import replace

from advisor.llm.client import AnswerSchema, ModelRequest
from advisor.llm.tokens import PER_ANSWER, PER_MESSAGE, PromptCount, count_prompt, token_counter

REQUEST = ModelRequest("Read the message.", "How often does it change?", "understand", 100)


def test_a_prompt_is_its_texts_and_what_frames_them() -> None:
    count = token_counter()
    tokens = count(REQUEST.system) + count(REQUEST.user) + 2 * PER_MESSAGE + PER_ANSWER

    assert count_prompt(REQUEST) == PromptCount(tokens, "cl100k_base")


def test_a_schema_is_sent_and_so_it_is_counted() -> None:
    schema = AnswerSchema("reading", {"type": "object", "properties": {"value": {"type": "string"}}})

    assert count_prompt(replace(REQUEST, schema=schema)).tokens > count_prompt(REQUEST).tokens + 10


def test_chinese_and_what_looks_like_a_control_token_are_counted_as_text() -> None:
    assert token_counter()("每週更新") > 3
    assert token_counter()("<|endoftext|>") > 1
