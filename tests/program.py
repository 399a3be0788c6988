"""The advisor as its users run it: a process of its own, started from this very checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

import jsonschema

import advisor

if TYPE_CHECKING:
    from collections.abc import Mapping

CHECKOUT = Path(advisor.__file__).parent.parent
"""Where ``python -m advisor`` finds the package that is tested."""

PATIENCE_S = 120
"""After so long a process is taken for stuck."""

COMMAND = (sys.executable, "-m", "advisor")


@dataclass(frozen=True, slots=True)
class Finished:
    """A process that ended."""

    status: int
    stdout: str
    stderr: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """The JSON objects on stdout; whatever else stands there is an error."""
        assert self.stdout == "" or self.stdout.endswith("\n")
        return [json.loads(line) for line in self.stdout.split("\n")[:-1]]


def run(
    *arguments: str,
    stdin: str | bytes = b"",
    environment: Mapping[str, str] | None = None,
    prefix: tuple[str, ...] = (),
) -> Finished:
    """Run one command to its end."""
    ended = subprocess.run(
        (*prefix, *COMMAND, *arguments),
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        check=False,
        cwd=CHECKOUT,
        env={**os.environ, **(environment or {})},
        timeout=PATIENCE_S,
    )
    return Finished(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


def start(*arguments: str) -> subprocess.Popen[bytes]:
    """Start a command and leave it running."""
    return subprocess.Popen(
        (*COMMAND, *arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=CHECKOUT
    )


class Chat:
    """A running ``advisor chat --json``."""

    def __init__(self, *arguments: str) -> None:
        self._process = start("chat", "--json", *arguments)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(BrokenPipeError):  # unsent input of a killed process
                self._pipe(stream).close()

    def send(self, text: str, **fields: str) -> None:
        """Send one message and do not wait for its reply."""
        self._pipe(self._process.stdin).write(request(text, **fields).encode())
        self._pipe(self._process.stdin).flush()

    def read(self) -> dict[str, Any] | None:
        """The next reply; ``None`` when the process ended without a whole one."""
        line = self._pipe(self._process.stdout).readline()
        return check_line(line.decode()) if line.endswith(b"\n") else None

    def say(self, text: str, **fields: str) -> dict[str, Any]:
        """Send one message and wait for its reply."""
        self.send(text, **fields)
        reply = self.read()
        assert reply is not None, self._pipe(self._process.stderr).read().decode()
        return reply

    def kill(self) -> None:
        """Kill -9; what the process had written can still be read."""
        self._process.kill()
        self._process.wait()

    def end(self) -> Finished:
        """End the input and wait."""
        stdout, stderr = self._process.communicate(timeout=PATIENCE_S)
        return Finished(self._process.returncode, stdout.decode(), stderr.decode())

    @staticmethod
    def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
        assert stream is not None
        return stream


def request(text: str, **fields: str) -> str:
    """A line of ``chat --json``'s input."""
    return json.dumps({"text": text, **fields}, ensure_ascii=False) + "\n"


@cache
def _schema() -> jsonschema.Draft202012Validator:
    """The contract of a response line."""
    path = Path(__file__).parent / "response.schema.json"
    return jsonschema.Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))


def check_line(line: str) -> dict[str, Any]:
    """One line of ``chat --json``'s output, valid by the contract's schema."""
    record: dict[str, Any] = json.loads(line)
    _schema().validate(record)
    return record


def check_lines(output: str | bytes) -> list[dict[str, Any]]:
    """Every line of ``chat --json``'s output, each valid by the contract's schema."""
    text = output.decode() if isinstance(output, bytes) else output
    assert text == "" or text.endswith("\n")
    return [check_line(line) for line in text.split("\n")[:-1]]
