"""One finding of the doctor's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    status: Literal["ok", "warn", "fail"]
    detail: str
    advice: str = ""
    """What to do; empty when there is nothing to do."""

    def to_dict(self) -> dict[str, str]:
        """For ``--json``."""
        return {"name": self.name, "status": self.status, "detail": self.detail, "advice": self.advice}
