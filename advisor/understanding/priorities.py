"""Which of two things a text puts first, content or form, where it compares them outright. Pure, on folded text.

"A matters more than B" and "B matters more than A" have the same words, so what is learnt from words
cannot tell them apart; a comparison has a grammar.
"""

from __future__ import annotations

import re
from typing import Literal

Priority = Literal["accuracy", "consistency"]

_CONTENT = (
    r"accura\w*|correct(?:ness|ly)?\b|\bcontents?\b|\bfacts?\b|\bfactual\w*|\bsubstance\b|\bfigures?\b|\bnumbers?\b|\bprecision\b|\btruth\b"
    r"|\b(?:be|being|is|are|get(?:s|ting)?|got) (?:\w+ ){0,3}right\b|\bright (?:content|answers?|figures?|facts?|numbers?)\b"
    r"|内容|正确(?!率)|准确|精确|事实|对错|准不准|对不对|(?:答|说|讲|写|弄|做)(?:得)?对|错(?:一|了|字|个)|正確さ?|中身|あって(?:い)?る|合って(?:い)?る|正しさ|事実"
)
_FORM = (
    r"consisten\w*|\bstyles?\b|\btone\b|\bwording\b|\bphras\w+|\buniform\w*|\bvoice\b|\bformat\w*|\blayout\b|\bprose\b|\bpolish\b"
    r"|\bsound\w* (?:the same|alike|like us)\b|\b(?:looks?|reads?) (?:the same|alike)\b|\bsame (?:way|shape|form|style|tone|wording)\b|\bhow (?:it|they)(?:'s| is| are)? (?:says?|said|worded|phrased|reads?|sounds?|puts?)\b"
    r"|风格|语气|口吻|口气|文风|文笔|格式|形式|一致|统一|措辞|用词|调调|腔调|样式|版式|长相"
    r"|文体|口調|トーン|統一|一貫|言い回し|書きぶり|体裁|見た目|言葉遣い|語り口|表現|ノリ|スタイル"
)
_TERM = re.compile(rf"(?P<content>{_CONTENT})|(?P<form>{_FORM})")
_BOTH = re.compile(
    r"\bboth\b|\bequal\w*|\balike\b|\bsame weight\b|\bas (?:much|important) as\b|\bneither\b|\beither\b|\bno (?:more|less)\b|\bnor\b|\bother way round\b|\bcan(?:'t|not) (?:choose|pick|rank|have one)"
    r"|一样重|平起平坐|并列|级别|五五|五十对五十|条腿|各占|各一半|占一半|没有(?:高下|轻重|先后)|左右手|等量齐观|手心手背|都要|都是(?:底线|肉)|谁也不比|两者|都(?:很)?(?:重要|要紧|不能)|同样|一样重要|并重|缺一不可|各半|不分|どちらも|両方|同じ(?:くらい|ぐらい)|甲乙|ともに|双方"
)
_OVER = re.compile(
    r"\b(?:more (?:important|valuable|critical|relevant)?(?: to (?:us|me))? ?than|(?:matters?|counts?|weighs?|important)(?: \w+){0,3} more(?: \w+){0,3} than|higher(?: \w+){0,3} than|over|above|beats?|trumps?|outweighs?|outranks?|ahead of|rather than|instead of|comes? before|wins? over|prevails? over)\b"
    r"|而不是|而非|优先于|重于|高于|胜过|大于|压过|先于"
)
"""What stands before it is put first."""
_UNDER = re.compile(
    r"\bless (?:important |critical |relevant )?(?:to (?:us|me) )?than\b|\bbehind\b|\bsecond(?:ary)? to\b|不如|次于|低于|让位给"
)
"""What stands after it is put first."""
_THAN = re.compile(
    r"(?:比起|相比于?|相较于?|与其|(?:跟|和|与)(?=[^,。]{1,14}(?:相)?比))(?P<loser>.{1,14}?)(?:相比|比起来|来说|来讲|,|、|更)"
)
_ZH_MORE = re.compile(
    r"(?P<winner>[^,。;]{1,16}?)比(?!起|较)(?P<loser>[^,。;]{1,14}?)(?:更|还|要|来得)*(?:重要|要紧|优先|关键|要命|大|高|重|值钱|实在)"
)
_JA_THAN = re.compile(r"(?P<loser>[^、。,]{1,18}?)(?:なんか|とか|など)?より(?:も|は)?")
_DISMISSED = re.compile(
    r"(?:doesn'?t|don'?t|does not|do not|didn'?t) (?:really |much )?(?:matter|bother|count)|\bno(?:body| one)'?s? bothered|\bis (?:whatever|irrelevant|secondary|neither here nor there)|\bcosts us nothing"
    r"|无所谓|随便|随意|不重要|没差|不在乎|不讲究|不计较|其次|次要|不打紧|没人(?:在意|管|理|计较|嫌|在乎)|怎么都行|怎样都行|都行|没关系|どうでも|二の次|気にし(?:て)?(?:い)?(?:ない|ません)|こだわ(?:ら|り)(?:ない|ません|はな)|後回し|問いません"
)


_CARES_NOT = re.compile(
    r"\bnobody (?:here |there )?(?:cares|minds)|\bcouldn'?t care less|\bdon'?t (?:much )?(?:care|mind)\b|\bnever mind\b"
)
"""What follows it does not matter."""
_NEAR = 40
"""Characters within which a compared thing stands from its comparison."""


def priority(text: str) -> Priority | None:
    """What folded ``text`` puts first, if it compares content and form outright; ``None`` if it does not."""
    if _BOTH.search(text):
        return None
    found = {verdict for verdict in (_compared(text), _dismissed(text)) if verdict is not None}
    return found.pop() if len(found) == 1 else None


def _compared(text: str) -> Priority | None:
    for pattern in (_ZH_MORE, _THAN, _JA_THAN):
        for match in pattern.finditer(text):
            loser = _last_kind(match["loser"])
            rest = text[: match.start("loser")] + " " * len(match["loser"]) + text[match.end("loser") :]
            if loser is not None and _has(rest, _other(loser)):
                return _other(loser)
    for pattern, first_wins in ((_OVER, True), (_UNDER, False)):
        for match in pattern.finditer(text):
            before, after = (
                _last_kind(text[max(0, match.start() - _NEAR) : match.start()]),
                _first_kind(text[match.end() : match.end() + _NEAR]),
            )
            if before is not None and after is not None and before != after:
                return before if first_wins else after
    return None


def _dismissed(text: str) -> Priority | None:
    """The other one, where one of the two is said not to matter."""
    losers = set()
    for match in _DISMISSED.finditer(text):
        clause = re.split(r"[,。;、,.!?]|\bbut\b|但", text[: match.start()])[-1]
        loser = _last_kind(clause) or _first_kind(re.split(r"[,。;、,.!?]", text[match.end() :])[0])
        if loser is not None:
            losers.add(loser)
    for match in _CARES_NOT.finditer(text):
        loser = _first_kind(text[match.end() : match.end() + _NEAR])
        if loser is not None:
            losers.add(loser)
    if len(losers) != 1:
        return None
    loser = losers.pop()
    return _other(loser)


def _other(kind: Priority) -> Priority:
    return "consistency" if kind == "accuracy" else "accuracy"


def _kinds(text: str) -> list[Priority]:
    return ["accuracy" if match["content"] else "consistency" for match in _TERM.finditer(text)]


def _last_kind(text: str) -> Priority | None:
    kinds = _kinds(text)
    return kinds[-1] if kinds else None


def _first_kind(text: str) -> Priority | None:
    kinds = _kinds(text)
    return kinds[0] if kinds else None


def _has(text: str, kind: Priority) -> bool:
    return kind in _kinds(text)
