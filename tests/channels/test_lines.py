"""The conversation without a terminal: a message a line in, plain text out."""

from __future__ import annotations

import io
import shutil
from typing import TYPE_CHECKING

import pytest

from advisor.app import Advisor
from advisor.channels import lines
from advisor.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from advisor.language import Language


@pytest.fixture(scope="module")
def talking(tmp_path_factory: pytest.TempPathFactory, built_index: Path) -> Iterator[Advisor]:
    home = tmp_path_factory.mktemp("lines")
    shutil.copytree(built_index, home / "index", ignore=shutil.ignore_patterns(".lock"))
    advisor = Advisor(load_settings({"ADVISOR_HOME": str(home)}))
    yield advisor
    advisor.close()


def _serve(
    advisor: Advisor, source: bytes, session: str, language: Language | None = None
) -> tuple[int, str, str, list[str]]:
    """How many lines failed, what was shown, what was complained of, and what was stored."""
    sink, errors = io.StringIO(), io.StringIO()
    failed = lines.serve(advisor, io.BytesIO(source), sink, errors, session=session, language=language)
    stored = [text for text, _ in advisor.sessions.transcript(session)]
    return failed, sink.getvalue(), errors.getvalue(), stored


def test_each_line_gets_a_reply_and_the_end_of_input_ends_it(talking: Advisor) -> None:
    failed, shown, complained, stored = _serve(talking, b"hello\nour prices change every Monday", "two lines")

    assert (failed, complained, stored) == (0, "", ["hello", "our prices change every Monday"])
    assert "Noted: the knowledge changes weekly" in shown
    assert shown.endswith(")\n\n")


def test_empty_lines_are_passed_over(talking: Advisor) -> None:
    assert _serve(talking, b"\n   \n\r\n\xef\xbb\xbf\n", "empty") == (0, "", "", [])


def test_a_line_that_is_not_utf_8_is_told_and_the_next_one_is_answered(talking: Advisor) -> None:
    failed, shown, complained, stored = _serve(talking, b"caf\xe9\nhello\n", "not utf-8")

    assert failed == 1
    assert complained == "advisor: a line is not UTF-8 (byte 3: invalid continuation byte); it was passed over\n"
    assert shown.startswith("Hello.")
    assert stored == ["hello"]


def test_a_line_feed_of_windows_and_a_byte_order_mark_do_not_count(talking: Advisor) -> None:
    assert _serve(talking, b"\xef\xbb\xbfhello\r\n", "windows")[3] == ["hello"]


def test_a_session_that_cannot_be_is_told_for_each_line(talking: Advisor) -> None:
    sink, errors = io.StringIO(), io.StringIO()

    failed = lines.serve(talking, io.BytesIO(b"a\nb\n"), sink, errors, session="\x1b", language=None)

    assert (failed, sink.getvalue()) == (2, "")
    assert errors.getvalue().count("advisor: a session's name must not have control") == 2


def test_a_wanted_language_is_the_replys(talking: Advisor) -> None:
    assert "已記下" in _serve(talking, b"our prices change every Monday\n", "wanted", "zh-Hant")[1]


def test_control_characters_of_the_user_are_not_shown_again(talking: Advisor) -> None:
    message = "our prices \x1b[0mchange\x07 every\u202e Monday\x9b\n"

    _, shown, _, stored = _serve(talking, message.encode(), "control")

    assert "Noted: the knowledge changes weekly (“our prices (0mchange every Monday”)" in shown
    assert not set(shown) & set("\x1b\x07\u202e\x9b")
    assert stored == [message.rstrip("\n")]
