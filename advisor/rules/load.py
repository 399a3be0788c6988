"""Reads the rules file and refuses one that does not decide: every fault is reported at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from advisor.content import content_path
from advisor.errors import RequestError, RuleError
from advisor.language import LANGUAGES
from advisor.profile import FACTS, FactName, Profile, check_value
from advisor.rules import book as model
from advisor.rules.book import AtLeast, Condition, Finding, Not, OneOf, Rule, RuleBook, Step, findings_used
from advisor.rules.engine import answer_space, fire, unreachable
from advisor.yaml_text import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMAT = 1
"""The version of the rules file's form that this code reads."""

_SLOT = re.compile(r"\{([a-z-]+)\}")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _AssumptionEntry(_Strict):
    id: str
    value: int
    unit: str
    source: str
    date: Any
    text: dict[str, str]


class _StepEntry(_Strict):
    id: str
    kind: Literal["do", "log", "collect", "revisit"]
    text: dict[str, str]
    passages: Annotated[list[str], Field(min_length=1)]
    when: dict[str, Any] | None = None
    assumes: list[str] = []


class _RuleEntry(_Strict):
    id: str
    when: dict[str, Any]
    establishes: str | None = None
    recommends: model.Approach | None = None
    text: dict[str, str]
    passages: Annotated[list[str], Field(min_length=1)]
    assumes: list[str] = []
    next_steps: list[_StepEntry] = []


class _File(_Strict):
    format: Literal[1]
    version: str
    assumptions: list[_AssumptionEntry] = []
    facts: dict[str, list[str]]
    rules: Annotated[list[_RuleEntry], Field(min_length=1)]


def load_rules(passages: frozenset[str], path: Path | None = None) -> RuleBook:
    """Read the rules file and prove that it decides every case.

    Args:
        passages: the ids of the article's passages, which the rules may cite.
        path: the file; the shipped one when ``None``.

    Raises:
        RuleError: with one line for every fault: a wrong form, an unknown fact or value, a passage
            that does not exist, a missing language, a rule that can never fire, answers that no
            rule or more than one rule decides.
    """
    path = path or content_path("knowledge", "rules.yaml")
    try:
        raw = parse_yaml(path.read_bytes())
        entries = _File.model_validate(raw)
    except (OSError, yaml.YAMLError, RecursionError) as error:
        message = f"the rules file {path.name!r} cannot be read: {error}"
        raise RuleError(message) from error
    except ValidationError as error:
        faults = [f"{_place(fault['loc'], raw)}: {fault['msg']}" for fault in error.errors()]
        raise _rule_error(path, faults) from error
    reader = _Reader(passages)
    rule_book = reader.read(entries)
    faults = reader.faults if reader.unreadable else [*reader.faults, *_undecided(rule_book)]
    if faults:
        raise _rule_error(path, faults)
    return rule_book


def _rule_error(path: Path, faults: list[str]) -> RuleError:
    listed = "\n".join(f"  - {fault}" for fault in faults)
    return RuleError(f"the rules file {path.name!r} has {len(faults)} fault(s):\n{listed}")


def _place(location: tuple[int | str, ...], raw: Any) -> str:
    """Where in the file a fault lies, by the rule's id if it has one."""
    if len(location) > 1 and location[0] in ("rules", "assumptions") and isinstance(location[1], int):
        entry = raw[location[0]][location[1]]
        name = entry.get("id", location[1]) if isinstance(entry, dict) else location[1]
        return ".".join([f"{location[0]}[{name}]", *map(str, location[2:])])
    return ".".join(map(str, location)) or "the file"


class _Reader:
    """Turns the file's entries into the rule book and notes every fault on the way."""

    def __init__(self, passages: frozenset[str]) -> None:
        self.faults: list[str] = []
        self.unreadable = False
        """Whether a rule could not be read as it stands, so that walking the answer space would mislead."""
        self._passages = passages
        self._assumptions: frozenset[str] = frozenset()
        self._ids: set[str] = set()

    def read(self, entries: _File) -> RuleBook:
        self._assumptions = frozenset(entry.id for entry in entries.assumptions)
        assumptions = {
            entry.id: model.Assumption(
                entry.id, entry.value, entry.unit, entry.source, str(entry.date), self._texts(entry.id, entry.text)
            )
            for entry in entries.assumptions
        }
        rules = tuple(self._rule(entry) for entry in entries.rules)
        for name in unreachable(rules):
            self.unreadable = True
            self.faults.append(f"finding {name!r} is used before any rule establishes it")
        self._findings(rules)
        for entry in entries.assumptions:
            self._unique(entry.id)
        return RuleBook(entries.version, rules, assumptions, self._fact_passages(entries.facts))

    def _findings(self, rules: tuple[Rule, ...]) -> None:
        """A finding that nothing looks at, or that only a step looks at, is most likely misspelt."""
        established = {rule.establishes for rule in rules if rule.establishes is not None}
        used = {name for rule in rules for name in findings_used(rule.when)}
        self.faults += [f"finding {name!r} is established, but no rule looks at it" for name in established - used]
        for rule in rules:
            for step in rule.next_steps:
                for name in findings_used(step.when) - established if step.when is not None else ():
                    self.faults.append(f"next_steps[{step.id}].when: no rule establishes the finding {name!r}")

    def _rule(self, entry: _RuleEntry) -> Rule:
        where = f"rules[{entry.id}]"
        self._unique(entry.id)
        if (entry.establishes is None) == (entry.recommends is None):
            self.unreadable = True
            self.faults.append(f"{where}: wants exactly one of 'establishes' and 'recommends'")
        if entry.next_steps and entry.recommends is None:
            self.faults.append(f"{where}: only a rule that recommends has next_steps")
        self._known_passages(where, entry.passages)
        self._known_assumptions(where, entry.assumes)
        return Rule(
            entry.id,
            self._condition(where, entry.when),
            entry.establishes,
            entry.recommends,
            self._texts(where, entry.text),
            tuple(entry.passages),
            tuple(entry.assumes),
            tuple(self._step(where, step) for step in entry.next_steps),
        )

    def _step(self, where: str, entry: _StepEntry) -> Step:
        where = f"{where}.next_steps[{entry.id}]"
        self._unique(entry.id)
        self._known_passages(where, entry.passages)
        self._known_assumptions(where, entry.assumes)
        texts = self._texts(where, entry.text)
        for language, text in texts.items():
            for slot in _SLOT.findall(text):
                if slot not in entry.assumes:
                    self.faults.append(f"{where}.text.{language}: {{{slot}}} is not among its 'assumes'")
        when = None if entry.when is None else self._condition(where, entry.when)
        return Step(entry.id, entry.kind, texts, tuple(entry.passages), when, tuple(entry.assumes))

    def _condition(self, where: str, raw: Any) -> Condition:
        match raw:
            case {"all": list(parts), **rest} if not rest:
                return model.All(tuple(self._condition(where, part) for part in parts))
            case {"any": list(parts), **rest} if not rest:
                return model.Any(tuple(self._condition(where, part) for part in parts))
            case {"not": part, **rest} if not rest:
                return Not(self._condition(where, part))
            case {"finding": str(name), **rest} if not rest:
                return Finding(name)
            case {"fact": name, "is": value, **rest} if not rest:
                return OneOf(self._fact(where, name), self._values(where, name, [value]))
            case {"fact": name, "in": list(values), **rest} if not rest:
                return OneOf(self._fact(where, name), self._values(where, name, values))
            case {"fact": "daily_calls", "at_least": int(count), **rest} if not rest and count > 0:
                return AtLeast("daily_calls", count)
        self.unreadable = True
        self.faults.append(f"{where}.when: {raw!r} is not a condition")
        return model.Any(())

    def _fact(self, where: str, name: object) -> FactName:
        for fact in FACTS:
            if fact == name:
                return fact
        self.unreadable = True
        self.faults.append(f"{where}.when: unknown fact {name!r}; the facts are {', '.join(FACTS)}")
        return FACTS[0]

    def _values(self, where: str, name: object, values: list[Any]) -> tuple[Any, ...]:
        checked = []
        for fact in FACTS:
            if fact == name:
                for value in values:
                    try:
                        if value is None:
                            raise RequestError("null is no value that a rule can wait for")
                        checked.append(check_value(fact, value))
                    except RequestError as error:
                        self.unreadable = True
                        self.faults.append(f"{where}.when: {error}")
        return tuple(checked)

    def _fact_passages(self, raw: dict[str, list[str]]) -> dict[FactName, tuple[str, ...]]:
        for name, ids in raw.items():
            if name not in FACTS:
                self.faults.append(f"facts: unknown fact {name!r}")
            self._known_passages(f"facts.{name}", ids)
        for fact in FACTS:
            if not raw.get(fact):
                self.faults.append(f"facts: {fact!r} names no passage that says why it matters")
        return {fact: tuple(raw.get(fact, ())) for fact in FACTS}

    def _texts(self, where: str, texts: dict[str, str]) -> dict[str, str]:
        for language in LANGUAGES:
            if not texts.get(language, "").strip():
                self.faults.append(f"{where}.text: the language {language!r} is missing")
        for other in texts.keys() - set(LANGUAGES):
            self.faults.append(f"{where}.text: unknown language {other!r}")
        return texts

    def _known_passages(self, where: str, ids: list[str]) -> None:
        for passage_id in ids:
            if passage_id not in self._passages:
                self.faults.append(f"{where}.passages: no passage {passage_id!r} in the article")

    def _known_assumptions(self, where: str, ids: list[str]) -> None:
        for assumption in ids:
            if assumption not in self._assumptions:
                self.faults.append(f"{where}.assumes: no assumption {assumption!r}")

    def _unique(self, entry_id: str) -> None:
        if entry_id in self._ids:
            self.faults.append(f"the id {entry_id!r} stands twice")
        self._ids.add(entry_id)


def _undecided(rule_book: RuleBook) -> Iterator[str]:
    """Walk the whole answer space: gaps, overlaps, and rules that never fire."""
    fired_ever: set[str] = set()
    gaps = overlaps = 0
    example_gap = example_overlap = ""
    for profile in answer_space(rule_book, Profile(), FACTS):
        fired = fire(rule_book.rules, profile)
        fired_ever.update(rule.id for rule in fired)
        recommending = [rule.id for rule in fired if rule.recommends is not None]
        if not recommending:
            gaps += 1
            example_gap = example_gap or _answers(profile)
        elif len(recommending) > 1:
            overlaps += 1
            example_overlap = example_overlap or f"{' and '.join(recommending)} on {_answers(profile)}"
    if gaps:
        yield f"a gap: no rule recommends an approach for {gaps} kinds of answers, for example {example_gap}"
    if overlaps:
        yield f"an overlap: {overlaps} kinds of answers get more than one approach, for example {example_overlap}"
    for rule in rule_book.rules:
        if rule.id not in fired_ever:
            yield f"rules[{rule.id}]: unreachable, no set of answers makes it fire"


def _answers(profile: Profile) -> str:
    told = [f"{fact}={profile.value(fact)}" for fact in profile if profile.value(fact) is not None]
    return ", ".join(told) or "nothing known"
