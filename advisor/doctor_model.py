"""What the doctor finds out about a language model: whether the server takes the key, and what is sent there."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from advisor.checks import Check
from advisor.errors import ModelError, ModelSetupError, ModelUnknownError
from advisor.llm.configured import UNNAMED, embeddings_of, endpoint_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from advisor.llm.exchange import Endpoint
    from advisor.settings import Settings

WAIT_S = 5.0
"""How long the server may take to list its models."""

SHOWN = 8
"""Names of models that are listed."""


def looked_at_model(settings: Settings) -> Iterator[Check]:
    """The model and what is sent where; nothing where none is configured."""
    endpoint = endpoint_of(settings)
    if endpoint is None:
        return
    yield _model(endpoint)
    yield _sent(endpoint, embeddings_of(settings))


def _model(endpoint: Endpoint) -> Check:
    """One cheap question: the list of models, which needs a good key and costs nothing."""
    from advisor.llm.client import Deadline
    from advisor.llm.endpoint import EndpointModel
    from advisor.llm.exchange import Patience

    at = f"{endpoint.model or 'no model named'} at {_host(endpoint)}"
    asked = EndpointModel(endpoint, patience=Patience(connect_s=2.0, read_s=WAIT_S))
    try:
        offered = asked.models(Deadline.after(WAIT_S))
    except ModelUnknownError:  # some servers list nothing and work all the same
        listed = Check(
            "language model", "warn", f"{at}: the server does not list its models", "say something to try it"
        )
        return listed if endpoint.model else _unnamed(at, ())
    except ModelError as error:
        advice = "do as the message says; until then the embedded mode answers"
        return Check(
            "language model", "fail" if isinstance(error, ModelSetupError) else "warn", f"{at}: {error}", advice
        )
    finally:
        asked.close()
    if not endpoint.model:
        return _unnamed(at, offered)
    if offered and endpoint.model not in offered:
        near = get_close_matches(endpoint.model, offered, SHOWN, 0.3) or list(offered)
        return Check(
            "language model", "warn", f"{at}: not among the {len(offered)} models that the server lists",
            f"set ADVISOR_MODEL to one of {', '.join(near[:SHOWN])}",
        )  # fmt: skip
    return Check("language model", "ok", f"{at}: the server takes the key and has the model")


def _unnamed(at: str, offered: tuple[str, ...]) -> Check:
    some = f"; the server lists {', '.join(offered[:SHOWN])}" if offered else ""
    return Check("language model", "fail", f"{at}: {UNNAMED}", f"set ADVISOR_MODEL{some}")


def _sent(endpoint: Endpoint, embeddings: Endpoint | None) -> Check:
    """What leaves the machine, in one line."""
    told = (
        f"to {_host(endpoint)}: a message that code alone cannot read, the name of the fact that was asked, the known "
        "facts; for an answer the question and the passages that answer it, those of your documents too. Never the "
        "talk so far, the rules or the recommendation. What looks like a key is replaced by [redacted] before it goes"
    )
    if embeddings is not None:
        told += (
            f". For embeddings ({embeddings.model}): the article and the questions that are searched for; your documents "
            "and what is understood stay with the bundled model"
        )
    return Check("what is sent", "ok", told)


def _host(endpoint: Endpoint) -> str:
    try:
        return urlsplit(endpoint.base_url).hostname or endpoint.base_url
    except ValueError:
        return endpoint.base_url
