"""An iterator in a thread of its own ends at the deadline, whatever it waits for."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from advisor.errors import ModelTimeoutError
from advisor.llm.bounded import within
from advisor.llm.client import Deadline

if TYPE_CHECKING:
    from collections.abc import Generator


def test_what_is_yielded_comes_in_its_order() -> None:
    def numbers() -> Generator[int, None, None]:
        yield from range(1000)

    assert list(within(numbers, Deadline.after(20))) == list(range(1000))


def test_what_is_raised_is_raised_after_what_was_yielded() -> None:
    def broken() -> Generator[int, None, None]:
        yield 1
        raise KeyError("gone")

    items = within(broken, Deadline.after(20))

    assert next(items) == 1
    with pytest.raises(KeyError, match="gone"):
        next(items)


def test_waiting_ends_at_the_deadline_though_the_iterator_does_not() -> None:
    hold = threading.Event()

    def stuck() -> Generator[int, None, None]:
        yield 1
        hold.wait(30)

    items, started = within(stuck, Deadline.after(0.2)), time.monotonic()
    assert next(items) == 1
    with pytest.raises(ModelTimeoutError):
        next(items)
    hold.set()

    assert 0.15 < time.monotonic() - started < 10


def test_a_reader_who_stops_early_has_the_iterator_closed() -> None:
    closed = threading.Event()

    def endless() -> Generator[int, None, None]:
        try:
            while True:
                yield 1
                time.sleep(0.001)
        finally:
            closed.set()

    items = within(endless, Deadline.after(20))
    next(items)
    items.close()

    assert closed.wait(10)
