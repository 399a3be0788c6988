"""``advisor knowledge`` as a user or a script runs it: exit status, and results alone on stdout."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import PurePath
from typing import TYPE_CHECKING

import pytest

from advisor.documents.store import DocumentStore
from advisor.llm.embeddings import BundledEmbedder
from tests.program import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.program import Finished

pytestmark = pytest.mark.slow

_ESCAPE = "\x1b"


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    (folder / "travel").mkdir(parents=True)
    (folder / "handbook.md").write_text("# Handbook\n\nThe garage closes at ten in the evening.\n", encoding="utf-8")
    (folder / "menu.txt").write_text("The canteen serves soup.\n", encoding="utf-8")
    (folder / "travel" / "差旅.md").write_text("# 差旅\n\n出差住宿每晚上限三千元。\n", encoding="utf-8")
    return folder


def _fails(ended: Finished, told: str) -> None:
    """Status 1, messages on stderr alone, none of them a traceback or anything that a terminal obeys."""
    assert ended.status == 1
    assert all(line.startswith("advisor: ") for line in ended.stderr.splitlines())
    assert told in ended.stderr
    assert _ESCAPE not in ended.stderr


def test_documents_are_added_listed_and_removed_in_words(docs: Path) -> None:
    added = run("knowledge", "add", str(docs))
    listed = run("knowledge", "list")
    misspelt = run("knowledge", "remove", "handbok.md")
    removed = run("knowledge", "remove", "travel/差旅.md")

    assert (added.status, listed.status, removed.status) == (0, 0, 0)
    assert added.stdout == "3 added; 3 new passages. See them with: advisor knowledge list\n"
    assert [line.split()[:3] for line in listed.stdout.splitlines()[2:]] == [
        ["handbook.md", "en:", "1"],
        ["menu.txt", "en:", "1"],
        ["travel/差旅.md", "zh-Hant:", "1"],
    ]
    assert "“Handbook”" in listed.stdout
    _fails(misspelt, "there is no document 'handbok.md'; did you mean 'handbook.md'?")
    assert removed.stdout == "Removed 'travel/差旅.md'.\n"
    assert (docs / "travel" / "差旅.md").exists()
    assert misspelt.stdout == listed.stderr == removed.stderr == ""


def test_as_json_what_fails_is_told_and_the_rest_is_added_and_brought_up_to_date(docs: Path) -> None:
    (docs / "broken.pdf").write_bytes(b"%PDF-1.7 not really")
    added = run("knowledge", "add", str(docs), str(docs / "nowhere.md"), str(docs / "*.docx"), "--json")
    for gone in ("broken.pdf", "menu.txt"):
        (docs / gone).unlink()
    (docs / "handbook.md").write_text("# Handbook\n\nThe garage closes at nine.\n\n# Roof\n\nNo.\n", encoding="utf-8")
    again = run("knowledge", "add", "--json", str(docs))
    listed = run("knowledge", "list", "--json")

    _fails(added, "nowhere.md: there is no such file or folder")
    failures = added.records[0]["failures"]
    nothing = {"added": 0, "changed": 0, "unchanged": 0, "removed": 0, "failed": 0, "passages": 0, "failures": []}
    assert added.records == [{**nothing, "added": 3, "failed": 3, "passages": 3, "failures": failures}]
    assert [PurePath(file).name for file, _ in failures] == ["nowhere.md", "*.docx", "broken.pdf"]
    assert all(f"advisor: {file}: {reason}\n" in added.stderr for file, reason in failures)
    assert (again.status, listed.status) == (0, 0)
    assert again.records == [{**nothing, "changed": 1, "unchanged": 1, "removed": 1, "passages": 2}]
    assert [source["source"] for source in listed.records] == ["article", "rules", "handbook.md", "travel/差旅.md"]
    handbook = listed.records[2]
    assert list(handbook) == ["source", "passages", "title", "path", "added"]
    assert (handbook["passages"], handbook["title"]) == ({"en": 2}, "Handbook")
    assert handbook["path"] == str(docs / "handbook.md")


def test_patterns_match_and_names_with_odd_characters_are_names(docs: Path) -> None:
    (docs / "a[1].md").write_text("The roof is closed.", encoding="utf-8")
    (docs / "\x1b]0;title\x07\u202eb.text").write_text(
        "=====\n\x1b[2JRed\n=====\n\nThe cellar is open.\n", encoding="utf-8"
    )

    added = run("knowledge", "add", str(docs / "**" / "差*.md"), str(docs / "a[1].md"), str(docs / "*.t?xt"))
    listed = run("knowledge", "list")

    assert (added.status, listed.status) == (0, 0)
    assert added.stdout.startswith("3 added; 3 new passages.")
    assert [line.split()[0] for line in listed.stdout.splitlines()[2:]] == ["_0;titleb.text", "a_1_.md", "差旅.md"]
    assert "“Red”" in listed.stdout
    assert (added.stdout + added.stderr + listed.stdout + listed.stderr).replace("\n", "").isprintable()


def test_nothing_that_can_be_added_is_a_failure(tmp_path: Path) -> None:
    ended = run("knowledge", "add", str(tmp_path / "nowhere"))

    _fails(ended, "there is no such file or folder")
    assert ended.stdout == "1 failed; 0 new passages. See them with: advisor knowledge list\n"


@pytest.mark.parametrize(
    "arguments", [("add",), ("add", "--colour", "x"), ("remove",), ("remove", "a", "b"), ("nonsense",)]
)
def test_wrong_usage_exits_with_2(arguments: tuple[str, ...]) -> None:
    ended = run("knowledge", *arguments)

    assert (ended.status, ended.stdout) == (2, "")
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("name", ["handbook.md", "", "\x1b[31mzzz"], ids=ascii)
def test_where_nothing_was_added_nothing_can_be_removed_and_nothing_is_made(name: str, tmp_path: Path) -> None:
    ended = run("knowledge", "remove", name)

    _fails(ended, "there is no document")
    assert "; see: advisor knowledge list" in ended.stderr
    assert ended.stdout == ""
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("name", ["article", "rules"])
def test_what_the_advisor_is_made_of_cannot_be_removed(name: str) -> None:
    ended = run("knowledge", "remove", name)

    _fails(ended, f"{name!r} is part of the advisor and cannot be removed")
    assert ended.stdout == ""


def test_a_path_with_an_escape_code_is_told_without_it(tmp_path: Path) -> None:
    _fails(run("knowledge", "add", str(tmp_path / "new\x1b[31mline.md")), "there is no such file")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are no text")
def test_a_name_that_is_no_text_is_told_and_the_rest_added(docs: Path) -> None:
    with open(os.fsencode(docs) + b"/a\xff.md", "wb") as file:  # noqa: PTH123 - a name in bytes
        file.write(b"Odd.")

    ended = run("knowledge", "add", str(docs), "--json")

    assert ended.records[0]["added"] + ended.records[0]["failed"] == 4


def test_a_home_that_cannot_be_written_is_told(docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may write anywhere, but nobody can make a folder below a plain file."""
    monkeypatch.setenv("ADVISOR_HOME", str(tmp_path / "docs" / "menu.txt" / "home"))

    ended = run("knowledge", "add", str(docs))

    _fails(ended, "cannot be opened")
    assert ended.stdout == ""


def test_a_rebuild_works_the_vectors_out_anew_that_were_lost(docs: Path, tmp_path: Path) -> None:
    documents = tmp_path / "home" / "documents"
    run("knowledge", "add", str(docs / "menu.txt"))
    shutil.rmtree(documents / "chroma")

    rebuilt = run("knowledge", "rebuild")

    assert rebuilt.status == 0
    assert rebuilt.stdout.splitlines()[-1] == f"The vectors of 1 added passages are in {documents}"
    embedder = BundledEmbedder()
    store = DocumentStore(documents, embedder)
    assert [near.source for near in store.nearest(embedder.query("スープ"), 3, "ja")] == ["menu.txt"]
    store.close()
