"""Recorded answers of a language model, so that evals run again without one.

A recording is looked up by what was asked: model, messages, schema, temperature, most tokens. Whatever changes
one of them misses, and a miss is an error, never a question to a server. The file has one answer a line and
can be reviewed; keys in messages are taken out before anything is written or compared.
"""

from __future__ import annotations

import hashlib
import json
import threading
from typing import TYPE_CHECKING, Any, Literal

from advisor.errors import CassetteError
from advisor.llm.client import ModelReply
from advisor.llm.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from advisor.llm.client import ChatModel, Deadline, ModelRequest

Record = Literal["none", "missing", "all"]
"""`none` only replays; `missing` asks the model for what is not recorded; `all` asks for everything anew."""


def request_key(model: str, request: ModelRequest) -> str:
    """The key of a request: sha256, in hexadecimal, of everything that the answer depends on."""
    schema = request.schema
    asked = {
        "model": model,
        "messages": [{**message, "content": redact(message["content"])} for message in request.messages()],
        "schema": None if schema is None else {"name": schema.name, "schema": dict(schema.schema)},
        "temperature": request.temperature,
        "max_tokens": request.max_tokens,
    }
    canonical = json.dumps(asked, sort_keys=True, separators=(",", ":"))  # ASCII: half characters are written too
    return hashlib.sha256(canonical.encode()).hexdigest()


class Cassette:
    """The file of recordings. Safe to be used by several threads of one process."""

    def __init__(self, path: Path) -> None:
        """Read the file; an absent one is empty.

        Raises:
            CassetteError: a line cannot be read.
        """
        self.path = path
        self._lock = threading.Lock()
        self._entries = _read(path)
        self._used: set[str] = set()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str) -> ModelReply | None:
        """The recorded answer; ``None`` where there is none."""
        with self._lock:
            self._used.add(key)
            entry = self._entries.get(key)
        return None if entry is None else ModelReply.from_dict(entry["reply"])

    def put(self, key: str, request: ModelRequest, reply: ModelReply) -> None:
        """Record an answer, on disk at once; one recorded before is replaced."""
        entry = {
            "key": key,
            "purpose": request.purpose,
            "user": redact(request.user),
            "reply": reply.to_dict(),
        }
        with self._lock:
            self._used.add(key)
            self._entries[key] = entry
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(_line(entry))

    def stale(self) -> tuple[dict[str, Any], ...]:
        """Entries that nothing asked for since the file was read, for a whole run to tell what is left over."""
        return tuple(entry for key, entry in sorted(self._entries.items()) if key not in self._used)

    def compact(self, *, drop_stale: bool = False) -> None:
        """Write the file anew, one line a key, in the order of keys; optionally without what is stale."""
        with self._lock:
            if drop_stale:
                self._entries = {key: entry for key, entry in self._entries.items() if key in self._used}
            beside = self.path.with_suffix(".new")
            beside.write_text("".join(_line(entry) for _, entry in sorted(self._entries.items())), encoding="utf-8")
            beside.replace(self.path)


class CassetteModel:
    """A `ChatModel` that answers from a cassette, and records what it asks."""

    def __init__(
        self, cassette: Cassette, *, model: str, live: ChatModel | None = None, record: Record = "none"
    ) -> None:
        """Nothing is asked yet.

        Args:
            cassette: where answers are recorded.
            model: the model that they are of.
            live: whom to ask; not needed with ``none``.
            record: what to ask for.
        """
        if record != "none" and live is None:
            message = f"record={record!r} needs a model to ask"
            raise ValueError(message)
        self.cassette = cassette
        self._model = model
        self._live = live if record != "none" else None
        self._record = record

    @property
    def name(self) -> str:
        """The model that the answers are of."""
        return self._model

    def complete(self, request: ModelRequest, deadline: Deadline) -> ModelReply:
        """The recorded answer, or a new one where that is to be recorded.

        Raises:
            ModelError: the model was asked and gave none; that is not recorded.
            CassetteError: nothing is recorded, and the model is not to be asked.
        """
        key = request_key(self._model, request)
        recorded = None if self._record == "all" else self.cassette.get(key)
        if recorded is not None:
            return recorded
        reply = self._asked(key, request).complete(request, deadline)
        self.cassette.put(key, request, reply)
        return reply

    def stream(self, request: ModelRequest, deadline: Deadline) -> Generator[str, None, ModelReply]:
        """The same in pieces; a recorded answer is one piece."""
        key = request_key(self._model, request)
        recorded = None if self._record == "all" else self.cassette.get(key)
        if recorded is not None:
            yield recorded.text
            return recorded
        reply = yield from self._asked(key, request).stream(request, deadline)
        self.cassette.put(key, request, reply)
        return reply

    def _asked(self, key: str, request: ModelRequest) -> ChatModel:
        if self._live is None:
            message = (
                f"{self.cassette.path.name} has no answer of {self._model!r} for request {key[:12]} "
                f"({request.purpose}); a prompt, a schema or a case changed: record it with --record missing"
            )
            raise CassetteError(message)
        return self._live


def _line(entry: dict[str, Any]) -> str:
    return json.dumps(entry, ensure_ascii=False, sort_keys=True) + "\n"


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """Key → entry; of two with one key the later."""
    entries = {}
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        message = f"the recordings {path} cannot be read: {error}"
        raise CassetteError(message) from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            ModelReply.from_dict(entry["reply"])
            entries[entry["key"]] = entry
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            message = f"{path}, line {number}: no recorded answer; take the line out and record it again"
            raise CassetteError(message) from error
    return entries
