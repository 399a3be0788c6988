"""Numbers, rates and recurrences in four written languages. Pure; works on folded text (see `text.fold`)."""

from __future__ import annotations

import re
from dataclasses import dataclass

DAYS = {
    "second": 1 / 86_400,
    "minute": 1 / 1_440,
    "hour": 1 / 24,
    "day": 1.0,
    "week": 7.0,
    "month": 30.0,
    "quarter": 91.0,
    "year": 365.0,
}
"""The length of a unit in days. A month counts 30 days and every day alike, as the contract's example does."""

_SCALES = {
    "hundred": 100, "thousand": 1_000, "k": 1_000, "grand": 1_000, "lakh": 100_000, "lakhs": 100_000, "lac": 100_000,
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
_VAGUE = {"a couple of": 2, "a couple": 2, "couple of": 2, "a few": 3, "several": 5, "half a": 0.5, "a dozen": 12}
_CJK_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_CJK_UNITS = {"十": 10, "百": 100, "千": 1_000}
_CJK_GROUPS = {"万": 10_000, "亿": 100_000_000, "億": 100_000_000}

_DIGITS = r"\d{1,3}(?:[, ]\d{3})+(?:\.\d+)?|\d+(?:[.,]\d{1,2})(?!\d)|\d+"
_SCALE_WORDS = "|".join(sorted((re.escape(s) for s in _SCALES), key=len, reverse=True))
_WORD = "|".join(sorted(_SMALL, key=len, reverse=True))
_NUMBER = re.compile(
    r"(?P<mixed>\d+(?:\.\d+)?[十百千]*[万亿億](?:\d+[十百千]*[万亿億]?)+)"
    r"|(?P<some_and_half>\b(?:one|two|three|four|five|six|seven|eight|nine|ten) and a half (?:thousand|million|billion|lakh|crore)s?\b)"
    rf"|(?P<digits>{_DIGITS})\s*(?P<scale>(?:{_SCALE_WORDS})(?![a-z]))?(?P<scale2>[十百千万亿億]*)(?P<rest>\d*千)?"
    rf"|(?P<vague>\b(?:half a|a couple of|a couple|couple of|a few|several|a dozen)\b)\s*(?P<vscale>(?:hundred|thousand|million|billion|dozen|lakh|crore)s?\b)?"
    rf"|(?P<words>\b(?:(?:a|{_WORD})[ -](?:hundred|thousand|million|billion|lakh|crore|dozen)|{_WORD})"
    rf"(?:(?:[ -]|\s+and\s+)(?:{_WORD}|hundred|thousand|million|billion|lakh|crore|dozen))*\b)"
    r"|(?P<half>半)(?=[年月天日周])"
    r"|(?P<cjk>[零〇一二三四五六七八九十百千万亿億两兩]+)(?P<some>[多几余数]*(?P<somescale>[十百千万亿億]*))"
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
        return sum(_scaled(digits, scale) for digits, scale in _PIECE.findall(match["mixed"]))
    if match["some_and_half"]:
        words = match["some_and_half"].split()
        return (_SMALL[words[0]] + 0.5) * _SCALES[words[-1].rstrip("s")]
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
        return _VAGUE[match["vague"]] * _SCALES.get(scale, 1)
    if match["words"]:
        return _words(match["words"])
    if match["half"]:
        return 0.5
    numeral = cjk_number(match["cjk"])
    if numeral is not None:
        for character in match["somescale"] or "":
            numeral *= _CJK_UNITS.get(character) or _CJK_GROUPS[character]
    return numeral


_PIECE = re.compile(r"(\d+(?:\.\d+)?)([十百千万亿億]*)")


def _scaled(digits: str, scale: str) -> float:
    value = float(digits)
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


# --- rates: so many calls in a unit of time ------------------------------------------------------

_ENGLISH_UNIT = r"\b(?:per|an?|every|each|one|the|in an?|over an?|every single) (?:working |business |calendar |average |typical |busy )?(?:UNIT)\b|/\s*(?:UNIT)\b"
_CHINESE_UNIT = (
    r"每(?:一)?(?:个)?\s*(?:UNIT)|(?:一|1|单)\s*(?:个)?\s*(?:整)?(?:UNIT)|(?:UNIT)均|/\s*(?:UNIT)|按(?:UNIT)"
)
_JAPANESE_UNIT = r"(?:毎|每|1|一)\s*(?:UNIT)|(?:UNIT)(?=[約约]?(?:[\d一二三四五六七八九十百千万]|$))|(?:UNIT)(?:に|间|間|あたり|当たり)"


def _unit(english: str, chinese: str, japanese: str, more: str = "") -> str:
    """The pattern of a unit of time after a number of calls, from its name in each language."""
    parts = (
        _ENGLISH_UNIT.replace("UNIT", english),
        _CHINESE_UNIT.replace("UNIT", chinese),
        _JAPANESE_UNIT.replace("UNIT", japanese),
        more,
    )
    return "|".join(part for part in parts if part)


_UNITS: dict[str, str] = {
    "second": _unit(r"sec(?:ond)?|s", "秒", "秒", r"\b[qtr]ps\b"),
    "minute": _unit(r"min(?:ute)?", "分钟?", "分(?!の)"),
    "hour": _unit(r"h(?:ou)?r?", "小时|钟头", "时间|時間|时(?!间)|時(?!間)", r"\bhourly\b"),
    "shift": _unit("shift", "班", "シフト|直", "シフトごと"),
    "day": _unit(
        r"(?:week)?day|d",
        "天|日|工作日",
        "日|営業日|营业日",
        r"\bdaily\b|日次|当日|平日|\bfrom midnight to midnight\b|\bbetween midnight and midnight\b",
    ),
    "week": _unit(r"w(?:ee)?k", "周|星期|礼拜", "周|週", r"\bweekly\b|周次|週次"),
    "month": _unit(r"mo(?:nth)?|mnth", "月|month", "月|か月|ヶ月|カ月|ヵ月", r"\bmonthly\b|ひと月|月次"),
    "quarter": _unit("quarter", "季度?", "四半期", r"\bquarterly\b|四半期"),
    "year": _unit(r"y(?:ea)?r|annum", "年|全年", "年", r"\byearly\b|\bannually\b|全年|\bp\.?a\.?\b"),
}
_UNIT_PATTERNS = {unit: re.compile(pattern) for unit, pattern in _UNITS.items()}

_EACH = re.compile(
    r"\beach\b|\bevery one of\b|\bapiece\b|\bper (?:person|head|user|head count|nurse|agent|clerk|doctor|seat|site|store|branch|case|customer|employee|engineer|lawyer|player|shop)\b"
    r"|\ba head\b|\bper\b(?= [a-z]+s?\b)|每(?:个)?(?:人|位|名|家|间|店|台|员工|用户|律师|医生|护士|门市)|一(?:个)?人|人均|平均每|各|ずつ|(?:1|一)人|人あたり|一人あたり|あたり|毎に|ごとに",
)
_PEOPLE = re.compile(
    r"^\s*(?:or so |odd |registered |active |internal |field |full-time )?"
    r"(?:people|persons?|users?|nurses?|agents?|clerks?|doctors?|employees?|staff|engineers?|lawyers?|players?|stores?|branches|shops|sites|"
    r"colleagues|reps?|advis[eo]rs?|customers|clients|technicians?|teachers?|students|drivers?|analysts?|operators?|desks|seats|"
    r"consultants|hospitals|practices|warehouses|plants|factories|offices|schools|teams|clinics|depots|counters|hotels|restaurants|lines|machines|associates|officers|planners|buyers|handlers|mechanics|pilots|tellers|librarians|developers|devs?|desks|dispatchers|curators|underwriters|adjusters|"
    r"[a-z]+ (?:people|users|staff|nurses|agents|clerks|employees|engineers|stores|branches|officers|handlers|teams))(?![a-z])"
    r"|^(?:多|几|余)?(?:个|位|名|家|间|人|台)|^(?:人|名|店舗|店铺|拠点|社|部署)",
)
_SHIFTS = re.compile(
    r"(?P<n>\d+|two|three|four|两|三|四|二|2|3)[ -]*(?:(?P<len>\d+|eight|twelve|ten|八|十二)[ -]?(?:hour|hr|h|小时|个小时|时间|時間)s?[ -]*(?:的)?)?\s*(?:个)?(?:shifts?|班制?|交代|直|シフト)",
)
_SHIFT_HOURS = re.compile(
    r"(?P<len>\d+|[一二三四五六七八九十]+)\s*(?:个)?(?:hours?|小时|时间|時間)\s*[x×*の的]\s*(?P<n>\d+|[一二两三四])\s*(?:shifts?|班|交代|直|シフト)"
    r"|(?P<n2>\d+|[一二两三四])\s*(?:个)?(?:shifts?|班|交代|直|シフト)\s*(?:of|各|每班|で各|、各)\s*(?P<len2>\d+|[一二三四五六七八九十]+)\s*(?:个)?(?:hours?|小时|时间|時間)"
)
_HOURS_OPEN = re.compile(
    r"(?P<n>\d+(?:\.\d+)?|eight|nine|ten|twelve|[一二三四五六七八九十]+)\s*(?:个)?(?:hours?|hrs?|小时|钟头|时间|時間)\s*(?:a day|per day|daily|days?|营业|营运|运作|上班|工作|稼働|営業|运营|運用|业务|業務|不停|不间断|无休|体制|無休|连续|a day)"
    r"|(?:一天|每天|1日|一日|营业|上班|工作|运作|稼働|営業|开|运转|business|working|open(?:ing)?)\s*(?:of|for|hours?|は|时间は?|時間は?)?\s*(?P<m>\d+|[一二三四五六七八九十]+)\s*(?:个)?(?:hours?|小时|钟头|时间|時間)",
)


def calls_per_day(text: str) -> int | None:
    """The number of calls a day that folded ``text`` states, converted from its unit of time.

    A bare number counts as a day's. Of several rates the last one counts. People times calls each
    are multiplied. ``None`` if there is no usable number.
    """
    all_numbers = [n for n in numbers(text) if not _is_other(text, n)]
    if not all_numbers:
        return None
    hours = _hours_a_day(text)
    shifts = _shifts(text)
    if shifts:
        all_numbers = [n for n in all_numbers if not (shifts.start() <= n.start < shifts.end())]
    opening = _HOURS_OPEN.search(text) or _SHIFT_HOURS.search(text)
    if opening:
        all_numbers = [n for n in all_numbers if not (opening.start() <= n.start < opening.end())]
    all_numbers = [n for n in all_numbers if not _is_unit_word(text, n)] or all_numbers
    all_numbers = [n for n in all_numbers if not _NEGATED.search(text[: n.start])] or all_numbers
    result = _RESULT.search(text)
    if result:
        after = [n for n in all_numbers if n.start >= result.end()]
        all_numbers = after if after and not _PEOPLE.match(text[after[0].end :]) else all_numbers
    people = [n for n in all_numbers if _PEOPLE.match(text[n.end :])]
    rates = [n for n in all_numbers if n not in people and not _is_each_one(text, n)]
    if people and rates and _EACH.search(text):
        number = _main(text, rates)
        unit = _unit_near(text, number) or "day"
        return round(people[0].value * number.value / _span_days(unit, hours, shifts))
    candidates = rates or []
    if not candidates:
        return None
    number = _main(text, candidates)
    unit = _unit_near(text, number) or ("shift" if shifts and _EACH.search(text) else "day")
    return round(number.value / _span_days(unit, hours, shifts))


_NEGATED = re.compile(
    r"(?:\bnot|n't|rather than|instead of|不是|而不是|并非|没有|じゃなくて?|ではなく)\s*(?:about |around |the )?$"
)
_RESULT = re.compile(
    r"\bso(?:,| that'?s| it'?s| about| roughly| around| call it)? (?=[\d,]+|[a-z]+ (?:hundred|thousand|million))"
    r"|\b(?:that'?s|which (?:is|makes)|makes|call it|equals|in total|total(?:ling|ing)?)\s+(?:about |roughly |around )?(?=\d)"
    r"|(?:也就是|等于|所以|合计|总共|加起来|共|约等于|算下来|算起来|つまり|合わせて|合計|合计|なので|だいたい合計)\s*(?:是|大概|大约|大約|约|一天|每天|1日|日に)?(?=[\d零一二三四五六七八九十百千万两])|=\s*(?=\d)"
)
_COUNTED = re.compile(
    r"\s*(?:or so |odd |多|几|余)?(?:次|通|笔|件|けん|回|调用|请求|查询|calls?|quer|request|hits?|question|look-?ups|コール|リクエスト|クエリ|人次|单|份|条|则|张|inference|prompts?|messages?|times)"
)


def _main(text: str, candidates: list[Number]) -> Number:
    """The number that carries the rate: counted in calls and beside a unit of time; the last of equals."""

    def weight(number: Number) -> tuple[int, int]:
        counted = 2 if _COUNTED.match(text[number.end :]) else 0
        return counted + (1 if _unit_near(text, number) else 0), number.start

    best = max(candidates, key=weight)
    return best if weight(best)[0] else max(candidates, key=lambda n: n.value)


def _is_other(text: str, number: Number) -> bool:
    """Whether a number counts something other than calls: a year, a share, money, a duration, a rank."""
    after, before = text[number.end : number.end + 14], text[max(0, number.start - 8) : number.start]
    if re.match(
        r"\s*(?:%|percent|per cent|パーセント|割|成(?!千)|折|years? old|years? ago|歳|岁|号|階|楼|階|度目|nd\b|rd\b|th\b|st\b)",
        after,
    ):
        return True
    if re.match(
        r"\s*(?:years?|months?|weeks?|days?|年|个月|か月|ヶ月|カ月|周年|分钟|分間|minutes?|seconds?)\b", after
    ) and not re.search(r"(?:per|every|each|每|毎|あたり)\s*$", before):
        return not re.match(r"\s*(?:年|月|日)(?:に|间|間)", after)
    if re.search(r"[$€£¥]\s*$|(?:第|version |v|since |in |by |auf )$", before) and 1900 <= number.value <= 2100:
        return True
    return bool(re.search(r"[$€£¥]\s*$|第$", before))


def _is_unit_word(text: str, number: Number) -> bool:
    """Whether a numeral is only part of a unit of time: 一天, 1日, one day, a month."""
    tail = text[number.start : number.start + 6]
    return number.value == 1 and bool(
        re.match(
            r"(?:一|1)\s*(?:个)?(?:天|日|周|月|年|小时|钟头|秒|分|班|季|星期|礼拜|か月|ヶ月|カ月|时间|時間|人)|one (?:day|week|mont|year|hour)",
            tail,
        )
    )


def _is_each_one(text: str, number: Number) -> bool:
    return number.value == 1 and bool(re.match(r"(?:人|个人|位|名)", text[number.end : number.end + 2]))


def _unit_near(text: str, number: Number) -> str | None:
    """The unit of time nearest to a number, behind it (before any other number) or ahead of it."""
    following = [n.start for n in numbers(text) if n.start >= number.end and not _is_unit_word(text, n)]
    stop = min(min(following, default=len(text)), number.end + 60)
    behind, ahead = text[number.end : stop], text[max(0, number.start - 24) : number.start]
    found: list[tuple[int, int, str]] = []
    for unit, pattern in _UNIT_PATTERNS.items():
        match = pattern.search(behind)
        if match:
            found.append((match.start(), 0, unit))
        found += [(len(ahead) - match.end(), 1, unit) for match in pattern.finditer(ahead)]
    return min(found)[2] if found else None


def _span_days(unit: str, hours: float | None, shifts: re.Match[str] | None) -> float:
    """How many days' worth one unit is, given how many hours or shifts a day has."""
    if unit == "shift":
        count = _small(shifts["n"]) if shifts else 1.0
        return 1.0 / (count or 1.0)
    if hours is not None and unit in ("second", "minute", "hour"):
        return DAYS[unit] * 24 / hours
    return DAYS[unit]


def _shifts(text: str) -> re.Match[str] | None:
    """How many shifts a day has: the largest number before "shifts", for "1 shift" only names the unit."""
    return max(_SHIFTS.finditer(text), key=lambda match: _small(match["n"]) or 0, default=None)


def _hours_a_day(text: str) -> float | None:
    shifts = _shifts(text)
    if shifts and shifts["len"]:
        return (_small(shifts["n"]) or 1) * (_small(shifts["len"]) or 8)
    product = _SHIFT_HOURS.search(text)
    if product:
        return (_small(product["n"] or product["n2"]) or 1) * (_small(product["len"] or product["len2"]) or 8)
    opening = _HOURS_OPEN.search(text)
    if opening:
        return _small(opening["n"] or opening["m"])
    return None


def _small(text: str | None) -> float | None:
    if not text:
        return None
    text = text.removesuffix("个")
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return float(text)
    return float(_SMALL[text]) if text in _SMALL else cjk_number(text)


# --- recurrences: how often something happens -----------------------------------------------------

FREQUENCY_DAYS = {
    "realtime": 10 / 1_440,
    "daily": 1.0,
    "weekly": 7.0,
    "monthly": 30.4,
    "quarterly": 91.3,
    "yearly": 365.0,
}
"""The named frequencies as intervals in days; `realtime` as ten minutes. `static` is beyond three years."""

_STATIC_DAYS = 1_000


def frequency(interval_days: float) -> str:
    """The named frequency nearest to an interval, by ratio: twice a week is weekly, every two months quarterly."""
    if interval_days >= _STATIC_DAYS:
        return "static"
    ratios = {name: max(interval_days / days, days / interval_days) for name, days in FREQUENCY_DAYS.items()}
    return min(ratios, key=lambda name: round(ratios[name], 3))


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How often something happens."""

    frequency: str
    start: int
    end: int


_N = (
    r"(\d+|[一二三四五六七八九十两]+|a couple of|a few|several|one|two|three|four|five|six|seven|eight|nine|ten|twelve)"
)
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_MONTHNAME = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_FIXED: tuple[tuple[str, float], ...] = (
    ((r"\breal[- ]?time\b|\bcontinuously\b|\bcontinuous\b|\bby the (?:second|minute|hour)\b|\bround the clock\b|\bevery (?:few )?(?:seconds?(?! (?:day|week|month|year|quarter|mon|tues|wednes|thurs|fri))|minutes?)\b|\bhourly\b|\bevery hour\b|\bminute by minute\b|\bstreams? in\b"
     r"|实时|即时|每分每秒|每时每刻|时时刻刻|随时|每(?:几|隔几)?(?:秒|分钟|小时)|秒级|分钟级|リアルタイム|刻一刻|刻々|常时|常時|随時|数分ごと|数秒ごと|秒単位|分単位|秒单位|分单位|四六时中|四六時中|ひっきりなし|即时反映|即時"), 1 / 144),
    ((r"\bdaily\b|\bevery (?:other|second) day\b|\bnightly\b|\bovernight\b|\bevery (?:single )?(?:day|night|morning|evening|weekday|business day|working day)\b|\beach (?:day|night|morning|evening)\b|\bday[- ]to[- ]day\b|\bevery 24 hours\b|\bmornings\b"
     r"|每(?:一)?(?:天|日|晚|早)|天天|日更|日日|每个工作日|当天|隔天|毎日|日次|日々|毎晩|毎朝|毎夕|日ごと|日替わり|営業日ごと|营业日ごと|毎営業日|毎营业日|1日(?:1|一)回|一日一回|日に一度"), 1.0),
    ((rf"\bweekly\b|\bevery week\b|\beach week\b|\bevery (?:single )?{_WEEKDAY}\b|\beach {_WEEKDAY}\b|\bon (?:mon|tues|wednes|thurs|fri|satur|sun)days\b|\bevery weekend\b|\bonce a week\b|\bper week\b|\bweek by week\b"
     r"|每(?:个|一)?(?:周|星期|礼拜)[一二三四五六日天末]?|周更|一周一|每逢(?:周|星期|礼拜)|逢周|毎周|毎週|每週|周次|週次|周(?:1|一)(?:回|で)?|週(?:1|一)(?:回|で)?|週に(?:1|一)(?:回|度)|周に(?:1|一)(?:回|度)|周ごと|週ごと|[月火水木金土日]曜(?:日)?ごと"), 7.0),
    (r"\bfortnightly\b|\bevery (?:other|second) week\b|\bevery couple of weeks\b|\bevery fortnight\b|\b(?:once )?a fortnight\b|\bbi-?weekly\b|\bevery (?:other|second) (?:mon|tues|wednes|thurs|fri)day\b|\bevery sprint\b|每(?:隔|两|二)周|双周|隔周|隔週|两周一|每两(?:个)?(?:星期|礼拜)", 14.0),
    ((r"\bmonthly\b|\bevery month\b|\beach month\b|\bonce a month\b|\bmonth[- ]end\b|\bend of (?:the|each|every) month\b|\bfirst of (?:the|each|every) month\b|\b(?:first|last|second|third) (?:mon|tues|wednes|thurs|fri)day of (?:the|each|every) month\b"
     r"|每(?:个|一)?月(?:初|底|中)?|月更|按月|月月|逐月|一个月一|每逢月|毎月|月次|月(?:1|一)(?:回|で)|月に(?:1|一)(?:回|度)|月ごと|月イチ|月末ごと"), 30.4),
    (r"\bbi-?monthly\b|\bevery (?:other|second) month\b|隔月|每(?:隔|两|二)个?月|两个月一", 60.8),
    ((r"\bquarterly\b|\bevery quarter\b|\beach quarter\b|\bonce a quarter\b|\bquarter['s]* end\b|\bend of (?:the|each|every) quarter\b|\bevery season\b|\beach season\b|\bseasonally\b|\bper quarter\b"
     r"|每(?:个|一)?季(?:度)?|季更|按季|一季一|季报|四半期|每三个月|毎四半期|季节ごと|季節ごと|シーズンごと|3か月ごと|三か月ごと"), 91.3),
    (r"\bhalf[- ]yearly\b|\bsemi-?annual(?:ly)?\b|\bbi-?annual(?:ly)?\b|\btwice a year\b|\bevery (?:six months|half year|semester|term)\b|每半年|半年一|半年に|(?<!四)半期に|(?<!四)半期ごと|上下半年|每学期|学期ごと|一年(?:两|二|2)次|年(?:2|二|に2|に二)回|年に(?:2|二)(?:回|度)|一年两", 182.6),
    ((rf"\byearly\b|\bannual(?:ly)?\b|\bevery year\b|\beach year\b|\bonce a year\b|\bper year\b|\bevery (?:{_MONTHNAME}|spring|summer|autumn|fall|winter|christmas)\b|\beach (?:{_MONTHNAME}|spring|summer|autumn|winter)\b|\byear[- ]end\b|\bevery 12 months\b|\bevery twelve months\b"
     r"|每(?:一)?年|年更|年年|逐年|一年一|一年才|每逢年|年度(?:更新|改|修)|毎年|年次|年(?:1|一)(?:回|度)?|年に(?:1|一)(?:回|度)|年ごと|年イチ|年度ごと|每年度|毎年度|年一度"), 365.0),
)  # fmt: skip
_FIXED_PATTERNS = tuple((re.compile(pattern), days) for pattern, days in _FIXED)

_UNIT_DAYS = (
    (r"(?:min|minute|分钟|分)s?", DAYS["minute"]),
    (r"(?:hour|hr|小时|钟头|时间|時間)s?", DAYS["hour"]),
    (r"(?:(?:business |working )?day|天|日)s?", 1.0),
    (r"(?:week|个?星期|个?礼拜|周间?|週間?)s?", 7.0),
    (r"(?:month|个?月|か月|ヶ月|カ月|ヵ月)s?", 30.4),
    (r"(?:quarter|个?季度|四半期)s?", 91.3),
    (r"(?:year|年)s?", 365.0),
)
_EVERY_N = tuple(
    (re.compile(rf"\bevery {_N} ?{unit}\b|每(?:隔)?{_N}{unit}|{_N} ?{unit}(?:に|ごとに?|毎に?|每に?|おきに?)(?:(?:1|一)(?:回|度))?|{_N}{unit}(?:左右)?(?:才|会|就|大概|大约)?(?:更新|改|换|修订)?一(?:次|版|回)"), days)
    for unit, days in _UNIT_DAYS
)  # fmt: skip
_TIMES_PER = tuple(
    (re.compile(rf"(?:\b{_N} times|\b(once|twice|thrice))(?: or (?:so|twice|thrice|{_N} times))?,? (?:a|an|per|every|each) {unit}\b|(?:每|一)(?:个)?{unit}(?:大概|大约|要|会|就)?(?:更新|改|换|修订|更)?{_N}(?:次|回|版)|(?:1)?{unit}に?{_N}(?:回|度)"), days)
    for unit, days in _UNIT_DAYS
)  # fmt: skip
_ONCE = {"once": 1.0, "twice": 2.0, "thrice": 3.0}


def recurrences(text: str) -> tuple[Recurrence, ...]:
    """Every recurrence in folded ``text``, in order; of overlapping ones the longest counts."""
    found: list[tuple[int, int, float]] = []
    for pattern, days in _FIXED_PATTERNS:
        found += [(match.start(), match.end(), days) for match in pattern.finditer(text)]
    for pattern, days in _EVERY_N:
        for match in pattern.finditer(text):
            count = _count(match)
            if count:
                found.append((match.start(), match.end(), count * days))
    for pattern, days in _TIMES_PER:
        for match in pattern.finditer(text):
            count = _count(match)
            if count:
                found.append((match.start(), match.end(), days / count))
    kept: list[tuple[int, int, float]] = []
    for start, end, days in sorted(found, key=lambda item: (item[0] - item[1], item[0])):
        if all(end <= other[0] or start >= other[1] for other in kept):
            kept.append((start, end, days))
    return tuple(Recurrence(frequency(days), start, end) for start, end, days in sorted(kept))


def _count(match: re.Match[str]) -> float | None:
    for group in match.groups():
        if group:
            if group in _ONCE:
                return _ONCE[group]
            return _VAGUE.get(group) or _small(group)
    return None
