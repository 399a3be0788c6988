"""Embed the shipped content anew and learn the reader from it: run it when texts were changed.

Writes `knowledge/vectors.npz` and `knowledge/reader.npz`.
"""

from __future__ import annotations

from advisor.claims import claims
from advisor.content import content_path
from advisor.knowledge import article
from advisor.language import LANGUAGES
from advisor.llm.embeddings import BundledEmbedder, ship_vectors
from advisor.retrieval.index import views
from advisor.rules.load import load_rules
from advisor.understanding.reader import READER_FILE, train, training_fingerprint, training_texts


def main() -> None:
    """Write the file and say how many vectors it holds."""
    found = views(load_rules(frozenset(article())))
    queries = dict.fromkeys([*training_texts(), *(view.text for view in found if view.kind == "question")])
    made = (point.text for language in LANGUAGES for of_one in claims(language).points.values() for point in of_one)
    passages = dict.fromkeys([*(view.text for view in found if view.kind == "text"), *made])
    embedder = BundledEmbedder()
    count = ship_vectors(list(queries), list(passages), embedder)
    print(f"{count} vectors")
    train(embedder).save(content_path("knowledge", READER_FILE), training_fingerprint(), packed=True)
    print("the reader is learnt")


if __name__ == "__main__":
    main()
