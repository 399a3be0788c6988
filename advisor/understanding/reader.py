"""The trained part of understanding: what a text does, what it tells, and whether the sources cover it.

Learnt from the exemplars. What ships with the advisor was learnt from the shipped ones; after a change
of theirs it is learnt anew when the index is built.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from advisor.content import content_path
from advisor.errors import KnowledgeError
from advisor.exemplars import Exemplar, exemplars, question_views
from advisor.llm.embeddings import BUNDLED, UNREADABLE
from advisor.profile import CHOICES, FACTS
from advisor.understanding.classifier import (
    COST,
    KERNEL_COST,
    LEAST_SEEN,
    NARROWNESS,
    WORDS_SHARE,
    Classifier,
    KernelClassifier,
    Words,
)
from advisor.understanding.features import FEATURES_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from advisor.exemplars import QuestionView
    from advisor.llm.embeddings import Embedder, Vector
    from advisor.profile import FactName

READER_FILE = "reader.npz"
"""What was learnt from the shipped exemplars, in `knowledge/`."""

NOTHING = "none"
"""The class of a text that does not tell a fact."""

TELL = "tell"
"""The class of a text that answers or tells, as opposed to a move."""

OTHER = "other"
"""The class of a reply that is no answer to the question."""

UNKNOWN = "unknown"
"""The class of a reply that says that the user does not know."""

OTHERS_SHARE = 4
"""Of what is said of other facts and moves, one in so many shows what is no answer to a question."""

PASSAGE = "passage"
"""The classifier of the passage that answers a question."""

COVERAGE, PREMISE = "coverage", "premise"
"""The classifiers of whether the article answers a question, and of whether it contradicts what one takes for granted."""

_YES_OR_NO = tuple(fact for fact in FACTS if CHOICES.get(fact) == (True, False))
_PLAIN: dict[tuple[FactName, str], str] = {
    ("labeled_data", "agree"): "sufficient",
    ("labeled_data", "disagree"): "insufficient",
    **{(fact, "agree"): "true" for fact in _YES_OR_NO},
    **{(fact, "disagree"): "false" for fact in _YES_OR_NO},
}
"""What a plain yes or no answers, where the question is a yes-or-no question."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The classifiers by name (``act``, `PASSAGE`, and for each fact ``told.fact`` and ``answer.fact``), coverage and premise."""

    classifiers: Mapping[str, Classifier]
    coverage: KernelClassifier
    premise: KernelClassifier

    def act(self, vector: Vector, text: str) -> dict[str, float]:
        """What the text does: `TELL` or a move's name → margin."""
        return self.classifiers["act"].scores(vector, text)

    def told(self, fact: FactName, vector: Vector, text: str) -> dict[str, float]:
        """What a text tells of ``fact`` unasked: its value or `NOTHING` → margin."""
        return self.classifiers[f"told.{fact}"].scores(vector, text)

    def answer(self, fact: FactName, vector: Vector, text: str) -> dict[str, float]:
        """What a reply to the question about ``fact`` says: the value, `UNKNOWN` or `OTHER` → margin."""
        return self.classifiers[f"answer.{fact}"].scores(vector, text)

    def covered(self, vector: Vector, text: str) -> float:
        """How far the sources cover a question: above 0 rather so, below 0 rather not."""
        return self.coverage.margin(vector, text)

    def contradicted(self, vector: Vector, text: str) -> float:
        """How far the article contradicts what a question takes for granted: above 0 rather so."""
        return self.premise.margin(vector, text)

    def passage(self, vector: Vector, text: str) -> dict[str, float]:
        """How a question that the article covers speaks for each of its passages: passage id → margin."""
        return self.classifiers[PASSAGE].scores(vector, text)

    def rarity(self, word: str) -> float | None:
        """How rare a lower-case Latin word is in the exemplars; ``None`` if it is not in them."""
        return self.classifiers["act"].words.rarity_of(word)

    def save(self, path: Path, fingerprint: str, *, packed: bool = False) -> None:
        """Write the weights, and of what they were learnt; ``packed`` is smaller and slower to read."""
        import numpy as np

        arrays: dict[str, object] = {"fingerprint": np.array(fingerprint)}
        for group, shared in ((_SAID, self.classifiers["act"]), (_ASKED, self.coverage)):
            arrays[f"{group}.mean"] = shared.mean
            arrays[f"{group}.places"], arrays[f"{group}.rarity"] = shared.words.places, shared.words.rarity
        for name, kernel in ((COVERAGE, self.coverage), (PREMISE, self.premise)):
            arrays[f"{name}.examples"], arrays[f"{name}.weights"] = kernel.examples, kernel.weights
            arrays[f"{name}.words"] = kernel.word_weights.astype(np.float16)
            arrays[f"{name}.numbers"] = np.array([kernel.example_scale, kernel.bias])
        for name, classifier in self.classifiers.items():
            arrays[f"{name}.classes"] = np.array(classifier.classes)
            arrays[f"{name}.meaning"] = classifier.meaning_weights.astype(np.float16)
            arrays[f"{name}.words"], arrays[f"{name}.scale"] = classifier.word_weights, classifier.word_scale
        with path.open("wb") as file:
            (np.savez_compressed if packed else np.savez)(file, **arrays)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: Path, fingerprint: str | None = None) -> Reader:
        """Read what `save` wrote.

        Raises:
            KnowledgeError: the file is missing, damaged, or of other exemplars than ``fingerprint`` names.
        """
        import numpy as np

        try:
            with path.open("rb") as file, np.load(file) as stored:
                found = str(stored["fingerprint"])
                words = {
                    group: Words(stored[f"{group}.places"], stored[f"{group}.rarity"]) for group in (_SAID, _ASKED)
                }
                means = {group: stored[f"{group}.mean"] for group in (_SAID, _ASKED)}
                classifiers = {
                    name: Classifier(
                        tuple(stored[f"{name}.classes"].tolist()),
                        means[_group(name)],
                        words[_group(name)],
                        stored[f"{name}.meaning"].astype(np.float32),
                        stored[f"{name}.words"],
                        stored[f"{name}.scale"],
                    )
                    for name in _names()
                }
                coverage, premise = (
                    KernelClassifier(
                        words[_ASKED],
                        stored[f"{name}.examples"],
                        float(stored[f"{name}.numbers"][0]),
                        means[_ASKED],
                        stored[f"{name}.weights"],
                        stored[f"{name}.words"].astype(np.float32),
                        float(stored[f"{name}.numbers"][1]),
                    )
                    for name in (COVERAGE, PREMISE)
                )
        except UNREADABLE as error:
            message = f"the trained reader {path.name!r} is damaged: {error}"
            raise KnowledgeError(message) from error
        if fingerprint not in (None, found):
            message = f"the trained reader {path.name!r} was learnt from other exemplars"
            raise KnowledgeError(message)
        return cls(classifiers, coverage, premise)


_SAID, _ASKED = "exemplars", "questions"
"""What a classifier was learnt from, and shares its words with."""


def _group(name: str) -> str:
    return _ASKED if name == PASSAGE else _SAID


def _names() -> tuple[str, ...]:
    return ("act", PASSAGE, *(f"{kind}.{fact}" for fact in FACTS for kind in ("told", "answer")))


def training_fingerprint() -> str:
    """A hash of everything that the reader is learnt from."""
    digest = hashlib.sha256(
        f"{FEATURES_VERSION} {COST} {LEAST_SEEN} {OTHERS_SHARE} {NARROWNESS} {WORDS_SHARE} {KERNEL_COST} {BUNDLED}".encode()
    )
    for name in ("exemplars", "questions"):
        for file in sorted(content_path("knowledge", name).iterdir()):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def shipped_reader() -> Reader | None:
    """What was learnt from these very exemplars, if it ships; ``None`` if they were changed."""
    try:
        return Reader.load(content_path("knowledge", READER_FILE), training_fingerprint())
    except KnowledgeError:
        return None


def train(embedder: Embedder, progress: Callable[[int], None] | None = None) -> Reader:
    """Learn the reader from the exemplars; the same exemplars give the same reader."""
    import numpy as np

    from advisor.understanding.classifier import Trainer

    questions, items = question_views(), exemplars()
    answered = [row for row, question in enumerate(questions) if question.passages]
    moves = (*items, *(_asking(questions[row]) for row in answered))
    vectors = embedder.queries([item.text for item in items], progress)
    put = embedder.queries([question.text for question in questions], progress)
    said = Trainer.of(np.vstack([vectors, put[answered]]), [move.text for move in moves])
    asked = Trainer.of(put, [question.text for question in questions])

    def learn(examples: Sequence[Exemplar], label: Callable[[int, Exemplar], str | None]) -> Classifier:
        labelled = [(row, name) for row, item in enumerate(examples) if (name := label(row, item)) is not None]
        return said.learn([row for row, _ in labelled], [name for _, name in labelled])

    classifiers = {"act": learn(moves, lambda _, item: item.labels[0] if item.kind == "move" else TELL)}
    for fact in FACTS:
        classifiers[f"told.{fact}"] = learn(items, partial(_told, fact))
        classifiers[f"answer.{fact}"] = learn(items, partial(_answered, fact))
    named = [(row, passage) for row, question in enumerate(questions) for passage in question.passages]
    classifiers[PASSAGE] = asked.learn([row for row, _ in named], [passage for _, passage in named])
    coverage = asked.learn_kernel([bool(question.passages) for question in questions])
    premise = asked.learn_kernel([questions[row].false_premise for row in answered], answered)
    return Reader(classifiers, coverage, premise)


def _asking(question: QuestionView) -> Exemplar:
    """A question about the article as a move; what tells a fact is learnt without them, for they share its words."""
    return Exemplar(question.text, question.language, "move", ("topic_question",))


def _told(fact: FactName, _row: int, item: Exemplar) -> str | None:
    """What an exemplar tells of ``fact`` unasked; ``None`` keeps it out.

    Answers are kept in: what answers one question tells that fact, and does not tell another, though
    a short one would not be understood unasked.
    """
    if item.kind == "move":
        return None if item.labels[0] in ("agree", "disagree") else NOTHING
    for label in item.labels:
        name, _, value = label.partition("=")
        if name == fact:
            return value if value != UNKNOWN else (None if item.kind == "answer" else NOTHING)
    return NOTHING


def _answered(fact: FactName, row: int, item: Exemplar) -> str | None:
    """What an exemplar answers to the question about ``fact``; ``None`` keeps it out."""
    if item.kind == "move" and item.labels[0] in ("agree", "disagree"):
        return _PLAIN.get((fact, item.labels[0]))
    for label in item.labels if item.kind != "move" else ():
        name, _, value = label.partition("=")
        if name == fact:
            return value
        if item.kind == "answer" and value == UNKNOWN:
            return UNKNOWN  # "I'd have to ask" answers any question so
    if item.kind == "told" and not item.labels:
        return OTHER
    return OTHER if row % OTHERS_SHARE == 0 else None


def training_texts() -> list[str]:
    """Every text that `train` embeds."""
    return [item.text for item in exemplars()] + [question.text for question in question_views()]
