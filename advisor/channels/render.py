"""A response as text. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from advisor.knowledge import ARTICLE
from advisor.phrases import phrases

if TYPE_CHECKING:
    from advisor.language import Language
    from advisor.messages import Citation, Response

_STRONG = re.compile(r"\*\*(.+?)\*\*")
_EMPHASIS = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")


def printable(text: str) -> str:
    """``text`` without anything that a terminal would obey: no control, format or private characters."""
    return "".join(
        character
        for character in text
        if character == "\n" or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )


def footnote(citation: Citation) -> str:
    """A citation on one line: number, quote, and where it stands."""
    place = citation.id if citation.source == ARTICLE else f"{citation.source}: {citation.id}"
    quote = " ".join(citation.quote.split())
    return printable(f"[{citation.n}] “{quote}” — {place} ({citation.language})")


def plain(response: Response) -> str:
    """The reply and its sources as plain text, without Markdown's marks and without escape codes."""
    body = _EMPHASIS.sub(r"\1", _STRONG.sub(r"\1", printable(response.reply)))
    if not response.citations:
        return body
    notes = "\n".join(f"  {footnote(citation)}" for citation in response.citations)
    return f"{body}\n\n{sources_title(response.language)}\n{notes}"


def sources_title(language: Language) -> str:
    """The heading over the footnotes."""
    return phrases(language).say("notice.sources")
