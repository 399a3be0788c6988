"""A response as text."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.channels.render import footnote, plain, printable
from advisor.language import LANGUAGES, Language
from advisor.messages import Citation, Response

_CITATION = Citation(1, "article", "what-is-rag", "en", "It’s fast to set up.")


def _response(reply: str, *citations: Citation, language: Language = "en") -> Response:
    return Response(
        session="a",
        turn=1,
        reply=reply,
        language=language,
        asking=None,
        facts={},
        citations=citations,
        recommendation=None,
        supported=True,
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words, 日本語, 😀!", "plain words, 日本語, 😀!"),
        ("two\nlines", "two\nlines"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\x1b]0;title\x07", "]0;title"),
        ("\x9b31m", "31m"),
        ("a\rb\x08\x00\x7f", "ab"),
        ("right\u202eto\u2066left", "righttoleft"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("\ud800\ue000\U000e0041", ""),
    ],
    ids=ascii,
)
def test_nothing_that_a_terminal_would_obey_is_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters(max_codepoint=sys.maxunicode, exclude_categories=())))
def test_printable_text_holds_only_visible_characters_and_line_ends(text: str) -> None:
    shown = printable(text)

    assert {unicodedata.category(character)[0] for character in shown if character != "\n"} <= set("LMNPSZ")
    assert printable(shown) == shown


def test_a_footnote_tells_number_quote_place_and_language() -> None:
    assert footnote(_CITATION) == "[1] “It’s fast to set up.” — what-is-rag (en)"


def test_a_footnote_names_a_source_other_than_the_article() -> None:
    citation = Citation(2, "rules", "start-with-rag", "ja", "RAGから\n  始める。")

    assert footnote(citation) == "[2] “RAGから 始める。” — rules: start-with-rag (ja)"


def test_a_footnote_is_one_line_of_visible_characters() -> None:
    citation = Citation(3, "my\x1b[2J.txt", "a\nb", "en", "first\n\x1b[31msecond\tthird")

    assert "\x1b" not in footnote(citation)
    assert "[31msecond third" in footnote(citation)


def test_plain_text_drops_markdowns_marks_and_keeps_what_they_marked() -> None:
    reply = "**Bold [1]** and *daily* calls.\n\n- 2 * 3 = 6\n- snake_case, a*b*c, **"

    assert plain(_response(reply)) == "Bold [1] and daily calls.\n\n- 2 * 3 = 6\n- snake_case, a*b*c, **"


def test_a_reply_without_citations_has_no_heading_for_them() -> None:
    assert plain(_response("Hello.")) == "Hello."


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sources_stand_below_under_a_heading_in_the_replys_language(language: Language) -> None:
    body, heading, notes = plain(_response("So it is [1].", _CITATION, language=language)).rsplit("\n", 2)

    assert body == "So it is [1].\n"
    assert heading.strip()
    assert notes == "  [1] “It’s fast to set up.” — what-is-rag (en)"
    assert (heading == "Sources") == (language == "en")
