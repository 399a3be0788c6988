"""Facts from a file: YAML or JSON, told by a program rather than in a conversation."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from advisor.errors import RequestError
from advisor.profile import Known, Profile, check_value, fact_name
from advisor.yaml_text import parse_yaml

_ALIAS = re.compile(r"(?:^|[\s\[{,:-])[&*][A-Za-z0-9_]")
"""An anchor or alias; a few nested ones unfold to gigabytes."""


def _parsed(text: str) -> Any:
    """JSON first, for YAML 1.1 reads some of it differently; then YAML."""
    try:
        return json.loads(text)
    except ValueError:
        if _ALIAS.search(text):
            raise RequestError(
                "the facts are neither YAML nor JSON as read here: anchors and aliases are refused, write each value out"
            ) from None
        return parse_yaml(text)


def read_facts(text: str) -> Profile:
    """Read a mapping of facts to values, or to ``{value, said, turn}`` as a response carries them.

    Raises:
        RequestError: it is not a mapping, or a fact or value is not the contract's; every fault is told.
    """
    try:
        raw = _parsed(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        message = f"the facts are neither YAML nor JSON: {error}"
        raise RequestError(message) from error
    if raw is None:
        return Profile()
    if isinstance(raw, dict) and set(raw) == {"facts"}:
        raw = raw["facts"]
    if not isinstance(raw, dict):
        message = "the facts must be a mapping such as {labeled_data: insufficient}"
        raise RequestError(message)
    profile, faults = Profile(), []
    for name, entry in raw.items():
        try:
            fact = fact_name(str(name))
            value, said = _told(entry)
            profile = profile.with_fact(fact, Known(check_value(fact, value), said, 0))
        except RequestError as error:
            faults.append(str(error))
    if faults:
        listed = "\n".join(f"  - {fault}" for fault in faults)
        message = f"the facts have {len(faults)} fault(s):\n{listed}"
        raise RequestError(message)
    return profile


def _told(entry: Any) -> tuple[Any, str]:
    if isinstance(entry, dict):
        if "value" not in entry:
            message = f"{entry!r} has no 'value'"
            raise RequestError(message)
        return entry["value"], str(entry.get("said") or "")
    return entry, ""
