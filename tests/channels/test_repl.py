"""The conversation in a real pseudo-terminal."""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from advisor.sessions import SessionStore
from tests.program import CHECKOUT, COMMAND, PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")]

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-Z\\-_])")
_PROMPT = "\x1b\\[\\?2004h"
"""What the prompt begins with: it asks the terminal to mark pasted text."""

_SAVED = "Saved as “case”. Go on with: advisor chat --session case"


def _as_a_terminal_starts_it() -> None:
    """Tests that run in the background pass on that Ctrl-C is ignored; a terminal's programs heed it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class _Terminal:
    """``advisor chat`` as a person at a terminal has it."""

    def __init__(self, *arguments: str) -> None:
        environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "PROMPT_TOOLKIT_NO_CPR": "1"}
        self._child: pexpect.spawn[str] = pexpect.spawn(
            COMMAND[0],
            [*COMMAND[1:], "chat", "--session", "case", *arguments],
            encoding="utf-8",
            timeout=PATIENCE_S,
            dimensions=(40, 100),
            cwd=str(CHECKOUT),
            env=environment,
            preexec_fn=_as_a_terminal_starts_it,
        )

    def until_prompt(self) -> str:
        """What is shown until the next prompt, colours and cursor movements left out."""
        self._child.expect(_PROMPT)
        return _ESCAPES.sub("", self._child.before or "")

    def say(self, line: str) -> str:
        """Type a line; return what is shown after its echo, until the next prompt."""
        self._child.send(line + "\r")
        self._child.expect("\x1b\\[\\?2004l")  # the prompt is done with
        return self.until_prompt()

    def press(self, key: str) -> None:
        self._child.sendcontrol(key)

    def to_end(self) -> tuple[str, int | None]:
        """What is shown until the program ends, and its exit status."""
        self._child.expect(pexpect.EOF)
        self._child.close()
        return _ESCAPES.sub("", self._child.before or ""), self._child.exitstatus

    def close(self) -> None:
        self._child.close(force=True)


@pytest.fixture
def terminal(home: Path) -> Iterator[_Terminal]:
    assert (home / "index").is_dir()
    made = _Terminal()
    yield made
    made.close()


def _transcript(home: Path) -> list[str]:
    store = SessionStore(home / "sessions.sqlite3")
    said = [text for text, _ in store.transcript("case")]
    store.close()
    return said


def test_a_conversation_from_its_banner_to_ctrl_d_and_on_again(terminal: _Terminal, home: Path) -> None:
    banner = terminal.until_prompt()
    assert banner.startswith("Advisor — which way to build on a language model")
    assert "Ctrl-D leaves" in banner
    assert "Tell me about your use case" in banner

    terminal.press("c")
    assert "Ctrl-D leaves" in terminal.until_prompt()

    answer = terminal.say("our prices change every Monday")
    assert "Noted: the knowledge changes weekly (“our prices change every Monday”)." in answer
    assert "What matters more" in answer
    assert "**" not in answer
    assert "[1] “" in answer.split("Sources")[1]

    terminal.press("d")
    shown, status = terminal.to_end()
    assert (shown.strip().split("\n")[-1].strip(), status) == (_SAVED, 0)
    assert _transcript(home) == ["our prices change every Monday"]

    again = _Terminal()
    resumed = again.until_prompt()
    assert "Welcome back to “case”, after turn 1." in resumed
    assert "› our prices change every Monday" in resumed
    assert "What matters more" in resumed
    again.press("d")
    assert again.to_end()[1] == 0
    again.close()


def test_wide_characters_empty_lines_and_hostile_text(terminal: _Terminal, home: Path) -> None:
    terminal.until_prompt()

    hostile = "our prices \x1b[0mchange\x07 every\u202e Monday\x9b"
    answer = terminal.say(f"\x1b[200~{hostile}\x1b[201~")  # pasted, so that the prompt does not take it for keys
    assert "Noted: the knowledge changes weekly (“our prices (0mchange every Monday”)" in answer
    assert not set(answer) & set("\x07\x9b\u202e\x1b")

    assert terminal.say("   ").strip() == ""
    assert "（「格式一致」）" in terminal.say("格式一致")

    assert _transcript(home) == [hostile, "格式一致"]
    terminal.press("d")
    assert terminal.to_end()[1] == 0
