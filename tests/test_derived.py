"""What is built from the content: built once, whole or not at all, and built anew when it is damaged."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from advisor import content, derived
from advisor.app import Advisor
from advisor.content import content_path
from advisor.conversation import Conversation
from advisor.derived import fingerprint
from advisor.errors import KnowledgeError
from advisor.sessions import SessionStore
from advisor.settings import Settings, load_settings
from advisor.understanding.reader import Reader
from tests.program import PATIENCE_S, run, start

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SEARCH = ("search", "What is RAG?", "-k", "3", "--json")
_ASK = ("ask", "What is RAG?")


# the fingerprint


@pytest.fixture
def copied_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped knowledge, copied where it may be edited."""
    shutil.copytree(content_path("knowledge"), tmp_path / "checkout" / "knowledge")
    monkeypatch.setattr(content, "_PACKAGE", tmp_path / "checkout" / "advisor")
    return tmp_path / "checkout" / "knowledge"


@pytest.mark.parametrize("name", ["rules.yaml", "article/ja.md", "exemplars/zh-Hans.yaml", "questions/en.yaml"])
def test_any_change_of_what_it_is_built_from_changes_the_fingerprint(copied_content: Path, name: str) -> None:
    before = fingerprint()

    with (copied_content / name).open("a", encoding="utf-8") as file:
        file.write("\n")

    assert fingerprint() != before


def test_a_renamed_source_changes_the_fingerprint(copied_content: Path) -> None:
    before = fingerprint()

    (copied_content / "article" / "ja.md").rename(copied_content / "article" / "jp.md")

    assert fingerprint() != before


def test_the_same_content_elsewhere_has_the_same_fingerprint(
    copied_content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = fingerprint()
    (copied_content / "vectors.npz").unlink()
    without_vectors = fingerprint()
    monkeypatch.undo()

    assert copied == without_vectors == fingerprint()


# opening


@pytest.fixture
def told(settings: Settings) -> list[tuple[int, int]]:
    """The progress of whatever warming an advisor builds in this home."""
    heard: list[tuple[int, int]] = []
    advisor = Advisor(settings, progress=lambda done, total: heard.append((done, total)))
    advisor.warm()
    advisor.close()
    return heard


def test_a_finished_index_is_opened_and_nothing_is_built(told: list[tuple[int, int]]) -> None:
    assert told == []


def test_what_lies_beside_a_finished_index_does_not_matter(home: Path, settings: Settings) -> None:
    (home / "index" / "0123456789abcdef.building").mkdir()
    (home / "index" / "notes.txt").write_text("mine")

    advisor = Advisor(settings)
    advisor.warm()

    assert advisor.retriever.search("What is RAG?", 1, "en")[0].passage.id == "what-is-rag"
    assert (home / "index" / "notes.txt").read_text() == "mine"


def test_an_unwritable_home_tells_where_and_what_to_do(tmp_path: Path) -> None:
    """Below a plain file not even root can make a folder."""
    (tmp_path / "file").write_text("in the way")
    home = tmp_path / "file" / "home"

    with pytest.raises(KnowledgeError) as raised:
        Advisor(load_settings({"ADVISOR_HOME": str(home)})).warm()

    assert str(home / "index") in str(raised.value)
    assert "set ADVISOR_HOME to a folder that you may write to" in str(raised.value)


def test_waiting_for_another_process_that_builds_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived, "LOCK_TIMEOUT_S", 0.05)
    index = tmp_path / "home" / "index"
    index.mkdir(parents=True)

    with (
        FileLock(index / ".lock"),
        pytest.raises(KnowledgeError, match=r"another process has been building the index in .* try later"),
    ):
        Advisor(load_settings()).warm()


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 torn", b"\x00" * 5_000], ids=["empty", "torn", "zeros"])
def test_a_damaged_reader_is_not_taken_for_one(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "reader.npz").write_bytes(damage)

    with pytest.raises(KnowledgeError, match=r"the trained reader 'reader.npz' is damaged"):
        Reader.load(tmp_path / "reader.npz")


# building


def _names(index: Path) -> list[str]:
    return sorted(entry.name for entry in index.iterdir() if entry.name != ".lock")


def _wait_for(appears: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not appears():
        assert time.monotonic() < end
        time.sleep(0.005)


def _overwrite(file: Path) -> None:
    file.write_bytes(os.urandom(file.stat().st_size))


def _empty(file: Path) -> None:
    os.truncate(file, 0)


def _cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 3)


@pytest.mark.slow
def test_after_a_killed_build_two_processes_at_once_build_the_index_once(home: Path) -> None:
    """A damaged index and one of other content lie there; a killed build leaves nothing that is taken for finished."""
    index = home / "index"
    _cut(index / fingerprint() / "reader.npz")
    _cut(index / fingerprint() / "words.sqlite3")
    (index / "0123456789abcdef" / "chroma").mkdir(parents=True)
    killed = start(*_ASK)
    _wait_for(lambda: any(index.glob("*.building/words.sqlite3")))
    killed.kill()
    killed.communicate()
    assert _names(index) == ["0123456789abcdef", f"{fingerprint()}.building"]

    pair = [start(*_ASK), start(*_ASK)]
    outputs = [process.communicate(timeout=PATIENCE_S) for process in pair]

    assert [process.returncode for process in pair] == [0, 0]
    assert all(b"what-is-rag" in stdout for stdout, _ in outputs)
    assert sum(stderr.count(b"building the index") for _, stderr in outputs) == 1
    assert _names(index) == [fingerprint()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("damage", "files"),
    [
        (_empty, "chroma/chroma.sqlite3"),
        (_overwrite, "chroma/*/header.bin"),
    ],
    ids=["emptied Chroma database", "overwritten HNSW header"],
)
def test_a_damaged_index_is_built_anew_and_sessions_stay_untouched(
    home: Path, damage: Callable[[Path], None], files: str
) -> None:
    store = SessionStore(home / "sessions.sqlite3")
    store.append("a", 1, "2026-11-23T15:00:00.000+00:00", "kept", {"reply": "as it was"}, Conversation())
    (file,) = (home / "index" / fingerprint()).glob(files)
    damage(file)

    mended = run(*_SEARCH)
    again = run(*_SEARCH)

    assert (mended.status, mended.stderr) == (0, "advisor: building the index (once) …\nadvisor: done\n")
    assert (again.status, again.stderr) == (0, "")
    assert mended.records == again.records
    assert mended.records[0]["id"] == "what-is-rag"
    assert store.transcript("a") == (("kept", {"reply": "as it was"}),)
    store.close()
