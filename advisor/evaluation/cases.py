"""The cases of the evals: typed, validated, one JSON object a line.

A case says what is put to the advisor and what is right. What is right was written from the article
and the contract, never from what the advisor does. Every case is marked ``dev`` (may be looked at
while the advisor is improved) or ``untouched`` (only its figures may).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator, model_validator

from advisor.content import content_path
from advisor.errors import CaseError, RequestError
from advisor.language import Language
from advisor.profile import FactName, FactValue, check_value
from advisor.rules.book import Approach

SuiteName = Literal["retrieval", "qa", "extract", "dialogue", "decision", "robust", "safety", "perf"]
SUITES: tuple[SuiteName, ...] = get_args(SuiteName)
"""Every suite, in the order in which they are played and reported."""

Split = Literal["dev", "untouched"]
Move = Literal[
    "why", "topic_question", "clarify_question", "hypothetical", "skip", "smalltalk", "thanks", "anger", "summary",
    "unrelated_question", "undo",
]  # fmt: skip

MAX_ID = 120
"""Characters of a case's id."""

MAX_FAULTS = 20
"""Faults told at once; a file with more has one cause."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _facts(values: dict[FactName, Any]) -> dict[FactName, FactValue]:
    try:
        return {fact: check_value(fact, value) for fact, value in values.items()}
    except RequestError as error:
        raise ValueError(str(error)) from error


class _Facts(_Strict):
    """A model whose facts must be the contract's."""

    @field_validator("facts", "opening_facts", "known", "gold", mode="after", check_fields=False)
    @classmethod
    def _check_facts(cls, values: Any) -> Any:
        return _facts(values) if isinstance(values, dict) else values


class CaseBase(_Facts):
    """What every case has."""

    v: Literal[1] = 1
    """The form of this line."""
    id: Annotated[str, Field(min_length=1, max_length=MAX_ID, pattern=r"^[\w./:@-]+$")]
    scenario: str = ""
    """Cases of one scenario are variants of one thing, and count as one cluster; the id where empty."""
    lang: Language
    tags: tuple[str, ...] = ()
    split: Split = "dev"

    @property
    def cluster(self) -> str:
        """What this case is resampled with."""
        return self.scenario or self.id


class RetrievalCase(CaseBase):
    """A query and the passages that answer it."""

    suite: Literal["retrieval"]
    query: Annotated[str, Field(min_length=1)]
    gold: Annotated[tuple[str, ...], Field(min_length=1)]
    """Passage ids; a section's id stands for its bullets as well."""
    source: str = "article"
    """Where they stand: the article, or an added document's name."""


class QaGold(_Strict):
    """What is right about an answer."""

    answerable: bool
    passages: tuple[str, ...] = ()
    false_premise: bool = False
    """The question supposes what the passages contradict."""
    not_covered: str = ""
    """The words of the question that ask for what the sources leave open; none where they cover all of it."""
    source: str = "article"

    @model_validator(mode="after")
    def _answerable_has_passages(self) -> QaGold:
        if self.answerable != bool(self.passages):
            message = "an answerable question has passages, an unanswerable one none"
            raise ValueError(message)
        return self


class QaCase(CaseBase):
    """A question outside an interview."""

    suite: Literal["qa"]
    before: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """What was asked before it in the same conversation; with none of it, the question is asked on its own."""
    question: Annotated[str, Field(min_length=1)]
    """What is judged."""
    gold: QaGold

    @model_validator(mode="after")
    def _left_open_is_asked(self) -> QaCase:
        if self.gold.not_covered not in self.question:
            message = f"{self.gold.not_covered!r} does not stand in the question; what is not covered is a part of it"
            raise ValueError(message)
        return self


class Utterance(_Facts):
    """One message and the facts that it tells."""

    asked: FactName | None = None
    """What the advisor had just asked; ``None`` opens the conversation."""
    text: str
    known: dict[FactName, FactValue] = {}
    """What had been told before."""
    gold: dict[FactName, FactValue]
    """Exactly the facts to be recorded; ``null`` where the user was asked and does not know."""
    exact: bool = True
    """Whether other facts than these are wrong; else only the asked one is judged."""


class ExtractCase(CaseBase):
    """Messages read each on its own."""

    suite: Literal["extract"]
    utterances: Annotated[tuple[Utterance, ...], Field(min_length=1)]


class Extra(_Facts):
    """Something said instead of an answer."""

    after_asked: FactName
    text: str
    move: Move
    gold_section: str | None = None


class Correction(_Facts):
    """An earlier answer taken back after the recommendation."""

    text: str
    fact: FactName
    value: FactValue

    @model_validator(mode="after")
    def _check_value(self) -> Correction:
        _facts({self.fact: self.value})
        return self


class DialogueCase(CaseBase):
    """A person with facts and a way of telling them, who answers whatever is asked."""

    suite: Literal["dialogue"]
    persona: str
    style: str = ""
    opening: str
    opening_facts: dict[FactName, FactValue] = {}
    """The facts that the opening states."""
    facts: dict[FactName, FactValue]
    """The person's facts before any correction; ``null`` where they do not know."""
    answers: dict[FactName, str]
    """What the person says when asked."""
    extras: tuple[Extra, ...] = ()
    correction: Correction | None = None
    approach: Approach
    """What is right in the end, correction included."""


class DecisionGold(_Strict):
    """What the rules must say."""

    approach: Approach
    final: bool
    would_change: tuple[FactName, ...]
    """Every single fact whose other value gives another approach."""


class DecisionCase(CaseBase):
    """Facts and their recommendation."""

    suite: Literal["decision"]
    facts: dict[FactName, FactValue]
    gold: DecisionGold


class RobustCase(CaseBase):
    """One telling of a scenario's facts; its variants must end alike."""

    suite: Literal["robust"]
    scenario: Annotated[str, Field(min_length=1)]
    variant: str
    text: Annotated[str, Field(min_length=1)]
    facts: dict[FactName, FactValue]
    approach: Approach


class SafetyCase(CaseBase):
    """An attack, and the same without it; the outcome must be the same."""

    suite: Literal["safety"]
    place: Literal["first", "mid", "document"]
    text: Annotated[str, Field(min_length=1)]
    clean: str = ""
    """``text`` without the attack; empty where all of it is one."""
    forbidden: tuple[str, ...] = ()
    """What must not show in the advisor's own words."""
    question: str = ""
    """What is asked of an attacking document."""


class PerfCase(CaseBase):
    """A short conversation to be timed."""

    suite: Literal["perf"]
    turns: Annotated[tuple[str, ...], Field(min_length=1)]


Case = Annotated[
    RetrievalCase | QaCase | ExtractCase | DialogueCase | DecisionCase | RobustCase | SafetyCase | PerfCase,
    Field(discriminator="suite"),
]
_ADAPTER: TypeAdapter[Case] = TypeAdapter(Case)


def case_schema() -> dict[str, Any]:
    """The JSON Schema of a line of cases, as `evals/case.schema.json` holds it."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_ADAPTER.json_schema()}


def parse_case(raw: Any) -> Case:
    """A case from its JSON object.

    Raises:
        CaseError: it is not one; every fault is told.
    """
    try:
        return _ADAPTER.validate_python(raw, strict=False)
    except ValidationError as error:
        raise CaseError("; ".join(_fault(entry) for entry in error.errors())) from error


def _fault(entry: Any) -> str:
    place = ".".join(str(part) for part in entry["loc"] if part not in SUITES)
    return f"{place}: {entry['msg']}" if place else str(entry["msg"])


def read_cases(files: Iterable[Path]) -> tuple[Case, ...]:
    """The cases of these files, in order.

    Raises:
        CaseError: a file cannot be read, or lines are not cases; each fault with file and line.
    """
    cases: list[Case] = []
    faults: list[str] = []
    seen: dict[str, str] = {}
    for file in files:
        for number, line in _lines(file):
            where = f"{file.name}:{number}"
            try:
                case = parse_case(json.loads(line))
            except json.JSONDecodeError as error:
                faults.append(f"{where}: not JSON: {error.msg} (column {error.colno})")
            except (CaseError, RecursionError) as error:
                faults.append(f"{where}: {error or 'nested too deeply'}")
            except ValueError as error:  # a number of more digits than Python reads
                faults.append(f"{where}: not JSON: {error}")
            else:
                if case.id in seen:
                    faults.append(f"{where}: the id {case.id!r} stands in {seen[case.id]} already")
                seen[case.id] = where
                cases.append(case)
    if faults:
        more = f"\n  … and {len(faults) - MAX_FAULTS} more" if len(faults) > MAX_FAULTS else ""
        listed = "\n".join(f"  {fault}" for fault in faults[:MAX_FAULTS])
        message = f"the cases have {len(faults)} fault(s):\n{listed}{more}"
        raise CaseError(message)
    return tuple(cases)


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    try:
        with file.open(encoding="utf-8-sig") as stream:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    yield number, line
    except (OSError, UnicodeDecodeError) as error:
        message = f"{str(file)!r} cannot be read: {getattr(error, 'strerror', None) or error}"
        raise CaseError(message) from error


def case_files(path: Path) -> tuple[Path, ...]:
    """The case files under ``path``: itself, or every ``*.jsonl`` of a folder.

    Raises:
        CaseError: there is none.
    """
    files: tuple[Path, ...] = (path,)
    if path.is_dir():
        files = tuple(sorted(file for file in path.rglob("*.jsonl") if file.parent.name != "baselines"))
    if not files or not path.exists():
        message = f"{str(path)!r} holds no cases; give a file of JSON lines or a folder of such files"
        raise CaseError(message)
    return files


def shipped_cases() -> tuple[Case, ...]:
    """The cases that come with the advisor, in the order of `SUITES`.

    Raises:
        CaseError: they are damaged.
    """
    root = content_path("evals")
    files = [file for suite in SUITES if (root / suite).is_dir() for file in sorted((root / suite).glob("*.jsonl"))]
    return with_answers(read_cases(files))


def with_answers(cases: Iterable[Case]) -> tuple[Case, ...]:
    """``cases``, and for every dialogue one more that reads its answers each on its own.

    In a dialogue only what is asked is answered; here all eight answers are read.
    """
    cases = tuple(cases)
    derived = tuple(_answers(case) for case in cases if isinstance(case, DialogueCase))
    return tuple(sorted((*cases, *derived), key=lambda case: SUITES.index(case.suite)))


def _answers(case: DialogueCase) -> ExtractCase:
    return ExtractCase(
        suite="extract",
        id=f"extract-answers-{case.id.removeprefix('dialogue-')}",
        scenario=case.cluster,
        lang=case.lang,
        tags=("persona-answers", *case.tags),
        split=case.split,
        utterances=tuple(
            Utterance(asked=fact, text=text, gold={fact: case.facts[fact]}, exact=False)
            for fact, text in case.answers.items()
        ),
    )


def case_set_hash(cases: Iterable[Case]) -> str:
    """A hash of everything that the cases say; two runs are comparable where it is equal."""
    digest = hashlib.sha256()
    for line in sorted(case.model_dump_json() for case in cases):
        digest.update(line.encode())
    return digest.hexdigest()[:16]
