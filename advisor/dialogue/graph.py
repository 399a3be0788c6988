"""The turn as a LangGraph graph: wiring only.

One run is one user turn; waiting for the user ends the run, so nothing is kept between runs and no
checkpointer is needed: the session store holds the truth (see `sessions`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from langgraph.errors import GraphRecursionError
from langgraph.graph import END, START, StateGraph

from advisor.dialogue import nodes, routes
from advisor.dialogue.state import Deps, TurnState
from advisor.errors import StepLimitError

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

MAX_STEPS = 12
"""Steps of one turn; the longest way through the graph takes five."""


def build_graph() -> CompiledStateGraph[Any, Any, Any, Any]:
    """Compile the graph of a turn."""
    graph = StateGraph(TurnState, context_schema=Deps)
    for node in (nodes.understand, nodes.update_profile, nodes.decide, nodes.retrieve, nodes.compose):
        graph.add_node(node.__name__, node)
    graph.add_edge(START, "understand")
    graph.add_edge("understand", "update_profile")
    graph.add_edge("update_profile", "decide")
    graph.add_conditional_edges("decide", routes.after_decide)
    graph.add_edge("retrieve", "compose")
    graph.add_edge("compose", END)
    return graph.compile()


def run_turn(graph: CompiledStateGraph[Any, Any, Any, Any], state: TurnState, deps: Deps) -> TurnState:
    """Run one turn.

    Raises:
        StepLimitError: it took more than `MAX_STEPS` steps.
    """
    try:
        return cast("TurnState", graph.invoke(state, context=deps, config={"recursion_limit": MAX_STEPS}))
    except GraphRecursionError as error:
        message = f"the turn took more than {MAX_STEPS} steps; please report it with what was said"
        raise StepLimitError(message) from error
