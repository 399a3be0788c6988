"""The four written languages: which one a message is in, and Chinese script conversion.

Detection works on scripts, not on statistics: kana means Japanese; Han without kana means Chinese, in
the script whose own characters are the more frequent; Latin words mean English. What carries no
evidence ("ok", "3", a product name) keeps the conversation's language.

Which characters belong to one Chinese script alone is read off the national character sets: GB 2312
holds only the simplified repertoire, Big5 only the traditional one.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from opencc import OpenCC

Language = Literal["en", "zh-Hant", "zh-Hans", "ja"]
"""A written language that the advisor reads and answers in (BCP 47)."""

LANGUAGES: tuple[Language, ...] = get_args(Language)

_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_URL = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\w+")
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")

_ENGLISH_WORDS = frozenset(
    [
        "a",
        "about",
        "actually",
        "all",
        "also",
        "always",
        "an",
        "and",
        "any",
        "are",
        "as",
        "ask",
        "at",
        "be",
        "because",
        "been",
        "but",
        "by",
        "can",
        "could",
        "day",
        "do",
        "does",
        "don't",
        "each",
        "ever",
        "every",
        "everything",
        "few",
        "for",
        "from",
        "get",
        "has",
        "have",
        "haven't",
        "how",
        "i",
        "i'd",
        "i'm",
        "in",
        "is",
        "isn't",
        "it",
        "it's",
        "its",
        "just",
        "know",
        "like",
        "make",
        "many",
        "maybe",
        "me",
        "month",
        "more",
        "most",
        "much",
        "must",
        "my",
        "never",
        "no",
        "nobody",
        "none",
        "not",
        "nothing",
        "of",
        "on",
        "once",
        "one",
        "only",
        "or",
        "our",
        "out",
        "over",
        "per",
        "please",
        "pretty",
        "probably",
        "really",
        "say",
        "so",
        "some",
        "sure",
        "switch",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "they",
        "this",
        "to",
        "too",
        "twice",
        "up",
        "us",
        "very",
        "want",
        "was",
        "we",
        "we're",
        "week",
        "were",
        "what",
        "when",
        "which",
        "who",
        "why",
        "will",
        "with",
        "would",
        "year",
        "years",
        "yes",
        "you",
        "your",
    ],
)
_CHINESE_EVIDENCE = re.compile(
    r"的|是|了|我|你|您|們|们|這|这|那|嗎|吗|呢|吧|沒|没|個|个|很|都|請|请|還|还|什麼|什么|怎|多久|一次|幾|每|"
    r"不(?:是|會|会|用|太|清楚|知|一定|需要)|[沒没]有",
)
_JAPANESE_EVIDENCE = re.compile(r"[々〆ヶ毎込働匂峠畑辻枠円]")

_SIMPLIFIED_IN_USE = frozenset(
    "么个与无听号礼万为尔虫义币厂亏从价体丰优儿党几坏复宁庄异怀怜惊愿扰挂据机极构柜气洁种筑网胜苹荐触赶适离确"
)
"""Simplified forms that Big5 holds as rare characters, so that the national sets do not tell them apart.

Those that OpenCC maps to another traditional character and that hardly stand in traditional text."""

_NAMES: dict[Language, str] = {
    "en": r"english|英文|英語|英语",
    "zh-Hant": r"traditional chinese|正體中文|繁體中文|繁体中文|正體字?|繁體字?|繁体字?|zh-hant|zh-tw|chinese|中文|中国語|華語",
    "zh-Hans": r"simplified chinese|簡體中文|简体中文|簡体字?|簡體字?|简体字?|zh-hans|zh-cn",
    "ja": r"japanese|日文|日語|日语|日本語",
}
_SWITCH_FORMS = (
    # English: "please answer in Japanese", "switch to English", "English please"
    (
        r"^\W*(?:(?:ok|okay|sorry|actually|hi|hello)\W+)*"
        r"(?:(?:please|can you|could you|can we|could we|let'?s|i'?d (?:like|prefer) (?:you )?to|would you(?: mind)?)\s+)*"
        r"(?:(?:switch(?:ing)?|change|go|continue|speak(?:ing)?|talk|answer(?:ing)?|reply(?:ing)?|respond(?:ing)?|"
        r"write|use)\b[^.!?\n]{0,24}?)?\b(?:(?:to|in|into)\s+)?(?:NAME)"
        r"(?:\s*,?\s*(?:please|from (?:now|here)(?: on)?|now|instead|thanks|thank you))*\W*$"
    ),
    # Chinese: 請用日文回答, 改成簡體中文, 說英文
    r"^\W*(?:你|您|接下來|接下来|以後|以后|之後|之后|那)*(?:請|请|麻煩|麻烦|可以|能不能|可否|可不可以|改|換|换|切換|切换)[^。?!\n]{0,8}?(?:用|說|说|成|到|以|講|讲)\s*(?:NAME)",
    r"^\W*(?:用|說|说|講|讲)\s*(?:NAME)(?:回答|回覆|回复|說|说|講|讲|溝通|沟通|談|谈|聊)?[^。?!\n]{0,6}$",
    # Japanese: 英語でお願いします, 日本語に切り替えて
    r"(?:NAME)\s*(?:で|に)\s*(?:お願い|おねがい|(?:ご)?(?:答え|回答し|返事し|返信し|話し|書い|続け|切り?替え|変え|し)て(?:ください|下さい|ほしい|欲しい|もらえ|いただけ|くれ|$)|頼み)",
    r"^\W*(?:NAME)(?:回答|回覆|回复|謝謝|谢谢|で)?\W*$",
)


@cache
def _switch(language: Language) -> re.Pattern[str]:
    """How one asks to be answered in ``language``; compiled when first needed."""
    return re.compile("|".join(_SWITCH_FORMS).replace("NAME", _NAMES[language]), re.IGNORECASE)


@cache
def _encodable(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _script_counts(text: str) -> tuple[int, int]:
    """How many characters of ``text`` are traditional only, and how many simplified only."""
    traditional = simplified = 0
    for character in _HAN.findall(text):
        in_gb, in_big5 = _encodable(character, "gb2312"), _encodable(character, "big5")
        traditional += in_big5 and not in_gb
        simplified += in_gb and not in_big5
    return traditional, simplified


def detect(text: str, current: Language | None = None) -> Language | None:
    """Return the language that ``text`` is written in.

    ``current`` is the conversation's language; it is returned when the text carries too little
    evidence of another one. Without it, the best guess is returned, or ``None`` if there is no
    letter at all.
    """
    text = _URL.sub(" ", text)
    kana, han = len(_KANA.findall(text)), len(_HAN.findall(text))
    words = [word.lower().replace("’", "'") for word in _LATIN_WORD.findall(text)]
    evidence = sum(word in _ENGLISH_WORDS for word in words)
    if (kana or han) and not (evidence >= 3 and len(words) >= (kana + han) * (1 if current in (None, "en") else 2)):
        return "ja" if kana else _chinese_or_japanese(text, han, current)
    if not words:
        return current
    if current in (None, "en"):
        return "en"
    return "en" if evidence >= 2 or (evidence and len(words) >= 3) or len(words) >= 5 else current


def _chinese_or_japanese(text: str, han: int, current: Language | None) -> Language:
    traditional, simplified = _script_counts(text)
    if current == "ja":
        shared = _HAN.findall(text)
        in_japanese = all(_encodable(character, "euc_jp") for character in shared)
        if in_japanese and han <= 40 and not _CHINESE_EVIDENCE.search(text):
            return "ja"
    elif _JAPANESE_EVIDENCE.search(text) and not _CHINESE_EVIDENCE.search(text):
        return "ja"
    if traditional > simplified:
        return "zh-Hant"
    if simplified > traditional:
        return "zh-Hans"
    if not traditional and _common_simplified(text):
        return "zh-Hans"
    return current if current in ("zh-Hant", "zh-Hans") else "zh-Hant"


def _common_simplified(text: str) -> bool:
    """Whether a character stands in ``text`` that only simplified text commonly has, though Big5 holds it too."""
    return any(character in _SIMPLIFIED_IN_USE for character in text)


def requested(text: str) -> Language | None:
    """Return the language that ``text`` asks to be answered in, if that is what it asks."""
    if len(text) > 120:
        return None
    asked_first: tuple[Language, ...] = ("zh-Hans", "zh-Hant", "ja", "en")  # "中文" alone is traditional
    for language in asked_first:
        if _switch(language).search(text.strip()):
            return language
    return None


@cache
def _converter(config: str) -> OpenCC:
    from opencc import OpenCC  # only Chinese needs it

    return OpenCC(config)


def to_simplified(text: str) -> str:
    """``text`` in simplified characters, one for one, wording unchanged."""
    return str(_converter("t2s").convert(text)) if _HAN.search(text) else text


def to_traditional(text: str) -> str:
    """``text`` in traditional characters where simplified ones stand in it, wording unchanged."""
    return str(_converter("s2tw").convert(text)) if _script_counts(text)[1] or _common_simplified(text) else text


def source_language(language: Language) -> str:
    """The language of the source to quote for a reader of ``language``: the article has three."""
    return "zh-Hant" if language == "zh-Hans" else language
