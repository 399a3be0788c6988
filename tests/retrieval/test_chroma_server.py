"""Chroma as a server in place of the embedded one: a real one, on loopback."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from advisor.derived import fingerprint
from tests.program import PATIENCE_S, Chat, run

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

_SEARCH = ("search", "What is RAG?", "-k", "3", "--json")


class _Server:
    """``chroma run`` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = Path(sys.executable).with_name("chroma")
        self._process = subprocess.Popen(
            (program, "run", "--path", self._folder, "--host", "127.0.0.1", "--port", str(self._port)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert time.monotonic() < end
            assert self._process.poll() is None
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.url}/api/v2/heartbeat", timeout=1):  # noqa: S310 - the scheme is ours
                return True
        except OSError:
            return False

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def server(tmp_path: Path) -> Iterator[_Server]:
    made = _Server(tmp_path / "server")
    made.start()
    yield made
    made.stop()


def test_the_collection_is_built_on_the_server_once_and_outlives_it(
    home: Path, server: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded = run(*_SEARCH)
    shutil.rmtree(home / "index" / fingerprint() / "chroma")
    monkeypatch.setenv("ADVISOR_CHROMA_URL", server.url)

    first = run(*_SEARCH)
    assert (first.status, first.records) == (0, embedded.records)
    assert "building the index" in first.stderr

    server.stop()
    gone = run(*_SEARCH)
    assert (gone.status, gone.stdout) == (1, "")
    assert gone.stderr.startswith(f"advisor: no Chroma server answers at {server.url!r}")
    assert gone.stderr.endswith("start it, or unset ADVISOR_CHROMA_URL\n")

    server.start()
    with Chat("--session", "a") as chat:
        answer = chat.say("What is RAG?")
        assert [citation["id"] for citation in answer["citations"]][:1] == ["what-is-rag"]
        assert chat.say("our prices change every Monday")["turn"] == 2
        ended = chat.end()
    assert (ended.status, ended.stderr) == (0, "")
    assert not (home / "index" / fingerprint() / "chroma").exists()


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("command", [("ask", "What is RAG?"), ("doctor",)], ids=lambda command: command[0])
def test_without_the_server_a_command_says_so_and_exits_with_1(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    url = f"http://127.0.0.1:{_free_port()}"
    monkeypatch.setenv("ADVISOR_CHROMA_URL", url)

    ended = run(*command)

    assert ended.status == 1
    assert f"no Chroma server answers at {url!r}" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.usefixtures("home")
def test_without_the_server_a_conversation_goes_on_where_nothing_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVISOR_CHROMA_URL", f"http://127.0.0.1:{_free_port()}")

    with Chat("--session", "a") as chat:
        assert chat.say("our prices change every Monday")["facts"]["knowledge_update_frequency"]["value"] == "weekly"
        assert chat.say("What is RAG?")["error"]["code"] == "knowledge"
        assert chat.say("accuracy")["turn"] == 2
        assert chat.end().status == 0
