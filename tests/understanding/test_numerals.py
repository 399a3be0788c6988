"""Numbers in digits and in words, as people write them in four languages."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.understanding.numerals import cjk_number, numbers, small_number
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
    "en, point in words": ("one point eight million", 1_800_000),
    "zh-Hans, a digit after wan": ("4万5", 45_000),
    "zh-Hans, w for wan": ("5w", 50_000),
    "ja, man and thousands": ("13万3,225", 133_225),
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


SMALL = {
    "digits": ("12", 12),
    "decimal": ("2.5", 2.5),
    "en": ("twelve", 12),
    "zh": ("十二", 12),
    "zh, the other two": ("两", 2),
    "zh, a measure word behind it": ("三个", 3),
}


@pytest.mark.parametrize(("text", "value"), SMALL.values(), ids=SMALL)
def test_a_short_numeral_is_read_by_itself(text: str, value: float) -> None:
    assert small_number(text) == pytest.approx(value)


@pytest.mark.parametrize("text", [None, "", "many", "几", "1,000 a day"])
def test_what_is_no_short_numeral_is_none(text: str | None) -> None:
    assert small_number(text) is None


@given(st.text(alphabet=st.sampled_from("0123456789.,  零一二十百千万亿億两兩半每月天日次回年週周/akmper hour")))
def test_no_text_is_too_strange_for_numbers(text: str) -> None:
    folded = _folded(text)
    found = numbers(folded)
    assert all(0 <= number.start < number.end <= len(folded) for number in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
