"""A reply shown while it comes about: only what was proved, and never a word that is taken back."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from typing import cast

from advisor.citations import Cited

STOPPED = " …"
"""Ends a reply that the user stopped."""


def proved(
    pieces: Iterator[str], prove: Callable[[str], Cited], show: Callable[[str], None] | None
) -> tuple[Cited, bool]:
    """The reply, and whether the user stopped it (Ctrl-C) after some of it was shown.

    Args:
        pieces: the draft, each piece of whole sentences.
        prove: makes a reply of the draft so far.
        show: is given the reply so far after each piece; ``None`` to prove the whole at once.

    Raises:
        KeyboardInterrupt: the user stopped before anything was shown.
    """
    if show is None:
        return prove("".join(pieces)), False
    draft, shown = "", Cited("", (), ())
    try:
        with closing(cast("Generator[str, None, None]", pieces)):
            for piece in pieces:
                draft += piece
                so_far = prove(draft)
                if so_far.reply.startswith(shown.reply):
                    show(so_far.reply)
                    shown = so_far
    except KeyboardInterrupt:
        if not shown.reply:
            raise
        return replace(shown, reply=shown.reply + STOPPED), True
    return prove(draft), False
