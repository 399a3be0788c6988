"""Whole conversations, written down as files named for what the user does.

Whoever knows the subject can add one: `tests/conversations/<theme>/<what_the_user_does>.yaml`, with the
language of the replies and the turns. After every turn the runner also checks what must always hold.
"""

from __future__ import annotations

import json
import random
import re
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ConfigDict, Field

from advisor.app import Advisor
from advisor.citations import faults, sentences
from advisor.composing.embedded import recommendation_dict
from advisor.conversation import Conversation
from advisor.language import LANGUAGES, Language, detect
from advisor.profile import FACTS, FactName, FactValue, Known, Profile
from advisor.rules.engine import recommend
from advisor.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from advisor.messages import Response

_TESTS = Path(__file__).parent.parent
_FOLDER = _TESTS / "conversations"
_THEMES = ("happy_path", "corrections", "digressions", "follow_ups", "not_covered", "injection", "language")

_QUOTED = re.compile(r"“[^”]*”|「[^」]*」")
_MARKER = re.compile(r"\[(\d+)\]")
_TOPIC = re.compile(
    r"(?<![A-Za-z])RAG(?![A-Za-z])|fine-?tun|微調|微调|ファインチューニング|混合架構|混合架构|ハイブリッド",
    re.IGNORECASE,
)
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)
_LINK = re.compile(r"://|www\.|\]\(|javascript:|<[a-z/!]", re.IGNORECASE)


class _Turn(BaseModel):
    """One message and what is expected of the reply; what is not named is not compared."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user: str
    repeat: int = Field(default=1, ge=1)
    """How often the message is repeated within itself: a long message in a short file."""
    asking: FactName | None = None
    facts: dict[FactName, FactValue] = Field(default_factory=dict)
    """These are known so; others may be too."""
    absent: list[FactName] = Field(default_factory=list)
    """These were neither asked nor told."""
    approach: str | None = None
    final: bool | None = None
    supported: bool = True
    says: list[str] = Field(default_factory=list)
    """Fragments of the reply."""
    not_says: list[str] = Field(default_factory=list)
    language: Language | None = None
    """Where it differs from the conversation's."""
    cites: list[str] = Field(default_factory=list)
    """Ids of passages or rules; others may be cited too."""


class _Conversation(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    language: Language
    turns: list[_Turn] = Field(min_length=1)


_FILES = sorted(_FOLDER.glob("*/*.yaml"))


def _read(path: Path) -> _Conversation:
    return _Conversation.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@cache
def _schema() -> Draft202012Validator:
    return Draft202012Validator(json.loads((_TESTS / "response.schema.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def advisor(tmp_path_factory: pytest.TempPathFactory, built_index: Path) -> Iterator[Advisor]:
    """One advisor for all conversations of this file; each is a session of its own."""
    home = tmp_path_factory.mktemp("conversations")
    shutil.copytree(built_index, home / "index", ignore=shutil.ignore_patterns(".lock"))
    made = Advisor(load_settings({"ADVISOR_HOME": str(home)}))
    # The same words come up in many conversations; a vector is worked out once.
    made.embedder.query = cache(made.embedder.query)  # type: ignore[method-assign]
    yield made
    made.close()


@dataclass
class _Session:
    """A conversation with a real advisor; every turn is held against what must always hold."""

    advisor: Advisor
    name: str
    facts: dict[str, dict[str, Any]]

    def say(self, text: str) -> Response:
        """Play one turn."""
        response = self.advisor.respond(self.name, text)
        self._check_proofs(response)
        self._check_language(response)
        self._check_facts(response, text)
        _schema().validate(response.to_dict())
        self.facts = response.facts
        return response

    def _check_proofs(self, response: Response) -> None:
        """Every marker has its verbatim quote, and no statement about the topic goes without one."""
        reply, citations = response.reply, response.citations
        sources = self.advisor.retriever.passages(response.language)
        assert reply.strip()
        assert faults(reply, citations, sources) == ()
        assert {int(n) for n in _MARKER.findall(reply)} == {citation.n for citation in citations}
        assert [citation.n for citation in citations] == list(range(1, len(citations) + 1))
        for citation in citations:
            assert any(citation.quote in line for line in sources[citation.source, citation.id].lines)
        claims = [part for line in _QUOTED.sub("“…”", reply).split("\n") for part in sentences(line)]
        assert [claim for claim in claims if _TOPIC.search(claim) and not _MARKER.search(claim)] == []

    def _check_language(self, response: Response) -> None:
        """The reply is in one language, but for what the user and the sources said in another."""
        assert detect(_QUOTED.sub("", response.reply), response.language) == response.language

    def _check_facts(self, response: Response, text: str) -> None:
        """The words of a fact are the user's own, earlier ones stay, and the rules alone recommend."""
        profile = Profile.from_dict(response.facts)
        book = self.advisor.book
        for fact, known in response.facts.items():
            assert known == self.facts.get(fact) or known["turn"] == response.turn, fact
            assert known["turn"] < response.turn or known["said"] in text, fact
        worked_out = recommendation_dict(recommend(book, profile), response.language, book) if profile else None
        assert response.recommendation == worked_out
        stored = self.advisor.sessions.load(self.name)
        assert stored is not None
        assert stored.conversation.asking == response.asking
        assert response.asking not in response.facts or stored.conversation.follow_up is not None


# --- conversations from files ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", _FILES, ids=[f"{path.parent.name}/{path.stem}" for path in _FILES])
def test_the_conversation_goes_as_written_down(advisor: Advisor, path: Path) -> None:
    conversation = _read(path)
    session = _Session(advisor, f"{path.parent.name}.{path.stem}"[:100], {})
    for number, turn in enumerate(conversation.turns, start=1):
        response = session.say(turn.user * turn.repeat)

        _compare(turn, response, conversation.language, f"turn {number}, {turn.user[:60]!r}: {response.reply}")


def _compare(expected: _Turn, response: Response, language: Language, where: str) -> None:
    named = expected.model_fields_set
    recommendation = response.recommendation or {"approach": None, "final": None}
    assert response.language == (expected.language or language), where
    assert response.supported == expected.supported, where
    assert {fact: response.facts.get(fact, {}).get("value", "absent") for fact in expected.facts} == expected.facts, (
        where
    )
    assert [fact for fact in expected.absent if fact in response.facts] == [], where
    if "asking" in named:
        assert response.asking == expected.asking, where
    if "approach" in named:
        assert recommendation["approach"] == expected.approach, where
    if "final" in named:
        assert recommendation["final"] == expected.final, where
    assert [words for words in expected.says if words not in response.reply] == [], where
    assert [words for words in expected.not_says if words in response.reply] == [], where
    assert [name for name in expected.cites if name not in {citation.id for citation in response.citations}] == [], (
        where
    )


def test_every_theme_is_written_down_in_every_language() -> None:
    written = {(path.parent.name, _read(path).language) for path in _FILES}

    assert {theme for theme, _ in written} == set(_THEMES)
    assert {(theme, language) for theme in _THEMES for language in LANGUAGES} - written == set()


def test_a_file_is_named_for_what_the_user_does() -> None:
    assert [path.name for path in _FILES if not re.fullmatch(r"user_[a-z_]+\.yaml", path.name)] == []


# --- interviews of random personas -----------------------------------------------------------------------------


@cache
def _answers() -> dict[Language, dict[FactName, dict[FactValue, str]]]:
    """What a person says: language → fact → value → words; the key `unknown` is a don't-know."""
    answers: dict[Language, dict[FactName, dict[FactValue, str]]] = yaml.safe_load(
        (_FOLDER / "answers.yaml").read_text(encoding="utf-8")
    )
    return answers


@pytest.mark.parametrize("seed", range(10))
def test_an_interview_ends_final_and_asks_no_fact_twice(advisor: Advisor, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    language = LANGUAGES[seed % len(LANGUAGES)]
    persona = {fact: draw.choice(list(_answers()[language][fact])) for fact in FACTS}
    session = _Session(advisor, f"persona-{seed}", {})
    asked: list[FactName] = []
    response = session.say(_answers()[language]["knowledge_update_frequency"]["weekly"])
    persona["knowledge_update_frequency"] = "weekly"

    while response.asking is not None:
        fact = response.asking
        assert fact not in asked
        asked.append(fact)
        response = session.say(_answers()[language][fact][persona[fact]])
        told = None if persona[fact] == "unknown" else persona[fact]
        assert response.facts[fact]["value"] == told, persona

    assert response.language == language
    assert response.recommendation is not None
    assert response.recommendation["final"]


def test_a_persona_can_say_every_value_of_every_fact() -> None:
    from advisor.profile import CHOICES

    for language in LANGUAGES:
        for fact in FACTS:
            said = set(_answers()[language][fact])
            assert said == {*CHOICES.get(fact, (2_000, 3_000_000)), "unknown"}, (language, fact)


# --- what others have tried on other programs ----------------------------------------------------------------------

_INJECTIONS = [
    json.loads(line)
    for line in (_TESTS / "attacks" / "public_injections.jsonl").read_text(encoding="utf-8").splitlines()
]
_each_injection = pytest.mark.parametrize("injection", _INJECTIONS, ids=[one["id"] for one in _INJECTIONS])

_PENDING: dict[FactName, dict[FactName, FactValue]] = {
    "knowledge_update_frequency": {"output_priority": "accuracy"},
    "output_priority": {"knowledge_update_frequency": "weekly"},
    "labeled_data": {"knowledge_update_frequency": "weekly", "output_priority": "accuracy"},
    "traceability_required": {
        "knowledge_update_frequency": "weekly",
        "output_priority": "accuracy",
        "labeled_data": "insufficient",
    },
}
"""What is known when a question is pending."""


@_each_injection
def test_an_injection_sets_no_fact_and_moves_no_question(advisor: Advisor, injection: dict[str, str]) -> None:
    """As the first message, and in mid-interview, where the strings take turns at the pending questions."""
    first = _Session(advisor, f"first-{injection['id']}", {}).say(injection["text"])
    asking = list(_PENDING)[_INJECTIONS.index(injection) % len(_PENDING)]
    session = _resumed(advisor, f"mid-{injection['id']}", asking)
    known = session.facts
    later = session.say(injection["text"])

    assert (first.facts, first.recommendation) == ({}, None)
    assert (later.facts, later.asking) == (known, asking)
    for response in (first, later):
        assert _INVISIBLE.findall(response.reply) == []
        assert _LINK.findall(response.reply) == []


def _resumed(advisor: Advisor, name: str, asking: FactName) -> _Session:
    """A stored session whose last reply ended by asking for ``asking``."""
    profile = Profile({fact: Known(value, "as I said", 1) for fact, value in _PENDING[asking].items()})
    before = Conversation(
        language="en", profile=profile, asking=asking, opened=True, rules_fingerprint=advisor.book.fingerprint
    )
    advisor.sessions.append(name, 1, "2026-11-23T00:00:00+00:00", "as I said", {}, before)
    return _Session(advisor, name, profile.to_dict())
