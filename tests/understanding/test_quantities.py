"""Numbers, rates and recurrences, as people write them in four languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.understanding.numerals import cjk_number, numbers
from advisor.understanding.rates import calls_per_day
from advisor.understanding.recurrence import FREQUENCY_DAYS, frequency, recurrences
from advisor.understanding.text import fold


def _folded(text: str) -> str:
    return fold(text)[0]


NUMBERS = {
    "zero": ("0", 0),
    "plain digits": ("500", 500),
    "thousands comma": ("12,500", 12_500),
    "two thousands commas": ("1,234,567", 1_234_567),
    "thousands space": ("12 500", 12_500),
    "two thousands spaces": ("2 500 000", 2_500_000),
    "decimal point": ("3.14", 3.14),
    "million in words": ("2.5 million", 2_500_000),
    "M": ("2.5M", 2_500_000),
    "small m": ("2.5m", 2_500_000),
    "k": ("40k", 40_000),
    "K": ("40K", 40_000),
    "bn": ("5bn", 5_000_000_000),
    "lakh": ("3 lakh", 300_000),
    "lakhs": ("3 lakhs", 300_000),
    "crore": ("1.2 crore", 12_000_000),
    "decimal comma with Mio": ("2,5 Mio", 2_500_000),
    "words, one": ("seven", 7),
    "words, hyphen": ("twenty-five", 25),
    "words, hundred": ("three hundred", 300),
    "words, a hundred thousand": ("a hundred thousand", 100_000),
    "words, and": ("one hundred and fifty", 150),
    "words, thousand and hundred": ("two thousand five hundred", 2_500),
    "words, million and thousand": ("one million two hundred thousand", 1_200_000),
    "half a million": ("half a million", 500_000),
    "a couple of hundred": ("a couple of hundred", 200),
    "a dozen": ("a dozen", 12),
    "full-width digits": ("１２，５００", 12_500),
    "full-width digits with wan": ("２００万", 2_000_000),
    "zh-Hant, digits and wan": ("200萬", 2_000_000),
    "zh-Hant, three million": ("三百萬", 3_000_000),
    "zh-Hant, 2.5 million times": ("二百五十萬次", 2_500_000),
    "zh-Hant, yi": ("一億", 100_000_000),
    "zh-Hant, digits and yi": ("1.5億", 150_000_000),
    "zh-Hant, wan and thousands": ("一萬二千", 12_000),
    "zh-Hant, wan and a half": ("一萬五", 15_000),
    "zh-Hant, yi and wan": ("一億二千萬", 120_000_000),
    "zh-Hant, the other two": ("兩百", 200),
    "zh-Hant, a gap named zero": ("一百萬零五", 1_000_005),
    "zh-Hans, digits and wan": ("200万", 2_000_000),
    "zh-Hans, yi": ("1亿", 100_000_000),
    "zh-Hans, the other two": ("两千", 2_000),
    "zh-Hans, thousands and hundreds": ("三千五百", 3_500),
    "zh-Hans, twelve": ("十二", 12),
    "zh-Hans, digits with a thousand": ("3千", 3_000),
    "positional": ("二〇二六", 2_026),
    "ja, digits and man": ("10万", 100_000),
    "ja, man and sen in digits": ("1万2千", 12_000),
    "ja, hyaku-man": ("3百万", 3_000_000),
    "ja, sen-man": ("1千万", 10_000_000),
    "ja, oku": ("1億", 100_000_000),
    "ja, a bare unit": ("百万", 1_000_000),
}


@pytest.mark.parametrize(("text", "value"), NUMBERS.values(), ids=NUMBERS)
def test_a_number_is_read_in_every_way_it_is_written(text: str, value: float) -> None:
    assert [number.value for number in numbers(_folded(text))] == [pytest.approx(value)]


@pytest.mark.parametrize("text", ["", "no idea", "不知道", "わかりません", "once upon a time"])
def test_a_text_without_a_number_has_none(text: str) -> None:
    assert numbers(_folded(text)) == ()


def test_a_number_tells_where_it_stands() -> None:
    text = "between 1,000 and 2.5 million a day"
    assert [text[number.start : number.end].strip() for number in numbers(text)] == ["1,000", "2.5 million"]


@given(st.integers(min_value=0, max_value=10**12))
def test_any_whole_number_is_read_in_digits_and_with_thousands_commas(value: int) -> None:
    assert [number.value for number in numbers(str(value))] == [value]
    assert [number.value for number in numbers(f"{value:,}")] == [value]


def _in_chinese_numerals(value: int) -> str:
    """A number from 1 to 9,999 as it is written out, zeros named once between digits."""
    digits, written, zero = "零一二三四五六七八九", "", False
    for scale, unit in ((1_000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // scale % 10
        if digit:
            written += ("零" if zero and written else "") + digits[digit] + unit
        zero = digit == 0
    return written


@given(st.integers(min_value=1, max_value=9_999), st.integers(min_value=1, max_value=9_999))
def test_any_number_in_chinese_numerals_is_read(upper: int, lower: int) -> None:
    written = f"{_in_chinese_numerals(upper)}萬{'零' if lower < 1_000 else ''}{_in_chinese_numerals(lower)}"
    assert cjk_number(_folded(written)) == upper * 10_000 + lower


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
def test_no_text_is_too_strange_to_read(text: str) -> None:
    folded = _folded(text)
    assert all(0 <= number.start < number.end <= len(folded) for number in numbers(folded))
    assert all(0 <= found.start < found.end <= len(folded) for found in recurrences(folded))
    count = calls_per_day(folded)
    assert count is None or count >= 0
