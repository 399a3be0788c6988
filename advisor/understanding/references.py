"""What a short question points at in the answer before it: "and the second one?", "what about cost?". Pure.

Only read right after an answer, so the words may be short; on folded text, in four written languages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

LAST = -1
"""The place of the last of several."""

LONGEST = 60
"""Characters up to which a question may lean on what went before; a Chinese or Japanese character counts double."""

_PLACES = ("first", "second", "third", "fourth")
_DIGITS = {
    "一": 0,
    "二": 1,
    "三": 2,
    "四": 3,
    "1": 0,
    "2": 1,
    "3": 2,
    "4": 3,
    "one": 0,
    "two": 1,
    "three": 2,
    "four": 3,
}

_PLACE = re.compile(
    # "should we try RAG first?", "calls per second" and "hold on a second" name no place
    r"(?<!\bper )(?<!\ba )(?<!\bat )(?!(?<=\w )(?<!\bthe )(?<!\band )(?<!\babout )first\W*(?:$|\bor\b|\bthen\b))"
    r"\b(?P<word>first|second|third|fourth)\b(?! (?:of all|answer|choice|time|step|place|thing))"
    r"|(?:\b(?:number|no\.?)|#) ?(?P<number>one|two|three|four|[1-4])\b|\b(?P<rank>[1-4])(?:st|nd|rd|th)\b"
    r"|第(?P<zh>[一二三四1-4])(?:个|项|点|条|题|种|类|句|层)(?!答案)|(?P<ja>[一二三四1-4])(?:[つ番](?:目|め)|番(?=[はをが]|\W*$))"
)
_LAST = re.compile(
    r"\bthe last (?:one|two|point|signal|question|item|bullet)\b|最后(?:一|那)?(?:个|项|点|条|题)|最後の|ラスト"
)
_FIRST = re.compile(r"头一(?:个|条|项|点)|最初の(?:1つ|一つ|もの|やつ|点|項目)")
_MORE = re.compile(
    r"^(?:(?:ok(?:ay)?|and|right|please|so|yes|then|good|great|thanks?)[ ,.]*)*(?:go on|continue|carry on|keep going|what else|what(?:'s| is) next|next(?: one)?|(?:tell me )?more|anything else|any others?|and then)(?: please)?\W*$"
    r"|^(?:嗯|好|那|请|然后)*[,、]?(?:继续(?:说|讲)?|接着(?:说|讲)?|还有(?:呢|吗|别的吗|其他的?吗)?|然后(?:呢)?|下一(?:个|项|点|条)(?:呢)?|其他的?呢|再多(?:说|讲)(?:一)?点|剩下的呢)\W*$"
    r"|^(?:で|はい|では|じゃあ?|それで)*[,、]?(?:続き(?:を|は)?|続けて|他(?:に)?は|ほか(?:に)?は|その?次(?:は|の)?|次(?:は|の)?|もっと|残りは?)(?:お願い|ください|下さい|ありますか|ですか|どう|教えて|します|何|なん|詳しく|[てはをの])*\W*$"
)
_REST = re.compile(
    r"\bthe (?:others|rest)\b|\bthe (?:other|remaining) (?!one|side|way|approach|method)\w+s\b"
    r"|(?:其他|其它|其余|剩下)(?:的|那)?(?:几)?(?:个|项|点|条|差异|信号|问题)|(?:他|ほか|残り)の(?:点|違い|シグナル|質問|もの|項目|[2-4二三四]つ)"
)
_OTHER = re.compile(
    r"\bthe other(?: one| side| way| approach| method)?\b|\bconversely\b|\bthe opposite\b|\bother way (?:a?round)\b"
    r"|另(?:外)?一(?:边|个|方|种|侧|头)|反过来|(?:相比|对比)之下"
    r"|もう(?:片方|一方|ひとつ|1つ|一つ)|反対(?:に|側)|逆に"
)
_SHIFT = re.compile(
    r"\b(?:what|how) about\b|\bsame (?:thing|question|again)\b.{0,12}\b(?:but|for|with|on)\b|\bas (?:for|to|regards)\b|\bin terms of\b|^(?:(?:and|ok|so|now)[ ,]+)*(?:on|for) (?!example)"
    r"|(?:方面|那边|这边|的话|上|面|部分|角度)(?:呢|如何|怎么样|怎样|又)|^(?:那|那么)?[^,。?]{1,12}呢\W*$"
    r"|(?:面|点|観点|ほう|方|場合)(?:では|は|だと|から)|^(?:では|じゃあ?|で)?[,、]?[^,、。?]{1,14}(?:は|対応は|については)\W*$"
)
_POINTS = re.compile(
    r"\b(?:it|its|that|this|those|these|they|them|their|there|then|so|either|both|which one|which bit|the former|the latter|instead|examples?|why|how come|start|always|else)\b"
    r"|那|这|它|其|此|为(?:什么|何|啥)|原因|凭什么|例子|举例|具体|刚才|前者|后者|再(?:说|讲|来|一次)|哪(?:些|家|个|边|里)|两头|白话|一直"
    r"|それ|その|そこ|そう|これ|この|じゃあ|では|なぜ|どうして|理由|例|具体|前者|後者|逆|詳しく|もう|また|あと|やつ|どの|どこ"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """What is pointed at."""

    kind: Literal["place", "more", "rest", "other", "shift", "points"]
    """One of several by its place; what comes next; all others of several; the other of two; another aspect of the
    same; anything said."""
    place: int = 0
    """Of `place`: 0 for the first, `LAST` for the last."""


def reference(folded: str) -> Reference | None:
    """What ``folded`` points at; ``None`` where it stands on its own."""
    text = folded.strip()
    if sum(2 if character >= "\u3041" else 1 for character in text) > LONGEST:
        return None
    if _MORE.search(text):
        return Reference("more")
    if _LAST.search(text):
        return Reference("place", LAST)
    if _FIRST.search(text):
        return Reference("place", 0)
    placed = _PLACE.search(text)
    if placed:
        return Reference("place", _place(placed))
    if _REST.search(text):
        return Reference("rest")
    if _OTHER.search(text):
        return Reference("other")
    if _SHIFT.search(text):
        return Reference("shift")
    return Reference("points") if _POINTS.search(text) else None


def _place(found: re.Match[str]) -> int:
    if found["word"]:
        return _PLACES.index(found["word"])
    return _DIGITS[next(value for value in (found["number"], found["rank"], found["zh"], found["ja"]) if value)]
