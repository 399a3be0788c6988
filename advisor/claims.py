"""What the article comes to, sentence by sentence: our own words, each with the quote that it rests on.

`knowledge/claims/<language>.yaml` holds them for every language that the advisor answers in. They let an
answer begin with what was asked; the proof stays the quote.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from advisor.content import content_path
from advisor.errors import KnowledgeError
from advisor.knowledge import article, in_language
from advisor.yaml_text import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that a passage says."""

    passage: str
    """The passage's id."""
    claim: str
    """It in a sentence of ours."""
    quote: str
    """It in the article's words, a substring of one line of the passage."""

    @property
    def text(self) -> str:
        """What is searched for the point that a question asks for."""
        return f"{self.claim}\n{self.quote}"


@dataclass(frozen=True, slots=True)
class Sides:
    """One respect in which a passage sets RAG and fine-tuning side by side."""

    passage: str
    aspect: str
    rag: str
    fine_tune: str

    @property
    def text(self) -> str:
        """What is searched."""
        return f"{self.aspect}: {self.rag}; {self.fine_tune}"


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims in one language."""

    points: Mapping[str, tuple[Point, ...]]
    """Passage id → its points, in the order of the text."""
    sides: Mapping[str, Sides]
    """Passage id → the two sides, for passages that compare."""
    lists: Mapping[str, str]
    """Id of a section that is a list → the sentence that introduces it."""


_Text = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _PointEntry(_Strict):
    claim: _Text
    quote: _Text


class _SidesEntry(_Strict):
    aspect: _Text
    rag: _Text
    fine_tune: _Text


class _File(_Strict):
    points: dict[str, Annotated[list[_PointEntry], Field(min_length=1)]]
    sides: dict[str, _SidesEntry]
    lists: dict[str, _Text]


@cache
def claims(language: str) -> Claims:
    """The claims in ``language``.

    Raises:
        KnowledgeError: the file cannot be read, lacks a part, names a passage that is not in the article, or quotes
            what is not; every fault is named.
    """
    path = content_path("knowledge", "claims", f"{language}.yaml")
    try:
        found = _claims(_File.model_validate(parse_yaml(path.read_bytes())))
    except (OSError, yaml.YAMLError, RecursionError) as error:
        message = f"the claims {path.name!r} cannot be read: {error}"
        raise KnowledgeError(message) from error
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}" for fault in error.errors()]
        message = f"the claims {path.name!r} are not in the form of points, sides and lists: " + "; ".join(wrong)
        raise KnowledgeError(message) from error
    faults = list(_faults(found, language))
    if faults:
        message = f"the claims {path.name!r} do not fit the article: " + "; ".join(faults)
        raise KnowledgeError(message)
    return found


def _claims(file: _File) -> Claims:
    points = {
        passage: tuple(Point(passage, entry.claim, entry.quote) for entry in entries)
        for passage, entries in file.points.items()
    }
    sides = {passage: Sides(passage, entry.aspect, entry.rag, entry.fine_tune) for passage, entry in file.sides.items()}
    return Claims(points, sides, dict(file.lists))


def _faults(found: Claims, language: str) -> list[str]:
    passages = article()
    named = [*found.points, *found.sides, *found.lists]
    unknown = [f"there is no passage {passage!r}" for passage in named if passage not in passages]
    misquoted = [
        f"{point.quote[:40]!r} is not in {passage!r}"
        for passage, points in found.points.items()
        if passage in passages
        for point in points
        if not any(point.quote in line for line in in_language(passages[passage], language).lines)
    ]
    return unknown + misquoted
