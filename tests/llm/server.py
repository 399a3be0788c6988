"""A server on loopback that speaks OpenAI's chat completions, well or badly.

It answers by a function of the request, whole or as a stream, in JSON by schema or by tool call; it keeps
what it received; and it can be told, request by request, to fail in any of the ways of `FAULTS`.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
import zlib
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from advisor import errors as e

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

WORDS = "VENDOR-WORDS-NOBODY-MUST-SEE"
"""Stands in every error that the server words; whoever shows it shows the server's words."""

SLOW_S = 10.0
"""Longer than any test waits."""

Reply = str | dict[str, Any]
"""What the model says: a text, or an object that is sent as JSON."""


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    """With names in lower case."""
    body: dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """One way to fail."""

    act: Callable[[Handler, dict[str, Any]], None]
    plain: type[e.ModelError]
    """What a whole answer ends with."""
    streamed: type[e.ModelError]
    """What a stream ends with."""
    requests: int = 1
    """How often the request is made before it is given up, with two attempts allowed."""
    needs_schema: bool = False
    """Whether it can only be seen where JSON is asked for."""


class ModelServer(ThreadingHTTPServer):
    """The server; `running` starts one."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, reply: Reply | Callable[[dict[str, Any]], Reply] = "All is well.") -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.reply = reply
        self.model = "stand-in"
        self.structures = {"json_schema", "tool"}
        """The forms of JSON answers that it knows; it answers 400 to others."""
        self.rejected: set[str] = set()
        """Parameters that it answers 400 to."""
        self.prompt_tokens, self.completion_tokens, self.cached_tokens = 100, 20, 60
        self.delay_s = 0.0
        """Before the first byte of an answer."""
        self.piece_delay_s = 0.0
        """Before each piece of a stream but the first."""
        self.received: list[Received] = []
        self._next: deque[str | None] = deque()
        self._always: str | None = None

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.server_port}/v1"

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The bodies of the questions so far."""
        return [request.body for request in self.received if request.path.endswith("/chat/completions")]

    def then(self, *faults: str | None) -> None:
        """Fail so with the next requests, one by one; ``None`` answers well."""
        self._next.extend(faults)

    def always(self, fault: str | None) -> None:
        """Fail so with every request from now on; ``None`` to answer well again."""
        self._always = fault

    def take_fault(self) -> str | None:
        """What to do with the request at hand."""
        return self._next.popleft() if self._next else self._always

    def says(self, body: dict[str, Any]) -> Reply:
        """The model's answer to a request."""
        return self.reply(body) if callable(self.reply) else self.reply

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nobody is told of clients that went away."""


@contextmanager
def running(reply: Reply | Callable[[dict[str, Any]], Reply] = "All is well.") -> Iterator[ModelServer]:
    """A server that runs for a while."""
    server = ModelServer(reply)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def refusing() -> str:
    """A base URL at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


def embedded(body: dict[str, Any]) -> dict[str, Any]:
    """Vectors of texts: which sequences of three characters stand in them."""
    data = []
    for place, text in enumerate(body["input"]):
        vector = [0.01] * 64
        for start in range(len(text) - 2):
            vector[zlib.crc32(text[start : start + 3].lower().encode()) % 64] += 1.0
        data.append({"object": "embedding", "index": place, "embedding": vector})
    return {"object": "list", "data": data, "model": body["model"], "usage": {"prompt_tokens": 1, "total_tokens": 1}}


@dataclass
class Said:
    """An answer on its way, in the protocol's fields."""

    content: str | None = None
    arguments: str | None = None
    tool: str = ""
    refusal: str | None = None
    finish: str | None = "stop"
    extra: dict[str, Any] = field(default_factory=dict)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else small pieces wait 40 ms for each other, which is not the client's time
    server: ModelServer

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""

    def do_GET(self) -> None:
        self.server.received.append(Received(self.path, self._headers(), {}))
        if not self.path.endswith("/models"):
            self.json(404, {"error": {"message": WORDS}})
            return
        listed = [{"id": self.server.model, "object": "model", "created": 1, "owned_by": "us"}]
        self.json(200, {"object": "list", "data": listed})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append(Received(self.path, self._headers(), body))
        if self.server.delay_s:
            time.sleep(self.server.delay_s)
        name = self.server.take_fault()
        with suppress(BrokenPipeError, ConnectionResetError):  # the client may have gone
            if name is None and self.path.endswith("/embeddings"):
                self.json(200, embedded(body))
            elif name is None:
                self._answer(body)
            else:
                FAULTS[name].act(self, body)

    def _headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def _answer(self, body: dict[str, Any]) -> None:
        rejected = self._rejected(body)
        if rejected:
            message = f"Unsupported parameter: '{rejected}' is not supported with this model. {WORDS}"
            error = {"message": message, "type": "invalid_request_error", "param": rejected}
            self.json(400, {"error": {**error, "code": "unsupported_parameter"}})
            return
        self.say(body, said_by(self.server.says(body), body))

    def _rejected(self, body: dict[str, Any]) -> str | None:
        if "response_format" in body and "json_schema" not in self.server.structures:
            return "response_format"
        if "tools" in body and "tool" not in self.server.structures:
            return "tools"
        return next((name for name in self.server.rejected if name in body), None)

    def say(self, body: dict[str, Any], said: Said) -> None:
        """Answer well in form, as a stream where one is wanted."""
        if body.get("stream"):
            self.stream([*self.chunks(body, said), b"data: [DONE]\n\n"])
        else:
            self.json(200, self.completion(said))

    def completion(self, said: Said) -> dict[str, Any]:
        """A whole answer."""
        message: dict[str, Any] = {"role": "assistant", "content": said.content, "refusal": said.refusal}
        if said.arguments is not None:
            function = {"name": said.tool, "arguments": said.arguments}
            message["tool_calls"] = [{"id": "call_1", "type": "function", "function": function}]
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": self.server.model,
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": said.finish}],
            "usage": self.usage(),
            **said.extra,
        }

    def usage(self) -> dict[str, Any]:
        """The counts."""
        server = self.server
        return {
            "prompt_tokens": server.prompt_tokens,
            "completion_tokens": server.completion_tokens,
            "total_tokens": server.prompt_tokens + server.completion_tokens,
            "prompt_tokens_details": {"cached_tokens": server.cached_tokens},
        }

    def chunks(self, body: dict[str, Any], said: Said) -> Iterator[bytes]:
        """The same answer in pieces."""
        yield self.event([{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}])
        for piece in _pieces(said.content):
            yield self.event([{"index": 0, "delta": {"content": piece}, "finish_reason": None}])
        for piece in _pieces(said.refusal):
            yield self.event([{"index": 0, "delta": {"refusal": piece}, "finish_reason": None}])
        for place, piece in enumerate(_pieces(said.arguments)):
            function = {"name": said.tool, "arguments": piece} if place == 0 else {"arguments": piece}
            call = {"index": 0, "function": function, **({"id": "call_1", "type": "function"} if place == 0 else {})}
            yield self.event([{"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": None}])
        yield self.event([{"index": 0, "delta": {}, "finish_reason": said.finish}])
        if (body.get("stream_options") or {}).get("include_usage"):
            yield self.event([], usage=self.usage())

    def event(self, choices: Any, **more: Any) -> bytes:
        """One chunk as an event."""
        chunk = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": self.server.model,
            "choices": choices,
            **more,
        }
        return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode()

    def json(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        """Send a JSON value."""
        self.data(status, json.dumps(value).encode(), "application/json", headers)

    def data(
        self,
        status: int,
        data: bytes,
        kind: str = "application/json",
        headers: dict[str, str] | None = None,
        promised: int | None = None,
    ) -> None:
        """Send a body; ``promised`` is the length that the header tells, if another."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data) if promised is None else promised))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()
        if promised is not None:
            self.close_connection = True

    def stream(self, events: Iterable[bytes], *, whole: bool = True) -> None:
        """Send events in chunks; not ``whole`` leaves out the end of the body."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for place, event in enumerate(events):
            if place > 1 and self.server.piece_delay_s:
                time.sleep(self.server.piece_delay_s)
            self.wfile.write(b"%X\r\n%s\r\n" % (len(event), event))
            self.wfile.flush()
        if whole:
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.close_connection = True

    def reset(self) -> None:
        """Cut the connection so that the client sees a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.rfile.close()
        self.close_connection = True


def said_by(reply: Reply, body: dict[str, Any]) -> Said:
    """A reply in the form that the request asks for."""
    text = reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False)
    if "tools" in body and not isinstance(reply, str):
        return Said(arguments=text, tool=body["tools"][0]["function"]["name"], finish="tool_calls")
    return Said(content=text)


def _pieces(text: str | None) -> list[str]:
    return [text[place : place + 8] for place in range(0, len(text), 8)] if text else []


# ways to fail


def _status(status: int, code: str | None = None, **headers: str) -> Callable[[Handler, dict[str, Any]], None]:
    error = {"message": f"{WORDS} sk-abcdefghij1234567890", "type": "some_error", "param": None, "code": code}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, _: handler.json(status, {"error": error}, named)


def _saying(**fields: Any) -> Callable[[Handler, dict[str, Any]], None]:
    return lambda handler, body: handler.say(body, Said(**{"content": "Half of an ans", **fields}))


def _html(status: int) -> Callable[[Handler, dict[str, Any]], None]:
    page = f"<!doctype html><title>Log in</title><p>{WORDS}".encode()
    return lambda handler, _: handler.data(status, page, "text/html")


def _choices(choices: Any) -> Callable[[Handler, dict[str, Any]], None]:
    def act(handler: Handler, body: dict[str, Any]) -> None:
        if body.get("stream"):
            handler.stream([handler.event(choices), b"data: [DONE]\n\n"])
        else:
            handler.json(200, {**handler.completion(Said(content="x")), "choices": choices})

    return act


def _partly(then: Callable[[Handler], None], *, whole: bool = False) -> Callable[[Handler, dict[str, Any]], None]:
    """The first half of an answer, then ``then``."""

    def act(handler: Handler, body: dict[str, Any]) -> None:
        if body.get("stream"):
            handler.stream(list(handler.chunks(body, Said(content="Half of an answer")))[:2], whole=whole)
        else:
            data = json.dumps(handler.completion(Said(content="Half of an answer"))).encode()
            handler.data(200, data[: len(data) // 2], promised=len(data))
        then(handler)

    return act


def _silent(handler: Handler, body: dict[str, Any]) -> None:
    if body.get("stream"):
        handler.stream(list(handler.chunks(body, Said(content="Half of an answer")))[:2])
    else:
        handler.say(body, Said(content="Half of an answer", finish=None))


def _cut_json(handler: Handler, body: dict[str, Any]) -> None:
    if body.get("stream"):
        events = list(handler.chunks(body, Said(content="Half of an answer")))
        handler.stream([events[0], events[1][: len(events[1]) // 2] + b"\n\n"])
    else:
        data = json.dumps(handler.completion(Said(content="Half of an answer"))).encode()
        handler.data(200, data[: len(data) // 2])


def _error_amid(handler: Handler, body: dict[str, Any]) -> None:
    error = {"error": {"message": WORDS, "type": "overloaded", "code": None}}
    if body.get("stream"):
        events = list(handler.chunks(body, Said(content="Half of an answer")))[:2]
        handler.stream([*events, b"data: %s\n\n" % json.dumps(error).encode()])
    else:
        handler.json(200, error)


def _sleeping(handler: Handler, _: dict[str, Any]) -> None:
    time.sleep(SLOW_S)
    handler.close_connection = True


def _dripping(handler: Handler, _: dict[str, Any]) -> None:
    """A byte now and then: no socket's limit ever ends it."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    ends = time.monotonic() + SLOW_S
    while time.monotonic() < ends:
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.02)
    handler.close_connection = True


def _same(
    act: Callable[[Handler, dict[str, Any]], None], kind: type[e.ModelError], requests: int = 1, **more: Any
) -> Fault:
    return Fault(act, kind, kind, requests, **more)


FAULTS: dict[str, Fault] = {
    "quota": _same(_status(429, "insufficient_quota"), e.ModelQuotaError),
    "rate_limit_long": _same(_status(429, "rate_limit_exceeded", Retry_After="120"), e.ModelRateLimitError),
    "rate_limit_short": _same(_status(429, "rate_limit_exceeded", Retry_After="0.01"), e.ModelRateLimitError, 2),
    "rate_limit_silent": _same(_status(429), e.ModelRateLimitError, 2),
    "internal_error": _same(_status(500), e.ModelUnavailableError, 2),
    "bad_gateway": _same(_html(502), e.ModelUnavailableError, 2),
    "overloaded": _same(_status(503), e.ModelUnavailableError, 2),
    "gateway_timeout": _same(_html(504), e.ModelTimeoutError, 2),
    "request_timeout": _same(_status(408), e.ModelTimeoutError, 2),
    "conflict": _same(_status(409), e.ModelUnavailableError, 2),
    "read_timeout": _same(_sleeping, e.ModelTimeoutError, 2),
    "dripping": _same(_dripping, e.ModelTimeoutError),
    "reset": _same(lambda handler, _: handler.reset(), e.ModelUnavailableError, 2),
    "reset_amid": Fault(_partly(Handler.reset), e.ModelUnavailableError, e.ModelUnavailableError, 2),
    "body_cut": Fault(_partly(lambda _: None), e.ModelUnavailableError, e.ModelUnavailableError, 2),
    "json_cut": Fault(_cut_json, e.ModelProtocolError, e.ModelIncompleteError, 2),
    "html": Fault(_html(200), e.ModelProtocolError, e.ModelIncompleteError, 2),
    "a_list": Fault(lambda handler, _: handler.json(200, [1, 2]), e.ModelProtocolError, e.ModelIncompleteError, 2),
    "deep_json": Fault(
        lambda handler, _: handler.data(200, b"[" * 100_000), e.ModelProtocolError, e.ModelIncompleteError, 2
    ),
    "silent_end": _same(_silent, e.ModelIncompleteError, 2),
    "error_amid": Fault(_error_amid, e.ModelProtocolError, e.ModelIncompleteError, 2),
    "refusal": _same(_saying(content=None, refusal=f"I can't. {WORDS}"), e.ModelRefusedError),
    "filtered": _same(_saying(finish="content_filter"), e.ModelFilteredError),
    "prompt_filtered": _same(_status(400, "content_filter"), e.ModelFilteredError),
    "length": _same(_saying(finish="length"), e.ModelLengthError),
    "strange_end": _same(_saying(finish="bored"), e.ModelProtocolError, 2),
    "empty_answer": _same(_saying(content=""), e.ModelOutputError),
    "no_choices": Fault(_choices([]), e.ModelProtocolError, e.ModelIncompleteError, 2),
    "null_choices": Fault(_choices(None), e.ModelProtocolError, e.ModelIncompleteError, 2),
    "null_message": Fault(
        _choices([{"index": 0, "message": None, "delta": None}]), e.ModelProtocolError, e.ModelIncompleteError, 2
    ),
    "wrong_types": Fault(_choices("none"), e.ModelProtocolError, e.ModelIncompleteError, 2),
    "wrong_schema": _same(_saying(content='{"other": 1}'), e.ModelOutputError, needs_schema=True),
    "prose": _same(_saying(content="I would say weekly."), e.ModelOutputError, needs_schema=True),
    "context": _same(_status(400, "context_length_exceeded"), e.ModelContextError),
    "bad_request": _same(_status(400), e.ModelRequestError),
    "unprocessable": _same(_status(422), e.ModelRequestError),
    "bad_key": _same(_status(401, "invalid_api_key"), e.ModelAccessError),
    "forbidden": _same(_status(403), e.ModelAccessError),
    "no_credit": _same(_status(402), e.ModelQuotaError),
    "unknown_model": _same(_status(404, "model_not_found"), e.ModelUnknownError),
    "wrong_path": _same(_html(404), e.ModelUnknownError),
}
"""Name → how to fail, and the error that must come of it. That nobody listens is `refusing`."""
