"""Rates of calls, as people state them in four languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.understanding.rates import calls_per_day, unit_of_time
from advisor.understanding.text import fold


def _folded(text: str) -> str:
    return fold(text)[0]


CALLS = {
    # No unit: a day's
    "bare number": ("500", 500),
    "bare number, full width": ("５００", 500),
    "bare number with a hedge": ("about 1,000", 1_000),
    "none at all": ("zero calls a day", 0),
    # A day
    "en, per day": ("2.5 million calls per day", 2_500_000),
    "en, M a day": ("2.5M requests a day", 2_500_000),
    "en, daily": ("5,000 requests daily", 5_000),
    "en, lakh a day": ("3 lakh a day", 300_000),
    "en, Mio per day": ("2,5 Mio per day", 2_500_000),
    "en, slash": ("30,000/day", 30_000),
    "en, words": ("twelve thousand a day", 12_000),
    "en, half a million a day": ("half a million a day", 500_000),
    "en, in a sentence": ("We expect 2.5 million calls a day", 2_500_000),
    "zh-Hant, a day": ("一天三百萬次", 3_000_000),
    "zh-Hant, every day": ("每日二百五十萬次", 2_500_000),
    "zh-Hant, yi": ("每天一億次", 100_000_000),
    "zh-Hans, every day": ("每天200万次调用", 2_000_000),
    "zh-Hans, hedge": ("大概每天两百次", 200),
    "ja, every day, full width": ("毎日２００万件", 2_000_000),
    "ja, in one day": ("1日に3万回", 30_000),
    "ja, numerals": ("一日三万回", 30_000),
    "ja, requests in one full-width day": ("１日に１０万リクエスト", 100_000),
    # A second
    "en, per second": ("20 per second", 1_728_000),
    "en, a second": ("20 a second", 1_728_000),
    "en, qps": ("20 qps", 1_728_000),
    "en, slash s": ("20 requests/s", 1_728_000),
    "en, half a second's": ("0.5 per second", 43_200),
    "zh-Hant, per second": ("每秒二十次", 1_728_000),
    "zh-Hans, per second": ("每秒20次", 1_728_000),
    "ja, per second": ("毎秒20件", 1_728_000),
    "ja, in each second": ("1秒あたり20件", 1_728_000),
    "ja, in a second": ("1秒に20件", 1_728_000),
    # A minute
    "en, per minute": ("30 per minute", 43_200),
    "en, a minute": ("30 a minute", 43_200),
    "zh-Hant, per minute": ("每分鐘30次", 43_200),
    "zh-Hans, per minute": ("每分钟30次", 43_200),
    "ja, per minute": ("毎分30件", 43_200),
    "ja, in each minute": ("1分あたり30件", 43_200),
    "ja, in a minute": ("1分間に30件", 43_200),
    # An hour
    "en, an hour": ("1,500 an hour", 36_000),
    "en, per hour": ("1,500 per hour", 36_000),
    "en, every hour": ("100 requests every hour", 2_400),
    "zh-Hant, per hour": ("每小時1500次", 36_000),
    "zh-Hant, an hour in numerals": ("每個小時一千次", 24_000),
    "zh-Hans, per hour": ("每小时1500次", 36_000),
    "ja, in an hour": ("1時間に1500件", 36_000),
    "ja, per hour": ("毎時1500件", 36_000),
    # A week
    "en, a week": ("7,000 a week", 1_000),
    "en, per week": ("700 per week", 100),
    "zh-Hant, per week": ("每週七千次", 1_000),
    "zh-Hans, per week": ("每周7000次", 1_000),
    "ja, in a week": ("週に7000件", 1_000),
    "ja, every week": ("毎週7,000回", 1_000),
    "ja, week before the number": ("週7000件", 1_000),
    # A month
    "en, a month": ("900,000 a month", 30_000),
    "en, per month": ("900,000 per month", 30_000),
    "en, crore a month": ("1.2 crore a month", 400_000),
    "zh-Hant, per month": ("每個月九十萬次", 30_000),
    "zh-Hans, per month": ("每月90万次", 30_000),
    "zh-Hans, one month": ("一个月90万次", 30_000),
    "ja, in a month": ("月に90万件", 30_000),
    "ja, monthly": ("月間90万件", 30_000),
    "ja, month before the number": ("月90万件", 30_000),
    # A year
    "en, a year": ("365,000 a year", 1_000),
    "en, per year": ("3,650 per year", 10),
    "zh-Hant, per year": ("每年三十六萬五千次", 1_000),
    "zh-Hans, one year": ("一年365000次", 1_000),
    "ja, in a year": ("年に36万5千件", 1_000),
    "ja, yearly": ("年間365,000件", 1_000),
    # Shifts
    "en, hours over shifts": ("2,000 an hour over two 8-hour shifts", 32_000),
    "en, per shift": ("500 per shift over three shifts", 1_500),
    "zh-Hans, per shift": ("每班500次,三班制", 1_500),
    "zh-Hant, per shift": ("每班五百次，兩班制", 1_000),
    "ja, per shift": ("シフトあたり500件、3シフト", 1_500),
    # Opening hours
    "en, hours a day": ("1,000 an hour, 10 hours a day", 10_000),
    # People times calls each
    "en, each": ("300 nurses with ten look-ups each", 3_000),
    "en, each, figures": ("50 agents, 40 tickets each", 2_000),
    "en, each a day": ("200 stores with 50 questions each per day", 10_000),
    "en, each of our": ("each of our 200 users asks 10 questions a day", 2_000),
    "zh-Hant, each": ("300個護理師，每人每天查十次", 3_000),
    "zh-Hans, each": ("300名护士，每人每天查十次", 3_000),
    "ja, per person": ("300人の看護師が1人あたり10回検索", 3_000),
    "ja, each": ("看護師300人が一人10回ずつ", 3_000),
}


@pytest.mark.parametrize(("text", "value"), CALLS.values(), ids=CALLS)
def test_calls_are_converted_to_calls_a_day(text: str, value: int) -> None:
    assert calls_per_day(_folded(text)) == value


@pytest.mark.parametrize("text", ["", "no idea", "a lot", "不知道", "很多", "わかりません", "たくさん"])
def test_calls_without_a_number_are_not_guessed(text: str) -> None:
    assert calls_per_day(_folded(text)) is None


NOT_CALLS = {
    "a year": ("since 2019, 500 a day", 500),
    "a year in front of a month's figure": ("in 2025 we had 900,000 a month", 30_000),
    "a share": ("500 a day, 20% of them at night", 500),
}


@pytest.mark.parametrize(("text", "value"), NOT_CALLS.values(), ids=NOT_CALLS)
def test_a_number_that_counts_something_else_is_passed_over(text: str, value: int) -> None:
    assert calls_per_day(_folded(text)) == value


ROUND_THE_CLOCK = {
    "en, 24/7": ("12 per hour, 24/7", 288),
    "zh-Hant, 24 hours without a break": ("一小時二百五,24小時不停", 6_000),
    "zh-Hans, one every half hour": ("固定每半小时出一份,昼夜不停", 48),
    "zh-Hans, all day": ("每分钟两次,全天不停", 2_880),
    "ja, 24 hours, 365 days": ("毎分2回、24時間365日", 2_880),
}


@pytest.mark.parametrize(("text", "value"), ROUND_THE_CLOCK.values(), ids=ROUND_THE_CLOCK)
def test_round_the_clock_is_a_whole_day_and_no_number_of_calls(text: str, value: int) -> None:
    assert calls_per_day(_folded(text)) == value


CALLERS = {
    "en, each": ("31 labs, 40 slips each a day", 1_240),
    "en, each, per day": ("40 clinics, 25 referrals each per day", 1_000),
    "zh-Hant, each an hour, hours open": ("八十五家店,一家一小時問六次,一天開十四個鐘頭", 7_140),
    "zh-Hant, each a day": ("六十位客服,每人每天查五十次", 3_000),
    "ja, each shop": ("20店舗で1店舗あたり1日50件", 1_000),
}


@pytest.mark.parametrize(("text", "value"), CALLERS.values(), ids=CALLERS)
def test_callers_are_multiplied_by_what_each_of_them_calls(text: str, value: int) -> None:
    assert calls_per_day(_folded(text)) == value


HOURS_AND_SHIFTS = {
    "en, hours a day": ("sixty an hour, 8 hours a day", 480),
    "zh-Hant, opening hours": ("一小時三百次,一天營業十二小時", 3_600),
    "zh-Hans, three shifts": ("一天三班,每班90张", 270),
    "zh-Hans, two shifts": ("两班制,每班四百单", 800),
    "ja, opening hours": ("1時間に60件、8時間営業です", 480),
    "ja, three shifts": ("3交代、1直あたり200件", 600),
}


@pytest.mark.parametrize(("text", "value"), HOURS_AND_SHIFTS.values(), ids=HOURS_AND_SHIFTS)
def test_a_day_has_as_many_hours_or_shifts_as_are_worked(text: str, value: int) -> None:
    assert calls_per_day(_folded(text)) == value


OTHER_UNITS = {
    "en, a fortnight": ("seventy a fortnight", 5),
    "en, a quarter": ("9,000 a quarter", 100),
    "en, one every quarter of an hour": ("one request every 15 minutes", 96),
    "zh-Hans, a quarter": ("每季度九千次", 100),
    "ja, an English word for the month": ("Monthlyで36K通", 1_200),
    "ja, a year, decimals with man": ("年間36.5万件", 1_000),
}


@pytest.mark.parametrize(("text", "value"), OTHER_UNITS.values(), ids=OTHER_UNITS)
def test_rarer_units_of_time_are_converted_as_well(text: str, value: int) -> None:
    assert calls_per_day(_folded(text)) == value


WORKED_OUT = {
    "en, so about": ("12 drivers send 30 messages each a day, so about 360", 360),
    "zh-Hant, a week and then a day": ("週七千,一天大約一千次", 1_000),
    "zh-Hans, equals": ("18 次/秒 × 86,400 秒 = 1,555,200 次", 1_555_200),
    "en, people times questions": ("5 of us, 8 times each, which is 40", 40),
    "en, a rate and its day": ("one a minute around the clock, 1,440", 1_440),
    "en, a month and its day": ("61,500 in a 30-day month, 2,050", 2_050),
    "zh-Hans, divided": ("一个月两万七千次，除以三十，九百", 900),
    "ja, a sum": ("窓口が40件、電話が35件で、75件", 75),
    "ja, a product that is not worked out": ("30req/s × 86,400秒", 2_592_000),
}


@pytest.mark.parametrize(("text", "value"), WORKED_OUT.values(), ids=WORKED_OUT)
def test_what_the_text_works_out_is_not_multiplied_again(text: str, value: int) -> None:
    assert calls_per_day(_folded(text)) == value


LENGTHS = {
    "en, a thirty-day month": ("90,000 over a thirty-day month", 3_000),
    "en, a seven-day week": ("1,400 in a seven-day week", 200),
    "zh-Hans, a month taken as 30 days": ("一个月按三十天算，六千次", 200),
    "zh-Hant, last month had 30 days": ("上個月 9,000 次，那個月有三十天", 300),
}


@pytest.mark.parametrize(("text", "value"), LENGTHS.values(), ids=LENGTHS)
def test_how_long_a_month_or_week_is_counts_no_calls(text: str, value: int) -> None:
    assert calls_per_day(_folded(text)) == value


PARTS_OF_A_DAY = {
    "en, before": ("mornings 120, afternoons 80", 200),
    "en, after": ("45 in the morning, 60 after lunch and 15 at night", 120),
    "zh-Hant, shifts": ("早班三百，晚班一百五", 450),
    "ja": ("朝に20件、夜に30件", 50),
}


@pytest.mark.parametrize(("text", "value"), PARTS_OF_A_DAY.values(), ids=PARTS_OF_A_DAY)
def test_parts_of_a_day_are_added(text: str, value: int) -> None:
    assert calls_per_day(_folded(text)) == value


INTERVALS = {
    "en, in words": ("one every thirty-six seconds, day and night", 2_400),
    "en, each minute": ("it polls once a minute", 1_440),
    "zh-Hant, arrives": ("每十分鐘進來一筆", 144),
    "zh-Hans, a quarter of an hour": ("一刻钟来一次", 96),
    "ja": ("30分に1回", 48),
}


@pytest.mark.parametrize(("text", "value"), INTERVALS.values(), ids=INTERVALS)
def test_one_every_so_often_is_counted(text: str, value: int) -> None:
    assert calls_per_day(_folded(text)) == value


NOTHING_COUNTED = {
    "zh-Hans, a day asked about": "一天几次？没数过",
    "en, one is somebody": "I can't give you one",
    "zh-Hant, a budget": "預算 300 萬",
}


@pytest.mark.parametrize("text", NOTHING_COUNTED.values(), ids=NOTHING_COUNTED)
def test_where_no_calls_are_counted_there_is_no_number(text: str) -> None:
    assert calls_per_day(_folded(text)) is None


def test_working_days_are_spread_over_the_week() -> None:
    assert calls_per_day(_folded("1,400 on working days, nothing at weekends")) == 1_000
    assert calls_per_day(_folded("工作日每天1400次，周末没人")) == 1_000


def test_a_number_without_a_unit_takes_the_one_it_corrects() -> None:
    assert unit_of_time(_folded("60,000 a month, no wait")) == "month"
    assert calls_per_day(_folded("48,000"), unit="month") == 1_600


PUT_RIGHT = {
    "en, not but": ("not 500 but 5,000 a day", 5_000),
    "zh-Hans, is right": ("日均120000次,多敲了个零,12000才对", 12_000),
    "zh-Hans, not but": ("不是500次,是5000次一天", 5_000),
}


@pytest.mark.parametrize(("text", "value"), PUT_RIGHT.values(), ids=PUT_RIGHT)
def test_a_number_put_right_counts_instead_of_the_wrong_one(text: str, value: int) -> None:
    assert calls_per_day(_folded(text)) == value


@given(st.text(alphabet=st.sampled_from("0123456789.,  零一二十百千万亿億两兩半每月天日次回年週周/akmper hour")))
def test_no_text_is_too_strange_for_calls(text: str) -> None:
    count = calls_per_day(_folded(text))
    assert count is None or count >= 0
