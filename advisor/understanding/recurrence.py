"""How often something happens, in four written languages. Pure; works on folded text (see `text.fold`)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from advisor.understanding.numerals import VAGUE, small_number
from advisor.understanding.units import DAYS

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
     r"|每(?:一)?(?:天|日|晚|早)|天天|日更|日日|每个工作日|当天(?:更新|就)|每?隔天(?:更新|换|改|一次)|毎日|日次|日々|毎晩|毎朝|毎夕|日ごと|日替わり|営業日ごと|营业日ごと|毎営業日|毎营业日|1日(?:1|一)回|一日一回|日に一度"), 1.0),
    ((rf"\bweekly\b|\bevery week\b|\beach week\b|\bevery (?:single )?{_WEEKDAY}\b|\beach {_WEEKDAY}\b|\bon (?:mon|tues|wednes|thurs|fri|satur|sun)days\b|\bevery weekend\b|\bonce a week\b|\bper week\b|\bweek by week\b"
     r"|每(?:个|一)?(?:周|星期|礼拜)[一二三四五六日天末]?|周更|一周一|每逢(?:周|星期|礼拜)|逢周|毎周|毎週|每週|周次|週次|周(?:1|一)(?:回|で)?|週(?:1|一)(?:回|で)?|週に(?:1|一)(?:回|度)|周に(?:1|一)(?:回|度)|周ごと|週ごと|[月火水木金土日]曜(?:日)?ごと"), 7.0),
    (r"\bfortnightly\b|\bevery (?:other|second) week\b|\bevery couple of weeks\b|\bevery fortnight\b|\b(?:once )?a fortnight\b|\bbi-?weekly\b|\bevery (?:other|second) (?:mon|tues|wednes|thurs|fri)day\b|\bevery sprint\b|每(?:隔|两|二)周|双周|隔周|隔週|两周一|每两(?:个)?(?:星期|礼拜)", 14.0),
    ((r"\bmonthly\b|\bevery month\b|\beach month\b|\bonce a month\b|\bmonth[- ]end\b|\bend of (?:the|each|every) month\b|\bfirst of (?:the|each|every) month\b|\b(?:first|last|second|third) (?:mon|tues|wednes|thurs|fri)day of (?:the|each|every) month\b"
     r"|每(?:个|一)?月(?:初|底|中)?|月更|按月|月月|逐月|一个月一|每逢月|毎月|月次|月(?:1|一)(?:回|で)|月に(?:1|一)(?:回|度)|月ごと|月イチ|月末ごと"), 30.4),
    (r"\bbi-?monthly\b|\bevery (?:other|second) month\b|隔月|每(?:隔|两|二)个?月|两个月一", 60.8),
    ((r"\bquarterly\b|\bevery quarter\b|\beach quarter\b|\bonce a quarter\b|\bquarter['s]* end\b|\bend of (?:the|each|every) quarter\b|\bevery season\b|\beach season\b|\bseasonally\b|\bper quarter\b"
     r"|每(?:个|一)?季(?:度)?|季更|按季|一季(?:度)?(?:才|会|就)?[^,。、;]{0,8}?(?:一|1)(?:次|版|回)|一季(?:度)?(?:才|一)|季报|四半期|每三个月|毎四半期|季节ごと|季節ごと|シーズンごと|3か月ごと|三か月ごと"), 91.3),
    (r"\bhalf[- ]yearly\b|\bsemi-?annual(?:ly)?\b|\bbi-?annual(?:ly)?\b|\btwice a year\b|\bevery (?:six months|half year|semester|term)\b|每半年|半年一|半年に|(?<!四)半期に|(?<!四)半期ごと|上下半年|每学期|学期ごと|一年(?:两|二|2)次|年(?:2|二|に2|に二)回|年に(?:2|二)(?:回|度)|一年两", 182.6),
    ((rf"\byearly\b|\bannual(?:ly)?\b|\bevery year\b|\beach year\b|\bonce a year\b|\bper year\b|\bevery (?:{_MONTHNAME}|spring|summer|autumn|fall|winter|christmas)\b|\beach (?:{_MONTHNAME}|spring|summer|autumn|winter)\b|\byear[- ]end\b|\bevery 12 months\b|\bevery twelve months\b"
     r"|每(?:一)?年|年更|年年|逐年|一年[^,。、;两二三四五六七八九十\d]{0,10}?(?:一|1)(?:次|版|回)|一年一|一年才|每逢年|年度(?:更新|改|修)|毎年|年次|年(?:1|一)(?:回|度)?|年に(?:1|一)(?:回|度)|年ごと|年イチ|年度ごと|每年度|毎年度|年一度"), 365.0),
)  # fmt: skip
_FIXED_PATTERNS = tuple((re.compile(pattern, re.ASCII), days) for pattern, days in _FIXED)

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
    (re.compile(rf"\bevery {_N} ?{unit}\b|每(?:隔)?{_N}{unit}|{_N} ?{unit}(?:に|ごとに?|毎に?|每に?|おきに?)(?:(?:1|一)(?:回|度))?|{_N}{unit}[^,。、;]{{0,10}}?(?:一|1)(?:次|版|回)"), days)
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
            return VAGUE.get(group) or small_number(group)
    return None
