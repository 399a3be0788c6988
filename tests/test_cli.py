"""The commands as a user or a script runs them: exit status, what goes where, and no traceback ever.

0 done, 1 a failure that the message explains, 2 wrong usage.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from advisor.conversation import Conversation
from advisor.sessions import SessionStore
from tests.program import CHECKOUT, COMMAND, check_line, request, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.program import Finished

pytestmark = pytest.mark.slow

_ESCAPE = "\x1b"
_COMMANDS = ("chat", "ask", "decide", "search", "doctor", "knowledge", "sessions")


def _fails(ended: Finished, told: str) -> None:
    """Status 1, one message on stderr, nothing on stdout."""
    assert (ended.status, ended.stdout) == (1, "")
    assert ended.stderr.startswith("advisor: ")
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr


def _wrong_usage(ended: Finished, told: str) -> None:
    assert (ended.status, ended.stdout) == (2, "")
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.fixture
def blocked_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that nobody can make, root included: it would lie below a plain file."""
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("ADVISOR_HOME", str(tmp_path / "file" / "home"))
    return tmp_path / "file" / "home"


# help and usage


def test_help_names_every_command() -> None:
    ended = run("--help")

    assert (ended.status, ended.stderr) == (0, "")
    assert all(f"\n  {command} " in ended.stdout for command in _COMMANDS)
    assert _ESCAPE not in ended.stdout


@pytest.mark.parametrize("group", ["", "knowledge", "sessions", "eval"])
def test_a_list_of_commands_cuts_no_description_short(group: str) -> None:
    assert "..." not in run(*group.split(), "--help", environment={"COLUMNS": "80"}).stdout.replace("[ARGS]...", "")


@pytest.mark.parametrize("command", ["", "eval gate", "knowledge add"])
def test_help_fits_a_narrow_terminal(command: str) -> None:
    ended = run(*command.split(), "--help", environment={"COLUMNS": "40"})

    assert max(map(len, ended.stdout.splitlines())) <= 40


@pytest.mark.parametrize("command", ["chat", "decide", "search", "sessions show"])
def test_every_command_has_a_help_of_its_own(command: str) -> None:
    ended = run(*command.split(), "-h")

    assert (ended.status, ended.stderr) == (0, "")
    assert f"Usage: python -m advisor {command}" in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "Usage: "),
        (("nonsense",), "No such command 'nonsense'"),
        (("sessions", "nonsense"), "No such command 'nonsense'"),
        (("decide",), "Missing option '--facts'"),
        (("ask",), "Missing argument"),
        (("ask", "two", "words"), "unexpected extra argument"),
        (("ask", "x", "--language", "fr"), "'fr' is not one of en, zh-Hant, zh-Hans, ja"),
        (("chat", "--json", "--language", ""), "'' is not one of en"),
        (("search", "x", "-k", "0"), "'-k'"),
        (("search", "x", "-k", "many"), "'-k'"),
        (("chat", "--colour"), "No such option"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2_and_says_what_is_wrong(arguments: tuple[str, ...], told: str) -> None:
    _wrong_usage(run(*arguments), told)


# decide


def test_decide_reads_a_file_or_stdin_and_needs_no_home(blocked_home: Path, tmp_path: Path) -> None:
    facts = "{output_priority: consistency, labeled_data: insufficient}"
    (tmp_path / "facts.yaml").write_text(facts)

    from_file = run("decide", "--facts", str(tmp_path / "facts.yaml"), "--json")
    from_stdin = run("decide", "--facts", "-", "--json", stdin=facts)

    assert (from_file.status, from_file.stderr) == (0, "")
    assert from_file == from_stdin
    assert from_file.records[0]["approach"] == "rag_then_fine_tune"
    assert not blocked_home.exists()


def test_decide_reads_what_a_conversation_answered(tmp_path: Path) -> None:
    facts = {"traceability_required": {"value": True, "said": "審計 wants it 😀", "turn": 4}}
    (tmp_path / "facts.json").write_text(json.dumps({"facts": facts}, ensure_ascii=False), encoding="utf-8-sig")

    ended = run("decide", "--facts", str(tmp_path / "facts.json"), "--json")

    assert ended.status == 0
    assert ended.records[0]["because"][0]["said"] == "審計 wants it 😀"


def test_decide_in_words_is_plain_text_with_footnotes() -> None:
    ended = run("decide", "--facts", "-", "--language", "ja", stdin="output_priority: both")

    assert (ended.status, ended.stderr) == (0, "")
    assert _ESCAPE not in ended.stdout
    assert "**" not in ended.stdout
    assert "\n  [1] “" in ended.stdout


def test_decide_lists_every_fault_at_once() -> None:
    ended = run("decide", "--facts", "-", "--json", stdin="{budget: 1, labeled_data: lots, daily_calls: -1}")

    _fails(ended, "the facts have 3 fault(s):")
    assert ended.stderr.count("\n  - ") == 3


@pytest.mark.parametrize(
    ("stdin", "told"),
    [
        (b"just words", "must be a mapping"),
        (b"{", "neither YAML nor JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"\x00", "neither YAML nor JSON"),
        (b"[" * 2_000, "neither YAML nor JSON"),
        (b'{"labeled_data": "\\u001b[31m"}', "labeled_data: "),
    ],
    ids=ascii,
)
def test_decide_refuses_what_are_no_facts(stdin: bytes, told: str) -> None:
    ended = run("decide", "--facts", "-", stdin=stdin)

    _fails(ended, told)
    assert _ESCAPE not in ended.stderr


@pytest.mark.parametrize("name", ["missing.yaml", ".", "new\x1b[31mline"], ids=ascii)
def test_decide_tells_which_file_cannot_be_read(tmp_path: Path, name: str) -> None:
    ended = run("decide", "--facts", str(tmp_path / name))

    _fails(ended, "cannot be read")
    assert _ESCAPE not in ended.stderr


# search and ask


@pytest.mark.usefixtures("home")
def test_search_prints_ranked_passages_as_json() -> None:
    ended = run("search", "更新頻度", "-k", "3", "--language", "ja", "--json")

    assert (ended.status, ended.stderr) == (0, "")
    assert [hit["rank"] for hit in ended.records] == [1, 2, 3]
    assert all(list(hit) == ["rank", "source", "id", "language", "score", "text"] for hit in ended.records)
    assert ended.records[0]["id"] == "decision-framework/update-frequency"
    assert {hit["language"] for hit in ended.records} == {"ja"}


@pytest.mark.usefixtures("home")
def test_search_without_json_is_for_people() -> None:
    ended = run("search", "What is RAG?", "-k", "2")

    assert (ended.status, ended.stderr) == (0, "")
    assert ended.stdout.startswith(" 1. 1.000  article: what-is-rag (en)\n    ")
    assert "\n 2. " in ended.stdout
    assert _ESCAPE not in ended.stdout


@pytest.mark.usefixtures("home")
def test_ask_answers_from_the_sources_and_stores_nothing(home: Path) -> None:
    ended = run("ask", "什麼是RAG?", "--json")

    assert (ended.status, ended.stderr) == (0, "")
    answer = check_line(ended.stdout)
    assert (answer["language"], answer["supported"], answer["facts"], answer["recommendation"]) == (
        "zh-Hant",
        True,
        {},
        None,
    )
    assert "what-is-rag" in [citation["id"] for citation in answer["citations"]]
    assert not (home / "sessions.sqlite3").exists()


@pytest.mark.usefixtures("home")
def test_ask_in_words_has_its_footnotes() -> None:
    ended = run("ask", "What is RAG?", "--language", "en")

    assert (ended.status, ended.stderr) == (0, "")
    assert "[1]" in ended.stdout
    assert "\nSources\n  [1] “" in ended.stdout


@pytest.mark.parametrize("command", ["ask", "search"])
def test_an_empty_question_is_refused(command: str) -> None:
    _fails(run(command, " \n"), "is empty; say what you")


# sessions


@pytest.mark.usefixtures("home")
def test_sessions_are_listed_shown_and_deleted(home: Path) -> None:
    assert run("sessions", "list").stdout == "No conversations are stored yet. Begin one with: advisor chat\n"
    assert run("sessions", "list", "--json") == run("sessions", "list", "--json")
    chat = run("chat", "--session", "テスト", "--json", stdin="prices change every Monday\n")
    answer = check_line(chat.stdout)

    listed = run("sessions", "list", "--json").records
    shown = run("sessions", "show", "テスト", "--json").records
    in_words = run("sessions", "show", "テスト")

    assert [(line["session"], line["turns"], line["approach"]) for line in listed] == [("テスト", 1, "rag")]
    assert shown == [{"text": "prices change every Monday", "response": answer}]
    assert in_words.stdout.startswith("› prices change every Monday\n\n")
    assert run("sessions", "list").stdout.endswith("  1 turns  rag                 テスト\n")
    assert run("sessions", "delete", "テスト").stdout == "Deleted 'テスト'.\n"
    _fails(run("sessions", "show", "テスト"), "there is no session 'テスト'; see: advisor sessions list")
    assert not (home / "sessions.sqlite3-journal").exists()


def test_an_unknown_session_gets_a_hint_at_a_near_name(tmp_path: Path) -> None:
    store = SessionStore(tmp_path / "home" / "sessions.sqlite3")
    store.append("tender", 1, "2026-11-23T15:00:00+00:00", "hi", {"reply": "x"}, Conversation())
    store.close()

    for command in ("show", "delete"):
        _fails(run("sessions", command, "tendr"), "there is no session 'tendr'; did you mean 'tender'?")


def test_showing_a_session_prints_nothing_that_a_terminal_would_obey(tmp_path: Path) -> None:
    store = SessionStore(tmp_path / "home" / "sessions.sqlite3")
    hostile = "\x1b]0;title\x07\x1b[2J\u202egnp.exe\r\x9b31m"
    store.append("a", 1, "2026-11-23T15:00:00+00:00", hostile, {"reply": hostile}, Conversation())
    store.close()

    ended = run("sessions", "show", "a")

    assert ended.stdout == "› ]0;title[2Jgnp.exe31m\n\n]0;title[2Jgnp.exe31m\n\n"


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 201, "\x1b[31m"], ids=ascii)
def test_an_odd_session_name_is_refused_before_anything_is_loaded(name: str) -> None:
    _fails(run("chat", "--session", name), "a session's name")


def test_knowledge_lists_the_sources() -> None:
    ended = run("knowledge", "list", "--json")

    assert (ended.status, ended.stderr) == (0, "")
    assert [source["source"] for source in ended.records] == ["article", "rules"]
    assert set(ended.records[0]["passages"]) == {"en", "zh-Hant", "ja"}
    assert set(ended.records[1]["passages"]) == {"en", "zh-Hant", "zh-Hans", "ja"}


# what the operator got wrong


@pytest.mark.parametrize(
    "arguments",
    [
        ("chat",),
        ("chat", "--json"),
        ("ask", "hi"),
        ("search", "hi"),
        ("decide", "--facts", "-"),
        ("sessions", "list"),
        ("knowledge", "rebuild"),
    ],
    ids=" ".join,
)
def test_a_broken_settings_file_is_told_by_every_command(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "settings.toml").write_text('ADVISOR_LANGUAGE = ja\ncolour = "blue"')

    ended = run(*arguments, stdin="hi\n")

    _fails(ended, "the settings have 1 fault(s):")
    assert str(tmp_path / "home" / "settings.toml") in ended.stderr


@pytest.mark.usefixtures("blocked_home")
@pytest.mark.parametrize(
    "arguments",
    [
        ("ask", "hi"),
        ("search", "hi"),
        ("sessions", "list"),
        ("sessions", "delete", "a"),
        ("knowledge", "rebuild"),
        ("chat",),
    ],
    ids=" ".join,
)
def test_an_unwritable_home_is_told_by_every_command_that_needs_it(arguments: tuple[str, ...]) -> None:
    _fails(run(*arguments, stdin="hi\n"), "set ADVISOR_HOME to a folder that you may write to")


@pytest.mark.usefixtures("home")
def test_a_damaged_store_is_told_while_questions_are_still_answered(home: Path) -> None:
    (home / "sessions.sqlite3").write_bytes(b"junk" * 4_000)

    _fails(run("sessions", "list"), "it is damaged or not the advisor's")
    assert run("ask", "What is RAG?").status == 0
    assert (home / "sessions.sqlite3").read_bytes() == b"junk" * 4_000


# pipes


@pytest.mark.usefixtures("home")
def test_without_a_terminal_a_line_is_a_message_and_replies_are_plain_text() -> None:
    ended = run("chat", "--session", "a", stdin="our prices change every Monday\n\n什麼是RAG?\n")

    assert (ended.status, ended.stderr) == (0, "")
    assert _ESCAPE not in ended.stdout
    assert "›" not in ended.stdout
    assert ended.stdout.startswith("Noted: the knowledge changes weekly (“our prices change every Monday”).\n")
    assert "\nSources\n  [1] “" in ended.stdout
    assert "\n資料來源\n  [1] “" in ended.stdout


def test_a_reader_that_goes_away_gets_no_complaint(tmp_path: Path) -> None:
    """``advisor sessions show a | head -1``."""
    store = SessionStore(tmp_path / "home" / "sessions.sqlite3")
    for turn in range(1, 9):
        store.append("a", turn, "2026-11-23T15:00:00+00:00", "x" * 50_000, {"reply": "y"}, Conversation())
    store.close()

    with subprocess.Popen(
        (*COMMAND, "sessions", "show", "a"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=CHECKOUT
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.usefixtures("home")
def test_it_works_without_any_network() -> None:
    """In a network namespace of its own a process has no interface that is up, loopback included."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("unshare is not installed")
    prefix = (unshare, "-n") if os.geteuid() == 0 else (unshare, "-rn")
    if subprocess.run((*prefix, "true"), check=False, capture_output=True).returncode != 0:
        pytest.skip("this machine does not let a process leave the network")
    lines = request("our prices change every Monday") + request("什麼是RAG?", session="b") + request("accuracy")

    ended = run("chat", "--json", "--session", "a", stdin=lines, prefix=prefix)

    assert (ended.status, ended.stderr) == (0, "")
    assert [check_line(line)["turn"] for line in ended.stdout.split("\n")[:-1]] == [1, 1, 2]
