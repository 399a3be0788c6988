"""A reply that streams into a real pseudo-terminal, and Ctrl-C in the middle of it."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

from advisor.sessions import SessionStore
from tests.channels.test_repl import _ESCAPES, _Terminal
from tests.llm.server import running
from tests.model.parts import decent

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")]

QUESTION = "What is RAG, and why is it the default?"


def _stored(home: Path) -> list[dict[str, object]]:
    store = SessionStore(home / "sessions.sqlite3")
    found = [response for _, response in store.transcript("case")]
    store.close()
    return found


def _words(shown: str) -> str:
    return re.sub(r"\s+", " ", _ESCAPES.sub("", shown))


def _sentences(body: dict[str, object]) -> dict[str, object]:
    """The passages' sentences one by one, so that a reply has several."""
    answer = decent(body)  # type: ignore[arg-type]
    if "sentences" not in answer:
        return answer
    found = [
        {"text": f"{text.strip().rstrip('.')}.", "passages": each["passages"]}
        for each in answer["sentences"]
        for text in re.split(r"(?<=\.) ", each["text"])
    ]
    return {"sentences": found[:3]}


def test_a_streamed_reply_is_shown_once_with_its_sources_and_its_cost(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(_sentences) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("ADVISOR_MODEL", "stand-in")
        terminal = _Terminal()
        terminal.until_prompt()
        shown = _words(terminal.say(QUESTION))
        terminal.press("d")
        terminal.to_end()
        terminal.close()
    assert shown.count("vector database costs have dropped 60%") >= 1
    assert "[1]" in shown
    assert "Sources" in shown
    assert "cost unknown" in shown
    (response,) = _stored(home)
    first = str(response["reply"]).split(".", maxsplit=1)[0]
    assert shown.count(first) <= 2  # in the reply, and perhaps in its source's quote
    assert response["mode"] == "llm"
    assert "spent" in response


def test_ctrl_c_keeps_what_was_shown_and_marks_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(_sentences) as server:
        server.piece_delay_s = 0.3  # long enough that much is still to come when the key is pressed
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("ADVISOR_MODEL", "stand-in")
        terminal = _Terminal()
        terminal.until_prompt()
        child = terminal._child
        child.send(QUESTION + "\r")
        child.expect(r"\[1\]")  # the first sentence stands
        terminal.press("c")
        rest = terminal.until_prompt()
        assert "Stopped" in rest
        server.piece_delay_s = 0.0
        again = terminal.say("What is RAG?")
        assert "[1]" in again
        terminal.press("d")
        terminal.to_end()
        terminal.close()
    stopped, later = _stored(home)
    assert stopped["stopped"] is True
    assert str(stopped["reply"]).endswith(" …")
    assert stopped["asking"] is None
    assert "stopped" not in later
