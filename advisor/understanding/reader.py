"""The trained part of understanding: what a text does, what it tells, and whether the sources cover it.

Learnt from the exemplars when the index is built, stored beside it, and loaded in milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from advisor.errors import KnowledgeError
from advisor.exemplars import exemplars, question_views
from advisor.llm.embeddings import UNREADABLE
from advisor.profile import CHOICES, FACTS
from advisor.understanding.classifier import Classifier, fit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from advisor.exemplars import Exemplar
    from advisor.llm.embeddings import Embedder, Vector
    from advisor.profile import FactName

_NAMES = ("act", "story", "coverage")

NOTHING = "none"
"""The label of a sentence that states no fact."""

TELL = "tell"
"""The label of a text that answers or states, as opposed to a move."""

OTHER = "other"
"""The label of a reply that is no answer to the question."""

OTHERS = 600
"""Moves and statements of other facts that show what is no answer, beside all sentences that state nothing."""

COVERED, NOT_COVERED = "covered", "not_covered"


_YES_OR_NO = tuple(fact for fact in FACTS if CHOICES.get(fact) == (True, False))
_PLAIN: dict[tuple[FactName, str], str] = {
    ("labeled_data", "agree"): "labeled_data=sufficient",
    ("labeled_data", "disagree"): "labeled_data=insufficient",
    **{(fact, "agree"): f"{fact}=true" for fact in _YES_OR_NO},
    **{(fact, "disagree"): f"{fact}=false" for fact in _YES_OR_NO},
}
"""What a plain yes or no answers, where the question is a yes-or-no question."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The classifiers by name: ``act``, ``story``, ``coverage``, and one for each fact's answers."""

    classifiers: Mapping[str, Classifier]

    def act(self, vector: Vector, text: str) -> dict[str, float]:
        """What the text does: `TELL` or a move's name → score."""
        return self.classifiers["act"].scores(vector, text)

    def story(self, vector: Vector, text: str) -> dict[str, float]:
        """What a sentence of a story states: ``fact=value`` or `NOTHING` → score."""
        return self.classifiers["story"].scores(vector, text)

    def answer(self, fact: FactName, vector: Vector, text: str) -> dict[str, float]:
        """What a reply to the question about ``fact`` says: the value → score, with ``unknown`` and `OTHER`."""
        scores = self.classifiers[fact].scores(vector, text)
        return {label.partition("=")[2]: score for label, score in scores.items()}

    def covered(self, vector: Vector, text: str) -> float:
        """How far the sources cover a question: from about -1 (not at all) to 1."""
        scores = self.classifiers["coverage"].scores(vector, text)
        return scores[COVERED] - scores[NOT_COVERED]

    def save(self, path: Path) -> None:
        """Write the weights."""
        import numpy as np

        arrays: dict[str, object] = {}
        for name, classifier in self.classifiers.items():
            arrays[f"{name}.classes"] = np.array(classifier.classes)
            arrays[f"{name}.mean"] = classifier.mean
            arrays[f"{name}.rarity"] = classifier.rarity
            arrays[f"{name}.weights"] = classifier.weights
        with path.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: Path) -> Reader:
        """Read what `save` wrote.

        Raises:
            KnowledgeError: the file is missing or damaged.
        """
        import numpy as np

        try:
            with path.open("rb") as file, np.load(file) as stored:
                classifiers = {
                    name: Classifier(
                        tuple(stored[f"{name}.classes"].tolist()),
                        stored[f"{name}.mean"],
                        stored[f"{name}.rarity"],
                        stored[f"{name}.weights"],
                    )
                    for name in (*_NAMES, *FACTS)
                }
        except UNREADABLE as error:
            message = f"the trained reader {path.name!r} is damaged: {error}"
            raise KnowledgeError(message) from error
        return cls(classifiers)


def train(embedder: Embedder, progress: Callable[[int], None] | None = None) -> Reader:
    """Learn the reader from the shipped exemplars; the same exemplars give the same reader."""
    items = exemplars()
    vectors = embedder.queries([item.text for item in items], progress)

    def learn(keep: Callable[[Exemplar], bool], label: Callable[[Exemplar], str]) -> Classifier:
        places = [place for place, item in enumerate(items) if keep(item)]
        chosen = [items[place] for place in places]
        return fit(vectors[places], [item.text for item in chosen], [label(item) for item in chosen])

    classifiers = {
        "act": learn(lambda _: True, lambda item: item.label if item.kind == "move" else TELL),
        "story": learn(lambda item: item.kind in ("statement", "none"), lambda item: item.label or NOTHING),
    }
    for fact in FACTS:
        others = [item.text for item in items if _may_be_other(fact, item)]
        kept = {*others[:: max(1, len(others) // OTHERS)], *(item.text for item in items if item.kind == "none")}
        classifiers[fact] = learn(partial(_trains, fact, kept), partial(_label, fact))
    questions = question_views()
    classifiers["coverage"] = fit(
        embedder.queries([question.text for question in questions], progress),
        [question.text for question in questions],
        [COVERED if question.passages else NOT_COVERED for question in questions],
    )
    return Reader(classifiers)


def _trains(fact: FactName, others: set[str], item: Exemplar) -> bool:
    return _answers(fact, item) or item.text in others


def _answers(fact: FactName, item: Exemplar) -> bool:
    """Whether an exemplar answers the question about ``fact``; a plain yes or no answers some."""
    if item.kind == "move":
        return (fact, item.label) in _PLAIN
    return item.label.partition("=")[0] == fact


def _may_be_other(fact: FactName, item: Exemplar) -> bool:
    """Whether an exemplar shows what is no answer: a move, or a statement of another fact."""
    if item.kind == "move":
        return item.label not in ("agree", "disagree")
    return item.kind == "statement" and item.label.partition("=")[0] != fact


def _label(fact: FactName, item: Exemplar) -> str:
    if not _answers(fact, item):
        return f"{fact}={OTHER}"
    return _PLAIN[fact, item.label] if item.kind == "move" else item.label


def training_texts() -> list[str]:
    """Every text that `train` embeds."""
    return [item.text for item in exemplars()] + [question.text for question in question_views()]
