"""What the article comes to: every claim stands on its quote, in every language that the advisor answers in."""

from __future__ import annotations

import copy
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from advisor import claims as module
from advisor.claims import Point, claims
from advisor.content import content_path
from advisor.errors import KnowledgeError
from advisor.knowledge import ARTICLE_LANGUAGES, article, in_language
from advisor.language import LANGUAGES, Language, to_simplified

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Raw = dict[str, Any]

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LATIN = re.compile(r"[A-Za-z][A-Za-z-]*")
_NAME = re.compile(r"\b[A-Za-z]*[A-Z][A-Za-z-]*[A-Z][A-Za-z-]*\b|(?<=[a-z,;] )[A-Z][a-z]+\b")
"""In English, where every word is Latin: what is written in capitals, or with one inside a sentence."""

_NAMED_FOR_A_PRONOUN = {
    ("en", "overview", "RAG"),  # "the real tradeoffs"
    ("en", "what-is-rag", "RAG"),  # "It's fast to set up"
    ("ja", "overview", "RAG"),  # "両者"
    ("ja", "what-is-rag", "RAG"),  # the subject that Japanese leaves out
    ("ja", "hybrid-option", "RAG"),  # "ハイブリッドアーキテクチャ"
    ("zh-Hans", "overview", "RAG"),  # "兩者"
    ("zh-Hant", "overview", "RAG"),  # "兩者"
}
"""Where the quote only points at what the passage names, and the claim names it."""

_COUNTS: dict[Language, dict[int, str]] = {
    "en": {3: "three", 4: "four"},
    "zh-Hant": {3: "三", 4: "四"},
    "zh-Hans": {3: "三", 4: "四"},
    "ja": {3: "三", 4: "四"},
}

_POINTS = [point for language in LANGUAGES for points in claims(language).points.values() for point in points]
_each_language = pytest.mark.parametrize("language", LANGUAGES)


def _points(language: Language) -> list[Point]:
    return [point for points in claims(language).points.values() for point in points]


def _bullets(section: str) -> list[str]:
    return [passage for passage in article() if passage.startswith(f"{section}/")]


# --- what ships ------------------------------------------------------------------------------------------


@_each_language
def test_every_point_quotes_one_line_of_its_passage_word_for_word(language: Language) -> None:
    for point in _points(language):
        lines = in_language(article()[point.passage], language).lines
        assert point.quote.strip()
        assert sum(point.quote in line for line in lines) == 1, point


@_each_language
def test_every_number_of_a_claim_stands_in_its_quote(language: Language) -> None:
    invented = [
        (point.passage, number)
        for point in _points(language)
        for number in _NUMBER.findall(point.claim)
        if number not in _NUMBER.findall(point.quote)
    ]

    assert invented == []


def test_every_latin_term_of_a_claim_stands_in_its_quote() -> None:
    """But for the name of what the quote only points at; that one stands in the passage."""
    elsewhere = set()
    for language in LANGUAGES:
        for point in _points(language):
            for term in (_NAME if language == "en" else _LATIN).findall(point.claim):
                if term not in point.quote:
                    elsewhere.add((language, point.passage, term))
                    assert term in in_language(article()[point.passage], language).text

    assert elsewhere == _NAMED_FOR_A_PRONOUN


@_each_language
def test_no_side_of_a_comparison_names_a_figure_that_its_passage_does_not(language: Language) -> None:
    for passage, sides in claims(language).sides.items():
        text = in_language(article()[passage], language).text
        assert [number for number in _NUMBER.findall(sides.text) if number not in text] == []
        if language != "en":
            assert [term for term in _LATIN.findall(sides.text) if term not in text] == []


@_each_language
def test_every_passage_that_can_be_an_answer_comes_to_something(language: Language) -> None:
    """A list answers by its bullets, and the references exist in one language, by their own words."""
    lists = {passage for passage in article() if _bullets(passage)}
    answers = {passage for passage, parallel in article().items() if set(parallel) == set(ARTICLE_LANGUAGES)} - lists
    found = claims(language)

    assert set(found.points) | set(found.sides) == answers
    assert set(found.points) & set(found.sides) == set()
    assert all(found.points.values())
    assert set(found.lists) == lists


@pytest.mark.parametrize(
    "passage", [passage for passage in article() if passage != "references" and "/" not in passage]
)
def test_a_passage_comes_to_something_in_one_language_as_in_another(passage: str) -> None:
    for part in (passage, *_bullets(passage)):
        made = {language for language in LANGUAGES if part in {**claims(language).points, **claims(language).sides}}
        assert made in (set(), set(LANGUAGES)), part


def test_both_forms_of_chinese_make_the_same_points() -> None:
    """They stand on one text."""
    traditional, simplified = claims("zh-Hant"), claims("zh-Hans")

    assert [(point.passage, point.quote) for point in _points("zh-Hant")] == [
        (point.passage, point.quote) for point in _points("zh-Hans")
    ]
    assert list(traditional.sides) == list(simplified.sides)


def test_simplified_claims_are_written_in_simplified_characters() -> None:
    found = claims("zh-Hans")
    ours = [point.claim for point in _points("zh-Hans")] + [side.text for side in found.sides.values()]

    assert [text for text in (*ours, *found.lists.values()) if to_simplified(text) != text] == []


@_each_language
def test_the_points_of_a_passage_stand_in_the_order_of_its_text(language: Language) -> None:
    for passage, points in claims(language).points.items():
        places = [in_language(article()[passage], language).text.index(point.quote) for point in points]
        assert places == sorted(set(places)), passage


@_each_language
def test_the_sentence_that_introduces_a_list_counts_its_items(language: Language) -> None:
    for section, introduction in claims(language).lists.items():
        assert _COUNTS[language][len(_bullets(section))] in introduction


@pytest.mark.parametrize("point", _POINTS, ids=lambda point: f"{point.passage}: {point.claim[:20]}")
def test_a_claim_is_not_the_quote_again(point: Point) -> None:
    assert point.claim != point.quote
    assert "\n" not in point.claim
    assert point.claim[-1] in ".。"


# --- files that cannot be used ------------------------------------------------------------------------------


@cache
def _shipped() -> Raw:
    raw: Raw = yaml.safe_load(content_path("knowledge", "claims", "en.yaml").read_text(encoding="utf-8"))
    return raw


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where claims are read from; empty."""
    monkeypatch.setattr(module, "content_path", tmp_path.joinpath)
    made = tmp_path / "knowledge" / "claims"
    made.mkdir(parents=True)
    return made


def _refused(folder: Path, content: bytes | None) -> str:
    """What is said of a file; nothing but our own error may come of it."""
    if content is not None:
        (folder / "en.yaml").write_bytes(content)
    with pytest.raises(KnowledgeError) as caught:
        claims.__wrapped__("en")
    assert "'en.yaml'" in str(caught.value)
    return str(caught.value)


def test_the_file_as_it_ships_is_read(folder: Path) -> None:
    (folder / "en.yaml").write_text(yaml.safe_dump(_shipped(), allow_unicode=True), encoding="utf-8")

    assert claims.__wrapped__("en") == claims("en")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        (b"points: [", "cannot be read"),
        (b"points: \xff\xff", "cannot be read"),
        (b"", "points"),
        (b"- a\n- b\n", "mapping|dictionary|points"),
        (b"points", "mapping|dictionary|points"),
    ],
    ids=["missing", "not YAML", "not text", "empty", "a list", "a word"],
)
def test_what_is_no_file_of_claims_is_refused(folder: Path, content: bytes | None, said: str) -> None:
    assert re.search(said, _refused(folder, content))


def _changed(change: Callable[[Raw], object]) -> bytes:
    raw = copy.deepcopy(_shipped())
    change(raw)
    return yaml.safe_dump(raw, allow_unicode=True).encode()


_POINT = {"claim": "RAG needs no retraining.", "quote": "RAG lets models query"}
_SIDE = {"aspect": "Speed", "rag": "fast", "fine_tune": "slow"}

_BROKEN: dict[str, tuple[Callable[[Raw], object], tuple[str, ...]]] = {
    "no points": (lambda raw: raw.pop("points"), ("points",)),
    "no sides": (lambda raw: raw.pop("sides"), ("sides",)),
    "no lists": (lambda raw: raw.pop("lists"), ("lists",)),
    "points are nothing": (lambda raw: raw.update(points=None), ("points",)),
    "points are a list": (lambda raw: raw.update(points=[_POINT]), ("points",)),
    "a passage's points are a sentence": (lambda raw: raw["points"].update(closing="so"), ("points", "closing")),
    "a passage without points": (lambda raw: raw["points"].update(closing=[]), ("points", "closing")),
    "a point without a quote": (
        lambda raw: raw["points"]["closing"][1].pop("quote"),
        ("points", "closing", "1", "quote"),
    ),
    "a point without a claim": (
        lambda raw: raw["points"]["closing"][1].pop("claim"),
        ("points", "closing", "1", "claim"),
    ),
    "a quote that is a number": (lambda raw: raw["points"]["closing"][0].update(quote=2026), ("closing", "quote")),
    "a claim that is a number": (lambda raw: raw["points"]["closing"][0].update(claim=40), ("closing", "claim")),
    "an empty quote": (lambda raw: raw["points"]["closing"][0].update(quote=""), ("closing", "quote")),
    "an empty claim": (lambda raw: raw["points"]["closing"][0].update(claim=""), ("closing", "claim")),
    "a name that is not known": (lambda raw: raw["points"]["closing"][0].update(qoute="so"), ("closing", "qoute")),
    "a side is missing": (
        lambda raw: raw["sides"]["core-differences/cost-structure"].pop("rag"),
        ("sides", "core-differences/cost-structure", "rag"),
    ),
    "a list without words": (lambda raw: raw["lists"].update({"decision-framework": None}), ("decision-framework",)),
    "points of no passage": (lambda raw: raw["points"].update({"made-up": [_POINT]}), ("no passage 'made-up'",)),
    "sides of no passage": (lambda raw: raw["sides"].update({"made-up": _SIDE}), ("no passage 'made-up'",)),
    "a list of no passage": (lambda raw: raw["lists"].update({"made-up": "So:"}), ("no passage 'made-up'",)),
    "a quote of another passage": (
        lambda raw: raw["points"].update(closing=[_POINT]),
        ("'RAG lets models query' is not in 'closing'",),
    ),
    "a quote that was improved": (
        lambda raw: raw["points"]["closing"][0].update(quote="RAG and fine-tuning are not rivals"),
        ("'RAG and fine-tuning are not rivals' is not in 'closing'",),
    ),
    "a quote across lines": (
        lambda raw: raw["points"]["my-take"][0].update(quote=article()["my-take"]["en"].text),
        ("is not in 'my-take'",),
    ),
    "several faults": (
        lambda raw: raw["points"].update({"made-up": [_POINT], "closing": [_POINT]}),
        ("no passage 'made-up'", "is not in 'closing'"),
    ),
}


@pytest.mark.parametrize(("change", "said"), _BROKEN.values(), ids=_BROKEN)
def test_a_broken_file_is_told_what_is_wrong_and_where(
    folder: Path, change: Callable[[Raw], object], said: tuple[str, ...]
) -> None:
    message = _refused(folder, _changed(change))

    assert [words for words in said if words not in message] == []


def test_every_fault_in_form_is_told_at_once(folder: Path) -> None:
    def change(raw: Raw) -> None:
        raw["points"]["closing"][0].pop("quote")
        raw["sides"]["core-differences/explainability"].pop("aspect")

    message = _refused(folder, _changed(change))

    assert "closing" in message
    assert "core-differences/explainability" in message
