"""What a record came to: counts by metric, and what they are sliced by."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from advisor.evaluation.checks import Count
    from advisor.evaluation.metrics import Metric

ONE, NONE = (1.0, 1.0), (0.0, 1.0)
"""The counts of a case that holds and of one that does not."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The counts of one record, with what they are sliced by."""

    key: str
    suite: str
    cluster: str
    lang: str
    split: str
    tags: tuple[str, ...]
    counts: dict[str, Count]
    outcome: str | None = None
    """What variants of one scenario must share."""
    why: tuple[str, ...] = ()
    """What was expected and what came, for a case that did not pass."""
    failed: bool = False
    """Whether the case could not be played."""

    @property
    def passed(self) -> bool:
        """Whether the case is right as a whole."""
        hits, of = self.counts.get("passed", NONE)
        return hits == of

    def count(self, metric: Metric) -> Count | None:
        """This case's count of ``metric``; ``None`` if the metric does not apply."""
        if self.failed and metric.counts_failures:
            return NONE if metric.better == "up" else ONE
        found = self.counts.get(metric.name)
        return found if found is not None and found[1] > 0 else None

    def to_json(self) -> str:
        """One line."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(values, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, line: str) -> Scores:
        """Read what `to_json` wrote."""
        values = json.loads(line)
        values["tags"], values["why"] = tuple(values["tags"]), tuple(values["why"])
        values["counts"] = {name: (hits, of) for name, (hits, of) in values["counts"].items()}
        return cls(**values)
