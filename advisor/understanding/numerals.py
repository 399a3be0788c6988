"""Numbers in four written languages, in digits and in words. Pure; works on folded text (see `text.fold`)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SCALES = {
    "hundred": 100, "thousand": 1_000, "k": 1_000, "w": 10_000, "grand": 1_000, "lakh": 100_000, "lakhs": 100_000, "lac": 100_000,
    "million": 1_000_000, "millions": 1_000_000, "mn": 1_000_000, "mio": 1_000_000, "mil": 1_000_000, "m": 1_000_000,
    "crore": 10_000_000, "crores": 10_000_000, "billion": 1_000_000_000, "bn": 1_000_000_000, "dozen": 12,
    "百": 100, "千": 1_000, "万": 10_000, "百万": 1_000_000, "千万": 10_000_000, "亿": 100_000_000, "億": 100_000_000,
    "十万": 100_000,
}  # fmt: skip
_SMALL = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
VAGUE = {"a couple of": 2, "a couple": 2, "couple of": 2, "a few": 3, "several": 5, "half a": 0.5, "a dozen": 12}
_CJK_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_CJK_UNITS = {"十": 10, "百": 100, "千": 1_000}
_CJK_GROUPS = {"万": 10_000, "亿": 100_000_000, "億": 100_000_000}

_DIGITS = r"\d{1,3}(?:[, ]\d{3})+(?:\.\d+)?|\d+(?:[.,]\d{1,2})(?!\d)|\d+"
_SCALE_WORDS = "|".join(sorted((re.escape(s) for s in _SCALES), key=len, reverse=True))
_WORD = "|".join(sorted(_SMALL, key=len, reverse=True))
_NUMBER = re.compile(
    r"(?P<mixed>\d+(?:\.\d+)?[十百千]*[万亿億](?:\d+(?:,\d{3})*[十百千]*[万亿億]?)+)"
    r"|(?P<some_and_half>\b(?:one|two|three|four|five|six|seven|eight|nine|ten) and a half (?:thousand|million|billion|lakh|crore)s?\b)"
    rf"|(?P<point>\b(?:{_WORD}) point (?:{_WORD})(?: (?:hundred|thousand|million|billion|lakh|crore))?s?\b)"
    rf"|(?P<digits>{_DIGITS})\s*(?P<scale>(?:{_SCALE_WORDS})(?![a-z]))?(?P<scale2>[十百千万亿億]*)(?P<rest>\d*千)?"
    rf"|(?P<vague>\b(?:half a|a couple of|a couple|couple of|a few|several|a dozen)\b)\s*(?P<vscale>(?:hundred|thousand|million|billion|dozen|lakh|crore)s?\b)?"
    rf"|(?P<words>\b(?:(?:a|{_WORD})[ -](?:hundred|thousand|million|billion|lakh|crore|dozen)|{_WORD})"
    rf"(?:(?:[ -]|\s+and\s+)(?:{_WORD}|hundred|thousand|million|billion|lakh|crore|dozen))*\b)"
    r"|(?P<half>半)(?=[年月天日周])"
    # In 八千一天 the last numeral belongs to the day.
    r"|(?P<cjk>(?:[零〇一二三四五六七八九十百千万亿億两兩]*(?:[百千万亿]|十[二三四五六七八九]|^十)(?=一(?:天|周|年|个|小时|分钟|星期|礼拜)))|[零〇一二三四五六七八九十百千万亿億两兩]+)(?P<some>[多几余数]*(?P<somescale>[十百千万亿億]*))"
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text."""

    value: float
    start: int
    end: int


def numbers(text: str) -> tuple[Number, ...]:
    """Every number in folded ``text``, in digits or in words."""
    found = []
    for match in _NUMBER.finditer(text):
        value = _value(match)
        if value is not None:
            found.append(Number(value, *match.span()))
    return tuple(found)


def _value(match: re.Match[str]) -> float | None:
    if match["mixed"]:
        return _mixed(match["mixed"])
    if match["some_and_half"]:
        words = match["some_and_half"].split()
        return (_SMALL[words[0]] + 0.5) * _SCALES[words[-1].rstrip("s")]
    if match["point"]:
        words = match["point"].split()
        return (_SMALL[words[0]] + _SMALL[words[2]] / 10) * (_SCALES[words[3].rstrip("s")] if len(words) > 3 else 1)
    if match["digits"]:
        value = _digits(match["digits"])
        if match["scale"]:
            value *= _SCALES[match["scale"]]
        for character in match["scale2"] or "":
            value *= _CJK_UNITS.get(character) or _CJK_GROUPS[character]
        if match["rest"]:
            value += float(match["rest"][:-1] or 1) * 1_000
        return value
    if match["vague"]:
        scale = (match["vscale"] or "").rstrip("s")
        return VAGUE[match["vague"]] * _SCALES.get(scale, 1)
    if match["words"]:
        return _words(match["words"])
    if match["half"]:
        return 0.5
    numeral = cjk_number(match["cjk"])
    if numeral is not None:
        for character in match["somescale"] or "":
            numeral *= _CJK_UNITS.get(character) or _CJK_GROUPS[character]
    return numeral


_PIECE = re.compile(r"(\d+(?:,\d{3})*(?:\.\d+)?)([十百千万亿億]*)")


def _mixed(text: str) -> float:
    """The value of digits with units between them: 1万2千, 13万3,225; 3万8 is 38,000."""
    pieces = _PIECE.findall(text)
    (_, above), (digits, scale) = pieces[-2:]
    if len(digits) == 1 and not scale and "万" in above:
        pieces[-1] = (f"{digits}000", above.removesuffix("万"))
    return sum(_scaled(digits, scale) for digits, scale in pieces)


def _scaled(digits: str, scale: str) -> float:
    value = float(digits.replace(",", ""))
    for character in scale:
        value *= _CJK_UNITS.get(character) or _CJK_GROUPS[character]
    return value


def _digits(text: str) -> float:
    text = text.replace(" ", "")
    if re.fullmatch(r"\d+,\d{1,2}", text):  # a decimal comma: 2,5 Mio
        return float(text.replace(",", "."))
    return float(text.replace(",", ""))


def _words(text: str) -> float | None:
    total = current = 0.0
    for word in re.split(r"[ -]+", text):
        if word in ("a", "and"):
            continue
        if word in _SMALL:
            current += float(_SMALL[word])
        elif word in _SCALES:
            scale = _SCALES[word]
            if scale == 100:
                current = (current or 1) * scale
            else:
                total += (current or 1) * scale
                current = 0.0
    return total + current


def cjk_number(text: str) -> float | None:
    """The value of a number in Chinese numerals, positional (二〇二六) or with units (二百五十万)."""
    if text and all(character in _CJK_DIGITS for character in text):
        return float("".join(str(_CJK_DIGITS[character]) for character in text))
    total = group = digit = last = 0.0
    seen = False
    for character in text:
        if character in _CJK_DIGITS:
            digit, seen = float(_CJK_DIGITS[character]), True
            last = last if digit else 0.0
        elif character in _CJK_UNITS:
            group += (digit or 1.0) * _CJK_UNITS[character]
            digit, seen, last = 0.0, True, float(_CJK_UNITS[character])
        elif character in _CJK_GROUPS:
            scale = last = float(_CJK_GROUPS[character])
            total = (total + group + digit or 1.0) * scale if scale > 10_000 else total + (group + digit or 1.0) * scale
            group = digit = 0.0
            seen = True
    if digit and last >= 100:  # 一千四 is 1,400, 两万五 is 25,000
        digit *= last / 10
    return total + group + digit if seen else None


def small_number(text: str | None) -> float | None:
    """The value of one short numeral, in digits or a word; ``None`` if it is none."""
    if not text:
        return None
    text = text.removesuffix("个")
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return float(text)
    return float(_SMALL[text]) if text in _SMALL else cjk_number(text)
