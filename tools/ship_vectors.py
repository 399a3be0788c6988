"""Embed the shipped content anew and write `knowledge/vectors.npz` (run it when texts were changed)."""

from __future__ import annotations

from advisor.knowledge import article
from advisor.llm.embeddings import BundledEmbedder, ship_vectors
from advisor.retrieval.index import views
from advisor.rules.load import load_rules
from advisor.understanding.reader import training_texts


def main() -> None:
    """Write the file and say how many vectors it holds."""
    found = views(load_rules(frozenset(article())))
    queries = dict.fromkeys([*training_texts(), *(view.text for view in found if view.kind == "question")])
    passages = dict.fromkeys(view.text for view in found if view.kind == "text")
    count = ship_vectors(list(queries), list(passages), BundledEmbedder())
    print(f"{count} vectors")


if __name__ == "__main__":
    main()
