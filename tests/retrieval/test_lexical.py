"""Word search: which texts share words with a query, in four written languages."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from advisor.errors import KnowledgeError
from advisor.retrieval.lexical import MAX_QUERY_TOKENS, LexicalIndex, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TEXTS = (
    ("costs", "Fine-tuning costs GPU time; inference is cheaper per token."),
    ("fresh", "Knowledge that changes every Monday favors retrieval."),
    ("traceable", "Every answer can be traced to its sources."),
    ("zh-Hant", "知識庫頻繁更新傾向檢索增強生成"),
    ("ja", "頻繁な更新はRAGに有利です"),
)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[LexicalIndex]:
    LexicalIndex.build(tmp_path / "words.sqlite3", _TEXTS)
    opened = LexicalIndex(tmp_path / "words.sqlite3")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fine-tuning, 1M+ calls!", ["fine-tuning", "1m+", "calls"]),
        ("don't don’t", ["don't", "don’t"]),
        ("更新頻度", ["更新", "新频", "频度"]),
        ("更", ["更"]),
        ("ＲＡＧ　１２３", ["rag", "123"]),
        ("RAGは便利", ["rag", "は便", "便利"]),
        ("", []),
        ("—…「」!?", []),
        ("\x00\x1b[31m", ["31m"]),
    ],
)
def test_latin_scripts_give_words_and_cjk_gives_pairs(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_both_chinese_scripts_give_the_same_tokens() -> None:
    assert tokens("知識庫頻繁更新") == tokens("知识库频繁更新")


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("gpu inference token", "costs"),
        ("What changes on Monday?", "fresh"),
        ("tracing an ANSWER to a source", "traceable"),
        ("知识库多久更新", "zh-Hant"),
        ("更新に有利ですか", "ja"),
        ("finetuning favored", "fresh"),
    ],
)
def test_the_text_that_shares_the_rarest_words_comes_first(index: LexicalIndex, query: str, best: str) -> None:
    assert index.search(query, 5)[0] == best


def test_no_more_than_the_limit_are_found(index: LexicalIndex) -> None:
    assert len(index.search("is the to its every 更新", 5)) > 2
    assert len(index.search("is the to its every 更新", 2)) == 2


@pytest.mark.parametrize("query", ["", "   ", "?!", "zebra", "🦓"])
def test_a_query_that_shares_no_word_finds_nothing(index: LexicalIndex, query: str) -> None:
    assert index.search(query, 5) == []


@pytest.mark.parametrize(
    "query",
    ['" OR key:costs', "costs NEAR/1 (", "costs AND NOT token*", "'; DROP TABLE texts; --", "key : x ^ y", "{a b}: c"],
)
def test_the_query_language_of_the_database_is_plain_text_here(index: LexicalIndex, query: str) -> None:
    index.search(query, 5)

    assert index.search("gpu", 5) == ["costs"]


def test_only_the_first_words_of_a_story_are_looked_up(index: LexicalIndex) -> None:
    filler = " ".join(f"filler{number}" for number in range(MAX_QUERY_TOKENS))

    assert index.search(f"gpu {filler}", 5) == ["costs"]
    assert index.search(f"{filler} gpu", 5) == []
    assert index.search("the " * 50_000 + "gpu", 5)[0] == "costs"  # a repeated word counts once


def test_an_opened_index_cannot_be_written(index: LexicalIndex) -> None:
    with pytest.raises(Exception, match="readonly"):
        index._connection.execute("DELETE FROM texts")


@pytest.mark.parametrize("damage", [b"", b"not a database" * 900, None], ids=["empty", "overwritten", "missing"])
def test_a_damaged_file_is_not_taken_for_an_index(tmp_path: Path, damage: bytes | None) -> None:
    if damage is not None:
        (tmp_path / "words.sqlite3").write_bytes(damage)

    with pytest.raises(KnowledgeError, match=r"the word index 'words.sqlite3' is damaged"):
        LexicalIndex(tmp_path / "words.sqlite3")


def test_an_index_without_its_beginning_is_not_taken_for_one(tmp_path: Path) -> None:
    path = tmp_path / "words.sqlite3"
    LexicalIndex.build(path, _TEXTS)
    whole = path.read_bytes()
    path.write_bytes(os.urandom(4_096) + whole[4_096:])

    with pytest.raises(KnowledgeError):
        LexicalIndex(path)
