"""What people say and ask, by what it means: the examples from which reading and retrieval are learnt.

`knowledge/exemplars/<language>.yaml` holds answers, statements in stories, sentences that state
nothing, and other moves; `knowledge/questions/<language>.yaml` holds questions that a passage answers
and questions that none does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from advisor.content import content_path
from advisor.errors import KnowledgeError
from advisor.language import LANGUAGES
from advisor.yaml_text import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Exemplar:
    """Something that people say, and what it means."""

    text: str
    language: str
    kind: str
    """``answer``, ``statement``, ``none``, or ``move``."""
    label: str
    """``fact=value`` for answers and statements, the move's name for moves, empty for ``none``."""


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
    for section, kind in (("answers", "answer"), ("statements", "statement")):
        for fact, values in raw[section].items():
            for value, texts in values.items():
                name = str(value).lower() if isinstance(value, bool) else value
                for text in texts:
                    yield Exemplar(text, language, kind, f"{fact}={name}")
    for fact, values in raw.get("corrections", {}).items():
        for value, texts in values.items():
            name = str(value).lower() if isinstance(value, bool) else value
            for text in texts:
                yield Exemplar(text, language, "statement", f"{fact}={name}")
    for text in raw["none"]:
        yield Exemplar(text, language, "none", "")
    for move, texts in raw["moves"].items():
        for text in texts:
            yield Exemplar(text, language, "move", move)


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
