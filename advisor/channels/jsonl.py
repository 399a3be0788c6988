"""One request a line in, one response a line out: the seat of scripts and other programs."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from advisor.errors import AdvisorError, RequestError, unexpected
from advisor.language import LANGUAGES, Language

if TYPE_CHECKING:
    from advisor.app import Advisor

_log = logging.getLogger(__name__)

MAX_LINE = 4 * 1024 * 1024
"""Bytes of one request; a longer line is refused and skipped."""


@dataclass(frozen=True, slots=True)
class Request:
    """One line of input."""

    text: str
    session: str
    language: Language | None


def serve(advisor: Advisor, source: IO[bytes], sink: IO[bytes], *, session: str, language: Language | None) -> None:
    """Answer requests until the input ends. A bad request gets an error line and the next one is read.

    Args:
        advisor: who answers.
        source: the requests, UTF-8, one a line.
        sink: where responses go, flushed line by line.
        session: the session of a request that names none.
        language: the language of a request that names none.
    """
    while line := source.readline(MAX_LINE + 1):
        named: str | None = session
        try:
            request = read_request(_whole_line(line, source), session, language)
            named = request.session
            answer = advisor.respond(request.session, request.text, request.language).to_dict()
        except AdvisorError as error:
            named = getattr(error, "session", named)
            answer = failure(named, error.code, str(error))
        except Exception as error:  # noqa: BLE001 - the one place of this channel that catches everything
            _log.debug("channels.jsonl.failed", exc_info=True)
            answer = failure(named, "internal", unexpected(error))
        sink.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        sink.flush()


def failure(session: str | None, code: str, message: str) -> dict[str, Any]:
    """An error in the contract's form."""
    return {"session": session, "error": {"code": code, "message": message}}


def _whole_line(line: bytes, source: IO[bytes]) -> bytes:
    """The line, or an error once the rest of one that is too long was skipped."""
    if len(line) <= MAX_LINE:
        return line
    while line and not line.endswith(b"\n"):
        line = source.readline(MAX_LINE)
    message = f"the line is longer than {MAX_LINE:,} bytes; send less text at once"
    raise RequestError(message)


def read_request(line: bytes, session: str, language: Language | None) -> Request:
    """Read one line; one that is not a JSON object is taken as plain text.

    Raises:
        RequestError: it is not UTF-8, or a field has the wrong type or value.
    """
    try:
        text = line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        message = f"the line is not UTF-8 (byte {error.start}: {error.reason}); send UTF-8 text or JSON"
        raise RequestError(message) from error
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict):
        return Request(text, session, language)
    return Request(
        _string(raw, "text", None, session),
        _string(raw, "session", session, session),
        _language(raw, language, session),
    )


class _FieldError(RequestError):
    """A field is wrong; the error line still names the session that was asked for."""

    def __init__(self, message: str, session: str | None) -> None:
        super().__init__(message)
        self.session = session


def _named(raw: dict[str, Any], default: str) -> str | None:
    session = raw.get("session", default)
    return session if isinstance(session, str) else None


def _string(raw: dict[str, Any], name: str, default: str | None, session: str) -> str:
    value = raw.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        what = "is missing" if value is None else f"must be a string, not {json.dumps(value)[:60]}"
        message = f'{name!r} {what}; a request is {{"text": "...", "session": "...", "language": "..."}}'
        raise _FieldError(message, _named(raw, session))
    return value


def _language(raw: dict[str, Any], default: Language | None, session: str) -> Language | None:
    value = raw.get("language")
    if value is None:
        return default
    for language in LANGUAGES:
        if language == value:
            return language
    message = f"'language' must be one of {', '.join(LANGUAGES)}, not {json.dumps(value)[:60]}"
    raise _FieldError(message, _named(raw, session))
