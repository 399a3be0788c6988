"""What answers the question that was asked, by the shipped reader: unmistakable answers of every sort."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from advisor import commands as c
from advisor.app import Advisor
from advisor.profile import FACTS, FactName, FactValue, Profile
from advisor.settings import load_settings
from advisor.understanding.answers import AnswerReader
from advisor.understanding.context import Context
from advisor.understanding.text import sentences
from advisor.understanding.thresholds import Thresholds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from advisor.commands import Command

    Answer = Callable[..., Command | None]


@pytest.fixture(scope="module")
def advising(built_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Advisor]:
    home = tmp_path_factory.mktemp("answering")
    shutil.copytree(built_index, home / "index", ignore=shutil.ignore_patterns(".lock"))
    advisor = Advisor(load_settings({"ADVISOR_HOME": str(home)}))
    yield advisor
    advisor.close()


@pytest.fixture(scope="module")
def answers(advising: Advisor) -> AnswerReader:
    return AnswerReader(advising.embedder, advising.derived.reader, advising.book, Thresholds())


@pytest.fixture(scope="module")
def answer(advising: Advisor, answers: AnswerReader) -> Answer:
    def answered(
        asking: FactName, message: str, told: str | None = None, follow_up: str | None = None
    ) -> Command | None:
        """What ``message``, of which the sentences ``told`` are no questions, answers."""
        context = Context(
            asking=asking,
            follow_up=follow_up,
            follow_up_said="",
            follow_up_options=(),
            options_shown=False,
            profile=Profile(),
        )
        spans = list(sentences(message if told is None else told))
        return answers.answer(asking, message, spans, advising.embedder.query(message), context)

    return answered


PLAIN: dict[str, tuple[FactName, str, FactValue]] = {
    "en, yes": ("traceability_required", "Yes", True),
    "en, no": ("strict_format", "No", False),
    "en, frequency": ("knowledge_update_frequency", "once a month", "monthly"),
    "en, frequency without a recurrence": ("knowledge_update_frequency", "It never changes.", "static"),
    "en, calls": ("daily_calls", "900,000 a month", 30_000),
    "en, priority": ("output_priority", "Accuracy matters most.", "accuracy"),
    "zh-Hant, yes": ("traceability_required", "需要", True),
    "zh-Hant, frequency": ("knowledge_update_frequency", "每週更新一次", "weekly"),
    "zh-Hant, calls": ("daily_calls", "一天三千次", 3_000),
    "zh-Hans, no": ("specialized_language", "没有，就是日常用语", False),
    "zh-Hans, frequency": ("knowledge_update_frequency", "从来不变", "static"),
    "zh-Hans, calls": ("daily_calls", "每天200万次", 2_000_000),
    "ja, yes": ("use_case_validated", "はい", True),
    "ja, no": ("traceability_required", "いいえ", False),
    "ja, frequency": ("knowledge_update_frequency", "毎日更新します", "daily"),
    "ja, calls": ("daily_calls", "1日に3000回", 3_000),
}


@pytest.mark.parametrize(("asking", "message", "value"), PLAIN.values(), ids=PLAIN)
def test_a_plain_answer_sets_the_fact_in_the_users_words(
    answer: Answer, asking: FactName, message: str, value: FactValue
) -> None:
    assert answer(asking, message) == c.SetFact(asking, value, message)


CORRECTED: dict[str, tuple[FactName, str, FactValue]] = {
    "en, frequency": ("knowledge_update_frequency", "Weekly, no wait, monthly.", "monthly"),
    "en, calls": ("daily_calls", "500 a day, no wait, 5,000 a day", 5_000),
    "en, calls, then a bare figure": ("daily_calls", "5,000 a day, no wait, 500", 500),
    "en, priority": ("output_priority", "Accuracy, no wait, consistency.", "consistency"),
    "en, yes or no": ("strict_format", "No, sorry, I meant yes.", True),
    "zh-Hant, frequency": ("knowledge_update_frequency", "每天，不對，每週", "weekly"),
    "zh-Hant, calls": ("daily_calls", "每天五百次，不對，五千次", 5_000),
    "zh-Hant, priority": ("output_priority", "一致性，不對，正確性", "accuracy"),
    "zh-Hans, calls": ("daily_calls", "每天五百次，不对，五千次", 5_000),
    "zh-Hans, priority": ("output_priority", "一致性，不对，正确性", "accuracy"),
    "ja, calls": ("daily_calls", "1日500件、いや、5000件です", 5_000),
    "ja, priority": ("output_priority", "一貫性、いや、正確さです", "accuracy"),
    "ja, yes or no": ("strict_format", "いいえ、いや、はい", True),
}


@pytest.mark.parametrize(("asking", "message", "value"), CORRECTED.values(), ids=CORRECTED)
def test_what_follows_a_correction_in_the_answer_counts(
    answer: Answer, asking: FactName, message: str, value: FactValue
) -> None:
    command = answer(asking, message)
    assert isinstance(command, c.SetFact)
    assert (command.fact, command.value) == (asking, value)
    assert command.said in message


NO_ANSWERS: dict[str, tuple[FactName, str]] = {
    "en, something else": ("output_priority", "The weather is nice today."),
    "en, a hint at the place": ("traceability_required", "Our office is in town."),
    "en, a colour": ("strict_format", "The lobby is painted blue."),
    "en, people instead of calls": ("daily_calls", "twelve people"),
    "en, much": ("daily_calls", "a lot"),
    "ja, something else": ("use_case_validated", "本社は大阪です"),
}


@pytest.mark.parametrize(("asking", "message"), NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_what_does_not_answer_is_no_answer(answer: Answer, asking: FactName, message: str) -> None:
    assert answer(asking, message) is None


@pytest.mark.parametrize("message", ["I don't know", "不知道", "わかりません"], ids=["en", "zh", "ja"])
@pytest.mark.parametrize("asking", FACTS)
def test_not_knowing_leaves_the_fact_without_a_value(answer: Answer, asking: FactName, message: str) -> None:
    assert answer(asking, message) == c.SetFact(asking, None, message)


LABELS: dict[str, tuple[str, Command]] = {
    "en, too few": ("50 examples", c.SetFact("labeled_data", "insufficient", "50 examples")),
    "en, between": ("700 reviewed examples", c.AskBack("labeled_data", "count-between", "700 reviewed examples")),
    "en, nothing of quality": ("3,000 examples", c.AskBack("labeled_data", "count-quality", "3,000 examples")),
    "zh-Hant, too few": ("兩百筆", c.SetFact("labeled_data", "insufficient", "兩百筆")),
    "zh-Hans, between": ("大约七百条", c.AskBack("labeled_data", "count-between", "大约七百条")),
    "ja, between": ("700件", c.AskBack("labeled_data", "count-between", "700件")),
    "en, reviewed": (
        "5,000 examples, all reviewed by experts",
        c.SetFact("labeled_data", "sufficient", "5,000 examples, all reviewed by experts"),
    ),
    "en, a count corrected": ("5,000, no wait, 50 examples", c.SetFact("labeled_data", "insufficient", "5,000, no wait, 50 examples")),
}  # fmt: skip


@pytest.mark.parametrize(("message", "command"), LABELS.values(), ids=LABELS)
def test_a_count_of_examples_is_weighed_or_asked_back(answer: Answer, message: str, command: Command) -> None:
    assert answer("labeled_data", message) == command


@pytest.mark.parametrize("reason", ["count-between", "count-quality"])
@pytest.mark.parametrize(
    ("message", "value"),
    [("Yes, all of them", "sufficient"), ("No", "insufficient"), ("都审核过", "sufficient"), ("未確認です", "insufficient")],
    ids=["en, yes", "en, no", "zh-Hans, reviewed", "ja, unchecked"],
)  # fmt: skip
def test_a_follow_up_is_settled_by_whether_they_are_reviewed(
    answer: Answer, message: str, value: FactValue, reason: str
) -> None:
    assert answer("labeled_data", message, follow_up=reason) == c.SetFact("labeled_data", value, message)


def test_only_the_told_sentences_answer_and_are_kept(answer: Answer) -> None:
    found = answer("knowledge_update_frequency", "Every week. Is daily bad?", told="Every week.")
    assert found == c.SetFact("knowledge_update_frequency", "weekly", "Every week.")


def test_an_answer_leads_over_what_is_none(advising: Advisor, answers: AnswerReader) -> None:
    plain, beside = "Accuracy matters most.", "The weather is nice today."
    leads = [answers.lead("output_priority", advising.embedder.query(text), text) for text in (plain, beside)]
    assert leads[0] > 0 > leads[1]
