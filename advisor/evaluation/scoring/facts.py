"""Facts and what follows from them: what was read from a text, and what the rules made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.evaluation import cases as c
from advisor.evaluation import checks
from advisor.evaluation.scoring.judging import MISSING, Judgement, engine, facts_shown, reply_counts, same, values_of

if TYPE_CHECKING:
    from advisor.evaluation.checks import Count
    from advisor.evaluation.records import Record
    from advisor.rules.book import RuleBook


def score_extract(record: Record, book: RuleBook) -> Judgement:
    """What was read from each text alone, against what it says; a text that is not exact may say more."""
    case = record.case
    assert isinstance(case, c.ExtractCase)
    counts = reply_counts(record, book)
    totals: dict[str, Count] = {}
    why = []

    def count(name: str, hits: float, of: float) -> None:
        before = totals.get(name, (0.0, 0.0))
        totals[name] = (before[0] + hits, before[1] + of)

    for utterance, turn in zip(case.utterances, record.turns, strict=True):
        found = values_of(turn.response)
        new = {
            fact: value
            for fact, value in found.items()
            if fact not in utterance.known or value != utterance.known[fact]
        }
        gold = dict(utterance.gold)
        right = sum(same(new.get(fact, MISSING), value) for fact, value in gold.items())
        if utterance.asked is not None and utterance.asked in gold:
            count("answers", float(same(new.get(utterance.asked, MISSING), gold[utterance.asked])), 1.0)
        if utterance.exact:
            count("exact", float(right == len(gold) == len(new)), 1.0)
            count("precision", right, len(new))
            count("recall", right, len(gold))
            if utterance.asked is None:
                count("openings", right, len(gold))
                count("spurious_openings", len(set(new) - set(gold)), 1.0)
        wrong = right < len(gold) or (utterance.exact and len(new) > len(gold))
        if wrong:
            why.append(f"{utterance.text!r}: expected {facts_shown(gold)}, got {facts_shown(new)}")
    counts |= totals
    counts["passed"] = (float(not why), 1.0)
    return Judgement(counts, why)


def score_decision(record: Record, _book: RuleBook) -> Judgement:
    """The approach, whether it is final, and what would change it, by the rules alone."""
    case, decision = record.case, record.decision or {}
    assert isinstance(case, c.DecisionCase)
    gold = case.gold
    flips = {flip["fact"] for flip in decision["would_change"]}
    texts = [reason["text"] for reason in decision["because"]] + list(decision["next_steps"])
    seen = [checks.written_in(text) for text in texts]
    counts: dict[str, Count] = {
        "approach": (float(decision["approach"] == gold.approach), 1.0),
        "final": (float(decision["final"] == gold.final), 1.0),
        "would_change": (float(flips == set(gold.would_change)), 1.0),
        "texts_language": (float(sum(language in (None, case.lang) for language in seen)), float(len(seen))),
    }
    right = all(counts[name][0] for name in ("approach", "final", "would_change"))
    counts["passed"] = (float(right), 1.0)
    why = []
    if not right:
        why = [
            f"facts {facts_shown(case.facts)}",
            f"expected {gold.approach}, final {gold.final}, changed by {', '.join(sorted(gold.would_change)) or 'nothing'}",
            f"got {decision['approach']}, final {decision['final']}, changed by {', '.join(sorted(flips)) or 'nothing'}",
        ]
    return Judgement(counts, why, decision["approach"])


def score_robust(record: Record, book: RuleBook) -> Judgement:
    """The same use case told in another way gives the same facts and the same approach."""
    case, turn = record.case, record.turns[0]
    assert isinstance(case, c.RobustCase)
    counts = reply_counts(record, book)
    found = values_of(turn.response)
    approach = (turn.response["recommendation"] or {}).get("approach")
    right = sum(same(found.get(fact, MISSING), value) for fact, value in case.facts.items())
    counts["slots"] = (float(right), float(len(case.facts)))
    counts["facts"] = (float(right == len(case.facts) == len(found)), 1.0)
    counts["passed"] = (float(approach == case.approach), 1.0)
    counts["engine"] = engine(record.turns, book)
    why = []
    if approach != case.approach:
        why = [f"expected {case.approach} of {facts_shown(case.facts)}", f"got {approach} of {facts_shown(found)}"]
    return Judgement(counts, why, str(approach))
