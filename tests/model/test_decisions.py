"""The model decides nothing: whatever it says, equal facts give the embedded mode's decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor.composing.embedded import recommendation_dict
from advisor.conversation import Conversation
from advisor.llm.scripted import ScriptedModel
from advisor.profile import CHOICES, FACTS, FactName, Known, Profile
from advisor.rules.engine import recommend
from advisor.understanding.proposals import ACTS, NONE, NUMBER

if TYPE_CHECKING:
    from advisor.app import Advisor
    from advisor.llm.client import ModelRequest

MESSAGES = (
    (
        "We run a help desk for a bank with nine branches, tariffs come out anew every Monday, and the auditors want to see "
        "the circular behind every answer."
    ),
    "Honestly, it depends on whom you ask; the branch people say the figures, head office says the wording of it all.",
    "何を答えるかより、毎回同じ書式で出ることのほうが、うちの現場では大事だと言われていますし、監査もあります。",
    "How fresh is the knowledge in either approach, and would it change anything if we had 5,000 reviewed examples?",
)

_VALUES = sorted({NONE, NUMBER, "junk", *(str(choice).lower() for each in CHOICES.values() for choice in each)})


def _acts(message: str) -> st.SearchStrategy[list[dict[str, str]]]:
    places = st.integers(0, len(message))
    quote = st.one_of(st.tuples(places, places).map(lambda ends: message[min(ends) : max(ends)]), st.text(max_size=20))
    act = st.fixed_dictionaries(
        {
            "act": st.sampled_from([*ACTS, "recommend"]),
            "fact": st.sampled_from([NONE, *FACTS, "approach"]),
            "value": st.sampled_from(_VALUES),
            "quote": quote,
        }
    )
    return st.lists(act, max_size=10)


_profiles = st.dictionaries(
    st.sampled_from([fact for fact in FACTS if fact != "daily_calls"]), st.integers(0, 6), max_size=5
).map(
    lambda chosen: Profile(
        {fact: Known(CHOICES[fact][place % len(CHOICES[fact])], "so", 1) for fact, place in chosen.items()}
    )
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_equal_facts_give_equal_decisions(data: st.DataObject, shared: Advisor) -> None:
    message = data.draw(st.sampled_from(MESSAGES))
    acts = data.draw(_acts(message))
    profile = data.draw(_profiles)
    asking: FactName | None = data.draw(st.sampled_from([None, *FACTS]))
    before = Conversation(language="en", profile=profile, asking=asking, opened=True)

    def says(request: ModelRequest) -> dict[str, Any]:
        assert request.schema is not None
        return {"acts": acts} if request.schema.name == "acts" else {"sentences": []}

    shared.model = ScriptedModel(says)
    shared.__dict__.pop("model_seat", None)
    response = shared.preview(message, before)

    told = Profile.from_dict(response.facts)
    assert response.recommendation == (
        recommendation_dict(recommend(shared.book, told), response.language, shared.book) if told else None
    )
    for fact in profile:  # nothing that was told is taken away, whatever the model says
        assert fact in told


def test_what_the_model_is_asked_holds_no_recommendation_and_no_rule(shared: Advisor) -> None:
    model = ScriptedModel(
        lambda request: {"acts": []} if request.schema and request.schema.name == "acts" else {"sentences": []}
    )
    shared.model = model
    shared.__dict__.pop("model_seat", None)
    facts: dict[FactName, Any] = {"output_priority": "both", "labeled_data": "insufficient"}
    profile = Profile({fact: Known(value, "as I said", 1) for fact, value in facts.items()})
    for message in MESSAGES:
        shared.preview(message, Conversation(language="en", profile=profile, asking="strict_format", opened=True))
    assert model.asked
    for request in model.asked:
        sent = request.user
        assert "rag_then_fine_tune" not in sent
        assert "as I said" not in sent
        assert not any(rule.id in sent for rule in shared.book.rules)
