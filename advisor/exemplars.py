"""What people say and ask, by what it means: the examples from which reading and retrieval are learnt.

`knowledge/exemplars/<language>.yaml` holds answers to the questions, what people tell unasked (one
fact, several, or none), and moves that are neither; `knowledge/questions/<language>.yaml` holds questions that a passage answers
and questions that none does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import yaml

from advisor.content import content_path
from advisor.errors import KnowledgeError
from advisor.language import LANGUAGES
from advisor.yaml_text import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

_MANY_CALLS = 1_000_000


@dataclass(frozen=True, slots=True)
class Exemplar:
    """Something that people say, and what it means."""

    text: str
    language: str
    kind: Literal["answer", "told", "move"]
    """An answer to a question, something told unasked, or a move that is neither."""
    labels: tuple[str, ...]
    """``fact=value``: one of an answer, any number of what is told, none included; the name of a move."""


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question and the passages that answer it; no passage where the article does not."""

    text: str
    language: str
    passages: tuple[str, ...]
    false_premise: bool = False


def exemplars() -> tuple[Exemplar, ...]:
    """Every exemplar.

    Raises:
        KnowledgeError: a file cannot be read.
    """
    return tuple(item for language in LANGUAGES for item in _exemplars(language))


def _exemplars(language: str) -> Iterator[Exemplar]:
    raw = _read("exemplars", language)
    for fact, values in raw["answers"].items():
        for value, texts in values.items():
            yield from (Exemplar(text, language, "answer", (_label(fact, value),)) for text in texts)
    for section in ("statements", "corrections"):
        for fact, values in raw.get(section, {}).items():
            for value, texts in values.items():
                yield from (Exemplar(text, language, "told", (_label(fact, value),)) for text in texts)
    for entry in raw.get("tellings", ()):
        labels = tuple(_label(fact, value) for fact, value in entry["facts"].items())
        yield Exemplar(entry["text"], language, "told", labels)
    yield from (Exemplar(text, language, "told", ()) for text in raw["none"])
    for move, texts in raw["moves"].items():
        yield from (Exemplar(text, language, "move", (move,)) for text in texts)


def _label(fact: str, value: object) -> str:
    """The label of a fact's value; of a count of calls only whether it is the article's million or more."""
    if fact == "daily_calls" and isinstance(value, int):
        return f"{fact}={'high' if value >= _MANY_CALLS else 'low'}"
    return f"{fact}={str(value).lower() if isinstance(value, bool) else value}"


def question_views() -> tuple[QuestionView, ...]:
    """Every example of a question.

    Raises:
        KnowledgeError: a file cannot be read.
    """
    return tuple(item for language in LANGUAGES for item in _question_views(language))


def _question_views(language: str) -> Iterator[QuestionView]:
    raw = _read("questions", language)
    for passage_id, texts in raw["covered"].items():
        for text in texts:
            yield QuestionView(text, language, (passage_id,))
    for entry in raw["two_sections"]:
        yield QuestionView(entry["question"], language, tuple(entry["passages"]))
    for entry in raw["false_premise"]:
        yield QuestionView(entry["question"], language, tuple(entry["passages"]), false_premise=True)
    for text in raw["not_covered"]:
        yield QuestionView(text, language, ())


def _read(folder: str, language: str) -> dict[str, Any]:
    path = content_path("knowledge", folder, f"{language}.yaml")
    try:
        raw = parse_yaml(path.read_bytes())
    except (OSError, yaml.YAMLError) as error:
        message = f"the examples {folder}/{path.name} cannot be read: {error}"
        raise KnowledgeError(message) from error
    if not isinstance(raw, dict):
        message = f"the examples {folder}/{path.name} are not a mapping"
        raise KnowledgeError(message)
    return raw
