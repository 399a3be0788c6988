"""Which passages answer a question, if the sources cover it at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.knowledge import ARTICLE, article, in_language
from advisor.language import source_language
from advisor.retrieval.search import Hit

if TYPE_CHECKING:
    from advisor.derived import Derived
    from advisor.knowledge import Passage
    from advisor.language import Language
    from advisor.retrieval.search import Retriever

COVERED = 0.0
"""The least `Reader.covered` of a question that the sources cover; 0 is the learnt boundary."""

NEAR = 0.93
"""A question this similar to a known covered one is covered, whatever its words."""

SECOND_WITHIN = 0.012
"""A second passage is shown when its similarity is within this of the first's."""

MAX_PASSAGES = 3


class Answering:
    """Answers from passages alone: finds them, and refuses where there are none."""

    def __init__(self, derived: Derived, retriever: Retriever) -> None:
        self._derived = derived
        self._retriever = retriever

    def passages(self, language: str) -> dict[tuple[str, str], Passage]:
        """Everything that can be cited, in the reader's language."""
        return self._retriever.passages(language)

    def answer(self, question: str, language: Language) -> tuple[Hit, ...]:
        """The passages that answer ``question``, best first; none where the sources do not cover it.

        Raises:
            KnowledgeError: the index can neither be opened nor built.
        """
        vector = self._derived.embedder.query(question[:2_000])
        hits = [hit for hit in self._retriever.search(question, 8, language, vector) if hit.passage.source == ARTICLE]
        if not hits:
            return ()
        covered = self._derived.reader.covered(vector, question)
        if covered < COVERED and max(hit.similarity for hit in hits) < NEAR:
            return ()
        best = hits[0]
        chosen = [best]
        for hit in hits[1:]:
            if hit.passage.language != source_language(language):
                continue  # what stands in another language alone is quoted only as the best there is
            if hit.similarity >= best.similarity - SECOND_WITHIN and len(chosen) < MAX_PASSAGES - 1:
                chosen.append(hit)
        return tuple(_expanded(chosen, language))


def _expanded(chosen: list[Hit], language: str) -> list[Hit]:
    """A section that is a list stands for its bullets; each passage once."""
    found: dict[str, Hit] = {}
    passages = article()
    for hit in chosen:
        bullets = [passage_id for passage_id in passages if passage_id.startswith(f"{hit.passage.id}/")]
        for passage_id in bullets or [hit.passage.id]:
            passage = in_language(passages[passage_id], language)
            found.setdefault(passage_id, Hit(hit.rank, hit.score, hit.similarity, passage))
    return list(found.values())
