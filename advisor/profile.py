"""The facts about a use case, and what is known of them.

Three states are kept apart: a fact that is absent was never asked and never told; ``None`` means that
the user was asked and does not know; any other value was told. ``False`` is a told value like any other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from advisor.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FactName = Literal[
    "knowledge_update_frequency",
    "output_priority",
    "labeled_data",
    "traceability_required",
    "strict_format",
    "daily_calls",
    "specialized_language",
    "use_case_validated",
]
FactValue = str | bool | int | None

FACTS: tuple[FactName, ...] = get_args(FactName)
"""All facts, in the order in which the article raises them."""

FRAMEWORK: tuple[FactName, ...] = FACTS[:4]
"""The facts that the article's four framework questions ask for."""

CHOICES: dict[FactName, tuple[str | bool, ...]] = {
    "knowledge_update_frequency": (
        "realtime",
        "daily",
        "weekly",
        "monthly",
        "quarterly",
        "yearly",
        "static",
    ),
    "output_priority": ("accuracy", "consistency", "both"),
    "labeled_data": ("sufficient", "insufficient"),
    "traceability_required": (True, False),
    "strict_format": (True, False),
    "specialized_language": (True, False),
    "use_case_validated": (True, False),
}
"""The closed set of values of every fact but `daily_calls`, which is a count of calls a day."""

MAX_DAILY_CALLS = 10**15
"""Beyond this a number of calls a day is a slip of the keyboard."""


def fact_name(name: str) -> FactName:
    """Return ``name`` as a fact's name.

    Raises:
        RequestError: there is no such fact.
    """
    for fact in FACTS:
        if fact == name:
            return fact
    message = f"unknown fact {name!r}; the facts are {', '.join(FACTS)}"
    raise RequestError(message)


def check_value(fact: FactName, value: object) -> FactValue:
    """Return ``value`` if ``fact`` may have it, with 2.0e6 read as 2000000.

    Raises:
        RequestError: the value is not one of the fact's.
    """
    if value is None:
        return None
    if fact == "daily_calls":
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_DAILY_CALLS:
            return value
        message = f"{fact}: {value!r} is not a count of calls a day (a whole number, 0 or more)"
        raise RequestError(message)
    for choice in CHOICES[fact]:
        if type(choice) is type(value) and choice == value:
            return choice
    allowed = ", ".join(str(c).lower() if isinstance(c, bool) else c for c in CHOICES[fact])
    message = f"{fact}: {value!r} is not one of {allowed}, null"
    raise RequestError(message)


@dataclass(frozen=True, slots=True)
class Known:
    """What was told about one fact."""

    value: FactValue
    """The value; ``None`` when the user was asked and does not know."""
    said: str
    """The user's own words, a substring of their message; empty when the fact came from a file."""
    turn: int
    """The turn in which it was told, counted from 1; 0 for a file."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two profiles."""

    fact: FactName
    before: Known | None
    after: Known | None

    @property
    def is_correction(self) -> bool:
        """Whether a told value was replaced by another."""
        return self.before is not None and self.before.value is not None and self.after is not None


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a use case: an immutable mapping from facts to what was told."""

    facts: Mapping[FactName, Known] = field(default_factory=dict)

    def __contains__(self, fact: object) -> bool:
        """Whether the fact was told or asked."""
        return fact in self.facts

    def __iter__(self) -> Iterator[FactName]:
        """Iterate over known facts in the order of `FACTS`."""
        return (fact for fact in FACTS if fact in self.facts)

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return bool(self.facts)

    def get(self, fact: FactName) -> Known | None:
        """What was told about ``fact``, or ``None`` if it is absent."""
        return self.facts.get(fact)

    def value(self, fact: FactName) -> FactValue:
        """The fact's value; ``None`` for unknown and for absent."""
        known = self.facts.get(fact)
        return None if known is None else known.value

    def open_facts(self) -> tuple[FactName, ...]:
        """Facts never asked and never told."""
        return tuple(fact for fact in FACTS if fact not in self.facts)

    def with_fact(self, fact: FactName, known: Known) -> Profile:
        """A copy that knows ``fact`` as ``known``."""
        return Profile({**self.facts, fact: known})

    def without(self, fact: FactName) -> Profile:
        """A copy in which ``fact`` is absent."""
        return Profile({name: known for name, known in self.facts.items() if name != fact})

    def with_value(self, fact: FactName, value: FactValue) -> Profile:
        """A copy with another value, for working out what would be if."""
        return self.with_fact(fact, Known(value, "", 0))

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """The contract's form of the facts."""
        return {
            fact: {"value": known.value, "said": known.said, "turn": known.turn}
            for fact in self
            if (known := self.facts[fact])
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Mapping[str, Any]]) -> Profile:
        """Read what `to_dict` wrote.

        Raises:
            RequestError: a fact or value is not the contract's.
        """
        facts: dict[FactName, Known] = {}
        for name, entry in data.items():
            fact = fact_name(name)
            try:
                facts[fact] = Known(check_value(fact, entry["value"]), str(entry["said"]), int(entry["turn"]))
            except (KeyError, TypeError, ValueError) as error:
                message = f"{name}: {entry!r} is not a stored fact"
                raise RequestError(message) from error
        return cls(facts)
