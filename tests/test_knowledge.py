"""The article: every word of it stands in some passage, and no passage holds a word that it does not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from advisor.content import content_path
from advisor.errors import KnowledgeError
from advisor.knowledge import ARTICLE_LANGUAGES, Passage, article, in_language, read_article

if TYPE_CHECKING:
    from pathlib import Path

SECTIONS = (
    "overview",
    "landscape-2026",
    "what-is-rag",
    "value-of-fine-tuning",
    "core-differences",
    "my-take",
    "when-to-fine-tune",
    "hybrid-option",
    "decision-framework",
    "closing",
    "references",
)
"""The contract's sections."""


def _file(language: str) -> str:
    return content_path("knowledge", "article", f"{language}.md").read_text(encoding="utf-8")


def _passages(language: str) -> tuple[Passage, ...]:
    return read_article(content_path("knowledge", "article", f"{language}.md"))


# The shipped article


@pytest.mark.parametrize("language", ARTICLE_LANGUAGES)
def test_every_line_of_a_passage_stands_verbatim_in_a_line_of_the_file(language: str) -> None:
    lines = _file(language).splitlines()

    for passage in _passages(language):
        for words in (passage.heading, *passage.lines):
            assert any(words in line for line in lines), (passage.id, words)


@pytest.mark.parametrize("language", ARTICLE_LANGUAGES)
def test_every_line_of_the_file_stands_whole_in_a_passage(language: str) -> None:
    """All that is taken away are the marks: the front matter, rules, #, -, > and the id in braces."""
    _, _, body = _file(language).split("---\n", maxsplit=2)
    written = {
        re.sub(r"^(#+|-|>) | \{#[a-z0-9/-]+\}$", "", line) for line in body.splitlines() if line not in ("", "---")
    }

    kept = {words for passage in _passages(language) for words in (passage.heading, *passage.lines)}

    assert kept == written


@pytest.mark.parametrize("language", ARTICLE_LANGUAGES)
def test_a_passage_has_the_id_that_the_file_gives_it(language: str) -> None:
    ids = re.findall(r"\{#([a-z0-9/-]+)\}", _file(language))

    assert sorted(passage.id for passage in _passages(language)) == sorted(ids)
    for passage in _passages(language):
        last = passage.lines[0] if passage.lines == (passage.heading,) or "/" in passage.id else passage.heading
        assert f"{last} {{#{passage.id}}}" in _file(language)


def test_the_sections_are_those_of_the_contract() -> None:
    assert {passage_id for passage_id in article() if "/" not in passage_id} == set(SECTIONS)


def test_a_bullets_id_starts_with_its_section() -> None:
    for passage_id, parallel in article().items():
        section = passage_id.partition("/")[0]
        assert section in SECTIONS
        for language, passage in parallel.items():
            assert passage.heading == article()[section][language].heading


@pytest.mark.parametrize(
    ("section", "bullets"),
    [
        ("core-differences", 4),
        ("when-to-fine-tune", 3),
        ("decision-framework", 4),
        ("overview", 0),
        ("my-take", 0),
    ],
)
def test_lists_have_as_many_bullets_as_the_article(section: str, bullets: int) -> None:
    assert sum(passage_id.startswith(f"{section}/") for passage_id in article()) == bullets


def test_the_ids_are_the_same_in_all_languages_but_for_the_references_that_only_chinese_has() -> None:
    for passage_id, parallel in article().items():
        languages = ["zh-Hant"] if passage_id == "references" else ["en", "ja", "zh-Hant"]
        assert sorted(parallel) == languages, passage_id


def test_a_passage_knows_where_it_comes_from() -> None:
    for passage_id, parallel in article().items():
        for language, passage in parallel.items():
            assert (passage.source, passage.id, passage.language) == ("article", passage_id, language)


def test_no_line_of_a_passage_is_empty_or_keeps_its_marks() -> None:
    for parallel in article().values():
        for passage in parallel.values():
            assert passage.lines
            for words in (passage.heading, *passage.lines):
                assert words == words.strip() != ""
                assert not words.startswith(("#", "- ", ">"))
                assert "{#" not in words


def test_a_quoted_sentence_is_a_line_of_its_own_so_that_no_quote_crosses_it() -> None:
    text, quoted = article()["my-take"]["en"].lines

    assert text.endswith("then decide if fine-tuning is warranted.")
    assert (
        quoted
        == "“RAG is your first answer. Fine-tuning is your second answer — after you actually know the question.”"
    )
    assert article()["my-take"]["en"].text == f"{text}\n{quoted}"


def test_a_section_that_is_a_list_quotes_its_heading() -> None:
    section = article()["decision-framework"]["en"]

    assert section.lines == ("Enterprise Decision Framework: Four Questions to Find Your Answer",)


# The language to show


@pytest.mark.parametrize(
    ("reader", "shown"), [("en", "en"), ("ja", "ja"), ("zh-Hant", "zh-Hant"), ("zh-Hans", "zh-Hant")]
)
def test_a_reader_sees_their_own_language_or_the_nearest(reader: str, shown: str) -> None:
    assert in_language(article()["closing"], reader).language == shown


@pytest.mark.parametrize("reader", ["en", "ja", "zh-Hant", "zh-Hans"])
def test_what_stands_in_one_language_only_is_shown_in_that(reader: str) -> None:
    assert in_language(article()["references"], reader).language == "zh-Hant"


def test_a_reader_of_simplified_chinese_sees_it_where_a_source_has_it() -> None:
    parallel = {
        language: Passage("handbook.md", "one", language, "A heading", ("A line",))
        for language in ("zh-Hant", "zh-Hans")
    }

    assert in_language(parallel, "zh-Hans").language == "zh-Hans"


# Files that cannot be read


def _written(folder: Path, text: str) -> Path:
    path = folder / "en.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_parts_of_a_file_become_passages(tmp_path: Path) -> None:
    path = _written(
        tmp_path,
        "---\nlanguage: en\n---\n\n# Title {#overview}\n\nLead.\n\n## List {#list}\n\n- First {#list/first}\n"
        "- Second {#list/second}\n\n---\n\nA note. {#references}\n",
    )

    assert [(passage.id, passage.heading, passage.lines) for passage in read_article(path)] == [
        ("overview", "Title", ("Lead.",)),
        ("list", "List", ("List",)),
        ("list/first", "List", ("First",)),
        ("list/second", "List", ("Second",)),
        ("references", "A note.", ("A note.",)),
    ]
    assert {passage.language for passage in read_article(path)} == {"en"}


@pytest.mark.parametrize("line", ["## A heading", "- A bullet", "## A heading {#With Capitals}", "- A bullet {#}"])
def test_a_heading_or_bullet_without_an_id_is_refused_with_the_file_and_its_words(tmp_path: Path, line: str) -> None:
    path = _written(tmp_path, f"# Title {{#overview}}\n\nLead.\n\n{line}\n")

    with pytest.raises(KnowledgeError) as refused:
        read_article(path)

    assert str(refused.value) == f"en.md: {line!r} has no id in braces"


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"the article 'fr\.md' cannot be read"):
        read_article(tmp_path / "fr.md")


def test_a_file_in_another_encoding_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "ja.md").write_bytes("# 記事 {#overview}".encode("shift_jis"))

    with pytest.raises(KnowledgeError, match=r"the article 'ja\.md' cannot be read"):
        read_article(tmp_path / "ja.md")
