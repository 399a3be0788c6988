"""Stored conversations: one SQLite file, a transaction a turn, safe with several processes.

The session's truth is this store, not LangGraph's checkpoints: a turn is one graph run and one
transaction that appends the turn and replaces the state, so there is never half a turn to resume, and
what is stored is the contract's own form. `benchmarks/` measures both ways.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from advisor.conversation import Conversation
from advisor.errors import SessionConflictError, SessionError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_NAME = 200
"""Characters in a session's name."""

_SCHEMA_VERSION = 1
_BUSY_TIMEOUT_S = 10.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY,
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    turns INTEGER NOT NULL,
    state TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS turns (
    session TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    turn INTEGER NOT NULL,
    at TEXT NOT NULL,
    text TEXT NOT NULL,
    response TEXT NOT NULL,
    PRIMARY KEY (session, turn)
);
"""


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session as it lies in the store."""

    id: str
    created: str
    """ISO time of its first turn."""
    updated: str
    """ISO time of its last turn."""
    turns: int
    conversation: Conversation


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One line of the list of sessions."""

    id: str
    updated: str
    turns: int
    approach: str | None
    """Where the case stood after the last turn."""


def check_session_name(name: str) -> str:
    """Return ``name`` if a session may be called so.

    Raises:
        SessionError: it is empty, too long, or has control characters.
    """
    if not name.strip():
        message = "a session's name must not be empty"
        raise SessionError(message)
    if len(name) > MAX_NAME:
        message = f"a session's name has at most {MAX_NAME} characters; this one has {len(name)}"
        raise SessionError(message)
    if not name.isprintable():
        message = "a session's name must not have control or unprintable characters"
        raise SessionError(message)
    return name


class SessionStore:
    """Sessions in one SQLite file. A connection lives as long as the store and serves one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open or create the store.

        Raises:
            SessionError: the file or its folder cannot be written, or it is not a store.
        """
        self._path = path
        self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(
                self._path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise self._cannot("be opened", error) from error
        try:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > _SCHEMA_VERSION:
                message = (
                    f"the sessions file {str(self._path)!r} was written by a newer advisor "
                    f"(schema {version}); upgrade the advisor. Nothing was changed."
                )
                raise SessionError(message)
            connection.execute("PRAGMA journal_mode=WAL")
            # FULL: a stored turn survives a power cut, which is what "stored" promises.
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
            if version < _SCHEMA_VERSION:
                connection.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}PRAGMA user_version={_SCHEMA_VERSION};COMMIT;")
        except sqlite3.Error as error:
            connection.close()
            raise self._cannot("be read", error) from error
        except SessionError:
            connection.close()
            raise
        return connection

    def _cannot(self, what: str, error: Exception) -> SessionError:
        advice = "set ADVISOR_HOME to a folder that you may write to"
        if "not a database" in str(error) or "malformed" in str(error):
            advice = "it is damaged or not the advisor's; restore it from a backup or move it away"
        elif "full" in str(error):
            advice = "free some space and say it again; all earlier turns are stored"
        elif "locked" in str(error):
            advice = "another process holds it; try again"
        return SessionError(f"the sessions file {str(self._path)!r} cannot {what}: {error}; {advice}")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._connection
        except sqlite3.Error as error:
            raise self._cannot("be read", error) from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._cannot("be written", error) from error
        finally:
            if connection.in_transaction:
                connection.rollback()

    def load(self, session: str) -> StoredSession | None:
        """The session, or ``None`` if there is none of that name.

        Raises:
            SessionError: it cannot be read, or a newer advisor wrote it.
        """
        with self._reading() as connection:
            row = connection.execute(
                "SELECT created, updated, turns, state FROM sessions WHERE id = ?", (session,)
            ).fetchone()
        if row is None:
            return None
        created, updated, turns, state = row
        return StoredSession(session, created, updated, turns, _read_state(session, state))

    def append(
        self, session: str, turn: int, at: str, text: str, response: dict[str, Any], conversation: Conversation
    ) -> None:
        """Store a turn and the state after it, or neither.

        Raises:
            SessionConflictError: turn number ``turn`` is already there.
            SessionError: it could not be written; nothing was changed.
        """
        state = json.dumps(conversation.to_dict(), ensure_ascii=False)
        with self._writing() as connection:
            row = connection.execute("SELECT turns FROM sessions WHERE id = ?", (session,)).fetchone()
            stored = 0 if row is None else row[0]
            if stored != turn - 1:
                message = f"session {session!r} has {stored} turns by now, another process went on with it"
                raise SessionConflictError(message)
            connection.execute(
                "INSERT INTO sessions (id, created, updated, turns, state) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET updated = excluded.updated, turns = excluded.turns, "
                "state = excluded.state",
                (session, at, at, turn, state),
            )
            connection.execute(
                "INSERT INTO turns (session, turn, at, text, response) VALUES (?, ?, ?, ?, ?)",
                (session, turn, at, text, json.dumps(response, ensure_ascii=False)),
            )

    def transcript(self, session: str) -> tuple[tuple[str, dict[str, Any]], ...]:
        """What the user said and what was answered, turn by turn.

        Raises:
            SessionError: it cannot be read.
        """
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT text, response FROM turns WHERE session = ? ORDER BY turn", (session,)
            ).fetchall()
        try:
            return tuple((text, json.loads(response)) for text, response in rows)
        except (ValueError, RecursionError) as error:
            message = f"session {session!r}: a stored turn is damaged ({error}); nothing was changed"
            raise SessionError(message) from error

    def list(self) -> tuple[SessionLine, ...]:
        """Every session, the latest first.

        Raises:
            SessionError: they cannot be read.
        """
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT s.id, s.updated, s.turns, CASE WHEN json_valid(t.response) "
                "THEN json_extract(t.response, '$.recommendation.approach') END "
                "FROM sessions s LEFT JOIN turns t ON t.session = s.id AND t.turn = s.turns "
                "ORDER BY s.updated DESC, s.id"
            ).fetchall()
        return tuple(SessionLine(*row) for row in rows)

    def delete(self, session: str) -> bool:
        """Delete a session with its turns; tell whether there was one.

        Raises:
            SessionError: it could not be written; nothing was changed.
        """
        with self._writing() as connection:
            return connection.execute("DELETE FROM sessions WHERE id = ?", (session,)).rowcount > 0

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _read_state(session: str, state: str) -> Conversation:
    try:
        stored = json.loads(state)
        if not isinstance(stored, dict):
            raise SessionError("the stored session is damaged; nothing was changed")
        return Conversation.from_dict(stored)
    except (ValueError, RecursionError, SessionError) as error:
        message = f"session {session!r}: {error}"
        raise SessionError(message) from error
