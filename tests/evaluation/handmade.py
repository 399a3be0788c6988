"""Cases, responses, records and scores made by hand, for what needs no advisor to be tested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.evaluation.cases import case_set_hash, parse_case
from advisor.evaluation.records import Header, Played, Record, Timing
from advisor.evaluation.report import Report
from advisor.evaluation.scorers import Scores

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor.evaluation.cases import Case

FACTS: dict[str, Any] = {
    "knowledge_update_frequency": "weekly",
    "output_priority": "accuracy",
    "labeled_data": "insufficient",
    "traceability_required": True,
    "strict_format": False,
    "daily_calls": 400,
    "specialized_language": False,
    "use_case_validated": True,
}

RAG = {"approach": "rag", "final": True}
OPEN = {"approach": "rag", "final": False}


def response(asking: str | None = None, reply: str = "Well.", **fields: Any) -> dict[str, Any]:
    """A response of the contract with everything that evals look at."""
    return {
        "session": "eval",
        "turn": 1,
        "reply": reply,
        "language": "en",
        "asking": asking,
        "facts": {},
        "citations": [],
        "recommendation": None,
        "supported": True,
        **fields,
    }


def case(suite: str = "qa", name: str = "one", **fields: Any) -> Case:
    """A case of ``suite``, right for no advisor in particular."""
    own: dict[str, dict[str, Any]] = {
        "retrieval": {"query": "What is RAG?", "gold": ["what-is-rag"]},
        "qa": {"question": "What is RAG?", "gold": {"answerable": True, "passages": ["what-is-rag"]}},
        "decision": {"facts": {}, "gold": {"approach": "rag", "final": False, "would_change": []}},
        "dialogue": {
            "persona": "a baker",
            "opening": "Hello.",
            "facts": FACTS,
            "answers": {fact: f"my {fact}" for fact in FACTS},
            "approach": "rag",
        },
    }
    return parse_case({"suite": suite, "id": name, "lang": "en", **own[suite], **fields})


def record(of: Case, *said: str, reply: str = "Well.", **fields: Any) -> Record:
    """A record of ``of`` with a turn for everything said."""
    return Record(of, turns=tuple(Played(text, response(reply=reply)) for text in said), **fields)


def scores(
    key: str, *, passed: bool = True, suite: str = "qa", lang: str = "en", split: str = "dev", **fields: Any
) -> Scores:
    """The scores of one record; ``counts`` adds to ``passed``."""
    counts: Mapping[str, tuple[float, float]] = fields.pop("counts", {})
    return Scores(
        key, suite, fields.pop("cluster", key), lang, split, fields.pop("tags", ()),
        {"passed": (float(passed), 1.0), **counts}, **fields,
    )  # fmt: skip


def by_key(*entries: Scores) -> dict[str, Scores]:
    """Scores as comparisons and gates take them."""
    return {entry.key: entry for entry in entries}


def report(pairs: Iterable[tuple[Record, Scores]], *, show_untouched: bool = False) -> Report:
    """A report of a run that never was."""
    pairs = list(pairs)
    cases = [record.case for record, _ in pairs]
    header = Header(
        "embedded", "0.1.0", "0123456789ab", {name: sum(c.suite == name for c in cases) for name in ("qa",)},
        case_set_hash(cases), {}, {"rules": "1"}, {"python": "3"},
    )  # fmt: skip
    timings = tuple(Timing(entry.key, entry.suite, entry.lang, (250.0, 750.0), 99.0) for _, entry in pairs)
    records = {record.key: record for record, _ in pairs}
    return Report("tuesday", header, tuple(entry for _, entry in pairs), records, timings, show_untouched)
