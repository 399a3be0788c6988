"""The rule book: typed conditions over facts, and what follows from them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.profile import FactName, FactValue, Profile

Approach = Literal["rag", "fine_tune", "hybrid", "rag_then_fine_tune"]
"""What is recommended."""

APPROACHES: tuple[Approach, ...] = get_args(Approach)

Texts = dict[str, str]
"""The same text in each written language."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """Holds when the fact's value is one of ``values``."""

    fact: FactName
    values: tuple[FactValue, ...]

    def holds(self, profile: Profile, _findings: frozenset[str]) -> bool:
        """Whether the condition is met; an unknown or absent fact meets none."""
        value = profile.value(self.fact)
        return value is not None and any(type(v) is type(value) and v == value for v in self.values)


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Holds when the fact is a count of at least ``count``."""

    fact: FactName
    count: int

    def holds(self, profile: Profile, _findings: frozenset[str]) -> bool:
        """Whether the condition is met; an unknown or absent fact meets none."""
        value = profile.value(self.fact)
        return isinstance(value, int) and not isinstance(value, bool) and value >= self.count


@dataclass(frozen=True, slots=True)
class Finding:
    """Holds when an earlier rule established ``name``."""

    name: str

    def holds(self, _profile: Profile, findings: frozenset[str]) -> bool:
        """Whether the finding was established."""
        return self.name in findings


@dataclass(frozen=True, slots=True)
class All:
    """Holds when every part holds."""

    parts: tuple[Condition, ...]

    def holds(self, profile: Profile, findings: frozenset[str]) -> bool:
        """Whether every part holds."""
        return all(part.holds(profile, findings) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Any:
    """Holds when a part holds."""

    parts: tuple[Condition, ...]

    def holds(self, profile: Profile, findings: frozenset[str]) -> bool:
        """Whether a part holds."""
        return any(part.holds(profile, findings) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when ``part`` does not."""

    part: Condition

    def holds(self, profile: Profile, findings: frozenset[str]) -> bool:
        """Whether the part does not hold."""
        return not self.part.holds(profile, findings)


Condition = OneOf | AtLeast | Finding | All | Any | Not
Atom = OneOf | AtLeast


def atoms(condition: Condition) -> tuple[Atom, ...]:
    """The tests on facts inside ``condition``."""
    if isinstance(condition, (OneOf, AtLeast)):
        return (condition,)
    if isinstance(condition, Not):
        return atoms(condition.part)
    if isinstance(condition, (All, Any)):
        return tuple(atom for part in condition.parts for atom in atoms(part))
    return ()


def findings_used(condition: Condition) -> frozenset[str]:
    """The findings that ``condition`` looks at."""
    if isinstance(condition, Finding):
        return frozenset({condition.name})
    if isinstance(condition, Not):
        return findings_used(condition.part)
    if isinstance(condition, (All, Any)):
        return frozenset().union(*(findings_used(part) for part in condition.parts))
    return frozenset()


@dataclass(frozen=True, slots=True)
class Assumption:
    """A figure that is the advisor's own and is called so wherever it is shown."""

    id: str
    value: int
    unit: str
    source: str
    date: str
    """ISO date on which it was set."""
    texts: Texts


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do next."""

    id: str
    kind: Literal["do", "log", "collect", "revisit"]
    texts: Texts
    passages: tuple[str, ...]
    when: Condition | None
    """Only given when this holds; ``None`` is always."""
    assumes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """From a condition to a finding or to an approach."""

    id: str
    when: Condition
    establishes: str | None
    """The finding that holds when the rule fires; ``None`` for a rule that recommends."""
    recommends: Approach | None
    texts: Texts
    passages: tuple[str, ...]
    assumes: tuple[str, ...]
    next_steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Everything in the rules file, checked."""

    version: str
    rules: tuple[Rule, ...]
    assumptions: Mapping[str, Assumption]
    fact_passages: Mapping[FactName, tuple[str, ...]]
    """The passages that say why a fact matters."""

    def __hash__(self) -> int:
        return hash((self.version, tuple(rule.id for rule in self.rules)))

    def rule(self, rule_id: str) -> Rule:
        """The rule of that id.

        Raises:
            KeyError: there is none.
        """
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)

    def atoms(self, fact: FactName) -> tuple[Atom, ...]:
        """Every test that the rules make on ``fact``."""
        return tuple(atom for rule in self.rules for atom in atoms(rule.when) if atom.fact == fact)

    def assumed(self, text: str) -> str:
        """``text`` with each ``{assumption-id}`` replaced by the assumption's value."""
        for assumption in self.assumptions.values():
            text = text.replace("{" + assumption.id + "}", f"{assumption.value:,}")
        return text

    @property
    def fingerprint(self) -> str:
        """A short hash of the content, equal exactly when the rules are."""
        content = f"{self.rules!r}{sorted(self.assumptions.items())!r}"  # repr tells All from Any, asdict does not
        return hashlib.sha256(content.encode()).hexdigest()[:16]
