"""Where the shipped content (`knowledge/`, `prompts/`, `evals/`) lies.

A wheel carries it inside the package; a checkout keeps it beside the package.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def content_path(*parts: str) -> Path:
    """Return the path of shipped content, for example ``content_path("knowledge", "rules.yaml")``."""
    packed = _PACKAGE / "_content"
    root = packed if packed.is_dir() else _PACKAGE.parent
    return root.joinpath(*parts)
