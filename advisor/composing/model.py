"""Wording with a language model: the frame is the embedded composer's, the answers to questions are the model's.

The model sees a question and the passages that answer it, nothing else, and names for each sentence the
passages behind it. Every sentence is checked before anybody sees it; what fails is asked anew once where a
call is left, and else left out. Recommendation, next question, figures and quotes stay ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from advisor.citations import cite, reference, sentences, with_reference
from advisor.composing.answers import answered, around
from advisor.composing.embedded import Wording
from advisor.composing.guard import fault, has_ideographs
from advisor.composing.wording import MAX_SENTENCES, SCHEMA, Scanner, Worded, worded
from advisor.language import Language, to_simplified, to_traditional
from advisor.llm.client import ModelRequest
from advisor.phrases import phrases
from advisor.prompts import load_prompt

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from advisor.knowledge import Passage
    from advisor.llm.calls import Calls
    from advisor.llm.client import ModelReply
    from advisor.rules.book import RuleBook
    from advisor.turn import Answer, Turn

MAX_TOKENS = 500
"""Of an answer."""

MAX_QUESTION, MAX_PASSAGE = 600, 1_200
"""Characters that are sent of a question and of each passage."""

COMPOSE = load_prompt("compose", 1, "language", "passages", "question")
REPAIR = load_prompt("repair", 1, "language", "passages", "question", "rejected")

# Simplified readers are answered from the traditional text: what is checked must be in its script.
_WRITTEN: dict[Language, str] = {
    "en": "English",
    "zh-Hant": "Traditional Chinese, as written in Taiwan",
    "zh-Hans": "Traditional Chinese, as written in Taiwan",
    "ja": "Japanese",
}


class ModelComposer:
    """Words one turn; speaks `Composing`, as the embedded composer does."""

    def __init__(self, book: RuleBook, calls: Calls, *, stream: bool = False) -> None:
        """Nothing is asked yet.

        Args:
            book: the rules.
            calls: what the turn may still ask.
            stream: whether sentences are wanted as they come.
        """
        self._book = book
        self._calls = calls
        self._stream = stream

    def compose(self, turn: Turn) -> str:
        """The draft of the reply to ``turn``: Markdown with references, never empty."""
        return "".join(self.pieces(turn))

    def pieces(self, turn: Turn) -> Iterator[str]:
        """The draft piece by piece, each of whole and checked sentences."""
        words, begun = Wording(turn, self._book), False
        for block in self._blocks(turn, words):
            first = True
            for piece in block:
                if piece:
                    yield ("\n\n" if begun else "") + piece if first else piece
                    begun, first = True, False
        if not begun:
            yield words.nothing()

    def _blocks(self, turn: Turn, words: Wording) -> Iterator[Iterator[str]]:
        """Paragraphs, each in pieces."""
        yield from (iter([block]) for block in words.before_answers())
        for answer in turn.answers:
            said = phrases(turn.language)
            lead, rest = around(answer, turn.language, said)
            draft = _Draft(answer, turn.language)
            if draft.wordable:
                yield self._worded(draft, lead)
            yield from (iter([block]) for block in (rest if draft.kept else answered(answer, turn.language, said)))
        yield from (iter([block]) for block in words.after_answers())

    def _worded(self, draft: _Draft, lead: str) -> Iterator[str]:
        """The model's sentences that hold, with references; none where it fails before the first."""
        gap = " " if draft.language == "en" else ""
        for sentence in self._sentences(draft):
            yield (gap if draft.kept > 1 else lead and lead + gap) + sentence

    def _sentences(self, draft: _Draft) -> Iterator[str]:
        request = draft.request()
        reply = yield from self._streamed(request, draft) if self._stream else self._whole(request, draft)
        if reply is None:
            draft.kept = 0  # whatever was shown is no whole answer: the embedded one follows
        elif draft.rejected and self._calls.left > 0:
            mended = self._calls.complete(draft.repair())
            if mended is not None and mended.parsed is not None:
                yield from draft.taken(mended.parsed["sentences"])

    def _whole(self, request: ModelRequest, draft: _Draft) -> Generator[str, None, ModelReply | None]:
        reply = self._calls.complete(request)
        if reply is not None and reply.parsed is not None:
            yield from draft.taken(reply.parsed["sentences"])
        return reply

    def _streamed(self, request: ModelRequest, draft: _Draft) -> Generator[str, None, ModelReply | None]:
        scanner, streaming = Scanner(), self._calls.stream(request)
        seen, reply = 0, None
        try:
            while True:
                for item in scanner.feed(next(streaming)):
                    seen += 1
                    yield from draft.taken([item])
        except StopIteration as end:
            reply = cast("ModelReply | None", end.value)
        finally:
            streaming.close()
        if reply is not None and reply.parsed is not None:
            yield from draft.taken(reply.parsed["sentences"][seen:])
        return reply


@dataclass
class _Draft:
    """One answer as it comes about."""

    answer: Answer
    language: Language
    kept: int = 0
    """How many sentences held."""
    looked_at: int = 0
    rejected: list[tuple[str, str]] = field(default_factory=list)
    """Sentences that did not hold, and why."""
    _given: set[str] = field(default_factory=set, init=False)
    shown: dict[str, Passage] = field(init=False)
    """The passages that the model is shown, by the ids that it may name."""

    def __post_init__(self) -> None:
        found = [hit.passage for hit in self.answer.hits] + [each.passage for each in self.answer.excerpts]
        self.shown = {f"p{number}": passage for number, passage in enumerate(found, start=1)}

    @property
    def wordable(self) -> bool:
        """Whether a passage can be compared with what is said of it, being in the reply's own script."""
        return any((self.language == "en") != has_ideographs(passage.text) for passage in self.shown.values())

    def request(self) -> ModelRequest:
        """The question to the model."""
        rendered = COMPOSE.render(
            language=_WRITTEN[self.language], passages=self._passages(), question=self._question()
        )
        return ModelRequest(rendered.system, rendered.user, "compose", MAX_TOKENS, SCHEMA)

    def repair(self) -> ModelRequest:
        """The same about what was rejected."""
        rejected = "\n".join(f"- {text} ({why})" for text, why in self.rejected)
        rendered = REPAIR.render(
            language=_WRITTEN[self.language], passages=self._passages(), question=self._question(), rejected=rejected
        )
        return ModelRequest(rendered.system, rendered.user, "repair", MAX_TOKENS, SCHEMA)

    def taken(self, raw: list[object]) -> Iterator[str]:
        """Of sentences as they came, those that hold, with references."""
        for item in raw:
            self.looked_at += 1
            said = worded(item) if self.looked_at <= MAX_SENTENCES else None
            for sentence in self._held(said) if said is not None else ():
                if sentence in self._given:
                    continue
                self._given.add(sentence)
                self.kept += 1
                yield to_simplified(sentence) if self.language == "zh-Hans" else sentence

    def _held(self, said: Worded) -> Iterator[str]:
        text = to_traditional(said.text) if self.language in ("zh-Hant", "zh-Hans") else said.text
        cited = [self.shown[each] for each in dict.fromkeys(said.passages) if each in self.shown]
        for sentence in sentences(text):
            if not cited:
                self.rejected.append((sentence, "no passage id that exists"))
                continue
            why = fault(sentence, [f"{each.heading}\n{each.text}" for each in cited], self.language)
            if why is not None:
                self.rejected.append((sentence, why))
                continue
            marked = with_reference(sentence, *(reference(each.source, each.id) for each in cited))
            sources = {(each.source, each.id): each for each in cited}
            if cite(marked, sources, said=(), strict=True).dropped:
                self.rejected.append((sentence, "a figure or a name that the passages do not have"))
                continue
            yield marked

    def _passages(self) -> str:
        return "\n".join(f"[{number}] {_line(passage)}" for number, passage in self.shown.items())

    def _question(self) -> str:
        return self.answer.question[:MAX_QUESTION]


def _line(passage: Passage) -> str:
    return " ".join(passage.text.split())[:MAX_PASSAGE]
