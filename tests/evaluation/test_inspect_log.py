"""The export for Inspect View: Inspect itself reads back what was written."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest

from advisor.errors import EvalError
from advisor.evaluation.inspect_log import export_inspect
from tests.evaluation.handmade import case, record, report, scores

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.evaluation.report import Report

pytestmark = pytest.mark.filterwarnings("ignore")  # whatever a viewer's library warns of
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    inspect = pytest.importorskip("inspect_ai.log")

_KEPT = "marmalade"


def _pairs() -> list[Any]:
    kept = record(case(name="kept", split="untouched", question=_KEPT), _KEPT, reply=_KEPT)
    search = record(case("retrieval", "search", lang="ja"), found=({"id": "what-is-rag"},))
    return [
        (record(case(), "What is <RAG>?", "And\u2028now?\x00"), scores("one#0", counts={"grounded": (3, 4)})),
        (kept, scores("kept#0", split="untouched", passed=False, why=(_KEPT,))),
        (search, scores("search#0", suite="retrieval", lang="ja", passed=False, why=("found nothing",))),
        (record(case(name="broken"), error="it broke"), scores("broken#0", passed=False, failed=True)),
    ]


@pytest.fixture
def told() -> Report:
    return report(_pairs())


@pytest.fixture(params=[".json", ".eval"])
def out(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / "made" / f"run{request.param}"


def test_inspect_reads_back_every_case_with_its_scores_and_messages(told: Report, out: Path) -> None:
    assert export_inspect(told, out) == 4

    log = inspect.read_eval_log(str(out))

    assert (log.status, log.eval.model, log.results.total_samples) == ("success", "advisor/embedded", 4)
    samples = {sample.id: sample for sample in log.samples}
    assert {name: len(sample.messages) for name, sample in samples.items()} == {
        "one#0": 4, "kept#0": 0, "search#0": 0, "broken#0": 0,
    }  # fmt: skip
    assert {name: (list(s.scores), [v.value for v in s.scores.values()]) for name, s in samples.items()} == {
        "one#0": (["qa"], ["C"]),
        "kept#0": (["qa"], ["I"]),
        "search#0": (["retrieval"], ["I"]),
        "broken#0": (["qa"], ["I"]),
    }
    assert [(m.role, m.text) for m in samples["one#0"].messages[:2]] == [
        ("user", "What is <RAG>?"),
        ("assistant", "Well."),
    ]
    assert samples["one#0"].scores["qa"].metadata == {"passed": 1.0, "grounded": 0.75}
    assert samples["search#0"].input == "What is RAG?"
    assert samples["search#0"].metadata["lang"] == "ja"


def test_the_figures_are_those_of_the_report(told: Report, out: Path) -> None:
    export_inspect(told, out)

    found = {score.name: score.metrics["passed"].value for score in inspect.read_eval_log(str(out)).results.scores}

    assert found == {"qa": pytest.approx(1 / 3), "retrieval": 0.0}


@pytest.mark.parametrize("shown", [False, True])
def test_the_untouched_half_is_withheld_unless_asked_for(tmp_path: Path, shown: bool) -> None:  # noqa: FBT001
    out = tmp_path / "run.json"

    export_inspect(report(_pairs(), show_untouched=shown), out)

    assert (_KEPT in out.read_text()) is shown


@pytest.mark.parametrize("name", ["run.txt", "run", "run.eval.gz", "run.JSON"])
def test_another_suffix_is_refused(told: Report, tmp_path: Path, name: str) -> None:
    with pytest.raises(EvalError, match=r"must end with \.eval or \.json"):
        export_inspect(told, tmp_path / name)

    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told(told: Report, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(EvalError, match="cannot be written"):
        export_inspect(told, tmp_path / "file" / "run.json")
