"""Evals with a language model: recorded, replayed, within caps, and never asked by accident."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from advisor.errors import RunError
from advisor.evaluation.cases import shipped_cases
from advisor.evaluation.models import Caps, ModelPlan
from advisor.evaluation.repeats import asked, pass_each
from advisor.evaluation.run import Bench, Selection, read_scores, run_cases
from advisor.settings import load_settings
from tests.llm.server import ModelServer, running
from tests.model.parts import decent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from advisor.evaluation.records import Run

SELECTION = Selection(suites=("dialogue",), languages=("en",), limit=2)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with running(decent) as made:
        yield made


@pytest.fixture
def bench(home: Path, server: ModelServer) -> Bench:
    values = {"ADVISOR_HOME": str(home), "OPENAI_BASE_URL": server.url, "ADVISOR_MODEL": "stand-in"}
    return Bench(load_settings(values))


def _run(bench: Bench, folder: Path, plan: ModelPlan, *, resume: bool = False, repeat: int = 1) -> Run:
    selection = replace(SELECTION, repeat=repeat)
    cases = selection.of(shipped_cases())
    return run_cases(cases, replace(bench, plan=plan), folder, selection=selection, resume=resume)


def test_a_run_asks_no_model_unless_it_is_told_to(bench: Bench, server: ModelServer, tmp_path: Path) -> None:
    run = _run(bench, tmp_path / "run", ModelPlan())
    assert not server.received
    assert run.header.mode == "embedded"


def test_what_a_live_run_recorded_is_replayed_without_a_server(
    bench: Bench, server: ModelServer, tmp_path: Path
) -> None:
    cassette = tmp_path / "cassette.jsonl"
    live = _run(bench, tmp_path / "live", ModelPlan("live", cassette, "missing", Caps(calls=500)))
    sent = len(server.asked)
    assert sent > 0
    replayed = _run(bench, tmp_path / "replay", ModelPlan("replay", cassette))
    assert len(server.asked) == sent
    assert [record.turns for record in replayed.records()] == [record.turns for record in live.records()]
    assert asked(replayed.records()).calls == sent
    assert replayed.header.mode == "replay"
    assert replayed.header.fingerprints["cassette"]


def test_what_is_not_recorded_fails_the_case_and_asks_nobody(bench: Bench, server: ModelServer, tmp_path: Path) -> None:
    cassette = tmp_path / "cassette.jsonl"
    cassette.write_text("", encoding="utf-8")
    run = _run(bench, tmp_path / "run", ModelPlan("replay", cassette))
    assert not server.received
    failed = [record.error for record in run.records() if record.error]
    assert failed
    assert all("CassetteError" in error for error in failed)


def test_a_live_run_stops_at_its_cap_and_goes_on(bench: Bench, server: ModelServer, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="stopped at --max-calls 2 after"):
        _run(bench, tmp_path / "run", ModelPlan("live", caps=Caps(calls=2)))
    assert len(server.asked) == 2
    run = _run(bench, tmp_path / "run", ModelPlan("live", caps=Caps(calls=500)), resume=True)
    assert not any(record.error for record in run.records())


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (ModelPlan("live"), "needs a cap"),
        (ModelPlan("live", caps=Caps(usd=Decimal(1))), "price of 'stand-in' is unknown"),
        (ModelPlan("replay"), "needs recordings"),
    ],
)
def test_what_does_not_fit_is_told_before_anything_is_asked(bench: Bench, plan: ModelPlan, told: str) -> None:
    with pytest.raises(RunError, match=told):
        plan.model(bench.settings)


def test_live_without_a_model_says_what_to_set(home: Path) -> None:
    with pytest.raises(RunError, match="set ADVISOR_MODEL"):
        ModelPlan("live", caps=Caps(calls=1)).model(load_settings({"ADVISOR_HOME": str(home)}))


def test_repeats_are_counted_by_case(bench: Bench, tmp_path: Path) -> None:
    run = _run(bench, tmp_path / "run", ModelPlan(), repeat=2)
    found = pass_each(read_scores(run).values())
    assert found.cases == 2
    assert found.every_time <= found.once <= 2
    assert json.loads((run.folder / "header.json").read_text(encoding="utf-8"))["repeat"] == 2
