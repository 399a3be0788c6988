"""From a draft to a reply with proof: numbers the references, copies the quotes, drops what has none.

A draft is Markdown with references such as ``[[article:what-is-rag]]``. Whoever wrote it, code alone
turns references into markers and quotes; a reference to a passage that is not at hand is dropped, and
so is a sentence that speaks of RAG or fine-tuning without one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

from advisor.knowledge import Passage
from advisor.messages import Citation

Sources = Mapping[tuple[str, str], Passage]
"""Source and passage id → the passage in the reader's language."""

_REFERENCE = re.compile(r"[ ]*\[\[([^\[\]:]+):([^\[\]]+?)\]\]")
_ADJACENT = re.compile(r"(?<=\])[ ]+(?=\[\d+\])")
_TOPIC = re.compile(
    r"(?<![A-Za-z])RAG(?![A-Za-z])|fine-?\s?tun|微調|微调|ファインチューニング|檢索增強|检索增强|混合架構|混合架构|ハイブリッド|(?<![A-Za-z])hybrid(?![A-Za-z])",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r".+?(?:[.!?](?=[\s”\"’)*\[]|$)[”\"’)*]*|[。！？]+[」』”）]*|[!?](?=[\u3041-\u9fff])|$)(?:[ ]*\[\[[^\[\]]+\]\])*\s*",
    re.DOTALL,
)
_STATEMENT = re.compile(_SENTENCE.pattern.replace(".+?", "(?:“[^“”]*”|.)+?", 1), re.DOTALL)
"""A sentence of a reply: what it quotes belongs to it, however many sentences that has."""
_LINK = re.compile(
    r"(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|info|io|ai|dev|app|co|biz|ru|cn|tw|jp|uk|de|xyz|security|site|online)\b\S*",
    re.IGNORECASE,
)
_INNER_QUOTES = str.maketrans("“”「」", "‘’『』")
"""Quotation marks inside a quote."""
_TRAILING = " .。,，;；!！"
_MARKER = re.compile(r"\[\d+\]")
_END = re.compile(r"[.。!?！？]*[”」』’\"]*$")


@dataclass(frozen=True, slots=True)
class Cited:
    """A reply whose every marker resolves."""

    reply: str
    citations: tuple[Citation, ...]
    dropped: tuple[str, ...]
    """Sentences that were left out for want of a proof."""


def reference(source: str, passage_id: str) -> str:
    """The mark that stands for a citation in a draft; a document's name may hold the end of a sentence."""
    return f"[[{_escaped(source)}:{_escaped(passage_id)}]]"


def _escaped(name: str) -> str:
    return quote(name, safe="/").replace(".", "%2E")


def _key(match: re.Match[str]) -> tuple[str, str]:
    """Source and passage id of a reference."""
    return unquote(match[1]), unquote(match[2])


def quoted_words(text: str, limit: int = 120) -> str:
    """A user's words made safe to repeat in a draft: one line, no markers, Markdown or links of their own."""
    line = " ".join(_LINK.sub("…", text).split()).rstrip(_TRAILING)
    if len(line) > limit:
        line = line[: limit - 1].rstrip() + "…"
    return line.translate(str.maketrans("[]*_`<>#|", "()⁎‗ˋ‹›＃¦"))


def excerpt_words(text: str) -> str:
    """A document's words that can stand in a draft: verbatim, what a reply must not hold left out as "…"."""
    line = re.sub(r"[\[\]*_`<>#|]+", "…", _LINK.sub("…", " ".join(text.split())))
    return re.sub(r"…(?:\s*…)+", "…", line).translate(_INNER_QUOTES)


def with_reference(text: str, *references: str) -> str:
    """``text`` with references before the closing punctuation of its last sentence and of every claim in it."""
    pieces = _SENTENCE.findall(text)
    return "".join(
        _marked(piece, "".join(references)) if place == len(pieces) - 1 or mentions_topic(piece) else piece
        for place, piece in enumerate(pieces)
    )


def _marked(sentence: str, references: str) -> str:
    body = sentence.rstrip()
    end = _END.search(body)
    assert end is not None  # the pattern matches the empty end
    return f"{body[: end.start()]} {references}{end.group()}{sentence[len(body) :]}"


def sentences(text: str) -> tuple[str, ...]:
    """Split one line of ``text`` into sentences, closing punctuation included."""
    return tuple(part.strip() for part in _SENTENCE.findall(text) if part.strip())


def cite(draft: str, sources: Sources, quotes: Mapping[tuple[str, str], str] | None = None) -> Cited:
    """Turn a draft into a reply.

    Args:
        draft: Markdown with references.
        sources: the passages that may be cited; parallel passages are one.
        quotes: which line of a passage to quote; its first line where nothing is said.
    """
    numbers: dict[tuple[str, str], int] = {}
    dropped: list[str] = []

    def number(match: re.Match[str]) -> str:
        key = _key(match)
        if key not in sources:
            return ""
        return f" [{numbers.setdefault(key, len(numbers) + 1)}]"

    lines = []
    for raw in draft.split("\n"):
        kept = []
        for sentence in _STATEMENT.findall(_REFERENCE.sub(lambda m: f"[[{m[1]}:{m[2]}]]", raw)):
            known = any(_key(m) in sources for m in _REFERENCE.finditer(sentence))
            if mentions_topic(sentence) and not known:
                dropped.append(sentence.strip())
                continue
            kept.append(_REFERENCE.sub(number, sentence))
        line = _ADJACENT.sub("", "".join(kept)).rstrip()
        if line or not raw.strip():
            lines.append(line)
    reply = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    citations = tuple(_citation(n, sources[key], (quotes or {}).get(key)) for key, n in numbers.items())
    return Cited(reply, citations, tuple(dropped))


def _citation(n: int, passage: Passage, wanted: str | None) -> Citation:
    if wanted is None or not any(wanted in line for line in passage.lines):
        wanted = passage.lines[0]
    return Citation(n, passage.source, passage.id, passage.language, wanted)


def faults(reply: str, citations: tuple[Citation, ...], sources: Sources) -> tuple[str, ...]:
    """What is wrong with a reply's proofs: an empty result means that all of them hold."""
    found = []
    used = {int(marker[1:-1]) for marker in _MARKER.findall(reply)}
    given = {citation.n for citation in citations}
    found += [f"marker [{n}] has no citation" for n in sorted(used - given)]
    found += [f"citation [{n}] stands nowhere in the reply" for n in sorted(given - used)]
    for citation in citations:
        passage = sources.get((citation.source, citation.id))
        if passage is None:
            found.append(f"[{citation.n}] cites {citation.id!r}, which was not at hand")
        elif not any(citation.quote in line for line in passage.lines):
            found.append(f"[{citation.n}] is not verbatim in {citation.id!r}")
    found += [f"no proof for: {sentence}" for sentence in unproved(reply)]
    return tuple(found)


def unproved(reply: str) -> tuple[str, ...]:
    """The sentences about RAG or fine-tuning that carry no marker."""
    return tuple(
        sentence.strip()
        for line in reply.split("\n")
        for sentence in _STATEMENT.findall(line)
        if _TOPIC.search(sentence) and not _MARKER.search(sentence)
    )


def mentions_topic(text: str) -> bool:
    """Whether ``text`` speaks of RAG or fine-tuning, so that it wants a proof."""
    return bool(_TOPIC.search(_REFERENCE.sub("", text)))
