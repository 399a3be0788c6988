"""Stored conversations: a turn is whole or not there, whatever happens to the process."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from advisor import sessions as sessions_module
from advisor.conversation import Conversation
from advisor.errors import SessionConflictError, SessionError
from advisor.profile import Known, Profile
from advisor.sessions import MAX_NAME, SessionLine, SessionStore, check_session_name
from tests.program import PATIENCE_S, Chat, check_lines, request, run, start

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

_AT = "2026-11-23T15:0{}:00.000+00:00"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made" / "sessions.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[SessionStore]:
    made = SessionStore(path)
    yield made
    made.close()


def _append(store: SessionStore, session: str, turn: int, text: str = "hi", approach: str | None = None) -> None:
    recommendation = None if approach is None else {"approach": approach}
    response = {"reply": f"to {text}", "recommendation": recommendation}
    store.append(session, turn, _AT.format(turn), text, response, Conversation(misses=turn))


def _told(store: SessionStore, session: str) -> list[str]:
    return [text for text, _ in store.transcript(session)]


def _meddle(path: Path, statement: str, *values: Any) -> None:
    """Do to the file what no advisor does."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement, values)
    connection.close()


# what is stored


def test_a_new_store_makes_its_folder_and_holds_nothing(store: SessionStore, path: Path) -> None:
    assert path.is_file()
    assert store.list() == ()
    assert store.load("a") is None
    assert store.transcript("a") == ()


def test_a_session_begins_with_its_first_turn(store: SessionStore) -> None:
    _append(store, "a", 1)

    stored = store.load("a")

    assert stored is not None
    assert (stored.id, stored.created, stored.updated, stored.turns) == ("a", _AT.format(1), _AT.format(1), 1)
    assert stored.conversation == Conversation(misses=1)


def test_a_turn_replaces_the_state_and_keeps_when_the_session_began(store: SessionStore) -> None:
    _append(store, "a", 1)
    _append(store, "a", 2)

    stored = store.load("a")

    assert stored is not None
    assert (stored.created, stored.updated, stored.turns) == (_AT.format(1), _AT.format(2), 2)
    assert stored.conversation == Conversation(misses=2)


def test_another_opening_of_the_file_sees_a_turn_at_once(store: SessionStore, path: Path) -> None:
    """No close, no flush: what `append` returned from is stored."""
    _append(store, "a", 1, "every Monday ¶ 毎週 😀\n\ttwo lines")

    other = SessionStore(path)

    assert other.transcript("a") == store.transcript("a")
    assert _told(other, "a") == ["every Monday ¶ 毎週 😀\n\ttwo lines"]
    other.close()


def test_a_transcript_has_the_turns_in_their_order(store: SessionStore) -> None:
    for turn in range(1, 13):
        _append(store, "a", turn, f"message {turn}")

    assert _told(store, "a") == [f"message {turn}" for turn in range(1, 13)]


def test_the_list_has_the_latest_first_and_tells_where_each_case_stands(store: SessionStore) -> None:
    _append(store, "old", 1, approach="rag")
    _append(store, "new", 1, approach="rag")
    _append(store, "new", 2, approach="hybrid")
    _append(store, "unsaid", 1)

    assert store.list() == (
        SessionLine("new", _AT.format(2), 2, "hybrid"),
        SessionLine("old", _AT.format(1), 1, "rag"),
        SessionLine("unsaid", _AT.format(1), 1, None),
    )


def test_deleting_takes_the_turns_along_and_touches_no_other_session(store: SessionStore, path: Path) -> None:
    _append(store, "a", 1)
    _append(store, "b", 1, "stays")

    assert store.delete("a")
    assert not store.delete("a")

    assert store.load("a") is None
    assert store.transcript("a") == ()
    assert _told(store, "b") == ["stays"]
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT session FROM turns").fetchall() == [("b",)]
    connection.close()


def test_a_deleted_session_begins_again_at_turn_one(store: SessionStore) -> None:
    _append(store, "a", 1, "before")
    store.delete("a")

    _append(store, "a", 1, "after")

    assert _told(store, "a") == ["after"]


# a turn is whole or not there


@pytest.mark.parametrize("turn", [0, 1, 3, 4])
def test_a_turn_number_is_taken_once_and_without_a_gap(store: SessionStore, turn: int) -> None:
    _append(store, "a", 1, "first")
    before = store.load("a")

    if turn == 1:
        with pytest.raises(SessionConflictError, match="'a' has 1 turns by now, another process went on with it"):
            _append(store, "a", turn, "again")
    else:
        with pytest.raises(SessionConflictError):
            _append(store, "a", turn, "out of order")

    assert store.load("a") == before
    assert _told(store, "a") == ["first"]


def test_a_turn_that_fails_half_way_leaves_neither_turn_nor_state(store: SessionStore) -> None:
    _append(store, "a", 1)
    before = store.load("a")

    with pytest.raises(TypeError):  # it fails after the state was written
        store.append("a", 2, _AT.format(2), "hi", {"reply": object()}, Conversation(misses=9))

    assert store.load("a") == before
    _append(store, "a", 2, "goes on")
    assert _told(store, "a") == ["hi", "goes on"]


def test_a_full_disk_keeps_the_earlier_turns_and_says_what_to_do(store: SessionStore) -> None:
    _append(store, "a", 1, "before")
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count={pages}")

    with pytest.raises(SessionError, match="free some space and say it again; all earlier turns are stored"):
        _append(store, "a", 2, "x" * 50_000)
    assert _told(store, "a") == ["before"]

    store._connection.execute("PRAGMA max_page_count=1000000")
    _append(store, "a", 2, "after")
    assert _told(store, "a") == ["before", "after"]


def test_a_store_that_another_process_holds_says_so_and_changes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions_module, "_BUSY_TIMEOUT_S", 0.05)
    store = SessionStore(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    with pytest.raises(SessionError, match="another process holds it; try again"):
        _append(store, "a", 1)
    assert store.load("a") is None

    holder.execute("ROLLBACK")
    holder.close()
    _append(store, "a", 1)
    store.close()


# names


@pytest.mark.parametrize(
    "name",
    ["a", "日本語の相談", "with spaces", 'O\'Hara "x"; DROP TABLE sessions', "😀", "../up", "x" * MAX_NAME, "-x"],
)
def test_a_printable_name_names_a_session(store: SessionStore, name: str) -> None:
    _append(store, check_session_name(name), 1, name)

    assert _told(store, name) == [name]
    assert [line.id for line in store.list()] == [name]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("", "must not be empty"),
        ("  ", "must not be empty"),
        ("\u3000", "must not be empty"),
        ("x" * (MAX_NAME + 1), "at most 200 characters; this one has 201"),
        ("a\nb", "control"),
        ("a\x00", "control"),
        ("\x1b[31mred", "control"),
        ("\u202eright to left", "control"),
        ("zero\u200bwidth", "control"),
        ("line\u2028separator", "control"),
        ("\ud800", "control"),
    ],
    ids=ascii,
)
def test_a_name_that_is_empty_endless_or_unprintable_is_refused(name: str, fault: str) -> None:
    with pytest.raises(SessionError, match=fault):
        check_session_name(name)


# files that are not as they should be


def test_a_store_of_a_newer_advisor_is_refused_and_left_untouched(path: Path) -> None:
    SessionStore(path).close()
    _meddle(path, "PRAGMA user_version=2")
    before = path.read_bytes()

    with pytest.raises(SessionError, match=r"newer advisor \(schema 2\); upgrade the advisor. Nothing was changed"):
        SessionStore(path)

    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_session_of_a_newer_advisor_is_refused_while_the_others_go_on(store: SessionStore, path: Path) -> None:
    _append(store, "newer", 1)
    _append(store, "mine", 1)
    _meddle(path, "UPDATE sessions SET state = ? WHERE id = ?", json.dumps({"format": 2}), "newer")

    with pytest.raises(SessionError, match=r"session 'newer': .*newer version: upgrade the advisor"):
        store.load("newer")

    assert store.load("mine") is not None
    assert len(store.list()) == 2
    assert _told(store, "newer") == ["hi"]


def test_a_state_without_the_fields_of_today_still_loads(store: SessionStore, path: Path) -> None:
    _append(store, "a", 1)
    facts = {"labeled_data": {"value": "insufficient", "said": "none", "turn": 1}}
    _meddle(path, "UPDATE sessions SET state = ?", json.dumps({"format": 1, "facts": facts}))

    stored = store.load("a")

    assert stored is not None
    assert stored.conversation == Conversation(profile=Profile({"labeled_data": Known("insufficient", "none", 1)}))
    _append(store, "a", 2)


@pytest.mark.parametrize("state", ["", "{", '{"format": 1, "facts": 7}', "{}"])
def test_a_damaged_state_is_named_with_its_session(store: SessionStore, path: Path, state: str) -> None:
    _append(store, "broken one", 1)
    _meddle(path, "UPDATE sessions SET state = ?", state)

    with pytest.raises(SessionError, match="session 'broken one': "):
        store.load("broken one")

    assert store.delete("broken one")


def test_a_file_that_is_no_database_is_named_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"my diary, not a database " * 400)

    with pytest.raises(SessionError, match="restore it from a backup or move it away") as raised:
        SessionStore(path)

    assert str(path) in str(raised.value)
    assert path.read_bytes() == b"my diary, not a database " * 400


@pytest.mark.parametrize("keep", [0.3, 0.6])
def test_a_torn_file_raises_the_stores_own_error(path: Path, keep: float) -> None:
    store = SessionStore(path)
    for turn in range(1, 40):
        store.append("a", turn, _AT.format(1), "x" * 3_000, {"reply": "y"}, Conversation())
    store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * keep)])

    with pytest.raises(SessionError, match=r"sessions file .* cannot be (read|written)"):
        _read_everything(path)


def _read_everything(path: Path) -> None:
    store = SessionStore(path)
    try:
        store.list()
        store.load("a")
        store.transcript("a")
        _append(store, "a", 40)
    finally:
        store.close()


def test_a_home_that_cannot_be_written_tells_to_set_another(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(SessionError, match="set ADVISOR_HOME to a folder that you may write to"):
        SessionStore(tmp_path / "file" / "home" / "sessions.sqlite3")


# processes


_MOMENTS_S = (0.0, 0.004, 0.009, 0.015, 0.022, 0.03, 0.041, 0.057, 0.08, 0.11)
"""How long after its first reply of this life a process is killed; where it then is in its turns is chance."""


@pytest.mark.slow
def test_kill_minus_nine_at_any_moment_loses_no_answered_turn(home: Path) -> None:
    """Ten lives of one conversation, two at a time beside each other in one file."""
    answered: dict[str, dict[int, str]] = {"left": {}, "right": {}}

    def live_and_die(session: str, life: int) -> None:
        with Chat("--session", session) as chat:
            for number in range(25):
                chat.send(f"hi {life} {number}")
            reply = chat.read()
            assert reply is not None
            time.sleep(_MOMENTS_S[2 * life + (session == "right")])
            chat.kill()
            while reply is not None:
                assert reply["turn"] not in answered[session]
                answered[session][reply["turn"]] = reply["reply"]
                reply = chat.read()

    for life in range(len(_MOMENTS_S) // 2):
        pair = [threading.Thread(target=live_and_die, args=(session, life)) for session in answered]
        for thread in pair:
            thread.start()
        for thread in pair:
            thread.join()

    assert sum(map(len, answered.values())) < 25 * len(_MOMENTS_S), "every process was killed too late"
    store = SessionStore(home / "sessions.sqlite3")
    for session, replies in answered.items():
        stored = [response for _, response in store.transcript(session)]
        assert len(replies) >= len(_MOMENTS_S) // 2
        assert [response["turn"] for response in stored] == list(range(1, len(stored) + 1))
        assert {turn: stored[turn - 1]["reply"] for turn in replies} == replies
    store.close()


@pytest.mark.slow
def test_a_turn_is_stored_before_its_reply_is_shown(home: Path) -> None:
    with Chat("--session", "a") as chat:
        reply = chat.say("our prices change every Monday")
        chat.kill()

    store = SessionStore(home / "sessions.sqlite3")
    assert store.transcript("a") == (("our prices change every Monday", reply),)
    store.close()


@pytest.mark.slow
def test_two_processes_on_one_file_lose_nothing_and_store_no_turn_twice(home: Path) -> None:
    """Two talk in one session at once, and each in one of its own, in turns."""
    said = {
        name: [(f"hi {name} {number}", session) for number in range(8) for session in ("shared", f"only {name}")]
        for name in ("left", "right")
    }
    processes = {name: start("chat", "--json") for name in said}
    outputs: dict[str, bytes] = {}

    def talk(name: str, process: subprocess.Popen[bytes]) -> None:
        lines = "".join(request(text, session=session) for text, session in said[name])
        outputs[name] = process.communicate(lines.encode(), timeout=PATIENCE_S)[0]

    threads = [threading.Thread(target=talk, args=pair) for pair in processes.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [process.returncode for process in processes.values()] == [0, 0]
    answered: dict[str, list[tuple[int, str]]] = {}
    for name, output in outputs.items():
        replies = check_lines(output)
        assert [reply["session"] for reply in replies] == [session for _, session in said[name]]
        for (text, session), reply in zip(said[name], replies, strict=True):
            if "error" in reply:  # refused is not lost: it says so, and nothing of it may be stored
                assert reply["error"]["message"] == "session 'shared' is in use by another process; try again"
            else:
                answered.setdefault(session, []).append((reply["turn"], text))
    store = SessionStore(home / "sessions.sqlite3")
    for session, turns in answered.items():
        assert sorted(turns) == list(enumerate(_told(store, session), start=1))
    assert sorted(answered) == ["only left", "only right", "shared"]
    assert len(answered["only left"]) == len(answered["only right"]) == 8
    store.close()


def _question(number: int, turn: int) -> str:
    """A message that takes a while to answer."""
    return f"How much does fine-tuning cost, and when does RAG pay off? I ask for the {turn}th time, {number}."


@pytest.mark.slow
def test_four_processes_in_one_session_wait_their_turn_and_none_is_refused(home: Path) -> None:
    processes = [start("chat", "--json", "--session", "shared") for _ in range(4)]
    for process in processes:  # all are warm before the race begins
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(request("hi", session=f"own {process.pid}").encode())
        process.stdin.flush()
        process.stdout.readline()

    def talk(number: int) -> bytes:
        lines = "".join(request(_question(number, turn)) for turn in range(5))
        return processes[number].communicate(lines.encode(), timeout=PATIENCE_S)[0]

    with ThreadPoolExecutor(4) as pool:
        replies = [check_lines(output) for output in pool.map(talk, range(4))]

    answered = [
        (reply["turn"], _question(number, turn)) for number in range(4) for turn, reply in enumerate(replies[number])
    ]
    store = SessionStore(home / "sessions.sqlite3")
    assert sorted(answered) == list(enumerate(_told(store, "shared"), start=1))
    assert len(answered) == 20
    store.close()


@pytest.mark.slow
def test_a_newer_advisors_store_is_told_in_one_line_and_exit_status_1(home: Path) -> None:
    SessionStore(home / "sessions.sqlite3").close()
    _meddle(home / "sessions.sqlite3", "PRAGMA user_version=2")

    for command in (("sessions", "list"), ("chat", "--session", "a")):
        ended = run(*command, stdin="hi\n")

        assert (ended.status, ended.stdout) == (1, "")
        assert "upgrade the advisor" in ended.stderr
        assert "Traceback" not in ended.stderr
