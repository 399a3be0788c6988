"""What a reply says of a question in the advisor's own words: that a part of it is left open, or supposes wrongly.

No field of the response tells either, so the reply is searched for the phrases that say so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from advisor.evaluation import checks
from advisor.phrases import phrases

if TYPE_CHECKING:
    from collections.abc import Mapping


def corrects(response: Mapping[str, Any]) -> bool:
    """Whether the reply says that the sources hold otherwise; a user's words that say so do not count."""
    said = phrases(response["language"]).say("answer.otherwise")
    return checks.bare(said) in checks.bare(checks.own_words(response["reply"]))


def leaves_open(response: Mapping[str, Any], part: str) -> bool:
    """Whether the reply says that the sources do not cover ``part``, the words of a question.

    Where the reply names what is left open, those words and ``part`` must be the same or one a part of
    the other: an advisor that leaves open the half that it could have answered is not right. A reply
    that speaks of "the rest" is taken at its word.
    """
    texts = phrases(response["language"]).texts
    if checks.bare(texts["answer.partly"]) in checks.bare(checks.own_words(response["reply"])):
        return True
    first, last = texts["answer.partly_named"].split("{words}")
    first, last = re.escape(first), re.escape(last)
    named = re.findall(f"{first}((?:(?!{first}).)+?){last}", response["reply"])
    return any(_same_words(words, part) for words in named)


def _same_words(words: str, part: str) -> bool:
    one, other = checks.bare(words), checks.bare(part)
    return bool(one) and (one in other or other in one)
