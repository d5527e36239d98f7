"""How well the verdict tells what the articles speak of: fits its weights anew and prints where the bounds lie.

    uv run python -m benchmarks.verdicts squad_dev.json.gz news_dev.json.gz

Pairs of encyclopaedia articles are indexed, and asked about themselves (answerable and impossible questions) and about
other articles and the news. The weights printed are those of `retrieval.answer.answering.relatedness`.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.data import load, settings_for, write_corpus
from retrieval.answer.answering import Signals, relatedness
from retrieval.library import Library

PAIRS, ANSWERABLE, IMPOSSIBLE, FOREIGN = 8, 40, 40, 40
STEPS, RATE, DECAY = 20_000, 0.5, 1e-4


def main(squad: Path, news: Path) -> None:
    """Gather signals, fit, print."""
    chance = random.Random(5)
    articles, questions = load(squad)
    _, other = load(news)
    chance.shuffle(articles)
    gathered: list[tuple[str, Signals]] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(PAIRS):
            pair = articles[2 * number : 2 * number + 2]
            ids = {article["id"] for article in pair}
            root = Path(folder) / str(number)
            write_corpus(pair, root / "corpus")
            own = [q for q in questions if q["article"] in ids]
            foreign = [q for q in questions if q["article"] not in ids]
            asked = {
                "answerable": _sample(chance, [q for q in own if not q["impossible"]], ANSWERABLE),
                "impossible": _sample(chance, [q for q in own if q["impossible"]], IMPOSSIBLE),
                "foreign": _sample(chance, foreign, FOREIGN // 2) + _sample(chance, other, FOREIGN // 2),
            }
            with Library(settings_for(root / "corpus", root / "data")) as library:
                library.update()
                for kind, group in asked.items():
                    gathered += [(kind, library.signals(q["question"])) for q in group]
            print(f"pair {number + 1} of {PAIRS}", file=sys.stderr)
    _report(gathered)


def _sample(chance: random.Random, entries: list[dict[str, str]], size: int) -> list[dict[str, str]]:
    return chance.sample(entries, min(size, len(entries)))


def _report(gathered: list[tuple[str, Signals]]) -> None:
    kinds = np.array([kind for kind, _ in gathered])
    values = np.array([(s.passage_similarity, s.passage_coverage, s.sentence_coverage, 1.0) for _, s in gathered])
    fit = kinds != "impossible"
    target = (kinds[fit] == "answerable").astype(float)
    weights = np.zeros(values.shape[1])
    for _ in range(STEPS):
        sure = 1 / (1 + np.exp(-values[fit] @ weights))
        weights -= RATE * (values[fit].T @ (sure - target) / len(target) + DECAY * weights)
    print("weights fitted:", ", ".join(f"{weight:.1f}" for weight in weights))
    now = np.array([relatedness(s) for _, s in gathered])
    again = 1 / (1 + np.exp(-values @ weights))
    for name, sure in (("in use", now), ("fitted", again)):
        print(f"\n{name}: share of questions at or above a bound")
        print("bound   " + "".join(f"{kind:>12}" for kind in ("answerable", "impossible", "foreign")))
        for bound in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
            shares = [(sure[kinds == kind] >= bound).mean() for kind in ("answerable", "impossible", "foreign")]
            print(f"{bound:<8}" + "".join(f"{share:12.3f}" for share in shares))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
