"""What is said to the advisor while it is measured: eight talks, two in each of four languages.

A talk is a plan of kinds of message. What answers the pending question is chosen by the fact that the
advisor asked for, so the talks stay real when the order of its questions changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PLAN = (
    "story", "answer", "answer", "question", "answer", "correction", "answer", "why", "answer", "question again",
)  # fmt: skip
"""The kinds of message of every talk, in order."""


@dataclass(frozen=True, slots=True)
class Talk:
    """One user and their case."""

    language: str
    told: Mapping[str, str]
    """Kind of message → message."""
    answers: Mapping[str, str]
    """Fact → answer to the question about it."""

    def message(self, step: int, asking: str | None) -> tuple[str, str]:
        """The kind and the text of message number ``step``, the advisor having asked for ``asking``."""
        kind = PLAN[step]
        if kind == "answer":
            if asking is not None:
                return kind, self.answers[asking]
            kind = "question again"  # nothing is asked for any more
        return kind, self.told[kind]


def _talk(language: str, told: tuple[str, ...], answers: tuple[str, ...]) -> Talk:
    kinds = ("story", "question", "correction", "why", "question again")
    facts = (
        "knowledge_update_frequency", "output_priority", "labeled_data", "traceability_required",
        "strict_format", "daily_calls", "specialized_language", "use_case_validated",
    )  # fmt: skip
    return Talk(language, dict(zip(kinds, told, strict=True)), dict(zip(facts, answers, strict=True)))


TALKS = (
    _talk(
        "en",
        (
            (
                "We run a help desk for an accounting product. Customers ask about tax rules that change every month, "
                "and our agents look the answer up in four hundred manuals. We would like a bot that does it for them."
            ),
            "When does fine-tuning pay off?",
            "Sorry, I was wrong before: the manuals change every day, not every month.",
            "Why do you ask that?",
            "Can the two be combined, and what would each part do?",
        ),
        (
            "Every month, when the new circulars come out",
            "The content has to be right; a wrong number costs us a client",
            "We have about 60 examples, nobody has reviewed them",
            "Yes, the auditors want to see the paragraph an answer comes from",
            "No, free text is fine",
            "about 2,500 questions a day",
            "Yes, it is full of accounting terms of our own",
            "A pilot with twenty agents ran in May and they liked it",
        ),
    ),
    _talk(
        "zh-Hant",
        (
            (
                "我們是一家壽險公司，想做一個幫客服人員查保單條款的助理。條款每一季會改版，"
                "客服每天大約回答八千通電話，答錯了主管機關會開罰。"
            ),
            "什麼情況下比較適合用 RAG？",
            "不對，我剛剛說錯了，條款其實是每個月都會更新。",
            "為什麼要問這個？",
            "微調之後知識過時了要怎麼辦？",
        ),
        (
            "每一季改版一次",
            "內容一定要正確，寧可慢一點",
            "大概有三千筆，都由資深同仁審過",
            "要，稽核的時候必須指出是哪一條",
            "要，公文的格式是固定的",
            "一天差不多八千次",
            "有很多保險業的專有名詞",
            "還沒有，目前只有簡報",
        ),
    ),
    _talk(
        "ja",
        (
            (
                "社内の法務部向けに、契約書のひな形から条項を探して提案するアシスタントを作りたいと考えています。"
                "ひな形は年に一度ほど見直されますが、文体は必ず当社の書き方に合わせる必要があります。"
            ),
            "ファインチューニングが向いているのはどんな場合ですか？",
            "すみません、訂正します。ひな形の更新は毎月でした。",
            "なぜそれを聞くのですか？",
            "両方を組み合わせるとどうなりますか？",
        ),
        (
            "年に一度くらいです",
            "どちらも大事ですが、文体の統一を優先します",
            "レビュー済みの契約書が五千件ほどあります",
            "はい、根拠の条文を示す必要があります",
            "はい、見出しと番号の付け方が決まっています",
            "一日に三百回くらいです",
            "はい、法律用語が多いです",
            "はい、半年間の試行で効果を確認しました",
        ),
    ),
    _talk(
        "zh-Hans",
        (
            (
                "我们做跨境电商，想让模型自动写商品描述。每天要生成一百多万条，语气必须统一，"
                "商品资料基本不变，成本是老板最关心的事。"
            ),
            "调用量很大的时候应该选哪一种？",
            "更正一下，商品资料其实每周都会更新。",
            "为什么问这个问题？",
            "RAG 的成本主要花在哪里？",
        ),
        (
            "基本上不变",
            "语气要每次都一样",
            "有两万条，编辑都审核过",
            "不需要，没有人来审计",
            "要，必须是固定的 JSON 格式",
            "每天一百二十万次左右",
            "没有什么专业术语",
            "验证过了，线上跑了三个月",
        ),
    ),
    _talk(
        "en",
        (
            (
                "I work for a hospital group. Doctors dictate discharge letters and a model should put them into our "
                "letter form, always the same sections in the same order. The medical knowledge in them hardly changes. "
                "We have twelve thousand letters that senior physicians corrected."
            ),
            "What is the real strength of fine-tuning?",
            "Actually, only eight hundred of those letters were corrected, I mixed that up.",
            "what does that have to do with it",
            "How much does it cost to keep a fine-tuned model up to date?",
        ),
        (
            "hardly ever, maybe once a year",
            "every letter must look and sound the same",
            "twelve thousand corrected letters",
            "I don't know",
            "absolutely, the sections are fixed by our quality office",
            "some 900 letters a day",
            "yes, medical shorthand all over",
            "no, it is an idea so far",
        ),
    ),
    _talk(
        "zh-Hant",
        (
            "我在市政府工作，想讓市民用聊天的方式查補助辦法。辦法很雜，幾乎每週都有局處修改，而且回答一定要附上出處。",
            "RAG 和微調可以一起用嗎？",
            "等等，更正：每天大概是五萬次查詢才對。",
            "這跟選擇有什麼關係？",
            "怎麼判斷我的標註資料夠不夠？",
        ),
        (
            "幾乎每週都有變動",
            "正確最重要",
            "目前沒有任何標註資料",
            "一定要附出處",
            "不用，講清楚就好",
            "大概五千次",
            "還好，民眾用的是一般的說法",
            "試辦過一個月，反應不錯",
        ),
    ),
    _talk(
        "ja",
        (
            (
                "製造業の保守部門です。機械の故障コードを入力すると手順を返す仕組みがほしいです。"
                "手順書は毎日どこかが改訂されていて、古い手順を返すと事故につながります。"
            ),
            "知識が頻繁に変わるときはどうすればいいですか？",
            "間違えました。改訂は毎日ではなく毎週です。",
            "それは結果にどう影響しますか？",
            "コストが大きいのはどちらですか？",
        ),
        (
            "毎日どこかが変わります",
            "正確さです。間違えると危険です",
            "数十件しかありません",
            "はい、監査で手順書の番号を聞かれます",
            "いいえ、自由な文章で構いません",
            "一日二万回ほど",
            "機械の型番や略語が多いです",
            "まだ検証していません",
        ),
    ),
    _talk(
        "zh-Hans",
        (
            (
                "我们给律师事务所做检索系统，需要回答法规问题，法规库每天更新，答案要能追溯到条文。"
                "律师们说话很专业，简称特别多。"
            ),
            "什么时候不应该微调？",
            "我刚才说得不对，法规库是每个月更新一次。",
            "这个为什么重要？",
            "两种方法混合使用有什么好处？",
        ),
        (
            "每天更新",
            "准确和风格都要",
            "不太清楚，可能有几百条",
            "需要，客户会要求看原文",
            "不用固定格式",
            "一天几千次",
            "对，行业简称非常多",
            "做过一个小规模的试点",
        ),
    ),
)
