"""Retrieval and questions: what was found, what was cited, and whether it should have been answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.evaluation import cases as c
from advisor.evaluation import checks
from advisor.evaluation.scoring.judging import Judgement, reply_counts, section_of, sources_of
from advisor.evaluation.scoring.wording import corrects, leaves_open

if TYPE_CHECKING:
    from advisor.evaluation.checks import Count
    from advisor.evaluation.records import Record
    from advisor.rules.book import RuleBook


def score_retrieval(record: Record, _book: RuleBook) -> Judgement:
    """Recall at k and reciprocal rank, as trec_eval defines them; a query without a result counts 0."""
    case = record.case
    assert isinstance(case, c.RetrievalCase)
    found = [hit["id"] for hit in record.found]
    counts: dict[str, Count] = {}
    for k in (1, 3, 5):
        held = sum(any(is_relevant(passage_id, gold) for passage_id in found[:k]) for gold in case.gold)
        counts[f"recall@{k}"] = (held / len(case.gold), 1.0)
    sections = {section_of(passage_id) for passage_id in found[:3]}
    wanted = {section_of(gold) for gold in case.gold}
    counts["section_recall@3"] = (len(sections & wanted) / len(wanted), 1.0)
    rank = next((n for n, hit in enumerate(found[:5], 1) if any(is_relevant(hit, gold) for gold in case.gold)), None)
    counts["mrr@5"] = (1 / rank if rank else 0.0, 1.0)
    counts["passed"] = (float(counts["recall@3"][0] == 1), 1.0)
    why = (
        []
        if counts["passed"][0]
        else [f"expected {', '.join(case.gold)}", f"found {', '.join(found[:3]) or 'nothing'}"]
    )
    return Judgement(counts, why)


def score_qa(record: Record, book: RuleBook) -> Judgement:
    """Abstention is the reply's own field; citations are judged against the passages that hold the answer.

    Of a conversation the last turn is judged; the checks that every reply must stand see all of them.
    """
    case, turn = record.case, record.turns[-1]
    assert isinstance(case, c.QaCase)
    gold, response = case.gold, turn.response
    sources = sources_of(record, book)
    counts = reply_counts(record, book)
    cited = [entry["id"] for entry in response["citations"] if entry["source"] == gold.source]
    others = len(response["citations"]) - len(cited)
    right = [passage_id for passage_id in cited if any(is_relevant(passage_id, wanted) for wanted in gold.passages)]
    answered = bool(response["supported"])
    counts["grounded"] = checks.grounded(response, sources)
    if not gold.answerable:
        counts["answered_wrongly"] = (float(answered), 1.0)
        counts["passed"] = counts["idk_score"] = (float(not answered), 1.0)
        why = [f"expected a refusal; cited {', '.join(cited) or 'nothing'}"] if answered else []
        return Judgement(counts, why)
    counts["refused_wrongly"] = (float(not answered), 1.0)
    share = sum(any(is_relevant(p, wanted) for p in cited) for wanted in gold.passages) / len(gold.passages)
    counts["gold_cited"] = (share if answered else 0.0, 1.0)
    counts["idk_score"] = counts["gold_cited"]
    if answered:
        counts["citation_precision"] = (len(right) / (len(cited) + others) if cited or others else 0.0, 1.0)
        counts["cited_one"] = (float(bool(right)), 1.0)
    if gold.false_premise:
        counts["false_premise"] = (float(answered and bool(right)), 1.0)
    counts["premise_corrected" if gold.false_premise else "premise_blamed"] = (float(corrects(response)), 1.0)
    if gold.not_covered:
        counts["part_left_open"] = (float(leaves_open(response, gold.not_covered)), 1.0)
    counts["passed"] = (float(answered and bool(right)), 1.0)
    why = []
    if not counts["passed"][0]:
        why = [
            f"expected {', '.join(gold.passages)}",
            f"cited {', '.join(cited) or 'nothing'}" if answered else "refused",
        ]
    return Judgement(counts, why)


def is_relevant(passage_id: str, gold: str) -> bool:
    """Whether a passage is the gold one or a part of it."""
    return passage_id == gold or passage_id.startswith(f"{gold}/")


def score_perf(record: Record, book: RuleBook) -> Judgement:
    """Every message got a reply; how long it took stands in the timings."""
    counts = reply_counts(record, book)
    empty = [turn.text for turn in record.turns if not turn.response["reply"].strip()]
    counts["passed"] = (float(not empty), 1.0)
    return Judgement(counts, [f"no reply to {text!r}" for text in empty])
