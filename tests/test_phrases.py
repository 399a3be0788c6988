"""What the embedded mode says, the same in four written languages."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from advisor.citations import cite, unproved
from advisor.errors import PhraseError
from advisor.knowledge import ARTICLE, article, in_language
from advisor.language import LANGUAGES, Language, to_simplified
from advisor.phrases import phrases, slots_of
from advisor.profile import CHOICES, FACTS
from advisor.rules.book import APPROACHES
from advisor.rules.load import load_rules

if TYPE_CHECKING:
    from advisor.rules.book import RuleBook

_REFERENCE = re.compile(r"\[\[([^\[\]:]+):([^\[\]]+?)\]\]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")


@cache
def _book() -> RuleBook:
    return load_rules(frozenset(article()))


def _rule_texts(language: Language) -> list[str]:
    """Every text of the rules that a reader of ``language`` can be shown."""
    book = _book()
    texts = [assumption.texts[language] for assumption in book.assumptions.values()]
    for rule in book.rules:
        texts += [rule.texts[language], *(step.texts[language] for step in rule.next_steps)]
    return texts


def _encodable(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _of_one_script_only(text: str, *, own: str, other: str) -> set[str]:
    """The Han characters of ``text`` that only the character set ``own`` has."""
    return {c for c in _HAN.findall(text) if _encodable(c, own) and not _encodable(c, other)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_phrases(language: Language) -> None:
    assert set(phrases(language).texts) == set(phrases("en").texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phrase_has_the_same_slots_in_every_language(language: Language) -> None:
    english = phrases("en").texts

    assert {key: slots_of(text) for key, text in phrases(language).texts.items()} == {
        key: slots_of(text) for key, text in english.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phrase_cites_the_same_passages_in_every_language(language: Language) -> None:
    english = phrases("en").texts

    assert {key: _REFERENCE.findall(text) for key, text in phrases(language).texts.items()} == {
        key: _REFERENCE.findall(text) for key, text in english.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_passage_that_a_phrase_cites_exists(language: Language) -> None:
    cited = {found for text in phrases(language).texts.values() for found in _REFERENCE.findall(text)}

    assert cited
    assert [found for found in cited if found[0] != ARTICLE or found[1] not in article()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_is_empty_or_frayed(language: Language) -> None:
    assert [key for key, text in phrases(language).texts.items() if not text or text != text.strip()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fact_has_its_phrases(language: Language) -> None:
    texts = phrases(language).texts

    for fact in FACTS:
        wanted = [f"fact.{fact}", *(f"ask.{fact}.{part}" for part in ("question", "why", "examples", "meaning"))]
        if fact == "daily_calls":
            wanted.append("told.daily_calls")
        elif CHOICES[fact] == (True, False):
            wanted += [f"told.{fact}.yes", f"told.{fact}.no"]
        else:
            wanted += [f"told.{fact}", *(f"value.{fact}.{choice}" for choice in CHOICES[fact])]
        assert [key for key in wanted if key not in texts] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_approach_has_its_own_name(language: Language) -> None:
    names = [phrases(language).say(f"approach.{approach}") for approach in APPROACHES]

    assert len(set(names)) == len(APPROACHES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_answers_to_a_question_never_read_the_same(language: Language) -> None:
    """The user checks by these words what was understood."""
    texts = phrases(language).texts
    for fact, choices in CHOICES.items():
        if choices == (True, False):
            told = [texts[f"told.{fact}.yes"], texts[f"told.{fact}.no"]]
        else:
            told = [texts[f"value.{fact}.{choice}"] for choice in choices]
        assert len(set(told)) == len(told), fact


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phrase_reaches_the_reader_as_it_is_written(language: Language) -> None:
    """Nothing of it is dropped for want of a proof, and taking sentences apart moves no space."""
    sources = {(ARTICLE, passage_id): in_language(parallel, language) for passage_id, parallel in article().items()}
    names = [f"approach.{approach}" for approach in APPROACHES]  # stand inside sentences that have references

    for key, text in phrases(language).texts.items():
        if key in names or "refs" in slots_of(text):
            continue
        cited = cite(text, sources)
        assert re.sub(r" *\[\d+\]", "", cited.reply) == re.sub(r" *\[\[[^\]]+\]\]", "", text), key
        assert unproved(cited.reply) == (), key


def test_simplified_phrases_hold_no_traditional_character() -> None:
    for key, text in phrases("zh-Hans").texts.items():
        assert _of_one_script_only(text, own="big5", other="gb2312") == set(), key
        assert to_simplified(text) == text, key


def test_traditional_phrases_hold_no_simplified_character() -> None:
    for key, text in phrases("zh-Hant").texts.items():
        assert _of_one_script_only(text, own="gb2312", other="big5") == set(), key


def test_simplified_rules_hold_no_traditional_character() -> None:
    for text in _rule_texts("zh-Hans"):
        assert _of_one_script_only(text, own="big5", other="gb2312") == set(), text
        assert to_simplified(text) == text


def test_traditional_rules_hold_no_simplified_character() -> None:
    for text in _rule_texts("zh-Hant"):
        assert _of_one_script_only(text, own="gb2312", other="big5") == set(), text


def test_chinese_and_english_texts_hold_no_kana() -> None:
    for language in ("en", "zh-Hant", "zh-Hans"):
        texts = [*phrases(language).texts.values(), *_rule_texts(language)]
        assert [text for text in texts if _KANA.search(text)] == []


def test_english_texts_hold_no_han() -> None:
    assert [text for text in [*phrases("en").texts.values(), *_rule_texts("en")] if _HAN.search(text)] == []


def test_japanese_texts_are_written_with_characters_that_japanese_has() -> None:
    texts = [*phrases("ja").texts.values(), *_rule_texts("ja")]

    assert {c for text in texts for c in _HAN.findall(text) if not _encodable(c, "euc_jp")} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_figure_of_our_own_is_called_an_assumption_wherever_it_is_told(language: Language) -> None:
    """The article gives no number of examples; a reader must see whose the number is."""
    word = {"en": "assumption", "zh-Hant": "假設", "zh-Hans": "假设", "ja": "仮定"}[language]
    assumed = [text for text in phrases(language).texts.values() if slots_of(text) & {"sufficient", "insufficient"}]
    steps = [text for text in _rule_texts(language) if "{" in text]

    assert assumed
    assert steps
    assert [text for text in [*assumed, *steps] if word not in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_figures_stand_in_the_rules_of_every_language(language: Language) -> None:
    def figures(texts: list[str]) -> list[list[str]]:
        return [sorted(slots_of(text)) for text in texts]

    assert figures(_rule_texts(language)) == figures(_rule_texts("en"))


def test_a_slot_is_filled() -> None:
    assert phrases("en").say("told.daily_calls", value="2,000") == "there are about 2,000 calls a day"


def test_a_value_with_braces_fills_a_slot_like_any_other() -> None:
    """What a user says may look like a slot; it is never filled again."""
    assert "{facts}" in phrases("en").say("noted.one", fact="{facts}", said="{said}")


def test_a_phrase_that_does_not_exist_is_told_by_its_key() -> None:
    with pytest.raises(PhraseError, match=r"'noted\.nothing' in 'ja'"):
        phrases("ja").say("noted.nothing")


def test_a_slot_without_a_value_is_told_by_its_name() -> None:
    with pytest.raises(PhraseError, match=r"'noted\.one' in 'en'.*'said' is missing"):
        phrases("en").say("noted.one", fact="weekly")


def test_yes_and_no_are_keys_like_any_other() -> None:
    """YAML 1.1 reads a bare `yes` as a boolean."""
    assert "told.strict_format.yes" in phrases("en").texts
    assert "told.strict_format.no" in phrases("en").texts


def test_the_slots_of_a_text_are_found() -> None:
    assert slots_of("{fact} and {said}, {fact} again") == {"fact", "said"}
    assert slots_of("none") == frozenset()
