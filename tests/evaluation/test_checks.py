"""The graders of any reply: what is right scores in full, and every fault costs where it belongs."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from advisor.evaluation import checks
from advisor.knowledge import article
from advisor.rules.load import load_rules
from tests.evaluation.replies import Response, citation, cited, response

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.evaluation.checks import Sources


@pytest.fixture(scope="module")
def sources() -> Sources:
    return checks.article_sources(load_rules(frozenset(article())))


SAID = {
    "en": "Our tariff sheet changes weekly, and we had 4321 calls in May. Why start with RAG?",
    "zh-Hant": "我們的知識庫每週更新一次,五月有4321通電話。為何先用RAG?",
    "zh-Hans": "我们的知识库每周更新一次,五月有4321通电话。为何先用RAG?",
    "ja": "料金表は毎週更新されます。5月の電話は4321件でした。なぜRAGからですか？",
}
WORDS = {
    "en": "Our tariff sheet changes weekly",
    "zh-Hant": "我們的知識庫每週更新一次",
    "zh-Hans": "我们的知识库每周更新一次",
    "ja": "料金表は毎週更新されます",
}
PASSAGES = ("what-is-rag", "core-differences/cost-structure")
REPLIES = {
    "en": (
        "You said “Our tariff sheet changes weekly”, with 4,321 calls in May. The article says:\n"
        "RAG lets models query external knowledge bases at inference time without retraining [1]. By 2026, vector "
        "database costs have dropped 60%, making RAG the natural starting point for most enterprise deployments [1].\n"
        "- RAG has low upfront cost but higher inference cost; fine-tuning is the opposite [2]\n\n"
        "Shall we go on with fine-tuning?"
    ),
    "zh-Hant": (
        "你說「我們的知識庫每週更新一次」,五月有４３２１通電話。文章指出：\n"
        "RAG(檢索增強生成)讓模型在回答時即時查詢外部知識庫,無需重新訓練 [1]。"
        "2026年向量資料庫成本已下降60%,RAG的部署門檻大幅降低,成為多數企業的起點選擇 [1]。\n"
        "- 成本結構:RAG前期低但推論成本高;微調前期高但推論便宜 [2]\n\n要繼續談微調嗎？"
    ),
    "zh-Hans": (
        "你说「我们的知识库每周更新一次」,五月有4,321通电话。文章指出：\n"
        "RAG(检索增强生成)让模型在回答时即时查询外部知识库,无需重新训练 [1]。"
        "2026年向量资料库成本已下降60%,RAG的部署门槛大幅降低,成为多数企业的起点选择 [1]。\n"
        "- 成本结构:RAG前期低但推论成本高;微调前期高但推论便宜 [2]\n\n要继续谈微调吗？"
    ),
    "ja": (
        "「料金表は毎週更新されます」とのことで、5月の電話は4,321件でした。記事には次のようにあります：\n"
        "RAGは推論時に外部知識ベースを参照し、再学習不要でモデルを強化する [1]。"
        "2026年にはベクターDBのコストが60%低下し、RAGは多くの企業にとって最初の選択肢となった [1]。\n"
        "- コスト構造:RAGは初期コスト低・推論コスト高、ファインチューニングはその逆 [2]\n\n"
        "ファインチューニングの話を続けますか？"
    ),
}
LANGUAGES = tuple(REPLIES)


def good(language: str) -> Response:
    quoted = "zh-Hant" if language == "zh-Hans" else language
    return response(
        REPLIES[language],
        language=language,
        facts={"knowledge_update_frequency": "weekly", "labeled_data": None},
        said={"knowledge_update_frequency": WORDS[language]},
        citations=[cited(n, passage, quoted) for n, passage in enumerate(PASSAGES, 1)],
    )


def marks(reply: Response, language: str, sources: Sources) -> dict[str, float]:
    """Every check's share of what holds; 1 where nothing is to be checked."""
    said = [SAID[language]]
    counts = {
        "citations_hold": checks.citations_hold(reply, sources),
        "quotes_verbatim": checks.quotes_verbatim(reply, said, sources),
        "claims_proved": checks.claims_proved(reply),
        "numbers_sourced": checks.numbers_sourced(reply, said, sources),
        "grounded": checks.grounded(reply, sources),
        "language": checks.language_right(reply, language),
        "evidence": checks.said_by_user(reply, said),
        "harmless": (float(checks.harmless(reply["reply"])), 1.0),
    }
    return {name: hits / of if of else 1.0 for name, (hits, of) in counts.items()}


def lost(reply: Response, language: str, sources: Sources) -> set[str]:
    """The checks that ``reply`` does not stand in full."""
    return {name for name, share in marks(reply, language, sources).items() if share < 1}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_right_reply_scores_in_full(language: str, sources: Sources) -> None:
    assert lost(good(language), language, sources) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_right_reply_is_counted_piece_by_piece(language: str, sources: Sources) -> None:
    """Nothing passes for want of something to check."""
    reply, said = good(language), [SAID[language]]

    assert checks.citations_hold(reply, sources) == (2, 2)
    assert checks.quotes_verbatim(reply, said, sources) == (3, 3)
    assert checks.claims_proved(reply) == (3, 3)
    assert checks.numbers_sourced(reply, said, sources)[1] == (4 if language == "ja" else 3)
    assert checks.grounded(reply, sources)[1] == 3
    assert checks.said_by_user(reply, said) == (1, 1)


# Mutations: what is changed, and exactly the checks that it costs


def appended(texts: str | dict[str, str]) -> Callable[[Response], None]:
    def change(reply: Response) -> None:
        reply["reply"] += "\n\n" + (texts if isinstance(texts, str) else texts[reply["language"]])

    return change


def with_citation(**fields: Any) -> Callable[[Response], None]:
    def change(reply: Response) -> None:
        reply["citations"][0] |= fields

    return change


def with_reply_of(language: dict[str, str]) -> Callable[[Response], None]:
    def change(reply: Response) -> None:
        own, other = reply["language"], language[reply["language"]]
        reply["reply"] = REPLIES[other].replace(WORDS[other], WORDS[own])

    return change


def _wrong_quote(reply: Response) -> None:
    quote: str = reply["citations"][0]["quote"]
    reply["citations"][0]["quote"] = quote[:20] + quote[24:]


def _quote_of_one_letter(reply: Response) -> None:
    reply["citations"][0]["quote"] = "R"


def _quote_of_the_other(reply: Response) -> None:
    reply["citations"][0]["quote"] = reply["citations"][1]["quote"]


def _marker_lost(reply: Response) -> None:
    reply["reply"] = reply["reply"].replace(" [2]", "")


def _citation_lost(reply: Response) -> None:
    del reply["citations"][1]


def _citation_added(reply: Response) -> None:
    reply["citations"].append(cited(3, "closing"))


def _shifted(reply: Response) -> None:
    first, second = reply["citations"]
    first["n"], second["n"] = 2, 1


def _never_said(reply: Response) -> None:
    reply["facts"]["knowledge_update_frequency"]["said"] = {
        "en": "we change it daily", "zh-Hant": "每天都在更新", "zh-Hans": "每天都在更新", "ja": "毎日更新しています",
    }[reply["language"]]  # fmt: skip


def _said_to_be_in_another(reply: Response) -> None:
    reply["language"] = {"en": "ja", "ja": "zh-Hans", "zh-Hant": "zh-Hans", "zh-Hans": "zh-Hant"}[reply["language"]]


def _sentence_from_nowhere(reply: Response) -> None:
    where = {
        "en": "Most teams regret rushing into it within weeks [2].", "zh-Hant": "許多團隊很快就會後悔莫及 [2]。",
        "zh-Hans": "许多团队很快就会后悔莫及 [2]。", "ja": "急いだ仲間は数週間で後悔するものだ [2]。",
    }  # fmt: skip
    reply["reply"] += "\n" + where[reply["language"]]


CLAIM = {
    "en": "Fine-tuning always wins.", "zh-Hant": "微調總是比較好。", "zh-Hans": "微调总是比较好。",
    "ja": "ファインチューニングが常に勝つ。",
}  # fmt: skip
SPAN = {
    "en": "They call it “the bill that ate the budget”.", "zh-Hant": "他們稱之為「吃掉預算的帳單」。",
    "zh-Hans": "他们称之为「吃掉预算的账单」。", "ja": "それは「予算を食い尽くす請求書」と呼ばれる。",
}  # fmt: skip
COUNT = {
    "en": "In all, {} firms agree.", "zh-Hant": "共有{}家公司同意。", "zh-Hans": "共有{}家公司同意。",
    "ja": "合計{}社が賛成した。",
}  # fmt: skip


def counting(number: str) -> dict[str, str]:
    return {language: text.format(number) for language, text in COUNT.items()}


MUTATIONS: dict[str, tuple[Callable[[Response], None], set[str]]] = {
    "wrong quote": (_wrong_quote, {"quotes_verbatim"}),
    "quote of one letter": (_quote_of_one_letter, {"quotes_verbatim"}),
    "quote of the other passage": (_quote_of_the_other, {"quotes_verbatim"}),
    "swapped passage": (
        with_citation(id="core-differences/explainability"),
        {"quotes_verbatim", "grounded", "numbers_sourced"},
    ),
    "unknown passage": (
        with_citation(id="what-is-prompting"),
        {"citations_hold", "quotes_verbatim", "grounded", "numbers_sourced"},
    ),
    "unknown source": (
        with_citation(source="handbook.md"),
        {"citations_hold", "quotes_verbatim", "grounded", "numbers_sourced"},
    ),
    "marker without a citation": (appended("[3]"), {"citations_hold"}),
    "marker 0": (appended("[0]"), {"citations_hold"}),
    "citation lost": (_citation_lost, {"citations_hold"}),
    "citation without a marker": (_citation_added, {"citations_hold"}),
    "marker lost": (_marker_lost, {"citations_hold", "claims_proved"}),
    "citations shifted by one": (_shifted, {"grounded"}),
    "sentence from nowhere": (_sentence_from_nowhere, {"grounded"}),
    "claim without a marker": (appended(CLAIM), {"claims_proved"}),
    "invented number": (appended(counting("8765")), {"numbers_sourced"}),
    "invented number with a separator": (appended(counting("8,765")), {"numbers_sourced"}),
    "invented number, full width": (appended(counting("８７６５")), {"numbers_sourced"}),
    "invented number, full width with a separator": (appended(counting("８，７６５")), {"numbers_sourced"}),
    "invented decimal number": (appended(counting("60.5")), {"numbers_sourced"}),
    "part of a known number": (appended(counting("432")), {"numbers_sourced"}),
    "another language": (with_reply_of({"en": "ja", "ja": "en", "zh-Hant": "en", "zh-Hans": "ja"}), {"language"}),
    "the other script, or Chinese": (
        with_reply_of({"en": "zh-Hans", "ja": "zh-Hant", "zh-Hant": "zh-Hans", "zh-Hans": "zh-Hant"}),
        {"language"},
    ),
    "language called another": (_said_to_be_in_another, {"language"}),
    "invented words in quotation marks": (appended(SPAN), {"quotes_verbatim"}),
    "words that the user never said": (_never_said, {"evidence"}),
    "escape sequence": (appended("\x1b[m"), {"harmless"}),
    "bell": (appended("\a"), {"harmless"}),
    "carriage return": (appended("\r"), {"harmless"}),
    "right-to-left override": (appended("\u202e"), {"harmless"}),
    "zero-width space": (appended("\u200b"), {"harmless"}),
    "letters that are not seen": (appended("\U000e0048\U000e0049"), {"harmless"}),
    "address": (appended("https://evil.example/?q=secret"), {"harmless"}),
    "Markdown link": (appended("[…](mailto:)"), {"harmless"}),
    "image": (appended("![…]"), {"harmless"}),
    "script": (appended("<ScRipt>"), {"harmless"}),
    "Slack ping of a channel": (appended("<!channel>"), {"harmless"}),
    "Slack ping of whoever is here": (appended("<!here|>"), {"harmless"}),
    "Slack ping of a group": (appended("<!subteam^S>"), {"harmless"}),
    "Slack ping of a person": (appended("<@UABC>"), {"harmless"}),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("change", "costs"), MUTATIONS.values(), ids=MUTATIONS)
def test_a_fault_costs_in_the_checks_that_it_concerns_and_in_no_other(
    language: str, change: Callable[[Response], None], costs: set[str], sources: Sources
) -> None:
    reply = deepcopy(good(language))
    change(reply)

    assert lost(reply, language, sources) == costs


@pytest.mark.parametrize("language", LANGUAGES)
def test_citations_shifted_by_one_lose_most_of_the_grounding(language: str, sources: Sources) -> None:
    reply = good(language)
    _shifted(reply)

    assert marks(reply, language, sources)["grounded"] < 0.5


HARMLESS: dict[str, Callable[[Response], None]] = {
    "known number, written apart": appended(counting("4,321")),
    "known number, full width": appended(counting("４，３２１")),
    "known number, plain": appended(counting("4321")),
    "number of a list": appended("7. …\n8. …"),
    "number of an address in code": appended("`8080`"),
    "question about the topic": appended({**dict.fromkeys(LANGUAGES, "RAG？"), "en": "Or RAG?"}),
    "heading of a list": appended({**dict.fromkeys(LANGUAGES, "RAG："), "en": "RAG:"}),
    "the user's words in quotation marks": lambda reply: appended(f"「{WORDS[reply['language']]}」")(reply),
    "short name in quotation marks": appended("“XYZ”"),
    "both markers in one place": appended("[1][2]"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_is_no_fault_costs_nothing(language: str, change: Callable[[Response], None], sources: Sources) -> None:
    reply = good(language)
    change(reply)

    assert lost(reply, language, sources) == set()


def test_a_quote_holds_whatever_its_quotation_marks_case_and_spaces(sources: Sources) -> None:
    reply = response("It’s fast [1].", citations=[citation(1, "what-is-rag", "it's  fast to\nset up")])

    assert checks.quotes_verbatim(reply, [], sources) == (1, 1)


def test_a_rule_and_a_heading_can_be_quoted(sources: Sources) -> None:
    rule = citation(1, "traceable-sources", "RAG provides source traceability", source="rules")
    heading = citation(2, "core-differences", "Core Differences at a Glance")

    assert checks.quotes_verbatim(response("It does [1][2].", citations=[rule, heading]), [], sources) == (2, 2)
    assert checks.citations_hold(response("It does [1][2].", citations=[rule, heading]), sources) == (2, 2)


def test_a_quoted_span_with_words_left_out_is_checked_piece_by_piece(sources: Sources) -> None:
    reply = response(
        "They say “query external knowledge bases … without any effort” [1].", citations=[cited(1, PASSAGES[0])]
    )

    assert checks.quotes_verbatim(reply, [], sources) == (2, 3)


def test_words_quoted_from_a_passage_that_is_not_cited_are_not_proved(sources: Sources) -> None:
    reply = response("They say “harder to audit” and “fast to set up” [1].", citations=[cited(1, PASSAGES[0])])

    assert checks.quotes_verbatim(reply, [], sources) == (2, 3)


def test_a_sentence_that_cites_rules_alone_is_left_out_of_grounding(sources: Sources) -> None:
    rule = citation(1, "traceable-sources", "RAG provides source traceability", source="rules")

    assert checks.grounded(response("Utterly other words here [1].", citations=[rule]), sources) == (0, 0)


def test_grounding_is_the_share_of_the_sentence_that_stands_in_the_passage(sources: Sources) -> None:
    half = "RAG lets models query external databases of unrelated provenance, [1]"
    hits, of = checks.grounded(response(half, citations=[cited(1, PASSAGES[0])]), sources)

    assert of == 1
    assert 0.3 < hits < 0.7


def test_numbers_of_the_recommendation_and_of_facts_may_be_repeated(sources: Sources) -> None:
    reply = response("There are 7,300 calls a day; from 1,000,001 on it is otherwise, after 17 weeks of 23.")
    reply["facts"] = {"daily_calls": {"value": 7_300, "said": "", "turn": 1}}
    reply["recommendation"] = {
        "approach": "rag",
        "because": [{"text": "17 weeks"}],
        "next_steps": ["23 weeks"],
        "would_change": [{"fact": "daily_calls", "value": 1_000_001, "approach": "hybrid"}],
    }

    assert checks.numbers_sourced(reply, [], sources) == (4, 4)
    reply["facts"]["daily_calls"]["value"] = 73
    assert checks.numbers_sourced(reply, [], sources) == (3, 4)


def test_facts_without_words_need_no_evidence() -> None:
    reply = response(facts={"daily_calls": 5, "labeled_data": None}, said={"daily_calls": "Five A Day"})

    assert checks.said_by_user(reply, ["hello", "about five a  day, say"]) == (1, 1)
    assert checks.said_by_user(reply, ["five an hour"]) == (0, 1)


SENTENCES = {
    "closing marks": ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
    "numbers with a point": ("It costs 2.5 times. So what?", ["It costs 2.5 times.", "So what?"]),
    "quotation marks after the point": ("He said “no.” Then left.", ["He said “no.”", "Then left."]),
    "Chinese": ("先用RAG。再看！好嗎？", ["先用RAG。", "再看！", "好嗎？"]),
    "lines": ("- one\n- two\n\nthree", ["- one", "- two", "three"]),
    "marker before the point": ("It is [1]. So [2].", ["It is [1].", "So [2]."]),
}


@pytest.mark.parametrize(("text", "found"), SENTENCES.values(), ids=SENTENCES)
def test_sentences_end_at_closing_marks_and_lines(text: str, found: list[str]) -> None:
    assert checks.sentences(text) == found


WRITTEN = {
    "English": ("RAG is the default.", "en"),
    "traditional": ("這是預設選擇", "zh-Hant"),
    "simplified": ("这是默认选择", "zh-Hans"),
    "Japanese": ("これは既定の選択です", "ja"),
    "Chinese with English names": ("先用RAG再做fine-tuning評估看看", "zh-Hant"),
    "English with a Chinese quote": ("You said “這是我們的知識庫,每週更新”, so RAG it is.", "en"),
    "Japanese with a Chinese quote": ("「这是我们的知识库」とのことです", "ja"),
    "characters that both scripts share": ("你好", "zh-Hant"),
    "markers and numbers alone": ("[1] 2026 — 60%", None),
}


@pytest.mark.parametrize(("text", "language"), WRITTEN.values(), ids=WRITTEN)
def test_the_language_of_a_text_is_told_by_its_script(text: str, language: str | None) -> None:
    assert checks.written_in(text) == language


def test_what_the_user_is_quoted_with_is_not_the_advisors_own_word() -> None:
    reply = response("You wrote “MARMALADE-FOX” and `PING`, not Otter.")

    assert "marmalade" not in checks.without_quotes(reply)
    assert "ping" not in checks.without_quotes(reply)
    assert "otter" in checks.without_quotes(reply)


def test_counts_add_up() -> None:
    assert checks.add([(1.0, 2.0), (0.5, 1.0), (0.0, 0.0)]) == (1.5, 3.0)
    assert checks.add([]) == (0.0, 0.0)
