"""Processes that talk in one session at once wait their turn, and nobody waits for another session."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from advisor import session_lock
from advisor.app import Advisor
from advisor.errors import SessionError
from advisor.session_lock import in_line

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.settings import Settings


def test_whoever_comes_while_a_turn_is_worked_out_waits_until_it_is_stored(settings: Settings) -> None:
    """The other begins when the first is about to store its turn: it would win every time, if it did not wait."""
    other = Advisor(settings)
    other.warm()
    threads: list[threading.Thread] = []

    def interrupted() -> datetime:
        threads.append(threading.Thread(target=other.respond, args=("shared", f"hello {len(threads)}")))
        threads[-1].start()
        threads[-1].join(1)
        return datetime(2026, 11, 23, tzinfo=UTC)

    first = Advisor(settings, clock=interrupted)
    answer = first.respond("shared", "I was first")
    for thread in threads:
        thread.join()

    assert answer.turn == 1
    assert [text for text, _ in first.sessions.transcript("shared")] == ["I was first", "hello 0"]
    for made in (first, other):
        made.close()


def test_another_session_is_not_waited_for(tmp_path: Path) -> None:
    with in_line(tmp_path / "locks", "a"), in_line(tmp_path / "locks", "b"):
        pass


def test_waiting_ends_with_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_lock, "PATIENCE_S", 0.05)

    with (
        in_line(tmp_path / "locks", "a"),
        pytest.raises(SessionError, match="session 'a' is in use by another process; try again"),
        in_line(tmp_path / "locks", "a"),
    ):
        pass


@pytest.mark.parametrize("name", ["../../a", "テスト" * 60, "CON", "a\x00b", "a/b"], ids=ascii)
def test_whatever_a_session_is_called_its_lock_lies_in_the_folder(tmp_path: Path, name: str) -> None:
    with in_line(tmp_path / "locks", name):
        (file,) = (tmp_path / "locks").iterdir()

    assert file.name.removesuffix(".lock").isalnum()


def test_where_no_lock_can_be_had_the_work_goes_on(tmp_path: Path) -> None:
    """The store refuses a turn that is there already; the lock only brings order."""
    (tmp_path / "locks").write_text("in the way")

    with in_line(tmp_path / "locks", "a"):
        pass
