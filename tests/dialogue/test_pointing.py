"""Which of the things that a passage says a question asks for, by vectors that are laid out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from advisor.claims import Point, claims
from advisor.dialogue.pointing import MOST, WITHIN, points
from advisor.knowledge import article, in_language
from advisor.language import LANGUAGES, Language
from advisor.retrieval.search import Hit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from advisor.llm.embeddings import Vector, Vectors

_ASKED: Vector = np.array([1.0, 0.0], dtype=np.float32)
_FAR = 0.1


class _Laid:
    """An embedder whose texts of a passage lie as near to `_ASKED` as it is told."""

    name = "laid out"

    def __init__(self, near: Mapping[str, float]) -> None:
        self._near = near
        self.embedded: list[str] = []

    def query(self, text: str) -> Vector:
        raise AssertionError(text)

    def queries(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        raise AssertionError(texts, progress)

    def passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        del progress
        self.embedded += texts
        near = np.array([self._near.get(text, _FAR) for text in texts], dtype=np.float32)
        return np.stack([near, np.sqrt(1 - near**2)], axis=1)


def _hit(passage: str, language: Language = "en") -> Hit:
    return Hit(1, 1.0, 1.0, in_language(article()[passage], language))


def _made(near: Mapping[int, float], passage: str = "my-take") -> tuple[int, ...]:
    """The places of the points that are made, where they lie as near as ``near`` says."""
    offered = claims("en").points[passage]
    laid = _Laid({offered[place].text: similarity for place, similarity in near.items()})
    return tuple(offered.index(point) for point in points([_hit(passage)], _ASKED, "en", laid))


@pytest.mark.parametrize("place", range(4))
def test_the_point_that_is_asked_for_is_made_alone(place: int) -> None:
    assert _made({place: 0.9}) == (place,)


def test_points_that_are_as_near_are_made_in_the_order_of_the_text() -> None:
    assert _made({3: 0.9, 1: 0.9 - WITHIN / 2}) == (1, 3)


def test_a_point_that_is_clearly_farther_is_not_made() -> None:
    assert _made({3: 0.9, 1: 0.9 - 2 * WITHIN}) == (3,)


def test_only_so_many_points_are_made_and_the_nearest_of_them() -> None:
    assert MOST == 3
    assert _made({0: 0.9, 1: 0.89, 2: 0.901, 3: 0.902}) == (0, 2, 3)


def test_a_passage_that_says_one_thing_is_not_weighed() -> None:
    laid = _Laid({})

    made = points([_hit("decision-framework/labeled-data")], _ASKED, "en", laid)

    assert made == claims("en").points["decision-framework/labeled-data"]
    assert laid.embedded == []


def test_every_passage_has_points_of_its_own_in_the_order_of_the_passages() -> None:
    offered = claims("en").points
    laid = _Laid({offered["closing"][2].text: 0.5, offered["my-take"][0].text: 0.9})

    made = points([_hit("closing"), _hit("my-take")], _ASKED, "en", laid)

    assert made == (offered["closing"][2], offered["my-take"][0])


@pytest.mark.parametrize("passage", ["core-differences/cost-structure", "references", "core-differences"])
def test_what_compares_or_says_nothing_of_its_own_has_no_points(passage: str) -> None:
    assert points([_hit(passage)], _ASKED, "en", _Laid({})) == ()


def test_no_passage_no_points() -> None:
    assert points([], _ASKED, "en", _Laid({})) == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_points_are_the_readers_and_quote_what_is_shown(language: Language) -> None:
    hits = [_hit(passage, language) for passage in claims(language).points]

    made: tuple[Point, ...] = points(hits, _ASKED, language, _Laid({}))

    assert {point.passage for point in made} == set(claims(language).points)
    by_id = {hit.passage.id: hit.passage for hit in hits}
    assert all(any(point.quote in line for line in by_id[point.passage].lines) for point in made)
