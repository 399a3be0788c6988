"""From facts to a recommendation: pure, deterministic, and able to say why."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from advisor.profile import CHOICES, FACTS, FRAMEWORK
from advisor.rules.book import AtLeast, OneOf, atoms, findings_used

if TYPE_CHECKING:
    from collections.abc import Iterator

    from advisor.profile import FactName, FactValue, Profile
    from advisor.rules.book import Approach, Rule, RuleBook, Step


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that fired, and the user's words that made it."""

    rule: Rule
    said: str | None
    """The user's own words; ``None`` when the rule fired for want of an answer, or on a file's facts."""
    facts: tuple[FactName, ...]
    """The told facts that the rule looked at."""


@dataclass(frozen=True, slots=True)
class Flip:
    """A single fact whose other value would give another approach."""

    fact: FactName
    value: FactValue
    approach: Approach


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What follows from the facts. It carries no language: texts are chosen where it is shown."""

    approach: Approach
    final: bool
    """Whether the four framework questions are answered and no open fact can change the approach."""
    because: tuple[Reason, ...]
    """The rules that fired, in the order of the file; one of them recommends."""
    would_change: tuple[Flip, ...]
    next_steps: tuple[Step, ...]

    @property
    def rule(self) -> Rule:
        """The rule that recommends."""
        return next(reason.rule for reason in self.because if reason.rule.recommends is not None)


def fire(rules: tuple[Rule, ...], profile: Profile) -> tuple[Rule, ...]:
    """The rules that fire on ``profile``, in file order; findings hold for the rules after them."""
    findings: frozenset[str] = frozenset()
    fired = []
    for rule in rules:
        if rule.when.holds(profile, findings):
            fired.append(rule)
            if rule.establishes is not None:
                findings |= {rule.establishes}
    return tuple(fired)


def approach_of(book: RuleBook, profile: Profile) -> Approach:
    """The approach that the rules recommend; the loader has proved that there is exactly one."""
    return next(rule.recommends for rule in fire(book.rules, profile) if rule.recommends is not None)


def representatives(book: RuleBook, fact: FactName) -> tuple[FactValue, ...]:
    """One value of ``fact`` for each way in which the rules can see it, unknown included.

    Two values that no rule tells apart are the same to the decision, so these few stand for the
    whole domain: checking every combination of them checks every combination of answers.
    """
    tests = book.atoms(fact)
    seen: dict[tuple[bool, ...], FactValue] = {}
    for value in (None, *domain(book, fact)):
        signature = tuple(_test(atom, value) for atom in tests)
        seen.setdefault(signature, value)
    return tuple(seen.values())


def domain(book: RuleBook, fact: FactName) -> tuple[FactValue, ...]:
    """Every value of a closed fact; for a count, both sides of every threshold in the rules."""
    if fact in CHOICES:
        return CHOICES[fact]
    counts = {0}
    for atom in book.atoms(fact):
        if isinstance(atom, AtLeast):
            counts |= {atom.count - 1, atom.count}
    return tuple(sorted(count for count in counts if count >= 0))


def _test(atom: OneOf | AtLeast, value: FactValue) -> bool:
    if value is None:
        return False
    if isinstance(atom, AtLeast):
        return isinstance(value, int) and not isinstance(value, bool) and value >= atom.count
    return any(type(v) is type(value) and v == value for v in atom.values)


def answer_space(book: RuleBook, profile: Profile, facts: tuple[FactName, ...]) -> Iterator[Profile]:
    """``profile`` with every combination of representative values of ``facts``."""
    for values in product(*(representatives(book, fact) for fact in facts)):
        variant = profile
        for fact, value in zip(facts, values, strict=True):
            variant = variant.with_value(fact, value)
        yield variant


def can_change(book: RuleBook, profile: Profile) -> tuple[FactName, ...]:
    """The open facts whose answer can still change the approach, those that can alone first.

    A fact counts if some value of it changes the approach under some answer to the other open facts.
    """
    open_facts = profile.open_facts()
    now = approach_of(book, profile)
    if all(approach_of(book, variant) == now for variant in answer_space(book, profile, open_facts)):
        return ()
    alone = tuple(
        fact
        for fact in open_facts
        if any(approach_of(book, variant) != now for variant in answer_space(book, profile, (fact,)))
    )
    together = tuple(fact for fact in open_facts if fact not in alone and _matters(book, profile, fact, open_facts))
    return alone + together


def _matters(book: RuleBook, profile: Profile, fact: FactName, open_facts: tuple[FactName, ...]) -> bool:
    others = tuple(other for other in open_facts if other != fact)
    return any(
        len({approach_of(book, v) for v in answer_space(book, variant, (fact,))}) > 1
        for variant in answer_space(book, profile, others)
    )


def next_fact(book: RuleBook, profile: Profile) -> FactName | None:
    """The fact to ask for next: the framework questions in order, then what can still change the outcome."""
    for fact in FRAMEWORK:
        if fact not in profile:
            return fact
    undecided = can_change(book, profile)
    return undecided[0] if undecided else None


def recommend(book: RuleBook, profile: Profile) -> Recommendation:
    """Work out the recommendation for ``profile``, with its reasons and what would change it."""
    fired = fire(book.rules, profile)
    chosen = next(rule for rule in fired if rule.recommends is not None)
    assert chosen.recommends is not None
    findings = frozenset(rule.establishes for rule in fired if rule.establishes is not None)
    return Recommendation(
        approach=chosen.recommends,
        final=next_fact(book, profile) is None,
        because=tuple(_reason(rule, profile) for rule in fired),
        would_change=_flips(book, profile, chosen.recommends),
        next_steps=tuple(step for step in chosen.next_steps if step.when is None or step.when.holds(profile, findings)),
    )


def _flips(book: RuleBook, profile: Profile, now: Approach) -> tuple[Flip, ...]:
    flips = []
    for fact in FACTS:
        known = profile.get(fact)
        for value in domain(book, fact):
            if known is not None and known.value == value and type(known.value) is type(value):
                continue
            approach = approach_of(book, profile.with_value(fact, value))
            if approach != now:
                flips.append(Flip(fact, value, approach))
    return tuple(_nearest_counts(flips))


def _nearest_counts(flips: list[Flip]) -> Iterator[Flip]:
    """Of several counts that give the same approach, keep the one nearest to the threshold."""
    for flip in flips:
        if flip.fact in CHOICES:
            yield flip
    for approach in dict.fromkeys(flip.approach for flip in flips if flip.fact not in CHOICES):
        counts = [f for f in flips if f.fact not in CHOICES and f.approach == approach]
        yield counts[-1] if counts[0].value == 0 else counts[0]


def _reason(rule: Rule, profile: Profile) -> Reason:
    facts = tuple(dict.fromkeys(atom.fact for atom in atoms(rule.when) if profile.value(atom.fact) is not None))
    words = [known.said for fact in facts if (known := profile.get(fact)) and known.said]
    return Reason(rule, "; ".join(dict.fromkeys(words)) or None, facts)


def unreachable(rules: tuple[Rule, ...]) -> tuple[str, ...]:
    """Findings that a rule looks at but no rule before it establishes."""
    established: set[str] = set()
    missing: list[str] = []
    for rule in rules:
        missing += [name for name in findings_used(rule.when) if name not in established]
        if rule.establishes is not None:
            established.add(rule.establishes)
    return tuple(dict.fromkeys(missing))
