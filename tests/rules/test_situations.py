"""Situations that people who know the subject wrote down: facts in, recommendation out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, ConfigDict

from advisor.knowledge import article
from advisor.profile import CHOICES, FACTS, Known, Profile, check_value, fact_name
from advisor.rules.book import APPROACHES, RuleBook
from advisor.rules.engine import next_fact, recommend
from advisor.rules.load import load_rules

_FOLDER = Path(__file__).parent.parent / "situations"


class _Expected(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    approach: str
    final: bool
    rules: list[str]


class _Situation(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    facts: dict[str, Any]
    recommendation: _Expected
    asks: str | None = None

    @property
    def profile(self) -> Profile:
        told = {fact_name(name): value for name, value in self.facts.items()}
        return Profile({fact: Known(check_value(fact, value), "", 0) for fact, value in told.items()})


_SITUATIONS = [
    _Situation.model_validate(entry)
    for path in sorted(_FOLDER.glob("*.yaml"))
    for entry in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_rules(frozenset(article()))


@pytest.mark.parametrize("situation", _SITUATIONS, ids=[situation.name for situation in _SITUATIONS])
def test_the_recommendation_is_the_one_written_down(book: RuleBook, situation: _Situation) -> None:
    expected = situation.recommendation

    made = recommend(book, situation.profile)

    assert (made.approach, made.final) == (expected.approach, expected.final)
    assert [reason.rule.id for reason in made.because] == expected.rules
    assert next_fact(book, situation.profile) == situation.asks


def test_no_situation_is_written_down_twice() -> None:
    names = Counter(situation.name for situation in _SITUATIONS)
    told = Counter(yaml.safe_dump(situation.facts) for situation in _SITUATIONS)

    assert [name for name, count in names.items() if count > 1] == []
    assert [facts for facts, count in told.items() if count > 1] == []


def test_every_rule_fires_in_one_situation_and_keeps_silent_in_another(book: RuleBook) -> None:
    fired = Counter(rule for situation in _SITUATIONS for rule in situation.recommendation.rules)

    assert set(fired) == {rule.id for rule in book.rules}
    assert [rule for rule, count in fired.items() if count == len(_SITUATIONS)] == []


def test_every_value_of_every_fact_stands_in_a_situation() -> None:
    told = {(name, value) for situation in _SITUATIONS for name, value in situation.facts.items()}

    assert [(fact, value) for fact, values in CHOICES.items() for value in values if (fact, value) not in told] == []
    assert [fact for fact in FACTS if (fact, None) not in told] == []
    assert {value for name, value in told if name == "daily_calls"} >= {0, 999_999, 1_000_000}


def test_every_approach_is_reached_both_finally_and_provisionally() -> None:
    reached = {(s.recommendation.approach, s.recommendation.final) for s in _SITUATIONS}

    wanted = {(approach, final) for approach in APPROACHES for final in (True, False)}
    assert wanted - reached == set()
