"""What is configured, what works, and what to do about what does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from advisor.app import Advisor
from advisor.conversation import Conversation
from advisor.doctor import Check, as_json, examine
from advisor.settings import NAMES, load_settings
from tests.program import run

if TYPE_CHECKING:
    from pathlib import Path


def _checks(advisor: Advisor) -> dict[str, Check]:
    checks = list(examine(advisor))
    assert len({check.name for check in checks}) == len(checks)
    return {check.name: check for check in checks}


def test_in_a_good_home_everything_is_well(advisor: Advisor) -> None:
    checks = _checks(advisor)

    assert {check.status for name, check in checks.items() if name != "home"} == {"ok"}
    assert checks["home"].status != "fail"  # a full build machine may warn
    assert set(checks) >= {*NAMES, "python", "packages", "home", "rules", "embedding model", "index", "sessions"}
    assert "a search finds 'what-is-rag'" in checks["index"].detail
    assert "0 session(s)" in checks["sessions"].detail
    assert checks["mode"].detail == "embedded: no language model, no network"


def test_it_changes_no_session_and_leaves_no_probe_behind(advisor: Advisor, home: Path) -> None:
    advisor.sessions.append("a", 1, "2026-11-23T15:00:00+00:00", "hi", {"reply": "hello"}, Conversation())
    before = advisor.sessions.load("a")

    _checks(advisor)

    assert advisor.sessions.load("a") == before
    assert [line.id for line in advisor.sessions.list()] == ["a"]
    assert sorted(file.name for file in home.iterdir() if "sessions" not in file.name) == ["index"]


def test_each_setting_is_told_with_its_origin_and_a_secret_masked(home: Path) -> None:
    (home / "settings.toml").write_text('ADVISOR_LANGUAGE = "ja"\n')
    environment = {
        "ADVISOR_HOME": str(home),
        "OPENAI_API_KEY": "sk-0123456789-abcdefghij",
        "ADVISOR_SESSIONS_URL": "postgresql://me:hush@db/x",
    }
    advisor = Advisor(load_settings(environment))

    checks = _checks(advisor)
    advisor.close()

    assert checks["ADVISOR_LANGUAGE"].detail == f"ja (from {home / 'settings.toml'})"
    assert checks["OPENAI_API_KEY"].detail == "sk-…ij (from environment)"
    assert checks["ADVISOR_MODEL"].detail == "not set (from default)"
    everything = json.dumps(as_json(list(checks.values())), ensure_ascii=False)
    assert "0123456789" not in everything
    assert "hush" not in everything


def test_an_unwritable_home_fails_home_index_and_sessions_each_with_advice(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    advisor = Advisor(load_settings({"ADVISOR_HOME": str(tmp_path / "file" / "home")}))

    failed = {name: check for name, check in _checks(advisor).items() if check.status == "fail"}

    assert sorted(failed) == ["home", "index", "sessions"]
    assert all(check.advice for check in failed.values())
    assert "ADVISOR_HOME" in failed["home"].advice


def test_a_damaged_store_fails_and_all_else_is_still_looked_at(advisor: Advisor, home: Path) -> None:
    (home / "sessions.sqlite3").write_bytes(b"junk" * 4_000)

    checks = _checks(advisor)

    assert [name for name, check in checks.items() if check.status == "fail"] == ["sessions"]
    assert "damaged or not the advisor's" in checks["sessions"].detail
    assert "mode" in checks


def test_a_check_as_json_has_four_fields() -> None:
    assert as_json([Check("home", "warn", "10 MB free", "free some space")]) == [
        {"name": "home", "status": "warn", "detail": "10 MB free", "advice": "free some space"}
    ]


@pytest.mark.slow
@pytest.mark.usefixtures("home")
def test_the_command_exits_with_0_and_prints_a_line_a_check() -> None:
    ended = run("doctor", "--json")

    assert (ended.status, ended.stderr) == (0, "")
    assert {record["status"] for record in ended.records} <= {"ok", "warn"}
    assert all(sorted(record) == ["advice", "detail", "name", "status"] for record in ended.records)


@pytest.mark.slow
def test_the_command_tells_a_failure_and_exits_with_1(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    ended = run("doctor", environment={"ADVISOR_HOME": str(tmp_path / "file" / "home")})

    assert ended.status == 1
    assert "FAIL  home: " in ended.stdout
    assert "      → set ADVISOR_HOME to a folder that you may write to" in ended.stdout
    assert "Traceback" not in ended.stderr


@pytest.mark.slow
def test_broken_settings_are_its_first_finding(home: Path) -> None:
    (home / "settings.toml").write_text("ADVISOR_LANGUAGE = ja")

    ended = run("doctor", "--json")

    assert ended.status == 1
    assert [(record["name"], record["status"]) for record in ended.records] == [("settings", "fail")]
    assert "settings.toml" in ended.records[0]["detail"]
    assert ended.stderr == ""


_UNUSED = {
    "ADVISOR_SESSIONS_URL": "postgresql://ann:secret@db/advisor",
    "ADVISOR_EMBEDDINGS": "text-embedding-3-small",
    "ADVISOR_MODEL": "gpt-5",
    "SLACK_BOT_TOKEN": "xoxb-0123456789abc",
}


@pytest.mark.parametrize("name", _UNUSED)
def test_a_setting_that_this_version_does_not_use_is_a_warning(home: Path, name: str) -> None:
    advisor = Advisor(load_settings({"ADVISOR_HOME": str(home), name: _UNUSED[name]}))

    check = _checks(advisor)[name]
    advisor.close()

    assert check.status == "warn"
    assert check.detail.endswith(" (from environment): set, but not used by this version")
    assert "secret" not in check.detail
    assert check.advice


@pytest.mark.slow
@pytest.mark.usefixtures("home")
def test_unused_settings_do_not_fail_the_command() -> None:
    ended = run("doctor", environment=_UNUSED)

    assert (ended.status, ended.stderr) == (0, "")
    assert ended.stdout.count("set, but not used by this version") == len(_UNUSED)
    assert "warn  ADVISOR_SESSIONS_URL: postgresql://ann:•••@db/advisor (from environment): set, but" in ended.stdout


def test_the_bundled_embeddings_asked_for_by_name_are_used(home: Path) -> None:
    advisor = Advisor(load_settings({"ADVISOR_HOME": str(home), "ADVISOR_EMBEDDINGS": "bundled"}))

    assert _checks(advisor)["ADVISOR_EMBEDDINGS"].status == "ok"
    advisor.close()
