"""The wheel carries the content inside the package, so that it works wherever it is installed."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from advisor.content import content_path
from tests.program import CHECKOUT, PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling, which builds the wheel, is not installed, and tests download nothing")
    if not (CHECKOUT / "pyproject.toml").is_file():
        pytest.skip("these tests do not run in a checkout")
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--quiet")
    built = subprocess.run(
        (sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", folder, CHECKOUT),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert built.returncode == 0, built.stderr
    (made,) = folder.glob("advisor-*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content, as an installer lays it out."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.mark.parametrize("part", ["knowledge", "prompts", "evals"])
def test_every_file_of_the_content_is_in_the_wheel_byte_for_byte(installed: Path, part: str) -> None:
    files = [file for file in content_path(part).rglob("*") if file.is_file()]

    assert files
    for file in files:
        packed = installed / "advisor" / "_content" / part / file.relative_to(content_path(part))
        assert packed.read_bytes() == file.read_bytes()


def test_the_wheel_holds_the_package_and_nothing_else(installed: Path) -> None:
    names = {entry.name for entry in installed.iterdir()}

    assert {name for name in names if not name.endswith(".dist-info")} == {"advisor"}
    modules = {file.relative_to(CHECKOUT) for file in (CHECKOUT / "advisor").rglob("*.py")}
    assert {file.relative_to(installed) for file in installed.rglob("*.py")} == modules


def test_the_installed_package_decides_by_its_own_content(installed: Path, tmp_path: Path) -> None:
    ended = subprocess.run(
        (sys.executable, "-m", "advisor", "decide", "--facts", "-", "--json"),
        input="{output_priority: both}",
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        timeout=PATIENCE_S,
    )

    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout)["approach"] == "rag_then_fine_tune"
