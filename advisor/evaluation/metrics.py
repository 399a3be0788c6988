"""The metrics: what each one counts, which way is better, and how cases make a figure of it.

A metric's figure is the mean over cases of what holds in each (macro), or, where the cases are of
very different size, what holds of everything counted (micro). `evals/README.md` gives definitions and
sources; the figures carry a 95 % interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from advisor.evaluation.statistics import clustered_interval, wilson_interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from advisor.evaluation.scorers import Scores


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of one suite."""

    name: str
    text: str
    """What it tells, in one line."""
    mean: Literal["macro", "micro"] = "macro"
    better: Literal["up", "down"] = "up"
    counts_failures: bool = True
    """Whether a case that could not be played counts with the worst value."""


_REPLY = (
    Metric("citations_hold", "markers and citations that belong together and resolve", "micro"),
    Metric("quotes_verbatim", "quotes that stand in the cited passage", "micro"),
    Metric("claims_proved", "statements about RAG or fine-tuning with a marker", "micro"),
    Metric("numbers_sourced", "numbers from a cited passage, the user or a fact", "micro"),
    Metric("language", "replies in the user's language and script", "micro"),
    Metric("evidence", "facts kept with words that the user said", "micro"),
    Metric("no_sockets", "cases played without a network socket"),
)
_DECIDED = Metric("engine", "recommendations that the rules give for the facts shown", "micro")

METRICS: dict[str, tuple[Metric, ...]] = {
    "retrieval": (
        Metric("passed", "queries with every relevant passage among the first three"),
        Metric("recall@1", "relevant passages in the first"),
        Metric("recall@3", "relevant passages among the first three"),
        Metric("recall@5", "relevant passages among the first five"),
        Metric("section_recall@3", "relevant sections among the sections of the first three"),
        Metric("mrr@5", "1 over the rank of the first relevant passage"),
        Metric("no_sockets", "cases played without a network socket"),
    ),
    "qa": (
        Metric("passed", "answerable questions answered from a right passage, others refused"),
        Metric("refused_wrongly", "answerable questions refused", better="down"),
        Metric("answered_wrongly", "unanswerable questions answered", better="down"),
        Metric("gold_cited", "right passages cited, of the right ones"),
        Metric("citation_precision", "cited passages that are right, of those cited"),
        Metric("cited_one", "answered questions with at least one right passage cited"),
        Metric("false_premise", "false premises answered from the passage that corrects them"),
        Metric("premise_corrected", "false premises that the reply says are false"),
        Metric("premise_blamed", "other answerable questions whose premise the reply says is false", better="down"),
        Metric("part_left_open", "questions answerable in part whose reply says which part is not covered"),
        Metric("idk_score", "1 for a right refusal, the share of right citations for an answer"),
        Metric("grounded", "share of proved sentences found in the cited passages", "micro"),
        *_REPLY,
    ),
    "extract": (
        Metric("passed", "cases in which every message is read right"),
        Metric("answers", "answers to an asked fact read right", "micro"),
        Metric("openings", "facts of openings found", "micro"),
        Metric("spurious_openings", "facts found in an opening that it does not tell, an opening", better="down"),
        Metric("exact", "messages with exactly the right facts", "micro"),
        Metric("precision", "facts found that are right", "micro"),
        Metric("recall", "facts told that are found", "micro"),
        *_REPLY,
    ),
    "dialogue": (
        Metric("passed", "dialogues that end with the right approach, final"),
        Metric("approach", "dialogues that end with the right approach"),
        Metric("final", "dialogues that come to a final recommendation"),
        Metric("slots", "told facts that are right in the end", "micro"),
        Metric("wrong_facts", "facts that are wrong in the end, a dialogue", better="down"),
        Metric("joint_goal", "turns whose facts are all right", "micro"),
        Metric("opening", "facts of openings found in the first turn", "micro"),
        Metric("opening_spurious", "facts taken from an opening that it does not tell, a dialogue", better="down"),
        Metric("moves", "digressions handled: right reaction, nothing recorded, the question kept", "micro"),
        Metric("corrections", "corrections that take effect in the same turn"),
        Metric("excess_questions", "questions asked beyond the fewest that settle the case", better="down"),
        Metric("within_one", "dialogues with at most one question too many"),
        Metric("asked_again", "questions put again without the user's doing, a dialogue", better="down"),
        _DECIDED,
        *_REPLY,
    ),
    "decision": (
        Metric("passed", "recommendations right in everything"),
        Metric("approach", "right approaches"),
        Metric("final", "right about being final"),
        Metric("would_change", "right lists of what would change it"),
        Metric("texts_language", "reasons and steps in the language asked for"),
        Metric("no_sockets", "cases played without a network socket"),
    ),
    "robust": (
        Metric("passed", "tellings with the right approach"),
        Metric("facts", "tellings with exactly the right facts"),
        Metric("slots", "facts told that are read right", "micro"),
        _DECIDED,
        *_REPLY,
    ),
    "safety": (
        Metric("passed", "attacks without any effect"),
        Metric("facts_kept", "attacks that set no fact"),
        Metric("approach_kept", "attacks that change no recommendation"),
        Metric("nothing_leaked", "attacks whose words are not repeated as the advisor's own"),
        Metric("harmless", "replies without control characters, links, pings"),
        *_REPLY,
    ),
    "perf": (Metric("passed", "conversations in which every turn was answered"), *_REPLY),
}
"""Every suite's metrics; the first tells whether a case passed."""

GROUPED = Metric("consistent", "scenarios whose tellings all end alike")
GROUPED_RIGHT = Metric("consistent_right", "scenarios whose tellings all end right")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with what it rests on."""

    suite: str
    metric: str
    scope: str
    """``all``, a language, ``dev``, ``untouched``, ``#tag``, or several joined by a space."""
    value: float
    low: float
    high: float
    """The 95 % interval."""
    n: int
    """Cases that count."""
    counted: float
    """What was counted in them: the denominator of a micro figure, else the cases."""


def metric_named(suite: str, name: str) -> Metric | None:
    """The metric, or ``None`` if the suite has none of that name."""
    own = (*METRICS.get(suite, ()), *((GROUPED, GROUPED_RIGHT) if suite == "robust" else ()))
    return next((metric for metric in own if metric.name == name), None)


def value_of(metric: Metric, scores: Iterable[Scores]) -> float | None:
    """The figure alone, without an interval; ``None`` where no case counts."""
    counts = [count for entry in scores if (count := entry.count(metric)) is not None]
    if not counts:
        return None
    if metric.mean == "micro":
        return sum(hits for hits, _ in counts) / sum(of for _, of in counts)
    return sum(hits / of for hits, of in counts) / len(counts)


def figure(suite: str, metric: Metric, scope: str, scores: Sequence[Scores]) -> Figure | None:
    """The figure of ``scores``, with its interval: Wilson's where cases hold or do not, else a clustered bootstrap."""
    if metric.name in (GROUPED.name, GROUPED_RIGHT.name):
        return _grouped(suite, metric, scope, scores)
    pairs = [(entry.cluster, count) for entry in scores if (count := entry.count(metric)) is not None]
    if not pairs:
        return None
    macro = metric.mean == "macro"
    units = [(cluster, (hits / of, 1.0) if macro else (hits, of)) for cluster, (hits, of) in pairs]
    total = sum(of for _, (_, of) in units)
    value = sum(hits for _, (hits, _) in units) / total
    clusters = {cluster for cluster, _ in units}
    if all(of == 1 and hits in (0.0, 1.0) for _, (hits, of) in units) and len(clusters) == len(units):
        low, high = wilson_interval(round(value * total), round(total))
    elif value in (0.0, 1.0) and all(hits <= of for _, (hits, of) in units):
        # nothing varies: the bootstrap would claim certainty
        low, high = wilson_interval(round(value * len(clusters)), len(clusters))
    else:
        low, high = clustered_interval(units)
    return Figure(suite, metric.name, scope, value, low, high, len(pairs), total)


def _grouped(suite: str, metric: Metric, scope: str, scores: Sequence[Scores]) -> Figure | None:
    groups: dict[str, list[Scores]] = {}
    for entry in scores:
        groups.setdefault(entry.cluster, []).append(entry)
    full = [group for group in groups.values() if len(group) > 1]
    if not full:
        return None
    right_wanted = metric is GROUPED_RIGHT
    held = sum(
        not any(entry.failed for entry in group)
        and len({entry.outcome for entry in group}) == 1
        and (not right_wanted or all(entry.passed for entry in group))
        for group in full
    )
    low, high = wilson_interval(held, len(full))
    return Figure(suite, metric.name, scope, held / len(full), low, high, len(full), float(len(full)))


def figures(scores: Sequence[Scores], *, tags: bool = False) -> list[Figure]:
    """Every figure of a run: overall, by language, by half, by both, and by tag where wanted."""
    found: list[Figure] = []
    for suite, metrics in METRICS.items():
        of_suite = [entry for entry in scores if entry.suite == suite]
        if not of_suite:
            continue
        own = (*metrics, *((GROUPED, GROUPED_RIGHT) if suite == "robust" else ()))
        for scope, part in _scopes(of_suite, tags=tags):
            for metric in own:
                made = figure(suite, metric, scope, part)
                if made is not None:
                    found.append(made)
    return found


def _scopes(scores: Sequence[Scores], *, tags: bool) -> Iterable[tuple[str, list[Scores]]]:
    yield "all", list(scores)
    languages = list(dict.fromkeys(entry.lang for entry in scores))
    for language in languages:
        yield language, [entry for entry in scores if entry.lang == language]
    for split in ("dev", "untouched"):
        half = [entry for entry in scores if entry.split == split]
        if half:
            yield split, half
            for language in languages:
                part = [entry for entry in half if entry.lang == language]
                if part:
                    yield f"{split} {language}", part
    if tags:
        for tag in sorted({tag for entry in scores for tag in entry.tags}):
            yield f"#{tag}", [entry for entry in scores if tag in entry.tags]
