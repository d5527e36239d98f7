"""Questions while the index changes, and what one changed article costs.

    uv run python -m benchmarks.runs [--articles 2000] [--changed-among 20000]

Questions come at random moments (a Poisson process) to one library of a process that also changes its index, as the
bot does it: first four a second with nothing else going on, which is the usual and the peer of what follows in the
same run; then four a second for as long as it takes to take in new articles, which are embedded, and for as long as a
rebuild takes; then fifty a second during another rebuild. One thread answers, as in the bot. How long an answer takes
counts from the moment at which it was to be asked, so that waiting for others counts too. A question has failed that
raised anything.

The articles are the seeds and generated ones (see `benchmarks.scale`). Every other question is a gold one, and the
others are about generated articles, each asked once.

Then one article among many is changed, a few times over, with the library open as it is in the bot.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.data import Entry, settings_for, write_corpus
from benchmarks.measures import estimate, percentile
from benchmarks.peer import threads
from benchmarks.scale import Writer, embed, spread
from retrieval.corpus.articles import build_article
from retrieval.corpus.metadata import Metadata
from retrieval.corpus.passages import split_article
from retrieval.embedding.providers import fingerprint
from retrieval.evaluation import load_gold
from retrieval.index.catalog import Catalog, text_hash
from retrieval.index.staging import Staging
from retrieval.library import Library
from retrieval.models import Change, Rebuild, Update
from tests.conftest import GOLD, SEEDS

USUAL, MANY = 4.0, 50.0
"""Questions a second."""
QUIET_SECONDS = 60
CHANGES = 5
REAL = 2_000
P50, P95 = percentile(50), percentile(95)


@dataclass(frozen=True)
class Asked:
    """What came of a load: seconds from when each question was due to its answer, and the errors of the others."""

    seconds: Sequence[float]
    failed: Sequence[Exception]

    def __str__(self) -> str:
        """Return it as a line."""
        times = [one * 1000 for one in self.seconds]
        return (
            f"{len(times) + len(self.failed)} asked, {len(self.failed)} failed; "
            f"p50 {estimate(times, P50)} ms, p95 {estimate(times, P95)} ms"
        )


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=2_000, help="generated ones that are rebuilt under questions")
    parser.add_argument("--changed-among", type=int, default=20_000, help="articles of which one changes; 0 for none")
    given = parser.parse_args()
    print(f"{threads()} threads")
    with tempfile.TemporaryDirectory() as folder:
        questions_during_runs(Path(folder), given.articles)
    if given.changed_among:
        with tempfile.TemporaryDirectory() as folder:
            one_changed(Path(folder), given.changed_among)


def questions_during_runs(folder: Path, count: int) -> None:
    """Ask with nothing else going on, and during an update and two rebuilds."""
    articles = list(islice(Writer().articles(), count))
    settings = settings_for(folder / "corpus", folder / "data")
    write_corpus([*articles, *seeds()], settings.corpus.path)
    asked = questions(articles)
    with Library(settings, command="run") as library:
        report = library.update()
        print(f"{report.articles:,} articles, {report.passages:,} passages")
        for gold in load_gold(GOLD):
            library.ask(gold.question)
        usual = ask(library, asked, USUAL, lambda at: at > QUIET_SECONDS)
        print(f"{USUAL:.0f} a second, nothing else: {usual}", flush=True)
        news = islice(Writer(seed=4).articles(), count // 10)
        write_corpus([*articles, *seeds(), *({**one, "id": f"b{one['id']}"} for one in news)], settings.corpus.path)
        runs: list[tuple[str, Change, float]] = [
            (f"taking in {count // 10:,} articles", Update(), USUAL),
            ("a rebuild", Rebuild(), USUAL),
            ("a rebuild", Rebuild(), MANY),
        ]
        for name, change, rate in runs:
            during, seconds = ask_during(library, change, asked, rate)
            print(f"{rate:.0f} a second, during {name}, {seconds:.0f} s: {during}", flush=True)
            for error in during.failed[:3]:
                print(f"  {type(error).__name__}: {error}")
            if rate == USUAL:
                p95s = [float(np.percentile(one.seconds, 95)) for one in (during, usual)]
                print(f"  p95 / usual p95: {p95s[0] / p95s[1]:.2f}")


def seeds() -> list[Entry]:
    """Return the seed articles."""
    return [{"id": path.stem, "text": path.read_text(encoding="utf-8")} for path in sorted(SEEDS.glob("*.txt"))]


def questions(articles: Sequence[Entry]) -> Iterator[str]:
    """Yield questions without end: gold ones, and every other one about a random article."""
    chance = random.Random(5)
    gold = [one.question for one in load_gold(GOLD)]
    while True:
        yield chance.choice(gold)
        article = chance.choice(articles)
        words = chance.sample(article["about"], 3)
        yield f"What did {chance.choice(article['names'])} say about {words[0]}, {words[1]} and {words[2]}?"


def ask_during(library: Library, change: Change, asked: Iterator[str], rate: float) -> tuple[Asked, float]:
    """Ask for as long as a change takes; return what came of it and how many seconds that was."""
    with ThreadPoolExecutor(1) as runner:
        began = time.perf_counter()
        running = runner.submit(lambda: (library.apply(library.plan(change)), time.perf_counter()))
        came = ask(library, asked, rate, lambda at: running.done())
        return came, running.result()[1] - began


def ask(library: Library, asked: Iterator[str], rate: float, ended: Callable[[float], bool]) -> Asked:
    """Ask at random moments, so many times a second on average, until `ended`, given the seconds since the start."""
    chance = random.Random(7)
    seconds: list[float] = []
    failed: list[Exception] = []
    begin = time.perf_counter()

    def one(question: str, due: float) -> None:
        try:
            library.ask(question)
        except Exception as error:
            failed.append(error)
        else:
            seconds.append(time.perf_counter() - begin - due)

    due = 0.0
    with ThreadPoolExecutor(1) as pool:
        while not ended(due):
            pool.submit(one, next(asked), due)
            due += chance.expovariate(rate)
            time.sleep(max(0.0, due - (time.perf_counter() - begin)))
    return Asked(seconds, failed)


def one_changed(folder: Path, count: int) -> None:
    """Index many articles of one passage each, and then change one of them, a few times over."""
    writer = Writer()
    short = [{**one, "text": one["text"][:600]} for one in islice(writer.articles(), count)]
    settings = settings_for(folder / "corpus", folder / "data")
    write_corpus(short, settings.corpus.path)
    settings.data.path.mkdir()
    texts = [
        passage.text
        for one in short
        for passage in split_article(build_article(one["id"], one["text"], Metadata(title=one["title"])))
    ]
    vectors = spread(embed(texts[:REAL])[0], len(texts))
    catalog = Catalog.open(settings.data.path, create=True)
    Staging(catalog).add_vectors(fingerprint(settings.embedding), zip(map(text_hash, texts), vectors, strict=True))
    catalog.close()
    with Library(settings, command="run") as library:
        report = library.update()
        print(f"{report.articles:,} articles, {report.passages:,} passages, indexed in {report.seconds:.0f} s")
        library.ask("What did they say?")
        seconds = []
        for number in range(CHANGES):
            path = settings.corpus.path / f"a{number + 1:06}.txt"
            path.write_text(path.read_text(encoding="utf-8") + "\n\nThe ferry sank.", encoding="utf-8")
            began = time.perf_counter()
            changed = library.update()
            seconds.append(time.perf_counter() - began)
            assert changed.changed == (path.stem,)
    print(f"one changed article: {', '.join(f'{one:.2f}' for one in seconds)} s")


if __name__ == "__main__":
    main()
