"""So many calls a day, from whatever rate a text states, in four written languages. Pure, on folded text."""

from __future__ import annotations

import re

from advisor.understanding.numerals import Number, numbers, small_number
from advisor.understanding.units import DAYS

_ENGLISH_UNIT = r"\b(?:per|an?|every|each|one|the|in an?|over an?|every single) (?:working |business |calendar |average |typical |busy |whole |entire |full |single |given )*(?:UNIT)\b|/\s*(?:UNIT)\b|\b(?:UNIT)(?=あたり|当たり|ごと|毎|每|に|で\d)"
_CHINESE_UNIT = (
    r"每(?:一)?(?:个)?\s*(?:UNIT)|(?:一|1|单)\s*(?:个)?\s*(?:整)?(?:UNIT)|(?:UNIT)均|/\s*(?:UNIT)|按(?:UNIT)"
)
_MIXED_UNIT = r"(?:每|毎|一|1)\s*(?:个)?\s*(?:UNIT)\b"
_JAPANESE_UNIT = r"(?:毎|每|1|一)\s*(?:UNIT)|(?:UNIT)(?=[約约]?(?:[\d一二三四五六七八九十百千万]|$))|(?:UNIT)(?:に|间|間|あたり|当たり)"


def _unit(english: str, chinese: str, japanese: str, more: str = "") -> str:
    """The pattern of a unit of time after a number of calls, from its name in each language."""
    parts = (
        _ENGLISH_UNIT.replace("UNIT", english),
        _CHINESE_UNIT.replace("UNIT", chinese),
        _MIXED_UNIT.replace("UNIT", english),
        _JAPANESE_UNIT.replace("UNIT", japanese),
        more,
    )
    return "|".join(part for part in parts if part)


_UNITS: dict[str, str] = {
    "second": _unit(r"sec(?:ond)?|s", "秒", "秒", r"\b[qtr]ps\b"),
    "minute": _unit(r"min(?:ute)?", "分钟?", "分(?!の)"),
    "hour": _unit(r"h(?:ou)?r?", "小时|钟头", "时间|時間|时(?!间)|時(?!間)", r"\bhourly\b"),
    "shift": _unit("shift", "班", "シフト|直|当番|勤務", "シフトごと"),
    "day": _unit(
        r"(?:week)?day|d",
        "天|日|工作日",
        "日|営業日|营业日",
        r"\bdaily\b|日次|当日|平日|\bfrom midnight to midnight\b|\bbetween midnight and midnight\b",
    ),
    "fortnight": _unit(
        r"fortnight|two weeks|2 weeks", "两周|两个(?:星期|礼拜)|双周", "二週間|2週間|隔週", r"\bfortnightly\b|隔週"
    ),
    "week": _unit(
        r"w(?:ee)?k",
        "周|星期|礼拜",
        "周|週",
        r"\bweekly\b|周次|週次|(?:上|这|那|整)个?(?:周|星期|礼拜)|\b(?:last|that) week\b|先週|\bpro woche\b|\bpar semaine\b",
    ),
    "month": _unit(
        r"mo(?:nth)?|mnth",
        "月|month",
        "月|か月|ヶ月|カ月|ヵ月",
        r"\bmonthly\b|ひと月|月次|(?:上|这|那|整)个?月|\b(?:last|that) month\b|先月|月に均すと|\b(?:im|pro) monat\b|\bal mes\b|\bpar mois\b",
    ),
    "quarter": _unit("quarter", "季度?", "四半期", r"\bquarterly\b|四半期"),
    "year": _unit(r"y(?:ea)?r|annum", "年|全年", "年", r"\byearly\b|\bannually\b|全年|\bp\.?a\.?\b"),
}
_UNIT_PATTERNS = {unit: re.compile(pattern, re.ASCII) for unit, pattern in _UNITS.items()}

_TIME = "天|日|周|星期|礼拜|个?月|年|季|小时|钟头|分|秒|班|次|回|时|時|週|营业|営業|半"
_EACH = re.compile(
    r"\beach\b(?! (?:single )?(?:sec|min|hour|day|week|month|quarter|year|shift))|\bevery (?:single )?one of\b|\bapiece\b|\ba (?:head|piece|pop)\b|\beach of\b"
    r"|\b(?:per|every|each) (?!(?:[a-z]+ )?(?:sec|min|hour|hr|h\b|day|week|fortnight|month|quarter|year|annum|shift|cent|single|calendar|night|morning|mo\b|wk|yr))[a-z]+"
    rf"|(?:每|各)(?:一|个|名|位|家|间|台|条|艘|辆|座|所|处)*(?!{_TIME}|[一二三四五六七八九十\d])[\u4e00-\u9fff]"
    r"|一(?:个人|个站|家|人|位|台|间|名|艘|辆|店|站|组|队|校|厂|桌|车|户|张|笔|单|份)(?=.{0,12}[\d一二三四五六七八九十两百千万])|人均|平均每(?!天|日|周|月|年|小时|分|秒|星期|礼拜)|各|ずつ|(?:1|一)(?:人|社|店|台|か所|拠点|隻|名)(?:あたり|当たり|につき|が|で|に|、)|(?<![日月週年時分秒間直班])(?:あたり|当たり|につき)|(?<![日月週年時分秒間直班回])(?:毎|每)に|(?<![日月週年時分秒間])ごとに",
    re.ASCII,
)
_PEOPLE = re.compile(
    r"^\s*(?:or so |odd |registered |active |internal |field |full-time )?"
    r"(?:people|persons?|users?|nurses?|agents?|clerks?|doctors?|employees?|staff|engineers?|lawyers?|players?|stores?|branches|shops|sites|"
    r"colleagues|reps?|advis[eo]rs?|customers|clients|technicians?|teachers?|students|drivers?|analysts?|operators?|desks|seats|"
    r"consultants|hospitals|practices|warehouses|plants|factories|offices|schools|teams|clinics|depots|counters|hotels|restaurants|lines|machines|associates|officers|planners|buyers|handlers|mechanics|pilots|tellers|librarians|developers|devs?|desks|dispatchers|curators|underwriters|adjusters|"
    r"[a-z]+ (?:people|users|staff|nurses|agents|clerks|employees|engineers|stores|branches|officers|handlers|teams))(?![a-z])"
    r"|^(?:多|几|余)?(?:个(?!\s*(?:咨询|问题|问|电话|请求|查询|案|单|件|request|hit|quer|call|prompt|次|上下|左右|来回|多|吧|啦|哦|喔|[,。.]|$))|位|名|家|间|人|台)|^(?:人|名|店舗|店铺|拠点|社|部署)",
)
_SHIFTS = re.compile(
    r"(?P<n>\d+|two|three|four|两|三|四|二|2|3)[ -]*(?:(?P<len>\d+|eight|twelve|ten|八|十二)[ -]?(?:hour|hr|h|小时|个小时|时间|時間)s?[ -]*(?:的)?)?\s*(?:个)?(?:shifts?|班(?!组|级|车|次)制?|交代|直|シフト)",
)
_SHIFT_HOURS = re.compile(
    r"(?P<len>\d+|[一二三四五六七八九十]+)\s*(?:个)?(?:hours?|小时|时间|時間)\s*[x×*の的]\s*(?P<n>\d+|[一二两三四])\s*(?:shifts?|班|交代|直|シフト)"
    r"|(?P<n2>\d+|[一二两三四])\s*(?:个)?(?:shifts?|班|交代|直|シフト)\s*(?:of|各|每班|で各|、各)\s*(?P<len2>\d+|[一二三四五六七八九十]+)\s*(?:个)?(?:hours?|小时|时间|時間)"
)
_HOURS_OPEN = re.compile(
    r"(?P<n>\d+(?:\.\d+)?|eight|nine|ten|twelve|[一二三四五六七八九十]+)\s*(?:个)?(?:hours?|hrs?|小时|钟头|时间|時間)\s*(?:a day|per day|daily|days?|营业|营运|运作|上班|工作|稼働|営業|运营|運用|业务|業務|不停|不间断|无休|体制|無休|连续|a day)"
    r"|(?:一天|每天|1日|一日|营业|上班|工作|运作|稼働|営業|开|运转|business|working|open(?:ing)?)\s*(?:of|for|hours?|は|时间は?|時間は?)?\s*(?P<m>\d+|[一二三四五六七八九十]+)\s*(?:个)?(?:hours?|小时|钟头|时间|時間)",
)


def calls_per_day(text: str, unit: str | None = None) -> int | None:
    """The number of calls a day that folded ``text`` states, converted from its unit of time.

    A number without a unit of time counts as one of ``unit``, or else as a day's. Of several rates the last one counts; what comes after "=" or
    "so" counts before what it was worked out from. People, places or machines times calls each are
    multiplied, and so are hours and shifts a day. ``None`` if there is no usable number.
    """
    text = _ALWAYS.sub(lambda match: " " * len(match[0]), text)
    text = _LENGTH.sub(lambda match: ("a" if match["of"] is not None else " ").rjust(len(match[0])), text)
    if _WEEKDAYS_ONLY.search(text):
        text = _WEEKDAYS_ONLY.sub(lambda match: " " * len(match[0]), text)
        daily = calls_per_day(text, unit)
        return None if daily is None else round(daily * 5 / 7)
    counts = _counts(text)
    candidates = [number for number in counts if number.value > 1] or counts
    told = _told_result(text, counts)
    if told is not None:
        return told
    interval = _once_every(text, candidates)
    if interval is not None:
        return interval
    if not candidates:
        return None
    settled = _settled(text, candidates) or _parts_of_a_day(text, candidates)
    if settled is not None:
        return settled
    hours, shifts = _hours_a_day(text, candidates), _shifts(text)
    candidates = [number for number in candidates if not _is_duration(text, number, shifts)] or candidates
    agents, rates = _agents_and_rates(text, candidates)
    if agents is not None and rates:
        number = _main(text, rates)
        span = _span_days(_unit_near(text, number) or unit or "day", hours, shifts)
        return round(agents.value * number.value / span)
    if not rates:
        return None
    number = _main(text, rates)
    unit = _unit_near(text, number) or unit or ("shift" if shifts and _EACH.search(text) else "day")
    return round(number.value / _span_days(unit, hours, shifts))


def unit_of_time(text: str) -> str | None:
    """The unit of time of the last number in folded ``text``, if it has one."""
    found = numbers(text)
    return _unit_near(text, found[-1]) if found else None


def has_rate(text: str) -> bool:
    """Whether folded ``text`` names a number of something counted like calls, in a unit of time."""
    return any(
        number.value > 1 and _COUNTED.match(text[number.end :]) and _unit_near(text, number, reach_back=10)
        for number in numbers(text)
    )


def _counts(text: str) -> list[Number]:
    """The numbers that may count calls, people or time: no years, shares, money, negated numbers, or a mere "one"."""
    found = [number for number in numbers(text) if not _is_other(text, number)]
    found = [number for number in found if not _is_unit_word(text, number)]
    found = [
        number
        for number in found
        if not _NEGATED.search(text[: number.start]) and not _NEGATED_AFTER.match(text[number.end :])
    ] or found
    found = [number for number in found if not _is_conversion(text, number)] or found
    slip = _SLIP.search(text)
    found = [number for number in found if slip is not None and number.start >= slip.end()] or found
    return [number for number in found if number.value > 1 or _is_once(text, number)]


def _told_result(text: str, candidates: list[Number]) -> int | None:
    """A day's number that the text itself works out of its others: "3 of us, 7 times each: 21"."""
    shared = _EACH.search(text) is not None
    for result in reversed(candidates):
        own_unit = _unit_near(text, result, reach_back=6)
        if result.value < 4 or own_unit not in (None, "day") or _PEOPLE.match(text[result.end :]):
            continue
        before = [number for number in candidates if number.end <= result.start]
        rates = {
            number.value / _span_days(unit, None, None)
            for number in before
            if (unit := _unit_near(text, number)) not in (None, "day", "shift")
        }
        values = [number.value for number in before if number.value > 1]
        pairs = [(one, other) for place, one in enumerate(values) for other in values[place + 1 :]]
        worked_out = rates | {one * other for one, other in pairs}
        worked_out |= {max(pair) / min(pair) for pair in pairs if min(pair) in (7, 30, 365)}
        if len(values) > 1:
            worked_out.add(sum(values))
        if shared:
            worked_out |= {number.value for number in before if _PEOPLE.match(text[number.end :])}
        if any(abs(value - result.value) < 0.5 for value in worked_out):
            return round(result.value)
    return None


def _parts_of_a_day(text: str, candidates: list[Number]) -> int | None:
    """The sum of what is told by parts of the day: "mornings 30, afternoons 70"."""
    parts: list[tuple[Number, str]] = []
    for number in candidates:
        clause = _clause(text, number)
        named = _PART_OF_DAY.findall(clause)
        if len(named) == 1 and not _PEOPLE.match(text[number.end :]):
            parts.append((number, named[0]))
    if len(parts) < 2 or len({name for _, name in parts}) < len(parts):
        return None
    if any((_unit_near(text, number) or "day") not in ("day", "shift") for number, _ in parts):
        return None
    return round(sum(number.value for number, _ in parts))


def _settled(text: str, candidates: list[Number]) -> int | None:
    """A result that the text itself works out or puts right: "= 1,555,200", "no, 12,000 it is"."""
    right = [number for number in candidates if _PUT_RIGHT.match(text[number.end :])]
    result = _RESULT.search(text)
    after = [number for number in candidates if result is not None and number.start >= result.end()]
    if right:
        number = right[-1]
    elif after and not _PEOPLE.match(text[after[0].end :]):
        number = after[0]
    else:
        return None
    return round(number.value / _span_days(_unit_near(text, number, reach_back=8) or "day", None, _shifts(text)))


def _agents_and_rates(text: str, candidates: list[Number]) -> tuple[Number | None, list[Number]]:
    """Who or what calls, where each of them calls so often, and the numbers that may say how often."""
    people = [number for number in candidates if _PEOPLE.match(text[number.end :])]
    each = _EACH.search(text)
    if each is None or len(candidates) < 2:
        rates = [number for number in candidates if number not in people]
        return None, rates or [number for number in people if _unit_near(text, number, reach_back=8)]
    if not people:  # "31 labs, 40 slips each": the number further from "each" counts the callers
        ahead = [number for number in candidates if number.end <= each.start()]
        behind = [number for number in candidates if number.start >= each.end() - 1]
        if ahead and behind:
            return ahead[-1], behind
        side = ahead or behind
        return side[0], side[1:]
    rates = [number for number in candidates if number is not people[0] and not _is_each_one(text, number)]
    return people[0], rates


def _is_conversion(text: str, number: Number) -> bool:
    """Whether a number only converts a rate that has a unit: "60,000 an hour, times 24"."""
    return number.value in (24, 60, 1_440, 3_600, 86_400) and bool(
        _TIMES.search(text[: number.start])
        and (
            _UNIT_PATTERNS["second"].search(text)
            or _UNIT_PATTERNS["minute"].search(text)
            or _UNIT_PATTERNS["hour"].search(text)
        )
    )


def _is_duration(text: str, number: Number, shifts: re.Match[str] | None) -> bool:
    """Whether a number says how many hours or shifts a day has, and not how many calls there are."""
    if shifts is not None and shifts.start() <= number.start < shifts.end():
        return True
    opening = _HOURS_OPEN.search(text) or _SHIFT_HOURS.search(text)
    if opening is not None and opening.start() <= number.start < opening.end():
        return True
    return 2 <= number.value <= 24 and bool(_HOURS.match(text[number.end :]))


def _once_every(text: str, candidates: list[Number]) -> int | None:
    """Calls a day of one every so often: "one every half hour"; not where another number counts the calls."""
    match = next((match for pattern in _INTERVALS for match in pattern.finditer(text)), None)
    if match is None:
        return None
    outside = [n for n in candidates if n.value > 1 and not match.start() <= n.start < match.end()]
    if any(not (2 <= number.value <= 24 and _HOURS.match(text[number.end :])) for number in outside):
        return None
    several = numbers(match["n"] or "")
    span = 0.5 if match["half"] else several[0].value if several else 1.0
    unit = next(unit for unit in ("second", "minute", "hour", "quarter") if match[unit])
    length = DAYS["hour"] / 4 if unit == "quarter" else DAYS[unit]
    return round(1 / (span * length)) if span else None


_ALWAYS = re.compile(r"\b24\s*[/x×*]\s*(?:7|365)\b|\b7\s*[/x×*]\s*24(?:小时)?|24時間365日|24小时全年", re.ASCII)
"""Round the clock: no number of anything."""
_WEEKDAYS_ONLY = re.compile(
    r"\b(?:(?:but|and|then) )?(?:nothing|none|zero|nobody|no one|closed|0|not)\b[^.;,]{0,20}\b(?:weekends?|saturdays?|sundays?)(?: (?:and|or) sundays?)?|\bweekends?(?: are| is|:)? (?:zero|nothing|closed|off|dead)\b"
    r"|(?:周末|双休日|六日|周六日|礼拜六日|星期六日|假日)(?:[^,。;]{0,4})(?:为零|是零|没人|没有|不用|不开|休息|休|0)|土日(?:祝)?は?(?:休み|ゼロ|0|なし|使わ)",
    re.ASCII,
)
"""A week of five days: what a working day has is spread over seven."""
_LENGTH = re.compile(
    r"(?:\b(?:over|in|of|for|across|by|times|the|all|a|per|divided by|spread over)\s+)*(?:\b(?:28|30|31|365|7|thirty|thirty-one|seven|three hundred and sixty-five)[ -]days?(?:'s?)?)(?:(?P<of>(?=[ -](?:calendar )?(?:month|week|year)))|(?=\s*(?:in|of|to|,|[.]|$)))"
    r"|(?:除以|÷|/)\s*(?:30|31|365|7|三十|七)(?:天|日)?|divided by (?:30|31|365|7|thirty|seven)\b"
    r"|(?:按|以|用|有|是|共|算|整整|全|月に?は?|ひと月)?\s*(?:30|31|28|365|三十|三十一|三百六十五)\s*(?:天|日)(?=算|计|計|的?(?:一个)?月|来算|で|として|$|[,。、.])"
    r"|(?:7|七)\s*(?:天|日)(?=算|计|計|来算|都?(?:开|有)|$|[,。、.])"
)
"""How long a month, a week or a year is: no count."""
_PART_OF_DAY = re.compile(
    r"朝|昼|夕方|夜|晚上?|早上|早班|中班|晚班|大夜班?|小夜班?|夜班|白班|日班|上午|中午|下午|午前|午後|午后|夜盘|日盘|日勤|夜勤"
    r"|\bmornings?\b|\bafternoons?\b|\bevenings?\b|\bnights?\b|\bovernight\b|\b(?:after |before )?lunch(?:time)?\b|\bearlies\b|\blates\b|\bbefore noon\b|\bafter noon\b"
)
_SLIP = re.compile(r"打错|写错|说错|敲错|看错|手滑|\btypo\b|\bslip\b|打ち間違|書き間違|桁の?誤り")
"""What was named before it was a slip."""
_BREAK = re.compile(r"(?<!\d),|,(?!\d)|[;。、]|\band\b")
_TIMES = re.compile(r"(?:[x×*乘]|乘以|乘上|times|掛ける|かける)\s*$")
_HOURS = re.compile(r"\s*-?\s*(?:个)?(?:hours?\b|hrs?\b|h\b|小时|钟头|时间|時間)", re.ASCII)
_PUT_RIGHT = re.compile(
    r"\s*(?:次|件|回|通|笔)?\s*(?:才对|才是|才正确|が正しい|の间违い|の間違い|is right|it is\b|is what i meant)",
    re.ASCII,
)
_SPAN = r"(?:(?P<second>sec(?:ond)?s?\b|秒)|(?P<minute>min(?:ute)?s?\b|分钟?)|(?P<hour>hours?\b|小时|钟头|时间|時間)|(?P<quarter>刻钟|quarter of an hour))"
_SOME = r"(?:(?P<half>half(?: an?)?|半)|(?P<n>[\da-z-]{1,14}|[\d一二三四五六七八九十百]+))?\s*(?:个)?"
_ONE = r"(?:一|1)\s*(?:次|份|条|件|回|通|笔|张|个|度|则|单|组)"
_INTERVALS = (
    re.compile(rf"\b(?:every|one (?:call |request |query )?(?:per|an?)|once (?:per|an?)) {_SOME}{_SPAN}"),
    re.compile(rf"(?:每隔?|固定每|毎)\s*{_SOME}{_SPAN}[^,。、]{{0,6}}{_ONE}"),
    re.compile(rf"(?:每隔|固定每|毎)\s*{_SOME}{_SPAN}(?!.{{0,3}}[\d二三四五六七八九十百千万])"),
    re.compile(rf"{_SOME}{_SPAN}\s*(?:に|ごとに|おきに|毎に|每に|[\u4e00-\u9fff]{{1,3}}?)?\s*{_ONE}"),
)
_NEGATED = re.compile(
    r"(?:\bnot|n't|rather than|instead of|不是|而不是|并非|没有|じゃなくて?|ではなく)\s*(?:about |around |the )?$"
)
_NEGATED_AFTER = re.compile(r"\s*(?:件|回|コール|次)?\s*(?:ではな|じゃな)")
_RESULT = re.compile(
    r"\bso(?:,| that'?s| it'?s| about| roughly| around| call it)? (?=[\d,]+|[a-z]+ (?:hundred|thousand|million))"
    r"|\b(?:that'?s|(?:that|which|it all) (?:is|makes)|call it|equals|in total|total(?:ling|ing)?)\s+(?:about |roughly |around )?(?=\d)"
    r"|(?:也就是|等于|所以|合计|总共|加起来|共|约等于|算下来|算起来|つまり|合わせて|合計|合计|なので|だいたい合計)\s*(?:是|大概|大约|大約|约|一天|每天|1日|日に)?(?=[\d零一二三四五六七八九十百千万两])|=\s*(?=\d)|で(?=[\d,]+(?:回|件|コール)(?:です|になり|と))"
)
_COUNTED = re.compile(
    r"\s*(?:or so |odd |多|几|余)?(?:次|通|笔|件|けん|回|调用|请求|查询|calls?|quer|request|hits?|question|look-?ups|コール|リクエスト|クエリ|人次|单|份|条|则|张|inference|prompts?|messages?|times)"
)


def _main(text: str, candidates: list[Number]) -> Number:
    """The number that carries the rate: counted in calls and beside a unit of time; the last of equals."""

    def weight(number: Number) -> tuple[int, int]:
        counted = 2 if _COUNTED.match(text[number.end :]) else 0
        near = 1 if _unit_near(text, number) else 0
        return counted + near + (1 if near and _unit_in_clause(text, number) else 0), number.start

    best = max(candidates, key=weight)
    return best if weight(best)[0] else max(candidates, key=lambda n: n.value)


def _unit_in_clause(text: str, number: Number) -> bool:
    """Whether a unit of time stands in the same clause as a number."""
    clause = _clause(text, number)
    return any(pattern.search(clause) for pattern in _UNIT_PATTERNS.values())


def _clause(text: str, number: Number) -> str:
    """The clause that a number stands in."""
    breaks = [match.start() for match in _BREAK.finditer(text)]
    start = max((place for place in breaks if place < number.start), default=-1) + 1
    return text[start : min((place for place in breaks if place >= number.end), default=len(text))]


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
    return bool(re.search(r"[$€£¥]\s*$|第$|(?:预算|予算|budget)[^,。、;]{0,6}$", before))


def _is_once(text: str, number: Number) -> bool:
    """Whether a "one" counts calls: "one a minute", 1回."""
    after = text[number.end :]
    return bool(_COUNTED.match(after) or re.match(r" ?(?:an?|per|every|each|for every|問|问)\b|问", after))


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


def _unit_near(text: str, number: Number, reach_back: int = 40) -> str | None:
    """The unit of time nearest to a number, behind it (before any other number) or ahead of it."""
    following = [n.start for n in numbers(text) if n.start >= number.end and not _is_unit_word(text, n)]
    stop = min(min(following, default=len(text)), number.end + 60)
    behind, ahead = text[number.end : stop], text[max(0, number.start - reach_back) : number.start]
    found: list[tuple[int, int, str]] = []
    for unit, pattern in _UNIT_PATTERNS.items():
        match = pattern.search(behind)
        if match:
            found.append((match.start(), 0, unit))
        found += [(len(ahead) - match.end(), 1, unit) for match in pattern.finditer(ahead)]
    if any(unit == "fortnight" for _, _, unit in found):  # "two weeks" holds "week"
        found = [each for each in found if each[2] != "week"]
    return min(found)[2] if found else None


def _span_days(unit: str, hours: float | None, shifts: re.Match[str] | None) -> float:
    """How many days' worth one unit is, given how many hours or shifts a day has."""
    if unit == "shift":
        count = small_number(shifts["n"]) if shifts else 1.0
        return 1.0 / (count or 1.0)
    if hours is not None and unit in ("second", "minute", "hour"):
        return DAYS[unit] * 24 / hours
    return 14.0 if unit == "fortnight" else DAYS[unit]


def _shifts(text: str) -> re.Match[str] | None:
    """How many shifts a day has: the largest number before "shifts", for "1 shift" only names the unit."""
    return max(_SHIFTS.finditer(text), key=lambda match: small_number(match["n"]) or 0, default=None)


def _hours_a_day(text: str, candidates: list[Number]) -> float | None:
    shifts = _shifts(text)
    if shifts and shifts["len"]:
        return (small_number(shifts["n"]) or 1) * (small_number(shifts["len"]) or 8)
    product = _SHIFT_HOURS.search(text)
    if product:
        return (small_number(product["n"] or product["n2"]) or 1) * (
            small_number(product["len"] or product["len2"]) or 8
        )
    opening = _HOURS_OPEN.search(text)
    if opening:
        return small_number(opening["n"] or opening["m"])
    if any(
        _UNIT_PATTERNS["hour"].search(text[: n.start]) or _UNIT_PATTERNS["hour"].search(text[n.end :])
        for n in candidates
    ):
        spans = [n.value for n in candidates if 2 <= n.value <= 24 and _HOURS.match(text[n.end :])]
        return spans[-1] if spans else None
    return None
