"""A recommendation for facts that did not come from a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from advisor.citations import faults
from advisor.deciding import citable, decide, explain
from advisor.facts_file import read_facts
from advisor.knowledge import article
from advisor.language import LANGUAGES, Language
from advisor.profile import FACTS, Profile
from advisor.rules.book import APPROACHES
from advisor.rules.load import load_rules
from tests.program import check_line

if TYPE_CHECKING:
    from advisor.rules.book import RuleBook

_READY = "{labeled_data: sufficient, use_case_validated: true, output_priority: consistency"
_CASES = {
    "rag": "{knowledge_update_frequency: weekly, output_priority: accuracy}",
    "rag_then_fine_tune": "{output_priority: consistency, labeled_data: insufficient}",
    "hybrid": _READY + ", knowledge_update_frequency: monthly, traceability_required: false}",
    "fine_tune": _READY + ", knowledge_update_frequency: quarterly, traceability_required: false}",
}
"""One case for each approach."""


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_rules(frozenset(article()))


def test_there_is_a_case_for_each_approach() -> None:
    assert sorted(_CASES) == sorted(APPROACHES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("approach", _CASES)
def test_the_decision_has_the_contracts_form_in_every_language(approach: str, language: Language) -> None:
    decided = decide(read_facts(_CASES[approach]), language)

    assert decided["approach"] == approach
    assert sorted(decided) == ["approach", "because", "final", "next_steps", "would_change"]
    assert decided["because"]
    assert all(reason["passages"] and reason["text"] for reason in decided["because"])
    assert decided["next_steps"]


@pytest.mark.parametrize("approach", _CASES)
def test_the_language_changes_words_and_no_decision(approach: str) -> None:
    profile = read_facts(_CASES[approach])

    decisions = [decide(profile, language) for language in LANGUAGES]

    assert {decision["final"] for decision in decisions} == {decisions[0]["final"]}
    assert all(decision["would_change"] == decisions[0]["would_change"] for decision in decisions)
    rules = [[reason["rule"] for reason in decision["because"]] for decision in decisions]
    assert all(fired == rules[0] for fired in rules)
    assert len({str(decision["next_steps"]) for decision in decisions}) == len(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("approach", _CASES)
def test_in_words_it_is_a_valid_response_whose_every_proof_holds(
    book: RuleBook, approach: str, language: Language
) -> None:
    import json

    profile = read_facts(_CASES[approach])

    response = explain(profile, language)

    record = check_line(json.dumps(response.to_dict()))
    assert record["recommendation"] == decide(profile, language)
    assert faults(response.reply, response.citations, citable(book, language)) == ()
    assert response.citations


def test_with_no_facts_it_is_provisional_and_every_need_is_open() -> None:
    decided = decide(Profile(), "en")

    assert (decided["approach"], decided["final"]) == ("rag", False)
    assert {change["fact"] for change in decided["would_change"]} <= set(FACTS)
    assert decided["would_change"]


def test_would_change_tells_the_truth() -> None:
    """Each fact that is said to change the approach does so when it is given."""
    facts = "{output_priority: consistency, labeled_data: sufficient, knowledge_update_frequency: static}"
    profile = read_facts(facts)

    changes = decide(profile, "en")["would_change"]

    assert changes
    for change in changes:
        assert decide(profile.with_value(change["fact"], change["value"]), "en")["approach"] == change["approach"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_can_be_cited_has_a_text_for_each_reader(book: RuleBook, language: Language) -> None:
    sources = citable(book, language)

    assert {source for source, _ in sources} == {"article", "rules"}
    assert all(passage.text for passage in sources.values())
