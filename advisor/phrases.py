"""What the embedded mode says: one file of phrases a language, the same keys and slots in each."""

from __future__ import annotations

import string
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from advisor.content import content_path
from advisor.errors import PhraseError
from advisor.yaml_text import parse_yaml

if TYPE_CHECKING:
    from advisor.language import Language


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of one language, by dotted key."""

    language: Language
    texts: dict[str, str]

    def say(self, key: str, **slots: object) -> str:
        """The phrase under ``key`` with its slots filled.

        Raises:
            PhraseError: there is no such phrase, or a slot has no value.
        """
        try:
            return self.texts[key].format_map({name: str(value) for name, value in slots.items()})
        except KeyError as error:
            message = f"phrase {key!r} in {self.language!r}: {error} is missing"
            raise PhraseError(message) from error


@cache
def phrases(language: Language) -> Phrases:
    """The phrases of ``language``.

    Raises:
        PhraseError: the file cannot be read or holds something other than text.
    """
    path = content_path("prompts", "phrases", f"{language}.yaml")
    try:
        raw = parse_yaml(path.read_bytes())
    except (OSError, yaml.YAMLError) as error:
        message = f"the phrases {path.name!r} cannot be read: {error}"
        raise PhraseError(message) from error
    texts: dict[str, str] = {}
    _flatten("", raw, texts)
    return Phrases(language, texts)


def _flatten(prefix: str, node: Any, texts: dict[str, str]) -> None:
    if isinstance(node, dict):
        for key, child in node.items():
            # YAML 1.1 reads a bare `yes` or `no` as a boolean.
            name = {True: "yes", False: "no"}.get(key, key) if isinstance(key, bool) else key
            _flatten(f"{prefix}.{name}" if prefix else str(name), child, texts)
    elif isinstance(node, str):
        texts[prefix] = node
    else:
        message = f"phrase {prefix!r} is {node!r}, not a text"
        raise PhraseError(message)


def slots_of(text: str) -> frozenset[str]:
    """The names of the slots in ``text``."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)
