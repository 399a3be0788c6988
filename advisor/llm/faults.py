"""Turns whatever the client library raises into our own errors, in our own words.

The server's words are looked at to tell one fault from another and go no further: they may repeat the
prompt, the key, or an address. Every exception class of the library is named here; a test walks its list.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from advisor import errors as e

if TYPE_CHECKING:
    from collections.abc import Mapping

BY_NAME: dict[str, type[e.ModelError]] = {
    "APIConnectionError": e.ModelUnavailableError,
    "APIError": e.ModelIncompleteError,  # an error event amid a stream
    "APIResponseValidationError": e.ModelProtocolError,
    "APIStatusError": e.ModelUnavailableError,
    "APITimeoutError": e.ModelTimeoutError,
    "AuthenticationError": e.ModelAccessError,
    "BadRequestError": e.ModelRequestError,
    "ConflictError": e.ModelUnavailableError,
    "ContentFilterFinishReasonError": e.ModelFilteredError,
    "InternalServerError": e.ModelUnavailableError,
    "InvalidWebhookSignatureError": e.ModelProtocolError,
    "LengthFinishReasonError": e.ModelLengthError,
    "NotFoundError": e.ModelUnknownError,
    "OAuthError": e.ModelAccessError,
    "OpenAIError": e.ModelSetupError,  # raised as such where credentials are missing
    "PermissionDeniedError": e.ModelAccessError,
    "RateLimitError": e.ModelRateLimitError,
    "SubjectTokenProviderError": e.ModelAccessError,
    "UnprocessableEntityError": e.ModelRequestError,
    "WebSocketConnectionClosedError": e.ModelUnavailableError,
    "WebSocketQueueFullError": e.ModelUnavailableError,
    # what lies below the library and passes through it while a body is read
    "TimeoutException": e.ModelTimeoutError,
    "RequestError": e.ModelUnavailableError,
    "DecodingError": e.ModelProtocolError,
    "TooManyRedirects": e.ModelProtocolError,
    "InvalidURL": e.ModelUnknownError,
    "UnsupportedProtocol": e.ModelUnknownError,
    "TimeoutError": e.ModelTimeoutError,
    "OSError": e.ModelUnavailableError,
    "UnicodeEncodeError": e.ModelAccessError,  # a key that no header can hold; the texts are made sure of before
    "LocalProtocolError": e.ModelAccessError,  # likewise
}
"""Exception class → error, the nearest base class first."""

_OTHER = e.ModelProtocolError
"""Wrong types, missing keys, no JSON: what came is not in the form of the protocol."""

_BY_CODE: dict[str, type[e.ModelError]] = {
    "insufficient_quota": e.ModelQuotaError,
    "billing_hard_limit_reached": e.ModelQuotaError,
    "billing_not_active": e.ModelQuotaError,
    "context_length_exceeded": e.ModelContextError,
    "string_above_max_length": e.ModelContextError,
    "exceed_context_size_error": e.ModelContextError,  # llama.cpp's type
    "content_filter": e.ModelFilteredError,
    "content_policy_violation": e.ModelFilteredError,
    "invalid_api_key": e.ModelAccessError,
    "model_not_found": e.ModelUnknownError,
    "DeploymentNotFound": e.ModelUnknownError,  # Azure
    "rate_limit_exceeded": e.ModelRateLimitError,
    "server_error": e.ModelUnavailableError,
}
"""The server's own code or type → error, whatever the status."""

_BY_STATUS: dict[int, type[e.ModelError]] = {
    400: e.ModelRequestError,
    401: e.ModelAccessError,
    402: e.ModelQuotaError,
    403: e.ModelAccessError,
    404: e.ModelUnknownError,
    405: e.ModelUnknownError,
    408: e.ModelTimeoutError,
    409: e.ModelUnavailableError,
    413: e.ModelContextError,
    422: e.ModelRequestError,
    429: e.ModelRateLimitError,
    504: e.ModelTimeoutError,
}

_STATUS_CODES = frozenset(map(str, range(400, 600)))

_BY_MESSAGE: tuple[tuple[re.Pattern[str], type[e.ModelError]], ...] = (
    (
        re.compile(r"context (?:length|size|window)|maximum context|prompt is too long|too many tokens", re.IGNORECASE),
        e.ModelContextError,
    ),
    (
        re.compile(r"\bmodel\b.{0,200}\b(?:not found|does not exist)", re.IGNORECASE | re.DOTALL),
        e.ModelUnknownError,
    ),
    (re.compile(r"\bapi.?key\b", re.IGNORECASE), e.ModelAccessError),
)
"""What local servers and gateways say where OpenAI gives a code; looked for with statuses 400, 404 and 422."""

PARAMETERS = ("max_tokens", "temperature", "stream_options")
"""Parameters that servers are known to reject, and that can be done without."""


@dataclass(frozen=True, slots=True)
class Place:
    """Who was asked, as a message may name it."""

    model: str
    base_url: str

    @property
    def server(self) -> str:
        """Host and port; never the user, password or query of an address."""
        try:
            parts = urlsplit(self.base_url)
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            return "the address of OPENAI_BASE_URL"
        return f"{parts.hostname}{port}" if parts.hostname else "the address of OPENAI_BASE_URL"


_TOLD: dict[type[e.ModelError], str] = {
    e.ModelTimeoutError: "{model!r} at {server} did not answer in time; try again, or a faster model (ADVISOR_MODEL)",
    e.ModelUnavailableError: "{model!r} at {server} cannot be reached or does not work just now; "
    "see that the server runs and that OPENAI_BASE_URL names it",
    e.ModelRateLimitError: "{server} wants to be asked less often; wait a little, or raise the account's limit",
    e.ModelSetupError: "{model!r} at {server} cannot be asked as it is set up; "
    "see OPENAI_API_KEY, OPENAI_BASE_URL and ADVISOR_MODEL",
    e.ModelAccessError: "{server} does not accept the key for {model!r}; correct OPENAI_API_KEY",
    e.ModelQuotaError: "the account behind OPENAI_API_KEY has no credit left at {server}; add credit or use another key",
    e.ModelUnknownError: "{server} has no model {model!r}, or is no such server; "
    "correct ADVISOR_MODEL, or OPENAI_BASE_URL (it mostly ends in /v1)",
    e.ModelRequestError: "{server} does not take the request to {model!r}; choose another model (ADVISOR_MODEL)",
    e.ModelContextError: "the prompt is too long for {model!r} at {server}; "
    "use a model with a longer context (ADVISOR_MODEL)",
    e.ModelRefusedError: "{model!r} declined to answer; say it in other words",
    e.ModelFilteredError: "the content filter of {server} stopped the answer; say it in other words",
    e.ModelOutputError: "{model!r} did not answer in the form that was asked for; try a more capable model (ADVISOR_MODEL)",
    e.ModelLengthError: "the answer of {model!r} was cut at the most tokens allowed; try another model (ADVISOR_MODEL)",
    e.ModelIncompleteError: "the answer of {model!r} at {server} broke off; try again",
    e.ModelProtocolError: "{server} did not answer in the form of OpenAI's chat completions; "
    "see that OPENAI_BASE_URL names such a server (it mostly ends in /v1)",
}


def told(kind: type[e.ModelError], place: Place) -> str:
    """What a user is told of an error of this class."""
    return _TOLD[kind].format(model=place.model, server=place.server)


def fault(error: Exception, place: Place) -> e.ModelError:
    """Our error for one of the client library's, or for anything else that went wrong while asking.

    Raise it outside the ``except`` block, so that the original does not hang on it.
    """
    said = _said(getattr(error, "body", None))
    status: int | None = getattr(error, "status_code", None) or _number(said)
    kind = _by_words(status, said) or _nearest(error)
    message = told(kind, place)
    if issubclass(kind, e.ModelRateLimitError):
        headers: Mapping[str, str] = getattr(getattr(error, "response", None), "headers", {})
        return kind(message, status=status, retry_after_s=retry_after_s(headers, time.time()))
    if issubclass(kind, e.ModelRequestError):
        return kind(message, status=status, parameter=_parameter(said))
    return kind(message, status=status)


def fault_in(body: object, place: Place) -> e.ModelError | None:
    """The error that a server sent as if it were an answer; ``None`` where the body is no error."""
    if not (isinstance(body, dict) and body.get("error")):
        return None
    said = _said(body)
    kind = _by_words(_number(said), said) or _OTHER
    return kind(told(kind, place), status=_number(said))


def _said(body: object) -> dict[str, str]:
    """The server's code, type, parameter and message, as far as it gave them."""
    raw: Any = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(raw, dict):
        return {name: str(raw.get(name) or "") for name in ("code", "type", "param", "message")}
    return {"code": "", "type": "", "param": "", "message": raw if isinstance(raw, str) else ""}


def _number(said: dict[str, str]) -> int | None:
    """The HTTP status that servers which pass on others' errors give as the code."""
    return int(said["code"]) if said["code"] in _STATUS_CODES else None


def _by_words(status: int | None, said: dict[str, str]) -> type[e.ModelError] | None:
    """What the server's own code, its words or its status tell; ``None`` where there is no answer of it."""
    for name in (said["code"], said["type"]):
        if name in _BY_CODE:
            return _BY_CODE[name]
    if status in {400, 404, 422}:
        for pattern, kind in _BY_MESSAGE:
            if pattern.search(said["message"]):
                return kind
    if status is None:
        return None
    return _BY_STATUS.get(status, e.ModelUnavailableError if status >= 500 else e.ModelRequestError)


def _nearest(error: BaseException) -> type[e.ModelError]:
    """What the exception's class tells, or that of what lies below it: a wrong address is no outage."""
    below = error.__cause__
    if type(error).__name__ == "APIConnectionError" and below is not None and _named(below) is not _OTHER:
        return _named(below)
    return _named(error)


def _named(error: BaseException) -> type[e.ModelError]:
    return next((BY_NAME[base.__name__] for base in type(error).__mro__ if base.__name__ in BY_NAME), _OTHER)


def _parameter(said: dict[str, str]) -> str | None:
    for name in PARAMETERS:
        if name == said["param"] or re.search(rf"\b{name}\b", said["message"]):
            return name
    return None


def retry_after_s(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that the server wants to be left alone, from its headers; ``None`` where it does not say.

    Args:
        headers: with names in any case.
        now: seconds since the epoch, for a header that names a date.
    """
    for name, divisor in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        text = headers.get(name)
        if text is None:
            continue
        try:
            seconds = float(text) / divisor
        except ValueError:
            try:
                seconds = parsedate_to_datetime(text).timestamp() - now
            except (ValueError, TypeError, OverflowError):
                continue
        if seconds == seconds:  # noqa: PLR0124 - not a number is no wait
            return max(0.0, seconds)
    return None
