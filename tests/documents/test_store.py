"""The store of added documents: what is in a folder is in the store, whole and once, whatever happens."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from advisor.documents import rows, vectors
from advisor.documents.files import MAX_NAME
from advisor.documents.parsing import Block, ParsedDocument
from advisor.documents.store import DocumentStore, Report
from advisor.errors import KnowledgeError
from advisor.language import detect
from advisor.llm.embeddings import BundledEmbedder
from tests.program import CHECKOUT, PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from advisor.llm.embeddings import Vector, Vectors

    Opening = Callable[..., DocumentStore]

HANDBOOK = """# Handbook

## Leave

Staff get 27 days of paid holiday a year.

## Parking

The garage closes at ten in the evening.
"""


class Counting:
    """The bundled model, and how many passages it was given."""

    def __init__(self, inner: BundledEmbedder) -> None:
        self._inner = inner
        self.name = inner.name
        self.embedded = 0

    def query(self, text: str) -> Vector:
        return self._inner.query(text)

    def queries(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        return self._inner.queries(texts, progress)

    def passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        self.embedded += len(texts)
        return self._inner.passages(texts, progress)


class Interrupted(Counting):
    """The bundled model, at which the user presses Ctrl-C when it reads a certain word."""

    def passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        if any("INTERRUPT" in text for text in texts):
            raise KeyboardInterrupt
        return super().passages(texts, progress)


@pytest.fixture(scope="module")
def model() -> BundledEmbedder:
    return BundledEmbedder()


@pytest.fixture
def embedder(model: BundledEmbedder) -> Counting:
    return Counting(model)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "made" / "documents"


@pytest.fixture
def opening(place: Path, embedder: Counting) -> Iterator[Opening]:
    """Opens the store, with another model or elsewhere if so told; all are closed in the end."""
    opened: list[DocumentStore] = []

    def open_store(model: Any = embedder, folder: Path = place) -> DocumentStore:
        opened.append(DocumentStore(folder, model))
        return opened[-1]

    yield open_store
    for each in opened:
        each.close()


@pytest.fixture
def store(opening: Opening) -> DocumentStore:
    return opening()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of two documents, one in a folder below."""
    made = tmp_path / "docs"
    _write(made, "handbook.md", HANDBOOK)
    _write(made, "travel/差旅.txt", "出差住宿每晚上限三千元。\n")
    return made


def _write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def _names(store: DocumentStore) -> list[str]:
    return [line.name for line in store.lines()]


def _meant(store: DocumentStore, model: BundledEmbedder, question: str, limit: int = 3) -> list[str]:
    """The names of the documents that are found by meaning."""
    return [near.source for near in store.nearest(model.query(question), limit, detect(question))]


def _worded(store: DocumentStore, words: str) -> list[str]:
    """The texts that are found by their words."""
    return [_text(store, key) for key in store.by_words(words, 5)]


def _text(store: DocumentStore, key: tuple[str, str]) -> str:
    passage = store.passage(key)
    assert passage is not None
    return passage.text


def _in_step(store: DocumentStore) -> bool:
    """Whether rows, words and vectors are of the very same passages."""
    keys = {key for (key,) in store._rows.database.execute("SELECT key FROM passages")}
    words = {key for (key,) in store._rows.database.execute("SELECT rowid FROM searched")}
    vectors = store._vectors.keys()
    return keys == words == vectors


# adding


def test_a_new_store_is_empty_and_can_be_searched(store: DocumentStore, model: BundledEmbedder) -> None:
    assert (len(store), store.lines()) == (0, ())
    assert _meant(store, model, "holiday") == []
    assert store.by_words("holiday", 3) == []
    assert store.by_words("", 3) == []
    assert store.passages_with("holiday") == 0
    assert store.passages_with("休假") == 0
    assert store.passage(("a.md", "1")) is None


def test_files_and_folders_are_added(
    store: DocumentStore, folder: Path, tmp_path: Path, model: BundledEmbedder
) -> None:
    single = _write(tmp_path, "prices.txt", "Bread costs three euros.")

    report = store.add([folder, single])

    assert report.added == ["handbook.md", "travel/差旅.txt", "prices.txt"]
    assert (report.changed, report.unchanged, report.removed, report.failed) == ([], [], [], [])
    assert report.passages == len(store) == 4
    assert _names(store) == ["handbook.md", "prices.txt", "travel/差旅.txt"]
    assert _meant(store, model, "When may I go on vacation?")[0] == "handbook.md"
    assert _worded(store, "garage") == ["The garage closes at ten in the evening."]
    assert _in_step(store)


def test_a_passage_has_its_heading_its_place_and_its_language(store: DocumentStore, folder: Path) -> None:
    store.add([folder])

    passage = store.passage(store.by_words("garage", 1)[0])

    assert passage is not None
    assert (passage.source, passage.language) == ("handbook.md", "en")
    assert passage.heading == "Handbook › Parking"
    assert passage.id == "2 (line 9)"
    assert passage.lines == ("The garage closes at ten in the evening.",)


def test_what_is_added_is_there_when_the_store_is_opened_again(
    opening: Opening, folder: Path, model: BundledEmbedder
) -> None:
    first = opening()
    first.add([folder])
    lines = first.lines()
    first.close()

    again = opening()

    assert again.lines() == lines
    assert _meant(again, model, "holiday")[0] == "handbook.md"
    assert _in_step(again)


def test_a_second_add_of_what_is_unchanged_embeds_nothing(opening: Opening, embedder: Counting, folder: Path) -> None:
    first = opening()
    first.add([folder])
    first.close()
    done, again = embedder.embedded, opening()

    report = again.add([folder])

    assert sorted(report.unchanged) == ["handbook.md", "travel/差旅.txt"]
    assert (report.added, report.changed, report.removed, report.failed, report.passages) == ([], [], [], [], 0)
    assert embedder.embedded == done


def test_a_touched_file_with_the_same_content_is_unchanged(
    store: DocumentStore, embedder: Counting, folder: Path
) -> None:
    store.add([folder])
    done, lines = embedder.embedded, store.lines()
    os.utime(folder / "handbook.md", (1, 1))

    assert "handbook.md" in store.add([folder]).unchanged
    assert embedder.embedded == done
    assert store.lines() == lines


def test_a_changed_file_replaces_what_was_there(store: DocumentStore, folder: Path, model: BundledEmbedder) -> None:
    store.add([folder])
    old = {key for (key,) in store._rows.database.execute("SELECT key FROM passages WHERE name = 'handbook.md'")}
    _write(folder, "handbook.md", "# Handbook\n\nThe canteen serves soup.\n")

    report = store.add([folder])

    assert (report.changed, report.unchanged, report.passages) == (["handbook.md"], ["travel/差旅.txt"], 1)
    assert store.by_words("garage holiday", 5) == []
    found = store.nearest(model.query("When does the garage close?"), 10, "en")
    assert "garage" not in " ".join(_text(store, (near.source, near.id)) for near in found)
    assert old.isdisjoint(store._vectors.keys())
    assert _worded(store, "canteen") == ["The canteen serves soup."]
    assert _in_step(store)


def test_keys_of_passages_are_not_used_again(store: DocumentStore, tmp_path: Path) -> None:
    store.add([_write(tmp_path, "a.md", "One thing.")])
    (first,) = store._vectors.keys()
    store.remove("a.md")

    store.add([_write(tmp_path, "b.md", "Another thing.")])

    assert store._vectors.keys().isdisjoint({first})


def test_a_file_named_twice_and_in_its_folder_is_added_once(store: DocumentStore, folder: Path) -> None:
    report = store.add([folder, folder / "handbook.md", folder / "travel", folder])

    assert report.added == ["handbook.md", "travel/差旅.txt"]
    assert _in_step(store)


def test_one_folder_by_two_ways_is_one_folder(store: DocumentStore, folder: Path) -> None:
    store.add([folder])

    report = store.add([folder / "travel" / ".."])

    assert report.added == []


def test_progress_tells_every_file_and_the_end(store: DocumentStore, folder: Path) -> None:
    steps: list[tuple[str, int, int]] = []

    store.add([folder], lambda step: steps.append((step.file, step.done, step.files)))

    assert steps == [("handbook.md", 0, 2), ("差旅.txt", 1, 2), ("", 2, 2)]


def test_a_document_read_elsewhere_is_added_once(store: DocumentStore, embedder: Counting) -> None:
    document = ParsedDocument("Title", (Block("The garage closes at ten."),))

    assert store.add_document("given.md", document) == 1
    done = embedder.embedded
    assert store.add_document("given.md", document) == 1
    assert embedder.embedded == done
    assert _names(store) == ["given.md"]


# what is gone


def test_a_file_gone_from_a_folder_goes_and_no_other_folder_loses_any(
    store: DocumentStore, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "docs-other"
    _write(other, "menu.md", "The canteen serves soup.")
    store.add([folder, other])
    (folder / "handbook.md").unlink()
    (other / "menu.md").unlink()

    report = store.add([folder])

    assert report.removed == ["handbook.md"]
    assert _names(store) == ["menu.md", "travel/差旅.txt"]
    assert store.by_words("garage", 3) == []
    assert _in_step(store)


def test_adding_a_file_removes_nothing_of_its_folder(store: DocumentStore, folder: Path) -> None:
    store.add([folder])
    (folder / "travel" / "差旅.txt").unlink()

    report = store.add([folder / "handbook.md"])

    assert (report.unchanged, report.removed) == (["handbook.md"], [])
    assert _names(store) == ["handbook.md", "travel/差旅.txt"]


def test_the_last_file_gone_from_a_folder_goes_as_well(store: DocumentStore, folder: Path) -> None:
    store.add([folder])
    shutil.rmtree(folder)
    folder.mkdir()

    store.add([folder])

    assert _names(store) == []


def test_a_file_that_was_brought_up_to_date_alone_still_goes_with_its_folder(
    store: DocumentStore, folder: Path
) -> None:
    store.add([folder])
    _write(folder, "handbook.md", "# Handbook\n\nThe canteen serves soup.\n")
    store.add([folder / "handbook.md"])
    (folder / "handbook.md").unlink()

    assert store.add([folder]).removed == ["handbook.md"]


def test_a_document_is_removed_by_its_name(store: DocumentStore, folder: Path, model: BundledEmbedder) -> None:
    store.add([folder])

    assert store.remove("handbook.md")

    assert _names(store) == ["travel/差旅.txt"]
    assert store.by_words("garage", 3) == []
    assert _meant(store, model, "When does the garage close?") == ["travel/差旅.txt"]
    assert (folder / "handbook.md").exists()
    assert _in_step(store)


def test_what_is_not_there_cannot_be_removed(store: DocumentStore, folder: Path) -> None:
    store.add([folder])

    for name in ("nowhere.md", "", "article", "rules", "handbook", "%", "handbook.md'; --"):
        assert not store.remove(name)
    assert len(store.lines()) == 2


def test_a_removed_document_can_be_added_again(store: DocumentStore, folder: Path) -> None:
    store.add([folder])
    store.remove("handbook.md")

    assert store.add([folder]).added == ["handbook.md"]
    assert _in_step(store)


# what cannot be read


def test_a_broken_file_among_good_ones_is_reported_and_the_rest_added(store: DocumentStore, folder: Path) -> None:
    _write(folder, "broken.pdf", b"%PDF-1.7 not really")
    _write(folder, "empty.md", "")
    _write(folder, "only.md", "---\n")
    _write(folder, "notes.txt", bytes(range(256)) * 40)

    report = store.add([folder])

    assert report.added == ["handbook.md", "travel/差旅.txt"]
    assert [name for name, _ in report.failed] == ["broken.pdf", "empty.md", "notes.txt", "only.md"]
    assert all(reason for _, reason in report.failed)
    assert _names(store) == report.added


def test_a_broken_file_is_looked_at_again_when_it_is_mended(store: DocumentStore, folder: Path) -> None:
    _write(folder, "later.md", "")
    store.add([folder])
    _write(folder, "later.md", "Now it says something.")

    assert store.add([folder]).added == ["later.md"]


def test_a_path_that_leads_nowhere_is_reported(store: DocumentStore, folder: Path, tmp_path: Path) -> None:
    nowhere = [tmp_path / name for name in ("nowhere.md", "nowhere", "nowhere/a.md", "docs/handbook.md/a.md")]

    report = store.add([*nowhere, folder / "handbook.md"])

    assert [file for file, _ in report.failed] == list(map(str, nowhere))
    assert report.added == ["handbook.md"]


def test_a_name_that_no_file_can_have_does_not_keep_the_others_out(
    store: DocumentStore, folder: Path, tmp_path: Path
) -> None:
    nowhere = [tmp_path / "a\0b.md", tmp_path / ("x" * 300 + ".md")]

    assert store.add([*nowhere, folder / "handbook.md"]).added == ["handbook.md"]


def test_a_file_that_is_no_document_is_reported(store: DocumentStore, tmp_path: Path) -> None:
    names = ("picture.png", "data.json", "script.py", "no-ending", "~$draft.docx")

    report = store.add([_write(tmp_path, name, "text") for name in names])

    assert [file for file, _ in report.failed] == [str(tmp_path / name) for name in names]
    assert (report.added, len(store)) == ([], 0)


def test_a_folder_with_nothing_to_read_is_reported(store: DocumentStore, tmp_path: Path) -> None:
    _write(tmp_path, "pictures/a.png", "")

    assert [file for file, _ in store.add([tmp_path / "pictures"]).failed] == [str(tmp_path / "pictures")]


def test_adding_nothing_does_nothing(store: DocumentStore) -> None:
    assert store.add([]) == Report()


def test_a_store_that_cannot_be_opened_is_told(tmp_path: Path, model: BundledEmbedder) -> None:
    _write(tmp_path, "file", "in the way")
    _write(tmp_path, "junk/documents.sqlite3", b"junk" * 4_000)

    for folder in ("file", "junk"):
        with pytest.raises(KnowledgeError, match="cannot be opened"):
            DocumentStore(tmp_path / folder, model)


# names


def test_two_files_of_one_name_from_two_folders_are_two_documents(store: DocumentStore, tmp_path: Path) -> None:
    for colour in ("red", "blue", "green"):
        _write(tmp_path / colour, "readme.md", f"The door is {colour}.")

    store.add([tmp_path / "red", tmp_path / "blue"])
    report = store.add([tmp_path / "green" / "readme.md", tmp_path / "red", tmp_path / "blue"])

    assert (report.added, report.unchanged) == (["readme.md (3)"], ["readme.md", "readme.md (2)"])
    assert _worded(store, "blue") == ["The door is blue."]
    assert store.remove("readme.md (2)")
    assert store.by_words("blue", 3) == []
    assert store.add([tmp_path / "red"]).unchanged == ["readme.md"]
    assert store.add([tmp_path / "blue"]).added == ["readme.md (2)"]


def test_odd_names_are_shown_safely_and_still_tell_documents_apart(store: DocumentStore, tmp_path: Path) -> None:
    odd = ["a[1].md", "a]1[.md", "a:1.md", "[[article:what-is-rag]].md", "\x1b[31mred\x07.md", "two\nlines\t.md",
           "\u202egnp.md", "\x9b2J.md", "x" * 200 + ".md", "<b>|`*.md", " .md", "%s{name}.md", "‘ß’ 日本.md"]  # fmt: skip
    for place, name in enumerate(odd):
        _write(tmp_path / "odd", name, f"It is number word{place}.")

    report = store.add([tmp_path / "odd"])

    names = _names(store)
    assert (len(report.added), report.failed, len(set(names))) == (len(odd), [], len(odd))
    assert all(name.isprintable() and len(name) <= MAX_NAME + len(" (2)") for name in names)
    assert not set("[]:\n\t<>|`*") & set("".join(names))
    assert all(len(store.by_words(f"word{place}", 3)) == 1 for place in range(len(odd)))
    assert len(store.add([tmp_path / "odd"]).unchanged) == len(odd)
    assert all(store.remove(name) for name in names)
    assert _in_step(store)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are no text")
def test_a_name_that_is_no_text_does_not_keep_the_others_out(store: DocumentStore, folder: Path) -> None:
    with open(os.fsencode(folder) + b"/a\xff.md", "wb") as file:  # noqa: PTH123 - a name in bytes
        file.write(b"Odd.")

    report = store.add([folder])

    assert {"handbook.md", "travel/差旅.txt"} <= set(report.added)


# listing and searching


def test_lines_count_passages_by_language(store: DocumentStore, tmp_path: Path) -> None:
    path = _write(
        tmp_path, "mixed.md",
        "# One\n\nThe garage closes at ten.\n\n# 二\n\n車庫晚上十點關門。\n\n# 三\n\n车库晚上十点关门。\n\n"
        "# 四\n\n車庫は十時に閉まります。\n\n# Five\n\nThe canteen serves soup.\n",
    )  # fmt: skip

    store.add([path])

    (line,) = store.lines()
    assert line.passages == {"en": 2, "ja": 1, "zh-Hans": 1, "zh-Hant": 1}
    assert (line.name, line.title, line.path) == ("mixed.md", "One", str(path))


def test_passages_with_a_word_are_counted(store: DocumentStore, tmp_path: Path) -> None:
    store.add(
        [_write(tmp_path, "a.md", "# A\n\nThe garage.\n\n# B\n\nTwo garages, one garage.\n\n# C\n\n車庫關門。\n")]
    )

    assert store.passages_with("garage") == 2
    assert store.passages_with("车库") == 1
    assert store.passages_with("zebra") == 0
    assert store.passages_with("車站") == 0


def test_passages_with_a_word_are_counted_whatever_the_index_makes_of_it(store: DocumentStore, tmp_path: Path) -> None:
    words = ("day", "days", "pay", "fees", "cars", "e-mail", "don't", "25%")
    store.add([_write(tmp_path, "a.md", f"Here they are: {', '.join(words)}, as written.")])

    assert all(store.by_words(word, 3) for word in words)
    assert {word: store.passages_with(word) for word in words} == dict.fromkeys(words, 1)


def _company(folder: Path, word: str = "company") -> Path:
    """Sixteen passages that all have a word, one of them a rare one besides."""
    sections = [f"# Rule {n}\n\nThe {word} counts item{n}.\n" for n in range(15)]
    return _write(folder, "rules.md", "\n".join([*sections, f"# Parking\n\nThe {word} has a garage.\n"]))


def test_words_that_most_passages_have_do_not_count_once_there_are_many(
    store: DocumentStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add([_company(tmp_path)])
    assert len(store.by_words("company", 100)) == 16

    monkeypatch.setattr(rows, "MANY", 10)

    assert store.by_words("company", 100) == []
    assert _worded(store, "company garage") == ["The company has a garage."]


def test_a_common_word_does_not_count_whatever_its_stem(
    store: DocumentStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MANY", 10)
    store.add([_company(tmp_path, "day")])

    assert store.by_words("day", 100) == []


def test_of_many_words_the_rarest_are_looked_up_until_enough_passages_have_them(
    store: DocumentStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a search ranks is bounded, however many passages there are."""
    monkeypatch.setattr(rows, "MANY", 10)
    monkeypatch.setattr(rows, "COMMON", 0.5)
    monkeypatch.setattr(rows, "MOST_RANKED", 6)
    words = [" ".join(f"word{size}" for size in (1, 3, 5, 7) if part < size) for part in range(20)]
    store.add([_write(tmp_path, "a.md", "".join(f"# P{part}\n\nHere: {text}.\n\n" for part, text in enumerate(words)))])

    assert len(store.by_words("word5 word3 word1", 20)) == 3
    assert len(store.by_words("word5", 20)) == 5
    assert store.by_words("word7", 20) == []


@pytest.mark.parametrize("query", ['"', "' OR 1=1 --", "NEAR(a b)", "garage*", "AND OR NOT", "\x00", "(", "a:b", "🎉"])
def test_a_query_is_words_and_nothing_else(four_languages: DocumentStore, query: str) -> None:
    assert set(four_languages.by_words(query, 5)) <= set(four_languages.by_words("garage or not", 5))


FOUND = {
    "en": ("When does the garage close?", "handbook.md"),
    "en, of a Chinese text": ("What is the highest hotel price per night on a business trip?", "travel.md"),
    "en, of a text in simplified characters": (
        "Do visitors have to register before they enter the server room?",
        "visitors.md",
    ),
    "en, of a Japanese text": ("By when do I have to hand in my receipts?", "receipts.md"),
    "zh-Hant": ("出差住宿每晚上限是多少？", "travel.md"),
    "zh-Hant, of an English text": ("車庫幾點關門？", "handbook.md"),
    "zh-Hans, of an English text": ("谁给花园里的玫瑰浇水？", "garden.md"),
    "zh-Hans, of a text in the other script": ("出差住酒店每晚最多多少钱？", "travel.md"),
    "zh-Hans, of a Japanese text": ("收据最晚什么时候提交？", "receipts.md"),
    "ja": ("領収書はいつまでに提出すればよいですか", "receipts.md"),
    "ja, of an English text": ("駐車場は何時に閉まりますか", "handbook.md"),
    "ja, of a Chinese text": ("サーバー室に入る前に訪問者は登録が必要ですか", "visitors.md"),
}


@pytest.fixture(scope="module")
def four_languages(tmp_path_factory: pytest.TempPathFactory, model: BundledEmbedder) -> Iterator[DocumentStore]:
    folder = tmp_path_factory.mktemp("four")
    _write(folder, "docs/handbook.md", "# Parking\n\nThe garage closes at ten in the evening.\n")
    _write(folder, "docs/garden.md", "# Garden\n\nThe roses are watered by the caretaker every morning.\n")
    _write(folder, "docs/travel.md", "# 差旅\n\n出差住宿每晚上限三千元。\n")
    _write(folder, "docs/visitors.md", "# 门禁\n\n访客进入机房前必须登记姓名。\n")
    _write(folder, "docs/receipts.md", "# 経費\n\n領収書は購入から十四日以内に経理部へ提出してください。\n")
    made = DocumentStore(folder / "store", model)
    made.add([folder / "docs"])
    yield made
    made.close()


@pytest.mark.parametrize(("question", "wanted"), FOUND.values(), ids=FOUND)
def test_a_document_is_found_by_what_it_means_whatever_its_language(
    four_languages: DocumentStore, model: BundledEmbedder, question: str, wanted: str
) -> None:
    assert _meant(four_languages, model, question)[0] == wanted


@pytest.mark.parametrize(
    ("words", "wanted"),
    [("GARAGE", "handbook.md"), ("訪客登記", "visitors.md"), ("住宿上限", "travel.md"), ("領収書", "receipts.md")],
)
def test_a_document_is_found_by_its_words_across_cases_and_scripts(
    four_languages: DocumentStore, words: str, wanted: str
) -> None:
    assert four_languages.by_words(words, 3)[0][0] == wanted


def test_no_more_is_found_than_there_is_or_is_wanted(four_languages: DocumentStore, model: BundledEmbedder) -> None:
    found = four_languages.nearest(model.query("garage"), 1_000, "en")

    assert len(found) == len(four_languages) == 5
    assert [near.similarity for near in found] == sorted((near.similarity for near in found), reverse=True)
    assert len(four_languages.nearest(model.query("garage"), 2, None)) == 2


def test_threads_search_while_one_adds(store: DocumentStore, tmp_path: Path, model: BundledEmbedder) -> None:
    for number in range(12):
        _write(tmp_path / "many", f"{number}.md", f"Room {number} has a lamp.")
    store.add([tmp_path / "many" / "0.md"])
    faults: list[BaseException] = []
    done = threading.Event()

    def search() -> None:
        try:
            while not done.is_set():
                assert "0.md" in [source for source, _ in store.by_words("lamp", 50)]
                assert _meant(store, model, "Which room has a lamp?")
        except BaseException as fault:  # noqa: BLE001 - told below
            faults.append(fault)

    searching = [threading.Thread(target=search) for _ in range(2)]
    for thread in searching:
        thread.start()
    store.add([tmp_path / "many"])
    done.set()
    for thread in searching:
        thread.join()

    assert faults == []
    assert _in_step(store)


# what goes wrong with the files


def test_the_vectors_are_worked_out_anew_when_their_folder_was_deleted(
    opening: Opening, place: Path, folder: Path, model: BundledEmbedder
) -> None:
    first = opening()
    first.add([folder])
    before = _meant(first, model, "holiday")
    first.close()
    shutil.rmtree(place / "chroma")
    again = opening()
    counts: list[int] = []

    again.rebuild(counts.append)

    assert sum(counts) == len(again) == 3
    assert _meant(again, model, "holiday") == before
    assert _in_step(again)


def test_vectors_that_are_missing_are_told_or_made_anew(
    opening: Opening, place: Path, folder: Path, model: BundledEmbedder
) -> None:
    first = opening()
    first.add([folder])
    first.close()
    shutil.rmtree(place / "chroma")
    again = opening()

    try:
        again.add([folder])
        found = _meant(again, model, "holiday")
    except KnowledgeError:
        return
    assert found[:1] == ["handbook.md"]


def test_the_vectors_are_worked_out_anew_when_they_were_damaged(
    opening: Opening, place: Path, folder: Path, model: BundledEmbedder
) -> None:
    first = opening()
    first.add([folder])
    first.close()
    (place / "chroma" / "chroma.sqlite3").write_bytes(b"junk" * 4_000)
    again = opening()
    with pytest.raises(KnowledgeError, match="advisor knowledge rebuild"):
        _meant(again, model, "holiday")

    again.rebuild()

    assert _meant(again, model, "holiday")[0] == "handbook.md"


def test_damaged_vectors_are_mended_or_told_in_words_of_ours(opening: Opening, place: Path, folder: Path) -> None:
    first = opening()
    first.add([folder])
    first.close()
    (place / "chroma" / "chroma.sqlite3").write_bytes(b"junk" * 4_000)
    again = opening()
    _write(folder, "handbook.md", "Changed.")

    with suppress(KnowledgeError):
        again.remove("travel/差旅.txt")
    with suppress(KnowledgeError):
        again.add([folder])


def test_a_damaged_database_is_told_in_words_of_ours(opening: Opening, place: Path, folder: Path) -> None:
    first = opening()
    first.add([folder])
    first.close()
    data = (place / "documents.sqlite3").read_bytes()
    (place / "documents.sqlite3").write_bytes(data[:4_096] + b"\xa5" * (len(data) - 4_096))

    for call in (DocumentStore.lines, lambda store: store.by_words("a", 1), lambda store: store.remove("a")):
        with pytest.raises(KnowledgeError):
            call(opening())


def test_an_interrupted_add_leaves_nothing_that_hides_what_is_added_later(
    opening: Opening, model: BundledEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "BATCH", 4)
    sections = [f"# Parking {n}\n\nParking place {n} is free.\n" for n in range(7)]
    big = _write(tmp_path, "big.md", "\n".join([*sections, "# End\n\nINTERRUPT\n"]))
    interrupted = opening(Interrupted(model))
    with pytest.raises(KeyboardInterrupt):
        interrupted.add([big])
    interrupted.close()
    store = opening()

    store.add([_write(tmp_path, "small.md", "Staff may take a holiday in summer.")])

    assert _names(store) == ["small.md"]
    assert _meant(store, model, "Where is a free parking place?") == ["small.md"]


# other processes

_ADDER = """
import sys
from pathlib import Path
from advisor.documents.store import DocumentStore
from advisor.llm.embeddings import BundledEmbedder

store = DocumentStore(Path(sys.argv[1]), BundledEmbedder())
if sys.argv[2] == "rebuild":
    store.rebuild()
else:
    report = store.add(map(Path, sys.argv[2:]), lambda step: print(step.done, flush=True))
    assert not report.failed
store.close()
"""


@contextmanager
def _adder(place: Path, *paths: Path | str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that adds, and prints a line for each file that it begins."""
    with subprocess.Popen(
        (sys.executable, "-c", _ADDER, str(place), *map(str, paths)),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=CHECKOUT,
    ) as process:  # fmt: skip
        yield process
        process.kill()


def _finish(process: subprocess.Popen[bytes]) -> None:
    _, stderr = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, stderr) == (0, b"")


def _many(folder: Path, count: int, first: int = 0) -> Path:
    """Small files of three passages, each with a word of its own."""
    for n in range(first, first + count):
        _write(folder, f"{n:03}.md", "".join(f"# Part {k}\n\nPart {k} is about word{n}x.\n\n" for k in range(3)))
    return folder


def _whole_and_once(store: DocumentStore) -> set[str]:
    """The names of the documents, each of which has all its passages, each once."""
    names = set(_names(store))
    assert all(line.passages == {"en": 3} for line in store.lines())
    assert len(store) == 3 * len(names)
    for name in names:
        found = store.by_words(f"word{int(name[:3])}x", 10)
        assert sorted(found) == [(name, f"{k} (line {4 * k - 1})") for k in (1, 2, 3)]
    return names


@pytest.mark.slow
def test_an_add_that_is_killed_leaves_whole_documents_and_is_gone_on_with(
    opening: Opening, place: Path, tmp_path: Path, model: BundledEmbedder
) -> None:
    folder, chance = _many(tmp_path / "many", 24), random.Random()  # noqa: S311 - any moment will do
    seen: set[str] = set()
    for _ in range(3):
        with _adder(place, folder) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.uniform(0.0, 0.4))
            process.kill()
            process.wait()
        after = opening()
        names = _whole_and_once(after)
        after.close()
        assert seen <= names
        seen = names

    store = opening()
    store.add([folder])

    assert len(_whole_and_once(store)) == 24
    assert _in_step(store)
    assert _meant(store, model, "Part 1 is about word17x.")


def test_stores_that_are_made_at_once_wait_for_each_other(tmp_path: Path, model: BundledEmbedder) -> None:
    """SQLite itself does not wait where the journal is to become a WAL."""
    faults: list[KnowledgeError] = []

    def make(folder: Path, together: threading.Barrier) -> None:
        together.wait()
        try:
            DocumentStore(folder, model).close()
        except KnowledgeError as fault:
            faults.append(fault)

    for number in range(8):
        together = threading.Barrier(4)
        making = [threading.Thread(target=make, args=(tmp_path / str(number), together)) for _ in range(4)]
        for thread in making:
            thread.start()
        for thread in making:
            thread.join()

    assert faults == []


@pytest.mark.slow
def test_two_processes_that_add_at_once_add_everything_once(opening: Opening, place: Path, tmp_path: Path) -> None:
    folder, other = _many(tmp_path / "many", 10), _many(tmp_path / "other", 6, first=500)
    opening().close()

    with _adder(place, folder) as first, _adder(place, other, folder) as second:
        _finish(first)
        _finish(second)

    store = opening()
    assert len(_whole_and_once(store)) == 16
    assert _in_step(store)


@pytest.mark.slow
def test_an_open_store_finds_what_another_process_adds(
    store: DocumentStore, place: Path, folder: Path, model: BundledEmbedder, tmp_path: Path
) -> None:
    """A running chat, and ``advisor knowledge add`` beside it."""
    store.add([folder])
    assert _meant(store, model, "soup")
    with _adder(place, _write(tmp_path, "menu.md", "The canteen serves soup.")) as process:
        _finish(process)

    assert _worded(store, "soup") == ["The canteen serves soup."]
    assert _meant(store, model, "What does the canteen serve?")[0] == "menu.md"


@pytest.mark.slow
def test_an_open_store_goes_on_when_another_process_rebuilds(
    store: DocumentStore, place: Path, folder: Path, model: BundledEmbedder
) -> None:
    store.add([folder])
    assert _meant(store, model, "holiday")
    with _adder(place, "rebuild") as process:
        _finish(process)

    assert _meant(store, model, "holiday")[0] == "handbook.md"
