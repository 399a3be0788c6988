"""A conversational advisor for the choice between RAG and fine-tuning that proves what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from advisor.app import Advisor
    from advisor.messages import Response
    from advisor.settings import Settings, load_settings

__all__ = ["Advisor", "Response", "Settings", "load_settings"]

__version__ = "0.1.0"

_HOMES = {
    "Advisor": "advisor.app",
    "Response": "advisor.messages",
    "Settings": "advisor.settings",
    "load_settings": "advisor.settings",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is used."""
    if name not in _HOMES:
        message = f"module 'advisor' has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
