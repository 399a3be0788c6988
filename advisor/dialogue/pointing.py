"""Which of the things that a passage says a question asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.claims import claims

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.claims import Point
    from advisor.language import Language
    from advisor.llm.embeddings import Embedder, Vector
    from advisor.retrieval.search import Hit

WITHIN = 0.03
"""A further point is made when its similarity is within this of the best one's of its passage."""

MOST = 3
"""Points of a passage that an answer makes."""


def points(hits: Sequence[Hit], vector: Vector, language: Language, embedder: Embedder) -> tuple[Point, ...]:
    """The points to make of each passage of ``hits``, in the order of the passages and of their text."""
    found: list[Point] = []
    for hit in hits:
        made = claims(language).points.get(hit.passage.id, ())
        if len(made) > 1:
            near = embedder.passages([point.text for point in made]) @ vector
            order = sorted(range(len(made)), key=lambda place: -near[place])[:MOST]
            made = tuple(made[place] for place in sorted(order) if near[place] >= near[order[0]] - WITHIN)
        found += made
    return tuple(found)
