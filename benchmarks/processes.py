"""Whole processes, timed from outside.

The measuring process stays small on purpose and imports nothing of the advisor: on Linux a child's peak
memory begins with that of the process it was forked from.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pexpect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

HERE = Path(__file__).parent
ROOT = HERE.parent

PATIENCE_S = 300
"""After so long a process is taken to hang."""

BUILD_PATIENCE_S = 1_800
"""The same for building the index, which may have to embed every text."""

PROMPT = "›"
"""How the prompt begins; the terminal gets the space after it as a movement of the cursor."""

_OURS = ("ADVISOR_", "OPENAI_", "SLACK_", "LANGSMITH_", "LANGCHAIN_", "GOMP_", "OMP_")
"""Settings of the machine's that must not leak into a measurement."""

_SPIN = """
import os
parent = os.getppid()
while os.getppid() == parent:
    for _ in range(1_000_000):
        pass
"""
"""A busy neighbour; it ends when its parent does."""


@dataclass(slots=True)
class Sample:
    """Repeated measurements of one thing."""

    values: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The middle value."""
        return statistics.median(self.values)

    def quantile(self, share: float) -> float:
        """The value that ``share`` of the measurements do not exceed."""
        ordered = sorted(self.values)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def text(self, scale: float = 1.0, digits: int = 2) -> str:
        """Median (min-max), each times ``scale``."""
        low, mid, high = (scale * value for value in (min(self.values), self.median, max(self.values)))
        return f"{mid:,.{digits}f} ({low:,.{digits}f}–{high:,.{digits}f})"


def environment(home: Path) -> dict[str, str]:
    """The environment of every measured process: the advisor's home is ``home``, everything else default."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return kept | {
        "ADVISOR_HOME": str(home),
        "ANONYMIZED_TELEMETRY": "False",
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
        "TERM": "xterm-256color",
    }


def interleaved(variants: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, Sample]:
    """Measure each variant once a round, after a warm-up of each, in an order that turns with every round.

    What the machine does meanwhile then bears on all of them alike.
    """
    for variant in variants.values():
        variant()
    found = {name: Sample() for name in variants}
    for turn in range(rounds):
        for name in variants if turn % 2 == 0 else reversed(list(variants)):
            found[name].values.append(variants[name]())
    return found


def until_prompt(arguments: Sequence[str], home: Path) -> float:
    """Seconds from the start of ``python arguments`` under a pseudo-terminal to the prompt's appearance."""
    started = time.perf_counter()
    child = pexpect.spawn(
        sys.executable, list(arguments), env=environment(home), cwd=str(ROOT), encoding="utf-8",
        dimensions=(40, 120), timeout=PATIENCE_S,
    )  # fmt: skip
    try:
        child.expect_exact(PROMPT)
        return time.perf_counter() - started
    finally:
        child.close(force=True)


def until_line(arguments: Sequence[str], home: Path, request: dict[str, Any] | None = None) -> float:
    """Seconds from the start of ``python arguments`` to its first line of output, a ``request`` being sent at once."""
    started = time.perf_counter()
    with piped(arguments, home) as child:
        if request is not None:
            send(child, request)
        receive(child)
        return time.perf_counter() - started


def until_end(arguments: Sequence[str], home: Path) -> tuple[float, float]:
    """Seconds that ``python arguments`` takes from start to end, and its peak resident memory in MB.

    Raises:
        RuntimeError: it failed.
    """
    started = time.perf_counter()
    with piped(arguments, home, BUILD_PATIENCE_S) as child:
        memory = peak_memory(child)
        taken = time.perf_counter() - started
    if child.returncode:
        message = f"{child.args!r} ended with status {child.returncode}"
        raise RuntimeError(message)
    return taken, memory


def report_of(script: str, home: Path, *arguments: str) -> Any:
    """What ``script`` of this folder prints as JSON."""
    done = subprocess.run(
        [sys.executable, str(HERE / script), *arguments], env=environment(home), cwd=ROOT, check=True,
        stdout=subprocess.PIPE, timeout=PATIENCE_S,
    )  # fmt: skip
    return json.loads(done.stdout)


@contextmanager
def piped(arguments: Sequence[str], home: Path, patience: float = PATIENCE_S) -> Iterator[subprocess.Popen[bytes]]:
    """``python arguments`` with its input and output at hand; it is waited for at the end."""
    child = subprocess.Popen(
        [sys.executable, *arguments], env=environment(home), cwd=ROOT,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    watchdog = threading.Timer(patience, child.kill)
    watchdog.start()
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        yield child
        child.stdin.close()
        child.stdout.read()
        child.wait()
    finally:
        watchdog.cancel()
        child.kill()
        child.wait()
        child.stdout.close()


def send(child: subprocess.Popen[bytes], request: dict[str, Any]) -> None:
    """Write one request line."""
    assert child.stdin is not None
    child.stdin.write(json.dumps(request, ensure_ascii=False).encode() + b"\n")
    child.stdin.flush()


def receive(child: subprocess.Popen[bytes]) -> Any:
    """Read one response line.

    Raises:
        RuntimeError: there is none, or it tells of an error.
    """
    assert child.stdout is not None
    line = child.stdout.readline()
    answer = json.loads(line) if line else {"error": "no line came"}
    if "error" in answer:
        message = f"{child.args!r} failed: {answer['error']}"
        raise RuntimeError(message)
    return answer


def peak_memory(child: subprocess.Popen[bytes]) -> float:
    """Close the child's input, wait for its end and return its peak resident memory in MB."""
    assert child.stdin is not None
    child.stdin.close()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_maxrss * unit / 1e6


@contextmanager
def busy_neighbours(count: int) -> Iterator[None]:
    """``count`` processes that only use up processor time."""
    neighbours = [subprocess.Popen([sys.executable, "-c", _SPIN]) for _ in range(count)]
    try:
        yield
    finally:
        for neighbour in neighbours:
            neighbour.kill()
            neighbour.wait()
