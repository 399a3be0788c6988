"""The conversation without a terminal: a message a line in, plain text out, no prompt, no escape codes."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from advisor.channels.render import plain
from advisor.errors import AdvisorError, RequestError, unexpected

if TYPE_CHECKING:
    from advisor.app import Advisor
    from advisor.language import Language


def serve(
    advisor: Advisor, source: IO[bytes], sink: IO[str], errors: IO[str], *, session: str, language: Language | None
) -> int:
    """Answer each line until the input ends; return how many could not be answered."""
    failed = 0
    for line in source:
        try:
            text = _text(line)
            if not text.strip():
                continue
            reply = plain(advisor.respond(session, text, language))
        except AdvisorError as error:
            failed += 1
            print(f"advisor: {error}", file=errors, flush=True)
        except Exception as error:  # noqa: BLE001 - the one place of this channel that catches everything
            failed += 1
            print(f"advisor: {unexpected(error)}", file=errors, flush=True)
        else:
            print(reply, end="\n\n", file=sink, flush=True)
    return failed


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        message = f"a line is not UTF-8 (byte {error.start}: {error.reason}); it was passed over"
        raise RequestError(message) from error
