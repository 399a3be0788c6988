"""Reads an iterator in a thread of its own, so that a deadline holds whatever the iterator waits for.

A socket's time limit starts anew with every byte: a server that sends one byte now and then is never late.
Looking up a name has no time limit at all. So the asker waits for a queue, which has one.
"""

from __future__ import annotations

import threading
from contextlib import closing
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from advisor.errors import ModelTimeoutError
from advisor.llm.client import NOT_IN_TIME

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from advisor.llm.client import Deadline

Item = TypeVar("Item")


class _End:
    """The iterator's end, and what it raised, if anything."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def within(make: Callable[[], Generator[Item, None, None]], deadline: Deadline) -> Generator[Item, None, None]:
    """Yield what ``make()`` yields, and raise what it raises, until the deadline.

    The iterator runs ahead of its reader. When the reader stops early or the time is over, the iterator is
    closed as soon as it yields or its own time limit ends its waiting; nobody waits for that.

    Raises:
        ModelTimeoutError: the deadline passed.
    """
    items: SimpleQueue[Item | _End] = SimpleQueue()
    given_up = threading.Event()
    threading.Thread(target=_run, args=(make, items, given_up), name="llm-call", daemon=True).start()
    try:
        while not isinstance(item := _next(items, deadline), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        given_up.set()


def _next(items: SimpleQueue[Item | _End], deadline: Deadline) -> Item | _End:
    try:
        return items.get(timeout=deadline.left_s())
    except Empty:
        raise ModelTimeoutError(NOT_IN_TIME) from None


def _run(
    make: Callable[[], Generator[Item, None, None]], items: SimpleQueue[Item | _End], given_up: threading.Event
) -> None:
    try:
        with closing(make()) as made:
            for item in made:
                if given_up.is_set():
                    return
                items.put(item)
    except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
        items.put(_End(error))
    else:
        items.put(_End())
