"""`advisor eval` as a user or a pipeline runs it: exit status, what goes where, and no traceback ever."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from advisor import cli
from advisor.evaluation.records import HEADER, RECORDS, SCORES
from advisor.settings import load_settings
from tests.program import Finished, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Evals = Callable[..., Finished]

pytestmark = pytest.mark.slow

_IDS = ("--id", "retrieval-en-001", "--id", "decision-en-001", "--id", "extract-en-003")
"""Two that pass and one that does not have to."""

_HEADER_OF_WRONG_TYPES = json.dumps(
    dict.fromkeys(
        ("mode", "version", "commit", "cases", "case_set", "selection", "fingerprints", "platform", "format"), "x"
    )
).encode()

_LIMITS = """
profiles: {{all: {{cases: {{}}}}}}
floors: [{{metric: decision/passed, at_least: {floor}}}]
ratchets: [{{metric: retrieval/recall@3, allow: 0}}]
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, built_index: Path) -> Path:
    """A home with two runs of the same cases, ``one`` in a folder of its own and one that is kept."""
    home = tmp_path_factory.mktemp("eval-home")
    shutil.copytree(built_index, home / "index", ignore=shutil.ignore_patterns(".lock"))
    for out in (("--out", str(home / "one")), ()):
        ended = run(
            "eval", "run", *_IDS, "--jobs", "1", *out, environment={"ADVISOR_HOME": str(home), "COLUMNS": "100"}
        )
        assert ended.status == 0, ended.stderr
    return home


@pytest.fixture
def runs(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ADVISOR_HOME", str(made))
    return made


@pytest.fixture
def limits(tmp_path: Path) -> Path:
    file = tmp_path / "limits.yaml"
    file.write_text(_LIMITS.format(floor=1))
    return file


def _process(*arguments: str) -> Finished:
    return run("eval", *arguments)


@pytest.fixture
def evals(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Evals:
    """Runs the command line in this process, which starts faster."""
    for name, value in (("ANONYMIZED_TELEMETRY", "False"), ("LANGSMITH_TRACING", "false")):
        monkeypatch.setenv(name, value)

    def evals(*arguments: str) -> Finished:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["advisor", "eval", *arguments])
        status: Any = 0
        try:
            cli.run()
        except SystemExit as ended:
            status = ended.code or 0
        return Finished(status, *capsys.readouterr())

    return evals


def _fails(ended: Finished, told: str, status: int = 1) -> None:
    assert (ended.status, ended.stdout) == (status, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith("advisor: ")
    assert told in line


def _wrong_usage(ended: Finished, told: str) -> None:
    assert (ended.status, ended.stdout) == (2, "")
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr


# run


def test_a_run_prints_its_figures_and_where_it_is(runs: Path, tmp_path: Path) -> None:
    ended = run(
        "eval",
        "run",
        "--suite",
        "decision",
        "--lang",
        "ja",
        "--limit",
        "2",
        "--out",
        str(tmp_path / "mine"),
        "--jobs",
        "1",
    )

    assert ended.status == 0
    assert ended.stdout.startswith("decision\n  passed ")
    assert f"The run is mine in {tmp_path / 'mine'}\n" in ended.stdout
    assert "advisor: 2 of 2 cases" in ended.stderr
    assert len((tmp_path / "mine" / RECORDS).read_text().splitlines()) == 2
    assert (runs / "evals" / "runs").is_dir()


def test_a_run_that_exists_is_refused(evals: Evals, runs: Path) -> None:
    _fails(evals("run", *_IDS, "--out", str(runs / "one")), "holds a run already")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--suite", "nope"), "'nope' is not one of retrieval, qa"),
        (("--lang", "fr"), "'fr' is not one of en, zh-Hant"),
        (("--limit", "0"), "--limit"),
        (("--repeat", "0"), "--repeat"),
    ],
)
def test_a_wrong_choice_is_wrong_usage(evals: Evals, arguments: tuple[str, ...], told: str) -> None:
    _wrong_usage(evals("run", *arguments), told)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "--id", "nobody"), "no case matches {'ids': ('nobody',)}"),
        (("run", "--cases", "/nowhere.jsonl"), "'/nowhere.jsonl' holds no cases"),
        (("run", "--documents", "/nowhere.md"), "'nowhere.md' cannot be opened"),
        (("run", "--id", "qa-en-001", "--rules", "/nowhere.yaml"), "/nowhere.yaml"),
        (("run", "--id", "qa-en-001", "--out", "/dev/null/run"), "cannot be written: Not a directory"),
        (("run", "--id", "qa-en-001", "--resume", "gone"), "'gone' is not a run of evals"),
        (("report", "gone"), "'gone' is not a run of evals"),
        (("report", "latest"), "no run is kept yet; make one with: advisor eval run"),
        (("compare", "gone", "gone"), "'gone' is not a run of evals"),
        (("rescore", "gone"), "'gone' is not a run of evals"),
        (("export", "gone", "--inspect"), "'gone' is not a run of evals"),
        (("case", "nobody"), "'nobody' has no turns"),
    ],
)
def test_what_is_missing_is_told_in_a_line(evals: Evals, arguments: tuple[str, ...], told: str) -> None:
    _fails(evals(*arguments), told)


# what is made of runs


def test_a_run_is_reported_in_three_forms(evals: Evals, runs: Path, tmp_path: Path) -> None:
    one, page = str(runs / "one"), tmp_path / "report.html"

    text, xml = evals("report", one), evals("report", one, "--format", "junit")
    written = evals("report", one, "--format", "html", "-o", str(page))

    assert (text.status, xml.status, written.status) == (0, 0, 0)
    parsed = ET.fromstring(xml.stdout)  # noqa: S314 - our own
    assert text.stdout.startswith("# Evals: one\n")
    assert [suite.get("name") for suite in parsed] == ["retrieval", "extract", "decision"]
    assert written.stdout == f"{page} is written\n"
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_report_in_another_form_or_place_is_refused(evals: Evals, runs: Path) -> None:
    one = str(runs / "one")

    _wrong_usage(evals("report", one, "--format", "pdf"), "'pdf' is not one of md, junit, html")
    _fails(evals("report", one, "-o", "/nowhere/report.md"), "cannot be written: No such file")


def test_two_runs_of_one_advisor_do_not_differ(evals: Evals, runs: Path) -> None:
    ended = evals("compare", str(runs / "one"), "latest")

    assert (ended.status, ended.stderr) == (0, "")
    assert ended.stdout.endswith(": 3 cases\n\nNo metric differs.\n")


def test_runs_of_other_cases_are_not_compared(evals: Evals, runs: Path, tmp_path: Path) -> None:
    other = shutil.copytree(runs / "one", tmp_path / "other")
    header = json.loads((other / HEADER).read_text()) | {"case_set": "0123"}
    (other / HEADER).write_text(json.dumps(header))

    _fails(evals("compare", str(runs / "one"), str(other)), "the runs have different cases")


def test_a_flip_is_shown(evals: Evals, runs: Path, tmp_path: Path) -> None:
    changed = shutil.copytree(runs / "one", tmp_path / "changed")
    lines = [json.loads(line) for line in (changed / SCORES).read_text().splitlines()]
    for line in lines:
        line["counts"]["passed"] = [0.0, 1.0] if line["suite"] == "decision" else line["counts"]["passed"]
    (changed / SCORES).write_text("".join(json.dumps(line) + "\n" for line in lines))

    ended = evals("compare", str(runs / "one"), str(changed))

    assert "decision: 0 gained, 1 lost, McNemar p 1.000\n  lost  decision-en-001#0\n" in ended.stdout


def test_scores_are_made_anew_and_what_changed_is_told(evals: Evals, runs: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(runs / "one", tmp_path / "copied")
    scores = (copied / SCORES).read_bytes()

    same = evals("rescore", str(copied))
    (copied / SCORES).write_text("damaged")
    damaged = evals("report", str(copied))
    mended = evals("rescore", str(copied))

    assert same.stdout == "3 cases scored, 0 differently than before\n"
    _fails(damaged, "use: advisor eval rescore copied")
    assert mended.stdout.startswith("3 cases scored, 3 differently than before\n")
    assert (copied / SCORES).read_bytes() == scores


def test_kept_runs_are_listed(evals: Evals, runs: Path) -> None:
    (kept,) = (runs / "evals" / "runs").iterdir()

    text, records = evals("runs"), evals("runs", "--json").records

    assert text.stdout.startswith(f"{kept.name}      3 cases  {{'ids': ")
    assert [(entry["run"], entry["ended"]) for entry in records] == [(kept.name, True)]


@pytest.mark.parametrize(
    "damaged",
    [b"{", b"\xff", b"[]", b'{"format": 99}', b"", _HEADER_OF_WRONG_TYPES],
    ids=["cut", "no UTF-8", "no object", "newer", "empty", "wrong types"],
)
def test_a_run_with_a_damaged_header_is_named_and_the_others_are_listed(
    monkeypatch: pytest.MonkeyPatch, runs: Path, tmp_path: Path, damaged: bytes
) -> None:
    home = tmp_path / "damaged-home"
    shutil.copytree(runs / "evals" / "runs", home / "evals" / "runs")
    (home / "evals" / "runs" / "20990101T000000").mkdir()
    (home / "evals" / "runs" / "20990101T000000" / HEADER).write_bytes(damaged)
    monkeypatch.setenv("ADVISOR_HOME", str(home))

    text, records = _process("runs"), _process("runs", "--json")

    assert (text.status, records.status) == (1, 1)
    assert len(text.stdout.splitlines()) == len(records.records) == 1
    for ended in (text, records):
        (line,) = ended.stderr.splitlines()
        assert line.startswith("advisor: ")
        assert "'20990101T000000'" in line


@pytest.mark.filterwarnings("ignore")  # whatever a viewer's library warns of
def test_an_export_is_written_for_inspect(evals: Evals, runs: Path, tmp_path: Path) -> None:
    pytest.importorskip("inspect_ai")
    out = tmp_path / "run.json"

    ended = evals("export", str(runs / "one"), "--inspect", "-o", str(out))

    assert ended.stdout.startswith(f"3 cases are in {out}")
    assert len(json.loads(out.read_text())["samples"]) == 3
    _wrong_usage(evals("export", str(runs / "one")), "--inspect")
    _fails(evals("export", str(runs / "one"), "--inspect", "-o", "run.txt"), "must end with .eval or .json")


def test_a_conversation_becomes_a_case_that_can_be_run(evals: Evals, runs: Path, tmp_path: Path) -> None:
    assert load_settings({"ADVISOR_HOME": str(runs)}).sessions_path.is_relative_to(runs)
    said = [
        {"text": "Our price list changes every week.", "session": "bakery"},
        {"text": "What is RAG?", "session": "bakery"},
    ]
    talk = run("chat", "--json", stdin="".join(json.dumps(line) + "\n" for line in said))
    assert talk.status == 0, talk.stderr

    printed = evals("case", "bakery")

    (case,) = printed.records
    assert "the gold is what the advisor read" in printed.stderr
    assert [entry["text"] for entry in case["utterances"]] == [line["text"] for line in said]
    assert case["utterances"][0]["gold"]["knowledge_update_frequency"] == "weekly"
    (tmp_path / "mine.jsonl").write_text(printed.stdout, encoding="utf-8")
    ended = run(
        "eval", "run", "--cases", str(tmp_path / "mine.jsonl"), "--out", str(tmp_path / "run"), "--jobs", "1", "--json"
    )
    assert ended.status == 0
    assert {(entry["suite"], entry["n"]) for entry in ended.records} == {("extract", 1)}
    assert json.loads((tmp_path / "run" / SCORES).read_text())["counts"]["passed"] == [1.0, 1.0]


# gate


def _gate(evals: Evals, runs: Path, limits: Path, baseline: Path, *more: str) -> Finished:
    return evals("gate", str(runs / "one"), "--thresholds", str(limits), "--baseline", str(baseline), *more)


def test_the_gate_cannot_judge_without_a_baseline_and_passes_once_it_is_accepted(
    runs: Path, limits: Path, tmp_path: Path
) -> None:
    baseline = tmp_path / "kept" / "baseline.jsonl"

    missing = _gate(_process, runs, limits, baseline, "--accept")
    accepted = _gate(_process, runs, limits, baseline)

    assert missing.status == 2
    assert "the gate cannot judge\n" in missing.stdout
    assert missing.stdout.endswith(f"the baseline is now {baseline}\n")
    assert accepted.status == 0
    assert accepted.stdout.endswith("\nthe gate passes\n")


def test_the_gate_fails_what_is_not_good_enough(runs: Path, limits: Path, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.jsonl"
    _gate(_process, runs, limits, baseline, "--accept")
    limits.write_text(_LIMITS.format(floor=1.1))

    ended = _gate(_process, runs, limits, baseline)
    lines = _gate(_process, runs, limits, baseline, "--json").records

    assert ended.status == 1
    assert "the gate FAILS" in ended.stdout
    assert [(line["what"], line["verdict"]) for line in lines] == [
        ("decision/passed", "FAIL"),
        ("retrieval/recall@3", "pass"),
    ]


@pytest.mark.parametrize("wrong", ["thresholds", "damaged", "profile", "run"])
def test_a_gate_that_cannot_judge_says_why_with_status_2(
    evals: Evals, runs: Path, limits: Path, tmp_path: Path, wrong: str
) -> None:
    baseline = tmp_path / "baseline.jsonl"
    more: tuple[str, ...] = ()
    match wrong:
        case "thresholds":
            limits, told = tmp_path / "none.yaml", "cannot be read: No such file"
        case "damaged":
            baseline.write_text("{")
            told = "the baseline 'baseline.jsonl' is damaged"
        case "profile":
            more, told = ("--profile", "quick"), "there is no profile 'quick'"
        case _:
            runs, told = tmp_path, "is not a run of evals"

    _fails(_gate(evals, runs, limits, baseline, *more), told, status=2)


def test_a_wrong_profile_or_baseline_ends_before_anything_is_played(evals: Evals, limits: Path, tmp_path: Path) -> None:
    (tmp_path / "damaged.jsonl").write_text("{")

    _fails(evals("gate", "--thresholds", str(limits), "--profile", "quick"), "no profile 'quick'", status=2)
    _fails(
        evals("gate", "--thresholds", str(limits), "--baseline", str(tmp_path / "damaged.jsonl")),
        "is damaged",
        status=2,
    )


def test_wrong_settings_are_nothing_the_gate_can_judge(
    evals: Evals, limits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADVISOR_LANGUAGE", "klingon")

    ended = evals("gate", "--thresholds", str(limits))

    assert (ended.status, ended.stdout) == (2, "")
    assert "ADVISOR_LANGUAGE" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_baseline_that_cannot_be_written_is_told(evals: Evals, runs: Path, limits: Path) -> None:
    ended = _gate(evals, runs, limits, limits / "baseline.jsonl", "--accept")

    assert ended.status == 2
    assert ended.stderr.startswith("advisor: ")
    assert "cannot be written: " in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.fixture
def fast_run(runs: Path, tmp_path: Path) -> Path:
    """A run of the fast profile, as its header tells it."""
    copied = shutil.copytree(runs / "one", tmp_path / "fast")
    header = json.loads((copied / HEADER).read_text()) | {"selection": {"tags": ["fast"]}}
    (copied / HEADER).write_text(json.dumps(header))
    return copied


@pytest.fixture
def whole_run(runs: Path, tmp_path: Path) -> Path:
    """A run of everything, as its header tells it."""
    copied = shutil.copytree(runs / "one", tmp_path / "whole")
    header = json.loads((copied / HEADER).read_text()) | {"selection": {}}
    (copied / HEADER).write_text(json.dumps(header))
    return copied


def test_part_of_the_cases_never_becomes_the_baseline_of_all(
    fast_run: Path, whole_run: Path, limits: Path, tmp_path: Path
) -> None:
    baseline = tmp_path / "baseline.jsonl"
    accepting = ("--thresholds", str(limits), "--baseline", str(baseline), "--accept")
    whole = _process("gate", str(whole_run), *accepting)
    before = baseline.read_bytes()
    lines = (fast_run / SCORES).read_text(encoding="utf-8").splitlines(keepends=True)
    (fast_run / SCORES).write_text("".join(lines[:2]), encoding="utf-8")

    fast = _process("gate", str(fast_run), *accepting)

    assert whole.stdout.endswith(f"the baseline is now {baseline}\n")
    assert fast.status == 2
    assert "the baseline" not in fast.stdout.splitlines()[-1]
    assert "1 of its 3 cases are not in the run 'fast'" in fast.stderr
    assert baseline.read_bytes() == before


def test_a_new_run_of_a_profile_is_not_played_only_to_be_refused(evals: Evals, runs: Path, limits: Path) -> None:
    limits.write_text(
        limits.read_text().replace("{all: {cases: {}}}", "{all: {cases: {}}, fast: {tags: [fast], cases: {}}}")
    )
    before = sorted((runs / "evals" / "runs").iterdir())

    ended = evals("gate", "--profile", "fast", "--thresholds", str(limits), "--accept")

    _fails(ended, "cases are not in the profile 'fast'", status=2)
    assert sorted((runs / "evals" / "runs").iterdir()) == before
