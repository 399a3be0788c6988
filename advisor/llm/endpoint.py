"""A language model behind any server that speaks OpenAI's chat completions.

OpenAI itself needs a key only. Azure: the base URL ends in ``/openai/v1`` and the model is the name of the
deployment. Ollama, vLLM, llama.cpp: the base URL ends in ``/v1`` and mostly no key is wanted.

One place retries, here: the client library's own retries are off, for it would sleep past any deadline.
What is sent once text has come is never sent again.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from advisor.errors import ModelError, ModelOutputError, ModelRateLimitError, ModelTimeoutError
from advisor.llm.bounded import within
from advisor.llm.breaker import Breaker
from advisor.llm.client import ModelReply, Usage
from advisor.llm.dialect import LEARNT, Dialect, Learnt, lowered
from advisor.llm.exchange import Call, Endpoint, Events, Exchange, Patience, Whole

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from tenacity import RetryCallState

    from advisor.llm.client import Deadline, ModelRequest

_log = logging.getLogger(__name__)


class EndpointModel:
    """A `ChatModel` that asks a server; the client library is loaded with the first request."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        patience: Patience | None = None,
        breaker: Breaker | None = None,
        learnt: Learnt = LEARNT,
        http_client: Any = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Nothing is asked yet.

        Args:
            endpoint: whom to ask.
            patience: limits of one request.
            breaker: the server's circuit; share it between models of one server.
            learnt: what is known of servers.
            http_client: an ``httpx2.Client`` or ``httpx.Client`` instead of the client library's own.
            sleep: waits so many seconds before another attempt.
        """
        self._endpoint = endpoint
        self._patience = patience or Patience()
        self._breaker = breaker or Breaker()
        self._learnt = learnt
        self._sleep = sleep
        self._exchange = Exchange(endpoint, self._patience, http_client)

    @property
    def name(self) -> str:
        """The model as it was configured."""
        return self._endpoint.model

    @property
    def endpoint(self) -> Endpoint:
        """Whom it asks."""
        return self._endpoint

    def warm(self) -> None:
        """Load the client library, which takes half a second; nothing is sent."""
        with suppress(Exception):  # what is wrong is told with the first request
            self._exchange.client()

    def close(self) -> None:
        """Give up the connections."""
        self._exchange.close()

    def complete(self, request: ModelRequest, deadline: Deadline) -> ModelReply:
        """The whole answer; see `ChatModel.complete`."""
        asking = self._ask(request, deadline, stream=False)
        while True:
            try:
                next(asking)
            except StopIteration as end:
                reply: ModelReply = end.value
                return reply

    def stream(self, request: ModelRequest, deadline: Deadline) -> Generator[str, None, ModelReply]:
        """The answer piece by piece; see `ChatModel.stream`."""
        return self._ask(request, deadline, stream=True)

    def models(self, deadline: Deadline) -> tuple[str, ...]:
        """The names of the models that the server offers, to tell a user who named none of them.

        Raises:
            ModelError: the server does not tell.
        """
        return tuple(within(partial(self._exchange.mapped, self._exchange.listed, deadline), deadline))

    def _ask(self, request: ModelRequest, deadline: Deadline, *, stream: bool) -> Generator[str, None, ModelReply]:
        started = time.monotonic()
        deadline.check()
        known = self._learnt.of(self._endpoint.base_url, self._endpoint.model)
        call = Call(request, deadline, stream, known)
        try:
            with self._breaker.guard():
                whole = yield from self._answered(call)
        except ModelError as error:
            error.usage = call.spent if call.spent.calls else None
            _log.info("llm.failed purpose=%s code=%s calls=%d", request.purpose, error.code, call.spent.calls)
            raise
        elapsed_ms = (time.monotonic() - started) * 1000
        _log.info("llm.answered purpose=%s calls=%d ms=%.0f", request.purpose, call.spent.calls, elapsed_ms)
        return ModelReply(whole.text, whole.parsed, call.spent, whole.finish, elapsed_ms, whole.model)

    def _answered(self, call: Call) -> Generator[str, None, Whole]:
        """The pieces, then the whole; afterwards what was found out of the server is kept."""
        events, event = self._begun(call)
        try:
            while isinstance(event, str):
                yield event
                event = self._next(call, events)
        except ModelError as error:
            lower = lowered(call.dialect, error, call.request)
            if lower is not None:  # too late for this answer, in time for the next
                self._keep(lower)
            raise
        finally:
            events.close()
        call.spent += event.usage
        self._keep(replace(call.dialect, certain=call.dialect.certain or call.request.schema is not None))
        return event

    def _keep(self, dialect: Dialect) -> None:
        self._learnt.keep(self._endpoint.base_url, self._endpoint.model, dialect)

    def _begun(self, call: Call) -> tuple[Events, str | Whole]:
        """An answer and its first event, in whichever dialect the server understands."""
        while True:
            try:
                begun: tuple[Events, str | Whole] = self._retrying(call)(self._attempt, call)
            except ModelError as error:
                lower = lowered(call.dialect, error, call.request)
                if lower is None:
                    raise
                call.dialect = lower
            else:
                return begun

    def _retrying(self, call: Call) -> Any:
        """The one place where a request is made again."""
        from tenacity import Retrying, retry_if_exception, wait_random_exponential

        patience = self._patience
        backoff = wait_random_exponential(multiplier=patience.backoff_s, max=patience.longest_wait_s)

        def worth_it(error: BaseException) -> bool:
            return (
                isinstance(error, ModelError) and error.retryable and lowered(call.dialect, error, call.request) is None
            )

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = error.retry_after_s if isinstance(error, ModelRateLimitError) else None
            return backoff(state) if asked is None else asked

        def enough(state: RetryCallState) -> bool:
            return state.attempt_number >= patience.attempts or state.upcoming_sleep >= call.deadline.left_s()

        return Retrying(
            retry=retry_if_exception(worth_it),
            wait=wait,
            stop=enough,
            sleep=self._sleep,
            reraise=True,
        )

    def _attempt(self, call: Call) -> tuple[Events, str | Whole]:
        """One request, up to its first event."""
        call.deadline.check()
        events = within(partial(self._exchange.mapped, self._exchange.spoken, call), call.deadline)
        return events, self._next(call, events)

    @staticmethod
    def _next(call: Call, events: Events) -> str | Whole:
        try:
            return next(events)
        except ModelError as error:
            call.spent += error.usage or _unbilled_or_unknown(error)
            raise


def _unbilled_or_unknown(error: ModelError) -> Usage:
    """Of a call that told no counts: an answer that came too late or broken may have been billed, an error is not."""
    answered = isinstance(error, ModelTimeoutError | ModelOutputError) and error.status is None
    return Usage(calls=1, uncounted=int(answered))
