"""What is configured, and where each value came from.

An environment variable wins over the settings file, which wins over the default. The file is
`settings.toml` in the advisor's home, with the same names as keys.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import SettingsError
from advisor.language import LANGUAGES, Language

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRETS = frozenset({"OPENAI_API_KEY", "SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN"})
"""Shown masked, never logged."""

NAMES = (
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "ADVISOR_MODEL",
    "ADVISOR_EMBEDDINGS",
    "ADVISOR_HOME",
    "ADVISOR_CHROMA_URL",
    "ADVISOR_SESSIONS_URL",
    "ADVISOR_LANGUAGE",
    "SLACK_SIGNING_SECRET",
    "SLACK_BOT_TOKEN",
    "SLACK_API_URL",
)
"""Every setting, in the order in which `advisor doctor` shows them."""

SETTINGS_FILE = "settings.toml"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting's value and origin."""

    value: str | None
    origin: str
    """``environment``, the settings file's path, or ``default``."""


@dataclass(frozen=True)
class Settings:
    """Everything that can be configured, read once."""

    values: Mapping[str, Setting]
    home: Path
    """Where the index and the sessions live."""
    language: Language | None
    """The language to begin in; ``None`` to go by the first message."""

    @property
    def chroma_url(self) -> str | None:
        """A Chroma server to use instead of the embedded store."""
        return self.values["ADVISOR_CHROMA_URL"].value

    @property
    def sessions_path(self) -> Path:
        """The SQLite file of the sessions."""
        return self.home / "sessions.sqlite3"

    @property
    def index_path(self) -> Path:
        """The folder of everything that can be built again."""
        return self.home / "index"

    @property
    def documents_path(self) -> Path:
        """The folder of the documents that the user added."""
        return self.home / "documents"

    def shown(self, name: str) -> str:
        """The setting's value as it may be shown: a secret masked."""
        value = self.values[name].value
        if value is None:
            return "not set"
        if name not in SECRETS:
            return without_password(value)
        return f"{value[:3]}…{value[-2:]}" if len(value) > 12 else "•••"

    def __repr__(self) -> str:
        """Secrets stay out of logs and tracebacks."""
        return f"Settings({', '.join(f'{name}={self.shown(name)}' for name in self.values)})"


def without_password(value: str) -> str:
    """A URL with its password masked."""
    head, separator, tail = value.partition("://")
    credentials, at, host = tail.rpartition("@")
    if not (separator and at):
        return value
    user = credentials.partition(":")[0]
    return f"{head}://{user}:•••@{host}"


def default_home() -> Path:
    """The platform's own data folder for the advisor."""
    from platformdirs import user_data_path  # only when ADVISOR_HOME is unset

    return user_data_path("advisor", appauthor=False)


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Raises:
        SettingsError: the file is not TOML, has an unknown key, or a value is not allowed. All
            faults are told at once.
    """
    env = os.environ if environment is None else environment
    _raise(_undecodable(env))
    home_text = env.get("ADVISOR_HOME", "").strip()
    try:
        home = Path(home_text).expanduser() if home_text else default_home()
    except RuntimeError as error:
        message = f"ADVISOR_HOME (environment): {home_text!r} names no home folder: {error}"
        raise SettingsError(message) from error
    if not _is_text(str(home)):
        message = f"the data folder {_bytes_shown(str(home))} is not valid UTF-8; set ADVISOR_HOME to one that is"
        raise SettingsError(message)
    file = home / SETTINGS_FILE
    in_file, faults = _read_file(file)
    values: dict[str, Setting] = {}
    for name in NAMES:
        if env.get(name, "").strip():
            values[name] = Setting(env[name].strip(), "environment")
        elif name in in_file:
            values[name] = Setting(in_file[name], str(file))
        else:
            values[name] = Setting(None, "default")
    values["ADVISOR_HOME"] = Setting(str(home), "environment" if home_text else "default")
    if values["ADVISOR_EMBEDDINGS"].value is None:
        values["ADVISOR_EMBEDDINGS"] = Setting("bundled", "default")
    language = _language(values["ADVISOR_LANGUAGE"], faults)
    for name in ("ADVISOR_CHROMA_URL", "OPENAI_BASE_URL"):
        url = values[name].value
        if url is not None and not url.startswith(("http://", "https://")):
            faults.append(f"{name} ({values[name].origin}): {url!r} is not an http:// or https:// address")
    _raise(faults)
    return Settings(values, home, language)


def _undecodable(env: Mapping[str, str]) -> list[str]:
    """The faults of values that are not UTF-8: no file of ours could carry them."""
    faults = []
    for name in NAMES:
        if not _is_text(env.get(name, "")):
            shown = "•••" if name in SECRETS else _bytes_shown(env[name])
            faults.append(f"{name} (environment): {shown} is not valid UTF-8; write it in UTF-8")
    return faults


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _bytes_shown(value: str) -> str:
    return repr(os.fsencode(value))[1:]


def _raise(faults: list[str]) -> None:
    if faults:
        listed = "\n".join(f"  - {fault}" for fault in faults)
        message = f"the settings have {len(faults)} fault(s):\n{listed}"
        raise SettingsError(message)


def _language(setting: Setting, faults: list[str]) -> Language | None:
    if setting.value is None:
        return None
    for language in LANGUAGES:
        if language == setting.value:
            return language
    faults.append(
        f"ADVISOR_LANGUAGE ({setting.origin}): {setting.value!r} is not one of {', '.join(LANGUAGES)}",
    )
    return None


def _read_file(file: Path) -> tuple[dict[str, str], list[str]]:
    """The file's settings and its faults; an absent file has neither."""
    try:
        raw: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}, []
    except (OSError, ValueError, RecursionError) as error:
        return {}, [f"{file}: cannot be read as TOML: {error}. Mend it or move it away."]
    faults = []
    values = {}
    for name, value in raw.items():
        if name == "ADVISOR_HOME":
            faults.append(f"{file}: ADVISOR_HOME tells where this file lies, so only the environment can set it")
        elif name not in NAMES:
            near = get_close_matches(name.upper(), NAMES, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(NAMES)}"
            faults.append(f"{file}: unknown setting {name!r}{hint}")
        elif not isinstance(value, str):
            faults.append(f"{file}: {name} must be a text in quotes, not {value!r}")
        elif value.strip():
            values[name] = value.strip()
    return values, faults
