"""What is configured, and where each value came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from advisor.errors import SettingsError
from advisor.settings import NAMES, SECRETS, SETTINGS_FILE, load_settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    return made


def _write(home: Path, text: str) -> Path:
    file = home / SETTINGS_FILE
    file.write_text(text, encoding="utf-8")
    return file


def test_with_nothing_configured_everything_has_its_default(home: Path) -> None:
    settings = load_settings({"ADVISOR_HOME": str(home)})

    set_names = {name for name, setting in settings.values.items() if setting.value is not None}
    assert set_names == {"ADVISOR_HOME", "ADVISOR_EMBEDDINGS"}
    assert settings.values["ADVISOR_EMBEDDINGS"].value == "bundled"
    assert settings.language is None
    assert settings.chroma_url is None


def test_every_setting_is_there_in_the_order_in_which_it_is_shown(home: Path) -> None:
    assert tuple(load_settings({"ADVISOR_HOME": str(home)}).values) == NAMES


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(home: Path) -> None:
    file = _write(home, 'ADVISOR_LANGUAGE = "ja"\nADVISOR_MODEL = "from-file"\n')

    settings = load_settings({"ADVISOR_HOME": str(home), "ADVISOR_LANGUAGE": "zh-Hant"})

    origins = {name: (setting.value, setting.origin) for name, setting in settings.values.items()}
    assert settings.language == "zh-Hant"
    assert origins["ADVISOR_LANGUAGE"] == ("zh-Hant", "environment")
    assert origins["ADVISOR_MODEL"] == ("from-file", str(file))
    assert origins["ADVISOR_EMBEDDINGS"] == ("bundled", "default")


@pytest.mark.parametrize("blank", ["", "   ", "\t\n"])
def test_a_blank_value_counts_as_unset(home: Path, blank: str) -> None:
    _write(home, 'ADVISOR_LANGUAGE = "ja"\nADVISOR_CHROMA_URL = " "\n')

    settings = load_settings({"ADVISOR_HOME": str(home), "ADVISOR_LANGUAGE": blank, "OPENAI_BASE_URL": blank})

    assert settings.language == "ja"
    assert settings.chroma_url is None
    assert settings.values["OPENAI_BASE_URL"].value is None


def test_spaces_around_a_value_do_not_count(home: Path) -> None:
    _write(home, 'ADVISOR_MODEL = " big "\n')

    settings = load_settings({"ADVISOR_HOME": f" {home} ", "ADVISOR_LANGUAGE": " en\n"})

    assert (settings.home, settings.language, settings.values["ADVISOR_MODEL"].value) == (home, "en", "big")


def test_without_a_home_the_platforms_own_folder_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))

    settings = load_settings({})

    assert settings.home.is_absolute()
    assert settings.home.name == "advisor"
    assert settings.values["ADVISOR_HOME"].origin == "default"


def test_a_tilde_is_the_users_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    assert load_settings({"ADVISOR_HOME": "~/mine"}).home == tmp_path / "mine"


def test_sessions_and_index_lie_in_the_home(home: Path) -> None:
    settings = load_settings({"ADVISOR_HOME": str(home)})

    assert settings.sessions_path.parent == settings.index_path.parent == home


def test_loading_makes_no_folder(tmp_path: Path) -> None:
    load_settings({"ADVISOR_HOME": str(tmp_path / "not" / "yet")})

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ADVISOR_LANGUAGE = ja", "cannot be read as TOML"),
        ("ADVISOR_LANGUAGE", "Mend it or move it away"),
        ('ADVISOR_LANGAUGE = "ja"', "unknown setting 'ADVISOR_LANGAUGE'; did you mean 'ADVISOR_LANGUAGE'"),
        ('advisor_model = "x"', "did you mean 'ADVISOR_MODEL'"),
        ('colour = "blue"', "unknown setting 'colour'; known are OPENAI_API_KEY"),
        ("ADVISOR_MODEL = 4", "ADVISOR_MODEL must be a text in quotes, not 4"),
        ('ADVISOR_MODEL = ["a"]', "ADVISOR_MODEL must be a text in quotes"),
        ('[ADVISOR_MODEL]\nname = "a"', "ADVISOR_MODEL must be a text in quotes"),
        ('ADVISOR_HOME = "/tmp"', "only the environment can set it"),
        ('ADVISOR_LANGUAGE = "fr"', "'fr' is not one of en, zh-Hant, zh-Hans, ja"),
        ('ADVISOR_CHROMA_URL = "localhost:8000"', "not an http:// or https:// address"),
        ('OPENAI_BASE_URL = "ftp://models"', "not an http:// or https:// address"),
    ],
)
def test_a_fault_in_the_file_is_told_with_the_file_and_the_remedy(home: Path, text: str, told: str) -> None:
    file = _write(home, text)

    with pytest.raises(SettingsError) as raised:
        load_settings({"ADVISOR_HOME": str(home)})

    assert "the settings have 1 fault(s):" in str(raised.value)
    assert told in str(raised.value)
    assert str(file) in str(raised.value)


def test_every_fault_is_told_at_once(home: Path) -> None:
    _write(home, 'colour = "blue"\nADVISOR_MODEL = 4\nADVISOR_CHROMA_URL = "x"\n')

    with pytest.raises(SettingsError) as raised:
        load_settings({"ADVISOR_HOME": str(home), "ADVISOR_LANGUAGE": "EN"})

    message = str(raised.value)
    assert message.startswith("the settings have 4 fault(s):")
    for name in ("colour", "ADVISOR_MODEL", "ADVISOR_CHROMA_URL", "ADVISOR_LANGUAGE (environment)"):
        assert f"{name}" in message


def test_a_file_that_is_not_utf_8_is_a_fault_and_not_a_crash(home: Path) -> None:
    (home / SETTINGS_FILE).write_bytes(b'ADVISOR_MODEL = "\xff"')

    with pytest.raises(SettingsError, match="cannot be read as TOML"):
        load_settings({"ADVISOR_HOME": str(home)})


def test_a_folder_in_the_files_place_is_a_fault_and_not_a_crash(home: Path) -> None:
    (home / SETTINGS_FILE).mkdir()

    with pytest.raises(SettingsError, match="cannot be read as TOML"):
        load_settings({"ADVISOR_HOME": str(home)})


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_a_secret_shows_only_enough_to_tell_two_apart(home: Path, name: str) -> None:
    settings = load_settings({"ADVISOR_HOME": str(home), name: "sk-0123456789-abcdefghij"})

    assert settings.shown(name) == "sk-…ij"
    assert "0123456789" not in repr(settings)


@pytest.mark.parametrize("secret", ["x", "123456789012"])
def test_a_short_secret_shows_nothing_of_itself(home: Path, secret: str) -> None:
    settings = load_settings({"ADVISOR_HOME": str(home), "OPENAI_API_KEY": secret})

    assert settings.shown("OPENAI_API_KEY") == "•••"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:pass@db/advisor", "postgresql://me:•••@db/advisor"),
        ("postgresql://me:p@ss@db/advisor", "postgresql://me:•••@db/advisor"),
        ("postgresql://db/advisor", "postgresql://db/advisor"),
    ],
)
def test_a_password_in_an_address_is_masked(home: Path, url: str, shown: str) -> None:
    settings = load_settings({"ADVISOR_HOME": str(home), "ADVISOR_SESSIONS_URL": url})

    assert settings.shown("ADVISOR_SESSIONS_URL") == shown
    assert "pass@" not in repr(settings)


def test_what_is_not_set_says_so(home: Path) -> None:
    assert load_settings({"ADVISOR_HOME": str(home)}).shown("OPENAI_API_KEY") == "not set"


def test_values_that_are_not_utf_8_are_told_all_at_once_and_secrets_stay_hidden() -> None:
    with pytest.raises(SettingsError) as told:
        load_settings({"ADVISOR_HOME": "/b\udcffd", "ADVISOR_LANGUAGE": "\udc80", "OPENAI_API_KEY": "sk-\udcff"})

    assert "3 fault(s)" in str(told.value)
    assert "ADVISOR_HOME (environment): '/b\\xffd' is not valid UTF-8" in str(told.value)
    assert "sk-" not in str(told.value)
    str(told.value).encode()


def test_a_users_folder_that_is_not_utf_8_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/b\udcffd")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)

    with pytest.raises(SettingsError, match=r"b.xffd/.* is not valid UTF-8; set ADVISOR_HOME"):
        load_settings({})
