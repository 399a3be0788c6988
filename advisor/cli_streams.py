"""The program's standard streams, so that one that is closed, full or left by its reader is never a traceback."""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any

from advisor.errors import OutputError, ReaderGoneError, RequestError

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Output(io.RawIOBase):
    """A stream whose failures say that they are the output's, whoever wrote to it.

    Typer and the libraries that draw catch `OSError` and end the program in ways of their own.
    """

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw

    def write(self, data: Any, /) -> int:
        try:
            return self._raw.write(data) or 0
        except BrokenPipeError as error:
            raise ReaderGoneError("the reader of the output went away") from error
        except OSError as error:
            why = error.strerror or str(error)
            message = f"the output cannot be written: {why}; free some space or send it elsewhere"
            raise OutputError(message) from error

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw.isatty()


class _Messages(_Output):
    """Where messages go; what cannot be told stops no work."""

    def write(self, data: Any, /) -> int:
        with suppress(OutputError):
            return super().write(data)
        return len(data)


def prepare_streams() -> None:
    """Make stdout and stderr UTF-8, there even if the caller closed them, and honest about what they fail at."""
    for number in range(3):
        _occupy(number)
    sys.stdout = _text(sys.stdout, 1, _Output)
    sys.stderr = _text(sys.stderr, 2, _Messages)


def _occupy(number: int) -> None:
    """No file that is opened later gets the number of a standard stream."""
    try:
        os.fstat(number)
    except OSError:
        nothing = os.open(os.devnull, os.O_RDWR)
        if nothing != number:
            os.dup2(nothing, number)
            os.close(nothing)


def _text(stream: Any, number: int, output: type[_Output]) -> Any:
    if stream is None:
        return _wrapped(output(io.FileIO(number, "w", closefd=False)), line_buffering=False, write_through=True)
    buffer = getattr(stream, "buffer", None)
    below = getattr(buffer, "raw", buffer)  # python -u has nothing between the text and the file
    if not isinstance(below, io.RawIOBase):  # somebody's own stream, such as a test's
        return stream
    stream.flush()
    raw = output(below)
    return _wrapped(
        raw if below is buffer else io.BufferedWriter(raw),
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def _wrapped(binary: Any, *, line_buffering: bool, write_through: bool) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        binary, encoding="utf-8", errors="replace", line_buffering=line_buffering, write_through=write_through
    )


def drop_unwritten() -> None:
    """Let go of what stdout could not be given, or the interpreter would try again and complain."""
    try:
        sys.stdout.flush()
    except OutputError:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)


@contextmanager
def standard_input(what: str) -> Iterator[IO[bytes]]:
    """The standard input, to read ``what`` from.

    Raises:
        RequestError: it is closed, or cannot be read.
    """
    if sys.stdin is None:
        message = f"there is no standard input to read {what} from; send some, or say where it is"
        raise RequestError(message)
    try:
        yield sys.stdin.buffer
    except OSError as error:
        message = f"the standard input cannot be read: {error.strerror or error}"
        raise RequestError(message) from error
