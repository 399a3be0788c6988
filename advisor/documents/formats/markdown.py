"""Markdown: rendered, then read as the page that its author sees, with the line where each block began."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor.documents.formats import html
from advisor.documents.formats.encoding import decode
from advisor.documents.parsing import limited

if TYPE_CHECKING:
    from collections.abc import Iterable

    from markdown_it.token import Token

    from advisor.documents.parsing import Block

_FRONT = re.compile(r"\A---[ \t]*\n((?:[^\n]*\n){1,500}?)(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_KEY = re.compile(r"^[\w\"'][\w \"'-]*:(?:\s|$)", re.MULTILINE)
_TITLE = re.compile(r"^title:[ \t]*(.+)$", re.MULTILINE | re.IGNORECASE)
_TAG = re.compile(r"</?([A-Za-z][\w-]*)")
_ELEMENTS_NAMES = (
    "a abbr address area article aside audio b base bdi bdo big blockquote body br button canvas caption center cite "
    "code col colgroup data datalist dd del details dfn dialog div dl dt em embed fieldset figcaption figure font "
    "footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label legend li link main "
    "map mark math menu meta meter nav noscript object ol optgroup option output p param picture pre progress q rp "
    "rt ruby s samp script search section select small source span strike strong style sub summary sup svg table "
    "tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr"
)
_ELEMENTS = frozenset(_ELEMENTS_NAMES.split())
"""Elements of HTML; another name in angle brackets is a placeholder, and is text."""


def read(data: bytes, suffix: str) -> tuple[str, Iterable[Block]]:
    """Read a file."""
    del suffix
    return read_text(decode(data))


def read_text(text: str) -> tuple[str, Iterable[Block]]:
    """Read Markdown that is decoded already."""
    from markdown_it import MarkdownIt

    text = limited(text).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    title = ""
    if (front := _FRONT.match(text)) and _KEY.search(front[1]):
        named = _TITLE.search(front[1])
        title = named[1].strip().strip("\"'") if named else ""
        text = "\n" * front[0].count("\n") + text[front.end() :]
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    environment: dict[str, object] = {}
    tokens = parser.parse(text, environment)
    _mark(tokens)
    own_title, blocks = html.read_text(parser.renderer.render(tokens, parser.options, environment))
    return title or own_title, blocks


def _mark(tokens: list[Token]) -> None:
    """Write its line on every block, and turn placeholders back into text."""
    for token in tokens:
        if token.map and token.nesting >= 0:
            line = str(token.map[0] + 1)
            token.attrSet(html.LINE, line)
            if token.type == "html_block":  # is passed on as it is
                token.content = f'<wbr {html.LINE}="{line}">{token.content}'
        for child in token.children or ():
            tag = _TAG.match(child.content) if child.type == "html_inline" else None
            if tag and tag[1].lower() not in _ELEMENTS:
                child.type = "text"
