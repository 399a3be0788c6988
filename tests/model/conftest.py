"""One advisor for tests that preview turns and store nothing."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from advisor.app import Advisor
from advisor.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, built_index: Path) -> Iterator[Advisor]:
    """An advisor of the whole module."""
    home = tmp_path_factory.mktemp("shared")
    shutil.copytree(built_index, home / "index", ignore=shutil.ignore_patterns(".lock"))
    advisor = Advisor(load_settings({"ADVISOR_HOME": str(home)}))
    yield advisor
    advisor.close()
