"""What is told unasked, by the shipped reader: unmistakable sentences that tell one fact, several, or none."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from advisor import commands as c
from advisor.app import Advisor
from advisor.settings import load_settings
from advisor.understanding.tellings import TellingReader, fits
from advisor.understanding.text import sentences
from advisor.understanding.thresholds import Thresholds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from advisor.profile import FactName, FactValue

LIMITS = Thresholds()


@pytest.fixture(scope="module")
def advising(built_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Advisor]:
    home = tmp_path_factory.mktemp("telling")
    shutil.copytree(built_index, home / "index", ignore=shutil.ignore_patterns(".lock"))
    advisor = Advisor(load_settings({"ADVISOR_HOME": str(home)}))
    yield advisor
    advisor.close()


@pytest.fixture(scope="module")
def tellings(advising: Advisor) -> TellingReader:
    return TellingReader(advising.embedder, advising.derived.reader, advising.book, LIMITS)


def _told(tellings: TellingReader, message: str, least: float = LIMITS.told) -> dict[FactName, FactValue]:
    """The facts that a message tells; whatever they are, the words kept are the user's."""
    found = tellings.tell(list(sentences(message)), least)
    assert all(command.said in message for command in found)
    assert all(isinstance(command, c.SetFact) for command in found)
    return {command.fact: command.value for command in found if isinstance(command, c.SetFact)}


TWO_FACTS: dict[str, tuple[str, dict[FactName, FactValue]]] = {
    "en, labels and sources": (
        "We have no labelled data, and every answer must cite its source.",
        {"labeled_data": "insufficient", "traceability_required": True},
    ),
    "en, frequency and sources": (
        "Our price list changes every day and every answer has to cite its source.",
        {"knowledge_update_frequency": "daily", "traceability_required": True},
    ),
    "en, frequency and calls": (
        "The manuals are revised every quarter and we expect 2,000 questions a day.",
        {"knowledge_update_frequency": "quarterly", "daily_calls": 2_000},
    ),
    "zh-Hant, frequency and sources": (
        "價目表每天更新，而且每個回答都必須附上出處。",
        {"knowledge_update_frequency": "daily", "traceability_required": True},
    ),
    "zh-Hant, frequency and calls": (
        "規程每個月改一次，一天大約三千次查詢。",
        {"knowledge_update_frequency": "monthly", "daily_calls": 3_000},
    ),
    "zh-Hans, frequency and sources": (
        "价目表每天更新，而且每个回答都必须注明出处。",
        {"knowledge_update_frequency": "daily", "traceability_required": True},
    ),
}


@pytest.mark.parametrize(("message", "facts"), TWO_FACTS.values(), ids=TWO_FACTS)
def test_a_sentence_that_tells_two_facts_gives_both(
    tellings: TellingReader, message: str, facts: dict[FactName, FactValue]
) -> None:
    assert _told(tellings, message) == facts


LOST_BESIDE_ANOTHER: dict[str, tuple[str, dict[FactName, FactValue]]] = {
    "ja, frequency and labels": (
        "データは毎週更新され、ラベル付きデータはありません。",
        {"knowledge_update_frequency": "weekly", "labeled_data": "insufficient"},
    ),
}


@pytest.mark.xfail(strict=True, reason="what is said of labelled data is lost beside another fact of its sentence")
@pytest.mark.parametrize(("message", "facts"), LOST_BESIDE_ANOTHER.values(), ids=LOST_BESIDE_ANOTHER)
def test_labelled_data_is_told_beside_another_fact(
    tellings: TellingReader, message: str, facts: dict[FactName, FactValue]
) -> None:
    assert _told(tellings, message) == facts


HINTS = {
    "en, where": "Our office is in the centre of town.",
    "en, since when": "We have been in business since 1998.",
    "en, thinking": "We are thinking about a chatbot.",
    "en, who": "We are a small team of nurses.",
    "en, wondering": "I wonder whether we need templates.",
    "en, formats were mentioned": "Somebody said something about formats.",
    "zh-Hant, where": "我們公司在台北有三個辦公室。",
    "zh-Hant, sources were mentioned": "同事提過出處的事。",
    "zh-Hans, since when": "我们公司成立于1998年。",
    "zh-Hans, busy": "大家都很忙。",
    "ja, where": "弊社は大阪にあります。",
    "ja, since when": "会社は2010年に設立されました。",
}


@pytest.mark.parametrize("message", HINTS.values(), ids=HINTS)
def test_a_mere_hint_tells_nothing(tellings: TellingReader, message: str) -> None:
    assert tellings.tell(list(sentences(message)), LIMITS.told) == []


CORRECTED: dict[str, tuple[str, dict[FactName, FactValue]]] = {
    "en": ("Our prices change every week, no wait, every month.", {"knowledge_update_frequency": "monthly"}),
    "en, calls": (
        "We get 500 questions a day, sorry, I meant 5,000 questions a day.",
        {"daily_calls": 5_000},
    ),
    "zh-Hant": ("我們的資料每週更新，不對，是每個月更新。", {"knowledge_update_frequency": "monthly"}),
    "zh-Hans": ("我们的资料每周更新，不对，是每个月更新。", {"knowledge_update_frequency": "monthly"}),
    "ja": ("資料は毎週、いや、毎月更新されます。", {"knowledge_update_frequency": "monthly"}),
}


@pytest.mark.parametrize(("message", "facts"), CORRECTED.values(), ids=CORRECTED)
def test_a_telling_corrected_in_the_same_breath_counts_as_corrected(
    tellings: TellingReader, message: str, facts: dict[FactName, FactValue]
) -> None:
    assert _told(tellings, message) == facts


def test_each_fact_comes_from_the_sentence_that_tells_it(tellings: TellingReader) -> None:
    message = "Every answer must cite its source. We have no labelled data. Our office is in town."
    assert tellings.tell(list(sentences(message)), LIMITS.told) == [
        c.SetFact("labeled_data", "insufficient", "We have no labelled data."),
        c.SetFact("traceability_required", value=True, said="Every answer must cite its source."),
    ]


def test_a_count_of_examples_that_lies_between_is_asked_back(tellings: TellingReader) -> None:
    message = "We have 700 examples, labelled and reviewed by our experts."
    (command,) = tellings.tell(list(sentences(message)), LIMITS.told)
    assert isinstance(command, c.AskBack)
    assert (command.fact, command.reason, command.said) == ("labeled_data", "count-between", message)


def test_the_more_is_asked_of_a_telling_the_less_is_told(advising: Advisor, tellings: TellingReader) -> None:
    message = "Every answer must cite its source."
    lead, value = tellings.lead("traceability_required", advising.embedder.query(message), message)
    assert value == "true"
    assert _told(tellings, message, lead - 0.01) == {"traceability_required": True}
    assert _told(tellings, message, lead + 0.01) == {}


def test_an_announced_correction_needs_to_be_less_plain(tellings: TellingReader) -> None:
    """Where little else would be heard, a correction still is."""
    plain, announced = "Every answer must cite its source.", "I was wrong earlier: every answer must cite its source."
    assert _told(tellings, plain, least=100.0) == {}
    assert _told(tellings, announced, least=100.0) == {"traceability_required": True}


def test_of_a_very_long_story_the_beginning_is_read(tellings: TellingReader) -> None:
    fact, filler = "Every answer must cite its source. ", "Our office is in the centre of town. "
    assert _told(tellings, filler * 3 + fact + filler * 500) == {"traceability_required": True}
    assert _told(tellings, filler * 500 + fact) == {}


CONTRADICTIONS = {
    "en": "Every answer must cite its source. Nobody needs to see any sources.",
}


@pytest.mark.parametrize("message", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_two_sentences_that_do_not_fit_are_asked_about(tellings: TellingReader, message: str) -> None:
    first, last = sentences(message)
    (command,) = tellings.tell([first, last], LIMITS.told)
    assert command == c.AskBack(
        "traceability_required", "contradiction", last.said, options=(True, False), other=first.said
    )


FITTING: dict[str, tuple[FactName, FactValue, FactValue, bool]] = {
    "the same": ("strict_format", True, True, True),
    "yes and no": ("strict_format", True, False, False),
    "frequencies side by side": ("knowledge_update_frequency", "daily", "weekly", True),
    "frequencies far apart": ("knowledge_update_frequency", "daily", "yearly", False),
    "both and one of them": ("output_priority", "both", "accuracy", True),
    "one and the other": ("output_priority", "accuracy", "consistency", False),
    "counts of calls": ("daily_calls", 10, 1_000_000, True),
    "unknown and something": ("labeled_data", None, "sufficient", True),
    "enough and too few": ("labeled_data", "insufficient", "sufficient", False),
}


@pytest.mark.parametrize(("fact", "first", "last", "fitting"), FITTING.values(), ids=FITTING)
def test_two_values_fit_if_both_can_be_meant(
    fact: FactName, first: FactValue, last: FactValue, *, fitting: bool
) -> None:
    assert fits(fact, first, last) is fitting
    assert fits(fact, last, first) is fitting
