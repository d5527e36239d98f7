"""This project beside what one would pick instead: LlamaIndex's VectorStoreIndex on Chroma, with the same weights.

    uv run --group peer python -m benchmarks.peer news_dev.json.gz [--articles N] [--json]

Both get the same files, the same number of threads and a process of their own, and take turns: a slice of the corpus
each, then a question each, then a start each. So whatever else the machine does meets them alike, and the ratios mean
something on any machine. Recall at equal k favours large passages; the recall within so many words shown does not.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.data import Entry, load_part, write_corpus
from benchmarks.measures import Estimate, Found, estimate, percentile, ratio_of, retrieval_measures, table
from benchmarks.systems import OURS, PEERS, Process

SEARCH, ASK = f"{OURS} search", f"{OURS} ask"
CALLS = {SEARCH: OURS, ASK: OURS, **{name: name for name in PEERS}}
"""What is asked in turn, and which system answers it."""
SLICES = 5
STARTS = 5
TOP_K = 10
WARM_UP = 3
MEDIAN, P95 = percentile(50), percentile(95)
PAUSE = 0.05
"""Seconds between two systems, so that the threads of the one before no longer wait busily."""


@dataclass(slots=True)
class Indexed:
    """What a system did with the corpus; memory in megabytes."""

    passages: int = 0
    seconds: float = 0.0
    peak: float = 0.0


@dataclass(slots=True)
class Called:
    """What came of one kind of call: for each question what was found and the seconds it took, and for each fresh
    process the seconds from its start to its first answer."""

    found: list[Found] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Run:
    """All that was measured: the indexing and the peak memory of answering by system, the rest by call."""

    indexed: dict[str, Indexed]
    called: dict[str, Called]
    asking_peak: dict[str, float]


def main() -> None:
    """Index, ask, and print both side by side."""
    parser = argparse.ArgumentParser(description="This project beside LlamaIndex and Chroma.")
    parser.add_argument("file", type=Path, metavar="DATA", help="articles and questions as JSON, gzipped or not")
    parser.add_argument("--articles", type=int, metavar="N", help="only the first N articles")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()

    articles, questions = load_part(given.file, given.articles)
    with tempfile.TemporaryDirectory() as folder:
        run = measure(Path(folder), articles, questions)
    retrieval = {call: retrieval_measures(questions, its.found) for call, its in run.called.items()}
    costs = {call: costs_of(run, call, len(articles)) for call in CALLS}
    ratios = {f"{ours} / {peer}": compare(run, ours, peer) for ours in (SEARCH, ASK) for peer in PEERS}
    facts = {"articles": len(articles), "questions": len(questions), "threads": threads()}
    if given.json:
        parts = {"retrieval": retrieval, "costs": costs, "ratios": ratios}
        print(json.dumps({**facts, **{name: _as_json(its) for name, its in parts.items()}}))
        return
    print(", ".join(f"{count} {name}" for name, count in facts.items()))
    for columns in (retrieval, costs, ratios):
        print(f"\n{table(columns)}")


def measure(folder: Path, articles: Sequence[Entry], questions: Sequence[Entry]) -> Run:
    """Have all systems index the articles and answer the questions."""
    run = Run({name: Indexed() for name in (OURS, *PEERS)}, {call: Called() for call in CALLS}, {})
    _index_in_turn(folder, articles, run)
    _ask_in_turn(folder, questions, run)
    _start_in_turn(folder, questions, run)
    return run


def costs_of(run: Run, call: str, articles: int) -> dict[str, Estimate]:
    """Return speed and memory of one kind of call and of its system's indexing."""
    indexed, called = run.indexed[CALLS[call]], run.called[call]
    milliseconds = [seconds * 1000 for seconds in called.seconds]
    return {
        "passages": Estimate(indexed.passages),
        "passages indexed a second": Estimate(indexed.passages / indexed.seconds),
        "articles indexed a second": Estimate(articles / indexed.seconds),
        "peak MB, indexing": Estimate(indexed.peak),
        "peak MB, answering": Estimate(run.asking_peak[CALLS[call]]),
        "p50 ms": estimate(milliseconds, MEDIAN),
        "p95 ms": estimate(milliseconds, P95),
        "s, start to first answer": estimate(called.starts, MEDIAN),
    }


def compare(run: Run, ours: str, peer: str) -> dict[str, Estimate]:
    """Return ours divided by the peer's, for what both do; those of times over the same questions or rounds."""
    our_index, peer_index = run.indexed[CALLS[ours]], run.indexed[CALLS[peer]]
    seconds = np.column_stack((run.called[ours].seconds, run.called[peer].seconds)).tolist()
    starts = np.column_stack((run.called[ours].starts, run.called[peer].starts)).tolist()
    rate = our_index.passages / our_index.seconds
    peer_rate = peer_index.passages / peer_index.seconds
    return {
        "passages indexed a second": Estimate(rate / peer_rate),
        "articles indexed a second": Estimate(peer_index.seconds / our_index.seconds),
        "peak memory, indexing": Estimate(our_index.peak / peer_index.peak),
        "peak memory, answering": Estimate(run.asking_peak[CALLS[ours]] / run.asking_peak[CALLS[peer]]),
        "p50": estimate(seconds, ratio_of(MEDIAN)),
        "p95": estimate(seconds, ratio_of(P95)),
        "start to first answer": estimate(starts, ratio_of(MEDIAN)),
    }


def threads() -> int:
    """Return how many threads each system may use: one a core."""
    return os.cpu_count() or 1


def _index_in_turn(folder: Path, articles: Sequence[Entry], run: Run) -> None:
    """Grow the corpus slice by slice, each taken in by all systems."""
    with ExitStack() as stack:
        systems = {name: stack.enter_context(_process(folder, name)) for name in run.indexed}
        for number in range(SLICES):
            write_corpus(articles[: len(articles) * (number + 1) // SLICES], folder / "corpus")
            for name in _in_turn(list(systems), number):
                run.indexed[name].passages, seconds = systems[name].index()
                run.indexed[name].seconds += seconds
                time.sleep(PAUSE)
        for name, system in systems.items():
            run.indexed[name].peak = system.peak_megabytes()


def _ask_in_turn(folder: Path, questions: Sequence[Entry], run: Run) -> None:
    """Put each question to all systems. The first few are put once before: whatever comes first is slower."""
    with ExitStack() as stack:
        systems = {name: stack.enter_context(_process(folder, name)) for name in run.indexed}
        for question in questions[:WARM_UP]:
            for call in CALLS:
                _answered(systems[CALLS[call]], call, question)
        for number, question in enumerate(questions):
            for call in _in_turn(list(CALLS), number):
                found, seconds = _answered(systems[CALLS[call]], call, question)
                run.called[call].found.append(found)
                run.called[call].seconds.append(seconds)
                time.sleep(PAUSE)
        run.asking_peak.update({name: system.peak_megabytes() for name, system in systems.items()})


def _start_in_turn(folder: Path, questions: Sequence[Entry], run: Run) -> None:
    """Time fresh processes from before they start to their first answer: imports, opening the index, the question."""
    for number in range(STARTS):
        for call in _in_turn(list(CALLS), number):
            start = time.perf_counter()
            with _process(folder, CALLS[call]) as system:
                _answered(system, call, questions[number % len(questions)])
                run.called[call].starts.append(time.perf_counter() - start)
            time.sleep(PAUSE)


def _answered(system: Process, call: str, question: Entry) -> tuple[Found, float]:
    return system.ask(question["question"]) if call == ASK else system.search(question["question"], TOP_K)


def _process(folder: Path, name: str) -> Process:
    return Process(name, folder / "corpus", folder / name, threads())


def _in_turn(names: list[str], turn: int) -> list[str]:
    """Return the names beginning with another one each turn."""
    first = turn % len(names)
    return names[first:] + names[:first]


def _as_json(columns: Mapping[str, Mapping[str, Estimate]]) -> dict[str, dict[str, dict[str, float | None]]]:
    return {name: {key: asdict(value) for key, value in its.items()} for name, its in columns.items()}


if __name__ == "__main__":
    main()
