"""A scripted user: a person with facts who answers whatever is asked, digresses and corrects as written.

The user is scripted by facts and not by lines, so that an advisor may ask in any order.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.profile import FRAMEWORK, FactName

if TYPE_CHECKING:
    from advisor.evaluation.cases import DialogueCase

MAX_TURNS = 30
"""An interview that takes longer has lost its way."""

MAX_ASKED = 3
"""How often a person answers the same question before giving up."""


class Said(NamedTuple):
    """One message of the user's and what it is meant as."""

    text: str
    kind: str
    """``opening``, ``answer``, ``nudge``, ``correction``, or the move of a digression."""
    fact: FactName | None = None


@dataclass
class ScriptedUser:
    """The person of one dialogue case."""

    case: DialogueCase
    _asked: Counter[str] = field(default_factory=Counter)
    _digressed: set[str] = field(default_factory=set)
    _corrected: bool = False
    _turns: int = 0

    def opening(self) -> Said:
        """What the person comes with."""
        return Said(self.case.opening, "opening")

    def reply(self, response: dict[str, Any]) -> Said | None:
        """What the person says to ``response``; ``None`` when the talk is over."""
        self._turns += 1
        if self._turns >= MAX_TURNS:
            return None
        asking: FactName | None = response["asking"]
        recommendation = response["recommendation"]
        if asking is None and recommendation is not None and recommendation["final"]:
            return self._correction()
        if asking is None:
            return self._nudge(response)
        extra = next((extra for extra in self.case.extras if extra.after_asked == asking), None)
        if extra is not None and asking not in self._digressed:
            self._digressed.add(asking)
            return Said(extra.text, extra.move, asking)
        self._asked[asking] += 1
        if self._asked[asking] > MAX_ASKED:
            return None
        return Said(self.case.answers[asking], "answer", asking)

    def _correction(self) -> Said | None:
        correction = self.case.correction
        if correction is None or self._corrected:
            return None
        self._corrected = True
        return Said(correction.text, "correction", correction.fact)

    def _nudge(self, response: dict[str, Any]) -> Said | None:
        """A person who is asked nothing tells the next thing that the framework wants to know."""
        for fact in FRAMEWORK:
            if fact not in response["facts"] and self._asked[fact] < MAX_ASKED:
                self._asked[fact] += 1
                return Said(self.case.answers[fact], "nudge", fact)
        return None
