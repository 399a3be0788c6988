"""Whole conversations with a scripted user: what was understood, what was asked, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, Any

from advisor.evaluation import cases as c
from advisor.evaluation.play import told
from advisor.evaluation.scoring.judging import (
    MISSING,
    Judgement,
    engine,
    facts_shown,
    reply_counts,
    same,
    section_of,
    value_shown,
    values_of,
)
from advisor.profile import FRAMEWORK, FactName, FactValue, fact_name
from advisor.rules.engine import recommend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.evaluation.records import Played, Record
    from advisor.rules.book import RuleBook


@dataclass
class _Told:
    """What a scripted user has told so far, and what is true, turn by turn."""

    case: c.DialogueCase
    truth: dict[FactName, FactValue]
    so_far: dict[FactName, FactValue]
    moves: list[bool] = field(default_factory=list)
    why: list[str] = field(default_factory=list)
    corrected: bool | None = None

    def hear(self, turn: Played, before: Mapping[str, Any] | None) -> None:
        """Take in one turn, and judge how a digression or a correction was met."""
        values = values_of(turn.response)
        if turn.kind in ("answer", "nudge") and turn.fact is not None:
            self.so_far[fact_name(turn.fact)] = self.truth[fact_name(turn.fact)]
        elif turn.kind == "correction" and self.case.correction is not None:
            correction = self.case.correction
            self.truth[correction.fact] = self.so_far[correction.fact] = correction.value
            self.corrected = same(values.get(correction.fact, MISSING), correction.value)
            if not self.corrected:
                self.why.append(f"the correction {turn.text!r} did not take effect")
        elif turn.kind == "skip" and turn.fact is not None:
            self.truth[fact_name(turn.fact)] = self.so_far[fact_name(turn.fact)] = None
            self._move(turn, None if values.get(fact_name(turn.fact), MISSING) is None else "the fact is still open")
        elif turn.kind != "opening" and before is not None:
            self._move(turn, _move_fault(turn, before, self.case))

    def _move(self, turn: Played, fault: str | None) -> None:
        self.moves.append(fault is None)
        if fault:
            self.why.append(f"{turn.kind} {turn.text!r}: {fault}")

    def right(self, values: Mapping[FactName, FactValue]) -> bool:
        """Whether everything told is known, and nothing known is untrue."""
        return all(same(values.get(fact, MISSING), value) for fact, value in self.so_far.items()) and all(
            same(value, self.truth.get(fact, MISSING)) for fact, value in values.items()
        )


def score_dialogue(record: Record, book: RuleBook) -> Judgement:
    """What was known turn by turn, how many questions it took, and where it ended."""
    case = record.case
    assert isinstance(case, c.DialogueCase)
    counts = reply_counts(record, book)
    told_facts = _Told(case, dict(case.facts), dict(case.opening_facts))
    joint, before = 0, None
    for turn in record.turns:
        told_facts.hear(turn, before)
        joint += told_facts.right(values_of(turn.response))
        before = turn.response
    last = record.turns[-1].response
    first, known = values_of(record.turns[0].response), values_of(last)
    wrong = {fact: value for fact, value in known.items() if not same(value, told_facts.truth.get(fact, MISSING))}
    so_far, opening = told_facts.so_far, case.opening_facts
    asked = {turn.response["asking"] for turn in record.turns if turn.response["asking"]}
    excess = max(0, len(asked) - fewest_questions(book, case))
    recommendation = last["recommendation"] or {}
    final, approach = bool(recommendation.get("final")), recommendation.get("approach")
    counts |= {
        "slots": (float(sum(same(known.get(f, MISSING), v) for f, v in so_far.items())), float(len(so_far))),
        "wrong_facts": (float(len(wrong)), 1.0),
        "joint_goal": (float(joint), float(len(record.turns))),
        "opening": (float(sum(same(first.get(f, MISSING), v) for f, v in opening.items())), float(len(opening))),
        "opening_spurious": (float(len(set(first) - set(opening))), 1.0),
        "moves": (float(sum(told_facts.moves)), float(len(told_facts.moves))),
        "excess_questions": (float(excess), 1.0),
        "within_one": (float(excess <= 1), 1.0),
        "asked_again": (float(_asked_again(record.turns)), 1.0),
        "engine": engine(record.turns, book),
        "final": (float(final), 1.0),
        "approach": (float(approach == case.approach), 1.0),
        "passed": (float(final and approach == case.approach), 1.0),
    }
    if told_facts.corrected is not None:
        counts["corrections"] = (float(told_facts.corrected), 1.0)
    why = [] if final else ["the recommendation never became final"]
    if approach != case.approach:
        why.append(f"expected {case.approach}, got {approach}")
    why += [
        f"{fact}: expected {value_shown(told_facts.truth.get(fact))}, got {value_shown(value)}"
        for fact, value in wrong.items()
    ]
    return Judgement(counts, [*why, *told_facts.why], approach)


def _move_fault(turn: Played, before: Mapping[str, Any], case: c.DialogueCase) -> str | None:
    """What is wrong with the reaction to a digression, or ``None``."""
    response = turn.response
    if turn.kind != "undo" and values_of(response) != values_of(before):
        return f"facts changed to {facts_shown(values_of(response))}"
    if turn.kind == "undo":
        return None
    if response["asking"] != before["asking"]:
        return f"the question about {before['asking']} did not come back"
    cited = {section_of(citation["id"]) for citation in response["citations"]}
    extra = next((extra for extra in case.extras if extra.text == turn.text), None)
    match turn.kind:
        case "topic_question":
            if not response["supported"]:
                return "refused a question that the article answers"
            if extra is not None and extra.gold_section and section_of(extra.gold_section) not in cited:
                return f"expected {extra.gold_section}, cited {', '.join(sorted(cited)) or 'nothing'}"
        case "unrelated_question" if response["supported"]:
            return "answered what the article does not cover"
        case "why" if not cited:
            return "no proof why it is asked"
        case _:
            pass
    return None


def _asked_again(turns: tuple[Played, ...]) -> int:
    """How often a question came back though the user had answered it, one short follow-up a fact allowed for."""
    answers: dict[str, int] = {}
    again = 0
    for turn in turns:
        if turn.kind in ("answer", "nudge") and turn.fact is not None:
            answers[turn.fact] = answers.get(turn.fact, 0) + 1
        asking = turn.response["asking"]
        if asking is None:
            continue
        if answers.get(asking, 0) >= 2 or (turn.kind != "skip" and asking in turn.response["facts"]):
            again += 1
    return again


def fewest_questions(book: RuleBook, case: c.DialogueCase) -> int:
    """How many of the person's facts must be asked, at least, until the recommendation is final.

    The opening's facts are told already; what is found by trying every set of the others, the
    smallest first, as a certificate of the outcome.
    """
    return _fewest(book, tuple(sorted(case.facts.items())), tuple(sorted(case.opening_facts.items())))


@cache
def _fewest(
    book: RuleBook, facts: tuple[tuple[FactName, FactValue], ...], opening: tuple[tuple[FactName, FactValue], ...]
) -> int:
    start = told(dict(opening))
    open_facts = [(fact, value) for fact, value in facts if fact not in start]
    must = [(fact, value) for fact, value in open_facts if fact in FRAMEWORK]
    others = [entry for entry in open_facts if entry not in must]
    for more in range(len(others) + 1):
        for chosen in combinations(others, more):
            if recommend(book, told({**dict(opening), **dict(must), **dict(chosen)})).final:
                return len(must) + more
    return len(open_facts)
