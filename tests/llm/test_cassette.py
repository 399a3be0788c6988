"""Recorded answers are found again by what was asked, and never made up by asking."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from advisor.errors import CassetteError, ModelUnavailableError
from advisor.llm.cassette import Cassette, CassetteModel, request_key
from advisor.llm.client import AnswerSchema, Deadline, ModelRequest
from advisor.llm.scripted import ScriptedModel

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = AnswerSchema("reading", {"type": "object", "properties": {"value": {"type": "string"}}})
REQUEST = ModelRequest("Read.", "每週更新", "understand", 100, SCHEMA)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recordings" / "dialogue.jsonl"


def _record(path: Path, *requests: ModelRequest) -> None:
    live = ScriptedModel([{"value": request.user} for request in requests])
    model = CassetteModel(Cassette(path), model="m", live=live, record="missing")
    for request in requests:
        model.complete(request, Deadline.after())


def test_what_was_recorded_is_replayed_without_a_model(path: Path) -> None:
    _record(path, REQUEST)
    model = CassetteModel(Cassette(path), model="m")

    assert model.complete(REQUEST, Deadline.after()).parsed == {"value": "每週更新"}
    talk = model.stream(REQUEST, Deadline.after())
    assert next(talk) == '{"value": "每週更新"}'


@pytest.mark.parametrize("record", ["none", "missing", "all"])
def test_only_recording_ever_asks_the_model(path: Path, record: str) -> None:
    _record(path, REQUEST)
    live = ScriptedModel([{"value": "anew"}])
    model = CassetteModel(Cassette(path), model="m", live=live, record=record)
    answers = [model.complete(REQUEST, Deadline.after()).parsed]

    assert answers == [{"value": "anew" if record == "all" else "每週更新"}]
    assert len(live.asked) == (record == "all")


def test_a_miss_is_an_error_that_says_what_to_do_and_asks_nobody(path: Path) -> None:
    _record(path, REQUEST)
    live = ScriptedModel([{"value": "never"}])
    model = CassetteModel(Cassette(path), model="m", live=live)
    with pytest.raises(CassetteError, match=r"dialogue\.jsonl has no answer of 'm'.*--record missing"):
        model.complete(replace(REQUEST, user="another"), Deadline.after())
    with pytest.raises(CassetteError):
        next(model.stream(replace(REQUEST, user="another"), Deadline.after()))

    assert live.asked == []


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, system="Read well."),
        replace(REQUEST, user="每月更新"),
        replace(REQUEST, max_tokens=101),
        replace(REQUEST, temperature=0.5),
        replace(REQUEST, schema=None),
        replace(REQUEST, schema=replace(SCHEMA, name="other")),
        replace(REQUEST, schema=replace(SCHEMA, schema={"type": "object"})),
    ],
)
def test_whatever_the_answer_depends_on_is_part_of_the_key(other: ModelRequest) -> None:
    assert request_key("m", other) != request_key("m", REQUEST)


def test_another_model_has_another_key_and_another_purpose_or_order_of_names_has_not() -> None:
    turned = replace(SCHEMA, schema=dict(reversed(list(SCHEMA.schema.items()))))

    assert request_key("n", REQUEST) != request_key("m", REQUEST)
    assert request_key("m", replace(REQUEST, purpose="repair", schema=turned)) == request_key("m", REQUEST)


def test_the_key_of_a_request_stays_what_it_is() -> None:
    # recordings on disk are found by it
    assert request_key("m", REQUEST) == "ef995d4344c6cd2003e444c8e8af80f4cc9ac0a34063b3257fc4b80bed8cadac"


def test_an_error_of_the_model_is_not_recorded(path: Path) -> None:
    live = ScriptedModel([ModelUnavailableError("down")])
    model = CassetteModel(Cassette(path), model="m", live=live, record="all")
    with pytest.raises(ModelUnavailableError):
        model.complete(REQUEST, Deadline.after())

    assert not path.exists()


def test_a_stream_is_recorded_when_it_ended(path: Path) -> None:
    live = ScriptedModel([{"value": "streamed"}, {"value": "cut"}])
    model = CassetteModel(Cassette(path), model="m", live=live, record="all")
    list(model.stream(REQUEST, Deadline.after()))
    cut = model.stream(REQUEST, Deadline.after())
    next(cut)
    cut.close()

    assert CassetteModel(Cassette(path), model="m").complete(REQUEST, Deadline.after()).parsed == {"value": "streamed"}


def test_what_nobody_asks_for_any_more_is_listed_and_can_be_dropped(path: Path) -> None:
    old = replace(REQUEST, user="old")
    _record(path, REQUEST, old)
    cassette = Cassette(path)
    CassetteModel(cassette, model="m").complete(REQUEST, Deadline.after())

    assert [entry["user"] for entry in cassette.stale()] == ["old"]
    cassette.compact(drop_stale=True)
    assert len(Cassette(path)) == 1


def test_compacting_keeps_the_last_answer_and_sorts_for_review(path: Path) -> None:
    _record(path, REQUEST, replace(REQUEST, user="b"), replace(REQUEST, user="c"))
    cassette = Cassette(path)
    live = ScriptedModel([{"value": "later"}])
    CassetteModel(cassette, model="m", live=live, record="all").complete(REQUEST, Deadline.after())
    assert len(path.read_text(encoding="utf-8").splitlines()) == 4
    cassette.compact()
    keys = [json.loads(line)["key"] for line in path.read_text(encoding="utf-8").splitlines()]

    assert keys == sorted(keys)
    assert len(keys) == 3
    assert Cassette(path).get(request_key("m", REQUEST)).parsed == {"value": "later"}


def test_no_key_is_written_and_none_is_part_of_the_request_s_key(path: Path) -> None:
    secret = "sk-" + "a1b2c3d4e5f6g7h8"
    asked = replace(REQUEST, user=f"with {secret}")
    _record(path, replace(asked, schema=None))

    assert request_key("m", asked) == request_key("m", replace(REQUEST, user="with sk-" + "h8g7f6e5d4c3b2a1"))
    text = path.read_text(encoding="utf-8")
    assert json.loads(text)["user"] == "with [redacted]"


@pytest.mark.parametrize("line", ["{", "[]", '{"key": "a"}', '{"key": "a", "reply": {}}', "null"])
def test_a_damaged_line_is_told_with_its_number(path: Path, line: str) -> None:
    _record(path, REQUEST)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")

    with pytest.raises(CassetteError, match="line 2: no recorded answer"):
        Cassette(path)


def test_recording_without_a_model_is_a_mistake_of_the_caller_s(path: Path) -> None:
    with pytest.raises(ValueError, match="needs a model"):
        CassetteModel(Cassette(path), model="m", record="missing")
