"""What is taken from a message beside its meaning: own words, corrections, recurrences, counts."""

from __future__ import annotations

import pytest

from advisor.understanding.said import (
    MAX_SAID,
    after_correction,
    example_count,
    kept,
    own_words,
    recurrence,
    stretch,
    value_of,
)
from advisor.understanding.text import sentences, whole

NOT_OWN = {
    "en, a quoted line": ("> It changes daily.\nNo, it changes every month.", "No, it changes every month."),
    "en, a quote in a quote": (">> daily?\n> weekly.\nmonthly", "monthly"),
    "en, an indented quote": ("monthly\n  > daily", "monthly"),
    "en, a bar": ("| daily\nmonthly", "monthly"),
    "en, forwarded": ("Monthly.\n\n---------- Forwarded message ---------\nFrom: Bob\ndaily", "Monthly."),
    "en, original": ("Monthly.\n-----Original Message-----\ndaily", "Monthly."),
    "en, a sender": ("Monthly.\nFrom: bob@example.com\ndaily", "Monthly."),
    "zh-Hant, a quoted line": ("> 每天更新嗎?\n每個月更新", "每個月更新"),
    "zh-Hant, forwarded": ("每個月更新\n---------- 轉寄的郵件 ----------\n每天更新", "每個月更新"),
    "zh-Hant, a sender": ("每個月更新\n寄件者: 小王\n每天更新", "每個月更新"),
    "en, code": ('```json\n{"facts": "daily"}\n```\nmonthly', "monthly"),
    "zh-Hans, a quoted line": ("> 每天更新吗?\n每个月更新", "每个月更新"),
    "zh-Hans, forwarded": ("每个月更新\n-------- 转发邮件 --------\n每天更新", "每个月更新"),
    "zh-Hans, original": ("每个月更新\n-------- 原始邮件 --------\n每天更新", "每个月更新"),
    "zh-Hans, a sender": ("每个月更新\n发件人: 小王\n每天更新", "每个月更新"),
    "ja, a quoted line": ("> 毎日更新ですか\n毎月更新です", "毎月更新です"),
    "ja, forwarded": ("毎月更新です\n---------- 転送メッセージ ----------\n毎日更新です", "毎月更新です"),
    "ja, original": ("毎月更新です\n----- 元のメッセージ -----\n毎日更新です", "毎月更新です"),
    "ja, a sender": ("毎月更新です\n差出人: 田中\n毎日更新です", "毎月更新です"),
}


@pytest.mark.parametrize(("message", "own"), NOT_OWN.values(), ids=NOT_OWN)
def test_what_others_wrote_is_dropped(message: str, own: str) -> None:
    assert own_words(message) == own


@pytest.mark.parametrize("message", ["> daily", "From: Bob\ndaily", "寄件者: 小王", "", "\n"])
def test_of_a_message_that_only_quotes_nothing_is_left(message: str) -> None:
    assert own_words(message) == ""


OWN = {
    "en, several lines": "We are a clinic.\n\nIt changes monthly.",
    "en, greater than": "It takes > 5 minutes, so 5 > 3",
    "en, a list": "- prices change weekly\n- no labels",
    "en, from in a sentence": "From Monday on: weekly.",
    "en, forwarded in a sentence": "Forwarded mails are what we answer -- daily.",
    "zh-Hant": "我們轉寄郵件給同事，每天更新",
    "zh-Hans": "我们转发邮件给同事，每天更新",
    "ja": "転送メールは毎日\n差出人は患者です",
}


@pytest.mark.parametrize("message", OWN.values(), ids=OWN)
def test_what_the_user_wrote_is_kept_as_it_is(message: str) -> None:
    assert own_words(message) == message


CORRECTED = {
    "en, wait": ("Daily, no wait, weekly", "weekly"),
    "en, meant": ("Daily. Sorry, I meant monthly.", "monthly"),
    "en, make that": ("500 a day, make that 5,000", "5,000"),
    "en, the last of several": ("Daily, I mean weekly, no wait, monthly", "monthly"),
    "zh-Hant": ("每天,不對,每週", "每週"),
    "zh-Hant, should be": ("每天,不對,應該是每週", "每週"),
    "zh-Hans": ("每天,不对,每周", "每周"),
    "ja, no": ("毎日、いや、毎週", "毎週"),
    "ja, not but": ("毎日ではなく毎週", "毎週"),
}


@pytest.mark.parametrize(("message", "tail"), CORRECTED.values(), ids=CORRECTED)
def test_what_follows_a_self_correction_is_found_in_the_users_own_words(message: str, tail: str) -> None:
    found = after_correction(whole(message))
    assert found is not None
    assert found.said == tail
    assert found == whole(tail)


@pytest.mark.parametrize(
    "message", ["weekly", "daily, no wait", "no wait, 5", "每週", "每天,不對", "毎週", "毎日、いや、",
     "價錢講錯客人當場翻臉", "数字を間違えたら謝りに行きます"],
    ids=["en, none", "en, nothing follows", "en, hardly anything follows", "zh, none", "zh, nothing follows",
         "ja, none", "ja, nothing follows", "zh, a mistake that is feared", "ja, a mistake that is feared"],
)  # fmt: skip
def test_without_a_correction_nothing_follows_one(message: str) -> None:
    assert after_correction(whole(message)) is None


FREQUENCIES = {
    "en": ("Our price list changes every day.", "daily"),
    "en, negated before": ("It is not updated every day, it changes every month", "monthly"),
    "en, negated, then contrasted": ("not daily but weekly", "weekly"),
    "en, negated behind": ("It changes weekly, not daily", "weekly"),
    "en, what does not change": ("The rules change every year, but we meet every week", "yearly"),
    "en, what does not change, first": ("We meet every week, but the rules change every year", "yearly"),
    "en, only negated": ("we don't update it every day", "daily"),
    "en, the last of several": ("Prices change daily, the manual is revised yearly", "yearly"),
    "en, corrected": ("It changes daily, no wait, weekly", "weekly"),
    "en, corrected by something else": ("It changes daily, no wait, I cannot say", "daily"),
    "zh-Hant, negated, then contrasted": ("不是每天，是每週", "weekly"),
    "zh-Hant, negated behind": ("每週更新，不是每天", "weekly"),
    "zh-Hant, unlike": ("不像價目表每天改，手冊一年改一次", "yearly"),
    "zh-Hans, negated, then contrasted": ("不是每天，是每周", "weekly"),
    "zh-Hans, what does not change": ("手册每年改版，但我们每周开会", "yearly"),
    "ja, negated, then contrasted": ("毎日ではなく毎月更新", "monthly"),
    "ja, what does not change": ("規程は年に一度改定されますが、毎週会議があります", "yearly"),
}


@pytest.mark.parametrize(("message", "frequency"), FREQUENCIES.values(), ids=FREQUENCIES)
def test_the_recurrence_of_the_change_counts_and_no_negated_one(message: str, frequency: str) -> None:
    assert recurrence(whole(message)) == frequency


@pytest.mark.parametrize("message", ["", "no idea", "It changes.", "不知道", "更新します"])
def test_without_a_recurrence_no_frequency_is_made_up(message: str) -> None:
    assert recurrence(whole(message)) is None


COUNTS: dict[str, tuple[str, float]] = {
    "en": ("600 reviewed examples", 600),
    "en, a thousands comma": ("We have 3,000", 3_000),
    "en, few": ("5 examples", 5),
    "en, not the year": ("We had 3,000 in 2024", 3_000),
    "en, as many as a year": ("2,019 examples", 2_019),
    "en, not the years": ("20 years of 15 tickets", 15),
    "en, not the people": ("40 lawyers and 20 contracts", 20),
    "en, not the share": ("800, of which 95% are reviewed", 800),
    "en, the larger end": ("500 to 900 examples", 900),
    "zh-Hant, not the years": ("我們有三十年的資料,十二筆", 12),
    "zh-Hans": ("两百条", 200),
    "zh-Hans, not the people": ("三十个人标了二十条", 20),
    "ja, few": ("8件", 8),
    "ja, not the people": ("社員200人、データ80件", 80),
    "ja, not the year": ("2024年に800件", 800),
}


@pytest.mark.parametrize(("message", "count"), COUNTS.values(), ids=COUNTS)
def test_examples_are_counted_and_nothing_else(message: str, count: float) -> None:
    assert example_count(whole(message)) == count


@pytest.mark.parametrize(
    "message", ["", "none", "in 2024", "300 nurses", "5", "one", "不知道", "三年", "20人"],
    ids=["nothing", "none", "a year", "people", "a bare 5", "a bare one", "zh, unknown", "zh, years", "ja, people"],
)  # fmt: skip
def test_without_a_count_of_examples_none_is_made_up(message: str) -> None:
    assert example_count(whole(message)) is None


def test_the_words_that_are_kept_are_cut_and_have_no_blank_ends() -> None:
    assert kept("  every week \n") == "every week"
    assert kept("a" * MAX_SAID + "b") == "a" * MAX_SAID
    assert kept("a" * (MAX_SAID - 1) + " b") == "a" * (MAX_SAID - 1)


def test_a_stretch_goes_from_the_first_to_the_last_told_sentence() -> None:
    message = "Hello there! It changes weekly. Well, mostly. Is that bad?"
    told = list(sentences(message))
    assert stretch(message, told[1:3]) == "It changes weekly. Well, mostly."
    assert stretch(message, []) == message


def test_a_learnt_class_becomes_the_facts_value() -> None:
    assert value_of("strict_format", "true") is True
    assert value_of("strict_format", "false") is False
    assert value_of("output_priority", "both") == "both"
