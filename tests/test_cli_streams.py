"""Streams that are closed, full, or whose reader went away: one message or none, and no traceback ever."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from advisor.conversation import Conversation
from advisor.sessions import SessionStore
from tests.program import CHECKOUT, COMMAND, Finished, request, run

pytestmark = pytest.mark.slow


def _redirected(redirection: str) -> tuple[str, ...]:
    """What starts a command with its streams redirected as a shell does it."""
    return ("sh", "-c", f'exec "$0" "$@" {redirection}')


@pytest.fixture(autouse=True)
def buffered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams as they are unless the environment says otherwise."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


def _fails(ended: Finished, told: str) -> None:
    assert (ended.status, ended.stdout) == (1, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith("advisor: ")
    assert told in line


@pytest.fixture
def long_session(tmp_path: Path) -> str:
    store = SessionStore(tmp_path / "home" / "sessions.sqlite3")
    for turn in range(1, 9):
        store.append("long", turn, "2026-11-23T15:00:00+00:00", "x" * 50_000, {"reply": "y"}, Conversation())
    store.close()
    return "long"


# input


@pytest.mark.parametrize("arguments", [("chat",), ("chat", "--json"), ("decide", "--facts", "-")], ids=" ".join)
def test_a_closed_input_is_told(arguments: tuple[str, ...]) -> None:
    _fails(run(*arguments, prefix=_redirected("<&-")), "there is no standard input to read ")


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("arguments", [("chat",), ("chat", "--json"), ("decide", "--facts", "-")], ids=" ".join)
def test_an_input_that_cannot_be_read_is_told(arguments: tuple[str, ...]) -> None:
    _fails(run(*arguments, prefix=_redirected("0>/dev/null")), "cannot be read: Bad file descriptor")


# a full device

_PRINTING = [
    ("--help",),
    ("decide", "--facts", "-"),
    ("ask", "What is RAG?"),
    ("knowledge", "list"),
    ("sessions", "show", "long"),
    ("doctor", "--json"),
    ("chat",),
    ("chat", "--json"),
]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.usefixtures("home", "long_session")
@pytest.mark.parametrize("arguments", _PRINTING, ids=" ".join)
def test_a_full_device_is_told(arguments: tuple[str, ...]) -> None:
    ended = run(*arguments, stdin="{labeled_data: insufficient}\n", prefix=_redirected(">/dev/full"))

    _fails(ended, "the output cannot be written: No space left on device")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_unbuffered_streams_fail_in_the_same_way() -> None:
    """A container often sets PYTHONUNBUFFERED; stdout is another kind of stream then."""
    ended = run("--help", prefix=_redirected(">/dev/full"), environment={"PYTHONUNBUFFERED": "1"})

    _fails(ended, "the output cannot be written: No space left on device")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_errors_that_cannot_be_told_leave_the_exit_status() -> None:
    ended = run("decide", "--facts", "missing.yaml", prefix=_redirected("2>/dev/full"))

    assert ended == Finished(1, "", "")


def test_an_error_never_goes_where_results_go() -> None:
    """``print(file=None)`` would write to stdout."""
    ended = run("decide", "--facts", "missing.yaml", prefix=_redirected("2>&-"))

    assert ended == Finished(1, "", "")


@pytest.mark.parametrize("arguments", [("decide", "--facts", "-"), ("chat", "--json")], ids=" ".join)
@pytest.mark.usefixtures("home")
def test_a_closed_output_is_nothing_to_complain_about(arguments: tuple[str, ...]) -> None:
    ended = run(*arguments, stdin="labeled_data: insufficient\n", prefix=_redirected(">&-"))

    assert ended == Finished(0, "", "")


# a reader that goes away


def _read_ten_bytes(*arguments: str, stdin: str = "") -> tuple[int, bytes]:
    """The status and stderr of a command whose reader leaves after ten bytes: ``advisor … | head -c 10``."""
    with subprocess.Popen(
        (*COMMAND, *arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=CHECKOUT
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(stdin.encode())
        process.stdin.close()
        process.stdout.read(10)
        process.stdout.close()
        complaint = process.stderr.read()
    return process.returncode, complaint


@pytest.mark.usefixtures("home", "long_session")
@pytest.mark.parametrize(
    "arguments",
    [
        ("sessions", "show", "long"),
        ("sessions", "show", "long", "--json"),
        ("search", "RAG", "-k", "100", "--json"),
        ("knowledge", "list", "--json"),
        ("chat",),
        ("chat", "--json"),
    ],
    ids=" ".join,
)
def test_a_reader_that_goes_away_ends_a_command_quietly(arguments: tuple[str, ...]) -> None:
    stdin = "".join(f"What is RAG? {number}\n" for number in range(3))

    assert _read_ten_bytes(*arguments, stdin=stdin) == (0, b"")


@pytest.mark.usefixtures("home")
def test_what_was_answered_before_the_reader_left_is_stored() -> None:
    status, _ = _read_ten_bytes("chat", "--json", "--session", "a", stdin=request("prices change every Monday"))

    assert status == 0
    assert [line["turns"] for line in run("sessions", "list", "--json").records] == [1]


# names that are not text


@pytest.mark.parametrize("arguments", [("sessions", "list"), ("ask", "hi"), ("chat",), ("eval", "runs")], ids=" ".join)
def test_a_home_that_is_not_utf_8_is_told(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "here").mkdir()
    home = f"ADVISOR_HOME={tmp_path}/here/$(printf 'b\\377d')"

    ended = run(*arguments, prefix=("sh", "-c", f'{home} exec "$0" "$@"'))

    assert (ended.status, ended.stdout) == (1, "")
    assert "ADVISOR_HOME (environment)" in ended.stderr
    assert "b\\xffd' is not valid UTF-8" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list((tmp_path / "here").iterdir()) == []
