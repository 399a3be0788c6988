"""An advisor that talks to a server on loopback, and a model that reads and words decently."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from advisor.app import Advisor
from advisor.llm.breaker import Breaker, BreakerRules
from advisor.llm.dialect import Learnt
from advisor.llm.endpoint import EndpointModel
from advisor.llm.exchange import Endpoint, Patience

if TYPE_CHECKING:
    from collections.abc import Iterator

    from advisor.settings import Settings
    from tests.llm.server import ModelServer

QUICK = Patience(connect_s=0.5, read_s=0.25, backoff_s=0.01, longest_wait_s=0.02)
"""Waits a hundredth of what is waited for a real server."""

TURN_S = 3.0
"""The deadline of a turn, scaled down as well."""


def form(body: dict[str, Any]) -> str:
    """The name of the form that a request asks for: `acts` or `sentences`."""
    wanted = body.get("response_format", {}).get("json_schema", {}).get("name")
    if wanted:
        return str(wanted)
    if body.get("tools"):
        return str(body["tools"][0]["function"]["name"])
    return "acts" if '"acts"' in body["messages"][0]["content"] else "sentences"


def between(body: dict[str, Any], mark: str) -> str:
    """What stands between marks in a request."""
    found = re.search(rf"<{mark}>\n(.*?)\n</{mark}>", body["messages"][1]["content"], re.DOTALL)
    return found[1] if found else ""


def passages(body: dict[str, Any]) -> dict[str, str]:
    """The passages of a request by id."""
    return dict(re.findall(r"^\[(p\d+)\] (.*)$", between(body, "passages"), re.MULTILINE))


def decent(body: dict[str, Any]) -> dict[str, Any]:
    """A model that adds nothing to what is read, and answers in the passages' own words."""
    if form(body) == "acts":
        return {"acts": []}
    return {"sentences": [{"text": text, "passages": [each]} for each, text in passages(body).items()]}


@contextmanager
def advisor_of(
    settings: Settings, server: ModelServer, *, rules: BreakerRules | None = None, notices: list[str] | None = None
) -> Iterator[Advisor]:
    """An advisor whose model is behind ``server``, found out anew and with waits scaled down."""
    model = EndpointModel(
        Endpoint("stand-in", server.url, "k" * 20),
        patience=QUICK,
        breaker=Breaker(rules or BreakerRules(failures=1_000_000, permanent_s=0)),
        learnt=Learnt(),
    )
    told = notices if notices is not None else []
    advisor = Advisor(settings, model=model, notice=told.append, turn_s=TURN_S)
    try:
        yield advisor
    finally:
        advisor.close()
        model.close()


def as_json(value: object) -> str:
    """A value as text, for looking into."""
    return json.dumps(value, ensure_ascii=False)
