"""The cases: what is no case is told with its place, and what is shipped is whole and right."""

from __future__ import annotations

import json
import random
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import jsonschema
import pytest

from advisor.content import content_path
from advisor.errors import CaseError
from advisor.evaluation.cases import (
    MAX_FAULTS,
    SUITES,
    Case,
    DecisionCase,
    DialogueCase,
    ExtractCase,
    QaCase,
    RetrievalCase,
    RobustCase,
    SuiteName,
    case_files,
    case_schema,
    case_set_hash,
    parse_case,
    read_cases,
    shipped_cases,
    with_answers,
)
from advisor.knowledge import article
from advisor.language import LANGUAGES
from advisor.profile import FACTS
from tests.rules.test_engine import VALUES, contract_approach, contract_final

if TYPE_CHECKING:
    from pathlib import Path

DECISION: dict[str, Any] = {
    "id": "decision-1",
    "suite": "decision",
    "lang": "en",
    "facts": {"knowledge_update_frequency": "weekly", "daily_calls": 1_000_000},
    "gold": {"approach": "rag_then_fine_tune", "final": False, "would_change": ["daily_calls"]},
}
QA: dict[str, Any] = {
    "id": "qa-1",
    "suite": "qa",
    "lang": "zh-Hant",
    "question": "RAG是什麼?",
    "gold": {"answerable": True, "passages": ["what-is-rag"]},
}
DIALOGUE: dict[str, Any] = {
    "id": "dialogue-en-7",
    "suite": "dialogue",
    "scenario": "pharmacy",
    "lang": "en",
    "tags": ["terse"],
    "split": "untouched",
    "persona": "pharmacist",
    "opening": "Weekly changes here.",
    "opening_facts": {"knowledge_update_frequency": "weekly"},
    "facts": {"knowledge_update_frequency": "weekly", "labeled_data": None, "daily_calls": 300},
    "answers": {"labeled_data": "I do not know.", "daily_calls": "300 a day."},
    "extras": [{"after_asked": "labeled_data", "text": "Why?", "move": "why"}],
    "correction": {"text": "Two million, in fact.", "fact": "daily_calls", "value": 2_000_000},
    "approach": "rag_then_fine_tune",
}


def written(folder: Path, *lines: str | dict[str, Any], name: str = "cases.jsonl") -> Path:
    file = folder / name
    texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    file.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return file


def changed(case: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """``case`` with another value at the dotted ``path``."""
    copy: dict[str, Any] = json.loads(json.dumps(case))
    *way, last = path.split(".")
    place = copy
    for step in way:
        place = place[step]
    place[last] = value
    return copy


# What is no case


FAULTS: dict[str, tuple[str | dict[str, Any], str]] = {
    "not JSON": ('{"id": "a", }', "not JSON: "),
    "two objects on a line": (f"{json.dumps(DECISION)} {json.dumps(QA)}", "not JSON: Extra data"),
    "a number of too many digits": ('{"v": ' + "1" * 5_000 + "}", "not JSON: "),
    "nested too deeply": ("[" * 200_000, "recursion"),
    "no object": ("[1, 2]", "object"),
    "no suite": ({"id": "a", "lang": "en"}, "'suite'"),
    "unknown suite": ({**DECISION, "suite": "speed"}, "speed"),
    "unknown field": ({**DECISION, "difficulty": 3}, "difficulty: Extra inputs"),
    "unknown field of the gold": (changed(QA, "gold.passage", "what-is-rag"), "gold.passage: Extra inputs"),
    "field missing": ({name: value for name, value in QA.items() if name != "question"}, "question: Field required"),
    "another form": ({**DECISION, "v": 2}, "v: "),
    "unknown language": ({**QA, "lang": "zh"}, "lang: "),
    "unknown half": ({**QA, "split": "test"}, "split: "),
    "id with a space": ({**QA, "id": "qa 1"}, "id: "),
    "empty question": ({**QA, "question": ""}, "question: "),
    "empty question before": ({**QA, "before": ["RAG?", ""]}, "before.1: "),
    "one text for the questions before": ({**QA, "before": "RAG?"}, "before: "),
    "left open what is not asked": (changed(QA, "gold.not_covered", "價格"), "'價格' does not stand in the question"),
    "unknown fact": (changed(DECISION, "facts.budget", 5), "facts.budget"),
    "fact with a value of another": (changed(DECISION, "facts.daily_calls", "weekly"), "daily_calls: 'weekly'"),
    "fact with a value that there is not": (
        changed(DECISION, "facts.knowledge_update_frequency", "fortnightly"),
        "knowledge_update_frequency: 'fortnightly' is not one of realtime",
    ),
    "number for a truth value": (changed(DECISION, "facts.strict_format", 1), "strict_format: 1 is not one of"),
    "truth value for a number": (changed(DECISION, "facts.daily_calls", value=True), "daily_calls: True is not a count"),
    "negative count": (changed(DECISION, "facts.daily_calls", -1), "daily_calls: -1 is not a count"),
    "opening with a wrong value": (
        changed(DIALOGUE, "opening_facts.knowledge_update_frequency", "often"),
        "knowledge_update_frequency: 'often'",
    ),
    "correction to a wrong value": (changed(DIALOGUE, "correction.value", "many"), "daily_calls: 'many'"),
    "unknown move": (changed(DIALOGUE, "extras", [{"after_asked": "daily_calls", "text": "!", "move": "shout"}]), "move"),
    "unknown approach": ({**DIALOGUE, "approach": "both"}, "approach: "),
    "answerable without passages": (changed(QA, "gold.passages", []), "an answerable question has passages"),
    "unanswerable with passages": (changed(QA, "gold.answerable", value=False), "an unanswerable one none"),
    "query without gold": (
        {"id": "r", "suite": "retrieval", "lang": "en", "query": "cost?", "gold": []},
        "gold: ",
    ),
    "message without gold": (
        {"id": "e", "suite": "extract", "lang": "en", "utterances": [{"text": "weekly"}]},
        "utterances.0.gold: Field required",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("line", "told"), FAULTS.values(), ids=FAULTS)
def test_a_line_that_is_no_case_is_told_with_its_file_and_line(
    tmp_path: Path, line: str | dict[str, Any], told: str
) -> None:
    file = written(tmp_path, {**QA, "id": "before"}, line)

    with pytest.raises(CaseError) as caught:
        read_cases([file])

    first, fault = str(caught.value).split("\n", 1)
    assert first == "the cases have 1 fault(s):"
    assert fault.startswith("  cases.jsonl:2: ")
    assert told in fault


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    first = written(tmp_path, "{", DECISION, name="a.jsonl")
    second = written(tmp_path, QA, "", {**QA, "id": "qa-2", "lang": "fr"}, name="b.jsonl")

    with pytest.raises(CaseError, match=r"2 fault\(s\)") as caught:
        read_cases([first, second])

    assert "a.jsonl:1: " in str(caught.value)
    assert "b.jsonl:3: lang: " in str(caught.value)


def test_a_file_of_nothing_but_faults_tells_the_first_and_how_many_more(tmp_path: Path) -> None:
    file = written(tmp_path, *["{"] * (MAX_FAULTS + 7))

    with pytest.raises(CaseError) as caught:
        read_cases([file])

    assert str(caught.value).count("not JSON") == MAX_FAULTS
    assert "… and 7 more" in str(caught.value)


def test_one_id_in_two_files_is_told_with_both_places(tmp_path: Path) -> None:
    first = written(tmp_path, DECISION, QA, name="a.jsonl")
    second = written(tmp_path, {**DECISION, "id": QA["id"]}, name="b.jsonl")

    with pytest.raises(CaseError, match=r"b\.jsonl:1: the id 'qa-1' stands in a\.jsonl:2 already"):
        read_cases([first, second])


def test_blank_lines_a_byte_order_mark_and_windows_line_ends_are_no_faults(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    text = f"\n{json.dumps(DECISION)}\n   \n\t\n{json.dumps(QA)}\n\n".replace("\n", "\r\n")
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())

    assert [case.id for case in read_cases([file])] == ["decision-1", "qa-1"]


def test_a_line_separator_within_a_text_does_not_end_the_line(tmp_path: Path) -> None:
    file = written(tmp_path, {**QA, "question": "one\u2028two\x85three"})

    (case,) = read_cases([file])

    assert isinstance(case, QaCase)
    assert case.question == "one\u2028two\x85three"


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_bytes(json.dumps(QA, ensure_ascii=False).encode("big5"))

    with pytest.raises(CaseError, match=r"cases\.jsonl' cannot be read: .*utf-8"):
        read_cases([file])


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"gone\.jsonl' cannot be read: No such file"):
        read_cases([tmp_path / "gone.jsonl"])


@pytest.mark.parametrize("name", ["gone.jsonl", "gone", "folder"])
def test_a_place_without_cases_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "notes.txt").write_text("no cases here", encoding="utf-8")

    with pytest.raises(CaseError, match=rf"{name}' holds no cases"):
        case_files(tmp_path / name)


def test_the_files_of_a_folder_are_found_at_any_depth_in_one_order(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    files = {written(tmp_path, QA, name=name) for name in ("b/ja.jsonl", "c.jsonl", "a.jsonl", "b/en.jsonl")}

    assert case_files(tmp_path) == tuple(sorted(files))
    assert case_files(tmp_path / "c.jsonl") == (tmp_path / "c.jsonl",)


def test_a_count_written_as_a_float_is_read_as_the_number_that_it_is() -> None:
    case = parse_case(changed(DECISION, "facts.daily_calls", 2.0e6))

    assert isinstance(case, DecisionCase)
    assert repr(case.facts["daily_calls"]) == "2000000"


# The schema


@cache
def shipped_lines() -> tuple[tuple[str, dict[str, Any]], ...]:
    """Every line of the shipped files with its place."""
    root = content_path("evals")
    return tuple(
        (f"{file.parent.name}/{file.name}:{number}", json.loads(line))
        for file in case_files(root)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
    )


def test_the_shipped_schema_is_the_one_that_the_cases_are_read_by() -> None:
    assert json.loads(content_path("evals", "case.schema.json").read_text(encoding="utf-8")) == case_schema()


def test_every_shipped_line_is_valid_by_the_shipped_schema() -> None:
    schema = json.loads(content_path("evals", "case.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    assert len(shipped_lines()) >= len(SUITES) * len(LANGUAGES) * 40
    assert [place for place, line in shipped_lines() if not validator.is_valid(line)] == []


@pytest.mark.parametrize(
    "fault", ["unknown field", "unknown suite", "field missing", "unknown fact", "query without gold"]
)
def test_the_schema_refuses_what_the_reader_refuses(fault: str) -> None:
    assert not jsonschema.Draft202012Validator(case_schema()).is_valid(FAULTS[fault][0])


# What is shipped


@cache
def shipped() -> tuple[Case, ...]:
    return shipped_cases()


Kind = TypeVar("Kind")


def of_type(kind: type[Kind]) -> list[Kind]:
    return [case for case in shipped() if isinstance(case, kind)]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("suite", SUITES)
def test_every_suite_has_enough_cases_in_every_language_half_of_them_untouched(suite: SuiteName, lang: str) -> None:
    halves = Counter(line.get("split") for _, line in shipped_lines() if (line["suite"], line["lang"]) == (suite, lang))

    assert halves.total() >= 40
    assert set(halves) == {"dev", "untouched"}
    assert abs(halves["dev"] - halves["untouched"]) <= 0.1 * halves.total()


def test_a_case_lies_in_the_file_of_its_suite_and_language() -> None:
    assert [
        place for place, line in shipped_lines() if not place.startswith(f"{line['suite']}/{line['lang']}.jsonl:")
    ] == []


def test_cases_of_one_scenario_lie_in_the_same_half() -> None:
    halves: dict[str, set[str]] = {}
    for case in shipped():
        halves.setdefault(case.cluster, set()).add(case.split)

    assert [cluster for cluster, found in halves.items() if len(found) > 1] == []


def test_the_shipped_cases_come_suite_by_suite_with_ids_of_their_own() -> None:
    suites = [SUITES.index(case.suite) for case in shipped()]

    assert suites == sorted(suites)
    assert [name for name, count in Counter(case.id for case in shipped()).items() if count > 1] == []


def test_every_passage_that_a_case_names_stands_in_the_article() -> None:
    named = [
        *((case.id, passage) for case in of_type(RetrievalCase) if case.source == "article" for passage in case.gold),
        *((case.id, passage) for case in of_type(QaCase) for passage in case.gold.passages),
        *(
            (case.id, extra.gold_section)
            for case in of_type(DialogueCase)
            for extra in case.extras
            if extra.gold_section is not None
        ),
    ]

    assert len(named) > 200
    assert [entry for entry in named if entry[1] not in article()] == []


def test_every_passage_of_the_article_but_its_references_is_asked_for_in_retrieval() -> None:
    asked = {passage for case in of_type(RetrievalCase) for passage in case.gold}

    assert {passage for passage in article() if passage not in asked} <= {"references", "overview"}


def test_questions_come_both_answerable_and_not_in_every_language() -> None:
    kinds = Counter((case.lang, case.gold.answerable) for case in of_type(QaCase))

    assert min(kinds[lang, answerable] for lang in LANGUAGES for answerable in (True, False)) >= 10


KINDS = ("follow-up", "comparison", "partly", "false-premise")
"""The tags of what a question asks for beside one fact of the article."""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_of_question_is_asked_in_both_halves_and_a_few_of_each_are_fast(lang: str) -> None:
    questions = [case for case in of_type(QaCase) if case.lang == lang]

    for kind in KINDS:
        own = [case for case in questions if kind in case.tags]
        halves = Counter(case.split for case in own)
        assert min(halves["dev"], halves["untouched"]) >= 5, kind
        assert any("fast" in case.tags for case in own), kind
    assert all(("follow-up" in case.tags) == bool(case.before) for case in questions)
    assert all(case.split == "dev" for case in questions if "fast" in case.tags and case.before)


def test_a_question_answerable_in_part_is_tagged_so() -> None:
    named = [case for case in of_type(QaCase) if case.gold.not_covered and case.gold.answerable]

    assert len(named) >= 40
    assert [case.id for case in named if "partly" not in case.tags] == []


def test_variants_of_one_scenario_tell_the_same_facts_and_end_alike() -> None:
    tellings: dict[str, list[RobustCase]] = {}
    for case in of_type(RobustCase):
        tellings.setdefault(case.scenario, []).append(case)

    for scenario, variants in tellings.items():
        assert len({json.dumps(case.facts, sort_keys=True) for case in variants}) == 1, scenario
        assert len({case.approach for case in variants}) == 1, scenario
        assert {case.lang for case in variants} == set(LANGUAGES), scenario
        assert len({case.text for case in variants}) == len(variants), scenario


def test_the_approach_of_every_telling_is_what_the_contract_gives_for_its_facts() -> None:
    assert [case.id for case in of_type(RobustCase) if case.approach != contract_approach(dict(case.facts))] == []


def in_the_end(case: DialogueCase) -> dict[str, Any]:
    """The person's facts, correction included."""
    correction = case.correction
    return {**case.facts, **({correction.fact: correction.value} if correction else {})}


def test_the_approach_of_every_dialogue_is_what_the_contract_gives_for_its_facts() -> None:
    assert [case.id for case in of_type(DialogueCase) if case.approach != contract_approach(in_the_end(case))] == []


def test_a_skipped_question_does_not_change_where_a_dialogue_ends() -> None:
    """Whether it is put, and so skipped, is the advisor's affair."""
    for case in of_type(DialogueCase):
        skipped = {extra.after_asked: None for extra in case.extras if extra.move == "skip"}
        assert contract_approach({**in_the_end(case), **skipped}) == case.approach, case.id


def test_the_person_of_every_dialogue_can_answer_whatever_is_asked_and_opens_with_the_truth() -> None:
    for case in of_type(DialogueCase):
        assert set(case.facts) == set(case.answers) == set(FACTS), case.id
        assert case.opening_facts.items() <= case.facts.items(), case.id
        if case.correction is not None:
            assert case.facts[case.correction.fact] != case.correction.value, case.id


def contract_flips(facts: dict[str, Any]) -> set[str]:
    """The facts of which another value alone gives another approach."""
    now = contract_approach(facts)
    return {
        fact for fact, values in VALUES.items() for value in values if contract_approach({**facts, fact: value}) != now
    }


def test_the_gold_of_every_decision_is_what_the_contract_gives() -> None:
    for case in of_type(DecisionCase):
        facts = dict(case.facts)
        expected = (contract_approach(facts), contract_final(facts), contract_flips(facts))
        assert (case.gold.approach, case.gold.final, set(case.gold.would_change)) == expected, case.id


# What is derived


def test_every_dialogue_gives_one_case_that_reads_its_answers_each_on_its_own() -> None:
    dialogue = parse_case(DIALOGUE)

    kept, derived = sorted(with_answers([dialogue]), key=lambda case: case.suite)

    assert kept == dialogue
    assert isinstance(derived, ExtractCase)
    assert (derived.id, derived.scenario, derived.lang, derived.split, derived.tags) == (
        "extract-answers-en-7", "pharmacy", "en", "untouched", ("persona-answers", "terse"),
    )  # fmt: skip
    assert [(u.asked, u.text, u.gold, u.known, u.exact) for u in derived.utterances] == [
        ("labeled_data", "I do not know.", {"labeled_data": None}, {}, False),
        ("daily_calls", "300 a day.", {"daily_calls": 300}, {}, False),
    ]


def test_other_cases_give_none_and_all_come_in_the_order_of_the_suites() -> None:
    cases = with_answers([parse_case(raw) for raw in (DECISION, DIALOGUE, QA)])

    assert [case.id for case in cases] == ["qa-1", "extract-answers-en-7", "dialogue-en-7", "decision-1"]


def test_the_shipped_cases_hold_one_derived_case_a_dialogue() -> None:
    derived = [case for case in of_type(ExtractCase) if "persona-answers" in case.tags]

    assert {case.cluster for case in derived} == {case.cluster for case in of_type(DialogueCase)}
    assert len(derived) == len(of_type(DialogueCase))


# The hash


CHANGES: dict[str, tuple[dict[str, Any], str, Any]] = {
    "id": (QA, "id", "qa-2"),
    "half": (QA, "split", "untouched"),
    "tag": (QA, "tags", ["fast"]),
    "language": (QA, "lang", "zh-Hans"),
    "question": (QA, "question", "RAG是什麼？"),
    "gold": (QA, "gold.passages", ["what-is-rag", "closing"]),
    "false premise": (QA, "gold.false_premise", True),
    "fact": (DECISION, "facts.daily_calls", 999_999),
    "fact not known": (DECISION, "facts.daily_calls", None),
    "false for nothing": (DECISION, "facts.strict_format", False),
    "answer": (DIALOGUE, "answers.daily_calls", "300 a day!"),
    "correction": (DIALOGUE, "correction", None),
}


@pytest.mark.parametrize(("raw", "path", "value"), CHANGES.values(), ids=CHANGES)
def test_the_hash_of_the_cases_changes_with_any_change(raw: dict[str, Any], path: str, value: Any) -> None:
    others = [parse_case(case) for case in (DECISION, QA, DIALOGUE) if case is not raw]

    before = case_set_hash([*others, parse_case(raw)])

    assert case_set_hash([*others, parse_case(changed(raw, path, value))]) != before


def test_the_hash_of_the_cases_tells_a_case_more_or_less() -> None:
    cases = [parse_case(case) for case in (DECISION, QA, DIALOGUE)]

    assert len({case_set_hash(cases[:count]) for count in range(4)} | {case_set_hash([*cases, cases[0]])}) == 5


def test_the_hash_of_the_cases_does_not_change_with_their_order() -> None:
    cases = list(shipped())
    random.Random(7).shuffle(cases)  # noqa: S311 - an order, not a secret

    assert case_set_hash(cases) == case_set_hash(shipped())


def test_the_hash_of_the_cases_is_the_same_however_the_line_was_written() -> None:
    turned = dict(reversed(QA.items()))

    assert case_set_hash([parse_case({**turned, "v": 1, "tags": []})]) == case_set_hash([parse_case(QA)])
