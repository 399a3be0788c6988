"""The encoding of a text: what it says itself, else the one in which it reads like a language.

Detectors count bytes and need a page of them. A short Chinese or Japanese text is told by what it
becomes: in its own encoding it has kana, the usual punctuation, and the characters that make up half of
every text; in another one it has rare characters.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from functools import cache

from advisor.documents.parsing import Unreadable

SAMPLE = 4_000
"""Characters beyond ASCII that a judgement rests on."""

ENOUGH = 0.3
"""The least a text must read like a language."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = ("utf-16-le", "utf-16-be")
_LEGACY = ("big5", "cp950", "cp932", "euc_jp", "gb18030", "cp1252")
_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_XML = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{1,40})", re.IGNORECASE)
_SUPERSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "big5": "cp950",
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "utf-16": "utf-8",  # a page whose ASCII markup was readable is not in UTF-16
    "utf-16-le": "utf-8",
    "utf-16-be": "utf-8",
}
"""What is meant by a declared encoding, as browsers take it."""

_OTHERS_NAMES = (
    "cp1250 cp1251 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp874 iso8859-2 iso8859-5 iso8859-7 iso8859-9 "
    "iso8859-15 koi8-r koi8-u euc_kr cp949 johab mac-roman iso2022_jp big5hkscs"
)
_OTHERS = frozenset(_OTHERS_NAMES.split())
"""Encodings that a page may declare besides."""

_MAGIC = (
    b"%PDF-",
    b"PK\x03\x04",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"\x7fELF",
    b"\x1f\x8b",
    b"7z\xbc\xaf",
    b"\xd0\xcf\x11\xe0",
    b"SQLite format 3\x00",
)

_SIMPLIFIED = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样"
    "理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信"
    "表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统"
    "区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运笔请您服费价客"
    "户需型训练检索询购买议改版册快准备每周商店配送退款预订单填写账号密码网站免注查答案质库"
)
_TRADITIONAL = frozenset(
    "的一是不了在人有我他這個們中來上大爲和國地到以說時要就出會可也你對生能而子那得於着下自之年過發後作裏用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣"
    "理心她本前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信"
    "表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直德資命山金指克許統"
    "區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬取拉格望覺術領共確傳師觀清今切院讓識候帶導爭運筆請您服費價客"
    "戶需型訓練檢索詢購買議改版冊快準備每週商店配送退款預訂單填寫賬號密碼網站免註查答案質庫料帳臺灣裡麵僅嗎呢吧啊喔"
)
_JAPANESE = frozenset(
    "日一国会人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者党地合市業内相方四定今回新場金員九入選立開手米力学問高代明実円関決子動京全目表戦経通外最言氏現理調体"
    "化田当八六約主題下首意法不来作性的要用制治度務強気小七成期公野協取都和統以機平総加山思家話世受区領多県続進正安設保改数記院女初北午指権心界支第産結百派点教報済書府活原先共得解名"
    "交資予川向際査勝面委告軍文反元重近千考判認画海参売利組知案道信策集在件団別物側任引使求所次水半品昨論計死官増係感特情投示変打男基私各始島直両朝革価式確村提運終挙果西勢減台広容必"
    "応演電歳住争談能無再位置企真流格有疑口過局少放税検藤町常校料沢裁状工建語球営空職証土与急止送援供可役構木割聞身費付施切由説転食比難防補車優夫研収断井何南石足違消境神番規術護展態"
    "導鮮備宅害配副算視条幹独警宮究育席輸訪楽起万着乗店述残想線率病農州武声質念待試族象銀域助労例衛然早張映限親額監環験追審商葉義伝働形景落欧担好退準賀訴辺造英被株頭技低毎医復仕去姿"
    "味負閣韓渡失移差衆個門写評課末守若脳極種美岡影命含福蔵量望松非撃佐核観察整段横融型白深字答夜製票況音申様財港識注呼渉達込願客返届払登録索習"
)

_COMMON = {"big5": _TRADITIONAL, "cp950": _TRADITIONAL, "gb18030": _SIMPLIFIED, "cp932": _JAPANESE, "euc_jp": _JAPANESE}
_ANY = _SIMPLIFIED | _TRADITIONAL | _JAPANESE
_MARKS = frozenset(",。、「」『』:;!?()《》〈〉“”‘’…—·・ー~【】〔〕%-/+々〇")
_EUROPEAN = frozenset("àâäçéèêëîïôöùûüÿñáíóúåæøœšžßÀÂÄÇÉÈÊËÎÏÔÖÙÛÜÑÁÍÓÚÅÆØŒãõìòýþðÃÕ")
_SIGNS = frozenset("’‘“”–—…•€£©®™°«»¿¡·½¼¾²³µ§ºª×‚„ ")


def declared(data: bytes) -> str:
    """The encoding that a page of HTML declares, as Python calls it; empty if it declares none that is known."""
    found = _META.search(data[:8192]) or _XML.search(data[:200])
    if not found:
        return ""
    try:
        name = codecs.lookup(found[1].decode("ascii")).name
    except (LookupError, UnicodeDecodeError, ValueError):
        return ""
    name = _SUPERSETS.get(name, name)
    return name if name in _OTHERS or name in _LEGACY or name == "utf-8" else ""


def decode(data: bytes, declared: str = "") -> str:
    """The text of ``data``; ``declared`` is the encoding it claims.

    Raises:
        Unreadable: it is no text, or in no encoding that is known.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _plausible(_strict(data.removeprefix(mark), encoding))
    if data.startswith(_MAGIC):
        raise Unreadable("is not text, whatever its name says; give it the ending of what it is")
    if b"\x00" in data:
        return _plausible(_wide(data))
    text = _utf8(data)
    if text is None:
        text = (_decoded(data, declared) if declared else None) or _guessed(data)
    elif b"\x1b$" in data:
        text = _decoded(data, "iso2022_jp") or text
    if text is None:
        raise Unreadable("is not text in an encoding that is known; save it as UTF-8")
    return _plausible(text)


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def _strict(data: bytes, encoding: str) -> str:
    text = _decoded(data, encoding)
    if text is None:
        raise Unreadable("is damaged: it says that it is Unicode and is not; save it as UTF-8")
    return text


def _utf8(data: bytes) -> str | None:
    """UTF-8, a few damaged characters allowed; None if it is something else."""
    text = _decoded(data, "utf-8")
    if text is not None:
        return text
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    return text if damaged * 20 <= sum(character > "\x7f" for character in text) - damaged else None


def _wide(data: bytes) -> str:
    """UTF-16 without a mark, told by the zero bytes that its spaces and line ends have."""
    found = [
        (_likeness(text, ""), text) for encoding in _WIDE if (text := _decoded(data, encoding)) and "\x00" not in text
    ]
    if not found or max(found)[0] < ENOUGH:
        raise Unreadable("is not text, or damaged; save it as UTF-8")
    return max(found)[1]


def _guessed(data: bytes) -> str | None:
    """The text in the encoding in which it reads best."""
    likeness, best = ENOUGH, None
    for encoding in (*_LEGACY, *_WIDE):
        text = _decoded(data, encoding)
        if text and (found := _likeness(text, encoding)) > likeness:
            likeness, best = found, text
    if best is not None:
        return best
    from charset_normalizer import from_bytes

    other = from_bytes(data[:200_000]).best()  # some other language's
    return _decoded(data, other.encoding) if other is not None else None


def _likeness(text: str, encoding: str) -> float:
    """How much the characters beyond ASCII read like a language: 1 if all are its most frequent, below 0 if odd."""
    total, count, previous = 0.0, 0, ""
    latin = encoding in ("cp1252", "")
    common = _COMMON.get(encoding, _ANY)
    if encoding in ("", *_WIDE):
        printable = sum(character.isprintable() or character in "\r\n\t" for character in text[:SAMPLE])
        if printable < 0.98 * len(text[:SAMPLE]):
            return -1.0
        if encoding == "" and sum(character < "\x7f" for character in text[:SAMPLE]) > 0.7 * len(text[:SAMPLE]):
            return 1.0
    for place, character in enumerate(text):
        if character > "\x7f":
            following = text[place + 1 : place + 2]
            total += (
                _latin(character, previous, following)
                if latin and character < "\u2e80"
                else _weight(character, encoding, common)
            )
            count += 1
            if count >= SAMPLE:
                break
        elif character < " " and character not in "\t\n\r\f\x1b":
            total, count = total - 1, count + 1
        previous = character
    return total / count if count else 1.0


def _latin(character: str, previous: str, following: str) -> float:
    """A letter of a western text stands among letters of ASCII; two signs side by side are odd."""
    if character in _SIGNS:
        return 0.2 if (previous > "\x7f" and previous not in "’”»") else 0.7
    if character not in _EUROPEAN:
        return -0.5
    beside = [one for one in (previous, following) if one.isalpha()]
    if not beside:
        return 0.3
    return 0.9 if all(one < "\x7f" for one in beside) else 0.1


def _weight(character: str, encoding: str, common: frozenset[str]) -> float:
    if character in common or character in _MARKS or character == "\u3000":
        return 1.0
    if "\u3041" <= character <= "\u30ff":
        return 1.0 if encoding in ("cp932", "euc_jp", "", *_WIDE) else 0.3
    if "\u4e00" <= character <= "\u9fff":
        return 0.4 if _frequent(character, encoding) else 0.0
    if "\uff01" <= character <= "\uff5e":
        return 0.6
    if "\uff61" <= character <= "\uff9f":
        return 0.0
    kind = unicodedata.category(character)
    return -1.0 if kind in ("Co", "Cn", "Cc", "Cs", "Cf") else -0.4


@cache
def _frequent(character: str, encoding: str) -> bool:
    """Whether a national standard has the character in its first level, those in daily use."""
    levels = (("gb2312", 0xB0A1, 0xD7FE), ("euc_jp", 0xB0A1, 0xCFFE), ("big5", 0xA440, 0xC67E))
    own = {"gb18030": "gb2312", "cp932": "euc_jp", "euc_jp": "euc_jp", "big5": "big5", "cp950": "big5"}.get(encoding)
    for standard, first, last in levels:
        if own in (None, standard):
            try:
                code = int.from_bytes(character.encode(standard), "big")
            except UnicodeEncodeError:
                continue
            if first <= code <= last:
                return True
    return False


def _plausible(text: str) -> str:
    """``text``, unless its control characters show that it is no text."""
    sample = text[:200_000]
    odd = sum(sample.count(chr(code)) for code in range(32) if chr(code) not in "\t\n\r\f\x1b\x08")
    if (odd > 20 and odd * 50 > len(sample)) or sample.count("\ufffd") * 10 > len(sample) > 0:
        raise Unreadable("is not text, whatever its name says; give it the ending of what it is")
    return text
