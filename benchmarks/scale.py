"""Indexing time, question time and memory as the corpus grows a hundredfold.

    uv run python -m benchmarks.scale [--sizes 1000 10000 100000] [--embed 10000] [--png FILE]

The articles are generated: ordinary words as often as language has them (Zipf's law), names without end of which each
article has its own, sentences and articles of varied length. The vectors of the first passages are real. Beyond
`--embed` passages each vector is a real one of another passage, moved at random to a cosine of .8, since embedding
100,000 passages would take half an hour: that changes nothing of what storing and searching them costs. Those vectors
are kept in the catalog before the index run, which then finds them there, as it does after a run that was killed, and
takes them through all it does beside embedding. The output and the picture say which is which.

The same questions go to all sizes in turn, each size in a process of its own.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from benchmarks.data import Entry, settings_for, write_corpus
from benchmarks.measures import Estimate, estimate, percentile, ratio_of, table
from benchmarks.peer import PAUSE, threads
from benchmarks.systems import OURS, Process
from retrieval.corpus.articles import build_article
from retrieval.corpus.metadata import Metadata
from retrieval.corpus.passages import split_article
from retrieval.embedding.minilm import weights_folder
from retrieval.embedding.providers import fingerprint, open_model
from retrieval.index.catalog import Catalog, text_hash
from retrieval.index.staging import Staging

SIZES = (1_000, 10_000, 100_000)
EMBEDDED = 10_000
QUESTIONS = 200
WARM_UP = 5
TOP_K = 20
COSINE = 0.8
MEDIAN, P95 = percentile(50), percentile(95)
PICTURE = Path(__file__).parent.parent / "docs" / "scale.png"

Vectors = npt.NDArray[np.float32]


@dataclass(slots=True)
class Measured:
    """What one size cost. Megabytes at the peak; for each kind of call the seconds for each question, in order."""

    passages: int = 0
    index_seconds: float = 0.0
    index_peak: float = 0.0
    ask_peak: float = 0.0
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"search": [], "ask": []})


class Writer:
    """Generates articles: the same ones in the same order for the same seed."""

    def __init__(self, seed: int = 3) -> None:
        self._chance = random.Random(seed)
        # The model's vocabulary is in the order of how common its words are.
        pieces = (weights_folder() / "vocab.txt").read_text(encoding="utf-8").splitlines()
        self._words = [piece for piece in pieces if piece.isascii() and piece.isalpha() and len(piece) > 1]
        self._often = list(accumulate(1 / (rank + 2.7) for rank in range(len(self._words))))
        self._count = 0

    def articles(self) -> Iterator[Entry]:
        """Yield articles without end; `about` and `names` are the words that are its own."""
        while True:
            chance = self._chance
            about = [chance.choice(self._words) for _ in range(chance.randint(15, 60))]
            names = [self._name() for _ in range(chance.randint(3, 12))]
            left = min(3_000, max(60, int(chance.lognormvariate(6.4, 0.7))))
            paragraphs: list[str] = []
            while left > 0:
                paragraphs.append(" ".join(self._sentence(about, names) for _ in range(chance.randint(1, 4))))
                left -= len(paragraphs[-1].split())
            self._count += 1
            yield {
                "id": f"a{self._count:06}",
                "title": " ".join([chance.choice(names), *chance.sample(about, 5)]),
                "text": "\n\n".join(paragraphs),
                "about": about,
                "names": names,
            }

    def _sentence(self, about: Sequence[str], names: Sequence[str]) -> str:
        chance = self._chance
        words = chance.choices(self._words, cum_weights=self._often, k=chance.randint(6, 35))
        for at in range(len(words)):
            kind = chance.random()
            if kind < 0.2:
                words[at] = chance.choice(about)
            elif kind < 0.28:
                words[at] = chance.choice(names)
            elif kind < 0.3:
                words[at] = self._name()
            elif kind < 0.32:
                words[at] = str(chance.randint(2, 9_999))
        return " ".join([words[0].capitalize(), *words[1:]]) + "."

    def _name(self) -> str:
        """Return a name: a few are in many articles, and there is always a new one."""
        number = int(self._chance.paretovariate(0.15)) % 10_000_000
        chance = random.Random(number)
        syllables = [chance.choice("bdfghjklmnprstvz") + chance.choice("aeiou") for _ in range(chance.randint(2, 4))]
        return ("".join(syllables) + chance.choice(("", "n", "r", "s", "l", "m"))).capitalize()


def main() -> None:
    """Grow, ask, print, draw."""
    parser = argparse.ArgumentParser(description="Indexing time, question time and memory as the corpus grows.")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="PASSAGES")
    parser.add_argument("--embed", type=int, default=EMBEDDED, metavar="PASSAGES", help="how many are really embedded")
    parser.add_argument("--png", type=Path, default=PICTURE, metavar="FILE", help="where the picture goes")
    given = parser.parse_args()
    sizes = sorted(given.sizes)

    articles, ends = generate(sizes)
    texts = [text for article in articles for text in article["passages"]]
    real, rate = embed(texts[: given.embed])
    vectors = spread(real, len(texts))
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / str(size) for size in sizes]
        measured = [index(folder, articles[:end], texts, vectors) for folder, end in zip(folders, ends, strict=True)]
        ask_in_turn(folders, questions(articles[: ends[0]]), measured)
    told = f"vectors: real for the first {len(real):,} passages, beyond that real ones moved to a cosine of {COSINE}"
    print(f"{threads()} threads; {told}")
    print(f"embedding: {rate:.1f} passages a second; indexing is everything else\n")
    print(table({f"{one.passages:,} passages": costs(one, rate) for one in measured}))
    smallest, largest = measured[0], measured[-1]
    print(f"\nat {largest.passages:,} passages / at {smallest.passages:,}:")
    for call, its in largest.seconds.items():
        pairs = np.column_stack((its, smallest.seconds[call])).tolist()
        print(f"{call} p95  {estimate(pairs, ratio_of(P95))}")
    given.png.parent.mkdir(parents=True, exist_ok=True)
    draw(measured, rate, len(real)).savefig(given.png)


def generate(sizes: Sequence[int]) -> tuple[list[Entry], list[int]]:
    """Return articles with their passages' texts, and for each size how many of them have so many passages."""
    articles: list[Entry] = []
    ends: list[int] = []
    passages = 0
    for article in Writer().articles():
        split = split_article(build_article(article["id"], article["text"], Metadata()))
        articles.append({**article, "passages": [passage.text for passage in split]})
        passages += len(split)
        while passages >= sizes[len(ends)]:
            ends.append(len(articles))
            if len(ends) == len(sizes):
                return articles, ends
    raise AssertionError("articles come without end")


def embed(texts: Sequence[str]) -> tuple[Vectors, float]:
    """Return the texts' vectors, shape (len(texts), dimensions), and how many were embedded a second."""
    model = open_model(settings_for(Path(), Path()).embedding)
    model.get_text_embedding_batch(list(texts[:WARM_UP]))
    start = time.perf_counter()
    vectors = np.array(model.get_text_embedding_batch(list(texts)), dtype=np.float32)
    return vectors, len(texts) / (time.perf_counter() - start)


def spread(real: Vectors, size: int) -> Vectors:
    """Return `size` unit vectors: the real ones, and beyond them real ones moved to a cosine of `COSINE`."""
    chance = np.random.default_rng(3)
    start = real[chance.integers(len(real), size=max(0, size - len(real)))]
    aside = chance.standard_normal(start.shape, dtype=np.float32)
    aside -= np.sum(aside * start, axis=1, keepdims=True) * start
    aside /= np.linalg.norm(aside, axis=1, keepdims=True)
    return np.concatenate((real[:size], COSINE * start + np.sqrt(1 - COSINE**2).astype(np.float32) * aside))


def index(folder: Path, articles: Sequence[Entry], texts: Sequence[str], vectors: Vectors) -> Measured:
    """Index articles in a process of its own, their vectors being in the catalog already."""
    settings = settings_for(folder / "corpus", folder / "data")
    write_corpus(articles, settings.corpus.path)
    settings.data.path.mkdir()
    catalog = Catalog.open(settings.data.path, create=True)
    count = sum(len(article["passages"]) for article in articles)
    hashes = map(text_hash, texts[:count])
    Staging(catalog).add_vectors(fingerprint(settings.embedding), zip(hashes, vectors[:count], strict=True))
    catalog.close()
    with Process(OURS, settings.corpus.path, settings.data.path, threads()) as system:
        passages, seconds = system.index()
        return Measured(passages, seconds, system.peak_megabytes())


def questions(articles: Sequence[Entry]) -> list[str]:
    """Return questions about random articles; in every third one, the name is misspelt."""
    chance = random.Random(5)
    asked = []
    for number in range(QUESTIONS):
        article = chance.choice(articles)
        name, words = chance.choice(article["names"]), chance.sample(article["about"], 3)
        if number % 3 == 0:
            at = chance.randrange(1, len(name))
            name = name[:at] + chance.choice("aeioubdgkmnrst") + name[at + 1 :]
        asked.append(f"What did {name} say about {words[0]}, {words[1]} and {words[2]}?")
    return asked


def ask_in_turn(folders: Sequence[Path], asked: Sequence[str], measured: Sequence[Measured]) -> None:
    """Put each question to all sizes in turn. The first few are put once before: whatever comes first is slower."""
    with ExitStack() as stack:
        systems = [
            stack.enter_context(Process(OURS, folder / "corpus", folder / "data", threads())) for folder in folders
        ]
        for question in asked[:WARM_UP]:
            for system in systems:
                system.ask(question)
        for number, question in enumerate(asked):
            for at in range(len(systems)):
                turn = (at + number) % len(systems)
                measured[turn].seconds["search"].append(systems[turn].search(question, TOP_K)[1])
                measured[turn].seconds["ask"].append(systems[turn].ask(question)[1])
                time.sleep(PAUSE)
        for system, one in zip(systems, measured, strict=True):
            one.ask_peak = system.peak_megabytes()


def costs(one: Measured, rate: float) -> dict[str, Estimate]:
    """Return what a size cost, by name."""
    milliseconds = {call: [seconds * 1000 for seconds in its] for call, its in one.seconds.items()}
    return {
        "indexing, s": Estimate(one.index_seconds),
        "embedding at that rate, s": Estimate(one.passages / rate),
        "peak MB, indexing": Estimate(one.index_peak),
        "peak MB, answering": Estimate(one.ask_peak),
        **{f"{call} p50, ms": estimate(its, MEDIAN) for call, its in milliseconds.items()},
        **{f"{call} p95, ms": estimate(its, P95) for call, its in milliseconds.items()},
    }


def draw(measured: Sequence[Measured], rate: float, real: int) -> Figure:
    """Draw the three curves over the number of passages."""
    sizes = [one.passages for one in measured]
    figure = Figure(figsize=(12, 4.4), layout="constrained")
    indexing, asking, memory = figure.subplots(1, 3)
    indexing.plot(sizes, [size / rate for size in sizes], "o--", label=f"embedding, at {rate:.0f} passages a second")
    indexing.plot(sizes, [one.index_seconds for one in measured], "o-", label="all else")
    indexing.set_yscale("log")
    indexing.set(title="Indexing", ylabel="seconds")
    for call, colour in (("ask", "tab:blue"), ("search", "tab:orange")):
        for q, style in ((95, "o-"), (50, "o:")):
            times = [float(np.percentile(one.seconds[call], q)) * 1000 for one in measured]
            asking.plot(sizes, times, style, color=colour, label=f"{call}, p{q}")
    asking.set(title="One question", ylabel="milliseconds", ylim=(0, None))
    memory.plot(sizes, [one.index_peak for one in measured], "o-", label="indexing")
    memory.plot(sizes, [one.ask_peak for one in measured], "o-", label="answering")
    memory.set(title="Memory at the peak", ylabel="MB", ylim=(0, None))
    for axes in (indexing, asking, memory):
        axes.set_xscale("log")
        axes.set_xlabel("passages")
        axes.grid(alpha=0.3)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), frameon=False, ncols=2)
    note = f"{threads()} cores. Beyond {real:,} passages, vectors are real ones moved at random (cosine {COSINE})."
    figure.supxlabel(note, fontsize="small")
    return figure


if __name__ == "__main__":
    main()
