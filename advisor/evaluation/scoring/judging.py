"""What the scorers share: their result, the checks that every reply must stand, and how facts are compared."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from advisor.evaluation import checks
from advisor.evaluation.play import told
from advisor.profile import fact_name
from advisor.rules.engine import approach_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.evaluation.checks import Count, Sources
    from advisor.evaluation.records import Played, Record
    from advisor.profile import FactName, FactValue, Profile
    from advisor.rules.book import RuleBook

MISSING = object()
"""Stands for a fact that is not known; ``None`` is a fact too."""


@dataclass
class Judgement:
    """What a suite's scorer finds."""

    counts: dict[str, Count]
    why: list[str]
    outcome: str | None = None


def section_of(passage_id: str) -> str:
    """The section that a passage lies in."""
    return passage_id.partition("/")[0]


def reply_counts(record: Record, book: RuleBook) -> dict[str, Count]:
    """The checks that every reply must stand, over the turns of one record."""
    turns, language, sources = record.turns, record.case.lang, sources_of(record, book)
    assumed = [str(assumption.value) for assumption in book.assumptions.values()]
    said: list[str] = []
    values: list[str] = []
    counts: dict[str, Count] = {}
    for turn in turns:
        said.append(turn.text)
        values += [str(entry["value"]) for entry in turn.response["facts"].values()]
        for name, count in {
            "citations_hold": checks.citations_hold(turn.response, sources),
            "quotes_verbatim": checks.quotes_verbatim(turn.response, said, sources),
            "claims_proved": checks.claims_proved(turn.response),
            "numbers_sourced": checks.numbers_sourced(turn.response, [*said, *values, *assumed], sources),
            "language": checks.language_right(turn.response, language),
            "evidence": checks.said_by_user(turn.response, said),
        }.items():
            counts[name] = checks.add((counts.get(name, (0.0, 0.0)), count))
    return counts


@cache
def _article_sources(book: RuleBook) -> dict[tuple[str, str], tuple[str, ...]]:
    return checks.article_sources(book)


def sources_of(record: Record, book: RuleBook) -> Sources:
    """The texts that a citation of this record may quote: the article, the rules, the cited documents."""
    documents = {(source, passage_id): (text,) for source, passage_id, text in record.documents}
    return {**_article_sources(book), **documents}


def engine(turns: tuple[Played, ...], book: RuleBook) -> Count:
    """Whether each recommendation is what the rules give for the facts that are shown with it."""
    shown = [turn.response for turn in turns if turn.response["recommendation"]]
    right = sum(response["recommendation"]["approach"] == approach_of(book, _profile(response)) for response in shown)
    return float(right), float(len(shown))


def _profile(response: Mapping[str, Any]) -> Profile:
    return told(values_of(response))


def values_of(response: Mapping[str, Any]) -> dict[FactName, FactValue]:
    """The facts that a response shows, without the words that they rest on."""
    return {fact_name(name): entry["value"] for name, entry in response["facts"].items()}


def same(found: object, gold: object) -> bool:
    """Equal in value and type: ``True`` is not 1."""
    return type(found) is type(gold) and found == gold


def value_shown(value: object) -> str:
    """A value as an explanation shows it."""
    return json.dumps(value, ensure_ascii=False) if value is not MISSING else "nothing"


def facts_shown(facts: Mapping[FactName, FactValue]) -> str:
    """Facts as an explanation shows them."""
    return ", ".join(f"{fact}={value_shown(value)}" for fact, value in facts.items()) or "nothing"
