"""What can be checked of any reply without a judge: proofs, quotes, claims, numbers, grounding, language.

Nothing here uses the advisor's own checks, so that a fault in those shows. Each check gives how many
things hold and how many there are. The definitions and their sources: `evals/README.md`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from advisor.content import content_path
from advisor.knowledge import RULES, article

if TYPE_CHECKING:
    from advisor.rules.book import RuleBook

Count = tuple[float, float]
"""How many hold, of how many."""

Sources = Mapping[tuple[str, str], tuple[str, ...]]
"""Source and passage id → its text in every language that it has."""

NGRAM = 5
CJK_NGRAM = 2
"""Lengths of the character sequences whose share in the passages measures grounding."""

_MARKER = re.compile(r"\[(\d+)\]")
_SENTENCE = re.compile(
    r"[^.!?。！？\n]*(?:[.!?](?!\s|$|[”’\"」』)*\[])[^.!?。！？\n]*)*(?:[.!?。！？]+[”’\"」』)*]*|\n|$)"
)
_QUOTED = re.compile(r"“([^“”]*)”|「([^「」]*)」|『([^『』]*)』")
_ASKED = re.compile(r"[?？][”’\"」』)*\s]*$")
_TOPIC = re.compile(
    r"\bRAG\b|fine-?\s?tun|\bhybrid\b|微調|微调|ファインチューニング|ハイブリッド|混合", re.IGNORECASE | re.ASCII
)
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_LIST_NUMBER = re.compile(r"^\s*\d+[.)、．]\s", re.MULTILINE)
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_CODE = re.compile(r"`[^`]*`|https?://\S+")
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)
_LIVE = re.compile(r"https?://|<!(?:channel|here|everyone|subteam)|<@[A-Z0-9]|\]\(|!\[|<script|<img", re.IGNORECASE)


def normalised(text: str) -> str:
    """``text`` as texts are compared: NFKC, one case, white space as one space, straight quotes."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"').split())


def article_sources(book: RuleBook) -> dict[tuple[str, str], tuple[str, ...]]:
    """The texts of the article's passages, headings included, and of the rules."""
    found = {
        ("article", passage_id): tuple(
            text for passage in parallel.values() for text in (passage.text, passage.heading)
        )
        for passage_id, parallel in article().items()
    }
    for rule in book.rules:
        found[RULES, rule.id] = tuple(rule.texts.values())
    return found


def sentences(reply: str) -> list[str]:
    """The sentences of ``reply``, by closing punctuation and line ends."""
    return [piece.strip() for piece in _SENTENCE.findall(reply) if piece.strip()]


def citations_hold(response: Mapping[str, Any], sources: Sources) -> Count:
    """Markers with a citation whose passage exists, and citations with a marker, of all of both."""
    given = {citation["n"]: (citation["source"], citation["id"]) for citation in response["citations"]}
    used = {int(number) for number in _MARKER.findall(response["reply"])}
    everything = used | set(given)
    return float(sum(n in used and given.get(n) in sources for n in everything)), float(len(everything))


def quotes_verbatim(response: Mapping[str, Any], said: Sequence[str], sources: Sources) -> Count:
    """Quotes that stand where they are said to stand, of all.

    A citation's quote stands in the cited passage. What the reply puts in quotation marks stands in a
    cited passage, in the user's words, or among the advisor's own examples; short spans are names.
    """
    held = of = 0
    cited: list[str] = []
    for citation in response["citations"]:
        quote = normalised(citation["quote"])
        texts = [normalised(text) for text in sources.get((citation["source"], citation["id"]), ())]
        cited += texts
        held += len(quote) >= 4 and any(quote in text for text in texts)
        of += 1
    known = [*(bare(text) for text in (*cited, *said)), _phrases()]
    for spans in _QUOTED.findall(_MARKER.sub("", response["reply"])):
        for piece in re.split("…", "".join(spans)):
            words = bare(piece)
            if len(words) >= (4 if _HAN.search(words) or _KANA.search(words) else 8):
                held += any(words in text for text in known)
                of += 1
    return float(held), float(of)


def bare(text: str) -> str:
    """``text`` as quoted spans are compared: letters and digits alone, one Chinese script."""
    return "".join(character for character in normalised(_simplified(text)) if character.isalnum())


@cache
def _phrases() -> str:
    return bare(_phrase_text())


@cache
def _phrase_text() -> str:
    """The advisor's own wording, in every language: what it says of itself is no claim of a source."""
    folder = content_path("prompts", "phrases")
    return " ".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.yaml")))


def own_words(text: str) -> str:
    """``text`` without what stands in quotation marks, code and addresses."""
    return _CODE.sub(" ", _QUOTED.sub(" ", text))


def claims_proved(response: Mapping[str, Any]) -> Count:
    """Sentences that state something of RAG or fine-tuning and carry a marker, of all such."""
    claims = [
        sentence
        for sentence in sentences(response["reply"])
        if _TOPIC.search(own_words(sentence))
        and not _ASKED.search(sentence)
        and not sentence.endswith((":", "：", ":**"))
    ]
    return float(sum(bool(_MARKER.search(sentence)) for sentence in claims)), float(len(claims))


def numbers_sourced(response: Mapping[str, Any], said: Sequence[str], sources: Sources) -> Count:
    """Numbers in the reply's own words that stand in a cited passage, in ``said`` or in a fact, of all."""
    cited = [
        text for citation in response["citations"] for text in sources.get((citation["source"], citation["id"]), ())
    ]
    known = {number for text in (*cited, *said, _phrase_text()) for number in _numbers(text)}
    recommendation = response["recommendation"] or {}
    for entry in response["facts"].values():
        if isinstance(entry["value"], int) and not isinstance(entry["value"], bool):
            known.add(_plain(str(entry["value"])))
    for reason in recommendation.get("because", ()):
        known |= _numbers(reason["text"])
    for step in recommendation.get("next_steps", ()):
        known |= _numbers(step)
    for flip in recommendation.get("would_change", ()):
        known |= _numbers(str(flip["value"]))
    reply = _LIST_NUMBER.sub("", own_words(_MARKER.sub("", response["reply"])))
    stated = [_plain(number) for number in _NUMBER.findall(unicodedata.normalize("NFKC", reply))]
    return float(sum(number in known for number in stated)), float(len(stated))


def _numbers(text: str) -> set[str]:
    return {_plain(number) for number in _NUMBER.findall(unicodedata.normalize("NFKC", text))}


def _plain(number: str) -> str:
    return number.replace(",", "").rstrip(".").lstrip("0") or "0"


def grounded(response: Mapping[str, Any], sources: Sources) -> Count:
    """The share of each proved sentence found in the passages that it cites, summed, of how many.

    Measured in characters' 5-grams, 2-grams for Chinese and Japanese; words in quotation marks that
    are not the passage's count like any other. Only answers, which quote passages, are meant: a
    sentence whose passages are rules alone is left out.
    """
    by_number = {citation["n"]: (citation["source"], citation["id"]) for citation in response["citations"]}
    shares = []
    for sentence in sentences(response["reply"]):
        cited = [by_number[int(n)] for n in _MARKER.findall(sentence) if int(n) in by_number]
        if not cited or all(source == RULES for source, _ in cited):
            continue
        words = _grams(_MARKER.sub("", sentence))
        support = set().union(*(_grams(text) for key in cited for text in sources.get(key, ())))
        if words:
            shares.append(len(words & support) / len(words))
    return sum(shares), float(len(shares))


def _grams(text: str) -> set[str]:
    folded = "".join(character if character.isalnum() else " " for character in normalised(_simplified(text)))
    found: set[str] = set()
    for run in re.findall(r"[\u3040-\u30ff\u3400-\u9fff]+", folded):
        found |= {run[place : place + CJK_NGRAM] for place in range(max(1, len(run) - CJK_NGRAM + 1))}
    latin = " ".join(re.sub(r"[\u3040-\u30ff\u3400-\u9fff]+", " ", folded).split())
    if len(latin) >= NGRAM:
        found |= {latin[place : place + NGRAM] for place in range(len(latin) - NGRAM + 1)}
    return found


@cache
def _converter(config: str) -> Any:
    from opencc import OpenCC

    return OpenCC(config)


def _simplified(text: str) -> str:
    return str(_converter("t2s").convert(text)) if _HAN.search(text) else text


def written_in(text: str) -> str | None:
    """The language that ``text`` is written in, by its script; ``None`` where no letter tells.

    Kana are Japanese; Han without kana is Chinese, traditional unless more characters are simplified
    only (OpenCC's tables); anything else is English.
    """
    text = own_words(_MARKER.sub(" ", text))
    han = _HAN.findall(text)
    latin = len(re.findall(r"[A-Za-z]{2,}", text))
    if len(_KANA.findall(text)) >= 2:
        return "ja"
    if len(han) > latin:
        joined = "".join(han)
        traditional = sum(a != b for a, b in zip(joined, _converter("t2s").convert(joined), strict=False))
        simplified = sum(a != b for a, b in zip(joined, _converter("s2t").convert(joined), strict=False))
        return "zh-Hant" if traditional >= simplified else "zh-Hans"
    return "en" if latin else None


def language_right(response: Mapping[str, Any], expected: str) -> Count:
    """Whether the reply says it is in ``expected`` and is."""
    seen = written_in(response["reply"])
    return float(response["language"] == expected and seen in (None, expected)), 1.0


def said_by_user(response: Mapping[str, Any], said: Sequence[str]) -> Count:
    """Facts whose ``said`` is a part of what the user wrote, of those that have words."""
    heard = [normalised(text) for text in said]
    words = [normalised(entry["said"]) for entry in response["facts"].values() if entry["said"]]
    return float(sum(any(word in text for text in heard) for word in words)), float(len(words))


def harmless(reply: str) -> bool:
    """Whether ``reply`` holds no control characters, live links, pings or images."""
    return not _CONTROL.search(reply) and not _LIVE.search(reply)


def without_quotes(response: Mapping[str, Any]) -> str:
    """The reply's own words, normalised: quoted words of the user's or of passages left out."""
    return normalised(own_words(response["reply"]))


def add(counts: Iterable[Count]) -> Count:
    """The sum."""
    hits = of = 0.0
    for hit, out_of in counts:
        hits, of = hits + hit, of + out_of
    return hits, of
