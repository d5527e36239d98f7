"""The systems that are compared, each in a process of its own.

A process takes one JSON request a line and answers each with one JSON line, so that systems can be asked in turn, and
their memory and their start are their own. Started by `Process`; run by itself it is

    python -m benchmarks.systems SYSTEM CORPUS DATA THREADS
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from benchmarks.measures import Found

OURS = "embassy-bot"
PEERS: Mapping[str, tuple[int, int]] = {"LlamaIndex 256": (256, 40), "LlamaIndex 1024": (1024, 200)}
"""Tokens and overlapping tokens of the peer's passages; 1024 and 200 are what its splitter does unasked."""


class System(Protocol):
    """An index over a folder of text files."""

    def index(self) -> int:
        """Take in the corpus folder's new files; return how many passages the index has."""

    def search(self, question: str, top_k: int) -> Found:
        """Return the passages found, best first."""


class Embassy:
    """This project, with its default settings."""

    def __init__(self, corpus: Path, data: Path, threads: int) -> None:
        from benchmarks.data import settings_for
        from retrieval.library import Library

        settings = settings_for(corpus, data)
        embedding = settings.embedding.model_copy(update={"threads": threads})
        self._library = Library(settings.model_copy(update={"embedding": embedding}))

    def index(self) -> int:
        """Run an update."""
        return self._library.update().passages

    def search(self, question: str, top_k: int) -> Found:
        """Search without answering."""
        hits = self._library.search(question, top_k=top_k)
        return [(hit.passage.article, hit.passage.text) for hit in hits]

    def ask(self, question: str) -> Found:
        """Answer; the hits are in the order that reading them brought."""
        return [(hit.passage.article, hit.passage.text) for hit in self._library.ask(question).hits]


class LlamaIndex:
    """What its documentation starts with, kept on disk: SentenceSplitter, HuggingFaceEmbedding, Chroma.

    The embedding model has the weights of the bundled one, as floats, and is run by sentence-transformers.
    """

    def __init__(self, corpus: Path, data: Path, tokens: int, overlap: int) -> None:
        from chromadb import PersistentClient
        from chromadb.config import Settings as ClientSettings
        from llama_index.core import VectorStoreIndex
        from llama_index.core.node_parser import SentenceSplitter
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding
        from llama_index.vector_stores.chroma import ChromaVectorStore

        from retrieval.embedding.minilm import weights_folder

        self._corpus = corpus
        self._splitter = SentenceSplitter(chunk_size=tokens, chunk_overlap=overlap)
        client = PersistentClient(data, settings=ClientSettings(anonymized_telemetry=False))
        self._collection = client.get_or_create_collection("peer")
        self._index = VectorStoreIndex.from_vector_store(
            ChromaVectorStore(chroma_collection=self._collection),
            embed_model=HuggingFaceEmbedding(model_name=str(weights_folder()), device="cpu"),
        )
        self._known: set[Path] = set()

    def index(self) -> int:
        """Add the files that this process has not added yet."""
        from llama_index.core.schema import Document

        new = sorted(set(self._corpus.glob("*.txt")) - self._known)
        self._known.update(new)
        documents = [
            Document(
                text=path.read_text(encoding="utf-8"),
                metadata={"article": path.stem},
                excluded_embed_metadata_keys=["article"],
            )
            for path in new
        ]
        self._index.insert_nodes(self._splitter.get_nodes_from_documents(documents))
        return self._collection.count()

    def search(self, question: str, top_k: int) -> Found:
        """Retrieve the nearest passages."""
        nodes = self._index.as_retriever(similarity_top_k=top_k).retrieve(question)
        return [(str(found.node.metadata["article"]), found.node.get_content()) for found in nodes]


class Process:
    """A system in a child process, as its parent sees it. A context manager."""

    def __init__(self, system: str, corpus: Path, data: Path, threads: int) -> None:
        self._name = system
        # The same for every system: as many threads, no network, no telemetry, no bars.
        surroundings = {
            "OMP_NUM_THREADS": str(threads),
            "TOKENIZERS_PARALLELISM": "false",
            "HF_HUB_OFFLINE": "1",
            "TQDM_DISABLE": "1",
            "ANONYMIZED_TELEMETRY": "False",
        }
        self._child = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.systems", system, str(corpus), str(data), str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **surroundings},
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.communicate()

    def index(self) -> tuple[int, float]:
        """Take in the corpus folder; return the number of passages and the seconds it took."""
        reply = self._call("index")
        return reply["result"], reply["seconds"]

    def search(self, question: str, top_k: int) -> tuple[Found, float]:
        """Return what is found and the seconds it took."""
        reply = self._call("search", question=question, top_k=top_k)
        return [(article, text) for article, text in reply["result"]], reply["seconds"]

    def ask(self, question: str) -> tuple[Found, float]:
        """Return what is found for an answer and the seconds that took."""
        reply = self._call("ask", question=question)
        return [(article, text) for article, text in reply["result"]], reply["seconds"]

    def peak_megabytes(self) -> float:
        """Return the most memory that the process has held at once."""
        return float(self._call("memory")["result"])

    def _call(self, request: str, **arguments: object) -> dict[str, Any]:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps({"do": request, **arguments}) + "\n")
        self._child.stdin.flush()
        line = self._child.stdout.readline()
        if not line:
            status = self._child.wait()
            raise SystemExit(f"{self._name} ended early, with status {status}; what it printed stands above.")
        reply: dict[str, Any] = json.loads(line)
        return reply


def open_system(name: str, corpus: Path, data: Path, threads: int) -> System:
    """Open a system by its name."""
    if name == OURS:
        return Embassy(corpus, data, threads)
    return LlamaIndex(corpus, data, *PEERS[name])


def serve(name: str, corpus: Path, data: Path, threads: int) -> None:
    """Answer requests until there are no more. Whatever else the libraries print goes to standard error."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    system = open_system(name, corpus, data, threads)
    calls: dict[str, Callable[..., object]] = {
        "index": system.index,
        "search": system.search,
        "memory": _peak_megabytes,
    }
    if isinstance(system, Embassy):
        # The peer answers nothing without a language model.
        calls["ask"] = system.ask
    for line in sys.stdin:
        request = json.loads(line)
        call = calls[request.pop("do")]
        start = time.perf_counter()
        result = call(**request)
        seconds = time.perf_counter() - start
        print(json.dumps({"result": result, "seconds": seconds}), file=replies, flush=True)


def _peak_megabytes() -> float:
    """Return this process's peak of resident memory."""
    try:
        # The kernel's other count, in getrusage, starts from what the parent held when it made this process.
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        scale = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale / 1e6
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) * 1024 / 1e6


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
