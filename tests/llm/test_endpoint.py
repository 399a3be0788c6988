"""The real client library against a real server, well and badly behaved."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import openai
import pytest
import respx

from advisor.errors import (
    ModelAccessError,
    ModelContextError,
    ModelError,
    ModelOutputError,
    ModelPausedError,
    ModelProtocolError,
    ModelQuotaError,
    ModelRateLimitError,
    ModelRequestError,
    ModelTimeoutError,
    ModelUnavailableError,
    ModelUnknownError,
)
from advisor.llm.client import TURN_SECONDS, AnswerSchema, Deadline, ModelReply, ModelRequest, Usage
from advisor.llm.dialect import Dialect, Learnt
from advisor.llm.endpoint import EndpointModel
from advisor.llm.exchange import NO_KEY, Endpoint, Patience
from advisor.llm.faults import BY_NAME, Place, fault, fault_in, retry_after_s
from tests.llm.server import FAULTS, WORDS, ModelServer, refusing, running

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

SECRET = "sk-secret-abcdefgh1234567890"  # noqa: S105 - to look for where it must not be
PATIENCE = Patience(backoff_s=0.01, longest_wait_s=0.02)


def _check(answer: Any) -> None:
    if not isinstance(answer.get("value"), str):
        raise ValueError(WORDS)  # noqa: TRY004 - what checks raise


SCHEMA = AnswerSchema(
    "reading",
    {
        "type": "object",
        "properties": {"value": {"type": "string"}},
        "required": ["value"],
        "additionalProperties": False,
    },
    _check,
)


def _request(schema: AnswerSchema | None = None, user: str = "How often?") -> ModelRequest:
    return ModelRequest("Read the message.", user, "understand", 200, schema)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with running() as started:
        yield started


@pytest.fixture
def make() -> Iterator[Callable[..., EndpointModel]]:
    """Make a model of a server's; closed at the end."""
    made = []

    def model(base_url: str, **more: Any) -> EndpointModel:
        more = {"patience": PATIENCE, "learnt": Learnt(), **more}
        made.append(EndpointModel(Endpoint("stand-in", base_url, SECRET), **more))
        return made[-1]

    yield model
    for each in made:
        each.close()


def _streamed(talk: Generator[str, None, ModelReply]) -> tuple[list[str], ModelReply]:
    pieces = []
    while True:
        try:
            pieces.append(next(talk))
        except StopIteration as end:
            return pieces, end.value


def _ask(model: EndpointModel, request: ModelRequest, *, stream: bool, seconds: float = 20) -> ModelReply:
    deadline = Deadline.after(seconds)
    return _streamed(model.stream(request, deadline))[1] if stream else model.complete(request, deadline)


# answers


def test_a_whole_answer_tells_its_text_its_counts_and_why_it_ended(
    server: ModelServer, make: Callable[..., EndpointModel]
) -> None:
    reply = make(server.url).complete(_request(), Deadline.after(5))

    assert reply.text == "All is well."
    assert reply.parsed is None
    assert reply.usage == Usage(1, 100, 20, 60)
    assert reply.usage.uncached_tokens == 40
    assert (reply.finish, reply.model) == ("stop", "stand-in")
    assert 0 < reply.elapsed_ms < 5000
    sent = server.received[0]
    assert sent.path == "/v1/chat/completions"
    assert sent.headers["authorization"] == f"Bearer {SECRET}"
    assert sent.body == {
        "model": "stand-in",
        "messages": [
            {"role": "system", "content": "Read the message."},
            {"role": "user", "content": "How often?"},
        ],
        "max_tokens": 200,
        "temperature": 0.0,
    }


def test_a_stream_gives_its_pieces_as_they_come_and_then_the_whole(
    server: ModelServer, make: Callable[..., EndpointModel]
) -> None:
    server.reply = "Weekly updates call for RAG. 每週更新的知識適合檢索。"
    server.piece_delay_s = 0.05
    started = time.monotonic()
    talk = make(server.url).stream(_request(), Deadline.after(5))
    first = next(talk)
    first_after = time.monotonic() - started
    pieces, reply = _streamed(talk)

    assert first == "Weekly u"
    assert time.monotonic() - started > first_after + 0.15
    assert first + "".join(pieces) == reply.text == server.reply
    assert reply.usage == Usage(1, 100, 20, 60)
    assert reply.finish == "stop"


@pytest.mark.parametrize("stream", [False, True])
def test_reasoning_that_a_server_leaves_in_the_answer_is_no_part_of_the_reply(
    server: ModelServer, make: Callable[..., EndpointModel], *, stream: bool
) -> None:
    server.reply = "<think>They ask how often.\nSo weekly.</think>\n\nWeekly."

    assert _ask(make(server.url), _request(), stream=stream).text == "Weekly."


def test_loading_ahead_says_nothing_of_a_wrong_address(make: Callable[..., EndpointModel]) -> None:
    make("http://[wrong").warm()
    with pytest.raises(ModelError):
        make("http://[wrong").complete(_request(), Deadline.after(5))


def test_without_a_key_a_dummy_goes_where_the_client_wants_one(server: ModelServer) -> None:
    model = EndpointModel(Endpoint("stand-in", server.url), learnt=Learnt())
    model.complete(_request(), Deadline.after(5))
    model.close()

    assert server.received[0].headers["authorization"] == f"Bearer {NO_KEY}"


def test_the_models_that_a_server_offers_can_be_listed(server: ModelServer, make: Callable[..., EndpointModel]) -> None:
    assert make(server.url).models(Deadline.after(5)) == ("stand-in",)
    with pytest.raises(ModelUnavailableError):
        make(refusing()).models(Deadline.after(5))


def test_keys_in_a_message_and_halves_of_characters_do_not_leave(
    server: ModelServer, make: Callable[..., EndpointModel]
) -> None:
    make(server.url).complete(_request(user=f"my key {SECRET} \ud800 broken"), Deadline.after(5))

    assert server.asked[0]["messages"][1]["content"] == "my key [redacted] ? broken"


def test_no_header_tells_of_the_machine_or_of_an_account_elsewhere(
    server: ModelServer, make: Callable[..., EndpointModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-1")
    make(server.url).complete(_request(), Deadline.after(5))
    headers = server.received[0].headers

    assert not {"openai-organization", "openai-project", "x-stainless-os", "x-stainless-arch"} & set(headers)
    assert not any(name.startswith("x-stainless-runtime") for name in headers)


# structured answers


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("structures", "asked"),
    [({"json_schema", "tool"}, "response_format"), ({"tool"}, "tools"), (set(), None)],
)
def test_json_is_asked_for_in_the_way_that_the_server_allows_found_out_once(
    server: ModelServer, make: Callable[..., EndpointModel], structures: set[str], asked: str | None, *, stream: bool
) -> None:
    server.reply, server.structures = {"value": "weekly"}, structures
    model = make(server.url)

    replies = [_ask(model, _request(SCHEMA), stream=stream) for _ in range(3)]

    assert [reply.parsed for reply in replies] == [{"value": "weekly"}] * 3
    assert [reply.usage.calls for reply in replies] == [3 - len(structures), 1, 1]
    forms = [next((form for form in ("response_format", "tools") if form in body), None) for body in server.asked]
    assert forms == [*(["response_format", "tools"][: 2 - len(structures)]), asked, asked, asked]


def test_each_way_of_asking_for_json_is_written_as_the_protocol_wants_it(
    server: ModelServer, make: Callable[..., EndpointModel]
) -> None:
    server.reply, server.structures = {"value": "weekly"}, set()
    make(server.url).complete(_request(SCHEMA), Deadline.after(5))
    by_schema, by_tool, in_words = server.asked

    assert by_schema["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "reading", "schema": SCHEMA.schema, "strict": True},
    }
    assert by_tool["tools"] == [{"type": "function", "function": {"name": "reading", "parameters": SCHEMA.schema}}]
    assert by_tool["tool_choice"] == {"type": "function", "function": {"name": "reading"}}
    assert set(in_words) == {"model", "messages", "max_tokens", "temperature"}
    assert in_words["messages"][0]["content"].startswith("Read the message.\n\nAnswer with one JSON object")
    assert '"required":["value"]' in in_words["messages"][0]["content"]


@pytest.mark.parametrize("status", ["bad_request", "wrong_path", "internal_error", "unprocessable"])
def test_a_server_that_fails_at_a_schema_is_asked_otherwise(
    server: ModelServer, make: Callable[..., EndpointModel], status: str
) -> None:
    server.reply = {"value": "daily"}
    server.then(status)
    model = make(server.url)

    assert model.complete(_request(SCHEMA), Deadline.after(5)).parsed == {"value": "daily"}
    assert "tools" in server.asked[-1]


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"value": "daily"}\n```',
        'Sure! {"value": "daily"} I hope this helps {or not}',
        '<think>{"value": 1} or {</think>{"value": "daily"}',
        '{oops} {"value": "daily"}',
    ],
)
def test_a_server_that_takes_a_schema_and_does_not_mind_it_is_told_in_words(
    server: ModelServer, make: Callable[..., EndpointModel], text: str
) -> None:
    server.reply = text
    model = make(server.url)

    assert model.complete(_request(SCHEMA), Deadline.after(5)).parsed == {"value": "daily"}


def test_what_was_found_out_is_kept_for_every_model_object_of_the_process(
    server: ModelServer, make: Callable[..., EndpointModel]
) -> None:
    learnt = Learnt()
    server.reply, server.structures = {"value": "weekly"}, set()
    make(server.url, learnt=learnt).complete(_request(SCHEMA), Deadline.after(5))
    make(server.url, learnt=learnt).complete(_request(SCHEMA), Deadline.after(5))

    assert len(server.asked) == 4
    assert learnt.of(server.url, "stand-in").structure == "text"
    assert learnt.of(server.url, "another") == Dialect()


def test_once_a_way_was_good_a_bad_answer_is_a_bad_answer(
    server: ModelServer, make: Callable[..., EndpointModel]
) -> None:
    server.reply = {"value": "weekly"}
    model = make(server.url)
    model.complete(_request(SCHEMA), Deadline.after(5))
    server.then("prose", "internal_error", "internal_error")

    with pytest.raises(ModelOutputError) as caught:
        model.complete(_request(SCHEMA), Deadline.after(5))
    assert caught.value.usage == Usage(1, 100, 20, 60)
    with pytest.raises(ModelUnavailableError):
        model.complete(_request(SCHEMA), Deadline.after(5))

    assert len(server.asked) == 4
    assert all("response_format" in body for body in server.asked)


def test_a_server_that_only_fails_teaches_nothing(server: ModelServer, make: Callable[..., EndpointModel]) -> None:
    learnt = Learnt()
    server.always("internal_error")
    with pytest.raises(ModelUnavailableError) as caught:
        make(server.url, learnt=learnt).complete(_request(SCHEMA), Deadline.after(5))

    assert learnt.of(server.url, "stand-in") == Dialect()
    assert caught.value.usage is not None
    assert caught.value.usage.calls == len(server.asked) <= 4


@pytest.mark.parametrize("stream", [False, True])
def test_parameters_that_a_model_rejects_are_replaced_or_left_out_from_then_on(
    server: ModelServer, make: Callable[..., EndpointModel], *, stream: bool
) -> None:
    server.rejected = {"max_tokens", "temperature", "stream_options"}
    model = make(server.url)
    _ask(model, _request(), stream=stream)
    _ask(model, _request(), stream=stream)

    assert len(server.asked) == (5 if stream else 4)
    assert server.asked[-1]["max_completion_tokens"] == 200
    assert not server.rejected & set(server.asked[-1])


# faults


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_ends_in_its_own_error_in_our_words_and_in_time(
    server: ModelServer,
    make: Callable[..., EndpointModel],
    caplog: pytest.LogCaptureFixture,
    name: str,
    *,
    stream: bool,
) -> None:
    expected, slow = FAULTS[name], name == "dripping"
    server.always(name)
    model = make(server.url, patience=replace(PATIENCE, read_s=0.15) if name == "read_timeout" else PATIENCE)
    if expected.needs_schema:
        model._learnt.keep(server.url, "stand-in", Dialect(certain=True))
    model.warm()
    started = time.monotonic()
    with caplog.at_level(logging.INFO), pytest.raises(ModelError) as caught:
        _ask(model, _request(SCHEMA if expected.needs_schema else None), stream=stream, seconds=1 if slow else 20)

    error = caught.value
    assert type(error) is (expected.streamed if stream else expected.plain)
    assert time.monotonic() - started < (5 if slow else 10)
    shown = "".join(traceback.format_exception(error)) + str(error) + repr(error) + caplog.text
    assert WORDS not in shown
    assert "sk-" not in shown
    assert "openai." not in shown
    assert "stand-in" in str(error) or "127.0.0.1" in str(error) or slow
    if not (stream and _gave_text(name)):
        assert len(server.asked) == expected.requests
    assert error.usage is not None
    assert error.usage.calls == len(server.asked)


def _gave_text(name: str) -> bool:
    """Whether the stream began before it failed: then nothing is asked again."""
    return name in {"reset_amid", "body_cut", "json_cut", "silent_end", "error_amid", "strange_end"}


def test_there_are_more_than_twenty_kinds_of_fault() -> None:
    assert len(FAULTS) >= 20


@pytest.mark.parametrize("stream", [False, True])
def test_an_address_where_nobody_listens_is_told_with_what_to_do(
    make: Callable[..., EndpointModel], *, stream: bool
) -> None:
    with pytest.raises(ModelUnavailableError, match="see that the server runs and that OPENAI_BASE_URL names it"):
        _ask(make(refusing()), _request(), stream=stream)


@pytest.mark.parametrize(
    ("base_url", "kind"),
    [("http://", ModelError), ("ftp://127.0.0.1/v1", ModelUnknownError), ("http://127.0.0.1:99999/v1", ModelError)],
)
def test_an_address_that_is_none_is_a_model_error(
    make: Callable[..., EndpointModel], base_url: str, kind: type[ModelError]
) -> None:
    with pytest.raises(kind):
        _ask(make(base_url), _request(), stream=False)


def test_a_key_that_no_header_can_hold_is_a_wrong_key(server: ModelServer) -> None:
    model = EndpointModel(Endpoint("stand-in", server.url, "sk-…key"), learnt=Learnt())
    with pytest.raises(ModelAccessError, match="correct OPENAI_API_KEY"):
        model.complete(_request(), Deadline.after(5))
    model.close()


def test_a_key_with_a_line_end_is_a_wrong_key(server: ModelServer) -> None:
    model = EndpointModel(Endpoint("stand-in", server.url, "sk-abc\nX-Evil: 1"), learnt=Learnt())
    with pytest.raises(ModelAccessError, match="correct OPENAI_API_KEY"):
        model.complete(_request(), Deadline.after(5))
    model.close()


def test_what_succeeds_the_second_time_is_answered_and_both_calls_are_counted(
    server: ModelServer, make: Callable[..., EndpointModel]
) -> None:
    server.then("overloaded")
    reply = make(server.url).complete(_request(), Deadline.after(5))

    assert reply.text == "All is well."
    assert reply.usage.calls == 2


def test_text_that_was_given_is_never_asked_for_again(server: ModelServer, make: Callable[..., EndpointModel]) -> None:
    server.then("silent_end")
    talk = make(server.url).stream(_request(), Deadline.after(5))

    assert next(talk) == "Half of "
    with pytest.raises(ModelError):
        next(talk)
    assert len(server.asked) == 1


def test_a_wait_longer_than_the_turn_fails_at_once_and_a_short_one_is_waited(
    server: ModelServer, make: Callable[..., EndpointModel]
) -> None:
    waited: list[float] = []
    server.then("rate_limit_long")
    with pytest.raises(ModelRateLimitError) as caught:
        make(server.url, sleep=waited.append).complete(_request(), Deadline.after(45))
    assert caught.value.retry_after_s == 120
    assert waited == []

    server.then("rate_limit_short")
    make(server.url, sleep=waited.append).complete(_request(), Deadline.after(45))
    assert waited == [0.01]


def test_a_deadline_that_passed_asks_nothing(server: ModelServer, make: Callable[..., EndpointModel]) -> None:
    with pytest.raises(ModelTimeoutError):
        make(server.url).complete(_request(), Deadline.after(0))
    assert server.asked == []


def test_no_deadline_is_longer_than_a_turn() -> None:
    assert Deadline.after(3600).left_s() <= TURN_SECONDS


def test_a_server_that_drips_forever_is_given_up_at_the_deadline(
    server: ModelServer, make: Callable[..., EndpointModel]
) -> None:
    server.then("dripping")
    model = make(server.url)
    model.warm()
    before, started = set(threading.enumerate()), time.monotonic()
    with pytest.raises(ModelTimeoutError):
        model.complete(_request(), Deadline.after(0.3))

    assert 0.25 < time.monotonic() - started < 5
    for thread in set(threading.enumerate()) - before:
        if thread.name == "llm-call":
            thread.join(5)
            assert not thread.is_alive(), "the connection is let go as well"


def test_a_stream_that_is_closed_early_lets_its_thread_end(
    server: ModelServer, make: Callable[..., EndpointModel]
) -> None:
    server.reply, server.piece_delay_s = "word " * 200, 0.02
    before = set(threading.enumerate())
    talk = make(server.url).stream(_request(), Deadline.after(5))
    next(talk)
    (calling,) = (each for each in set(threading.enumerate()) - before if each.name == "llm-call")
    talk.close()
    calling.join(3)

    assert not calling.is_alive()


def test_a_body_without_end_is_not_read_to_its_end(
    server: ModelServer, make: Callable[..., EndpointModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("advisor.llm.exchange.MOST_BYTES", 10_000)
    server.reply = "x" * 20_000
    with pytest.raises(ModelProtocolError):
        make(server.url).complete(_request(), Deadline.after(5))


@pytest.mark.parametrize(
    ("name", "usage"),
    [
        ("length", Usage(1, 100, 20, 60)),
        ("refusal", Usage(1, 100, 20, 60)),
        ("no_choices", Usage(2, 200, 40, 120)),
        ("overloaded", Usage(2)),
        ("read_timeout", Usage(2, uncounted=2)),
        ("json_cut", Usage(2, uncounted=2)),
        ("bad_key", Usage(1)),
    ],
)
def test_a_call_that_failed_is_still_counted_and_what_is_not_known_of_it_is_said(
    server: ModelServer, make: Callable[..., EndpointModel], name: str, usage: Usage
) -> None:
    server.always(name)
    with pytest.raises(ModelError) as caught:
        make(server.url, patience=replace(PATIENCE, read_s=0.15)).complete(_request(), Deadline.after(20))

    assert caught.value.usage == usage


def test_many_threads_can_ask_one_model(server: ModelServer, make: Callable[..., EndpointModel]) -> None:
    server.reply, server.delay_s = (lambda body: body["messages"][1]["content"]), 0.02
    model = make(server.url)
    with ThreadPoolExecutor(8) as pool:
        asked = [str(number) for number in range(40)]
        replies = list(pool.map(lambda user: model.complete(_request(user=user), Deadline.after(20)).text, asked))

    assert replies == asked


# the circuit


def test_after_five_failures_the_server_is_left_alone(server: ModelServer, make: Callable[..., EndpointModel]) -> None:
    server.always("overloaded")
    model = make(server.url)
    for _ in range(5):
        with pytest.raises(ModelUnavailableError):
            model.complete(_request(), Deadline.after(5))
    asked = len(server.asked)
    started = time.monotonic()
    with pytest.raises(ModelPausedError) as caught:
        model.complete(_request(), Deadline.after(5))

    assert time.monotonic() - started < 0.1
    assert len(server.asked) == asked
    assert caught.value.usage is None


def test_a_bad_key_is_tried_once_not_at_every_turn(server: ModelServer, make: Callable[..., EndpointModel]) -> None:
    server.always("bad_key")
    model = make(server.url)
    with pytest.raises(ModelAccessError, match="correct OPENAI_API_KEY"):
        model.complete(_request(), Deadline.after(5))
    with pytest.raises(ModelPausedError) as caught:
        model.complete(_request(), Deadline.after(5))

    assert caught.value.because == "model_access"
    assert len(server.asked) == 1


# the vendor's list


def _vendor_errors() -> list[str]:
    listed = {name for name in dir(openai) if isinstance(getattr(openai, name), type)}
    kinds = {getattr(openai, name) for name in listed} | {
        kind for kind in vars(openai._exceptions).values() if isinstance(kind, type)
    }
    return sorted({kind.__name__ for kind in kinds if issubclass(kind, Exception) and kind.__name__[0] != "_"})


@pytest.mark.parametrize("name", _vendor_errors())
def test_every_error_of_the_client_library_is_mapped_by_name(name: str) -> None:
    assert name in BY_NAME, "a new error of the client library: say in advisor/llm/faults.py what it means"


@pytest.mark.parametrize(
    "error", [AttributeError(WORDS), IndexError(WORDS), TypeError(WORDS), ValueError(WORDS), RecursionError(WORDS)]
)
def test_whatever_else_is_raised_is_a_fault_of_the_protocol(error: Exception) -> None:
    problem = fault(error, Place("m", "http://host:1/v1"))

    assert type(problem) is ModelProtocolError
    assert WORDS not in str(problem)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": {"code": 429, "message": WORDS}}, ModelRateLimitError),
        ({"error": {"code": "502", "message": WORDS}}, ModelUnavailableError),
        ({"error": {"code": "insufficient_quota"}}, ModelQuotaError),
        ({"error": WORDS}, ModelProtocolError),
        ({"error": {"code": 7}}, ModelProtocolError),
        ({"error": None, "choices": []}, None),
        ([], None),
    ],
)
def test_an_error_that_is_sent_as_an_answer_is_still_told_apart(body: object, kind: type[ModelError] | None) -> None:
    problem = fault_in(body, Place("m", "http://host/v1"))

    assert (problem and type(problem)) == kind
    assert WORDS not in str(problem)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        # Ollama, vLLM, llama.cpp, Google: words or a type where OpenAI gives a code
        (
            404,
            {"error": {"message": 'model "x" not found, try pulling it first', "type": "api_error"}},
            ModelUnknownError,
        ),
        (404, {"object": "error", "message": "The model `x` does not exist.", "code": 404}, ModelUnknownError),
        (400, {"object": "error", "message": "This model's maximum context length is 4096 tokens."}, ModelContextError),
        (400, {"error": {"code": 400, "message": "…", "type": "exceed_context_size_error"}}, ModelContextError),
        (400, {"error": {"code": 400, "message": "API key not valid."}}, ModelAccessError),
        (400, {"error": "something"}, ModelRequestError),
        (418, {"error": "something"}, ModelRequestError),
        (529, {"error": "something"}, ModelUnavailableError),
    ],
)
def test_other_servers_words_are_understood(
    make: Callable[..., EndpointModel], status: int, body: dict[str, Any], kind: type[ModelError]
) -> None:
    with respx.mock(base_url="https://llm.example/v1") as mocked:
        mocked.post("/chat/completions").respond(status, json=body)
        with pytest.raises(ModelError) as caught:
            make("https://llm.example/v1", http_client=httpx.Client()).complete(_request(), Deadline.after(5))

    assert type(caught.value) is kind
    assert caught.value.status == status


def test_a_message_names_the_server_without_user_password_or_query() -> None:
    assert Place("m", "https://me:pass@host.example:8443/v1?key=abc").server == "host.example:8443"
    assert Place("m", "not an address").server == "the address of OPENAI_BASE_URL"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "Thu, 01 Jan 1970 00:01:00 GMT"}, 60),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_the_wait_that_a_server_asks_for_is_read_in_all_its_forms(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after_s(headers, now=0) == seconds


# another transport


def test_a_client_of_the_older_transport_can_be_given(make: Callable[..., EndpointModel]) -> None:
    answer = {"choices": [{"message": {"content": "Hello."}, "finish_reason": "stop"}], "model": "m"}
    with respx.mock(base_url="https://llm.example/v1") as mocked:
        route = mocked.post("/chat/completions").mock(
            side_effect=[httpx.Response(503), httpx.Response(200, json=answer)]
        )
        model = make("https://llm.example/v1", http_client=httpx.Client())
        reply = model.complete(_request(), Deadline.after(5))
        route.side_effect = httpx.ConnectError(WORDS)
        with pytest.raises(ModelUnavailableError):
            model.complete(_request(), Deadline.after(5))

    assert reply.text == "Hello."
    assert reply.usage == Usage(2, uncounted=1), "this server tells no counts"
