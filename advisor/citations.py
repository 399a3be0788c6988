"""From a draft to a reply with proof: numbers the references, copies the quotes, drops what has none.

A draft is Markdown with references such as ``[[article:what-is-rag]]``. Whoever wrote it, code alone
turns references into markers and quotes; a reference to a passage that is not at hand is dropped, and
so is a sentence that speaks of RAG or fine-tuning without one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

from advisor.knowledge import ARTICLE, Passage, article
from advisor.messages import Citation
from advisor.verification import (
    GROUNDED,
    VERDICT_GROUNDED,
    advises,
    groundedness,
    same_script,
    strangers,
)

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
_STATEMENT = re.compile(_SENTENCE.pattern.replace(".+?", "(?:“[^“”]*”|`[^`]*`|.)+?", 1), re.DOTALL)
"""A sentence of a reply: what it quotes belongs to it, however many sentences that has."""
_LINK = re.compile(
    r"(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|info|io|ai|dev|app|co|biz|ru|cn|tw|jp|uk|de|xyz|security|site|online)\b\S*",
    re.IGNORECASE,
)
_INNER_QUOTES = str.maketrans("“”「」", "‘’『』")
"""Quotation marks inside a quote."""
_LIVE = re.compile(r"[<>]|\]\(|!\[|@(?:here|channel|everyone)\b", re.IGNORECASE)
"""Markup that would do something where a reply is shown."""
_TOPIC_WORD = re.compile(rf"(?:{_TOPIC.pattern})[a-z]*", re.IGNORECASE)
LEAST_MENDED = 10
"""Characters of a sentence that say enough to find the passage that it is from."""
MENDED_AT = 0.8
"""The least share of an unproved sentence that must stand in a passage to be proved by it."""
MENDED_FROM = 2
"""Passages that are tried."""
_QUOTED = re.compile(r"“[^“”]*”|「[^「」]*」|`[^`]*`")
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
    mended: tuple[str, ...] = ()
    """Sentences that got the reference that they lacked."""
    grounded: float | None = None
    """The share of the proved sentences that stands in the passages they cite, 0–1; ``None`` where there are none."""


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


def cite(
    draft: str,
    sources: Sources,
    quotes: Mapping[tuple[str, str], str] | None = None,
    *,
    said: Sequence[str] | None = None,
    strict: bool = False,
) -> Cited:
    """Turn a draft into a reply: every sentence is checked, mended once if it can be, and else left out.

    Args:
        draft: Markdown with references.
        sources: the passages that may be cited; parallel passages are one.
        quotes: which line of a passage to quote; its first line where nothing is said.
        said: texts whose numbers and names a proved sentence may repeat, the user's words above all; ``None`` leaves
            numbers and names unchecked.
        strict: whether each sentence must be supported by a passage, whatever it is about. For words of a model's.
    """
    numbers: dict[tuple[str, str], int] = {}
    dropped: list[str] = []
    mended: list[str] = []
    shares: list[float] = []
    checking = _Checking(sources, said, strict=strict)

    def number(match: re.Match[str]) -> str:
        key = _key(match)
        if key not in sources:
            return ""
        return f" [{numbers.setdefault(key, len(numbers) + 1)}]"

    lines = []
    for raw in draft.split("\n"):
        kept = []
        for sentence in _STATEMENT.findall(_REFERENCE.sub(lambda m: f"[[{m[1]}:{m[2]}]]", raw)):
            checked = checking.checked(sentence)
            if checked is None:
                dropped.append(sentence.strip())
                continue
            if checked != sentence:
                mended.append(checked.strip())
            shares += checking.shares(checked)
            kept.append(_REFERENCE.sub(number, checked))
        line = _ADJACENT.sub("", "".join(kept)).rstrip()
        if line or not raw.strip():
            lines.append(line)
    reply = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    citations = tuple(_citation(n, sources[key], (quotes or {}).get(key)) for key, n in numbers.items())
    grounded = sum(shares) / len(shares) if shares else None
    return Cited(reply, citations, tuple(dropped), tuple(mended), grounded)


class _Checking:
    """Checks the sentences of one draft."""

    def __init__(self, sources: Sources, said: Sequence[str] | None, *, strict: bool) -> None:
        self._sources = sources
        self._said = said
        self._strict = strict

    def checked(self, sentence: str) -> str | None:
        """``sentence`` if it holds, with one more reference if that makes it hold, or ``None``."""
        if not _REFERENCE.sub("", sentence).strip():
            return sentence
        if self._strict and (_LINK.search(_REFERENCE.sub("", sentence)) or _LIVE.search(sentence)):
            return None
        cited = self._cited(sentence)
        if self._holds(sentence, cited):
            return sentence
        for key in sorted(self._sources, key=lambda key: -self._share(sentence, [key]))[:MENDED_FROM]:
            if key not in cited and self._mends(sentence, key) and self._holds(sentence, [*cited, key]):
                return with_reference(sentence, reference(*key))
        return None

    def shares(self, sentence: str) -> list[float]:
        """How grounded a proved sentence is; nothing of one without a proof, or whose proof is in another script."""
        cited = self._cited(sentence)
        if not cited or not any(same_script(sentence, self._sources[key].text) for key in cited):
            return []
        return [self._share(sentence, cited)]

    def _cited(self, sentence: str) -> list[tuple[str, str]]:
        return [key for match in _REFERENCE.finditer(sentence) if (key := _key(match)) in self._sources]

    def _holds(self, sentence: str, cited: list[tuple[str, str]]) -> bool:
        wants = self._strict or mentions_topic(sentence)
        if wants and not cited:
            return False
        known = [text for key in cited for text in _texts(self._sources[key])]
        stated = _REFERENCE.sub("", sentence)
        if not self._strict:
            stated = _QUOTED.sub(" ", stated)  # what code quotes, it has copied
        if self._said is not None and cited and strangers(stated, (*known, *self._said)):
            return False
        if not self._strict:
            return True
        least = VERDICT_GROUNDED if advises(sentence) else GROUNDED
        comparable = any(same_script(sentence, self._sources[key].text) for key in cited)
        return not comparable or self._share(sentence, cited) >= least

    def _mends(self, sentence: str, key: tuple[str, str]) -> bool:
        """Whether a passage plainly holds what a sentence without a sufficient proof says, its topic's name aside."""
        said = _TOPIC_WORD.sub(" ", _REFERENCE.sub("", sentence))
        return len(said) >= LEAST_MENDED and groundedness(said, _texts(self._sources[key])) >= MENDED_AT

    def _share(self, sentence: str, cited: list[tuple[str, str]]) -> float:
        return groundedness(
            _REFERENCE.sub("", sentence), [text for key in cited for text in _texts(self._sources[key])]
        )


def _texts(passage: Passage) -> list[str]:
    """A passage's words, of the article in every language: a figure is the same in all of them."""
    if passage.source == ARTICLE:
        return [f"{each.heading}\n{each.text}" for each in article()[passage.id].values()]
    return [f"{passage.source}\n{passage.heading}\n{passage.text}"]


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
