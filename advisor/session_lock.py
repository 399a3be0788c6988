"""One turn of a session at a time, over all processes of this machine.

The store alone refuses a turn that another process stored first; whoever lost would work its turn out
again, and could lose again. Waiting in line is cheaper and always comes to an end.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import TYPE_CHECKING

from advisor.errors import SessionError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from filelock import BaseFileLock

PATIENCE_S = 60.0
"""How long a turn waits for those before it."""

_LOOK_AGAIN_S = 0.01
"""A turn of the embedded mode takes little longer."""


@contextmanager
def in_line(folder: Path, session: str) -> Iterator[None]:
    """Hold the session while the block runs; where the folder allows no lock, run it without.

    Args:
        folder: where the locks lie; it is made where there is none.
        session: the session's name.

    Raises:
        SessionError: others held it for longer than `PATIENCE_S`.
    """
    lock = _acquired(folder, session)
    try:
        yield
    finally:
        if lock is not None:
            with suppress(OSError):
                lock.release()


def _acquired(folder: Path, session: str) -> BaseFileLock | None:
    from filelock import FileLock, Timeout

    lock = FileLock(folder / f"{sha256(session.encode()).hexdigest()[:16]}.lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=PATIENCE_S, poll_interval=_LOOK_AGAIN_S)
    except Timeout as error:
        message = f"session {session!r} is in use by another process; try again"
        raise SessionError(message) from error
    except (OSError, NotImplementedError):  # read-only or full: the store tells what that means for the turn
        return None
    return lock
