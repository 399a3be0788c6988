"""What the operator set: half of it, a wrong key, another embedding model; and what the doctor says of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from advisor.app import Advisor
from advisor.doctor_model import looked_at_model
from advisor.settings import load_settings
from tests.llm.server import refusing, running
from tests.model.parts import decent

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from advisor.checks import Check

QUESTION = "How fresh is the knowledge in either approach?"


def _looked(home: Path, **settings: str) -> dict[str, Check]:
    return {check.name: check for check in looked_at_model(load_settings({"ADVISOR_HOME": str(home), **settings}))}


def test_a_key_without_a_model_is_told_at_the_first_turn_and_the_advisor_answers(home: Path) -> None:
    notices: list[str] = []
    settings = load_settings({"ADVISOR_HOME": str(home), "OPENAI_API_KEY": "sk-0123456789-abcdefghij"})
    advisor = Advisor(settings, notice=notices.append)
    responses = [advisor.respond("talk", text) for text in ("Our prices change every Monday", "accuracy")]
    advisor.close()
    assert [each.mode for each in responses] == ["degraded", "degraded"]
    assert all(each.usage.llm_calls == 0 for each in responses)
    assert responses[0].facts
    assert len(notices) == 1
    assert "set ADVISOR_MODEL" in notices[0]
    assert "ADVISOR_MODEL" not in responses[0].reply


def test_without_a_key_and_a_base_url_nothing_is_looked_at(home: Path) -> None:
    assert _looked(home, ADVISOR_MODEL="gpt-5") == {}


def test_the_doctor_names_the_host_and_what_is_sent_there(home: Path) -> None:
    with running() as server:
        checks = _looked(home, OPENAI_BASE_URL=server.url, ADVISOR_MODEL="stand-in")
        assert not server.asked  # the list of models costs nothing
    assert checks["language model"].status == "ok"
    assert "stand-in at 127.0.0.1" in checks["language model"].detail
    told = checks["what is sent"].detail
    for what in ("127.0.0.1", "message", "known facts", "passages", "redacted"):
        assert what in told


def test_the_doctor_fails_a_key_without_a_model_and_names_what_there_is(home: Path) -> None:
    with running() as server:
        check = _looked(home, OPENAI_BASE_URL=server.url)["language model"]
    assert check.status == "fail"
    assert "ADVISOR_MODEL" in check.advice
    assert "stand-in" in check.advice


def test_the_doctor_warns_of_a_model_that_the_server_does_not_list(home: Path) -> None:
    with running() as server:
        check = _looked(home, OPENAI_BASE_URL=server.url, ADVISOR_MODEL="stand-on")["language model"]
    assert check.status == "warn"
    assert "stand-in" in check.advice


def test_the_doctor_does_not_wait_for_a_server_that_is_not_there(home: Path) -> None:
    check = _looked(home, OPENAI_BASE_URL=refusing(), ADVISOR_MODEL="stand-in")["language model"]
    assert check.status == "warn"
    assert "Traceback" not in check.detail


def test_what_a_turn_cost_is_stored_and_shown(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from advisor.cli_sessions import sessions_show

    with running(decent) as server:
        settings = load_settings(
            {"ADVISOR_HOME": str(home), "OPENAI_BASE_URL": server.url, "ADVISOR_MODEL": "stand-in"}
        )
        advisor = Advisor(settings)
        response = advisor.respond("talk", QUESTION)
        advisor.close()
    assert response.usage.to_dict() == {"llm_calls": 1, "prompt_tokens": 100, "completion_tokens": 20}
    monkeypatch.setenv("ADVISOR_HOME", str(home))
    sessions_show("talk")
    shown = capsys.readouterr().out
    assert "(1 calls, 100 + 20 tokens, cost unknown)" in shown
    assert "In all: 1 calls" in shown
    sessions_show("talk", as_json=True)
    record = json.loads(capsys.readouterr().out)
    assert record["spent"]["cost_usd"] is None
    assert "spent" not in record["response"]
    assert "stopped" not in record["response"]


def test_embeddings_of_the_endpoint_search_in_an_index_of_their_own(home: Path) -> None:
    with running() as server:
        settings = load_settings(
            {"ADVISOR_HOME": str(home), "OPENAI_BASE_URL": server.url, "ADVISOR_EMBEDDINGS": "vectors-1"}
        )
        advisor = Advisor(settings)
        found = advisor.retriever.search("RAG updates instantly; fine-tuning requires retraining cycles", 3, "en")
        sent = [request for request in server.received if request.path.endswith("/embeddings")]
        advisor.close()
        again = Advisor(settings)
        again.retriever.search("Another question", 3, "en")
        more = len([request for request in server.received if request.path.endswith("/embeddings")]) - len(sent)
        again.close()
    assert found[0].passage.id == "core-differences/knowledge-freshness"
    assert sent[-1].body["input"] == ["RAG updates instantly; fine-tuning requires retraining cycles"]
    assert more == 1  # the index was kept
    bundled = Advisor(load_settings({"ADVISOR_HOME": str(home)}))
    assert bundled.endpoint_index is None
    assert bundled.derived.folder.is_dir()  # switching back costs nothing
    bundled.close()


def test_embeddings_that_fail_are_said_once_and_the_bundled_ones_search(home: Path) -> None:
    notices: list[str] = []
    with running() as server:
        server.always("bad_key")
        settings = load_settings(
            {"ADVISOR_HOME": str(home), "OPENAI_BASE_URL": server.url, "ADVISOR_EMBEDDINGS": "vectors-1"}
        )
        advisor = Advisor(settings, notice=notices.append)
        found = [advisor.retriever.search(QUESTION, 3, "en") for _ in range(2)]
        advisor.close()
    assert all(found)
    assert len(notices) == 1
    assert "bundled" in notices[0]
