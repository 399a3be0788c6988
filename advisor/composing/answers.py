"""An answer in words: the claim first, then the article's own words for it; every sentence with its proof.

Who asks gets the claim, who doubts gets the quote. Comparisons are put side by side, lists as lists, and
what the sources do not cover is said to be so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor.citations import excerpt_words, mentions_topic, quoted_words, reference, sentences, with_reference
from advisor.claims import claims
from advisor.knowledge import ARTICLE, article
from advisor.language import to_simplified

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from advisor.claims import Point
    from advisor.language import Language
    from advisor.phrases import Phrases
    from advisor.retrieval.search import Hit
    from advisor.turn import Answer, Excerpt

FULL_STOP = {"en": ".", "zh-Hant": "。", "zh-Hans": "。", "ja": "。"}

_FULL_STOP = re.compile(r"(?<=。)|(?<=\.)\s+")

LISTED = 3
"""Passages from which an answer is a list; what proves it then stands in the citations alone."""


def around(answer: Answer, language: Language, phrases: Phrases) -> tuple[str, tuple[str, ...]]:
    """What stands before and after an answer that somebody else words: that it is otherwise, and what is left open."""
    lead = phrases.say("answer.otherwise") if answer.hits and answer.contradicted else ""
    return lead, tuple(_Wording(answer, language, phrases).not_covered())


def answered(answer: Answer, language: Language, phrases: Phrases) -> Iterator[str]:
    """The paragraphs of the answer to one question, with references."""
    wording = _Wording(answer, language, phrases)
    if answer.hits:
        yield from wording.from_article()
    for excerpt in answer.excerpts:
        yield quoted(excerpt, phrases)
    yield from wording.not_covered()


def quoted(excerpt: Excerpt, phrases: Phrases) -> str:
    """What a document of the user's says, in its own language; its text is matter that is quoted."""
    passage = excerpt.passage
    return phrases.say(
        "answer.document",
        name=quoted_words(passage.source),
        quote=excerpt_words(excerpt.quote).rstrip(".。"),
        refs=reference(passage.source, passage.id),
    )


def quoting(answers: Sequence[Answer], language: Language, phrases: Phrases) -> str:
    """The draft that is left when no sentence of another one held: the passages themselves, or that nothing can be said."""
    passages = [hit.passage for answer in answers for hit in answer.hits]
    quotes = [
        f"“{sentence.rstrip('.。')}” {reference(passage.source, passage.id)}{FULL_STOP[language]}"
        for passage in passages
        for line in passage.lines
        for sentence in sentences(line.strip("“”"))
    ]
    return "\n".join([phrases.say("answer.intro"), *quotes]) if quotes else phrases.say("again.nothing_read")


class _Wording:
    """The parts of one answer."""

    def __init__(self, answer: Answer, language: Language, phrases: Phrases) -> None:
        self._answer = answer
        self._language = language
        self._claims = claims(language)
        self._phrases = phrases
        self._say = phrases.say
        self._stop = FULL_STOP[language]
        self._gap = " " if language == "en" else ""

    def from_article(self) -> Iterator[str]:
        """What the article says: claims, then the words that they rest on."""
        hits = self._answer.hits
        lead = self._say("answer.otherwise") if self._answer.contradicted else ""
        if len(hits) < LISTED:
            yield self._gap.join(part for part in (lead, *map(self._statement, hits)) if part)
            quotes = self._gap.join(self._quotes(hit) for hit in hits)
            if quotes:
                yield self._say("answer.support", quotes=quotes)
            return
        intro = self._claims.lists.get(hits[0].passage.id.split("/", 1)[0]) if self._one_list() else None
        lines = [f"- {self._item(hit)}" for hit in hits]
        yield "\n".join([*filter(None, (lead, intro or self._say("answer.intro"))), *lines])

    def not_covered(self) -> Iterator[str]:
        """What the sources leave open: all that was asked, or a part of it."""
        answer = self._answer
        if answer.nearest is not None:
            yield self._say("answer.nearest")
            yield quoted(answer.nearest, self._phrases)
        elif not answer.supported:
            yield self._say("answer.not_covered_documents" if answer.has_documents else "answer.not_covered")
            yield self._say("answer.can_ask")
        for part in answer.not_covered:
            words = quoted_words(part)
            named = mentions_topic(words)  # a sentence that names the topic would want a proof, and there is none
            yield self._say("answer.partly") if named else self._say("answer.partly_named", words=words)

    def _one_list(self) -> bool:
        """Whether the passages are one whole list of the article."""
        shown = {hit.passage.id for hit in self._answer.hits}
        section = next(iter(shown)).split("/", 1)[0]
        return shown == {passage for passage in article() if passage.startswith(f"{section}/")}

    def _statement(self, hit: Hit) -> str:
        """What a passage comes to: its two sides or its points; where there are none, its own words."""
        points = self._points(hit)
        if hit.passage.id in self._claims.sides or not points:
            return self._item(hit)
        return self._marked(hit, [point.claim for point in points])

    def _item(self, hit: Hit) -> str:
        """A passage as one of a list: its two sides, or its own words in the reader's script."""
        sides = self._claims.sides.get(hit.passage.id) if hit.passage.source == ARTICLE else None
        if sides is not None:
            return self._say(
                "answer.sides",
                aspect=sides.aspect,
                rag=sides.rag,
                fine_tune=sides.fine_tune,
                refs=reference(hit.passage.source, hit.passage.id),
            )
        said = self._marked(hit, hit.passage.lines)
        return to_simplified(said) if self._language == "zh-Hans" else said

    def _marked(self, hit: Hit, texts: Sequence[str]) -> str:
        """The sentences of ``texts``, each with the passage's reference."""
        mark = reference(hit.passage.source, hit.passage.id)
        return self._gap.join(
            with_reference(sentence if re.search(r"[.!?。！？”」]$", sentence) else sentence + self._stop, mark)
            for text in texts
            for sentence in sentences(text)
        )

    def _points(self, hit: Hit) -> list[Point]:
        return [point for point in self._answer.points if point.passage == hit.passage.id]

    def _quotes(self, hit: Hit) -> str:
        """The words that the statement about a passage rests on, a sentence each, with its reference and full stop."""
        compared = hit.passage.id in self._claims.sides
        quotes = hit.passage.lines if compared else [point.quote for point in self._points(hit)]
        mark = reference(hit.passage.source, hit.passage.id)
        spans = [span.rstrip(".。") for quote in quotes for span in _FULL_STOP.split(quote) if span]
        return self._gap.join(f"“{span}” {mark}{self._stop}" for span in spans)
