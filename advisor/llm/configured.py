"""The language model that the settings name, if they name one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from advisor.errors import ModelSetupError
from advisor.llm.client import Usage
from advisor.llm.endpoint import EndpointModel
from advisor.llm.exchange import NO_KEY, OPENAI, Endpoint

if TYPE_CHECKING:
    from collections.abc import Generator

    from advisor.llm.client import ChatModel, Deadline, ModelReply, ModelRequest
    from advisor.settings import Settings

UNNAMED = (
    "a key or a base URL of a language model is set, but no model is named: set ADVISOR_MODEL to one that the "
    "server offers, or unset OPENAI_API_KEY and OPENAI_BASE_URL; until then the advisor answers without it"
)
"""What a user is told who set half of it."""


class UnnamedModel:
    """Stands for a model that nobody named: whatever is asked fails with what to do."""

    name = ""

    def complete(self, request: ModelRequest, deadline: Deadline) -> ModelReply:  # noqa: ARG002 - `ChatModel`
        """No answer.

        Raises:
            ModelSetupError: always.
        """
        raise ModelSetupError(UNNAMED, usage=Usage())

    def stream(self, request: ModelRequest, deadline: Deadline) -> Generator[str, None, ModelReply]:
        """No answer; raises what `complete` raises."""
        yield from ()
        return self.complete(request, deadline)


def endpoint_of(settings: Settings) -> Endpoint | None:
    """Where the model is; ``None`` where no key and no base URL is set. Its name may be empty."""
    values = settings.values
    key, url = values["OPENAI_API_KEY"].value, values["OPENAI_BASE_URL"].value
    if key is None and url is None:
        return None
    return Endpoint(values["ADVISOR_MODEL"].value or "", url or OPENAI, key or NO_KEY)


def embeddings_of(settings: Settings) -> Endpoint | None:
    """Where the embedding model is; ``None`` where the bundled one is used, as it is without a key or a base URL."""
    name, endpoint = settings.values["ADVISOR_EMBEDDINGS"].value, endpoint_of(settings)
    if name in (None, "bundled") or endpoint is None:
        return None
    return replace(endpoint, model=name)


def configured(settings: Settings) -> ChatModel | None:
    """The model; ``None`` where the advisor is to do without."""
    endpoint = endpoint_of(settings)
    if endpoint is None:
        return None
    return EndpointModel(endpoint) if endpoint.model else UnnamedModel()
