"""Runs: the same bytes every time, however they were stopped, and no case is ever dropped."""

from __future__ import annotations

import json
import signal
import socket
import tempfile
import time
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from advisor.app import Advisor
from advisor.content import content_path
from advisor.errors import CaseError, RuleError, RunError
from advisor.evaluation import play
from advisor.evaluation.cases import SUITES, shipped_cases
from advisor.evaluation.kept_vectors import KeptEmbedder
from advisor.evaluation.own_documents import read_documents
from advisor.evaluation.play import counted_sockets, time_limit
from advisor.evaluation.records import HEADER, PARTIAL, RECORDS, SCORES, TIMINGS, Played, Record, open_run
from advisor.evaluation.run import Bench, Selection, read_scores, rescore, run_cases
from advisor.knowledge import article
from advisor.llm.embeddings import BundledEmbedder
from advisor.rules.load import load_rules
from tests.evaluation.handmade import FACTS, case, record, response

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from advisor.evaluation.cases import Case
    from advisor.evaluation.records import Run
    from advisor.rules.book import RuleBook
    from advisor.settings import Settings

_FILES = (HEADER, RECORDS, SCORES)
_EVERY_SUITE = tuple(
    f"{name}-{number}"
    for name, numbers in {
        "retrieval-en": ("001", "003"),
        "retrieval-ja": ("002",),
        "qa-zh-Hant": ("001", "003", "061"),
        "extract-en": ("003", "004"),
        "extract-answers-ja": ("001",),
        "dialogue-zh-Hans": ("001",),
        "decision-en": ("001", "002"),
        "robust-01-en": ("1", "2"),
        "safety-en": ("001", "002"),
        "perf-en": ("001", "002"),
    }.items()
    for number in numbers
)
_FEW = ("retrieval-en-001", "retrieval-ja-002", "qa-en-001", "extract-en-003", "decision-en-001", "perf-en-001")


class _Stopped(BaseException):
    """What a user who presses Ctrl-C raises, without the signal."""


@cache
def _shipped() -> tuple[Case, ...]:
    return shipped_cases()


@pytest.fixture
def bench(settings: Settings) -> Bench:
    return Bench(settings)


@pytest.fixture
def book() -> RuleBook:
    return load_rules(frozenset(article()))


def _play(bench: Bench, folder: Path, *ids: str, own: tuple[Case, ...] = (), **options: Any) -> Run:
    selection = Selection(ids=ids, repeat=options.pop("repeat", 1))
    return run_cases(own or selection.of(_shipped()), bench, folder, selection=selection, **options)


def _bytes(run: Run) -> dict[str, bytes]:
    return {name: (run.folder / name).read_bytes() for name in _FILES}


def _stop_after(count: int) -> Callable[[int, int], None]:
    def progress(done: int, _total: int) -> None:
        if done == count:
            raise _Stopped

    return progress


def _stopped_run(bench: Bench, folder: Path, count: int, *ids: str, **options: Any) -> Path:
    with pytest.raises(_Stopped):
        _play(bench, folder, *ids, progress=_stop_after(count), **options)
    return folder


def _only(run: Run) -> Record:
    (record,) = run.records()
    return record


# the same bytes


def test_two_runs_of_every_suite_give_the_same_bytes(bench: Bench, tmp_path: Path) -> None:
    assert {case.suite for case in Selection(ids=_EVERY_SUITE).of(_shipped())} == set(SUITES)

    first, second = (_play(bench, tmp_path / name, *_EVERY_SUITE) for name in ("a", "b"))

    assert _bytes(first) == _bytes(second)
    assert [entry.case.id for entry in first.records()] == [case.id for case in _shipped() if case.id in _EVERY_SUITE]
    assert sum(1 for _ in first.records()) == len(_EVERY_SUITE)
    assert all(entry.error is None and entry.sockets == 0 for entry in first.records())


@pytest.mark.slow
def test_two_processes_give_the_bytes_of_one_and_leave_nothing_behind(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", None)
    cases = Selection(suites=("decision",), languages=("en",)).of(_shipped())[:30]
    cases = (*cases, *Selection(ids=("retrieval-en-001", "perf-en-001")).of(_shipped()))

    one, two = (_play(bench, tmp_path / f"{jobs}", own=cases, jobs=jobs) for jobs in (1, 2))

    assert _bytes(one) == _bytes(two)
    assert list(scratch.iterdir()) == []


def test_questions_with_others_before_them_are_played_as_one_conversation(bench: Bench, tmp_path: Path) -> None:
    alone = case(name="alone", question="And the second one?")
    after = case(name="after", before=["When should we fine-tune?"], question="And the second one?")

    run = _play(bench, tmp_path / "run", own=(alone, after), repeat=2)

    turns = {
        entry.key: [(turn.text, turn.response["session"], turn.response["turn"]) for turn in entry.turns]
        for entry in run.records()
    }
    for repeat in (0, 1):
        assert turns[f"alone#{repeat}"] == [("And the second one?", "ask", 1)]
        assert turns[f"after#{repeat}"] == [
            ("When should we fine-tune?", "eval-after", 1), ("And the second one?", "eval-after", 2),
        ]  # fmt: skip


def test_times_are_kept_apart_one_a_turn(bench: Bench, tmp_path: Path) -> None:
    run = _play(bench, tmp_path / "run", "perf-en-001", "decision-en-001")

    assert [(timing.key, len(timing.milliseconds)) for timing in run.timings()] == [
        ("decision-en-001#0", 0),
        ("perf-en-001#0", 1),
    ]
    assert not any(b"elapsed_ms" in text for text in _bytes(run).values())
    assert sorted(file.name for file in run.folder.iterdir()) == sorted((*_FILES, TIMINGS))


def test_every_case_is_played_as_often_as_asked(bench: Bench, tmp_path: Path) -> None:
    run = _play(bench, tmp_path / "run", "decision-en-001", "retrieval-en-001", repeat=2)

    keys = ["retrieval-en-001#0", "retrieval-en-001#1", "decision-en-001#0", "decision-en-001#1"]
    assert [entry.key for entry in run.records()] == keys
    assert list(read_scores(run)) == keys
    assert (run.header.repeat, run.header.cases) == (2, {"retrieval": 1, "decision": 1})


def test_no_conversation_of_the_users_is_touched(bench: Bench, tmp_path: Path) -> None:
    _play(bench, tmp_path / "run", "perf-en-001")

    assert not bench.settings.sessions_path.exists()


# stopped and gone on with


@pytest.mark.parametrize("played", [0, 4])
def test_a_stopped_run_goes_on_with_the_rest_alone_and_gives_the_same_bytes(
    bench: Bench, tmp_path: Path, played: int
) -> None:
    whole = _play(bench, tmp_path / "whole", *_FEW)
    folder = _stopped_run(bench, tmp_path / "stopped", played, *_FEW)
    heard: list[tuple[int, int]] = []

    resumed = _play(bench, folder, *_FEW, resume=True, progress=lambda *told: heard.append(told))

    assert _bytes(resumed) == _bytes(whole)
    assert heard == [(done, len(_FEW)) for done in range(played, len(_FEW) + 1)]
    assert not (folder / PARTIAL).exists()


def test_a_run_that_was_stopped_twice_goes_on(bench: Bench, tmp_path: Path) -> None:
    whole = _play(bench, tmp_path / "whole", *_FEW, repeat=2)
    folder = _stopped_run(bench, tmp_path / "stopped", 2, *_FEW, repeat=2)
    _stopped_run(bench, folder, 7, *_FEW, repeat=2, resume=True)

    assert _bytes(_play(bench, folder, *_FEW, repeat=2, resume=True)) == _bytes(whole)


@pytest.mark.parametrize("end", [b"", b'["{', '["é'.encode()[:-1], b"[1, 2]\n", b"{}\n"])
def test_a_last_line_that_was_cut_is_played_again(bench: Bench, tmp_path: Path, end: bytes) -> None:
    ids = ("decision-en-001", "decision-en-002", "decision-en-003")
    whole = _play(bench, tmp_path / "whole", *ids)
    folder = _stopped_run(bench, tmp_path / "stopped", 2, *ids)
    first, _, _ = (folder / PARTIAL).read_bytes().partition(b"\n")
    (folder / PARTIAL).write_bytes(first + b"\n" + end)
    heard: list[int] = []

    resumed = _play(bench, folder, *ids, resume=True, progress=lambda done, _: heard.append(done))

    assert heard == [1, 2, 3]
    assert _bytes(resumed) == _bytes(whole)


def test_a_whole_last_line_without_its_end_is_not_played_again(bench: Bench, tmp_path: Path) -> None:
    folder = _stopped_run(bench, tmp_path / "stopped", 1, "decision-en-001", "decision-en-002")
    (folder / PARTIAL).write_bytes((folder / PARTIAL).read_bytes().rstrip(b"\n"))
    heard: list[int] = []

    resumed = _play(
        bench, folder, "decision-en-001", "decision-en-002", resume=True, progress=lambda done, _: heard.append(done)
    )

    assert heard == [1, 2]
    assert sum(1 for _ in resumed.records()) == 2


def test_line_ends_of_other_scripts_in_a_message_do_not_cut_what_was_played(bench: Bench, tmp_path: Path) -> None:
    own = (case(name="a", question="What is RAG?\u2028Tell\u2029me\x85now."), case(name="b"), case(name="c"))
    folder = _stopped_run(bench, tmp_path / "stopped", 2, own=own)
    heard: list[int] = []

    resumed = _play(bench, folder, own=own, resume=True, progress=lambda done, _: heard.append(done))

    assert heard == [2, 3]
    assert [entry.key for entry in resumed.records()] == ["a#0", "b#0", "c#0"]


def test_a_run_that_was_not_stopped_cannot_be_gone_on_with(bench: Bench, tmp_path: Path) -> None:
    _play(bench, tmp_path / "run", "decision-en-001")

    with pytest.raises(RunError, match="'run' has ended"):
        _play(bench, tmp_path / "run", "decision-en-001", resume=True)


@pytest.mark.parametrize(
    ("ids", "repeat"),
    [(("decision-en-002",), 1), (("decision-en-001", "decision-en-002"), 1), (("decision-en-001",), 2)],
)
def test_a_run_of_other_cases_cannot_be_gone_on_with(
    bench: Bench, tmp_path: Path, ids: tuple[str, ...], repeat: int
) -> None:
    folder = _stopped_run(bench, tmp_path / "run", 0, "decision-en-001")

    with pytest.raises(RunError, match="'run' was begun with other cases, options or content"):
        _play(bench, folder, *ids, repeat=repeat, resume=True)


def test_a_run_of_cases_that_were_changed_since_cannot_be_gone_on_with(bench: Bench, tmp_path: Path) -> None:
    folder = _stopped_run(bench, tmp_path / "run", 0, own=(case(),))

    with pytest.raises(RunError, match="other cases"):
        _play(bench, folder, own=(case(question="What is RAG not?"),), resume=True)


def test_a_run_that_was_never_begun_cannot_be_gone_on_with(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is not a run of evals"):
        _play(bench, tmp_path / "run", "decision-en-001", resume=True)


def test_a_folder_that_holds_a_run_is_refused_and_left_alone(bench: Bench, tmp_path: Path) -> None:
    run = _play(bench, tmp_path / "run", "decision-en-001")
    before = _bytes(run)

    with pytest.raises(RunError, match="holds a run already"):
        _play(bench, tmp_path / "run", "decision-en-002")

    assert _bytes(run) == before


def test_a_folder_that_cannot_be_made_is_told(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(RunError, match="file/run' cannot be written: Not a directory"):
        _play(bench, tmp_path / "file" / "run", "decision-en-001")


# cases that go wrong


@pytest.mark.parametrize("told", ["the model is gone", "", "half a pair \ud83d", "line\u2028end \ufffe"])
def test_an_advisor_that_raises_makes_a_failed_case_and_not_a_missing_one(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError(told)

    monkeypatch.setattr(Advisor, "ask", broken)

    run = _play(bench, tmp_path / "run", "qa-en-001", "decision-en-001")

    first, second = run.records()
    assert first.error is not None
    assert first.error.startswith("ZeroDivisionError")
    assert first.turns == ()
    assert second.error is None
    scored = read_scores(run)
    assert (scored["qa-en-001#0"].failed, scored["qa-en-001#0"].passed) == (True, False)
    assert scored["decision-en-001#0"].passed


def test_a_case_that_takes_too_long_fails_and_the_next_is_played(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(play, "CASE_LIMIT_S", 1)
    monkeypatch.setattr(Advisor, "ask", lambda *_: time.sleep(60))

    run = _play(bench, tmp_path / "run", "qa-en-001", "decision-en-001")

    first, second = run.records()
    assert first.error == "TimeoutError: took longer than 1 s"
    assert second.error is None


def test_the_limit_ends_with_what_it_limits() -> None:
    before = signal.getsignal(signal.SIGALRM)

    with time_limit(1):
        pass

    assert signal.alarm(0) == 0
    assert signal.getsignal(signal.SIGALRM) == before


# sockets


def test_a_connection_on_this_machine_is_counted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, counted_sockets() as count, socket.socket() as client:
        client.connect(server.getsockname())

    assert count == [2]


def test_a_connection_of_a_socket_that_was_made_before_is_counted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client, counted_sockets() as count:
        client.connect(server.getsockname())

    assert count == [1]


def test_looking_a_name_up_is_counted() -> None:
    with counted_sockets() as count:
        socket.getaddrinfo("localhost", 80)

    assert count == [1]


def test_what_stays_within_the_machine_is_not_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # such an address may not be long
    with counted_sockets() as count:
        with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
            server.bind("here")
            server.listen()
            client.connect("here")
        for end in socket.socketpair():
            end.close()

    assert count == [0]


def test_only_what_happens_meanwhile_is_counted() -> None:
    with counted_sockets() as before:
        pass
    socket.getaddrinfo("localhost", 80)
    with counted_sockets() as after:
        pass
    socket.getaddrinfo("localhost", 80)

    assert (before, after) == ([0], [0])


def test_an_advisor_that_opens_a_socket_is_found_out(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Advisor.ask

    def calls_home(self: Advisor, *asked: Any) -> Any:
        socket.socket().close()
        return ask(self, *asked)

    monkeypatch.setattr(Advisor, "ask", calls_home)

    run = _play(bench, tmp_path / "run", "qa-en-001", "decision-en-001")

    assert [entry.sockets for entry in run.records()] == [1, 0]
    assert {key: entry.counts["no_sockets"] for key, entry in read_scores(run).items()} == {
        "qa-en-001#0": (0.0, 1.0),
        "decision-en-001#0": (1.0, 1.0),
    }


# vectors kept from run to run


class _Counting:
    """The bundled model, and what it was asked for."""

    name = "counting"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._embedder = BundledEmbedder()

    def query(self, text: str) -> Any:
        self.asked.append(text)
        return self._embedder.query(text)


_TEXTS = ("What is RAG?", "什麼是微調?", "")


def test_a_kept_vector_is_the_one_that_was_worked_out(tmp_path: Path) -> None:
    file, embedder = tmp_path / "made" / "vectors.sqlite3", _Counting()
    plain = [BundledEmbedder().query(text) for text in _TEXTS]

    for _ in range(2):
        kept = KeptEmbedder(embedder, file)
        for text, vector in zip(_TEXTS * 2, plain * 2, strict=True):
            found = kept.query(text)
            assert found.dtype == vector.dtype
            assert np.array_equal(found, vector)

    assert embedder.asked == list(_TEXTS)


def test_vectors_of_another_model_are_not_taken(tmp_path: Path) -> None:
    first, second = _Counting(), _Counting()
    second.name = "another"
    for embedder in (first, second):
        KeptEmbedder(embedder, tmp_path / "vectors.sqlite3").query("What is RAG?")

    assert second.asked == ["What is RAG?"]


@pytest.mark.parametrize("damage", ["text", "cut", "folder", "row"])
def test_a_damaged_file_changes_no_vector(tmp_path: Path, damage: str) -> None:
    import sqlite3
    from contextlib import closing

    file = tmp_path / "vectors.sqlite3"
    KeptEmbedder(_Counting(), file).query("What is RAG?")
    match damage:
        case "text":
            file.write_text("not a database at all" * 100)
        case "cut":
            file.write_bytes(file.read_bytes()[:3000])
        case "folder":
            file.unlink()
            file.mkdir()
        case _:
            with closing(sqlite3.connect(file)) as connection, connection:
                connection.execute("UPDATE vectors SET vector = x'0102030405'")

    kept = KeptEmbedder(_Counting(), file)

    for text in _TEXTS:
        assert np.array_equal(kept.query(text), BundledEmbedder().query(text))


def test_a_run_without_its_kept_vectors_gives_the_same_bytes(bench: Bench, tmp_path: Path) -> None:
    first = _play(bench, tmp_path / "a", "retrieval-en-001", "robust-01-en-1")
    kept = bench.settings.home / "evals" / "vectors.sqlite3"
    assert kept.is_file()
    for file in kept.parent.glob("vectors.sqlite3*"):
        file.unlink()

    assert _bytes(_play(bench, tmp_path / "b", "retrieval-en-001", "robust-01-en-1")) == _bytes(first)


# what is chosen


@pytest.mark.parametrize(
    ("selection", "holds"),
    [
        (Selection(suites=("qa", "perf")), lambda case: case.suite in ("qa", "perf")),
        (Selection(languages=("ja", "en")), lambda case: case.lang in ("ja", "en")),
        (Selection(tags=("fast", "messy")), lambda case: bool({"fast", "messy"} & set(case.tags))),
        (Selection(ids=("qa-en-001", "nobody")), lambda case: case.id == "qa-en-001"),
        (Selection(split="untouched"), lambda case: case.split == "untouched"),
        (
            Selection(suites=("safety",), languages=("ja",), tags=("fast",), split="dev"),
            lambda case: (case.suite, case.lang, case.split) == ("safety", "ja", "dev") and "fast" in case.tags,
        ),
    ],
)
def test_exactly_what_matches_is_chosen_in_order(selection: Selection, holds: Callable[[Case], bool]) -> None:
    chosen = selection.of(_shipped())

    assert chosen == tuple(case for case in _shipped() if holds(case))
    assert 0 < len(chosen) < len(_shipped())


def test_a_limit_takes_the_first_of_every_suite_and_language() -> None:
    chosen = Selection(limit=3, split="untouched").of(_shipped())

    counts: dict[tuple[str, str], list[str]] = {}
    for entry in chosen:
        counts.setdefault((entry.suite, entry.lang), []).append(entry.id)
    assert len(counts) == len(SUITES) * 4
    assert {len(ids) for ids in counts.values()} == {3}
    assert counts["qa", "en"] == ["qa-en-002", "qa-en-004", "qa-en-006"]


def test_nothing_asked_for_is_everything() -> None:
    assert Selection().of(_shipped()) == _shipped()
    assert Selection().shown() == {}


def test_a_selection_that_leaves_nothing_is_told() -> None:
    with pytest.raises(CaseError, match=r"no case matches \{'languages': \('ja',\), 'ids': \('qa-en-001',\)\}"):
        Selection(languages=("ja",), ids=("qa-en-001",)).of(_shipped())


# the user's own documents and rules


@pytest.fixture
def handbook(tmp_path: Path) -> Path:
    file = tmp_path / "handbook.md"
    file.write_text(
        "# Ovens\n\nThe rye oven is lit at four in the morning by the youngest apprentice.\n\n"
        "# Flour\n\nSpelt flour comes from the mill in Oberdorf every second Tuesday.\n",
        encoding="utf-8",
    )
    return file


_OVEN = {"query": "who lights the rye oven", "gold": ["1 (line 3)"], "source": "handbook.md"}


def test_a_passage_of_an_added_document_is_found(bench: Bench, handbook: Path, tmp_path: Path) -> None:
    bench = replace(bench, documents=read_documents(handbook))
    run = _play(bench, tmp_path / "run", own=(case("retrieval", "oven", **_OVEN),))

    oven = _only(run)
    assert (oven.error, oven.found[0]["source"], oven.found[0]["id"]) == (None, "handbook.md", "1 (line 3)")
    assert {hit["source"] for hit in oven.found} == {"handbook.md"}
    assert read_scores(run)["oven#0"].passed


def test_a_case_about_a_document_that_was_not_given_fails_and_says_so(bench: Bench, tmp_path: Path) -> None:
    run = _play(bench, tmp_path / "run", own=(case("retrieval", "oven", **_OVEN),))

    error = _only(run).error or ""
    assert "the case is about the document 'handbook.md'; give it with --documents" in error
    assert read_scores(run)["oven#0"].failed


def test_the_same_cases_on_other_documents_are_another_run(bench: Bench, handbook: Path, tmp_path: Path) -> None:
    folder = _stopped_run(bench, tmp_path / "run", 0, "decision-en-001")

    with pytest.raises(RunError, match="other cases, options or content"):
        _play(replace(bench, documents=read_documents(handbook)), folder, "decision-en-001", resume=True)


def _snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(file.relative_to(folder)): (file.stat().st_mtime_ns, file.stat().st_size)
        for file in folder.rglob("*")
        if file.is_file() and file.name != ".lock" and not file.name.startswith("chroma.sqlite3")
    }


def test_own_rules_decide_and_the_usual_index_is_left_alone(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Advisor, "warm", lambda _: None)  # to build an index takes long, and deciding needs none
    rules = tmp_path / "rules.yaml"
    shipped = content_path("knowledge", "rules.yaml").read_text(encoding="utf-8")
    rules.write_text(shipped.replace("at_least: 1000000", "at_least: 5000"), encoding="utf-8")
    own = tuple(
        case("decision", f"calls-{calls}", facts={**FACTS, "labeled_data": "sufficient", "daily_calls": calls})
        for calls in (6_000, 1_000_000)
    )
    before = _snapshot(bench.settings.index_path)

    usual = _play(bench, tmp_path / "usual", own=own)
    mine = _play(replace(bench, rules=rules), tmp_path / "mine", own=own)

    few, many = [(entry.decision or {})["approach"] for entry in usual.records()]
    assert few != many
    assert [(entry.decision or {})["approach"] for entry in mine.records()] == [many, many]
    assert mine.header.fingerprints["rules"] != usual.header.fingerprints["rules"]
    assert mine.header.fingerprints["index"] != usual.header.fingerprints["index"]
    assert _snapshot(bench.settings.index_path) == before


def test_own_rules_have_an_index_of_their_own(bench: Bench, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_bytes(content_path("knowledge", "rules.yaml").read_bytes() + b"# mine\n")

    folder = replace(bench, rules=rules).advisor(tmp_path / "s.sqlite3").derived.folder

    assert not folder.is_relative_to(bench.settings.index_path)
    assert folder.name != bench.advisor(tmp_path / "s.sqlite3").derived.folder.name


def test_rules_with_a_fault_end_before_anything_is_played(bench: Bench, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules: [")

    with pytest.raises(RuleError):
        _play(replace(bench, rules=rules), tmp_path / "run", "decision-en-001")

    assert not (tmp_path / "run").exists()


# what a run leaves


def test_a_record_is_read_as_it_was_written() -> None:
    turn = Played("a\u2028b", response("daily_calls"), "answer", "daily_calls")
    made = Record(
        case(),
        (turn,),
        ({"id": "p1", "score": 0.5},),
        (turn,),
        {"approach": "rag"},
        (("a.md", "p1", "x"),),
        "why",
        2,
        3,
    )

    assert Record.from_json(made.to_json()) == made
    assert made.key == "one#3"


def test_scores_are_made_anew_from_the_records_alone(bench: Bench, book: RuleBook, tmp_path: Path) -> None:
    run = _play(bench, tmp_path / "run", "retrieval-en-001", "decision-en-001")
    before = _bytes(run)
    (run.folder / SCORES).unlink()
    with pytest.raises(RunError, match="has no scores"):
        read_scores(run)

    rescore(run, book)

    assert _bytes(run) == before


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "records.jsonl:2 is damaged"),
        ("null", "records.jsonl:2 is damaged"),
        (record(case(), "hi").to_json().replace('"qa"', '"quiz"'), "records.jsonl:2 is damaged"),
        ("\udcff", "records.jsonl"),
    ],
)
def test_a_damaged_record_is_told_with_its_place(tmp_path: Path, book: RuleBook, line: str, told: str) -> None:
    (tmp_path / HEADER).write_text(
        json.dumps(dict.fromkeys(("mode", "version", "commit", "cases", "case_set", "selection"), "")
        | {"fingerprints": {}, "platform": {}})
    )  # fmt: skip
    sound = record(case(), "What is RAG?").to_json()
    (tmp_path / RECORDS).write_text(f"{sound}\n{line}\n", encoding="utf-8", errors="surrogateescape")

    with pytest.raises(RunError, match="is damaged") as caught:
        rescore(open_run(tmp_path), book)

    assert told in str(caught.value)


@pytest.mark.parametrize("text", ["{", "[]", '{"mode": "embedded"}', "\udcff"])
def test_a_damaged_header_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / HEADER).write_text(text, encoding="utf-8", errors="surrogateescape")

    with pytest.raises(RunError, match=r"the header of the run .* cannot be read"):
        open_run(tmp_path)


def test_a_run_of_a_newer_advisor_is_told_as_such(bench: Bench, tmp_path: Path) -> None:
    run = _play(bench, tmp_path / "run", "decision-en-001")
    newer = json.loads((run.folder / HEADER).read_text()) | {"format": 99}
    (run.folder / HEADER).write_text(json.dumps(newer))

    with pytest.raises(RunError, match=r"newer advisor \(format 99\)"):
        open_run(run.folder)


def test_a_run_stopped_between_its_records_and_its_scores_goes_on(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pulled_plug(*_: Any) -> None:
        raise _Stopped

    whole = _play(bench, tmp_path / "whole", "retrieval-en-001", "decision-en-001")
    with monkeypatch.context() as patched:
        patched.setattr("advisor.evaluation.run.rescore", pulled_plug)
        with pytest.raises(_Stopped):
            _play(bench, tmp_path / "stopped", "retrieval-en-001", "decision-en-001")

    resumed = _play(bench, tmp_path / "stopped", "retrieval-en-001", "decision-en-001", resume=True)

    assert _bytes(resumed) == _bytes(whole)
