"""The user's own documents: read into passages, found by meaning and by words, indexed once."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from advisor.errors import KnowledgeError
from advisor.llm.embeddings import BUNDLED, BundledEmbedder
from advisor.retrieval import index
from advisor.retrieval.documents import MAX_PASSAGE, DocumentIndex, document_passages, read_documents

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from advisor.knowledge import Passage
    from advisor.llm.embeddings import Vector, Vectors

HANDBOOK = """\
Whoever is new here reads this first.

# Leave

Staff get 25 days of paid holiday a year.
Unused days expire in March.

Parents get more.

## Parking

The garage closes at ten in the evening.
"""


@pytest.fixture(scope="module")
def embedder() -> BundledEmbedder:
    return BundledEmbedder()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents in four languages, one in a folder of its own, and files that are none."""
    root = tmp_path_factory.mktemp("documents")
    (root / "travel").mkdir()
    (root / "handbook.md").write_text(HANDBOOK, encoding="utf-8")
    (root / "travel" / "差旅.txt").write_text(
        "出差住宿每晚上限三千元。\n\n搭乘計程車必須附上收據。\n", encoding="utf-8-sig"
    )
    (root / "travel" / "安全.markdown").write_text("# 门禁\n\n访客进入机房前必须登记。\n", encoding="utf-8")
    (root / "KEIHI.MD").write_text("# 経費\n\n領収書は月末までに経理へ提出してください。\n", encoding="utf-8")
    (root / "scan.pdf").write_bytes(b"%PDF-\xff")
    (root / "notes").write_text("no ending, no document", encoding="utf-8")
    return root


def _places(passages: tuple[Passage, ...]) -> list[tuple[str, str, str]]:
    return [(passage.source, passage.id, passage.heading) for passage in passages]


def test_a_folder_is_read_with_the_folders_in_it(folder: Path) -> None:
    assert _places(read_documents(folder)) == [
        ("KEIHI.MD", "p1", "経費"),
        ("handbook.md", "p1", "handbook.md"),
        ("handbook.md", "p2", "Leave"),
        ("handbook.md", "p3", "Leave"),
        ("handbook.md", "p4", "Parking"),
        ("travel/安全.markdown", "p1", "门禁"),
        ("travel/差旅.txt", "p1", "travel/差旅.txt"),
        ("travel/差旅.txt", "p2", "travel/差旅.txt"),
    ]


def test_a_single_file_is_named_without_its_folder(folder: Path) -> None:
    assert {passage.source for passage in read_documents(folder / "travel" / "差旅.txt")} == {"差旅.txt"}


def test_a_passage_is_a_paragraph_and_knows_its_language(folder: Path) -> None:
    found = {(passage.source, passage.id): passage for passage in read_documents(folder)}
    leave = found["handbook.md", "p2"]
    assert leave.lines == ("Staff get 25 days of paid holiday a year. Unused days expire in March.",)
    assert leave.language == "en"
    assert found["travel/差旅.txt", "p1"].lines == ("出差住宿每晚上限三千元。",)
    assert found["travel/差旅.txt", "p1"].language == "zh-Hant"
    assert found["travel/安全.markdown", "p1"].language == "zh-Hans"
    assert found["KEIHI.MD", "p1"].language == "ja"


def test_reading_twice_gives_the_same(folder: Path) -> None:
    assert read_documents(folder) == read_documents(folder)


def test_windows_line_ends_make_no_difference() -> None:
    assert document_passages("a.md", HANDBOOK.replace("\n", "\r\n")) == document_passages("a.md", HANDBOOK)


def test_only_a_line_that_begins_with_marks_and_a_blank_is_a_heading() -> None:
    found = document_passages("a.md", "# One\nthis # is not\n#nor this\n\n###### Six\nlast")
    assert [(passage.heading, passage.text) for passage in found] == [
        ("One", "this # is not #nor this"),
        ("Six", "last"),
    ]


LONG = {
    "en": "The visitor signs the book at the front desk. " * 90,
    "zh-Hant": "訪客必須在櫃檯登記姓名。" * 300,
    "zh-Hans": "访客必须在前台登记姓名。" * 300,
    "ja": "訪問者は受付で名前を記入してください。" * 200,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_long_paragraph_is_split_between_sentences_and_nothing_is_lost(text: str) -> None:
    found = document_passages("long.txt", text)
    texts = [passage.text for passage in found]
    assert len(texts) > 2
    assert all(len(piece) <= MAX_PASSAGE and piece[-1] in ".。" for piece in texts)
    assert len(texts[0]) > MAX_PASSAGE / 2
    assert "".join(texts).replace(" ", "") == text.replace(" ", "")
    assert [passage.id for passage in found] == [f"p{place}" for place in range(1, len(found) + 1)]


def test_a_sentence_is_never_cut_however_long() -> None:
    sentence = "a" * (2 * MAX_PASSAGE) + "."
    found = document_passages("long.txt", f"Short one. {sentence} Version 3.5 follows.")
    assert [passage.text for passage in found] == ["Short one.", sentence, "Version 3.5 follows."]


@pytest.mark.parametrize("text", ["", "\ufeff", " \n\n\t\n", "# A heading\n\n## and another"])
def test_a_document_without_text_has_no_passages(tmp_path: Path, text: str) -> None:
    (tmp_path / "empty.md").write_text(text, encoding="utf-8")
    assert read_documents(tmp_path / "empty.md") == ()


def test_a_folder_without_documents_is_told(tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-")
    with pytest.raises(KnowledgeError, match=r"holds no documents; files ending with \.md, \.markdown, \.txt are read"):
        read_documents(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"nowhere\.md' cannot be read"):
        read_documents(tmp_path / "nowhere.md")


@pytest.mark.parametrize("content", ["café".encode("latin-1"), "社員".encode("shift_jis"), "員工".encode("big5")])
def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "good.md").write_text("Good.", encoding="utf-8")
    (tmp_path / "old.txt").write_bytes(content)
    with pytest.raises(KnowledgeError, match=r"old\.txt' cannot be read as UTF-8"):
        read_documents(tmp_path)


@pytest.fixture(scope="module")
def passages(folder: Path) -> tuple[Passage, ...]:
    return read_documents(folder)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, passages: tuple[Passage, ...], embedder: BundledEmbedder) -> Path:
    """Where the index of the documents was built; copy it, do not write to it."""
    built = tmp_path_factory.mktemp("built") / "index"
    DocumentIndex.open(built, passages, embedder)
    return built


@pytest.fixture(scope="module")
def documents(root: Path, passages: tuple[Passage, ...], embedder: BundledEmbedder) -> DocumentIndex:
    return DocumentIndex.open(root, passages, embedder)


MEANT = {
    "en": ("How much vacation do employees have?", ("handbook.md", "p2")),
    "en, of a Chinese text": ("maximum hotel price per night when travelling", ("travel/差旅.txt", "p1")),
    "en, of a text in simplified characters": (
        "visitors must register before entering the server room",
        ("travel/安全.markdown", "p1"),
    ),
    "zh-Hant, of an English text": ("車庫晚上十點關門", ("handbook.md", "p4")),
    "zh-Hans, of a text in the other script": ("坐出租车需要附收据吗", ("travel/差旅.txt", "p2")),
    "ja": ("レシートはいつまでに出せばよいですか", ("KEIHI.MD", "p1")),
    "ja, of an English text": ("駐車場は何時に閉まりますか", ("handbook.md", "p4")),
}


@pytest.mark.parametrize(("query", "wanted"), MEANT.values(), ids=MEANT)
def test_a_passage_is_found_by_what_it_means(
    documents: DocumentIndex, embedder: BundledEmbedder, query: str, wanted: tuple[str, str]
) -> None:
    found = documents.nearest(embedder.query(query), 3)
    assert (found[0].source, found[0].id) == wanted
    assert [each.similarity for each in found] == sorted((each.similarity for each in found), reverse=True)


WORDED = {
    "en": ("when does the GARAGE close", ("handbook.md", "p4")),
    "en, by the heading": ("parking", ("handbook.md", "p4")),
    "zh-Hant": ("計程車收據", ("travel/差旅.txt", "p2")),
    "zh-Hans, across scripts": ("计程车收据", ("travel/差旅.txt", "p2")),
    "zh-Hant, across scripts": ("訪客登記", ("travel/安全.markdown", "p1")),
    "ja": ("領収書の提出", ("KEIHI.MD", "p1")),
}


@pytest.mark.parametrize(("query", "wanted"), WORDED.values(), ids=WORDED)
def test_a_passage_is_found_by_its_words(documents: DocumentIndex, query: str, wanted: tuple[str, str]) -> None:
    assert documents.by_words(query, 3)[0] == wanted


def test_words_that_stand_nowhere_find_nothing(documents: DocumentIndex) -> None:
    assert documents.by_words("zebra", 3) == []


def test_no_more_is_found_than_there_is_or_is_wanted(documents: DocumentIndex, embedder: BundledEmbedder) -> None:
    vector = embedder.query("holiday")
    found = documents.nearest(vector, 1_000)
    assert {(each.source, each.id) for each in found} == set(documents.passages)
    assert documents.nearest(vector, 2) == found[:2]


def test_every_passage_is_kept_under_its_place(documents: DocumentIndex, passages: tuple[Passage, ...]) -> None:
    assert list(documents.passages.values()) == list(passages)
    assert all(key == (passage.source, passage.id) for key, passage in documents.passages.items())


class NoEmbedder:
    """An embedder that must not be needed."""

    name = BUNDLED

    def query(self, text: str) -> Vector:
        raise AssertionError(text)

    def queries(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        raise AssertionError(texts, progress)

    def passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        raise AssertionError(texts, progress)


def test_a_built_index_is_opened_again_without_building(
    root: Path, passages: tuple[Passage, ...], embedder: BundledEmbedder
) -> None:
    opened = DocumentIndex.open(root, passages, NoEmbedder())
    assert opened.nearest(embedder.query("vacation"), 1)[0].source == "handbook.md"


def _folders(root: Path) -> set[str]:
    return {path.name for path in root.iterdir() if path.is_dir()}


def test_changed_documents_have_an_index_of_their_own(
    tmp_path: Path, root: Path, passages: tuple[Passage, ...], embedder: BundledEmbedder
) -> None:
    own = tmp_path / "index"
    shutil.copytree(root, own)
    before = _folders(own)
    added = document_passages("new.md", "Bicycles are kept in the cellar.")
    opened = DocumentIndex.open(own, (*passages, *added), embedder)
    assert opened.by_words("bicycles", 1) == [("new.md", "p1")]
    assert before < _folders(own)


def test_what_a_killed_build_left_is_not_taken_for_an_index(
    tmp_path: Path, root: Path, passages: tuple[Passage, ...], embedder: BundledEmbedder
) -> None:
    (digest,) = _folders(root)
    left = tmp_path / f"{digest}.building"
    (left / "chroma").mkdir(parents=True)
    (left / "words.sqlite3").write_bytes(b"half")
    opened = DocumentIndex.open(tmp_path, passages, embedder)
    assert opened.by_words("garage", 1) == [("handbook.md", "p4")]
    assert _folders(tmp_path) == {digest}


def _without_vectors(folder: Path) -> None:
    shutil.rmtree(folder / "chroma")


def _emptied(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def _unfinished(folder: Path) -> None:
    client = index.embedded_client(folder / "chroma")
    client.get_collection(index.collection_name(folder.name), embedding_function=None).modify(
        metadata={"complete": False}
    )


def _without_words(folder: Path) -> None:
    (folder / "words.sqlite3").unlink()


def _overwritten_words(folder: Path) -> None:
    (folder / "words.sqlite3").write_bytes(b"not a database" * 900)


DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "no vectors": (_without_vectors, "remove that folder"),
    "empty": (_emptied, "remove that folder"),
    "unfinished": (_unfinished, "remove that folder"),
    "no words": (_without_words, r"words\.sqlite3' is damaged"),
    "words overwritten": (_overwritten_words, r"words\.sqlite3' is damaged"),
}


@pytest.mark.parametrize(("damage", "message"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_index_is_told(
    tmp_path: Path, root: Path, passages: tuple[Passage, ...], embedder: BundledEmbedder,
    damage: Callable[[Path], None], message: str,
) -> None:  # fmt: skip
    own = tmp_path / "index"
    shutil.copytree(root, own)
    (digest,) = _folders(own)
    damage(own / digest)
    with pytest.raises(KnowledgeError, match=message):
        DocumentIndex.open(own, passages, embedder)


def test_a_place_that_cannot_be_written_is_told(
    tmp_path: Path, passages: tuple[Passage, ...], embedder: BundledEmbedder
) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(KnowledgeError, match=r"the documents cannot be indexed in '.*file'"):
        DocumentIndex.open(tmp_path / "file", passages, embedder)
