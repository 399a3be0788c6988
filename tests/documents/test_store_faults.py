"""The store of added documents where its files fail, and beside other processes and threads."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from advisor.documents import vectors
from advisor.documents.parsing import parse_text
from advisor.documents.rows import DATABASE, DocumentRows
from advisor.documents.store import KEPT, DocumentStore
from advisor.errors import KnowledgeError
from advisor.llm.embeddings import DIMENSIONS, BundledEmbedder
from tests.program import CHECKOUT, PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from advisor.llm.embeddings import Vectors


@pytest.fixture(scope="module")
def model() -> BundledEmbedder:
    return BundledEmbedder()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "documents"


@pytest.fixture
def store(place: Path, model: BundledEmbedder) -> Iterator[DocumentStore]:
    made = DocumentStore(place, model)
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of three documents."""
    made = tmp_path / "docs"
    made.mkdir()
    _write(made / "garage.md", "The garage closes at ten in the evening.")
    _write(made / "menu.md", "The canteen serves soup.")
    _write(made / "roof.md", "The roof is closed in winter.")
    return made


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def _nearest(store: DocumentStore, model: BundledEmbedder, question: str) -> str:
    return store.nearest(model.query(question), 3, "en")[0].source


def _in_step(store: DocumentStore) -> bool:
    return set(store._rows.keys()) == store._vectors.keys()


CALLS: dict[str, tuple[Any, ...]] = {
    "lines": (),
    "__len__": (),
    "passage": (("menu.md", "1 (line 1)"),),
    "nearest": (np.full(DIMENSIONS, DIMENSIONS**-0.5, dtype=np.float32), 3, "en"),
    "passages_with": ("soup",),
    "by_words": ("soup", 3),
    "add": ("FOLDER",),
    "add_document": ("given.md", parse_text("The cellar is dry.", "given.md")),
    "remove": ("menu.md",),
    "rebuild": (),
}
"""Every public method of the store, with arguments."""


def _call(store: DocumentStore, name: str, folder: Path) -> object:
    return getattr(store, name)(
        *([folder] if isinstance(each, str) and each == "FOLDER" else each for each in CALLS[name])
    )


# the database


@pytest.mark.parametrize("call", CALLS)
def test_a_database_damaged_while_it_is_open_is_told_with_its_path_and_what_to_do(
    store: DocumentStore, place: Path, folder: Path, call: str
) -> None:
    """Every table is gone: whatever is asked, SQLite refuses."""
    store.add([folder])
    other = sqlite3.connect(place / DATABASE)
    other.executescript("DROP TABLE documents; DROP TABLE passages; DROP TABLE searched; DROP TABLE generations;")
    other.close()

    with pytest.raises(KnowledgeError) as caught:
        _call(store, call, folder)

    assert str(place / DATABASE) in str(caught.value)
    assert "check the disk" in str(caught.value)
    assert isinstance(caught.value.__cause__, sqlite3.Error)


def test_pages_that_hold_rubbish_are_told_and_a_backup_is_named(
    place: Path, folder: Path, model: BundledEmbedder
) -> None:
    first = DocumentStore(place, model)
    first.add([folder])
    first.close()
    data = (place / DATABASE).read_bytes()
    (place / DATABASE).write_bytes(data[:8_192] + b"\xa5" * (len(data) - 8_192))

    with pytest.raises(KnowledgeError, match=r"documents\.sqlite3.*cannot be .*restore it from a backup"):
        DocumentStore(place, model).lines()


def test_a_full_disk_is_told(store: DocumentStore, folder: Path) -> None:
    store.add([folder])
    pages = store._rows.database.execute("PRAGMA page_count").fetchone()[0]
    store._rows.database.execute(f"PRAGMA max_page_count={pages}")
    _write(folder / "long.md", "".join(f"Word{n} is here, and it is long.\n\n" for n in range(2_000)))

    with pytest.raises(KnowledgeError, match=r"cannot be written: .*; free some space"):
        store.add([folder])

    assert len(store.lines()) == 3


def test_a_database_that_another_program_keeps_locked_is_told(store: DocumentStore, place: Path, folder: Path) -> None:
    store.add([folder])
    store._rows.database.execute("PRAGMA busy_timeout=50")
    other = sqlite3.connect(place / DATABASE)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(KnowledgeError, match="another program is writing there; try again"):
        store.remove("menu.md")

    other.rollback()
    other.close()
    assert store.remove("menu.md")


@pytest.mark.parametrize("call", ["add", "add_document", "remove", "rebuild"])
def test_a_folder_that_is_gone_is_told(store: DocumentStore, place: Path, folder: Path, call: str) -> None:
    store.add([folder])
    shutil.rmtree(place)
    _write(place, "in the way")

    with pytest.raises(KnowledgeError, match="cannot be written"):
        _call(store, call, folder)


# the vectors


@pytest.mark.parametrize("call", ["nearest", "add", "add_document", "remove"])
def test_damaged_vectors_are_told_with_what_mends_them(
    place: Path, folder: Path, model: BundledEmbedder, call: str
) -> None:
    first = DocumentStore(place, model)
    first.add([folder])
    first.close()
    (place / "chroma" / "chroma.sqlite3").write_bytes(b"junk" * 4_000)
    again = DocumentStore(place, model)

    with pytest.raises(KnowledgeError, match="advisor knowledge rebuild"):
        _call(again, call, folder)

    again.rebuild()
    assert _nearest(again, model, "When does the garage close?") == "garage.md"
    again.close()


def test_a_document_whose_vectors_are_damaged_is_removed_all_the_same(
    place: Path, folder: Path, model: BundledEmbedder
) -> None:
    first = DocumentStore(place, model)
    first.add([folder])
    first.close()
    (place / "chroma" / "chroma.sqlite3").write_bytes(b"junk" * 4_000)
    again = DocumentStore(place, model)

    with pytest.raises(KnowledgeError, match=r"'menu\.md' is removed, but the vectors .* are missing or damaged"):
        again.remove("menu.md")

    assert [line.name for line in again.lines()] == ["garage.md", "roof.md"]
    again.close()


def test_a_panic_of_chroma_is_told_like_other_damage(
    store: DocumentStore, folder: Path, model: BundledEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What its Rust part raises then is no `Exception`."""

    class PanicException(BaseException):
        pass

    def panics(*_: object, **__: object) -> None:
        raise PanicException

    store.add([folder])
    _nearest(store, model, "soup")
    monkeypatch.setattr(type(store._vectors._opened), "query", panics)

    with pytest.raises(KnowledgeError, match="advisor knowledge rebuild"):
        _nearest(store, model, "soup")


# keys


def test_keys_of_an_add_that_was_rolled_back_are_not_used_again(
    store: DocumentStore, folder: Path, model: BundledEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their vectors are there already, and would stand for other passages."""

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(DocumentRows, "replace", stopped)
        with pytest.raises(KeyboardInterrupt):
            store.add([folder / "menu.md"])
    left = store._vectors.keys()
    assert left

    store.add_document("given.md", parse_text("The cellar is dry.", "given.md"))

    assert left.isdisjoint(store._rows.keys())
    assert [near.source for near in store.nearest(model.query("soup"), 3, "en")] in ([], ["given.md"])
    store.add([folder])
    assert left.isdisjoint(store._vectors.keys())
    assert _in_step(store)


def test_the_highest_key_is_not_given_out_again_after_everything_was_removed(
    store: DocumentStore, folder: Path
) -> None:
    store.add([folder])
    used = set(store._rows.keys())
    for line in store.lines():
        store.remove(line.name)

    store.add([folder])

    assert used.isdisjoint(store._rows.keys())


# what is counted, and when


def test_the_number_of_passages_is_counted_only_when_something_was_written(
    store: DocumentStore, place: Path, folder: Path, model: BundledEmbedder
) -> None:
    store.add([folder])
    other = DocumentStore(place, model)
    assert (len(store), len(other)) == (3, 3)
    asked: list[str] = []
    store._rows.database.set_trace_callback(asked.append)

    for _ in range(5):
        assert len(store) == 3
        store.nearest(model.query("soup"), 3, "en")

    assert not [statement for statement in asked if "sum(" in statement or "count(" in statement]
    other.remove("menu.md")
    assert len(store) == len(other) == 2
    store.remove("roof.md")
    assert len(store) == len(other) == 1
    other.close()


def test_what_a_store_writes_itself_does_not_open_its_vectors_anew(
    store: DocumentStore, folder: Path, model: BundledEmbedder
) -> None:
    store.add([folder])
    assert _nearest(store, model, "soup")
    client = store._vectors._client

    _write(folder / "roof.md", "The roof is open in summer.")
    store.add([folder])
    store.remove("menu.md")

    assert _nearest(store, model, "When is the roof open?") == "roof.md"
    assert store._vectors._client is client


# files that cannot be read any more


def test_a_changed_file_that_cannot_be_read_keeps_its_earlier_text_and_says_so(
    store: DocumentStore, folder: Path
) -> None:
    store.add([folder])
    (folder / "menu.md").write_bytes(bytes(range(256)) * 40)
    _write(folder / "roof.md", "")
    (folder / "new.md").write_bytes(bytes(range(256)) * 40)

    report = store.add([folder])

    told = dict(report.failed)
    assert sorted(told) == ["menu.md", "new.md", "roof.md"]
    assert told["menu.md"].endswith(f"; {KEPT}")
    assert told["roof.md"].endswith(f"; {KEPT}")
    assert KEPT not in told["new.md"]
    assert (report.changed, report.removed) == ([], [])
    assert [source for source, _ in store.by_words("soup", 3)] == ["menu.md"]


def test_a_named_path_that_is_gone_keeps_its_earlier_text_and_says_so(store: DocumentStore, folder: Path) -> None:
    store.add([folder])
    shutil.rmtree(folder)

    report = store.add([folder, folder / "menu.md", folder / "other.md"])

    assert [reason for _, reason in report.failed] == [
        f"there is no such file or folder; {KEPT}",
        f"there is no such file or folder; {KEPT}",
        "there is no such file or folder",
    ]
    assert len(store.lines()) == 3


def test_a_folder_below_that_cannot_be_entered_loses_nothing(store: DocumentStore, folder: Path) -> None:
    """As it is without the right to, or while a disk is away; for root, a link that leads to itself will do."""
    (folder / "below").mkdir()
    _write(folder / "below" / "cellar.md", "The cellar is dry.")
    store.add([folder])
    shutil.rmtree(folder / "below")
    (folder / "below").symlink_to(folder / "below")

    report = store.add([folder])

    ((name, reason),) = report.failed
    assert (name, report.removed) == ("below/cellar.md", [])
    assert reason.startswith("it cannot be read: ")
    assert reason.endswith(KEPT)
    assert [source for source, _ in store.by_words("cellar", 3)] == ["below/cellar.md"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_that_is_named_is_not_waited_for(store: DocumentStore, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")

    ((_, reason),) = store.add([tmp_path / "pipe.md"]).failed

    assert "is not a file" in reason


def test_a_file_that_is_too_large_is_not_read_to_be_compared(
    store: DocumentStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "large.md").open("wb") as file:
        file.truncate(50_000_001)

    def unread(*_: object, **__: object) -> None:
        message = "it was read"
        raise AssertionError(message)

    monkeypatch.setattr("advisor.documents.files.hashlib.sha256", unread)

    ((_, reason),) = store.add([tmp_path / "large.md"]).failed

    assert "larger than 50 MB" in reason


def test_a_name_that_is_no_text_names_no_document(store: DocumentStore, folder: Path) -> None:
    store.add([folder])

    assert not store.remove("\udcff.md")


# other threads and processes


class _Slow(BundledEmbedder):
    """The bundled model, which in the middle of a passage waits to be let on."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go_on = threading.Event(), threading.Event()

    def passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        if any("SLOW" in text for text in texts):
            self.begun.set()
            assert self.go_on.wait(PATIENCE_S)
        return super().passages(texts, progress)


def test_nobody_waits_while_a_document_is_embedded(place: Path, folder: Path) -> None:
    slow = _Slow()
    store = DocumentStore(place, slow)
    store.add([folder])
    _write(folder / "slow.md", "SLOW")
    adding = threading.Thread(target=store.add, args=([folder],))
    adding.start()
    assert slow.begun.wait(PATIENCE_S)
    found: list[object] = []
    searching = threading.Thread(
        target=lambda: found.extend([store.by_words("soup", 1), _nearest(store, slow, "soup"), len(store)])
    )

    searching.start()
    searching.join(5)
    waited = searching.is_alive()
    slow.go_on.set()
    searching.join()
    adding.join()

    assert not waited
    assert found == [[("menu.md", "1 (line 1)")], "menu.md", 3]
    assert len(store) == 4
    store.close()


_OTHER = """
import sys
from pathlib import Path
from advisor.documents.store import DocumentStore
from advisor.llm.embeddings import DIMENSIONS, BundledEmbedder

store = DocumentStore(Path(sys.argv[1]), BundledEmbedder())
for line in sys.stdin:
    kind, _, rest = line.rstrip().partition(" ")
    if kind == "remove":
        print(store.remove(rest), flush=True)
    elif kind == "add":
        print(store.add([Path(rest)]).failed, flush=True)
    else:
        print(" ".join(near.source for near in store.nearest(store._embedder.query(rest), 3, "en")), flush=True)
"""


@pytest.fixture
def other(place: Path) -> Iterator[Callable[[str], str]]:
    """Tells a process that keeps the same store open what to do, and returns what it says."""
    with subprocess.Popen(
        (sys.executable, "-c", _OTHER, str(place)),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=CHECKOUT, text=True,
    ) as process:  # fmt: skip

        def tell(line: str) -> str:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{line}\n")
            process.stdin.flush()
            return process.stdout.readline().strip()

        yield tell
        process.kill()


@pytest.mark.slow
def test_two_processes_that_keep_a_store_open_see_by_meaning_what_the_other_adds_changes_and_removes(
    store: DocumentStore, folder: Path, model: BundledEmbedder, other: Callable[[str], str]
) -> None:
    garage, soup = "When does the garage close?", "What does the canteen serve?"
    assert other(f"add {folder / 'garage.md'}") == "[]"
    assert _nearest(store, model, soup) == "garage.md"

    store.add([folder / "menu.md"])
    assert other(f"ask {soup}") == "menu.md garage.md"

    _write(folder / "garage.md", "Parrots talk.")
    assert other(f"add {folder / 'garage.md'}") == "[]"
    assert _nearest(store, model, "Which birds can speak?") == "garage.md"
    assert _nearest(store, model, soup) == "menu.md"

    assert other("remove menu.md") == "True"
    assert [near.source for near in store.nearest(model.query(soup), 3, "en")] == ["garage.md"]

    store.rebuild()
    assert other(f"ask {garage}") == "garage.md"
    store.add([folder / "roof.md"])
    assert other("ask When is the roof closed?").split()[0] == "roof.md"
    assert _in_step(store)


@pytest.mark.slow
def test_searching_beside_a_process_that_adds_never_fails_and_both_can_write_afterwards(
    store: DocumentStore, folder: Path, model: BundledEmbedder, other: Callable[[str], str],
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The vectors are written through to their files all the time, by either."""
    monkeypatch.setitem(vectors._HNSW, "batch_size", 4)
    monkeypatch.setitem(vectors._HNSW, "sync_threshold", 5)
    store.add([folder])
    for number in range(12):
        (tmp_path / "many").mkdir(exist_ok=True)
        sections = (f"# Room {number} {part}\n\nRoom {number} has lamp {part}.\n" for part in range(3))
        _write(tmp_path / "many" / f"{number}.md", "\n".join(sections))
    done = threading.Event()

    def add() -> None:
        assert other(f"add {tmp_path / 'many'}") == "[]"
        done.set()

    adding = threading.Thread(target=add)
    adding.start()
    while not done.wait(0.01):
        assert store.nearest(model.query("Which room has a lamp?"), 5, "en")
        assert adding.is_alive() or done.is_set()
    adding.join()

    assert len(store) == 39
    assert _in_step(store)
    assert store.remove("menu.md")
    assert other(f"add {folder}") == "[]"
    assert {near.source for near in store.nearest(model.query("soup"), 39, "en")} == {
        *(f"{number}.md" for number in range(12)), "garage.md", "roof.md", "menu.md"}  # fmt: skip
    assert _in_step(store)
