"""The rules file: what a wrong one is told, and what the shipped one holds.

Most broken files here are the shipped one with a single thing changed; the whole ones lie in `tests/broken/rules`.
"""

from __future__ import annotations

import copy
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from advisor.content import content_path
from advisor.errors import ConfigError, RuleError
from advisor.knowledge import ARTICLE_LANGUAGES, article, in_language
from advisor.language import LANGUAGES, to_simplified
from advisor.profile import Known, Profile
from advisor.rules.engine import approach_of, recommend
from advisor.rules.load import load_rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.language import Language
    from advisor.rules.book import Rule, RuleBook, Step

Raw = dict[str, Any]
"""A rules file as YAML gives it."""

_BROKEN = Path(__file__).parent.parent / "broken" / "rules"
_PASSAGES = frozenset(article())


@cache
def _shipped() -> Raw:
    raw: Raw = yaml.safe_load(content_path("knowledge", "rules.yaml").read_text(encoding="utf-8"))
    return raw


@pytest.fixture
def raw() -> Raw:
    """The shipped file, to change at will."""
    return copy.deepcopy(_shipped())


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_rules(_PASSAGES)


@pytest.fixture
def load(tmp_path: Path) -> Callable[[Raw], RuleBook]:
    """Writes a file and loads it."""

    def write_and_load(raw: Raw) -> RuleBook:
        path = tmp_path / "rules.yaml"
        path.write_text(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return load_rules(_PASSAGES, path)

    return write_and_load


@pytest.fixture
def faults_of(load: Callable[[Raw], RuleBook]) -> Callable[[Raw], list[str]]:
    """The faults for which a file is refused."""

    def refuse(raw: Raw) -> list[str]:
        with pytest.raises(RuleError) as refused:
            load(raw)
        return _listed(refused.value)

    return refuse


def _listed(error: RuleError) -> list[str]:
    """The faults that the error lists, one a line, having said how many."""
    head, *lines = str(error).splitlines()
    assert head.startswith("the rules file '")
    assert head.endswith(f"has {len(lines)} fault(s):")
    return [line.removeprefix("  - ") for line in lines]


def _broken(name: str) -> RuleError:
    with pytest.raises(RuleError) as refused:
        load_rules(_PASSAGES, _BROKEN / name)
    return refused.value


def _rule(raw: Raw, rule_id: str) -> Raw:
    rule: Raw = next(rule for rule in raw["rules"] if rule["id"] == rule_id)
    return rule


def _step(raw: Raw, rule_id: str, step_id: str) -> Raw:
    step: Raw = next(step for step in _rule(raw, rule_id)["next_steps"] if step["id"] == step_id)
    return step


# Files that are no rules file at all


def test_a_file_that_is_not_yaml_is_refused_with_the_place_of_the_mistake() -> None:
    text = str(_broken("not_yaml.yaml"))

    assert text.startswith("the rules file 'not_yaml.yaml' cannot be read")
    assert "line 4" in text


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"'elsewhere\.yaml' cannot be read"):
        load_rules(_PASSAGES, tmp_path / "elsewhere.yaml")


def test_a_file_in_another_encoding_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "big5.yaml").write_bytes("version: 規則".encode("big5"))

    with pytest.raises(RuleError, match=r"'big5\.yaml' cannot be read"):
        load_rules(_PASSAGES, tmp_path / "big5.yaml")


@pytest.mark.parametrize("name", ["empty.yaml", "a_list.yaml"])
def test_a_file_that_is_not_a_mapping_is_refused_as_a_whole(name: str) -> None:
    error = _broken(name)

    assert name in str(error)
    [fault] = _listed(error)
    assert fault.startswith("the file: ")


def test_a_refusal_is_a_fault_of_configuration() -> None:
    error = _broken("empty.yaml")

    assert isinstance(error, ConfigError)
    assert error.code == "rules"


# Faults of form


@pytest.mark.parametrize("number", [0, 2, "1", None])
def test_another_format_number_is_refused(raw: Raw, faults_of: Callable[[Raw], list[str]], number: object) -> None:
    raw["format"] = number

    [fault] = faults_of(raw)
    assert fault.startswith("format: ")


@pytest.mark.parametrize("key", ["format", "version", "facts", "rules"])
def test_a_missing_part_is_named(raw: Raw, faults_of: Callable[[Raw], list[str]], key: str) -> None:
    del raw[key]

    assert faults_of(raw) == [f"{key}: Field required"]


def test_a_file_without_rules_is_refused(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    raw["rules"] = []

    [fault] = faults_of(raw)
    assert fault.startswith("rules: ")


def test_an_unknown_key_of_the_file_is_named(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    raw["author"] = "someone"

    [fault] = faults_of(raw)
    assert fault.startswith("author: ")


def test_an_unknown_key_of_a_rule_is_named_with_its_rule(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    _rule(raw, "strict-format")["prioity"] = 3

    [fault] = faults_of(raw)
    assert fault.startswith("rules[strict-format].prioity: ")


def test_an_unknown_key_of_a_step_is_named_with_its_rule(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    _step(raw, "start-with-rag", "measure-retrieval")["owner"] = "you"

    [fault] = faults_of(raw)
    assert fault.startswith("rules[start-with-rag].next_steps.1.owner: ")


def test_an_unknown_key_of_an_assumption_is_named_with_it(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    raw["assumptions"][1]["currency"] = "EUR"

    [fault] = faults_of(raw)
    assert fault.startswith("assumptions[insufficient-examples].currency: ")


def test_a_rule_that_is_only_a_text_is_named_by_its_place(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    raw["rules"][2] = "consistency favors fine-tuning"

    [fault] = faults_of(raw)
    assert fault.startswith("rules[2]: ")


def test_a_rule_without_an_id_is_named_by_its_place(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    del raw["rules"][2]["id"]

    assert faults_of(raw) == ["rules[2].id: Field required"]


def test_an_approach_that_the_contract_does_not_know_is_refused(
    raw: Raw, faults_of: Callable[[Raw], list[str]]
) -> None:
    _rule(raw, "combine-both")["recommends"] = "both"

    [fault] = faults_of(raw)
    assert fault.startswith("rules[combine-both].recommends: ")


def test_a_step_of_an_unknown_kind_is_refused(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    _step(raw, "start-with-rag", "set-up-rag")["kind"] = "ponder"

    [fault] = faults_of(raw)
    assert fault.startswith("rules[start-with-rag].next_steps.0.kind: ")


def test_a_rule_that_rests_on_nothing_is_refused(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    _rule(raw, "strict-format")["passages"] = []

    [fault] = faults_of(raw)
    assert fault.startswith("rules[strict-format].passages: ")


def test_a_step_that_rests_on_nothing_is_refused(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    _step(raw, "start-with-rag", "set-up-rag")["passages"] = []

    [fault] = faults_of(raw)
    assert fault.startswith("rules[start-with-rag].next_steps.0.passages: ")


@pytest.mark.parametrize("value", ["plenty", None, 1.5])
def test_an_assumption_whose_figure_is_no_whole_number_is_refused(
    raw: Raw, faults_of: Callable[[Raw], list[str]], value: object
) -> None:
    raw["assumptions"][0]["value"] = value

    [fault] = faults_of(raw)
    assert fault.startswith("assumptions[sufficient-examples].value: ")


# Names that stand for nothing


def test_an_unknown_fact_is_named_with_its_rule_and_the_facts_there_are(
    raw: Raw, faults_of: Callable[[Raw], list[str]]
) -> None:
    _rule(raw, "strict-format")["when"] = {"fact": "strict_fromat", "is": True}

    [fault] = faults_of(raw)
    assert fault.startswith("rules[strict-format].when: unknown fact 'strict_fromat'; ")
    assert "strict_format" in fault


def test_an_unknown_fact_deep_in_a_condition_is_found(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    _rule(raw, "labels-not-sufficient")["when"]["all"][1] = {"not": {"any": [{"fact": "labels", "is": "many"}]}}

    [fault] = faults_of(raw)
    assert fault.startswith("rules[labels-not-sufficient].when: unknown fact 'labels'; ")


def test_an_unknown_fact_in_the_condition_of_a_step_is_found(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    _step(raw, "rag-now-fine-tune-later", "collect-labels")["when"] = {"fact": "labels", "is": "few"}

    [fault] = faults_of(raw)
    assert fault.startswith("rules[rag-now-fine-tune-later].next_steps[collect-labels].when: unknown fact 'labels'; ")


def test_an_unknown_value_is_named_with_its_rule_and_the_values_there_are(
    raw: Raw, faults_of: Callable[[Raw], list[str]]
) -> None:
    _rule(raw, "frequent-updates")["when"]["in"].append("hourly")

    [fault] = faults_of(raw)
    assert fault.startswith("rules[frequent-updates].when: knowledge_update_frequency: 'hourly' is not one of ")
    assert "weekly" in fault


@pytest.mark.parametrize("value", ["true", "yes", 1])
def test_a_yes_in_other_words_is_an_unknown_value(
    raw: Raw, faults_of: Callable[[Raw], list[str]], value: object
) -> None:
    """1 == True in Python, but not in a rules file."""
    _rule(raw, "strict-format")["when"]["is"] = value

    [fault] = faults_of(raw)
    assert fault.startswith(f"rules[strict-format].when: strict_format: {value!r} is not one of true, false")


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"fact": "strict_format"}, id="a fact alone"),
        pytest.param({"fact": "strict_format", "is": True, "or": False}, id="one key too many"),
        pytest.param({"fact": "strict_format", "in": True}, id="a value where a list belongs"),
        pytest.param({"fact": "strict_format", "at_least": 1}, id="a threshold on a fact that is no count"),
        pytest.param({"fact": "daily_calls", "at_least": "1M"}, id="a threshold that is no number"),
        pytest.param({"fact": "daily_calls", "at_least": 1e6}, id="a threshold that is no whole number"),
        pytest.param({"finding": ["needs_rag"]}, id="a list of findings"),
        pytest.param({"all": {"finding": "needs_rag"}}, id="all of one"),
        pytest.param({"none": []}, id="a word that is not ours"),
    ],
)
def test_what_is_not_a_condition_is_named_with_its_rule(
    raw: Raw, faults_of: Callable[[Raw], list[str]], condition: Raw
) -> None:
    _rule(raw, "strict-format")["when"] = condition

    [fault] = faults_of(raw)
    assert fault == f"rules[strict-format].when: {condition!r} is not a condition"


def test_a_dangling_passage_of_a_rule_is_named(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    _rule(raw, "strict-format")["passages"].append("when-to-fine-tune/strict-fromat")

    assert faults_of(raw) == [
        "rules[strict-format].passages: no passage 'when-to-fine-tune/strict-fromat' in the article"
    ]


def test_a_dangling_passage_of_a_step_is_named(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    _step(raw, "start-with-rag", "set-up-rag")["passages"] = ["set-up"]

    assert faults_of(raw) == [
        "rules[start-with-rag].next_steps[set-up-rag].passages: no passage 'set-up' in the article"
    ]


def test_a_dangling_passage_of_a_fact_is_named(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    raw["facts"]["daily_calls"] = ["volume"]

    assert faults_of(raw) == ["facts.daily_calls.passages: no passage 'volume' in the article"]


def test_a_passage_that_the_article_lost_is_missed(tmp_path: Path) -> None:
    """The rules are checked against the article that is there, not against a list of their own."""
    path = tmp_path / "rules.yaml"
    path.write_bytes(content_path("knowledge", "rules.yaml").read_bytes())

    with pytest.raises(RuleError, match=r"rules\[combine-both\]\.passages: no passage 'hybrid-option' in the article"):
        load_rules(_PASSAGES - {"hybrid-option"}, path)


def test_a_fact_without_a_passage_that_says_why_it_matters_is_named(
    raw: Raw, faults_of: Callable[[Raw], list[str]]
) -> None:
    del raw["facts"]["daily_calls"]
    raw["facts"]["strict_format"] = []

    assert faults_of(raw) == [
        "facts: 'strict_format' names no passage that says why it matters",
        "facts: 'daily_calls' names no passage that says why it matters",
    ]


def test_a_passage_for_an_unknown_fact_is_named(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    raw["facts"]["budget"] = ["my-take"]

    assert faults_of(raw) == ["facts: unknown fact 'budget'"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_missing_language_of_a_rule_is_named(
    raw: Raw, faults_of: Callable[[Raw], list[str]], language: Language
) -> None:
    del _rule(raw, "strict-format")["text"][language]

    assert faults_of(raw) == [f"rules[strict-format].text: the language {language!r} is missing"]


def test_an_empty_text_is_a_missing_language(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    _rule(raw, "strict-format")["text"]["ja"] = "  "

    assert faults_of(raw) == ["rules[strict-format].text: the language 'ja' is missing"]


def test_a_missing_language_of_a_step_is_named(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    del _step(raw, "start-with-rag", "set-up-rag")["text"]["zh-Hans"]

    assert faults_of(raw) == ["rules[start-with-rag].next_steps[set-up-rag].text: the language 'zh-Hans' is missing"]


def test_a_missing_language_of_an_assumption_is_named(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    del raw["assumptions"][0]["text"]["zh-Hant"]

    [fault] = faults_of(raw)
    assert "sufficient-examples" in fault
    assert fault.endswith("the language 'zh-Hant' is missing")


def test_a_language_that_the_advisor_does_not_speak_is_named(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    _rule(raw, "strict-format")["text"]["fr"] = "Le format doit rester le même."

    assert faults_of(raw) == ["rules[strict-format].text: unknown language 'fr'"]


def test_an_unknown_assumption_is_named(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    _rule(raw, "labels-not-sufficient")["assumes"].append("plenty-of-examples")

    assert faults_of(raw) == ["rules[labels-not-sufficient].assumes: no assumption 'plenty-of-examples'"]


def test_a_figure_that_a_step_shows_without_assuming_it_is_named(
    raw: Raw, faults_of: Callable[[Raw], list[str]]
) -> None:
    _step(raw, "start-with-rag", "set-up-rag")["text"]["en"] = "Collect {sufficient-examples} examples."

    assert faults_of(raw) == [
        "rules[start-with-rag].next_steps[set-up-rag].text.en: {sufficient-examples} is not among its 'assumes'"
    ]


def test_a_rule_id_that_stands_twice_is_named(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    raw["rules"].insert(0, copy.deepcopy(_rule(raw, "strict-format")))

    assert faults_of(raw) == ["the id 'strict-format' stands twice"]


def test_a_step_id_that_stands_twice_is_named(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    _step(raw, "fine-tune-alone", "hold-out-examples-alone")["id"] = "hold-out-examples"

    assert faults_of(raw) == ["the id 'hold-out-examples' stands twice"]


def test_a_finding_that_is_used_before_it_is_established_is_named(
    raw: Raw, faults_of: Callable[[Raw], list[str]]
) -> None:
    raw["rules"].insert(0, raw["rules"].pop(raw["rules"].index(_rule(raw, "start-with-rag"))))

    assert faults_of(raw) == ["finding 'needs_fine_tuning' is used before any rule establishes it"]


def test_a_finding_that_no_rule_establishes_is_named(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    _rule(raw, "start-with-rag")["when"] = {"not": {"finding": "needs_finetuning"}}

    assert faults_of(raw) == ["finding 'needs_finetuning' is used before any rule establishes it"]


# Rules that do not decide


def test_a_rule_that_draws_nothing_is_named(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    del _rule(raw, "traceable-sources")["establishes"]

    assert faults_of(raw) == ["rules[traceable-sources]: wants exactly one of 'establishes' and 'recommends'"]


def test_a_rule_that_draws_two_things_is_named(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    _rule(raw, "traceable-sources")["recommends"] = "rag"

    assert faults_of(raw) == ["rules[traceable-sources]: wants exactly one of 'establishes' and 'recommends'"]


def test_next_steps_of_a_rule_that_recommends_nothing_are_named(
    raw: Raw, faults_of: Callable[[Raw], list[str]]
) -> None:
    _rule(raw, "traceable-sources")["next_steps"] = [
        {**copy.deepcopy(_step(raw, "start-with-rag", "set-up-rag")), "id": "another"}
    ]

    assert faults_of(raw) == ["rules[traceable-sources]: only a rule that recommends has next_steps"]


def test_a_gap_is_refused_with_an_example_of_answers_that_nothing_decides(
    raw: Raw, faults_of: Callable[[Raw], list[str]]
) -> None:
    raw["rules"].remove(_rule(raw, "fine-tune-alone"))

    [fault] = faults_of(raw)
    assert fault.startswith("a gap: no rule recommends an approach for ")
    assert "labeled_data=sufficient" in fault
    assert "use_case_validated=True" in fault


def test_a_gap_on_one_side_of_a_count_is_found(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    _rule(raw, "start-with-rag")["when"] = {
        "all": [{"not": {"finding": "needs_fine_tuning"}}, {"fact": "daily_calls", "at_least": 10}]
    }

    [fault] = faults_of(raw)
    assert fault.startswith("a gap: ")
    assert fault.endswith("for example nothing known")


def test_an_overlap_is_refused_with_the_rules_and_an_example(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    _rule(raw, "fine-tune-alone")["when"]["all"].pop(0)  # no longer only where RAG is not needed

    [fault] = faults_of(raw)
    assert fault.startswith("an overlap: ")
    assert "combine-both and fine-tune-alone on " in fault


def test_an_unreachable_rule_is_named(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    never = copy.deepcopy(_rule(raw, "strict-format"))
    never.update(id="never", when={"all": [never["when"], {"not": never["when"]}]})
    raw["rules"].insert(0, never)

    assert faults_of(raw) == ["rules[never]: unreachable, no set of answers makes it fire"]


def test_a_rule_that_no_value_can_meet_is_unreachable(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    _rule(raw, "strict-format")["when"] = {"fact": "strict_format", "in": []}

    assert faults_of(raw) == ["rules[strict-format]: unreachable, no set of answers makes it fire"]


# All faults at once


def test_all_faults_of_form_are_listed_at_once() -> None:
    places = [fault.split(":")[0] for fault in _listed(_broken("wrong_in_form.yaml"))]

    assert sorted(places) == [
        "format",
        "rules[otherwise].next_steps.0.kind",
        "rules[otherwise].wenn",
        "rules[strict-format].passages",
    ]


def test_all_names_that_stand_for_nothing_are_listed_at_once() -> None:
    faults = _listed(_broken("wrong_in_what_it_names.yaml"))

    known = "the facts are knowledge_update_frequency, output_priority, labeled_data, traceability_required"
    frequencies = "realtime, daily, weekly, monthly, quarterly, yearly, static, null"
    assert sorted(fault.split(f"; {known}")[0] for fault in faults) == [
        "facts: 'daily_calls' names no passage that says why it matters",
        "facts: unknown fact 'budget'",
        "finding 'ready_to_train' is used before any rule establishes it",
        "rules[cheap].when: unknown fact 'budget'",
        "rules[enough].assumes: no assumption 'enough-examples'",
        "rules[enough].text: the language 'ja' is missing",
        "rules[enough].text: unknown language 'fr'",
        "rules[hourly].passages: no passage 'my-opinion' in the article",
        f"rules[hourly].when: knowledge_update_frequency: 'hourly' is not one of {frequencies}",
    ]


def test_a_gap_an_overlap_and_a_dead_rule_are_listed_at_once() -> None:
    gap, overlap, dead = _listed(_broken("wrong_in_what_it_decides.yaml"))

    assert gap.startswith("a gap: ")
    assert gap.endswith("for example nothing known")
    assert overlap.startswith("an overlap: ")
    assert "strict and strict-and-sufficient on labeled_data=sufficient, strict_format=True" in overlap
    assert dead == "rules[both-yes-and-no]: unreachable, no set of answers makes it fire"


def test_the_same_fault_in_two_rules_is_listed_twice(raw: Raw, faults_of: Callable[[Raw], list[str]]) -> None:
    for rule_id in ("strict-format", "combine-both"):
        _rule(raw, rule_id)["passages"] = ["nowhere"]

    assert faults_of(raw) == [
        "rules[strict-format].passages: no passage 'nowhere' in the article",
        "rules[combine-both].passages: no passage 'nowhere' in the article",
    ]


# Rules are data: a changed file decides otherwise


def test_the_file_is_the_shipped_one_when_none_is_named(book: RuleBook) -> None:
    assert book.version == _shipped()["version"]
    assert [rule.id for rule in book.rules] == [rule["id"] for rule in _shipped()["rules"]]


def test_a_written_copy_is_the_same_book(raw: Raw, load: Callable[[Raw], RuleBook], book: RuleBook) -> None:
    assert load(raw) == book
    assert load(raw).fingerprint == book.fingerprint


def test_another_threshold_decides_otherwise_and_is_what_would_change_it(
    raw: Raw, load: Callable[[Raw], RuleBook]
) -> None:
    _rule(raw, "massive-volume")["when"]["at_least"] = 500
    changed = load(raw)

    below, above = (Profile({"daily_calls": Known(calls, "", 0)}) for calls in (499, 500))

    assert (approach_of(changed, below), approach_of(changed, above)) == ("rag", "rag_then_fine_tune")
    assert [f.value for f in recommend(changed, below).would_change if f.fact == "daily_calls"] == [500]
    assert [f.value for f in recommend(changed, above).would_change if f.fact == "daily_calls"] == [499]


def test_a_rule_that_is_added_takes_part(raw: Raw, load: Callable[[Raw], RuleBook]) -> None:
    added = copy.deepcopy(_rule(raw, "strict-format"))
    added.update(id="labels-at-hand", when={"fact": "labeled_data", "is": "sufficient"})
    raw["rules"].insert(0, added)
    changed = load(raw)

    made = recommend(changed, Profile({"labeled_data": Known("sufficient", "plenty", 1)}))

    assert made.because[0].rule.id == "labels-at-hand"
    assert made.approach == "rag_then_fine_tune"


def test_the_fingerprint_changes_with_a_threshold_a_text_a_passage_and_an_assumption(
    raw: Raw, load: Callable[[Raw], RuleBook], book: RuleBook
) -> None:
    seen = {book.fingerprint}

    _rule(raw, "massive-volume")["when"]["at_least"] = 2_000_000
    seen.add(load(raw).fingerprint)
    _rule(raw, "strict-format")["text"]["ja"] += "。"
    seen.add(load(raw).fingerprint)
    _rule(raw, "strict-format")["passages"].append("my-take")
    seen.add(load(raw).fingerprint)
    raw["assumptions"][0]["value"] = 1200
    seen.add(load(raw).fingerprint)

    assert len(seen) == 5


def test_an_assumed_figure_is_filled_in_with_its_thousands_parted(book: RuleBook) -> None:
    assert book.assumed("up to {sufficient-examples} of them, {unknown}") == "up to 1,000 of them, {unknown}"


def test_a_rule_is_found_by_its_id(book: RuleBook) -> None:
    assert book.rule("combine-both").recommends == "hybrid"
    with pytest.raises(KeyError, match="combine-neither"):
        book.rule("combine-neither")


# What the shipped file says


def test_the_thresholds_of_labelled_examples_are_those_of_the_contract(book: RuleBook) -> None:
    assert book.assumptions["insufficient-examples"].value == 500
    assert book.assumptions["sufficient-examples"].value == 1000


def test_every_passage_that_is_cited_exists_in_every_language_of_the_article(book: RuleBook) -> None:
    cited = {passage for rule in book.rules for passage in rule.passages}
    cited |= {passage for rule in book.rules for step in rule.next_steps for passage in step.passages}
    cited |= {passage for passages in book.fact_passages.values() for passage in passages}

    assert {passage: sorted(article()[passage]) for passage in cited} == dict.fromkeys(cited, sorted(ARTICLE_LANGUAGES))


def _texts(book: RuleBook) -> dict[str, dict[str, str]]:
    texts = {rule.id: rule.texts for rule in book.rules}
    texts |= {step.id: step.texts for rule in book.rules for step in rule.next_steps}
    return texts | {assumption.id: assumption.texts for assumption in book.assumptions.values()}


def test_every_text_stands_in_all_four_languages_and_no_two_are_the_same(book: RuleBook) -> None:
    for name, texts in _texts(book).items():
        assert set(texts) == {"en", "zh-Hant", "zh-Hans", "ja"}, name
        assert len(set(texts.values())) == 4, name


def test_simplified_texts_hold_no_traditional_characters(book: RuleBook) -> None:
    for name, texts in _texts(book).items():
        assert to_simplified(texts["zh-Hans"]) == texts["zh-Hans"], name


def test_japanese_texts_are_japanese_and_english_ones_are_not_han(book: RuleBook) -> None:
    for name, texts in _texts(book).items():
        assert re.search(r"[\u3041-\u30fa]", texts["ja"]), name
        assert not re.search(r"[\u3041-\u30fa\u4e00-\u9fff]", texts["en"]), name
        assert not re.search(r"[\u3041-\u30fa]", texts["zh-Hant"] + texts["zh-Hans"]), name


_FIGURE = {
    "en": re.compile(r"\d[\d,.]*m?%?|\b(?:two|three|four|five|six|seven|eight|nine|ten|hundred|thousand|million)\b"),
    "zh-Hant": re.compile(r"\d[\d,.]*%?|(?<!第)[二三四五六七八九十百千萬]+"),
    "zh-Hans": re.compile(r"\d[\d,.]*%?|(?<!第)[二三四五六七八九十百千万]+"),
    "ja": re.compile(r"(?!1日)\d[\d,.]*(?:万回|週間|か月|つ)?%?|(?<!第)[二三四五六七八九百千万]+"),
}
"""Figures in digits and in words. No figures: one and 一, a place in a row (第二), and a day (1日) as a unit."""


def _figures(text: str, language: str) -> set[str]:
    without_slots = re.sub(r"\{[^}]*\}", "", text)
    return set(_FIGURE[language].findall(without_slots.lower()))


def _cited_words(passages: tuple[str, ...], language: Language) -> str:
    """All that the cited passages say, with their headings, as a reader of the language sees it."""
    shown = [in_language(article()[passage], language) for passage in passages]
    words = "\n".join(line for passage in shown for line in (passage.heading, *passage.lines))
    return to_simplified(words) if language == "zh-Hans" else words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_comes_from_a_cited_passage_or_from_an_assumption(book: RuleBook, language: Language) -> None:
    """A figure that the article does not give is the advisor's own, and then it is one that the entry assumes."""
    entries: list[Rule | Step] = [*book.rules, *(step for rule in book.rules for step in rule.next_steps)]

    invented = {}
    for entry in entries:
        assumed = "\n".join(book.assumptions[name].texts[language] for name in entry.assumes)
        allowed = _figures(_cited_words(entry.passages, language), language) | _figures(assumed, language)
        if found := _figures(entry.texts[language], language) - allowed:
            invented[entry.id] = found

    assert invented == {}


def test_an_assumed_figure_is_called_an_assumption_in_every_language(book: RuleBook) -> None:
    words = {"en": "assumption", "zh-Hant": "假設", "zh-Hans": "假设", "ja": "仮定"}
    slot = re.compile(r"\{([a-z-]+)\}")
    showing = 0
    for step in (step for rule in book.rules for step in rule.next_steps):
        for language, text in step.texts.items():
            assert set(slot.findall(text)) == set(step.assumes), (step.id, language)
            if step.assumes:
                showing += 1
                assert words[language] in text, (step.id, language)
            assert "{" not in book.assumed(text), (step.id, language)
    for assumption in book.assumptions.values():
        for language, text in assumption.texts.items():
            assert words[language] in text, (assumption.id, language)
            assert "{value}" in text, (assumption.id, language)

    assert showing > 0


def test_every_assumption_is_used_and_says_its_unit_and_where_it_comes_from(book: RuleBook) -> None:
    used = {name for rule in book.rules for name in rule.assumes}
    used |= {name for rule in book.rules for step in rule.next_steps for name in step.assumes}

    assert used == set(book.assumptions)
    for assumption in book.assumptions.values():
        assert assumption.unit
        assert "the advisor's own" in assumption.source
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", assumption.date)
