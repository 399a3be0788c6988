"""What a reply says of a question is read from the advisor's own phrases, in every language and never from quotes."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.evaluation.scoring.wording import corrects, leaves_open
from advisor.language import LANGUAGES, Language
from advisor.phrases import phrases
from tests.evaluation.replies import response

_EVERY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)

_PART: dict[Language, str] = {
    "en": "what does it cost a month?",
    "zh-Hant": "一個月要多少錢？",
    "zh-Hans": "一个月要多少钱？",
    "ja": "月額はいくらですか？",
}
_OTHER: dict[Language, str] = {
    "en": "who sells it?", "zh-Hant": "誰在賣？", "zh-Hans": "谁在卖？", "ja": "どこで買えますか？",
}  # fmt: skip


def _reply(language: Language, *parts: str) -> dict[str, Any]:
    return response("\n\n".join(("One. [1]", *parts)), language=language)


def _named(language: Language, words: str) -> str:
    return phrases(language).say("answer.partly_named", words=words)


@_EVERY_LANGUAGE
def test_a_reply_corrects_when_it_says_that_the_article_holds_otherwise(language: Language) -> None:
    said = phrases(language).say("answer.otherwise")

    assert corrects(_reply(language, said))
    assert corrects(response(f"{said} One. [1]", language=language))
    assert not corrects(_reply(language))


@_EVERY_LANGUAGE
def test_the_users_own_words_in_quotation_marks_correct_nothing(language: Language) -> None:
    assert not corrects(_reply(language, _named(language, phrases(language).say("answer.otherwise"))))


@_EVERY_LANGUAGE
def test_a_reply_leaves_a_part_open_by_its_name_or_as_the_rest(language: Language) -> None:
    part = _PART[language]

    assert leaves_open(_reply(language, _named(language, part)), part)
    assert leaves_open(_reply(language, phrases(language).say("answer.partly")), part)
    assert not leaves_open(_reply(language), part)


@_EVERY_LANGUAGE
def test_the_name_may_be_longer_or_shorter_than_the_part_but_not_another(language: Language) -> None:
    part, other = _PART[language], _OTHER[language]

    assert leaves_open(_reply(language, _named(language, part[1:-2])), part)
    assert leaves_open(_reply(language, _named(language, f"{other} {part}")), part)
    assert leaves_open(_reply(language, _named(language, other), _named(language, part)), part)
    assert not leaves_open(_reply(language, _named(language, other)), part)
    assert not leaves_open(_reply(language, _named(language, "…")), part)


def test_a_quote_before_the_name_is_no_part_of_it() -> None:
    """A Japanese name is opened by the same mark as any quote."""
    reply = _reply("ja", f"「{_PART['ja']}」とあります。{_named('ja', _OTHER['ja'])}")

    assert not leaves_open(reply, _PART["ja"])


def test_what_a_refusal_says_leaves_no_part_open() -> None:
    for language in LANGUAGES:
        reply = response(phrases(language).say("answer.not_covered"), language=language, supported=False)
        assert not leaves_open(reply, _PART[language])
