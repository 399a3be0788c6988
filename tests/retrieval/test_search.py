"""Search in the shipped content, by a real index."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from advisor.app import Advisor
from advisor.errors import RequestError
from advisor.knowledge import article
from advisor.language import LANGUAGES
from advisor.retrieval.search import MAX_QUERY
from advisor.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from advisor.llm.embeddings import Embedder, Vector, Vectors
    from advisor.retrieval.search import Hit, Retriever


@pytest.fixture(scope="module")
def searching(tmp_path_factory: pytest.TempPathFactory, built_index: Path) -> Iterator[Advisor]:
    home = tmp_path_factory.mktemp("searching")
    shutil.copytree(built_index, home / "index", ignore=shutil.ignore_patterns(".lock"))
    advisor = Advisor(load_settings({"ADVISOR_HOME": str(home)}))
    yield advisor
    advisor.close()


@pytest.fixture(scope="module")
def retriever(searching: Advisor) -> Retriever:
    return searching.retriever


def _ids(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.passage.id for hit in hits]


@pytest.mark.parametrize(
    ("query", "language", "wanted"),
    [
        ("What is RAG?", "en", "what-is-rag"),
        ("什麼是RAG?", "zh-Hant", "what-is-rag"),
        ("什么是RAG？", "zh-Hans", "what-is-rag"),
        ("RAGとは何ですか", "ja", "what-is-rag"),
        ("how often is the knowledge base updated", "en", "decision-framework/update-frequency"),
        ("知識庫多久更新一次", "zh-Hant", "decision-framework/update-frequency"),
        ("更新頻度", "ja", "decision-framework/update-frequency"),
        ("must answers be traceable for compliance", "en", "decision-framework/traceable-sources"),
        ("combine both approaches", "en", "hybrid-option"),
    ],
)
def test_the_passage_about_it_is_among_the_first_three(
    retriever: Retriever, query: str, language: str, wanted: str
) -> None:
    assert wanted in _ids(retriever.search(query, 3, language))


@pytest.mark.parametrize(
    ("language", "shown"), [("en", "en"), ("zh-Hant", "zh-Hant"), ("zh-Hans", "zh-Hant"), ("ja", "ja")]
)
def test_passages_are_shown_in_the_readers_language_whatever_the_query_is_in(
    retriever: Retriever, language: str, shown: str
) -> None:
    """The article has no simplified Chinese; its readers get the traditional text, verbatim."""
    found = [hit.passage for hit in retriever.search("What is RAG?", 10, language) if hit.passage.source == "article"]

    assert {passage.language for passage in found} == {shown}
    assert all(passage == article()[passage.id][shown] for passage in found)


def test_rules_are_found_beside_passages_and_speak_simplified_chinese(retriever: Retriever) -> None:
    rules = [hit for hit in retriever.search("何时需要微调", 30, "zh-Hans") if hit.passage.source == "rules"]

    assert rules
    assert {hit.passage.language for hit in rules} == {"zh-Hans"}


def test_every_passage_stands_once_with_ranks_and_falling_scores(retriever: Retriever) -> None:
    hits = retriever.search("fine-tuning costs", 100, "en")

    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert len({(hit.passage.source, hit.passage.id) for hit in hits}) == len(hits)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
    assert all(-1 <= hit.similarity <= 1 for hit in hits)


@pytest.mark.parametrize("k", [1, 2, 7])
def test_k_hits_are_the_first_k_of_more(retriever: Retriever, k: int) -> None:
    assert retriever.search("data privacy", k, "en") == retriever.search("data privacy", 20, "en")[:k]


def test_the_same_query_finds_the_same(retriever: Retriever) -> None:
    assert retriever.search("brand voice", 10, "ja") == retriever.search(" brand voice\n", 10, "ja")


def test_a_vector_at_hand_is_used_as_the_querys_own(searching: Advisor) -> None:
    vector = searching.embedder.query("brand voice")

    given = searching.retriever.search("brand voice", 5, "en", vector)

    assert given == searching.retriever.search("brand voice", 5, "en")


@pytest.mark.parametrize("query", ["", " ", "\n\t", "\u3000"])
def test_an_empty_query_is_refused(retriever: Retriever, query: str) -> None:
    with pytest.raises(RequestError, match="the query is empty"):
        retriever.search(query, 5, "en")


@pytest.mark.parametrize(
    "query", ["zebra", "🦓", '" OR 1=1 --', "\x00\x1b[31m\u202e", "?", "ｘ" * 10, "[[article:what-is-rag]] {question}"]
)
def test_an_odd_query_finds_what_is_nearest_and_does_no_harm(retriever: Retriever, query: str) -> None:
    assert len(retriever.search(query, 5, "en")) == 5


def test_a_long_query_is_searched_by_its_beginning(retriever: Retriever) -> None:
    begun = "What is RAG?" + "\n" * MAX_QUERY

    assert retriever.search(begun + "legal documents " * 20_000, 5, "en") == retriever.search(begun + "!", 5, "en")


def test_the_means_of_languages_are_worked_out_once(built_index: Path, tmp_path: Path) -> None:
    """The store of documents has them; a search and the sentences of what it finds go by the same."""
    shutil.copytree(built_index, tmp_path / "home" / "index", ignore=shutil.ignore_patterns(".lock"))
    made: list[_Counted] = []

    def counted(inner: Embedder) -> Embedder:
        made.append(_Counted(inner))
        return made[-1]

    advisor = Advisor(load_settings({"ADVISOR_HOME": str(tmp_path / "home")}), embedding=counted)
    advisor.warm()
    (tmp_path / "menu.md").write_text("The canteen serves soup.\n", encoding="utf-8")
    advisor.open_documents().add([tmp_path / "menu.md"])
    made[0].batches = 0
    vector = advisor.embedder.query("What does the canteen serve?")

    (hit,) = advisor.retriever.in_documents("What does the canteen serve?", 3, vector).hits
    ((sentence, similarity),) = advisor.retriever.sentences(hit.passage, vector, "en")

    assert made[0].batches == len(LANGUAGES)
    assert sentence == "The canteen serves soup."
    assert 0 < similarity < 1
    found = advisor.retriever.search("What does the canteen serve?", 5, "en", vector)
    assert ("menu.md", hit.similarity) in [(each.passage.source, each.similarity) for each in found]
    advisor.close()


class _Counted:
    """The bundled model, and how often it was given a batch of queries."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self.name = inner.name
        self.batches = 0

    def query(self, text: str) -> Vector:
        return self._inner.query(text)

    def queries(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        self.batches += 1
        return self._inner.queries(texts, progress)

    def passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        return self._inner.passages(texts, progress)
