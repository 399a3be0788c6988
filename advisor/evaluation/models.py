"""Which language model a run of evals asks: none, recordings, or a server within caps.

Replay reads a cassette at the model's port; what is not recorded is an error, never a question to a server. A
live run stops at its caps, keeps what was played before, and goes on with ``--resume``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from advisor.cost import price_of
from advisor.errors import ModelError, RunError
from advisor.llm.cassette import Cassette, CassetteModel
from advisor.llm.client import Usage
from advisor.llm.configured import configured, endpoint_of
from advisor.settings import Setting

if TYPE_CHECKING:
    from collections.abc import Generator
    from decimal import Decimal
    from pathlib import Path

    from advisor.cost import Price
    from advisor.llm.cassette import Record
    from advisor.llm.client import ChatModel, Deadline, ModelReply, ModelRequest
    from advisor.settings import Settings

EvalMode = Literal["embedded", "replay", "live"]
"""`embedded` asks no model, `replay` a cassette, `live` the model that the settings name."""

RECORDED = "recorded"
"""The name of the replayed model where the settings name none."""


@dataclass(frozen=True)
class Caps:
    """What a live run may cost at most; ``None`` for no limit."""

    calls: int | None = None
    tokens: int | None = None
    usd: Decimal | None = None

    def reached(self, used: Usage, price: Price | None) -> str | None:
        """Which cap is reached, in words."""
        if self.calls is not None and used.calls >= self.calls:
            return f"--max-calls {self.calls}"
        if self.tokens is not None and used.prompt_tokens + used.completion_tokens >= self.tokens:
            return f"--max-tokens {self.tokens}"
        cost = used.cost_usd(price)
        if self.usd is not None and (cost is None or cost >= self.usd):
            return f"--max-usd {self.usd}" + (
                " (a call told no counts, so the cost is unknown)" if cost is None else ""
            )
        return None


NO_CAPS = Caps()


@dataclass(frozen=True)
class ModelPlan:
    """Whom a run asks."""

    mode: EvalMode = "embedded"
    cassette: Path | None = None
    record: Record = "none"
    caps: Caps = NO_CAPS

    def model(self, settings: Settings) -> ChatModel | None:
        """The model of a run; ``None`` in the embedded mode.

        Raises:
            RunError: the settings or options do not fit the mode.
            CassetteError: the cassette cannot be read.
        """
        if self.mode == "embedded":
            return None
        name = settings.values["ADVISOR_MODEL"].value or RECORDED
        if self.mode == "replay":
            if self.cassette is None or not self.cassette.is_file():
                message = f"replay needs recordings; {str(self.cassette)!r} is no file: name one with --cassette"
                raise RunError(message)
            return CassetteModel(Cassette(self.cassette), model=name)
        return self._live(settings, name)

    def _live(self, settings: Settings, name: str) -> ChatModel:
        endpoint, live = endpoint_of(settings), configured(settings)
        if endpoint is None or live is None or not live.name:
            message = "live needs a language model: set ADVISOR_MODEL, and OPENAI_API_KEY or OPENAI_BASE_URL"
            raise RunError(message)
        if self.caps == NO_CAPS:
            message = "live needs a cap: give --max-calls, --max-tokens or --max-usd"
            raise RunError(message)
        price = price_of(endpoint.model, endpoint.base_url)
        if self.caps.usd is not None and price is None:
            message = f"the price of {endpoint.model!r} is unknown, so --max-usd cannot be held; give --max-tokens"
            raise RunError(message)
        capped = CappedModel(live, self.caps, price)
        if self.cassette is None:
            return capped
        return CassetteModel(Cassette(self.cassette), model=name, live=capped, record=self.record)

    def settings(self, settings: Settings) -> Settings:
        """The settings without a language model: a run asks none but the planned one."""
        none = Setting(None, "default")
        return replace(settings, values={**settings.values, "OPENAI_API_KEY": none, "OPENAI_BASE_URL": none})


class CappedModel:
    """A `ChatModel` that is not asked beyond the caps."""

    def __init__(self, model: ChatModel, caps: Caps, price: Price | None) -> None:
        self._model = model
        self._caps = caps
        self._price = price
        self.used = Usage()
        """What was spent so far, failures included."""

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    @property
    def endpoint(self) -> Any:
        """Where the model is, for its price."""
        return getattr(self._model, "endpoint", None)

    def complete(self, request: ModelRequest, deadline: Deadline) -> ModelReply:
        """The model's answer.

        Raises:
            ModelError: it gives none.
            CapError: a cap is reached; nothing was asked.
        """
        self._check()
        try:
            reply = self._model.complete(request, deadline)
        except ModelError as error:
            self.used += error.usage or Usage(calls=1, uncounted=1)
            raise
        self.used += reply.usage
        return reply

    def stream(self, request: ModelRequest, deadline: Deadline) -> Generator[str, None, ModelReply]:
        """The model's answer in one piece; raises what `complete` raises."""
        reply = self.complete(request, deadline)
        yield reply.text
        return reply

    def _check(self) -> None:
        cap = self._caps.reached(self.used, self._price)
        if cap is not None:
            raise CapError(cap)


class CapError(BaseException):
    """A cap is reached: no case's failure, so nothing that plays cases may catch it."""

    def __init__(self, cap: str) -> None:
        super().__init__(cap)
        self.cap = cap
