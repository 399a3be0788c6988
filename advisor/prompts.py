"""The prompts of the language model: versioned files with declared inputs, rendered strictly.

A file begins with its name, version and inputs; then comes the fixed part, the same in every call, so that a
server's prefix cache serves it; then, after a line ``---``, what changes from call to call. Words of users and
documents are data: they stand between marks that nothing in them can close.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from advisor.content import content_path
from advisor.errors import PromptError
from advisor.yaml_text import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

Kind = Literal["text", "data"]
"""`text` is the program's own; `data` was written by users or stands in documents."""

_FILE = re.compile(r"---\n(?P<front>.*?)\n---\n(?P<fixed>.*?)\n---\n(?P<changing>.*)", re.DOTALL)
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_ESCAPES = str.maketrans("<>", "‹›")
"""Marks are written with < and >; data has none of them."""


class _Front(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    version: int
    inputs: dict[str, Kind]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A prompt with its inputs filled in."""

    system: str
    """The fixed part."""
    user: str
    """What changes."""


@dataclass(frozen=True)
class Prompt:
    """One version of one prompt."""

    name: str
    version: int
    inputs: Mapping[str, Kind]
    fixed: str
    changing: str
    fingerprint: str
    """A hash of the whole file, 16 hexadecimal digits."""

    @property
    def label(self) -> str:
        """Name and version, as in the file's name."""
        return f"{self.name}.v{self.version}"

    def render(self, **values: str) -> Rendered:
        """Fill in the inputs, data so that it cannot leave its marks.

        Raises:
            PromptError: an input is missing, or there is none of a given name; all are named.
        """
        faults = list(_differences(self.inputs, values))
        if faults:
            raise _error(self.label, faults)

        def value(match: re.Match[str]) -> str:
            text = values[match[1]]
            return fenced(text) if self.inputs[match[1]] == "data" else text

        return Rendered(self.fixed, _VARIABLE.sub(value, self.changing))


def fenced(text: str) -> str:
    """``text`` as it may stand between marks: nothing in it can close them."""
    return text.translate(_ESCAPES)


@cache
def load_prompt(name: str, version: int, *given: str) -> Prompt:
    """The shipped prompt of that name and version, which the code will give the inputs ``given``.

    Raises:
        PromptError: it cannot be read, or its inputs are not the given ones; every fault is named.
    """
    prompt = read_prompt(content_path("prompts", f"{name}.v{version}.md"))
    faults = list(_differences(prompt.inputs, given))
    if (prompt.name, prompt.version) != (name, version):
        faults.append(f"the file says that it is {prompt.label!r}")
    if faults:
        raise _error(f"{name}.v{version}", faults)
    return prompt


def read_prompt(path: Path) -> Prompt:
    """Read a prompt file.

    Raises:
        PromptError: it cannot be read or is not written as a prompt; every fault is named.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"the prompt {path.name!r} cannot be read: {error}"
        raise PromptError(message) from error
    parts = _FILE.fullmatch(text)
    if parts is None:
        raise _error(path.name, ["it must be: ---, front matter, ---, the fixed part, ---, the changing part"])
    try:
        front = _Front.model_validate(parse_yaml(parts["front"].encode()))
    except (yaml.YAMLError, RecursionError) as error:
        raise _error(path.name, [f"the front matter is no YAML: {error}"]) from error
    except ValidationError as error:
        listed = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        raise _error(path.name, listed) from error
    faults = list(_faults(front.inputs, parts["fixed"], parts["changing"]))
    if faults:
        raise _error(path.name, faults)
    fingerprint = hashlib.sha256(text.encode()).hexdigest()[:16]
    return Prompt(
        front.name, front.version, front.inputs, parts["fixed"].strip(), parts["changing"].strip(), fingerprint
    )


def _faults(inputs: Mapping[str, Kind], fixed: str, changing: str) -> Iterator[str]:
    yield from (f"the fixed part has the variable {name!r}; it must not change" for name in _VARIABLE.findall(fixed))
    used = set(_VARIABLE.findall(changing))
    yield from (f"the variable {name!r} is not declared" for name in sorted(used - set(inputs)))
    yield from (f"the input {name!r} is declared and stands nowhere" for name in sorted(set(inputs) - used))
    for name in sorted(used & set(inputs)):
        marked = f"<{name}>\n{{{{{name}}}}}\n</{name}>"
        if inputs[name] == "data" and changing.count(f"{{{{{name}}}}}") != changing.count(marked):
            yield f"the input {name!r} is data and must stand alone between <{name}> and </{name}>"


def _differences(inputs: Mapping[str, Kind], given: Iterable[str]) -> Iterator[str]:
    names = set(given)
    yield from (f"the input {name!r} is missing" for name in sorted(set(inputs) - names))
    yield from (f"there is no input {name!r}" for name in sorted(names - set(inputs)))


def _error(name: str, faults: Iterable[str]) -> PromptError:
    listed = "\n".join(f"  - {fault}" for fault in faults)
    return PromptError(f"the prompt {name!r} is not as it must be:\n{listed}")
