"""A recommendation for facts that did not come from a conversation: rules alone, nothing heavy loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.citations import Sources, cite
from advisor.composing.embedded import EmbeddedComposer, recommendation_dict
from advisor.knowledge import ARTICLE, article, in_language
from advisor.messages import Response
from advisor.retrieval.index import rule_passages
from advisor.rules.engine import recommend
from advisor.rules.load import load_rules
from advisor.turn import Turn

if TYPE_CHECKING:
    from advisor.language import Language
    from advisor.profile import Profile
    from advisor.rules.book import RuleBook


def decide(profile: Profile, language: Language) -> dict[str, Any]:
    """The recommendation in the contract's form."""
    book = load_rules(frozenset(article()))
    return recommendation_dict(recommend(book, profile), language, book)


def explain(profile: Profile, language: Language) -> Response:
    """The recommendation in words, with its citations."""
    book = load_rules(frozenset(article()))
    recommendation = recommend(book, profile)
    turn = Turn(
        language=language, commands=(), profile=profile, changes=(), repeated=(), settled=frozenset(), left_open=None,
        recommendation=recommendation, before=None, answers=(), hypotheses=(), asking=None, invite=False,
        present=True, small_rate=False, cut=None, rules_changed=False, empty=False,
    )  # fmt: skip
    cited = cite(EmbeddedComposer(book).compose(turn), citable(book, language))
    return Response(
        session="decide", turn=1, reply=cited.reply, language=language, asking=None, facts=profile.to_dict(),
        citations=cited.citations, recommendation=recommendation_dict(recommendation, language, book), supported=True,
    )  # fmt: skip


def citable(book: RuleBook, language: str) -> Sources:
    """Everything that can be cited, in the reader's language."""
    found = {(ARTICLE, passage_id): in_language(parallel, language) for passage_id, parallel in article().items()}
    for rule_id, parallel in rule_passages(book).items():
        found["rules", rule_id] = in_language(parallel, language)
    return found
