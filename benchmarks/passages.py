"""How many passage texts survive one inserted sentence, and how large passages are.

    uv run python -m benchmarks.passages news_dev.json.gz

Beside it, as the peer: greedy packing to much the same size, with an overlap, as LlamaIndex's SentenceSplitter does.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import fmean

from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.schema import Document

from benchmarks.data import load
from retrieval.corpus.articles import build_article
from retrieval.corpus.files import Unreadable
from retrieval.corpus.metadata import Metadata
from retrieval.corpus.passages import count_tokens, split_article
from retrieval.corpus.sentences import split_sentences

INSERTED = "Officials declined to comment further on the matter on Friday. "
PEER_TOKENS, PEER_OVERLAP = 220, 40


def main(file: Path) -> None:
    """Insert one sentence at a random sentence's start in each article, and compare."""
    chance = random.Random(7)
    peer = SentenceSplitter(chunk_size=PEER_TOKENS, chunk_overlap=PEER_OVERLAP)
    splitters: dict[str, Callable[[str], list[str]]] = {
        "embassy-bot": lambda text: [p.text for p in split_article(build_article("a", text, Metadata()))],
        "LlamaIndex SentenceSplitter": lambda text: [
            node.get_content() for node in peer.get_nodes_from_documents([Document(text=text)])
        ],
    }
    pairs = []
    for article in load(file)[0]:
        text = article["text"]
        sentences = split_sentences(text)
        if len(sentences) > 1:
            at = chance.choice(sentences[1:]).start
            pairs.append((text, text[:at] + INSERTED + text[at:]))
    for name, split in splitters.items():
        kept, sizes = [], []
        for before, after in pairs:
            try:
                passages, later = split(before), set(split(after))
            except Unreadable:
                continue
            kept += [passage in later for passage in passages]
            sizes += [count_tokens(passage) for passage in passages]
        print(f"{name:<30} {len(kept):>6} passages, {fmean(sizes):.0f} tokens each, {fmean(kept):.1%} survive")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
