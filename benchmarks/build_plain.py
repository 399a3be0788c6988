"""Builds the index in an empty home as if no vectors were shipped: every text is embedded.

With ``--missing`` it builds nothing and prints, as JSON, how many texts of the content there are and how
many of them have no shipped vector; more than none means that the content was edited since.
"""

from __future__ import annotations

import json
import sys

from advisor.app import Advisor
from advisor.llm import embeddings
from advisor.retrieval.index import views
from advisor.settings import load_settings
from advisor.understanding.reader import training_texts


def main() -> None:
    """Build, or count."""
    advisor = Advisor(load_settings())
    if "--missing" in sys.argv:
        found = views(advisor.book)
        keys = {embeddings.text_key("query", text) for text in training_texts()}
        keys |= {embeddings.text_key("passage" if view.kind == "text" else "query", view.text) for view in found}
        print(json.dumps({"texts": len(keys), "missing": len(keys - embeddings.shipped_vectors().keys())}))
        return
    embeddings.VECTORS_FILE = "not-shipped.npz"
    advisor.derived.rebuild()


if __name__ == "__main__":
    main()
