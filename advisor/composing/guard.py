"""What a language model's sentence must be beyond proved, so that a model that obeys an attacker gets nothing out.

`citations.cite` checks references, numbers, names and the share of a sentence that its passages hold. A
compromised model can still hide a little of its own behind much of the source: a few words more, a "not", two
subjects exchanged, an advice to the reader. Each of these has a test here. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from advisor.citations import mentions_topic, sentences
from advisor.verification import VERDICT_GROUNDED, groundedness, same_script

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from advisor.language import Language

MAX_LENGTH = 400
"""Characters of one sentence."""

GROUNDED = 0.45
"""The least share of a sentence that stands in its passages."""

NOVEL_LETTERS, NOVEL_IDEOGRAPHS = 14, 8
"""The longest stretch that stands in no passage: some two words."""

SAME_SENTENCE = 0.6
"""The share of a passage's sentence above which a sentence of the model's repeats it."""

_LIVE = re.compile(r"[\[\]<>*_`#|\\~{}@]|://|\bwww\.|/{2}", re.IGNORECASE)
_IDEOGRAPH = re.compile(r"[\u3041-\u30ff\u3400-\u9fff]")
_NEGATION = re.compile(
    r"\b(?:no|not|never|without|nobody|nothing|cannot|neither|nor|isn't|aren't|hardly)\b|n't\b|n’t\b"
    r"|[不沒没無无非未]|ない|なく|なし|ません|ずに",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"\b(?:you|your|yours|we|our|us|i|my|me|please|now|today|immediately|let's)\b|[你您我]|貴社|御社|あなた|お客様|私|ください|立即|馬上|马上|今すぐ",
    re.IGNORECASE,
)
_TOPICS = {
    "rag": re.compile(r"(?<![A-Za-z])RAG(?![A-Za-z])|檢索增強|检索增强", re.IGNORECASE),
    "fine-tuning": re.compile(r"fine-?\s?tun|微調|微调|ファインチューニング", re.IGNORECASE),
    "hybrid": re.compile(r"hybrid|混合|ハイブリッド", re.IGNORECASE),
}
_CLAUSE = re.compile(r"[;:；：。.!?！？—–,，、]|\b(?:while|whereas|but|than)\b|而(?!且)|則|则|一方")


def fault(sentence: str, texts: Sequence[str], language: Language) -> str | None:
    """Why a model's sentence cannot stand, in words for a repair; ``None`` where it can.

    Args:
        sentence: one sentence, without references.
        texts: the passages that it cites.
        language: the language of the reply.
    """
    if not sentence or len(sentence) > MAX_LENGTH:
        return "empty or too long"
    if _LIVE.search(sentence) or any(unicodedata.category(each)[0] == "C" for each in sentence):
        return "markup, a link or a control character"
    if bool(_IDEOGRAPH.search(sentence)) != (language != "en"):
        return "not in the language of the reply"
    comparable = [text for text in texts if same_script(sentence, text)]
    if not comparable:
        return "the passages are in another language; quote them"
    share = groundedness(sentence, comparable)
    advises = bool(_ADDRESS.search(sentence)) and mentions_topic(sentence)
    if share < (VERDICT_GROUNDED if advises else GROUNDED) or _novel(sentence, comparable):
        return "words that the passages do not have"
    if _negated_otherwise(sentence, comparable):
        return "a negation that the passages do not have, or have and it has not"
    return "what is said of one thing in the passages, said of another" if _exchanged(sentence, comparable) else None


def has_ideographs(text: str) -> bool:
    """Whether a text is Chinese or Japanese, as far as comparing goes."""
    return bool(_IDEOGRAPH.search(text))


def _novel(sentence: str, texts: Sequence[str]) -> bool:
    """Whether a long stretch of words stands in no passage: what a paraphrase does not need, and a message does."""
    there = " ".join(" ".join(_words(text)) for text in texts)
    run = 0
    wide = bool(_IDEOGRAPH.search(sentence))
    for word in _words(sentence):
        run = 0 if word in there else run + len(word)
        if run > (NOVEL_IDEOGRAPHS if wide else NOVEL_LETTERS):
            return True
    return False


def _words(text: str) -> Iterator[str]:
    """Latin words from their fourth letter on, and pairs of ideographs, folded."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    for run in re.findall(r"[a-z0-9]{4,}|[\u3041-\u30ff\u3400-\u9fff]+", folded):
        if _IDEOGRAPH.search(run):
            yield from (run[place : place + 2] for place in range(0, len(run), 2))
        else:
            yield run[:6]  # inflections aside


def _negated_otherwise(sentence: str, texts: Sequence[str]) -> bool:
    negates = bool(_NEGATION.search(sentence))
    if negates and not any(_NEGATION.search(text) for text in texts):
        return True
    near = max(_sentences(texts), key=lambda each: groundedness(sentence, [each]), default="")
    repeats = groundedness(near, [sentence]) > SAME_SENTENCE
    return repeats and len(_NEGATION.findall(sentence)) != len(_NEGATION.findall(near))


def _exchanged(sentence: str, texts: Sequence[str]) -> bool:
    """Whether a clause says of one approach what the nearest clause of the passages says of another."""
    known = [clause for text in texts for clause in _clauses(text)]
    for clause in _clauses(sentence):
        said, bare = _named(clause), _bare(clause)
        if len(said) != 1 or len(bare) < 8:
            continue
        near = max(known, key=lambda each: groundedness(bare, [_bare(each)]), default="")
        if groundedness(bare, [_bare(near)]) > SAME_SENTENCE and _named(near) and not said <= _named(near):
            return True
    return False


def _sentences(texts: Sequence[str]) -> Iterator[str]:
    for text in texts:
        for line in text.split("\n"):
            yield from sentences(line)


def _clauses(text: str) -> list[str]:
    return [clause.strip() for line in text.split("\n") for clause in _CLAUSE.split(line) if clause.strip()]


def _named(text: str) -> frozenset[str]:
    return frozenset(name for name, pattern in _TOPICS.items() if pattern.search(text))


def _bare(text: str) -> str:
    for pattern in _TOPICS.values():
        text = pattern.sub(" ", text)
    return text.strip()
