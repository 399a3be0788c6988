"""A reply in a terminal while it comes: sentence by sentence, words never broken, nothing taken back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.cells import cell_len

from advisor.channels.render import printable

if TYPE_CHECKING:
    from rich.console import Console

_MARKUP = re.compile(r"\*\*|^\s*(?:[-*]|\d+\.)\s|\n", re.MULTILINE)
"""What a paragraph of ours may have and a model's sentence never has."""
_WORD = re.compile(r"[\u2e80-\uffff](?:[、。，．！？；：」』）]*)|\s+|[^\s\u2e80-\uffff]+")


class Flow:
    """Writes what is new of a reply each time that more of it was proved."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._seen = ""
        self._column = 0
        self._open = False

    def feed(self, reply: str) -> None:
        """Show what of ``reply`` was not shown yet; the earlier part is as it was."""
        if not reply.startswith(self._seen):
            return
        more, self._seen = reply[len(self._seen) :], reply
        first, *others = more.split("\n\n")
        self._write(first)
        for paragraph in others:
            self.end()
            self._write(paragraph)

    def end(self) -> None:
        """End the paragraph at hand."""
        if self._open:
            self._console.print("\n")
        self._column, self._open = 0, False

    def _write(self, text: str) -> None:
        if not text:
            return
        if not self._open and _MARKUP.search(text):
            from rich.markdown import Markdown

            self._console.print(Markdown(printable(text)))
            self._console.print()
            return
        self._open = True
        for word in _WORD.findall(printable(text)):
            wide = cell_len(word)
            if self._column + wide > self._console.width:
                self._console.print()
                self._column = 0
                if word.isspace():
                    continue
            self._console.print(word, end="", markup=False, soft_wrap=True)
            self._column += wide
