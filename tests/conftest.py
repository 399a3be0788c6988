"""What every test stands on: no network, a home of its own, an index built once for all."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

from advisor.app import Advisor
from advisor.settings import NAMES, Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches anything but this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in _LOOPBACK:
            message = f"a test tried to reach {address!r}"
            raise AssertionError(message)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine's leaks into a test."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ADVISOR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture(scope="session")
def built_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an index built once for all workers; copy it, do not write to it."""
    root = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        root = root.parent
    home = root / "shared-home"
    with FileLock(root / "shared-home.lock"):
        if not (home / "index").is_dir():
            advisor = Advisor(load_settings({"ADVISOR_HOME": str(home)}))
            advisor.warm()
            advisor.close()
    return home / "index"


@pytest.fixture
def home(tmp_path: Path, built_index: Path) -> Path:
    """A home of the test's own with a built index."""
    folder = tmp_path / "home"
    shutil.copytree(built_index, folder / "index", ignore=shutil.ignore_patterns(".lock"))
    return folder


@pytest.fixture
def settings(home: Path) -> Settings:
    """Settings of a home with a built index, and nothing else configured."""
    return load_settings({"ADVISOR_HOME": str(home)})


@pytest.fixture
def advisor(settings: Settings) -> Iterator[Advisor]:
    """An advisor with a home of its own."""
    made = Advisor(settings)
    yield made
    made.close()


@pytest.fixture
def command() -> list[str]:
    """How to run the program as a user does, from this very checkout."""
    return [sys.executable, "-m", "advisor"]
