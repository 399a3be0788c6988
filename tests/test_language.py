"""Which of the four written languages a message is in, and what the Chinese scripts become."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.exemplars import exemplars
from advisor.knowledge import article
from advisor.language import LANGUAGES, Language, detect, requested, source_language, to_simplified

WRITTEN: dict[str, tuple[str, Language]] = {
    "en": ("How often does our data change?", "en"),
    "en, no function words": ("Quarterly price lists", "en"),
    "zh-Hant": ("我們的資料每週更新一次", "zh-Hant"),
    "zh-Hant, no data word": ("這個要看情況", "zh-Hant"),
    "zh-Hans": ("我们的数据每周更新一次", "zh-Hans"),
    "zh-Hans, no data word": ("这个要看情况", "zh-Hans"),
    "ja": ("データは毎週更新されます", "ja"),
    "ja, katakana only": ("ヘルプ", "ja"),
    "ja, half-width katakana": ("ﾃﾞｰﾀ", "ja"),
    "ja, kanji only": ("社内規程毎年改定", "ja"),
}


@pytest.mark.parametrize("current", [None, *LANGUAGES], ids=["at first", *(f"after {name}" for name in LANGUAGES)])
@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("We update it every week", "en"),
        ("I don’t know", "en"),
        ("How often does it change?", "en"),
        ("我們每週更新我們的資料", "zh-Hant"),
        ("我们每周更新我们的数据", "zh-Hans"),
        ("データは毎週変わります", "ja"),
    ],
    ids=["en", "en with a curly apostrophe", "en question", "zh-Hant", "zh-Hans", "ja"],
)
def test_a_sentence_tells_its_language_whatever_was_spoken_before(
    text: str, language: Language, current: Language | None
) -> None:
    assert detect(text, current) == language


@pytest.mark.parametrize(("text", "language"), WRITTEN.values(), ids=WRITTEN)
def test_the_first_message_tells_its_language(text: str, language: Language) -> None:
    assert detect(text) == language


@pytest.mark.parametrize("current", LANGUAGES)
@pytest.mark.parametrize(
    "text",
    ["", "ok", "3", "500", "2.5M", "yes", "no", "RAG", "OpenAI", "fine-tuning", "Azure OpenAI GPT-4o", "!!", "👍"],
    ids=[
        "nothing", "ok", "a number", "a larger number", "a number with a unit", "yes", "no", "an acronym",
        "a product", "a term", "a product's full name", "punctuation", "an emoji",
    ],
)  # fmt: skip
def test_a_short_answer_keeps_the_current_language(text: str, current: Language) -> None:
    assert detect(text, current) == current


@pytest.mark.parametrize("text", ["", "123", "👍", "?!"], ids=["nothing", "digits", "an emoji", "punctuation"])
def test_without_a_letter_and_without_a_conversation_there_is_no_language(text: str) -> None:
    assert detect(text) is None


@pytest.mark.parametrize(
    "text",
    ["毎週", "毎月", "四半期", "正確性", "一致性", "必要", "十分", "未定", "約三百件", "一日二百万回", "出典必須", "品質重視"],
    ids=[
        "weekly", "monthly", "quarter", "accuracy", "consistency", "necessary", "enough", "undecided",
        "about 300", "two million times a day", "sources required", "quality first",
    ],
)  # fmt: skip
def test_an_answer_in_kanji_only_stays_japanese_in_a_japanese_conversation(text: str) -> None:
    assert detect(text, "ja") == "ja"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("不知道", "zh-Hant"),
        ("沒有", "zh-Hant"),
        ("我們每週更新", "zh-Hant"),
        ("没有", "zh-Hans"),
        ("我们每周更新", "zh-Hans"),
    ],
    ids=["don't know", "none, traditional", "sentence, traditional", "none, simplified", "sentence, simplified"],
)
def test_chinese_is_told_from_japanese_in_a_japanese_conversation(text: str, language: Language) -> None:
    assert detect(text, "ja") == language


@pytest.mark.parametrize("current", ["zh-Hant", "zh-Hans"])
@pytest.mark.parametrize("text", ["不知道", "一天三次", "有", "好", "三百"])
def test_words_written_alike_in_both_scripts_keep_the_script_of_the_conversation(text: str, current: Language) -> None:
    assert detect(text, current) == current


@pytest.mark.parametrize(
    ("text", "current", "language"),
    [
        ("我们每周更新", "zh-Hant", "zh-Hans"),
        ("我們每週更新", "zh-Hans", "zh-Hant"),
        ("我們每週更新", "en", "zh-Hant"),
        ("はい", "zh-Hant", "ja"),
        ("はい", "en", "ja"),
        ("Yes, every week", "zh-Hant", "en"),
        ("Both are important to us", "zh-Hans", "en"),
    ],
    ids=[
        "to simplified", "to traditional", "en to zh-Hant", "zh-Hant to ja", "en to ja", "zh-Hant to en", "zh-Hans to en",
    ],
)  # fmt: skip
def test_a_user_may_switch_the_language_in_any_message(text: str, current: Language, language: Language) -> None:
    assert detect(text, current) == language


@pytest.mark.parametrize(
    ("text", "current", "language"),
    [
        ("我們用 RAG 做客服 chatbot", "en", "zh-Hant"),
        ("我们用 RAG 做客服 chatbot", "en", "zh-Hans"),
        ("RAGとfine-tuningのどちらがいいですか", "en", "ja"),
        ("We call it カイゼン and it changes every week", "ja", "en"),
        ("Our product is called 天天 and we sell it in the US", "zh-Hant", "en"),
        ("What does 微調 mean in this article?", None, "en"),
    ],
    ids=[
        "zh-Hant with English terms", "zh-Hans with English terms", "ja with English terms",
        "en with a Japanese name", "en with a Chinese name", "en about a Chinese word",
    ],
)  # fmt: skip
def test_foreign_names_do_not_decide_a_mixed_message(text: str, current: Language | None, language: Language) -> None:
    assert detect(text, current) == language


@pytest.mark.parametrize("language", ["en", "zh-Hant", "ja"])
def test_the_article_is_recognised_in_its_own_languages(language: str) -> None:
    texts = [parallel[language].text for parallel in article().values() if language in parallel]
    assert len(texts) > 20
    assert {detect(text) for text in texts} == {language}


@given(st.text(max_size=200), st.sampled_from([None, *LANGUAGES]))
def test_any_text_has_one_of_the_four_languages_or_none(text: str, current: Language | None) -> None:
    found = detect(text, current)
    assert found in LANGUAGES or (found is None and current is None)


ASKED: dict[str, tuple[str, Language]] = {
    "en, please answer": ("please answer in Japanese", "ja"),
    "en, switch": ("Switch to English", "en"),
    "en, name and please": ("English please", "en"),
    "en, capitals": ("ENGLISH PLEASE", "en"),
    "en, in": ("in Japanese please", "ja"),
    "en, can you speak": ("Can you speak Chinese?", "zh-Hant"),
    "en, reply in Traditional Chinese": ("Please reply in Traditional Chinese", "zh-Hant"),
    "en, use simplified Chinese": ("please use simplified Chinese", "zh-Hans"),
    "en, from now on": ("Could you answer in English from now on?", "en"),
    "en, sorry": ("Sorry, can we switch to Japanese?", "ja"),
    "en, name alone": ("English", "en"),
    "zh-Hant, answer in Japanese": ("請用日文回答", "ja"),
    "zh-Hant, answer in English": ("請用英文回答我", "en"),
    "zh-Hant, change to simplified": ("改成簡體中文", "zh-Hans"),
    "zh-Hant, change to traditional": ("請改用繁體中文", "zh-Hant"),
    "zh-Hant, short": ("說英文", "en"),
    "zh-Hant, Chinese": ("可以說中文嗎", "zh-Hant"),
    "zh-Hans, English": ("请用英文", "en"),
    "zh-Hans, simplified": ("请用简体中文回答", "zh-Hans"),
    "zh-Hans, change to Japanese": ("换成日语", "ja"),
    "zh-Hans, name alone": ("简体中文", "zh-Hans"),
    "ja, English": ("英語でお願いします", "en"),
    "ja, switch to Japanese": ("日本語に切り替えて", "ja"),
    "ja, answer in Chinese": ("中国語で答えてください", "zh-Hant"),
    "ja, simplified": ("簡体字でお願いします", "zh-Hans"),
    "ja, traditional": ("繁体字でお願いします", "zh-Hant"),
    "ja, short": ("日本語で", "ja"),
}


@pytest.mark.parametrize(("text", "language"), ASKED.values(), ids=ASKED)
def test_a_user_may_ask_for_a_language(text: str, language: Language) -> None:
    assert requested(text) == language


MENTIONED = {
    "nothing": "",
    "an answer": "weekly",
    "en, manuals": "our manuals are in Japanese",
    "en, manuals that change": "Our manuals are in English and change weekly",
    "en, translation": "We translate contracts into Japanese",
    "en, customers": "Half of our customers speak Chinese",
    "en, agents": "Our agents reply in English",
    "en, a requirement on the output": "The answers must be in English",
    "en, two languages": "we need to support English and Japanese",
    "en, question about documents": "Does it work with Japanese documents?",
    "en, question about the article": "Is the article in English?",
    "zh-Hant, manuals": "我們的手冊是日文的",
    "zh-Hant, users": "使用者用英文提問",
    "zh-Hant, customers": "客戶用日文寫信給我們",
    "zh-Hant, two languages": "我們的資料有中文也有英文",
    "zh-Hans, documents": "我们的文档是英文的",
    "ja, manuals": "マニュアルは英語です",
    "ja, customers": "お客様は英語で問い合わせてきます",
    "ja, documents": "日本語の文書が多いです",
}


@pytest.mark.parametrize("text", MENTIONED.values(), ids=MENTIONED)
def test_a_mere_mention_of_a_language_asks_for_nothing(text: str) -> None:
    assert requested(text) is None


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [("我們的資料每週更新", "我们的资料每周更新"), ("軟體與資料庫", "软体与资料库"), ("三百萬次", "三百万次")],
    ids=["sentence", "taiwanese words", "number"],
)
def test_conversion_changes_the_script_and_not_the_wording(traditional: str, simplified: str) -> None:
    """軟體 stays 软体: a reader of simplified characters gets the same words, not the mainland's."""
    assert to_simplified(traditional) == simplified


@pytest.mark.parametrize("text", ["", "RAG is fine.", "データはひらがな", "123 👍", "我们每周更新"])
def test_what_holds_no_traditional_character_is_left_as_it_is(text: str) -> None:
    assert to_simplified(text) == text


@given(st.text(alphabet=st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF) | st.sampled_from("aあア1 。")))
def test_conversion_keeps_the_length(text: str) -> None:
    assert len(to_simplified(text)) == len(text)


def test_the_traditional_article_is_converted_one_for_one_and_once_for_all() -> None:
    for parallel in article().values():
        text = parallel["zh-Hant"].text
        converted = to_simplified(text)
        assert len(converted) == len(text)
        assert to_simplified(converted) == converted


_CANTONESE = ["唔知有冇规定喎。"]
"""Cantonese in simplified characters: 冇 and 喎 stand in Big5 alone."""


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans"])
def test_chinese_sentences_are_never_taken_for_the_other_script(language: Language) -> None:
    """Nobody who writes traditional Chinese is answered in simplified characters, or the other way round."""
    texts = [item.text for item in exemplars() if item.language == language]
    assert len(texts) > 1_000
    other = "zh-Hans" if language == "zh-Hant" else "zh-Hant"
    taken = [text for text in texts if detect(text, language) == other]
    assert [text for text in taken if text not in _CANTONESE] == []


@pytest.mark.parametrize(
    ("language", "source"), [("en", "en"), ("zh-Hant", "zh-Hant"), ("zh-Hans", "zh-Hant"), ("ja", "ja")]
)
def test_a_reader_of_simplified_chinese_is_quoted_the_traditional_article(language: Language, source: str) -> None:
    assert source_language(language) == source
