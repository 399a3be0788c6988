"""Stops asking a server that fails, and tries it again later with one request.

Five failures within half a minute open the circuit for half a minute; then one request goes through, and
what becomes of it decides. A failure that took long counts for several, else a server that hangs would be
waited for turn after turn. A fault that only the operator can mend opens the circuit at once, for longer.

Libraries for this count failures in a row and keep their own clock; neither of these two rules can be said in them.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.errors import ModelError, ModelPausedError, ModelRateLimitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """When the circuit opens, and for how long; all times in seconds."""

    failures: float = 5
    """Failures that open it."""
    within_s: float = 30
    """Only those of the last so many seconds count."""
    slow_s: float = 9
    """A failure counts once for every so many seconds that it took, and at least once."""
    open_s: float = 30
    """How long it stays open."""
    permanent_s: float = 300
    """How long after a fault that the operator must mend; also the longest wait that a server can ask for."""


class Breaker:
    """The circuit of one server. Safe to be used by several threads."""

    def __init__(self, rules: BreakerRules | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._rules = rules or BreakerRules()
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: list[tuple[float, float]] = []  # when, how much it counts
        self._open_until: float | None = None
        self._probing = False
        self._because = ""

    @property
    def is_open(self) -> bool:
        """Whether a request would be turned away now."""
        with self._lock:
            return self._turned_away() is not None

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Let one request through, and learn from what becomes of it.

        Raises:
            ModelPausedError: the circuit is open; nothing was asked.
        """
        probe, started = self._enter(), self._clock()
        try:
            yield
        except ModelError as error:
            if error.blames_server:
                self._failed(error, self._clock() - started)
            else:
                self._worked(probe=probe)  # the server does its work, whatever the answer was
            raise
        except BaseException:
            self._let_go(probe=probe)  # given up by the asker, which says nothing of the server
            raise
        else:
            self._worked(probe=probe)

    def _turned_away(self) -> float | None:
        """Seconds to wait; ``None`` where a request may pass."""
        if self._open_until is None:
            return None
        left = self._open_until - self._clock()
        return max(left, 0.0) if left > 0 or self._probing else None

    def _enter(self) -> bool:
        """Whether this request is the one that tries the server again."""
        with self._lock:
            left = self._turned_away()
            if left is not None:
                message = (
                    "the language model failed just before and is not asked for another "
                    f"{left:.0f} s; `advisor doctor` tells what is wrong"
                )
                raise ModelPausedError(message, because=self._because, left_s=left)
            self._probing = self._open_until is not None
            return self._probing

    def _worked(self, *, probe: bool) -> None:
        with self._lock:
            if probe:
                self._failures.clear()
                self._open_until, self._probing = None, False

    def _let_go(self, *, probe: bool) -> None:
        with self._lock:
            if probe:
                self._probing = False

    def _failed(self, error: ModelError, took_s: float) -> None:
        with self._lock:
            rules, now = self._rules, self._clock()
            self._failures = [(at, weight) for at, weight in self._failures if now - at < rules.within_s]
            self._failures.append((now, max(1.0, took_s / rules.slow_s)))
            pause = self._pause(error)
            if pause is None:
                return
            self._open_until = max(now + pause, self._open_until or 0.0)
            self._probing = False
            self._because = error.code

    def _pause(self, error: ModelError) -> float | None:
        """How long to stay away after this failure, in seconds; ``None`` to go on."""
        rules = self._rules
        if error.permanent:
            return rules.permanent_s
        if isinstance(error, ModelRateLimitError) and error.retry_after_s is not None:
            return min(error.retry_after_s, rules.permanent_s)
        if self._open_until is not None or sum(weight for _, weight in self._failures) >= rules.failures:
            return rules.open_s
        return None
