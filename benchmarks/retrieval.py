"""Right passages, right sentences and speed on news questions, beside what a LlamaIndex starter gives.

    uv run python -m benchmarks.retrieval news_dev.json.gz [ARTICLES]

The peer is the starter of LlamaIndex's documentation with the same bundled model: SentenceSplitter at the same
passage size, vectors in memory, the nearest by cosine. A passage is right if it is of an article that supports the
question and holds the answer's words. Times are ratios within this run; the machine's own speed cancels out.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean, median

from llama_index.core import VectorStoreIndex
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.schema import Document

from benchmarks.data import Entry, holds, load, settings_for, write_corpus
from retrieval.embedding.providers import open_model
from retrieval.library import Library

Found = list[tuple[str, str]]
"""(article, text) of what was found, best first."""

AT = (1, 3, 5, 10)
PEER_TOKENS = 220
PEER_OVERLAP = 40


def main(file: Path, limit: int | None) -> None:
    """Index, ask, and print a table for each system."""
    articles, questions = load(file)
    articles = articles[:limit]
    present = {article["id"] for article in articles}
    questions = [q for q in questions if present.intersection(q["support"])]
    print(f"{len(articles)} articles, {len(questions)} questions")
    with tempfile.TemporaryDirectory() as folder:
        ours = _ours(articles, questions, Path(folder))
        peer = _peer(articles, questions)
    print(f"ours / peer: indexing {ours[0] / peer[0]:.2f}, a search {ours[1] / peer[1]:.2f} of the peer's time")


def _ours(articles: Sequence[Entry], questions: Sequence[Entry], folder: Path) -> tuple[float, float]:
    write_corpus(articles, folder / "corpus")
    with Library(settings_for(folder / "corpus", folder / "data")) as library:
        start = time.perf_counter()
        library.update()
        indexing = time.perf_counter() - start
        library.search("warm up")

        def search(question: str) -> Found:
            return [(hit.passage.article, hit.passage.text) for hit in library.search(question, top_k=max(AT))]

        searching = _measure("embassy-bot search", search, questions)

        def ask(question: str) -> Found:
            return [(hit.passage.article, hit.passage.text) for hit in library.ask(question).hits]

        asking = _measure("embassy-bot ask", ask, questions)
        print(f"an answer takes {asking / searching:.1f} times a search")

        def quotes(question: str) -> Found:
            return [(citation.article, citation.quote) for citation in library.ask(question).citations]

        _measure("embassy-bot quotes", quotes, questions)
    return indexing, searching


def _peer(articles: Sequence[Entry], questions: Sequence[Entry]) -> tuple[float, float]:
    model = open_model(settings_for(Path(), Path()).embedding)
    documents = [
        Document(text=article["text"], metadata={"article": article["id"]}, excluded_embed_metadata_keys=["article"])
        for article in articles
    ]
    start = time.perf_counter()
    index = VectorStoreIndex.from_documents(
        documents,
        embed_model=model,
        transformations=[SentenceSplitter(chunk_size=PEER_TOKENS, chunk_overlap=PEER_OVERLAP)],
    )
    indexing = time.perf_counter() - start
    retriever = index.as_retriever(similarity_top_k=max(AT))
    retriever.retrieve("warm up")

    def search(question: str) -> Found:
        return [(str(n.node.metadata["article"]), n.node.get_content()) for n in retriever.retrieve(question)]

    return indexing, _measure("LlamaIndex starter", search, questions)


def _measure(name: str, search: Callable[[str], Found], questions: Sequence[Entry]) -> float:
    """Print recall and MRR; return the median seconds a question."""
    ranks, times = [], []
    for question in questions:
        start = time.perf_counter()
        found = search(question["question"])
        times.append(time.perf_counter() - start)
        right = (
            rank
            for rank, (article, text) in enumerate(found, start=1)
            if article in question["support"] and holds(text, [question["answer"]])
        )
        ranks.append(next(right, None))
    recall = "  ".join(f"@{k} {fmean(rank is not None and rank <= k for rank in ranks):.3f}" for k in AT)
    mrr = fmean(1 / rank if rank is not None and rank <= max(AT) else 0.0 for rank in ranks)
    print(f"{name:<20} {recall}  MRR {mrr:.3f}")
    return median(times)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None)
