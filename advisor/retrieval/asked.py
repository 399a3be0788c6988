"""What kind of thing a question asks for, and whether a text holds one: a sum, a time, a person.

A passage on the very subject that holds no such thing does not answer: "how much is the deposit" is not
answered where only its refund is described. Both are read by patterns in English, Chinese and Japanese,
and a pattern that is wrong now and then costs little, because what a lack counts is learnt.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_COUNT = (
    r"(?:\d[\d,.]*|[零〇一二三四五六七八九十百千万萬兩两半]+"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty"
    r"|ninety|half|once|twice)\b)"
)
_SPAN = (
    r"seconds?|minutes?|mins?|hours?|days?|weeks?|months?|years?|秒|分鐘|分钟|分|小時|小时|時間|天|日|週|周"
    r"|個月|个月|か月|ヶ月|カ月|月|年"
)
_CALENDAR = (
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|midnight|noon)\b"
)
_ROLE = (
    r"\b(?:manager|director|officer|head|lead|team|supervisor|board|committee|engineer|owner|nurse|doctor|chief|captain"
    r"|master|staff|department|desk|councils?|chair|secretary|union)\b"
    r"|[部課课長长室組组會会員员師师]|経理|主任|主管|担当|負責|负责|さん|氏|經理|经理|窗口"
)

_ASKING = {
    "money": r"how much (?!time|notice|longer)|\bcosts?\b|\bprice|\bfee\b|\bfine\b|\bpay\b|\brate\b|\ballowance|\bbudget"
    r"|多少[錢钱]|費用|费用|いくら|價格|价格|單價|单价|預算|预算|料金|罰款|罚款|薪|津貼|津贴|手当|金額|金额|何円",
    "percent": r"percent|per cent|%|％|百分|幾成|几成|幾折|几折|何割|何パーセント|discount|折扣|比例|率",
    "span": r"how (?:long|soon|often|quick|fast|old|late|early|far ahead|much time|much notice)|多久|多長|多长|多快"
    r"|[幾几][個个]?[天年月週周小分日秒]|何[日年時分秒週]|何[かヶカ]月|どのくらい|どれくらい|いつまで|期限|期間|期间|within|deadline",
    "time": r"\bwhen\b|what (?:time|date|day|month|year)|什[麼么]時候|什么时候|何時|何时|幾點|几点|[幾几哪]月|[幾几][號号]"
    r"|哪一?[天年]|何月|何曜|いつ|何日|until|deadline|截止|期限",
    "number": r"how (?:many|much|long|big|large|high|low|hot|cold|heavy|fast|often|far|old|thick|tall|deep|wide)"
    r"|\b(?:minimum|maximum|limit|max|min|threshold|temperature|number of)\b|多少|[幾几]|多[大高長长重遠远快久]"
    r"|何[個人回件台名本枚度歳メ点円時日年分割箱社種文字％%]|いくつ|いくら|どのくらい|どれくらい|上限|下限|最多|最少|最高|最低",
    "person": r"\bwho(?:m|se)?\b|誰|谁|だれ|どなた|哪[個个]?(?:部門|部门|單位|单位|人|位)|どの部署|どこの部|担当者|負責人|负责人",
    "contact": r"phone|e-?mail|number to (?:call|ring)|\bring\b|\bcall\b|\bcontact|extension|address|分機|分机|內線|内線"
    r"|電話|电话|信箱|邮箱|連絡|联系|聯絡|メール|哪裡找|找誰|找谁",
    "reason": r"\bwhy\b|reason|how come|為什麼|为什么|為何|为何|なぜ|どうして|原因|理由|なんで|怎麼會|怎么会",
}

_HOLDING = {
    "money": r"[€£$¥￥元円圓块塊]|\b(?:euros?|pounds?|dollars?|pence|yen)\b|\d\s?p\b",
    "percent": r"[%％折成割]|percent|per cent",
    "span": _COUNT + r"\s*(?:-\s*)?(?:(?:working|business|calendar|consecutive)\s+)?(?:" + _SPAN + ")",
    "time": r"\d{1,2}[:：]\d\d|\d\s?(?:am|pm)\b|" + _CALENDAR + "|" + _COUNT + r"\s*[月日時时点點年]"
    r"|[週周星]期?[一二三四五六日]|[月火水木金土日]曜",
    "number": _COUNT,
    "person": r"(?-i:[A-Z][a-z]+ [A-Z][a-z]+)|" + _ROLE,
    "contact": r"@|https?:|\d{3,}|\bext\b|分機|分机|內線|内線|#|信箱|邮箱|メール|電話|电话|phone|email|portal|\bform\b",
    "reason": r"\b(?:because|since|due|so that|reason|in order|as the|to avoid|to keep)\b"
    r"|因|由於|由于|為了|为了|ため|ので|から|理由|原因|以免|避免",
}


def _compiled(patterns: Mapping[str, str]) -> Mapping[str, re.Pattern[str]]:
    return MappingProxyType({kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in patterns.items()})


_ASKED, _HELD = _compiled(_ASKING), _compiled(_HOLDING)

KINDS = tuple(_ASKED)
"""What a question may ask for; one question may ask for several."""


def asked_for(question: str) -> frozenset[str]:
    """The kinds that ``question`` asks for; none where its wording shows none."""
    return frozenset(kind for kind, pattern in _ASKED.items() if pattern.search(question))


def lacking(kinds: frozenset[str], text: str) -> frozenset[str]:
    """Those of ``kinds`` of which ``text`` holds nothing."""
    return frozenset(kind for kind in kinds if not _HELD[kind].search(text))
