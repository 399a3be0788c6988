"""Recurrences, as people state them in four languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.understanding.recurrence import FREQUENCY_DAYS, frequency, recurrences
from advisor.understanding.text import fold


def _folded(text: str) -> str:
    return fold(text)[0]


RECURRENCES = {
    "en, real time": ("real-time", "realtime"),
    "en, in real time": ("updated in real time", "realtime"),
    "en, capitals": ("REAL-TIME", "realtime"),
    "en, few minutes": ("every few minutes", "realtime"),
    "en, five minutes": ("every five minutes", "realtime"),
    "en, hourly": ("hourly", "realtime"),
    "en, continuously": ("continuously", "realtime"),
    "en, daily": ("daily", "daily"),
    "en, every day": ("every day", "daily"),
    "en, nightly": ("nightly", "daily"),
    "en, 24 hours": ("every 24 hours", "daily"),
    "en, weekly": ("weekly", "weekly"),
    "en, full width": ("ＷＥＥＫＬＹ", "weekly"),
    "en, every Monday": ("every Monday", "weekly"),
    "en, once a week": ("once a week", "weekly"),
    "en, seven days": ("every 7 days", "weekly"),
    "en, monthly": ("monthly", "monthly"),
    "en, once a month": ("once a month", "monthly"),
    "en, first of the month": ("on the first of every month", "monthly"),
    "en, quarterly": ("quarterly", "quarterly"),
    "en, three months": ("every three months", "quarterly"),
    "en, four times a year": ("four times a year", "quarterly"),
    "en, yearly": ("yearly", "yearly"),
    "en, annually": ("annually", "yearly"),
    "en, every January": ("every January", "yearly"),
    "en, once a year": ("once a year", "yearly"),
    "zh-Hant, real time": ("即時更新", "realtime"),
    "zh-Hant, every minute": ("每分鐘", "realtime"),
    "zh-Hant, every day": ("每天", "daily"),
    "zh-Hant, every week": ("每週", "weekly"),
    "zh-Hant, every week, other word": ("每個星期", "weekly"),
    "zh-Hant, every month": ("每個月", "monthly"),
    "zh-Hant, every quarter": ("每季", "quarterly"),
    "zh-Hant, three months": ("每三個月", "quarterly"),
    "zh-Hant, every year": ("每年", "yearly"),
    "zh-Hant, once a year": ("一年一次", "yearly"),
    "zh-Hans, real time": ("实时", "realtime"),
    "zh-Hans, every day": ("每日更新", "daily"),
    "zh-Hans, every Monday": ("每周一", "weekly"),
    "zh-Hans, once a month": ("每月一次", "monthly"),
    "zh-Hans, every quarter": ("每个季度", "quarterly"),
    "zh-Hans, four times a year": ("一年四次", "quarterly"),
    "zh-Hans, every year": ("每年一次", "yearly"),
    "ja, real time": ("リアルタイム", "realtime"),
    "ja, every five minutes": ("5分ごとに更新", "realtime"),
    "ja, every day": ("毎日", "daily"),
    "ja, daily": ("日次", "daily"),
    "ja, every week": ("毎週", "weekly"),
    "ja, once a week": ("週に1回", "weekly"),
    "ja, every Friday": ("毎週金曜日に更新", "weekly"),
    "ja, every month": ("毎月", "monthly"),
    "ja, once a month": ("月に1回", "monthly"),
    "ja, every quarter": ("毎四半期", "quarterly"),
    "ja, three months": ("3か月ごと", "quarterly"),
    "ja, four times a year": ("年に4回", "quarterly"),
    "ja, every year": ("毎年", "yearly"),
    "ja, once a year": ("年に一度", "yearly"),
}


@pytest.mark.parametrize(("text", "name"), RECURRENCES.values(), ids=RECURRENCES)
def test_a_recurrence_is_read_as_one_of_the_named_frequencies(text: str, name: str) -> None:
    assert [found.frequency for found in recurrences(_folded(text))] == [name]


BETWEEN = {
    "en, twice a week": ("twice a week", "weekly"),
    "en, twice weekly": ("twice weekly", "weekly"),
    "zh-Hant, twice a week": ("每週兩次", "weekly"),
    "zh-Hans, twice a week": ("一周两次", "weekly"),
    "ja, twice a week": ("週に2回", "weekly"),
    "en, every two months": ("every two months", "quarterly"),
    "en, every other month": ("every other month", "quarterly"),
    "zh-Hant, every two months": ("每兩個月", "quarterly"),
    "zh-Hans, every two months": ("每两个月", "quarterly"),
    "ja, every two months": ("2か月に1回", "quarterly"),
    "ja, every other month": ("隔月", "quarterly"),
    "en, twice a day": ("twice a day", "daily"),
    "zh-Hant, twice a day": ("每天兩次", "daily"),
    "ja, twice a day": ("1日2回", "daily"),
    "en, ten days": ("every 10 days", "weekly"),
    "en, three weeks": ("every three weeks", "monthly"),
    "ja, three weeks": ("三週に一度", "monthly"),
    "en, six weeks": ("every six weeks", "monthly"),
    "en, two years": ("every two years", "yearly"),
    "zh-Hant, two years": ("每兩年", "yearly"),
    "ja, two years": ("2年に1回", "yearly"),
}


@pytest.mark.parametrize(("text", "name"), BETWEEN.values(), ids=BETWEEN)
def test_an_interval_between_named_frequencies_takes_the_nearer_one(text: str, name: str) -> None:
    assert [found.frequency for found in recurrences(_folded(text))] == [name]


@pytest.mark.parametrize(
    "text", ["every ten years", "每十年一次", "10年に1回"], ids=["en, ten years", "zh-Hant, ten years", "ja, ten years"]
)
def test_what_changes_once_in_ten_years_is_static(text: str) -> None:
    assert [found.frequency for found in recurrences(_folded(text))] == ["static"]


@pytest.mark.parametrize("text", ["", "never", "our manuals", "從來不變", "変わりません", "per person"])
def test_a_text_without_a_recurrence_has_none(text: str) -> None:
    assert recurrences(_folded(text)) == ()


def test_recurrences_come_in_the_order_in_which_they_were_said() -> None:
    text = "prices change every week, the manual once a year, the FAQ daily"
    found = recurrences(text)
    assert [recurrence.frequency for recurrence in found] == ["weekly", "yearly", "daily"]
    assert [text[recurrence.start : recurrence.end] for recurrence in found] == ["every week", "once a year", "daily"]


@pytest.mark.parametrize(("name", "days"), FREQUENCY_DAYS.items(), ids=FREQUENCY_DAYS)
def test_every_named_frequency_is_its_own_nearest(name: str, days: float) -> None:
    assert frequency(days) == name


_LADDER = (*FREQUENCY_DAYS, "static")


@given(st.floats(min_value=1 / 86_400, max_value=40_000), st.floats(min_value=1 / 86_400, max_value=40_000))
def test_a_longer_interval_is_never_named_more_often(one: float, other: float) -> None:
    shorter, longer = sorted((one, other))
    assert _LADDER.index(frequency(shorter)) <= _LADDER.index(frequency(longer))


@given(st.text(alphabet=st.sampled_from("0123456789.,  零一二十百千万亿億两兩半每月天日次回年週周/akmper hour")))
def test_no_text_is_too_strange_for_recurrences(text: str) -> None:
    folded = _folded(text)
    assert all(0 <= found.start < found.end <= len(folded) for found in recurrences(folded))
