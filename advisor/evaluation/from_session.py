"""A stored conversation as a case: the user's words become the script, the facts as they were read the gold.

What the advisor understood may be wrong: whoever makes a case of a conversation reads it and mends the
gold before it counts. The case says so in a tag.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.errors import CaseError
from advisor.evaluation.cases import MAX_ID, ExtractCase, Utterance
from advisor.language import detect
from advisor.profile import FactName, FactValue, check_value, fact_name

if TYPE_CHECKING:
    from collections.abc import Sequence


def case_of(name: str, transcript: Sequence[tuple[str, dict[str, Any]]]) -> ExtractCase:
    """The turns of a conversation, each with what was asked, what was known, and what was read of it.

    Raises:
        CaseError: the conversation has no turn.
    """
    if not transcript:
        message = f"the session {name!r} has no turns to make a case of"
        raise CaseError(message)
    utterances = []
    known: dict[FactName, FactValue] = {}
    asked: FactName | None = None
    for text, response in transcript:
        after = {
            fact_name(fact): check_value(fact_name(fact), entry["value"]) for fact, entry in response["facts"].items()
        }
        told = {fact: value for fact, value in after.items() if fact not in known or known[fact] != value}
        utterances.append(Utterance(asked=asked, text=text, known=dict(known), gold=told))
        known = after
        asked = fact_name(response["asking"]) if response["asking"] else None
    language = detect(transcript[0][0]) or transcript[0][1]["language"]
    plain = "".join(character if character.isalpha() or character in "0123456789-_." else "-" for character in name)
    return ExtractCase(
        suite="extract", id=f"session-{plain}"[:MAX_ID], lang=language, tags=("from-session", "unreviewed"),
        utterances=tuple(utterances),
    )  # fmt: skip
